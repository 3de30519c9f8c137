//! What candidates passed in other applications, and the stages that are counted by it.

use jiff_sqlx::ToSqlx;
use serde::Deserialize;
use sqlx::types::Json;
use sqlx::{AssertSqlSafe, FromRow};
use uuid::Uuid;

use super::applications::level;
use super::assignments;
use super::moves::Made;
use crate::assignment::access::{MayRunApplication, MaySeeApplication, MayTakePart};
use crate::assignment::application::Assignment;
use crate::assignment::counting::{Counted, Earlier, Pass, Refusal, may_count, may_undo};
use crate::assignment::emails::counting::{self as letters, Told};
use crate::assignment::events;
use crate::audit::store::record;
use crate::audit::{Actor, Event};
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::ids::{ApplicationId, AssignmentId, DocumentId, StageId};
use crate::web::allowed::Allowed;

/// Why a stage was not counted, or stays counted.
#[derive(Debug, thiserror::Error)]
pub enum NotCounted {
    #[error("This stage is not one of this track any more; look at the page again")]
    NoStage,
    #[error("This application is closed")]
    Closed,
    #[error("{0}")]
    Refused(#[from] Refusal),
    #[error("the database refused a statement: {0}")]
    Database(#[from] sqlx::Error),
}

/// What was passed, once for each application in which a stage is counted by it.
#[derive(Deserialize)]
pub(super) struct PassRow {
    assignment_id: AssignmentId,
    document_id: DocumentId,
    track: String,
    level: i16,
    decided_at: Timestamp,
    counted_in: Option<ApplicationId>,
    counted_as: Option<StageId>,
    counted_title: Option<String>,
    counted_at: Option<Timestamp>,
}

impl PassRow {
    fn into_both(self) -> Option<(Pass, Option<Counted>)> {
        let pass = Pass {
            assignment: self.assignment_id,
            document: self.document_id,
            track: self.track,
            level: level(self.level)?,
            at: self.decided_at,
        };
        let of = self.counted_in.zip(self.counted_as).zip(self.counted_title.zip(self.counted_at));
        let counted = of.map(|((application, stage), (title, at))| Counted {
            application,
            stage,
            title,
            at,
            pass: pass.clone(),
        });
        Some((pass, counted))
    }
}

/// Who is asked about: the candidate of application `$1`, in their others.
const THEIR_OTHERS: &str = "p.application_id <> $1
   and p.candidate_id = (select o.candidate_id from application o where o.application_id = $1)";

/// What was passed of what `narrowed` lets through by the time `now`, a parameter, as a list in JSON: what was passed
/// last comes first. Nobody reads here of a decision that its candidate does not know.
fn passed(narrowed: &str, now: &str) -> String {
    format!(
        "coalesce((
           select jsonb_agg(to_jsonb(e))
           from (
             select g.assignment_id, g.document_id,
               case t.audience when '' then t.focus else t.audience end as track,
               coalesce(g.decided_level, g.level) as level, g.decided_at,
               c.application_id as counted_in, c.stage_id as counted_as, s.title as counted_title,
               c.counted_at
             from application p
             join assignment g using (application_id)
             join track t using (track_id)
             left join counted_stage c on c.assignment_id = g.assignment_id
             left join stage s on s.stage_id = c.stage_id
             where g.state = 'decided' and g.outcome = 'advance' and g.told_at <= {now} and {narrowed}
             order by g.decided_at desc, g.assignment_id, c.counted_at, c.application_id, c.stage_id) e),
           '[]')"
    )
}

/// [`earlier`] of the application `$1`, for a statement that asks for more.
pub(super) fn earlier_as_column(now: &str) -> String {
    passed(THEIR_OTHERS, now)
}

async fn select(
    tx: &mut Tx,
    narrowed: &'static str,
    id: Uuid,
    now: Timestamp,
) -> Result<Vec<PassRow>, sqlx::Error> {
    let statement = format!("select {}", passed(narrowed, "$2"));
    let Json(rows) = sqlx::query_scalar(AssertSqlSafe(statement))
        .bind(id)
        .bind(now.to_sqlx())
        .fetch_one(tx.connection())
        .await?;
    Ok(rows)
}

/// What was passed in other applications than `application`, and what of it is counted there.
pub(super) fn into_earlier(application: ApplicationId, rows: Vec<PassRow>) -> Earlier {
    let mut earlier = Earlier::default();
    for (pass, counted) in rows.into_iter().filter_map(PassRow::into_both) {
        earlier.counted.extend(counted.filter(|one| one.application == application));
        if earlier.passes.last().is_none_or(|last| last.assignment != pass.assignment) {
            earlier.passes.push(pass);
        }
    }
    earlier
}

/// What the candidate of an application one may see passed in others, and what of it is counted here.
pub async fn earlier(
    tx: &mut Tx,
    allowed: &Allowed<MaySeeApplication>,
    now: Timestamp,
) -> Result<Earlier, sqlx::Error> {
    earlier_than(tx, allowed.application(), now).await
}

async fn earlier_than(
    tx: &mut Tx,
    application: ApplicationId,
    now: Timestamp,
) -> Result<Earlier, sqlx::Error> {
    let rows = select(tx, THEIR_OTHERS, application.into(), now).await?;
    Ok(into_earlier(application, rows))
}

