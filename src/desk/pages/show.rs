//! The desk: what needs me, by when.

use askama::Template;
use axum::extract::State;
use axum::response::Html;
use jiff::tz::TimeZone;

use crate::account::access::{MayKeepOwnAccount, MayManagePeople};
use crate::account::store::{accounts, calendar};
use crate::account::{Accounts, paths};
use crate::assignment::access::{MayInterview, MaySeeCandidates};
use crate::assignment::model::Phase;
use crate::assignment::pages::candidates::NOT_GIVEN;
use crate::assignment::panel::asks;
use crate::assignment::paths as interviews;
use crate::assignment::store::{seats, waiting as waits};
use crate::assignment::waiting::{self, Waits, When};
use crate::calendar::WorkingDays;
use crate::clock::{SignedDuration, Timestamp};
use crate::db::{Db, Tx};
use crate::decision::access::MayHoldOffers;
use crate::decision::offer::{Offer, State as Stands, settle};
use crate::decision::paths as decisions;
use crate::decision::store::offers;
use crate::desk::paths::{OUTBOX, OUTBOX_GIVEN_UP};
use crate::desk::store;
use crate::submission::access::MayHoldAssessments;
use crate::submission::store::assessments;
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::frame::Frame;
use crate::web::html::Html as Markup;
use crate::web::layout::{Layout, NavItem};
use crate::web::moment::{day, moment};
use crate::web::now::Now;
use crate::web::viewer::{Role, Roles, Viewer};

#[derive(Template)]
#[template(path = "desk/show.html")]
struct Desk<'a> {
    layout: Layout<'a>,
    roles: String,
    /// What will stand here, for each role held.
    awaited: Vec<&'static str>,
    /// When the account of somebody from outside ends.
    last_day: Option<Markup>,
    /// The oldest promise first.
    waiting: Vec<Waiting>,
    /// How many things wait, those that are not shown included.
    total: i64,
    /// How many of each kind are not shown, and where they are listed.
    more: Vec<More>,
    /// Seats on panels that want nothing now.
    seats: Vec<NavItem>,
    interviews: bool,
    notice: &'a str,
    next: NavItem,
}

/// Something that needs whoever reads it.
struct Waiting {
    /// What it is sorted by; what has no date stands first.
    at: Option<Timestamp>,
    is_overdue: bool,
    /// In words: what stands before the name of whom it is about, the name, and what stands after it.
    says: [String; 3],
    /// By when, or since when.
    when: Option<Markup>,
    link: NavItem,
}

struct More {
    says: String,
    link: Option<NavItem>,
}

/// What waits for somebody in one of their roles.
#[derive(Default)]
struct Pile {
    waiting: Vec<Waiting>,
    /// How many are not shown.
    more: Option<(i64, More)>,
    seats: Vec<NavItem>,
}

/// By what dates are counted and shown.
struct Clock<'a> {
    days: WorkingDays,
    now: Timestamp,
    zone: &'a TimeZone,
}

/// An invitation that was made this long ago should have been accepted.
const SLOW: SignedDuration = SignedDuration::from_hours(3 * 24);

