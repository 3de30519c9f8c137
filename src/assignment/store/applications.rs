//! Applications as those see them to whom they belong.

use sqlx::{AssertSqlSafe, FromRow};

use super::needs::NeedsRow;
use crate::account::store::sessions;
use crate::assignment::access::{MaySeeApplication, MayTakePart, Parties};
use crate::assignment::application::{Application, Closed, OwnApplication, Recruiter};
use crate::assignment::closing::Ending;
use crate::assignment::needs::Needs;
use crate::content::model::Level;
use crate::db::{Db, Tx, read_one};
use crate::ids::{AccountId, ApplicationId, StageId, TrackId};
use crate::web::allowed::{Allowed, Capability};
use crate::web::viewer::Viewer;

#[derive(FromRow)]
struct PartiesRow {
    application_id: ApplicationId,
    candidate_id: AccountId,
    recruiter_id: AccountId,
    manager_id: Option<AccountId>,
}

impl From<PartiesRow> for Parties {
    fn from(row: PartiesRow) -> Self {
        Self {
            application: row.application_id,
            candidate: row.candidate_id,
            recruiter: row.recruiter_id,
            manager: row.manager_id,
        }
    }
}

/// What the rules have to know of an application. The one private read that takes no capability.
pub async fn facts(db: &Db, id: ApplicationId) -> Result<Option<Parties>, sqlx::Error> {
    let row: Option<PartiesRow> = sqlx::query_as(
        "select application_id, candidate_id, recruiter_id, manager_id
         from application
         where application_id = $1",
    )
    .bind(id)
    .fetch_optional(db.pool())
    .await?;
    Ok(row.map(Parties::from))
}

/// Asks the rule again with the application locked until `tx` ends: whose it is, and what they may, can
/// change meanwhile.
pub async fn locked<C: Capability<Facts = Parties>>(
    tx: &mut Tx,
    viewer: &Viewer,
    id: ApplicationId,
) -> Result<Option<Allowed<C>>, sqlx::Error> {
    let row: Option<PartiesRow> = sqlx::query_as(
        "select application_id, candidate_id, recruiter_id, manager_id
         from application
         where application_id = $1
         for update",
    )
    .bind(id)
    .fetch_optional(tx.connection())
    .await?;
    let viewer = sessions::again(tx, viewer).await?;
    Ok(row.and_then(|row| Allowed::ask(&viewer, &row.into())))
}

#[derive(FromRow)]
pub(super) struct ApplicationRow {
    application_id: ApplicationId,
    candidate_id: AccountId,
    name: String,
    email: String,
    zone: String,
    is_here: bool,
    track_id: TrackId,
    target_level: i16,
    recruiter_id: AccountId,
    manager_id: Option<AccountId>,
    alias: String,
    source: String,
    created_at: jiff_sqlx::Timestamp,
    #[sqlx(rename = "application_closed_at")]
    closed_at: Option<jiff_sqlx::Timestamp>,
    #[sqlx(rename = "application_closed_why")]
    closed_why: Option<String>,
    #[sqlx(rename = "application_closed_reason")]
    closed_reason: String,
}

/// The columns of an application `p` and its candidate's account `a`.
pub(super) const COLUMNS: &str = "p.application_id, p.candidate_id, a.name, a.email, a.zone,
   a.accepted_at is not null as is_here, p.track_id, p.target_level, p.recruiter_id, p.manager_id,
   p.alias, p.source, p.created_at, p.closed_at as application_closed_at,
   p.closed_why as application_closed_why, p.closed_reason as application_closed_reason";

pub(super) fn level(number: i16) -> Option<Level> {
    u8::try_from(number).ok().and_then(Level::new)
}

impl ApplicationRow {
    pub(super) fn into_application(self) -> Option<Application> {
        Some(Application {
            id: self.application_id,
            candidate: self.candidate_id,
            name: self.name,
            email: self.email,
            zone: self.zone,
            is_here: self.is_here,
            track: self.track_id,
            level: level(self.target_level)?,
            recruiter: self.recruiter_id,
            manager: self.manager_id,
            alias: self.alias,
            source: self.source,
            created_at: self.created_at.to_jiff(),
            closed: self.closed_at.map(|at| Closed {
                at: at.to_jiff(),
                why: self.closed_why.as_deref().and_then(Ending::from_code),
                reason: self.closed_reason,
            }),
        })
    }
}

/// One application with its candidate.
pub async fn find(
    tx: &mut Tx,
    allowed: &Allowed<MaySeeApplication>,
) -> Result<Option<Application>, sqlx::Error> {
    let statement = format!(
        "select {COLUMNS}
         from application p
         join account a on a.account_id = p.candidate_id
         where p.application_id = $1"
    );
    let row: Option<ApplicationRow> = sqlx::query_as(AssertSqlSafe(statement))
        .bind(allowed.application())
        .fetch_optional(tx.connection())
        .await?;
    read_one(row, ApplicationRow::into_application)
}

