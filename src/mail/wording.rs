//! The words of letters: as they ship, or as the organisation has changed them. Pure.
//!
//! Words may hold blanks, such as `{name}`, which are filled in when a letter is written. What makes a
//! letter safe is no part of them: its link, and the footer that says why it came.

use super::letter::{Action, Draft};
use super::{Kind, Line};

/// One kind of letter.
#[derive(Clone, Copy, Debug)]
pub struct Template {
    /// Lower-case letters and `_`.
    pub name: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// When it is sent, in half a sentence.
    pub sent: &'static str,
    pub kind: Kind,
    pub subject: &'static str,
    /// Paragraphs with an empty line between them, before the button.
    pub body: &'static str,
    /// What its button says; without one the letter asks for nothing.
    pub action: Option<&'static str>,
    /// Paragraphs after the button.
    pub closing: &'static str,
    /// Why it was received. Nobody can change it.
    pub footer: &'static str,
    pub blanks: &'static [Blank],
}

/// What is filled in when a letter is written.
#[derive(Clone, Copy, Debug)]
pub struct Blank {
    /// As it stands in the words, without its braces.
    pub name: &'static str,
    pub meaning: &'static str,
    /// For previews.
    pub sample: &'static str,
}

/// What an organisation may change about a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wording {
    pub subject: String,
    pub body: String,
    pub closing: String,
}

/// The most characters of a subject, and of a body or closing.
const LONGEST_SUBJECT: usize = 200;
const LONGEST_TEXT: usize = 5_000;

impl Template {
    /// The words it ships with.
    pub fn shipped(&self) -> Wording {
        let own = |text: &str| text.trim().to_owned();
        Wording { subject: own(self.subject), body: own(self.body), closing: own(self.closing) }
    }

    /// A subject as typed.
    ///
    /// # Errors
    /// It is empty, too long, more than a line, or has a blank this letter cannot fill in.
    pub fn read_subject(&self, typed: &str) -> Result<String, String> {
        match typed.chars().count() {
            0 => Err("A letter without a subject is taken for junk; type one".to_owned()),
            ..=LONGEST_SUBJECT if !typed.chars().any(char::is_control) => self.known(typed),
            _ => Err(format!("Use one line of at most {LONGEST_SUBJECT} characters")),
        }
    }

    /// A body as typed.
    ///
    /// # Errors
    /// It is empty, too long, or has a blank this letter cannot fill in.
    pub fn read_body(&self, typed: &str) -> Result<String, String> {
        if typed.is_empty() {
            return Err("Say something before the button".to_owned());
        }
        self.read_closing(typed)
    }

    /// A closing as typed; it may be empty.
    ///
    /// # Errors
    /// It is too long, or has a blank this letter cannot fill in.
    pub fn read_closing(&self, typed: &str) -> Result<String, String> {
        if typed.chars().count() > LONGEST_TEXT {
            return Err(format!("Use at most {LONGEST_TEXT} characters"));
        }
        self.known(&typed.replace("\r\n", "\n"))
    }

    fn known(&self, words: &str) -> Result<String, String> {
        let known: Vec<String> =
            self.blanks.iter().map(|blank| format!("{{{}}}", blank.name)).collect();
        let unknown = pieces(words).find_map(|piece| match piece {
            Piece::Blank(name) if self.blanks.iter().all(|blank| blank.name != name) => Some(name),
            _ => None,
        });
        match unknown {
            None => Ok(words.to_owned()),
            Some(name) => Err(format!(
                "Nothing is filled in for {{{name}}} in this letter; use {}",
                known.join(", ")
            )),
        }
    }

    /// The letter with `values` in its blanks; `url` is where its button leads.
    pub fn draft(&self, words: &Wording, values: &[(&str, &str)], url: String) -> Draft {
        let filled = |text: &str| fill(text, values);
        let paragraphs = |text: &str| {
            let text = filled(text);
            let paragraphs = text.split("\n\n").map(str::trim).filter(|text| !text.is_empty());
            paragraphs.map(str::to_owned).collect()
        };
        Draft {
            subject: Line::new(&filled(&words.subject)),
            paragraphs: paragraphs(&words.body),
            action: self.action.map(|label| Action { label: label.to_owned(), url }),
            closing: paragraphs(&words.closing),
            footer: filled(self.footer),
        }
    }

