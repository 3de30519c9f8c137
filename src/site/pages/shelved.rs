//! Addresses of finished pages that the shelf does not hold. Those it holds are answered before the
//! router is asked, by [`crate::web::front`].

use axum::extract::Request;
use axum::response::{IntoResponse, Redirect, Response};

use crate::web::error::Failure;

/// `/tracks` is a part of the overview.
pub async fn tracks() -> Redirect {
    Redirect::permanent("/#tracks")
}

/// An address with a slash too many is led to the page it means; any other is not found.
pub async fn missing(request: Request) -> Response {
    match request.uri().path().strip_suffix('/') {
        // "//host" would lead to another site, and so would "/\\host".
        Some(short)
            if short.starts_with('/') && !short.starts_with("//") && !short.contains('\\') =>
        {
            let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
            Redirect::permanent(&format!("{short}{query}")).into_response()
        }
        _ => Failure::NotFound.into_response(),
    }
}
