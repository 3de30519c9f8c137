//! The run log: kept for its author alone until the votes open, which is what opens it, too.

use jiff_sqlx::ToSqlx;
use serde::Deserialize;
use sqlx::FromRow;

use super::votes::act_for;
use crate::assignment::lifecycle::settle;
use crate::assignment::model::Phase;
use crate::assignment::store::opening::locked;
use crate::assignment::store::seats;
use crate::clock::Timestamp;
use crate::content::import::settings::Format;
use crate::db::Tx;
use crate::ids::{AssignmentId, LoggedRunId};
use crate::review::access::{MayReadVotes, MayVote};
use crate::review::run_log::{LoggedRun, MOST, OpenedRun, Own};
use crate::web::allowed::{Allowed, Viewer};

#[derive(FromRow, Deserialize)]
struct RunRow {
    machine: String,
    commands: String,
    result: String,
}

impl RunRow {
    fn into_run(self) -> LoggedRun {
        let Self { machine, commands, result } = self;
        LoggedRun { machine, commands, result }
    }
}

#[derive(FromRow)]
struct OwnRow {
    run_id: LoggedRunId,
    #[sqlx(flatten)]
    run: RunRow,
    ran_at: jiff_sqlx::Timestamp,
}

/// What whoever asks has written down, the earliest first.
pub async fn own(tx: &mut Tx, allowed: &Allowed<MayVote>) -> Result<Vec<Own>, sqlx::Error> {
    act_for(tx, allowed.account()).await?;
    let rows: Vec<OwnRow> = sqlx::query_as(
        "select run_id, machine, commands, result, ran_at
         from run_log
         where member_id = $1
         order by ran_at, run_id",
    )
    .bind(allowed.member())
    .fetch_all(tx.connection())
    .await?;
    let own =
        |row: OwnRow| Own { id: row.run_id, run: row.run.into_run(), at: row.ran_at.to_jiff() };
    Ok(rows.into_iter().map(own).collect())
}

/// Whether there is something to run, and somebody to be told of it, in `phase`.
pub fn is_kept(format: Format, phase: Phase) -> bool {
    format == Format::TakeHome && matches!(phase, Phase::Submitted | Phase::Voting)
}

/// Why nothing was written down.
#[derive(Debug, thiserror::Error)]
pub enum NotLogged {
    #[error("You are not on this panel any more")]
    Gone,
    #[error("The run log is kept while the work is looked at, until the votes are open")]
    NotNow,
    #[error("The run log has {MOST} entries of yours. Remove one that says little first")]
    Full,
    #[error("the database refused a statement: {0}")]
    Database(#[from] sqlx::Error),
}

/// Holds the assignment, and asks the rule again.
async fn hold(
    tx: &mut Tx,
    viewer: &Viewer,
    asked: &Allowed<MayVote>,
    now: Timestamp,
) -> Result<Allowed<MayVote>, NotLogged> {
    let it = locked(tx, asked.given()).await?.ok_or(NotLogged::NotNow)?;
    let seat = (asked.assignment(), asked.account());
    let allowed = seats::again(tx, viewer, seat).await?.ok_or(NotLogged::Gone)?;
    let settled = settle(it.format, it.state.clone(), now);
    let phase = Phase::of(it.format, &settled, now);
    is_kept(it.format, phase).then_some(allowed).ok_or(NotLogged::NotNow)
}

/// Writes down what somebody ran. The same again is one.
pub async fn add(
    tx: &mut Tx,
    viewer: &Viewer,
    asked: &Allowed<MayVote>,
    run: &LoggedRun,
    now: Timestamp,
) -> Result<(), NotLogged> {
    let allowed = hold(tx, viewer, asked, now).await?;
    let before = own(tx, &allowed).await?;
    if before.iter().any(|one| one.run == *run) {
        return Ok(());
    }
    if before.len() >= MOST {
        return Err(NotLogged::Full);
    }
    sqlx::query(
        "insert into run_log (assignment_id, member_id, author_id, machine, commands, result, ran_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(allowed.assignment())
    .bind(allowed.member())
    .bind(allowed.account())
    .bind(&run.machine)
    .bind(&run.commands)
    .bind(&run.result)
    .bind(now.to_sqlx())
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Removes an entry of whoever asks. Removed again, it is gone all the same.
pub async fn remove(
    tx: &mut Tx,
    viewer: &Viewer,
    asked: &Allowed<MayVote>,
    id: LoggedRunId,
    now: Timestamp,
) -> Result<(), NotLogged> {
    let allowed = hold(tx, viewer, asked, now).await?;
    act_for(tx, allowed.account()).await?;
    sqlx::query("delete from run_log where member_id = $1 and run_id = $2")
        .bind(allowed.member())
        .bind(id)
        .execute(tx.connection())
        .await?;
    Ok(())
}

#[derive(FromRow, Deserialize)]
pub(super) struct OpenedRow {
    #[sqlx(flatten)]
    #[serde(flatten)]
    run: RunRow,
    is_practice: bool,
    name: Option<String>,
}

impl OpenedRow {
    pub(super) fn into_opened(self) -> OpenedRun {
        let Self { run, is_practice, name } = self;
        OpenedRun { run: run.into_run(), author: name, is_practice }
    }
}

/// What the panel `$1` has run, in no order that means anything.
pub(super) const OPENED: &str = "select r.machine, r.commands, r.result, r.is_practice, a.name
   from opened_run r
   left join account a on a.account_id = r.author_id
   where r.assignment_id = $1
   order by r.is_practice, r.opened_run_id";

async fn opened(tx: &mut Tx, id: AssignmentId) -> Result<Vec<OpenedRun>, sqlx::Error> {
    let rows: Vec<OpenedRow> = sqlx::query_as(OPENED).bind(id).fetch_all(tx.connection()).await?;
    Ok(rows.into_iter().map(OpenedRow::into_opened).collect())
}

/// What a panel ran, for those who are on it, without names. None before its votes are open.
pub async fn of_panel(
    tx: &mut Tx,
    allowed: &Allowed<MayReadVotes>,
) -> Result<Vec<OpenedRun>, sqlx::Error> {
    let runs = opened(tx, allowed.assignment()).await?.into_iter();
    Ok(runs.map(|run| OpenedRun { author: None, ..run }).collect())
}
