//! Everything that is served from memory, swapped as a whole when the content changes.

use std::collections::HashMap;
use std::sync::Arc;

use arc_swap::ArcSwap;

use super::finished::Finished;
use super::layout::Chrome;

/// The present pages. Cheap to clone; all clones see the same pages.
#[derive(Clone, Debug)]
pub struct Shelf(Arc<ArcSwap<Pages>>);

/// One publication's pages by address, and what pages made on request need to look like them.
#[derive(Debug)]
pub struct Pages {
    /// The publication these were made from.
    pub publication: i64,
    pub chrome: Chrome,
    by_address: HashMap<String, Finished>,
}

impl Pages {
    pub fn new(publication: i64, chrome: Chrome, finished: impl IntoIterator<Item = Finished>) -> Self {
        let by_address = finished.into_iter().map(|page| (page.address.clone(), page)).collect();
        Self { publication, chrome, by_address }
    }

    pub fn get(&self, address: &str) -> Option<&Finished> {
        self.by_address.get(address)
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

    /// Puts newer pages in place of the present ones.
    pub fn replace(&self, pages: Pages) {
        self.0.store(Arc::new(pages));
    }
}
