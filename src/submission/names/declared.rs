//! Files in which a work says whose it is: what describes a package, and who holds its rights.

use std::collections::BTreeSet;
use std::ops::Range;

use super::words::Match;
use super::{EMAIL, Kind, NAME};

/// Where people keep repositories: what follows in an address is whose.
const FORGES: [&str; 7] = [
    "github.com",
    "gitlab.com",
    "bitbucket.org",
    "codeberg.org",
    "git.sr.ht",
    "gitea.com",
    "huggingface.co",
];

/// Who holds the rights of texts that everybody copies.
const STEWARDS: [&str; 6] = [
    "free software foundation",
    "apache software foundation",
    "creative commons",
    "[name of",
    "<name of",
    "the license",
];

/// Words of holders who are no one person.
const MANY: [&str; 16] = [
    "authors",
    "co",
    "community",
    "company",
    "contributors",
    "corporation",
    "developers",
    "foundation",
    "gmbh",
    "group",
    "inc",
    "llc",
    "ltd",
    "project",
    "team",
    "the",
];

/// The most authors of one package: nobody reads more.
const MOST_AUTHORS: usize = 50;

/// What a work tells of its author.
#[derive(Debug, Default)]
pub(super) struct Learned {
    /// What reads as somebody's whole name, in a licence or a list of people.
    pub(super) names: Vec<String>,
    pub(super) handles: Vec<String>,
    pub(super) emails: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum File {
    GoMod,
    Cargo,
    Package,
    PyProject,
    /// A licence, or a list of people: not one of those that lie deep in code of others.
    Licence,
    People,
}

fn file(path: &str) -> Option<File> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name.split('.').next().unwrap_or(name).to_ascii_lowercase();
    let is_at_top = path.matches('/').count() <= 1;
    match name {
        "go.mod" => Some(File::GoMod),
        "Cargo.toml" => Some(File::Cargo),
        "package.json" => Some(File::Package),
        "pyproject.toml" => Some(File::PyProject),
        ".mailmap" | "CODEOWNERS" => Some(File::People),
        _ if !is_at_top => None,
        _ => match stem.as_str() {
            "license" | "licence" | "copying" | "copyright" | "notice" | "unlicense" => {
                Some(File::Licence)
            }
            "authors" | "contributors" | "maintainers" => Some(File::People),
            _ => None,
        },
    }
}

/// Whether the file at `path` may say who the author is.
pub(super) fn is_manifest(path: &str) -> bool {
    // Deeper ones are of what others wrote.
    let is_own = path.matches('/').count() <= 2
        && !path.split('/').any(|part| matches!(part, "node_modules" | "vendor" | "third_party"));
    match file(path) {
        Some(File::GoMod | File::Cargo | File::Package | File::PyProject) => is_own,
        Some(File::Licence | File::People) => !path.contains('/'),
        None => false,
    }
}

/// What the file at `path` tells of the author, to be looked for elsewhere.
pub(super) fn learned(path: &str, text: &str) -> Learned {
    let mut learned = Learned::default();
    let is_npm = file(path) == Some(File::Package);
    let addresses = match file(path) {
        Some(File::GoMod) => {
            let module = text.lines().find_map(|line| line.trim().strip_prefix("module"));
            module.map(|module| module.trim().trim_matches('"').to_owned()).into_iter().collect()
        }
        Some(kind @ (File::Cargo | File::Package | File::PyProject)) => {
            let said = said(kind, text);
            let emails = said.authors.iter().filter_map(|author| email_in(author));
            learned.emails.extend(emails.map(str::to_owned));
            said.addresses
        }
        Some(kind @ (File::Licence | File::People)) => {
            let who = if kind == File::Licence { holder } else { person };
            let names = text.lines().filter_map(who).filter_map(full_name);
            learned.names.extend(names.map(str::to_owned));
            Vec::new()
        }
        None => Vec::new(),
    };
    learned.handles.extend(addresses.iter().filter_map(|it| owner(it, is_npm)).map(str::to_owned));
    learned
}

/// Where the file at `path` says who made it, whatever they are called.
pub(super) fn places(path: &str, text: &str) -> Vec<Match> {
    let at = match file(path) {
        Some(kind @ (File::Cargo | File::Package | File::PyProject)) => {
            let authors: BTreeSet<String> = said(kind, text).authors.into_iter().collect();
            let places = authors.iter().take(MOST_AUTHORS).flat_map(|author| quoted(text, author));
            places.map(|at| Match::new(at, Kind::Author)).collect()
        }
        Some(File::Licence) => lines(text, holder, Kind::Licence),
        Some(File::People) => lines(text, person, Kind::Author),
        _ => Vec::new(),
    };
    distinct(at)
}

fn distinct(mut found: Vec<Match>) -> Vec<Match> {
    found.sort_by_key(|found| (found.at.start, found.at.end));
    let mut end = 0;
    found.retain(|found| {
        let is_free = found.at.start >= end;
        if is_free {
            end = found.at.end;
        }
        is_free
    });
    found
}

/// Authors and addresses of repositories in what describes a package.
#[derive(Default)]
struct Said {
    authors: Vec<String>,
    addresses: Vec<String>,
}

