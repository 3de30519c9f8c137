//! Proving the chain: every event is as it was sealed, at its place, and none is missing.
//!
//! The whole log is read from one moment, in batches, so that its length costs time and no memory.

mod finding;
mod walk;

pub use finding::Finding;

use jiff::SignedDuration;
use uuid::Uuid;

use super::chain::Head;
use super::store::chain;
use crate::clock::Timestamp;
use crate::db::{Db, Tx};
use walk::Walk;

/// How many places are read at once.
const BATCH: i64 = 500;
/// An event that waits longer than this for its seal is told of.
pub const LONGEST_WAIT: SignedDuration = SignedDuration::from_mins(1);

/// What was found.
#[derive(Debug)]
pub struct Report {
    /// The end of the chain.
    pub head: Head,
    /// Notes whose text was erased. That is as it should be.
    pub erased_notes: u64,
    /// Events that have been written a moment ago and wait for their seal.
    pub waiting: u64,
    /// Everything that is wrong, in the order of the chain. Empty when the log is sound.
    pub findings: Vec<Finding>,
    /// How many more findings there were than are kept.
    pub more: u64,
}

impl Report {
    pub fn is_sound(&self) -> bool {
        self.findings.is_empty()
    }
}

/// Proves the whole log as it is now. With `kept`, a head that was printed earlier, also that the chain
/// still holds everything it held then.
///
/// # Errors
/// The database fails. That the log is broken is no error but the answer.
pub async fn verify(db: &Db, kept: Option<Head>, now: Timestamp) -> Result<Report, sqlx::Error> {
    let mut tx = db.begin_reading().await?;
    let mut walk = Walk::new(kept);
    loop {
        let links = chain::links(&mut tx, walk.sequence(), BATCH).await?;
        if links.is_empty() {
            break;
        }
        for link in &links {
            walk.step(link);
        }
    }
    let mut report = walk.end();
    look_for_unsealed(&mut tx, &mut report, now).await?;
    Ok(report)
}

/// Every event has a seal, or waits for one since a moment ago.
async fn look_for_unsealed(
    tx: &mut Tx,
    report: &mut Report,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let mut last = Uuid::nil();
    loop {
        let standings = chain::standings(tx, last, BATCH * 4).await?;
        let Some(end) = standings.last() else { return Ok(()) };
        last = end.event_id;
        for event in standings.iter().filter(|event| !event.is_sealed) {
            let event_id = event.event_id;
            let since = event.micros.and_then(|at| Timestamp::from_microsecond(at).ok());
            match since {
                _ if !event.is_waiting => report.add(Finding::NeverSealed { event_id }),
                Some(since) if now.duration_since(since) <= LONGEST_WAIT => report.waiting += 1,
                since => report.add(Finding::WaitsTooLong { event_id, since }),
            }
        }
    }
}

impl Report {
    /// The most findings that are kept.
    const MOST: usize = 1000;

    fn add(&mut self, finding: Finding) {
        if self.findings.len() < Self::MOST { self.findings.push(finding) } else { self.more += 1 }
    }
}
