//! Going to the organisation's OpenID provider: to sign in, or to link one's account to it; and taking it
//! off again.
//!
//! A form cannot lead there by a redirect: what a form of this site may lead to is this site alone. So the
//! answer is a page that goes on by itself, with a link for who waits.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::{HeaderValue, StatusCode, header};

use super::entering::BROWSER;
use super::returned::{Refusal, refuse};
use super::{Visit, page};
use crate::account::access::{MayKeepOwnAccount, OwnAccount};
use crate::account::provider::Proof;
use crate::account::store::factors;
use crate::account::store::identities::{self, SignOn};
use crate::account::token::{Token, TokenHash};
use crate::account::{Accounts, paths};
use crate::db::Db;
use crate::web::cookie::{Lifetime, Readers};
use crate::web::error::Failure;
use crate::web::form::Form;
use crate::web::frame::Frame;
use crate::web::layout::Layout;
use crate::web::now::Now;
use crate::web::proof::Fresh;
use crate::web::redirect::{self, local};

#[derive(Template)]
#[template(path = "account/provider.html")]
struct Leaving<'a> {
    layout: Layout<'a>,
    name: &'a str,
    href: &'a str,
}

/// Begins to sign in.
pub async fn start(
    State(db): State<Db>,
    State(room): State<Accounts>,
    visit: Visit,
    frame: Frame,
    form: Form,
) -> Result<Response, Failure> {
    let next = local(form.text("next"), "").to_owned();
    leave((&db, &room), &visit, &frame, SignOn { next, account_id: None }).await
}

/// Begins to link one's own account.
pub async fn link(
    allowed: Fresh<MayKeepOwnAccount>,
    State(db): State<Db>,
    State(room): State<Accounts>,
    visit: Visit,
    frame: Frame,
) -> Result<Response, Failure> {
    let is_staff = frame.viewer.person().is_some_and(|person| person.roles.is_staff());
    if room.provider.is_none() || !is_staff {
        // There is nothing to link; the page says what there is.
        return Ok(Redirect::to(paths::ACCOUNT_SECURITY).into_response());
    }
    let sign_on = SignOn { next: String::new(), account_id: Some(allowed.account()) };
    leave((&db, &room), &visit, &frame, sign_on).await
}

async fn leave(
    (db, room): (&Db, &Accounts),
    visit: &Visit,
    frame: &Frame,
    sign_on: SignOn,
) -> Result<Response, Failure> {
    let provider = room.provider.as_ref().ok_or(Failure::NotFound)?;
    if room.throttle.count_address(visit.address(room)).is_err() {
        return refuse(frame, provider.name(), Refusal::TooMany);
    }
    let known = room.jar.read(&visit.headers, BROWSER).map(str::to_owned);
    let fresh = known.is_none().then(Token::new);
    let browser = known.as_deref().or(fresh.as_ref().map(Token::expose)).unwrap_or_default();
    let state = Token::new();
    let href = match provider.way_in(state.expose(), Proof::of(browser, state.expose())).await {
        Ok(href) => href,
        Err(error) => return refuse(frame, provider.name(), Refusal::of(&error)),
    };
    let mut tx = db.begin().await?;
    let browser = TokenHash::of(browser);
    identities::begin(&mut tx, state.hash(), browser, &sign_on, visit.now).await?;
    let _gone_on_below = tx.commit().await?;
    let layout = frame.layout(format!("To {}", provider.name()));
    let leaving = Leaving { layout, name: provider.name(), href: &href };
    let mut response = page(StatusCode::OK, &leaving)?;
    let refresh = HeaderValue::from_str(&format!("0; url={href}"));
    let refresh = refresh.map_err(|error| Failure::Broken(Box::new(error)))?;
    response.headers_mut().insert(header::REFRESH, refresh);
    if let Some(fresh) = fresh {
        let year = Lifetime::Seconds(365 * 24 * 60 * 60);
        let cookie = room.jar.write(BROWSER, fresh.expose(), year, Readers::Server);
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Takes the provider off one's own account, where there is another way in.
pub async fn unlink(
    allowed: Fresh<MayKeepOwnAccount>,
    State(db): State<Db>,
    State(room): State<Accounts>,
    Now(now): Now,
) -> Result<Response, Failure> {
    let Some(provider) = &room.provider else {
        return Ok(Redirect::to(paths::ACCOUNT_SECURITY).into_response());
    };
    let factors = factors::of(&db, &allowed).await?;
    if !factors.has_password && factors.passkeys == 0 {
        let href = format!("{}?done=only-way", paths::ACCOUNT_SECURITY);
        return Ok(Redirect::to(&href).into_response());
    }
    let mut tx = db.begin().await?;
    identities::unlink_own(&mut tx, &allowed, provider.issuer(), now).await?;
    let committed = tx.commit().await?;
    Ok(redirect::after(committed, &format!("{}?done=unlinked", paths::ACCOUNT_SECURITY)))
}
