//! The outbox: letters as staff may see them, never what they say.

use jiff_sqlx::ToSqlx;
use sqlx::FromRow;
use sqlx::types::Json;
use uuid::Uuid;

use super::queue::notify;
use crate::audit::store::record;
use crate::audit::{Actor, Event};
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::ids::MailId;
use crate::mail::{Kind, Refs, events};

/// One letter as the outbox shows it: never what it says.
#[derive(Clone, Debug)]
pub struct Entry {
    pub mail_id: MailId,
    pub template: String,
    pub kind: Kind,
    pub recipient_id: Uuid,
    /// What it is about.
    pub refs: Refs,
    pub created_at: Timestamp,
    pub state: State,
    pub attempts: i32,
    /// What kept it last time, as [`Problem::code`](crate::mail::transport::Problem::code) has it.
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
    refs: Json<Refs>,
    created_at: jiff_sqlx::Timestamp,
    next_attempt_at: jiff_sqlx::Timestamp,
    sent_at: Option<jiff_sqlx::Timestamp>,
    dropped_at: Option<jiff_sqlx::Timestamp>,
    given_up_at: Option<jiff_sqlx::Timestamp>,
    attempts: i32,
    problem: Option<String>,
}

/// Which letters are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shown {
    #[default]
    All,
    Waiting,
    GivenUp,
}

/// Letters that are left out, unless they were given up.
#[derive(Clone, Debug, Default)]
pub struct LeftOut {
    /// Those of these kinds.
    pub kinds: &'static [&'static str],
    /// Those about one of these: applications, what was given and handed in in them, and offers.
    pub about: Vec<Uuid>,
}

impl LeftOut {
    fn about(&self) -> Vec<String> {
        self.about.iter().map(Uuid::to_string).collect()
    }
}

/// At most `limit` letters, newest first, from `after` on.
pub async fn outbox(
    tx: &mut Tx,
    shown: Shown,
    left_out: &LeftOut,
    after: Option<Place>,
    limit: i64,
) -> Result<Vec<Entry>, sqlx::Error> {
    let rows: Vec<EntryRow> = sqlx::query_as(
        "select mail_id, template, kind, recipient_id, refs, created_at, next_attempt_at,
           sent_at, dropped_at, given_up_at, attempts, problem
         from mail
         where ($1::timestamptz is null or (created_at, mail_id) < ($1, $2))
           and (not $4
             or (sent_at is null and dropped_at is null and given_up_at is null))
           and (not $5 or given_up_at is not null)
           and (given_up_at is not null
             or (template <> all($6)
               and coalesce(refs ->> 'assignment', refs ->> 'application', refs ->> 'submission',
                 refs ->> 'offer', '') <> all($7)))
         order by created_at desc, mail_id desc
         limit $3",
    )
    .bind(after.map(|place| place.created_at.to_sqlx()))
    .bind(after.map(|place| place.mail_id))
    .bind(limit)
    .bind(shown == Shown::Waiting)
    .bind(shown == Shown::GivenUp)
    .bind(left_out.kinds)
    .bind(left_out.about())
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
        refs: row.refs.0,
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

pub async fn counts(tx: &mut Tx, left_out: &LeftOut) -> Result<Counts, sqlx::Error> {
    sqlx::query_as(
        "select
           (select count(*) from mail
            where sent_at is null and dropped_at is null and given_up_at is null
              and template <> all($1)
              and coalesce(refs ->> 'assignment', refs ->> 'application', refs ->> 'submission',
                refs ->> 'offer', '') <> all($2)) as waiting,
           (select count(*) from mail where given_up_at is not null) as given_up",
    )
    .bind(left_out.kinds)
    .bind(left_out.about())
    .fetch_one(tx.connection())
    .await
}

/// Puts a letter that was given up back in line, with all its attempts before it. False where it was
/// not given up.
pub async fn retry(
    tx: &mut Tx,
    mail_id: MailId,
    by: Actor,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
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
        record(tx, Event::new(events::RETRIED, by).about("mail", mail_id), now).await?;
    }
    Ok(retried.rows_affected() > 0)
}
