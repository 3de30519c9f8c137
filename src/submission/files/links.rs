//! Where the files of a work are shown, and what the links in its texts lead to. Pure.

use std::collections::BTreeSet;

use super::shown::is_picture;
use crate::content::links::{Places, Target};
use crate::content::model::DocPath;
use crate::submission::archive::Entry;
use crate::web::address::encode;

/// The address that shows the file `path` on `page`.
pub fn file_at(page: &str, path: &str) -> String {
    format!("{page}?file={}#file", encode(path))
}

/// The one that opens a folder in the tree.
pub fn folder_at(page: &str, path: &str) -> String {
    format!("{page}?folder={}#files", encode(path))
}

/// The one of a file by itself.
pub fn bytes_at(page: &str, path: &str) -> String {
    format!("{page}/file?path={}", encode(path))
}

/// The files of a work beside one another, as their reader knows them.
pub struct Beside<'a> {
    paths: BTreeSet<&'a str>,
    page: &'a str,
}

impl<'a> Beside<'a> {
    pub fn new(entries: &'a [Entry], page: &'a str) -> Self {
        Self { paths: entries.iter().map(|entry| entry.path.as_str()).collect(), page }
    }

    fn has_folder(&self, path: &str) -> bool {
        let inside = format!("{path}/");
        self.paths.range(inside.as_str()..).next().is_some_and(|it| it.starts_with(&inside))
    }
}

impl Places for Beside<'_> {
    fn at(&self, path: &DocPath, _: Option<String>) -> Option<Target> {
        let path = path.as_str();
        match () {
            () if self.paths.contains(path) => {
                let picture = is_picture(path).then(|| bytes_at(self.page, path));
                Some(Target::Beside { href: file_at(self.page, path), picture })
            }
            () if path.is_empty() || self.has_folder(path) => {
                Some(Target::Beside { href: folder_at(self.page, path), picture: None })
            }
            () => None,
        }
    }

    fn picture(&self, _: &Target) -> Option<String> {
        None
    }
}
