//! Choosing a new password by a link. It does not sign in: a second factor is still asked.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;

use super::gone::ask_anew as gone;
use super::page;
use crate::account::store::accounts;
use crate::account::store::tokens::{self, Purpose};
use crate::account::token::TokenHash;
use crate::account::{Accounts, paths};
use crate::db::Db;
use crate::web::error::Failure;
use crate::web::form::Form;
use crate::web::frame::Frame;
use crate::web::layout::Layout;
use crate::web::now::Now;
use crate::web::redirect;

#[derive(Template)]
#[template(path = "account/reset.html")]
struct Reset<'a> {
    layout: Layout<'a>,
    form: &'a Form,
    action: String,
}

const HEADLINE: &str = "This link is used up or too old";
const ADVICE: &str = "A link to a new password works once, for an hour. Ask for another one.";

pub async fn show(
    State(db): State<Db>,
    Now(now): Now,
    (frame, Path(token)): (Frame, Path<String>),
) -> Result<Response, Failure> {
    if tokens::peek(&db, TokenHash::of(&token), Purpose::Reset, now).await?.is_none() {
        return gone(&frame, HEADLINE, ADVICE);
    }
    let (layout, action) = (frame.layout("Choose a new password"), paths::reset(&token));
    page(StatusCode::OK, &Reset { layout, form: &Form::default(), action })
}

pub async fn save(
    State(db): State<Db>,
    State(room): State<Accounts>,
    Now(now): Now,
    (frame, Path(token)): (Frame, Path<String>),
    mut form: Form,
) -> Result<Response, Failure> {
    let hash = TokenHash::of(&token);
    // Before the work of hashing, so that nobody gets it done with a link that opens nothing.
    let Some(whose) = tokens::peek(&db, hash, Purpose::Reset, now).await?.flatten() else {
        return gone(&frame, HEADLINE, ADVICE);
    };
    let Some((name, email)) = accounts::called(&db, whose).await? else {
        return gone(&frame, HEADLINE, ADVICE);
    };
    let about = [email.as_str(), name.as_str()];
    let chosen = room.passwords.choose(form.raw("password"), &about).await?;
    let Some(password) = form.read("password", |_| chosen) else {
        form.forget("password");
        let (layout, action) = (frame.layout("Choose a new password"), paths::reset(&token));
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return page(status, &Reset { layout, form: &form, action });
    };
    let password = room.passwords.hash(password).await?;
    let mut tx = db.begin().await?;
    let account = tokens::redeem(&mut tx, hash, Purpose::Reset, now).await?.flatten();
    let is_set = match account {
        Some(account) => accounts::reset_password(&mut tx, account, &password, now).await?,
        None => false,
    };
    if !is_set {
        return gone(&frame, HEADLINE, ADVICE);
    }
    let committed = tx.commit().await?;
    Ok(redirect::after(committed, &format!("{}?done=password", paths::SIGN_IN)))
}
