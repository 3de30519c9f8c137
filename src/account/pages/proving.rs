//! How a proof is asked for and checked, wherever it is wanted: codes and passwords that were typed,
//! passkeys that answer.

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::Value;

use super::Visit;
use crate::account::access::{Claimant, OwnAccount};
use crate::account::emails::safety::{self, Happened};
use crate::account::passkeys::{Asked, Passkeys, Refused};
use crate::account::recovery::RecoveryCode;
use crate::account::store::passkeys::{Kept, Purpose};
use crate::account::store::{accounts, factors, passkeys};
use crate::account::throttle::{Device, TooMany};
use crate::account::token::{Token, TokenHash};
use crate::account::totp::AppSecret;
use crate::account::{Accounts, events};
use crate::audit::{self, Actor, Event};
use crate::clock::Timestamp;
use crate::db::{Db, Tx};
use crate::ids::AccountId;
use crate::web::allowed::Allowed;
use crate::web::cookie::{Lifetime, Readers};
use crate::web::error::Failure;

/// What the secret of an app is sealed for.
pub(super) const APP: &str = "totp";
/// The cookie of what a passkey was asked to sign.
const CHALLENGE: &str = "challenge";

pub(super) const TOO_MANY: &str =
    "There have been many tries just now. Wait a few minutes, then try again.";

/// A transaction in which `typed` was used up, if it is a code of somebody's app or one of their
/// recovery codes.
pub(super) async fn by_code(
    db: &Db,
    room: &Accounts,
    claimant: &impl Claimant,
    typed: &str,
    now: Timestamp,
) -> Result<Option<Tx>, Failure> {
    let mut tx = db.begin().await?;
    let fits = match RecoveryCode::parse(typed) {
        Some(code) => is_recovery_code(&mut tx, claimant, &code, now).await?,
        None => is_app_code(&mut tx, room, claimant, typed, now).await?,
    };
    Ok(fits.then_some(tx))
}

async fn is_recovery_code(
    tx: &mut Tx,
    claimant: &impl Claimant,
    code: &RecoveryCode,
    now: Timestamp,
) -> Result<bool, Failure> {
    let is_used = factors::use_code(tx, claimant, code.hash(), now).await?;
    if is_used {
        let account = claimant.account();
        let event = Event::new(events::RECOVERY_CODE_USED, Actor::Person(account));
        audit::store::record(tx, event.about("account", account), now).await?;
        safety::tell(tx, account, Happened::RecoveryCodeUsed, now).await?;
    }
    Ok(is_used)
}

async fn is_app_code(
    tx: &mut Tx,
    room: &Accounts,
    claimant: &impl Claimant,
    typed: &str,
    now: Timestamp,
) -> Result<bool, Failure> {
    let (Some(keys), Some(sealed)) = (&room.keys, factors::app_secret(tx, claimant).await?) else {
        return Ok(false);
    };
    let Some(secret) = keys.open(APP, claimant.account().into(), &sealed) else {
        tracing::error!("the secret of an authenticator app was sealed by another key");
        return Ok(false);
    };
    match AppSecret::of(secret).step(typed, now) {
        Some(step) => Ok(factors::take_step(tx, claimant, step, now).await?),
        None => Ok(false),
    }
}

/// A transaction, if `typed` proves that who has signed in is who they say: a code, which is used up
/// in it, or their password.
pub(super) async fn by_typing(
    db: &Db,
    room: &Accounts,
    allowed: &Allowed<impl OwnAccount + Sync>,
    typed: &str,
    now: Timestamp,
) -> Result<Option<Tx>, Failure> {
    if let Some(tx) = by_code(db, room, allowed, typed, now).await? {
        return Ok(Some(tx));
    }
    // No connection waits while a password is hashed.
    let kept = accounts::own_password(db, allowed).await?;
    let fits = room.passwords.verify(typed, kept.as_deref()).await?;
    Ok(if fits { Some(db.begin().await?) } else { None })
}

