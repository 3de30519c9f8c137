//! A candidate's own page: where am I, what is next, by when.

use askama::Template;
use axum::extract;
use jiff::tz::TimeZone;

use crate::account::Accounts;
use crate::account::store::calendar;
use crate::assignment::access::MayTakePart;
use crate::assignment::application::{Assignment, OwnApplication, Recruiter};
use crate::assignment::counting::Counted;
use crate::assignment::model::{Outcome, Phase, State};
use crate::assignment::pages::after;
use crate::assignment::pages::words::{Reader, Standing, standing};
use crate::assignment::reminders::{date, left};
use crate::assignment::store::{applications, assignments, counting};
use crate::assignment::{paths, promise};
use crate::calendar::WorkingDays;
use crate::clock::Timestamp;
use crate::content::import::settings::Format;
use crate::db::Db;
use crate::decision::offer::{Offer, State as Offered, settle};
use crate::decision::store::offers;
use crate::ids::StageId;
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::frame::Frame;
use crate::web::html::Html;
use crate::web::layout::Layout;
use crate::web::moment::{day, moment};
use crate::web::now::Now;

#[derive(Template)]
#[template(path = "desk/my.html")]
struct My<'a> {
    layout: Layout<'a>,
    sends_mail: bool,
    /// The newest first.
    paths: Vec<Path>,
    /// What matters most now, and what else runs or can be started.
    next: Option<Next>,
    others: Vec<Next>,
    /// What is to be said where nothing is next.
    headline: String,
}

/// One track the candidate is in.
struct Path {
    title: String,
    href: Option<String>,
    recruiter: Recruiter,
    /// When it was closed, and what they were told.
    closed: Option<(Html, String)>,
    /// How an offer stands.
    offer: Option<(&'static str, Html)>,
    stages: Vec<Step>,
    /// By when the first stage that is taken is given, or what comes next is told, where none was given yet.
    next_by: Option<Html>,
    /// Every stage counts.
    is_passed: bool,
}

struct Step {
    title: String,
    /// It is the first that is taken.
    is_first: bool,
    /// A stage that comes later was given instead.
    is_left_out: bool,
    /// It is not taken, since it was passed before.
    counted: Option<Html>,
    /// The newest time it was given.
    given: Option<Given>,
}

struct Given {
    href: String,
    standing: Standing,
    /// What is left of its clock, while that runs.
    left: Option<String>,
    /// What happens after it; nothing where a later stage has been given.
    after: Option<Html>,
    /// Where what was decided on it is read, once they are told.
    decision: Option<String>,
}

struct Next {
    says: &'static str,
    title: String,
    href: String,
    verb: &'static str,
}

/// How much something wants the candidate: what runs, then what can be started, then what waits for others.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Urgency {
    Runs,
    CanStart,
    Waits,
    /// It has lapsed, and can be opened again.
    Lapsed,
}

impl Urgency {
    /// None where nothing more is asked of the candidate.
    fn of(it: &Assignment, standing: &Standing, now: Timestamp) -> Option<Self> {
        let wants_fix = it.open_fix(now).is_some() && !standing.phase.is_over();
        Some(match (standing.phase, it.format) {
            _ if wants_fix => Self::Runs,
            (Phase::InProgress, Format::TakeHome | Format::LiveSession) => Self::Runs,
            (Phase::Assigned, Format::TakeHome) => Self::CanStart,
            _ if !standing.phase.is_over() => Self::Waits,
            _ if standing.can_be_revived(now) => Self::Lapsed,
            _ => return None,
        })
    }
}

pub async fn show(
    allowed: Allowed<MayTakePart>,
    extract::State(db): extract::State<Db>,
    extract::State(room): extract::State<Accounts>,
    (frame, Now(now)): (Frame, Now),
) -> Result<axum::response::Html<String>, Failure> {
    let mut tx = db.begin_reading().await?;
    let applications = applications::own(&mut tx, &allowed).await?;
    let given = assignments::own(&mut tx, &allowed).await?;
    // Whoever is here for the first time has passed nothing before.
    let counted = match applications.len() {
        0 | 1 => Vec::new(),
        _ => counting::own(&mut tx, &allowed, now).await?,
    };
    let calendar = calendar::find(&mut tx).await?.calendar.working_days();
    // Nobody has one who was not told of a yes.
    let heard_a_yes = |it: &Assignment| {
        matches!(&it.state, State::Decided { outcome: Outcome::Advance, told_at: Some(at), .. }
            if *at <= now)
    };
    let offers = match given.iter().any(heard_a_yes) {
        true => offers::own(&mut tx, &allowed).await?,
        false => Vec::new(),
    };
    let zone = &frame.viewer.person().ok_or(Failure::NotFound)?.zone;
    let mut next = nexts(&applications, &given, (now, zone)).into_iter();
    let of = Clock { calendar: &calendar, now, zone };
    let my = My {
        layout: frame.layout("My interview"),
        sends_mail: room.sends_mail,
        paths: applications.iter().map(|one| path(one, (&given, &counted, &offers), of)).collect(),
        next: next.next().map(|(_, next)| next),
        others: next
            .filter(|(urgency, _)| *urgency <= Urgency::CanStart)
            .map(|(_, it)| it)
            .collect(),
        headline: headline(&applications, (&given, &offers), now),
    };
    Ok(axum::response::Html(my.render()?))
}

