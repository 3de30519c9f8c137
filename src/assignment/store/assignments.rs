//! Assignments: given, found, shown.

use jiff_sqlx::ToSqlx;
use sqlx::{FromRow, PgConnection, PgExecutor};

use super::applications::level;
use super::row::StateRow;
use crate::account::store::sessions;
use crate::assignment::access::{
    Given, MayRunApplication, MaySeeApplication, MayTakeAssignment, MayTakePart, Parties,
};
use crate::assignment::application::{Assignment, TimeFactor};
use crate::assignment::fix::Fix;
use crate::assignment::model::State;
use crate::assignment::panel::PanelTerms;
use crate::assignment::{emails, events};
use crate::audit::store::record;
use crate::audit::{Actor, Event};
use crate::clock::{SignedDuration, Timestamp};
use crate::content::import::settings::Format;
use crate::content::model::{ContentHash, Level};
use crate::db::{Db, Tx, read_all};
use crate::ids::{AccountId, ApplicationId, AssignmentId, DocumentId, StageId, TrackId};
use crate::track::model::Attribution;
use crate::web::allowed::{Allowed, Capability, Viewer};

#[derive(FromRow)]
pub(super) struct AssignmentRow {
    assignment_id: AssignmentId,
    #[sqlx(rename = "of_application")]
    application_id: ApplicationId,
    #[sqlx(rename = "of_track")]
    track_id: TrackId,
    stage_id: StageId,
    title: String,
    format: String,
    level: i16,
    document_id: DocumentId,
    content_hash: Vec<u8>,
    time_limit_minutes: Option<i32>,
    usual_minutes: Option<i32>,
    panel_size: i16,
    quorum: i16,
    is_blind: bool,
    answer_within_days: i16,
    attribution: String,
    assigned_at: jiff_sqlx::Timestamp,
    version: i32,
    awaits_assessment: bool,
    late_at: Option<jiff_sqlx::Timestamp>,
    is_seated: bool,
    #[sqlx(flatten)]
    fix: FixRow,
    #[sqlx(flatten)]
    state: StateRow,
}

#[derive(Debug, FromRow)]
struct FixRow {
    fix_asked_at: Option<jiff_sqlx::Timestamp>,
    fix_due_at: Option<jiff_sqlx::Timestamp>,
    fix_handed_in_at: Option<jiff_sqlx::Timestamp>,
}

impl FixRow {
    fn into_fix(self) -> Option<Fix> {
        Some(Fix {
            asked_at: self.fix_asked_at?.to_jiff(),
            due: self.fix_due_at?.to_jiff(),
            handed_in: self.fix_handed_in_at.map(jiff_sqlx::Timestamp::to_jiff),
        })
    }
}

/// The columns of an assignment `g` and its stage `s`: the one projection of them.
pub(super) const COLUMNS: &str =
    "g.assignment_id, g.application_id as of_application, s.track_id as of_track, g.stage_id, s.title,
   g.format, g.level, g.document_id, g.content_hash, g.time_limit_minutes, g.usual_minutes, g.panel_size,
   g.quorum, g.is_blind, g.answer_within_days, g.attribution, g.assigned_at, g.version, g.state,
   g.start_by, g.started_at, g.due_at, g.waits_from, g.work_at, g.submitted_at, g.fix_asked_at, g.fix_due_at,
   g.fix_handed_in_at, g.opened_at, g.opened_how, g.decided_at, g.outcome,
   g.decided_level, g.told_at, g.closed_at, g.closed_why, g.absent,
   g.decides = 'assessment' and not exists (
     select
     from assessment l
     where l.assignment_id = g.assignment_id and l.handed_in_at is not null) as awaits_assessment,
   (
     select max(l.handed_in_at)
     from submission l
     where l.assignment_id = g.assignment_id and l.late_minutes is not null and not l.stands) as late_at,
   exists (
     select
     from panel_member l
     where l.assignment_id = g.assignment_id and l.accepted_at is not null and l.left_at is null
       and not l.is_shadow) as is_seated";

