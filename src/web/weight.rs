//! How much work a piece of raw HTML makes for its parser, told by a look at its tags alone. Pure.
//!
//! The parser repairs what is nested wrongly, and some repairs cost more than the text is long. What
//! would is refused before it is parsed, so that parsing stays linear whoever wrote the text.

use std::fmt;

/// The deepest elements in elements that are parsed.
pub const DEEPEST: usize = 200;
/// The most attributes one element may have.
const MOST_ATTRIBUTES: usize = 100;
/// The most that may stand inside a table and outside its cells: each is moved before the table.
const MOST_STRAYS: usize = 500;
/// Elements opened anew are free up to here, and from then on up to half the length of the text.
const FREE_REPAIRS: usize = 1_000;

/// Why a piece of HTML is not parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TooMuch {
    Deep,
    Attributes,
    Strays,
    Repairs,
}

impl fmt::Display for TooMuch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Deep => write!(f, "elements nest deeper than {DEEPEST}; close them"),
            Self::Attributes => {
                write!(f, "an element has more than {MOST_ATTRIBUTES} attributes; leave some out")
            }
            Self::Strays => write!(
                f,
                "more than {MOST_STRAYS} pieces stand inside a table and outside its cells; move them"
            ),
            Self::Repairs => {
                f.write_str("too many paragraphs follow bold or other marks that are never closed")
            }
        }
    }
}

/// Why `raw` would take its parser too long, if it would.
pub fn too_much(raw: &str) -> Option<TooMuch> {
    let mut open = Open::default();
    let mut strays = 0usize;
    let mut repairs = 0usize;
    let most_repairs = FREE_REPAIRS.max(raw.len() / 2);
    let mut root_attributes = 0usize;
    let mut rest = raw;
    while let Some((before, tag)) = rest.split_once('<') {
        rest = tag;
        let (closes, tag) = tag.strip_prefix('/').map_or((false, tag), |tag| (true, tag));
        let end = tag.find(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>'));
        let name = tag[..end.unwrap_or(tag.len())].to_ascii_lowercase();
        let in_table = open.is_between_cells();
        if in_table && !before.rsplit('>').next().unwrap_or_default().trim().is_empty() {
            strays += 1;
        }
        if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
            continue;
        }
        strays += usize::from(in_table && !STRUCTURE.contains(&name.as_str()));
        repairs += open.marks;
        if repairs > most_repairs {
            return Some(TooMuch::Repairs);
        }
        if closes {
            open.close(&name);
            continue;
        }
        // Every attribute but the last is followed by a space or a slash before the tag ends.
        let inside = &tag[..tag.find('>').unwrap_or(tag.len())];
        let attributes = inside.bytes().filter(|b| b.is_ascii_whitespace() || *b == b'/').count();
        if attributes > MOST_ATTRIBUTES && count_attributes(inside) > MOST_ATTRIBUTES {
            return Some(TooMuch::Attributes);
        }
        // All of them add to the one root.
        root_attributes += if name == "html" { attributes } else { 0 };
        if root_attributes > MOST_ATTRIBUTES {
            return Some(TooMuch::Attributes);
        }
        open.open(name);
        if open.elements.len() > DEEPEST {
            return Some(TooMuch::Deep);
        }
        if strays > MOST_STRAYS {
            return Some(TooMuch::Strays);
        }
    }
    None
}

/// The attributes of a tag, given what stands inside it: words outside quotes.
fn count_attributes(inside: &str) -> usize {
    let (mut quote, mut count, mut in_word) = (None, 0usize, true);
    for c in inside.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, c) if c.is_ascii_whitespace() || c == '/' => in_word = false,
            (None, _) => {
                count += usize::from(!in_word);
                in_word = true;
            }
        }
    }
    count
}

/// The elements that are open, outermost first, as far as they can be nested in themselves.
#[derive(Default)]
struct Open {
    elements: Vec<String>,
    /// How many of them are marks.
    marks: usize,
}

impl Open {
    fn open(&mut self, name: String) {
        if VOID.contains(&name.as_str()) || ENDS_BY_ITSELF.contains(&name.as_str()) {
            return;
        }
        if CELLS.contains(&name.as_str()) {
            self.leave_cell();
            if !self.elements.iter().any(|open| open == "table") {
                return;
            }
        }
        self.marks += usize::from(is_mark(&name));
        self.elements.push(name);
    }

