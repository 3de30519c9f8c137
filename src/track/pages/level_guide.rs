//! A level guide's page: the whole matrix, and one page for each level lifted out of it.

use askama::Template;

use crate::content::library::{Library, compose};
use crate::content::markdown::Block;
use crate::content::model::{DocPath, Kind, Level};
use crate::content::pages::HTML;
use crate::content::pages::file::size;
use crate::content::pages::show::LevelLink;
use crate::content::paths as docs;
use crate::track::matrix::is_matrix;
use crate::track::model::{LevelGuide, Matrix};
use crate::track::paths;
use crate::web::finished::{Finished, Policy};
use crate::web::html::Html;
use crate::web::layout::{Chrome, Layout};

#[derive(Template)]
#[template(path = "track/level_guide.html")]
struct Guide<'a> {
    layout: Layout<'a>,
    guide: &'a LevelGuide,
    heading: String,
    document: String,
    pdf: Option<String>,
    base: String,
    links: Vec<LevelLink>,
    level: Option<Level>,
    lifted: Vec<LiftedArea<'a>>,
    legend: Html,
    /// The PDF that is this guide, where nothing else tells what is in it.
    file: Option<PdfFile<'a>>,
}

struct PdfFile<'a> {
    href: String,
    name: &'a str,
    size: String,
}

/// One area at the level lifted out, with what the level before asks.
struct LiftedArea<'a> {
    name: &'a str,
    now: Html,
    before: Html,
    before_level: String,
}

/// Every page of `guide`.
pub fn pages(
    chrome: &Chrome,
    library: &Library,
    guide: &LevelGuide,
) -> askama::Result<Vec<Finished>> {
    let levels: &[Level] = guide.matrix.as_ref().map_or(&[], |matrix| matrix.levels.as_slice());
    std::iter::once(None)
        .chain(levels.iter().copied().map(Some))
        .map(|level| page(chrome, library, guide, levels, level))
        .collect()
}

fn page(
    chrome: &Chrome,
    library: &Library,
    guide: &LevelGuide,
    levels: &[Level],
    level: Option<Level>,
) -> askama::Result<Finished> {
    let link = |of: &Level| LevelLink {
        level: *of,
        href: paths::level_guide_at(&guide.slug, *of),
        current: Some(*of) == level,
    };
    let is_pdf = |path: &&DocPath| Kind::of(path) == Some(Kind::Pdf);
    let own_pdf = Some(&guide.document).filter(is_pdf);
    let pair = library.counterpart(&guide.document).map(|other| &other.path);
    let pdf = own_pdf.or(pair.filter(is_pdf));
    let file = own_pdf.filter(|_| guide.matrix.is_none()).and_then(|path| {
        let document = library.tree.get(path)?;
        let size = size(document.bytes.len());
        Some(PdfFile { href: docs::file(path, &document.hash), name: path.name(), size })
    });
    let policy = if file.is_some() { Policy::PdfViewer } else { Policy::Page };
    let heading =
        level.map_or(guide.title.clone(), |level| format!("{}: level {level}", guide.title));
    let address = paths::level_guide(&guide.slug);
    // A guide of one level has nothing to set side by side.
    let shown = level.or(levels.first().copied().filter(|_| levels.len() == 1));
    let description = format!("{}: what each level asks, area by area.", guide.title);
    let page = Guide {
        layout: Layout::new(chrome, heading.clone(), address.clone())
            .described(&description)
            .under(paths::LEVELS),
        heading,
        document: docs::document(&guide.document),
        pdf: pdf.map(docs::document),
        base: address.clone(),
        links: levels.iter().map(link).collect(),
        lifted: match (&guide.matrix, shown) {
            (Some(matrix), Some(level)) => lift(matrix, level),
            _ => Vec::new(),
        },
        level: shown,
        legend: legend(library, guide),
        file,
        guide,
    };
    let address = level.map_or(address, |level| paths::level_guide_at(&guide.slug, level));
    Ok(Finished::text(&address, HTML, policy, page.render()?))
}

fn lift(matrix: &Matrix, level: Level) -> Vec<LiftedArea<'_>> {
    let Some(at) = matrix.levels.iter().position(|of| *of == level) else { return Vec::new() };
    let before = at.checked_sub(1);
    matrix
        .areas
        .iter()
        .map(|area| LiftedArea {
            name: &area.name,
            now: area.cells[at].clone(),
            before: before.map_or(Html::default(), |before| area.cells[before].clone()),
            before_level: before.map_or(String::new(), |before| matrix.levels[before].to_string()),
        })
        .collect()
}

/// What the guide's document says besides its matrix.
fn legend(library: &Library, guide: &LevelGuide) -> Html {
    let Some(reading) = library.get(&guide.document) else { return Html::default() };
    let blocks = &reading.blocks;
    let matrix = blocks.iter().position(is_matrix);
    let says_more = |at: &usize| {
        // A heading over the matrix alone has nothing left to head.
        let heads_matrix = blocks[*at].heading().is_some()
            && matrix == Some(at + 1)
            && blocks.get(at + 2).is_none_or(|block| block.heading().is_some());
        matrix != Some(*at) && !heads_matrix
    };
    let rest: Vec<Block> =
        (0..blocks.len()).filter(says_more).map(|at| blocks[at].clone()).collect();
    compose(&rest).0
}
