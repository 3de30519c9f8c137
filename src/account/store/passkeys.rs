//! Passkeys, and what they were asked to sign.

use jiff_sqlx::ToSqlx;
use serde_json::Value;
use sqlx::FromRow;

use crate::account::access::{Claimant, MaySecureOwnAccount};
use crate::account::model::{CHALLENGE_LASTS, Passkey};
use crate::account::passkeys::{Claim, Made};
use crate::account::store::factors;
use crate::account::token::TokenHash;
use crate::clock::Timestamp;
use crate::db::{Db, Tx};
use crate::ids::{AccountId, PasskeyId};
use crate::web::allowed::Allowed;
use crate::web::proof::Fresh;

#[derive(FromRow)]
struct PasskeyRow {
    passkey_id: PasskeyId,
    name: String,
    added_at: jiff_sqlx::Timestamp,
    used_at: Option<jiff_sqlx::Timestamp>,
}

/// One's own passkeys, oldest first.
pub async fn list(
    db: &Db,
    allowed: &Allowed<MaySecureOwnAccount>,
) -> Result<Vec<Passkey>, sqlx::Error> {
    let rows: Vec<PasskeyRow> = sqlx::query_as(
        "select passkey_id, name, added_at, used_at
         from account_passkey
         where account_id = $1
         order by added_at, passkey_id",
    )
    .bind(allowed.account())
    .fetch_all(db.pool())
    .await?;
    let passkey = |row: PasskeyRow| Passkey {
        id: row.passkey_id,
        name: row.name,
        added_at: row.added_at.to_jiff(),
        used_at: row.used_at.map(|at| at.to_jiff()),
    };
    Ok(rows.into_iter().map(passkey).collect())
}

/// What the devices call the passkeys of an account, oldest first.
pub async fn credential_ids(
    db: &Db,
    claimant: &impl Claimant,
) -> Result<Vec<Vec<u8>>, sqlx::Error> {
    sqlx::query_scalar(
        "select credential_id
         from account_passkey
         where account_id = $1
         order by added_at, passkey_id",
    )
    .bind(claimant.account())
    .fetch_all(db.pool())
    .await
}

/// Adds a passkey to one's own; where it is the first factor, every other session ends. `None` where it is
/// somebody's already.
pub async fn add(
    tx: &mut Tx,
    allowed: &Fresh<MaySecureOwnAccount>,
    made: &Made,
    name: &str,
    now: Timestamp,
) -> Result<Option<PasskeyId>, sqlx::Error> {
    let added: Option<PasskeyId> = sqlx::query_scalar(
        "insert into account_passkey
           (passkey_id, account_id, credential_id, name, credential, added_at)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (credential_id) do nothing
         returning passkey_id",
    )
    .bind(PasskeyId::new())
    .bind(allowed.account())
    .bind(&made.credential_id)
    .bind(name)
    .bind(&made.credential)
    .bind(now.to_sqlx())
    .fetch_optional(tx.connection())
    .await?;
    if added.is_some() {
        factors::after_adding(tx, allowed, now).await?;
    }
    Ok(added)
}

/// Removes one of one's own. False where it is none.
pub async fn remove(
    tx: &mut Tx,
    allowed: &Fresh<MaySecureOwnAccount>,
    id: PasskeyId,
) -> Result<bool, sqlx::Error> {
    let account = allowed.account();
    let removed =
        sqlx::query("delete from account_passkey where passkey_id = $1 and account_id = $2")
            .bind(id)
            .bind(account)
            .execute(tx.connection())
            .await?;
    factors::after_removal(tx, account).await?;
    Ok(removed.rows_affected() == 1)
}

/// A passkey as it is checked. Nobody is told of it.
#[derive(Debug, FromRow)]
pub struct Kept {
    pub passkey_id: PasskeyId,
    pub account_id: AccountId,
    pub credential: Value,
}

/// The passkey that `claim` is about, of `account`, which may be used. Held until the transaction ends,
/// so that two answers with the same count cannot both be taken.
pub async fn claimed(
    tx: &mut Tx,
    claim: &Claim,
    account: AccountId,
    now: Timestamp,
) -> Result<Option<Kept>, sqlx::Error> {
    sqlx::query_as(
        "select p.passkey_id, p.account_id, p.credential
         from account_passkey p
         join account a using (account_id)
         where p.credential_id = $1
           and p.account_id = $2
           and a.accepted_at is not null
           and a.disabled_at is null
           and (a.ends_at is null or a.ends_at > $3)
         for update of p",
    )
    .bind(&claim.credential_id)
    .bind(account)
    .bind(now.to_sqlx())
    .fetch_optional(tx.connection())
    .await
}

/// Notes that a passkey was used, and how often by now.
pub async fn note_use(
    tx: &mut Tx,
    kept: &Kept,
    credential: &Value,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query("update account_passkey set credential = $2, used_at = $3 where passkey_id = $1")
        .bind(kept.passkey_id)
        .bind(credential)
        .bind(now.to_sqlx())
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// What a passkey is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    Register,
    /// Whoever it belongs to.
    SignIn,
    Second,
    Confirm,
}

impl Purpose {
    fn code(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::SignIn => "sign_in",
            Self::Second => "second",
            Self::Confirm => "confirm",
        }
    }
}

/// Keeps what was asked until the browser of `token` answers. What was never answered goes.
pub async fn keep_challenge(
    tx: &mut Tx,
    token: TokenHash,
    (purpose, account): (Purpose, Option<AccountId>),
    state: &Value,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query("delete from account_challenge where expires_at <= $1")
        .bind(now.to_sqlx())
        .execute(tx.connection())
        .await?;
    sqlx::query(
        "insert into account_challenge (token_hash, purpose, account_id, state, expires_at)
         values ($1, $2, $3, $4, $5)",
    )
    .bind(token.as_bytes())
    .bind(purpose.code())
    .bind(account)
    .bind(state)
    .bind((now + CHALLENGE_LASTS).to_sqlx())
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Takes what was asked, once, whatever the answer is worth.
pub async fn take_challenge(
    tx: &mut Tx,
    token: TokenHash,
    (purpose, account): (Purpose, Option<AccountId>),
    now: Timestamp,
) -> Result<Option<Value>, sqlx::Error> {
    sqlx::query_scalar(
        "delete from account_challenge
         where token_hash = $1
           and purpose = $2
           and account_id is not distinct from $3
           and expires_at > $4
         returning state",
    )
    .bind(token.as_bytes())
    .bind(purpose.code())
    .bind(account)
    .bind(now.to_sqlx())
    .fetch_optional(tx.connection())
    .await
}
