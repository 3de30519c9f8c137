//! A text as people read it: letters that it spells out, as `&euml;`, `\u00eb` and `%C3%AB`, are themselves, and what
//! Markdown and HTML put between letters and do not show is gone. Pure.

use std::ops::Range;

use pulldown_cmark::{Event, Parser};

/// The longest that is taken for a letter, with what begins and ends it.
const LONGEST_LETTER: usize = 32;
/// The longest tag of HTML.
const LONGEST_TAG: usize = 200;

/// A text as it is read, and where in its source that stands.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) text: String,
    pieces: Vec<Piece>,
}

/// A piece of what is read.
#[derive(Debug)]
struct Piece {
    /// Where it begins in what is read.
    at: usize,
    source: Range<usize>,
    /// It is read letter by letter as it stands there.
    is_same: bool,
}

/// `source` as it is read; None where it reads as it stands. `is_marked_up` is for Markdown and HTML: in anything
/// else, their signs count within a word alone.
pub(super) fn read(source: &str, is_marked_up: bool) -> Option<Read> {
    let mut read = Read::default();
    let mut at = 0;
    let mut from = 0;
    while let Some(next) = source[at..].find(['&', '\\', '%', '*', '~', '`', '<']) {
        at += next;
        if let Some((letter, length)) = letter(&source[at..]) {
            read.same(source, from..at);
            read.letter(letter, at..at + length);
            (at, from) = (at + length, at + length);
        } else if let Some(length) = unseen(source, at, is_marked_up) {
            read.same(source, from..at);
            (at, from) = (at + length, at + length);
        } else {
            at += 1;
        }
    }
    if from == 0 && read.pieces.is_empty() {
        return None;
    }
    read.same(source, from..source.len());
    Some(read)
}

impl Read {
    fn same(&mut self, source: &str, range: Range<usize>) {
        if !range.is_empty() {
            let at = self.text.len();
            self.text.push_str(&source[range.clone()]);
            self.pieces.push(Piece { at, source: range, is_same: true });
        }
    }

    fn letter(&mut self, letter: char, source: Range<usize>) {
        self.pieces.push(Piece { at: self.text.len(), source, is_same: false });
        self.text.push(letter);
    }

    /// Where a range of what is read, which is not empty, stands in the source.
    pub(super) fn source(&self, read: &Range<usize>) -> Range<usize> {
        let piece = |at: usize| {
            &self.pieces[self.pieces.partition_point(|piece| piece.at <= at).saturating_sub(1)]
        };
        let (first, last) = (piece(read.start), piece(read.end - 1));
        let start = match first.is_same {
            true => first.source.start + (read.start - first.at),
            false => first.source.start,
        };
        let end = match last.is_same {
            true => last.source.start + (read.end - last.at),
            false => last.source.end,
        };
        start..end
    }
}

/// The letter that `text` spells out at its beginning, and how long that is.
fn letter(text: &str) -> Option<(char, usize)> {
    entity(text).or_else(|| escape(text)).or_else(|| percent(text))
}

/// Spelled as HTML does.
fn entity(text: &str) -> Option<(char, usize)> {
    let length = text.bytes().take(LONGEST_LETTER).position(|byte| byte == b';')? + 1;
    let name = text.get(1..length - 1)?;
    let is_one = text.starts_with('&')
        && !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'#');
    if !is_one {
        return None;
    }
    let mut said = String::new();
    for event in Parser::new(&text[..length]) {
        if let Event::Text(text) = event {
            said.push_str(&text);
        }
    }
    only(&said).map(|letter| (letter, length))
}

/// The same of `\u00eb`.
fn escape(text: &str) -> Option<(char, usize)> {
    const LENGTH: usize = 6;
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    let is_one = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let code = u32::from_str_radix(digits, 16).ok().filter(|_| is_one)?;
    char::from_u32(code).filter(|c| is_of_names(*c)).map(|letter| (letter, LENGTH))
}

