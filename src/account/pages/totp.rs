//! One's authenticator app: added by showing that it has the secret, removed by proving who one is.
//!
//! Until the first code fits nothing is kept here: the secret travels in the form, sealed.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::StatusCode;
use uuid::Uuid;

use super::proving::{self, APP};
use super::recovery::show_codes;
use super::{Visit, page};
use crate::account::access::{Claimant, MaySecureOwnAccount};
use crate::account::emails::safety::{self, Happened};
use crate::account::model::Factors;
use crate::account::recovery::RecoveryCode;
use crate::account::store::{accounts, factors, sessions};
use crate::account::token::TokenHash;
use crate::account::totp::{AppSecret, picture};
use crate::account::{Accounts, events, paths};
use crate::audit::{self, Event};
use crate::db::Db;
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::form::Form;
use crate::web::frame::Frame;
use crate::web::html::Html;
use crate::web::layout::Layout;
use crate::web::now::Now;
use crate::web::proof::{Fresh, is_fresh};
use crate::web::redirect;

/// What a secret that is not kept yet is sealed for.
const OFFER: &str = "totp offer";

#[derive(Template)]
#[template(path = "account/totp.html")]
struct App<'a> {
    layout: Layout<'a>,
    form: &'a Form,
    email: &'a str,
    state: AppState,
    message: &'a str,
    /// There is no other factor yet.
    is_first: bool,
}

/// Where one stands with one's app.
enum AppState {
    /// The operator has set no key to seal secrets with.
    Unavailable,
    Offered {
        sealed: String,
        picture: Option<Html>,
        address: String,
        text: String,
    },
    Added {
        factors: Factors,
    },
}

struct Place<'a> {
    db: &'a Db,
    room: &'a Accounts,
    frame: &'a Frame,
    allowed: &'a Allowed<MaySecureOwnAccount>,
}

/// The page, for the secret that was offered before or for a fresh one.
async fn show_app(
    place: Place<'_>,
    offered: Option<AppSecret>,
    form: &Form,
    (status, message): (StatusCode, &str),
) -> Result<Response, Failure> {
    let Place { db, room, frame, allowed } = place;
    let account = accounts::own(db, allowed).await?.ok_or(Failure::NotFound)?;
    let present = factors::of(db, allowed).await?;
    let state = match &room.keys {
        _ if present.app_since.is_some() => AppState::Added { factors: present },
        None => AppState::Unavailable,
        Some(keys) => {
            let secret = offered.unwrap_or_else(AppSecret::new);
            let sealed = keys.seal(OFFER, Uuid::from(account.id), secret.bits());
            let address = secret.address(frame.organisation(), &account.email).unwrap_or_default();
            AppState::Offered {
                sealed: URL_SAFE_NO_PAD.encode(sealed),
                picture: picture(&address),
                text: secret.text(),
                address,
            }
        }
    };
    let title = match state {
        AppState::Added { .. } => "Your authenticator app",
        _ => "Add an authenticator app",
    };
    let layout = frame.layout(title);
    let is_first = !present.any();
    page(status, &App { layout, form, email: &account.email, state, message, is_first })
}

/// Adding one needs a fresh proof, and so does being offered a secret; removing it asks in its form.
pub async fn show(
    allowed: Allowed<MaySecureOwnAccount>,
    State(db): State<Db>,
    State(room): State<Accounts>,
    (frame, Now(now)): (Frame, Now),
) -> Result<Response, Failure> {
    let has_app = factors::of(&db, &allowed).await?.app_since.is_some();
    if !has_app && !is_fresh(&frame.viewer, now) {
        return Err(Failure::ConfirmFirst(paths::ACCOUNT_TOTP.to_owned()));
    }
    let place = Place { db: &db, room: &room, frame: &frame, allowed: &allowed };
    show_app(place, None, &Form::default(), (StatusCode::OK, "")).await
}

