//! Sign-ins that wait for the second factor.

use jiff_sqlx::ToSqlx;

use crate::account::access::Claimant;
use crate::account::model::{PENDING_LASTS, PENDING_TRIES};
use crate::account::token::TokenHash;
use crate::clock::Timestamp;
use crate::db::{Db, Tx};
use crate::ids::AccountId;

/// A sign-in that waits: somebody proved the first factor of this account, in the browser that asks.
#[derive(Debug)]
pub struct Pending {
    account: AccountId,
    token: TokenHash,
    /// The browser was signed in to the account before.
    pub knows_browser: bool,
}

impl Claimant for Pending {
    fn account(&self) -> AccountId {
        self.account
    }
}

/// Notes that the first factor was proved in the browser of `browser`. Those that have expired go.
pub async fn add(
    tx: &mut Tx,
    account: AccountId,
    token: TokenHash,
    browser: TokenHash,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query("delete from account_pending where expires_at <= $1")
        .bind(now.to_sqlx())
        .execute(tx.connection())
        .await?;
    sqlx::query(
        "insert into account_pending (token_hash, account_id, browser_hash, expires_at)
         values ($1, $2, $3, $4)",
    )
    .bind(token.as_bytes())
    .bind(account)
    .bind(browser.as_bytes())
    .bind((now + PENDING_LASTS).to_sqlx())
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// The sign-in that waits under `token` in this browser, as long as it may go on.
pub async fn find(
    db: &Db,
    token: TokenHash,
    browser: TokenHash,
    now: Timestamp,
) -> Result<Option<Pending>, sqlx::Error> {
    let row: Option<(AccountId, bool)> = sqlx::query_as(
        "select p.account_id,
           exists (
             select from account_session s
             where s.account_id = p.account_id and s.browser_hash = p.browser_hash)
         from account_pending p
         join account a using (account_id)
         where p.token_hash = $1
           and p.browser_hash = $2
           and p.expires_at > $3
           and p.tries < $4
           and a.disabled_at is null
           and (a.ends_at is null or a.ends_at > $3)",
    )
    .bind(token.as_bytes())
    .bind(browser.as_bytes())
    .bind(now.to_sqlx())
    .bind(PENDING_TRIES)
    .fetch_optional(db.pool())
    .await?;
    Ok(row.map(|(account, knows_browser)| Pending { account, token, knows_browser }))
}

/// Counts a try before it is looked at, so that no two count as one. False when there were too many.
pub async fn count_try(tx: &mut Tx, pending: &Pending) -> Result<bool, sqlx::Error> {
    let counted = sqlx::query(
        "update account_pending set tries = tries + 1 where token_hash = $1 and tries < $2",
    )
    .bind(pending.token.as_bytes())
    .bind(PENDING_TRIES)
    .execute(tx.connection())
    .await?;
    Ok(counted.rows_affected() == 1)
}

/// Uses it up. False when it was, or has expired: of any number of tries at once, one gets it.
pub async fn redeem(tx: &mut Tx, pending: &Pending, now: Timestamp) -> Result<bool, sqlx::Error> {
    let redeemed =
        sqlx::query("delete from account_pending where token_hash = $1 and expires_at > $2")
            .bind(pending.token.as_bytes())
            .bind(now.to_sqlx())
            .execute(tx.connection())
            .await?;
    Ok(redeemed.rows_affected() == 1)
}

/// Ends every sign-in of an account that waits.
pub(super) async fn end_all(tx: &mut Tx, account: AccountId) -> Result<(), sqlx::Error> {
    sqlx::query("delete from account_pending where account_id = $1")
        .bind(account)
        .execute(tx.connection())
        .await?;
    Ok(())
}
