//! What is handed in, as types. Pure.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};
use url::Url;

use super::archive::Dropped;
use super::names::Who;
use super::questions::{Key, Question};
use crate::clock::Timestamp;
use crate::content::import::settings::Format;
use crate::content::model::Level;
use crate::ids::{SubmissionId, UploadId};
use crate::objects;

/// The most links of one hand-in.
pub const MOST_LINKS: usize = 10;
/// The most characters of a link, of the note and of an answer.
const LONGEST_LINK: usize = 500;
const LONGEST_NOTE: usize = 50_000;
const LONGEST_ANSWER: usize = 20_000;

/// What a candidate has put together so far, or has handed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contents {
    /// At the level they were given the stage at, or below.
    pub level: Level,
    /// Addresses, as typed and checked; never opened by the portal.
    pub links: Vec<String>,
    /// Markdown: what the panel is told beside the work, or what an external stage has found.
    pub note: String,
    /// Markdown, by question; none is empty.
    pub answers: BTreeMap<Key, String>,
    pub files: Option<Files>,
}

/// Files that were sent, as what is handed in names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Files {
    pub upload: UploadId,
    /// What is kept of them.
    pub kept: objects::Digest,
}

/// What is known of files that were sent.
#[derive(Clone, Debug)]
pub struct Upload {
    pub id: UploadId,
    /// As the candidate's machine calls it, for them alone.
    pub name: String,
    pub sent: objects::Digest,
    pub sent_bytes: u64,
    pub kept: objects::Digest,
    pub file_count: usize,
    pub unpacked_bytes: u64,
    pub left_out: Vec<Dropped>,
    pub at: Timestamp,
}

impl Upload {
    pub fn files(&self) -> Files {
        Files { upload: self.id, kept: self.kept }
    }
}

/// What is being put together, and which version of it was seen.
#[derive(Clone, Debug)]
pub struct Draft {
    pub contents: Contents,
    /// 0 before it was saved for the first time.
    pub version: i32,
    pub saved_at: Option<Timestamp>,
    /// What the candidate was called then.
    pub maker: Option<Who>,
}

/// Something handed in: it never changes.
#[derive(Clone, Debug)]
pub struct Submission {
    pub id: SubmissionId,
    pub contents: Contents,
    pub hash: Hash,
    pub at: Timestamp,
    /// What the candidate was called then.
    pub maker: Option<Who>,
    pub clearing: Clearing,
}

/// What a blind panel gets only once the recruiter has looked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Clearing {
    /// The links were passed on.
    pub links: bool,
    /// The candidate asks that what names them stays in the rest of the work.
    pub as_it_is: bool,
    /// The recruiter has passed it on as it is.
    pub work: bool,
}

impl Clearing {
    /// Whether whoever looks reads the links: who knows whose work it is, and everybody once they were passed on.
    pub fn shows_links(self, knows_who: bool) -> bool {
        knows_who || self.links
    }

    /// Whether they read what names the candidate in the rest.
    pub fn shows_names(self, knows_who: bool) -> bool {
        knows_who || self.as_it_is && self.work
    }

    /// Whether a blind panel sees all of it only once the recruiter has looked. The same as `submission_waits` in the
    /// database.
    pub fn waits(self, has_links: bool) -> bool {
        has_links && !self.links || self.as_it_is && !self.work
    }
}

/// The SHA-256 of what was handed in: what a receipt names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hash([u8; 32]);

impl Hash {
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl std::fmt::Display for Hash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Why something cannot be handed in as it is; what to do instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Missing {
    #[error("Add your work first: a file, a link, or answers to the questions")]
    Work,
    #[error("Add what you found first, in writing or as a file")]
    Findings,
    #[error("There is nothing to hand in at a live session; it ends when the session does")]
    Nothing,
}

impl Contents {
    pub fn empty(level: Level) -> Self {
        Self {
            level,
            links: Vec::new(),
            note: String::new(),
            answers: BTreeMap::new(),
            files: None,
        }
    }

    /// Whether there is anything in it that can be judged: a note beside the work is none of it.
    ///
    /// # Errors
    /// There is not.
    pub fn can_be_judged(&self, format: Format) -> Result<(), Missing> {
        match format {
            Format::LiveSession => Err(Missing::Nothing),
            _ if self.files.is_some() => Ok(()),
            Format::External if self.note.is_empty() && self.links.is_empty() => {
                Err(Missing::Findings)
            }
            Format::TakeHome if self.links.is_empty() && self.answers.is_empty() => {
                Err(Missing::Work)
            }
            _ => Ok(()),
        }
    }

    /// The same without answers to what is not asked at its level: they stay in the draft, and nobody gets them.
    #[must_use]
    pub fn of_level(mut self, asked: &[Question]) -> Self {
        self.answers.retain(|key, _| asked.iter().any(|question| question.key == *key));
        self
    }