/// The same of `%C3%AB`, as in addresses.
fn percent(text: &str) -> Option<(char, usize)> {
    let byte = |at: usize| {
        let digits = text.get(at * 3..)?.strip_prefix('%')?.get(..2)?;
        let is_one = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        u8::from_str_radix(digits, 16).ok().filter(|_| is_one)
    };
    let bytes: Vec<u8> = (0..4).map_while(byte).collect();
    let first = bytes.utf8_chunks().next()?.valid().chars().next()?;
    is_of_names(first).then_some((first, first.len_utf8() * 3))
}

fn only(said: &str) -> Option<char> {
    let mut letters = said.chars();
    letters.next().filter(|c| is_of_names(*c) && letters.next().is_none())
}

/// Whether names and addresses are written with it.
fn is_of_names(c: char) -> bool {
    c.is_alphabetic() || matches!(c, '@' | '.' | '-' | ' ' | '\u{a0}')
}

/// How long what is not shown at `at` is: marks of Markdown, and tags and comments of HTML.
fn unseen(source: &str, at: usize, is_marked_up: bool) -> Option<usize> {
    let rest = &source[at..];
    let length = match rest.chars().next()? {
        mark @ ('*' | '~' | '`') => rest.find(|c| c != mark).unwrap_or(rest.len()),
        '<' => tag(rest)?,
        _ => return None,
    };
    let is_letter = |c: Option<char>| c.is_some_and(char::is_alphabetic);
    let before = is_letter(source[..at].chars().next_back());
    let after = is_letter(rest[length..].chars().next());
    let counts = if is_marked_up { before || after } else { before && after };
    counts.then_some(length)
}

fn tag(text: &str) -> Option<usize> {
    if let Some(comment) = text.strip_prefix("<!--") {
        return Some(comment.find("-->")? + "<!---->".len());
    }
    let begins = |c: char| c.is_ascii_alphabetic() || c == '/';
    text[1..].starts_with(begins).then_some(())?;
    let length = text.bytes().take(LONGEST_TAG).position(|byte| byte == b'>')? + 1;
    (!text[..length].contains('\n')).then_some(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reads(text: &str) -> String {
        read(text, true).map_or(text.to_owned(), |read| read.text)
    }

    #[test]
    fn letters_are_read_as_themselves_and_markup_stays() {
        assert_eq!(
            reads("Zo&euml; &#x42;rz&#281;cz \\u0142\n&lt;b&gt; &amp; &nope; \\u0026 &"),
            "Zoë Brzęcz ł\n&lt;b&gt; &amp; &nope; \\u0026 &"
        );
        assert_eq!(reads("Zo%C3%AB%20Lang%40work.example"), "Zoë Lang@work.example");
        assert!(read("a & b; c \\n &lt; &#0; &#128512; 100% %2F %C3 %zz", false).is_none());
    }

    #[test]
    fn what_is_not_shown_is_not_read() {
        assert_eq!(reads("Z**o**ë <b>La</b>ng, Z<!-- - -->oë `L`ang"), "Zoë Lang, Zoë Lang");
        assert_eq!(reads("2 * 3 < 4 > 1"), "2 * 3 < 4 > 1");
        assert!(read("a = *zoe + b<c", false).is_none());
        assert_eq!(read("z*o*e", false).unwrap().text, "zoe");
    }

    #[test]
    fn what_is_read_is_found_in_its_source() {
        let source = "by Z**o**&euml; <b>L</b>ang%40x";
        let read = read(source, true).unwrap();
        assert_eq!(read.text, "by Zoë Lang@x");
        for (what, stands) in [
            ("by", "by"),
            ("Zoë", "Z**o**&euml;"),
            ("Lang", "L</b>ang"),
            ("@x", "%40x"),
            ("ë", "&euml;"),
            ("oë L", "o**&euml; <b>L"),
        ] {
            let at = read.text.find(what).unwrap();
            assert_eq!(&source[read.source(&(at..at + what.len()))], stands);
        }
    }
}
