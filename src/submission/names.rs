//! What in a candidate's work names them, so that they can see it before they hand in, and what is left can
//! be masked for a blind panel. Pure.
//!
//! Looked at are names of files, texts, what pictures and PDFs say of themselves, and what can be read of anything
//! else: files in an archive in the archive, words in a program. What is in a picture or in the pages of a PDF is not
//! read.

mod closed;
mod declared;
mod letters;
mod pdf;
mod pictures;
mod spellings;
mod words;

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::io::{self, Seek};
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::archive::{Error, Kept, Said};
use super::text::Text;
use closed::{Left, Search};
use letters::Read;
use words::{Match, Words};

/// Whom to look for.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Who {
    pub name: String,
    pub email: String,
    /// What they are called elsewhere, as in the address of a repository.
    pub handles: Vec<String>,
    /// The names and addresses they had before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub before: Vec<(String, String)>,
}

/// Where something that names them stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A part of their name.
    Name,
    /// An address of theirs.
    Email,
    /// What they are called elsewhere, or what is put together of their name.
    Handle,
    /// A holder of rights, in a file about them.
    Licence,
    /// An author, in what describes a package.
    Author,
    /// What a picture says of itself.
    Picture,
    /// What a PDF says of itself.
    Pdf,
    /// An owner or a comment in the archive as it was handed in. What is kept has none.
    Archive,
    /// Something in a file that cannot be masked: an archive in the archive, an office document, a program.
    Inside,
    /// Such a file, not all of which can be read.
    Unread,
    /// Such a file, in which nothing that names them can be read.
    Closed,
}

impl Kind {
    /// For the candidate.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Name => "your name",
            Self::Email => "an address",
            Self::Handle => "what you are called elsewhere",
            Self::Licence => "who holds the rights",
            Self::Author => "who wrote it",
            Self::Picture => "what the picture says of itself",
            Self::Pdf => "what the PDF says of itself",
            Self::Archive => "who packed it",
            Self::Inside => {
                "it names you inside, where nothing can be hidden: the panel does not get this file"
            }
            Self::Unread => "not all of it can be read here: the panel does not get this file",
            Self::Closed => "nothing in it can be hidden, and it goes to the panel as it is",
        }
    }
}

/// Something that names the candidate, or may.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The path of the file; empty for the archive itself.
    pub place: String,
    pub kind: Kind,
    /// An excerpt of at most [`Finding::MOST_CHARS`]; empty where nothing can be read.
    pub what: String,
    /// From 1; none where it is not in a line of text, as in the name of a file.
    pub line: Option<usize>,
}

impl Finding {
    pub const MOST_CHARS: usize = 80;

    /// Where to look.
    pub fn where_it_is(&self) -> String {
        match (self.place.as_str(), self.line) {
            ("", _) => "The archive itself".to_owned(),
            (place, Some(line)) => format!("{place}, line {line}"),
            (place, None) => place.to_owned(),
        }
    }
}

/// The most findings that are told; nobody reads more.
pub const MOST: usize = 200;
/// Of these, the most that are files nobody can look into.
const MOST_CLOSED: usize = 20;

/// What stands in for a name, for what they are called elsewhere, and for an address.
const NAME: &str = "Candidate";
const HANDLE: &str = "candidate";
const EMAIL: &str = "candidate@example.invalid";
/// What stands in for a file that cannot be masked, and names them or may.
const LEFT_OUT: &[u8] =
    b"This file is left out: it names whose work it is, or may, and nothing in it can be masked.\n";

/// What to look for in the work of one candidate.
#[derive(Clone, Debug)]
pub struct Names {
    words: Words,
}

impl Names {
    pub fn of(who: &Who) -> Self {
        Self { words: Words::of(who) }
    }

    /// Looks for what they were called when they handed it in, too.
    pub fn also(&mut self, who: &Who) {
        self.words.also(who);
    }

