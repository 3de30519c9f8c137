//! Documents that ask different things at different levels, and what one level sees of them. Pure.

use std::ops::Range;

use serde::Deserialize;

use crate::content::markdown::{Block, BlockKind};
use crate::content::model::Level;
use crate::web::html::Html;

/// How the level sections of a document add up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// Level n asks for everything from level 1 to n.
    Cumulative,
    /// Level n asks for its own section alone.
    Standalone,
}

/// The level sections of a document: each level's range of blocks, heading included, ascending.
#[derive(Clone, Debug)]
pub struct LevelSections {
    pub rule: Rule,
    sections: Vec<(Level, Range<usize>)>,
}

impl LevelSections {
    /// The sections "Level 1", "Level 2", … of a document; `None` where it has fewer than two.
    /// Without a `rule` given, sections that refer to the level before them are cumulative.
    pub fn find(blocks: &[Block], rule: Option<Rule>) -> Option<Self> {
        let mut sections: Vec<(Level, Range<usize>)> = Vec::new();
        for (at, block) in blocks.iter().enumerate() {
            let Some((rank, _)) = block.heading() else { continue };
            let Some(level) = level_of(&block.text) else { continue };
            if sections.iter().any(|(known, range)| *known == level || range.contains(&at)) {
                continue;
            }
            let ends = |block: &Block| block.heading().is_some_and(|(other, _)| other <= rank);
            let end = blocks[at + 1..].iter().position(ends).map_or(blocks.len(), |n| at + 1 + n);
            sections.push((level, at..end));
        }
        sections.sort_by_key(|(level, _)| *level);
        let rule = rule.unwrap_or_else(|| guess_rule(blocks, &sections));
        (sections.len() >= 2).then_some(Self { rule, sections })
    }

    /// The levels this document speaks of, ascending.
    pub fn levels(&self) -> impl Iterator<Item = Level> {
        self.sections.iter().map(|(level, _)| *level)
    }

    /// The blocks that `level` sees: everything outside level sections, and of those what the rule
    /// says. Items that begin with "Level 3+" are for level 3 and up. Where a higher level replaces
    /// what a lower one asked, the lower section opens with a note that says so.
    pub fn at(&self, level: Level, blocks: &[Block]) -> Vec<Block> {
        let mut seen = Vec::with_capacity(blocks.len());
        for (at, block) in blocks.iter().enumerate() {
            let section = self.sections.iter().find(|(_, range)| range.contains(&at));
            let shown = match (section, self.rule) {
                (None, _) => true,
                (Some((of, _)), Rule::Cumulative) => *of <= level,
                (Some((of, _)), Rule::Standalone) => *of == level,
            };
            if !shown {
                continue;
            }
            seen.extend(for_level(block, level));
            if let Some((of, range)) = section
                && range.start == at
            {
                seen.extend(self.replaced_by(*of, level, blocks));
            }
        }
        seen
    }

    /// A note for the section of level `of` when a level above it, up to `upto`, replaces part of
    /// it.
    fn replaced_by(&self, of: Level, upto: Level, blocks: &[Block]) -> Option<Block> {
        let (by, block) = self.sections.iter().filter(|(by, _)| *by > of && *by <= upto).find_map(
            |(by, range)| {
                let replaces = |block: &&Block| {
                    block.heading().is_none()
                        && REPLACES.iter().any(|words| block.text.to_lowercase().contains(words))
                };
                Some((by, blocks[range.clone()].iter().find(replaces)?))
            },
        )?;
        let (_, id) = self
            .sections
            .iter()
            .find(|(level, _)| level == by)
            .and_then(|(_, range)| blocks[range.start].heading())?;
        let note = format!(
            r##"<p class="callout">Level {by} changes part of what is asked here. <a href="#{}">See level {by}</a></p>"##,
            Html::escape(id)
        );
        let (line, text, links) = (block.line, String::new(), Vec::new());
        Some(Block { line, kind: BlockKind::Other, html: Html::own(note), text, links })
    }
}

