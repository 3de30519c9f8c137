//! Changes of e-mail addresses, on their way.

use jiff_sqlx::ToSqlx;
use sqlx::{FromRow, PgConnection};

use crate::account::access::{MayKeepOwnAccount, OwnAccount};
use crate::account::events;
use crate::account::model::{EMAIL_CHANGE_LASTS, Email};
use crate::account::store::tokens::Purpose;
use crate::account::store::{personal_tokens, sessions, tokens};
use crate::account::token::TokenHash;
use crate::audit::store::record;
use crate::audit::{Actor, Event};
use crate::clock::Timestamp;
use crate::db::{Db, Tx};
use crate::ids::{AccountId, ChangeId, SessionId};
use crate::web::allowed::Allowed;
use crate::web::proof::Fresh;

/// Which of both addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The one the account has.
    Before,
    /// The one it is to have.
    After,
}

impl Side {
    fn code(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::After => "after",
        }
    }
}

#[derive(Clone, Debug)]
pub struct Change {
    pub id: ChangeId,
    pub account: AccountId,
    pub before: String,
    pub after: String,
    pub expires_at: Timestamp,
    pub before_confirmed: bool,
    pub after_confirmed: bool,
}

/// The one way a change is read; what follows says which.
macro_rules! changes {
    ($($rest:expr),+) => {
        concat!(
            "select c.change_id, c.account_id, c.email_before, c.email_after, c.expires_at,
               c.before_confirmed_at is not null as before_confirmed,
               c.after_confirmed_at is not null as after_confirmed
             from email_change c
             join account a using (account_id)
             where ",
            $($rest),+
        )
    };
}

/// It can still be made: by an account that may be used, `$2` being now.
macro_rules! pending {
    () => {
        "c.made_at is null
           and c.stopped_at is null
           and c.expires_at > $2
           and a.disabled_at is null
           and (a.ends_at is null or a.ends_at > $2)"
    };
}

#[derive(FromRow)]
struct ChangeRow {
    change_id: ChangeId,
    account_id: AccountId,
    email_before: String,
    email_after: String,
    expires_at: jiff_sqlx::Timestamp,
    before_confirmed: bool,
    after_confirmed: bool,
}

fn change(row: ChangeRow) -> Change {
    Change {
        id: row.change_id,
        account: row.account_id,
        before: row.email_before,
        after: row.email_after,
        expires_at: row.expires_at.to_jiff(),
        before_confirmed: row.before_confirmed,
        after_confirmed: row.after_confirmed,
    }
}

/// Asks for another address for one's own account, in place of what was asked before.
pub async fn ask(
    tx: &mut Tx,
    allowed: &Fresh<MayKeepOwnAccount>,
    email: &Email,
    now: Timestamp,
) -> Result<ChangeId, sqlx::Error> {
    // Of two tabs that ask at once one comes after the other.
    sqlx::query("select from account where account_id = $1 for update")
        .bind(allowed.account())
        .execute(tx.connection())
        .await?;
    stop_pending(tx, allowed.account(), "replaced", now).await?;
    let id = ChangeId::new();
    sqlx::query(
        "insert into email_change
           (change_id, account_id, email_before, email_after, email_after_key, session_id,
            asked_at, expires_at)
         select $1, account_id, email, $3, $4, $5, $6, $7
         from account
         where account_id = $2",
    )
    .bind(id)
    .bind(allowed.account())
    .bind(email.as_str())
    .bind(email.key())
    .bind(allowed.session())
    .bind(now.to_sqlx())
    .bind((now + EMAIL_CHANGE_LASTS).to_sqlx())
    .execute(tx.connection())
    .await?;
    record(tx, event(events::EMAIL_CHANGE_ASKED, allowed.account(), id), now).await?;
    Ok(id)
}

/// The change of one's own address that is still to be confirmed.
pub async fn pending(
    db: &Db,
    allowed: &Allowed<MayKeepOwnAccount>,
    now: Timestamp,
) -> Result<Option<Change>, sqlx::Error> {
    let row: Option<ChangeRow> = sqlx::query_as(changes!("c.account_id = $1 and ", pending!()))
        .bind(allowed.account())
        .bind(now.to_sqlx())
        .fetch_optional(db.pool())
        .await?;
    Ok(row.map(change))
}

/// Takes back what one asked for oneself, if it was still to be confirmed.
pub async fn take_back(
    tx: &mut Tx,
    allowed: &Allowed<MayKeepOwnAccount>,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    stop_pending(tx, allowed.account(), "taken_back", now).await
}

