//! All SQL of the mail: enqueueing, claiming, recording what came of it, the outbox.

use jiff::SignedDuration;
use jiff_sqlx::ToSqlx;
use sqlx::FromRow;
use sqlx::types::Json;
use uuid::Uuid;

use super::transport::Problem;
use super::{Kind, NewMail, Queued, Refs};
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::ids::MailId;

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
            next_attempt_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $8)
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
    .fetch_optional(tx.connection())
    .await?;
    if added.is_some() {
        notify(tx).await?;
    }
    Ok(added)
}

/// Wakes the workers, once the transaction is committed.
async fn notify(tx: &mut Tx) -> Result<(), sqlx::Error> {
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
pub(super) async fn claim(
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
           order by next_attempt_at, mail_id
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
pub(super) async fn mark(tx: &mut Tx) -> Result<(), sqlx::Error> {
    sqlx::query("savepoint composing").execute(tx.connection()).await.map(|_| ())
}

/// Undoes what was done since [`mark`].
pub(super) async fn undo(tx: &mut Tx) -> Result<(), sqlx::Error> {
    sqlx::query("rollback to savepoint composing").execute(tx.connection()).await.map(|_| ())
}

/// Nothing was left to be said.
pub(super) async fn record_dropped(
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
pub(super) async fn record_sent(
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
pub(super) enum Next {
    TryAgainAt(Timestamp),
    GiveUp,
}

/// The letter was not taken. Where another worker has claimed it since, that one's word counts.
pub(super) async fn record_failed(
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
    sqlx::query(
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
    Ok(())
}

/// One letter as the outbox shows it: never what it says.
#[derive(Clone, Debug)]
pub struct Entry {
    pub mail_id: MailId,
    pub template: String,
    pub kind: Kind,
    pub recipient_id: Uuid,
    pub created_at: Timestamp,
    pub state: State,
    pub attempts: i32,
    /// What kept it last time, as [`Problem::code`] has it.
    pub problem: Option<String>,
}

/// Where a letter is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Not before `until`; or, where that has passed, as soon as can be.
    Waiting {
        until: Timestamp,
    },
    Sent(Timestamp),
    /// When it was to be sent, nothing was left to be said.
    Dropped(Timestamp),
    GivenUp(Timestamp),
}

/// Where a page of the outbox ends: the next one begins after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub created_at: Timestamp,
    pub mail_id: MailId,
}

impl Entry {
    pub fn place(&self) -> Place {
        Place { created_at: self.created_at, mail_id: self.mail_id }
    }
}

#[derive(FromRow)]
struct EntryRow {
    mail_id: MailId,
    template: String,
    kind: String,
    recipient_id: Uuid,
    created_at: jiff_sqlx::Timestamp,
    next_attempt_at: jiff_sqlx::Timestamp,
    sent_at: Option<jiff_sqlx::Timestamp>,
    dropped_at: Option<jiff_sqlx::Timestamp>,
    given_up_at: Option<jiff_sqlx::Timestamp>,
    attempts: i32,
    problem: Option<String>,
}

/// At most `limit` letters, newest first, from `after` on.
pub async fn outbox(
    tx: &mut Tx,
    after: Option<Place>,
    limit: i64,
) -> Result<Vec<Entry>, sqlx::Error> {
    let rows: Vec<EntryRow> = sqlx::query_as(
        "select mail_id, template, kind, recipient_id, created_at, next_attempt_at, sent_at,
           dropped_at, given_up_at, attempts, problem
         from mail
         where $1::timestamptz is null or (created_at, mail_id) < ($1, $2)
         order by created_at desc, mail_id desc
         limit $3",
    )
    .bind(after.map(|place| place.created_at.to_sqlx()))
    .bind(after.map(|place| place.mail_id))
    .bind(limit)
    .fetch_all(tx.connection())
    .await?;
    Ok(rows.into_iter().filter_map(entry).collect())
}

fn entry(row: EntryRow) -> Option<Entry> {
    let state = match (row.sent_at, row.dropped_at, row.given_up_at) {
        (Some(at), ..) => State::Sent(at.to_jiff()),
        (_, Some(at), _) => State::Dropped(at.to_jiff()),
        (.., Some(at)) => State::GivenUp(at.to_jiff()),
        _ => State::Waiting { until: row.next_attempt_at.to_jiff() },
    };
    Some(Entry {
        mail_id: row.mail_id,
        template: row.template,
        kind: Kind::ALL.into_iter().find(|kind| kind.name() == row.kind)?,
        recipient_id: row.recipient_id,
        created_at: row.created_at.to_jiff(),
        state,
        attempts: row.attempts,
        problem: row.problem,
    })
}

/// How many letters have not gone out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromRow)]
pub struct Counts {
    pub waiting: i64,
    pub given_up: i64,
}

pub async fn counts(tx: &mut Tx) -> Result<Counts, sqlx::Error> {
    sqlx::query_as(
        "select
           (select count(*) from mail
            where sent_at is null and dropped_at is null and given_up_at is null) as waiting,
           (select count(*) from mail where given_up_at is not null) as given_up",
    )
    .fetch_one(tx.connection())
    .await
}

/// Puts a letter that was given up back in line, with all its attempts before it. False where it was
/// not given up.
pub async fn retry(tx: &mut Tx, mail_id: MailId, now: Timestamp) -> Result<bool, sqlx::Error> {
    let retried = sqlx::query(
        "update mail
         set given_up_at = null, attempts = 0, next_attempt_at = $2, leased_until = null
         where mail_id = $1 and given_up_at is not null",
    )
    .bind(mail_id)
    .bind(now.to_sqlx())
    .execute(tx.connection())
    .await?;
    if retried.rows_affected() > 0 {
        notify(tx).await?;
    }
    Ok(retried.rows_affected() > 0)
}
