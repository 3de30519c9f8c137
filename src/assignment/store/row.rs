//! An assignment's state as the columns of its row, and back.

use jiff_sqlx::ToSqlx;
use sqlx::FromRow;

use crate::assignment::model::{Absence, Closing, Opening, Outcome, Run, State};
use crate::clock::Timestamp;
use crate::content::import::settings::Format;
use crate::content::model::Level;
use crate::db::Tx;
use crate::ids::AssignmentId;

/// The columns of a state. Which of them are filled follows from the state; the database checks it.
#[derive(Debug, FromRow)]
pub(super) struct StateRow {
    state: String,
    start_by: Option<jiff_sqlx::Timestamp>,
    started_at: Option<jiff_sqlx::Timestamp>,
    due_at: Option<jiff_sqlx::Timestamp>,
    waits_from: Option<jiff_sqlx::Timestamp>,
    work_at: Option<jiff_sqlx::Timestamp>,
    submitted_at: Option<jiff_sqlx::Timestamp>,
    opened_at: Option<jiff_sqlx::Timestamp>,
    opened_how: Option<String>,
    decided_at: Option<jiff_sqlx::Timestamp>,
    outcome: Option<String>,
    decided_level: Option<i16>,
    told_at: Option<jiff_sqlx::Timestamp>,
    closed_at: Option<jiff_sqlx::Timestamp>,
    closed_why: Option<String>,
    absent: Option<String>,
}

fn time(time: jiff_sqlx::Timestamp) -> Timestamp {
    time.to_jiff()
}

impl StateRow {
    pub(super) fn handed_in(&self) -> Option<Timestamp> {
        self.submitted_at.map(time)
    }

    /// The state; `None` where a column it needs is empty, which the database's checks do not let be.
    pub(super) fn into_state(self) -> Option<State> {
        let before = self.before()?;
        Some(match self.state.as_str() {
            "decided" => State::Decided {
                at: time(self.decided_at?),
                outcome: self.outcome.as_deref().and_then(Outcome::from_code)?,
                level: self.decided_level.and_then(level),
                told_at: self.told_at.map(time),
                before: Box::new(before),
            },
            "closed" => State::Closed {
                at: time(self.closed_at?),
                why: closing(self.closed_why.as_deref()?, self.absent.as_deref())?,
                before: Box::new(before),
            },
            _ => before,
        })
    }

    /// Where it stands, or stood before it was decided or closed.
    fn before(&self) -> Option<State> {
        if let (Some(at), Some(how)) = (self.opened_at, self.opened_how.as_deref()) {
            return Some(State::Opened { at: time(at), how: Opening::from_code(how)? });
        }
        let Some(started) = self.started_at else {
            return Some(State::Assigned { start_by: self.start_by.map(time) });
        };
        let run = Run {
            started: time(started),
            due: self.due_at.map(time),
            waits_from: self.waits_from.map(time),
            work_at: self.work_at.map(time),
        };
        Some(match self.submitted_at {
            Some(at) => State::Submitted { run, at: time(at) },
            None => State::InProgress(run),
        })
    }
}

fn level(number: i16) -> Option<Level> {
    u8::try_from(number).ok().and_then(Level::new)
}

fn closing(why: &str, absent: Option<&str>) -> Option<Closing> {
    Some(match why {
        "withdrawn" => Closing::Withdrawn,
        "cancelled" => Closing::Cancelled,
        "lapsed" => Closing::Lapsed,
        "ended_early" => Closing::EndedEarly,
        "not_held" => Closing::NotHeld(Absence::from_code(absent?)?),
        _ => return None,
    })
}

fn closing_code(why: Closing) -> &'static str {
    match why {
        Closing::Withdrawn => "withdrawn",
        Closing::Cancelled => "cancelled",
        Closing::Lapsed => "lapsed",
        Closing::EndedEarly => "ended_early",
        Closing::NotHeld(_) => "not_held",
    }
}

fn state_code(state: &State) -> &'static str {
    match state {
        State::Assigned { .. } => "assigned",
        State::InProgress(_) => "in_progress",
        State::Submitted { .. } => "submitted",
        State::Opened { .. } => "opened",
        State::Decided { .. } => "decided",
        State::Closed { .. } => "closed",
    }
}

