//! What the recruiter has of what was handed in: the receipt, and links that wait to be passed on.

use jiff_sqlx::ToSqlx;

use super::submissions;
use super::work::{self, Taken};
use crate::assignment::access::{MayRunApplication, MaySeeApplication};
use crate::assignment::application::Assignment;
use crate::assignment::events;
use crate::assignment::lifecycle::settle;
use crate::assignment::model::State;
use crate::assignment::store::assignments;
use crate::audit::store::record;
use crate::audit::{Actor, Event};
use crate::clock::Timestamp;
use crate::content::model::Level;
use crate::db::Tx;
use crate::ids::AssignmentId;
use crate::submission::model::Hash;
use crate::web::allowed::Allowed;

/// What was handed in, as its recruiter and its hiring manager know it.
pub struct Receipt {
    pub it: Assignment,
    taken: Taken,
    pub at: Timestamp,
    /// They are the panel's to see: it is not blind, or they were passed on.
    pub links_are_passed_on: bool,
}

impl Receipt {
    pub fn level(&self) -> Level {
        self.taken.contents.level
    }

    pub fn hash(&self) -> Hash {
        self.taken.hash
    }

    pub fn links(&self) -> &[String] {
        &self.taken.contents.links
    }
}

/// The receipt of a stage in an application one may see; none where nothing is handed in.
pub async fn find(
    tx: &mut Tx,
    allowed: &Allowed<MaySeeApplication>,
    id: AssignmentId,
    now: Timestamp,
) -> Result<Option<Receipt>, sqlx::Error> {
    match assignments::find(tx, allowed, id).await? {
        Some(it) => of(tx, it, now).await,
        None => Ok(None),
    }
}

async fn of(tx: &mut Tx, it: Assignment, now: Timestamp) -> Result<Option<Receipt>, sqlx::Error> {
    let at = match settle(it.format, it.state.clone(), now) {
        State::Submitted { at, .. } => Some(at),
        State::Opened { .. } | State::Decided { .. } => it.handed_in,
        _ => None,
    };
    let Some(at) = at else { return Ok(None) };
    let challenge = work::challenge(tx, &it).await?;
    let taken = work::taken(tx, &it, challenge.as_ref()).await?;
    let links_are_passed_on = taken.links_are_cleared || !it.panel.is_blind;
    Ok(Some(Receipt { taken, at, links_are_passed_on, it }))
}

/// Passes the links on to a blind panel, in an application that the caller has locked. Where the clock handed in,
/// what was there then is written down first. False where there is nothing to pass on.
pub async fn pass_on(
    tx: &mut Tx,
    allowed: &Allowed<MayRunApplication>,
    id: AssignmentId,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let Some(it) = assignments::looked_at(tx, allowed.application(), id).await? else {
        return Ok(false);
    };
    let Some(receipt) = of(tx, it, now).await? else { return Ok(false) };
    if receipt.links().is_empty() || receipt.links_are_passed_on {
        return Ok(false);
    }
    if !receipt.taken.is_written {
        let Taken { contents, hash, .. } = &receipt.taken;
        submissions::write(tx, id, (contents, *hash), receipt.at).await?;
    }
    let passed = sqlx::query(
        "update submission
         set links_cleared_at = $2
         where assignment_id = $1 and stands and links_cleared_at is null",
    )
    .bind(id)
    .bind(now.to_sqlx())
    .execute(tx.connection())
    .await?;
    if passed.rows_affected() == 1 {
        let event = Event::new(events::LINKS_PASSED_ON, Actor::Person(allowed.by()));
        let event = event.about("application", allowed.application()).id("assignment", id);
        record(tx, event, now).await?;
    }
    Ok(true)
}
