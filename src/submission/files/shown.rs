//! One file as a page shows it. Pure.

use super::highlight;
use crate::content::links::Places;
use crate::content::markdown::prose_among;
use crate::content::model::DocPath;
use crate::submission::text::Text;
use crate::web::html::Html;

/// What of a text is shown; the rest is for whoever downloads it.
const MOST_LINES: usize = 5_000;
const MOST_BYTES: usize = 1 << 20;

/// A file as a page shows it.
#[derive(Clone, Debug)]
pub enum Shown {
    /// Markdown, written out.
    Prose(Html),
    Code {
        lines: Vec<Html>,
        is_cut: bool,
    },
    /// The browser fetches it.
    Picture,
    Nothing(&'static str),
}

/// `as_source` shows Markdown as it was written; else its links lead to what lies beside it.
pub fn shown(path: &str, bytes: &[u8], as_source: bool, beside: &dyn Places) -> Shown {
    if bytes.is_empty() {
        return Shown::Nothing("This file is empty.");
    }
    let media = media_type(path, bytes);
    if media.starts_with("image/") && !as_source {
        return Shown::Picture;
    }
    if media == PDF {
        return Shown::Nothing("This is a PDF. Download it to look at it.");
    }
    let text = Text::of(bytes);
    let Some(Text { text, .. }) = text else {
        return Shown::Nothing("This is no text and no picture. Download it to look at it.");
    };
    if is_markdown(path) && !as_source && text.len() <= MOST_BYTES {
        let from = DocPath::parse(path).unwrap_or_default();
        return Shown::Prose(prose_among(&text, &from, beside));
    }
    let end = text.lines().take(MOST_LINES).map(str::len).scan(0, |sum, len| {
        *sum += len + 1;
        (*sum <= MOST_BYTES).then_some(*sum)
    });
    let end = text.floor_char_boundary(end.last().unwrap_or(MOST_BYTES));
    let is_cut = text.len() > end;
    Shown::Code { lines: highlight::lines(path, &text[..end]), is_cut }
}

/// Whether it can be read both as it is meant and as it was written.
pub fn has_source(path: &str, bytes: &[u8]) -> bool {
    is_markdown(path) || media_type(path, bytes) == SVG
}

fn is_markdown(path: &str) -> bool {
    matches!(ending(path).as_str(), "md" | "markdown" | "mdown")
}

fn ending(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or_default();
    name.rsplit_once('.').map_or_else(String::new, |(_, ending)| ending.to_ascii_lowercase())
}

/// Whether its name is that of a picture.
pub fn is_picture(path: &str) -> bool {
    matches!(ending(path).as_str(), "png" | "jpg" | "jpeg" | "gif" | "webp" | "svg")
}

const PDF: &str = "application/pdf";
const SVG: &str = "image/svg+xml";

/// As what a browser is given it: a picture by its first bytes, and nothing that could do anything.
pub fn media_type(path: &str, bytes: &[u8]) -> &'static str {
    let is = |from: usize, mark: &[u8]| bytes.get(from..).is_some_and(|it| it.starts_with(mark));
    match () {
        () if is(0, b"\x89PNG\r\n\x1a\n") => "image/png",
        () if is(0, b"\xff\xd8\xff") => "image/jpeg",
        () if is(0, b"GIF87a") || is(0, b"GIF89a") => "image/gif",
        () if is(0, b"RIFF") && is(8, b"WEBP") => "image/webp",
        () if is(0, b"%PDF-") => PDF,
        () if ending(path) == "svg" && Text::of(bytes).is_some() => SVG,
        () if Text::of(bytes).is_some() => "text/plain; charset=utf-8",
        () => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::super::neighbours::Neighbours;
    use super::*;
    use crate::content::links::Nowhere;
    use crate::submission::archive::Entry;

    fn shown(path: &str, bytes: &[u8], as_source: bool) -> Shown {
        super::shown(path, bytes, as_source, &Nowhere)
    }

    #[test]
    fn links_lead_to_what_lies_beside() {
        let entry = |path: &str| Entry { path: path.into(), size_bytes: 1, is_executable: false };
        let entries =
            ["README.md", "docs/a b.png", "docs/plan.md", "cafe\u{301}/cafe\u{301}.md"].map(entry);
        let shared = HashSet::from(["docs/shared.go".to_owned()]);
        let beside = Neighbours::new(&entries, &shared, "/work");
        let html =
            |path: &str, text: &str| match super::shown(path, text.as_bytes(), false, &beside) {
                Shown::Prose(html) => html.as_str().trim().to_owned(),
                other => panic!("{other:?}"),
            };
        let plan = "<p><a href=\"/work?file=docs/plan.md#file\">plan</a></p>";
        assert_eq!(html("README.md", "[plan](docs/plan.md#top)"), plan);
        assert_eq!(html("docs/x.md", "[plan](./plan.md)"), plan);
        let drawn = "<p><img src=\"/work/file?path=docs/a%20b.png\" alt=\"drawn\" /></p>";
        assert_eq!(html("docs/plan.md", "![drawn](a%20b.png)"), drawn);
        assert!(html("README.md", "[all](docs)").contains("/work?folder=docs#files"));
        // As a machine calls it that takes accents apart, whichever way the link writes it.
        for written in ["caf\u{e9}/caf\u{e9}.md", "cafe%CC%81/cafe%CC%81.md"] {
            let html = html("README.md", &format!("[menu]({written})"));
            assert!(html.contains("/work?file=cafe%CC%81/cafe%CC%81.md#file"), "{html}");
        }
        assert!(html("README.md", "[menus](caf\u{e9})").contains("folder=cafe%CC%81#files"));
        let table = html("README.md", "[Use](#how-to-use)\n\n# How to use");
        assert!(table.contains("href=\"#in.how-to-use\""), "{table}");
        assert!(table.contains("<h4 id=\"in.how-to-use\">How to use</h4>"), "{table}");
        let gone = html("README.md", "[gone](gone.md) and [out](../../etc/passwd)");
        assert!(gone.contains("gone <span class=\"missing-path\">is not in the work<"), "{gone}");
        assert!(!gone.contains("href") && !gone.contains("passwd"), "{gone}");
        // Which of several was meant cannot be told.
        assert!(html("README.md", "[it](docs/shared.go)").contains("/work?folder=docs#files"));
    }

    #[test]
    fn files_are_shown_by_what_is_in_them() {
        assert!(
            matches!(shown("a.md", b"# Hi", false), Shown::Prose(html) if html.as_str().contains("<h4>Hi"))
        );
        assert!(matches!(shown("a.md", b"# Hi", true), Shown::Code { .. }));
        assert!(matches!(shown("a.txt", b"\x89PNG\r\n\x1a\n\0", false), Shown::Picture));
        assert!(matches!(shown("a.png", b"\0\x01", false), Shown::Nothing(_)));
        assert!(matches!(shown("a.rs", b"", false), Shown::Nothing(_)));
        assert_eq!(media_type("a.html", b"<script>alert(1)</script>"), "text/plain; charset=utf-8");
        assert_eq!(media_type("a.svg", b"<svg/>"), "image/svg+xml");
        assert_eq!(media_type("a.png", b"<svg/>"), "text/plain; charset=utf-8");
    }

    #[test]
    fn a_long_text_is_cut_between_lines() {
        let text = "line\n".repeat(MOST_LINES + 1);
        let Shown::Code { lines, is_cut } = shown("a", text.as_bytes(), false) else { panic!() };
        assert!(is_cut && lines.len() == MOST_LINES);
        let one = "é".repeat(MOST_BYTES);
        let Shown::Code { lines, is_cut } = shown("a", one.as_bytes(), false) else { panic!() };
        assert!(is_cut && lines.len() == 1 && lines[0].as_str().len() <= MOST_BYTES);
    }
}