pub async fn show(
    State(db): State<Db>,
    State(room): State<Accounts>,
    (frame, Now(now)): (Frame, Now),
) -> Result<Html<String>, Failure> {
    let person = frame.viewer.person().ok_or(Failure::NotFound)?;
    let sees = Allowed::<MaySeeCandidates>::ask(&frame.viewer, &());
    let interviews = Allowed::<MayInterview>::ask(&frame.viewer, &());
    let mut piles = Vec::new();
    if sees.is_some() || interviews.is_some() {
        let mut tx = db.begin_reading_as_planned().await?;
        let days = calendar::find(&mut tx).await?.calendar.working_days();
        let clock = Clock { days, now, zone: &person.zone };
        if let Some(allowed) = &sees {
            piles.push(of_candidates(&mut tx, allowed, &clock).await?);
        }
        if let Some(allowed) = &interviews {
            piles.push(of_panels(&mut tx, allowed, &clock).await?);
        }
    }
    if let Some(allowed) = Allowed::<MayHoldOffers>::ask(&frame.viewer, &()) {
        let waiting = of_offers(&db, &allowed, (&person.zone, now)).await?;
        piles.push(Pile { waiting, ..Pile::default() });
    }
    if let Some(allowed) = Allowed::<MayHoldAssessments>::ask(&frame.viewer, &()) {
        let waiting = of_assessments(&db, &allowed, now).await?;
        piles.push(Pile { waiting, ..Pile::default() });
    }
    if let Some(allowed) = Allowed::<MayManagePeople>::ask(&frame.viewer, &()) {
        let waiting = of_people(&db, &room, &allowed, &frame, now).await?;
        piles.push(Pile { waiting, ..Pile::default() });
    }
    let (mut waiting, mut more, mut seats, mut hidden) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for pile in piles {
        waiting.extend(pile.waiting);
        seats.extend(pile.seats);
        if let Some((count, one)) = pile.more {
            hidden += count;
            more.push(one);
        }
    }
    waiting.sort_by_key(|one: &Waiting| one.at);
    let last_day = last_day(&db, &frame.viewer, &person.zone).await?;
    let awaited = person.roles.iter().filter_map(awaited).collect();
    let desk = Desk {
        layout: frame.layout("Your desk"),
        roles: person.roles.to_string(),
        awaited,
        last_day,
        total: i64::try_from(waiting.len()).unwrap_or(i64::MAX) + hidden,
        waiting,
        more,
        seats,
        interviews: interviews.is_some(),
        notice: match frame.done() {
            "declined" => "You are not on that panel. The recruiter asks somebody else.",
            "conflict" => {
                "Thank you for saying so. You see nothing of it any more, and somebody else is asked."
            }
            _ => "",
        },
        next: next(person.roles),
    };
    Ok(Html(desk.render()?))
}

/// A program that asks for an outside interviewer is not told.
async fn last_day(db: &Db, viewer: &Viewer, zone: &TimeZone) -> Result<Option<Markup>, Failure> {
    if !viewer.is(Role::External) {
        return Ok(None);
    }
    let Some(allowed) = Allowed::<MayKeepOwnAccount>::ask(viewer, &()) else { return Ok(None) };
    let account = accounts::own(db, &allowed).await?;
    Ok(account.and_then(|account| account.last_instant()).map(|at| day(at, zone)))
}

/// The most that stands on a desk for one role.
const MOST: i64 = 50;

/// How many there are beyond those that are shown, where there are any.
fn beyond(total: i64, shown: usize) -> Option<i64> {
    let more = total - i64::try_from(shown).unwrap_or(i64::MAX);
    (more > 0).then_some(more)
}

/// What waits for a recruiter or a hiring manager.
async fn of_candidates(
    tx: &mut Tx,
    allowed: &Allowed<MaySeeCandidates>,
    clock: &Clock<'_>,
) -> Result<Pile, Failure> {
    let (mut found, mut total) = waits::of(tx, allowed, clock.now, MOST).await?;
    let all = found.len();
    found.retain(|it| it.is_theirs(&clock.days, clock.now));
    total -= i64::try_from(all - found.len()).unwrap_or_default();
    let more = beyond(total, found.len()).map(|count| {
        let says = match count {
            1 => "One more thing waits for you with your candidates.".to_owned(),
            many => format!("{many} more things wait for you with your candidates."),
        };
        let link = NavItem {
            title: "See all of them".to_owned(),
            href: format!("{}?open=yes", interviews::CANDIDATES),
        };
        (count, More { says, link: Some(link) })
    });
    let waiting = found.iter().map(|it| of_application(it, clock)).collect();
    Ok(Pile { waiting, more, ..Pile::default() })
}

