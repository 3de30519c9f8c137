//! Opens what lies beneath one folder, and nothing else, whatever is moved or linked meanwhile.

use std::fs::{self, File};
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use nix::fcntl::{OFlag, open, openat};
use nix::sys::stat::Mode;

/// A folder that is held open.
pub(super) struct Root {
    /// Its real path, symlinks worked off.
    pub(super) path: PathBuf,
    folder: OwnedFd,
}

impl Root {
    pub(super) fn open(dir: &Path) -> io::Result<Self> {
        let path = fs::canonicalize(dir)?;
        let folder = open(&path, OFlag::O_DIRECTORY | COMMON, Mode::empty())?;
        Ok(Self { path, folder })
    }

    /// The file or folder at the real path `real`, opened step by step, so that a symlink put into
    /// its way after `real` was worked out is refused. Never waits for a pipe.
    pub(super) fn reach(&self, real: &Path) -> io::Result<File> {
        let below = real.strip_prefix(&self.path).map_err(io::Error::other)?;
        let mut at = self.folder.try_clone()?;
        let mut steps = below.iter().peekable();
        while let Some(step) = steps.next() {
            let folder = if steps.peek().is_some() { OFlag::O_DIRECTORY } else { OFlag::empty() };
            at = openat(&at, step, folder | OFlag::O_NONBLOCK | COMMON, Mode::empty())?;
        }
        Ok(File::from(at))
    }
}

const COMMON: OFlag = OFlag::O_NOFOLLOW.union(OFlag::O_CLOEXEC);
