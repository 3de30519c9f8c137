//! A text as people read it: letters that it spells out, as `&euml;`, `\u00eb` and `%C3%AB`, are themselves, and
//! [`UNSEEN`] stands for what Markdown and HTML put between letters and do not show. Pure.

use std::ops::Range;

use pulldown_cmark::{Event, Parser};
use unicode_normalization::char::is_combining_mark;

use super::words::is_invisible;

/// Stands for what is not shown: nothing within a word, and an end of one. No text has it.
pub(super) const UNSEEN: char = '\u{fffe}';

/// The longest that is taken for a letter, with what begins and ends it.
const LONGEST_LETTER: usize = 32;
/// The longest tag and the longest comment of HTML.
const LONGEST_TAG: usize = 200;
const LONGEST_COMMENT: usize = 2_000;
/// The most pieces of one text: what follows is read as it stands.
const MOST_PIECES: usize = 500_000;

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
    // Where to look on, and from where on nothing is taken over yet.
    let (mut at, mut from) = (0, 0);
    while read.pieces.len() < MOST_PIECES
        && let Some(next) = source[at..].find(['&', '\\', '%', '=', '*', '~', '`', '_', '<'])
    {
        at += next;
        if let Some((letter, length)) = letter(&source[at..]) {
            read.same(source, from..at);
            read.letter(letter, at..at + length);
            (at, from) = (at + length, at + length);
            continue;
        }
        let length = marks(&source[at..], is_marked_up);
        if length.is_some_and(|length| is_unseen(source, at..at + length, is_marked_up)) {
            read.same(source, from..at);
            read.text.push(UNSEEN);
            from = at + length.unwrap_or_default();
        }
        at += length.unwrap_or(1);
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

    /// Where what is read at `range` stands in the source, from its beginning on: what is not read is between these.
    pub(super) fn spans(&self, range: &Range<usize>) -> Vec<Range<usize>> {
        let first = self.pieces.partition_point(|piece| piece.at <= range.start).saturating_sub(1);
        let mut spans: Vec<Range<usize>> = Vec::new();
        for piece in self.pieces[first..].iter().take_while(|piece| piece.at < range.end) {
            let span = match piece.is_same {
                true => {
                    let within = |at: usize| piece.source.start + at.saturating_sub(piece.at);
                    within(range.start)..within(range.end).min(piece.source.end)
                }
                false => piece.source.clone(),
            };
            match spans.last_mut().filter(|last| last.end == span.start) {
                Some(last) => last.end = span.end,
                None => spans.push(span),
            }
        }
        spans
    }
}

