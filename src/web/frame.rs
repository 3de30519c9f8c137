//! What a page made on request needs besides its own matter: the look of the present publication, who
//! asks, and the links in their bar.

use std::convert::Infallible;
use std::sync::Arc;

use arc_swap::Guard;
use axum::extract::{FromRef, FromRequestParts};
use http::Uri;
use http::request::Parts;

use super::layout::{Layout, NavItem};
use super::routes::{BarItem, Menu};
use super::shelf::{Pages, Shelf};
use super::viewer::Viewer;

/// The links of the bar, each with the rule that shows it. Filled from the recorded routes.
#[derive(Clone, Debug, Default)]
pub struct Bar(pub Arc<[BarItem]>);

/// See the module.
#[derive(Debug)]
pub struct Frame {
    pub viewer: Viewer,
    pages: Guard<Arc<Pages>>,
    bar: Vec<NavItem>,
    settings: Vec<NavItem>,
    path: String,
    done: String,
}

impl Frame {
    /// What is around the page at `uri`, as `viewer` sees it.
    pub fn of(viewer: Viewer, (shelf, bar): (&Shelf, &Bar), uri: &Uri) -> Self {
        let Bar(bar) = bar;
        let item = |item: &BarItem| NavItem { title: item.title.into(), href: item.href.into() };
        let shown = |menu: Menu| {
            let items = bar.iter().filter(|item| item.menu == menu && (item.shows)(&viewer));
            items.map(item).collect()
        };
        let (bar, mut settings): (_, Vec<NavItem>) = (shown(Menu::Bar), shown(Menu::Settings));
        // Rooms add theirs in no order that means anything here.
        settings.sort_by(|one, other| one.href.cmp(&other.href));
        let query = uri.query().unwrap_or_default();
        let done = query.split('&').find_map(|pair| pair.strip_prefix("done="));
        let done = done.unwrap_or_default().to_owned();
        let path = uri.path().to_owned();
        Self { viewer, pages: shelf.pages(), bar, settings, path, done }
    }

    /// The finished pages of the present publication.
    pub fn pages(&self) -> &Pages {
        &self.pages
    }

    /// The layout of this request's page. Search engines are kept away.
    pub fn layout(&self, title: impl Into<String>) -> Layout<'_> {
        let mut layout = Layout::new(&self.pages.chrome, title, &self.path).unindexed();
        layout.bar = &self.bar;
        layout.who = self.viewer.person().map(|person| person.name.as_str());
        let within = |item: &&NavItem| self.path.starts_with(&item.href);
        layout.section = self.bar.iter().find(within).map_or("", |item| &item.href);
        layout
    }

    /// The pages of settings this viewer may see.
    pub fn settings(&self) -> &[NavItem] {
        &self.settings
    }

    /// What the address says was just done, as a code of the page's own; empty when nothing was.
    pub fn done(&self) -> &str {
        &self.done
    }

    /// What the organisation calls this site.
    pub fn site(&self) -> &str {
        &self.pages.chrome.site
    }

    /// What people know the organisation by.
    pub fn organisation(&self) -> &str {
        self.pages.chrome.name()
    }
}

impl<S: Sync> FromRequestParts<S> for Frame
where
    Shelf: FromRef<S>,
    Bar: FromRef<S>,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let viewer = Viewer::from_request_parts(parts, state).await?;
        let (shelf, bar) = (Shelf::from_ref(state), Bar::from_ref(state));
        Ok(Self::of(viewer, (&shelf, &bar), &parts.uri))
    }
}
