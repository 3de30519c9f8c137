//! The desk: what needs me, by when.

use askama::Template;
use axum::extract::State;
use axum::response::Html;
use jiff::tz::TimeZone;

use super::piles::{Clock, More, Pile, Waiting, assessments, candidates, offers, panels, people};
use crate::account::access::{MayKeepOwnAccount, MayManagePeople};
use crate::account::store::{accounts, calendar};
use crate::account::{Accounts, paths};
use crate::assignment::access::{MayInterview, MaySeeCandidates};
use crate::assignment::paths as interviews;
use crate::db::Db;
use crate::decision::access::MayHoldOffers;
use crate::submission::access::MayHoldAssessments;
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::frame::Frame;
use crate::web::html::Html as Markup;
use crate::web::layout::{Layout, NavItem};
use crate::web::moment::day;
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
            piles.push(candidates::pile(&mut tx, allowed, &clock).await?);
        }
        if let Some(allowed) = &interviews {
            piles.push(panels::pile(&mut tx, allowed, &clock).await?);
        }
    }
    if let Some(allowed) = Allowed::<MayHoldOffers>::ask(&frame.viewer, &()) {
        let waiting = offers::pile(&db, &allowed, now).await?;
        piles.push(Pile { waiting, ..Pile::default() });
    }
    if let Some(allowed) = Allowed::<MayHoldAssessments>::ask(&frame.viewer, &()) {
        let waiting = assessments::pile(&db, &allowed, now).await?;
        piles.push(Pile { waiting, ..Pile::default() });
    }
    if let Some(allowed) = Allowed::<MayManagePeople>::ask(&frame.viewer, &()) {
        let waiting = people::pile(&db, &room, &allowed, &frame, now).await?;
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
