//! Files that were handed in, as they are read: in the order of a tree, each by itself, and for a blind panel
//! without what names the candidate. Pure.

pub mod highlight;
pub mod neighbours;
pub mod shown;
pub mod tree;

use std::collections::{HashMap, HashSet};
use std::io::{Read, Seek, Write};

use neighbours::Neighbours;

use super::archive::{Entry, Error, Kept, Packing};
use super::names::Names;

/// Files that are open, for one reader.
#[derive(Debug)]
pub struct Reading<R> {
    kept: Kept<R>,
    /// In the order of the tree, by the paths the reader knows.
    entries: Vec<Entry>,
    /// Where a path that was masked leads to.
    masked: HashMap<String, String>,
    /// Paths that several files would have, had masking not told them apart by numbers.
    shared: HashSet<String>,
    /// What the reader does not see.
    hidden: Option<Names>,
}

impl<R: Read + Seek> Reading<R> {
    /// Everything, as it was handed in.
    ///
    /// # Errors
    /// `file` cannot be read, or is none that is kept here.
    pub fn open(file: R) -> Result<Self, Error> {
        let kept = Kept::open(file)?;
        let entries = tree::sorted(kept.entries()?);
        Ok(Self { kept, entries, masked: HashMap::new(), shared: HashSet::new(), hidden: None })
    }

    /// Without what is known as `names`, and what the work itself says of its author.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn without(file: R, mut names: Names) -> Result<Self, Error> {
        let mut kept = Kept::open(file)?;
        names.learn(&mut kept)?;
        let mut entries = kept.entries()?;
        let (masked, shared) = mask(&mut entries, &names);
        Ok(Self { kept, entries: tree::sorted(entries), masked, shared, hidden: Some(names) })
    }

    /// What the reader does not see, where there is anything.
    pub fn hidden(&self) -> Option<&Names> {
        self.hidden.as_ref()
    }

    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Them, as what the texts among them lead to on `page`.
    pub fn neighbours<'a>(&'a self, page: &'a str) -> Neighbours<'a> {
        Neighbours::new(&self.entries, &self.shared, page)
    }

    /// The bytes of the file that the reader knows as `path`; `None` where there is none.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn file(&mut self, path: &str) -> Result<Option<Vec<u8>>, Error> {
        if self.hidden.is_some() && !self.entries.iter().any(|entry| entry.path == path) {
            return Ok(None);
        }
        let real = self.masked.get(path).map_or(path, String::as_str);
        let Some(bytes) = self.kept.file(real)? else { return Ok(None) };
        Ok(Some(match &self.hidden {
            Some(names) => names.mask(real, &bytes),
            None => bytes,
        }))
    }

    /// Writes all of it as a `.zip`, as the reader knows it.
    ///
    /// # Errors
    /// As [`Self::open`]; or `to` cannot be written.
    pub fn pack(&mut self, to: impl Write + Seek) -> Result<(), Error> {
        let mut packing = Packing::new(to);
        for entry in self.entries.clone() {
            let Some(bytes) = self.file(&entry.path)? else { continue };
            packing.add(&entry, &mut bytes.as_slice())?;
        }
        packing.finish()
    }
}

/// Gives entries the paths a blind panel knows, and says where those that changed lead to. Two that would be one,
/// also where capital letters are all the same, are told apart by a number; which those are is said, too.
fn mask(entries: &mut [Entry], names: &Names) -> (HashMap<String, String>, HashSet<String>) {
    let paths: Vec<String> = entries.iter().map(|entry| names.mask_path(&entry.path)).collect();
    let folders = |path: &String| -> Vec<String> {
        path.match_indices('/').map(|(at, _)| path[..at].to_lowercase()).collect()
    };
    let folders: HashSet<String> = paths.iter().flat_map(folders).collect();
    let stays = entries.iter().zip(&paths).filter(|(entry, path)| entry.path == **path);
    let mut taken: HashSet<String> = stays.map(|(_, path)| path.to_lowercase()).collect();
    let (mut masked, mut shared) = (HashMap::new(), HashSet::new());
    // With which number a path is to be tried next.
    let mut tried: HashMap<String, u64> = HashMap::new();
    for (entry, path) in entries.iter_mut().zip(paths) {
        if entry.path == path {
            continue;
        }
        let is_free = |path: &String| {
            let path = path.to_lowercase();
            !taken.contains(&path) && !folders.contains(&path)
        };
        let next = tried.entry(path.to_lowercase()).or_insert(1);
        let mut others = (*next..).map(|times| (times + 1, numbered(&path, times)));
        let (following, free) = others.find(|(_, it)| is_free(it)).unwrap_or((2, path.clone()));
        *next = following;
        if free != path {
            shared.insert(path);
        }
        taken.insert(free.to_lowercase());
        masked.insert(free.clone(), std::mem::replace(&mut entry.path, free));
    }
    (masked, shared)
}

