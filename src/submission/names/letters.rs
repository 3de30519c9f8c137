//! Letters that a text spells out, as `&euml;` in Markdown and `\u00eb` in JSON.

use pulldown_cmark::{Event, Parser};

/// The longest that is taken for one of these, with what begins and ends it.
const LONGEST: usize = 32;

/// `text` with such letters as themselves; None where it has none. Lines stay lines.
pub(super) fn plain(text: &str) -> Option<String> {
    let mut plain = String::with_capacity(text.len());
    let (mut rest, mut is_other) = (text, false);
    while let Some(at) = rest.find(['&', '\\']) {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        match entity(rest).or_else(|| escape(rest)) {
            Some((letter, length)) => {
                plain.push(letter);
                rest = &rest[length..];
                is_other = true;
            }
            None => {
                plain.push_str(&rest[..1]);
                rest = &rest[1..];
            }
        }
    }
    plain.push_str(rest);
    is_other.then_some(plain)
}

/// The letter that `text` begins with, spelled as HTML does, and how long that is.
fn entity(text: &str) -> Option<(char, usize)> {
    let length = text.bytes().take(LONGEST).position(|byte| byte == b';')? + 1;
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
    letter(&said).map(|letter| (letter, length))
}

/// The same of `\u00eb`.
fn escape(text: &str) -> Option<(char, usize)> {
    const LENGTH: usize = 6;
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    let is_one = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let code = u32::from_str_radix(digits, 16).ok().filter(|_| is_one)?;
    char::from_u32(code).filter(|c| c.is_alphabetic()).map(|letter| (letter, LENGTH))
}

fn letter(said: &str) -> Option<char> {
    let mut letters = said.chars();
    letters.next().filter(|c| c.is_alphabetic() && letters.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_read_as_themselves_and_markup_stays() {
        let read =
            plain("Zo&euml; &#x42;rz&#281;cz \\u0142\n&lt;b&gt; &amp; &nope; \\u0026 &").unwrap();
        assert_eq!(read, "Zoë Brzęcz ł\n&lt;b&gt; &amp; &nope; \\u0026 &");
        assert_eq!(plain("a & b; c \\n &lt; &#0; &#128512;"), None);
    }
}
