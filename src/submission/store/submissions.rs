//! What was handed in: copied once, and never changed.

use std::collections::BTreeMap;

use jiff_sqlx::ToSqlx;
use serde::{Deserialize, Serialize};
use sqlx::FromRow;
use sqlx::types::Json;

use super::work::{self, Taken};
use super::{drafts, named};
use crate::assignment::access::MayTakeAssignment;
use crate::assignment::application::Assignment;
use crate::assignment::deeds::Step;
use crate::assignment::lifecycle::settle;
use crate::assignment::model::State;
use crate::assignment::store::fixes;
use crate::assignment::store::moves::{self, Made, NotMade};
use crate::clock::Timestamp;
use crate::content::library::Reading;
use crate::content::model::Level;
use crate::db::{Tx, read_one};
use crate::ids::{AccountId, ApplicationId, AssignmentId, SubmissionId, UploadId};
use crate::submission::emails;
use crate::submission::model::{Clearing, Contents, Hash, Missing, Submission};
use crate::submission::names::Who;
use crate::submission::questions::{self, Key};
use crate::web::allowed::{Allowed, Viewer};

/// Why nothing was handed in.
#[derive(Debug, thiserror::Error)]
pub enum NotHandedIn {
    #[error(transparent)]
    Missing(#[from] Missing),
    /// What would be handed in is not what was looked at.
    #[error("This was changed meanwhile; look at it again, then hand it in")]
    Changed,
    #[error("Press one of the buttons of this page; nothing was handed in")]
    Unknown,
    #[error("Nothing in it is fixed yet: it is what you handed in before. Change it first")]
    Unchanged,
    #[error(transparent)]
    Refused(#[from] NotMade),
}

impl From<sqlx::Error> for NotHandedIn {
    fn from(error: sqlx::Error) -> Self {
        Self::Refused(error.into())
    }
}

/// An answer as the row keeps it.
#[derive(Serialize, Deserialize)]
struct Answered {
    level: i16,
    number: i16,
    text: String,
}

#[derive(FromRow)]
struct SubmissionRow {
    submission_id: SubmissionId,
    content_hash: Vec<u8>,
    level: i16,
    links: Vec<String>,
    note: String,
    answers: Json<Vec<Answered>>,
    handed_in_at: jiff_sqlx::Timestamp,
    links_are_cleared: bool,
    as_it_is: bool,
    work_is_cleared: bool,
    upload_id: Option<UploadId>,
    kept_hash: Option<Vec<u8>>,
    maker: Option<Json<Who>>,
}

impl SubmissionRow {
    fn into_submission(self) -> Option<Submission> {
        let answers: BTreeMap<_, _> = (self.answers.0.into_iter())
            .filter_map(|one| Some((drafts::key(one.level, one.number)?, one.text)))
            .collect();
        let level = drafts::known(self.level)?;
        Some(Submission {
            id: self.submission_id,
            contents: Contents {
                level,
                links: self.links,
                note: self.note,
                answers,
                files: drafts::files(self.upload_id, self.kept_hash.as_deref()),
            },
            hash: Hash::from_bytes(&self.content_hash)?,
            at: self.handed_in_at.to_jiff(),
            maker: self.maker.map(|Json(who)| who),
            clearing: Clearing {
                links: self.links_are_cleared,
                as_it_is: self.as_it_is,
                work: self.work_is_cleared,
            },
        })
    }
}

/// What the candidate hands in: what they looked at, and how a blind panel is to get it.
#[derive(Clone, Copy, Debug)]
pub struct Handing<'a> {
    /// The hash of what was looked at.
    pub seen: &'a str,
    /// With what names them still in it, once the recruiter has looked.
    pub as_it_is: bool,
}

/// Hands in what the candidate has put together for `challenge`. The same again is the same receipt.
pub async fn hand_in(
    tx: &mut Tx,
    viewer: &Viewer,
    allowed: &Allowed<MayTakeAssignment>,
    (challenge, Handing { seen, as_it_is }): (Option<&Reading>, Handing<'_>),
    now: Timestamp,
) -> Result<Made, NotHandedIn> {
    let (it, allowed) = moves::hold_own(tx, viewer, allowed).await?;
    let contents = drafts::of(tx, it.id, it.level).await?.contents;
    let asked = questions::asked_in(challenge, contents.level);
    let contents = contents.of_level(&asked);
    let hash = contents.hash();
    let fixes = it.open_fix(now).is_some();
    if fixes {
        write_down(tx, &it, now).await?;
    }
    let before = standing(tx, it.id).await?;
    if before.as_ref().is_some_and(|handed_in| handed_in.hash.to_string() == seen) {
        return if fixes { Err(NotHandedIn::Unchanged) } else { Ok(Made::Before) };
    }
    match settle(it.format, it.state.clone(), now) {
        State::InProgress(_) => {}
        _ if fixes => {}
        other => return Err(NotMade::Refused(drafts::not_open(&it, &other, now)).into()),
    }
    contents.can_be_judged(it.format)?;
    if hash.to_string() != seen {
        return Err(NotHandedIn::Changed);
    }
    let as_it_is = as_it_is && it.panel.is_blind;
    let who = named::whose(tx, it.application, &contents).await?;
    if fixes {
        set_aside(tx, it.id, now).await?;
    }
    let id = write(tx, it.id, (&contents, hash), (&who, as_it_is), now).await?;
    let candidate = allowed.parties().candidate;
    let made = match fixes {
        true => {
            fixes::hand_in(tx, &it, candidate, now).await?;
            Made::Now
        }
        false => {
            let made = moves::take(tx, viewer, &allowed, Step::Submit, now).await?;
            emails::receipt(tx, candidate, id, now).await?;
            made
        }
    };
    let clearing = Clearing { as_it_is, ..Clearing::default() };
    if it.panel.is_blind && clearing.waits(!contents.links.is_empty()) {
        emails::links_wait(tx, allowed.parties().recruiter, id, now).await?;
    }
    Ok(made)
}

/// Takes back what was handed in, while that can be done. The clock was never stopped.
pub async fn take_back(
    tx: &mut Tx,
    viewer: &Viewer,
    allowed: &Allowed<MayTakeAssignment>,
    now: Timestamp,
) -> Result<Made, NotMade> {
    moves::take(tx, viewer, allowed, Step::TakeBack, now).await
}

/// What stands no more, because something fixed takes its place.
async fn set_aside(tx: &mut Tx, id: AssignmentId, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update submission
         set stands = false, replaced_at = $2
         where assignment_id = $1 and stands",
    )
    .bind(id)
    .bind(now.to_sqlx())
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Writes down what was there when the clock handed it in, where the candidate has not: before anything of it
/// changes, or is passed on. None where that is written down, or nothing was handed in.
pub(super) async fn write_down(
    tx: &mut Tx,
    it: &Assignment,
    now: Timestamp,
) -> Result<Option<SubmissionId>, sqlx::Error> {
    let challenge = work::challenge(tx, it).await?;
    let taken = work::taken(tx, it, challenge.as_ref()).await?;
    let (Taken { contents, hash, at: None, .. }, Some(at)) = (&taken, it.handed_in_by(now)) else {
        return Ok(None);
    };
    let who = named::whose(tx, it.application, contents).await?;
    write(tx, it.id, (contents, *hash), (&who, false), at).await.map(Some)
}

pub(super) async fn write(
    tx: &mut Tx,
    id: AssignmentId,
    (contents, hash): (&Contents, Hash),
    (who, as_it_is): (&Who, bool),
    now: Timestamp,
) -> Result<SubmissionId, sqlx::Error> {
    insert(tx, id, (contents, hash), (who, as_it_is), (None, now)).await
}

async fn insert(
    tx: &mut Tx,
    id: AssignmentId,
    (contents, hash): (&Contents, Hash),
    (who, as_it_is): (&Who, bool),
    (late_minutes, now): (Option<i32>, Timestamp),
) -> Result<SubmissionId, sqlx::Error> {
    let submission = SubmissionId::new();
    let answered = |(key, text): (&Key, &String)| Answered {
        level: key.level.number().into(),
        number: key.number.into(),
        text: text.clone(),
    };
    let answers: Vec<Answered> = contents.answers.iter().map(answered).collect();
    sqlx::query(
        "insert into submission (submission_id, assignment_id, content_hash, level, links, note, answers,
           handed_in_at, upload_id, as_it_is, maker, late_minutes, stands)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12 is null)",
    )
    .bind(submission)
    .bind(id)
    .bind(hash.as_bytes())
    .bind(i16::from(contents.level.number()))
    .bind(&contents.links)
    .bind(&contents.note)
    .bind(Json(answers))
    .bind(now.to_sqlx())
    .bind(contents.files.map(|files| files.upload))
    .bind(as_it_is)
    .bind(Json(who))
    .bind(late_minutes)
    .execute(tx.connection())
    .await?;
    Ok(submission)
}

