//! A tree, read: every Markdown document as blocks, with its title and its place among the others.
//!
//! Pure. Both a sync and a start read the tree this way, so a page never depends on which of them
//! made it.

use std::collections::{BTreeMap, HashSet};

use rayon::prelude::*;

use crate::content::import::settings::{Settings, TITLE};
use crate::content::levels::{LevelSections, level_of};
use crate::content::links::{Resolver, Target};
use crate::content::markdown::{self, Block, BlockKind, Parsed};
use crate::content::model::{DocPath, Document, Finding, Kind, Level, Refused, Tree};
use crate::web::html::Html;

/// A whole tree, ready to be shown.
pub struct Library {
    pub tree: Tree,
    pub settings: Settings,
    /// What the tree's keeper should know, by file and line.
    pub findings: Vec<Finding>,
    readings: BTreeMap<DocPath, Reading>,
}

/// One document as a reader meets it. PDFs and images have a title and no blocks.
#[derive(Clone, Debug)]
pub struct Reading {
    pub path: DocPath,
    pub kind: Kind,
    pub title: String,
    /// The anchor of the heading that is the title, so that links to it still lead there.
    pub anchor: Option<Html>,
    /// The blocks below the title.
    pub blocks: Vec<Block>,
    pub levels: Option<LevelSections>,
}

/// One line of a table of contents. Depth 0 is the topmost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutlineItem {
    pub depth: usize,
    /// The anchor, escaped.
    pub id: Html,
    pub text: String,
}

/// A stretch of text under one heading: what search finds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Passage {
    /// The heading, with those above it, and its anchor; empty for what stands before the first.
    pub heading: String,
    pub anchor: String,
    pub text: String,
}

impl Library {
    /// Reads all of `tree`.
    ///
    /// # Errors
    /// The settings are wrong, or a document cannot become a page; every reason with its line.
    pub fn open(tree: Tree) -> Result<Self, Refused> {
        let settings = Settings::of(&tree)?;
        let pages: Vec<&Document> = tree.documents().filter(|d| d.kind != Kind::Settings).collect();
        let parsed: Vec<(&Document, Parsed)> = pages
            .par_iter()
            .map(|document| {
                let resolver =
                    Resolver { places: &tree, from: &document.path, upstream: &settings.upstream };
                (*document, markdown::parse(document.text(), resolver))
            })
            .collect();
        let problems: Vec<Finding> =
            parsed.iter().flat_map(|(_, parsed)| parsed.problems.clone()).collect();
        if !problems.is_empty() {
            return Err(Refused(problems));
        }
        let mut findings: Vec<Finding> =
            parsed.iter().flat_map(|(_, parsed)| parsed.findings.clone()).collect();
        findings.extend(lost_anchors(&parsed));
        findings.extend(
            parsed
                .iter()
                .filter(|(document, _)| document.bytes.is_empty())
                .map(|(document, _)| Finding::new(&document.path, 0, "is empty; its page says so")),
        );
        findings.extend(parsed.iter().filter_map(|(document, _)| mislabelled(document)));
        findings.sort();
        let names = link_texts(&parsed);
        let readings = parsed
            .into_iter()
            .map(|(document, parsed)| {
                let reading = Reading::of(document, parsed.blocks, &settings, &names);
                (document.path.clone(), reading)
            })
            .collect();
        Ok(Self { settings, findings, readings, tree })
    }

    pub fn get(&self, path: &DocPath) -> Option<&Reading> {
        self.readings.get(path)
    }

    /// Every document, by path.
    pub fn readings(&self) -> impl Iterator<Item = &Reading> {
        self.readings.values()
    }

    /// The Markdown document paired with a PDF, or the PDF paired with a document.
    pub fn counterpart(&self, path: &DocPath) -> Option<&Reading> {
        let pairs = &self.settings.level_guides;
        let other = pairs.iter().find_map(|pair| match path {
            path if *path == pair.document => Some(&pair.pdf),
            path if *path == pair.pdf => Some(&pair.document),
            _ => None,
        })?;
        self.get(other)
    }
}

impl Reading {
    /// One document of `tree`, by itself: what it links to needs no more than a path there.
    ///
    /// # Errors
    /// It cannot become a page, or the tree's settings are wrong.
    pub fn alone(tree: &Tree, path: &DocPath) -> Result<Option<Self>, Refused> {
        let Some(document) = tree.get(path) else { return Ok(None) };
        let settings = Settings::of(tree)?;
        let resolver = Resolver { places: tree, from: path, upstream: &settings.upstream };
        let parsed = markdown::parse(document.text(), resolver);
        Ok(Some(Self::of(document, parsed.blocks, &settings, &BTreeMap::new())))
    }

