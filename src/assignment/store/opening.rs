//! Opening: from then on the votes on an assignment are there to be read, and none is changed. What opens them is
//! for a later room to say.

use uuid::Uuid;

use super::{assignments, closing, row};
use crate::assignment::access::Given;
use crate::assignment::application::Assignment;
use crate::assignment::events;
use crate::assignment::lifecycle::{Move, Refusal, after, settle};
use crate::assignment::model::Opening;
use crate::audit::store::record;
use crate::audit::{Actor, Event};
use crate::clock::Timestamp;
use crate::db::Tx;

/// The assignment, with nobody else at it or at its application until the transaction ends; none where its
/// application is closed. For whoever has asked a rule about it.
pub async fn locked(tx: &mut Tx, given: &Given) -> Result<Option<Assignment>, sqlx::Error> {
    let application = given.parties.application;
    if closing::is_closed(tx, application).await? {
        return Ok(None);
    }
    assignments::locked(tx, application, given.assignment).await
}

/// Writes that the votes on an assignment are open, which the caller has [`locked`], with the hash they can be
/// checked by. Nobody is said to have done it: that would be whoever voted last.
pub async fn open(
    tx: &mut Tx,
    it: &Assignment,
    (how, seal): (Opening, &[u8]),
    now: Timestamp,
) -> Result<Result<(), Refusal>, sqlx::Error> {
    let settled = settle(it.format, it.state.clone(), now);
    let opened = match after(it.format, settled.clone(), Move::Open(how), now) {
        Ok(opened) => opened,
        Err(refusal) => return Ok(Err(refusal)),
    };
    // Where its clock handed it in, that is written down first.
    if settled != it.state {
        row::write(tx, it.id, it.format, &settled, ("settle", Uuid::nil())).await?;
    }
    row::write(tx, it.id, it.format, &opened, ("open", Uuid::nil())).await?;
    let event = Event::new(events::OPENED, Actor::System("votes"));
    let event = event.about("application", it.application).id("assignment", it.id);
    record(tx, event.code("how", how.code()).digest("seal", seal), now).await?;
    Ok(Ok(()))
}
