//! Whom the organisation's OpenID provider means, and sign-ins through it that are on their way.

use jiff_sqlx::ToSqlx;
use sqlx::FromRow;

use crate::account::access::{MayKeepOwnAccount, OwnAccount};
use crate::account::events;
use crate::account::model::SIGN_ON_LASTS;
use crate::account::store::accounts::roles;
use crate::account::store::tokens::{self, Purpose};
use crate::account::token::TokenHash;
use crate::audit::store::record;
use crate::audit::{Actor, Event};
use crate::clock::Timestamp;
use crate::db::{Db, Tx};
use crate::ids::AccountId;
use crate::web::allowed::Allowed;
use crate::web::proof::Fresh;
use crate::web::viewer::Roles;

/// A sign-in that was begun and has to come back to the browser that began it.
#[derive(Clone, Debug, FromRow)]
pub struct SignOn {
    /// A path of the portal, or nothing.
    pub next: String,
    /// Whose account is to be linked, where that was asked for.
    pub account_id: Option<AccountId>,
}

/// Keeps a sign-in that begins, and forgets those that never came back.
pub async fn begin(
    tx: &mut Tx,
    state: TokenHash,
    browser: TokenHash,
    sign_on: &SignOn,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query("delete from account_sign_on where expires_at <= $1")
        .bind(now.to_sqlx())
        .execute(tx.connection())
        .await?;
    sqlx::query(
        "insert into account_sign_on
           (state_hash, browser_hash, next, account_id, begun_at, expires_at)
         values ($1, $2, $3, $4, $5, $6)",
    )
    .bind(state.as_bytes())
    .bind(browser.as_bytes())
    .bind(&sign_on.next)
    .bind(sign_on.account_id)
    .bind(now.to_sqlx())
    .bind((now + SIGN_ON_LASTS).to_sqlx())
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Takes up a sign-in that came back to its browser, once. `None` when it is another's, was taken up
/// before, or is too old.
pub async fn take_up(
    tx: &mut Tx,
    state: TokenHash,
    browser: TokenHash,
    now: Timestamp,
) -> Result<Option<SignOn>, sqlx::Error> {
    sqlx::query_as(
        "delete from account_sign_on
         where state_hash = $1 and browser_hash = $2 and expires_at > $3
         returning next, account_id",
    )
    .bind(state.as_bytes())
    .bind(browser.as_bytes())
    .bind(now.to_sqlx())
    .fetch_optional(tx.connection())
    .await
}

/// Whom a provider means.
#[derive(Clone, Copy, Debug)]
pub struct Identity<'a> {
    pub issuer: &'a str,
    pub subject: &'a str,
}

/// Somebody of the staff who may come in.
#[derive(Clone, Copy, Debug)]
pub struct Entrant {
    pub account: AccountId,
    pub roles: Roles,
}

/// What is known of an identity.
#[derive(Clone, Copy, Debug)]
pub enum Known {
    /// It was never seen here.
    Never,
    /// It is linked to an account of the staff that may be used.
    Linked(Entrant),
    /// It is linked to one that may not, or was taken off.
    ShutOut,
}

#[derive(FromRow)]
struct LinkedRow {
    account_id: AccountId,
    roles: Vec<String>,
    is_usable: bool,
}

pub async fn find(db: &Db, identity: Identity<'_>, now: Timestamp) -> Result<Known, sqlx::Error> {
    let row: Option<LinkedRow> = sqlx::query_as(
        "select i.account_id, a.roles,
           i.unlinked_at is null and a.accepted_at is not null and a.disabled_at is null
             and (a.ends_at is null or a.ends_at > $3) as is_usable
         from account_identity i
         join account a using (account_id)
         where i.issuer = $1 and i.subject = $2",
    )
    .bind(identity.issuer)
    .bind(identity.subject)
    .bind(now.to_sqlx())
    .fetch_optional(db.pool())
    .await?;
    Ok(match row {
        None => Known::Never,
        Some(row) => match roles(&row.roles) {
            Some(roles) if row.is_usable && roles.is_staff() => {
                Known::Linked(Entrant { account: row.account_id, roles })
            }
            _ => Known::ShutOut,
        },
    })
}

