//! What was seen in a stage that is counted, for those who see the application it is counted in.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;

use crate::assignment::access::MaySeeApplication;
use crate::assignment::application::Application;
use crate::assignment::pages::count;
use crate::assignment::paths as stages;
use crate::assignment::store::applications;
use crate::db::Db;
use crate::decision::model::Observation;
use crate::decision::store;
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::frame::Frame;
use crate::web::html::Html;
use crate::web::layout::Layout;
use crate::web::now::Now;
use crate::web::page::page;

#[derive(Template)]
#[template(path = "decision/passed.html")]
struct Passed<'a> {
    layout: Layout<'a>,
    of: &'a Application,
    title: &'a str,
    level: u8,
    /// What was passed, and since when it counts.
    says: Html,
    observations: Vec<Observation>,
    back: String,
}

pub async fn show(
    allowed: Allowed<MaySeeApplication>,
    State(db): State<Db>,
    (frame, Now(now)): (Frame, Now),
    Path((_, stage)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let stage = stage.parse().map_err(|_| Failure::NotFound)?;
    let zone = &frame.viewer.person().ok_or(Failure::NotFound)?.zone;
    let mut tx = db.begin_reading().await?;
    let found = store::counted(&mut tx, &allowed, stage, now).await?;
    let (counted, observations) = found.ok_or(Failure::NotFound)?;
    let of = applications::find(&mut tx, &allowed).await?.ok_or(Failure::NotFound)?;
    let page_ = Passed {
        layout: frame.layout(format!("{} by {}", counted.title, of.name)).under(stages::CANDIDATES),
        title: &counted.title,
        level: counted.pass.level.number(),
        says: count::line(&counted, zone).says,
        observations,
        back: stages::application(of.id),
        of: &of,
    };
    page(StatusCode::OK, &page_)
}