/// What its owner did: who holds a link reads the account's mail, signed in or not.
fn event(action: &'static str, account: AccountId, change: ChangeId) -> Event {
    Event::new(action, Actor::Person(account)).about("account", account).id("change", change)
}

async fn stop_pending(
    tx: &mut Tx,
    account: AccountId,
    why: &'static str,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let stopped: Option<ChangeId> = sqlx::query_scalar(
        "update email_change
         set stopped_at = $3, stopped = $2
         where account_id = $1 and made_at is null and stopped_at is null
         returning change_id",
    )
    .bind(account)
    .bind(why)
    .bind(now.to_sqlx())
    .fetch_optional(tx.connection())
    .await?;
    // Asking anew says enough of what it replaces.
    if let Some(stopped) = stopped.filter(|_| why != "replaced") {
        let event = event(events::EMAIL_CHANGE_STOPPED, account, stopped).code("how", why);
        record(tx, event, now).await?;
    }
    Ok(())
}

/// A change that is still to be confirmed, for a letter about it; and whether the new address has an
/// account of its own, which is nobody's to know but its owner's.
pub async fn to_confirm(
    tx: &mut Tx,
    id: ChangeId,
    now: Timestamp,
) -> Result<Option<(Change, bool)>, sqlx::Error> {
    let row: Option<ChangeRow> = sqlx::query_as(changes!("c.change_id = $1 and ", pending!()))
        .bind(id)
        .bind(now.to_sqlx())
        .fetch_optional(tx.connection())
        .await?;
    let Some(row) = row else { return Ok(None) };
    let is_taken: bool = sqlx::query_scalar(
        "select exists (
           select from email_change c
           join account a on a.email_key = c.email_after_key
           where c.change_id = $1)",
    )
    .bind(id)
    .fetch_one(tx.connection())
    .await?;
    Ok(Some((change(row), is_taken)))
}

/// A change that was made, for a letter about it.
pub async fn made(tx: &mut Tx, id: ChangeId) -> Result<Option<Change>, sqlx::Error> {
    let row: Option<ChangeRow> =
        sqlx::query_as(changes!("c.change_id = $1 and c.made_at is not null"))
            .bind(id)
            .fetch_optional(tx.connection())
            .await?;
    Ok(row.map(change))
}

/// Keeps the hash of a link that was just made for a letter to one of both addresses.
pub async fn keep_link(
    tx: &mut Tx,
    hash: TokenHash,
    change: ChangeId,
    side: Side,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into email_change_link (token_hash, change_id, side, created_at)
         values ($1, $2, $3, $4)",
    )
    .bind(hash.as_bytes())
    .bind(change)
    .bind(side.code())
    .bind(now.to_sqlx())
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// The change and the address a link is for, unless the link was used.
async fn linked(
    connection: &mut PgConnection,
    hash: TokenHash,
) -> Result<Option<(ChangeId, Side)>, sqlx::Error> {
    let row: Option<(ChangeId, String)> = sqlx::query_as(
        "select change_id, side from email_change_link where token_hash = $1 and used_at is null",
    )
    .bind(hash.as_bytes())
    .fetch_optional(connection)
    .await?;
    let side = |code: &str| if code == Side::Before.code() { Side::Before } else { Side::After };
    Ok(row.map(|(change, code)| (change, side(&code))))
}

/// What a link would confirm, if it still can; looking does not use it up.
pub async fn peek(
    db: &Db,
    hash: TokenHash,
    now: Timestamp,
) -> Result<Option<(Change, Side)>, sqlx::Error> {
    let mut connection = db.pool().acquire().await?;
    let Some((id, side)) = linked(&mut connection, hash).await? else { return Ok(None) };
    let row: Option<ChangeRow> = sqlx::query_as(changes!("c.change_id = $1 and ", pending!()))
        .bind(id)
        .bind(now.to_sqlx())
        .fetch_optional(&mut *connection)
        .await?;
    Ok(row.map(|row| (change(row), side)))
}