/// The same for what came late: it does not stand.
pub(super) async fn write_late(
    tx: &mut Tx,
    id: AssignmentId,
    (contents, hash): (&Contents, Hash),
    (who, minutes): (&Who, i32),
    now: Timestamp,
) -> Result<SubmissionId, sqlx::Error> {
    insert(tx, id, (contents, hash), (who, false), (Some(minutes), now)).await
}

/// What the candidate has handed in and not taken back.
pub async fn own(
    tx: &mut Tx,
    allowed: &Allowed<MayTakeAssignment>,
) -> Result<Option<Submission>, sqlx::Error> {
    standing(tx, allowed.assignment()).await
}

pub(super) async fn standing(
    tx: &mut Tx,
    id: AssignmentId,
) -> Result<Option<Submission>, sqlx::Error> {
    select(tx, id, None).await
}

/// What stood when a fix was asked for, once that was handed in.
pub(super) async fn before_fix(
    tx: &mut Tx,
    it: &Assignment,
) -> Result<Option<Submission>, sqlx::Error> {
    match it.fix.filter(|fix| fix.handed_in.is_some()) {
        Some(fix) => select(tx, it.id, Some(fix.asked_at)).await,
        None => Ok(None),
    }
}

/// What stands; or what was handed in by then, and stood until a fix took its place.
async fn select(
    tx: &mut Tx,
    id: AssignmentId,
    by: Option<Timestamp>,
) -> Result<Option<Submission>, sqlx::Error> {
    let row: Option<SubmissionRow> = sqlx::query_as(
        "select m.submission_id, m.content_hash, m.level, m.links, m.note, m.answers, m.handed_in_at,
           m.links_cleared_at is not null as links_are_cleared, m.as_it_is,
           m.work_cleared_at is not null as work_is_cleared, m.upload_id, u.kept_hash, m.maker
         from submission m
         left join upload u using (upload_id)
         where m.assignment_id = $1
           and case when $2::timestamptz is null then m.stands
             else m.replaced_at is not null and m.handed_in_at <= $2 end
         order by m.replaced_at desc nulls last, m.handed_in_at desc, m.submission_id desc
         limit 1",
    )
    .bind(id)
    .bind(by.map(ToSqlx::to_sqlx))
    .fetch_optional(tx.connection())
    .await?;
    read_one(row, SubmissionRow::into_submission)
}

