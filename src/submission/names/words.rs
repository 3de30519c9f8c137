//! The words that name a candidate, and where a text has them.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::letters::UNSEEN;
use super::spellings::{self, FEWEST, FEWEST_TOGETHER};
use super::{Kind, Who};

/// The most words that are looked for: somebody has a handful, and what a work says of its authors is only a claim.
const MOST: usize = 200;

/// The fewest letters of a part of a name that counts within a word of code.
const FEWEST_JOINED: usize = 4;

/// Mailboxes that many have, and that are words of prose or of programs too.
const ROLES: [&str; 12] = [
    "admin", "contact", "dev", "hello", "info", "mail", "me", "office", "root", "support", "team",
    "work",
];

/// Names that are words of prose or of programs too. They count beside another part of the name only.
const ORDINARY: &[&str] = &[
    "admin",
    "angel",
    "any",
    "api",
    "app",
    "april",
    "art",
    "august",
    "bill",
    "bin",
    "bob",
    "case",
    "chan",
    "christian",
    "class",
    "client",
    "cmd",
    "code",
    "col",
    "core",
    "dash",
    "data",
    "dean",
    "dev",
    "drew",
    "error",
    "eve",
    "faith",
    "file",
    "frank",
    "func",
    "gene",
    "go",
    "grace",
    "grant",
    "guy",
    "hash",
    "hope",
    "int",
    "iris",
    "jack",
    "jade",
    "java",
    "joy",
    "june",
    "key",
    "lane",
    "lang",
    "len",
    "let",
    "lib",
    "list",
    "log",
    "long",
    "main",
    "map",
    "mark",
    "max",
    "may",
    "min",
    "module",
    "net",
    "node",
    "package",
    "page",
    "pkg",
    "private",
    "public",
    "rich",
    "rob",
    "root",
    "rose",
    "row",
    "ruby",
    "rust",
    "scala",
    "self",
    "server",
    "sky",
    "src",
    "string",
    "struct",
    "summer",
    "sun",
    "test",
    "type",
    "user",
    "val",
    "var",
    "von",
    "ward",
    "web",
    "will",
    "young",
];

/// Whether a word in small letters is one of prose or of programs, too, and names nobody by itself.
fn is_ordinary(word: &str) -> bool {
    ORDINARY.contains(&word)
}

/// Where mailboxes of many people lie, so that an address there says nothing of whose it is.
const SHARED_DOMAINS: [&str; 16] = [
    "126.com",
    "163.com",
    "aol.com",
    "example.org",
    "fastmail.com",
    "gmail.com",
    "gmx.de",
    "gmx.net",
    "hotmail.com",
    "icloud.com",
    "live.com",
    "outlook.com",
    "proton.me",
    "protonmail.com",
    "qq.com",
    "yahoo.com",
];

/// What to look for. Folded: small letters, no accents.
#[derive(Clone, Debug, Default)]
pub(super) struct Words {
    /// Longest first.
    words: Vec<Word>,
    emails: BTreeSet<String>,
    locals: BTreeSet<String>,
    domains: BTreeSet<String>,
    /// Whole names, part by part: each of these is theirs, however short or ordinary its parts are.
    whole: Vec<Vec<Vec<char>>>,
    /// Names too short to be looked for but by themselves, and as they are written.
    exact: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Word {
    folded: Vec<char>,
    kind: Kind,
    is_ordinary: bool,
    /// It may stand within other letters.
    is_unspaced: bool,
}

impl Word {
    fn new(folded: &str, kind: Kind) -> Self {
        let is_ordinary = is_ordinary(folded);
        Self { folded: folded.chars().collect(), kind, is_ordinary, is_unspaced: false }
    }

    /// Whether it names them within a word of code too, as in `myHeronStore`.
    fn may_be_joined(&self) -> bool {
        self.kind == Kind::Name && !self.is_ordinary && self.folded.len() >= FEWEST_JOINED
    }
}

/// A piece of text that names them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Match {
    pub(super) at: Range<usize>,
    pub(super) kind: Kind,
    /// It goes with the piece before it, of one name that stands in several.
    pub(super) is_rest: bool,
}