/// Uses a link up, and with it every other one for the same address. `None` when it was used before or
/// its change can no longer be made: of any number of tries at once, one gets it.
pub async fn redeem(
    tx: &mut Tx,
    hash: TokenHash,
    now: Timestamp,
) -> Result<Option<(Change, Side)>, sqlx::Error> {
    let Some((id, side)) = linked(tx.connection(), hash).await? else { return Ok(None) };
    // First the account, then its change, as everywhere.
    sqlx::query(
        "select from account
         where account_id = (select account_id from email_change where change_id = $1)
         for update",
    )
    .bind(id)
    .execute(tx.connection())
    .await?;
    // All links of one change wait for each other here, so that each sees what the one before did.
    let row: Option<ChangeRow> =
        sqlx::query_as(changes!("c.change_id = $1 and ", pending!(), " for update of c"))
            .bind(id)
            .bind(now.to_sqlx())
            .fetch_optional(tx.connection())
            .await?;
    let Some(row) = row else { return Ok(None) };
    let used: Vec<bool> = sqlx::query_scalar(
        "update email_change_link
         set used_at = $4
         where change_id = $1 and side = $2 and used_at is null
         returning token_hash = $3",
    )
    .bind(id)
    .bind(side.code())
    .bind(hash.as_bytes())
    .bind(now.to_sqlx())
    .fetch_all(tx.connection())
    .await?;
    Ok(used.contains(&true).then(|| (change(row), side)))
}

/// What came of a confirmation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confirmed {
    /// The other address has still to confirm.
    Half,
    /// The account has its new address. Every session has ended but the one it was asked from, and
    /// links that were mailed to the old address open nothing.
    Made { kept: SessionId },
    /// Somebody else has an account of this address by now: the change is stopped.
    Taken,
}

/// Confirms one address of a change whose link the caller has just redeemed, and makes the change when
/// it was the second.
pub async fn confirm(
    tx: &mut Tx,
    change: &Change,
    side: Side,
    now: Timestamp,
) -> Result<Confirmed, sqlx::Error> {
    let (is_whole, session): (bool, SessionId) = sqlx::query_as(
        "update email_change
         set before_confirmed_at =
               case when $2 = 'before' then $3 else before_confirmed_at end,
             after_confirmed_at =
               case when $2 = 'after' then $3 else after_confirmed_at end
         where change_id = $1
         returning before_confirmed_at is not null and after_confirmed_at is not null, session_id",
    )
    .bind(change.id)
    .bind(side.code())
    .bind(now.to_sqlx())
    .fetch_one(tx.connection())
    .await?;
    let confirmed = event(events::EMAIL_CONFIRMED, change.account, change.id);
    record(tx, confirmed.code("how", side.code()), now).await?;
    if !is_whole {
        return Ok(Confirmed::Half);
    }
    if !take_address(tx, change.id).await? {
        stop_pending(tx, change.account, "taken", now).await?;
        return Ok(Confirmed::Taken);
    }
    sqlx::query("update email_change set made_at = $2 where change_id = $1")
        .bind(change.id)
        .bind(now.to_sqlx())
        .execute(tx.connection())
        .await?;
    record(tx, event(events::EMAIL_CHANGED, change.account, change.id), now).await?;
    sessions::end_all_but(tx, change.account, session, now).await?;
    for purpose in [Purpose::Reset, Purpose::SignIn] {
        tokens::withdraw(tx, purpose, Some(change.account), now).await?;
    }
    Ok(Confirmed::Made { kept: session })
}

/// Gives the account its new address; false where somebody else has an account of it, or gets one at this
/// moment.
async fn take_address(tx: &mut Tx, change: ChangeId) -> Result<bool, sqlx::Error> {
    sqlx::query("savepoint taking").execute(tx.connection()).await?;
    let taken = sqlx::query(
        "update account
         set email = c.email_after, email_key = c.email_after_key, version = version + 1
         from email_change c
         where account.account_id = c.account_id and c.change_id = $1",
    )
    .bind(change)
    .execute(tx.connection())
    .await;
    match taken {
        Err(sqlx::Error::Database(error)) if error.constraint() == Some("account_email_key") => {
            sqlx::query("rollback to savepoint taking").execute(tx.connection()).await?;
            Ok(false)
        }
        other => other.map(|done| done.rows_affected() > 0),
    }
}

/// Stops a change whose link the caller has just redeemed, because its owner did not ask for it: whoever
/// did was signed in, so every session and every token of the account ends too.
pub async fn refuse(tx: &mut Tx, change: &Change, now: Timestamp) -> Result<(), sqlx::Error> {
    stop_pending(tx, change.account, "not_me", now).await?;
    sessions::end_all(tx, change.account, now).await?;
    personal_tokens::revoke_all(tx, change.account, now).await
}
