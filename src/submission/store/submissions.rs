//! What was handed in: copied once, and never changed.

use std::collections::BTreeMap;

use jiff_sqlx::ToSqlx;
use serde::{Deserialize, Serialize};
use sqlx::types::Json;

use super::drafts;
use crate::assignment::access::MayTakeAssignment;
use crate::assignment::lifecycle::settle;
use crate::assignment::model::State;
use crate::assignment::store::moves::{self, Made, NotMade, Step};
use crate::clock::Timestamp;
use crate::content::library::Reading;
use crate::content::model::Level;
use crate::db::Tx;
use crate::ids::{AccountId, AssignmentId, SubmissionId};
use crate::submission::emails;
use crate::submission::model::{Contents, Hash, Missing, Submission};
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

type SubmissionRow =
    (SubmissionId, Vec<u8>, i16, Vec<String>, String, Json<Vec<Answered>>, jiff_sqlx::Timestamp);

/// Hands in what the candidate has put together for `challenge`, which they saw as `seen`. The same again is the
/// same receipt.
pub async fn hand_in(
    tx: &mut Tx,
    viewer: &Viewer,
    allowed: &Allowed<MayTakeAssignment>,
    (challenge, seen): (Option<&Reading>, &str),
    now: Timestamp,
) -> Result<Made, NotHandedIn> {
    let (it, allowed) = moves::hold(tx, viewer, allowed).await?;
    let contents = drafts::of(tx, it.id, it.level).await?.contents;
    let asked = questions::asked_in(challenge, contents.level);
    let contents = contents.of_level(&asked);
    let hash = contents.hash();
    if standing(tx, it.id).await?.is_some_and(|handed_in| handed_in.hash.to_string() == seen) {
        return Ok(Made::Before);
    }
    match settle(it.format, it.state.clone(), now) {
        State::InProgress(_) => {}
        other => return Err(NotMade::Refused(drafts::not_open(&other)).into()),
    }
    contents.can_be_judged(it.format)?;
    if hash.to_string() != seen {
        return Err(NotHandedIn::Changed);
    }
    let id = write(tx, it.id, (&contents, hash), now).await?;
    let made = moves::take(tx, viewer, &allowed, Step::Submit, now).await?;
    emails::receipt(tx, allowed.parties().candidate, id, now).await?;
    Ok(made)
}

/// Takes back what was handed in, while that can be done. The clock was never stopped.
pub async fn take_back(
    tx: &mut Tx,
    viewer: &Viewer,
    allowed: &Allowed<MayTakeAssignment>,
    now: Timestamp,
) -> Result<Made, NotMade> {
    let (it, allowed) = moves::hold(tx, viewer, allowed).await?;
    let made = moves::take(tx, viewer, &allowed, Step::TakeBack, now).await?;
    sqlx::query(
        "update submission
         set taken_back_at = $2
         where assignment_id = $1 and taken_back_at is null",
    )
    .bind(it.id)
    .bind(now.to_sqlx())
    .execute(tx.connection())
    .await?;
    Ok(made)
}

async fn write(
    tx: &mut Tx,
    id: AssignmentId,
    (contents, hash): (&Contents, Hash),
    now: Timestamp,
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
           handed_in_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(submission)
    .bind(id)
    .bind(hash.as_bytes())
    .bind(i16::from(contents.level.number()))
    .bind(&contents.links)
    .bind(&contents.note)
    .bind(Json(answers))
    .bind(now.to_sqlx())
    .execute(tx.connection())
    .await?;
    Ok(submission)
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
    let row: Option<SubmissionRow> = sqlx::query_as(
        "select submission_id, content_hash, level, links, note, answers, handed_in_at
         from submission
         where assignment_id = $1 and taken_back_at is null",
    )
    .bind(id)
    .fetch_optional(tx.connection())
    .await?;
    Ok(row.and_then(|(id, hash, level, links, note, Json(answers), at)| {
        let answers: BTreeMap<_, _> = (answers.into_iter())
            .filter_map(|one| Some((drafts::key(one.level, one.number)?, one.text)))
            .collect();
        let contents = Contents { level: drafts::known(level)?, links, note, answers };
        Some(Submission { id, contents, hash: Hash::from_bytes(&hash)?, at: at.to_jiff() })
    }))
}

/// What a receipt names.
pub(in crate::submission) struct Received {
    pub assignment: AssignmentId,
    pub stage: String,
    pub level: Level,
    pub hash: Hash,
    pub at: Timestamp,
}

/// What `candidate` has handed in as `id`; `None` where they have taken it back.
pub(in crate::submission) async fn received(
    tx: &mut Tx,
    candidate: AccountId,
    id: SubmissionId,
) -> Result<Option<Received>, sqlx::Error> {
    let row: Option<(AssignmentId, String, i16, Vec<u8>, jiff_sqlx::Timestamp)> = sqlx::query_as(
        "select u.assignment_id, s.title, u.level, u.content_hash, u.handed_in_at
         from submission u
         join assignment g using (assignment_id)
         join application p using (application_id)
         join stage s using (stage_id)
         where u.submission_id = $1 and p.candidate_id = $2 and u.taken_back_at is null",
    )
    .bind(id)
    .bind(candidate)
    .fetch_optional(tx.connection())
    .await?;
    Ok(row.and_then(|(assignment, stage, level, hash, at)| {
        let (level, hash) = (drafts::known(level)?, Hash::from_bytes(&hash)?);
        Some(Received { assignment, stage, level, hash, at: at.to_jiff() })
    }))
}