impl AssignmentRow {
    pub(super) fn into_assignment(self) -> Option<Assignment> {
        let limit = |minutes: i32| SignedDuration::from_mins(minutes.into());
        Some(Assignment {
            id: self.assignment_id,
            application: self.application_id,
            track: self.track_id,
            stage: self.stage_id,
            title: self.title,
            format: Format::from_code(&self.format)?,
            level: level(self.level)?,
            document: self.document_id,
            revision: ContentHash::from_bytes(&self.content_hash)?,
            time_limit: self.time_limit_minutes.map(limit),
            usual: self.usual_minutes.map(limit),
            panel: PanelTerms {
                size: self.panel_size.try_into().unwrap_or_default(),
                quorum: self.quorum.try_into().unwrap_or_default(),
                is_blind: self.is_blind,
                answer_within_days: self.answer_within_days.try_into().unwrap_or_default(),
                attribution: Attribution::from_code(&self.attribution)?,
            },
            assigned_at: self.assigned_at.to_jiff(),
            handed_in: self.state.handed_in(),
            fix: self.fix.into_fix(),
            state: self.state.into_state()?,
            version: self.version,
            awaits_assessment: self.awaits_assessment,
            late_at: self.late_at.map(jiff_sqlx::Timestamp::to_jiff),
            is_seated: self.is_seated,
        })
    }
}

/// The rows that `narrowed` lets through, `$1` and `$2` being `ids`; the oldest first.
async fn select(
    connection: &mut PgConnection,
    narrowed: &'static str,
    ids: (uuid::Uuid, Option<uuid::Uuid>),
) -> Result<Vec<Assignment>, sqlx::Error> {
    let statement = format!(
        "select {COLUMNS}
         from assignment g
         join stage s using (stage_id)
         join application p using (application_id)
         where {narrowed}"
    );
    let rows: Vec<AssignmentRow> = sqlx::query_as(sqlx::AssertSqlSafe(statement))
        .bind(ids.0)
        .bind(ids.1)
        .fetch_all(connection)
        .await?;
    read_all(rows, AssignmentRow::into_assignment)
}

/// What the rules have to know of an assignment. A private read that takes no capability.
pub async fn facts(db: &Db, id: AssignmentId) -> Result<Option<Given>, sqlx::Error> {
    find_facts(db.pool(), id).await
}

/// The same within a transaction: whose it is can change until its application is locked.
pub async fn facts_again(tx: &mut Tx, id: AssignmentId) -> Result<Option<Given>, sqlx::Error> {
    find_facts(tx.connection(), id).await
}

/// Asks the rule again of an assignment that the caller has locked: who may do what with it can change meanwhile.
pub async fn again<C: Capability<Facts = Given>>(
    tx: &mut Tx,
    viewer: &Viewer,
    id: AssignmentId,
) -> Result<Option<Allowed<C>>, sqlx::Error> {
    let viewer = sessions::again(tx, viewer).await?;
    let given = find_facts(tx.connection(), id).await?;
    Ok(given.and_then(|given| Allowed::ask(&viewer, &given)))
}

async fn find_facts(
    executor: impl PgExecutor<'_>,
    id: AssignmentId,
) -> Result<Option<Given>, sqlx::Error> {
    let row: Option<(ApplicationId, AccountId, AccountId, Option<AccountId>)> = sqlx::query_as(
        "select p.application_id, p.candidate_id, p.recruiter_id, p.manager_id
         from assignment g
         join application p using (application_id)
         where g.assignment_id = $1",
    )
    .bind(id)
    .fetch_optional(executor)
    .await?;
    Ok(row.map(|(application, candidate, recruiter, manager)| Given {
        assignment: id,
        parties: Parties { application, candidate, recruiter, manager },
    }))
}

/// Every stage that whoever asks was given, in any of their applications, the oldest first.
pub async fn own(
    tx: &mut Tx,
    allowed: &Allowed<MayTakePart>,
) -> Result<Vec<Assignment>, sqlx::Error> {
    let narrowed = "p.candidate_id = $1 and $2::uuid is null
       order by g.assigned_at, g.assignment_id";
    select(tx.connection(), narrowed, (allowed.candidate().into(), None)).await
}

const BY_ID: &str = "g.application_id = $1 and g.assignment_id = $2";
const BY_ID_LOCKED: &str = "g.application_id = $1 and g.assignment_id = $2 for update of g";

