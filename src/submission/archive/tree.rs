//! Which names an archive may use: the rules on each, and those between them.

use std::collections::{BTreeSet, HashMap};

use unicode_normalization::UnicodeNormalization;

use super::refused::{Name, Refused, shown};
use super::{Dropped, Limits};

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    Folder,
}

/// Everything named so far.
pub(super) struct Tree<'a> {
    limits: &'a Limits,
    /// By how a computer sees it that knows neither case nor ways to write accents.
    nodes: HashMap<String, Node>,
    files: usize,
    folders: usize,
    named: usize,
    pub(super) dropped: BTreeSet<Dropped>,
}

struct Node {
    spelled: String,
    kind: Kind,
}

impl<'a> Tree<'a> {
    pub(super) fn new(limits: &'a Limits) -> Self {
        Self {
            limits,
            nodes: HashMap::new(),
            files: 0,
            folders: 0,
            named: 0,
            dropped: BTreeSet::new(),
        }
    }

    /// The path of the file called `raw`; `None` for a folder, and for what is dropped.
    pub(super) fn add(&mut self, raw: &[u8], kind: Kind) -> Result<Option<String>, Refused> {
        self.named += 1;
        // Also of those that are dropped, and of folders that are named again.
        self.within(self.named, self.limits.entries.saturating_mul(2))?;
        let wrong = |why| Refused::Name { path: shown(raw), why };
        let parts = parts(raw, self.limits).map_err(wrong)?;
        if parts.is_empty() {
            // `./`, as tar writes the folder it was told to pack.
            return if kind == Kind::Folder { Ok(None) } else { Err(wrong(Name::Empty)) };
        }
        if let Some(dropped) = is_dropped(&parts) {
            self.dropped.insert(dropped);
            return Ok(None);
        }
        let mut path = String::new();
        let last = parts.len() - 1;
        for (at, part) in parts.into_iter().enumerate() {
            if at > 0 {
                path.push('/');
            }
            path.push_str(part);
            match (at == last, kind) {
                (true, Kind::File) => self.file(&path)?,
                _ => self.folder(&path)?,
            }
        }
        Ok((kind == Kind::File).then_some(path))
    }

    fn folder(&mut self, path: &str) -> Result<(), Refused> {
        let Some(there) = self.nodes.get(&folded(path)) else {
            self.folders += 1;
            self.insert(path, Kind::Folder);
            return self.within(self.folders, self.limits.entries);
        };
        clash(there, path)?;
        match there.kind {
            Kind::Folder => Ok(()),
            Kind::File => Err(Refused::FileAndFolder { path: shown(path) }),
        }
    }

    fn file(&mut self, path: &str) -> Result<(), Refused> {
        let Some(there) = self.nodes.get(&folded(path)) else {
            self.files += 1;
            self.insert(path, Kind::File);
            return self.within(self.files, self.limits.entries);
        };
        clash(there, path)?;
        match there.kind {
            Kind::Folder => Err(Refused::FileAndFolder { path: shown(path) }),
            Kind::File => Err(Refused::Twice { path: shown(path) }),
        }
    }

    fn insert(&mut self, path: &str, kind: Kind) {
        self.nodes.insert(folded(path), Node { spelled: path.to_owned(), kind });
    }

    fn within(&self, count: usize, most: usize) -> Result<(), Refused> {
        match count > most {
            true => Err(Refused::TooMany { limit: self.limits.entries }),
            false => Ok(()),
        }
    }
}

fn clash(there: &Node, path: &str) -> Result<(), Refused> {
    match there.spelled == path {
        true => Ok(()),
        false => Err(Refused::SameButForCase { path: shown(path), other: shown(&there.spelled) }),
    }
}

fn folded(path: &str) -> String {
    let composed: String = path.nfc().collect();
    composed.to_lowercase().nfc().collect()
}

/// The folders and the file `raw` names, where it may name anything.
fn parts<'r>(raw: &'r [u8], limits: &Limits) -> Result<Vec<&'r str>, Name> {
    let text = std::str::from_utf8(raw).map_err(|_| Name::NotUtf8)?;
    let has_drive = text.as_bytes().get(1) == Some(&b':')
        && text.as_bytes().first().is_some_and(u8::is_ascii_alphabetic);
    let wrong = match () {
        () if text.is_empty() => Some(Name::Empty),
        () if text.chars().any(is_invisible) => Some(Name::Invisible),
        () if has_drive => Some(Name::Drive),
        () if text.contains('\\') => Some(Name::Backslash),
        () if text.starts_with('/') => Some(Name::Absolute),
        () if text.chars().count() > limits.path_chars => {
            Some(Name::Long { limit: limits.path_chars })
        }
        () => None,
    };
    if let Some(wrong) = wrong {
        return Err(wrong);
    }
    let parts: Vec<_> = text.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    if parts.contains(&"..") {
        return Err(Name::Climbs);
    }
    match parts.len() > limits.depth {
        true => Err(Name::Deep { limit: limits.depth }),
        false => Ok(parts),
    }
}

/// Control characters, and those that change the direction of what follows, so that a name reads as another.
pub(in crate::submission) fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

fn is_dropped(parts: &[&str]) -> Option<Dropped> {
    let is = |name: &str| parts.iter().any(|part| part.eq_ignore_ascii_case(name));
    let last = parts.last()?;
    if is(".git") {
        Some(Dropped::History)
    } else if is("__MACOSX") || *last == ".DS_Store" || last.starts_with("._") {
        Some(Dropped::MacLitter)
    } else {
        None
    }
}
