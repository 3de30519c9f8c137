//! A bucket of objects, named by their digest below the prefix, and a folder of those used lately.

use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf, Bytes};
use futures_util::TryStreamExt;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path;
use object_store::{
    ClientOptions, ObjectMeta, ObjectStore, ObjectStoreExt, RetryConfig, WriteMultipart,
};
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;
use uuid::Uuid;

use super::folder::Folder;
use super::{Digest, Error, Listed, S3, Stored, beside};
use crate::clock::{Clock, SignedDuration, Timestamp};

/// How much of what was fetched is kept at hand.
const MOST_CACHED_BYTES: u64 = 1 << 30;
/// What is sent at a time; S3 takes no less than 5 MB.
const PART_BYTES: usize = 8 << 20;
/// How old an object may be that is put again and is not sent again: it is as old as it was sent.
const FRESH: SignedDuration = SignedDuration::from_hours(1);
/// Parts on their way at once, so that memory stays bounded.
const MOST_PARTS: usize = 2;

#[derive(Debug)]
pub(super) struct Bucket {
    store: AmazonS3,
    prefix: String,
    cache: Arc<Folder>,
}

impl Bucket {
    pub(super) fn new(s3: &S3, now: Timestamp) -> Result<Self, Error> {
        // The first to be asked for in this process; another may have been before.
        let _is_there = rustls::crypto::ring::default_provider().install_default();
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(&s3.bucket)
            .with_region(&s3.region)
            .with_access_key_id(&s3.key_id)
            .with_secret_access_key(&s3.secret)
            .with_retry(patience());
        if let Some(endpoint) = &s3.endpoint {
            // Only an address of this machine may be http, see the settings.
            let options = ClientOptions::new().with_allow_http(endpoint.starts_with("http://"));
            builder = builder.with_endpoint(endpoint).with_client_options(options);
        }
        let cache = Arc::new(Folder::at(&s3.cache, now)?);
        Ok(Self { store: builder.build()?, prefix: s3.prefix.clone(), cache })
    }

    /// Into the folder first: the name is the digest, which is known at the end.
    pub(super) async fn put(&self, mut from: impl Read + Send + 'static) -> Result<Stored, Error> {
        let stored = beside(&self.cache, move |cache| cache.put(&mut from)).await?;
        if let Err(error) = self.sent(stored).await {
            beside(&self.cache, move |cache| cache.remove(stored.digest)).await?;
            return Err(error);
        }
        beside(&self.cache, |cache| cache.shrink(MOST_CACHED_BYTES)).await?;
        Ok(stored)
    }

    async fn sent(&self, stored: Stored) -> Result<(), Error> {
        match self.has(stored).await? {
            true => Ok(()),
            false => self.send(stored).await,
        }
    }

    async fn has(&self, stored: Stored) -> Result<bool, Error> {
        let found = self.head(stored.digest).await?;
        let now = Clock::System.now();
        Ok(found.is_some_and(|found| {
            found.size == stored.bytes && now.duration_since(sent_at(&found)) < FRESH
        }))
    }