    /// Looks for what the work itself says of its author too: the owner of its repository, authors' addresses.
    /// The same has to be masked everywhere, or code that names it twice no longer builds.
    ///
    /// # Errors
    /// The archive cannot be read.
    pub fn learn<R: io::Read + Seek>(&mut self, kept: &mut Kept<R>) -> Result<(), Error> {
        for entry in kept.entries()? {
            if !declared::is_manifest(&entry.path) {
                continue;
            }
            let Some(bytes) = kept.file(&entry.path)? else { continue };
            self.learn_from(&entry.path, &bytes);
        }
        Ok(())
    }

    /// As [`Self::learn`], of one file.
    pub fn learn_from(&mut self, path: &str, bytes: &[u8]) {
        let Some(text) = Text::of(bytes) else { return };
        let learned = declared::learned(path, &text.text);
        learned.handles.iter().for_each(|handle| self.words.handle(handle));
        learned.emails.iter().for_each(|email| self.words.email(email));
        learned.names.iter().for_each(|name| self.words.whole_name(name));
    }

    /// What names them in all of an archive, by path and line; at most [`MOST`]. `said` is what it said
    /// beside its files when it was handed in.
    ///
    /// # Errors
    /// The archive cannot be read.
    pub fn find<R: io::Read + Seek>(
        &self,
        kept: &mut Kept<R>,
        said: &Said,
    ) -> Result<Vec<Finding>, Error> {
        let beside = said.owners.iter().chain(&said.comments);
        let mut found: Vec<_> = beside
            .filter(|text| self.are_in(text))
            .map(|text| finding("", Kind::Archive, text, None))
            .collect();
        let (mut closed, mut left) = (Vec::new(), Left::default());
        for entry in kept.entries()? {
            if found.len() >= MOST {
                break;
            }
            let Some(bytes) = kept.file(&entry.path)? else { continue };
            let here =
                self.find_within((&entry.path, is_marked_up(&entry.path)), &bytes, &mut left);
            let (of_closed, here): (Vec<_>, Vec<_>) =
                here.into_iter().partition(|it| it.kind == Kind::Closed);
            found.extend(here);
            let room = MOST_CLOSED - closed.len();
            closed.extend(of_closed.into_iter().take(room));
        }
        found.truncate(MOST - closed.len());
        found.extend(closed);
        Ok(found)
    }

    /// What names them in one file and in its name; at most [`MOST`].
    pub fn find_in(&self, path: &str, bytes: &[u8]) -> Vec<Finding> {
        let mut found = self.find_within((path, is_marked_up(path)), bytes, &mut Left::default());
        found.retain(|it| it.kind != Kind::Closed);
        found
    }

    /// What names them in what they wrote in Markdown at `place`; at most [`MOST`].
    pub fn find_written(&self, place: &str, text: &str) -> Vec<Finding> {
        self.find_within((place, true), text.as_bytes(), &mut Left::default())
    }

    fn find_within(
        &self,
        (path, is_marked_up): (&str, bool),
        bytes: &[u8],
        left: &mut Left,
    ) -> Vec<Finding> {
        let mut found: Vec<_> = match self.matches_in(path, false).first() {
            Some(first) => vec![finding(path, first.kind, path, None)],
            None => Vec::new(),
        };
        if let Some(what) = pictures::said(bytes) {
            found.extend(self.metadata(path, Kind::Picture, &what));
        } else if let Some(what) = pdf::said(bytes) {
            found.extend(self.metadata(path, Kind::Pdf, &what));
        } else if let Some(Text { text, .. }) = Text::of(bytes) {
            let matches = self.all_matches(path, &text, is_marked_up);
            found.extend(lines(path, &text, matches));
        } else {
            let (search, what) = self.inside(bytes, left);
            let kind = match search {
                Search::Found => Kind::Inside,
                Search::NotAllRead => Kind::Unread,
                Search::Nothing => Kind::Closed,
            };
            found.push(finding(path, kind, &what, None));
        }
        found.truncate(MOST);
        found
    }

    fn metadata(&self, path: &str, kind: Kind, said: &[Metadata]) -> Vec<Finding> {
        let names = |it: &&Metadata| it.is_author || self.are_in(&it.text);
        said.iter().filter(names).map(|it| finding(path, kind, &it.text, None)).collect()
    }

