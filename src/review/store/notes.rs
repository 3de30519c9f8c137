//! What a member keeps for themselves while they read: row security shows it to nobody else, whatever is asked
//! here.

use std::collections::BTreeMap;

use jiff_sqlx::ToSqlx;
use serde::{Deserialize, Serialize};
use sqlx::FromRow;
use sqlx::types::Json;

use super::votes::act_for;
use crate::assignment::store::opening::locked;
use crate::clock::Timestamp;
use crate::content::model::Level;
use crate::db::Tx;
use crate::review::access::MayKeepNotes;
use crate::review::checklist::{Check, Kept, Mark, Notes};
use crate::submission::questions::Key;
use crate::submission::store::work;
use crate::web::allowed::{Allowed, Viewer};

/// What is kept beside a requirement, as the row has it.
#[derive(Serialize, Deserialize)]
struct Checked {
    level: u8,
    number: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    mark: Option<String>,
    line: String,
}

impl Checked {
    fn of((key, check): (&Key, &Check)) -> Self {
        Self {
            level: key.level.number(),
            number: key.number,
            mark: check.mark.map(|mark| mark.code().to_owned()),
            line: check.line.clone(),
        }
    }

    fn into_check(self) -> Option<(Key, Check)> {
        let key = Key { level: Level::new(self.level)?, number: self.number };
        let mark = self.mark.as_deref().and_then(Mark::from_code);
        Some((key, Check { mark, line: self.line }))
    }
}

#[derive(FromRow)]
struct NotesRow {
    text: String,
    checks: Json<Vec<Checked>>,
    saved_at: jiff_sqlx::Timestamp,
    version: i32,
}

/// What whoever asks has kept; empty where that is nothing yet.
pub async fn find(tx: &mut Tx, allowed: &Allowed<MayKeepNotes>) -> Result<Kept, sqlx::Error> {
    act_for(tx, allowed.account()).await?;
    let row: Option<NotesRow> = sqlx::query_as(
        "select text, checks, saved_at, version
         from review_note
         where member_id = $1",
    )
    .bind(allowed.member())
    .fetch_optional(tx.connection())
    .await?;
    let Some(row) = row else { return Ok(Kept::default()) };
    let checks: BTreeMap<_, _> = row.checks.0.into_iter().filter_map(Checked::into_check).collect();
    let notes = Notes { text: row.text, checks };
    Ok(Kept { notes, version: row.version, saved_at: Some(row.saved_at.to_jiff()) })
}

/// Why what was typed was not kept.
#[derive(Debug, thiserror::Error)]
pub enum NotKept {
    #[error("You do not look at this work any more")]
    Gone,
    #[error("This application is closed")]
    Closed,
    /// It was kept from another tab meanwhile.
    #[error(
        "This was changed in another tab meanwhile. What you typed here is below, what is kept stands above it; \
         put them together and save again"
    )]
    Changed,
    #[error("the database refused a statement: {0}")]
    Database(#[from] sqlx::Error),
}

/// Keeps `notes` in place of what was seen as `version`, and gives the version they are kept as. The same again is
/// no change. Nothing else is written: that somebody notes something is their own affair.
pub async fn keep(
    tx: &mut Tx,
    viewer: &Viewer,
    asked: &Allowed<MayKeepNotes>,
    (notes, version): (&Notes, i32),
    now: Timestamp,
) -> Result<i32, NotKept> {
    locked(tx, asked.given()).await?.ok_or(NotKept::Closed)?;
    let seat = (asked.assignment(), asked.account());
    let allowed: Option<Allowed<MayKeepNotes>> = work::again(tx, viewer, seat, now).await?;
    let allowed = allowed.ok_or(NotKept::Gone)?;
    let before = find(tx, &allowed).await?;
    if before.notes == *notes {
        return Ok(before.version);
    }
    if before.version != version {
        return Err(NotKept::Changed);
    }
    let checks: Vec<Checked> = notes.checks.iter().map(Checked::of).collect();
    let version = sqlx::query_scalar(
        "insert into review_note as n (member_id, assignment_id, author_id, text, checks, saved_at)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (member_id) do update
         set text = excluded.text, checks = excluded.checks, saved_at = excluded.saved_at,
           version = n.version + 1
         returning version",
    )
    .bind(allowed.member())
    .bind(allowed.assignment())
    .bind(allowed.account())
    .bind(&notes.text)
    .bind(Json(checks))
    .bind(now.to_sqlx())
    .fetch_one(tx.connection())
    .await?;
    Ok(version)
}