    async fn head(&self, digest: Digest) -> Result<Option<ObjectMeta>, Error> {
        match self.store.head(&self.path(digest)).await {
            Ok(found) => Ok(Some(found)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    pub(super) async fn put_at(&self, digest: Digest) -> Result<Option<Timestamp>, Error> {
        Ok(self.head(digest).await?.as_ref().map(sent_at))
    }

    pub(super) async fn list(
        &self,
        after: Option<Digest>,
        before: Timestamp,
        most: usize,
    ) -> Result<Listed, Error> {
        let prefix = Path::from(self.prefix.as_str());
        let mut coming = match after {
            Some(after) => self.store.list_with_offset(Some(&prefix), &self.path(after)),
            None => self.store.list(Some(&prefix)),
        };
        let mut listed = Listed::default();
        let mut seen = 0;
        while let Some(found) = coming.try_next().await? {
            let Some(digest) = found.location.filename().and_then(Digest::named) else { continue };
            // What lies in a folder of its own is another's.
            if found.location != self.path(digest) {
                continue;
            }
            if seen == most {
                return Ok(listed);
            }
            seen += 1;
            listed.last = Some(digest);
            listed.old.extend((sent_at(&found) < before).then_some(digest));
        }
        listed.last = None;
        Ok(listed)
    }

    async fn send(&self, stored: Stored) -> Result<(), Error> {
        let opened = beside(&self.cache, move |cache| cache.open(stored.digest)).await?;
        let file = opened.ok_or_else(|| io::Error::other("it was removed meanwhile"))?;
        let path = self.path(stored.digest);
        if stored.bytes <= PART_BYTES as u64 {
            let (_, part) = part(file).await?;
            self.store.put(&path, part.into()).await?;
            return Ok(());
        }
        let upload = self.store.put_multipart(&path).await?;
        let mut writer = WriteMultipart::new_with_chunk_size(upload, PART_BYTES);
        let sent = async {
            let mut file = file;
            loop {
                writer.wait_for_capacity(MOST_PARTS).await?;
                let (rest, part) = part(file).await?;
                if part.is_empty() {
                    return Ok::<_, Error>(());
                }
                writer.put(part);
                file = rest;
            }
        };
        match sent.await {
            Ok(()) => Ok(writer.finish().await.map(drop)?),
            Err(error) => {
                let _ends_by_itself = writer.abort().await;
                Err(error)
            }
        }
    }

    /// From the folder, or fetched into it; what comes is compared with the digest either way.
    pub(super) async fn open(&self, digest: Digest) -> Result<Option<File>, Error> {
        if let Some(file) = beside(&self.cache, move |cache| cache.open(digest)).await? {
            return Ok(Some(file));
        }
        let mut coming = match self.store.get(&self.path(digest)).await {
            Ok(found) => found.into_stream(),
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let (sender, receiver) = mpsc::channel(2);
        let cache = Arc::clone(&self.cache);
        let mut arriving = Arriving { receiver, chunk: Bytes::new() };
        let put = spawn_blocking(move || cache.put(&mut arriving));
        let fetched = loop {
            match coming.try_next().await {
                Ok(Some(chunk)) => {
                    if sender.send(Some(chunk)).await.is_err() {
                        break Ok(());
                    }
                }
                Ok(None) => {
                    let _ended = sender.send(None).await;
                    break Ok(());
                }
                Err(error) => break Err(error),
            }
        };
        drop(sender);
        let put = put.await.map_err(io::Error::other)?;
        fetched?;
        let stored = put?;
        if stored.digest != digest {
            beside(&self.cache, move |cache| cache.remove(stored.digest)).await?;
            return Err(Error::Changed(digest));
        }
        let file = beside(&self.cache, move |cache| cache.open(digest)).await?;
        beside(&self.cache, |cache| cache.shrink(MOST_CACHED_BYTES)).await?;
        Ok(file)
    }

    pub(super) async fn remove(&self, digest: Digest) -> Result<(), Error> {
        match self.store.delete(&self.path(digest)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        beside(&self.cache, move |cache| cache.remove(digest)).await
    }

    pub(super) async fn try_out(&self) -> Result<(), Error> {
        beside(&self.cache, Folder::try_out).await?;
        let path = self.named(&format!("new/{}", Uuid::new_v4()));
        self.store.put(&path, "portal doctor".into()).await?;
        Ok(self.store.delete(&path).await?)
    }

    fn path(&self, digest: Digest) -> Path {
        self.named(&digest.to_string())
    }

    fn named(&self, name: &str) -> Path {
        Path::from(format!("{}/{name}", self.prefix))
    }
}

/// To the second, as S3 has it.
fn sent_at(found: &ObjectMeta) -> Timestamp {
    Timestamp::from_second(found.last_modified.timestamp()).unwrap_or(Timestamp::MAX)
}

/// Somebody waits for the answer.
fn patience() -> RetryConfig {
    let retry_timeout = Duration::from_secs(10);
    RetryConfig { max_retries: 3, retry_timeout, ..RetryConfig::default() }
}

/// The next bytes of a file, and the file.
async fn part(mut file: File) -> io::Result<(File, Bytes)> {
    let read = move || {
        let mut part = Vec::with_capacity(PART_BYTES);
        file.by_ref().take(PART_BYTES as u64).read_to_end(&mut part)?;
        Ok((file, Bytes::from(part)))
    };
    spawn_blocking(read).await.map_err(io::Error::other)?
}

/// What is being fetched, as a reader. An end that nobody announced is none.
struct Arriving {
    receiver: mpsc::Receiver<Option<Bytes>>,
    chunk: Bytes,
}

impl Read for Arriving {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.chunk.is_empty() {
            match self.receiver.blocking_recv() {
                Some(Some(chunk)) => self.chunk = chunk,
                Some(None) => return Ok(0),
                None => return Err(io::ErrorKind::UnexpectedEof.into()),
            }
        }
        let count = self.chunk.len().min(into.len());
        into[..count].copy_from_slice(&self.chunk[..count]);
        self.chunk.advance(count);
        Ok(count)
    }
}
