//! Finds the tags in raw HTML, as a browser would: their names, their attributes, where they end.

/// A tag and where it stands.
#[derive(Debug)]
pub(super) struct Tag<'h> {
    /// What stands before it, comments and other tags' leavings included.
    pub(super) before: &'h str,
    /// The tag as written, from `<` to `>`.
    pub(super) whole: &'h str,
    pub(super) after: &'h str,
    pub(super) closes: bool,
    name: &'h str,
    attributes: Vec<Attribute<'h>>,
}

#[derive(Debug)]
struct Attribute<'h> {
    name: &'h str,
    /// As written, without its quotes.
    value: &'h str,
    whole: &'h str,
}

impl<'h> Tag<'h> {
    /// The first tag in `html` that is complete.
    pub(super) fn next(html: &'h str) -> Option<Self> {
        let mut from = 0;
        loop {
            let at = from + html[from..].find('<')?;
            let rest = &html[at + 1..];
            if let Some(comment) = rest.strip_prefix('!') {
                let length = comment.strip_prefix("--").map_or(Some(0), |_| comment.find("-->"));
                from = at + 2 + length?;
                continue;
            }
            let (closes, named) = rest.strip_prefix('/').map_or((false, rest), |rest| (true, rest));
            if !named.starts_with(|c: char| c.is_ascii_alphabetic()) {
                from = at + 1;
                continue;
            }
            let name = &named[..named.find(ends_name).unwrap_or(named.len())];
            let (attributes, after) = attributes(&named[name.len()..])?;
            let (before, whole) = (&html[..at], &html[at..html.len() - after.len()]);
            return Some(Self { before, whole, after, closes, name, attributes });
        }
    }

    pub(super) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// The value of the attribute `name` as written; of several, the first.
    pub(super) fn get(&self, name: &str) -> Option<&'h str> {
        let named = |attribute: &&Attribute<'_>| attribute.name.eq_ignore_ascii_case(name);
        self.attributes.iter().find(named).map(|attribute| attribute.value)
    }

    /// Its attributes as written, but for those called `name`.
    pub(super) fn attributes_without(&self, name: &str) -> String {
        let others = self.attributes.iter().filter(|a| !a.name.eq_ignore_ascii_case(name));
        others.map(|attribute| format!(" {}", attribute.whole)).collect()
    }
}

fn ends_name(c: char) -> bool {
    c.is_ascii_whitespace() || matches!(c, '/' | '>')
}

/// The attributes `html` begins with and what follows the tag; `None` where the tag never ends.
fn attributes(html: &str) -> Option<(Vec<Attribute<'_>>, &str)> {
    let mut attributes = Vec::new();
    let mut rest = html;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        if let Some(after) = rest.strip_prefix('>') {
            return Some((attributes, after));
        }
        let from = rest;
        // Even a name that begins with = is one.
        let first = rest.chars().next()?.len_utf8();
        let end = first + rest[first..].find(|c| ends_name(c) || c == '=')?;
        let name = &rest[..end];
        rest = &rest[end..];
        let mut value = "";
        if let Some(valued) = trim(rest).strip_prefix('=') {
            let valued = trim(valued);
            match valued.chars().next()? {
                quote @ ('"' | '\'') => (value, rest) = valued[1..].split_once(quote)?,
                _ => {
                    let end = valued.find(|c: char| c.is_ascii_whitespace() || c == '>')?;
                    (value, rest) = valued.split_at(end);
                }
            }
        }
        let whole = &from[..from.len() - rest.len()];
        attributes.push(Attribute { name, value, whole });
    }
}

fn trim(text: &str) -> &str {
    text.trim_start_matches(|c: char| c.is_ascii_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(html: &str) -> Vec<(String, Option<String>)> {
        let mut found = Vec::new();
        let mut rest = html;
        while let Some(tag) = Tag::next(rest) {
            assert_eq!([tag.before, tag.whole, tag.after].concat(), rest);
            found.push((tag.whole.to_owned(), tag.get("href").map(str::to_owned)));
            rest = tag.after;
        }
        found
    }

    #[test]
    fn tags_are_told_from_text_and_comments() {
        let one = |tag: &str, href: Option<&str>| (tag.to_owned(), href.map(str::to_owned));
        assert_eq!(
            found("1 < 2 href=x <!-- <a href=y> --><!--><a\nHREF = 'a>b' href=c> curl href=z </a>"),
            [one("<a\nHREF = 'a>b' href=c>", Some("a>b")), one("</a>", None)]
        );
        assert_eq!(found("<a =href=x href=y/>"), [one("<a =href=x href=y/>", Some("y/"))]);
        assert_eq!(
            found("<a title=\"<b href=x>\" href>"),
            [one("<a title=\"<b href=x>\" href>", Some(""))]
        );
        assert_eq!(found("<a href=x"), []);
        assert_eq!(found("<a href=\"x>"), []);
        assert_eq!(found("<!-- <a href=x>"), []);
    }
}
