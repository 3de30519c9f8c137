//! All SQL of this room: it reads, for one candidate at a time, and keeps nothing.
//!
//! What can change without the candidate's knowing is asked of the rooms that know what they may know by when:
//! where a stage stands, what was decided, and what is offered.

mod interviews;
mod who;
mod work;

use crate::assignment::access::MayTakePart;
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::personal::access::MayTakeOwnData;
use crate::personal::model::{Data, EDITION};
use crate::web::allowed::Allowed;

/// Everything that is theirs who ask, as they may know it at `now`. None where their account is gone.
pub async fn find(
    tx: &mut Tx,
    (own, takes): (&Allowed<MayTakeOwnData>, &Allowed<MayTakePart>),
    now: Timestamp,
) -> Result<Option<Data>, sqlx::Error> {
    let Some((you, signing_in)) = who::find(tx, own).await? else { return Ok(None) };
    Ok(Some(Data {
        edition: EDITION,
        made_at: now,
        you,
        interviews: interviews::find(tx, (own, takes), now).await?,
        letters: who::letters(tx, own).await?,
        signing_in,
    }))
}