/// Everything that wants the candidate, what matters most first; of what matters as much, what is due first,
/// and then the newest.
fn nexts(
    applications: &[OwnApplication],
    given: &[Assignment],
    (now, zone): (Timestamp, &TimeZone),
) -> Vec<(Urgency, Next)> {
    let is_open = |it: &Assignment| {
        applications.iter().any(|one| one.id == it.application && one.closed.is_none())
    };
    let is_again = |it: &Assignment| {
        let newest = |one: &&Assignment| one.application == it.application && one.stage == it.stage;
        given.iter().rev().find(newest).is_some_and(|newest| newest.id != it.id)
    };
    let mut found = Vec::new();
    for it in given.iter().rev().filter(|it| is_open(it) && !is_again(it)) {
        let standing = standing(it, Reader::Candidate, now, zone);
        let Some(urgency) = Urgency::of(it, &standing, now) else { continue };
        let is_live = it.format == Format::LiveSession;
        let says = match (urgency, standing.phase) {
            (Urgency::Runs, Phase::Voting | Phase::Opened) => "waits for your fix",
            (Urgency::Runs, _) if is_live => "is under way",
            (Urgency::Runs, _) => "runs",
            (Urgency::CanStart, _) | (_, Phase::Assigned) => "is next",
            (Urgency::Waits, Phase::InProgress) => "is with the firm",
            (Urgency::Waits, _) => "is with us",
            (Urgency::Lapsed, _) => "has lapsed",
        };
        let next = Next {
            says,
            title: it.title.clone(),
            href: paths::own(it.id),
            verb: if urgency == Urgency::Runs { "Go on with" } else { "Open" },
        };
        let by = date(&standing.state).or(it.open_fix(now).map(|fix| fix.due));
        found.push((urgency, by.is_none(), by, next));
    }
    found.sort_by_key(|(urgency, has_none, by, _)| (*urgency, *has_none, *by));
    found.into_iter().map(|(urgency, .., next)| (urgency, next)).collect()
}

/// What is to be said where nothing is next: what they heard last, as long as nothing came after it.
fn headline(
    applications: &[OwnApplication],
    (given, offers): (&[Assignment], &[Offer]),
    now: Timestamp,
) -> String {
    let stands =
        |wanted: fn(&Offered) -> bool| offers.iter().any(|offer| wanted(&settle(offer.state, now)));
    if applications.is_empty() {
        return "Your interview begins soon".to_owned();
    }
    if stands(|it| matches!(it, Offered::Made { .. })) {
        return "Our offer is yours to answer".to_owned();
    }
    if stands(|it| matches!(it, Offered::HandedOver | Offered::Received)) {
        return "An offer is on its way to you".to_owned();
    }
    let newest = given.last().filter(|it| {
        applications.iter().any(|one| one.id == it.application && one.closed.is_none())
            && offers.iter().all(|offer| offer.application != it.application)
    });
    match newest.map(|it| (&it.state, &it.title)) {
        Some((State::Decided { told_at: Some(at), .. }, title)) if *at <= now => {
            format!("Our decision on {title} is here")
        }
        _ if stands(|it| matches!(it, Offered::Accepted { .. })) => {
            "You have accepted our offer".to_owned()
        }
        _ => "Nothing waits for you".to_owned(),
    }
}

