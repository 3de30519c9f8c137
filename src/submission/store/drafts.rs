//! What a candidate is putting together: saved as typed, while the clock runs.

use std::collections::BTreeMap;

use jiff_sqlx::ToSqlx;
use sqlx::FromRow;
use sqlx::types::Json;

use super::{named, submissions, uploads};
use crate::assignment::access::MayTakeAssignment;
use crate::assignment::application::Assignment;
use crate::assignment::deeds::Step;
use crate::assignment::lifecycle::{Refusal, settle};
use crate::assignment::model::State;
use crate::assignment::store::moves::{self, Made, NotMade};
use crate::clock::Timestamp;
use crate::content::model::Level;
use crate::db::Tx;
use crate::ids::{AssignmentId, UploadId};
use crate::submission::model::{Contents, Draft, Files};
use crate::submission::names::Who;
use crate::submission::questions::Key;
use crate::web::allowed::{Allowed, Viewer};

/// Why what was typed was not kept.
#[derive(Debug, thiserror::Error)]
pub enum NotKept {
    /// It was saved from another tab meanwhile.
    #[error(
        "This was changed in another tab meanwhile. What you typed here is below, what is kept stands beside \
         it; put them together and save again"
    )]
    Changed,
    #[error(transparent)]
    Refused(#[from] NotMade),
}

impl From<sqlx::Error> for NotKept {
    fn from(error: sqlx::Error) -> Self {
        Self::Refused(error.into())
    }
}

#[derive(FromRow)]
struct DraftRow {
    level: i16,
    links: Vec<String>,
    note: String,
    saved_at: jiff_sqlx::Timestamp,
    version: i32,
    upload_id: Option<UploadId>,
    kept_hash: Option<Vec<u8>>,
    maker: Option<Json<Who>>,
}

/// What is kept of the assignment that may be taken; empty at its level where nothing was saved yet.
pub async fn find(
    tx: &mut Tx,
    allowed: &Allowed<MayTakeAssignment>,
    target: Level,
) -> Result<Draft, sqlx::Error> {
    of(tx, allowed.assignment(), target).await
}

/// The same for whoever has asked another rule.
pub(super) async fn of(tx: &mut Tx, id: AssignmentId, target: Level) -> Result<Draft, sqlx::Error> {
    let row: Option<DraftRow> = sqlx::query_as(
        "select d.level, d.links, d.note, d.saved_at, d.version, d.upload_id, u.kept_hash, d.maker
         from draft d
         left join upload u using (upload_id)
         where d.assignment_id = $1",
    )
    .bind(id)
    .fetch_optional(tx.connection())
    .await?;
    let Some(row) = row else {
        return Ok(Draft {
            contents: Contents::empty(target),
            version: 0,
            saved_at: None,
            maker: None,
        });
    };
    let contents = Contents {
        level: known(row.level).unwrap_or(target),
        links: row.links,
        note: row.note,
        answers: answers(tx, id).await?,
        files: files(row.upload_id, row.kept_hash.as_deref()),
    };
    Ok(Draft {
        contents,
        version: row.version,
        saved_at: Some(row.saved_at.to_jiff()),
        maker: row.maker.map(|Json(who)| who),
    })
}

pub(super) fn files(upload: Option<UploadId>, kept: Option<&[u8]>) -> Option<Files> {
    Some(Files { upload: upload?, kept: uploads::digest(kept?)? })
}

pub(super) fn known(level: i16) -> Option<Level> {
    u8::try_from(level).ok().and_then(Level::new)
}

pub(super) fn key(level: i16, number: i16) -> Option<Key> {
    Some(Key { level: known(level)?, number: number.try_into().ok()? })
}

async fn answers(tx: &mut Tx, id: AssignmentId) -> Result<BTreeMap<Key, String>, sqlx::Error> {
    let rows: Vec<(i16, i16, String)> = sqlx::query_as(
        "select level, number, text
         from answer
         where assignment_id = $1
         order by level, number",
    )
    .bind(id)
    .fetch_all(tx.connection())
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|(level, number, text)| Some((key(level, number)?, text)))
        .collect())
}

