//! The words an organisation has changed; a letter without a row here says what it ships with.

use jiff_sqlx::ToSqlx;
use sqlx::FromRow;

use crate::audit::store::record;
use crate::audit::{Actor, Event};
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::mail::events;
use crate::mail::wording::{Template, Wording};

#[derive(FromRow)]
struct WordingRow {
    subject: String,
    body: String,
    closing: String,
}

/// The words of `template`, and whether they are the organisation's own.
pub async fn wording(tx: &mut Tx, template: &Template) -> Result<(Wording, bool), sqlx::Error> {
    let row: Option<WordingRow> =
        sqlx::query_as("select subject, body, closing from mail_wording where template = $1")
            .bind(template.name)
            .fetch_optional(tx.connection())
            .await?;
    Ok(match row {
        Some(WordingRow { subject, body, closing }) => (Wording { subject, body, closing }, true),
        None => (template.shipped(), false),
    })
}

/// Which letters have words of the organisation's own, by name.
pub async fn changed_wordings(tx: &mut Tx) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar("select template from mail_wording order by template")
        .fetch_all(tx.connection())
        .await
}

/// Changes the words of `template` for every letter that is still to be written.
pub async fn set_wording(
    tx: &mut Tx,
    by: Actor,
    template: &Template,
    words: &Wording,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into mail_wording (template, subject, body, closing, changed_at)
         values ($1, $2, $3, $4, $5)
         on conflict (template) do update
         set subject = excluded.subject,
             body = excluded.body,
             closing = excluded.closing,
             changed_at = excluded.changed_at",
    )
    .bind(template.name)
    .bind(&words.subject)
    .bind(&words.body)
    .bind(&words.closing)
    .bind(now.to_sqlx())
    .execute(tx.connection())
    .await?;
    let event = Event::new(events::WORDING_CHANGED, by).code("template", template.name);
    record(tx, event, now).await
}

/// Goes back to the words `template` ships with.
pub async fn reset_wording(
    tx: &mut Tx,
    by: Actor,
    template: &Template,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let reset = sqlx::query("delete from mail_wording where template = $1")
        .bind(template.name)
        .execute(tx.connection())
        .await?;
    if reset.rows_affected() == 0 {
        return Ok(());
    }
    let event = Event::new(events::WORDING_RESET, by).code("template", template.name);
    record(tx, event, now).await
}
