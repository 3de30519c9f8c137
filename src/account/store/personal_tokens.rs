//! Tokens that people made for programs of theirs.

use std::sync::Arc;

use jiff::tz::TimeZone;
use jiff_sqlx::ToSqlx;
use sqlx::FromRow;

use crate::account::access::{MayKeepOwnAccount, OwnAccount};
use crate::account::emails::safety::{self, Happened};
use crate::account::events;
use crate::account::model::{MOST_TOKENS, PersonalToken};
use crate::account::store::accounts::roles;
use crate::account::token::TokenHash;
use crate::audit::store::record;
use crate::audit::{Actor, Event};
use crate::clock::{SignedDuration, Timestamp};
use crate::db::{Db, Tx};
use crate::ids::{AccountId, PersonalTokenId};
use crate::web::allowed::Allowed;
use crate::web::proof::Fresh;
use crate::web::viewer::Person;

/// How old the note of a token's last use may be.
const USED_WITHIN: SignedDuration = SignedDuration::from_mins(5);

#[derive(FromRow)]
struct FoundRow {
    token_id: PersonalTokenId,
    account_id: AccountId,
    name: String,
    roles: Vec<String>,
    zone: String,
    created_at: jiff_sqlx::Timestamp,
    used_at: Option<jiff_sqlx::Timestamp>,
    lacks_factor: bool,
}

/// A token that stands.
#[derive(Debug)]
pub struct Found {
    pub id: PersonalTokenId,
    /// Its owner, as they are at this moment.
    pub person: Arc<Person>,
    /// Its last use has to be noted.
    pub note: bool,
}

/// The token that was sent, if it stands and its owner's account may be used.
pub async fn find(db: &Db, hash: TokenHash, now: Timestamp) -> Result<Option<Found>, sqlx::Error> {
    let row: Option<FoundRow> = sqlx::query_as(
        "select t.token_id, t.account_id, a.name, a.roles, a.zone, t.created_at, t.used_at,
           exists (select from organisation where second_factor_required)
             and not exists (select from account_totp o where o.account_id = t.account_id)
             and not exists (select from account_passkey p where p.account_id = t.account_id)
             and not exists (
               select from account_identity i
               where i.account_id = t.account_id and i.unlinked_at is null) as lacks_factor
         from personal_token t
         join account a using (account_id)
         where t.token_hash = $1
           and t.revoked_at is null
           and t.expires_at > $2
           and a.accepted_at is not null
           and a.disabled_at is null
           and (a.ends_at is null or a.ends_at > $2)",
    )
    .bind(hash.as_bytes())
    .bind(now.to_sqlx())
    .fetch_optional(db.pool())
    .await?;
    Ok(row.and_then(|row| found(row, now)))
}

fn found(row: FoundRow, now: Timestamp) -> Option<Found> {
    let roles = roles(&row.roles)?;
    // Whoever has to enrol a second factor first holds nothing else, by whatever way they come.
    if row.lacks_factor && roles.is_staff() {
        return None;
    }
    let person = Person {
        account: row.account_id,
        session: None,
        name: row.name,
        roles,
        zone: TimeZone::get(&row.zone).unwrap_or(TimeZone::UTC),
        proved_at: row.created_at.to_jiff(),
        must_enrol: false,
    };
    let used = row.used_at.map(|at| at.to_jiff());
    let note = used.is_none_or(|used| now.duration_since(used) > USED_WITHIN);
    Some(Found { id: row.token_id, person: Arc::new(person), note })
}

