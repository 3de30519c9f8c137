//! Markdown as a list of blocks: the shape every page and every reading of a tree starts from.
//!
//! Pure. Links are resolved here, so that no page ever holds one that leads nowhere.

mod bare;
mod elements;
mod raw;
mod tags;

use std::collections::HashMap;
use std::ops::Range;

use pulldown_cmark::{
    CodeBlockKind, CowStr, Event, LinkType, Options, Parser, Tag, TagEnd, TextMergeWithOffset,
};

use crate::content::links::{Nowhere, Places, Resolver, Target};
use crate::content::model::{DocPath, Finding};
use crate::web::html::Html;
pub use raw::strip_tags;
use raw::{Grouping, close_tables};

/// The most cells one table may have; beyond it a page would be of no use to anyone.
const MOST_CELLS: usize = 5_000;
/// The most headings one document may have, and the most links and pictures.
const MOST_HEADINGS: usize = 5_000;
const MOST_LINKS: usize = 10_000;
/// The most characters of a heading: it is an anchor, and stands in every list of contents.
const LONGEST_HEADING: usize = 500;
/// The deepest quotations and lists inside one another.
const DEEPEST: usize = 100;
/// A link or picture in the text of more than these has no text of its own to be called by.
const DEEPEST_LINK: usize = 8;

/// One top-level piece of a document.
#[derive(Clone, Debug)]
pub struct Block {
    /// The line it begins on, counted from 1.
    pub line: u32,
    pub kind: BlockKind,
    /// The block as HTML. For a heading, what stands between the heading's tags.
    pub html: Html,
    /// What a reader reads, without markup.
    pub text: String,
    pub links: Vec<Link>,
}

#[derive(Clone, Debug)]
pub enum BlockKind {
    /// A heading of rank 1 to 6 with its anchor, unique within the document.
    Heading {
        rank: u8,
        id: String,
    },
    Paragraph,
    List {
        ordered: bool,
        items: Vec<Item>,
    },
    Table,
    /// Code, quotations, rules, raw HTML.
    Other,
}

/// One item of a top-level list.
#[derive(Clone, Debug)]
pub struct Item {
    pub html: Html,
    pub text: String,
}

/// A link as it stands in a document.
#[derive(Clone, Debug)]
pub struct Link {
    pub text: String,
    pub line: u32,
    pub target: Target,
}

impl Block {
    pub fn heading(&self) -> Option<(u8, &str)> {
        match &self.kind {
            BlockKind::Heading { rank, id } => Some((*rank, id)),
            _ => None,
        }
    }

    /// A list block of these items.
    pub fn list(line: u32, ordered: bool, items: Vec<Item>, links: Vec<Link>) -> Self {
        let rows: Vec<Html> = items.iter().map(|item| item.html.wrap("li", "")).collect();
        let html = Html::concat(&rows).wrap(if ordered { "ol" } else { "ul" }, "");
        let text = items.iter().map(|item| item.text.as_str()).collect::<Vec<_>>().join("\n");
        Self { line, kind: BlockKind::List { ordered, items }, html, text, links }
    }
}

/// A document as blocks, with what its keeper should know (`findings`) and what keeps the whole
/// tree from being taken (`problems`).
#[derive(Clone, Debug, Default)]
pub struct Parsed {
    pub blocks: Vec<Block>,
    pub findings: Vec<Finding>,
    pub problems: Vec<Finding>,
}