    fn of(
        document: &Document,
        mut blocks: Vec<Block>,
        settings: &Settings,
        names: &BTreeMap<DocPath, String>,
    ) -> Self {
        let said = settings.documents.get(&document.path).cloned().unwrap_or_default();
        let own_title = title_heading(&blocks).map(|block| block.text.clone());
        let heading = own_title.as_ref().map(|_| blocks.remove(0));
        let anchor = heading.as_ref().and_then(Block::heading).map(|(_, id)| Html::escape(id));
        let title =
            said.title.or(own_title).or_else(|| names.get(&document.path).cloned()).unwrap_or_else(
                || title_from_path(&document.path, settings.title.as_deref().unwrap_or(TITLE)),
            );
        let levels = LevelSections::find(&blocks, said.levels);
        Self { path: document.path.clone(), kind: document.kind, title, anchor, blocks, levels }
    }

    /// The blocks one level sees; all of them without a level, or where there are no levels.
    pub fn at(&self, level: Option<Level>) -> Vec<Block> {
        match (&self.levels, level) {
            (Some(levels), Some(level)) => levels.at(level, &self.blocks),
            _ => self.blocks.clone(),
        }
    }

    /// The text under each heading, in order, for search.
    pub fn passages(&self) -> Vec<Passage> {
        let mut passages = vec![Passage::default()];
        let mut ranks = vec![0];
        // The headings above, so that "Library" of level 4 is told from that of level 5.
        let mut above: Vec<(u8, &str)> = Vec::new();
        for block in &self.blocks {
            if let Some((rank, id)) = block.heading() {
                above.retain(|(higher, _)| *higher < rank);
                above.push((rank, block.text.trim().trim_end_matches(':')));
                let names: Vec<&str> = above.iter().map(|(_, name)| *name).collect();
                let (heading, anchor) = (names.join(" › "), id.to_owned());
                passages.push(Passage { heading, anchor, text: String::new() });
                ranks.push(rank);
            } else if let Some(passage) = passages.last_mut() {
                passage.text.push_str(&in_one_line(&block.text));
                passage.text.push('\n');
            }
        }
        // A heading over headings alone says what stands below it.
        for at in 1..passages.len() {
            if passages[at].text.is_empty() {
                passages[at].text = headings_below(&passages[at..], &ranks[at..]);
            }
        }
        passages.retain(|passage| !(passage.heading.is_empty() && passage.text.is_empty()));
        passages.into_iter().flat_map(Passage::parts).collect()
    }

    /// The first paragraph: what this document is about.
    pub fn lead(&self) -> Option<&Block> {
        self.blocks.iter().find(|block| matches!(block.kind, BlockKind::Paragraph))
    }

    /// The first list under the heading `title` (any case, any rank).
    pub fn list_under(&self, title: &str) -> Option<&Block> {
        let at = self.blocks.iter().position(|block| {
            block.heading().is_some() && block.text.trim().eq_ignore_ascii_case(title)
        })?;
        self.blocks[at + 1..]
            .iter()
            .take_while(|block| block.heading().is_none())
            .find(|block| matches!(block.kind, BlockKind::List { .. }))
    }
}

impl Passage {
    /// The most bytes of one passage: the database takes no index of more than a megabyte.
    const LONGEST: usize = 64 << 10;

    /// This passage, cut between words where it is too long to be indexed in one.
    fn parts(mut self) -> Vec<Self> {
        let mut parts = Vec::new();
        while self.text.len() > Self::LONGEST {
            let most = self.text.floor_char_boundary(Self::LONGEST);
            let at = self.text[..most].rfind(char::is_whitespace).filter(|at| *at > 0);
            let rest = self.text.split_off(at.unwrap_or(most));
            let after = Self { text: rest, ..self.clone() };
            parts.push(std::mem::replace(&mut self, after));
        }
        parts.push(self);
        parts
    }
}

/// The lines of a list or a table one after another.
fn in_one_line(lines: &str) -> String {
    let mut joined = String::with_capacity(lines.len());
    for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let ended = joined.ends_with(['.', ',', ';', ':', '!', '?', '…']);
        joined.push_str(if joined.is_empty() {
            ""
        } else if ended {
            " "
        } else {
            "; "
        });
        joined.push_str(line);
    }
    joined
}

/// The headings right below the first of `passages`.
fn headings_below(passages: &[Passage], ranks: &[u8]) -> String {
    let below = ranks[1..].iter().take_while(|rank| **rank > ranks[0]).count();
    let Some(rank) = ranks[1..=below].iter().min() else { return String::new() };
    let names = (1..=below).filter(|at| ranks[*at] == *rank);
    let name = |at: usize| passages[at].heading.rsplit(" › ").next().unwrap_or_default();
    names.map(name).collect::<Vec<_>>().join(" · ")
}

