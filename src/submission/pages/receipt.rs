//! What the recruiter has of what was handed in, and links that wait to be passed on to a blind panel.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;

use crate::assignment::access::{MayRunApplication, MaySeeApplication};
use crate::assignment::paths as stages;
use crate::assignment::store::applications;
use crate::clock::Timestamp;
use crate::db::Db;
use crate::ids::AssignmentId;
use crate::submission::shown::{ShownLink, shown_links};
use crate::submission::store::receipts::{self, Receipt};
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::frame::Frame;
use crate::web::html::Html;
use crate::web::layout::Layout;
use crate::web::moment::moment;
use crate::web::now::Now;
use crate::web::page::page;
use crate::web::redirect;

#[derive(Template)]
#[template(path = "submission/receipt.html")]
struct ReceiptPage<'a> {
    layout: Layout<'a>,
    name: String,
    receipt: &'a Receipt,
    at: Html,
    links: Vec<ShownLink>,
    /// Who reads it passes links on.
    runs_it: bool,
    notice: &'a str,
    application: String,
    stage: String,
    action: String,
}

pub async fn show(
    sees: Allowed<MaySeeApplication>,
    State(db): State<Db>,
    (frame, Now(now)): (Frame, Now),
    Path((_, id)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let id: AssignmentId = id.parse().map_err(|_| Failure::NotFound)?;
    show_page(&db, (&frame, now), &sees, id).await
}

async fn show_page(
    db: &Db,
    (frame, now): (&Frame, Timestamp),
    sees: &Allowed<MaySeeApplication>,
    id: AssignmentId,
) -> Result<Response, Failure> {
    let zone = &frame.viewer.person().ok_or(Failure::NotFound)?.zone;
    let mut tx = db.begin_reading().await?;
    let of = applications::find(&mut tx, sees).await?.ok_or(Failure::NotFound)?;
    let receipt = receipts::find(&mut tx, sees, id, now).await?.ok_or(Failure::NotFound)?;
    let page_ = ReceiptPage {
        layout: frame.layout(format!("Receipt of {}", receipt.it.title)).under(stages::CANDIDATES),
        name: of.name,
        at: moment(receipt.at, zone),
        links: shown_links(receipt.links()),
        runs_it: sees.runs_it(),
        notice: match frame.done() {
            "passed-on" => "The panel sees the links now.",
            _ => "",
        },
        application: stages::application(of.id),
        stage: stages::run(of.id, id),
        action: stages::receipt(of.id, id),
        receipt: &receipt,
    };
    page(StatusCode::OK, &page_)
}

pub async fn save(
    asked: Allowed<MayRunApplication>,
    State(db): State<Db>,
    (frame, Now(now)): (Frame, Now),
    Path((_, id)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let id: AssignmentId = id.parse().map_err(|_| Failure::NotFound)?;
    let mut tx = db.begin().await?;
    let runs: Option<Allowed<MayRunApplication>> =
        applications::locked(&mut tx, &frame.viewer, asked.application()).await?;
    let runs = runs.ok_or(Failure::NotFound)?;
    receipts::pass_on(&mut tx, &runs, id, now).await?;
    let committed = tx.commit().await?;
    let href = format!("{}?done=passed-on", stages::receipt(runs.application(), id));
    Ok(redirect::after(committed, &href))
}