/// Reads `source`, resolving its links by `resolver`.
pub fn parse(source: &str, resolver: Resolver<'_>) -> Parsed {
    let source = close_tables(source);
    let lines = Lines::of(&source);
    let options =
        Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let mut builder = Builder {
        resolver,
        lines,
        parsed: Parsed::default(),
        anchors: HashMap::new(),
        headings: 0,
        links: 0,
    };
    let mut depth = 0usize;
    let mut grouping = Grouping::of(&source);
    let mut held: Vec<(Event<'_>, Range<usize>)> = Vec::new();
    let events = Parser::new_ext(&source, options).into_offset_iter();
    // Markup characters part a text into pieces; an address may hold some.
    for (event, range) in TextMergeWithOffset::new(events) {
        match &event {
            Event::Start(_) => {
                depth += 1;
                if depth == DEEPEST + 1 {
                    let line = builder.lines.at(range.start);
                    let message = format!("quotations and lists nest deeper than {DEEPEST}");
                    builder.problem(line, message);
                    return builder.parsed;
                }
            }
            Event::End(_) => depth -= 1,
            _ => {}
        }
        let end = range.end;
        grouping.see(&event, &range);
        held.push((event, range));
        if depth == 0 && !grouping.is_open(end) {
            builder.block(std::mem::take(&mut held));
        }
    }
    if !held.is_empty() {
        builder.block(held);
    }
    builder.parsed
}

/// Turns byte offsets into line numbers.
struct Lines(Vec<usize>);

impl Lines {
    fn of(source: &str) -> Self {
        Self(
            source
                .bytes()
                .enumerate()
                .filter(|(_, byte)| *byte == b'\n')
                .map(|(at, _)| at)
                .collect(),
        )
    }

    fn at(&self, offset: usize) -> u32 {
        u32::try_from(self.0.partition_point(|newline| *newline < offset) + 1).unwrap_or(u32::MAX)
    }
}

/// What somebody typed, as markup: headings are all of one rank and have no anchors, pictures and links by a path are
/// shown as text. Too much of it is shown as it was typed.
pub fn prose(typed: &str) -> Html {
    prose_among(typed, &DocPath::root(), &Nowhere)
}

/// The same of the file `from`: its links lead to its own headings and to what lies beside it, and pictures there are
/// shown.
pub fn prose_among(typed: &str, from: &DocPath, places: &dyn Places) -> Html {
    let parsed = parse(typed, Resolver { places, from, upstream: "" });
    if !parsed.problems.is_empty() {
        return Html::escape(typed).wrap("pre", "");
    }
    let piece = |block: &Block| match block.heading() {
        Some((_, id)) => match places.anchor(id) {
            Some(id) => block.html.wrap("h4", &format!("id=\"{}\"", Html::escape(&id))),
            None => block.html.wrap("h4", ""),
        },
        None => block.html.clone(),
    };
    let pieces: Vec<Html> = parsed.blocks.iter().map(piece).collect();
    Html::concat(&pieces)
}

struct Builder<'a> {
    resolver: Resolver<'a>,
    lines: Lines,
    parsed: Parsed,
    anchors: HashMap<String, usize>,
    headings: usize,
    links: usize,
}

