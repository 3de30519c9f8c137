//! Closing an application.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use crate::assignment::access::{MayRunApplication, MaySeeApplication};
use crate::assignment::application::{Application, reason};
use crate::assignment::closing::Ending;
use crate::assignment::lifecycle::Refusal;
use crate::assignment::paths;
use crate::assignment::store::moves::NotMade;
use crate::assignment::store::{applications, closing};
use crate::db::{Db, Tx};
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::form::Form;
use crate::web::frame::Frame;
use crate::web::layout::Layout;
use crate::web::now::Now;
use crate::web::page::page;
use crate::web::redirect;

#[derive(Template)]
#[template(path = "assignment/close.html")]
struct Close<'a> {
    layout: Layout<'a>,
    it: &'a Application,
    form: &'a Form,
    refusal: &'a str,
    back: String,
    action: String,
}

fn show_form(
    status: StatusCode,
    frame: &Frame,
    it: &Application,
    (form, refusal): (&Form, &str),
) -> Result<Response, Failure> {
    let page_ = Close {
        layout: frame.layout("Close the application").under(paths::CANDIDATES),
        it,
        form,
        refusal,
        back: paths::application(it.id),
        action: paths::close(it.id),
    };
    page(status, &page_)
}

async fn found(
    tx: &mut Tx,
    frame: &Frame,
    allowed: &Allowed<MayRunApplication>,
) -> Result<Application, Failure> {
    let seen: Option<Allowed<MaySeeApplication>> =
        applications::locked(tx, &frame.viewer, allowed.application()).await?;
    let seen = seen.ok_or(Failure::NotFound)?;
    applications::find(tx, &seen).await?.ok_or(Failure::NotFound)
}

pub async fn show(
    allowed: Allowed<MayRunApplication>,
    State(db): State<Db>,
    frame: Frame,
) -> Result<Response, Failure> {
    let it = found(&mut db.begin().await?, &frame, &allowed).await?;
    show_form(StatusCode::OK, &frame, &it, (&Form::default(), ""))
}

pub async fn save(
    asked: Allowed<MayRunApplication>,
    State(db): State<Db>,
    (frame, Now(now)): (Frame, Now),
    mut form: Form,
) -> Result<Response, Failure> {
    let id = asked.application();
    let mut tx = db.begin().await?;
    let allowed: Option<Allowed<MayRunApplication>> =
        applications::locked(&mut tx, &frame.viewer, id).await?;
    let allowed = allowed.ok_or(Failure::NotFound)?;
    let it = found(&mut tx, &frame, &allowed).await?;
    let why = form.read("why", |typed| {
        Ending::by_hand().find(|ending| ending.code() == typed).ok_or("Choose why it ends")
    });
    let said = form.read("said", reason);
    let mut refusal = String::new();
    if let (Some(why), Some(said)) = (why, said) {
        match closing::close(&mut tx, &allowed, (why, &said), now).await {
            Ok(_) => {
                let committed = tx.commit().await?;
                let href = format!("{}?done=closed", paths::application(id));
                return Ok(redirect::after(committed, &href));
            }
            Err(NotMade::Unknown) => return Err(Failure::NotFound),
            Err(NotMade::Database(error)) => return Err(error.into()),
            Err(NotMade::Refused(Refusal::Opened)) => {
                "The votes of a stage are open, so its hiring manager decides first"
                    .clone_into(&mut refusal);
            }
            Err(refused) => refusal = refused.to_string(),
        }
    }
    show_form(StatusCode::UNPROCESSABLE_ENTITY, &frame, &it, (&form, &refusal))
}
