//! The résumé of an application: added, replaced and removed by its recruiter, and read as a file.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};

use crate::assignment::access::{MayRunApplication, MaySeeApplication};
use crate::assignment::application::Application;
use crate::assignment::paths;
use crate::assignment::resume::{LARGEST, Resume};
use crate::assignment::store::{applications, resumes};
use crate::clock::Timestamp;
use crate::db::{Db, Tx};
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
#[template(path = "assignment/resume.html")]
struct ResumePage<'a> {
    layout: Layout<'a>,
    of: &'a Application,
    form: &'a Form,
    /// When the present one was added, and its size in words.
    present: Option<(Html, String)>,
    file: String,
    back: String,
    action: String,
}

/// What the page is made of.
struct Known {
    of: Application,
    present: Option<(Timestamp, usize)>,
}

async fn known(tx: &mut Tx, sees: &Allowed<MaySeeApplication>) -> Result<Known, Failure> {
    let of = applications::find(tx, sees).await?.ok_or(Failure::NotFound)?;
    Ok(Known { of, present: resumes::about(tx, sees).await? })
}

/// `214 kB`.
fn size(bytes: usize) -> String {
    format!("{} kB", bytes.div_ceil(1000))
}

pub async fn show(
    _: Allowed<MayRunApplication>,
    sees: Allowed<MaySeeApplication>,
    State(db): State<Db>,
    frame: Frame,
) -> Result<Response, Failure> {
    let known = known(&mut db.begin_reading().await?, &sees).await?;
    show_page(StatusCode::OK, &frame, &Form::default(), &known)
}

fn show_page(
    status: StatusCode,
    frame: &Frame,
    form: &Form,
    known: &Known,
) -> Result<Response, Failure> {
    let zone = &frame.viewer.person().ok_or(Failure::NotFound)?.zone;
    let id = known.of.id;
    let page_ = ResumePage {
        layout: frame.layout("Résumé").under(paths::CANDIDATES),
        present: known.present.map(|(at, bytes)| (moment(at, zone), size(bytes))),
        file: paths::resume_file(id),
        back: paths::application(id),
        action: paths::resume(id),
        of: &known.of,
        form,
    };
    page(status, &page_)
}

pub async fn save(
    asked: Allowed<MayRunApplication>,
    sees: Allowed<MaySeeApplication>,
    State(db): State<Db>,
    (frame, Now(now)): (Frame, Now),
    mut form: Form,
) -> Result<Response, Failure> {
    let mut tx = db.begin().await?;
    let runs: Option<Allowed<MayRunApplication>> =
        applications::locked(&mut tx, &frame.viewer, asked.application()).await?;
    let runs = runs.ok_or(Failure::NotFound)?;
    if form.text("do") == "remove" {
        resumes::remove(&mut tx, &runs, now).await?;
    } else {
        let chosen = form.file("resume").map(|file| Resume::read(file));
        match chosen.unwrap_or(Err("Choose a file")) {
            Ok(resume) => resumes::keep(&mut tx, &runs, &resume, now).await?,
            Err(message) => {
                form.refuse("resume", message);
                let known = known(&mut tx, &sees).await?;
                return show_page(StatusCode::UNPROCESSABLE_ENTITY, &frame, &form, &known);
            }
        }
    }
    let committed = tx.commit().await?;
    let href = format!("{}?done=resume", paths::application(runs.application()));
    Ok(redirect::after(committed, &href))
}

/// The file, to keep and not to show: a browser runs nothing of it beside the portal's pages.
pub async fn file(
    sees: Allowed<MaySeeApplication>,
    State(db): State<Db>,
) -> Result<Response, Failure> {
    let pdf = resumes::find(&mut db.begin_reading().await?, &sees).await?;
    let pdf = pdf.ok_or(Failure::NotFound)?;
    let headers = [
        (header::CONTENT_TYPE, "application/pdf"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"resume.pdf\""),
    ];
    Ok((headers, pdf).into_response())
}
