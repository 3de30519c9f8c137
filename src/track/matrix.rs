//! Reads level matrices from tables, Markdown's and HTML's alike, whichever way they are turned.
//! Pure.

use std::collections::BTreeSet;

use crate::content::library::{Library, Reading};
use crate::content::markdown::{Block, BlockKind, strip_tags};
use crate::content::model::{DocPath, Kind, Level};
use crate::track::model::{Area, LevelGuide, Matrix};
use crate::track::overview::Overview;
use crate::web::html::Html;

/// The most cells a matrix has, those its rows are filled up by included.
const MOST_CELLS: usize = 10_000;

/// Every level guide of a tree: what the tracks name, and whatever lies in a folder `levels`. A PDF
/// paired with a document is that document's guide.
pub fn guides(library: &Library, overview: &Overview) -> Vec<LevelGuide> {
    let named = overview.tracks.iter().flat_map(|track| &track.text.guides);
    let mut paths: Vec<DocPath> =
        named.filter_map(|guide| DocPath::parse(&guide.document)).collect();
    let in_levels = |reading: &&Reading| {
        reading.path.folder().name() == "levels"
            && matches!(reading.kind, Kind::Markdown | Kind::Pdf)
    };
    paths.extend(library.readings().filter(in_levels).map(|reading| reading.path.clone()));
    let mut seen = BTreeSet::new();
    let mut slugs = BTreeSet::new();
    let mut guides: Vec<LevelGuide> = Vec::new();
    for path in paths {
        let paired = library.counterpart(&path).filter(|other| other.kind == Kind::Markdown);
        let Some(reading) = paired.or_else(|| library.get(&path)) else { continue };
        if !seen.insert(reading.path.clone()) {
            continue;
        }
        let slug = slug_of(&reading.path, &slugs);
        slugs.insert(slug.clone());
        let matrix = reading.blocks.iter().find(|block| is_matrix(block));
        let matrix = matrix.and_then(|block| read(&block.html));
        let (title, document) = (reading.title.clone(), reading.path.clone());
        guides.push(LevelGuide { slug, title, document, matrix });
    }
    guides
}

/// The guide's file name without its extension, else its path without, else with it, else with a
/// number: whatever none of `taken` is yet.
fn slug_of(path: &DocPath, taken: &BTreeSet<String>) -> String {
    let whole = path.as_str();
    let stem = path.stem().to_lowercase();
    let plain = whole.rsplit_once('.').map_or(whole, |(plain, _)| plain);
    let numbered = (2..).map(|number| format!("{whole}-{number}"));
    let first = [stem, plain.to_owned(), whole.to_owned()];
    first.into_iter().chain(numbered).find(|slug| !taken.contains(slug)).unwrap_or_default()
}

/// Whether this block is a table that reads as a matrix. The first of a document is its matrix.
pub fn is_matrix(block: &Block) -> bool {
    matches!(block.kind, BlockKind::Table) && read(&block.html).is_some()
}

/// The matrix in `table`; `None` where neither its rows nor its columns are levels.
pub fn read(table: &Html) -> Option<Matrix> {
    let mut rows = grid(table.as_str());
    let width = rows.iter().map(Vec::len).max()?;
    if rows.len() * width > MOST_CELLS {
        return None;
    }
    rows.iter_mut().for_each(|row| row.resize(width, Html::default()));
    if rows.len() < 2 || width < 2 {
        return None;
    }
    let down: Vec<Option<Level>> = rows[1..].iter().map(|row| level_of(&row[0])).collect();
    let across: Vec<Option<Level>> = rows[0][1..].iter().map(level_of).collect();
    let count = |levels: &[Option<Level>]| levels.iter().flatten().count();
    if count(&across) > count(&down) {
        return build(&across, &rows[1..], |area, n| &area[n + 1], |area| &area[0]);
    }
    let columns: Vec<Vec<&Html>> =
        (1..width).map(|n| rows.iter().map(|row| &row[n]).collect()).collect();
    build(&down, &columns, |area, n| area[n + 1], |area| area[0])
}

