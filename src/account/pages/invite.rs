//! Inviting one person.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use jiff::tz::TimeZone;

use super::page;
use crate::account::access::MayManagePeople;
use crate::account::model::{Email, NewAccount, last_day, person_name};
use crate::account::store::accounts::{self, Refused};
use crate::account::{Accounts, emails, paths};
use crate::clock::Timestamp;
use crate::db::Db;
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::form::Form;
use crate::web::frame::Frame;
use crate::web::layout::Layout;
use crate::web::now::Now;
use crate::web::redirect;
use crate::web::viewer::{Role, Roles};

#[derive(Template)]
#[template(path = "account/invite.html")]
struct Invite<'a> {
    layout: Layout<'a>,
    form: &'a Form,
    sends_mail: bool,
    /// Whose the address is that was typed.
    taken: Option<Taken>,
}

/// Somebody who has an account already.
struct Taken {
    href: String,
    name: String,
    is_closed: bool,
}

pub async fn show(
    _: Allowed<MayManagePeople>,
    State(room): State<Accounts>,
    frame: Frame,
) -> Result<Response, Failure> {
    let (layout, sends_mail) = (frame.layout("Invite somebody"), room.sends_mail);
    page(StatusCode::OK, &Invite { layout, form: &Form::default(), sends_mail, taken: None })
}

pub async fn save(
    allowed: Allowed<MayManagePeople>,
    State(db): State<Db>,
    State(room): State<Accounts>,
    (frame, Now(now)): (Frame, Now),
    mut form: Form,
) -> Result<Response, Failure> {
    let zone = frame.viewer.person().map_or(TimeZone::UTC, |person| person.zone.clone());
    let new = read(&mut form, &zone, now);
    // Told with everything else that needs another look, not after it.
    let mut taken = find_taken(&db, &allowed, &mut form).await?;
    if let (Some(new), None) = (new, &taken) {
        let mut tx = db.begin().await?;
        match accounts::add(&mut tx, &allowed, &new, now).await {
            Ok(id) => {
                // Where no mail is sent the letter waits until some is.
                emails::invite(&mut tx, id, now).await?;
                let committed = tx.commit().await?;
                let href = format!("{}?done=invited", paths::person(id));
                return Ok(redirect::after(committed, &href));
            }
            Err(Refused::Database(error)) => return Err(error.into()),
            Err(refused) => {
                form.refuse("email", refused.to_string());
                taken = find_taken(&db, &allowed, &mut form).await?;
            }
        }
    }
    let (layout, sends_mail) = (frame.layout("Invite somebody"), room.sends_mail);
    page(StatusCode::UNPROCESSABLE_ENTITY, &Invite { layout, form: &form, sends_mail, taken })
}

/// Whose the address in the form is already.
async fn find_taken(
    db: &Db,
    allowed: &Allowed<MayManagePeople>,
    form: &mut Form,
) -> Result<Option<Taken>, Failure> {
    let Ok(email) = Email::parse(form.text("email")) else { return Ok(None) };
    let found = accounts::of_address(db, allowed, email.key()).await?;
    let taken =
        found.map(|(id, name, is_closed)| Taken { href: paths::person(id), name, is_closed });
    if taken.is_some() {
        form.refuse("email", Refused::EmailTaken.to_string());
    }
    Ok(taken)
}

/// Whom the form invites. `zone` is where the end date is meant.
fn read(form: &mut Form, zone: &TimeZone, now: Timestamp) -> Option<NewAccount> {
    let name = form.read("name", person_name);
    let email = form.read("email", Email::parse);
    let roles = read_roles(form);
    let ends_at = match roles {
        Some(roles) if roles.has(Role::External) => {
            form.read("ends", |typed| end_of_day(typed, zone, now)).map(Some)
        }
        _ => Some(None),
    };
    Some(NewAccount { email: email?, name: name?, roles: roles?, ends_at: ends_at? })
}

/// The roles that were ticked.
pub(super) fn read_roles(form: &mut Form) -> Option<Roles> {
    let ticked: Vec<Role> = form.all("roles").filter_map(Role::from_code).collect();
    match Roles::new(ticked) {
        Ok(roles) => Some(roles),
        Err(error) => {
            form.refuse("roles", error.to_string());
            None
        }
    }
}

/// The end of a day that is typed as `2026-12-31`, which has to lie ahead.
pub(super) fn end_of_day(
    typed: &str,
    zone: &TimeZone,
    now: Timestamp,
) -> Result<Timestamp, &'static str> {
    let day = typed.parse().map_err(|_| "Choose the day on which this account ends")?;
    last_day(day, zone, now)
}
