//! What a candidate is told of a decision: how it goes on, and what the panel saw.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use crate::assignment::access::MayTakeAssignment;
use crate::assignment::model::Outcome;
use crate::assignment::paths as stages;
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
    strengths: Vec<&'a Observation>,
    gaps: Vec<&'a Observation>,
    at: Html,
    stage: String,
}

pub async fn show(
    allowed: Allowed<MayTakeAssignment>,
    State(db): State<Db>,
    (frame, Now(now)): (Frame, Now),
) -> Result<Response, Failure> {
    let zone = &frame.viewer.person().ok_or(Failure::NotFound)?.zone;
    let told = store::told(&mut db.begin_reading().await?, &allowed, now).await?;
    let told = told.ok_or(Failure::NotFound)?;
    let contents =
        Contents { outcome: Some(told.outcome), level: told.level, ..Contents::default() };
    let (strengths, gaps) = told.observations.iter().partition(|one| one.is_strength);
    let page_ = Told {
        layout: frame.layout(format!("Our decision on {}", told.it.title)),
        goes_on: told.outcome == Outcome::Advance,
        outcome: capitalised(&outcome(&contents, &told.it.title)),
        strengths,
        gaps,
        at: day(told.at, zone),
        stage: stages::own(told.it.id),
        title: &told.it.title,
    };
    page(StatusCode::OK, &page_)
}

pub(super) fn capitalised(sentence: &str) -> String {
    let mut letters = sentence.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    first + letters.as_str()
}
