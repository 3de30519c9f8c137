//! All SQL of this room.

pub mod following;
pub mod offers;

use jiff::tz::TimeZone;
use jiff_sqlx::ToSqlx;
use sqlx::FromRow;
use sqlx::types::Json;

use crate::assignment::access::{MaySeeApplication, MayTakeAssignment, MayTakePart};
use crate::assignment::application::Assignment;
use crate::assignment::counting::Counted;
use crate::assignment::lifecycle::{Refusal, settle};
use crate::assignment::model::{Outcome, State};
use crate::assignment::store::assignments::{self, Concerned};
use crate::assignment::store::counting;
use crate::assignment::store::moves::{self, NotMade};
use crate::clock::Timestamp;
use crate::content::model::Level;
use crate::db::Tx;
use crate::decision::access::MayDecide;
use crate::decision::model::{Contents, Decision, Missing, Observation, Unsent};
use crate::decision::telling::Mornings;
use crate::ids::{AccountId, ApplicationId, AssignmentId, StageId};
use crate::web::allowed::{Allowed, Viewer};

/// Why a decision was not kept or not sent.
#[derive(Debug, thiserror::Error)]
pub enum NotDecided {
    #[error("Press one of the buttons of this page; nothing was done")]
    Unknown,
    #[error("This was changed in another tab meanwhile; look at what is kept, then write it again")]
    Changed,
    /// What was written was decided on already, or something else was.
    #[error("This is decided, and was on its way to the candidate")]
    Decided,
    /// It can be sent at once from then on.
    #[error("It can be taken back for ten minutes, and goes out no earlier than that")]
    TooEarly,
    /// The candidate was asked for one, and still has time for it.
    #[error("The panel asked for a fix; decide once it is here, or its time is over")]
    FixAwaited,
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join(". "))]
    Missing(Vec<Missing>),
    #[error(transparent)]
    Refused(#[from] NotMade),
}

impl From<sqlx::Error> for NotDecided {
    fn from(error: sqlx::Error) -> Self {
        Self::Refused(error.into())
    }
}

#[derive(FromRow)]
struct DecisionRow {
    outcome: Option<String>,
    level: Option<i16>,
    observations: Json<Vec<Observation>>,
    note: String,
    version: i32,
    saved_at: jiff_sqlx::Timestamp,
    decided_at: Option<jiff_sqlx::Timestamp>,
    held_at: Option<jiff_sqlx::Timestamp>,
    unsent_at: Option<jiff_sqlx::Timestamp>,
    unsent_why: Option<String>,
    unsent_seen_at: Option<jiff_sqlx::Timestamp>,
}

impl DecisionRow {
    fn into_decision(self) -> Decision {
        let contents = Contents {
            outcome: self.outcome.as_deref().and_then(Outcome::from_code),
            level: self.level.and_then(|level| u8::try_from(level).ok()).and_then(Level::new),
            observations: self.observations.0,
            note: self.note,
        };
        Decision {
            contents,
            version: self.version,
            saved_at: Some(self.saved_at.to_jiff()),
            decided_at: self.decided_at.map(jiff_sqlx::Timestamp::to_jiff),
            held_at: self.held_at.map(jiff_sqlx::Timestamp::to_jiff),
            unsent: self.unsent_at.map(|at| Unsent {
                at: at.to_jiff(),
                with_application: self.unsent_why.as_deref() == Some("closed"),
                is_seen: self.unsent_seen_at.is_some(),
            }),
        }
    }
}

/// A stage as whoever decides on it knows it.
pub struct ToDecide {
    pub it: Assignment,
    /// The candidate's name, and when a decision of now would reach them.
    pub candidate: String,
    /// When they read what is decided.
    pub mornings: Mornings,
    /// Everybody who is or was on its panel.
    pub panel: Vec<String>,
    pub decision: Decision,
}

pub async fn find(
    tx: &mut Tx,
    allowed: &Allowed<MayDecide>,
) -> Result<Option<ToDecide>, sqlx::Error> {
    let (application, id) = (allowed.parties().application, allowed.assignment());
    let Some(it) = assignments::looked_at(tx, application, id).await? else { return Ok(None) };
    let (candidate, mornings) = candidate(tx, allowed.parties().candidate).await?;
    let panel = panel(tx, application).await?;
    let decision = of(tx, id).await?;
    Ok(Some(ToDecide { it, candidate, mornings, panel, decision }))
}

/// A candidate's name, and when they read what is decided.
async fn candidate(tx: &mut Tx, id: AccountId) -> Result<(String, Mornings), sqlx::Error> {
    let (name, zone, days): (String, String, Vec<jiff_sqlx::Date>) = sqlx::query_as(
        "select name, zone, (select coalesce(array_agg(day), '{}') from holiday)
         from account
         where account_id = $1",
    )
    .bind(id)
    .fetch_one(tx.connection())
    .await?;
    let zone = TimeZone::get(&zone).unwrap_or(TimeZone::UTC);
    let holidays = days.into_iter().map(jiff_sqlx::Date::to_jiff).collect();
    Ok((name, Mornings { zone, holidays }))
}

