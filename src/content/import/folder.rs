//! Reads a folder from disk into a [`Tree`], and writes nothing there.

use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use nix::dir::Dir;
use unicode_normalization::UnicodeNormalization;

use super::beneath::Root;
use crate::content::model::{DocPath, Document, Finding, Kind, Refused, Tree};

/// The most documents one tree may hold.
const MOST_DOCUMENTS: usize = 20_000;
/// The most files and folders that are looked at, each as often as symlinks lead to it.
const MOST_ENTRIES: usize = 100_000;
/// The most bytes of all documents: each is held in memory.
const MOST_BYTES: u64 = 512 << 20;
/// The deepest folder that is read.
const DEEPEST: usize = 32;

/// The tree in `dir`: every Markdown, PDF and image file and `content.toml`. Files and folders
/// whose name begins with a dot, and files of other kinds, are passed over. A symlink is followed
/// as long as it stays inside `dir`.
///
/// # Errors
/// All problems found, each with its file: a folder that cannot be read, a file over its size
/// limit or not UTF-8 (with the line), a symlink that leaves the tree or dangles, folders that
/// contain themselves, a name that cannot stand in an address or stands there twice, more of
/// anything than a tree may have.
pub fn read(dir: &Path) -> Result<Tree, Refused> {
    let refuse = |message: String| Refused::because(Finding::new(dir.display(), 0, message));
    if dir.is_file() {
        return Err(refuse("this is a file; a content tree is a folder".to_owned()));
    }
    let root = Root::open(dir)
        .map_err(|error| refuse(format!("this folder cannot be read: {}", in_words(&error))))?;
    let real = root.path.clone();
    let mut walk = Walk { root, documents: Vec::new(), problems: Vec::new(), entries: 0, bytes: 0 };
    walk.folder(&real, &DocPath::root(), &mut vec![real.clone()]);
    if let Some(message) = walk.too_much() {
        walk.problems.push(Finding::new(dir.display(), 0, message));
    }
    if !walk.problems.is_empty() {
        return Err(Refused(walk.problems));
    }
    if walk.documents.is_empty() {
        return Err(refuse(
            "there is no Markdown, PDF or image file here: is this the right folder?".to_owned(),
        ));
    }
    Ok(Tree::new(walk.documents))
}

struct Walk {
    root: Root,
    documents: Vec<Document>,
    problems: Vec<Finding>,
    entries: usize,
    bytes: u64,
}

impl Walk {
    fn problem(&mut self, path: &DocPath, line: u32, message: impl Into<String>) {
        self.problems.push(Finding::new(path, line, message));
    }

    /// What there is more of than a tree may have.
    fn too_much(&self) -> Option<String> {
        let what = if self.documents.len() > MOST_DOCUMENTS {
            format!("more than {MOST_DOCUMENTS} documents")
        } else if self.entries > MOST_ENTRIES {
            format!("more than {MOST_ENTRIES} files and folders")
        } else if self.bytes > MOST_BYTES {
            format!("more than {} of documents", in_mib(MOST_BYTES))
        } else {
            return None;
        };
        Some(format!("{what}: is this the right folder?"))
    }

    /// Reads the folder `at`, known in the tree as `path`. `above` are the real folders that lead
    /// here, by which a folder that contains itself is noticed.
    fn folder(&mut self, at: &Path, path: &DocPath, above: &mut Vec<PathBuf>) {
        let names = match self.names(at) {
            Ok(names) => names,
            Err(error) => {
                return self.problem(path, 0, format!("cannot be read: {}", in_words(&error)));
            }
        };
        let mut spelled = HashSet::new();
        for name in names {
            self.entries += 1;
            if self.too_much().is_some() {
                return;
            }
            let Some(text) = name.to_str() else {
                self.problem(path, 0, format!("the name {name:?} is not UTF-8; rename it"));
                continue;
            };
            if text.starts_with('.') {
                continue;
            }
            let text: String = text.nfc().collect();
            if text.chars().any(|c| c.is_control() || c == '\\') || text.contains("?level=") {
                self.problem(
                    path,
                    0,
                    format!("the name {text:?} cannot stand in an address; rename it"),
                );
                continue;
            }
            let path = path.child(&text);
            if path.as_str().len() > DocPath::LONGEST {
                let message = format!("this path is longer than {} bytes", DocPath::LONGEST);
                self.problem(&path, 0, message);
                continue;
            }
            if !spelled.insert(text) {
                let message = "two names here read the same and differ only in how their accents \
                               are written; rename one";
                self.problem(&path, 0, message);
                continue;
            }
            self.entry(&at.join(name), &path, above);
        }
    }

    /// The names in the folder `at`, sorted.
    fn names(&self, at: &Path) -> io::Result<Vec<OsString>> {
        let mut folder = Dir::from_fd(self.root.reach(at)?.into())?;
        let mut names = Vec::new();
        for entry in folder.iter() {
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            if !matches!(name, b"." | b"..") {
                names.push(OsStr::from_bytes(name).to_owned());
            }
        }
        names.sort();
        Ok(names)
    }