fn said(kind: File, text: &str) -> Said {
    let value = match kind {
        File::Package => serde_json::from_str(text).ok(),
        _ => toml::from_str(text).ok(),
    };
    let Some(value): Option<serde_json::Value> = value else { return Said::default() };
    let mut said = Said::default();
    let sections: &[&str] = match kind {
        File::Cargo => &["/package", "/workspace/package"],
        File::PyProject => &["/project", "/tool/poetry"],
        _ => &[""],
    };
    for section in sections.iter().filter_map(|section| value.pointer(section)) {
        for key in ["author", "authors", "contributors", "maintainers"] {
            section.get(key).into_iter().for_each(|value| people(value, &mut said.authors));
        }
        for key in ["repository", "homepage", "bugs", "urls", "documentation"] {
            section.get(key).into_iter().for_each(|value| strings(value, &mut said.addresses));
        }
    }
    said
}

/// Names and addresses of people, each a string or a record.
fn people(value: &serde_json::Value, into: &mut Vec<String>) {
    match value {
        serde_json::Value::Array(all) => all.iter().for_each(|value| people(value, into)),
        serde_json::Value::Object(record) => {
            let known = ["name", "email", "url"].iter().filter_map(|key| record.get(*key));
            known.for_each(|value| people(value, into));
        }
        serde_json::Value::String(text) if !is_neutral(text) => into.push(text.clone()),
        _ => {}
    }
}

fn strings(value: &serde_json::Value, into: &mut Vec<String>) {
    match value {
        serde_json::Value::Object(record) => record.values().for_each(|value| strings(value, into)),
        serde_json::Value::String(text) => into.push(text.clone()),
        _ => {}
    }
}

/// What stands for a name already, or for nobody.
fn is_neutral(text: &str) -> bool {
    let rest = text.replace(EMAIL, "").replace(NAME, "");
    !rest.chars().any(char::is_alphanumeric)
}

fn email_in(author: &str) -> Option<&str> {
    let is_outside = |c: char| c.is_whitespace() || matches!(c, '<' | '>' | '(' | ')');
    author.split(is_outside).find(|word| word.contains('@') && word.contains('.'))
}

/// Whose repository an address leads to.
fn owner(address: &str, is_npm: bool) -> Option<&str> {
    let rest = FORGES.iter().find_map(|forge| address.split_once(forge).map(|(_, rest)| rest));
    // npm writes `github:owner/name` and `owner/name` too.
    let rest = rest.or_else(|| address.split_once("github:").map(|(_, rest)| rest));
    let owner = match rest {
        Some(rest) => rest.trim_start_matches(['/', ':', '~']).split(['/', '?', '#']).next()?,
        None if is_npm && !address.contains(':') && address.matches('/').count() == 1 => {
            address.split('/').next()?
        }
        None => return None,
    };
    (!owner.is_empty() && !owner.contains('.')).then_some(owner)
}

/// Where `what` stands between quotes.
fn quoted(text: &str, what: &str) -> Vec<Range<usize>> {
    let is_quote = |c: Option<char>| matches!(c, Some('"' | '\''));
    let places = text.match_indices(what).map(|(at, _)| at..at + what.len());
    places
        .filter(|at| {
            is_quote(text[..at.start].chars().next_back())
                && is_quote(text[at.end..].chars().next())
        })
        .collect()
}

/// What `part` finds in each line, which is a piece of it.
fn lines(text: &str, part: impl Fn(&str) -> Option<&str>, kind: Kind) -> Vec<Match> {
    let place = |part: &str| {
        let at = part.as_ptr().addr() - text.as_ptr().addr();
        Match::new(at..at + part.len(), kind)
    };
    text.lines().filter_map(part).map(place).collect()
}

/// Who follows `Copyright (c) 2026`.
fn holder(line: &str) -> Option<&str> {
    let at = line.to_ascii_lowercase().find("copyright")?;
    let mut rest = line[at + "copyright".len()..].trim_start();
    for sign in ["(c)", "(C)", "\u{a9}"] {
        rest = rest.strip_prefix(sign).unwrap_or(rest).trim_start();
    }
    let of_years = |c: char| c.is_ascii_digit() || c.is_whitespace() || "-\u{2013},".contains(c);
    let (years, holder) = rest.split_at(rest.find(|c| !of_years(c)).unwrap_or(rest.len()));
    let holder = holder.trim_end().trim_end_matches(". All rights reserved.");
    let lower = holder.to_lowercase();
    let is_anybody = STEWARDS.iter().any(|steward| lower.contains(steward));
    let has_year = years.contains(|c: char| c.is_ascii_digit());
    (has_year && !is_neutral(holder) && !is_anybody).then_some(holder)
}

/// What of somebody who is declared reads as the name of one person: two to four words that begin large.
fn full_name(declared: &str) -> Option<&str> {
    let name = declared.split([',', '<', '(']).next()?.trim();
    let words: Vec<&str> = name.split_whitespace().collect();
    let begins_large = |word: &&str| word.starts_with(char::is_uppercase);
    let is_many = |word: &&str| MANY.contains(&word.to_lowercase().trim_end_matches('.'));
    let is_one = (2..=4).contains(&words.len())
        && words.iter().all(begins_large)
        && !words.iter().any(is_many);
    is_one.then_some(name)
}

/// A line of a list of people.
fn person(line: &str) -> Option<&str> {
    let person = line.trim().trim_start_matches(['-', '*', ' ']);
    (!person.is_empty() && !person.starts_with('#') && !is_neutral(person)).then_some(person)
}