/// What the recruiter alone knows of an application: their note, and what the candidate needs and said. Nothing
/// for anybody else.
pub async fn private(
    tx: &mut Tx,
    allowed: &Allowed<MaySeeApplication>,
) -> Result<Option<(String, Needs)>, sqlx::Error> {
    #[derive(FromRow)]
    struct Row {
        note: String,
        #[sqlx(flatten)]
        needs: NeedsRow,
    }
    if !allowed.runs_it() {
        return Ok(None);
    }
    let row: Option<Row> = sqlx::query_as(
        "select note, time_percent, needs, knows, employers
         from application_private
         where application_id = $1",
    )
    .bind(allowed.application())
    .fetch_optional(tx.connection())
    .await?;
    Ok(row.map(|row| (row.note, row.needs.into())))
}

/// An application with whom it concerns, for letters about it.
#[derive(Debug, FromRow)]
pub struct Concerned {
    #[sqlx(rename = "application_id")]
    pub application: ApplicationId,
    #[sqlx(rename = "candidate_id")]
    pub candidate: AccountId,
    #[sqlx(rename = "recruiter_id")]
    pub recruiter: AccountId,
    #[sqlx(rename = "manager_id")]
    pub manager: Option<AccountId>,
    pub candidate_name: String,
    pub track: String,
    pub is_closed: bool,
    /// What the candidate is told about why it was closed.
    #[sqlx(rename = "closed_reason")]
    pub reason: String,
}

/// For letters alone, which ask by themselves whether they still concern their recipient.
pub(in crate::assignment) async fn concerned(
    tx: &mut Tx,
    id: ApplicationId,
) -> Result<Option<Concerned>, sqlx::Error> {
    sqlx::query_as(
        "select p.application_id, p.candidate_id, p.recruiter_id, p.manager_id, a.name as candidate_name,
           case t.audience when '' then t.focus else t.audience end as track,
           p.closed_at is not null as is_closed, p.closed_reason
         from application p
         join account a on a.account_id = p.candidate_id
         join track t using (track_id)
         where p.application_id = $1",
    )
    .bind(id)
    .fetch_optional(tx.connection())
    .await
}

/// Working days in which the company answers, where no recipe says it.
const ANSWER_WITHIN: i16 = 5;

/// A stage of an application's track as it stands in the overview, given or not.
#[derive(Debug, FromRow)]
struct OwnRow {
    application_id: ApplicationId,
    created_at: jiff_sqlx::Timestamp,
    closed_at: Option<jiff_sqlx::Timestamp>,
    closed_reason: String,
    track: String,
    slug: Option<String>,
    recruiter_name: String,
    recruiter_email: String,
    stage_id: Option<StageId>,
    title: Option<String>,
    answer_within_days: i16,
}

/// The open and past applications of whoever asks, the newest first, each with the stages of its track.
pub async fn own(
    tx: &mut Tx,
    allowed: &Allowed<MayTakePart>,
) -> Result<Vec<OwnApplication>, sqlx::Error> {
    let rows: Vec<OwnRow> = sqlx::query_as(
        "select p.application_id, p.created_at, p.closed_at, p.closed_reason,
           case t.audience when '' then t.focus else t.audience end as track,
           case when t.retired_at is null then t.slug end as slug, a.name as recruiter_name,
           a.email as recruiter_email, s.stage_id, s.title,
           coalesce(r.answer_within_days, $2) as answer_within_days
         from application p
         join track t using (track_id)
         join account a on a.account_id = p.recruiter_id
         left join stage s on s.track_id = p.track_id and s.retired_at is null
         left join recipe r on r.stage_id = s.stage_id
         where p.candidate_id = $1
         order by p.created_at desc, p.application_id desc, s.position, s.stage_id",
    )
    .bind(allowed.candidate())
    .bind(ANSWER_WITHIN)
    .fetch_all(tx.connection())
    .await?;
    let mut own: Vec<OwnApplication> = Vec::new();
    for row in rows {
        if own.last().is_none_or(|last| last.id != row.application_id) {
            own.push(OwnApplication {
                id: row.application_id,
                track: row.track,
                slug: row.slug,
                recruiter: Recruiter { name: row.recruiter_name, email: row.recruiter_email },
                created_at: row.created_at.to_jiff(),
                closed: row.closed_at.map(|at| (at.to_jiff(), row.closed_reason)),
                stages: Vec::new(),
            });
        }
        let days = row.answer_within_days.try_into().unwrap_or_default();
        let stage = row.stage_id.zip(row.title).map(|(stage, title)| (stage, title, days));
        own.last_mut().into_iter().for_each(|last| last.stages.extend(stage.clone()));
    }
    Ok(own)
}