/// The same path for the `times`th of those who are called so: the first has no number.
fn numbered(path: &str, times: u64) -> String {
    if times == 1 {
        return path.to_owned();
    }
    let name = path.rfind('/').map_or(0, |slash| slash + 1);
    match path[name..].rfind('.').filter(|dot| *dot > 0) {
        Some(dot) => format!("{}-{times}{}", &path[..name + dot], &path[name + dot..]),
        None => format!("{path}-{times}"),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::submission::names::Who;

    fn kept(files: &[(&str, &str)]) -> Cursor<Vec<u8>> {
        let mut to = Cursor::new(Vec::new());
        let mut packing = Packing::new(&mut to);
        for (path, text) in files {
            let entry =
                Entry { path: (*path).to_owned(), size_bytes: 0, is_executable: *path == "run.sh" };
            packing.add(&entry, &mut text.as_bytes()).unwrap();
        }
        packing.finish().unwrap();
        to
    }

    fn zoe() -> Names {
        Names::of(&Who {
            name: "Zoë Lang".to_owned(),
            email: "zoe.lang@example.org".to_owned(),
            handles: vec!["zlang".to_owned()],
            ..Who::default()
        })
    }

    const FILES: [(&str, &str); 4] = [
        ("README.md", "By Zoë Lang.\n"),
        ("cmd/zlang/main.go", "package main // by zlang\n"),
        ("cmd/candidate/main.go", "package main\n"),
        ("run.sh", "true\n"),
    ];

    #[test]
    fn a_blind_panel_reads_every_file_and_no_name() {
        let mut blind = Reading::without(kept(&FILES), zoe()).unwrap();
        let paths: Vec<_> = blind.entries().iter().map(|entry| entry.path.clone()).collect();
        assert_eq!(paths.len(), 4, "{paths:?}");
        assert!(!paths.concat().contains("zlang"), "{paths:?}");
        for path in &paths {
            let text = String::from_utf8(blind.file(path).unwrap().unwrap()).unwrap();
            assert!(!text.is_empty() && !text.contains("zlang") && !text.contains("Lang"));
        }
        assert_eq!(blind.file("cmd/zlang/main.go").unwrap(), None, "nor by asking for it");
        let mut zip = Cursor::new(Vec::new());
        blind.pack(&mut zip).unwrap();
        let mut packed = Reading::open(zip).unwrap();
        let again: Vec<_> = packed.entries().iter().map(|entry| entry.path.clone()).collect();
        assert_eq!(again, paths);
        assert!(packed.entries().iter().any(|it| it.is_executable && it.path == "run.sh"));
        assert_eq!(packed.file("README.md").unwrap(), blind.file("README.md").unwrap());
    }

    #[test]
    fn no_file_is_lost_where_two_are_called_the_same() {
        let files = [
            ("Candidate/x.go", "0"),
            ("Zoe", "1"),
            ("candidate-2.go", "2"),
            ("candidate.go", "3"),
            ("zlang.go", "4"),
        ];
        let mut blind = Reading::without(kept(&files), zoe()).unwrap();
        let paths: Vec<_> = blind.entries().iter().map(|entry| entry.path.clone()).collect();
        let mut texts: Vec<_> = Vec::new();
        for path in &paths {
            texts.push(String::from_utf8(blind.file(path).unwrap().unwrap()).unwrap());
        }
        texts.sort();
        assert_eq!(texts, ["0", "1", "2", "3", "4"], "{paths:?}");
        blind.pack(Cursor::new(Vec::new())).unwrap();
    }

    #[test]
    fn whoever_knows_them_reads_it_as_it_is() {
        let mut all = Reading::open(kept(&FILES)).unwrap();
        assert_eq!(all.file("README.md").unwrap().unwrap(), "By Zoë Lang.\n".as_bytes());
        assert_eq!(all.file("missing").unwrap(), None);
        assert!(all.entries().iter().any(|entry| entry.path == "cmd/zlang/main.go"));
    }

    #[test]
    fn two_files_with_one_name_are_numbered_before_their_ending() {
        assert_eq!(numbered("a.b/main.go", 2), "a.b/main-2.go");
        assert_eq!(numbered("a.b/.env", 2), "a.b/.env-2");
        assert_eq!(numbered("Makefile", 3), "Makefile-3");
    }
}
