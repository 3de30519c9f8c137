//! A document's page: the whole of it, and one page for each level it speaks of.

use askama::Template;

use super::{HTML, crumbs};
use crate::content::levels::Rule;
use crate::content::library::{OutlineItem, Reading, compose};
use crate::content::model::Level;
use crate::content::paths;
use crate::web::finished::{Finished, Policy};
use crate::web::html::Html;
use crate::web::layout::{Chrome, Layout, NavItem};

#[derive(Template)]
#[template(path = "content/show.html")]
struct Show<'a> {
    layout: Layout<'a>,
    reading: &'a Reading,
    crumbs: Vec<NavItem>,
    related: &'a [NavItem],
    terms: &'a [Terms],
    base: String,
    levels: Vec<LevelLink>,
    level: Option<Level>,
    cumulative: bool,
    outline: Vec<OutlineItem>,
    body: Html,
    is_empty: bool,
}

/// A link to one level's page.
pub struct LevelLink {
    pub level: Level,
    pub href: String,
    pub current: bool,
}

/// How a challenge is taken: format, effort, time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Where these hold; empty where they hold wherever the document is used.
    pub place: String,
    pub facts: Vec<String>,
}

/// What the rest of the site says about a document.
#[derive(Clone, Debug, Default)]
pub struct Around {
    /// Where else it matters: its tracks, its matrix.
    pub related: Vec<NavItem>,
    pub terms: Vec<Terms>,
    /// The link of the bar it belongs under; empty where there is none.
    pub section: String,
}

/// Every page of `reading`, a Markdown document.
pub fn pages(chrome: &Chrome, reading: &Reading, around: &Around) -> askama::Result<Vec<Finished>> {
    let levels: Vec<Level> = reading.levels.iter().flat_map(|levels| levels.levels()).collect();
    std::iter::once(None)
        .chain(levels.iter().copied().map(Some))
        .map(|level| page(chrome, reading, around, &levels, level))
        .collect()
}

fn page(
    chrome: &Chrome,
    reading: &Reading,
    around: &Around,
    levels: &[Level],
    level: Option<Level>,
) -> askama::Result<Finished> {
    let (body, outline) = compose(&reading.at(level));
    let base = paths::document(&reading.path);
    let link = |of: &Level| LevelLink {
        level: *of,
        href: paths::document_at(&reading.path, *of),
        current: Some(*of) == level,
    };
    let title =
        level.map_or(reading.title.clone(), |level| format!("{}, level {level}", reading.title));
    let lead = reading.lead().map_or("", |block| block.text.as_str());
    let page = Show {
        layout: Layout::new(chrome, title, base.clone()).described(lead).under(&around.section),
        crumbs: crumbs(&reading.path),
        related: &around.related,
        terms: &around.terms,
        levels: levels.iter().map(link).collect(),
        level,
        cumulative: reading.levels.as_ref().is_some_and(|levels| levels.rule == Rule::Cumulative),
        outline,
        is_empty: body.is_empty(),
        body,
        base,
        reading,
    };
    let href = level
        .map_or_else(|| paths::document(&reading.path), |of| paths::document_at(&reading.path, of));
    Ok(Finished::text(&href, HTML, Policy::Page, page.render()?))
}
