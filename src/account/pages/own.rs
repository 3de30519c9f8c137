//! One's own account: who one is here.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use super::page;
use super::tabs::Tab;
use crate::account::access::MayKeepOwnAccount;
use crate::account::model::{Account, person_name, zone};
use crate::account::store::accounts;
use crate::account::store::changes::{self, Change};
use crate::account::{Accounts, paths};
use crate::clock::Timestamp;
use crate::db::Db;
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::form::Form;
use crate::web::frame::Frame;
use crate::web::html::Html;
use crate::web::layout::Layout;
use crate::web::moment::{day, moment};
use crate::web::now::Now;
use crate::web::redirect;

#[derive(Template)]
#[template(path = "account/own.html")]
struct Own<'a> {
    layout: Layout<'a>,
    tab: Tab,
    account: &'a Account,
    form: &'a Form,
    notice: &'a str,
    sends_mail: bool,
    last_day: Option<Html>,
    /// Another address that is still to be confirmed, and until when.
    change: Option<(Change, Html)>,
}

/// The page, with the form that was refused in it, if one was.
pub(super) async fn show_own(
    db: &Db,
    room: &Accounts,
    allowed: &Allowed<MayKeepOwnAccount>,
    (frame, now): (&Frame, Timestamp),
    refused: Option<Form>,
) -> Result<Response, Failure> {
    let zone = &frame.viewer.person().ok_or(Failure::NotFound)?.zone;
    let account = accounts::own(db, allowed).await?.ok_or(Failure::NotFound)?;
    let status = if refused.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let notice = match frame.done() {
        _ if refused.is_some() => "",
        "details" => "Your details are saved.",
        "email" => "Two letters are on their way, one to each address. Confirm in both.",
        "email-kept" => "You keep the address you have.",
        _ => "",
    };
    let as_it_is = || Form::filled([("name", account.name.as_str()), ("zone", &account.zone)]);
    let form = refused.unwrap_or_else(as_it_is);
    let change = changes::pending(db, allowed, now).await?;
    let own = Own {
        layout: frame.layout("Your account"),
        tab: Tab::Details,
        account: &account,
        form: &form,
        notice,
        sends_mail: room.sends_mail,
        last_day: account.last_instant().map(|at| day(at, zone)),
        change: change.map(|change| {
            let until = moment(change.expires_at, zone);
            (change, until)
        }),
    };
    page(status, &own)
}

pub async fn show(
    allowed: Allowed<MayKeepOwnAccount>,
    State(db): State<Db>,
    State(room): State<Accounts>,
    (frame, Now(now)): (Frame, Now),
) -> Result<Response, Failure> {
    show_own(&db, &room, &allowed, (&frame, now), None).await
}

pub async fn save(
    allowed: Allowed<MayKeepOwnAccount>,
    State(db): State<Db>,
    State(room): State<Accounts>,
    (frame, Now(now)): (Frame, Now),
    mut form: Form,
) -> Result<Response, Failure> {
    let (name, zone) = (form.read("name", person_name), form.read("zone", zone));
    let (Some(name), Some(zone)) = (name, zone) else {
        return show_own(&db, &room, &allowed, (&frame, now), Some(form)).await;
    };
    let mut tx = db.begin().await?;
    let zone = zone.iana_name().unwrap_or("UTC");
    accounts::set_own_details(&mut tx, &allowed, &name, zone, now).await?;
    let committed = tx.commit().await?;
    Ok(redirect::after(committed, &format!("{}?done=details", paths::ACCOUNT)))
}
