//! Mending and withdrawing an invitation that was not accepted yet.

use axum::extract::{Path, State};
use axum::response::Response;
use jiff::tz::TimeZone;

use super::person::{After, filled, named, show_account, version};
use crate::account::access::MayManagePeople;
use crate::account::model::{Email, person_name};
use crate::account::store::accounts::Refused;
use crate::account::store::invitations;
use crate::account::{Accounts, emails, paths};
use crate::db::Db;
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::form::Form;
use crate::web::frame::Frame;
use crate::web::now::Now;
use crate::web::redirect;

/// Corrects name and address. Who gets another address gets another letter too.
pub async fn mend(
    allowed: Allowed<MayManagePeople>,
    State(db): State<Db>,
    State(room): State<Accounts>,
    (frame, Now(now), Path(id)): (Frame, Now, Path<String>),
    mut form: Form,
) -> Result<Response, Failure> {
    let (account, factors) = named(&db, &allowed, &id).await?;
    let (name, email) = (form.read("name", person_name), form.read("email", Email::parse));
    let version = form.read("version", version);
    if let (Some(name), Some(email), Some(version)) = (name, email, version) {
        let mut tx = db.begin().await?;
        let held = (account.id, version);
        match invitations::mend(&mut tx, &allowed, held, (&name, &email), now).await {
            Ok(is_readdressed) => {
                // Where no mail is sent the letter of the invitation still waits, and goes there.
                if is_readdressed && room.sends_mail {
                    emails::invite(&mut tx, account.id, now).await?;
                }
                let committed = tx.commit().await?;
                let done = if is_readdressed { "readdressed" } else { "mended" };
                let href = format!("{}?done={done}", paths::person(account.id));
                return Ok(redirect::after(committed, &href));
            }
            Err(Refused::Database(error)) => return Err(error.into()),
            Err(Refused::EmailTaken) => form.refuse("email", Refused::EmailTaken.to_string()),
            Err(refused) => form.refuse("version", refused.to_string()),
        }
    }
    let zone = frame.viewer.person().map_or(TimeZone::UTC, |person| person.zone.clone());
    let mut again = filled(&account, &zone).refused_as(&form);
    again.set("name", form.raw("name"));
    again.set("email", form.raw("email"));
    let after = After { form: Some(again), ..After::default() };
    show_account((&frame, room.sends_mail), (&account, factors), after, now)
}

/// Takes an invitation back.
pub async fn withdraw(
    allowed: Allowed<MayManagePeople>,
    State(db): State<Db>,
    State(room): State<Accounts>,
    (frame, Now(now), Path(id)): (Frame, Now, Path<String>),
    mut form: Form,
) -> Result<Response, Failure> {
    let (account, factors) = named(&db, &allowed, &id).await?;
    if let Some(version) = form.read("version", version) {
        let mut tx = db.begin().await?;
        match invitations::withdraw(&mut tx, &allowed, (account.id, version), now).await {
            Ok(is_kept) => {
                let committed = tx.commit().await?;
                let href = if is_kept {
                    format!("{}?done=disabled", paths::person(account.id))
                } else {
                    format!("{}?done=withdrawn", paths::PEOPLE)
                };
                return Ok(redirect::after(committed, &href));
            }
            Err(Refused::Database(error)) => return Err(error.into()),
            Err(refused) => form.refuse("version", refused.to_string()),
        }
    }
    let zone = frame.viewer.person().map_or(TimeZone::UTC, |person| person.zone.clone());
    let form = filled(&account, &zone).refused_as(&form);
    let after = After { form: Some(form), ..After::default() };
    show_account((&frame, room.sends_mail), (&account, factors), after, now)
}
