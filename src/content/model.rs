//! The words of this room as types: paths, documents, trees, findings. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write as _};
use std::sync::Arc;

use sha2::{Digest, Sha256};

/// A document's place in its tree: relative, `/` between segments, no `.`, `..` or empty segment.
/// The empty path is the tree's root folder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct DocPath(String);

impl DocPath {
    /// The most bytes a path may have. Addresses and database keys hold it whole.
    pub const LONGEST: usize = 1_000;

    /// The path spelled `text`, or `None` where it is not in the one accepted spelling.
    pub fn parse(text: &str) -> Option<Self> {
        let clean = text.is_empty()
            || text.split('/').all(|part| !matches!(part, "" | "." | "..") && !part.contains('\0'));
        clean.then(|| Self(text.to_owned()))
    }

    /// The tree's root folder.
    pub fn root() -> Self {
        Self::default()
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The folder this path lies in; the root is its own folder.
    pub fn folder(&self) -> Self {
        Self(self.0.rsplit_once('/').map_or(String::new(), |(folder, _)| folder.to_owned()))
    }

    /// The last segment: `challenge.md`.
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }

    /// The last segment without its extension: `challenge`.
    pub fn stem(&self) -> &str {
        self.name().rsplit_once('.').map_or(self.name(), |(stem, _)| stem)
    }

    /// `name` inside this folder.
    pub fn child(&self, name: &str) -> Self {
        if self.is_root() { Self(name.to_owned()) } else { Self(format!("{}/{name}", self.0)) }
    }

    /// Where the relative link `link` leads from this folder: the path with `.` and `..` worked
    /// off. `Err` holds the path as far as it could be followed when it climbs out of the tree.
    pub fn join(&self, link: &str) -> Result<Self, String> {
        let mut parts: Vec<&str> = self.0.split('/').filter(|part| !part.is_empty()).collect();
        let mut outside = false;
        for part in link.split('/') {
            match part {
                "" | "." => {}
                ".." if parts.pop().is_none() => outside = true,
                ".." => {}
                name => parts.push(name),
            }
        }
        let joined = parts.join("/");
        if outside { Err(joined) } else { Ok(Self(joined)) }
    }
}

impl fmt::Display for DocPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// SHA-256 of a document's bytes: the name of one revision.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentHash([u8; 32]);

impl ContentHash {
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The hash as the database keeps it; `None` where it is none.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The first twelve hexadecimal digits: enough to tell revisions apart in an address.
    pub fn short(&self) -> String {
        self.0[..6].iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl fmt::Debug for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ContentHash({})", self.short())
    }
}

/// What a document is made of, told by its extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Markdown,
    Pdf,
    Image(&'static str),
    /// The tree's own `content.toml`.
    Settings,
}

impl Kind {
    /// The kind of the file at `path`; `None` for files a content tree does not carry.
    pub fn of(path: &DocPath) -> Option<Self> {
        if path.as_str() == SETTINGS_FILE {
            return Some(Self::Settings);
        }
        let extension = path.name().rsplit_once('.')?.1.to_ascii_lowercase();
        Some(match extension.as_str() {
            "md" | "markdown" => Self::Markdown,
            "pdf" => Self::Pdf,
            "png" => Self::Image("image/png"),
            "jpg" | "jpeg" => Self::Image("image/jpeg"),
            "gif" => Self::Image("image/gif"),
            "webp" => Self::Image("image/webp"),
            "avif" => Self::Image("image/avif"),
            _ => return None,
        })
    }

    /// The most bytes one such file may have.
    pub fn limit_bytes(self) -> u64 {
        match self {
            Self::Settings => 256 << 10,
            Self::Markdown => 1 << 20,
            Self::Pdf | Self::Image(_) => 16 << 20,
        }
    }

    pub fn media_type(self) -> &'static str {
        match self {
            Self::Markdown => "text/markdown; charset=utf-8",
            Self::Pdf => "application/pdf",
            Self::Image(media_type) => media_type,
            Self::Settings => "application/toml",
        }
    }

    /// Whether the bytes have to be UTF-8.
    pub fn is_text(self) -> bool {
        matches!(self, Self::Markdown | Self::Settings)
    }
}

/// The file at a tree's root that names its overview, its upstream and its recipes.
pub const SETTINGS_FILE: &str = "content.toml";

/// One file of a tree with its present bytes.
#[derive(Clone, Debug)]
pub struct Document {
    pub path: DocPath,
    pub kind: Kind,
    pub bytes: Arc<[u8]>,
    pub hash: ContentHash,
}

impl Document {
    /// A document of these bytes; `None` where the path's extension is not one a tree carries.
    pub fn new(path: DocPath, bytes: impl Into<Arc<[u8]>>) -> Option<Self> {
        let bytes = bytes.into();
        let kind = Kind::of(&path)?;
        Some(Self { path, kind, hash: ContentHash::of(&bytes), bytes })
    }

