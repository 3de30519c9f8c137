//! Sending what is due, by any number of workers, each of which may be killed at any step.
//!
//! A letter is claimed and composed in one transaction, which is committed before it leaves; what came
//! of it is recorded in a second one. Killed before the first commit, nothing happened. Killed after,
//! the lease runs out and the letter is composed and sent again under the same `Message-ID`: if the
//! server had taken it already the recipient has it twice, and mail programs show it once.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use jiff::SignedDuration;
use sqlx::postgres::PgListener;

use super::store::Next;
use super::transport::{Problem, Stamp, Transport};
use super::{Compose, ComposeError, Letter, Queued, store};
use crate::clock::{Clock, Timestamp};
use crate::db::Db;

/// How long a claimed letter is nobody else's: longer than composing and sending may take together.
const LEASE: SignedDuration = SignedDuration::from_mins(2);
const COMPOSE_TIMEOUT: Duration = Duration::from_secs(30);
const SEND_TIMEOUT: Duration = Duration::from_secs(60);
/// How many letters are on their way at once: a server that takes its time over one holds up no other.
const LANES: usize = 8;
/// How often is looked for letters while some are on their way.
const LOOK_AGAIN: Duration = Duration::from_millis(500);
/// How often is looked for letters whose time has come without anybody telling.
const PERIOD: Duration = Duration::from_secs(5);

/// How long after each attempt the next one follows; the last of these repeats.
const PAUSES: [SignedDuration; 5] = [
    SignedDuration::from_secs(30),
    SignedDuration::from_mins(2),
    SignedDuration::from_mins(10),
    SignedDuration::from_hours(1),
    SignedDuration::from_hours(6),
];
/// After this many attempts, the better part of a day, a letter is given up.
pub const MOST_ATTEMPTS: i32 = 8;

/// Sends letters. Where there is no SMTP server none is made, and letters wait.
#[derive(Clone)]
pub struct Worker {
    pub db: Db,
    pub clock: Clock,
    pub composer: Arc<dyn Compose>,
    pub transport: Arc<dyn Transport>,
}

impl Worker {
    /// Sends letters as they become due, until it is dropped.
    pub async fn run(self) {
        let worker = Self { db: self.db.background(), ..self };
        loop {
            if let Err(error) = worker.follow().await {
                let code = error.as_database_error().and_then(|error| error.code());
                tracing::warn!(sqlstate = code.as_deref(), "no mail can be sent; trying again");
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }

    /// Sends what is due now and whenever the database tells of more, until the connection is lost.
    async fn follow(&self) -> Result<(), sqlx::Error> {
        let mut listener = PgListener::connect_with(self.db.pool()).await?;
        listener.listen(store::CHANNEL).await?;
        loop {
            self.send_due().await?;
            match tokio::time::timeout(PERIOD, listener.try_recv()).await {
                Err(_nothing_was_told) => {}
                Ok(Err(error)) => return Err(error),
                // The connection was lost, and with it perhaps a notification.
                Ok(Ok(None)) => return Ok(()),
                // One look is enough for all that was told meanwhile.
                Ok(Ok(Some(_))) => while listener.next_buffered().is_some() {},
            }
        }
    }

    /// Attempts every letter that is due, each once; how many were sent.
    ///
    /// # Errors
    /// The database failed. A letter that was on its way then is sent again when its lease runs out.
    pub async fn send_due(&self) -> Result<usize, sqlx::Error> {
        let mut sent = 0;
        let mut lanes = FuturesUnordered::new();
        loop {
            while lanes.len() < LANES {
                lanes.push(self.send_one_by_one());
            }
            while let Ok(ended) = tokio::time::timeout(LOOK_AGAIN, lanes.next()).await {
                match ended {
                    Some(taken) => sent += taken?,
                    None => return Ok(sent),
                }
            }
            // A server takes its time over some; others may have become due.
        }
    }

    /// Attempts letters until none is due; how many were sent.
    async fn send_one_by_one(&self) -> Result<usize, sqlx::Error> {
        let mut sent = 0;
        while let Some((mail, letter)) = self.claim().await? {
            if let Some(letter) = letter
                && self.send(&mail, &letter).await?
            {
                sent += 1;
            }
        }
        Ok(sent)
    }

    /// Claims a due letter and writes it; without a letter it is settled already.
    async fn claim(&self) -> Result<Option<(Queued, Option<Letter>)>, sqlx::Error> {
        let now = self.clock.now();
        let mut tx = self.db.background().begin().await?;
        let Some(mail) = store::claim(&mut tx, now, LEASE).await? else { return Ok(None) };
        store::mark(&mut tx).await?;
        let composing = AssertUnwindSafe(self.composer.compose(&mut tx, &mail, now)).catch_unwind();
        let composed = match tokio::time::timeout(COMPOSE_TIMEOUT, composing).await {
            Ok(Ok(composed)) => composed,
            // One letter's fault must not keep all others from being sent.
            Ok(Err(_panic)) => Err(ComposeError::Panicked),
            Err(_elapsed) => Err(ComposeError::TookTooLong),
        };
        let letter = match composed {
            Ok(Some(letter)) => Some(letter),
            Ok(None) => {
                store::record_dropped(&mut tx, &mail, now).await?;
                tracing::info!(mail = %mail.mail_id, template = mail.template, "a mail was dropped");
                None
            }
            Err(error) => {
                let sqlstate = error.sqlstate();
                tracing::error!(mail = %mail.mail_id, template = mail.template, cause = %error, sqlstate, "a mail could not be written");
                store::undo(&mut tx).await?;
                let problem = Problem::Uncomposed;
                store::record_failed(&mut tx, &mail, problem, next(&mail, problem, now), now)
                    .await?;
                None
            }
        };
        let _committed = tx.commit().await?;
        Ok(Some((mail, letter)))
    }

    /// Sends a claimed letter and records what came of it; whether it was taken.
    async fn send(&self, mail: &Queued, letter: &Letter) -> Result<bool, sqlx::Error> {
        let stamp = Stamp { mail_id: mail.mail_id, date: self.clock.now() };
        let sending = self.transport.send(letter, stamp);
        let outcome =
            tokio::time::timeout(SEND_TIMEOUT, sending).await.unwrap_or(Err(Problem::TimedOut));
        let now = self.clock.now();
        let mut tx = self.db.background().begin().await?;
        match outcome {
            Ok(()) => {
                store::record_sent(&mut tx, mail, now).await?;
                tracing::info!(mail = %mail.mail_id, template = mail.template, "a mail was sent");
            }
            Err(problem) => {
                let next = next(mail, problem, now);
                store::record_failed(&mut tx, mail, problem, next, now).await?;
                tracing::warn!(mail = %mail.mail_id, template = mail.template, attempt = mail.attempt, problem = problem.code(), given_up = next == Next::GiveUp, "a mail was not taken");
            }
        }
        let _committed = tx.commit().await?;
        Ok(outcome.is_ok())
    }
}

/// What follows a failed attempt.
fn next(mail: &Queued, problem: Problem, now: Timestamp) -> Next {
    if problem.is_final() || mail.attempt >= MOST_ATTEMPTS {
        return Next::GiveUp;
    }
    let before = usize::try_from(mail.attempt - 1).unwrap_or(0);
    Next::TryAgainAt(now + PAUSES[before.min(PAUSES.len() - 1)])
}
