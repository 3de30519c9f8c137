//! Where a browser goes after a write.

use axum::response::{IntoResponse, Redirect, Response};

use crate::db::Committed;

/// To `href` after what was written is kept. Whatever the page there is to confirm is named in its
/// query, `?done=…`, so that a reload says the same and writes nothing.
pub fn after(_: Committed, href: &str) -> Response {
    Redirect::to(href).into_response()
}

/// `next` if it is a path of this site, else `otherwise`: an address may not lead elsewhere.
pub fn local<'a>(next: &'a str, otherwise: &'a str) -> &'a str {
    let is_path = next.starts_with('/') && !next.starts_with("//");
    let is_plain = next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if is_path && is_plain { next } else { otherwise }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_leads_elsewhere_is_not_followed() {
        assert_eq!(local("/people?after=x", "/"), "/people?after=x");
        for elsewhere in
            ["//evil.example", "/\\evil.example", "https://evil.example", "", "/a\nb", "evil", "/ü"]
        {
            assert_eq!(local(elsewhere, "/desk"), "/desk", "{elsewhere}");
        }
    }
}
