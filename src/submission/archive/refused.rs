//! Why an archive is not taken, in words for the candidate: which file it is, and what to do.

use std::fmt;
use std::io;

use super::Dropped;

/// Why an archive was not read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{0}")]
    Refused(#[from] Refused),
    /// This machine's fault, not the archive's.
    #[error("the archive cannot be read or written: {0}")]
    Machine(io::Error),
}

/// Something in an archive that keeps all of it from being taken. Paths are as [`shown`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("This is {}; pack the folder as .zip or .tar.gz", .looks_like.unwrap_or("neither a .zip nor a .tar.gz"))]
    NotAnArchive { looks_like: Option<&'static str> },
    #[error("{}", empty(*.dropped))]
    Empty { dropped: Option<Dropped> },
    #[error("This archive is larger than {}; {LEAVE_OUT}", megabytes(*.limit_bytes))]
    PackedTooBig { limit_bytes: u64 },
    #[error("There are more than {limit} files or folders in this archive; {LEAVE_OUT}")]
    TooMany { limit: usize },
    #[error("The table of contents of this archive is larger than {}; {LEAVE_OUT}, or pack it as .tar.gz", megabytes(*.limit_bytes))]
    ContentsTooBig { limit_bytes: u64 },
    #[error("Unpacked this archive is larger than {}; {LEAVE_OUT}", megabytes(*.limit_bytes))]
    TooMuch { limit_bytes: u64 },
    #[error("{path} is larger than {}; leave it out", megabytes(*.limit_bytes))]
    FileTooBig { path: String, limit_bytes: u64 },
    #[error(
        "Up to {path} this unpacks to more than {ratio} times its own size; leave out files that are all the \
         same byte"
    )]
    Bomb { path: String, ratio: u64 },
    #[error(
        "{path} is a symbolic link; put the file itself in its place (zip does, and tar with -h), or leave it \
         out"
    )]
    SymbolicLink { path: String },
    #[error(
        "{path} is a hard link to another file; put a copy in its place (tar with --hard-dereference does), \
         or leave it out"
    )]
    HardLink { path: String },
    #[error("{path} is no file but a device, a pipe or the like; leave it out")]
    Device { path: String },
    #[error("{path} is encrypted; pack the folder again without a password")]
    Encrypted { path: String },
    #[error(
        "{path} is packed as {how}, which is not read here; pack the folder with another program"
    )]
    Unsupported { path: String, how: String },
    #[error("The name {path} {why}")]
    Name { path: String, why: Name },
    #[error("{path} is in this archive twice; pack the folder again into a new file")]
    Twice { path: String },
    #[error(
        "{path} and {other} differ only in capital letters or in how accents are written, and many computers \
         keep only one of them; rename one"
    )]
    SameButForCase { path: String, other: String },
    #[error("{path} is both a file and a folder in this archive; rename one")]
    FileAndFolder { path: String },
    #[error("{path} is not as large as this archive says; pack the folder again")]
    SizeIsWrong { path: String },
    #[error(
        "Files in this archive share their bytes, or lie in its table of contents; pack the folder again"
    )]
    Overlapping,
    #[error(
        "The files of this archive are not those in its table of contents; pack the folder again"
    )]
    TwoContents,
    #[error("Something follows the end of this archive; pack the folder again into a new file")]
    MoreBehind,
    #[error("This archive is damaged or ends too early{}; pack the folder again, and see that it opens", at(.path))]
    Damaged { path: Option<String> },
}

/// What is wrong with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Name {
    #[error("is empty; pack the folder again")]
    Empty,
    #[error("begins at the top of a disk; pack the folder from inside, so that names begin in it")]
    Absolute,
    #[error("leads out of the folder by ..; pack the folder from inside")]
    Climbs,
    #[error("begins with the letter of a drive; pack the folder from inside, or rename it")]
    Drive,
    #[error(
        "has a backslash; rename it, or pack the folder with a program that writes / between folders"
    )]
    Backslash,
    #[error("has characters that cannot be seen; rename it")]
    Invisible,
    #[error("is not UTF-8; rename it, or pack the folder with a newer program")]
    NotUtf8,
    #[error("is longer than {limit} characters with its folders; shorten it")]
    Long { limit: usize },
    #[error("lies more than {limit} folders deep; move it up")]
    Deep { limit: usize },
}

const LEAVE_OUT: &str = "leave out what a build makes or downloads";

fn empty(dropped: Option<Dropped>) -> String {
    match dropped {
        None => "There is no file in this archive; pack the folder that holds your work".to_owned(),
        Some(dropped) => format!(
            "There is nothing else in this archive. {}; pack the folder that holds your work",
            dropped.sentence()
        ),
    }
}

fn at(path: &Option<String>) -> String {
    path.as_ref().map_or_else(String::new, |path| format!(" at {path}"))
}

/// As it is said of limits: whole megabytes, or bytes where a test set fewer.
fn megabytes(bytes: u64) -> String {
    match bytes >> 20 {
        0 => format!("{bytes} bytes"),
        megabytes => format!("{megabytes} MB"),
    }
}

/// The path `raw` as a sentence can hold it: what cannot be seen is spelled out, and a long one is cut.
pub(super) fn shown(raw: impl AsRef<[u8]>) -> String {
    const MOST: usize = 120;
    let text = String::from_utf8_lossy(raw.as_ref());
    let mut shown = String::new();
    for (at, c) in text.chars().enumerate() {
        if at == MOST {
            shown.push('…');
            break;
        }
        match super::tree::is_invisible(c) {
            true => shown.extend(c.escape_default()),
            false => shown.push(c),
        }
    }
    shown
}

/// Carried through decoders, which know only [`io::Error`].
#[derive(Debug)]
pub(super) enum Stop {
    Refused(Refused),
    /// The file itself could not be read.
    Machine(io::Error),
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refused) => refused.fmt(f),
            Self::Machine(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Stop {}

impl From<Stop> for io::Error {
    fn from(stop: Stop) -> Self {
        Self::other(stop)
    }
}

impl From<Refused> for io::Error {
    fn from(refused: Refused) -> Self {
        Stop::Refused(refused).into()
    }
}