/// The letter that `text` spells out at its beginning, and how long that is.
fn letter(text: &str) -> Option<(char, usize)> {
    let bytes = || ["%", "=", "\\x"].into_iter().find_map(|before| in_bytes(text, before));
    entity(text).or_else(|| escape(text)).or_else(bytes)
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

/// The same of `\u00eb`, `\u{eb}` and `\U000000eb`.
fn escape(text: &str) -> Option<(char, usize)> {
    let fixed = |before: &str, count: usize| {
        let digits = text.strip_prefix(before)?.get(..count)?;
        Some((digits, before.len() + count))
    };
    let braced = || {
        let digits = text.strip_prefix("\\u{")?;
        let length = digits.bytes().take(8).position(|byte| byte == b'}')?;
        Some((&digits[..length], "\\u{}".len() + length))
    };
    let (digits, length) = braced().or_else(|| fixed("\\u", 4)).or_else(|| fixed("\\U", 8))?;
    let is_one = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let code = u32::from_str_radix(digits, 16).ok().filter(|_| is_one)?;
    char::from_u32(code).filter(|c| is_of_names(*c)).map(|letter| (letter, length))
}

/// The same byte by byte, as `%C3%AB` in addresses, with `before` before each.
fn in_bytes(text: &str, before: &str) -> Option<(char, usize)> {
    let length = before.len() + 2;
    let byte = |at: usize| {
        let digits = text.get(at * length..)?.strip_prefix(before)?.get(..2)?;
        let is_one = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        u8::from_str_radix(digits, 16).ok().filter(|_| is_one)
    };
    let bytes: Vec<u8> = (0..4).map_while(byte).collect();
    let first = bytes.utf8_chunks().next()?.valid().chars().next()?;
    is_of_names(first).then_some((first, first.len_utf8() * length))
}

fn only(said: &str) -> Option<char> {
    let mut letters = said.chars();
    letters.next().filter(|c| is_of_names(*c) && letters.next().is_none())
}

/// Whether names and addresses are written with it.
fn is_of_names(c: char) -> bool {
    c.is_alphabetic()
        || is_combining_mark(c)
        || is_invisible(c)
        || matches!(c, '@' | '.' | '-' | ' ' | '\u{a0}')
}

/// How long the marks of Markdown, and the tags and comments of HTML, are that `text` begins with.
fn marks(text: &str, is_marked_up: bool) -> Option<usize> {
    let mut length = 0;
    while let Some(more) = mark(&text[length..], is_marked_up) {
        length += more;
    }
    (length > 0).then_some(length)
}

fn mark(text: &str, is_marked_up: bool) -> Option<usize> {
    match text.chars().next()? {
        mark @ ('*' | '~' | '`') => Some(text.find(|c| c != mark).unwrap_or(text.len())),
        '_' if is_marked_up => Some(text.find(|c| c != '_').unwrap_or(text.len())),
        '<' => comment(text).or_else(|| tag(text)),
        _ => None,
    }
}

/// Whether nothing of such marks is shown: they stand by a letter, or between two where nothing is marked up.
fn is_unseen(source: &str, marks: Range<usize>, is_marked_up: bool) -> bool {
    let is_letter = |c: Option<char>| c.is_some_and(char::is_alphabetic);
    let before = is_letter(source[..marks.start].chars().next_back());
    let after = is_letter(source[marks.end..].chars().next());
    if is_marked_up { before || after } else { before && after }
}

fn comment(text: &str) -> Option<usize> {
    const ENDS: &[u8] = b"-->";
    let inner = text.strip_prefix("<!--")?.as_bytes();
    let inner = &inner[..inner.len().min(LONGEST_COMMENT)];
    let end = inner.windows(ENDS.len()).position(|window| window == ENDS)?;
    Some("<!---->".len() + end)
}

fn tag(text: &str) -> Option<usize> {
    let begins = |c: char| c.is_ascii_alphabetic() || c == '/';
    text[1..].starts_with(begins).then_some(())?;
    Some(text.bytes().take(LONGEST_TAG).position(|byte| byte == b'>')? + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reads(text: &str) -> String {
        read(text, true).map_or(text.to_owned(), |read| read.text.replace(UNSEEN, "|"))
    }

    #[test]
    fn letters_are_read_as_themselves_and_markup_stays() {
        assert_eq!(
            reads("Zo&euml; &#x42;rz&#281;cz \\u0142\n&lt;b&gt; &amp; &nope; \\u0026 &"),
            "Zoë Brzęcz ł\n&lt;b&gt; &amp; &nope; \\u0026 &"
        );
        assert_eq!(reads("Zo%C3%AB%20Lang%40work.example"), "Zoë Lang@work.example");
        assert_eq!(reads("\\xc3\\xab =C3=AB \\u{eb} \\U000000eb e%CC%88"), "ë ë ë ë e\u{308}");
        assert!(read("a & b; c \\n &lt; &#0; &#128512; 100% %2F %C3 %zz", false).is_none());
    }

    #[test]
    fn what_is_not_shown_is_not_read() {
        assert_eq!(
            reads("Z**o**ë <b>La</b>ng, Z<!-- - -->oë `L`ang L_a_ng"),
            "Z|o|ë |La|ng, Z|oë |L|ang L|a|ng"
        );
        assert_eq!(reads("2 * 3 < 4 > 1"), "2 * 3 < 4 > 1");
        assert_eq!(reads("Zo</w:t></w:r><w:r a=\"1\"><w:t>ë"), "Zo|ë");
        assert!(read("a = *zoe + b<c", false).is_none());
        assert_eq!(read("z*o*e_x", false).unwrap().text.replace(UNSEEN, "|"), "z|o|e_x");
    }

    #[test]
    fn no_text_takes_longer_than_its_length() {
        let began = std::time::Instant::now();
        for sign in ["<!--", "*", "a*", "<a", "&#x", "%C3%A", "\\u00e"] {
            let text = sign.repeat((1 << 18) / sign.len());
            let read = read(&text, true);
            assert!(read.is_none_or(|read| read.text.len() <= text.len() * 2), "{sign}");
        }
        assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
    }

    #[test]
    fn what_is_read_is_found_in_its_source() {
        let source = "by Z**o**&euml; <b>L</b>ang%40x";
        let read = read(source, true).unwrap();
        assert_eq!(read.text.replace(UNSEEN, "|"), "by Z|o|ë |L|ang@x");
        let spans = |what: &str| {
            let at = read.text.find(what).unwrap();
            let spans = read.spans(&(at..at + what.len())).into_iter();
            spans.map(|at| &source[at]).collect::<Vec<_>>()
        };
        assert_eq!(spans("by"), ["by"]);
        assert_eq!(spans("Z\u{fffe}o\u{fffe}ë"), ["Z", "o", "&euml;"]);
        assert_eq!(spans("L\u{fffe}ang"), ["L", "ang"]);
        assert_eq!(spans("ang@"), ["ang%40"]);
        assert_eq!(spans("ë"), ["&euml;"]);
    }
}
