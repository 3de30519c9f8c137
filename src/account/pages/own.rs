//! One's own account: details, password, and the browsers that are signed in.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use super::page;
use crate::account::access::MayKeepOwnAccount;
use crate::account::model::{Account, person_name, zone};
use crate::account::passwords::NewPassword;
use crate::account::store::accounts;
use crate::account::store::sessions::{self, Which};
use crate::account::{Accounts, paths};
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
#[template(path = "account/own.html")]
struct Own<'a> {
    layout: Layout<'a>,
    account: &'a Account,
    form: &'a Form,
    has_password: bool,
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

/// The page, with the form that was refused in it, if one was.
async fn show_own(
    db: &Db,
    allowed: &Allowed<MayKeepOwnAccount>,
    frame: &Frame,
    refused: Option<Form>,
) -> Result<Response, Failure> {
    let account = accounts::own(db, allowed).await?.ok_or(Failure::NotFound)?;
    let has_password = accounts::own_password(db, allowed).await?.is_some();
    let zone = &frame.viewer.person().ok_or(Failure::NotFound)?.zone;
    let sessions = sessions::list(db, allowed).await?;
    let row = |session: crate::account::model::Session| Row {
        id: session.id.to_string(),
        device: session.device,
        started: moment(session.started_at, zone),
        seen: moment(session.seen_at, zone),
        is_this: session.is_this,
    };
    let status = if refused.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let notice = match frame.done() {
        _ if refused.is_some() => "",
        "details" => "Your details are saved.",
        "password" => "Your password is changed, and every other browser is signed out.",
        "session" => "That browser is signed out.",
        "sessions" => "Every other browser is signed out.",
        _ => "",
    };
    let as_it_is = || Form::filled([("name", account.name.as_str()), ("zone", &account.zone)]);
    let form = refused.unwrap_or_else(as_it_is);
    let own = Own {
        layout: frame.layout("Your account"),
        account: &account,
        form: &form,
        has_password,
        sessions: sessions.into_iter().map(row).collect(),
        notice,
    };
    page(status, &own)
}

pub async fn show(
    allowed: Allowed<MayKeepOwnAccount>,
    State(db): State<Db>,
    frame: Frame,
) -> Result<Response, Failure> {
    show_own(&db, &allowed, &frame, None).await
}

pub async fn save_details(
    allowed: Allowed<MayKeepOwnAccount>,
    State(db): State<Db>,
    frame: Frame,
    mut form: Form,
) -> Result<Response, Failure> {
    let (name, zone) = (form.read("name", person_name), form.read("zone", zone));
    let (Some(name), Some(zone)) = (name, zone) else {
        return show_own(&db, &allowed, &frame, Some(form)).await;
    };
    let mut tx = db.begin().await?;
    let zone = zone.iana_name().unwrap_or("UTC");
    accounts::set_own_details(&mut tx, &allowed, &name, zone).await?;
    let committed = tx.commit().await?;
    Ok(redirect::after(committed, &format!("{}?done=details", paths::ACCOUNT)))
}

pub async fn save_password(
    allowed: Allowed<MayKeepOwnAccount>,
    State(db): State<Db>,
    State(room): State<Accounts>,
    (frame, Now(now)): (Frame, Now),
    mut form: Form,
) -> Result<Response, Failure> {
    let account = accounts::own(&db, &allowed).await?.ok_or(Failure::NotFound)?;
    let kept = accounts::own_password(&db, &allowed).await?;
    if kept.is_some() && !room.passwords.verify(form.raw("present"), kept.as_deref()).await? {
        form.refuse("present", "This is not your present password");
    }
    let typed = form.raw("password").to_owned();
    let about = [account.email.as_str(), account.name.as_str()];
    let password = form.read("password", |_| NewPassword::parse(&typed, &about));
    let (Some(password), false) = (password, form.has_errors()) else {
        let details = [("name", account.name.as_str()), ("zone", account.zone.as_str())];
        let mut shown = Form::filled(details);
        for name in ["present", "password"] {
            if let Some(message) = form.error(name) {
                shown.refuse(name, message);
            }
        }
        return show_own(&db, &allowed, &frame, Some(shown)).await;
    };
    let hash = room.passwords.hash(password).await?;
    let mut tx = db.begin().await?;
    accounts::set_own_password(&mut tx, &allowed, &hash, now).await?;
    let committed = tx.commit().await?;
    Ok(redirect::after(committed, &format!("{}?done=password", paths::ACCOUNT)))
}

pub async fn end_sessions(
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
    Ok(redirect::after(committed, &format!("{}?done={done}", paths::ACCOUNT)))
}