    /// Looks for what names them in a file that is closed, and has the first of it. What is declared in there, as the
    /// authors of a library, is not theirs.
    fn inside(&self, bytes: &[u8], left: &mut Left) -> (Search, String) {
        let mut what = String::new();
        let search = closed::within(bytes, left, &mut |path, bytes, left| {
            let said = pictures::said(bytes).or_else(|| pdf::said(bytes));
            let text = |text: String| if self.are_in(&text) { Some(text) } else { None };
            let found = match said {
                _ if self.are_in(path) => Some(path.to_owned()),
                Some(said) => said.into_iter().find_map(|it| text(it.text)),
                None => match Text::of(bytes) {
                    Some(Text { text, .. }) => {
                        let first = self.matches_in(&text, true).into_iter().next();
                        first.map(|it| around(&text, &it.at).to_owned())
                    }
                    None => {
                        let (search, inner) = self.inside(bytes, left);
                        if search != Search::Found {
                            return search;
                        }
                        Some(inner)
                    }
                },
            };
            match found {
                Some(found) => {
                    what = found;
                    Search::Found
                }
                None => Search::Nothing,
            }
        });
        (search, what)
    }

    /// What names them in a text, as it stands and as it is read.
    fn matches_in(&self, text: &str, is_marked_up: bool) -> Vec<Match> {
        let plain = self.words.matches(text);
        match letters::read(text, is_marked_up) {
            Some(read) => with_read(plain, &read, self.words.matches(&read.text)),
            None => plain,
        }
    }

    /// The same of a file, with those that it declares, whatever they are called.
    fn all_matches(&self, path: &str, text: &str, is_marked_up: bool) -> Vec<Match> {
        let declared = declared::places(path, text);
        let is_free = |found: &Match| {
            let next = declared.partition_point(|it| it.at.end <= found.at.start);
            declared.get(next).is_none_or(|it| found.at.end <= it.at.start)
        };
        let mut all = self.matches_in(text, is_marked_up);
        all.retain(is_free);
        all.extend(declared);
        all.sort_by_key(|found| found.at.start);
        all
    }

    /// The file without what names them: texts with neutral words in its place, the same one everywhere and
    /// of the same shape, so that code still builds; pictures without what they say of themselves, and PDFs
    /// with it blank. Anything else is as it is, or left out where it names them.
    pub fn mask(&self, path: &str, bytes: &[u8]) -> Vec<u8> {
        if let Some(masked) = pictures::masked(bytes).or_else(|| pdf::masked(bytes)) {
            return masked;
        }
        let Some(text) = Text::of(bytes) else {
            return match self.inside(bytes, &mut Left::default()).0 {
                Search::Found | Search::NotAllRead => LEFT_OUT.to_vec(),
                Search::Nothing => bytes.to_vec(),
            };
        };
        let matches = self.all_matches(path, &text.text, is_marked_up(path));
        if matches.is_empty() {
            return bytes.to_vec();
        }
        text.encoding.bytes(&replaced(&text.text, &matches))
    }

    /// Whether a text in Markdown names them.
    pub fn are_in(&self, text: &str) -> bool {
        !self.matches_in(text, true).is_empty()
    }

    /// Markdown as a blind panel reads it.
    pub fn mask_text(&self, text: &str) -> String {
        String::from_utf8_lossy(&self.mask("text.md", text.as_bytes())).into_owned()
    }

    /// The path as a blind panel sees it.
    pub fn mask_path(&self, path: &str) -> String {
        replaced(path, &self.matches_in(path, false))
    }
}

/// Something a picture or a PDF says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Metadata {
    text: String,
    /// It says whose it is or where it was made, whatever the name.
    is_author: bool,
}

