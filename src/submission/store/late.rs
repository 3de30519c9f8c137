//! What came after its time was over: kept, told to be late, and nobody's work until a recruiter takes it.

use sqlx::FromRow;

use super::drafts::known;
use super::{named, submissions, work};
use crate::assignment::access::{MayRunApplication, MayTakeAssignment};
use crate::assignment::application::Assignment;
use crate::assignment::events;
use crate::assignment::lifecycle::settle;
use crate::assignment::store::moves::{self, Made, NotMade};
use crate::audit::store::record;
use crate::audit::{Actor, Event};
use crate::clock::Timestamp;
use crate::content::model::Level;
use crate::db::Tx;
use crate::ids::{AssignmentId, SubmissionId};
use crate::submission::emails;
use crate::submission::late::minutes;
use crate::submission::model::{Contents, Hash};
use crate::submission::questions;
use crate::submission::store::drafts::{NotKept, not_open};
use crate::web::allowed::{Allowed, Viewer};

/// Something that came late.
#[derive(Clone, Copy, Debug)]
pub struct Late {
    pub level: Level,
    pub hash: Hash,
    pub at: Timestamp,
    pub minutes: i32,
    /// The recruiter has taken it: it is what is judged.
    pub is_taken: bool,
}

#[derive(FromRow)]
struct LateRow {
    submission_id: SubmissionId,
    level: i16,
    content_hash: Vec<u8>,
    handed_in_at: jiff_sqlx::Timestamp,
    late_minutes: i32,
    is_taken: bool,
}

/// What came late last, for whoever has asked a rule.
pub(in crate::submission) async fn newest(
    tx: &mut Tx,
    id: AssignmentId,
) -> Result<Option<Late>, sqlx::Error> {
    Ok(find(tx, id).await?.map(|(_, late)| late))
}

async fn find(tx: &mut Tx, id: AssignmentId) -> Result<Option<(SubmissionId, Late)>, sqlx::Error> {
    let row: Option<LateRow> = sqlx::query_as(
        "select submission_id, level, content_hash, handed_in_at, late_minutes,
           stands or replaced_at is not null as is_taken
         from submission
         where assignment_id = $1 and late_minutes is not null
         order by handed_in_at desc, submission_id desc
         limit 1",
    )
    .bind(id)
    .fetch_optional(tx.connection())
    .await?;
    Ok(row.and_then(|row| {
        let late = Late {
            level: known(row.level)?,
            hash: Hash::from_bytes(&row.content_hash)?,
            at: row.handed_in_at.to_jiff(),
            minutes: row.late_minutes,
            is_taken: row.is_taken,
        };
        Some((row.submission_id, late))
    }))
}

/// Keeps what came after the clock had run out, beside what was there in time. The same again is the same.
pub async fn keep(
    tx: &mut Tx,
    viewer: &Viewer,
    allowed: &Allowed<MayTakeAssignment>,
    contents: &Contents,
    now: Timestamp,
) -> Result<(), NotKept> {
    let (it, allowed) = moves::hold_own(tx, viewer, allowed).await?;
    let refusal = |it: &Assignment| {
        let settled = settle(it.format, it.state.clone(), now);
        NotKept::from(NotMade::Refused(not_open(it, &settled, now)))
    };
    let Some(minutes) = minutes(&it, now) else { return Err(refusal(&it)) };
    let challenge = work::challenge(tx, &it).await?;
    let asked = questions::asked_in(challenge.as_ref(), contents.level);
    let contents = contents.clone().of_level(&asked);
    let hash = contents.hash();
    let is_kept = find(tx, it.id).await?.is_some_and(|(_, late)| late.hash == hash);
    if is_kept {
        return Ok(());
    }
    // What there is nothing of, and what was there in time, is not late.
    let in_time = work::taken(tx, &it, challenge.as_ref()).await?;
    if contents.can_be_judged(it.format).is_err() || in_time.hash == hash {
        return Err(refusal(&it));
    }
    let who = named::whose(tx, it.application, &contents).await?;
    let id = submissions::write_late(tx, it.id, (&contents, hash), (&who, minutes), now).await?;
    let event = Event::new(events::CAME_LATE, Actor::Person(allowed.parties().candidate));
    let event = event.about("application", it.application).id("assignment", it.id);
    record(tx, event.number("minutes", minutes.into()), now).await?;
    emails::came_late(tx, (allowed.parties().candidate, allowed.parties().recruiter), id, now)
        .await?;
    Ok(())
}

/// Takes what came late as the work, where it is what was seen, in an application that the caller has locked.
pub async fn take(
    tx: &mut Tx,
    allowed: &Allowed<MayRunApplication>,
    (id, seen, reason): (AssignmentId, &str, &str),
    now: Timestamp,
) -> Result<Made, NotMade> {
    let found = find(tx, id).await?.filter(|(_, late)| late.hash.to_string() == seen);
    let Some((submission, late)) = found else { return Err(NotMade::Changed) };
    if late.is_taken {
        return Ok(Made::Before);
    }
    moves::open_again(tx, allowed, id, now).await?;
    sqlx::query("update submission set stands = false where assignment_id = $1 and stands")
        .bind(id)
        .execute(tx.connection())
        .await?;
    sqlx::query("update submission set stands = true where submission_id = $1")
        .bind(submission)
        .execute(tx.connection())
        .await?;
    moves::take_late(tx, allowed, (id, reason), now).await
}
