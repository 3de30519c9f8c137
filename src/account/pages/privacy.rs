//! What the organisation says about people's data.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use super::page;
use crate::account::store::organisation;
use crate::db::Db;
use crate::web::error::Failure;
use crate::web::frame::Frame;
use crate::web::layout::Layout;

#[derive(Template)]
#[template(path = "account/privacy.html")]
struct Privacy<'a> {
    layout: Layout<'a>,
    organisation: &'a str,
    paragraphs: Vec<String>,
}

pub async fn show(State(db): State<Db>, frame: Frame) -> Result<Response, Failure> {
    let organisation = organisation::find(&db).await?;
    let notice = organisation.as_ref().map_or("", |found| found.privacy_notice.as_str());
    let paragraphs = notice.split("\n\n").map(str::trim).filter(|text| !text.is_empty());
    let paragraphs = paragraphs.map(str::to_owned).collect();
    let name = organisation.as_ref().map_or(frame.site(), |found| found.name.as_str());
    let layout = frame.layout("Privacy");
    page(StatusCode::OK, &Privacy { layout, organisation: name, paragraphs })
}
