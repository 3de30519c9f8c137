//! What a challenge asks to be answered in writing: the lists under "Questions" in its level sections. Pure.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use crate::content::items::{Listed, listed};
use crate::content::library::Reading;
use crate::content::model::Level;
use crate::web::html::Html;

/// Which question or requirement of a document: the level section it stands in, and its place there among its
/// like, counted from 1. A pinned revision never changes, so this names it for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    pub level: Level,
    pub number: u8,
}

/// As it stands in forms: `2.3` is the third question of level 2.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.level, self.number)
    }
}

impl FromStr for Key {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (level, number) = text.split_once('.').ok_or(())?;
        let level = level.parse().ok().and_then(Level::new).ok_or(())?;
        Ok(Self { level, number: number.parse().map_err(drop)? })
    }
}

#[derive(Clone, Debug)]
pub struct Question {
    pub key: Key,
    pub html: Html,
    pub text: String,
}

/// The questions of `reading` at `level`, in the order in which it asks them; none where it has no level
/// sections. Those a section outside the levels asks of the reader ("Please ask questions") are not meant.
pub fn asked(reading: &Reading, level: Level) -> Vec<Question> {
    let listed = listed(reading, level).into_iter().filter(is_question);
    let question =
        |(key, one): (Key, Listed)| Question { key, html: one.item.html, text: one.item.text };
    keyed(listed).into_iter().map(question).collect()
}

/// Whether an item asks for an answer in writing.
pub fn is_question(one: &Listed) -> bool {
    one.is_under("Questions")
}

/// Each with its key: its place among those of its level.
pub fn keyed(listed: impl IntoIterator<Item = Listed>) -> Vec<(Key, Listed)> {
    let mut numbers: BTreeMap<Level, u8> = BTreeMap::new();
    let keyed = |one: Listed| {
        let number = numbers.entry(one.level).or_default();
        *number = number.checked_add(1)?;
        Some((Key { level: one.level, number: *number }, one))
    };
    // More than a key can count are no list for people.
    listed.into_iter().map_while(keyed).collect()
}

/// The same of a challenge that may not be readable any more: then nothing is asked.
pub fn asked_in(challenge: Option<&Reading>, level: Level) -> Vec<Question> {
    challenge.map(|reading| asked(reading, level)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::model::{DocPath, Document, Tree};

    fn keys(source: &str, level: u8) -> Vec<String> {
        let path = DocPath::parse("x.md").unwrap();
        let tree = Tree::new(Document::new(path.clone(), source.as_bytes()));
        let reading = Reading::alone(&tree, &path).unwrap().unwrap();
        let asked = asked(&reading, Level::new(level).unwrap());
        asked.iter().map(|one| format!("{} {}", one.key, one.text.trim())).collect()
    }

    const SOURCE: &str = "# X\n## Questions\n- none of these\n## Level 1\n### Questions\nAll of them.\n\
        1. Why?\n2. How?\n### Notes\n- no question\n## Level 2:\nOn top of level 1.\n### Questions:\n\
        1. What `else`?\n\n# After\n- neither\n";

    #[test]
    fn a_level_asks_its_own_questions_and_those_it_builds_on() {
        assert_eq!(keys(SOURCE, 1), ["1.1 Why?", "1.2 How?"]);
        assert_eq!(keys(SOURCE, 2), ["1.1 Why?", "1.2 How?", "2.1 What else?"]);
        assert_eq!(keys(&SOURCE.replace("On top of level 1.", ""), 2), ["2.1 What else?"]);
        assert_eq!(keys("# X\n## Questions\n- Please ask\n", 3), Vec::<String>::new());
    }
}
