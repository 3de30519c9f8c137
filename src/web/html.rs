//! Markup that is safe to print: the only type a template may print unescaped.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};
use pulldown_cmark::Event;

use super::weight::{TooMuch, too_much};

/// A piece of HTML that came out of the sanitiser, or out of a writer that escapes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Html(String);

impl Html {
    /// The allow-listed part of `raw`: no script, style, form, id, event handler or foreign scheme,
    /// and no image from elsewhere. What would take the parser too long is shown as text.
    pub fn sanitise(raw: &str) -> Self {
        if too_much(raw).is_some() {
            return Self::escape(raw).wrap("p", "");
        }
        Self(with_labelled_code(SANITISER.clean(raw).to_string()))
    }

    /// `text` with its markup characters escaped.
    pub fn escape(text: &str) -> Self {
        let mut escaped = String::with_capacity(text.len() + 8);
        pulldown_cmark_escape_html(&mut escaped, text);
        Self(escaped)
    }

    /// Markdown events as HTML. Where they carry raw HTML, or a link the sanitiser would drop, the
    /// result is sanitised; otherwise the writer has already escaped everything.
    pub fn from_events(events: &[Event<'_>]) -> Self {
        let mut raw = String::new();
        pulldown_cmark::html::push_html(&mut raw, events.iter().cloned());
        if is_foreign(events) { Self::sanitise(&raw) } else { Self(with_labelled_code(raw)) }
    }

    /// `text` as a block of code in `language`, which may be empty.
    pub fn code(text: &str, language: &str) -> Self {
        Self::escape(text).wrap("code", "").wrap("pre", &code_attributes(language))
    }

    /// Why `events` can only be shown as text, if so.
    pub fn refuses(events: &[Event<'_>]) -> Option<TooMuch> {
        if !is_foreign(events) {
            return None;
        }
        let mut raw = String::new();
        pulldown_cmark::html::push_html(&mut raw, events.iter().cloned());
        too_much(&raw)
    }

    /// The pieces one after another.
    pub fn concat<'a>(pieces: impl IntoIterator<Item = &'a Html>) -> Self {
        Self(pieces.into_iter().map(|piece| piece.0.as_str()).collect())
    }

    /// This markup inside `<tag>`; `attributes` are written as given and must be constants or
    /// escaped.
    pub fn wrap(&self, tag: &str, attributes: &str) -> Self {
        let space = if attributes.is_empty() { "" } else { " " };
        Self(format!("<{tag}{space}{attributes}>{}</{tag}>", self.0))
    }

    /// Markup of the portal's own making. `markup` must come from this crate's constants and from
    /// values that were escaped.
    pub fn own(markup: String) -> Self {
        Self(markup)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn is_empty(&self) -> bool {
        self.0.trim().is_empty()
    }
}

/// Code scrolls inside itself, so the keyboard has to reach it, and whoever gets there hears what it is.
fn code_attributes(language: &str) -> String {
    let label = if language.is_empty() { "Code".to_owned() } else { format!("Code, {language}") };
    format!(r#"tabindex="0" role="group" aria-label="{}""#, Html::escape(&label))
}

/// `html` with what [`code_attributes`] says on every block of code.
fn with_labelled_code(html: String) -> String {
    const CODE: &str = "<pre>";
    const LANGUAGE: &str = r#"<code class="language-"#;
    if !html.contains(CODE) {
        return html;
    }
    let mut labelled = String::with_capacity(html.len() + 64);
    for (n, part) in html.split(CODE).enumerate() {
        // In the head of a table it is a way to keep spaces.
        if n > 0 && labelled.ends_with("<th>") {
            labelled.push_str(CODE);
        } else if n > 0 {
            let language = part.strip_prefix(LANGUAGE).and_then(|rest| rest.split_once('"'));
            let language = language.map_or("", |(language, _)| language);
            labelled.push_str(&format!("<pre {}>", code_attributes(language)));
        }
        labelled.push_str(part);
    }
    labelled
}

impl fmt::Display for Html {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl askama::filters::HtmlSafe for Html {}

fn pulldown_cmark_escape_html(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
}

/// Whether `events` carry what has to be sanitised.
fn is_foreign(events: &[Event<'_>]) -> bool {
    events.iter().any(|event| match event {
        Event::Html(_) | Event::InlineHtml(_) => true,
        Event::Start(pulldown_cmark::Tag::Link { dest_url, .. }) => !is_plain_link(dest_url),
        Event::Start(pulldown_cmark::Tag::Image { dest_url, .. }) => !is_local(dest_url),
        _ => false,
    })
}

/// The schemes a link may have; without a scheme it stays on this site.
const SCHEMES: [&str; 3] = ["http", "https", "mailto"];

fn is_plain_link(address: &str) -> bool {
    is_local(address)
        || SCHEMES
            .iter()
            .any(|scheme| address.strip_prefix(scheme).is_some_and(|rest| rest.starts_with(':')))
}

/// Whether `address` is a path or a fragment of this site.
fn is_local(address: &str) -> bool {
    (address.starts_with('/') && !address.starts_with("//")) || address.starts_with('#')
}

static SANITISER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::default();
    let classes = HashMap::from([
        ("span", HashSet::from(["missing", "missing-path"])),
        ("code", HashSet::new()),
    ]);
    builder
        .rm_tags([
            "map", "area", "header", "footer", "nav", "aside", "article", "section", "center",
        ])
        .rm_tags(["acronym", "strike", "tt", "rtc", "hgroup"])
        .url_schemes(HashSet::from(SCHEMES))
        .url_relative(UrlRelative::PassThrough)
        .link_rel(Some("noopener noreferrer"))
        .allowed_classes(classes)
        // Presentation that HTML no longer has, and what would reach outside.
        .attribute_filter(|element, attribute, value| match (element, attribute) {
            ("img", "src") => is_local(value).then(|| value.into()),
            (_, "align" | "valign" | "char" | "charoff" | "bgcolor" | "summary" | "cite") => None,
            ("table" | "td" | "th" | "tr" | "col" | "hr" | "pre", "width" | "height" | "size") => {
                None
            }
            ("img", "width" | "height") => {
                value.bytes().all(|byte| byte.is_ascii_digit()).then(|| value.into())
            }
            _ => Some(value.into()),
        });
    builder
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_runs_survives() {
        for attack in [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "<a href='javascript:alert(1)'>x</a>",
            "<svg onload=alert(1)>",
            "<iframe src='https://example.org'></iframe>",
            "<img src='//example.org/x.png'>",
            "<style>*{display:none}</style>",
            "<form action='/x'><input name=a></form>",
            "<b style='position:fixed'>x</b>",
            "<a href='data:text/html,x'>x</a>",
            "<table background='javascript:alert(1)'><tr><td onclick=x>x</td></tr></table>",
        ] {
            let clean = Html::sanitise(attack).to_string();
            for bad in
                ["script", "onerror", "onload", "onclick", "example.org", "style", "form", "data:"]
            {
                assert!(!clean.contains(bad), "{attack} became {clean}");
            }
        }
    }

    #[test]
    fn every_block_of_code_can_be_reached_and_says_what_it_is() {
        let pre = r#"<pre tabindex="0" role="group" aria-label="Code"#;
        let events =
            |text| Html::from_events(&pulldown_cmark::Parser::new(text).collect::<Vec<_>>());
        let listed = events("1. x\n\n   ```go\n   y\n   ```\n");
        assert!(listed.as_str().contains(&format!(r#"{pre}, go">"#)), "{listed}");
        assert!(events("> ```\n> y\n> ```\n").as_str().contains(&format!(r#"{pre}">"#)));
        assert_eq!(Html::sanitise("<pre>x</pre>").as_str(), format!(r#"{pre}">x</pre>"#));
        let head = "<table><tr><th><pre>x</pre></th></tr></table>";
        assert_eq!(Html::sanitise(head).as_str().matches("tabindex").count(), 0);
    }

    #[test]
    fn tables_keep_their_shape_and_lose_their_paint() {
        let table =
            "<table><tr align=left valign=top><td colspan=2>a<ul><li>b</li></ul></td></tr></table>";
        assert_eq!(
            Html::sanitise(table).as_str(),
            "<table><tbody><tr><td colspan=\"2\">a<ul><li>b</li></ul></td></tr></tbody></table>"
        );
    }
}
