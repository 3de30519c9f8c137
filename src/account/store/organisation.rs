//! The organisation this portal serves: one row, there since the set-up.

use jiff_sqlx::ToSqlx;
use sqlx::FromRow;

use crate::clock::Timestamp;
use crate::db::{Db, Tx};

#[derive(Clone, Debug, FromRow)]
pub struct Organisation {
    pub name: String,
    pub privacy_notice: String,
}

/// `None` before the set-up.
pub async fn find(db: &Db) -> Result<Option<Organisation>, sqlx::Error> {
    sqlx::query_as("select name, privacy_notice from organisation").fetch_optional(db.pool()).await
}

/// Names the organisation, once. False when somebody else just did.
pub async fn set_up(
    tx: &mut Tx,
    name: &str,
    mail_sender: Option<&str>,
    privacy_notice: &str,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "insert into organisation (name, mail_sender, privacy_notice, set_up_at)
         values ($1, $2, $3, $4)
         on conflict do nothing",
    )
    .bind(name)
    .bind(mail_sender)
    .bind(privacy_notice)
    .bind(now.to_sqlx())
    .execute(tx.connection())
    .await?;
    Ok(done.rows_affected() == 1)
}
