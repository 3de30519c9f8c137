//! What every page has around it: the bar, the footer, the head. Pages hand a [`Layout`] to the
//! template they extend.

use serde::{Deserialize, Serialize};

/// What is the same on every page of one publication.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chrome {
    /// What the site is called.
    pub site: String,
    /// The organisation's name, where the site's does not say it. None in what older builds have kept.
    #[serde(default)]
    pub organisation: Option<String>,
    /// The organisation's logo.
    pub logo: Option<Picture>,
    /// Nothing here is real.
    pub is_demo: bool,
    /// The address people type, without a slash at the end.
    pub base_url: String,
    pub nav: Vec<NavItem>,
    /// The addresses of the search page and of the list of documents.
    pub search: String,
    pub documents: String,
    /// The addresses for signing in, for signing out, and of one's own account.
    pub sign_in: String,
    pub sign_out: String,
    pub account: String,
    /// What the organisation says about people's data. Empty in what older builds have kept.
    #[serde(default)]
    pub privacy: String,
    /// When the content was last changed, as a date for people and for machines.
    pub as_of: String,
    pub as_of_machine: String,
}

impl Chrome {
    /// What people know the organisation by: its name, or the site's where that says it.
    pub fn name(&self) -> &str {
        self.organisation.as_deref().unwrap_or(&self.site)
    }
}

/// A picture of this site, with its size in pixels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picture {
    pub href: String,
    pub width: usize,
    pub height: usize,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NavItem {
    pub title: String,
    pub href: String,
}

/// One page's own part of what is around it.
#[derive(Clone, Debug)]
pub struct Layout<'a> {
    pub chrome: &'a Chrome,
    pub title: String,
    /// One sentence for search engines and link previews.
    pub description: String,
    /// The page's own path, canonical.
    pub path: String,
    /// The link of the bar this page belongs under.
    pub section: &'a str,
    pub indexing: Indexing,
    /// What stands in the search field.
    pub query: &'a str,
    /// The name of who has signed in.
    pub who: Option<&'a str>,
    /// Their links, in place of the public ones.
    pub bar: &'a [NavItem],
}

/// Whether search engines should keep a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Indexing {
    Index,
    NoIndex,
}

impl<'a> Layout<'a> {
    pub fn new(chrome: &'a Chrome, title: impl Into<String>, path: impl Into<String>) -> Self {
        Self {
            chrome,
            title: title.into(),
            description: String::new(),
            path: path.into(),
            section: "",
            indexing: Indexing::Index,
            query: "",
            who: None,
            bar: &[],
        }
    }

    /// With a sentence for previews, cut at a word before 160 characters.
    pub fn described(mut self, description: &str) -> Self {
        self.description = shorten(description, 160);
        self
    }

    pub fn under(mut self, section: &'a str) -> Self {
        self.section = section;
        self
    }

    pub fn unindexed(mut self) -> Self {
        self.indexing = Indexing::NoIndex;
        self
    }

    /// The text of `<title>`: the page's own, then whose page it is.
    pub fn full_title(&self) -> String {
        let whose = self.chrome.name();
        let own = if self.title.is_empty() { &self.chrome.site } else { &self.title };
        if own == whose { whose.to_owned() } else { format!("{own} · {whose}") }
    }

    /// The links of the bar.
    pub fn nav(&self) -> &[NavItem] {
        if self.who.is_some() { self.bar } else { &self.chrome.nav }
    }

    pub fn is_indexed(&self) -> bool {
        self.indexing == Indexing::Index
    }

    pub fn has_description(&self) -> bool {
        !self.description.is_empty()
    }
}

/// `text` cut at a word so that it has at most `limit` characters, an ellipsis included.
pub fn shorten(text: &str, limit: usize) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() <= limit {
        return text;
    }
    let cut: String = text.chars().take(limit - 1).collect();
    let words = cut.rsplit_once(' ').map_or(cut.as_str(), |(words, _)| words);
    format!("{}…", words.trim_end_matches([',', '.', ';', ':']))
}
