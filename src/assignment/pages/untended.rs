//! Applications that nobody looks after any more, by alias, for administrators who see to it that somebody does.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use crate::account::paths::DESK;
use crate::assignment::access::MaySeeUntended;
use crate::assignment::store::handing_over::{self, Unnamed};
use crate::db::Db;
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::frame::Frame;
use crate::web::layout::Layout;
use crate::web::now::Now;
use crate::web::page::page;

#[derive(Template)]
#[template(path = "assignment/untended.html")]
struct Untended<'a> {
    layout: Layout<'a>,
    rows: Vec<Unnamed>,
    notice: &'a str,
}

pub async fn show(
    allowed: Allowed<MaySeeUntended>,
    State(db): State<Db>,
    (frame, Now(now)): (Frame, Now),
) -> Result<Response, Failure> {
    let rows = handing_over::untended(&mut db.begin_reading().await?, &allowed, now).await?;
    let page_ = Untended {
        layout: frame.layout("Without a recruiter").under(DESK),
        rows,
        notice: match frame.done() {
            "handed" => "The application is handed over.",
            _ => "",
        },
    };
    page(StatusCode::OK, &page_)
}
