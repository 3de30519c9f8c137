//! What the recruiter has of what was handed in: the receipt, and links that wait to be passed on.

use jiff_sqlx::ToSqlx;

use super::late::{self, Late};
use super::work::{self, Taken};
use super::{submissions, uploads};
use crate::assignment::access::{MayRunApplication, MaySeeApplication};
use crate::assignment::application::Assignment;
use crate::assignment::events;
use crate::assignment::store::assignments;
use crate::audit::store::record;
use crate::audit::{Actor, Event};
use crate::clock::Timestamp;
use crate::content::model::Level;
use crate::db::Tx;
use crate::ids::AssignmentId;
use crate::submission::model::{Contents, Hash, Upload};
use crate::web::allowed::Allowed;

/// What was handed in, as its recruiter and its hiring manager know it.
pub struct Receipt {
    pub it: Assignment,
    taken: Taken,
    pub at: Timestamp,
    /// Links are the panel's to see: it is not blind, or they were passed on.
    pub links_are_passed_on: bool,
    pub files: Option<Upload>,
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

    pub fn contents(&self) -> &Contents {
        &self.taken.contents
    }

    /// The candidate asks that a blind panel gets it with what names them.
    pub fn is_asked_as_it_is(&self) -> bool {
        self.taken.clearing.as_it_is
    }

    pub fn work_is_passed_on(&self) -> bool {
        self.taken.clearing.work
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
    let Some(at) = it.handed_in_by(now) else { return Ok(None) };
    let challenge = work::challenge(tx, &it).await?;
    let taken = work::taken(tx, &it, challenge.as_ref()).await?;
    // What was fixed came later.
    let at = taken.at.unwrap_or(at);
    let links_are_passed_on = taken.clearing.shows_links(!it.panel.is_blind);
    let files = match taken.contents.files {
        Some(files) => uploads::find(tx, it.id, files.upload).await?,
        None => None,
    };
    Ok(Some(Receipt { taken, at, links_are_passed_on, files, it }))
}

/// A stage whose clock has run out, and what came late in it; none where nothing did.
pub async fn late(
    tx: &mut Tx,
    allowed: &Allowed<MaySeeApplication>,
    id: AssignmentId,
) -> Result<Option<(Assignment, Late)>, sqlx::Error> {
    let Some(it) = assignments::find(tx, allowed, id).await? else { return Ok(None) };
    Ok(late::newest(tx, id).await?.map(|late| (it, late)))
}

/// What is passed on to a blind panel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    Links,
    /// The rest, with what names the candidate in it, as they asked.
    Work,
}

/// Passes something on to a blind panel, in an application that the caller has locked. Where the clock handed in and
/// nobody has written down yet what was there then, that comes first. False where it is not what was looked at as
/// `seen`, or there is nothing to pass on; the same again is passed on already.
pub async fn pass_on(
    tx: &mut Tx,
    allowed: &Allowed<MayRunApplication>,
    (id, what, seen): (AssignmentId, What, &str),
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let Some(it) = assignments::looked_at(tx, allowed.application(), id).await? else {
        return Ok(false);
    };
    let Some(receipt) = of(tx, it, now).await? else { return Ok(false) };
    let (is_there, is_passed_on) = match what {
        What::Links => (!receipt.links().is_empty(), receipt.links_are_passed_on),
        What::Work => (receipt.is_asked_as_it_is(), receipt.work_is_passed_on()),
    };
    if !is_there || receipt.hash().to_string() != seen {
        return Ok(false);
    }
    if is_passed_on {
        return Ok(true);
    }
    submissions::write_down(tx, &receipt.it, now).await?;
    let passed = sqlx::query(
        "update submission
         set links_cleared_at = case when $3 then $2 else links_cleared_at end,
           work_cleared_at = case when $3 then work_cleared_at else $2 end
         where assignment_id = $1 and stands",
    )
    .bind(id)
    .bind(now.to_sqlx())
    .bind(what == What::Links)
    .execute(tx.connection())
    .await?;
    if passed.rows_affected() == 0 {
        return Ok(false);
    }
    let action = match what {
        What::Links => events::LINKS_PASSED_ON,
        What::Work => events::WORK_PASSED_ON,
    };
    let event = Event::new(action, Actor::Person(allowed.by()));
    let event = event.about("application", allowed.application()).id("assignment", id);
    record(tx, event, now).await?;
    Ok(true)
}