fn of_application(it: &waiting::Waiting, clock: &Clock<'_>) -> Waiting {
    let run = it.assignment.map(|id| interviews::run(it.application, id));
    let application = interviews::application(it.application);
    let (title, href) = match (it.what, it.assignment) {
        (Waits::Names, _) => ("See whom", interviews::conflicts(it.application)),
        (Waits::First { others: 0 }, _) => ("Give one", interviews::give(it.application)),
        (Waits::First { .. }, _) => {
            ("See whom", format!("{}?open=yes&state={NOT_GIVEN}", interviews::CANDIDATES))
        }
        (Waits::Panel { missing, .. }, Some(id)) => {
            let title = if missing > 0 { "Ask somebody" } else { "See the panel" };
            (title, interviews::panel(it.application, id))
        }
        (Waits::Reserve { is_asked }, Some(id)) => {
            let title = if is_asked { "See the panel" } else { "Ask somebody" };
            (title, interviews::panel(it.application, id))
        }
        (Waits::Decision, Some(id)) => ("Debrief and decide", interviews::debrief(id)),
        (Waits::Held, Some(id)) => ("Let it go, or take it back", interviews::decision(id)),
        (Waits::Untold { .. }, Some(id)) => ("See it", interviews::decision(id)),
        // Their recruiter answers; the hiring manager sees that somebody does.
        _ if it.is_managed => ("See the application", application),
        (Waits::GoingOn, _) => ("See the application", application),
        (Waits::Next, _) => ("See what is proposed", format!("{application}#next")),
        (Waits::Offered, _) => ("See the offer", interviews::offer(it.application)),
        (Waits::Filled { .. }, _) => {
            let track = &it.track;
            ("See whom", format!("{}?track={track}&open=yes", interviews::CANDIDATES))
        }
        (Waits::PassingOn, Some(id)) => {
            ("Look at it, and pass it on", interviews::receipt(it.application, id))
        }
        (Waits::Declined, _) => ("Close it", interviews::close(it.application)),
        (what, _) => {
            let title = match what {
                Waits::Request => "Answer",
                Waits::Lapse => "See whether to revive it",
                Waits::Session => "Agree on a time, then mark it held",
                Waits::Firm => "Hand it over",
                _ => "See where it stands",
            };
            (title, run.unwrap_or(application))
        }
    };
    let when = it.when(&clock.days);
    let is_overdue = when.is_overdue(clock.now);
    let shown = match when {
        When::Since(at) => moment(at, clock.zone),
        // The promise was broken at that very instant.
        When::By(at) if it.what == Waits::Blocked => moment(at, clock.zone),
        When::By(at) => day(at, &clock.days.zone),
    };
    let word = match when {
        When::Since(_) => ", since",
        When::By(_) if is_overdue => "; was due by",
        When::By(_) => "; due by",
    };
    Waiting {
        at: Some(when.at()),
        is_overdue,
        says: parted(&format!("{}{word}", it.says()), &it.candidate),
        when: Some(shown),
        link: NavItem { title: title.to_owned(), href },
    }
}

