//! Second factors but passkeys: authenticator apps and recovery codes, and how many of each there are.

use jiff_sqlx::ToSqlx;
use sqlx::FromRow;

use crate::account::access::{Claimant, MayManagePeople, MaySecureOwnAccount};
use crate::account::model::Factors;
use crate::account::store::sessions;
use crate::account::token::TokenHash;
use crate::clock::Timestamp;
use crate::db::{Db, Tx};
use crate::ids::AccountId;
use crate::web::allowed::Allowed;
use crate::web::proof::Fresh;

/// Whether an account asks for a second factor. For those who are being let in.
pub async fn are_there(tx: &mut Tx, account: AccountId) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar(
        "select exists (select from account_totp where account_id = $1)
           or exists (select from account_passkey where account_id = $1)",
    )
    .bind(account)
    .fetch_one(tx.connection())
    .await
}

#[derive(FromRow)]
struct FactorsRow {
    app_since: Option<jiff_sqlx::Timestamp>,
    passkeys: i64,
    codes_left: i64,
    has_password: bool,
}

/// What somebody can prove an account with that is theirs.
pub async fn of(db: &Db, claimant: &impl Claimant) -> Result<Factors, sqlx::Error> {
    counted(db, claimant.account()).await
}

/// What one of the people can prove themselves with.
pub async fn of_person(
    db: &Db,
    _: &Allowed<MayManagePeople>,
    id: AccountId,
) -> Result<Factors, sqlx::Error> {
    counted(db, id).await
}

async fn counted(db: &Db, account: AccountId) -> Result<Factors, sqlx::Error> {
    let row: FactorsRow = sqlx::query_as(
        "select
           (select added_at from account_totp where account_id = $1) as app_since,
           (select count(*) from account_passkey where account_id = $1) as passkeys,
           (select count(*) from account_recovery_code
            where account_id = $1 and used_at is null) as codes_left,
           exists (
             select from account
             where account_id = $1 and password is not null) as has_password",
    )
    .bind(account)
    .fetch_one(db.pool())
    .await?;
    Ok(Factors {
        app_since: row.app_since.map(|at| at.to_jiff()),
        passkeys: usize::try_from(row.passkeys).unwrap_or(0),
        codes_left: usize::try_from(row.codes_left).unwrap_or(0),
        has_password: row.has_password,
    })
}

/// Adds one's app, whose first code was of `step`; where it is the first factor, every other session ends.
/// False where there is one already.
pub async fn add_app(
    tx: &mut Tx,
    allowed: &Fresh<MaySecureOwnAccount>,
    sealed: &[u8],
    step: i64,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let added = sqlx::query(
        "insert into account_totp (account_id, secret, added_at, last_step, used_at)
         values ($1, $2, $3, $4, $3)
         on conflict (account_id) do nothing",
    )
    .bind(allowed.account())
    .bind(sealed)
    .bind(now.to_sqlx())
    .bind(step)
    .execute(tx.connection())
    .await?;
    let is_added = added.rows_affected() == 1;
    if is_added {
        after_adding(tx, allowed, now).await?;
    }
    Ok(is_added)
}

/// Browsers that signed in before there was a factor never proved one: with the first, they are signed
/// out. Later ones stay, for theirs were asked.
pub(super) async fn after_adding(
    tx: &mut Tx,
    allowed: &Fresh<MaySecureOwnAccount>,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let is_first: bool = sqlx::query_scalar(
        "select (select count(*) from account_totp where account_id = $1)
           + (select count(*) from account_passkey where account_id = $1) = 1",
    )
    .bind(allowed.account())
    .fetch_one(tx.connection())
    .await?;
    if is_first {
        sessions::end_others(tx, allowed, now).await?;
    }
    Ok(())
}

/// The sealed secret of somebody's app.
pub async fn app_secret(
    tx: &mut Tx,
    claimant: &impl Claimant,
) -> Result<Option<Vec<u8>>, sqlx::Error> {
    sqlx::query_scalar("select secret from account_totp where account_id = $1")
        .bind(claimant.account())
        .fetch_optional(tx.connection())
        .await
}

