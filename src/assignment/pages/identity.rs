//! Who is behind an application, for administrators. Looking is a move of its own, and is written down.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use crate::assignment::access::MaySeeIdentity;
use crate::assignment::paths;
use crate::assignment::store::identity::{self, Identity, Unnamed};
use crate::db::Db;
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::frame::Frame;
use crate::web::html::Html;
use crate::web::layout::Layout;
use crate::web::moment::day;
use crate::web::now::Now;
use crate::web::page::page;

#[derive(Template)]
#[template(path = "assignment/identity.html")]
struct IdentityPage<'a> {
    layout: Layout<'a>,
    it: Unnamed,
    since: Html,
    /// Once it was asked for.
    who: Option<Identity>,
    action: String,
}

fn show_page(
    frame: &Frame,
    allowed: &Allowed<MaySeeIdentity>,
    it: Unnamed,
    who: Option<Identity>,
) -> Result<Response, Failure> {
    let zone = &frame.viewer.person().ok_or(Failure::NotFound)?.zone;
    let page_ = IdentityPage {
        layout: frame.layout("An application"),
        since: day(it.created_at.to_jiff(), zone),
        action: paths::identity(allowed.application()),
        it,
        who,
    };
    page(StatusCode::OK, &page_)
}

pub async fn show(
    allowed: Allowed<MaySeeIdentity>,
    State(db): State<Db>,
    frame: Frame,
) -> Result<Response, Failure> {
    let it = identity::unnamed(&mut db.begin_reading().await?, &allowed).await?;
    show_page(&frame, &allowed, it, None)
}

pub async fn see(
    allowed: Allowed<MaySeeIdentity>,
    State(db): State<Db>,
    (frame, Now(now)): (Frame, Now),
) -> Result<Response, Failure> {
    let mut tx = db.begin().await?;
    let it = identity::unnamed(&mut tx, &allowed).await?;
    let who = identity::see(&mut tx, &allowed, now).await?.ok_or(Failure::NotFound)?;
    let _written = tx.commit().await?;
    show_page(&frame, &allowed, it, Some(who))
}
