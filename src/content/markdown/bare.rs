//! Addresses that stand in the text without any markup: GitHub makes links of them, and so do we.

use std::ops::Range;

const BEGINNINGS: [&str; 3] = ["https://", "http://", "www."];

/// Where in `text` addresses stand.
pub(super) fn addresses(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = next(text, at) {
        let end = start + length(&text[start..]);
        let joins = text[..start].ends_with(|c: char| c.is_alphanumeric() || c == '/');
        if !joins && has_host(&text[start..end]) {
            found.push(start..end);
        }
        at = end.max(start + 1);
    }
    found
}

/// Where the address `text` leads.
pub(super) fn destination(text: &str) -> String {
    if text.starts_with("www.") { format!("http://{text}") } else { text.to_owned() }
}

fn next(text: &str, from: usize) -> Option<usize> {
    let rest = &text[from..];
    // Each begins with one of these two; looking for them is quick in any text.
    let mut places = rest.match_indices(['h', 'w']).map(|(at, _)| at);
    let begins = |at: &usize| BEGINNINGS.iter().any(|start| rest[*at..].starts_with(start));
    places.find(begins).map(|at| from + at)
}

/// The bytes of the address that `text` begins with: up to the next space, less what belongs to the
/// sentence around it.
fn length(text: &str) -> usize {
    let end = text.find(|c: char| c.is_whitespace() || c == '<').unwrap_or(text.len());
    let mut address = &text[..end];
    let mut unopened = address.matches(')').count().saturating_sub(address.matches('(').count());
    while let Some(last) = address.chars().next_back() {
        match last {
            ')' if unopened > 0 => unopened -= 1,
            last if OF_THE_SENTENCE.contains(&last) => {}
            _ => break,
        }
        address = &address[..address.len() - last.len_utf8()];
    }
    address.len()
}

/// What ends a sentence or a quotation, and is no part of an address before it.
const OF_THE_SENTENCE: [char; 14] =
    ['?', '!', '.', ',', ':', ';', '*', '_', '~', '\'', '"', '”', '’', '…'];

/// Whether a host with a dot in it follows the scheme.
fn has_host(address: &str) -> bool {
    let rest = BEGINNINGS.iter().find_map(|start| address.strip_prefix(start)).unwrap_or_default();
    let host = rest.split(['/', '?', '#', ':']).next().unwrap_or_default();
    let fits = |part: &str| {
        !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_')
    };
    host.split('.').all(fits) && (host.contains('.') || address.starts_with("www."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        addresses(text).into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn an_address_ends_where_the_sentence_goes_on() {
        assert_eq!(found("See https://a.example/x_y?z=1#w."), ["https://a.example/x_y?z=1#w"]);
        assert_eq!(
            found("(at http://a.example/b_(c)), or www.b.example!"),
            ["http://a.example/b_(c)", "www.b.example"]
        );
        assert_eq!(found("US | Remote | https://goteleport.com"), ["https://goteleport.com"]);
        assert_eq!(found("“https://a.example”"), ["https://a.example"]);
    }

    #[test]
    fn what_only_looks_like_an_address_stays_text() {
        for text in [
            "https://",
            "http://localhost",
            "xhttps://a.example",
            "awww.b",
            "https://a..b",
            "www.",
            "https:// a",
        ] {
            assert_eq!(found(text), [""; 0], "{text}");
        }
    }
}