    /// Every part with its name and its length before it, so that nothing can be moved from one into the
    /// next without changing it.
    pub fn hash(&self) -> Hash {
        let mut digest = Sha256::new();
        let mut part = |name: &str, text: &str| {
            digest.update(format!("{name} {}\n", text.len()));
            digest.update(text);
        };
        part("level", &self.level.to_string());
        self.links.iter().for_each(|link| part("link", link));
        part("note", &self.note);
        self.answers.iter().for_each(|(key, text)| part(&format!("answer {key}"), text));
        self.files.iter().for_each(|files| part("files", &files.kept.to_string()));
        Hash(digest.finalize().into())
    }
}

/// Links as typed, one a line.
///
/// # Errors
/// A line is no address that a browser opens, or there are too many.
pub fn links(typed: &str) -> Result<Vec<String>, String> {
    let lines: Vec<&str> = typed.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    if lines.len() > MOST_LINKS {
        return Err(format!("Use at most {MOST_LINKS} links"));
    }
    let link = |line: &str| {
        let url = Url::parse(line).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let url = url.filter(|url| url.has_host() && line.chars().count() <= LONGEST_LINK);
        let url = url.ok_or_else(|| {
            format!("“{}” is no web address; begin it with https://", shortened(line))
        })?;
        match url.username().is_empty() && url.password().is_none() {
            true => Ok(line.to_owned()),
            false => Err("Leave user names and passwords out of links".to_owned()),
        }
    };
    lines.into_iter().map(link).collect()
}

/// What the candidate is called where their work lies, as the addresses of their repositories say.
pub fn handles(links: &[String]) -> Vec<String> {
    const FORGES: [&str; 5] =
        ["github.com", "gitlab.com", "codeberg.org", "bitbucket.org", "git.sr.ht"];
    let handle = |link: &String| {
        let url = Url::parse(link).ok()?;
        let host = url.host_str()?;
        let is_forge = FORGES.contains(&host)
            || ["git", "gitea", "forgejo"].contains(&host.split('.').next()?)
            || host.starts_with("gitlab.");
        let mut parts = url.path_segments()?.filter(|part| !part.is_empty());
        let (owner, _repository) = (parts.next()?, parts.next()?);
        is_forge.then(|| owner.trim_start_matches('~').to_owned())
    };
    links.iter().filter_map(handle).collect()
}

fn shortened(line: &str) -> String {
    match line.char_indices().nth(60) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line.to_owned(),
    }
}

/// What the panel is told beside the work, as typed.
///
/// # Errors
/// It is too long.
pub fn note(typed: &str) -> Result<String, &'static str> {
    match typed.chars().count() {
        0..=LONGEST_NOTE => Ok(typed.to_owned()),
        _ => Err("Use at most 50,000 characters, or put it into a file of your work"),
    }
}

/// An answer as typed.
///
/// # Errors
/// It is too long.
pub fn answer(typed: &str) -> Result<String, &'static str> {
    match typed.chars().count() {
        0..=LONGEST_ANSWER => Ok(typed.to_owned()),
        _ => Err("Use at most 20,000 characters, or put it into a file of your work"),
    }
}

/// The level to hand in at, as typed: `target`, or one below.
///
/// # Errors
/// It is no such level.
pub fn level(typed: &str, target: Level) -> Result<Level, String> {
    let level = typed.parse().ok().and_then(Level::new).filter(|level| *level <= target);
    level.ok_or_else(|| format!("Choose a level from 1 to {target}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn three() -> Level {
        Level::new(3).unwrap()
    }

    #[test]
    fn links_are_addresses_and_carry_no_passwords() {
        let read = |typed: &str| links(typed);
        let two = "https://example.org/a\n\n  http://[::1]:8080/b  ";
        assert_eq!(read(two).unwrap(), ["https://example.org/a", "http://[::1]:8080/b"]);
        for wrong in
            ["example.org", "javascript:alert(1)", "ftp://x.org", "https://", "https:///a b"]
        {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        assert!(read("https://zoe:secret@example.org").unwrap_err().contains("passwords"));
        assert!(read(&"https://example.org/\n".repeat(11)).unwrap_err().contains("at most 10"));
    }

    #[test]
    fn what_is_moved_from_one_part_into_another_is_another_hand_in() {
        let of = |links: &[&str], note: &str| {
            let links = links.iter().map(|&link| link.to_owned()).collect();
            Contents { links, note: note.to_owned(), ..Contents::empty(three()) }.hash()
        };
        let all = [of(&["ab"], ""), of(&["a", "b"], ""), of(&["a"], "b"), of(&[], "ab")];
        for (at, one) in all.iter().enumerate() {
            assert!(!all[at + 1..].contains(one));
        }
        assert_eq!(of(&["ab"], "").to_string().len(), 64);
    }

    #[test]
    fn repositories_say_what_their_owner_is_called() {
        let links = [
            "https://github.com/zlang/automation",
            "https://git.sr.ht/~zlang-elsewhere/monitor",
            "https://github.com/zlang",
            "https://drive.example.org/file/d/1",
        ];
        assert_eq!(handles(&links.map(str::to_owned)), ["zlang", "zlang-elsewhere"]);
    }

    #[test]
    fn something_has_to_be_there_to_be_judged() {
        let mut contents = Contents::empty(three());
        contents.note = "Hello".to_owned();
        assert_eq!(contents.can_be_judged(Format::TakeHome), Err(Missing::Work));
        assert_eq!(contents.can_be_judged(Format::External), Ok(()));
        assert_eq!(contents.can_be_judged(Format::LiveSession), Err(Missing::Nothing));
        contents.answers.insert(Key { level: three(), number: 1 }, "Because".to_owned());
        assert_eq!(contents.can_be_judged(Format::TakeHome), Ok(()));
    }
}
