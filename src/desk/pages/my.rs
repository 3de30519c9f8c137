//! A candidate's own page: where am I, what is next, by when.

use askama::Template;
use axum::extract::State;
use axum::response::Html;

use crate::account::Accounts;
use crate::web::error::Failure;
use crate::web::frame::Frame;
use crate::web::layout::Layout;

#[derive(Template)]
#[template(path = "desk/my.html")]
struct My<'a> {
    layout: Layout<'a>,
    sends_mail: bool,
}

pub async fn show(frame: Frame, State(room): State<Accounts>) -> Result<Html<String>, Failure> {
    let (layout, sends_mail) = (frame.layout("My interview"), room.sends_mail);
    Ok(Html(My { layout, sends_mail }.render()?))
}
