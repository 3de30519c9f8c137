//! Snapshots, each kept once and known by the SHA-256 of its bytes.
//!
//! What [`Objects::put`] answered for outlives this machine's next moment; what it did not answer for is
//! nowhere. This kit knows no room: who may read what is asked by those who keep the digests.

mod folder;
mod place;
#[cfg(feature = "s3")]
mod s3;

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;

use tokio::task::spawn_blocking;

use crate::clock::Timestamp;
pub use place::{Place, S3};

use folder::Folder;
#[cfg(feature = "s3")]
use s3::Bucket;

/// The SHA-256 of an object's bytes, by which it is found.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    pub const fn new(sha256: [u8; 32]) -> Self {
        Self(sha256)
    }

    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// One as an object is named by it.
    fn named(name: &str) -> Option<Self> {
        let is_one = name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
        let byte = |at: usize| u8::from_str_radix(name.get(2 * at..2 * at + 2)?, 16).ok();
        let mut bytes = [0; 32];
        for (at, it) in bytes.iter_mut().enumerate().filter(|_| is_one) {
            *it = byte(at)?;
        }
        is_one.then_some(Self(bytes))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

/// What was kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stored {
    pub digest: Digest,
    pub bytes: u64,
}

/// Some of the objects, in the order of their digests.
#[derive(Debug, Default)]
pub struct Listed {
    /// Those of them that were put before the asked time.
    pub old: Vec<Digest>,
    /// The last that was looked at, where others come after it.
    pub last: Option<Digest>,
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("the object {0} is not what was kept")]
    Changed(Digest),
    #[cfg(feature = "s3")]
    #[error("{0}")]
    Remote(#[from] object_store::Error),
}

/// Where objects are kept. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Objects(Kept);

#[derive(Clone, Debug)]
enum Kept {
    Here(Arc<Folder>),
    #[cfg(feature = "s3")]
    There(Arc<Bucket>),
}

impl Objects {
    /// Makes the folder where there is none, and clears away what puts that never ended left before `now`.
    ///
    /// # Errors
    /// The folder cannot be made or read; or the settings fit no bucket.
    pub fn at(place: &Place, now: Timestamp) -> Result<Self, Error> {
        Ok(Self(match place {
            Place::Folder(root) => Kept::Here(Arc::new(Folder::at(root, now)?)),
            #[cfg(feature = "s3")]
            Place::S3(s3) => Kept::There(Arc::new(Bucket::new(s3, now)?)),
            #[cfg(not(feature = "s3"))]
            Place::S3(_) => return Err(io::Error::other(Place::NO_S3).into()),
        }))
    }

    /// Keeps everything `from` gives. The same bytes twice are one object, which is as old as the last time.
    ///
    /// # Errors
    /// `from` cannot be read, or what it gives cannot be written; then nothing is kept.
    pub async fn put(&self, mut from: impl Read + Send + 'static) -> Result<Stored, Error> {
        match &self.0 {
            Kept::Here(folder) => beside(folder, move |folder| folder.put(&mut from)).await,
            #[cfg(feature = "s3")]
            Kept::There(bucket) => bucket.put(from).await,
        }
    }

    /// The object from its beginning, to be read anywhere in; `None` where it was never put, or was removed.
    ///
    /// # Errors
    /// It cannot be read, or its bytes are no longer those that were put.
    pub async fn open(&self, digest: Digest) -> Result<Option<File>, Error> {
        match &self.0 {
            Kept::Here(folder) => beside(folder, move |folder| folder.open(digest)).await,
            #[cfg(feature = "s3")]
            Kept::There(bucket) => bucket.open(digest).await,
        }
    }

    /// Removes the object, if it is there. Whoever has it open reads on.
    ///
    /// # Errors
    /// It is still there.
    pub async fn remove(&self, digest: Digest) -> Result<(), Error> {
        match &self.0 {
            Kept::Here(folder) => beside(folder, move |folder| folder.remove(digest)).await,
            #[cfg(feature = "s3")]
            Kept::There(bucket) => bucket.remove(digest).await,
        }
    }

    /// At most `most` of the objects after one, or from the first on, and which of them were put before then.
    ///
    /// # Errors
    /// They cannot be listed.
    pub async fn list(
        &self,
        after: Option<Digest>,
        before: Timestamp,
        most: usize,
    ) -> Result<Listed, Error> {
        match &self.0 {
            Kept::Here(folder) => {
                beside(folder, move |folder| folder.list(after, before, most)).await
            }
            #[cfg(feature = "s3")]
            Kept::There(bucket) => bucket.list(after, before, most).await,
        }
    }

    /// When an object was put last; `None` where it is not there.
    ///
    /// # Errors
    /// It cannot be asked for.
    pub async fn put_at(&self, digest: Digest) -> Result<Option<Timestamp>, Error> {
        match &self.0 {
            Kept::Here(folder) => beside(folder, move |folder| folder.put_at(digest)).await,
            #[cfg(feature = "s3")]
            Kept::There(bucket) => bucket.put_at(digest).await,
        }
    }

    /// Whether an object could be kept now: writes one under a name that is never opened, and removes it.
    ///
    /// # Errors
    /// It could not.
    pub async fn try_out(&self) -> Result<(), Error> {
        match &self.0 {
            Kept::Here(folder) => beside(folder, Folder::try_out).await,
            #[cfg(feature = "s3")]
            Kept::There(bucket) => bucket.try_out().await,
        }
    }
}

/// Does `work` on a folder, off the threads that answer requests.
async fn beside<T: Send + 'static>(
    folder: &Arc<Folder>,
    work: impl FnOnce(&Folder) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let folder = Arc::clone(folder);
    spawn_blocking(move || work(&folder)).await.map_err(io::Error::other)?
}
