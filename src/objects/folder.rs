//! A folder of objects: `ab/cdef…` by their digest, and `new/` for what is being written.

use std::collections::HashMap;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};

use sha2::Digest as _;
use sha2::Sha256;
use uuid::Uuid;

use super::{Digest, Error, Listed, Stored};
use crate::clock::{SignedDuration, Timestamp};

/// What is being written. No digest is this short, so that nothing in it is ever opened as an object.
const NEW: &str = "new";
/// No put takes as long.
const ABANDONED: SignedDuration = SignedDuration::from_hours(24);
/// How many files are remembered as checked.
const MOST_CHECKED: usize = 4_096;

#[derive(Debug)]
pub(super) struct Folder {
    root: PathBuf,
    /// Files whose bytes were compared with their digest, and what they looked like then.
    checked: Mutex<HashMap<Digest, Look>>,
}

/// Changes with whatever is done to a file.
#[derive(Debug, PartialEq, Eq)]
struct Look {
    inode: u64,
    bytes: u64,
    changed: (i64, i64),
}

impl Look {
    fn at(file: &File) -> io::Result<Self> {
        let found = file.metadata()?;
        let changed = (found.ctime(), found.ctime_nsec());
        Ok(Self { inode: found.ino(), bytes: found.size(), changed })
    }
}

impl Folder {
    pub(super) fn at(root: &Path, now: Timestamp) -> io::Result<Self> {
        let new = root.join(NEW);
        DirBuilder::new().recursive(true).mode(0o700).create(&new)?;
        sync(root)?;
        root.parent().map_or(Ok(()), sync)?;
        for left in fs::read_dir(&new)?.flatten() {
            let written = left.metadata()?.mtime();
            if written < (now - ABANDONED).as_second() {
                let _another_cleared_it = fs::remove_file(left.path());
            }
        }
        Ok(Self { root: root.to_owned(), checked: Mutex::default() })
    }

    /// Written whole and to the disk under a name of its own first.
    pub(super) fn put(&self, from: &mut dyn Read) -> Result<Stored, Error> {
        let (fresh, mut file) = self.fresh()?;
        let put = hashed(from, |block| file.write_all(block)).and_then(|stored| {
            file.sync_all()?;
            self.keep(&fresh, stored.digest)?;
            Ok(stored)
        });
        if put.is_err() {
            let _already_gone = fs::remove_file(&fresh);
        }
        Ok(put?)
    }

    fn fresh(&self) -> io::Result<(PathBuf, File)> {
        let path = self.root.join(NEW).join(Uuid::new_v4().to_string());
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        Ok((path, file))
    }

    /// Moves what lies at `fresh` in place. Over the same object where it is kept already: what happened to
    /// that one on the disk is made good.
    fn keep(&self, fresh: &Path, digest: Digest) -> io::Result<()> {
        let path = self.path(digest);
        let folder = path.parent().expect("an object lies in a folder");
        match DirBuilder::new().mode(0o700).create(folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            // Whoever made it may have been stopped before it was on the disk.
            _ => sync(&self.root)?,
        }
        fs::rename(fresh, &path)?;
        sync(folder)
    }

    /// Compares all of it with its digest, at the first time and whenever it changed since.
    pub(super) fn open(&self, digest: Digest) -> Result<Option<File>, Error> {
        let mut file = match File::open(self.path(digest)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            opened => opened?,
        };
        let look = Look::at(&file)?;
        if self.checked().get(&digest) == Some(&look) {
            return Ok(Some(file));
        }
        if hashed(&mut file, |_| Ok(()))?.digest != digest {
            return Err(Error::Changed(digest));
        }
        file.rewind()?;
        let mut checked = self.checked();
        if checked.len() >= MOST_CHECKED {
            checked.clear();
        }
        checked.insert(digest, look);
        Ok(Some(file))
    }