/// Every stage that is counted for whoever asks, in any of their applications.
pub async fn own(
    tx: &mut Tx,
    allowed: &Allowed<MayTakePart>,
    now: Timestamp,
) -> Result<Vec<Counted>, sqlx::Error> {
    let theirs = "p.candidate_id = $1 and c.application_id is not null";
    let found = select(tx, theirs, allowed.candidate().into(), now).await?;
    let both = found.into_iter().filter_map(PassRow::into_both);
    Ok(both.filter_map(|(_, counted)| counted).collect())
}

/// Whether a stage is counted in an application.
pub(super) async fn is_counted(
    tx: &mut Tx,
    application: ApplicationId,
    stage: StageId,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar(
        "select exists (
           select from counted_stage where application_id = $1 and stage_id = $2)",
    )
    .bind(application)
    .bind(stage)
    .fetch_one(tx.connection())
    .await
}

#[derive(FromRow)]
struct StageFacts {
    document_id: Option<DocumentId>,
    target_level: i16,
    is_closed: bool,
}

/// Counts a stage of its track in an application that the caller has locked, by what its candidate passed before.
/// They are told.
pub async fn count(
    tx: &mut Tx,
    allowed: &Allowed<MayRunApplication>,
    stage: StageId,
    now: Timestamp,
) -> Result<Made, NotCounted> {
    let application = allowed.application();
    let earlier = earlier_than(tx, application, now).await?;
    if earlier.counted(stage).is_some() {
        return Ok(Made::Before);
    }
    let facts: Option<StageFacts> = sqlx::query_as(
        "select d.document_id, p.target_level, p.closed_at is not null as is_closed
         from application p
         join stage s on s.track_id = p.track_id and s.stage_id = $2 and s.retired_at is null
         left join document d on d.path = s.document_path
         where p.application_id = $1",
    )
    .bind(application)
    .bind(stage)
    .fetch_optional(tx.connection())
    .await?;
    let facts = facts.ok_or(NotCounted::NoStage)?;
    if facts.is_closed {
        return Err(NotCounted::Closed);
    }
    let given = assignments::of(tx, application).await?;
    may_count(&given.iter().collect::<Vec<&Assignment>>(), stage, now)?;
    let wanted = facts.document_id.zip(level(facts.target_level));
    let pass = wanted.and_then(|(document, target)| earlier.counts_for(document, target, now));
    let pass = pass.ok_or(Refusal::Nothing)?;
    sqlx::query(
        "insert into counted_stage (application_id, stage_id, assignment_id, counted_at, counted_by)
         values ($1, $2, $3, $4, $5)",
    )
    .bind(application)
    .bind(stage)
    .bind(pass.assignment)
    .bind(now.to_sqlx())
    .bind(allowed.by())
    .execute(tx.connection())
    .await?;
    tell(tx, allowed, (stage, events::STAGE_COUNTED, Told::Counts), now).await?;
    Ok(Made::Now)
}

/// Takes back that a stage counts, in an application that the caller has locked. The candidate is told.
pub async fn undo(
    tx: &mut Tx,
    allowed: &Allowed<MayRunApplication>,
    stage: StageId,
    now: Timestamp,
) -> Result<Made, NotCounted> {
    let application = allowed.application();
    let counted: Option<(jiff_sqlx::Timestamp, bool, bool)> = sqlx::query_as(
        "select c.counted_at, p.closed_at is not null,
           exists (select from offer o where o.application_id = c.application_id)
         from counted_stage c
         join application p using (application_id)
         where c.application_id = $1 and c.stage_id = $2",
    )
    .bind(application)
    .bind(stage)
    .fetch_optional(tx.connection())
    .await?;
    let Some((at, is_closed, has_offer)) = counted else { return Ok(Made::Before) };
    if is_closed {
        return Err(NotCounted::Closed);
    }
    let given = assignments::of(tx, application).await?;
    may_undo(&given.iter().collect::<Vec<&Assignment>>(), at.to_jiff())?;
    if has_offer {
        return Err(Refusal::Followed.into());
    }
    sqlx::query("delete from counted_stage where application_id = $1 and stage_id = $2")
        .bind(application)
        .bind(stage)
        .execute(tx.connection())
        .await?;
    tell(tx, allowed, (stage, events::COUNT_TAKEN_BACK, Told::CountsNoMore), now).await?;
    Ok(Made::Now)
}

/// Records and tells what became of a stage. In which application it was passed stays out of the log: that would
/// join two aliases.
async fn tell(
    tx: &mut Tx,
    allowed: &Allowed<MayRunApplication>,
    (stage, action, told): (StageId, &'static str, Told),
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let application = allowed.application();
    let event = Event::new(action, Actor::Person(allowed.by())).about("application", application);
    record(tx, event.id("stage", stage), now).await?;
    letters::tell(tx, allowed.candidate(), told, (application, stage), now).await
}

/// What a stage is called, and what it is counted by in an application. For letters alone.
pub(in crate::assignment) async fn concerned(
    tx: &mut Tx,
    (application, stage): (ApplicationId, StageId),
    now: Timestamp,
) -> Result<(String, Option<Pass>), sqlx::Error> {
    let title = sqlx::query_scalar("select title from stage where stage_id = $1")
        .bind(stage)
        .fetch_one(tx.connection())
        .await?;
    let earlier = earlier_than(tx, application, now).await?;
    Ok((title, earlier.counted(stage).map(|one| one.pass.clone())))
}
