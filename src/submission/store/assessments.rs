//! Assessments of outside firms: put together, handed in once, and read.

use jiff_sqlx::ToSqlx;
use sqlx::FromRow;

use super::drafts::{files, known};
use super::work;
use crate::account::store::sessions;
use crate::assignment::access::{Given, Parties};
use crate::assignment::application::Assignment;
use crate::assignment::lifecycle::settle;
use crate::assignment::model::State;
use crate::assignment::store::moves::NotMade;
use crate::assignment::store::{assignments, firms, moves, opening};
use crate::clock::Timestamp;
use crate::db::{Db, Tx};
use crate::ids::{AccountId, ApplicationId, AssignmentId, UploadId};
use crate::submission::access::{Assessing, MayAssess, MayHoldAssessments};
use crate::submission::assessment::{Assessment, Empty};
use crate::submission::emails;
use crate::submission::model::{Files, Hash};
use crate::web::allowed::{Allowed, Viewer};

/// Why an assessment was not kept, or not handed in.
#[derive(Debug, thiserror::Error)]
pub enum NotAssessed {
    #[error(
        "This was changed in another tab meanwhile; look at what is kept, then put yours in its place"
    )]
    Changed,
    #[error("This was handed in, and stays as it is")]
    HandedIn,
    #[error(
        "Somebody of the firm has begun to write it here, and hands it in themselves. Write to them if something is to \
         be added"
    )]
    OfTheFirm,
    #[error(
        "They have handed in nothing yet, and this would end the stage for them. Tick that it is meant, or wait for it"
    )]
    NothingHere,
    #[error("This stage is not with the firm now, so nothing can be handed in")]
    NotNow,
    #[error(transparent)]
    Empty(#[from] Empty),
    #[error(transparent)]
    Refused(#[from] NotMade),
}

impl From<sqlx::Error> for NotAssessed {
    fn from(error: sqlx::Error) -> Self {
        Self::Refused(error.into())
    }
}

#[derive(FromRow)]
struct FactsRow {
    application_id: ApplicationId,
    candidate_id: AccountId,
    recruiter_id: AccountId,
    manager_id: Option<AccountId>,
    firm: Option<AccountId>,
}

/// What the rule has to know of an external stage, once it is with its firm. A private read that takes no capability.
pub async fn facts(
    db: &Db,
    id: AssignmentId,
    now: Timestamp,
) -> Result<Option<Assessing>, sqlx::Error> {
    let mut tx = db.begin_reading().await?;
    facts_in(&mut tx, id, now).await
}

async fn facts_in(
    tx: &mut Tx,
    id: AssignmentId,
    now: Timestamp,
) -> Result<Option<Assessing>, sqlx::Error> {
    let row: Option<FactsRow> = sqlx::query_as(
        "select p.application_id, p.candidate_id, p.recruiter_id, p.manager_id, f.account_id as firm
         from assignment g
         join application p using (application_id)
         left join firm f on f.assignment_id = g.assignment_id
           and not exists (
             select from conflict c where c.candidate_id = p.candidate_id and c.account_id = f.account_id)
         where g.assignment_id = $1 and g.format = 'external' and p.closed_at is null
           and assignment_phase(g, $2) in ('in_progress', 'waiting', 'voting', 'opened', 'decided')",
    )
    .bind(id)
    .bind(now.to_sqlx())
    .fetch_optional(tx.connection())
    .await?;
    Ok(row.map(|row| Assessing {
        given: Given {
            assignment: id,
            parties: Parties {
                application: row.application_id,
                candidate: row.candidate_id,
                recruiter: row.recruiter_id,
                manager: row.manager_id,
            },
        },
        firm: row.firm,
    }))
}

/// A stage as whoever assesses it knows it.
pub struct Assessed {
    pub it: Assignment,
    /// The alias, or the candidate's name.
    pub who: String,
    /// As far as whoever asks reads it.
    pub assessment: Assessment,
    /// Somebody of the firm writes it, and nobody else reads it before it is handed in.
    pub is_of_the_firm: bool,
    /// When the firm's account ends, once it does.
    pub ends_at: Option<Timestamp>,
    /// Whom the firm writes to: the recruiter's name and address.
    pub recruiter: (String, String),
    /// The challenge, where it is still to be read.
    pub challenge: Option<String>,
}

pub async fn find(
    tx: &mut Tx,
    allowed: &Allowed<MayAssess>,
) -> Result<Option<Assessed>, sqlx::Error> {
    let id = allowed.assignment();
    let application = allowed.given().parties.application;
    let Some(it) = assignments::looked_at(tx, application, id).await? else { return Ok(None) };
    let knows_who = !(it.panel.is_blind && allowed.is_firm());
    let who = work::who(tx, application, knows_who).await?;
    type Row = (Option<jiff_sqlx::Timestamp>, String, String, Option<String>);
    let (ends_at, recruiter, address, challenge): Row = sqlx::query_as(
        "select a.ends_at, r.name, r.email, d.path
         from assignment g
         join application p using (application_id)
         join account r on r.account_id = p.recruiter_id
         left join firm f on f.assignment_id = g.assignment_id
         left join account a on a.account_id = f.account_id
         left join document d on d.document_id = g.document_id
         where g.assignment_id = $1",
    )
    .bind(id)
    .fetch_one(tx.connection())
    .await?;
    let mut assessment = of(tx, id).await?;
    let is_of_the_firm =
        allowed.is_of_the_firm(assessment.saved_by) && assessment.handed_in_at.is_none();
    if is_of_the_firm {
        assessment = Assessment::default();
    }
    let ends_at = ends_at.map(|at| at.to_jiff());
    let recruiter = (recruiter, address);
    Ok(Some(Assessed { it, who, assessment, is_of_the_firm, ends_at, recruiter, challenge }))
}

#[derive(FromRow)]
struct AssessmentRow {
    text: String,
    upload_id: Option<UploadId>,
    kept_hash: Option<Vec<u8>>,
    version: i32,
    saved_at: jiff_sqlx::Timestamp,
    saved_by: Option<AccountId>,
    handed_in_at: Option<jiff_sqlx::Timestamp>,
}

/// What there is of it, for whoever has asked a rule.
async fn of(tx: &mut Tx, id: AssignmentId) -> Result<Assessment, sqlx::Error> {
    let row: Option<AssessmentRow> = sqlx::query_as(
        "select s.text, s.upload_id, u.kept_hash, s.version, s.saved_at, s.saved_by,
           s.handed_in_at
         from assessment s
         left join upload u on u.upload_id = s.upload_id
         where s.assignment_id = $1",
    )
    .bind(id)
    .fetch_optional(tx.connection())
    .await?;
    Ok(row.map_or_else(Assessment::default, |row| Assessment {
        text: row.text,
        files: files(row.upload_id, row.kept_hash.as_deref()),
        version: row.version,
        saved_at: Some(row.saved_at.to_jiff()),
        saved_by: row.saved_by,
        handed_in_at: row.handed_in_at.map(jiff_sqlx::Timestamp::to_jiff),
    }))
}

/// What was handed in, for those who look at the work.
pub(in crate::submission) async fn handed_in(
    tx: &mut Tx,
    id: AssignmentId,
) -> Result<Option<Assessment>, sqlx::Error> {
    Ok(Some(of(tx, id).await?).filter(|it| it.handed_in_at.is_some()))
}

/// Holds the stage and asks the rule again.
async fn hold(
    tx: &mut Tx,
    viewer: &Viewer,
    allowed: &Allowed<MayAssess>,
    now: Timestamp,
) -> Result<(Assignment, Allowed<MayAssess>), NotAssessed> {
    let it = opening::locked(tx, allowed.given()).await?.ok_or(NotMade::Closed)?;
    let viewer = sessions::again(tx, viewer).await?;
    let facts = facts_in(tx, it.id, now).await?;
    let allowed = Allowed::<MayAssess>::ask(&viewer, &facts).ok_or(NotMade::Unknown)?;
    Ok((it, allowed))
}

/// Keeps what was put together over what was seen as `version`. The same again is kept already.
pub async fn keep(
    tx: &mut Tx,
    viewer: &Viewer,
    allowed: &Allowed<MayAssess>,
    (text, files, version): (&str, Option<Files>, i32),
    now: Timestamp,
) -> Result<(), NotAssessed> {
    let (it, allowed) = hold(tx, viewer, allowed, now).await?;
    let before = of(tx, it.id).await?;
    let same = before.version > 0 && before.text == text && before.files == files;
    if same {
        return Ok(());
    }
    if before.handed_in_at.is_some() {
        return Err(NotAssessed::HandedIn);
    }
    if allowed.is_of_the_firm(before.saved_by) {
        return Err(NotAssessed::OfTheFirm);
    }
    if before.version != version {
        return Err(NotAssessed::Changed);
    }
    sqlx::query(
        "insert into assessment as s (assignment_id, text, upload_id, saved_at, saved_by)
         values ($1, $2, $3, $4, $5)
         on conflict (assignment_id) do update
         set text = excluded.text, upload_id = excluded.upload_id, saved_at = excluded.saved_at,
           saved_by = excluded.saved_by, version = s.version + 1",
    )
    .bind(it.id)
    .bind(text)
    .bind(files.map(|files| files.upload))
    .bind(now.to_sqlx())
    .bind(allowed.by())
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Hands in what was looked at as `seen`. Where the candidate has handed in nothing yet, that `ends` the stage for
/// them, and has to be meant. The same again is the same receipt.
pub async fn hand_in(
    tx: &mut Tx,
    viewer: &Viewer,
    allowed: &Allowed<MayAssess>,
    (seen, ends): (&str, bool),
    now: Timestamp,
) -> Result<(), NotAssessed> {
    let (it, allowed) = hold(tx, viewer, allowed, now).await?;
    let assessment = of(tx, it.id).await?;
    if assessment.hash(it.level).to_string() != seen {
        return Err(NotAssessed::Changed);
    }
    if assessment.handed_in_at.is_some() {
        return Ok(());
    }
    if allowed.is_of_the_firm(assessment.saved_by) {
        return Err(NotAssessed::OfTheFirm);
    }
    match settle(it.format, it.state.clone(), now) {
        State::Submitted { .. } => {}
        State::InProgress(_) if ends => {}
        State::InProgress(_) => return Err(NotAssessed::NothingHere),
        _ => return Err(NotAssessed::NotNow),
    }
    assessment.can_be_handed_in()?;
    sqlx::query(
        "update assessment
         set handed_in_at = $2, handed_in_by = $3
         where assignment_id = $1",
    )
    .bind(it.id)
    .bind(now.to_sqlx())
    .bind(allowed.by())
    .execute(tx.connection())
    .await?;
    moves::assess(tx, (&it, allowed.given()), allowed.by(), now).await?;
    firms::let_end(tx, it.id, now).await?;
    let recruiter = allowed.given().parties.recruiter;
    emails::assessed(tx, it.id, (allowed.by(), recruiter), now).await?;
    Ok(())
}

/// What a letter about an assessment names.
pub(in crate::submission) struct Concerned {
    pub application: ApplicationId,
    pub stage: String,
    /// The alias or the name for the firm; the name for the recruiter.
    pub who: String,
    pub hash: Hash,
    pub at: Timestamp,
    /// When the account of whoever reads it ends, where it does.
    pub ends_at: Option<Timestamp>,
    pub is_recruiter: bool,
}

#[derive(FromRow)]
struct ConcernedRow {
    application_id: ApplicationId,
    title: String,
    level: i16,
    alias: String,
    name: String,
    is_blind: bool,
    is_recruiter: bool,
    ends_at: Option<jiff_sqlx::Timestamp>,
}

/// An assessment that was handed in, for its firm or the recruiter as `reader`; for letters alone.
pub(in crate::submission) async fn concerned(
    tx: &mut Tx,
    reader: AccountId,
    id: AssignmentId,
) -> Result<Option<Concerned>, sqlx::Error> {
    let row: Option<ConcernedRow> = sqlx::query_as(
        "select p.application_id, s.title, g.level, p.alias, a.name, g.is_blind,
           p.recruiter_id = $2 as is_recruiter, r.ends_at
         from assignment g
         join stage s using (stage_id)
         join application p using (application_id)
         join account a on a.account_id = p.candidate_id
         join account r on r.account_id = $2
         left join firm f on f.assignment_id = g.assignment_id
         where g.assignment_id = $1 and $2 in (p.recruiter_id, f.account_id)",
    )
    .bind(id)
    .bind(reader)
    .fetch_optional(tx.connection())
    .await?;
    let (Some(row), Some(it)) = (row, handed_in(tx, id).await?) else { return Ok(None) };
    let level = known(row.level);
    Ok(level.zip(it.handed_in_at).map(|(level, at)| Concerned {
        application: row.application_id,
        stage: row.title,
        who: if row.is_blind && !row.is_recruiter { row.alias } else { row.name },
        hash: it.hash(level),
        at,
        ends_at: row.ends_at.map(jiff_sqlx::Timestamp::to_jiff),
        is_recruiter: row.is_recruiter,
    }))
}

/// A stage that waits for the assessment of whoever asks: who it is of, what it is called, and since when.
#[derive(Debug, FromRow)]
pub struct Waiting {
    #[sqlx(rename = "assignment_id")]
    pub assignment: AssignmentId,
    pub who: String,
    pub title: String,
    asked_at: jiff_sqlx::Timestamp,
    /// What the candidate found is there to be read.
    pub is_here: bool,
}

impl Waiting {
    pub fn since(&self) -> Timestamp {
        self.asked_at.to_jiff()
    }
}

/// The stages of a firm's account that are not assessed yet, the oldest first; at most `limit`.
pub async fn waiting(
    tx: &mut Tx,
    allowed: &Allowed<MayHoldAssessments>,
    (limit, now): (i64, Timestamp),
) -> Result<Vec<Waiting>, sqlx::Error> {
    sqlx::query_as(
        "select f.assignment_id, case when g.is_blind then p.alias else a.name end as who, s.title, f.asked_at,
           -- A report may be here without anything of the candidate's.
           assignment_phase(g, $3) = 'voting' and (
             g.work_at is not null
             or exists (
               select from submission u where u.assignment_id = g.assignment_id and u.stands)) as is_here
         from firm f
         join assignment g using (assignment_id)
         join stage s using (stage_id)
         join application p using (application_id)
         join account a on a.account_id = p.candidate_id
         where f.account_id = $1 and p.closed_at is null
           and assignment_phase(g, $3) in ('in_progress', 'waiting', 'voting')
           and not exists (
             select
             from assessment o
             where o.assignment_id = f.assignment_id and o.handed_in_at is not null)
           and not exists (
             select from conflict c where c.candidate_id = p.candidate_id and c.account_id = f.account_id)
         order by f.asked_at, f.assignment_id
         limit $2",
    )
    .bind(allowed.account())
    .bind(limit)
    .bind(now.to_sqlx())
    .fetch_all(tx.connection())
    .await
}