/// The stage that may be taken.
pub async fn taken(
    tx: &mut Tx,
    allowed: &Allowed<MayTakeAssignment>,
) -> Result<Option<Assignment>, sqlx::Error> {
    let ids = (allowed.parties().application.into(), Some(allowed.assignment().into()));
    Ok(select(tx.connection(), BY_ID, ids).await?.pop())
}

/// One stage that was given in an application one may see.
pub async fn find(
    tx: &mut Tx,
    allowed: &Allowed<MaySeeApplication>,
    id: AssignmentId,
) -> Result<Option<Assignment>, sqlx::Error> {
    let ids = (allowed.application().into(), Some(id.into()));
    Ok(select(tx.connection(), BY_ID, ids).await?.pop())
}

/// One stage that somebody looks at: on its panel, or as the hiring manager. For whoever has asked a rule about it.
pub async fn looked_at(
    tx: &mut Tx,
    application: ApplicationId,
    id: AssignmentId,
) -> Result<Option<Assignment>, sqlx::Error> {
    let ids = (application.into(), Some(id.into()));
    Ok(select(tx.connection(), BY_ID, ids).await?.pop())
}

/// The same, with nobody else at it until the transaction ends. For whoever has asked a rule about the
/// application.
pub(super) async fn locked(
    tx: &mut Tx,
    application: ApplicationId,
    id: AssignmentId,
) -> Result<Option<Assignment>, sqlx::Error> {
    let ids = (application.into(), Some(id.into()));
    Ok(select(tx.connection(), BY_ID_LOCKED, ids).await?.pop())
}

/// Every stage that was given in an application, the oldest first. For whoever holds the application.
pub(super) async fn of(
    tx: &mut Tx,
    application: ApplicationId,
) -> Result<Vec<Assignment>, sqlx::Error> {
    let narrowed = "g.application_id = $1 and $2::uuid is null
       order by g.assigned_at, g.assignment_id";
    select(tx.connection(), narrowed, (application.into(), None)).await
}

/// The assignments of an application that are not written down as ended, locked.
pub(super) async fn open(
    tx: &mut Tx,
    application: ApplicationId,
) -> Result<Vec<Assignment>, sqlx::Error> {
    let narrowed = "g.application_id = $1 and $2::uuid is null
       and g.state not in ('decided', 'closed')
       order by g.assigned_at, g.assignment_id for update of g";
    select(tx.connection(), narrowed, (application.into(), None)).await
}

/// The assignments of a stage that are not written down as ended, locked.
pub(super) async fn open_of_stage(
    tx: &mut Tx,
    application: ApplicationId,
    stage: StageId,
) -> Result<Vec<Assignment>, sqlx::Error> {
    let narrowed = "g.application_id = $1 and g.stage_id = $2
       and g.state not in ('decided', 'closed')
       order by g.assigned_at, g.assignment_id for update of g";
    select(tx.connection(), narrowed, (application.into(), Some(stage.into()))).await
}

/// An assignment with whom it concerns, for letters about it.
#[derive(Debug)]
pub struct Concerned {
    pub assignment: Assignment,
    pub candidate: AccountId,
    pub candidate_name: String,
    pub recruiter: AccountId,
    pub manager: Option<AccountId>,
    /// What the candidate is told about why it was ended.
    pub reason: String,
    /// Its application has ended; it was ended by that.
    pub is_closed: bool,
    pub ended_with_application: bool,
}

/// For letters alone, which ask by themselves whether they still concern their recipient.
pub async fn concerned(tx: &mut Tx, id: AssignmentId) -> Result<Option<Concerned>, sqlx::Error> {
    let narrowed = "g.assignment_id = $1 and $2::uuid is null";
    let found = select(tx.connection(), narrowed, (id.into(), None)).await?.pop();
    let Some(assignment) = found else { return Ok(None) };
    let (candidate, candidate_name, recruiter, manager, reason, is_closed, ended_with_application) =
        sqlx::query_as(
            "select p.candidate_id, a.name, p.recruiter_id, p.manager_id, g.closed_reason,
           p.closed_at is not null, coalesce(g.closed_at = p.closed_at, false)
         from assignment g
         join application p using (application_id)
         join account a on a.account_id = p.candidate_id
         where g.assignment_id = $1",
        )
        .bind(id)
        .fetch_one(tx.connection())
        .await?;
    Ok(Some(Concerned {
        assignment,
        candidate,
        candidate_name,
        recruiter,
        manager,
        reason,
        is_closed,
        ended_with_application,
    }))
}

