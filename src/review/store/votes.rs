//! Votes: cast, changed and seen by their author; and read by those who may, once they are open.
//!
//! Row security lets a transaction see the votes of whoever it says it acts for ([`act_for`]), and no others,
//! whatever is asked here.

use jiff_sqlx::ToSqlx;
use serde::Deserialize;
use sqlx::types::Json;
use sqlx::{AssertSqlSafe, FromRow};

use super::{opening, run_log};
use crate::assignment::application::Assignment;
use crate::assignment::lifecycle::settle;
use crate::assignment::model::{Opening, Phase};
use crate::assignment::store::opening::locked;
use crate::assignment::store::seats;
use crate::clock::Timestamp;
use crate::content::model::Level;
use crate::db::{Tx, read_all, read_one};
use crate::ids::{AccountId, AssignmentId};
use crate::review::access::{MayDebrief, MayReadVotes, MayVote};
use crate::review::model::{Ballot, Opened, Receipt, Sealed, Tally, Value};
use crate::review::run_log::OpenedRun;
use crate::track::model::Attribution;
use crate::web::allowed::{Allowed, Viewer};

/// Says whom the transaction acts for until it ends.
pub(super) async fn act_for(tx: &mut Tx, account: AccountId) -> Result<(), sqlx::Error> {
    sqlx::query("select set_config('portal.viewer', $1, true)")
        .bind(account.to_string())
        .execute(tx.connection())
        .await?;
    Ok(())
}

#[derive(FromRow, Deserialize)]
struct BallotRow {
    value: i16,
    comment: String,
    level: Option<i16>,
    is_practice: bool,
}

impl BallotRow {
    fn into_ballot(self) -> Option<Ballot> {
        Some(Ballot {
            value: Value::from_number(self.value)?,
            comment: self.comment,
            level: self.level.and_then(|level| u8::try_from(level).ok()).and_then(Level::new),
        })
    }
}

#[derive(FromRow)]
struct SealedRow {
    #[sqlx(flatten)]
    ballot: BallotRow,
    cast_at: jiff_sqlx::Timestamp,
    version: i32,
    commitment: Vec<u8>,
}

/// The vote of whoever asks, while it is sealed.
pub async fn own(tx: &mut Tx, allowed: &Allowed<MayVote>) -> Result<Option<Sealed>, sqlx::Error> {
    act_for(tx, allowed.account()).await?;
    let row: Option<SealedRow> = sqlx::query_as(
        "select value, comment, level, is_practice, cast_at, version, commitment
         from vote
         where member_id = $1",
    )
    .bind(allowed.member())
    .fetch_optional(tx.connection())
    .await?;
    read_one(row, |row: SealedRow| {
        Some(Sealed {
            is_practice: row.ballot.is_practice,
            ballot: row.ballot.into_ballot()?,
            cast_at: row.cast_at.to_jiff(),
            version: row.version,
            receipt: Receipt(row.commitment),
        })
    })
}

/// What became of a vote that was cast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cast {
    Sealed,
    /// It was the last one that was waited for.
    Opens(Opening),
}

/// Why a vote was not taken.
#[derive(Debug, thiserror::Error)]
pub enum NotCast {
    #[error("You are not on this panel any more")]
    Gone,
    #[error("{0}")]
    NotNow(&'static str),
    /// It was changed in another window, to this.
    #[error(
        "You have sealed another vote meanwhile, in another window. Look at both, then seal the one you mean"
    )]
    Changed(Box<Sealed>),
    #[error(
        "The vote you had sealed was set aside meanwhile. Look at the work as it is now, then seal your vote again"
    )]
    SetAside,
    #[error("the database refused a statement: {0}")]
    Database(#[from] sqlx::Error),
}

/// Why nobody votes in the first minutes after a clock ran out.
const MAY_ARRIVE: &str = "The time has just run out, and a file that was begun before may still be on its way. \
    Send your vote again in a quarter of an hour";

/// Why nobody can vote on an assignment in this phase; none while they can.
pub fn not_now(phase: Phase) -> Option<&'static str> {
    match phase {
        Phase::Voting => None,
        Phase::Assigned | Phase::InProgress | Phase::Waiting => {
            Some("There is nothing to vote on yet")
        }
        Phase::Submitted => Some("It can still be taken back, and is not final yet"),
        Phase::Opened => Some("The votes are open, and none is changed any more"),
        _ => Some("This has ended, and is voted on no more"),
    }
}

/// Seals a vote in place of the one that was seen as `version`, 0 where none was. The same again is no change.
/// Where it was the last, the panel opens. Nothing but the vote and its receipt is written before that.
pub async fn cast(
    tx: &mut Tx,
    viewer: &Viewer,
    asked: &Allowed<MayVote>,
    (ballot, version): (&Ballot, i32),
    now: Timestamp,
) -> Result<Cast, NotCast> {
    let it = locked(tx, asked.given()).await?;
    let it = it.ok_or(NotCast::NotNow("This application is closed"))?;
    let seat = (asked.assignment(), asked.account());
    let allowed: Option<Allowed<MayVote>> = seats::again(tx, viewer, seat).await?;
    let allowed = allowed.ok_or(NotCast::Gone)?;
    let settled = settle(it.format, it.state.clone(), now);
    if let Some(why) = not_now(Phase::of(it.format, &settled, now)) {
        return Err(NotCast::NotNow(why));
    }
    if settled.arrives_until(it.format).is_some_and(|until| now < until) {
        return Err(NotCast::NotNow(MAY_ARRIVE));
    }
    match own(tx, &allowed).await? {
        Some(sealed) if sealed.ballot == *ballot => return Ok(Cast::Sealed),
        Some(sealed) if sealed.version != version => {
            return Err(NotCast::Changed(Box::new(sealed)));
        }
        Some(_) => change(tx, &allowed, ballot, now).await?,
        None if version != 0 => return Err(NotCast::SetAside),
        None => seal(tx, &allowed, ballot, now).await?,
    }
    Ok(opening::look(tx, &it, allowed.given(), now).await?.map_or(Cast::Sealed, Cast::Opens))
}

