//! What was asked for and what was found, as types. Pure.

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
        self.words.iter().map(|word| format!("'{word}':*")).collect::<Vec<_>>().join(" & ")
    }
}

/// One passage that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The document's title.
    pub title: String,
    /// The heading of the passage; empty for the document's beginning.
    pub heading: String,
    /// The address of the passage.
    pub href: String,
    pub path: DocPath,
    pub snippet: Vec<Piece>,
}

/// A stretch of a snippet, marked where it matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    pub text: String,
    pub marked: bool,
}

/// What the database puts before and after a match: characters that no text holds.
pub const MARK: (char, char) = ('\u{2}', '\u{3}');

impl Hit {
    /// A hit with its snippet as the database marked it.
    pub fn new(
        path: DocPath,
        title: String,
        heading: String,
        anchor: String,
        snippet: &str,
    ) -> Self {
        let anchor = if anchor.is_empty() { String::new() } else { format!("#{anchor}") };
        let href = paths::document(&path) + &anchor;
        Self { title, heading, href, path, snippet: pieces(snippet) }
    }
}

fn pieces(snippet: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut push = |text: &str, marked| {
        if !text.is_empty() {
            pieces.push(Piece { text: text.to_owned(), marked });
        }
    };
    for (n, part) in snippet.split(MARK.0).enumerate() {
        match part.split_once(MARK.1) {
            Some((matched, after)) if n > 0 => {
                push(matched, true);
                push(after, false);
            }
            _ => push(part, false),
        }
    }
    pieces
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

    #[test]
    fn matches_are_told_apart_from_the_text_around_them() {
        let marked: Vec<_> =
            pieces("a \u{2}b\u{3} c").into_iter().map(|p| (p.text, p.marked)).collect();
        assert_eq!(marked, [("a ".into(), false), ("b".into(), true), (" c".into(), false)]);
    }
}
