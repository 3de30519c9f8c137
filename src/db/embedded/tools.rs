//! Finding Postgres's programs, and running them as the right account.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Error;
use super::place::Account;

/// The Postgres programs.
#[derive(Debug)]
pub(super) struct Tools {
    bin: PathBuf,
}

impl Tools {
    /// The newest version installed, or the one the data in `cluster` was made by.
    pub(super) fn find(named: Option<&Path>, cluster: &Path) -> Result<Self, Error> {
        let mut candidates: Vec<(u32, PathBuf)> = match named {
            Some(bin) => vec![bin.to_owned()],
            None => places(),
        }
        .into_iter()
        .filter_map(|bin| Some((major_of(&bin)?, bin)))
        .collect();
        candidates.sort();
        if let Ok(major) = fs::read_to_string(cluster.join("PG_VERSION")) {
            let major = major.trim().to_owned();
            candidates.retain(|(candidate, _)| candidate.to_string() == major);
            if candidates.is_empty() {
                return Err(Error::WrongMajor { folder: cluster.to_owned(), major });
            }
        }
        candidates.pop().map(|(_, bin)| Self { bin }).ok_or(Error::NotInstalled)
    }

    /// `tool`, to be run as `account`, with nothing of this process's `PG*` environment.
    pub(super) fn command(&self, tool: &str, account: &Account) -> Command {
        let mut command = Command::new(self.bin.join(tool));
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("PG") {
                command.env_remove(name);
            }
        }
        command.current_dir("/").env("LC_ALL", "C.UTF-8");
        if let Some((uid, gid)) = account.other {
            command.uid(uid).gid(gid);
        }
        command
    }
}

/// Folders in which Postgres programs are usually found.
fn places() -> Vec<PathBuf> {
    let on_path = std::env::var_os("PATH").unwrap_or_default();
    let mut places: Vec<PathBuf> = std::env::split_paths(&on_path).collect();
    for (parent, below) in [
        ("/usr/lib/postgresql", "bin"),
        ("/usr/local/opt", "bin"),
        ("/opt/homebrew/opt", "bin"),
        ("/Applications/Postgres.app/Contents/Versions", "bin"),
    ] {
        let entries = fs::read_dir(parent).into_iter().flatten().flatten();
        places.extend(entries.map(|entry| entry.path().join(below)));
    }
    places.push("/usr/pgsql/bin".into());
    places
}

/// The major version of the programs in `bin`, if all that are needed are there.
fn major_of(bin: &Path) -> Option<u32> {
    if !["initdb", "postgres", "pg_ctl"].iter().all(|tool| bin.join(tool).exists()) {
        return None;
    }
    let output = Command::new(bin.join("postgres")).arg("--version").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let number =
        text.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    number.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}
