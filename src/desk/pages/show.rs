//! The desk: what needs me, by when.

use askama::Template;
use axum::extract::State;
use axum::response::Html;
use jiff::tz::TimeZone;

use crate::account::access::MayKeepOwnAccount;
use crate::account::paths;
use crate::account::store::accounts;
use crate::db::Db;
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::frame::Frame;
use crate::web::html::Html as Markup;
use crate::web::layout::{Layout, NavItem};
use crate::web::moment::day;
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
    next: NavItem,
}

pub async fn show(State(db): State<Db>, frame: Frame) -> Result<Html<String>, Failure> {
    let person = frame.viewer.person().ok_or(Failure::NotFound)?;
    let last_day = last_day(&db, &frame.viewer, &person.zone).await?;
    let awaited = person.roles.iter().filter_map(awaited).collect();
    let desk = Desk {
        layout: frame.layout("Your desk"),
        roles: person.roles.to_string(),
        awaited,
        last_day,
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
    } else if roles.has(Role::Interviewer) || roles.has(Role::External) {
        link("Read the level guides", crate::track::paths::LEVELS)
    } else {
        link("Read what candidates read", "/")
    }
}
