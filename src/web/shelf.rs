//! Everything that is served from memory, swapped as a whole when the content changes.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use arc_swap::ArcSwap;
use http::Uri;
use unicode_normalization::UnicodeNormalization;

use super::address::decode;
use super::finished::Finished;
use super::layout::Chrome;
use super::observe::Meter;

/// The present pages. Cheap to clone; all clones see the same pages.
#[derive(Clone, Debug)]
pub struct Shelf(Arc<ArcSwap<Pages>>);

/// One publication's pages by address, and what pages made on request need to look like them.
#[derive(Debug)]
pub struct Pages {
    /// What these were made from.
    pub edition: EditionId,
    pub chrome: Chrome,
    by_address: HashMap<String, Shelved>,
    /// The addresses that have pages for single levels.
    levelled: HashSet<String>,
}

/// What a set of pages was made from: a publication, and the versions of the organisation's look and of
/// its recipes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EditionId {
    pub publication: i64,
    pub brand: i32,
    pub recipes: i64,
}

/// A page and what is measured of it.
#[derive(Debug)]
pub struct Shelved {
    pub page: Finished,
    pub meter: Arc<Meter>,
}

impl Pages {
    /// `https` says whether people reach the portal by it; every response then says so.
    pub fn new(
        edition: EditionId,
        chrome: Chrome,
        https: bool,
        finished: impl IntoIterator<Item = Finished>,
    ) -> Self {
        let mut meters: HashMap<String, Arc<Meter>> = HashMap::new();
        let shelve = |mut page: Finished| {
            page.secure(https);
            let route = first_segment(&page.address);
            let meter = meters.entry(route.to_owned()).or_insert_with(|| Meter::of(route).into());
            (page.address.clone(), Shelved { meter: meter.clone(), page })
        };
        let by_address: HashMap<String, Shelved> = finished.into_iter().map(shelve).collect();
        let base = |address: &String| Some(address.split_once("?level=")?.0.to_owned());
        let levelled = by_address.keys().filter_map(base).collect();
        Self { edition, chrome, by_address, levelled }
    }

    /// The page at `uri`. `?level=n` makes another page where there are levels; nothing else of a
    /// query matters.
    pub fn find(&self, uri: &Uri) -> Option<&Shelved> {
        let path = uri.path();
        let path = if path.contains('%') { Cow::Owned(plain(path)) } else { Cow::Borrowed(path) };
        match uri.query().and_then(level) {
            None => self.by_address.get(path.as_ref()),
            Some(_) if !self.levelled.contains(path.as_ref()) => self.by_address.get(path.as_ref()),
            Some(level) => self.by_address.get(&format!("{path}?level={level}")),
        }
    }

    pub fn get(&self, address: &str) -> Option<&Finished> {
        self.by_address.get(address).map(|shelved| &shelved.page)
    }

    /// Every address, in no order.
    pub fn addresses(&self) -> impl Iterator<Item = &str> {
        self.by_address.keys().map(String::as_str)
    }
}

impl Shelf {
    pub fn new(pages: Pages) -> Self {
        Self(Arc::new(ArcSwap::from_pointee(pages)))
    }

    /// The present pages; they stay as they are while held.
    pub fn pages(&self) -> arc_swap::Guard<Arc<Pages>> {
        self.0.load()
    }

    /// Puts newer pages in place of the present ones, and hands those back: a large set takes a
    /// while to drop, which is the caller's to do where nobody waits.
    pub fn replace(&self, pages: Pages) -> Arc<Pages> {
        self.0.swap(Arc::new(pages))
    }
}

/// `path` decoded, its accents written as in every address here.
fn plain(path: &str) -> String {
    let decoded = decode(path);
    if decoded.is_ascii() { decoded } else { decoded.nfc().collect() }
}

/// The level a query asks for, as typed.
fn level(query: &str) -> Option<&str> {
    query.split('&').find_map(|pair| pair.strip_prefix("level=")).filter(|level| !level.is_empty())
}

/// `/docs` of `/docs/a/b.md`: one of few, whatever the tree holds.
fn first_segment(address: &str) -> &str {
    let end = address[1..].find('/').map_or(address.len(), |at| at + 1);
    &address[..end]
}
