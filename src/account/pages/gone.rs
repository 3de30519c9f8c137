//! A link that opens nothing any more: says so, and what to do.

use askama::Template;
use axum::response::Response;
use http::StatusCode;

use super::page;
use crate::web::error::Failure;
use crate::web::frame::Frame;
use crate::web::layout::Layout;

#[derive(Template)]
#[template(path = "account/gone.html")]
struct Gone<'a> {
    layout: Layout<'a>,
    headline: &'a str,
    advice: &'a str,
}

pub(super) fn gone(frame: &Frame, headline: &str, advice: &str) -> Result<Response, Failure> {
    page(StatusCode::GONE, &Gone { layout: frame.layout(headline), headline, advice })
}