    /// The letter as a preview shows it, its blanks filled with what is `known`, else with samples.
    pub fn sample(&self, words: &Wording, base_url: &str, known: &[(&str, &str)]) -> Draft {
        let sample = |blank: &Blank| {
            let known = known.iter().find(|(name, _)| *name == blank.name);
            (blank.name, known.map_or(blank.sample, |(_, value)| *value))
        };
        let samples: Vec<(&str, &str)> = self.blanks.iter().map(sample).collect();
        self.draft(words, &samples, format!("{base_url}/the-link-of-this-letter"))
    }
}

enum Piece<'a> {
    Text(&'a str),
    Blank(&'a str),
}

/// `text` cut at its blanks. Braces around anything but a name are text.
fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        if let Some(name) = name_at_start(rest) {
            rest = &rest[name.len() + 2..];
            return Some(Piece::Blank(name));
        }
        let mut braces = rest.match_indices('{').map(|(at, _)| at);
        let next = braces.find(|at| name_at_start(&rest[*at..]).is_some()).unwrap_or(rest.len());
        let (piece, tail) = rest.split_at(next);
        rest = tail;
        Some(Piece::Text(piece))
    })
}

fn name_at_start(text: &str) -> Option<&str> {
    let (name, _) = text.strip_prefix('{')?.split_once('}')?;
    let is_name = |c: char| c.is_ascii_lowercase() || c == '_';
    (!name.is_empty() && name.chars().all(is_name)).then_some(name)
}

/// `text` with its blanks filled in, once: what is filled in is not looked at again.
fn fill(text: &str, values: &[(&str, &str)]) -> String {
    let value = |name: &str| values.iter().find(|(known, _)| *known == name).map(|(_, it)| *it);
    pieces(text)
        .map(|piece| match piece {
            Piece::Text(text) => text,
            Piece::Blank(name) => value(name).unwrap_or_default(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HELLO: Template = Template {
        name: "hello",
        title: "Hello",
        sent: "when somebody comes",
        kind: Kind::Process,
        subject: "Hello from {organisation}",
        body: "Hello {name},\n\nthis is { no blank } and {Neither}.",
        action: Some("Come in"),
        closing: "",
        footer: "You came to {organisation}.",
        blanks: &[
            Blank { name: "name", meaning: "their name", sample: "Ada" },
            Blank { name: "organisation", meaning: "the organisation", sample: "Acme" },
        ],
    };

    #[test]
    fn blanks_are_filled_once_and_braces_around_anything_else_stay() {
        let values = [("name", "{organisation}"), ("organisation", "Acme")];
        let draft = HELLO.draft(&HELLO.shipped(), &values, "https://portal.test/x".to_owned());
        assert_eq!(draft.subject.as_str(), "Hello from Acme");
        assert_eq!(
            draft.paragraphs,
            ["Hello {organisation},", "this is { no blank } and {Neither}."]
        );
        assert_eq!(draft.footer, "You came to Acme.");
    }

    #[test]
    fn a_blank_that_cannot_be_filled_in_is_refused_with_those_that_can() {
        let refused = HELLO.read_body("Dear {nmae}").unwrap_err();
        assert!(refused.contains("{nmae}") && refused.contains("{name}, {organisation}"));
        assert!(HELLO.read_subject("").is_err() && HELLO.read_body("").is_err());
        assert!(HELLO.read_subject("a\nb").is_err());
        assert!(HELLO.read_closing(&"x".repeat(5_001)).is_err());
        assert_eq!(HELLO.read_closing("a\r\n\r\nb"), Ok("a\n\nb".to_owned()));
    }
}