/// Counts a try at confirming, by the session it is made from.
pub(super) fn count(
    room: &Accounts,
    visit: &Visit,
    allowed: &Allowed<impl OwnAccount>,
) -> Result<(), TooMany> {
    let session = allowed.session().to_string();
    let address = visit.address(room);
    room.throttle.count_code(address, OwnAccount::account(&**allowed), Device::Known(&session))
}

/// Answers a script with what a passkey is asked to sign, which is kept until it has.
pub(super) async fn ask(
    db: &Db,
    room: &Accounts,
    (purpose, account): (Purpose, Option<AccountId>),
    asked: Result<Asked, Refused>,
    now: Timestamp,
) -> Result<Response, Failure> {
    let Asked { options, state } = asked.map_err(|refused| Failure::Broken(Box::new(refused)))?;
    let token = Token::new();
    let mut tx = db.begin().await?;
    passkeys::keep_challenge(&mut tx, token.hash(), (purpose, account), &state, now).await?;
    let _answered_below = tx.commit().await?;
    let cookie = room.jar.write(CHALLENGE, token.expose(), Lifetime::Browser, Readers::Server);
    Ok(answer(&options, Some(cookie)))
}

fn answer(value: &Value, cookie: Option<HeaderValue>) -> Response {
    let kind = HeaderValue::from_static("application/json");
    let mut response = (StatusCode::OK, value.to_string()).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// What a passkey was asked, taken once: the caller commits, whatever the answer is worth.
pub(super) async fn take_state(
    tx: &mut Tx,
    room: &Accounts,
    headers: &HeaderMap,
    asked: (Purpose, Option<AccountId>),
    now: Timestamp,
) -> Result<Option<Value>, Failure> {
    let Some(token) = room.jar.read(headers, CHALLENGE).map(TokenHash::of) else { return Ok(None) };
    Ok(passkeys::take_challenge(tx, token, asked, now).await?)
}

/// Whose passkey gave `answer` to what it was asked, and the transaction in which that was taken. What
/// was asked is used up in either case.
pub(super) async fn by_passkey(
    db: &Db,
    room: &Accounts,
    headers: &HeaderMap,
    asked: (Purpose, Option<AccountId>),
    (answer, now): (&str, Timestamp),
) -> Result<Result<(Tx, Kept), Refused>, Failure> {
    let Some(library) = &room.passkeys else { return Ok(Err(Refused::Wrong)) };
    let mut tx = db.begin().await?;
    let state = take_state(&mut tx, room, headers, asked, now).await?;
    let checked = match state {
        Some(state) => check(&mut tx, library, &state, (asked.1, answer), now).await?,
        None => Err(Refused::Wrong),
    };
    match checked {
        Ok(kept) => Ok(Ok((tx, kept))),
        Err(refused) => {
            let _used_up = tx.commit().await?;
            Ok(Err(refused))
        }
    }
}

async fn check(
    tx: &mut Tx,
    library: &Passkeys,
    state: &Value,
    (account, answer): (Option<AccountId>, &str),
    now: Timestamp,
) -> Result<Result<Kept, Refused>, Failure> {
    let claim = match library.claim(answer) {
        Ok(claim) => claim,
        Err(refused) => return Ok(Err(refused)),
    };
    let Some(account) = account.or(claim.account) else { return Ok(Err(Refused::Wrong)) };
    let Some(kept) = passkeys::claimed(tx, &claim, account, now).await? else {
        return Ok(Err(Refused::Wrong));
    };
    match library.take(answer, state, &kept.credential) {
        Ok(credential) => {
            passkeys::note_use(tx, &kept, &credential, now).await?;
            Ok(Ok(kept))
        }
        Err(refused) => {
            if refused == Refused::CountsBack {
                let event = Event::new(events::PASSKEY_REFUSED, Actor::Nobody);
                let event = event.about("account", account).id("passkey", kept.passkey_id);
                audit::store::record(tx, event, now).await?;
            }
            Ok(Err(refused))
        }
    }
}