/// What was found in a text as it stands, and what is found only as it is read. Where that stands in pieces, the
/// first stands for all of it, and what is between them stays.
fn with_read(mut plain: Vec<Match>, read: &Read, found: Vec<Match>) -> Vec<Match> {
    let mut more: Vec<Match> = Vec::new();
    for Match { at, kind, .. } in found {
        let spans = read.spans(&at);
        let next = |at: usize| plain.partition_point(|it| it.at.end <= at);
        let covers = |span: &Range<usize>| {
            let it = plain.get(next(span.start));
            it.is_some_and(|it| it.at.start <= span.start && span.end <= it.at.end)
        };
        if !spans.iter().all(covers) {
            let piece = |(n, at)| Match { at, kind, is_rest: n > 0 };
            more.extend(spans.into_iter().enumerate().map(piece));
        }
    }
    // What stands as it is and overlaps one of those goes with it.
    plain.append(&mut more);
    plain.sort_by_key(|found| (found.at.start, Reverse(found.at.end)));
    let mut all: Vec<Match> = Vec::with_capacity(plain.len());
    for found in plain {
        match all.last_mut().filter(|last| found.at.start < last.at.end) {
            Some(last) => {
                last.is_rest &= found.is_rest;
                last.at.end = last.at.end.max(found.at.end);
            }
            None => all.push(found),
        }
    }
    all
}

/// Whether Markdown or HTML stands in the file at `path`.
fn is_marked_up(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    ["md", "markdown", "html", "htm", "xml", "svg"].iter().any(|it| ending.eq_ignore_ascii_case(it))
}

fn finding(place: &str, kind: Kind, what: &str, line: Option<usize>) -> Finding {
    let seen = |c: char| if c.is_control() { ' ' } else { c };
    let what: String = what.trim().chars().map(seen).take(Finding::MOST_CHARS).collect();
    Finding { place: place.to_owned(), kind, what, line }
}

/// Findings by line, the first [`MOST`].
fn lines(path: &str, text: &str, matches: Vec<Match>) -> Vec<Finding> {
    let (mut line, mut counted) = (1, 0);
    let told = |found: Match| {
        line += text[counted..found.at.start].matches('\n').count();
        counted = found.at.start;
        finding(path, found.kind, around(text, &found.at), Some(line))
    };
    matches.into_iter().filter(|it| !it.is_rest).take(MOST).map(told).collect()
}

/// The line around a match, or as much of it as is told.
fn around<'t>(text: &'t str, at: &Range<usize>) -> &'t str {
    const BEFORE: usize = 30;
    let start = text[..at.start].rfind('\n').map_or(0, |newline| newline + 1);
    let end = text[at.end..].find('\n').map_or(text.len(), |newline| at.end + newline);
    let before = text[start..at.start].char_indices().rev().take(BEFORE).last();
    &text[start + before.map_or(at.start - start, |(at, _)| at)..end]
}

fn replaced(text: &str, matches: &[Match]) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut at = 0;
    for found in matches {
        masked.push_str(&text[at..found.at.start]);
        if !found.is_rest {
            masked.push_str(&neutral(&text[found.at.clone()], found.kind));
        }
        at = found.at.end;
    }
    masked.push_str(&text[at..]);
    masked
}

/// What stands in for `what`, in letters of the same size.
fn neutral(what: &str, kind: Kind) -> String {
    let mut letters = what.chars().filter(|c| c.is_alphabetic());
    let is_large = letters.clone().nth(1).is_some() && letters.clone().all(char::is_uppercase);
    let begins_large = letters.next().is_some_and(char::is_uppercase);
    match kind {
        Kind::Email => EMAIL.to_owned(),
        Kind::Author if what.contains('<') => format!("{NAME} <{EMAIL}>"),
        Kind::Author if what.contains('@') => EMAIL.to_owned(),
        Kind::Author | Kind::Licence => NAME.to_owned(),
        _ if is_large => NAME.to_uppercase(),
        _ if begins_large => NAME.to_owned(),
        _ => HANDLE.to_owned(),
    }
}

/// Each once.
fn distinct(said: Vec<Metadata>) -> Vec<Metadata> {
    let mut seen = BTreeSet::new();
    said.into_iter().filter(|it| seen.insert(it.text.clone())).collect()
}
