//! Archives as candidates hand them in: `.zip` and `.tar.gz`, told apart by their first bytes. Pure.
//!
//! Every entry is streamed once and its real bytes are counted: what an archive says of its sizes is a
//! claim. [`repack`] writes what was accepted anew, so that one format is read afterwards and nothing is
//! kept that the candidate's own tools put beside the files.

mod from_tar;
mod from_zip;
mod meter;
mod refused;
mod repack;
mod tree;

use std::collections::BTreeSet;
use std::io::{self, Read, Seek, SeekFrom};

use serde::{Deserialize, Serialize};

pub use refused::{Error, Name, Refused};
pub use repack::{Kept, Packed, Packing, repack};
pub(super) use tree::is_invisible;

use meter::Source;
use refused::Stop;

/// How much an archive may hold. Pages say these before anything is handed in.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Of the file as it is handed in.
    pub packed_bytes: u64,
    /// The most files, and the most folders.
    pub entries: usize,
    pub unpacked_bytes: u64,
    /// Of each file in it.
    pub file_bytes: u64,
    /// How many times its own size an archive may unpack to, once that is more than `ratio_from_bytes`.
    pub ratio: u64,
    pub ratio_from_bytes: u64,
    pub path_chars: usize,
    /// The most folders above a file, and the file.
    pub depth: usize,
}

/// A repository without its history, and without what a build makes or downloads, is far below this.
const PACKED_BYTES: u64 = 50 << 20;
/// What a large repository has; listing and checking so many takes well under a second.
const ENTRIES: usize = 20_000;
/// Five times what may be handed in: text packs to a quarter or a fifth.
const UNPACKED_BYTES: u64 = 250 << 20;
/// One file is shown, searched and masked in memory.
const FILE_BYTES: u64 = 25 << 20;
/// The most repetitive logs reach about 50; the format itself ends at 1,032.
const RATIO: u64 = 100;
/// A small archive with one file of zeros is no bomb.
const RATIO_FROM_BYTES: u64 = 10 << 20;
/// Leaves room for a folder to unpack into where systems stop at 4,096 bytes.
const PATH_CHARS: usize = 300;
/// As deep as a content tree is read.
const DEPTH: usize = 32;

impl Limits {
    pub const USUAL: Self = Self {
        packed_bytes: PACKED_BYTES,
        entries: ENTRIES,
        unpacked_bytes: UNPACKED_BYTES,
        file_bytes: FILE_BYTES,
        ratio: RATIO,
        ratio_from_bytes: RATIO_FROM_BYTES,
        path_chars: PATH_CHARS,
        depth: DEPTH,
    };
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Zip,
    TarGz,
}

/// A file in an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// As in `src/main.rs`: relative, no `.` or `..` in it.
    pub path: String,
    pub size_bytes: u64,
    pub is_executable: bool,
}

/// What is in an archive and is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dropped {
    /// `.git`, whose history names people.
    History,
    /// What macOS puts beside files: `__MACOSX`, `.DS_Store`, `._name`.
    MacLitter,
}

impl Dropped {
    /// As rows have it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::History => "history",
            Self::MacLitter => "mac_litter",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        [Self::History, Self::MacLitter].into_iter().find(|one| one.code() == code)
    }

    /// For the candidate.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::History => "The folder .git was left out: its history would name people",
            Self::MacLitter => "What macOS adds to archives (__MACOSX, .DS_Store) was left out",
        }
    }
}

/// An archive that was read to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    pub format: Format,
    /// Every file that is taken, by path.
    pub entries: Vec<Entry>,
    pub total_bytes: u64,
    /// The one top folder that holds everything, where there is one, as in archives of GitHub's. What is
    /// kept is without it.
    pub prefix: Option<String>,
    pub dropped: BTreeSet<Dropped>,
    /// What the archive says besides its files; the kept one says nothing.
    pub said: Said,
}

impl Listing {
    /// Where the file at `path` of this archive is in the kept one.
    pub fn kept_path<'a>(&self, path: &'a str) -> &'a str {
        let below = |prefix: &String| path.strip_prefix(prefix.as_str())?.strip_prefix('/');
        self.prefix.as_ref().and_then(below).unwrap_or(path)
    }
}

/// Owners and comments, each once and the first few only: a person's machine packed them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    pub owners: BTreeSet<String>,
    pub comments: BTreeSet<String>,
}

impl Said {
    const MOST: usize = 50;
    const MOST_CHARS: usize = 200;