impl Match {
    pub(super) fn new(at: Range<usize>, kind: Kind) -> Self {
        Self { at, kind, is_rest: false }
    }
}

impl Words {
    pub(super) fn of(who: &Who) -> Self {
        let mut words = Self::default();
        words.also(who);
        words
    }

    /// Looks for somebody's names too: what they were called before.
    pub(super) fn also(&mut self, who: &Who) {
        let spellings = spellings::of(&who.name);
        for part in &spellings.parts {
            self.add(part, Kind::Name);
        }
        for together in &spellings.together {
            self.add(together, Kind::Handle);
        }
        for word in &spellings.unspaced {
            self.push(Word { is_unspaced: true, ..Word::new(word, Kind::Name) });
        }
        self.whole.extend(spellings.whole);
        self.exact.extend(spellings.exact);
        self.email(&who.email);
        for handle in &who.handles {
            self.handle(handle);
        }
        for (name, email) in &who.before {
            self.also(&Who { name: name.clone(), email: email.clone(), ..Who::default() });
        }
    }

    /// Looks for `name` too, all of it together.
    pub(super) fn whole_name(&mut self, name: &str) {
        for whole in spellings::of(name).whole {
            if self.whole.len() < MOST && !self.whole.contains(&whole) {
                self.whole.push(whole);
            }
        }
    }

    /// Looks for `handle` too.
    pub(super) fn handle(&mut self, handle: &str) {
        let handle: String = folded(handle.trim_start_matches(['@', '~'])).collect();
        if handle.chars().count() >= FEWEST && handle != super::HANDLE {
            self.add(&handle, Kind::Handle);
        }
    }

    /// Looks for this address too, for others of the same mailbox, and for all of a domain of their own.
    pub(super) fn email(&mut self, email: &str) {
        let email = email.trim().to_lowercase();
        let Some((local, domain)) = email.split_once('@') else { return };
        if domain.ends_with(".invalid") || self.emails.len() >= MOST {
            return;
        }
        let local = local.split('+').next().unwrap_or(local);
        if local.chars().count() >= FEWEST && !ROLES.contains(&local) {
            self.locals.insert(local.to_owned());
        }
        let is_role = ROLES.contains(&local);
        if !is_role
            && local.len() >= FEWEST_TOGETHER
            && local.chars().all(|c| c.is_ascii_alphanumeric())
        {
            self.add(local, Kind::Handle);
        }
        if !SHARED_DOMAINS.contains(&domain) {
            self.domains.insert(domain.to_owned());
        }
        self.emails.insert(email);
    }

    fn add(&mut self, folded: &str, kind: Kind) {
        self.push(Word::new(folded, kind));
    }

    fn push(&mut self, word: Word) {
        let is_known = self.words.iter().any(|known| known.folded == word.folded);
        if !is_known && self.words.len() < MOST {
            self.words.push(word);
            self.words.sort_by_key(|word| std::cmp::Reverse(word.folded.len()));
        }
    }

    /// Every place in `text` that names them, from its beginning on; none overlaps another.
    pub(super) fn matches(&self, text: &str) -> Vec<Match> {
        let mut found: Vec<Match> = Vec::new();
        let mut ordinary: Vec<Range<usize>> = Vec::new();
        let (mut at, mut before) = (0, None);
        while let Some(c) = text[at..].chars().next() {
            if let Some(length) = self.email_at(text, at, before) {
                found.push(Match::new(at..at + length, Kind::Email));
                before = text[at..at + length].chars().next_back();
                at += length;
                continue;
            }
            let is_inside = before.is_some_and(|c: char| c.is_alphabetic());
            if !is_inside && let Some(length) = self.whole_at(&text[at..]) {
                found.push(Match::new(at..at + length, Kind::Name));
                before = text[at..at + length].chars().next_back();
                at += length;
                continue;
            }
            if let Some(length) = self.exact_at(&text[at..], before) {
                found.push(Match::new(at..at + length, Kind::Name));
                before = text[at..at + length].chars().next_back();
                at += length;
                continue;
            }
            let word = self.word_at(&text[at..], before, is_inside);
            if let Some((word, length)) = word {
                let here = at..at + length;
                match word.is_ordinary {
                    true => ordinary.push(here.clone()),
                    false => found.push(Match::new(here.clone(), word.kind)),
                }
                before = text[here.clone()].chars().next_back();
                at = here.end;
                continue;
            }
            before = Some(c);
            at += c.len_utf8();
        }
        with_ordinary(text, found, &ordinary)
    }

