//! Invitations that are still to be accepted: mended, withdrawn.

use crate::account::access::MayManagePeople;
use crate::account::events;
use crate::account::model::Email;
use crate::account::store::accounts::{self, Refused};
use crate::account::store::tokens::{self, Purpose};
use crate::audit::Event;
use crate::audit::store::record;
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::ids::AccountId;
use crate::web::allowed::Allowed;

/// Corrects the name and the address of an account that nobody has accepted, as it was seen in `version`.
/// True where the address is another: then the links that went to the one before end.
pub async fn mend(
    tx: &mut Tx,
    allowed: &Allowed<MayManagePeople>,
    (id, version): (AccountId, i32),
    (name, email): (&str, &Email),
    now: Timestamp,
) -> Result<bool, Refused> {
    let mended: Option<(bool, bool)> = sqlx::query_as(
        "with before as (
           select account_id, name, email
           from account
           where account_id = $1 and version = $2 and accepted_at is null and disabled_at is null
           for update
         )
         update account a
         set name = $3, email = $4, email_key = $5, version = version + 1
         from before b
         where a.account_id = b.account_id
         returning b.name <> a.name, b.email <> a.email",
    )
    .bind(id)
    .bind(version)
    .bind(name)
    .bind(email.as_str())
    .bind(email.key())
    .fetch_optional(tx.connection())
    .await
    .map_err(taken)?;
    let (other_name, other_email) = mended.ok_or(Refused::Changed)?;
    if other_email {
        tokens::withdraw(tx, Purpose::Invitation, Some(id), now).await?;
    }
    let fields = [("name", other_name), ("email", other_email)];
    let fields: Vec<_> = fields.into_iter().filter_map(|(code, is)| is.then_some(code)).collect();
    if !fields.is_empty() {
        let event = Event::new(events::INVITATION_MENDED, allowed.by()).about("account", id);
        record(tx, event.codes("fields", fields), now).await?;
    }
    Ok(other_email)
}

fn taken(error: sqlx::Error) -> Refused {
    let constraint = error.as_database_error().and_then(|error| error.constraint());
    if constraint == Some("account_email_key") { Refused::EmailTaken } else { error.into() }
}

/// Withdraws an invitation that nobody has accepted, as it was seen in `version`: the account goes. Where
/// something refers to it, it is closed instead; true then.
pub async fn withdraw(
    tx: &mut Tx,
    allowed: &Allowed<MayManagePeople>,
    (id, version): (AccountId, i32),
    now: Timestamp,
) -> Result<bool, Refused> {
    sqlx::query("savepoint withdrawing").execute(tx.connection()).await?;
    let deleted = sqlx::query(
        "delete from account where account_id = $1 and version = $2 and accepted_at is null",
    )
    .bind(id)
    .bind(version)
    .execute(tx.connection())
    .await;
    let is_kept = match deleted {
        Ok(deleted) if deleted.rows_affected() == 0 => return Err(Refused::Changed),
        Ok(_) => false,
        Err(error) if is_referred_to(&error) => {
            sqlx::query("rollback to savepoint withdrawing").execute(tx.connection()).await?;
            accounts::disable(tx, allowed, (id, version), now).await?;
            true
        }
        Err(error) => return Err(error.into()),
    };
    let event = Event::new(events::INVITATION_WITHDRAWN, allowed.by()).about("account", id);
    record(tx, event, now).await?;
    Ok(is_kept)
}

fn is_referred_to(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|error| error.is_foreign_key_violation())
}
