//! A track's page: the path through its stages, its level guides, its notes, what happens next.

use askama::Template;

use super::view::{GuideView, facts, guides};
use crate::content::import::settings::{Address, AgendaItem};
use crate::content::library::Library;
use crate::content::markdown::BlockKind;
use crate::content::model::{DocPath, Level};
use crate::content::pages::HTML;
use crate::content::paths as docs;
use crate::track::model::{LevelGuide, Stage, Track};
use crate::track::paths;
use crate::web::finished::{Finished, Policy};
use crate::web::html::Html;
use crate::web::layout::{Chrome, Layout, NavItem};

#[derive(Template)]
#[template(path = "track/show.html")]
struct Show<'a> {
    layout: Layout<'a>,
    title: &'a str,
    track: &'a Track,
    stages: Vec<StageView<'a>>,
    guides: Vec<GuideView>,
    others: Vec<NavItem>,
    positions: Option<&'a Address>,
    contact: Option<&'a Address>,
}

/// A stage with what its challenge document says about it.
struct StageView<'a> {
    title: &'a str,
    href: Option<String>,
    /// The wanted path, where the tree does not have it.
    missing: Option<&'a str>,
    facts: Vec<String>,
    lead: String,
    agenda: &'a [AgendaItem],
    parts: &'a [String],
    looked_for: Vec<Html>,
    levels: Vec<LevelLink>,
}

struct LevelLink {
    level: Level,
    href: String,
}

/// The page of `track`, one of `tracks`.
pub fn page(
    chrome: &Chrome,
    library: &Library,
    level_guides: &[LevelGuide],
    tracks: &[Track],
    track: &Track,
) -> askama::Result<Finished> {
    let others = tracks
        .iter()
        .filter(|other| other.slug != track.slug)
        .map(|other| NavItem { title: other.title().to_owned(), href: paths::track(&other.slug) });
    let address = paths::track(&track.slug);
    let page = Show {
        layout: Layout::new(chrome, track.title(), address.clone())
            .described(&track.text.teaser)
            .under("/#tracks"),
        title: track.title(),
        stages: track.stages.iter().map(|stage| view(stage, library)).collect(),
        guides: guides(&track.text.guides, level_guides, library),
        others: others.collect(),
        positions: library.settings.positions.as_ref(),
        contact: library.settings.contact.as_ref(),
        track,
    };
    Ok(Finished::text(&address, HTML, Policy::Page, page.render()?))
}

fn view<'a>(stage: &'a Stage, library: &Library) -> StageView<'a> {
    let reading = DocPath::parse(&stage.document).and_then(|path| library.get(&path));
    let recipe = stage.recipe.as_ref();
    let looked_for = reading.and_then(|reading| reading.list_under("What we look for"));
    let looked_for = looked_for.map(|block| match &block.kind {
        BlockKind::List { items, .. } => items.iter().map(|item| item.html.clone()).collect(),
        _ => Vec::new(),
    });
    let levels = reading.iter().flat_map(|reading| {
        let levels = reading.levels.iter().flat_map(|levels| levels.levels());
        levels.map(|level| LevelLink { level, href: docs::document_at(&reading.path, level) })
    });
    StageView {
        title: &stage.title,
        href: reading.map(|reading| docs::document(&reading.path)),
        missing: reading.is_none().then_some(stage.document.as_str()),
        facts: facts(recipe),
        lead: reading.and_then(|r| r.lead()).map_or(String::new(), |block| block.text.clone()),
        agenda: recipe.map_or(&[], |recipe| recipe.agenda.as_slice()),
        parts: recipe.map_or(&[], |recipe| recipe.parts.as_slice()),
        looked_for: looked_for.unwrap_or_default(),
        levels: levels.collect(),
    }
}
