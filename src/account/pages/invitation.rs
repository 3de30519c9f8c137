//! Accepting an invitation.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;

use super::gone::gone;
use super::{Visit, entering, page};
use crate::account::events::By;
use crate::account::model::{Account, person_name, zone};
use crate::account::provider::Provider;
use crate::account::store::accounts;
use crate::account::store::tokens::{self, Purpose};
use crate::account::token::TokenHash;
use crate::account::{Accounts, paths};
use crate::clock::Timestamp;
use crate::db::Db;
use crate::web::error::Failure;
use crate::web::form::Form;
use crate::web::frame::Frame;
use crate::web::layout::Layout;
use crate::web::now::Now;

#[derive(Template)]
#[template(path = "account/invitation.html")]
struct Invitation<'a> {
    layout: Layout<'a>,
    form: &'a Form,
    action: String,
    email: &'a str,
    roles: String,
    needs_password: bool,
    /// Who is signed in here meanwhile.
    somebody: Option<&'a str>,
    /// What people call the organisation's OpenID provider, for staff who would rather use that.
    provider: Option<&'a str>,
}

const HEADLINE: &str = "This invitation is used up or too old";
const ADVICE: &str = "If you have accepted it, sign in. If not, ask whoever invited you to send a new \
                      one; that takes them one click.";

async fn invited(db: &Db, token: &str, now: Timestamp) -> Result<Option<Account>, Failure> {
    let account = tokens::peek(db, TokenHash::of(token), Purpose::Invitation, now).await?.flatten();
    match account {
        Some(account) => Ok(accounts::invited(db, account, now).await?),
        None => Ok(None),
    }
}

/// Who may go without a password comes back by mail; where none is sent there is no other way.
fn needs_password(room: &Accounts, account: &Account) -> bool {
    account.roles.is_staff() || !room.sends_mail
}

fn form_page(
    status: StatusCode,
    (frame, room): (&Frame, &Accounts),
    account: &Account,
    token: &str,
    form: &Form,
) -> Result<Response, Failure> {
    let provider = room.provider.as_ref().filter(|_| account.roles.is_staff());
    let invitation = Invitation {
        layout: frame.layout("Accept your invitation"),
        form,
        action: paths::invitation(token),
        email: &account.email,
        roles: account.roles.to_string(),
        needs_password: needs_password(room, account),
        somebody: frame.viewer.person().map(|person| person.name.as_str()),
        provider: provider.map(Provider::name),
    };
    page(status, &invitation)
}

pub async fn show(
    State(db): State<Db>,
    State(room): State<Accounts>,
    (frame, Now(now)): (Frame, Now),
    Path(token): Path<String>,
) -> Result<Response, Failure> {
    let Some(account) = invited(&db, &token, now).await? else {
        return gone(&frame, HEADLINE, ADVICE);
    };
    let form = Form::filled([("name", account.name.as_str())]);
    form_page(StatusCode::OK, (&frame, &room), &account, &token, &form)
}

pub async fn save(
    State(db): State<Db>,
    State(room): State<Accounts>,
    visit: Visit,
    (frame, Path(token)): (Frame, Path<String>),
    mut form: Form,
) -> Result<Response, Failure> {
    let now = visit.now;
    let Some(account) = invited(&db, &token, now).await? else {
        return gone(&frame, HEADLINE, ADVICE);
    };
    let name = form.read("name", person_name);
    let zone = form.read("zone", |typed| zone(if typed.is_empty() { "UTC" } else { typed }));
    let may_go_without = !needs_password(&room, &account);
    let about = [account.email.as_str(), account.name.as_str(), form.text("name")];
    let chosen = match form.raw("password") {
        "" if may_go_without => Ok(None),
        typed => room.passwords.choose(typed, &about).await?.map(Some),
    };
    let password = form.read("password", |_| chosen);
    let (Some(name), Some(zone), Some(password)) = (name, zone, password) else {
        form.forget("password");
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return form_page(status, (&frame, &room), &account, &token, &form);
    };
    let password = match password {
        Some(password) => Some(room.passwords.hash(password).await?),
        None => None,
    };
    let zone = zone.iana_name().unwrap_or("UTC");
    let mut tx = db.begin().await?;
    let redeemed = tokens::redeem(&mut tx, TokenHash::of(&token), Purpose::Invitation, now).await?;
    let accepted = redeemed.flatten() == Some(account.id)
        && accounts::accept(&mut tx, account.id, &name, zone, password.as_deref(), now).await?;
    if !accepted {
        return gone(&frame, HEADLINE, ADVICE);
    }
    let proved = (account.id, By::Invitation);
    let entry = entering::enter(&mut tx, proved, room.jar, &visit.headers, now).await?;
    let committed = tx.commit().await?;
    Ok(entry.welcome(committed, room.jar, entering::home(account.roles)))
}
