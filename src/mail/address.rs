//! E-mail addresses and what else stands in a letter's head, each checked once.
//!
//! Neither type can hold a line break, so no header can be smuggled in by a name.

use std::fmt;
use std::str::FromStr;

use unicode_normalization::UnicodeNormalization;

/// The most characters of an address (RFC 5321 §4.5.3.1.3).
pub const MAX_ADDRESS: usize = 254;
/// The most characters of a name or a subject; what is longer is cut.
pub const MAX_LINE: usize = 200;

/// An e-mail address as it was typed, composed (NFC) and the domain in lower case.
///
/// Names in other scripts are taken on both sides of the @ (RFC 6531, IDNA); quoted local parts,
/// comments and address literals are not. Two spellings of one mailbox share their [`Address::key`];
/// write to the address that is kept, never to one that was typed to find it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Address {
    text: String,
    /// The domain as the network knows it.
    domain: String,
}

impl Address {
    /// The address that `text` is, spaces around it aside; `None` where it is none.
    pub fn parse(text: &str) -> Option<Self> {
        // Some keyboards type a letter and its accent as two characters.
        let text: String = text.trim_matches(' ').nfc().collect();
        let (local, domain) = text.split_once('@')?;
        let is_local = |local: &str| local.chars().all(may_stand_in_local);
        // What only looks like an @ or a space must not become one in the key.
        if !is_local(local) || !is_local(&local.nfkc().collect::<String>()) {
            return None;
        }
        let typed = domain.to_lowercase();
        if typed.contains(['@', '[', ']'])
            || typed.chars().any(|c| is_hidden(c) || c.is_whitespace())
        {
            return None;
        }
        let domain = idna::domain_to_ascii_strict(&typed).ok()?;
        let is_network_address = domain.parse::<std::net::Ipv4Addr>().is_ok();
        let text = format!("{local}@{typed}");
        let fits = text.chars().count() <= MAX_ADDRESS && local.len() + domain.len() < MAX_ADDRESS;
        // What the transport would refuse later is refused while somebody can still correct it.
        let can_be_sent_to = lettre::Address::new(local, &domain).is_ok();
        (fits && can_be_sent_to && !is_network_address).then_some(Self { text, domain })
    }

    /// As it was typed, the domain in lower case.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What two spellings of one mailbox have in common: no case, no compatibility forms, the domain
    /// as the network knows it.
    pub fn key(&self) -> String {
        let local: String = self.local().nfkc().collect::<String>().to_lowercase();
        format!("{}@{}", local.nfkc().collect::<String>(), self.domain)
    }

    pub(crate) fn local(&self) -> &str {
        self.text.rsplit_once('@').map_or("", |(local, _)| local)
    }

    pub(crate) fn domain(&self) -> &str {
        &self.domain
    }
}

impl FromStr for Address {
    type Err = NotAnAddress;

    fn from_str(text: &str) -> Result<Self, NotAnAddress> {
        Self::parse(text).ok_or(NotAnAddress)
    }
}

/// Says nothing of what was typed: that may be somebody's address after all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("that is not an e-mail address")]
pub struct NotAnAddress;

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Address(…)")
    }
}

fn may_stand_in_local(c: char) -> bool {
    if c.is_ascii() {
        c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c)
    } else {
        !is_hidden(c) && !c.is_whitespace() && !is_joiner(c)
    }
}

/// Characters that are not seen: controls, line breaks, and those that turn or hide their neighbours.
pub fn is_hidden(c: char) -> bool {
    let turns_or_hides = matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
        | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}');
    c.is_control() || turns_or_hides
}

/// Joiners belong to words of some scripts, but not to addresses, where nobody sees them.
fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}')
}

/// One line of text for a letter's head: a name or a subject. Made of anything: what would break the
/// line, cannot be seen or turns text around becomes a space or goes.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Line(String);

impl Line {
    pub fn new(text: &str) -> Self {
        let is_break = |c: char| c.is_whitespace() || c.is_control();
        let words = text.split(is_break).map(|word| word.replace(is_hidden, ""));
        let words: Vec<String> = words.filter(|word| !word.is_empty()).collect();
        // Otherwise what only looks like an encoded word (RFC 2047) would be decoded where it is read,
        // and could hold a line break after all.
        let line = words.join(" ").replace("=?", "= ?");
        let line: String = line.chars().take(MAX_LINE).collect();
        Self(line.trim_end().to_owned())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Line(…)")
    }
}

