//! The items of the lists in a document's level sections, with the headings they stand under. Pure.

use crate::content::levels::level_of;
use crate::content::library::Reading;
use crate::content::markdown::{BlockKind, Item};
use crate::content::model::Level;

/// An item of a list in a level section.
#[derive(Clone, Debug)]
pub struct Listed {
    pub level: Level,
    /// The headings below the level's own, outermost first, without colons at their ends.
    pub under: Vec<String>,
    pub item: Item,
}

impl Listed {
    /// Whether one of the headings above it is called so, in any case.
    pub fn is_under(&self, heading: &str) -> bool {
        self.under.iter().any(|name| name.eq_ignore_ascii_case(heading))
    }
}

/// The items that `level` sees, in the order of the document; none where it has no level sections.
pub fn listed(reading: &Reading, level: Level) -> Vec<Listed> {
    if reading.levels.is_none() {
        return Vec::new();
    }
    let mut listed = Vec::new();
    // The level section one is in with its rank, and the headings below it.
    let mut section: Option<(Level, u8)> = None;
    let mut under: Vec<(u8, String)> = Vec::new();
    for block in reading.at(Some(level)) {
        if let Some((rank, _)) = block.heading() {
            if let Some(of) = level_of(&block.text) {
                (section, under) = (Some((of, rank)), Vec::new());
                continue;
            }
            section = section.filter(|(_, of)| rank > *of);
            under.retain(|(above, _)| *above < rank);
            under.push((rank, block.text.trim().trim_end_matches(':').to_owned()));
            continue;
        }
        let (Some((level, _)), BlockKind::List { items, .. }) = (section, block.kind) else {
            continue;
        };
        let names: Vec<String> = under.iter().map(|(_, name)| name.clone()).collect();
        listed.extend(items.into_iter().map(|item| Listed { level, under: names.clone(), item }));
    }
    listed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::model::{DocPath, Document, Tree};

    #[test]
    fn items_are_found_in_level_sections_alone_with_what_they_stand_under() {
        let source = "# X\n- before\n## Level 1\n- bare\n### Parts:\n#### API\n- one\n- two\n### After\n\
            - three\n## Level 2\n- four\n# Elsewhere\n- neither\n";
        let path = DocPath::parse("x.md").unwrap();
        let tree = Tree::new(Document::new(path.clone(), source.as_bytes()));
        let reading = Reading::alone(&tree, &path).unwrap().unwrap();
        let at = |level: u8| {
            let listed = listed(&reading, Level::new(level).unwrap());
            let line = |one: &Listed| {
                format!("{} {} {}", one.level, one.under.join("/"), one.item.text.trim())
            };
            listed.iter().map(line).collect::<Vec<_>>()
        };
        assert_eq!(at(1), ["1  bare", "1 Parts/API one", "1 Parts/API two", "1 After three"]);
        assert_eq!(at(2), ["2  four"]);
    }
}
