//! The desk: what needs me, by when.

use askama::Template;
use axum::extract::State;
use axum::response::Html;
use jiff::tz::TimeZone;

use crate::account::access::{MayKeepOwnAccount, MayManagePeople};
use crate::account::store::accounts;
use crate::account::{Accounts, paths};
use crate::assignment::access::{MayInterview, MayRecruit};
use crate::assignment::paths as interviews;
use crate::assignment::store::seats;
use crate::assignment::store::standings::{self, Waits};
use crate::clock::{SignedDuration, Timestamp};
use crate::db::Db;
use crate::desk::paths::{OUTBOX, OUTBOX_GIVEN_UP};
use crate::desk::store;
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
    waiting: Vec<Waiting>,
    /// Seats on panels that want nothing now.
    seats: Vec<NavItem>,
    interviews: bool,
    notice: &'a str,
    next: NavItem,
}

/// Something that needs whoever reads it.
struct Waiting {
    says: String,
    /// Since when, where that matters.
    since: Option<Markup>,
    link: NavItem,
}

/// An invitation that was made this long ago should have been accepted.
const SLOW: SignedDuration = SignedDuration::from_hours(3 * 24);

pub async fn show(
    State(db): State<Db>,
    State(room): State<Accounts>,
    (frame, Now(now)): (Frame, Now),
) -> Result<Html<String>, Failure> {
    let mut waiting = match Allowed::<MayRecruit>::ask(&frame.viewer, &()) {
        Some(allowed) => of_candidates(&db, &allowed, &frame, now).await?,
        None => Vec::new(),
    };
    let mut seats = Vec::new();
    let interviews = Allowed::<MayInterview>::ask(&frame.viewer, &());
    if let Some(allowed) = &interviews {
        let (asked, taken) = of_panels(&db, allowed, &frame, now).await?;
        waiting.extend(asked);
        seats = taken;
    }
    if let Some(allowed) = Allowed::<MayManagePeople>::ask(&frame.viewer, &()) {
        waiting.extend(of_people(&db, &room, &allowed, &frame, now).await?);
    }
    let person = frame.viewer.person().ok_or(Failure::NotFound)?;
    let last_day = last_day(&db, &frame.viewer, &person.zone).await?;
    let awaited = person.roles.iter().filter_map(awaited).collect();
    let desk = Desk {
        layout: frame.layout("Your desk"),
        roles: person.roles.to_string(),
        awaited,
        last_day,
        waiting,
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

/// What waits for a recruiter: the oldest first.
async fn of_candidates(
    db: &Db,
    allowed: &Allowed<MayRecruit>,
    frame: &Frame,
    now: Timestamp,
) -> Result<Vec<Waiting>, Failure> {
    let mut tx = db.begin_reading().await?;
    let found = standings::waiting(&mut tx, allowed, now, MOST).await?;
    let zone = &frame.viewer.person().ok_or(Failure::NotFound)?.zone;
    let waiting = |it: standings::Waiting| {
        let (candidate, stage) = (it.candidate, it.stage);
        let (says, title) = match it.what {
            Waits::Request => (format!("{candidate} asks for more time for {stage}"), "Answer"),
            Waits::Lapse => {
                (format!("{candidate} let a stage lapse: {stage}"), "See whether to revive it")
            }
            Waits::Panel { missing: 0 } => (
                format!("{candidate}: somebody has not answered about the panel for {stage}"),
                "See the panel",
            ),
            Waits::Panel { missing: 1 } => {
                (format!("{candidate}: the panel for {stage} is short of one"), "Ask somebody")
            }
            Waits::Panel { missing } => (
                format!("{candidate}: the panel for {stage} is short of {missing}"),
                "Ask somebody",
            ),
        };
        let href = match it.what {
            Waits::Panel { .. } => interviews::panel(it.application, it.assignment),
            Waits::Request | Waits::Lapse => interviews::run(it.application, it.assignment),
        };
        Waiting {
            says: format!("{says}, since"),
            since: Some(moment(it.since, zone)),
            link: NavItem { title: title.to_owned(), href },
        }
    };
    Ok(found.into_iter().map(waiting).collect())
}

/// What an interviewer is asked, by when they answer; and the panels they are on.
async fn of_panels(
    db: &Db,
    allowed: &Allowed<MayInterview>,
    frame: &Frame,
    now: Timestamp,
) -> Result<(Vec<Waiting>, Vec<NavItem>), Failure> {
    let held = seats::held(&mut db.begin_reading().await?, allowed, now, MOST).await?;
    let zone = &frame.viewer.person().ok_or(Failure::NotFound)?.zone;
    let (mut asked, mut taken) = (Vec::new(), Vec::new());
    for it in held {
        let href = interviews::review(it.assignment);
        if it.has_accepted {
            let training = if it.is_shadow { ", in training" } else { "" };
            let title = format!("{} by {}{training}", it.stage, it.who);
            taken.push(NavItem { title, href });
        } else {
            asked.push(Waiting {
                says: format!(
                    "Can you look at {} by {}? An answer is wanted until",
                    it.stage, it.who
                ),
                since: Some(moment(it.answer_by, zone)),
                link: NavItem { title: "Answer".to_owned(), href },
            });
        }
    }
    Ok((asked, taken))
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
    let mut tx = db.begin_reading().await?;
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
        waiting.push(Waiting { says, since: None, link: link("See what to do", OUTBOX) });
    }
    if watched.letters_given_up > 0 {
        let says = match watched.letters_given_up {
            1 => "A letter did not get there and was given up.".to_owned(),
            many => format!("{many} letters did not get there and were given up."),
        };
        waiting.push(Waiting { says, since: None, link: link("See why", OUTBOX_GIVEN_UP) });
    }
    if watched.invited > 0 {
        let says = match watched.invited {
            1 => "An invitation waits to be accepted, since".to_owned(),
            many => format!("{many} invitations wait to be accepted, the oldest since"),
        };
        let since = watched.oldest_invited.map(|at| day(at.to_jiff(), zone));
        waiting.push(Waiting { says, since, link: link("See whose", paths::INVITED) });
    }
    Ok(waiting)
}

fn awaited(role: Role) -> Option<&'static str> {
    match role {
        Role::Candidate => None,
        Role::Recruiter => {
            Some("Candidates who wait for an answer, and promises that are about to fall due.")
        }
        Role::Interviewer | Role::External => {
            Some("Work to review and votes to cast, as soon as you are asked onto a panel.")
        }
        Role::HiringManager => Some("Panels that have opened, and decisions that are yours."),
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
