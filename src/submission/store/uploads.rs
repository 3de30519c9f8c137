//! Files that candidates sent: kept in the object store first, then known to the database.

use std::fs::File;
use std::io::{self, Seek};

use jiff_sqlx::ToSqlx;
use sqlx::FromRow;
use sqlx::types::Json;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use super::sweep::{self, NotSwept};
use crate::clock::Timestamp;
use crate::content::import::settings::Format;
use crate::db::{Tx, read_one};
use crate::ids::{AssignmentId, UploadId};
use crate::objects::{self, Objects, Stored};
use crate::submission::archive::{self, Dropped, Limits, Listing, Refused, Said};
use crate::submission::model::Upload;
use crate::submission::reports;
use crate::web::error::Failure;
use crate::web::upload::Received;

/// How many archives are read at once; each takes a processor for a second or two.
static AT_ONCE: Semaphore = Semaphore::const_new(2);

/// Why a file is not kept.
#[derive(Debug, thiserror::Error)]
pub enum NotStored {
    #[error("{0}")]
    Refused(#[from] Refused),
    #[error("this is no PDF")]
    NoPdf,
    #[error(transparent)]
    Objects(#[from] objects::Error),
    #[error(transparent)]
    Machine(#[from] io::Error),
    #[error("the database refused a statement: {0}")]
    Database(#[from] sqlx::Error),
}

impl From<NotSwept> for NotStored {
    fn from(error: NotSwept) -> Self {
        match error {
            NotSwept::Database(error) => Self::Database(error),
            NotSwept::Objects(error) => Self::Objects(error),
        }
    }
}

/// What is wrong with the file is said beside it before.
impl From<NotStored> for Failure {
    fn from(error: NotStored) -> Self {
        match error {
            NotStored::Database(error) => error.into(),
            other => Self::Broken(Box::new(other)),
        }
    }
}

impl From<archive::Error> for NotStored {
    fn from(error: archive::Error) -> Self {
        match error {
            archive::Error::Refused(refused) => Self::Refused(refused),
            archive::Error::Machine(error) => Self::Machine(error),
        }
    }
}

/// A file that is in the object store, as it was sent and as it is kept, and that no row speaks of yet.
#[derive(Debug)]
pub struct Ready {
    objects: Objects,
    name: String,
    sent: Held,
    kept: Held,
    listing: Listing,
}

/// An object, and the file it was made of.
#[derive(Debug)]
struct Held {
    stored: Stored,
    file: File,
}

impl Held {
    async fn put(objects: &Objects, mut file: File) -> Result<Self, NotStored> {
        file.rewind()?;
        let stored = objects.put(file.try_clone()?).await?;
        Ok(Self { stored, file })
    }

    /// Sees to it that the object is there when `tx` is committed. Where it was swept meanwhile it is put again.
    async fn hold(&self, tx: &mut Tx, objects: &Objects) -> Result<(), NotStored> {
        if !sweep::hold(tx, objects, self.stored.digest).await? {
            Self::put(objects, self.file.try_clone()?).await?;
        }
        Ok(())
    }
}

/// Does `work` off the threads that answer requests, not too much of it at once.
pub(in crate::submission) async fn beside<
    T: Send + 'static,
    E: From<io::Error> + Send + 'static,
>(
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, E> {
    let turn = AT_ONCE.acquire().await.map_err(io::Error::other)?;
    // Whoever asked may have gone; the work goes on, and has its turn as long as it does.
    let work = move || {
        let _turn = turn;
        work()
    };
    spawn_blocking(work).await.map_err(io::Error::other)?
}

/// Reads what was sent with distrust, and keeps it twice: as it came, for the candidate, and written anew, for
/// everybody. For a stage of a firm's it may be one PDF.
///
/// # Errors
/// It is nothing that can be handed in, with what to do; or it cannot be kept now.
pub async fn store(
    objects: &Objects,
    received: Received,
    format: Format,
) -> Result<Ready, NotStored> {
    let Received { name, mut file, is_too_large, .. } = received;
    if is_too_large {
        return Err(Refused::PackedTooBig { limit_bytes: Limits::USUAL.packed_bytes }.into());
    }
    let read = beside(move || -> Result<_, NotStored> {
        let mut kept = tempfile::tempfile()?;
        let listing = match format == Format::External && reports::is_one(&mut file)? {
            true => reports::pack(&mut file, &mut kept)?,
            false => {
                let scratch = tempfile::tempfile()?;
                archive::repack(&file, &Limits::USUAL, scratch, &mut kept)?.listing
            }
        };
        Ok((file, kept, listing))
    });
    let (file, kept, listing) = read.await?;
    let (sent, kept) = (Held::put(objects, file).await?, Held::put(objects, kept).await?);
    Ok(Ready { objects: objects.clone(), name, sent, kept, listing })
}

/// The same of one PDF, and of nothing else.
///
/// # Errors
/// It is none, or too large; or it cannot be kept now.
pub async fn store_report(objects: &Objects, received: Received) -> Result<Ready, NotStored> {
    let Received { name, mut file, is_too_large, .. } = received;
    if is_too_large {
        return Err(Refused::PackedTooBig { limit_bytes: Limits::USUAL.file_bytes }.into());
    }
    let read = beside(move || -> Result<_, NotStored> {
        if !reports::is_one(&mut file)? {
            return Err(NotStored::NoPdf);
        }
        let mut kept = tempfile::tempfile()?;
        let listing = reports::pack(&mut file, &mut kept)?;
        Ok((file, kept, listing))
    });
    let (file, kept, listing) = read.await?;
    let (sent, kept) = (Held::put(objects, file).await?, Held::put(objects, kept).await?);
    Ok(Ready { objects: objects.clone(), name, sent, kept, listing })
}

/// Tells the database of files that are kept of an assignment, for whoever has asked its rule.
///
/// # Errors
/// The database refuses it, or they were swept meanwhile and cannot be kept again.
pub async fn note(
    tx: &mut Tx,
    assignment: AssignmentId,
    ready: &Ready,
    now: Timestamp,
) -> Result<Upload, NotStored> {
    let Ready { objects, name, sent, kept, listing } = ready;
    sent.hold(tx, objects).await?;
    kept.hold(tx, objects).await?;
    let (sent, kept) = (sent.stored, kept.stored);
    let upload = Upload {
        id: UploadId::new(),
        name: if name.is_empty() { "file".to_owned() } else { name.clone() },
        sent: sent.digest,
        sent_bytes: sent.bytes,
        kept: kept.digest,
        file_count: listing.entries.len(),
        unpacked_bytes: listing.total_bytes,
        left_out: listing.dropped.iter().copied().collect(),
        at: now,
    };
    let left_out: Vec<&str> = upload.left_out.iter().map(|dropped| dropped.code()).collect();
    sqlx::query(
        "insert into upload (upload_id, assignment_id, file_name, sent_hash, sent_bytes, kept_hash, file_count,
           unpacked_bytes, left_out, said, received_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(upload.id)
    .bind(assignment)
    .bind(&upload.name)
    .bind(upload.sent.bytes())
    .bind(i64::try_from(upload.sent_bytes).unwrap_or(i64::MAX))
    .bind(upload.kept.bytes())
    .bind(i32::try_from(upload.file_count).unwrap_or(i32::MAX))
    .bind(i64::try_from(upload.unpacked_bytes).unwrap_or(i64::MAX))
    .bind(&left_out)
    .bind(Json(&listing.said))
    .bind(now.to_sqlx())
    .execute(tx.connection())
    .await?;
    Ok(upload)
}

#[derive(FromRow)]
struct UploadRow {
    upload_id: UploadId,
    file_name: String,
    sent_hash: Vec<u8>,
    sent_bytes: i64,
    kept_hash: Vec<u8>,
    file_count: i32,
    unpacked_bytes: i64,
    left_out: Vec<String>,
    received_at: jiff_sqlx::Timestamp,
}

impl UploadRow {
    fn into_upload(self) -> Option<Upload> {
        Some(Upload {
            id: self.upload_id,
            name: self.file_name,
            sent: digest(&self.sent_hash)?,
            sent_bytes: self.sent_bytes.try_into().ok()?,
            kept: digest(&self.kept_hash)?,
            file_count: self.file_count.try_into().ok()?,
            unpacked_bytes: self.unpacked_bytes.try_into().ok()?,
            left_out: self.left_out.iter().filter_map(|code| Dropped::from_code(code)).collect(),
            at: self.received_at.to_jiff(),
        })
    }
}

pub(super) fn digest(bytes: &[u8]) -> Option<objects::Digest> {
    bytes.try_into().ok().map(objects::Digest::new)
}

/// What is known of files of an assignment, for whoever has asked its rule.
pub(in crate::submission) async fn find(
    tx: &mut Tx,
    assignment: AssignmentId,
    id: UploadId,
) -> Result<Option<Upload>, sqlx::Error> {
    let row: Option<UploadRow> = sqlx::query_as(
        "select upload_id, file_name, sent_hash, sent_bytes, kept_hash, file_count, unpacked_bytes, left_out,
           received_at
         from upload
         where assignment_id = $1 and upload_id = $2",
    )
    .bind(assignment)
    .bind(id)
    .fetch_optional(tx.connection())
    .await?;
    read_one(row, UploadRow::into_upload)
}

/// What the archive said besides its files.
pub(super) async fn said(tx: &mut Tx, id: UploadId) -> Result<Said, sqlx::Error> {
    let said: Option<Json<Said>> =
        sqlx::query_scalar("select said from upload where upload_id = $1")
            .bind(id)
            .fetch_optional(tx.connection())
            .await?;
    Ok(said.map(|Json(said)| said).unwrap_or_default())
}
