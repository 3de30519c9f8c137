//! The browsers one is signed in with.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use super::page;
use super::tabs::Tab;
use crate::account::access::MayKeepOwnAccount;
use crate::account::model::Session;
use crate::account::paths;
use crate::account::store::sessions::{self, Which};
use crate::db::Db;
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::form::Form;
use crate::web::frame::Frame;
use crate::web::html::Html;
use crate::web::layout::Layout;
use crate::web::moment::moment;
use crate::web::now::Now;
use crate::web::redirect;

#[derive(Template)]
#[template(path = "account/sessions.html")]
struct Sessions<'a> {
    layout: Layout<'a>,
    tab: Tab,
    sessions: Vec<Row>,
    notice: &'a str,
}

struct Row {
    id: String,
    device: String,
    started: Html,
    seen: Html,
    is_this: bool,
}

pub async fn show(
    allowed: Allowed<MayKeepOwnAccount>,
    State(db): State<Db>,
    (frame, Now(now)): (Frame, Now),
) -> Result<Response, Failure> {
    let person = frame.viewer.person().ok_or(Failure::NotFound)?;
    let zone = &person.zone;
    let row = |session: Session| Row {
        id: session.id.to_string(),
        device: session.device,
        started: moment(session.started_at, zone),
        seen: moment(session.seen_at, zone),
        is_this: session.is_this,
    };
    let sessions =
        sessions::list(&db, &allowed, person.roles, now).await?.into_iter().map(row).collect();
    let notice = match frame.done() {
        "session" => "That browser is signed out.",
        "sessions" => "Every other browser is signed out.",
        _ => "",
    };
    let layout = frame.layout("Where you are signed in");
    page(StatusCode::OK, &Sessions { layout, tab: Tab::Sessions, sessions, notice })
}

pub async fn end(
    allowed: Allowed<MayKeepOwnAccount>,
    State(db): State<Db>,
    Now(now): Now,
    form: Form,
) -> Result<Response, Failure> {
    let (which, done) = match form.text("session").parse() {
        Ok(session) => (Which::One(session), "session"),
        Err(_) => (Which::Others, "sessions"),
    };
    let mut tx = db.begin().await?;
    sessions::end(&mut tx, &allowed, which, now).await?;
    let committed = tx.commit().await?;
    Ok(redirect::after(committed, &format!("{}?done={done}", paths::ACCOUNT_SESSIONS)))
}