/// What a receipt names.
pub(in crate::submission) struct Received {
    pub application: ApplicationId,
    pub assignment: AssignmentId,
    pub candidate: String,
    pub stage: String,
    pub level: Level,
    pub hash: Hash,
    pub at: Timestamp,
    /// Nothing of it waits for the recruiter.
    pub is_cleared: bool,
    /// By how much it was late.
    pub late_minutes: Option<i32>,
    /// Neither a fix nor what was found outside, which are final at once.
    pub can_be_taken_back: bool,
}

#[derive(FromRow)]
struct ReceivedRow {
    application_id: ApplicationId,
    assignment_id: AssignmentId,
    name: String,
    title: String,
    level: i16,
    content_hash: Vec<u8>,
    handed_in_at: jiff_sqlx::Timestamp,
    is_cleared: bool,
    late_minutes: Option<i32>,
    can_be_taken_back: bool,
}

/// What was handed in as `id` by the candidate `reader`, or in an application they look after; `None` where it was
/// taken back.
pub(in crate::submission) async fn received(
    tx: &mut Tx,
    reader: AccountId,
    id: SubmissionId,
) -> Result<Option<Received>, sqlx::Error> {
    let row: Option<ReceivedRow> = sqlx::query_as(
        "select p.application_id, u.assignment_id, a.name, s.title, u.level, u.content_hash, u.handed_in_at,
           not submission_waits(u) as is_cleared,
           u.late_minutes,
           g.format = 'take_home' and (g.fix_asked_at is null or u.handed_in_at < g.fix_asked_at)
             as can_be_taken_back
         from submission u
         join assignment g using (assignment_id)
         join application p using (application_id)
         join account a on a.account_id = p.candidate_id
         join stage s using (stage_id)
         where u.submission_id = $1 and $2 in (p.candidate_id, p.recruiter_id)
           and (u.stands or u.late_minutes is not null)",
    )
    .bind(id)
    .bind(reader)
    .fetch_optional(tx.connection())
    .await?;
    Ok(row.and_then(|row| {
        Some(Received {
            application: row.application_id,
            assignment: row.assignment_id,
            candidate: row.name,
            stage: row.title,
            level: drafts::known(row.level)?,
            hash: Hash::from_bytes(&row.content_hash)?,
            at: row.handed_in_at.to_jiff(),
            is_cleared: row.is_cleared,
            late_minutes: row.late_minutes,
            can_be_taken_back: row.can_be_taken_back,
        })
    }))
}
