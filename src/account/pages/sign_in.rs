//! Signing in with a password, and signing out.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;

use super::entering::{self, BROWSER};
use super::{Visit, next_of, page};
use crate::account::access::MaySecureOwnAccount;
use crate::account::events::By;
use crate::account::model::Email;
use crate::account::provider::Provider;
use crate::account::store::accounts::{self, Claimed};
use crate::account::store::sessions::{self, Which};
use crate::account::throttle::Device;
use crate::account::token::TokenHash;
use crate::account::{Accounts, paths};
use crate::db::{Committed, Db};
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::form::Form;
use crate::web::frame::Frame;
use crate::web::layout::Layout;
use crate::web::now::Now;
use crate::web::redirect::local;

/// Said whatever does not fit, whether or not the account exists, is open, or has a password.
const REFUSAL: &str = "This address and this password do not open an account here. Check both; \
                       capital letters count in the password.";
const TOO_MANY: &str = "There have been many tries just now. Wait a minute, then try again.";

#[derive(Template)]
#[template(path = "account/sign_in.html")]
struct SignIn<'a> {
    layout: Layout<'a>,
    form: &'a Form,
    /// What is said above the form.
    message: &'a str,
    /// The message is about something that went wrong.
    is_refusal: bool,
    /// Where passkeys work.
    origin: Option<&'a str>,
    /// What people call the organisation's OpenID provider.
    provider: Option<&'a str>,
}

fn form_page(
    status: StatusCode,
    (room, frame): (&Accounts, &Frame),
    form: &Form,
    (message, is_refusal): (&str, bool),
) -> Result<Response, Failure> {
    let origin = room.passkeys.as_ref().map(|library| library.place().origin.as_str());
    let provider = room.provider.as_ref().map(Provider::name);
    let layout = frame.layout("Sign in");
    page(status, &SignIn { layout, form, message, is_refusal, origin, provider })
}

/// The page again, with why a passkey was not taken.
pub(super) fn refuse(
    room: &Accounts,
    frame: &Frame,
    form: &Form,
    message: &str,
) -> Result<Response, Failure> {
    form_page(StatusCode::UNPROCESSABLE_ENTITY, (room, frame), form, (message, true))
}

pub async fn show(
    State(room): State<Accounts>,
    frame: Frame,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let next = next_of(query);
    if let Some(person) = frame.viewer.person() {
        return Ok(Redirect::to(local(&next, entering::home(person.roles))).into_response());
    }
    let message = match frame.done() {
        "out" => "You are signed out.",
        "password" => "Your new password is set. Sign in with it.",
        _ if !next.is_empty() => "Sign in to go on to that page.",
        _ => "",
    };
    let form = Form::filled([("next", next.as_str())]);
    form_page(StatusCode::OK, (&room, &frame), &form, (message, false))
}

pub async fn save(
    State(db): State<Db>,
    State(room): State<Accounts>,
    visit: Visit,
    frame: Frame,
    mut form: Form,
) -> Result<Response, Failure> {
    let key = Email::key_of(form.text("email"));
    let secret = room.jar.read(&visit.headers, BROWSER).unwrap_or_default();
    let claimed = accounts::claimed(&db, &key, TokenHash::of(secret), visit.now).await?;
    let device = match &claimed {
        Some(claimed) if claimed.knows_browser => Device::Known(secret),
        _ => Device::Stranger,
    };
    let counted = room.throttle.count(visit.address(&room), &key, device);
    if counted.is_err() && room.throttle.begins_burst(&key) {
        let account = claimed.as_ref().map(|claimed| claimed.account_id);
        let mut tx = db.begin().await?;
        accounts::note_burst(&mut tx, account, visit.now).await?;
        let _said_below = tx.commit().await?;
    }
    let opened = match counted {
        Ok(()) => open(&room, claimed, form.raw("password")).await?,
        Err(_) => None,
    };
    let typed = form.raw("password").to_owned();
    let Some(claimed) = opened else {
        form.forget("password");
        let (status, message) = match counted {
            Ok(()) => (StatusCode::UNPROCESSABLE_ENTITY, REFUSAL),
            Err(_) => (StatusCode::TOO_MANY_REQUESTS, TOO_MANY),
        };
        return form_page(status, (&room, &frame), &form, (message, true));
    };
    let kept = claimed.password.unwrap_or_default();
    let dearer = if room.passwords.is_dated(&kept) {
        Some(room.passwords.hash_again(&typed).await?)
    } else {
        None
    };
    let mut tx = db.begin().await?;
    // While the password was checked it may have been changed, or the account closed.
    if !accounts::still_opens(&mut tx, claimed.account_id, &kept, visit.now).await? {
        form.forget("password");
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return form_page(status, (&room, &frame), &form, (REFUSAL, true));
    }
    if let Some(dearer) = &dearer {
        accounts::rehash(&mut tx, claimed.account_id, &kept, dearer).await?;
    }
    let proved = (claimed.account_id, By::Password);
    let entry = entering::enter(&mut tx, proved, room.jar, &visit.headers, visit.now).await?;
    let committed = tx.commit().await?;
    let next = local(form.text("next"), paths::SIGN_IN);
    Ok(entry.welcome(committed, room.jar, next))
}

/// The account, if the password is its own and it may be used. Takes as long if not.
async fn open(
    room: &Accounts,
    claimed: Option<Claimed>,
    password: &str,
) -> Result<Option<Claimed>, Failure> {
    let kept = claimed.as_ref().and_then(|claimed| claimed.password.as_deref());
    let fits = room.passwords.verify(password, kept).await?;
    Ok(claimed.filter(|claimed| fits && claimed.is_active))
}

pub async fn end(
    allowed: Allowed<MaySecureOwnAccount>,
    State(db): State<Db>,
    State(room): State<Accounts>,
    Now(now): Now,
) -> Result<Response, Failure> {
    let mut tx = db.begin().await?;
    sessions::end(&mut tx, &allowed, Which::This, now).await?;
    let committed: Committed = tx.commit().await?;
    Ok(entering::farewell(committed, room.jar, &format!("{}?done=out", paths::SIGN_IN)))
}
