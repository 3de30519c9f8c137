//! Fixes: asked for by a panel, and handed in. The room that knows what is handed in keeps the work itself.

use jiff_sqlx::ToSqlx;
use uuid::Uuid;

use super::{panels, row};
use crate::assignment::access::Given;
use crate::assignment::application::Assignment;
use crate::assignment::emails::fixes as letters;
use crate::assignment::events;
use crate::assignment::fix::Fix;
use crate::assignment::lifecycle::settle;
use crate::audit::store::record;
use crate::audit::{Actor, Event};
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::ids::{AccountId, AssignmentId};

/// What was asked for on an assignment, for whoever has asked a rule about it.
pub async fn what(tx: &mut Tx, id: AssignmentId) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar("select what from fix where assignment_id = $1")
        .bind(id)
        .fetch_optional(tx.connection())
        .await
}

/// Asks for a fix on an assignment that the caller has locked, which has none yet. Its candidate is told.
pub async fn ask(
    tx: &mut Tx,
    it: &Assignment,
    given: &Given,
    (by, what): (AccountId, &str),
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    // Where its clock handed it in, that is written down first.
    let settled = settle(it.format, it.state.clone(), now);
    if settled != it.state {
        row::write(tx, it.id, it.format, &settled, ("settle", Uuid::nil())).await?;
    }
    let fix = Fix::asked(now);
    sqlx::query("insert into fix (assignment_id, asked_by, what) values ($1, $2, $3)")
        .bind(it.id)
        .bind(by)
        .bind(what)
        .execute(tx.connection())
        .await?;
    sqlx::query(
        "update assignment
         set fix_asked_at = $2, fix_due_at = $3, version = version + 1, moved = 'ask-fix', moved_by = $4
         where assignment_id = $1",
    )
    .bind(it.id)
    .bind(fix.asked_at.to_sqlx())
    .bind(fix.due.to_sqlx())
    .bind(by)
    .execute(tx.connection())
    .await?;
    note(tx, it, (events::FIX_ASKED, by), now).await?;
    letters::asked(tx, given.parties.candidate, it.id, now).await
}

/// Notes that the fix of an assignment that the caller has locked was handed in by its candidate. They have a
/// receipt of it, and the panel is told.
pub async fn hand_in(
    tx: &mut Tx,
    it: &Assignment,
    candidate: AccountId,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update assignment
         set fix_handed_in_at = $2, version = version + 1, moved = 'hand-in-fix', moved_by = $3
         where assignment_id = $1",
    )
    .bind(it.id)
    .bind(now.to_sqlx())
    .bind(candidate)
    .execute(tx.connection())
    .await?;
    note(tx, it, (events::FIX_HANDED_IN, candidate), now).await?;
    letters::received(tx, candidate, it.id, now).await?;
    for one in panels::of(tx, it.id, now).await? {
        if one.is_present() && one.has_accepted() {
            letters::here(tx, one.account, (it.id, one.id), now).await?;
        }
    }
    Ok(())
}

async fn note(
    tx: &mut Tx,
    it: &Assignment,
    (action, by): (&'static str, AccountId),
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let event = Event::new(action, Actor::Person(by));
    let event = event.about("application", it.application).id("assignment", it.id);
    record(tx, event, now).await
}