    fn checked(&self) -> MutexGuard<'_, HashMap<Digest, Look>> {
        self.checked.lock().expect("nobody panics with it")
    }

    pub(super) fn remove(&self, digest: Digest) -> Result<(), Error> {
        self.checked().remove(&digest);
        let path = self.path(digest);
        match fs::remove_file(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            removed => removed?,
        }
        let folder = path.parent().expect("an object lies in a folder");
        Ok(sync(folder)?)
    }

    pub(super) fn put_at(&self, digest: Digest) -> Result<Option<Timestamp>, Error> {
        match fs::metadata(self.path(digest)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            found => Ok(Some(written(&found?)?)),
        }
    }

    pub(super) fn list(
        &self,
        after: Option<Digest>,
        before: Timestamp,
        most: usize,
    ) -> Result<Listed, Error> {
        let mut listed = Listed::default();
        let mut seen = 0;
        for folder in names(&self.root)?.into_iter().filter(|name| name != NEW) {
            let digest = |file: String| Digest::named(&format!("{folder}{file}"));
            let found = names(&self.root.join(&folder))?.into_iter().filter_map(digest);
            for digest in found.filter(|digest| after.is_none_or(|after| *digest > after)) {
                // Another may have removed it meanwhile.
                let Some(at) = self.put_at(digest)? else { continue };
                if seen == most {
                    return Ok(listed);
                }
                seen += 1;
                listed.last = Some(digest);
                listed.old.extend((at < before).then_some(digest));
            }
        }
        listed.last = None;
        Ok(listed)
    }

    pub(super) fn try_out(&self) -> Result<(), Error> {
        let (path, mut file) = self.fresh()?;
        let written = file.write_all(b"portal doctor").and_then(|()| file.sync_all());
        fs::remove_file(path)?;
        Ok(written?)
    }

    /// Removes what was put longest ago until no more than `most_bytes` are left.
    #[cfg(feature = "s3")]
    pub(super) fn shrink(&self, most_bytes: u64) -> Result<(), Error> {
        let mut files = Vec::new();
        for folder in fs::read_dir(&self.root)?.flatten() {
            if folder.file_name() == NEW {
                continue;
            }
            for file in fs::read_dir(folder.path())?.flatten() {
                // Another may have removed it meanwhile.
                let Ok(found) = file.metadata() else { continue };
                files.push((found.mtime(), found.mtime_nsec(), found.size(), file.path()));
            }
        }
        files.sort();
        let mut bytes: u64 = files.iter().map(|(_, _, size, _)| size).sum();
        for (_, _, size, path) in files {
            if bytes <= most_bytes {
                break;
            }
            let _removed_by_another = fs::remove_file(path);
            bytes -= size;
        }
        Ok(())
    }

    fn path(&self, digest: Digest) -> PathBuf {
        let name = digest.to_string();
        let (folder, file) = name.split_at(2);
        self.root.join(folder).join(file)
    }
}

/// What is in a folder, in the order of names.
fn names(folder: &Path) -> io::Result<Vec<String>> {
    let entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    let names = entries.into_iter().filter_map(|entry| entry.file_name().into_string().ok());
    let mut names: Vec<String> = names.collect();
    names.sort();
    Ok(names)
}

/// When a file was written.
fn written(found: &fs::Metadata) -> io::Result<Timestamp> {
    let nanoseconds = i32::try_from(found.mtime_nsec()).unwrap_or_default();
    Timestamp::new(found.mtime(), nanoseconds).map_err(io::Error::other)
}

/// Hands on everything `from` gives, and says what it was.
fn hashed(
    from: &mut dyn Read,
    mut hand_on: impl FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<Stored> {
    let mut digest = Sha256::new();
    let (mut block, mut bytes) = (vec![0; 128 << 10], 0);
    loop {
        let count = match from.read(&mut block) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        digest.update(&block[..count]);
        hand_on(&block[..count])?;
        bytes += count as u64;
    }
    Ok(Stored { digest: Digest::new(digest.finalize().into()), bytes })
}

fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
