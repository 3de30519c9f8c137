//! Signing in by a link from mail, in the browser that asked for it.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;

use super::entering::{self, BROWSER};
use super::gone::ask_anew as gone;
use super::{Visit, page};
use crate::account::events::By;
use crate::account::store::accounts;
use crate::account::store::tokens::{self, Purpose};
use crate::account::token::TokenHash;
use crate::account::{Accounts, paths};
use crate::db::Db;
use crate::web::error::Failure;
use crate::web::frame::Frame;
use crate::web::layout::Layout;

#[derive(Template)]
#[template(path = "account/by_link.html")]
struct ByLink<'a> {
    layout: Layout<'a>,
    action: String,
}

const HEADLINE: &str = "This link does not sign you in";
const ADVICE: &str = "It works once, for ten minutes, in the browser it was asked from. Ask for a new one \
                      from this browser, and open it here.";

/// Whether the link was asked for from this browser.
async fn is_from_here(
    db: &Db,
    room: &Accounts,
    visit: &Visit,
    link: TokenHash,
) -> Result<bool, Failure> {
    match room.jar.read(&visit.headers, BROWSER).map(TokenHash::of) {
        Some(browser) => Ok(tokens::is_bound_to(db, link, browser).await?),
        None => Ok(false),
    }
}

/// Programs that look through mail open links; so opening one does nothing yet.
pub async fn show(
    State(db): State<Db>,
    State(room): State<Accounts>,
    visit: Visit,
    (frame, Path(token)): (Frame, Path<String>),
) -> Result<Response, Failure> {
    let link = TokenHash::of(&token);
    let opens = tokens::peek(&db, link, Purpose::SignIn, visit.now).await?.is_some();
    if !opens || !is_from_here(&db, &room, &visit, link).await? {
        return gone(&frame, HEADLINE, ADVICE);
    }
    let action = paths::sign_in_by_link(&token);
    page(StatusCode::OK, &ByLink { layout: frame.layout("Sign in"), action })
}

pub async fn save(
    State(db): State<Db>,
    State(room): State<Accounts>,
    visit: Visit,
    (frame, Path(token)): (Frame, Path<String>),
) -> Result<Response, Failure> {
    let (link, now) = (TokenHash::of(&token), visit.now);
    if !is_from_here(&db, &room, &visit, link).await? {
        return gone(&frame, HEADLINE, ADVICE);
    }
    let mut tx = db.begin().await?;
    let account = match tokens::redeem(&mut tx, link, Purpose::SignIn, now).await?.flatten() {
        Some(account) => accounts::addressed(&mut tx, account, now).await?,
        None => None,
    };
    // Whoever has become staff since signs in with a password, as all staff do.
    let Some(account) = account.filter(|account| !account.roles.is_staff()) else {
        return gone(&frame, HEADLINE, ADVICE);
    };
    let proved = (account.id, By::Link);
    let entry = entering::enter(&mut tx, proved, room.jar, &visit.headers, now).await?;
    let committed = tx.commit().await?;
    Ok(entry.welcome(committed, room.jar, entering::home(account.roles)))
}