    /// The length of a whole name that `text` begins with.
    fn whole_at(&self, text: &str) -> Option<usize> {
        let length = |parts: &Vec<Vec<char>>| {
            let mut length = 0;
            for (number, part) in parts.iter().enumerate() {
                if number > 0 {
                    let rest = &text[length..];
                    let joins = |c: char| matches!(c, ' ' | '_' | '-' | '.' | ',' | UNSEEN);
                    let joined = rest.find(|c| !joins(c))?;
                    let signs = rest[..joined].chars().filter(|c| *c != UNSEEN).count();
                    length += Some(joined).filter(|_| (1..=3).contains(&signs))?;
                }
                length += starts(&text[length..], part)?;
            }
            let ends = text[length..].chars().next().is_none_or(|c| !c.is_alphabetic());
            ends.then_some(length)
        };
        self.whole.iter().filter_map(length).max()
    }

    /// The length of a short name that `text` begins with, and that stands by itself.
    fn exact_at(&self, text: &str, before: Option<char>) -> Option<usize> {
        let stands = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
        let is_here = |name: &&String| {
            stands(before)
                && text.strip_prefix(name.as_str()).is_some_and(|rest| stands(rest.chars().next()))
        };
        self.exact.iter().find(is_here).map(String::len)
    }

    fn word_at(&self, text: &str, before: Option<char>, is_inside: bool) -> Option<(&Word, usize)> {
        let is_large = text.starts_with(char::is_uppercase);
        let begins = |word: &Word| match word.kind {
            _ if word.is_unspaced => true,
            _ if is_inside => {
                is_large && word.may_be_joined() && before.is_some_and(char::is_lowercase)
            }
            Kind::Handle => before.is_none_or(|c| !c.is_alphanumeric()),
            _ => before.is_none_or(|c| !c.is_alphabetic()),
        };
        let mut words = self.words.iter().filter(|word| begins(word));
        words.find_map(|word| {
            let length = starts(text, &word.folded)?;
            let after = text[length..].chars().next();
            let is_small = text[..length].ends_with(char::is_lowercase);
            let ends = match word.kind {
                _ if word.is_unspaced => true,
                _ if is_small && after.is_some_and(char::is_uppercase) => word.may_be_joined(),
                Kind::Handle => after.is_none_or(|c| !c.is_alphanumeric()),
                _ => after.is_none_or(|c| !c.is_alphabetic()),
            };
            ends.then_some((word, length))
        })
    }

    /// The length of an address of theirs that begins here.
    fn email_at(&self, text: &str, at: usize, before: Option<char>) -> Option<usize> {
        let of_local =
            |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '-');
        if before.is_some_and(of_local) {
            return None;
        }
        let rest = &text[at..];
        let local_length =
            rest.find(|c| !of_local(c)).filter(|length| (1..=64).contains(length))?;
        let domain = rest[local_length..].strip_prefix('@')?;
        let of_domain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
        let domain = &domain[..domain.find(|c| !of_domain(c)).unwrap_or(domain.len())];
        let domain = domain.trim_end_matches(['.', '-']);
        let (local, domain) = (rest[..local_length].to_lowercase(), domain.to_lowercase());
        let mailbox = local.split('+').next().unwrap_or(&local);
        let is_theirs = domain.contains('.')
            && !domain.ends_with(".invalid")
            && (self.locals.contains(mailbox)
                || self.domains.contains(&domain)
                || self.emails.contains(&format!("{local}@{domain}")));
        is_theirs.then_some(local_length + 1 + domain.len())
    }
}

