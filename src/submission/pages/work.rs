//! What was handed in, for those who look at it.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use crate::assignment::application::Assignment;
use crate::assignment::paths as stages;
use crate::content::import::settings::Format;
use crate::db::Db;
use crate::submission::access::MaySeeWork;
use crate::submission::questions;
use crate::submission::shown::Shown;
use crate::submission::store::work;
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::frame::Frame;
use crate::web::layout::{Layout, NavItem};
use crate::web::page::page;

#[derive(Template)]
#[template(path = "submission/work.html")]
struct WorkPage<'a> {
    layout: Layout<'a>,
    it: &'a Assignment,
    who: &'a str,
    shown: Shown,
    withheld: usize,
    /// Where whoever looks came from.
    back: NavItem,
}

pub async fn show(
    allowed: Allowed<MaySeeWork>,
    State(db): State<Db>,
    frame: Frame,
) -> Result<Response, Failure> {
    let work = work::find(&mut db.begin_reading().await?, &allowed).await?;
    let work = work.ok_or(Failure::NotFound)?;
    let asked = questions::asked_in(work.challenge.as_ref(), work.contents.level);
    let title = format!("{} by {}", work.it.title, work.who);
    let href = match allowed.decides() {
        true => stages::run(allowed.application(), allowed.assignment()),
        false => stages::review(allowed.assignment()),
    };
    let page_ = WorkPage {
        layout: frame.layout(format!("The work: {title}")),
        shown: Shown::of(&work.contents, &asked),
        withheld: work.withheld,
        back: NavItem { title, href },
        it: &work.it,
        who: &work.who,
    };
    page(StatusCode::OK, &page_)
}