    fn add(to: &mut BTreeSet<String>, what: &[u8]) {
        let text = String::from_utf8_lossy(what);
        let is_seen = |c: &char| !c.is_control();
        let text: String = text.trim().chars().filter(is_seen).take(Self::MOST_CHARS).collect();
        if !text.is_empty() && to.len() < Self::MOST {
            to.insert(text);
        }
    }
}

/// What is in `file`, when all of it can be taken.
///
/// # Errors
/// The first thing that keeps it from being taken; or `file` cannot be read.
pub fn read(file: impl Read + Seek, limits: &Limits) -> Result<Listing, Error> {
    walk(file, limits, &mut |_, content| io::copy(content, &mut io::sink()).map(drop))
}

/// The bytes of the file at `path`; `None` where there is none. A `.zip` is opened at that file, a
/// `.tar.gz` is read through.
///
/// # Errors
/// As [`read`]; of a `.zip` only what its table of contents and that file show.
pub fn entry(
    file: impl Read + Seek,
    path: &str,
    limits: &Limits,
) -> Result<Option<Vec<u8>>, Error> {
    let mut source = Source::new(file, limits)?;
    match format(&mut source)? {
        Format::Zip => from_zip::entry(source, path, limits),
        Format::TarGz => from_tar::entry(source, path, limits),
    }
}

/// Takes each file that is accepted: where it lies and what is in it, in the archive's order. It has to
/// read all of it. The size is not known yet.
type Each<'a> = &'a mut dyn FnMut(&Entry, &mut dyn Read) -> io::Result<()>;

fn walk(file: impl Read + Seek, limits: &Limits, each: Each<'_>) -> Result<Listing, Error> {
    let mut source = Source::new(file, limits)?;
    let format = format(&mut source)?;
    let mut found = match format {
        Format::Zip => from_zip::walk(source, limits, each)?,
        Format::TarGz => from_tar::walk(source, limits, each)?,
    };
    if found.entries.is_empty() {
        return Err(Refused::Empty { dropped: found.dropped.first().copied() }.into());
    }
    found.entries.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(Listing {
        format,
        total_bytes: found.entries.iter().map(|entry| entry.size_bytes).sum(),
        prefix: prefix(&found.entries),
        entries: found.entries,
        dropped: found.dropped,
        said: found.said,
    })
}

/// What a walk through either format gathers.
#[derive(Default)]
struct Found {
    entries: Vec<Entry>,
    dropped: BTreeSet<Dropped>,
    said: Said,
}

fn prefix(entries: &[Entry]) -> Option<String> {
    let (top, _) = entries.first()?.path.split_once('/')?;
    let is_below = |entry: &Entry| entry.path.split_once('/').is_some_and(|(it, _)| it == top);
    entries.iter().all(is_below).then(|| top.to_owned())
}

/// By the first bytes; a name can say anything.
fn format<R: Read + Seek>(source: &mut Source<R>) -> Result<Format, Error> {
    let mut head = Vec::new();
    source.by_ref().take(512).read_to_end(&mut head)?;
    source.seek(SeekFrom::Start(0))?;
    let is_tar = head.get(257..262) == Some(b"ustar");
    let starts = |with: &[u8]| head.starts_with(with);
    let looks_like = match () {
        () if starts(b"PK\x03\x04") || starts(b"PK\x05\x06") => return Ok(Format::Zip),
        () if starts(b"\x1f\x8b") => return Ok(Format::TarGz),
        () if starts(b"7z\xbc\xaf\x27\x1c") => Some("a 7-Zip archive"),
        () if starts(b"Rar!") => Some("a RAR archive"),
        () if starts(b"BZh") => Some("packed with bzip2"),
        () if starts(b"\xfd7zXZ\0") => Some("packed with xz"),
        () if starts(b"\x28\xb5\x2f\xfd") => Some("packed with zstd"),
        () if starts(b"%PDF-") => Some("a PDF"),
        () if head.is_empty() => Some("an empty file"),
        () if is_tar => Some("a .tar that is not compressed"),
        () => None,
    };
    Err(Refused::NotAnArchive { looks_like }.into())
}

impl From<io::Error> for Error {
    /// What stopped the reading, where it was wrapped on its way through a decoder; else a broken machine.
    fn from(error: io::Error) -> Self {
        match error.downcast::<Stop>() {
            Ok(Stop::Refused(refused)) => Self::Refused(refused),
            Ok(Stop::Machine(error)) | Err(error) => Self::Machine(error),
        }
    }
}