/// Whom a letter goes to or comes from. The name may be empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    pub name: Line,
    pub address: Address,
}

impl Recipient {
    /// What `Name <address>`, `"Name" <address>` or an address alone says.
    pub fn parse(text: &str) -> Option<Self> {
        let (name, address) = match text.trim().strip_suffix('>') {
            Some(text) => text.rsplit_once('<')?,
            None => ("", text),
        };
        let name = name.trim();
        let unquoted = name.strip_prefix('"').and_then(|name| name.strip_suffix('"'));
        let name = Line::new(unquoted.unwrap_or(name));
        Some(Self { name, address: Address::parse(address)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_every_script_are_taken() {
        for good in [
            "ada@example.org",
            " ada@example.org ",
            "o'brien+jobs@sub.example.co.uk",
            "x@localhost",
            "дарья@пример.рф",
            "ada@bücher.example",
            "用户@例え.jp",
        ] {
            assert!(Address::parse(good).is_some(), "{good}");
        }
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_refused() {
        let long_local = format!("{}@example.org", "a".repeat(65));
        let long = format!("a@{}.example", "abcdefgh.".repeat(30));
        for bad in [
            "",
            "@",
            "ada",
            "ada@",
            "@example.org",
            "a@b@example.org",
            "a b@example.org",
            "ada@exam ple.org",
            "ada@example.org\r\nBcc: x@y.example",
            "a\u{0}da@example.org",
            "ada@example.org\u{2028}",
            "a\u{202e}da@example.org",
            "a\u{ff20}b@example.org",
            "\"a b\"@example.org",
            "ada(comment)@example.org",
            "<ada@example.org>",
            "ada@[127.0.0.1]",
            "ada@127.0.0.1",
            "ada@-example.org",
            "ada@exam_ple.org",
            "ada@example..org",
            ".ada@example.org",
            "ada,eve@example.org",
            &long_local,
            &long,
        ] {
            assert!(Address::parse(bad).is_none(), "{bad:?}");
        }
    }

    #[test]
    fn two_spellings_of_one_mailbox_have_one_key() {
        let key = |text: &str| Address::parse(text).unwrap_or_else(|| panic!("{text}")).key();
        assert_eq!(key("Ada@Example.ORG"), key("ada@example.org"));
        assert_eq!(key("ada@BÜCHER.example"), key("ada@xn--bcher-kva.example"));
        assert_eq!(key("\u{fb01}nn@example.org"), key("finn@example.org"));
        assert_eq!(key("Zoe\u{308}@example.org"), key("zo\u{eb}@example.org"));
        assert_ne!(key("ada+jobs@example.org"), key("ada@example.org"));
        assert_eq!(Address::parse("Ada@Example.ORG").unwrap().as_str(), "Ada@example.org");
    }

    #[test]
    fn a_line_is_one_line() {
        let line = |text| Line::new(text).0;
        assert_eq!(line(" Ada\r\nBcc: eve@example.org "), "Ada Bcc: eve@example.org");
        assert_eq!(line("a\u{202e}b\u{0}c\u{2029}d\u{85}e"), "ab c d e");
        assert_eq!(line("\r\n"), "");
        assert_eq!(line("=?utf-8?q?=0D=0A?="), "= ?utf-8?q?=0D=0A?=");
        assert_eq!(line(&"x".repeat(1000)).len(), MAX_LINE);
    }

    #[test]
    fn a_sender_is_a_name_and_an_address() {
        let parse = |text| Recipient::parse(text).map(|it| (it.name.0, it.address.text));
        let expected = |name: &str| Some((name.to_owned(), "a@example.org".to_owned()));
        assert_eq!(parse("Interviews <a@example.org>"), expected("Interviews"));
        assert_eq!(parse("\"Team, Interviews\" <a@example.org>"), expected("Team, Interviews"));
        assert_eq!(parse("a@example.org"), expected(""));
        assert_eq!(parse("Interviews"), None);
        assert_eq!(parse("Interviews <a@example.org> x"), None);
    }
}
