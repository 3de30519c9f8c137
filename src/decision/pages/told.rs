//! What a candidate is told of a decision: how it goes on, and what the panel saw.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use crate::assignment::access::MayTakeAssignment;
use crate::assignment::application::Recruiter;
use crate::assignment::model::Outcome;
use crate::assignment::paths as stages;
use crate::assignment::store::introduced;
use crate::db::Db;
use crate::decision::emails::outcome;
use crate::decision::model::{Contents, Observation};
use crate::decision::store;
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::frame::Frame;
use crate::web::html::Html;
use crate::web::layout::Layout;
use crate::web::moment::day;
use crate::web::now::Now;
use crate::web::page::page;

#[derive(Template)]
#[template(path = "decision/told.html")]
struct Told<'a> {
    layout: Layout<'a>,
    title: &'a str,
    goes_on: bool,
    outcome: String,
    parts: Vec<Part>,
    at: Html,
    stage: String,
    recruiter: Recruiter,
}

/// Observations under one heading.
pub(super) struct Part {
    pub id: &'static str,
    pub title: &'static str,
    pub observations: Vec<Observation>,
}

/// What was seen as the candidate reads it: what was good first. None of them is empty.
pub(super) fn parts(outcome: Option<Outcome>, observations: &[Observation]) -> Vec<Part> {
    let (strengths, gaps) = observations.iter().cloned().partition(|one| one.is_strength);
    let good = Part { id: "good", title: "What was good", observations: strengths };
    let title = match outcome {
        Some(Outcome::Advance) => "What to look at next time",
        Some(Outcome::Decline) | None => "What was not enough",
    };
    let gaps = Part { id: "gaps", title, observations: gaps };
    [good, gaps].into_iter().filter(|part| !part.observations.is_empty()).collect()
}

pub async fn show(
    allowed: Allowed<MayTakeAssignment>,
    State(db): State<Db>,
    (frame, Now(now)): (Frame, Now),
) -> Result<Response, Failure> {
    let zone = &frame.viewer.person().ok_or(Failure::NotFound)?.zone;
    let mut tx = db.begin_reading().await?;
    let told = store::told(&mut tx, &allowed, now).await?.ok_or(Failure::NotFound)?;
    let recruiter = introduced::recruiter(&mut tx, &allowed).await?;
    let contents =
        Contents { outcome: Some(told.outcome), level: told.level, ..Contents::default() };
    let page_ = Told {
        layout: frame.layout(format!("Our decision on {}", told.it.title)),
        goes_on: told.outcome == Outcome::Advance,
        outcome: in_a_sentence(&contents, &told.it.title),
        parts: parts(Some(told.outcome), &told.observations),
        at: day(told.at, zone),
        stage: stages::own(told.it.id),
        title: &told.it.title,
        recruiter,
    };
    page(StatusCode::OK, &page_)
}

/// What is decided on the stage of that title.
pub(super) fn in_a_sentence(contents: &Contents, title: &str) -> String {
    let sentence = outcome(contents, title);
    let mut letters = sentence.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    first + letters.as_str()
}
