//! One's recovery codes: shown once, when they are made.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::{HeaderValue, StatusCode, header};

use super::entering::home;
use super::page;
use crate::account::access::{Claimant, MaySecureOwnAccount};
use crate::account::emails::safety::{self, Happened};
use crate::account::recovery::RecoveryCode;
use crate::account::store::factors;
use crate::account::token::TokenHash;
use crate::account::{events, paths};
use crate::audit::{self, Event};
use crate::db::{Committed, Db};
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::form::Form;
use crate::web::frame::Frame;
use crate::web::layout::Layout;
use crate::web::now::Now;
use crate::web::proof::Fresh;

#[derive(Template)]
#[template(path = "account/recovery.html")]
struct Recovery<'a> {
    layout: Layout<'a>,
    codes: &'a [RecoveryCode],
    /// Where one goes on.
    next: &'a str,
}

/// The page that shows codes that have just been kept.
pub(super) fn show_codes(
    _: Committed,
    frame: &Frame,
    codes: &[RecoveryCode],
) -> Result<Response, Failure> {
    let person = frame.viewer.person().ok_or(Failure::NotFound)?;
    let next = if person.must_enrol { home(person.roles) } else { paths::ACCOUNT_SECURITY };
    page(StatusCode::OK, &Recovery { layout: frame.layout("Your recovery codes"), codes, next })
}

/// Makes new ones in place of those before.
pub async fn save(
    allowed: Fresh<MaySecureOwnAccount>,
    State(db): State<Db>,
    (frame, Now(now)): (Frame, Now),
) -> Result<Response, Failure> {
    if !factors::of(&db, &allowed).await?.any() {
        // Without a factor they stand in for nothing.
        return Ok(Redirect::to(paths::ACCOUNT_SECURITY).into_response());
    }
    let codes = RecoveryCode::set();
    let hashes: Vec<TokenHash> = codes.iter().map(RecoveryCode::hash).collect();
    let mut tx = db.begin().await?;
    factors::replace_codes(&mut tx, &allowed, &hashes, now).await?;
    let event = Event::new(events::RECOVERY_CODES_MADE, frame.viewer.actor());
    let event = event.about("account", Claimant::account(&allowed));
    audit::store::record(&mut tx, event, now).await?;
    let account = Claimant::account(&allowed);
    safety::tell(&mut tx, account, Happened::RecoveryCodesMade, now).await?;
    let committed = tx.commit().await?;
    show_codes(committed, &frame, &codes)
}

/// The codes that the page has shown, sent back as a file. They are known here as hashes alone, so the
/// page has to bring them; what are not one's own codes is not sent back.
pub async fn file(
    allowed: Allowed<MaySecureOwnAccount>,
    State(db): State<Db>,
    frame: Frame,
    form: Form,
) -> Result<Response, Failure> {
    let codes: Vec<RecoveryCode> = form.all("code").filter_map(RecoveryCode::parse).collect();
    let hashes: Vec<TokenHash> = codes.iter().map(RecoveryCode::hash).collect();
    if !factors::are_own_codes(&db, &allowed, &hashes).await? {
        return Ok(Redirect::to(paths::ACCOUNT_SECURITY).into_response());
    }
    let lines: String = codes.iter().map(|code| format!("{}\n", code.expose())).collect();
    let text = format!(
        "Recovery codes, {}\nEach opens your account once.\n\n{lines}",
        frame.organisation()
    );
    let mut response = text.into_response();
    for (name, value) in [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"recovery-codes.txt\""),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    Ok(response)
}
