//! What was handed in, for those who look at it.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use http::StatusCode;

use super::files::{self, Asked, Files, One};
use crate::assignment::application::Assignment;
use crate::assignment::paths as stages;
use crate::content::import::settings::Format;
use crate::content::markdown::prose;
use crate::db::Db;
use crate::objects::Objects;
use crate::submission::access::{As, MaySeeWork};
use crate::submission::paths;
use crate::submission::questions;
use crate::submission::shown::Shown;
use crate::submission::store::work::{self, Work};
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::frame::Frame;
use crate::web::html::Html;
use crate::web::layout::{Layout, NavItem};
use crate::web::page::page;

#[derive(Template)]
#[template(path = "submission/work.html")]
struct WorkPage<'a> {
    layout: Layout<'a>,
    it: &'a Assignment,
    who: &'a str,
    shown: Shown,
    files: Option<Files>,
    withheld: usize,
    /// What its firm says of it, and where that is as a PDF.
    assessment: Option<Html>,
    report: Option<String>,
    /// Where whoever looks came from.
    back: NavItem,
}

pub async fn show(
    allowed: Allowed<MaySeeWork>,
    (State(db), State(objects)): (State<Db>, State<Objects>),
    frame: Frame,
    Query(at): Query<Asked>,
) -> Result<Response, Failure> {
    let Work { it, who, contents, withheld, hidden, challenge, assessment } =
        known(&db, &allowed).await?;
    let has_files = contents.files.is_some();
    let here = stages::work(allowed.assignment());
    let looked = files::look(&objects, (contents, hidden), (at, here)).await?;
    if has_files && looked.files.is_none() {
        return Err(Failure::NotFound);
    }
    let asked = questions::asked_in(challenge.as_ref(), looked.contents.level);
    let title = format!("{} by {who}", it.title);
    let href = match allowed.looks() {
        As::Manager => stages::run(allowed.application(), allowed.assignment()),
        As::Panel => stages::review(allowed.assignment()),
        As::Firm => stages::assess(allowed.assignment()),
    };
    let report = assessment.as_ref().and_then(|one| one.files);
    let page_ = WorkPage {
        layout: frame.layout(format!("The work: {title}")),
        shown: Shown::of(&looked.contents, &asked),
        files: looked.files,
        withheld,
        report: report.map(|_| paths::work_assessment(allowed.assignment())),
        assessment: assessment.map(|one| prose(&one.text)),
        back: NavItem { title, href },
        it: &it,
        who: &who,
    };
    page(StatusCode::OK, &page_)
}

async fn known(db: &Db, allowed: &Allowed<MaySeeWork>) -> Result<Work, Failure> {
    let work = work::find(&mut db.begin_reading().await?, allowed).await?;
    work.ok_or(Failure::NotFound)
}

pub async fn file(
    allowed: Allowed<MaySeeWork>,
    (State(db), State(objects)): (State<Db>, State<Objects>),
    Query(one): Query<One>,
) -> Result<Response, Failure> {
    let Work { contents, hidden, .. } = known(&db, &allowed).await?;
    let kept = contents.files.ok_or(Failure::NotFound)?.kept;
    files::one(&objects, (kept, hidden), one).await
}

pub async fn archive(
    allowed: Allowed<MaySeeWork>,
    (State(db), State(objects)): (State<Db>, State<Objects>),
) -> Result<Response, Failure> {
    let Work { it, who, contents, hidden, .. } = known(&db, &allowed).await?;
    let kept = contents.files.ok_or(Failure::NotFound)?.kept;
    files::all(&objects, (kept, hidden), &format!("{} by {who}.zip", it.title)).await
}

/// What its firm says of it, as a PDF.
pub async fn assessment(
    allowed: Allowed<MaySeeWork>,
    (State(db), State(objects)): (State<Db>, State<Objects>),
) -> Result<Response, Failure> {
    let assessment = known(&db, &allowed).await?.assessment;
    let kept = assessment.and_then(|one| one.files).ok_or(Failure::NotFound)?.kept;
    files::report(&objects, kept).await
}
