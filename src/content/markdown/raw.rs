//! Raw HTML inside Markdown, before it is sanitised: tables, elements that span blocks, addresses.

use std::borrow::Cow;
use std::ops::Range;

use pulldown_cmark::Event;

/// A comment that says nothing: with it, a line is not blank.
pub(super) const FILLER: &str = "<!-->";

/// Joins HTML tables that have blank lines inside: Markdown would end the table there, and the
/// lines that follow would become paragraphs or code. Line numbers stay as they are.
pub(super) fn close_tables(source: &str) -> Cow<'_, str> {
    if !source.contains("<table") {
        return Cow::Borrowed(source);
    }
    let lines: Vec<&str> = source.lines().collect();
    let mut joined = String::with_capacity(source.len() + 64);
    let (mut in_table, mut in_fence) = (false, false);
    // Whether the nearest lines that say something, before and after each, begin with a tag.
    let (mut before, mut was_blank) = (false, false);
    let after = tags_after(&lines);
    for (line, after) in lines.iter().zip(after) {
        let trimmed = line.trim();
        if !in_table && (trimmed.starts_with("```") || trimmed.starts_with("~~~")) {
            in_fence = !in_fence;
        }
        if !in_fence && trimmed.starts_with("<table") {
            in_table = true;
        }
        if in_table && trimmed.is_empty() {
            // One blank line parts two paragraphs; the others only have to be no blank lines.
            let parts = !was_blank && !before && !after;
            joined.push_str(if parts { "<br><br>" } else { FILLER });
        } else {
            joined.push_str(line);
        }
        joined.push('\n');
        if trimmed.contains("</table") {
            in_table = false;
        }
        if !trimmed.is_empty() {
            before = trimmed.starts_with('<');
        }
        was_blank = trimmed.is_empty();
    }
    Cow::Owned(joined)
}

/// For each line, whether the next one that is not blank begins with a tag.
fn tags_after(lines: &[&str]) -> Vec<bool> {
    let mut after = vec![false; lines.len()];
    for at in (1..lines.len()).rev() {
        let next = lines[at].trim();
        after[at - 1] = if next.is_empty() { after[at] } else { next.starts_with('<') };
    }
    after
}

/// Counts the elements that raw HTML leaves open: what stands between their tags belongs to one
/// block, as long as they are closed further on.
pub(super) struct Grouping<'s> {
    source: &'s str,
    open: [i64; GROUPING.len()],
    /// Where each element is closed for the last time.
    last: [usize; GROUPING.len()],
}

const GROUPING: [(&str, &str); 3] =
    [("<details", "</details"), ("<div", "</div"), ("<table", "</table")];

impl<'s> Grouping<'s> {
    pub(super) fn of(source: &'s str) -> Self {
        let last = GROUPING.map(|(_, end)| source.rfind(end).map_or(0, |at| at + 1));
        Self { source, open: [0; GROUPING.len()], last }
    }

    pub(super) fn see(&mut self, event: &Event<'_>, range: &Range<usize>) {
        if !matches!(event, Event::Html(_)) {
            return;
        }
        let html = &self.source[range.clone()];
        let count = |tag: &str| i64::try_from(html.matches(tag).count()).unwrap_or(i64::MAX);
        for (open, (start, end)) in self.open.iter_mut().zip(GROUPING) {
            *open += count(start) - count(end);
        }
    }

    /// Whether something is open at `at` that is closed later. Asked between top-level blocks.
    pub(super) fn is_open(&mut self, at: usize) -> bool {
        let open = self.open.iter().zip(self.last).any(|(open, last)| *open > 0 && last > at);
        if !open {
            self.open = [0; GROUPING.len()];
        }
        open
    }
}

/// How many raw elements whose text must not hold a link are open after `tag`, given those before it.
pub(super) fn linkless_depth(before: usize, tag: &str) -> usize {
    let (closes, name) = match tag.strip_prefix("</") {
        Some(name) => (true, name),
        None => (false, tag.trim_start_matches('<')),
    };
    let name = name.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    let linkless = ["a", "code", "pre", "kbd", "samp"];
    match linkless.iter().any(|other| name.eq_ignore_ascii_case(other)) {
        true if closes => before.saturating_sub(1),
        true => before + 1,
        false => before,
    }
}

/// The text between the tags of well-formed HTML, entities turned back, runs of space folded.
pub fn strip_tags(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(before);
        text.push(' ');
        rest = tag.split_once('>').map_or("", |(_, after)| after);
    }
    text.push_str(rest);
    let text = ENTITIES.iter().fold(text, |text, (entity, c)| text.replace(entity, c));
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

const ENTITIES: [(&str, &str); 6] = [
    ("&lt;", "<"),
    ("&gt;", ">"),
    ("&quot;", "\""),
    ("&#39;", "'"),
    ("&nbsp;", " "),
    ("&amp;", "&"),
];
