//! What a challenge asks to be answered in writing: the lists under "Questions" in its level sections. Pure.

use std::fmt;

use crate::content::levels::level_of;
use crate::content::library::Reading;
use crate::content::markdown::{Block, BlockKind};
use crate::content::model::Level;
use crate::web::html::Html;

/// Which question of a document: the section it stands in, and its place there, counted from 1. A pinned
/// revision never changes, so this names it for good.
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

#[derive(Clone, Debug)]
pub struct Question {
    pub key: Key,
    pub html: Html,
    pub text: String,
}

/// The questions of `reading` at `level`, in the order in which it asks them; none where it has no level
/// sections. Those a section outside the levels asks of the reader ("Please ask questions") are not meant.
pub fn asked(reading: &Reading, level: Level) -> Vec<Question> {
    if reading.levels.is_none() {
        return Vec::new();
    }
    let mut asked = Vec::new();
    // The level section one is in with its rank, and the rank of the heading "Questions" below it.
    let mut section: Option<(Level, u8)> = None;
    let mut under: Option<u8> = None;
    let mut number = 0;
    for block in &reading.at(Some(level)) {
        if let Some((rank, _)) = block.heading() {
            if let Some(of) = level_of(&block.text) {
                (section, under, number) = (Some((of, rank)), None, 0);
                continue;
            }
            section = section.filter(|(_, of)| rank > *of);
            under = match under {
                Some(above) if rank > above => under,
                _ => is_called_questions(block).then_some(rank),
            };
            continue;
        }
        let (Some((level, _)), Some(_), BlockKind::List { items, .. }) =
            (section, under, &block.kind)
        else {
            continue;
        };
        for item in items {
            number += 1;
            let key = Key { level, number };
            asked.push(Question { key, html: item.html.clone(), text: item.text.clone() });
        }
    }
    asked
}

/// The same of a challenge that may not be readable any more: then nothing is asked.
pub fn asked_in(challenge: Option<&Reading>, level: Level) -> Vec<Question> {
    challenge.map(|reading| asked(reading, level)).unwrap_or_default()
}

fn is_called_questions(heading: &Block) -> bool {
    heading.text.trim().trim_end_matches(':').eq_ignore_ascii_case("questions")
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
