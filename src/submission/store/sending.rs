//! How much somebody has sent, whatever became of it.

use jiff_sqlx::ToSqlx;

use crate::clock::Timestamp;
use crate::db::Db;
use crate::ids::AccountId;
use crate::submission::sending::{KEPT, Sent, TooMuch, may_send};

/// Why a file is not looked at.
#[derive(Debug, thiserror::Error)]
pub enum NotCounted {
    #[error("too much was sent")]
    TooMuch(TooMuch),
    #[error("the database refused a statement: {0}")]
    Database(#[from] sqlx::Error),
}

/// Counts a file of `bytes` that `by` has sent, for whoever has asked the rule. One that is too much is not counted.
pub async fn count(
    db: &Db,
    (by, bytes): (AccountId, u64),
    now: Timestamp,
) -> Result<(), NotCounted> {
    let mut tx = db.begin().await?;
    // One after the other, or two at the same time would both be the last.
    sqlx::query("select from account where account_id = $1 for no key update")
        .bind(by)
        .execute(tx.connection())
        .await?;
    sqlx::query("delete from sending where sent_at <= $1")
        .bind((now - KEPT).to_sqlx())
        .execute(tx.connection())
        .await?;
    let sent: Vec<(jiff_sqlx::Timestamp, i64)> = sqlx::query_as(
        "select sent_at, bytes
         from sending
         where account_id = $1
         order by sent_at",
    )
    .bind(by)
    .fetch_all(tx.connection())
    .await?;
    let one = |(at, bytes): (jiff_sqlx::Timestamp, i64)| Sent {
        at: at.to_jiff(),
        bytes: bytes.try_into().unwrap_or_default(),
    };
    let sent: Vec<Sent> = sent.into_iter().map(one).collect();
    may_send(&sent, bytes, now).map_err(NotCounted::TooMuch)?;
    sqlx::query("insert into sending (account_id, sent_at, bytes) values ($1, $2, $3)")
        .bind(by)
        .bind(now.to_sqlx())
        .bind(i64::try_from(bytes).unwrap_or(i64::MAX))
        .execute(tx.connection())
        .await?;
    let _counted = tx.commit().await?;
    Ok(())
}