/// Words by which a section says that it takes something back.
const REPLACES: [&str; 4] = ["no longer required", "no longer needed", "replaced by", "instead of"];

/// The level a heading like "Level 3" or "Level 3:" names.
pub fn level_of(heading: &str) -> Option<Level> {
    let rest = heading.trim().strip_prefix("Level ")?.trim_start();
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (number, after) = rest.split_at(digits);
    let ends = !after.starts_with(|c: char| c.is_alphanumeric() || c == '+');
    number.parse().ok().filter(|_| ends).and_then(Level::new)
}

fn guess_rule(blocks: &[Block], sections: &[(Level, Range<usize>)]) -> Rule {
    let refers_back = sections.iter().skip(1).any(|(level, range)| {
        let before = format!("level {}", level.number() - 1);
        blocks[range.start + 1..range.end].iter().any(|b| b.text.to_lowercase().contains(&before))
    });
    if refers_back { Rule::Cumulative } else { Rule::Standalone }
}

/// The block without list items meant for higher levels; `None` where nothing is left of it.
fn for_level(block: &Block, level: Level) -> Option<Block> {
    let BlockKind::List { ordered, items } = &block.kind else { return Some(block.clone()) };
    let fits = |text: &str| from_level(text).is_none_or(|from| from <= level);
    if items.iter().all(|item| fits(&item.text)) {
        return Some(block.clone());
    }
    let left: Vec<_> = items.iter().filter(|item| fits(&item.text)).cloned().collect();
    (!left.is_empty()).then(|| Block::list(block.line, *ordered, left, block.links.clone()))
}

/// The level from which an item like "Level 3+: …" holds.
fn from_level(item: &str) -> Option<Level> {
    let (number, _) = item.trim().strip_prefix("Level ")?.split_once('+')?;
    number.trim().parse().ok().and_then(Level::new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::links::Resolver;
    use crate::content::markdown::parse;
    use crate::content::model::{DocPath, Tree};

    fn seen(source: &str, level: u8) -> String {
        let (tree, from) = (Tree::default(), DocPath::parse("x.md").unwrap());
        let blocks = parse(source, Resolver { places: &tree, from: &from, upstream: "" }).blocks;
        let sections = LevelSections::find(&blocks, None).unwrap();
        let texts = sections.at(Level::new(level).unwrap(), &blocks);
        texts.iter().map(|block| block.text.replace('\n', "/")).collect::<Vec<_>>().join("|")
    }

    const CUMULATIVE: &str = "# T\n\nintro\n\n- all\n- Level 2+: more\n\n## Level 1:\n\none\n\n### Q\n\nwhy\n\n\
        ## Level 2:\n\nAll of level 1 plus two. One is no longer required.\n\n## After\n\nend";

    #[test]
    fn cumulative_sections_add_up_and_mark_what_is_replaced() {
        assert_eq!(seen(CUMULATIVE, 1), "T|intro|all|Level 1:|one|Q|why|After|end");
        assert_eq!(
            seen(CUMULATIVE, 2),
            "T|intro|all/Level 2+: more|Level 1:||one|Q|why|Level 2:|\
             All of level 1 plus two. One is no longer required.|After|end"
        );
    }

    #[test]
    fn standalone_sections_stand_alone() {
        let source = "## Level 1\n\none\n\n## Level 2\n\ntwo\n\n## After\n\nend";
        assert_eq!(seen(source, 2), "Level 2|two|After|end");
    }

    #[test]
    fn only_headings_that_name_a_level_count() {
        for (text, level) in [
            ("Level 3", Some(3)),
            ("Level 3:", Some(3)),
            ("Level 3+", None),
            ("Level 7", None),
            ("Levels", None),
        ] {
            assert_eq!(level_of(text).map(Level::number), level, "{text}");
        }
    }
}
