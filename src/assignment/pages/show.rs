//! One application: the path of its track, where it stands, and everything that happened.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use jiff::tz::TimeZone;

use super::candidates::title_of;
use super::words::{Reader, Standing, standing};
use crate::assignment::access::MaySeeApplication;
use crate::assignment::application::{Application, Assignment, TimeRequest};
use crate::assignment::needs::Needs;
use crate::assignment::paths;
use crate::assignment::store::{applications, assignments, time_requests};
use crate::assignment::timeline::{self, Line};
use crate::clock::Timestamp;
use crate::db::Db;
use crate::ids::{AssignmentId, StageId};
use crate::track::model::StageSettings;
use crate::track::store::recipes;
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::frame::Frame;
use crate::web::html::Html;
use crate::web::layout::Layout;
use crate::web::moment::{day, moment};
use crate::web::now::Now;
use crate::web::page::page;

/// Events of the timeline that are shown.
const EVENTS: usize = 200;

#[derive(Template)]
#[template(path = "assignment/show.html")]
struct Show<'a> {
    layout: Layout<'a>,
    it: &'a Application,
    track: String,
    since: Html,
    runs_it: bool,
    hand_over: String,
    close: String,
    /// When it was closed.
    closed_on: Option<Html>,
    private: Option<(String, Needs)>,
    notice: &'a str,
    stages: Vec<Step>,
    timeline: Vec<Told>,
}

/// A stage of the track, or one that was given and is in it no more.
struct Step {
    title: String,
    stage: StageId,
    given: Vec<Given>,
    /// Where it can be given.
    give: Option<String>,
}

struct Given {
    id: AssignmentId,
    href: String,
    level: u8,
    standing: Standing,
    asks_for_time: bool,
}

struct Told {
    line: Line,
    at: Html,
}

pub async fn show(
    allowed: Allowed<MaySeeApplication>,
    State(db): State<Db>,
    (frame, Now(now)): (Frame, Now),
) -> Result<Response, Failure> {
    let mut tx = db.begin_reading().await?;
    let it = applications::find(&mut tx, &allowed).await?.ok_or(Failure::NotFound)?;
    let private = applications::private(&mut tx, &allowed).await?;
    let given = assignments::of_application(&mut tx, &allowed).await?;
    let ids: Vec<AssignmentId> = given.iter().map(|one| one.id).collect();
    let asked = time_requests::of(&mut tx, &ids).await?;
    let told = applications::timeline(&mut tx, &allowed, EVENTS).await?;
    let known = recipes::list(&mut tx).await?;
    let zone = &frame.viewer.person().ok_or(Failure::NotFound)?.zone;
    let stages = steps(&it, &known, given, (now, zone), &asked);
    let titled = |step: &Step| -> Vec<(AssignmentId, String)> {
        step.given.iter().map(|one| (one.id, step.title.clone())).collect()
    };
    let titles: Vec<_> = stages.iter().flat_map(titled).collect();
    let reads = match allowed.runs_it() {
        true => timeline::Reader::Recruiter,
        false => timeline::Reader::Manager,
    };
    let lines = timeline::lines(&told, &titles, reads);
    let lines = lines.into_iter().map(|line| Told { at: moment(line.at, zone), line });
    let page_ = Show {
        layout: frame.layout(it.name.clone()).under(paths::CANDIDATES),
        track: title_of(&known, it.track),
        since: day(it.created_at, zone),
        runs_it: allowed.runs_it(),
        hand_over: paths::hand_over(it.id),
        close: paths::close(it.id),
        closed_on: it.closed.as_ref().map(|closed| day(closed.at, zone)),
        private,
        notice: match frame.done() {
            "added" => "The candidate is in. Give them their first stage below.",
            "handed" => "That is who looks after it now.",
            "closed" => "The application is closed, and the candidate is told.",
            "given" => "The stage is given, and the candidate is told.",
            _ => "",
        },
        stages: stages
            .into_iter()
            .map(|step| Step { give: step.give.filter(|_| allowed.runs_it()), ..step })
            .collect(),
        timeline: lines.collect(),
        it: &it,
    };
    page(StatusCode::OK, &page_)
}

/// The stages of the track in order, each with what was given of it; then what is in it no more.
fn steps(
    it: &Application,
    known: &[StageSettings],
    given: Vec<Assignment>,
    (now, zone): (Timestamp, &TimeZone),
    asked: &[(AssignmentId, TimeRequest)],
) -> Vec<Step> {
    let stages: Vec<&StageSettings> =
        known.iter().filter(|stage| stage.track == it.track).collect();
    let step =
        |title: &str, stage| Step { title: title.to_owned(), stage, given: Vec::new(), give: None };
    let mut steps: Vec<Step> = stages.iter().map(|stage| step(&stage.title, stage.stage)).collect();
    for one in given {
        let asks = |(id, request): &(AssignmentId, TimeRequest)| {
            *id == one.id && request.answered.is_none()
        };
        let shown = Given {
            id: one.id,
            href: paths::run(it.id, one.id),
            level: one.level.number(),
            standing: standing(&one, Reader::Staff, now, zone),
            asks_for_time: asked.iter().any(asks),
        };
        let at = steps.iter().position(|step| step.stage == one.stage);
        let at = at.unwrap_or_else(|| {
            steps.push(step(&one.title, one.stage));
            steps.len() - 1
        });
        steps[at].given.push(shown);
    }
    for (at, step) in steps.iter_mut().enumerate() {
        let is_under_way = step.given.iter().any(|one| !one.standing.phase.is_over());
        if at < stages.len() && !is_under_way && it.closed.is_none() {
            step.give = Some(format!("{}?stage={}", paths::give(it.id), step.stage));
        }
    }
    steps
}
