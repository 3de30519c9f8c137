//! Tokens for programs: made, shown once, listed, revoked.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;

use super::tabs::Tab;
use super::{entering, page};
use crate::account::access::MayKeepOwnAccount;
use crate::account::model::{PersonalToken, TOKEN_DAYS, token_days, token_name};
use crate::account::store::personal_tokens::{self, Refused};
use crate::account::token::Token;
use crate::account::{Accounts, paths};
use crate::clock::{SignedDuration, Timestamp};
use crate::db::Db;
use crate::ids::PersonalTokenId;
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::form::Form;
use crate::web::frame::Frame;
use crate::web::html::Html;
use crate::web::layout::Layout;
use crate::web::moment::{day, moment};
use crate::web::now::Now;
use crate::web::proof::Fresh;
use crate::web::redirect;

#[derive(Template)]
#[template(path = "account/tokens.html")]
struct Tokens<'a> {
    layout: Layout<'a>,
    tab: Tab,
    form: &'a Form,
    rows: Vec<Row>,
    notice: &'a str,
    /// What was just made, the one time it is shown: its name, and the token.
    fresh: Option<(String, String)>,
    base_url: &'a str,
    /// A page its owner reaches, for the example.
    home: &'a str,
}

struct Row {
    id: String,
    name: String,
    made: Html,
    until: Html,
    used: Option<Html>,
}

/// What has just happened, besides what the address says.
enum After {
    Nothing,
    Refused(Form),
    Made(String, Token),
}

async fn show_tokens(
    db: &Db,
    room: &Accounts,
    allowed: &Allowed<MayKeepOwnAccount>,
    (frame, now): (&Frame, Timestamp),
    after: After,
) -> Result<Response, Failure> {
    let person = frame.viewer.person().ok_or(Failure::NotFound)?;
    let zone = &person.zone;
    let row = |token: PersonalToken| Row {
        id: token.id.to_string(),
        name: token.name,
        made: day(token.made_at, zone),
        until: day(token.expires_at, zone),
        used: token.used_at.map(|at| moment(at, zone)),
    };
    let rows = personal_tokens::list(db, allowed, now).await?.into_iter().map(row).collect();
    let (status, form, fresh) = match after {
        After::Nothing => (StatusCode::OK, None, None),
        After::Refused(form) => (StatusCode::UNPROCESSABLE_ENTITY, Some(form), None),
        After::Made(name, token) => (StatusCode::OK, None, Some((name, token.expose().to_owned()))),
    };
    let notice = match frame.done() {
        _ if form.is_some() || fresh.is_some() => "",
        "revoked" => "The token is revoked. A program that sends it is turned away from now on.",
        _ => "",
    };
    let tokens = Tokens {
        layout: frame.layout("Programs"),
        tab: Tab::Tokens,
        form: &form.unwrap_or_else(|| Form::filled([("days", "90")])),
        rows,
        notice,
        fresh,
        base_url: &room.base_url,
        home: entering::home(person.roles),
    };
    page(status, &tokens)
}

pub async fn show(
    allowed: Allowed<MayKeepOwnAccount>,
    State(db): State<Db>,
    State(room): State<Accounts>,
    (frame, Now(now)): (Frame, Now),
) -> Result<Response, Failure> {
    show_tokens(&db, &room, &allowed, (&frame, now), After::Nothing).await
}

pub async fn make(
    allowed: Fresh<MayKeepOwnAccount>,
    State(db): State<Db>,
    State(room): State<Accounts>,
    (frame, Now(now)): (Frame, Now),
    mut form: Form,
) -> Result<Response, Failure> {
    let (name, days) = (form.read("name", token_name), form.read("days", token_days));
    let mut after = After::Nothing;
    if let (Some(name), Some(days)) = (name, days) {
        let (token, until) = (Token::personal(), now + SignedDuration::from_hours(days * 24));
        let mut tx = db.begin().await?;
        let added = personal_tokens::add(&mut tx, &allowed, token.hash(), &name, until, now).await;
        match added {
            Ok(_) => {
                let _shown_below = tx.commit().await?;
                after = After::Made(name, token);
            }
            Err(Refused::Database(error)) => return Err(error.into()),
            Err(refused) => form.refuse("name", refused.to_string()),
        }
    }
    if form.has_errors() {
        after = After::Refused(form);
    }
    show_tokens(&db, &room, &allowed, (&frame, now), after).await
}

pub async fn revoke(
    allowed: Allowed<MayKeepOwnAccount>,
    State(db): State<Db>,
    Now(now): Now,
    form: Form,
) -> Result<Response, Failure> {
    let Ok(id) = form.text("token").parse::<PersonalTokenId>() else {
        return Ok(Redirect::to(paths::ACCOUNT_TOKENS).into_response());
    };
    let mut tx = db.begin().await?;
    personal_tokens::revoke(&mut tx, &allowed, id, now).await?;
    let committed = tx.commit().await?;
    Ok(redirect::after(committed, &format!("{}?done=revoked", paths::ACCOUNT_TOKENS)))
}
