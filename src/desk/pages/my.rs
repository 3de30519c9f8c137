//! A candidate's own page: where am I, what is next, by when.

use askama::Template;
use axum::extract::State;
use jiff::tz::TimeZone;

use crate::account::Accounts;
use crate::account::store::calendar;
use crate::assignment::access::MayTakePart;
use crate::assignment::application::{Assignment, OwnApplication};
use crate::assignment::pages::after;
use crate::assignment::pages::words::{Reader, Standing, standing};
use crate::assignment::store::{applications, assignments};
use crate::assignment::{paths, promise};
use crate::calendar::WorkingDays;
use crate::clock::Timestamp;
use crate::db::Db;
use crate::ids::StageId;
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::frame::Frame;
use crate::web::html::Html;
use crate::web::layout::Layout;
use crate::web::moment::day;
use crate::web::now::Now;

#[derive(Template)]
#[template(path = "desk/my.html")]
struct My<'a> {
    layout: Layout<'a>,
    sends_mail: bool,
    /// The newest first.
    paths: Vec<Path>,
    /// What is to be done now.
    next: Option<Next>,
}

/// One track the candidate is in.
struct Path {
    title: String,
    href: Option<String>,
    /// When it was closed, and what they were told.
    closed: Option<(Html, String)>,
    stages: Vec<Step>,
    /// By when the first stage is given, where none is yet.
    first_by: Option<Html>,
}

struct Step {
    title: String,
    /// The newest time it was given.
    given: Option<Given>,
}

struct Given {
    href: String,
    standing: Standing,
    /// What happens after it; nothing where a later stage has been given.
    after: Option<Html>,
}

struct Next {
    title: String,
    href: String,
    verb: &'static str,
}

pub async fn show(
    allowed: Allowed<MayTakePart>,
    State(db): State<Db>,
    State(room): State<Accounts>,
    (frame, Now(now)): (Frame, Now),
) -> Result<axum::response::Html<String>, Failure> {
    let mut tx = db.begin_reading().await?;
    let applications = applications::own(&mut tx, &allowed).await?;
    let given = assignments::own(&mut tx, &allowed).await?;
    let calendar = calendar::find(&mut tx).await?.calendar.working_days();
    let zone = &frame.viewer.person().ok_or(Failure::NotFound)?.zone;
    let stand = |it: &Assignment| standing(it, Reader::Candidate, now, zone);
    let next = given.iter().rev().find(|it| !stand(it).phase.is_over()).map(|it| Next {
        title: it.title.clone(),
        href: paths::own(it.id),
        verb: if stand(it).state.is_begun() { "Go on with" } else { "Open" },
    });
    let of = Clock { calendar: &calendar, now, zone };
    let my = My {
        layout: frame.layout("My interview"),
        sends_mail: room.sends_mail,
        paths: applications.iter().map(|one| path(one, &given, of)).collect(),
        next,
    };
    Ok(axum::response::Html(my.render()?))
}

/// What dates are counted and shown by.
#[derive(Clone, Copy)]
struct Clock<'a> {
    calendar: &'a WorkingDays,
    now: Timestamp,
    zone: &'a TimeZone,
}

/// `given` are all stages of the candidate, the oldest first.
fn path(one: &OwnApplication, given: &[Assignment], of: Clock<'_>) -> Path {
    let Clock { calendar, now, zone } = of;
    let last = given.iter().rev().find(|it| it.application == one.id);
    let step = |(stage, title, _): &(StageId, String, u16)| {
        let newest = given.iter().rev().find(|it| it.application == one.id && it.stage == *stage);
        let given = newest.map(|it| {
            let reader = match one.closed {
                Some(_) => Reader::FormerCandidate,
                None => Reader::Candidate,
            };
            let standing = standing(it, reader, now, zone);
            let is_last = last.is_some_and(|last| last.id == it.id) && one.closed.is_none();
            let after = is_last.then(|| {
                let at = (&standing.state, standing.phase);
                let follows = promise::after(it, at, calendar, now);
                after::says(it, follows, now, (calendar, zone))
            });
            Given { href: paths::own(it.id), standing, after }
        });
        Step { title: title.clone(), given }
    };
    let first_by = one.stages.first().filter(|_| last.is_none() && one.closed.is_none());
    Path {
        title: one.track.clone(),
        href: one.slug.as_deref().map(crate::track::paths::track),
        closed: one.closed.as_ref().map(|(at, reason)| (day(*at, zone), reason.clone())),
        stages: one.stages.iter().map(step).collect(),
        first_by: first_by
            .map(|(.., days)| day(calendar.after(one.created_at, *days), &calendar.zone)),
    }
}