/// What an interviewer is asked, by when they answer; the work that is here; and the panels they are on.
async fn of_panels(
    tx: &mut Tx,
    allowed: &Allowed<MayInterview>,
    clock: &Clock<'_>,
) -> Result<Pile, Failure> {
    let (held, total) = seats::held(tx, allowed, clock.now, MOST).await?;
    let more = beyond(total, held.len()).map(|count| {
        let says = match count {
            1 => "You are on one more panel, or asked onto it.".to_owned(),
            many => format!("You are on {many} more panels, or asked onto them."),
        };
        (count, More { says, link: None })
    });
    let (mut waiting, mut taken) = (Vec::new(), Vec::new());
    for it in held {
        let href = interviews::review(it.assignment);
        let link = |title: &str| NavItem { title: title.to_owned(), href: href.clone() };
        let (stage, who) = (&it.stage, &it.who);
        if !it.has_accepted && it.phase == Phase::Opened {
            // Nobody waits for their answer any more.
            continue;
        }
        if !it.has_accepted {
            let is_overdue = it.answer_by < clock.now;
            let is = if is_overdue { "was" } else { "is" };
            waiting.push(Waiting {
                at: Some(it.answer_by),
                is_overdue,
                says: parted(
                    &format!("{} An answer {is} wanted until", asks(it.format, stage, who)),
                    who,
                ),
                when: Some(moment(it.answer_by, clock.zone)),
                link: link("Answer"),
            });
        } else if let Some(at) = it.handed_in.filter(|_| it.phase == Phase::Voting) {
            let by = clock.days.after(at, it.answer_within_days);
            let is_overdue = by < clock.now;
            let is = if is_overdue { "was" } else { "is" };
            waiting.push(Waiting {
                at: Some(by),
                is_overdue,
                says: parted(
                    &format!("{stage} by {who} is here, and a review {is} wanted by"),
                    who,
                ),
                when: Some(day(by, &clock.days.zone)),
                link: link("Look at it"),
            });
        } else {
            let training = if it.is_shadow { ", in training" } else { "" };
            taken.push(link(&format!("{stage} by {who}{training}")));
        }
    }
    Ok(Pile { waiting, more, seats: taken })
}

/// What waits for an outside firm.
async fn of_assessments(
    db: &Db,
    allowed: &Allowed<MayHoldAssessments>,
    now: Timestamp,
) -> Result<Vec<Waiting>, Failure> {
    let found = assessments::waiting(&mut db.begin_reading().await?, allowed, (MOST, now)).await?;
    let waiting = |it: &assessments::Waiting| {
        let here = match it.is_here {
            true => "what they found is here",
            false => "what they find is not here yet",
        };
        Waiting {
            at: Some(it.since()),
            is_overdue: false,
            says: parted(
                &format!("{} waits for your assessment in {}; {here}.", it.who, it.title),
                &it.who,
            ),
            when: None,
            link: NavItem {
                title: "Assess it".to_owned(),
                href: interviews::assess(it.assignment),
            },
        }
    };
    Ok(found.iter().map(waiting).collect())
}

/// What waits for HR: offers that are to be taken over, made, and answered.
async fn of_offers(
    db: &Db,
    allowed: &Allowed<MayHoldOffers>,
    (zone, now): (&TimeZone, Timestamp),
) -> Result<Vec<Waiting>, Failure> {
    let held = offers::held(&mut db.begin_reading().await?, allowed, MOST).await?;
    let waiting = |(offer, candidate): &(Offer, String)| {
        let (at, says, title) = match settle(offer.state, now) {
            Stands::HandedOver => (
                offer.contact_by,
                format!("An offer for {candidate} is handed over to you; they hear from you by"),
                "Take it over",
            ),
            Stands::Made { answer_by } => {
                (answer_by, format!("{candidate} answers our offer by"), "See it")
            }
            Stands::Expired { at } => (
                at,
                format!("{candidate} has not answered our offer, which was open until"),
                "See it",
            ),
            _ => (
                offer.contact_by,
                format!("{candidate} hears from you about our offer by"),
                "Make it",
            ),
        };
        Waiting {
            at: Some(at),
            is_overdue: at < now,
            says: parted(&says, candidate),
            when: Some(day(at, zone)),
            link: NavItem { title: title.to_owned(), href: decisions::offer(offer.id) },
        }
    };
    Ok(held.iter().map(waiting).collect())
}

