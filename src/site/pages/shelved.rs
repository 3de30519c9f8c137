//! Finished bytes from memory, for every public page but search.

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Redirect, Response};

use crate::content::links::percent_decode;
use crate::track::paths::TRACKS;
use crate::web::error::Failure;
use crate::web::shelf::Shelf;

/// The page at the request's address. A trailing slash is taken off by a redirect; `?level=n` makes
/// another page, and nothing else of a query matters.
pub async fn show(State(shelf): State<Shelf>, request: Request) -> Response {
    let path = request.uri().path();
    let decoded;
    let path = if path.contains('%') {
        decoded = percent_decode(path);
        decoded.as_str()
    } else {
        path
    };
    let pages = shelf.pages();
    let found = match request.uri().query().and_then(level) {
        None => pages.get(path),
        Some(level) => pages.get(&format!("{path}?level={level}")),
    };
    if let Some(page) = found {
        return page.answer(request.method(), request.headers());
    }
    if path == TRACKS {
        return Redirect::permanent("/#tracks").into_response();
    }
    without_slash(request.uri().path())
}

/// Every address without a route: one with a slash too many is led to the page it means.
pub async fn lost(request: Request) -> Response {
    without_slash(request.uri().path())
}

fn without_slash(path: &str) -> Response {
    match path.strip_suffix('/') {
        // "//host" would lead to another site.
        Some(short) if short.starts_with('/') && !short.starts_with("//") => {
            Redirect::permanent(short).into_response()
        }
        _ => Failure::NotFound.into_response(),
    }
}

/// The level a query asks for, as typed.
fn level(query: &str) -> Option<&str> {
    query.split('&').find_map(|pair| pair.strip_prefix("level=")).filter(|level| !level.is_empty())
}