    /// The text of a Markdown document or of the settings. Empty for anything else.
    pub fn text(&self) -> &str {
        if self.kind.is_text() { std::str::from_utf8(&self.bytes).unwrap_or_default() } else { "" }
    }
}

/// A whole content tree in memory: every document at its path, and the folders between them.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    documents: BTreeMap<DocPath, Document>,
    folders: BTreeSet<DocPath>,
}

impl Tree {
    /// A tree of these documents. A path given twice keeps the last.
    pub fn new(documents: impl IntoIterator<Item = Document>) -> Self {
        let mut tree = Self::default();
        tree.folders.insert(DocPath::root());
        for document in documents {
            let mut folder = document.path.folder();
            while tree.folders.insert(folder.clone()) {
                folder = folder.folder();
            }
            tree.documents.insert(document.path.clone(), document);
        }
        tree
    }

    pub fn get(&self, path: &DocPath) -> Option<&Document> {
        self.documents.get(path)
    }

    /// Every document, by path.
    pub fn documents(&self) -> impl Iterator<Item = &Document> {
        self.documents.values()
    }

    pub fn has_folder(&self, path: &DocPath) -> bool {
        self.folders.contains(path)
    }

    /// Every folder, the root first.
    pub fn folders(&self) -> impl Iterator<Item = &DocPath> {
        self.folders.iter()
    }

    /// The README that stands for a folder, if it has one.
    pub fn readme(&self, folder: &DocPath) -> Option<&Document> {
        ["README.md", "readme.md", "index.md"].iter().find_map(|name| self.get(&folder.child(name)))
    }

    /// The text of `content.toml`, where the tree has one.
    pub fn settings_text(&self) -> Option<&str> {
        self.get(&DocPath(SETTINGS_FILE.to_owned())).map(Document::text)
    }

    pub fn is_empty(&self) -> bool {
        self.documents.is_empty()
    }
}

/// Something about a tree that its keeper should know, at a file and a line (counted from 1).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    pub file: String,
    pub line: u32,
    pub message: String,
}

impl Finding {
    pub fn new(file: impl fmt::Display, line: u32, message: impl Into<String>) -> Self {
        Self { file: file.to_string(), line, message: message.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // File names and texts are somebody else's: what would move a terminal's cursor, or turn
        // its lines around, is shown as its code.
        let (file, message) = (Visible(&self.file), Visible(&self.message));
        if self.line == 0 {
            write!(f, "{file}: {message}")
        } else {
            write!(f, "{file}:{}: {message}", self.line)
        }
    }
}

/// Text for a terminal: control characters and those that change the direction of text escaped.
pub struct Visible<'a>(pub &'a str);

impl fmt::Display for Visible<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| {
            let turns = matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
            if turns || (c.is_control() && c != '\n') {
                write!(f, "{}", c.escape_unicode())
            } else {
                f.write_char(c)
            }
        })
    }
}

/// Why a tree cannot be taken: every reason found, each with its place. Never empty.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct Refused(pub Vec<Finding>);

impl Refused {
    pub fn because(finding: Finding) -> Self {
        Self(vec![finding])
    }
}

/// An engineering level, 1 to 6. Levels 1–5 can be reached by challenge, 6 by promotion only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Level(u8);

impl Level {
    pub const MAX: u8 = 6;

    pub fn new(number: u8) -> Option<Self> {
        (1..=Self::MAX).contains(&number).then_some(Self(number))
    }

    pub fn number(self) -> u8 {
        self.0
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_cannot_move_a_terminals_cursor() {
        let finding = Finding::new("a\u{1b}[2J.md", 3, "wants “x\u{202e}y”");
        assert_eq!(finding.to_string(), "a\\u{1b}[2J.md:3: wants “x\\u{202e}y”");
    }

    #[test]
    fn links_are_worked_off_against_their_folder() {
        let folder = DocPath::parse("challenges/cloud").unwrap();
        let joined = |link| folder.join(link).map(|path| path.to_string());
        assert_eq!(joined("automation.md"), Ok("challenges/cloud/automation.md".into()));
        assert_eq!(joined("../systems/challenge.md"), Ok("challenges/systems/challenge.md".into()));
        assert_eq!(joined("./../../teams.md"), Ok("teams.md".into()));
        assert_eq!(joined("../../../teams.md"), Err("teams.md".into()));
    }

    #[test]
    fn only_the_plain_spelling_of_a_path_is_taken() {
        for bad in ["/a", "a//b", "a/../b", "./a", "a/", "a\0b"] {
            assert_eq!(DocPath::parse(bad), None, "{bad:?}");
        }
    }
}
