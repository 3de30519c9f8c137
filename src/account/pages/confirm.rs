//! "Confirm it is you": a fresh proof from somebody who has signed in, before a deed that asks for one.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use http::StatusCode;

use super::proving::{self, TOO_MANY};
use super::{Visit, next_of, page};
use crate::account::access::{Claimant, MaySecureOwnAccount};
use crate::account::model::Factors;
use crate::account::store::passkeys::{self, Purpose};
use crate::account::store::{accounts, factors, sessions};
use crate::account::{Accounts, paths};
use crate::db::Db;
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::form::Form;
use crate::web::frame::Frame;
use crate::web::layout::Layout;
use crate::web::redirect::{self, local};

/// Said whatever was typed and does not fit.
const NOT_YOURS: &str = "This is not yours. Capital letters count in a password; a code from the app holds for \
                         half a minute, and each opens one thing once, so wait for the next one";

#[derive(Template)]
#[template(path = "account/confirm.html")]
struct Confirm<'a> {
    layout: Layout<'a>,
    form: &'a Form,
    message: &'a str,
    email: &'a str,
    factors: Factors,
    origin: Option<&'a str>,
    sends_mail: bool,
    /// Where who would rather not goes.
    back: &'a str,
}

async fn ask(
    db: &Db,
    (room, frame): (&Accounts, &Frame),
    allowed: &Allowed<MaySecureOwnAccount>,
    form: &Form,
    (status, message): (StatusCode, &str),
) -> Result<Response, Failure> {
    let account = accounts::own(db, allowed).await?.ok_or(Failure::NotFound)?;
    let confirm = Confirm {
        layout: frame.layout("Confirm it is you"),
        form,
        message,
        email: &account.email,
        factors: factors::of(db, allowed).await?,
        origin: room.passkeys.as_ref().map(|library| library.place().origin.as_str()),
        sends_mail: room.sends_mail,
        back: local(form.text("next"), paths::ACCOUNT_SECURITY),
    };
    page(status, &confirm)
}

pub async fn show(
    allowed: Allowed<MaySecureOwnAccount>,
    State(db): State<Db>,
    State(room): State<Accounts>,
    frame: Frame,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let form = Form::filled([("next", next_of(query).as_str())]);
    ask(&db, (&room, &frame), &allowed, &form, (StatusCode::OK, "")).await
}

/// What a passkey of one's own is asked to sign.
pub async fn challenge(
    allowed: Allowed<MaySecureOwnAccount>,
    State(db): State<Db>,
    State(room): State<Accounts>,
    visit: Visit,
) -> Result<Response, Failure> {
    let library = room.passkeys.as_ref().ok_or(Failure::NotFound)?;
    let present = passkeys::credential_ids(&db, &allowed).await?;
    let asked = (Purpose::Confirm, Some(Claimant::account(&allowed)));
    proving::ask(&db, &room, asked, library.ask(&present), visit.now).await
}

pub async fn save(
    allowed: Allowed<MaySecureOwnAccount>,
    State(db): State<Db>,
    State(room): State<Accounts>,
    (visit, frame): (Visit, Frame),
    mut form: Form,
) -> Result<Response, Failure> {
    if proving::count(&room, &visit, &allowed).is_err() {
        let said = (StatusCode::TOO_MANY_REQUESTS, TOO_MANY);
        return ask(&db, (&room, &frame), &allowed, &form, said).await;
    }
    let (typed, answer) = (form.raw("proof").to_owned(), form.raw("credential").to_owned());
    form.forget("proof");
    form.forget("credential");
    let now = visit.now;
    let proved = if answer.is_empty() {
        let proved = proving::by_typing(&db, &room, &allowed, &typed, now).await?;
        proved.ok_or_else(|| form.refuse("proof", NOT_YOURS))
    } else {
        let asked = (Purpose::Confirm, Some(Claimant::account(&allowed)));
        let answer = (answer.as_str(), now);
        let proved = proving::by_passkey(&db, &room, &visit.headers, asked, answer).await?;
        proved.map(|(tx, _)| tx).map_err(|refused| form.refuse("credential", refused.to_string()))
    };
    let Ok(mut tx) = proved else {
        let said = (StatusCode::UNPROCESSABLE_ENTITY, "");
        return ask(&db, (&room, &frame), &allowed, &form, said).await;
    };
    sessions::prove(&mut tx, &allowed, now).await?;
    let committed = tx.commit().await?;
    Ok(redirect::after(committed, local(form.text("next"), paths::ACCOUNT_SECURITY)))
}
