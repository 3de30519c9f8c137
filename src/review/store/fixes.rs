//! Asking for a fix of what does not build or run: once for a stage, while its work is final and voted on. Nothing
//! of it depends on votes.

use crate::assignment::lifecycle::settle;
use crate::assignment::model::Phase;
use crate::assignment::store::opening::locked;
use crate::assignment::store::{fixes, seats};
use crate::clock::Timestamp;
use crate::content::import::settings::Format;
use crate::db::Tx;
use crate::review::access::MayAskForFix;
use crate::web::allowed::{Allowed, Viewer};

/// Why no fix was asked for.
#[derive(Debug, thiserror::Error)]
pub enum NotAsked {
    #[error("You are not on this panel any more")]
    Gone,
    #[error("A fix can be asked for while the work is final and the votes are not open")]
    NotNow,
    #[error("The panel has asked for a fix of this before, and can once")]
    Before,
    #[error("the database refused a statement: {0}")]
    Database(#[from] sqlx::Error),
}

/// Whether a fix of work of this format can be asked for in `phase`, where none was.
pub fn is_possible(format: Format, phase: Phase) -> bool {
    format == Format::TakeHome && phase == Phase::Voting
}

/// Asks for a fix of `what`. The same again is one.
pub async fn ask(
    tx: &mut Tx,
    viewer: &Viewer,
    asked: &Allowed<MayAskForFix>,
    what: &str,
    now: Timestamp,
) -> Result<(), NotAsked> {
    let it = locked(tx, asked.given()).await?.ok_or(NotAsked::NotNow)?;
    let seat = (asked.assignment(), asked.account());
    let allowed: Option<Allowed<MayAskForFix>> = seats::again(tx, viewer, seat).await?;
    let allowed = allowed.ok_or(NotAsked::Gone)?;
    if it.fix.is_some() {
        let is_same = fixes::what(tx, it.id).await?.is_some_and(|before| before == what);
        return if is_same { Ok(()) } else { Err(NotAsked::Before) };
    }
    let settled = settle(it.format, it.state.clone(), now);
    if !is_possible(it.format, Phase::of(it.format, &settled, now)) {
        return Err(NotAsked::NotNow);
    }
    Ok(fixes::ask(tx, &it, allowed.given(), (allowed.account(), what), now).await?)
}
