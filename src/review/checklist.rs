//! What a member of a panel keeps for themselves while they read: how each requirement of the level is met, and
//! notes. Pure.

use std::collections::BTreeMap;

use crate::clock::Timestamp;
use crate::content::items::{Listed, listed};
use crate::content::library::Reading;
use crate::content::model::Level;
use crate::submission::questions::{Key, is_question, keyed};
use crate::web::html::Html;

/// The most characters of a line beside a requirement, and of the notes.
pub const LONGEST_LINE: usize = 500;
const LONGEST_NOTES: usize = 50_000;

/// What a challenge asks of the work at a level.
#[derive(Clone, Debug)]
pub struct Requirement {
    pub key: Key,
    /// `Level 3 · Library`.
    pub title: String,
    pub html: Html,
}

/// The requirements of `level`, in the order of the challenge: what its level sections list and do not ask to be
/// answered in writing. None where it lists nothing.
pub fn requirements(challenge: Option<&Reading>, level: Level) -> Vec<Requirement> {
    let listed = challenge.map(|reading| listed(reading, level)).unwrap_or_default();
    let requirement = |(key, one): (Key, Listed)| {
        let says_more = |name: &&String| !name.eq_ignore_ascii_case("Requirements");
        let names = one.under.iter().filter(says_more).map(|name| format!(" · {name}"));
        let title = format!("Level {}{}", one.level, names.collect::<String>());
        Requirement { key, title, html: one.item.html }
    };
    let asked_of_it = listed.into_iter().filter(|one| !is_question(one));
    keyed(asked_of_it).into_iter().map(requirement).collect()
}

/// How a requirement is met, as one member sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    Met,
    NotMet,
}

impl Mark {
    pub const ALL: [Self; 2] = [Self::Met, Self::NotMet];

    /// Its name in the database and in forms.
    pub fn code(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::NotMet => "not-met",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mark| mark.code() == code)
    }

    /// As whoever chooses it reads it; without one they have not seen it.
    pub fn title(mark: Option<Self>) -> &'static str {
        match mark {
            Some(Self::Met) => "Met",
            Some(Self::NotMet) => "Not met",
            None => "Not seen",
        }
    }
}

/// What is kept beside one requirement.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Check {
    /// None where they have not seen it.
    pub mark: Option<Mark>,
    pub line: String,
}

impl Check {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notes {
    /// Markdown, as typed.
    pub text: String,
    /// By requirement; none is empty.
    pub checks: BTreeMap<Key, Check>,
}

/// The same, and which version of it was seen.
#[derive(Clone, Debug, Default)]
pub struct Kept {
    pub notes: Notes,
    /// 0 before it was kept for the first time.
    pub version: i32,
    pub saved_at: Option<Timestamp>,
}

/// Notes as typed.
///
/// # Errors
/// They are too long.
pub fn notes(typed: &str) -> Result<String, &'static str> {
    match typed.chars().count() {
        0..=LONGEST_NOTES => Ok(typed.to_owned()),
        _ => Err("Use at most 50,000 characters"),
    }
}

/// A line beside a requirement, as typed.
///
/// # Errors
/// It is too long.
pub fn line(typed: &str) -> Result<String, &'static str> {
    match typed.chars().count() {
        0..=LONGEST_LINE => Ok(typed.to_owned()),
        _ => Err("Use at most 500 characters, and the notes for what is longer"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::model::{DocPath, Document, Tree};

    #[test]
    fn requirements_are_what_a_level_lists_and_does_not_ask() {
        let source = "# X\n- everybody\n## Level 1\n### Requirements\n1. Poll\n2. Report\n### Questions\n1. Why?\n\
            ## Level 2\nOn top of level 1.\n### Requirements:\n1. Build\n### Library\n- Stream\n";
        let path = DocPath::parse("x.md").unwrap();
        let tree = Tree::new(Document::new(path.clone(), source.as_bytes()));
        let reading = Reading::alone(&tree, &path).unwrap().unwrap();
        let at = |level: u8| {
            let asked = requirements(Some(&reading), Level::new(level).unwrap());
            let line = |one: &Requirement| format!("{} {} {}", one.key, one.title, one.html);
            asked.iter().map(line).collect::<Vec<_>>()
        };
        assert_eq!(at(1), ["1.1 Level 1 Poll", "1.2 Level 1 Report"]);
        assert_eq!(
            at(2)[2..],
            ["2.1 Level 2 Build", "2.2 Level 2 · Library Stream"].map(str::to_owned)
        );
        assert!(requirements(None, Level::new(1).unwrap()).is_empty());
    }

    #[test]
    fn what_is_typed_has_an_end() {
        assert_eq!(line(&"ü".repeat(LONGEST_LINE)).map(|it| it.chars().count()), Ok(LONGEST_LINE));
        assert!(line(&"ü".repeat(LONGEST_LINE + 1)).is_err());
        assert!(notes(&"ü".repeat(LONGEST_NOTES)).is_ok());
        assert!(notes(&"ü".repeat(LONGEST_NOTES + 1)).is_err());
    }
}