/// What a state says of the clock, and what was there before it.
#[derive(Default)]
struct Columns {
    start_by: Option<Timestamp>,
    run: Option<Run>,
    submitted_at: Option<Timestamp>,
    opened: Option<(Timestamp, Opening)>,
    decided: Option<(Timestamp, Outcome, Option<Level>)>,
    told_at: Option<Timestamp>,
    closed: Option<(Timestamp, Closing)>,
    /// The state does not carry how it came here: what stands in the row stays.
    keeps_run: bool,
}

fn columns(state: &State) -> Columns {
    match state {
        State::Assigned { start_by } => Columns { start_by: *start_by, ..Columns::default() },
        State::InProgress(run) => Columns { run: Some(*run), ..Columns::default() },
        State::Submitted { run, at } => {
            Columns { run: Some(*run), submitted_at: Some(*at), ..Columns::default() }
        }
        State::Opened { at, how } => {
            Columns { opened: Some((*at, *how)), keeps_run: true, ..Columns::default() }
        }
        State::Decided { at, outcome, level, told_at, before } => {
            Columns { decided: Some((*at, *outcome, *level)), told_at: *told_at, ..columns(before) }
        }
        State::Closed { at, why, before } => {
            Columns { closed: Some((*at, *why)), ..columns(before) }
        }
    }
}

/// Writes the state of an assignment that the caller has locked, and counts its version. `moved` names the
/// move and who made it, so that the same one again is known.
pub(super) async fn write(
    tx: &mut Tx,
    id: AssignmentId,
    format: Format,
    state: &State,
    (moved, by): (&str, uuid::Uuid),
) -> Result<(), sqlx::Error> {
    let it = columns(state);
    let sql = |at: Timestamp| at.to_sqlx();
    sqlx::query(
        "update assignment
         set state = $2,
           start_by = case when $3 or $5::timestamptz is not null then start_by else $4 end,
           started_at = case when $3 then started_at else $5 end,
           due_at = case when $3 then due_at else $6 end,
           cutoff_at = case when $3 then cutoff_at else $7 end,
           waits_from = case when $3 then waits_from else $8 end,
           work_at = case when $3 then work_at else $9 end,
           submitted_at = case when $3 then submitted_at else $10 end,
           opened_at = $11,
           opened_how = $12,
           told_at = $13,
           decided_at = $14,
           outcome = $15,
           decided_level = $16,
           closed_at = $17,
           closed_why = $18,
           absent = $19,
           version = version + 1,
           moved = $20,
           moved_by = $21
         where assignment_id = $1",
    )
    .bind(id)
    .bind(state_code(state))
    .bind(it.keeps_run)
    .bind(it.start_by.map(sql))
    .bind(it.run.map(|run| sql(run.started)))
    .bind(it.run.and_then(|run| run.due).map(sql))
    .bind(it.run.and_then(|run| run.cutoff(format)).map(sql))
    .bind(it.run.and_then(|run| run.waits_from).map(sql))
    .bind(it.run.and_then(|run| run.work_at).map(sql))
    .bind(it.submitted_at.map(sql))
    .bind(it.opened.map(|(at, _)| sql(at)))
    .bind(it.opened.map(|(_, how)| how.code()))
    .bind(it.told_at.map(sql))
    .bind(it.decided.map(|(at, ..)| sql(at)))
    .bind(it.decided.map(|(_, outcome, _)| outcome.code()))
    .bind(it.decided.and_then(|(.., level)| level).map(|level| i16::from(level.number())))
    .bind(it.closed.map(|(at, _)| sql(at)))
    .bind(it.closed.map(|(_, why)| closing_code(why)))
    .bind(it.closed.and_then(|(_, why)| match why {
        Closing::NotHeld(absence) => Some(absence.code()),
        _ => None,
    }))
    .bind(moved)
    .bind(by)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Whether the last move on an assignment was this one, by this person.
pub(super) async fn was_moved(
    tx: &mut Tx,
    id: AssignmentId,
    moved: &str,
    by: uuid::Uuid,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar(
        "select exists (
           select from assignment where assignment_id = $1 and moved = $2 and moved_by = $3)",
    )
    .bind(id)
    .bind(moved)
    .bind(by)
    .fetch_one(tx.connection())
    .await
}

/// Keeps what the candidate is told about why the company ended it.
pub(super) async fn set_reason(
    tx: &mut Tx,
    id: AssignmentId,
    reason: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query("update assignment set closed_reason = $2 where assignment_id = $1")
        .bind(id)
        .bind(reason)
        .execute(tx.connection())
        .await?;
    Ok(())
}