/// A stage to be given.
#[derive(Clone, Copy, Debug)]
pub struct NewAssignment {
    pub stage: StageId,
    pub level: Level,
    pub start_by: Option<Timestamp>,
}

/// Why a stage was not given.
#[derive(Debug, thiserror::Error)]
pub enum NotGiven {
    #[error("This stage is not one of this track any more; look at the page again")]
    NoStage,
    #[error("How this stage is run is not settled yet: an administrator sets its recipe")]
    NoRecipe,
    #[error(
        "This stage is done alone and needs a time limit: an administrator sets it in its recipe"
    )]
    NoLimit,
    #[error("The challenge document is not here, so there is nothing to give: {0}")]
    NoDocument(String),
    #[error("This stage is under way already")]
    UnderWay,
    #[error("This stage counts, since it was passed before; take that back first")]
    Counted,
    #[error("This application is closed")]
    Closed,
    /// What was decided in it is told at that instant; or is held.
    #[error("The candidate has not been told of a decision yet; it can be given once they are")]
    NotTold(Option<Timestamp>),
    #[error("the database refused a statement: {0}")]
    Database(#[from] sqlx::Error),
}

#[derive(FromRow)]
struct StageFacts {
    document_path: String,
    format: Option<String>,
    time_limit_minutes: Option<i32>,
    document_id: Option<DocumentId>,
    present_hash: Option<Vec<u8>>,
    time_percent: i16,
    closed: bool,
    is_under_way: bool,
    is_counted: bool,
    /// What was decided before is not told yet; when it will be, where it is not held.
    is_untold: bool,
    told_at: Option<jiff_sqlx::Timestamp>,
    panel_size: Option<i16>,
    quorum: Option<i16>,
    is_blind: Option<bool>,
    answer_within_days: Option<i16>,
    attribution: String,
    decides: Option<String>,
}

