//! Getting in by mail: asking for a link.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};

use super::entering::BROWSER;
use super::{Visit, page};
use crate::account::model::Email;
use crate::account::store::{accounts, requests};
use crate::account::throttle::Device;
use crate::account::token::{Token, TokenHash};
use crate::account::{Accounts, emails};
use crate::db::Db;
use crate::web::cookie::{Lifetime, Readers};
use crate::web::error::Failure;
use crate::web::form::Form;
use crate::web::frame::Frame;
use crate::web::layout::Layout;

#[derive(Template)]
#[template(path = "account/link.html")]
struct Link<'a> {
    layout: Layout<'a>,
    form: &'a Form,
    /// Mail was asked for, whether or not any goes out.
    asked: bool,
    too_many: bool,
    sends_mail: bool,
}

fn link_page(
    status: StatusCode,
    frame: &Frame,
    room: &Accounts,
    (form, asked, too_many): (&Form, bool, bool),
) -> Result<Response, Failure> {
    let sends_mail = room.sends_mail;
    let layout = frame.layout("A link by mail");
    page(status, &Link { layout, form, asked, too_many, sends_mail })
}

pub async fn show(frame: Frame, State(room): State<Accounts>) -> Result<Response, Failure> {
    link_page(StatusCode::OK, &frame, &room, (&Form::default(), false, false))
}

/// Says the same whether or not the address has an account.
pub async fn ask(
    State(db): State<Db>,
    State(room): State<Accounts>,
    visit: Visit,
    frame: Frame,
    mut form: Form,
) -> Result<Response, Failure> {
    let Some(email) = form.read("email", Email::parse) else {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return link_page(status, &frame, &room, (&form, false, false));
    };
    let known = room.jar.read(&visit.headers, BROWSER).map(str::to_owned);
    let fresh = known.is_none().then(Token::new);
    let secret = known.as_deref().or(fresh.as_ref().map(Token::expose)).unwrap_or_default();
    let hash = TokenHash::of(secret);
    let claimed = accounts::claimed(&db, email.key(), hash, visit.now).await?;
    let device = match &claimed {
        Some(claimed) if claimed.knows_browser => Device::Known(secret),
        _ => Device::Stranger,
    };
    // Apart from tries at passwords: who guesses those does not keep the owner from this way in.
    let asked_for = format!("a link for {}", email.key());
    if room.throttle.count(visit.address(&room), &asked_for, device).is_err() {
        let status = StatusCode::TOO_MANY_REQUESTS;
        return link_page(status, &frame, &room, (&form, false, true));
    }
    let account = claimed.map(|claimed| claimed.account_id);
    let mut tx = db.begin().await?;
    let request = requests::add(&mut tx, account, hash, visit.now).await?;
    emails::send_way_in(&mut tx, account, request, visit.now).await?;
    let _said_below = tx.commit().await?;
    let mut response = link_page(StatusCode::OK, &frame, &room, (&form, true, false))?;
    if let Some(fresh) = fresh {
        let year = Lifetime::Seconds(365 * 24 * 60 * 60);
        let cookie: HeaderValue = room.jar.write(BROWSER, fresh.expose(), year, Readers::Server);
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}
