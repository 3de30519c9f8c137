//! The overview: hero from the document's first section, the tracks, the rest as prose.

use askama::Template;

use crate::content::import::settings::Address;
use crate::content::library::Library;
use crate::content::pages::HTML;
use crate::content::paths as docs;
use crate::track::model::{LevelGuide, Track};
use crate::track::overview::{Overview, Section};
use crate::track::pages::view::{GuideView, facts, guides};
use crate::track::paths;
use crate::web::finished::{Finished, Policy};
use crate::web::layout::{Chrome, Layout, NavItem, shorten};

#[derive(Template)]
#[template(path = "site/home.html")]
struct Home<'a> {
    layout: Layout<'a>,
    headline: &'a str,
    hero: &'a Section,
    /// The document's own pointer to people: its first link to another document.
    meet: Option<NavItem>,
    group: Section,
    count_line: String,
    tracks: Vec<Card<'a>>,
    contact: Option<&'a Address>,
    rest: &'a [Section],
}

/// A track in a few lines.
struct Card<'a> {
    href: String,
    focus: &'a str,
    audience: &'a str,
    title: &'a str,
    teaser: String,
    stages: Vec<Step<'a>>,
    guides: Vec<GuideView>,
}

struct Step<'a> {
    title: &'a str,
    facts: Vec<String>,
}

pub fn page(
    chrome: &Chrome,
    library: &Library,
    overview: &Overview,
    tracks: &[Track],
    level_guides: &[LevelGuide],
) -> askama::Result<Finished> {
    let cards = tracks.iter().map(|track| Card {
        href: paths::track(&track.slug),
        focus: &track.text.focus,
        audience: &track.text.audience,
        title: track.title(),
        teaser: shorten(&first_sentences(&track.text.teaser, 150), 190),
        stages: (track.stages.iter())
            .map(|stage| Step { title: &stage.title, facts: facts(stage.recipe.as_ref()) })
            .collect(),
        guides: guides(&track.text.guides, level_guides, library),
    });
    let meet = overview
        .first_document(library)
        .map(|(title, reading)| NavItem { title, href: docs::document(&reading.path) });
    let page = Home {
        layout: Layout::new(chrome, chrome.site.as_str(), "/")
            .described(&overview.hero.lead)
            .under("/"),
        headline: library.settings.headline.as_deref().unwrap_or(&chrome.site),
        hero: &overview.hero,
        meet,
        group: overview.group.clone().unwrap_or_default(),
        count_line: count_line(tracks.len()),
        tracks: cards.collect(),
        contact: library.settings.contact.as_ref(),
        rest: &overview.rest,
    };
    Ok(Finished::text("/", HTML, Policy::Page, page.render()?))
}

fn count_line(tracks: usize) -> String {
    const WORDS: [&str; 10] =
        ["No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine"];
    match tracks {
        1 => "One track".to_owned(),
        count => format!(
            "{} tracks. Which one sounds like you?",
            WORDS.get(count).map_or_else(|| count.to_string(), |word| (*word).to_owned())
        ),
    }
}

/// As many whole sentences of `text` as fit into `limit` characters, at least one.
fn first_sentences(text: &str, limit: usize) -> String {
    let mut end = 0;
    for (at, _) in text.match_indices(". ") {
        if end > 0 && text[..=at].chars().count() > limit {
            break;
        }
        end = at + 1;
    }
    if end == 0 || text.chars().count() <= limit { text.to_owned() } else { text[..end].to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_teaser_is_whole_sentences() {
        assert_eq!(first_sentences("One two. Three four. Five.", 12), "One two.");
        assert_eq!(first_sentences("One two. Three four. Five.", 22), "One two. Three four.");
        assert_eq!(
            first_sentences("A sentence far too long for its limit. B.", 5),
            "A sentence far too long for its limit."
        );
        assert_eq!(first_sentences("No end", 3), "No end");
    }
}
