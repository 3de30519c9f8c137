//! What somebody sends who has left a panel meanwhile: it is not taken, and they get it back.

use askama::Template;
use axum::response::Response;
use http::StatusCode;

use crate::account::paths::DESK;
use crate::web::error::Failure;
use crate::web::form::Form;
use crate::web::frame::Frame;
use crate::web::layout::Layout;
use crate::web::page::page;

/// What they may have written at length.
const WRITTEN: [&str; 6] = ["comment", "what", "machine", "commands", "result", "why"];

#[derive(Template)]
#[template(path = "review/left.html")]
struct Left<'a> {
    layout: Layout<'a>,
    typed: Vec<String>,
}

/// Says so, and shows what was typed; nothing of the stage.
///
/// # Errors
/// Nothing was typed: then the address is none of theirs.
pub(super) fn show(frame: &Frame, form: &Form) -> Result<Response, Failure> {
    let typed = form.typed(&WRITTEN);
    if typed.is_empty() {
        return Err(Failure::NotFound);
    }
    let layout = frame.layout("You are no longer on this panel".to_owned());
    page(StatusCode::GONE, &Left { layout, typed })
}
