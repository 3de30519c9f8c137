//! Files that nothing refers to any more: replaced, removed, or refused after they were kept.
//!
//! **No row is left without its object.** Whoever writes a row that names objects takes a lock on each of them first,
//! and looks whether it is there ([`hold`]); the lock lasts until the row is committed. The sweep takes the same
//! lock alone before it removes one, and asks for rows and for the age once more under it. So either the row is there
//! when the sweep asks, or the object was gone before the row was written, and whoever writes it has put it again.

use sqlx::AssertSqlSafe;

use crate::clock::{SignedDuration, Timestamp};
use crate::db::{Db, Tx};
use crate::objects::{self, Digest, Objects};

/// Columns that name objects. A new one that is not here fails `tests/sweeping.rs`.
pub const REFERENCES: [(&str, &str); 2] = [("upload", "sent_hash"), ("upload", "kept_hash")];

/// How long something stays that nothing refers to: longer than whoever sends it needs to have it kept.
const STAYS: SignedDuration = SignedDuration::from_hours(24);
/// The most rows, and objects that are looked at, of one run.
const MOST_ROWS: i64 = 500;
const MOST_OBJECTS: usize = 1_000;

/// Why a sweep stopped.
#[derive(Debug, thiserror::Error)]
pub enum NotSwept {
    #[error("the database refused a statement")]
    Database(#[from] sqlx::Error),
    #[error(transparent)]
    Objects(#[from] objects::Error),
}

impl NotSwept {
    /// What did not answer, as a code: what is wrong may name an object.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Database(_) => "database",
            Self::Objects(_) => "objects",
        }
    }
}

/// What a sweep removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    pub rows: u64,
    pub objects: usize,
}

/// Keeps the sweep away from an object until `tx` ends; whether it is there.
pub(super) async fn hold(tx: &mut Tx, objects: &Objects, digest: Digest) -> Result<bool, NotSwept> {
    sqlx::query("select pg_advisory_xact_lock_shared($1)")
        .bind(key(digest))
        .execute(tx.connection())
        .await?;
    Ok(objects.put_at(digest).await?.is_some())
}

/// What an object is locked by. Two that share one wait for each other, and no more.
fn key(digest: Digest) -> i64 {
    let (first, _) = digest.bytes().split_at(8);
    i64::from_be_bytes(first.try_into().expect("there are eight"))
}

/// One run: rows first, then objects from `from` on, which is left where the next run goes on. Any number of
/// instances may run one at the same time.
///
/// # Errors
/// The database or the store refused something. What was removed by then is, and nothing else was touched.
pub async fn sweep(
    db: &Db,
    objects: &Objects,
    from: &mut Option<Digest>,
    now: Timestamp,
) -> Result<Swept, NotSwept> {
    let before = now - STAYS;
    let mut swept = Swept { rows: forget(db, before).await?, objects: 0 };
    let listed = objects.list(*from, before, MOST_OBJECTS).await?;
    let mut tx = db.begin_reading().await?;
    let kept = referred_to(&mut tx, &listed.old).await?;
    drop(tx);
    for digest in listed.old.into_iter().filter(|digest| !kept.contains(digest)) {
        swept.objects += usize::from(remove(db, objects, digest, before).await?);
    }
    *from = listed.last;
    Ok(swept)
}

/// Forgets files that were sent before then and that neither work nor an assessment names.
async fn forget(db: &Db, before: Timestamp) -> Result<u64, sqlx::Error> {
    let mut tx = db.begin().await?;
    let gone = sqlx::query(
        "delete from upload
         where upload_id in (
           select u.upload_id
           from upload u
           where u.received_at < $1
             and not exists (select from draft d where d.upload_id = u.upload_id)
             and not exists (select from submission m where m.upload_id = u.upload_id)
             and not exists (select from assessment a where a.upload_id = u.upload_id)
           order by u.received_at
           limit $2
           for update skip locked)",
    )
    .bind(jiff_sqlx::ToSqlx::to_sqlx(before))
    .bind(MOST_ROWS)
    .execute(tx.connection())
    .await?;
    let _gone = tx.commit().await?;
    Ok(gone.rows_affected())
}

/// Those of `digests` that a row names.
async fn referred_to(tx: &mut Tx, digests: &[Digest]) -> Result<Vec<Digest>, sqlx::Error> {
    let each = REFERENCES
        .map(|(table, column)| format!("select {column} from {table} where {column} = any($1)"));
    let hashes: Vec<&[u8]> = digests.iter().map(|digest| digest.bytes().as_slice()).collect();
    let found: Vec<Vec<u8>> = sqlx::query_scalar(AssertSqlSafe(each.join(" union ")))
        .bind(hashes)
        .fetch_all(tx.connection())
        .await?;
    Ok(found.iter().filter_map(|hash| super::uploads::digest(hash)).collect())
}

/// Removes an object that was put before then and that no row names; whether it did. One that somebody holds is left
/// to a later run.
async fn remove(
    db: &Db,
    objects: &Objects,
    digest: Digest,
    before: Timestamp,
) -> Result<bool, NotSwept> {
    let mut tx = db.begin().await?;
    let is_ours: bool = sqlx::query_scalar("select pg_try_advisory_xact_lock($1)")
        .bind(key(digest))
        .fetch_one(tx.connection())
        .await?;
    // Asked under the lock: whoever held it has committed by now.
    if !is_ours || !referred_to(&mut tx, &[digest]).await?.is_empty() {
        return Ok(false);
    }
    let is_old = objects.put_at(digest).await?.is_some_and(|at| at < before);
    if is_old {
        objects.remove(digest).await?;
    }
    Ok(is_old)
}
