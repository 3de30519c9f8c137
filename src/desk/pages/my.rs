//! A candidate's own page: where am I, what is next, by when.

use askama::Template;
use axum::response::Html;

use crate::web::error::Failure;
use crate::web::frame::Frame;
use crate::web::layout::Layout;

#[derive(Template)]
#[template(path = "desk/my.html")]
struct My<'a> {
    layout: Layout<'a>,
}

pub async fn show(frame: Frame) -> Result<Html<String>, Failure> {
    Ok(Html(My { layout: frame.layout("My interview") }.render()?))
}
