//! Letters on their way: enqueueing, claiming, recording what came of it.

use jiff::SignedDuration;
use jiff_sqlx::ToSqlx;
use sqlx::FromRow;
use sqlx::types::Json;
use uuid::Uuid;

use crate::audit::store::record;
use crate::audit::{Actor, Event};
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::ids::MailId;
use crate::mail::transport::Problem;
use crate::mail::{Kind, NewMail, Queued, Refs, events};

/// Where Postgres tells that a letter waits.
pub const CHANNEL: &str = "mail";

/// Adds a letter to the transaction that causes it. `None` where its `dedupe` was told before.
pub async fn enqueue(
    tx: &mut Tx,
    mail: &NewMail,
    now: Timestamp,
) -> Result<Option<MailId>, sqlx::Error> {
    let not_before = mail.not_before.unwrap_or(now).max(now);
    let added: Option<MailId> = sqlx::query_scalar(
        "insert into mail
           (mail_id, template, kind, recipient_id, refs, dedupe, created_at, not_before,
            next_attempt_at, urgent)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9)
         on conflict (dedupe) do nothing
         returning mail_id",
    )
    .bind(MailId::new())
    .bind(mail.template)
    .bind(mail.kind.name())
    .bind(mail.recipient_id)
    .bind(Json(&mail.refs))
    .bind(&mail.dedupe)
    .bind(now.to_sqlx())
    .bind(not_before.to_sqlx())
    .bind(mail.urgent)
    .fetch_optional(tx.connection())
    .await?;
    if added.is_some() {
        notify(tx).await?;
    }
    Ok(added)
}

/// Adds letters of one kind that nobody waits for at their screen, each to somebody else, in one statement.
pub async fn enqueue_all(
    tx: &mut Tx,
    (template, kind): (&'static str, Kind),
    recipients: &[Uuid],
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let ids: Vec<MailId> = recipients.iter().map(|_| MailId::new()).collect();
    sqlx::query(
        "insert into mail
           (mail_id, template, kind, recipient_id, refs, created_at, not_before, next_attempt_at, urgent)
         select m.mail_id, $3, $4, m.recipient_id, '{}', $5, $5, $5, false
         from unnest($1::uuid[], $2::uuid[]) as m (mail_id, recipient_id)",
    )
    .bind(ids)
    .bind(recipients)
    .bind(template)
    .bind(kind.name())
    .bind(now.to_sqlx())
    .execute(tx.connection())
    .await?;
    notify(tx).await
}

/// Wakes the workers, once the transaction is committed.
pub(super) async fn notify(tx: &mut Tx) -> Result<(), sqlx::Error> {
    sqlx::query("select pg_notify($1, '')").bind(CHANNEL).execute(tx.connection()).await?;
    Ok(())
}

#[derive(FromRow)]
struct QueuedRow {
    mail_id: MailId,
    template: String,
    recipient_id: Uuid,
    refs: Json<Refs>,
    created_at: jiff_sqlx::Timestamp,
    attempts: i32,
}

/// Takes one letter that is due, for as long as `lease`, and counts the attempt. Letters that another
/// worker is at are passed over. `None` when nothing is due.
pub(in crate::mail) async fn claim(
    tx: &mut Tx,
    now: Timestamp,
    lease: SignedDuration,
) -> Result<Option<Queued>, sqlx::Error> {
    let row: Option<QueuedRow> = sqlx::query_as(
        "update mail
         set leased_until = $2, attempts = attempts + 1
         where mail_id = (
           select mail_id
           from mail
           where sent_at is null and dropped_at is null and given_up_at is null
             and next_attempt_at <= $1
             and (leased_until is null or leased_until <= $1)
           order by urgent desc, attempts, next_attempt_at, mail_id
           limit 1
           for update skip locked)
         returning mail_id, template, recipient_id, refs, created_at, attempts",
    )
    .bind(now.to_sqlx())
    .bind((now + lease).to_sqlx())
    .fetch_optional(tx.connection())
    .await?;
    Ok(row.map(|row| Queued {
        mail_id: row.mail_id,
        template: row.template,
        recipient_id: row.recipient_id,
        refs: row.refs.0,
        created_at: row.created_at.to_jiff(),
        attempt: row.attempts,
    }))
}

/// Marks what is done from here on, so that [`undo`] can undo it and nothing before.
pub(in crate::mail) async fn mark(tx: &mut Tx) -> Result<(), sqlx::Error> {
    sqlx::query("savepoint composing").execute(tx.connection()).await.map(|_| ())
}

/// Undoes what was done since [`mark`].
pub(in crate::mail) async fn undo(tx: &mut Tx) -> Result<(), sqlx::Error> {
    sqlx::query("rollback to savepoint composing").execute(tx.connection()).await.map(|_| ())
}

/// Nothing was left to be said.
pub(in crate::mail) async fn record_dropped(
    tx: &mut Tx,
    mail: &Queued,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update mail
         set dropped_at = $2, leased_until = null, problem = null
         where mail_id = $1 and sent_at is null and given_up_at is null",
    )
    .bind(mail.mail_id)
    .bind(now.to_sqlx())
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// The letter was taken. That is so even if its lease ran out meanwhile.
pub(in crate::mail) async fn record_sent(
    tx: &mut Tx,
    mail: &Queued,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update mail
         set sent_at = $2, given_up_at = null, dropped_at = null, leased_until = null,
           problem = null
         where mail_id = $1 and sent_at is null",
    )
    .bind(mail.mail_id)
    .bind(now.to_sqlx())
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// What follows a letter that was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::mail) enum Next {
    TryAgainAt(Timestamp),
    GiveUp,
}

/// The letter was not taken. Where another worker has claimed it since, that one's word counts.
pub(in crate::mail) async fn record_failed(
    tx: &mut Tx,
    mail: &Queued,
    problem: Problem,
    next: Next,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let (again_at, given_up_at) = match next {
        Next::TryAgainAt(at) => (Some(at), None),
        Next::GiveUp => (None, Some(now)),
    };
    let updated = sqlx::query(
        "update mail
         set problem = $3, next_attempt_at = coalesce($4, next_attempt_at), given_up_at = $5,
           leased_until = null
         where mail_id = $1 and attempts = $2
           and sent_at is null and dropped_at is null and given_up_at is null",
    )
    .bind(mail.mail_id)
    .bind(mail.attempt)
    .bind(problem.code())
    .bind(again_at.map(ToSqlx::to_sqlx))
    .bind(given_up_at.map(ToSqlx::to_sqlx))
    .execute(tx.connection())
    .await?;
    if next == Next::GiveUp && updated.rows_affected() > 0 {
        let event = Event::new(events::GIVEN_UP, Actor::System("mail worker"));
        record(tx, event.about("mail", mail.mail_id), now).await?;
    }
    Ok(())
}