/// Takes the code of `step`, once: of any number of tries at once, one gets it.
pub async fn take_step(
    tx: &mut Tx,
    claimant: &impl Claimant,
    step: i64,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let taken = sqlx::query(
        "update account_totp
         set last_step = $2, used_at = $3
         where account_id = $1 and last_step < $2",
    )
    .bind(claimant.account())
    .bind(step)
    .bind(now.to_sqlx())
    .execute(tx.connection())
    .await?;
    Ok(taken.rows_affected() == 1)
}

/// Removes one's app. False where there is none.
pub async fn remove_app(
    tx: &mut Tx,
    allowed: &Allowed<MaySecureOwnAccount>,
) -> Result<bool, sqlx::Error> {
    let account = allowed.account();
    let removed = sqlx::query("delete from account_totp where account_id = $1")
        .bind(account)
        .execute(tx.connection())
        .await?;
    after_removal(tx, account).await?;
    Ok(removed.rows_affected() == 1)
}

/// Recovery codes stand in for a factor; without any they are of no use.
pub(super) async fn after_removal(tx: &mut Tx, account: AccountId) -> Result<(), sqlx::Error> {
    sqlx::query(
        "delete from account_recovery_code
         where account_id = $1
           and not exists (select from account_totp where account_id = $1)
           and not exists (select from account_passkey where account_id = $1)",
    )
    .bind(account)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Puts these recovery codes in place of all one had.
pub async fn replace_codes(
    tx: &mut Tx,
    allowed: &Fresh<MaySecureOwnAccount>,
    codes: &[TokenHash],
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let account = allowed.account();
    sqlx::query("delete from account_recovery_code where account_id = $1")
        .bind(account)
        .execute(tx.connection())
        .await?;
    let hashes: Vec<&[u8]> = codes.iter().map(TokenHash::as_bytes).collect();
    sqlx::query(
        "insert into account_recovery_code (account_id, code_hash, made_at)
         select $1, hash, $3 from unnest($2::bytea[]) hash",
    )
    .bind(account)
    .bind(hashes)
    .bind(now.to_sqlx())
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Uses a recovery code up: of any number of tries at once, one gets it.
pub async fn use_code(
    tx: &mut Tx,
    claimant: &impl Claimant,
    code: TokenHash,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let used = sqlx::query(
        "update account_recovery_code
         set used_at = $3
         where account_id = $1 and code_hash = $2 and used_at is null",
    )
    .bind(claimant.account())
    .bind(code.as_bytes())
    .bind(now.to_sqlx())
    .execute(tx.connection())
    .await?;
    Ok(used.rows_affected() == 1)
}

/// Whether these are exactly the recovery codes one has.
pub async fn are_own_codes(
    db: &Db,
    allowed: &Allowed<MaySecureOwnAccount>,
    codes: &[TokenHash],
) -> Result<bool, sqlx::Error> {
    let hashes: Vec<&[u8]> = codes.iter().map(TokenHash::as_bytes).collect();
    sqlx::query_scalar(
        "select count(*) > 0 and count(*) = cardinality($2::bytea[])
           and bool_and(code_hash = any($2))
         from account_recovery_code
         where account_id = $1",
    )
    .bind(allowed.account())
    .bind(hashes)
    .fetch_one(db.pool())
    .await
    .map(|are: Option<bool>| are.unwrap_or(false))
}

/// Takes every second factor of one of the people away; every session of theirs ends. False where
/// there was none.
pub async fn take_away(
    tx: &mut Tx,
    _: &Fresh<MayManagePeople>,
    id: AccountId,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let app = sqlx::query("delete from account_totp where account_id = $1")
        .bind(id)
        .execute(tx.connection())
        .await?;
    let passkeys = sqlx::query("delete from account_passkey where account_id = $1")
        .bind(id)
        .execute(tx.connection())
        .await?;
    after_removal(tx, id).await?;
    sessions::end_all(tx, id, now).await?;
    Ok(app.rows_affected() + passkeys.rows_affected() > 0)
}

/// How many secrets of apps were sealed by none of these keys, and cannot be read any more.
pub async fn sealed_otherwise(db: &Db, keys: &[[u8; 8]]) -> Result<i64, sqlx::Error> {
    let keys: Vec<&[u8]> = keys.iter().map(<[u8; 8]>::as_slice).collect();
    sqlx::query_scalar(
        "select count(*) from account_totp where substring(secret from 2 for 8) <> all($1::bytea[])",
    )
    .bind(keys)
    .fetch_one(db.pool())
    .await
}
