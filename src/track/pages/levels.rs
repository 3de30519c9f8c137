//! The list of level guides.

use askama::Template;

use crate::content::model::Level;
use crate::content::pages::HTML;
use crate::track::model::LevelGuide;
use crate::track::paths;
use crate::web::finished::{Finished, Policy};
use crate::web::layout::{Chrome, Layout};

#[derive(Template)]
#[template(path = "track/levels.html")]
struct Levels<'a> {
    layout: Layout<'a>,
    guides: Vec<Entry<'a>>,
    /// A guide here speaks of the level that no challenge leads to.
    has_level_6: bool,
}

struct Entry<'a> {
    href: String,
    title: &'a str,
    about: String,
}

pub fn page(chrome: &Chrome, guides: &[LevelGuide]) -> askama::Result<Finished> {
    let about = |guide: &LevelGuide| match &guide.matrix {
        Some(matrix) => match (matrix.levels.first(), matrix.levels.last()) {
            (Some(first), Some(last)) if first != last => {
                format!("Levels {first} to {last} in {} areas", matrix.areas.len())
            }
            (Some(only), _) => format!("Level {only} in {} areas", matrix.areas.len()),
            _ => String::new(),
        },
        None if guide.document.name().ends_with(".pdf") => "A PDF".to_owned(),
        None => "A document without a matrix".to_owned(),
    };
    let mut levels = guides.iter().filter_map(|guide| guide.matrix.as_ref()?.levels.last());
    let page = Levels {
        has_level_6: levels.any(|level| level.number() == Level::MAX),
        layout: Layout::new(chrome, "Level guides", paths::LEVELS)
            .described("What each engineering level asks, area by area.")
            .under(paths::LEVELS),
        guides: guides
            .iter()
            .map(|guide| Entry {
                href: paths::level_guide(&guide.slug),
                title: &guide.title,
                about: about(guide),
            })
            .collect(),
    };
    Ok(Finished::text(paths::LEVELS, HTML, Policy::Page, page.render()?))
}