/// Gives a stage of its track to an application that the caller has locked, with the present revision of its
/// document, and tells the candidate.
pub async fn give(
    tx: &mut Tx,
    allowed: &Allowed<MayRunApplication>,
    new: NewAssignment,
    now: Timestamp,
) -> Result<AssignmentId, NotGiven> {
    let facts: Option<StageFacts> = sqlx::query_as(
        "select s.document_path, r.format, r.time_limit_minutes, d.document_id, d.present_hash,
           v.time_percent, p.closed_at is not null as closed, r.panel_size, r.quorum, r.is_blind,
           r.answer_within_days, t.attribution, r.decides,
           exists (
             select from assignment g
             where g.application_id = p.application_id and g.stage_id = s.stage_id
               and g.state not in ('decided', 'closed')
               and assignment_phase(g, $3) <> 'lapsed') as is_under_way,
           exists (
             select from counted_stage c
             where c.application_id = p.application_id and c.stage_id = s.stage_id) as is_counted,
           u.is_untold, u.told_at
         from application p
         cross join lateral (
           select count(*) > 0 as is_untold,
             case when bool_and(g.told_at is not null) then max(g.told_at) end as told_at
           from assignment g
           where g.application_id = p.application_id and g.state = 'decided'
             and (g.told_at is null or g.told_at > $3)) u
         join application_private v using (application_id)
         join track t using (track_id)
         join stage s on s.track_id = p.track_id and s.stage_id = $2 and s.retired_at is null
         left join recipe r using (stage_id)
         left join document d on d.path = s.document_path
         where p.application_id = $1",
    )
    .bind(allowed.application())
    .bind(new.stage)
    .bind(now.to_sqlx())
    .fetch_optional(tx.connection())
    .await?;
    let facts = facts.ok_or(NotGiven::NoStage)?;
    if facts.closed {
        return Err(NotGiven::Closed);
    }
    if facts.is_untold {
        return Err(NotGiven::NotTold(facts.told_at.map(jiff_sqlx::Timestamp::to_jiff)));
    }
    if facts.is_under_way {
        return Err(NotGiven::UnderWay);
    }
    if facts.is_counted {
        return Err(NotGiven::Counted);
    }
    let format = facts.format.as_deref().and_then(Format::from_code).ok_or(NotGiven::NoRecipe)?;
    let limit = facts.time_limit_minutes.filter(|_| format == Format::TakeHome);
    if format == Format::TakeHome && limit.is_none() {
        return Err(NotGiven::NoLimit);
    }
    let factor = TimeFactor::from_percent(facts.time_percent).unwrap_or_default();
    let usual = limit;
    let limit = limit.map(|minutes| factor.of(SignedDuration::from_mins(minutes.into())));
    let pinned = facts.document_id.zip(facts.present_hash);
    let (document, hash) = pinned.ok_or(NotGiven::NoDocument(facts.document_path))?;
    super::moves::settle_others(tx, allowed, new.stage, now).await?;
    let id = AssignmentId::new();
    sqlx::query(
        "insert into assignment
           (assignment_id, application_id, stage_id, format, level, document_id, content_hash,
            time_limit_minutes, usual_minutes, assigned_at, state, start_by, panel_size, quorum, is_blind,
            answer_within_days, attribution, decides)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'assigned', $11, $12, $13, $14, $15, $16, $17)",
    )
    .bind(id)
    .bind(allowed.application())
    .bind(new.stage)
    .bind(format.code())
    .bind(i16::from(new.level.number()))
    .bind(document)
    .bind(hash)
    .bind(limit.and_then(|limit| i32::try_from(limit.as_mins()).ok()))
    .bind(usual)
    .bind(now.to_sqlx())
    .bind(new.start_by.map(ToSqlx::to_sqlx))
    .bind(facts.panel_size)
    .bind(facts.quorum)
    .bind(facts.is_blind)
    .bind(facts.answer_within_days)
    .bind(facts.attribution)
    .bind(facts.decides)
    .execute(tx.connection())
    .await?;
    let event = Event::new(events::GIVEN, Actor::Person(allowed.by()));
    let event = event.about("application", allowed.application());
    record(tx, event.id("assignment", id).id("stage", new.stage), now).await?;
    emails::tell_of(tx, allowed.candidate(), emails::Told::Given, id, now).await?;
    let state = State::Assigned { start_by: new.start_by };
    emails::remind(tx, (allowed.candidate(), allowed.by()), (id, &state, &state), now).await?;
    Ok(id)
}

/// Days in which a session that did not take place is held again, where no recipe says it.
const AGAIN_WITHIN: i32 = 7;

/// Gives again what did not take place through the company's fault: the same, as it was given.
pub(super) async fn give_again(
    tx: &mut Tx,
    allowed: &Allowed<MayRunApplication>,
    before: &Assignment,
    now: Timestamp,
) -> Result<AssignmentId, sqlx::Error> {
    let days: Option<i16> =
        sqlx::query_scalar("select start_within_days from recipe where stage_id = $1")
            .bind(before.stage)
            .fetch_optional(tx.connection())
            .await?;
    let days = i64::from(days.map_or(AGAIN_WITHIN, i32::from));
    let start_by = now + SignedDuration::from_hours(24 * days);
    let id = AssignmentId::new();
    sqlx::query(
        "insert into assignment
           (assignment_id, application_id, stage_id, format, level, document_id, content_hash,
            time_limit_minutes, usual_minutes, assigned_at, state, start_by, panel_size, quorum, is_blind,
            answer_within_days, attribution)
         select $2, application_id, stage_id, format, level, document_id, content_hash,
           time_limit_minutes, usual_minutes, $3, 'assigned', $4, panel_size, quorum, is_blind,
           answer_within_days, attribution
         from assignment
         where assignment_id = $1",
    )
    .bind(before.id)
    .bind(id)
    .bind(now.to_sqlx())
    .bind(start_by.to_sqlx())
    .execute(tx.connection())
    .await?;
    let event = Event::new(events::GIVEN, Actor::Person(allowed.by()));
    let event = event.about("application", allowed.application());
    record(tx, event.id("assignment", id).id("stage", before.stage), now).await?;
    let state = State::Assigned { start_by: Some(start_by) };
    emails::remind(tx, (allowed.candidate(), allowed.by()), (id, &state, &state), now).await?;
    Ok(id)
}
