//! Ways in that were asked for by mail.

use jiff_sqlx::ToSqlx;
use sqlx::FromRow;

use crate::account::token::TokenHash;
use crate::clock::{SignedDuration, Timestamp};
use crate::db::Tx;
use crate::ids::{AccountId, RequestId};

/// How long it is known who asked for a way in: longer than its letter is worth sending.
const REQUEST_KEPT: SignedDuration = SignedDuration::from_hours(24);

/// Notes that the browser of `secret` asked for a way in to `account`, or to none.
pub async fn add(
    tx: &mut Tx,
    account: Option<AccountId>,
    secret: TokenHash,
    now: Timestamp,
) -> Result<RequestId, sqlx::Error> {
    // What was asked long ago opens nothing any more, and anybody may ask.
    sqlx::query("delete from account_request where asked_at <= $1")
        .bind((now - REQUEST_KEPT).to_sqlx())
        .execute(tx.connection())
        .await?;
    let id = RequestId::new();
    sqlx::query(
        "insert into account_request (request_id, account_id, browser_hash, asked_at)
         values ($1, $2, $3, $4)",
    )
    .bind(id)
    .bind(account)
    .bind(secret.as_bytes())
    .bind(now.to_sqlx())
    .execute(tx.connection())
    .await?;
    Ok(id)
}

/// Who asked, and when.
#[derive(Debug)]
pub struct Asked {
    pub account: AccountId,
    pub browser: TokenHash,
    pub at: Timestamp,
}

#[derive(FromRow)]
struct AskedRow {
    account_id: AccountId,
    browser_hash: Vec<u8>,
    asked_at: jiff_sqlx::Timestamp,
}

/// `None` where nobody is of that address.
pub async fn find(tx: &mut Tx, id: RequestId) -> Result<Option<Asked>, sqlx::Error> {
    let row: Option<AskedRow> = sqlx::query_as(
        "select account_id, browser_hash, asked_at
         from account_request
         where request_id = $1 and account_id is not null",
    )
    .bind(id)
    .fetch_optional(tx.connection())
    .await?;
    Ok(row.and_then(|row| {
        Some(Asked {
            account: row.account_id,
            browser: TokenHash::stored(&row.browser_hash)?,
            at: row.asked_at.to_jiff(),
        })
    }))
}