    fn close(&mut self, name: &str) {
        match name {
            "td" | "th" | "caption" | "tr" | "tbody" | "thead" | "tfoot" => self.leave_cell(),
            "table" => {
                self.leave_cell();
                if let Some(at) = self.elements.iter().rposition(|open| open == "table") {
                    self.pop_to(at);
                }
            }
            name => {
                // What a cell holds is closed inside it.
                let from = self.elements.iter().rposition(|open| is_boundary(open));
                let from = from.map_or(0, |at| at + 1);
                let found = self.elements[from..].iter().rposition(|open| open == name);
                match found {
                    Some(at) if is_mark(name) => {
                        self.elements.remove(from + at);
                        self.marks -= 1;
                    }
                    Some(at) => self.pop_to(from + at),
                    None => {}
                }
            }
        }
    }

    /// Closes the element at `at` and what is in it. Marks outlive what they stand in.
    fn pop_to(&mut self, at: usize) {
        let inner = self.elements.split_off(at);
        self.elements.extend(inner.into_iter().filter(|name| is_mark(name)));
    }

    /// Closes the innermost table's cell, with all marks in it.
    fn leave_cell(&mut self) {
        let boundary = self.elements.iter().rposition(|open| is_boundary(open));
        if let Some(at) = boundary
            && self.elements[at] != "table"
        {
            let inner = self.elements.split_off(at);
            self.marks -= inner.iter().filter(|name| is_mark(name)).count();
        }
    }

    fn is_between_cells(&self) -> bool {
        self.elements.iter().rfind(|open| is_boundary(open)).is_some_and(|open| open == "table")
    }
}

fn is_boundary(name: &str) -> bool {
    name == "table" || CELLS.contains(&name)
}

/// Whether the parser opens this element anew in whatever follows until it is closed.
fn is_mark(name: &str) -> bool {
    MARKS.contains(&name)
}

const MARKS: [&str; 14] = [
    "a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u",
];
const CELLS: [&str; 3] = ["td", "th", "caption"];
const STRUCTURE: [&str; 10] =
    ["table", "td", "th", "caption", "tr", "tbody", "thead", "tfoot", "col", "colgroup"];
const VOID: [&str; 14] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source",
    "track", "wbr",
];
/// What the next of its kind closes: never nested in itself without something between.
const ENDS_BY_ITSELF: [&str; 16] = [
    "p", "li", "dd", "dt", "tr", "tbody", "thead", "tfoot", "colgroup", "option", "optgroup", "rp",
    "rt", "html", "head", "body",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_is_never_too_much() {
        let cell = "<td align=\"left\"><b>a</b><ul><li>b<li>c</ul><p>d</td>";
        let row = format!("<tr>{}</tr>\n", cell.repeat(5));
        for fine in [
            format!("<table>\n<thead>{row}</thead>{}</table>", row.repeat(400)),
            "<p>Some <b>bold text.</p> ".to_owned() + &"<p>And a line of text after it.".repeat(50),
            "<details><summary>x</summary><div><p>y</div></details>".repeat(500),
            "Write <name> and <br> at <https://example.org/a/b/c>.".repeat(100),
            format!("<img src=\"x\" alt=\"{}\">", "many words and / more ".repeat(100)),
            "<td>".repeat(1_000),
        ] {
            assert_eq!(too_much(&fine), None, "{}", &fine[..60]);
        }
    }

    #[test]
    fn marks_that_hide_behind_a_cell_are_counted() {
        let many = |piece: &dyn Fn(usize) -> String| (0..3_000).map(piece).collect::<String>();
        let hidden = many(&|n| format!("<b lang={n}><table><td></b></table>"));
        assert!(too_much(&hidden).is_some());
        let between = many(&|n| format!("<table><b lang={n}></table>"));
        assert!(too_much(&between).is_some());
        let closed = many(&|n| format!("<table><td><b lang={n}></table>"));
        assert_eq!(too_much(&closed), None);
    }
}
