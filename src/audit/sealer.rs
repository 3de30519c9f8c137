//! Giving each event its place in the chain, within a second of its commit.
//!
//! Any number of instances may run one; an advisory lock lets one at a time seal. A batch is sealed in
//! one transaction: the end of the chain is read, the seals are added, and the events are taken out of
//! those that wait. Killed at any step, none of that happened, and the next one begins where it stood.

use std::time::Duration;

use sqlx::postgres::PgListener;

use super::store::chain;
use crate::db::Db;

/// How often is looked for events that nobody told of: a notification may be lost with its connection.
const PERIOD: Duration = Duration::from_secs(1);
/// How many events are sealed in one transaction.
const BATCH: i64 = 500;

/// Seals what waits.
#[derive(Clone, Debug)]
pub struct Sealer {
    db: Db,
}

impl Sealer {
    pub fn new(db: &Db) -> Self {
        Self { db: db.background() }
    }

    /// Seals events as they come, until it is dropped.
    pub async fn run(self) {
        loop {
            if let Err(error) = self.follow().await {
                let code = error.as_database_error().and_then(|error| error.code());
                tracing::warn!(sqlstate = code.as_deref(), "no event can be sealed; trying again");
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }

    /// Seals what waits now and whenever the database tells of more, until the connection is lost.
    async fn follow(&self) -> Result<(), sqlx::Error> {
        let mut listener = PgListener::connect_with(self.db.pool()).await?;
        listener.listen(chain::CHANNEL).await?;
        loop {
            self.seal().await?;
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

    /// Seals everything that waits, unless another sealer is at it; how many were sealed.
    pub async fn seal(&self) -> Result<usize, sqlx::Error> {
        let mut sealed = 0;
        loop {
            let batch = self.seal_batch().await?;
            sealed += batch;
            if batch == 0 {
                return Ok(sealed);
            }
        }
    }

    async fn seal_batch(&self) -> Result<usize, sqlx::Error> {
        let mut tx = self.db.begin().await?;
        if !chain::become_sealer(&mut tx).await? {
            return Ok(0);
        }
        let events = chain::waiting(&mut tx, BATCH).await?;
        if events.is_empty() {
            return Ok(0);
        }
        // Only now that no other sealer can add to it.
        let head = chain::head(&mut tx).await?;
        chain::seal(&mut tx, head, &events).await?;
        let _nobody_waits = tx.commit().await?;
        Ok(events.len())
    }
}
