//! What was asked for and what was found, as types. Pure.

pub mod snippet;
pub mod vocabulary;

use crate::content::model::DocPath;
use crate::content::paths;

/// The most characters of a question that are looked at.
const LONGEST: usize = 200;
/// The most words that are looked for.
const MOST_WORDS: usize = 12;

/// A question as words to look for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    words: Vec<String>,
}

impl Query {
    /// The words in `text`: runs of letters and digits. `None` where there are none.
    pub fn parse(text: &str) -> Option<Self> {
        let text: String = text.chars().take(LONGEST).collect::<String>().to_lowercase();
        let words: Vec<String> = text
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .take(MOST_WORDS)
            .map(str::to_owned)
            .collect();
        (!words.is_empty()).then_some(Self { words })
    }

    /// For `to_tsquery`: every word has to occur, as a word or as the beginning of one. Only letters
    /// and digits stand between the quotes.
    pub fn as_tsquery(&self) -> String {
        self.joined(" & ")
    }

    /// As [`Query::as_tsquery`], but one of the words is enough.
    pub fn as_tsquery_of_any(&self) -> String {
        self.joined(" | ")
    }

    fn joined(&self, by: &str) -> String {
        self.words.iter().map(|word| format!("'{word}':*")).collect::<Vec<_>>().join(by)
    }

    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// This question with each word `instead` knows another for exchanged; `None` where it knows none.
    pub fn corrected<'a>(&self, instead: impl Fn(&str) -> Option<&'a str>) -> Option<Self> {
        let words: Vec<String> =
            self.words.iter().map(|word| instead(word).unwrap_or(word).to_owned()).collect();
        (words != self.words).then_some(Self { words })
    }
}

/// One passage that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The document's title.
    pub title: Vec<Piece>,
    /// The heading of the passage; empty for the document's beginning.
    pub heading: Vec<Piece>,
    /// The address of the passage.
    pub href: String,
    pub path: DocPath,
    pub snippet: Vec<Piece>,
}

/// A stretch of text, marked where it matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    pub text: String,
    pub marked: bool,
}

/// What the database puts before and after a match: characters that no text holds.
pub const MARK: (char, char) = ('\u{2}', '\u{3}');

/// A text, and the same with marks as the database put them.
#[derive(Clone, Debug, Default)]
pub struct Found {
    pub text: String,
    pub marked: String,
}

impl Hit {
    pub fn new(path: DocPath, anchor: &str, title: &Found, heading: &Found, body: &Found) -> Self {
        let anchor = if anchor.is_empty() { String::new() } else { format!("#{anchor}") };
        Self {
            title: snippet::pieces(&title.text, &title.marked),
            heading: snippet::pieces(&heading.text, &heading.marked),
            href: paths::document(&path) + &anchor,
            snippet: snippet::snippet(&body.text, &body.marked),
            path,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_becomes_words_and_nothing_else() {
        let query = |text: &str| Query::parse(text).map(|query| query.as_tsquery());
        assert_eq!(query("Cgroups & BPF").as_deref(), Some("'cgroups':* & 'bpf':*"));
        assert_eq!(query("/proc/net/tcp").as_deref(), Some("'proc':* & 'net':* & 'tcp':*"));
        assert_eq!(query("a' | 'b').as").as_deref(), Some("'a':* & 'b':* & 'as':*"));
        assert_eq!(query(" !&|()<> "), None);
        assert_eq!(query(&"x".repeat(10_000)).map(|q| q.len()), Some(204));
    }
}