/// Keeps `contents` in place of what was seen as `version`, while the clock runs or a fix is wanted. From when on
/// there is work that can be judged, that is taken when the clock runs out; once there is none any more, nothing is.
/// Gives the version it is kept as.
pub async fn keep(
    tx: &mut Tx,
    viewer: &Viewer,
    allowed: &Allowed<MayTakeAssignment>,
    (contents, version): (&Contents, i32),
    now: Timestamp,
) -> Result<i32, NotKept> {
    let (it, allowed) = moves::hold_own(tx, viewer, allowed).await?;
    let run = match settle(it.format, it.state.clone(), now) {
        State::InProgress(run) => Some(run),
        _ if it.open_fix(now).is_some() => None,
        other => return Err(NotMade::Refused(not_open(&it, &other, now)).into()),
    };
    let before = of(tx, it.id, it.level).await?;
    if before.contents == *contents && before.version > 0 {
        return Ok(before.version);
    }
    if before.version != version {
        return Err(NotKept::Changed);
    }
    let Some(run) = run else {
        // What is fixed stays as it was handed in.
        submissions::write_down(tx, &it, now).await?;
        write(tx, &it, contents, now).await?;
        return Ok(version + 1);
    };
    write(tx, &it, contents, now).await?;
    match (run.work_at.is_some(), contents.can_be_judged(it.format).is_ok()) {
        (false, true) => moves::take(tx, viewer, &allowed, Step::Receive, now).await?,
        (true, false) => moves::take(tx, viewer, &allowed, Step::Discard, now).await?,
        _ => Made::Before,
    };
    Ok(version + 1)
}

/// Why nothing can be put together in a state.
pub(super) fn not_open(it: &Assignment, settled: &State, now: Timestamp) -> Refusal {
    match settled {
        State::Submitted { .. } | State::Opened { .. }
            if it.fix.is_some_and(|fix| fix.is_missed(now)) =>
        {
            Refusal::FixOver
        }
        State::Assigned { .. } => Refusal::NotStarted,
        State::Submitted { .. } => Refusal::Final,
        State::Opened { .. } => Refusal::Opened,
        State::Closed { .. } => Refusal::TooLate,
        State::InProgress(_) | State::Decided { .. } => Refusal::Ended,
    }
}

async fn write(
    tx: &mut Tx,
    it: &Assignment,
    contents: &Contents,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let maker = named::whose(tx, it.application, contents).await?;
    sqlx::query(
        "insert into draft as d (assignment_id, level, links, note, saved_at, upload_id, maker)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (assignment_id) do update
         set level = excluded.level, links = excluded.links, note = excluded.note,
           saved_at = excluded.saved_at, upload_id = excluded.upload_id, maker = excluded.maker,
           version = d.version + 1",
    )
    .bind(it.id)
    .bind(i16::from(contents.level.number()))
    .bind(&contents.links)
    .bind(&contents.note)
    .bind(now.to_sqlx())
    .bind(contents.files.map(|files| files.upload))
    .bind(Json(maker))
    .execute(tx.connection())
    .await?;
    sqlx::query("delete from answer where assignment_id = $1")
        .bind(it.id)
        .execute(tx.connection())
        .await?;
    let levels: Vec<i16> = contents.answers.keys().map(|key| key.level.number().into()).collect();
    let numbers: Vec<i16> = contents.answers.keys().map(|key| key.number.into()).collect();
    let texts: Vec<&str> = contents.answers.values().map(String::as_str).collect();
    sqlx::query(
        "insert into answer (assignment_id, level, number, text)
         select $1, level, number, text
         from unnest($2::smallint[], $3::smallint[], $4::text[]) as a (level, number, text)",
    )
    .bind(it.id)
    .bind(&levels)
    .bind(&numbers)
    .bind(&texts)
    .execute(tx.connection())
    .await?;
    Ok(())
}
