//! What the links and pictures in a text of a work lead to: the files that lie with it. Pure.

use std::collections::{BTreeMap, HashSet};

use unicode_normalization::UnicodeNormalization;

use super::shown::is_picture;
use crate::content::links::{Places, Target};
use crate::content::model::DocPath;
use crate::submission::archive::Entry;
use crate::submission::paths::{bytes_at, file_at, folder_at};

/// Before the anchors of a text, so that none is one of the page it stands on.
const ANCHOR: &str = "in.";

/// The files of a work, as their reader knows them.
pub struct Neighbours<'a> {
    /// By their path with accents as links write them; on some machines files are called otherwise.
    paths: BTreeMap<String, &'a str>,
    /// Paths that would be those of several files, had they not been told apart by numbers.
    shared: &'a HashSet<String>,
    page: &'a str,
}

impl<'a> Neighbours<'a> {
    pub fn new(entries: &'a [Entry], shared: &'a HashSet<String>, page: &'a str) -> Self {
        let path = |entry: &'a Entry| (entry.path.nfc().collect(), entry.path.as_str());
        Self { paths: entries.iter().map(path).collect(), shared, page }
    }

    /// The folder `path` as it is called, where there is one.
    fn folder(&self, path: &str) -> Option<&'a str> {
        if path.is_empty() {
            return Some("");
        }
        let inside = format!("{path}/");
        let (known, called) = self.paths.range(inside.clone()..).next()?;
        let deep = inside.matches('/').count();
        let end = called.match_indices('/').nth(deep - 1)?.0;
        known.starts_with(&inside).then(|| &called[..end])
    }
}

impl Places for Neighbours<'_> {
    fn at(&self, path: &DocPath, _: Option<String>) -> Option<Target> {
        let is_shared = self.shared.contains(path.as_str());
        if let Some(called) = self.paths.get(path.as_str()).filter(|_| !is_shared) {
            let path = DocPath::parse(called)?;
            return Some(Target::Beside { href: file_at(self.page, called), path });
        }
        // Which of them is meant cannot be told: they lie together.
        let folder = if is_shared { path.folder() } else { path.clone() };
        let called = self.folder(folder.as_str())?;
        Some(Target::Beside { href: folder_at(self.page, called), path: DocPath::parse(called)? })
    }

    fn picture(&self, path: &DocPath) -> Option<String> {
        is_picture(path.as_str()).then(|| bytes_at(self.page, path.as_str()))
    }

    fn anchor(&self, anchor: &str) -> Option<String> {
        Some(format!("{ANCHOR}{anchor}"))
    }

    /// Without the path: read once more than what is hidden was looked for, it could spell it.
    fn missing(&self, _: &str) -> String {
        "is not in the work".to_owned()
    }
}
