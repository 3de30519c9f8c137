//! Links and pictures that are written as HTML, led to where those of Markdown lead.

use super::tags::Tag;
use super::{Builder, Link, MISSING};
use crate::web::html::Html;

impl Builder<'_> {
    /// Raw HTML with its addresses resolved like those of Markdown links. `open` has what closes each
    /// link that is open.
    pub(super) fn raw(
        &mut self,
        html: &str,
        line: u32,
        links: &mut Vec<Link>,
        open: &mut Vec<String>,
    ) -> String {
        let mut out = String::with_capacity(html.len());
        let mut rest = html;
        let mut at = line;
        while let Some(tag) = Tag::next(rest) {
            out.push_str(tag.before);
            at += newlines(tag.before);
            if tag.is("a") && tag.closes {
                out.push_str(&open.pop().unwrap_or_else(|| "</a>".to_owned()));
            } else if tag.is("a") {
                out.push_str(&self.raw_link(&tag, at, links, open));
            } else if tag.is("img") && !tag.closes {
                out.push_str(&self.raw_picture(&tag, at, !open.is_empty()));
            } else {
                out.push_str(tag.whole);
            }
            at += newlines(tag.whole);
            rest = tag.after;
        }
        out.push_str(rest);
        out
    }

    fn raw_link(
        &mut self,
        tag: &Tag<'_>,
        line: u32,
        links: &mut Vec<Link>,
        open: &mut Vec<String>,
    ) -> String {
        let Some(value) = tag.get("href") else {
            open.push("</a>".to_owned());
            return tag.whole.to_owned();
        };
        let target = self.target(&value.replace("&amp;", "&"), line);
        let (start, end) = match target.href() {
            Some(href) => {
                let others = tag.attributes_without("href");
                (format!(r#"<a href="{}"{others}>"#, Html::escape(&href)), "</a>".to_owned())
            }
            None => (MISSING.to_owned(), self.wanted_path(&target) + "</span>"),
        };
        open.push(end);
        links.push(Link { text: String::new(), line, target });
        start
    }

    /// A picture of this tree; one from elsewhere is a link, or in a link its text.
    fn raw_picture(&mut self, tag: &Tag<'_>, line: u32, in_link: bool) -> String {
        // A picture always has a text, if only an empty one.
        let alt = if tag.get("alt").is_some() { "" } else { r#" alt="""# };
        let others = tag.attributes_without("src");
        let Some(value) = tag.get("src") else { return format!("<img{alt}{others}>") };
        let target = self.target(&value.replace("&amp;", "&"), line);
        // Entities stay what they are.
        let text = tag.get("alt").unwrap_or_default().replace('<', "&lt;").replace('>', "&gt;");
        match (self.image(&target), target.href()) {
            (Some(src), _) => format!(r#"<img src="{}"{alt}{others}>"#, Html::escape(&src)),
            (None, Some(_)) if in_link => format!("{text} (picture)"),
            (None, Some(href)) => {
                format!(r#"<a href="{}">{text} (picture)</a>"#, Html::escape(&href))
            }
            (None, None) => format!("{MISSING}{text}{}</span>", self.wanted_path(&target)),
        }
    }
}

fn newlines(text: &str) -> u32 {
    u32::try_from(text.matches('\n').count()).unwrap_or(u32::MAX)
}
