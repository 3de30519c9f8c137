//! What the recruiter has of what was handed in, and links that wait to be passed on to a blind panel.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;

use super::files::in_words;
use crate::assignment::access::{MayRunApplication, MaySeeApplication};
use crate::assignment::paths as stages;
use crate::assignment::store::applications;
use crate::db::Db;
use crate::ids::AssignmentId;
use crate::objects::Objects;
use crate::submission::names::Finding;
use crate::submission::shown::{ShownLink, shown_links};
use crate::submission::store::named;
use crate::submission::store::receipts::{self, Receipt, What};
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::form::Form;
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
    /// The files, in words.
    files: Option<String>,
    /// What names the candidate in what they want passed on as it is.
    named: Vec<Finding>,
    /// Who reads it passes links on.
    runs_it: bool,
    notice: &'a str,
    application: String,
    stage: String,
    action: String,
}

pub async fn show(
    sees: Allowed<MaySeeApplication>,
    (State(db), State(objects)): (State<Db>, State<Objects>),
    (frame, Now(now)): (Frame, Now),
    Path((_, id)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let id: AssignmentId = id.parse().map_err(|_| Failure::NotFound)?;
    let zone = &frame.viewer.person().ok_or(Failure::NotFound)?.zone;
    let mut tx = db.begin_reading().await?;
    let of = applications::find(&mut tx, &sees).await?.ok_or(Failure::NotFound)?;
    let receipt = receipts::find(&mut tx, &sees, id, now).await?.ok_or(Failure::NotFound)?;
    let mut named = Vec::new();
    if receipt.is_asked_as_it_is() && !receipt.work_is_passed_on() && sees.runs_it() {
        let who = named::whose(&mut tx, of.id, receipt.contents()).await?;
        drop(tx);
        named = named::find(&db, &objects, (receipt.contents(), &who)).await?;
    }
    let files = receipt.files.as_ref().map(|it| {
        let files = if it.file_count == 1 { "file" } else { "files" };
        format!("{} {files}, {}", it.file_count, in_words(it.unpacked_bytes))
    });
    let page_ = ReceiptPage {
        layout: frame.layout(format!("Receipt of {}", receipt.it.title)).under(stages::CANDIDATES),
        name: of.name,
        at: moment(receipt.at, zone),
        links: shown_links(receipt.links()),
        files,
        named,
        runs_it: sees.runs_it(),
        notice: match frame.done() {
            "passed-on" => "The panel sees it now.",
            "not-passed-on" => {
                "Nothing was passed on: it was passed on before, or handed in anew meanwhile. Look at it as it is now."
            }
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
    form: Form,
) -> Result<Response, Failure> {
    let id: AssignmentId = id.parse().map_err(|_| Failure::NotFound)?;
    let what = match form.text("what") {
        "work" => Some(What::Work),
        "links" => Some(What::Links),
        _ => None,
    };
    let mut tx = db.begin().await?;
    let runs: Option<Allowed<MayRunApplication>> =
        applications::locked(&mut tx, &frame.viewer, asked.application()).await?;
    let runs = runs.ok_or(Failure::NotFound)?;
    let passed = match what {
        Some(what) => receipts::pass_on(&mut tx, &runs, (id, what, form.text("seen")), now).await?,
        None => false,
    };
    let committed = tx.commit().await?;
    let done = if passed { "passed-on" } else { "not-passed-on" };
    let href = format!("{}?done={done}", stages::receipt(runs.application(), id));
    Ok(redirect::after(committed, &href))
}