pub async fn save(
    allowed: Fresh<MaySecureOwnAccount>,
    State(db): State<Db>,
    State(room): State<Accounts>,
    (visit, frame): (Visit, Frame),
    mut form: Form,
) -> Result<Response, Failure> {
    let place = Place { db: &db, room: &room, frame: &frame, allowed: &allowed };
    let (account, now) = (Claimant::account(&allowed), visit.now);
    let sealed = URL_SAFE_NO_PAD.decode(form.text("offer")).unwrap_or_default();
    let opened = room.keys.as_ref().and_then(|keys| keys.open(OFFER, account.into(), &sealed));
    let (Some(keys), Some(secret)) = (&room.keys, opened.map(AppSecret::of)) else {
        form.refuse(
            "code",
            "This page was too old. Scan the new code, then type what the app shows",
        );
        return show_app(place, None, &form, (StatusCode::UNPROCESSABLE_ENTITY, "")).await;
    };
    let Some(step) = secret.step(form.text("code"), now) else {
        form.refuse(
            "code",
            "This is not the code of this moment. Look whether the clock of your device is right, and \
             type the next one",
        );
        return show_app(place, Some(secret), &form, (StatusCode::UNPROCESSABLE_ENTITY, "")).await;
    };
    let kept = keys.seal(APP, account.into(), secret.bits());
    let codes = RecoveryCode::set();
    let mut tx = db.begin().await?;
    if !factors::add_app(&mut tx, &allowed, &kept, step, now).await? {
        // Another tab was quicker; its app is the one that counts.
        return Ok(Redirect::to(paths::ACCOUNT_SECURITY).into_response());
    }
    let hashes: Vec<TokenHash> = codes.iter().map(RecoveryCode::hash).collect();
    factors::replace_codes(&mut tx, &allowed, &hashes, now).await?;
    sessions::renew(&mut tx, &allowed).await?;
    let by = frame.viewer.actor();
    for event in [
        Event::new(events::FACTOR_ADDED, by).code("factor", "totp"),
        Event::new(events::RECOVERY_CODES_MADE, by),
    ] {
        audit::store::record(&mut tx, event.about("account", account), now).await?;
    }
    safety::tell(&mut tx, account, Happened::AppAdded, now).await?;
    let committed = tx.commit().await?;
    show_codes(committed, &frame, &codes)
}

pub async fn remove(
    allowed: Allowed<MaySecureOwnAccount>,
    State(db): State<Db>,
    State(room): State<Accounts>,
    (visit, frame): (Visit, Frame),
    mut form: Form,
) -> Result<Response, Failure> {
    let place = Place { db: &db, room: &room, frame: &frame, allowed: &allowed };
    let typed = form.raw("proof").to_owned();
    form.forget("proof");
    if proving::count(&room, &visit, &allowed).is_err() {
        let said = (StatusCode::TOO_MANY_REQUESTS, proving::TOO_MANY);
        return show_app(place, None, &form, said).await;
    }
    let now = visit.now;
    let Some(mut tx) = proving::by_typing(&db, &room, &allowed, &typed, now).await? else {
        form.refuse("proof", "This does not fit, and the app was not removed");
        return show_app(place, None, &form, (StatusCode::UNPROCESSABLE_ENTITY, "")).await;
    };
    if factors::remove_app(&mut tx, &allowed).await? {
        let event = Event::new(events::FACTOR_REMOVED, frame.viewer.actor());
        let event = event.code("factor", "totp").about("account", Claimant::account(&allowed));
        audit::store::record(&mut tx, event, now).await?;
        let account = Claimant::account(&allowed);
        safety::tell(&mut tx, account, Happened::AppRemoved, now).await?;
    }
    sessions::prove(&mut tx, &allowed, now).await?;
    sessions::renew(&mut tx, &allowed).await?;
    let committed = tx.commit().await?;
    Ok(redirect::after(committed, &format!("{}?done=app-removed", paths::ACCOUNT_SECURITY)))
}
