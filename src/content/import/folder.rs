//! Reads a folder from disk into a [`Tree`], and writes nothing there.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use unicode_normalization::UnicodeNormalization;

use crate::content::model::{DocPath, Document, Finding, Kind, Refused, Tree};

/// The most documents one tree may hold.
const MOST_DOCUMENTS: usize = 20_000;
/// The deepest folder that is read.
const DEEPEST: usize = 32;

/// The tree in `dir`: every Markdown, PDF and image file and `content.toml`. Files and folders
/// whose name begins with a dot, and files of other kinds, are passed over. A symlink is followed
/// as long as it stays inside `dir`.
///
/// # Errors
/// All problems found, each with its file: a folder that cannot be read, a file over its size
/// limit or not UTF-8 (with the line), a symlink that leaves the tree or dangles, folders that
/// contain themselves, a name that cannot stand in an address.
pub fn read(dir: &Path) -> Result<Tree, Refused> {
    let refuse = |message: String| Refused::because(Finding::new(dir.display(), 0, message));
    let root = fs::canonicalize(dir)
        .map_err(|error| refuse(format!("this folder cannot be read: {}", in_words(&error))))?;
    if !root.is_dir() {
        return Err(refuse("this is a file; a content tree is a folder".to_owned()));
    }
    let mut walk = Walk { root: root.clone(), documents: Vec::new(), problems: Vec::new() };
    walk.folder(&root, &DocPath::root(), &mut vec![root.clone()]);
    if walk.documents.len() > MOST_DOCUMENTS {
        walk.problems.push(Finding::new(
            dir.display(),
            0,
            format!("more than {MOST_DOCUMENTS} documents: is this the right folder?"),
        ));
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
    root: PathBuf,
    documents: Vec<Document>,
    problems: Vec<Finding>,
}

impl Walk {
    fn problem(&mut self, path: &DocPath, line: u32, message: impl Into<String>) {
        self.problems.push(Finding::new(path, line, message));
    }

    /// Reads the folder `at`, known in the tree as `path`. `above` are the real folders that lead
    /// here, by which a folder that contains itself is noticed.
    fn folder(&mut self, at: &Path, path: &DocPath, above: &mut Vec<PathBuf>) {
        let listing = fs::read_dir(at).and_then(|entries| entries.collect::<io::Result<Vec<_>>>());
        let mut entries = match listing {
            Ok(entries) => entries,
            Err(error) => {
                return self.problem(path, 0, format!("cannot be read: {}", in_words(&error)));
            }
        };
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            if self.documents.len() > MOST_DOCUMENTS {
                return;
            }
            let name = entry.file_name();
            let Some(name) = name.to_str() else {
                self.problem(path, 0, format!("the name {name:?} is not UTF-8; rename it"));
                continue;
            };
            if name.starts_with('.') {
                continue;
            }
            let name: String = name.nfc().collect();
            if name.chars().any(|c| c.is_control() || c == '\\') {
                self.problem(
                    path,
                    0,
                    format!("the name {name:?} cannot stand in an address; rename it"),
                );
                continue;
            }
            self.entry(&entry.path(), &path.child(&name), above);
        }
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
        if !real.starts_with(&self.root) {
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
        let meta = fs::metadata(at);
        if !meta.as_ref().is_ok_and(fs::Metadata::is_file) {
            return self.problem(
                path,
                0,
                "is no plain file but a pipe, socket or device; remove it",
            );
        }
        let size = meta.map_or(0, |meta| meta.len());
        if size > kind.limit_bytes() {
            let (has, may) = (in_mib(size), in_mib(kind.limit_bytes()));
            return self.problem(
                path,
                0,
                format!("is {has} large; such a file may have {may}. Split or shrink it"),
            );
        }
        let bytes = match fs::read(at) {
            Ok(bytes) => bytes,
            Err(error) => {
                return self.problem(path, 0, format!("cannot be read: {}", in_words(&error)));
            }
        };
        if kind.is_text()
            && let Err(message) = check_text(&bytes)
        {
            return self.problem(path, message.0, message.1);
        }
        self.documents.extend(Document::new(path.clone(), bytes));
    }
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
