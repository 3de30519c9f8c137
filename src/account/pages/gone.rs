//! A link that opens nothing any more: says so, and what to do.

use askama::Template;
use axum::response::Response;
use http::StatusCode;

use super::entering::home;
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
    /// Where whoever is signed in begins.
    home: Option<&'static str>,
    /// Another one can be asked for.
    can_ask: bool,
}

pub(super) fn gone(frame: &Frame, headline: &str, advice: &str) -> Result<Response, Failure> {
    show(frame, (headline, advice), false)
}

/// As [`gone`], of a link that anybody can ask for anew.
pub(super) fn ask_anew(frame: &Frame, headline: &str, advice: &str) -> Result<Response, Failure> {
    show(frame, (headline, advice), true)
}

fn show(
    frame: &Frame,
    (headline, advice): (&str, &str),
    can_ask: bool,
) -> Result<Response, Failure> {
    let home = frame.viewer.person().map(|person| home(person.roles));
    let layout = frame.layout(headline);
    page(StatusCode::GONE, &Gone { layout, headline, advice, home, can_ask })
}