/// How an offer stands, for its candidate: always with a day.
fn offered(offer: &Offer, (now, zone): (Timestamp, &TimeZone)) -> (&'static str, Html) {
    let hr = Html::escape(&offer.hr_name).to_string();
    let on = |at: Timestamp| day(at, zone).as_str().to_owned();
    let contact = on(offer.contact_by);
    let (recruiter, address) = &offer.recruiter;
    let (recruiter, address) =
        (Html::escape(recruiter).to_string(), Html::escape(address).to_string());
    let recruiter = format!("{recruiter}, <a href=\"mailto:{address}\">{address}</a>");
    let (title, says) = match settle(offer.state, now) {
        Offered::HandedOver | Offered::Received if offer.contact_by < now => (
            "On its way",
            format!(
                "{hr} should have contacted you by {contact}. That is on us; write to your recruiter: {recruiter}."
            ),
        ),
        Offered::HandedOver | Offered::Received => (
            "On its way",
            format!("{hr} of HR takes over with an offer, and contacts you by {contact}."),
        ),
        Offered::Made { answer_by } => (
            "Yours to answer",
            format!(
                "You have our offer. Answer {hr} by {}, or write to your recruiter, who passes it on: {recruiter}.",
                moment(answer_by, zone).as_str()
            ),
        ),
        Offered::Accepted { at } => {
            ("Accepted", format!("You accepted our offer on {}. We look forward to you.", on(at)))
        }
        Offered::Declined { at } => ("Declined", format!("You declined our offer on {}.", on(at))),
        Offered::Expired { at } => (
            "Over",
            format!(
                "Our offer was open until {}. If you would still like to come, write to {hr}, or to your \
                 recruiter: {recruiter}.",
                moment(at, zone).as_str()
            ),
        ),
        Offered::Withdrawn { at } => {
            let why = match offer.reason.as_str() {
                "" => String::new(),
                reason => format!(" {}", Html::escape(reason)),
            };
            ("Withdrawn", format!("We withdrew our offer on {}.{why}", on(at)))
        }
    };
    (title, Html::own(says))
}

/// What dates are counted and shown by.
#[derive(Clone, Copy)]
struct Clock<'a> {
    calendar: &'a WorkingDays,
    now: Timestamp,
    zone: &'a TimeZone,
}

/// `given` are all stages of the candidate, the oldest first.
fn path(
    one: &OwnApplication,
    (given, counted, offers): (&[Assignment], &[Counted], &[Offer]),
    of: Clock<'_>,
) -> Path {
    let Clock { calendar, now, zone } = of;
    let offer = offers.iter().find(|offer| offer.application == one.id);
    let last = given.iter().rev().find(|it| it.application == one.id);
    let counted: Vec<&Counted> = counted.iter().filter(|it| it.application == one.id).collect();
    let counts = |stage: StageId| counted.iter().find(|it| it.stage == stage);
    let first = one.stages.iter().find(|(stage, ..)| counts(*stage).is_none());
    let newest = |stage: StageId| {
        given.iter().rev().find(|it| it.application == one.id && it.stage == stage)
    };
    let furthest = one.stages.iter().rposition(|(stage, ..)| newest(*stage).is_some());
    let step = |(stage, title, _): &(StageId, String, u16)| {
        let given = newest(*stage).map(|it| {
            let reader = match one.closed {
                Some(_) => Reader::FormerCandidate,
                None => Reader::Candidate,
            };
            let standing = standing(it, reader, now, zone);
            let due = match &standing.state {
                State::InProgress(run) if standing.phase == Phase::InProgress => run.due,
                _ => None,
            };
            let due = due.filter(|_| it.format != Format::External && one.closed.is_none());
            let is_last = last.is_some_and(|last| last.id == it.id)
                && one.closed.is_none()
                && offer.is_none();
            let after = is_last.then(|| {
                let at = (&standing.state, standing.phase);
                let follows = promise::after(it, at, calendar, now);
                after::says(it, follows, now, (calendar, zone))
            });
            let left = due.and_then(|due| left(due, now));
            let decision = (standing.phase == Phase::Decided).then(|| paths::own_decision(it.id));
            Given { href: paths::own(it.id), standing, left, after, decision }
        });
        Step {
            title: title.clone(),
            is_first: first.is_some_and(|(first, ..)| first == stage),
            is_left_out: given.is_none()
                && one.stages.iter().position(|(it, ..)| it == stage) < furthest,
            counted: counts(*stage).map(|it| passed(it, zone)),
            given,
        }
    };
    let is_passed = first.is_none() && !one.stages.is_empty();
    let is_ahead = last.is_none_or(|last| counts(last.stage).is_some());
    let waits = is_ahead && one.closed.is_none() && offer.is_none();
    let next = first.or(one.stages.last()).filter(|_| waits);
    let since = counted.iter().map(|it| it.at).max().unwrap_or(one.created_at);
    Path {
        title: one.track.clone(),
        recruiter: one.recruiter.clone(),
        href: one.slug.as_deref().map(crate::track::paths::track),
        offer: offer.map(|offer| offered(offer, (now, zone))),
        closed: one.closed.as_ref().map(|(at, reason)| (day(*at, zone), reason.clone())),
        stages: one.stages.iter().map(step).collect(),
        next_by: next.map(|(.., days)| {
            let from = since.max(one.created_at);
            day(calendar.after(from, *days), &calendar.zone)
        }),
        is_passed,
    }
}

/// That a stage is not taken, and why.
fn passed(it: &Counted, zone: &TimeZone) -> Html {
    let (at, level) = (day(it.pass.at, zone), it.pass.level);
    Html::own(format!("Counted: you passed this on {} at level {level}.", at.as_str()))
}