/// Everybody who looked at something in an application, on a panel or for a firm: observations name none of them.
async fn panel(tx: &mut Tx, id: ApplicationId) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar(
        "select distinct a.name
         from (
           select m.assignment_id, m.account_id from panel_member m
           union all
           select f.assignment_id, f.account_id from firm f) m
         join assignment g using (assignment_id)
         join account a using (account_id)
         where g.application_id = $1
         order by a.name",
    )
    .bind(id)
    .fetch_all(tx.connection())
    .await
}

async fn of(tx: &mut Tx, id: AssignmentId) -> Result<Decision, sqlx::Error> {
    let row: Option<DecisionRow> = sqlx::query_as(
        "select outcome, level, observations, note, version, saved_at, decided_at,
           held_at, unsent_at, unsent_why, unsent_seen_at
         from decision
         where assignment_id = $1",
    )
    .bind(id)
    .fetch_optional(tx.connection())
    .await?;
    Ok(row.map(DecisionRow::into_decision).unwrap_or_default())
}

/// Keeps what was written over what was seen as `version`, while the votes are open and nothing is decided.
pub async fn keep(
    tx: &mut Tx,
    viewer: &Viewer,
    allowed: &Allowed<MayDecide>,
    (contents, version): (&Contents, i32),
    now: Timestamp,
) -> Result<(), NotDecided> {
    let ids = (allowed.parties().application, allowed.assignment());
    let (it, _) = moves::hold::<MayDecide>(tx, viewer, ids).await?;
    let before = of(tx, it.id).await?;
    if before.contents == *contents && before.version > 0 {
        return Ok(());
    }
    if before.decided_at.is_some() {
        return Err(NotDecided::Decided);
    }
    if !matches!(settle(it.format, it.state.clone(), now), State::Opened { .. }) {
        return Err(NotMade::Refused(Refusal::NotOpened).into());
    }
    if before.version != version {
        return Err(NotDecided::Changed);
    }
    sqlx::query(
        "insert into decision as d (assignment_id, outcome, level, observations, note, saved_at)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (assignment_id) do update
         set outcome = excluded.outcome, level = excluded.level, observations = excluded.observations,
           note = excluded.note, saved_at = excluded.saved_at, version = d.version + 1",
    )
    .bind(it.id)
    .bind(contents.outcome.map(Outcome::code))
    .bind(contents.level.map(|level| i16::from(level.number())))
    .bind(Json(&contents.observations))
    .bind(&contents.note)
    .bind(now.to_sqlx())
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// What a candidate is told.
pub struct Told {
    pub it: Assignment,
    pub outcome: Outcome,
    pub level: Option<Level>,
    pub observations: Vec<Observation>,
    pub at: Timestamp,
}

/// What whoever takes a stage is told of its decision; none before its time.
pub async fn told(
    tx: &mut Tx,
    allowed: &Allowed<MayTakeAssignment>,
    now: Timestamp,
) -> Result<Option<Told>, sqlx::Error> {
    match assignments::taken(tx, allowed).await? {
        Some(it) => told_of(tx, it, now).await,
        None => Ok(None),
    }
}

/// Everything that whoever asks was told by now, in any of their applications; what was given first comes first.
pub async fn all_told(
    tx: &mut Tx,
    allowed: &Allowed<MayTakePart>,
    now: Timestamp,
) -> Result<Vec<Told>, sqlx::Error> {
    let mut told = Vec::new();
    for it in assignments::own(tx, allowed).await? {
        if it.state.told_at().is_some_and(|at| at <= now) {
            told.extend(told_of(tx, it, now).await?);
        }
    }
    Ok(told)
}

async fn told_of(tx: &mut Tx, it: Assignment, now: Timestamp) -> Result<Option<Told>, sqlx::Error> {
    let decision = of(tx, it.id).await?;
    let at = it.state.told_at().filter(|at| *at <= now && decision.decided_at.is_some());
    let Contents { outcome, level, observations, .. } = decision.contents;
    let observations = observations.into_iter().map(Observation::as_told).collect();
    Ok(at.zip(outcome).map(|(at, outcome)| Told { it, outcome, level, observations, at }))
}

/// A stage that is counted in an application one may see, and what was seen when it was passed. None where it is
/// not counted. Its votes and its panel belong to the application it was passed in.
pub async fn counted(
    tx: &mut Tx,
    seen: &Allowed<MaySeeApplication>,
    stage: StageId,
    now: Timestamp,
) -> Result<Option<(Counted, Vec<Observation>)>, sqlx::Error> {
    let earlier = counting::earlier(tx, seen, now).await?;
    let Some(counted) = earlier.counted(stage).cloned() else { return Ok(None) };
    let decision = of(tx, counted.pass.assignment).await?;
    let observations = decision.contents.observations.into_iter().map(Observation::as_told);
    Ok(Some((counted, observations.collect())))
}

/// A decision and whom it concerns, for letters alone.
pub(in crate::decision) async fn concerned(
    tx: &mut Tx,
    id: AssignmentId,
) -> Result<Option<(Concerned, Decision)>, sqlx::Error> {
    let decision = of(tx, id).await?;
    Ok(assignments::concerned(tx, id).await?.map(|it| (it, decision)))
}
