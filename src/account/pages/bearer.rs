//! Programs: from the token they send to the [`Viewer`] every handler sees.
//!
//! A token is for programs alone. A browser has its cookie, which other sites cannot read or send; a
//! request that comes with both, or from a browser at all, is refused, so that neither can stand in for
//! the other.

use http::{HeaderMap, StatusCode, header};

use super::entering::SESSION;
use crate::account::Accounts;
use crate::account::store::personal_tokens;
use crate::account::token::{PERSONAL, TokenHash};
use crate::clock::Timestamp;
use crate::db::Db;
use crate::web::error::Failure;
use crate::web::front::Peer;
use crate::web::viewer::Viewer;

const WITH_SESSION: &str = "This request carries both a token and the cookie of a session. Send one of \
                            them: programs send the token alone.";
const FROM_BROWSER: &str = "Tokens are for programs. A browser signs in instead.";
const TWICE: &str = "This request carries more than one Authorization header.";
const UNKNOWN: &str = "This token is none, has expired, or was revoked. Its owner can make another one \
                       on the page of their account.";
const TOO_MANY: &str =
    "Too many wrong tokens came from this address. Wait a minute, then try again.";

/// What a request sends as one of this portal's tokens. Other tokens are other rooms' business.
fn sent(headers: &HeaderMap) -> Result<Option<TokenHash>, Failure> {
    let personal = |value: &http::HeaderValue| {
        let (scheme, token) = value.to_str().ok()?.trim().split_once(' ')?;
        let token = token.trim();
        let is_ours = scheme.eq_ignore_ascii_case("bearer") && token.starts_with(PERSONAL);
        is_ours.then(|| TokenHash::of(token))
    };
    let mut values = headers.get_all(header::AUTHORIZATION).into_iter();
    let (first, has_more) = (values.next().map(personal), values.next().is_some());
    match first {
        Some(Some(_)) if has_more => Err(Failure::Program(StatusCode::BAD_REQUEST, TWICE)),
        first => Ok(first.flatten()),
    }
}

/// Who asks by a token; `None` where none was sent.
///
/// # Errors
/// It opens nothing, or came in a way no program sends it.
pub(super) async fn viewer(
    db: &Db,
    room: &Accounts,
    (headers, peer): (&HeaderMap, Option<Peer>),
    now: Timestamp,
) -> Result<Option<Viewer>, Failure> {
    let Some(hash) = sent(headers)? else { return Ok(None) };
    if room.jar.has(headers, SESSION) {
        return Err(Failure::Program(StatusCode::BAD_REQUEST, WITH_SESSION));
    }
    if headers.contains_key("sec-fetch-site") || headers.contains_key(header::ORIGIN) {
        return Err(Failure::Program(StatusCode::BAD_REQUEST, FROM_BROWSER));
    }
    let address = peer.map(|peer| room.proxies.client(peer.0.ip(), headers));
    if room.throttle.may_try_token(address, hash).is_err() {
        return Err(Failure::Program(StatusCode::TOO_MANY_REQUESTS, TOO_MANY));
    }
    let found = personal_tokens::find(db, hash, now).await?;
    room.throttle.tried_token(address, hash, found.is_some());
    let Some(found) = found else {
        return Err(Failure::Program(StatusCode::UNAUTHORIZED, UNKNOWN));
    };
    if found.note {
        let mut tx = db.begin().await?;
        personal_tokens::note(&mut tx, found.id, now).await?;
        let _kept = tx.commit().await?;
    }
    Ok(Some(Viewer::Person(found.person)))
}