impl Builder<'_> {
    /// Something that keeps the tree from being taken.
    fn problem(&mut self, line: u32, message: String) {
        self.parsed.problems.push(Finding::new(self.resolver.from, line, message));
    }

    /// Counts a heading, and tells of the first that is one too many.
    fn count_heading(&mut self, line: u32, text: &str) {
        self.headings += 1;
        if self.headings == MOST_HEADINGS + 1 {
            self.problem(line, format!("more than {MOST_HEADINGS} headings; split the document"));
        }
        let length = text.chars().count();
        if length > LONGEST_HEADING {
            self.problem(
                line,
                format!("this heading is {length} characters long; one may have {LONGEST_HEADING}"),
            );
        }
    }

    /// Tells of tables in one block, wherever in it they stand, that have too many cells.
    fn count_cells(&mut self, line: u32, html: &str) {
        let cells = html.matches("</td>").count() + html.matches("</th>").count();
        if cells > MOST_CELLS {
            self.problem(
                line,
                format!(
                    "this table has {cells} cells; a page can show {MOST_CELLS}. Split it, or offer it as a file"
                ),
            );
        }
    }

    /// Counts a link or picture. Those that are too many are not looked up any more.
    fn counts_link(&mut self, line: u32) -> bool {
        self.links += 1;
        if self.links == MOST_LINKS + 1 {
            let message = format!("more than {MOST_LINKS} links and pictures; split the document");
            self.problem(line, message);
        }
        self.links <= MOST_LINKS
    }

    fn block(&mut self, held: Vec<(Event<'_>, Range<usize>)>) {
        let line = self.lines.at(held[0].1.start);
        let first = held[0].0.clone();
        let mut links = Vec::new();
        let events = self.resolve_links(held, &mut links);
        if let Some(why) = Html::refuses(&events) {
            self.problem(line, format!("this HTML cannot be read: {why}"));
        }
        let inner = || &events[1..events.len().saturating_sub(1)];
        let block = match first {
            Event::Start(Tag::Heading { level, .. }) => {
                let text = text_of(&events);
                self.count_heading(line, &text);
                let kind = BlockKind::Heading { rank: level as u8, id: self.anchor(&text) };
                Block { line, kind, html: Html::from_events(inner()), text, links }
            }
            Event::Start(Tag::Paragraph) => {
                let text = text_of(&events);
                Block {
                    line,
                    kind: BlockKind::Paragraph,
                    html: Html::from_events(&events),
                    text,
                    links,
                }
            }
            Event::Start(Tag::List(start)) => {
                Block::list(line, start.is_some(), items_of(inner()), links)
            }
            Event::Start(Tag::Table(_)) => self.table(line, &events, links),
            Event::Start(Tag::CodeBlock(kind)) => code(line, &kind, inner()),
            _ => {
                let html = Html::from_events(&events);
                if html.as_str().contains("<table") {
                    self.table(line, &events, links)
                } else {
                    let text = strip_tags(html.as_str());
                    Block { line, kind: BlockKind::Other, html, text, links }
                }
            }
        };
        self.count_cells(line, block.html.as_str());
        if !(block.html.is_empty() && block.text.trim().is_empty()) {
            self.parsed.blocks.push(block);
        }
    }

    fn table(&mut self, line: u32, events: &[Event<'_>], links: Vec<Link>) -> Block {
        let table = Html::from_events(events);
        // Cells are told apart, and every row is a line.
        let rows = table.as_str().split("</tr>").map(|row| {
            let cells = row.split("</td>").flat_map(|part| part.split("</th>")).map(strip_tags);
            cells.filter(|cell| !cell.is_empty()).collect::<Vec<_>>().join(" · ")
        });
        let text = rows.filter(|row| !row.is_empty()).collect::<Vec<_>>().join("\n");
        let html =
            table.wrap("div", r#"class="table-wrap" tabindex="0" role="group" aria-label="Table""#);
        Block { line, kind: BlockKind::Table, html, text, links }
    }

    /// A heading's anchor as GitHub makes it, so that links written for the upstream keep working.
    fn anchor(&mut self, text: &str) -> String {
        let base: String = text
            .trim()
            .to_lowercase()
            .chars()
            .filter_map(|c| match c {
                ' ' => Some('-'),
                c if c.is_alphanumeric() || c == '-' || c == '_' => Some(c),
                _ => None,
            })
            .collect();
        let base = if base.is_empty() { "section".to_owned() } else { base };
        let mut anchor = base.clone();
        // A later heading may be called what an earlier one was given.
        while self.anchors.contains_key(&anchor) {
            let count = self.anchors.entry(base.clone()).or_insert(0);
            *count += 1;
            anchor = format!("{base}-{count}");
        }
        self.anchors.insert(anchor.clone(), 0);
        anchor
    }

    /// Replaces every link and image by where it leads, and notes the links.
    fn resolve_links<'e>(
        &mut self,
        held: Vec<(Event<'e>, Range<usize>)>,
        links: &mut Vec<Link>,
    ) -> Vec<Event<'e>> {
        let mut events: Vec<Event<'e>> = Vec::with_capacity(held.len());
        // What closes each open link or image, innermost last, and where its text begins.
        let mut open: Vec<(Option<Event<'e>>, Link, usize)> = Vec::new();
        // How deep we are in code, and in raw elements whose text is no place for a link.
        let (mut code, mut raw) = (0usize, 0usize);
        let mut raw_links = Vec::new();
        let mut held = held.into_iter().peekable();
        while let Some((event, range)) = held.next() {
            let line = self.lines.at(range.start);
            match &event {
                Event::Start(Tag::CodeBlock(_)) => code += 1,
                Event::End(TagEnd::CodeBlock) => code -= 1,
                Event::InlineHtml(tag) => raw = raw::linkless_depth(raw, tag),
                _ => {}
            }
            match event {
                Event::Text(text) if open.is_empty() && code == 0 && raw == 0 => {
                    self.link_addresses(text, line, &mut events, links);
                }
                Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
                    // Written `<name@example.org>`, which is no path.
                    let (link_type, dest_url) = match link_type {
                        LinkType::Email => (LinkType::Inline, format!("mailto:{dest_url}").into()),
                        other => (other, dest_url),
                    };
                    let target = self.target(&dest_url, line);
                    let (start, end) = match target.href() {
                        Some(href) => (
                            Event::Start(Tag::Link { link_type, dest_url: href.into(), title, id }),
                            None,
                        ),
                        None => self.missing_link(&target),
                    };
                    events.push(start);
                    open.push((end, Link { text: String::new(), line, target }, events.len()));
                }
                Event::Start(Tag::Image { link_type, dest_url, title, id }) => {
                    let target = self.target(&dest_url, line);
                    let (start, end) = match self.image(&target) {
                        Some(src) => (
                            Event::Start(Tag::Image { link_type, dest_url: src.into(), title, id }),
                            None,
                        ),
                        // A picture from elsewhere is never loaded: it becomes a link to it.
                        None => match target.href() {
                            Some(href) => {
                                let href = Html::escape(&href);
                                let end = Event::InlineHtml(" (picture)</a>".into());
                                (
                                    Event::InlineHtml(format!(r#"<a href="{href}">"#).into()),
                                    Some(end),
                                )
                            }
                            None => self.missing_link(&target),
                        },
                    };
                    events.push(start);
                    open.push((end, Link { text: String::new(), line, target }, events.len()));
                }
                Event::End(end @ (TagEnd::Link | TagEnd::Image)) => {
                    let (closing, mut link, from) = open.pop().expect("links nest");
                    if open.len() < DEEPEST_LINK {
                        link.text = text_of(&events[from..]).trim().to_owned();
                    }
                    links.push(link);
                    events.push(closing.unwrap_or(Event::End(end)));
                }
                Event::Html(first) => {
                    // A tag may go on in the next line, which is an event of its own.
                    let mut html = first.into_string();
                    while let Some((Event::Html(more), _)) =
                        held.next_if(|(event, _)| matches!(event, Event::Html(_)))
                    {
                        html.push_str(&more);
                    }
                    // What only kept lines from being blank has done so.
                    let html = html.replace(raw::FILLER, "");
                    let html = self.raw(&html, line, links, &mut raw_links);
                    events.push(Event::Html(html.into()));
                }
                Event::InlineHtml(html) => {
                    let html = self.raw(&html, line, links, &mut raw_links);
                    events.push(Event::InlineHtml(html.into()));
                }
                Event::TaskListMarker(done) => {
                    events.push(Event::Text(if done { "☑ " } else { "☐ " }.into()));
                }
                other => events.push(other),
            }
        }
        events
    }

    /// Adds `text` with the addresses in it as links.
    fn link_addresses<'e>(
        &mut self,
        text: CowStr<'e>,
        line: u32,
        events: &mut Vec<Event<'e>>,
        links: &mut Vec<Link>,
    ) {
        let addresses = bare::addresses(&text);
        if addresses.is_empty() {
            return events.push(Event::Text(text));
        }
        let piece = |text: &str| Event::Text(text.to_owned().into());
        let mut at = 0;
        for range in addresses {
            let address = &text[range.clone()];
            let target = self.target(&bare::destination(address), line);
            let Some(href) = target.href() else { continue };
            let (link_type, none) = (LinkType::Autolink, CowStr::Borrowed(""));
            let (dest_url, title, id) = (href.into(), none.clone(), none);
            events.extend([
                piece(&text[at..range.start]),
                Event::Start(Tag::Link { link_type, dest_url, title, id }),
                piece(address),
                Event::End(TagEnd::Link),
            ]);
            links.push(Link { text: address.to_owned(), line, target });
            at = range.end;
        }
        events.push(piece(&text[at..]));
    }

    /// Where `link` leads; what leads nowhere becomes a finding.
    fn target(&mut self, link: &str, line: u32) -> Target {
        if !self.counts_link(line) {
            return Target::Anchor(String::new());
        }
        let target = self.resolver.resolve(link);
        if let Target::Missing { wanted, .. } = &target
            && wanted.len() > DocPath::LONGEST
        {
            let most = DocPath::LONGEST;
            self.problem(
                line,
                format!("links to a path of {} bytes; one may have {most}", wanted.len()),
            );
            return Target::Anchor(String::new());
        }
        let message = match &target {
            Target::Missing { wanted, outside: false } => {
                format!("links to {wanted}, which is not in this tree")
            }
            Target::Missing { wanted, outside: true } => {
                format!("links to {link}, which climbs out of this tree (wanted: {wanted})")
            }
            Target::Refused(scheme) => format!("links by {scheme}:, which is not followed"),
            _ => return target,
        };
        self.parsed.findings.push(Finding::new(self.resolver.from, line, message));
        target
    }

    /// The address of the picture `target`, where it is held here.
    fn image(&self, target: &Target) -> Option<String> {
        match target {
            Target::Document { path, .. } | Target::Beside { path, .. } => {
                self.resolver.places.picture(path)
            }
            _ => None,
        }
    }

    /// What a link that leads nowhere begins with, and what ends it.
    fn missing_link<'e>(&self, target: &Target) -> (Event<'e>, Option<Event<'e>>) {
        let start = Event::InlineHtml(CowStr::Borrowed(MISSING));
        (start, Some(Event::InlineHtml((self.wanted_path(target) + "</span>").into())))
    }

    /// What it shows after its text.
    fn wanted_path(&self, target: &Target) -> String {
        let Target::Missing { wanted, .. } = target else { return String::new() };
        let says = Html::escape(&self.resolver.places.missing(wanted));
        format!(r#" <span class="missing-path">{says}</span>"#)
    }
}

const MISSING: &str = r#"<span class="missing">"#;

fn code(line: u32, kind: &CodeBlockKind<'_>, inner: &[Event<'_>]) -> Block {
    let text: String = inner
        .iter()
        .filter_map(|event| match event {
            Event::Text(text) => Some(text.as_ref()),
            _ => None,
        })
        .collect();
    let language = match kind {
        CodeBlockKind::Fenced(info) => info.split_whitespace().next().unwrap_or_default(),
        CodeBlockKind::Indented => "",
    };
    let html = Html::code(&text, language);
    Block { line, kind: BlockKind::Other, html, text, links: Vec::new() }
}

/// The items of a top-level list, given the events between its tags.
fn items_of(events: &[Event<'_>]) -> Vec<Item> {
    let mut items = Vec::new();
    let (mut depth, mut from) = (0usize, 0usize);
    for (at, event) in events.iter().enumerate() {
        match event {
            Event::Start(_) => {
                if depth == 0 {
                    from = at + 1;
                }
                depth += 1;
            }
            Event::End(_) => {
                depth -= 1;
                if depth == 0 {
                    let inner = &events[from..at];
                    items.push(Item { html: Html::from_events(inner), text: text_of(inner) });
                }
            }
            _ => {}
        }
    }
    items
}

/// What a reader reads of these events; blocks are parted by spaces.
fn text_of(events: &[Event<'_>]) -> String {
    let mut text = String::new();
    for event in events {
        match event {
            Event::Text(part) | Event::Code(part) => text.push_str(part),
            Event::SoftBreak | Event::HardBreak => text.push(' '),
            Event::End(
                TagEnd::Paragraph | TagEnd::Item | TagEnd::TableCell | TagEnd::CodeBlock,
            ) => {
                text.push(' ');
            }
            Event::Html(html) => text.push_str(&strip_tags(html)),
            _ => {}
        }
    }
    text.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::model::{DocPath, Document, Tree};

    fn read(source: &str) -> Parsed {
        let png = Document::new(DocPath::parse("a.png").unwrap(), b"png".as_slice());
        let tree = Tree::new(png);
        let from = DocPath::parse("x.md").unwrap();
        parse(source, Resolver { places: &tree, from: &from, upstream: "https://github.com/o/r" })
    }

    fn html(source: &str) -> String {
        read(source).blocks.iter().map(|block| block.html.to_string()).collect()
    }

    #[test]
    fn a_missing_link_keeps_its_text_and_shows_what_was_wanted() {
        let parsed = read("# T\n\nSee [the guide](levels/sre.md).");
        assert_eq!(
            parsed.blocks[1].html.as_str().trim(),
            "<p>See <span class=\"missing\">the guide <span class=\"missing-path\">levels/sre.md \
             is not here yet</span></span>.</p>"
        );
        assert_eq!(
            parsed.findings[0].to_string(),
            "x.md:3: links to levels/sre.md, which is not in this tree"
        );
    }

    #[test]
    fn an_address_in_the_text_is_a_link_and_one_in_code_is_not() {
        assert_eq!(
            html("See https://a.example/b_c_d.\n\n- at `https://x.example` or https://y.example")
                .replace('\n', ""),
            "<p>See <a href=\"https://a.example/b_c_d\">https://a.example/b_c_d</a>.</p>\
             <ul><li>at <code>https://x.example</code> or <a href=\"https://y.example\">https://y.example</a></li></ul>"
        );
        assert!(!html("```\nhttps://a.example\n```\n\n    https://b.example").contains("<a "));
        for linked in [
            "[https://a.example](https://a.example)",
            "<https://a.example>",
            "<a href='https://a.example'>https://a.example</a>",
        ] {
            assert_eq!(html(linked).matches("<a ").count(), 1, "{linked}");
        }
        assert_eq!(
            html("By <mia@example.org>."),
            "<p>By <a href=\"mailto:mia@example.org\">mia@example.org</a>.</p>\n"
        );
        let local = read("https://github.com/o/r/blob/main/a.png");
        assert!(local.blocks[0].html.as_str().contains("href=\"/docs/a.png\""));
    }

    #[test]
    fn a_html_table_with_blank_lines_stays_one_table() {
        let parsed = read(
            "<table>\n  <tr>\n\n    <td>a</td>\n\n  </tr>\n<td>\n    b\n\n    c\n</td></table>\n\nafter",
        );
        assert_eq!(parsed.blocks.len(), 2);
        assert!(matches!(parsed.blocks[0].kind, BlockKind::Table));
        assert!(
            parsed.blocks[0].html.as_str().contains("b\n<br><br>\n    c"),
            "{:?}",
            parsed.blocks[0]
        );
        assert_eq!(parsed.blocks[1].line, 13);
    }

    #[test]
    fn pictures_come_from_the_tree_only() {
        assert!(html("![A](a.png)").contains("src=\"/files/"));
        let raw = html("<img src='./a.png' width=300>");
        assert!(raw.contains("<img src=\"/files/") && raw.contains(" alt=\"\""), "{raw}");
        let remote = html("![B](https://example.org/b.png)");
        assert!(remote.contains("<a href=\"https://example.org/b.png\""), "{remote}");
        assert!(!remote.contains("<img"));
    }

    #[test]
    fn raw_links_and_pictures_are_resolved_wherever_their_attributes_stand() {
        let parsed = read(
            "<div>\n<a\nhref=\"missing1.md\">One</a>\n<img\nsrc=\"p.png\" alt=\"A &amp; B\"></div>",
        );
        let findings: Vec<String> = parsed.findings.iter().map(ToString::to_string).collect();
        assert_eq!(
            findings,
            [
                "x.md:2: links to missing1.md, which is not in this tree",
                "x.md:4: links to p.png, which is not in this tree"
            ]
        );
        let missing = |text: &str, path: &str| {
            format!(
                "<span class=\"missing\">{text} <span class=\"missing-path\">{path} is not here yet</span></span>"
            )
        };
        let shown = parsed.blocks[0].html.as_str();
        assert!(shown.contains(&missing("One", "missing1.md")), "{shown}");
        assert!(shown.contains(&missing("A &amp; B", "p.png")), "{shown}");
        let inline = html("See <a href=gone.md>it</a> and <a href=#x>there</a>.");
        assert!(inline.contains(&missing("it", "gone.md")), "{inline}");
        assert!(
            inline.contains("<a href=\"#x\" rel=\"noopener noreferrer\">there</a>."),
            "{inline}"
        );
        let kept = html("<img src=a.png alt='The plan' width=3>");
        assert!(kept.contains("alt=\"The plan\"") && kept.contains("width=\"3\""), "{kept}");
    }

    #[test]
    fn what_only_looks_like_an_attribute_stays_text() {
        let parsed = read("<div>\ncurl src=\"file.txt\" href=x\n</div>");
        assert!(parsed.findings.is_empty(), "{:?}", parsed.findings);
        assert!(parsed.blocks[0].html.as_str().contains("curl src=\"file.txt\" href=x"));
    }

    #[test]
    fn what_stands_between_raw_tags_stays_together() {
        let parsed =
            read("<details>\n<summary>More</summary>\n\nHidden *text*.\n\n</details>\n\nAfter");
        assert_eq!(parsed.blocks.len(), 2);
        assert!(parsed.blocks[0].html.as_str().contains("<em>text</em>"));
    }

    #[test]
    fn a_table_too_large_for_a_page_is_a_problem() {
        let row = "| a ".repeat(100) + "|\n";
        let table = row.clone() + &"|---".repeat(100) + "|\n" + &row.repeat(99);
        let parsed = read(&table);
        assert!(parsed.problems[0].to_string().starts_with("x.md:1: this table has 10000 cells"));
    }

    #[test]
    fn what_is_typed_becomes_prose_without_anchors_or_pictures() {
        let html = prose("# Why\n\nBecause `x` is *fast*; see [this](https://example.org/a).");
        assert!(html.as_str().starts_with("<h4>Why</h4>"), "{html}");
        assert!(html.as_str().contains("<code>x</code> is <em>fast</em>"), "{html}");
        assert!(html.as_str().contains(r#"href="https://example.org/a""#), "{html}");
        for wrong in [
            "<script>alert(1)</script>",
            "![x](https://example.org/x.png)",
            "[x](javascript:alert(1))",
            "<a href=\"/sign-out\" onclick=\"x()\">x</a>",
        ] {
            let html = prose(wrong);
            let html = html.as_str();
            let is_bad =
                ["<script", "<img", "javascript:", "onclick"].iter().any(|bad| html.contains(bad));
            assert!(!is_bad, "{html}");
        }
        let deep = prose(&">".repeat(200));
        assert!(deep.as_str().starts_with("<pre>"), "{deep}");
    }

    #[test]
    fn anchors_are_githubs() {
        let parsed =
            read("# What we look for\n\n## Level 1:\n\n## Level 1:\n\n## /proc/net/tcp format");
        let ids: Vec<&str> =
            parsed.blocks.iter().filter_map(|b| b.heading()).map(|h| h.1).collect();
        assert_eq!(ids, ["what-we-look-for", "level-1", "level-1-1", "procnettcp-format"]);
        let parsed = read("# a\n\n# a-1\n\n# a\n\n# a\n\n# a-1");
        let ids: Vec<&str> =
            parsed.blocks.iter().filter_map(|b| b.heading()).map(|h| h.1).collect();
        assert_eq!(ids, ["a", "a-1", "a-2", "a-3", "a-1-1"]);
    }
}