/// What waits for those who look after people: letters that did not get there, and invitations nobody
/// accepts.
async fn of_people(
    db: &Db,
    room: &Accounts,
    allowed: &Allowed<MayManagePeople>,
    frame: &Frame,
    now: Timestamp,
) -> Result<Vec<Waiting>, Failure> {
    let mut tx = db.begin_reading_as_planned().await?;
    let watched = store::watched(&mut tx, allowed, now - SLOW, now).await?;
    let zone = &frame.viewer.person().ok_or(Failure::NotFound)?.zone;
    let link = |title: &str, href: &str| NavItem { title: title.into(), href: href.into() };
    let mut waiting = Vec::new();
    if !room.sends_mail {
        let says = match watched.letters_waiting {
            0 => "No mail is sent: this portal knows no mail server.".to_owned(),
            1 => "No mail is sent: this portal knows no mail server. One letter waits.".to_owned(),
            many => {
                format!("No mail is sent: this portal knows no mail server. {many} letters wait.")
            }
        };
        waiting.push(plain(None, says, None, link("See what to do", OUTBOX)));
    }
    if watched.untended > 0 {
        let says = match watched.untended {
            1 => "One application has nobody who looks after it.".to_owned(),
            many => format!("{many} applications have nobody who looks after them."),
        };
        waiting.push(plain(None, says, None, link("Hand it over", interviews::UNTENDED)));
    }
    if watched.letters_given_up > 0 {
        let says = match watched.letters_given_up {
            1 => "A letter did not get there and was given up".to_owned(),
            many => format!("{many} letters did not get there and were given up"),
        };
        let at = watched.first_given_up.map(|at| at.to_jiff());
        let says = match (at, watched.letters_given_up) {
            (None, _) => format!("{says}."),
            (_, 1) => format!("{says}, on"),
            _ => format!("{says}, the first on"),
        };
        let on = at.map(|at| day(at, zone));
        waiting.push(plain(at, says, on, link("See why", OUTBOX_GIVEN_UP)));
    }
    if watched.invited > 0 {
        let says = match watched.invited {
            1 => "An invitation waits to be accepted, since".to_owned(),
            store::MANY.. => {
                format!("{} invitations or more wait to be accepted, the oldest since", store::MANY)
            }
            many => format!("{many} invitations wait to be accepted, the oldest since"),
        };
        let at = watched.oldest_invited.map(|at| at.to_jiff());
        let since = at.map(|at| day(at, zone));
        waiting.push(plain(at, says, since, link("See whose", paths::INVITED)));
    }
    Ok(waiting)
}

/// Something that nobody promised.
fn plain(at: Option<Timestamp>, says: String, when: Option<Markup>, link: NavItem) -> Waiting {
    Waiting { at, is_overdue: false, says: parted(&says, ""), when, link }
}

/// `says` around the first mention of `name`; all of it before an empty one.
fn parted(says: &str, name: &str) -> [String; 3] {
    match says.split_once(name).filter(|_| !name.is_empty()) {
        Some((before, after)) => [before.to_owned(), name.to_owned(), after.to_owned()],
        None => [says.to_owned(), String::new(), String::new()],
    }
}

fn awaited(role: Role) -> Option<&'static str> {
    match role {
        Role::Candidate => None,
        Role::Recruiter => {
            Some("Candidates who wait for an answer, and promises that are about to fall due.")
        }
        Role::Interviewer => {
            Some("Work to review and votes to cast, as soon as you are asked onto a panel.")
        }
        Role::External => Some("A stage to assess, as soon as you are asked for it."),
        Role::HiringManager => {
            Some("Decisions that are yours, and candidates of yours whom an answer is overdue to.")
        }
        Role::Hr => Some("Offers that are handed over to you."),
        Role::Administrator => Some("People who wait for their invitation."),
    }
}

/// The one thing to do while nothing waits.
fn next(roles: Roles) -> NavItem {
    let link = |title: &str, href: &str| NavItem { title: title.into(), href: href.into() };
    if roles.has(Role::Administrator) {
        link("Invite somebody", paths::INVITE)
    } else if roles.has(Role::Recruiter) {
        link("Add a candidate", interviews::CANDIDATE_ADD)
    } else if roles.has(Role::Interviewer) || roles.has(Role::External) {
        link("Read the level guides", crate::track::paths::LEVELS)
    } else {
        link("Read what candidates read", "/")
    }
}