/// Links an identity that was never seen to the account of the staff that has this address, which the
/// provider vouches for. An invitation that stands is accepted by it. `None` where there is no such
/// account, or another identity is linked to it.
pub async fn link_by_email(
    tx: &mut Tx,
    identity: Identity<'_>,
    email_key: &str,
    now: Timestamp,
) -> Result<Option<Entrant>, sqlx::Error> {
    let row: Option<(AccountId, Vec<String>, bool)> = sqlx::query_as(
        "select account_id, roles, accepted_at is null
         from account a
         where email_key = $1
           and disabled_at is null
           and (ends_at is null or ends_at > $3)
           and not exists (
             select from account_identity i
             where i.account_id = a.account_id and i.issuer = $2 and i.unlinked_at is null)
         for update of a",
    )
    .bind(email_key)
    .bind(identity.issuer)
    .bind(now.to_sqlx())
    .fetch_optional(tx.connection())
    .await?;
    let Some((account, codes, is_invited)) = row else { return Ok(None) };
    let Some(roles) = roles(&codes).filter(|roles| roles.is_staff()) else { return Ok(None) };
    if !insert(tx, identity, account, now).await? {
        return Ok(None);
    }
    if is_invited {
        sqlx::query(
            "update account set accepted_at = $2, version = version + 1 where account_id = $1",
        )
        .bind(account)
        .bind(now.to_sqlx())
        .execute(tx.connection())
        .await?;
        tokens::withdraw(tx, Purpose::Invitation, Some(account), now).await?;
        record(tx, event(events::ACCEPTED, account), now).await?;
    }
    record(tx, event(events::IDENTITY_LINKED, account).code("how", "email"), now).await?;
    Ok(Some(Entrant { account, roles }))
}

async fn insert(
    tx: &mut Tx,
    identity: Identity<'_>,
    account: AccountId,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    // One that was taken off may be linked anew, wherever its owner says.
    let done = sqlx::query(
        "insert into account_identity as i (issuer, subject, account_id, linked_at)
         values ($1, $2, $3, $4)
         on conflict (issuer, subject) do update
         set account_id = excluded.account_id, linked_at = excluded.linked_at, unlinked_at = null
         where i.unlinked_at is not null",
    )
    .bind(identity.issuer)
    .bind(identity.subject)
    .bind(account)
    .bind(now.to_sqlx())
    .execute(tx.connection())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Links an identity to one's own account. False where it, or the account, is linked already.
pub async fn link_own(
    tx: &mut Tx,
    allowed: &Allowed<MayKeepOwnAccount>,
    identity: Identity<'_>,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    sqlx::query("select from account where account_id = $1 for update")
        .bind(allowed.account())
        .execute(tx.connection())
        .await?;
    let is_linked: bool = sqlx::query_scalar(
        "select exists (
           select from account_identity
           where account_id = $1 and issuer = $2 and unlinked_at is null)",
    )
    .bind(allowed.account())
    .bind(identity.issuer)
    .fetch_one(tx.connection())
    .await?;
    if is_linked {
        return Ok(false);
    }
    let is_linked = insert(tx, identity, allowed.account(), now).await?;
    if is_linked {
        let event = event(events::IDENTITY_LINKED, allowed.account());
        record(tx, event.code("how", "owner"), now).await?;
    }
    Ok(is_linked)
}

fn event(action: &'static str, account: AccountId) -> Event {
    Event::new(action, Actor::Person(account)).about("account", account)
}

/// Since when one's own account is linked at a provider.
pub async fn own(
    db: &Db,
    allowed: &Allowed<impl OwnAccount>,
    issuer: &str,
) -> Result<Option<Timestamp>, sqlx::Error> {
    let linked: Option<jiff_sqlx::Timestamp> = sqlx::query_scalar(
        "select linked_at
         from account_identity
         where account_id = $1 and issuer = $2 and unlinked_at is null",
    )
    .bind(allowed.account())
    .bind(issuer)
    .fetch_optional(db.pool())
    .await?;
    Ok(linked.map(|at| at.to_jiff()))
}

/// Takes a provider off one's own account, if it is linked.
pub async fn unlink_own(
    tx: &mut Tx,
    allowed: &Fresh<MayKeepOwnAccount>,
    issuer: &str,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let done = sqlx::query(
        "update account_identity
         set unlinked_at = $3
         where account_id = $1 and issuer = $2 and unlinked_at is null",
    )
    .bind(allowed.account())
    .bind(issuer)
    .bind(now.to_sqlx())
    .execute(tx.connection())
    .await?;
    if done.rows_affected() == 1 {
        record(tx, event(events::IDENTITY_UNLINKED, allowed.account()), now).await?;
    }
    Ok(())
}
