//! How one proves who one is: the password, and what is asked besides it, and the organisation's OpenID
//! provider.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use super::tabs::Tab;
use super::{Visit, page, proving};
use crate::account::access::MaySecureOwnAccount;
use crate::account::model::{Factors, Passkey};
use crate::account::store::{accounts, factors, identities, passkeys};
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
use crate::web::proof::is_fresh;
use crate::web::redirect;

#[derive(Template)]
#[template(path = "account/security.html")]
struct Security<'a> {
    layout: Layout<'a>,
    tab: Tab,
    form: &'a Form,
    email: &'a str,
    factors: Factors,
    app_since: Option<Html>,
    passkeys: Vec<Row>,
    /// Where passkeys work.
    origin: Option<&'a str>,
    /// Nothing else opens before one factor is added.
    must_enrol: bool,
    /// Who has no password yet proves first that it is them, before typing one.
    may_set_password: bool,
    /// Whether apps can be used here.
    has_apps: bool,
    notice: &'a str,
    /// Somebody wanted to take off the provider, their only way in.
    needs_another: bool,
    provider: Option<ProviderPart<'a>>,
}

/// The organisation's OpenID provider, to staff.
struct ProviderPart<'a> {
    name: &'a str,
    since: Option<Html>,
}

struct Row {
    id: String,
    name: String,
    added: Html,
    used: Option<Html>,
}

/// The page, with the form that was refused in it, if one was.
pub(super) async fn show_security(
    db: &Db,
    room: &Accounts,
    allowed: &Allowed<MaySecureOwnAccount>,
    (frame, now): (&Frame, Timestamp),
    refused: Option<Form>,
) -> Result<Response, Failure> {
    let account = accounts::own(db, allowed).await?.ok_or(Failure::NotFound)?;
    let person = frame.viewer.person().ok_or(Failure::NotFound)?;
    let factors = factors::of(db, allowed).await?;
    let row = |passkey: Passkey| Row {
        id: passkey.id.to_string(),
        name: passkey.name,
        added: moment(passkey.added_at, &person.zone),
        used: passkey.used_at.map(|at| moment(at, &person.zone)),
    };
    let passkeys = passkeys::list(db, allowed).await?.into_iter().map(row).collect();
    let status = if refused.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let notice = match frame.done() {
        _ if refused.is_some() => "",
        "password" => {
            "Your password is changed, every other browser is signed out, and the tokens of your programs are revoked."
        }
        "app-removed" => "Your authenticator app is removed. Its codes open nothing any more.",
        "passkey" => "The passkey is added. You can sign in with it from now on.",
        "passkey-removed" => "The passkey is removed. Remove it from your device too.",
        "linked" => "Your account is linked.",
        "unlinked" => "Your account is not linked any more. Sign in another way.",
        _ => "",
    };
    let provider = match room.provider.as_ref().filter(|_| person.roles.is_staff()) {
        Some(provider) => {
            let since = identities::own(db, allowed, provider.issuer()).await?;
            let since = since.map(|at| day(at, &person.zone));
            Some(ProviderPart { name: provider.name(), since })
        }
        None => None,
    };
    let security = Security {
        layout: frame.layout("Signing in"),
        tab: Tab::Security,
        form: &refused.unwrap_or_default(),
        email: &account.email,
        app_since: factors.app_since.map(|at| day(at, &person.zone)),
        factors,
        passkeys,
        origin: room.passkeys.as_ref().map(|library| library.place().origin.as_str()),
        must_enrol: person.must_enrol,
        may_set_password: factors.has_password || is_fresh(&frame.viewer, now),
        has_apps: room.keys.is_some(),
        notice,
        needs_another: frame.done() == "only-way",
        provider,
    };
    page(status, &security)
}

pub async fn show(
    allowed: Allowed<MaySecureOwnAccount>,
    State(db): State<Db>,
    State(room): State<Accounts>,
    (frame, Now(now)): (Frame, Now),
) -> Result<Response, Failure> {
    show_security(&db, &room, &allowed, (&frame, now), None).await
}

pub async fn save_password(
    allowed: Allowed<MaySecureOwnAccount>,
    State(db): State<Db>,
    State(room): State<Accounts>,
    (frame, visit): (Frame, Visit),
    mut form: Form,
) -> Result<Response, Failure> {
    let now = visit.now;
    let account = accounts::own(&db, &allowed).await?.ok_or(Failure::NotFound)?;
    let kept = accounts::own_password(&db, &allowed).await?;
    // Who has a password types it; who has none proves themselves some other way.
    if kept.is_none() && !is_fresh(&frame.viewer, now) {
        return Err(Failure::ConfirmFirst(paths::ACCOUNT_SECURITY.to_owned()));
    }
    if kept.is_some() {
        // Whoever sits down at a browser that was left open does not get to guess.
        if proving::count(&room, &visit, &allowed).is_err() {
            form.refuse(
                "present",
                "There have been many tries just now. Wait a minute, then try again",
            );
        } else if !room.passwords.verify(form.raw("present"), kept.as_deref()).await? {
            form.refuse("present", "This is not your present password");
        }
    }
    let typed = form.raw("password").to_owned();
    let about = [account.email.as_str(), account.name.as_str()];
    let chosen = room.passwords.choose(&typed, &about).await?;
    let password = form.read("password", |_| chosen);
    let (Some(password), false) = (password, form.has_errors()) else {
        form.forget("present");
        form.forget("password");
        return show_security(&db, &room, &allowed, (&frame, now), Some(form)).await;
    };
    let hash = room.passwords.hash(password).await?;
    let mut tx = db.begin().await?;
    accounts::set_own_password(&mut tx, &allowed, &hash, now).await?;
    let committed = tx.commit().await?;
    Ok(redirect::after(committed, &format!("{}?done=password", paths::ACCOUNT_SECURITY)))
}
