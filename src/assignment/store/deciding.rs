//! What a decision does to the stage it is made on. Each locks its row as every move does: whoever withdraws or
//! is told meanwhile comes before or after it.

use jiff_sqlx::ToSqlx;

use super::row;
use crate::assignment::application::Assignment;
use crate::assignment::events;
use crate::assignment::lifecycle::{Move, after};
use crate::assignment::model::{Outcome, State};
use crate::assignment::store::moves::{Made, NotMade};
use crate::audit::store::record;
use crate::audit::{Actor, Event};
use crate::clock::Timestamp;
use crate::content::model::Level;
use crate::db::Tx;
use crate::ids::{AccountId, ApplicationId};

/// What is done about a decision that its candidate does not know yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// It waits until it is let go.
    Hold,
    /// It goes out at this instant.
    LetGo(Timestamp),
    /// It goes out at once.
    SendNow,
    TakeBack,
}

impl Deed {
    /// What tells it from any other against the same version.
    fn key(self) -> &'static str {
        match self {
            Self::Hold => "hold",
            Self::LetGo(_) => "let-go",
            Self::SendNow => "send-now",
            Self::TakeBack => "undecide",
        }
    }

    fn event(self) -> &'static str {
        match self {
            Self::Hold => events::DECISION_HELD,
            Self::LetGo(_) => events::DECISION_LET_GO,
            Self::SendNow => events::DECISION_SENT,
            Self::TakeBack => events::DECISION_TAKEN_BACK,
        }
    }

    fn made(self, now: Timestamp) -> Move {
        match self {
            Self::Hold => Move::Tell { at: None },
            Self::LetGo(at) => Move::Tell { at: Some(at) },
            Self::SendNow => Move::Tell { at: Some(now) },
            Self::TakeBack => Move::Undecide,
        }
    }
}

/// Decides on an assignment that the caller holds, as whoever may. Its panel has nothing more to do.
pub async fn decide(
    tx: &mut Tx,
    before: &Assignment,
    (outcome, level): (Outcome, Option<Level>),
    (by, told_at): (AccountId, Timestamp),
    now: Timestamp,
) -> Result<Made, NotMade> {
    let made = Move::Decide { outcome, level, told_at };
    write(tx, before, (made, "decide"), (by, events::DECIDED), now).await?;
    Ok(Made::Now)
}

/// Does something about the decision on an assignment that the caller holds and saw as `version`; what became of
/// it, and where it stands then.
pub async fn follow(
    tx: &mut Tx,
    (before, version): (&Assignment, i32),
    deed: Deed,
    by: AccountId,
    now: Timestamp,
) -> Result<(Made, State), NotMade> {
    if before.version != version {
        let same = before.version == version + 1
            && row::was_moved(tx, before.id, deed.key(), by.into()).await?;
        let was = (Made::Before, before.state.clone());
        return if same { Ok(was) } else { Err(NotMade::Changed) };
    }
    let next = write(tx, before, (deed.made(now), deed.key()), (by, deed.event()), now).await?;
    Ok((Made::Now, next))
}

/// Tells nobody any more what was decided in an application that ends, where its candidate does not know it yet.
/// For whoever holds the application.
pub(super) async fn withhold(
    tx: &mut Tx,
    application: ApplicationId,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update assignment
         set told_at = null, version = version + 1, moved = 'withhold', moved_by = null
         where application_id = $1 and state = 'decided' and told_at > $2",
    )
    .bind(application)
    .bind(now.to_sqlx())
    .execute(tx.connection())
    .await?;
    Ok(())
}

async fn write(
    tx: &mut Tx,
    before: &Assignment,
    (made, key): (Move, &str),
    (by, action): (AccountId, &'static str),
    now: Timestamp,
) -> Result<State, NotMade> {
    let next = after(before.format, before.state.clone(), made, now)?;
    row::write(tx, before.id, before.format, &next, (key, by.into())).await?;
    let event = Event::new(action, Actor::Person(by));
    let event = event.about("application", before.application).id("assignment", before.id);
    record(tx, event, now).await?;
    Ok(next)
}
