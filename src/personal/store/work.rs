//! What a candidate put together and handed in, and the files of it.

use std::collections::HashMap;

use sqlx::FromRow;
use sqlx::types::Json;

use super::who::At;
use crate::db::Tx;
use crate::ids::{AssignmentId, UploadId};
use crate::objects::Digest;
use crate::personal::access::MayTakeOwnData;
use crate::personal::model::{Answer, Draft, HandedIn, SentFile, path_of};
use crate::web::allowed::Allowed;

/// The work of every stage that has some.
#[derive(Default)]
pub(super) struct Work {
    pub drafts: HashMap<AssignmentId, Draft>,
    /// The oldest first.
    pub handed_in: HashMap<AssignmentId, Vec<HandedIn>>,
}

#[derive(FromRow)]
struct FileRow {
    upload_id: UploadId,
    file_name: String,
    sent_hash: Vec<u8>,
    sent_bytes: i64,
    received_at: At,
}

#[derive(FromRow)]
struct DraftRow {
    assignment_id: AssignmentId,
    saved_at: At,
    level: i16,
    links: Vec<String>,
    note: String,
    answers: Json<Vec<Answer>>,
    upload_id: Option<UploadId>,
}

#[derive(FromRow)]
struct HandedInRow {
    assignment_id: AssignmentId,
    handed_in_at: At,
    content_hash: Vec<u8>,
    level: i16,
    links: Vec<String>,
    note: String,
    answers: Json<Vec<Answer>>,
    upload_id: Option<UploadId>,
    late_minutes: Option<i32>,
    stands: bool,
    as_it_is: bool,
}

pub(super) async fn find(tx: &mut Tx, own: &Allowed<MayTakeOwnData>) -> Result<Work, sqlx::Error> {
    let files = files(tx, own).await?;
    let file = |id: Option<UploadId>| id.and_then(|id| files.get(&id).cloned());
    let drafts: Vec<DraftRow> = sqlx::query_as(
        "select d.assignment_id, d.saved_at, d.level, d.links, d.note, d.upload_id,
           (
             select coalesce(
               jsonb_agg(jsonb_build_object('level', a.level, 'number', a.number, 'text', a.text)
                 order by a.level, a.number),
               '[]')
             from answer a
             where a.assignment_id = d.assignment_id) as answers
         from draft d
         join assignment g using (assignment_id)
         join application p using (application_id)
         where p.candidate_id = $1",
    )
    .bind(own.candidate())
    .fetch_all(tx.connection())
    .await?;
    let mut work = Work::default();
    for row in drafts {
        let draft = Draft {
            saved_at: row.saved_at.to_jiff(),
            level: row.level,
            links: row.links,
            note: row.note,
            answers: row.answers.0,
            file: file(row.upload_id),
        };
        work.drafts.insert(row.assignment_id, draft);
    }
    let handed_in: Vec<HandedInRow> = sqlx::query_as(
        "select m.assignment_id, m.handed_in_at, m.content_hash, m.level, m.links, m.note, m.answers, m.upload_id,
           m.late_minutes, m.stands, m.as_it_is
         from submission m
         join assignment g using (assignment_id)
         join application p using (application_id)
         where p.candidate_id = $1
         order by m.handed_in_at, m.submission_id",
    )
    .bind(own.candidate())
    .fetch_all(tx.connection())
    .await?;
    for row in handed_in {
        let handed_in = HandedIn {
            at: row.handed_in_at.to_jiff(),
            receipt: hex(&row.content_hash),
            level: row.level,
            links: row.links,
            note: row.note,
            answers: row.answers.0,
            file: file(row.upload_id),
            late_minutes: row.late_minutes,
            stands: row.stands,
            as_it_is: row.as_it_is,
        };
        work.handed_in.entry(row.assignment_id).or_default().push(handed_in);
    }
    Ok(work)
}

/// The files of what was put together or handed in, in the order in which they were sent. What a firm sent is not
/// among them.
async fn files(
    tx: &mut Tx,
    own: &Allowed<MayTakeOwnData>,
) -> Result<HashMap<UploadId, SentFile>, sqlx::Error> {
    let rows: Vec<FileRow> = sqlx::query_as(
        "select u.upload_id, u.file_name, u.sent_hash, u.sent_bytes, u.received_at
         from upload u
         join assignment g using (assignment_id)
         join application p using (application_id)
         where p.candidate_id = $1
           and (exists (select from draft d where d.upload_id = u.upload_id)
             or exists (select from submission m where m.upload_id = u.upload_id))
         order by u.received_at, u.upload_id",
    )
    .bind(own.candidate())
    .fetch_all(tx.connection())
    .await?;
    let file = |(at, row): (usize, FileRow)| {
        let sha256 = row.sent_hash.try_into().ok().map(Digest::new)?;
        let path = path_of(at + 1, &row.file_name);
        let (name, bytes) = (row.file_name, row.sent_bytes.try_into().unwrap_or_default());
        let sent_at = row.received_at.to_jiff();
        Some((row.upload_id, SentFile { name, path, sha256, bytes, sent_at }))
    };
    Ok(rows.into_iter().enumerate().filter_map(file).collect())
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