async fn seal(
    tx: &mut Tx,
    allowed: &Allowed<MayVote>,
    ballot: &Ballot,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into vote (assignment_id, member_id, author_id, value, comment, level, cast_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(allowed.assignment())
    .bind(allowed.member())
    .bind(allowed.account())
    .bind(ballot.value.number())
    .bind(&ballot.comment)
    .bind(ballot.level.map(|level| i16::from(level.number())))
    .bind(now.to_sqlx())
    .execute(tx.connection())
    .await?;
    Ok(())
}

async fn change(
    tx: &mut Tx,
    allowed: &Allowed<MayVote>,
    ballot: &Ballot,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update vote
         set value = $2, comment = $3, level = $4, cast_at = $5
         where member_id = $1",
    )
    .bind(allowed.member())
    .bind(ballot.value.number())
    .bind(&ballot.comment)
    .bind(ballot.level.map(|level| i16::from(level.number())))
    .bind(now.to_sqlx())
    .execute(tx.connection())
    .await?;
    Ok(())
}

#[derive(FromRow, Deserialize)]
struct OpenedRow {
    #[sqlx(flatten)]
    #[serde(flatten)]
    ballot: BallotRow,
    name: Option<String>,
}

impl OpenedRow {
    fn into_opened(self) -> Option<Opened> {
        let is_practice = self.ballot.is_practice;
        Some(Opened { ballot: self.ballot.into_ballot()?, is_practice, author: self.name })
    }
}

/// The open votes of the panel `$1`, in no order that means anything.
const OPENED: &str = "select o.value, o.comment, o.level, o.is_practice, a.name
   from opened_vote o
   left join account a on a.account_id = o.author_id
   where o.assignment_id = $1
   order by o.is_practice, o.opened_vote_id";

/// The open votes, what the panel ran, and whether the votes are what was sealed, by their seal and by the log; in one
/// statement.
async fn opened(
    tx: &mut Tx,
    id: AssignmentId,
) -> Result<(Vec<Opened>, Vec<OpenedRun>, bool), sqlx::Error> {
    let statement = format!(
        "select coalesce((select jsonb_agg(to_jsonb(v)) from ({OPENED}) v), '[]'),
           coalesce((select jsonb_agg(to_jsonb(r)) from ({}) r), '[]'), coalesce(seal_holds($1), false)",
        run_log::OPENED
    );
    type Row = (Json<Vec<OpenedRow>>, Json<Vec<run_log::OpenedRow>>, bool);
    let (votes, ran, seal_holds): Row =
        sqlx::query_as(AssertSqlSafe(statement)).bind(id).fetch_one(tx.connection()).await?;
    let ran = ran.0.into_iter().map(run_log::OpenedRow::into_opened);
    Ok((read_all(votes.0, OpenedRow::into_opened)?, ran.collect(), seal_holds))
}

/// The open votes of a panel for those who are on it, in no order that means anything; without names. None before
/// they are open.
pub async fn of_panel(
    tx: &mut Tx,
    allowed: &Allowed<MayReadVotes>,
) -> Result<Vec<Opened>, sqlx::Error> {
    let rows: Vec<OpenedRow> =
        sqlx::query_as(OPENED).bind(allowed.assignment()).fetch_all(tx.connection()).await?;
    let votes = read_all(rows, OpenedRow::into_opened)?.into_iter();
    Ok(votes.map(|vote| Opened { author: None, ..vote }).collect())
}

/// What those who debrief a panel learn of its open votes.
#[derive(Debug)]
pub enum Debrief {
    /// The hiring manager, with what the panel ran, and with names where the track has it so.
    Votes(Vec<Opened>, Vec<OpenedRun>),
    /// The recruiter.
    Tally(Tally),
}

/// The open votes of a panel for those who debrief it, and whether they are what was sealed; none while they are
/// sealed.
pub async fn of_debrief(
    tx: &mut Tx,
    allowed: &Allowed<MayDebrief>,
    it: &Assignment,
) -> Result<Option<(Debrief, bool)>, sqlx::Error> {
    if !it.state.has_opened() {
        return Ok(None);
    }
    let (mut votes, mut ran, seal_holds) = opened(tx, allowed.assignment()).await?;
    if !allowed.decides() {
        return Ok(Some((Debrief::Tally(Tally::of(&votes)), seal_holds)));
    }
    let names = it.panel.attribution == Attribution::Attributed;
    if !names {
        votes.iter_mut().for_each(|vote| vote.author = None);
        ran.iter_mut().for_each(|run| run.author = None);
    }
    Ok(Some((Debrief::Votes(votes, ran), seal_holds)))
}

/// Whether the open votes are what they were when they were sealed, by the receipt of whoever asks, too; none where
/// they have no receipt.
pub async fn is_unchanged(
    tx: &mut Tx,
    allowed: &Allowed<MayVote>,
) -> Result<Option<bool>, sqlx::Error> {
    act_for(tx, allowed.account()).await?;
    sqlx::query_scalar(
        "select coalesce(r.commitment = any(s.commitments), false) and seal_holds(r.assignment_id)
         from vote_receipt r
         left join seal s using (assignment_id)
         where r.member_id = $1",
    )
    .bind(allowed.member())
    .fetch_optional(tx.connection())
    .await
}
