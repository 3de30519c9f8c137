//! The files of what was handed in by themselves, for those who look at it. The page they are part of is a later
//! room's.

use axum::extract::{Query, State};
use axum::response::Response;

use super::files::{self, One};
use crate::db::Db;
use crate::objects::Objects;
use crate::submission::access::MaySeeWork;
use crate::submission::store::work::{self, Work};
use crate::web::allowed::Allowed;
use crate::web::error::Failure;

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