/// What was found, and the ordinary words beside it that are of the name, too.
fn with_ordinary(text: &str, found: Vec<Match>, ordinary: &[Range<usize>]) -> Vec<Match> {
    let mut found: BTreeMap<usize, Match> =
        found.into_iter().map(|found| (found.at.start, found)).collect();
    // There and back: in `Will Grant Okonkwo` one is beside the last, and then the other beside that.
    for here in ordinary.iter().chain(ordinary.iter().rev()) {
        let before = found.range(..here.start).next_back();
        let mut near = before.into_iter().chain(found.range(here.start..).next());
        if near.any(|(_, other)| is_beside(text, &other.at, here)) {
            found.entry(here.start).or_insert_with(|| Match::new(here.clone(), Kind::Name));
        }
    }
    found.into_values().collect()
}

/// Whether nothing but what joins parts of a name is between these two, which are not the same.
fn is_beside(text: &str, one: &Range<usize>, other: &Range<usize>) -> bool {
    let between = if one.end <= other.start { one.end..other.start } else { other.end..one.start };
    let between = text.get(between).unwrap_or_default().replace(UNSEEN, "");
    matches!(between.as_str(), " " | "_" | "-" | "." | ", ")
}

/// How much of `text` reads as `folded`, if it begins so.
fn starts(text: &str, folded: &[char]) -> Option<usize> {
    let mut rest = text.char_indices().peekable();
    for (at, expected) in folded.iter().enumerate() {
        while at > 0 && rest.next_if(|(_, c)| *c == UNSEEN).is_some() {}
        let (_, c) = rest.next()?;
        if fold(c) != *expected {
            return None;
        }
        while rest.next_if(|(_, c)| is_combining_mark(*c) || is_invisible(*c)).is_some() {}
    }
    Some(rest.peek().map_or(text.len(), |(at, _)| *at))
}

/// What stands between letters and shows nothing.
pub(super) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

pub(super) fn folded(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|c| !is_combining_mark(*c)).map(fold)
}

/// A letter as it is looked for: small, without its accent, and of the Latin alphabet where it looks so.
fn fold(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_lowercase();
    }
    alike(match c.to_lowercase().next().unwrap_or(c) {
        // Letters with a stroke are no letter and an accent to Unicode, but are written so where keys are few.
        'ł' => 'l',
        'ø' => 'o',
        'đ' => 'd',
        'ħ' => 'h',
        'ı' => 'i',
        // Taken apart, syllables would be their first letters.
        syllable @ '\u{ac00}'..='\u{d7af}' => syllable,
        // Full-width and mathematical letters are the plain ones.
        small => {
            let plain = std::iter::once(small).nfkd().next().unwrap_or(small);
            plain.to_lowercase().next().unwrap_or(plain)
        }
    })
}

/// Letters of other alphabets that nobody tells from Latin ones by eye, small or capital, as in Unicode's list of
/// confusables.
fn alike(c: char) -> char {
    match c {
        'а' | 'α' => 'a',
        'в' | 'β' => 'b',
        'с' | 'ϲ' => 'c',
        'ԁ' => 'd',
        'е' | 'ε' => 'e',
        'һ' | 'н' | 'η' => 'h',
        'і' | 'ι' => 'i',
        'ј' | 'ϳ' => 'j',
        'к' | 'κ' => 'k',
        'м' | 'μ' => 'm',
        'ν' => 'n',
        'о' | 'ο' => 'o',
        'р' | 'ρ' => 'p',
        'ԛ' => 'q',
        'ѕ' => 's',
        'т' | 'τ' => 't',
        'ս' => 'u',
        'ѵ' => 'v',
        'ԝ' => 'w',
        'х' | 'χ' => 'x',
        'у' | 'υ' | 'γ' => 'y',
        'ζ' => 'z',
        other => other,
    }
}
