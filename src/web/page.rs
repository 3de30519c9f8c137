//! A page that was rendered, as a response.

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use http::StatusCode;

use super::error::Failure;

/// `page` with its status.
pub fn page(status: StatusCode, page: &impl Template) -> Result<Response, Failure> {
    Ok((status, Html(page.render()?)).into_response())
}