    fn entry(&mut self, at: &Path, path: &DocPath, above: &mut Vec<PathBuf>) {
        let real = match fs::canonicalize(at) {
            Ok(real) => real,
            Err(error) if at.is_symlink() => {
                let why = if is_loop(&error) { "in a circle" } else { "nowhere" };
                return self.problem(path, 0, format!("this symlink leads {why}; remove it"));
            }
            Err(error) => {
                return self.problem(path, 0, format!("cannot be read: {}", in_words(&error)));
            }
        };
        if !real.starts_with(&self.root.path) {
            return self.problem(
                path,
                0,
                "this symlink leaves the content tree; copy its target in instead",
            );
        }
        if real.is_dir() {
            if above.contains(&real) {
                return self.problem(
                    path,
                    0,
                    "this symlink makes a folder contain itself; remove it",
                );
            }
            if above.len() >= DEEPEST {
                return self.problem(path, 0, format!("folders are nested deeper than {DEEPEST}"));
            }
            above.push(real.clone());
            self.folder(&real, path, above);
            above.pop();
        } else if let Some(kind) = Kind::of(path) {
            self.file(&real, path, kind);
        }
    }

    fn file(&mut self, at: &Path, path: &DocPath, kind: Kind) {
        let bytes = match self.bytes_of(at, kind.limit_bytes()) {
            Ok(Ok(bytes)) => bytes,
            Ok(Err(NotTaken::NoFile)) => {
                return self.problem(
                    path,
                    0,
                    "is no plain file but a pipe, socket or device; remove it",
                );
            }
            Ok(Err(NotTaken::TooLarge(size))) => {
                let (has, may) = (in_mib(size), in_mib(kind.limit_bytes()));
                return self.problem(
                    path,
                    0,
                    format!("is {has} large; such a file may have {may}. Split or shrink it"),
                );
            }
            Err(error) => {
                return self.problem(path, 0, format!("cannot be read: {}", in_words(&error)));
            }
        };
        self.bytes += bytes.len() as u64;
        if kind.is_text()
            && let Err(message) = check_text(&bytes)
        {
            return self.problem(path, message.0, message.1);
        }
        self.documents.extend(Document::new(path.clone(), bytes));
    }

    /// The bytes of the file at the real path `at`, which is opened once and asked itself.
    fn bytes_of(&self, at: &Path, limit: u64) -> io::Result<Result<Vec<u8>, NotTaken>> {
        // A socket cannot even be opened.
        if !fs::metadata(at)?.is_file() {
            return Ok(Err(NotTaken::NoFile));
        }
        let file = self.root.reach(at)?;
        let meta = file.metadata()?;
        if !meta.is_file() {
            return Ok(Err(NotTaken::NoFile));
        }
        if meta.len() > limit {
            return Ok(Err(NotTaken::TooLarge(meta.len())));
        }
        let mut bytes = Vec::with_capacity(usize::try_from(meta.len()).unwrap_or_default());
        // It may have grown since.
        file.take(limit + 1).read_to_end(&mut bytes)?;
        let size = bytes.len() as u64;
        Ok(if size > limit { Err(NotTaken::TooLarge(size)) } else { Ok(bytes) })
    }
}

/// Why the bytes of a file are not read.
enum NotTaken {
    NoFile,
    TooLarge(u64),
}

/// The line and reason why `bytes` are not text a page can be made of.
fn check_text(bytes: &[u8]) -> Result<(), (u32, String)> {
    let line_of = |at: usize| {
        u32::try_from(bytes[..at].iter().filter(|byte| **byte == b'\n').count() + 1)
            .unwrap_or(u32::MAX)
    };
    if let Err(error) = std::str::from_utf8(bytes) {
        let at = error.valid_up_to();
        let message = format!("is not UTF-8 (byte {:#04x}); save it as UTF-8", bytes[at]);
        return Err((line_of(at), message));
    }
    match bytes.iter().position(|byte| *byte == 0) {
        Some(at) => Err((line_of(at), "holds a NUL byte; this looks like no text file".to_owned())),
        None => Ok(()),
    }
}

fn is_loop(error: &io::Error) -> bool {
    error.raw_os_error() == Some(nix::errno::Errno::ELOOP as i32)
}

fn in_words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "it does not exist".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}

fn in_mib(bytes: u64) -> String {
    match bytes {
        0..1_048_576 => format!("{} KiB", bytes >> 10),
        even if even % (1 << 20) == 0 => format!("{} MiB", even >> 20),
        // Tenths rounded up: what is over a limit must not read as the limit.
        odd => format!("{:.1} MiB", (odd as f64 / f64::from(1 << 20) * 10.0).ceil() / 10.0),
    }
}
