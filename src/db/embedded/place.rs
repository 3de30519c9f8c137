//! Where the embedded server lies, and which account runs it.

use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, lchown};
use std::path::{Path, PathBuf};

use nix::unistd::{AccessFlags, access};
use sha2::{Digest, Sha256};

use super::Error;

/// What `sun_path` holds, less the name Postgres gives its socket.
const LONGEST_SOCKET_FOLDER: usize = 107 - "/.s.PGSQL.5432.lock".len();

/// Who runs Postgres: this process's user, or `postgres` when that is root.
#[derive(Clone, Copy, Debug)]
pub(super) struct Account {
    pub(super) other: Option<(u32, u32)>,
}

impl Account {
    pub(super) fn find() -> Result<Self, Error> {
        if !nix::unistd::geteuid().is_root() {
            return Ok(Self { other: None });
        }
        let user =
            nix::unistd::User::from_name("postgres").ok().flatten().ok_or(Error::NoAccount)?;
        Ok(Self { other: Some((user.uid.as_raw(), user.gid.as_raw())) })
    }

    /// The user id of this account.
    pub(super) fn uid(&self) -> u32 {
        self.other.map_or_else(|| nix::unistd::geteuid().as_raw(), |(uid, _)| uid)
    }

    /// Gives `path` to this account.
    pub(super) fn own(&self, path: &Path) -> Result<(), Error> {
        let Some((uid, gid)) = self.other else { return Ok(()) };
        lchown(path, Some(uid), Some(gid)).map_err(|error| Error::Io {
            what: "giving a file to the account postgres",
            path: path.to_owned(),
            error,
        })
    }

    /// Whether this account may pass through `folder`.
    fn may_enter(&self, folder: &Path) -> bool {
        let (Some((uid, gid)), Ok(meta)) = (self.other, fs::metadata(folder)) else { return true };
        let mode = meta.mode();
        mode & 0o001 != 0
            || (meta.gid() == gid && mode & 0o010 != 0)
            || (meta.uid() == uid && mode & 0o100 != 0)
    }
}

/// Where things lie.
#[derive(Debug)]
pub(super) struct Folders {
    /// Locks and the log.
    pub(super) base: PathBuf,
    /// Postgres's own data.
    pub(super) cluster: PathBuf,
    pub(super) socket: PathBuf,
}

impl Folders {
    pub(super) fn prepare(data_dir: &Path, account: &Account) -> Result<Self, Error> {
        // One that is there has the mode its owner gave it.
        if !data_dir.is_dir() {
            make_folder(data_dir, 0o755)?;
        }
        let data_dir = fs::canonicalize(data_dir).map_err(|error| Error::Io {
            what: "opening the data folder",
            path: data_dir.to_owned(),
            error,
        })?;
        // pg_ctl hands the path to a shell, in double quotes.
        if data_dir.as_os_str().as_encoded_bytes().iter().any(|byte| b"\"\\$`\n".contains(byte)) {
            return Err(Error::OddFolder(data_dir));
        }
        let base = match data_dir.ancestors().find(|folder| !account.may_enter(folder)) {
            None => data_dir.join("postgres"),
            // On a disk of its own, as in a container, what lies outside might not be kept.
            Some(closed) if closed == data_dir && is_elsewhere(&data_dir) => {
                return Err(Error::NotPassable(data_dir));
            }
            Some(closed) => Self::outside(&data_dir, closed)?,
        };
        make_folder(&base, 0o700)?;
        account.own(&base)?;
        let mut socket = base.join("socket");
        if socket.as_os_str().len() > LONGEST_SOCKET_FOLDER {
            socket = std::env::temp_dir().join(format!("portal-{}", short_name(&base)));
            make_among_others(&socket, account)?;
        } else {
            make_folder(&socket, 0o700)?;
        }
        account.own(&socket)?;
        Ok(Self { cluster: base.join("cluster"), base, socket })
    }

    /// Where the database of `data_dir` lies when the account that runs it cannot pass through
    /// `closed`, as under root's own home: in `/var/lib`, with a link to it in `data_dir`.
    fn outside(data_dir: &Path, closed: &Path) -> Result<PathBuf, Error> {
        let link = data_dir.join("postgres");
        if let Ok(known) = fs::read_link(&link) {
            return Ok(known);
        }
        if link.exists() {
            return Err(Error::NotPassable(closed.to_owned()));
        }
        let base = Path::new("/var/lib").join(format!("portal-{}", short_name(data_dir)));
        let io = |error| Error::Io { what: "placing the database", path: link.clone(), error };
        make_folder(&base, 0o700)?;
        std::os::unix::fs::symlink(&base, &link).map_err(io)?;
        Ok(base)
    }
}

/// Whether `folder` is on another disk than `/var/lib`.
fn is_elsewhere(folder: &Path) -> bool {
    let device = |path: &Path| fs::metadata(path).ok().map(|found| found.dev());
    device(folder) != device(Path::new("/var/lib"))
}

/// A name for the things of `path` that have to lie elsewhere.
fn short_name(path: &Path) -> String {
    let digest = Sha256::digest(path.as_os_str().as_encoded_bytes());
    digest[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Makes a folder that only this portal enters, where anybody may make folders. One that is there has to be
/// ours: in another's, the database that answers could be another's too.
fn make_among_others(path: &Path, account: &Account) -> Result<(), Error> {
    let io = |error| Error::Io { what: "making a folder", path: path.to_owned(), error };
    match fs::DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(io(error)),
        _ => {}
    }
    let found = fs::symlink_metadata(path).map_err(io)?;
    // Root's own: a start that was killed before it gave the folder away.
    let is_ours = [account.uid(), nix::unistd::geteuid().as_raw()].contains(&found.uid());
    if !found.is_dir() || !is_ours || found.mode() & 0o077 != 0 {
        return Err(Error::NotOurs(path.to_owned()));
    }
    Ok(())
}

fn make_folder(path: &Path, mode: u32) -> Result<(), Error> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(mode)
        .create(path)
        .and_then(|()| fs::set_permissions(path, fs::Permissions::from_mode(mode)))
        .map_err(|error| Error::Unusable { path: path.to_owned(), error })
}

/// Whether the folders of `data_dir` can be read and written, or made where they are not there yet.
pub(super) fn check(data_dir: &Path) -> Result<(), Error> {
    let below = |folder| data_dir.join(folder);
    let within = [data_dir.to_owned(), below("postgres"), below("postgres/cluster")];
    let (there, missing): (Vec<&PathBuf>, Vec<&PathBuf>) =
        within.iter().partition(|folder| fs::symlink_metadata(folder).is_ok());
    let needed = AccessFlags::R_OK | AccessFlags::W_OK | AccessFlags::X_OK;
    for folder in there {
        may(folder, needed)?;
    }
    let Some(first) = missing.first() else { return Ok(()) };
    match first.ancestors().skip(1).find(|folder| fs::symlink_metadata(folder).is_ok()) {
        Some(parent) => may(parent, AccessFlags::W_OK | AccessFlags::X_OK),
        None => Ok(()),
    }
}

fn may(folder: &Path, needed: AccessFlags) -> Result<(), Error> {
    let unusable = |error: io::Error| Error::Unusable { path: folder.to_owned(), error };
    if !fs::metadata(folder).map_err(unusable)?.is_dir() {
        return Err(unusable(io::ErrorKind::NotADirectory.into()));
    }
    access(folder, needed).map_err(|errno| unusable(errno.into()))
}