/// Notes that a token was used.
pub async fn note(tx: &mut Tx, id: PersonalTokenId, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query("update personal_token set used_at = $2 where token_id = $1")
        .bind(id)
        .bind(now.to_sqlx())
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// Why no token was made.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    #[error("You have a token of this name; take another name, or revoke that one first")]
    NameTaken,
    #[error("You have {MOST_TOKENS} tokens; revoke one that is not used any more")]
    TooMany,
    #[error("the database refused a statement: {0}")]
    Database(#[from] sqlx::Error),
}

/// Keeps a token that was just made for one's own account.
pub async fn add(
    tx: &mut Tx,
    allowed: &Fresh<MayKeepOwnAccount>,
    hash: TokenHash,
    name: &str,
    expires_at: Timestamp,
    now: Timestamp,
) -> Result<PersonalTokenId, Refused> {
    // One at a time: neither the count nor a name can be passed by another tab.
    sqlx::query("select from account where account_id = $1 for update")
        .bind(allowed.account())
        .execute(tx.connection())
        .await?;
    // Those that have expired are out of the way of new ones.
    sqlx::query(
        "update personal_token
         set revoked_at = expires_at
         where account_id = $1 and revoked_at is null and expires_at <= $2",
    )
    .bind(allowed.account())
    .bind(now.to_sqlx())
    .execute(tx.connection())
    .await?;
    let standing: i64 = sqlx::query_scalar(
        "select count(*) from personal_token where account_id = $1 and revoked_at is null",
    )
    .bind(allowed.account())
    .fetch_one(tx.connection())
    .await?;
    if standing >= MOST_TOKENS {
        return Err(Refused::TooMany);
    }
    let added: Option<PersonalTokenId> = sqlx::query_scalar(
        "insert into personal_token
           (token_id, account_id, token_hash, name, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (account_id, name) where revoked_at is null do nothing
         returning token_id",
    )
    .bind(PersonalTokenId::new())
    .bind(allowed.account())
    .bind(hash.as_bytes())
    .bind(name)
    .bind(now.to_sqlx())
    .bind(expires_at.to_sqlx())
    .fetch_optional(tx.connection())
    .await?;
    let id = added.ok_or(Refused::NameTaken)?;
    record(tx, event(events::TOKEN_MADE, allowed, id), now).await?;
    safety::tell(tx, allowed.account(), Happened::TokenMade, now).await?;
    Ok(id)
}

fn event(action: &'static str, allowed: &Allowed<MayKeepOwnAccount>, id: PersonalTokenId) -> Event {
    let account = allowed.account();
    Event::new(action, Actor::Person(account)).about("account", account).id("token", id)
}

#[derive(FromRow)]
struct ListedRow {
    token_id: PersonalTokenId,
    name: String,
    created_at: jiff_sqlx::Timestamp,
    expires_at: jiff_sqlx::Timestamp,
    used_at: Option<jiff_sqlx::Timestamp>,
}

/// One's own tokens that stand, the newest first.
pub async fn list(
    db: &Db,
    allowed: &Allowed<MayKeepOwnAccount>,
    now: Timestamp,
) -> Result<Vec<PersonalToken>, sqlx::Error> {
    let rows: Vec<ListedRow> = sqlx::query_as(
        "select token_id, name, created_at, expires_at, used_at
         from personal_token
         where account_id = $1 and revoked_at is null and expires_at > $2
         order by created_at desc, token_id desc",
    )
    .bind(allowed.account())
    .bind(now.to_sqlx())
    .fetch_all(db.pool())
    .await?;
    let token = |row: ListedRow| PersonalToken {
        id: row.token_id,
        name: row.name,
        made_at: row.created_at.to_jiff(),
        expires_at: row.expires_at.to_jiff(),
        used_at: row.used_at.map(|at| at.to_jiff()),
    };
    Ok(rows.into_iter().map(token).collect())
}

/// Revokes one of one's own tokens, if it still stands.
pub async fn revoke(
    tx: &mut Tx,
    allowed: &Allowed<MayKeepOwnAccount>,
    id: PersonalTokenId,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let done = sqlx::query(
        "update personal_token
         set revoked_at = $3
         where account_id = $1 and token_id = $2 and revoked_at is null",
    )
    .bind(allowed.account())
    .bind(id)
    .bind(now.to_sqlx())
    .execute(tx.connection())
    .await?;
    if done.rows_affected() == 1 {
        record(tx, event(events::TOKEN_REVOKED, allowed, id), now).await?;
    }
    Ok(())
}

/// Revokes every token of an account: it is closed, opens with another password, or may do other things
/// now.
pub(super) async fn revoke_all(
    tx: &mut Tx,
    account: AccountId,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update personal_token set revoked_at = $2 where account_id = $1 and revoked_at is null",
    )
    .bind(account)
    .bind(now.to_sqlx())
    .execute(tx.connection())
    .await?;
    Ok(())
}