/// Blocks as one piece of HTML under a page's h1, with a table of contents. Headings are ranked
/// anew, so that no rank is skipped whatever the document does.
pub fn compose(blocks: &[Block]) -> (Html, Vec<OutlineItem>) {
    let mut html = Vec::with_capacity(blocks.len());
    let mut outline = Vec::new();
    let mut above: Vec<u8> = Vec::new();
    for block in blocks {
        let Some((rank, id)) = block.heading() else {
            html.push(block.html.clone());
            continue;
        };
        while above.last().is_some_and(|higher| *higher >= rank) {
            above.pop();
        }
        let depth = above.len();
        above.push(rank);
        let tag = format!("h{}", (depth + 2).min(6));
        let id = Html::escape(id);
        let anchor = Html::own(format!(
            r##"<a class="anchor" href="#{id}" aria-label="Link to this section">#</a>"##
        ));
        html.push(Html::concat([&block.html, &anchor]).wrap(&tag, &format!(r#"id="{id}""#)));
        outline.push(OutlineItem { depth, id, text: block.text.clone() });
    }
    (Html::concat(&html), outline)
}

/// The heading that names the whole document: the first block, with none above it in rank, and not a
/// section name like "Summary". Others may share its rank: many a document gives each section `#`.
fn title_heading(blocks: &[Block]) -> Option<&Block> {
    let first = blocks.first()?;
    let (rank, _) = first.heading()?;
    let is_top = blocks[1..].iter().filter_map(Block::heading).all(|(other, _)| other >= rank);
    let text = first.text.trim().trim_end_matches(':').to_lowercase();
    let names_a_section = GENERIC.contains(&text.as_str()) || level_of(&first.text).is_some();
    (is_top && !names_a_section).then_some(first)
}

/// Headings that name a section of any document, never a document.
const GENERIC: [&str; 21] = [
    "about",
    "about us",
    "background",
    "backgrounds",
    "contents",
    "goals",
    "guidance",
    "instructions",
    "introduction",
    "legend",
    "levels",
    "objective",
    "overview",
    "process",
    "purpose",
    "rationale",
    "requirements",
    "scoring",
    "summary",
    "tips",
    "what we look for",
];

/// The most characters of a link that are taken for a document's name.
const LONGEST_NAME: usize = 200;

/// What other documents call each document: the first link text that is more than a file name.
fn link_texts(parsed: &[(&Document, Parsed)]) -> BTreeMap<DocPath, String> {
    let mut names = BTreeMap::new();
    for link in parsed.iter().flat_map(|(_, parsed)| &parsed.blocks).flat_map(|block| &block.links)
    {
        if let Target::Document { path, anchor: None } = &link.target
            && Kind::of(&DocPath::root().child(&link.text)).is_none()
            && (3..=LONGEST_NAME).contains(&link.text.chars().count())
            && !link.text.contains("://")
        {
            names.entry(path.clone()).or_insert_with(|| link.text.clone());
        }
    }
    names
}

/// `security_audit.md` becomes "Security audit", a README its folder's name.
fn title_from_path(path: &DocPath, site: &str) -> String {
    let folder = path.folder();
    let stem = match path.stem() {
        "README" | "readme" | "index" if folder.is_root() => return site.to_owned(),
        "README" | "readme" | "index" => folder.name(),
        stem => stem,
    };
    title_case(stem)
}

/// `solutions_and_support-engineering` as words, the first one capitalised.
pub fn title_case(name: &str) -> String {
    let words = name.replace(['_', '-'], " ");
    let mut letters = words.trim().chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

/// A file whose first bytes are not those of its kind.
fn mislabelled(document: &Document) -> Option<Finding> {
    let begins = |magic: &[u8]| document.bytes.starts_with(magic);
    let at = |place: usize, magic: &[u8]| {
        document.bytes.get(place..).is_some_and(|bytes| bytes.starts_with(magic))
    };
    let (fits, kind) = match document.kind {
        Kind::Pdf => (begins(b"%PDF-"), "PDF"),
        Kind::Image("image/png") => (begins(b"\x89PNG"), "PNG picture"),
        Kind::Image("image/jpeg") => (begins(b"\xff\xd8"), "JPEG picture"),
        Kind::Image("image/gif") => (begins(b"GIF8"), "GIF picture"),
        Kind::Image("image/webp") => (begins(b"RIFF") && at(8, b"WEBP"), "WebP picture"),
        Kind::Image("image/avif") => (at(4, b"ftypavi"), "AVIF picture"),
        _ => return None,
    };
    let wrong = !fits && !document.bytes.is_empty();
    wrong.then(|| Finding::new(&document.path, 0, format!("is no {kind}, whatever its name says")))
}

/// Links to an anchor that its document does not have.
fn lost_anchors(parsed: &[(&Document, Parsed)]) -> Vec<Finding> {
    let anchors: BTreeMap<&DocPath, HashSet<&str>> = parsed
        .iter()
        .map(|(document, parsed)| {
            let ids = parsed.blocks.iter().filter_map(|block| block.heading().map(|(_, id)| id));
            (&document.path, ids.collect())
        })
        .collect();
    let mut lost = Vec::new();
    for (document, parsed) in parsed {
        for link in parsed.blocks.iter().flat_map(|block| &block.links) {
            let (path, anchor) = match &link.target {
                Target::Anchor(anchor) => (&document.path, anchor),
                Target::Document { path, anchor: Some(anchor) } => (path, anchor),
                _ => continue,
            };
            let known = anchors.get(path).is_some_and(|ids| ids.contains(anchor.as_str()));
            if !known && !anchor.is_empty() {
                let message = format!("links to #{anchor}, which {path} does not have");
                lost.push(Finding::new(&document.path, link.line, message));
            }
        }
    }
    lost
}

#[cfg(test)]
mod tests {
    use super::*;

    fn library(files: &[(&str, &str)]) -> Library {
        let documents = files.iter().filter_map(|(path, text)| {
            Document::new(DocPath::parse(path).unwrap(), text.as_bytes())
        });
        Library::open(Tree::new(documents)).unwrap()
    }

    fn title(library: &Library, path: &str) -> String {
        library.get(&DocPath::parse(path).unwrap()).unwrap().title.clone()
    }

    #[test]
    fn titles_come_from_the_heading_else_from_links_else_from_the_path() {
        let library = library(&[
            (
                "README.md",
                "# Summary\n\nSee [Engineering Teams](teams.md) and [x.md](jobs/x_y.md).",
            ),
            ("teams.md", "# Summary\n\n## Core"),
            ("jobs/x_y.md", "text"),
            ("jobs/README.md", "# Summary\n\n# Two"),
            ("jobs/a.md", "# Frontend Developer\n\n## Summary\n\n# Requirements\n\n# Tips"),
            ("jobs/b.md", "# Level 1\n\n# Level 2"),
            ("jobs/d.md", "## Aside\n\n# C"),
            ("levels/sre.md", "## SRE Levels\n\n### Legend"),
        ]);
        assert_eq!(title(&library, "levels/sre.md"), "SRE Levels");
        assert_eq!(title(&library, "teams.md"), "Engineering Teams");
        assert_eq!(title(&library, "jobs/x_y.md"), "X y");
        assert_eq!(title(&library, "jobs/README.md"), "Jobs");
        assert_eq!(title(&library, "jobs/a.md"), "Frontend Developer");
        assert_eq!(title(&library, "jobs/b.md"), "B");
        assert_eq!(title(&library, "jobs/d.md"), "D");
        assert_eq!(title(&library, "README.md"), "Teleport Cloud interviews");
    }

    #[test]
    fn a_file_that_is_not_what_its_name_says_is_a_finding() {
        let html = "<html><script>x</script></html>";
        let names = ["a.avif", "a.gif", "a.jpg", "a.pdf", "a.png", "a.webp"];
        let library = library(&names.map(|name| (name, html)));
        let findings: Vec<String> = library.findings.iter().map(ToString::to_string).collect();
        assert_eq!(findings[0], "a.avif: is no AVIF picture, whatever its name says");
        assert_eq!(findings.len(), names.len(), "{findings:?}");
    }

    #[test]
    fn headings_are_ranked_without_a_gap() {
        let library = library(&[("a.md", "Text.\n\n# A\n\n### B\n\n#### C\n\n## D\n\n# E")]);
        let reading = library.get(&DocPath::parse("a.md").unwrap()).unwrap();
        let depths: Vec<_> = compose(&reading.blocks).1.iter().map(|item| item.depth).collect();
        assert_eq!(depths, [0, 1, 2, 1, 0]);
    }

    #[test]
    fn passages_read_as_sentences_and_a_heading_over_headings_names_them() {
        let library = library(&[(
            "a.md",
            "# A\n\n- One.\n- two\n- three\n\n## Level 1\n\n### Asks\n\n#### Deep\n\n### Tells\n\nx\n\n## Level 2",
        )]);
        let reading = library.get(&DocPath::parse("a.md").unwrap()).unwrap();
        let texts: Vec<String> = reading.passages().into_iter().map(|p| p.text).collect();
        assert_eq!(texts, ["One. two; three\n", "Asks · Tells", "Deep", "", "x\n", ""]);
    }

    #[test]
    fn a_lost_anchor_and_an_empty_file_are_findings() {
        let library = library(&[("a.md", "# A\n\n[x](b.md#nowhere)"), ("b.md", "")]);
        let findings: Vec<String> = library.findings.iter().map(ToString::to_string).collect();
        assert_eq!(
            findings,
            [
                "a.md:3: links to #nowhere, which b.md does not have",
                "b.md: is empty; its page says so"
            ]
        );
    }
}