fn build<A>(
    levels: &[Option<Level>],
    areas: &[A],
    cell: impl Fn(&A, usize) -> &Html,
    name: impl Fn(&A) -> &Html,
) -> Option<Matrix> {
    let mut order: Vec<(Level, usize)> =
        levels.iter().enumerate().filter_map(|(n, level)| Some(((*level)?, n))).collect();
    order.sort();
    let distinct = order.windows(2).all(|pair| pair[0].0 != pair[1].0);
    if order.is_empty() || !distinct {
        return None;
    }
    let areas = areas
        .iter()
        .map(|area| Area {
            name: strip_tags(name(area).as_str()),
            cells: order.iter().map(|(_, n)| cell(area, *n).clone()).collect(),
        })
        .filter(|area| !area.name.is_empty())
        .collect();
    Some(Matrix { levels: order.into_iter().map(|(level, _)| level).collect(), areas })
}

/// The level a row or column is headed by: "3", "Level 3", "L3".
fn level_of(cell: &Html) -> Option<Level> {
    let text = strip_tags(cell.as_str()).to_lowercase();
    let text = text.strip_prefix("level").or_else(|| text.strip_prefix('l')).unwrap_or(&text);
    text.trim().parse().ok().and_then(Level::new)
}

/// The cells of the first table in sanitised HTML, row by row; a table inside a cell stays whole.
fn grid(html: &str) -> Vec<Vec<Html>> {
    let mut rows: Vec<Vec<Html>> = Vec::new();
    let (mut depth, mut from, mut at) = (0usize, None, 0usize);
    while let Some(open) = html[at..].find('<').map(|n| at + n) {
        let Some(close) = html[open..].find('>').map(|n| open + n + 1) else { break };
        let tag = html[open + 1..close - 1].split_whitespace().next().unwrap_or_default();
        match (tag, depth) {
            ("table", _) => depth += 1,
            ("/table", 1) => break,
            ("/table", _) => depth = depth.saturating_sub(1),
            ("tr", 1) => rows.push(Vec::new()),
            ("td" | "th", 1) => from = Some(close),
            ("/td" | "/th", 1) => {
                if let (Some(from), Some(row)) = (from.take(), rows.last_mut()) {
                    row.push(cell(&html[from..open]));
                }
            }
            _ => {}
        }
        at = close;
    }
    rows
}

fn cell(inner: &str) -> Html {
    // The slice lies between two tags of sanitised markup, so it is whole and clean itself.
    Html::own(inner.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix(html: &str) -> Option<String> {
        read(&Html::sanitise(html)).map(|matrix| {
            let levels: Vec<String> = matrix.levels.iter().map(ToString::to_string).collect();
            let areas: Vec<String> = matrix
                .areas
                .iter()
                .map(|area| {
                    let cells: Vec<&str> = area.cells.iter().map(Html::as_str).collect();
                    format!("{}: {}", area.name, cells.join(" | "))
                })
                .collect();
            format!("{} / {}", levels.join(" "), areas.join("; "))
        })
    }

    #[test]
    fn rows_may_be_levels() {
        let table = "<table><tr><th><pre>Level/Skill  </pre></th><th>Scope</th><th>On-call</th></tr>\
                     <tr><td>1</td><td>a</td><td><ul><li>b</li></ul></td></tr><tr><td>2</td><td>c</td></tr></table>";
        let read = "1 2 / Scope: a | c; On-call: <ul><li>b</li></ul> | ";
        assert_eq!(matrix(table).as_deref(), Some(read));
    }

    #[test]
    fn columns_may_be_levels_in_any_order() {
        let table = "<table><tr><th>Area</th><th>Level 2</th><th>Level 1</th></tr>\
                     <tr><td>Scope</td><td>wide</td><td>narrow</td></tr></table>";
        assert_eq!(matrix(table).as_deref(), Some("1 2 / Scope: narrow | wide"));
    }

    #[test]
    fn other_tables_are_no_matrix() {
        assert_eq!(
            matrix(
                "<table><tr><th>Name</th><th>Age</th></tr><tr><td>x</td><td>9</td></tr></table>"
            ),
            None
        );
        assert_eq!(matrix("<table><tr><td>1</td></tr></table>"), None);
        let twice = "<table><tr><th></th><th>x</th></tr><tr><td>1</td><td>a</td></tr><tr><td>1</td><td>b</td></tr></table>";
        assert_eq!(matrix(twice), None);
    }
}
