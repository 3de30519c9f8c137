//! The second factor, asked for once the first was proved. Nothing else is reachable meanwhile.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;

use super::entering::{self, BROWSER, PENDING};
use super::gone::gone;
use super::proving::{self, TOO_MANY};
use super::{Visit, next_of, page};
use crate::account::access::Claimant;
use crate::account::events::By;
use crate::account::model::Factors;
use crate::account::store::passkeys::{self, Purpose};
use crate::account::store::pending::{self, Pending};
use crate::account::store::{accounts, factors};
use crate::account::throttle::Device;
use crate::account::token::TokenHash;
use crate::account::{Accounts, paths};
use crate::db::Db;
use crate::web::error::Failure;
use crate::web::form::Form;
use crate::web::frame::Frame;
use crate::web::layout::Layout;
use crate::web::redirect::local;

#[derive(Template)]
#[template(path = "account/second.html")]
struct Second<'a> {
    layout: Layout<'a>,
    form: &'a Form,
    /// What is said above the form that went wrong.
    message: &'a str,
    factors: Factors,
    /// Where passkeys work.
    origin: Option<&'a str>,
    sends_mail: bool,
}

const HEADLINE: &str = "This sign-in has ended";
const ADVICE: &str = "It waits ten minutes for the second step, in the browser it was begun in, and takes \
                      five tries. Begin again with your address and password.";

/// The sign-in that waits in this browser.
async fn waiting(db: &Db, room: &Accounts, visit: &Visit) -> Result<Option<Pending>, Failure> {
    let read = |name| room.jar.read(&visit.headers, name).map(TokenHash::of);
    match (read(PENDING), read(BROWSER)) {
        (Some(token), Some(browser)) => Ok(pending::find(db, token, browser, visit.now).await?),
        _ => Ok(None),
    }
}

async fn ask(
    db: &Db,
    (room, frame): (&Accounts, &Frame),
    pending: &Pending,
    form: &Form,
    (status, message): (StatusCode, &str),
) -> Result<Response, Failure> {
    let second = Second {
        layout: frame.layout("The second step"),
        form,
        message,
        factors: factors::of(db, pending).await?,
        origin: room.passkeys.as_ref().map(|library| library.place().origin.as_str()),
        sends_mail: room.sends_mail,
    };
    page(status, &second)
}

pub async fn show(
    State(db): State<Db>,
    State(room): State<Accounts>,
    visit: Visit,
    frame: Frame,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let Some(pending) = waiting(&db, &room, &visit).await? else {
        return Ok(Redirect::to(paths::SIGN_IN).into_response());
    };
    let form = Form::filled([("next", next_of(query).as_str())]);
    ask(&db, (&room, &frame), &pending, &form, (StatusCode::OK, "")).await
}

/// What a passkey of the account is asked to sign.
pub async fn challenge(
    State(db): State<Db>,
    State(room): State<Accounts>,
    visit: Visit,
) -> Result<Response, Failure> {
    let waiting = waiting(&db, &room, &visit).await?;
    let (Some(pending), Some(library)) = (waiting, &room.passkeys) else {
        return Err(Failure::NotFound);
    };
    let present = passkeys::credential_ids(&db, &pending).await?;
    if present.is_empty() {
        return Err(Failure::NotFound);
    }
    let asked = (Purpose::Second, Some(pending.account()));
    proving::ask(&db, &room, asked, library.ask(&present), visit.now).await
}

pub async fn save(
    State(db): State<Db>,
    State(room): State<Accounts>,
    visit: Visit,
    frame: Frame,
    mut form: Form,
) -> Result<Response, Failure> {
    let Some(pending) = waiting(&db, &room, &visit).await? else {
        return gone(&frame, HEADLINE, ADVICE);
    };
    let secret = room.jar.read(&visit.headers, BROWSER).unwrap_or_default();
    let device = if pending.knows_browser { Device::Known(secret) } else { Device::Stranger };
    if room.throttle.count_code(visit.address(&room), pending.account(), device).is_err() {
        if room.throttle.begins_burst(&pending.account().to_string()) {
            let mut tx = db.begin().await?;
            accounts::note_burst(&mut tx, Some(pending.account()), visit.now).await?;
            let _said_below = tx.commit().await?;
        }
        let said = (StatusCode::TOO_MANY_REQUESTS, TOO_MANY);
        return ask(&db, (&room, &frame), &pending, &form, said).await;
    }
    // Before it is looked at, so that tries at the same time are counted one by one.
    let mut tx = db.begin().await?;
    if !pending::count_try(&mut tx, &pending).await? {
        return gone(&frame, HEADLINE, ADVICE);
    }
    let _counted = tx.commit().await?;
    let (code, answer) = (form.text("code").to_owned(), form.raw("credential").to_owned());
    form.forget("code");
    form.forget("credential");
    let (now, account) = (visit.now, pending.account());
    let proved = if answer.is_empty() {
        let proved = proving::by_code(&db, &room, &pending, &code, now).await?;
        proved.ok_or_else(|| form.refuse("code", "This code does not fit, or was used before"))
    } else {
        let (asked, answer) = ((Purpose::Second, Some(account)), (answer.as_str(), now));
        let proved = proving::by_passkey(&db, &room, &visit.headers, asked, answer).await?;
        proved.map(|(tx, _)| tx).map_err(|refused| form.refuse("credential", refused.to_string()))
    };
    let Ok(mut tx) = proved else {
        let said = (StatusCode::UNPROCESSABLE_ENTITY, "");
        return ask(&db, (&room, &frame), &pending, &form, said).await;
    };
    if !pending::redeem(&mut tx, &pending, now).await? {
        return gone(&frame, HEADLINE, ADVICE);
    }
    let proved = (account, By::SecondStep);
    let entry = entering::enter_proved(&mut tx, proved, room.jar, &visit.headers, now).await?;
    let committed = tx.commit().await?;
    Ok(entry.welcome(committed, room.jar, local(form.text("next"), paths::SIGN_IN)))
}
