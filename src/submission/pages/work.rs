//! The files of what was handed in by themselves, for those who look at it. The page they are part of is a later
//! room's.

use axum::extract::{Query, State};
use axum::response::Response;

use super::files::{self, One};
use crate::db::Db;
use crate::objects::Objects;
use crate::submission::access::MaySeeWork;
use crate::submission::store::work::{self, Which, Work};
use crate::web::allowed::Allowed;
use crate::web::error::Failure;

async fn known(db: &Db, allowed: &Allowed<MaySeeWork>, which: Which) -> Result<Work, Failure> {
    let work = work::find(&mut db.begin_reading().await?, allowed, which).await?;
    work.ok_or(Failure::NotFound)
}

async fn one(
    (db, objects): (&Db, &Objects),
    allowed: &Allowed<MaySeeWork>,
    which: Which,
    one: One,
) -> Result<Response, Failure> {
    let Work { contents, hidden, .. } = known(db, allowed, which).await?;
    let kept = contents.files.ok_or(Failure::NotFound)?.kept;
    files::one(objects, (kept, hidden), one).await
}

async fn all(
    (db, objects): (&Db, &Objects),
    allowed: &Allowed<MaySeeWork>,
    which: Which,
) -> Result<Response, Failure> {
    let Work { it, who, contents, hidden, .. } = known(db, allowed, which).await?;
    let kept = contents.files.ok_or(Failure::NotFound)?.kept;
    let before = if which == Which::BeforeFix { ", before the fix" } else { "" };
    files::all(objects, (kept, hidden), &format!("{} by {who}{before}.zip", it.title)).await
}

pub async fn file(
    allowed: Allowed<MaySeeWork>,
    (State(db), State(objects)): (State<Db>, State<Objects>),
    Query(asked): Query<One>,
) -> Result<Response, Failure> {
    one((&db, &objects), &allowed, Which::Standing, asked).await
}

pub async fn archive(
    allowed: Allowed<MaySeeWork>,
    (State(db), State(objects)): (State<Db>, State<Objects>),
) -> Result<Response, Failure> {
    all((&db, &objects), &allowed, Which::Standing).await
}

/// One file as it was before the fix.
pub async fn file_before(
    allowed: Allowed<MaySeeWork>,
    (State(db), State(objects)): (State<Db>, State<Objects>),
    Query(asked): Query<One>,
) -> Result<Response, Failure> {
    one((&db, &objects), &allowed, Which::BeforeFix, asked).await
}

/// All of them as they were before it.
pub async fn archive_before(
    allowed: Allowed<MaySeeWork>,
    (State(db), State(objects)): (State<Db>, State<Objects>),
) -> Result<Response, Failure> {
    all((&db, &objects), &allowed, Which::BeforeFix).await
}

/// What its firm says of it, as a PDF.
pub async fn assessment(
    allowed: Allowed<MaySeeWork>,
    (State(db), State(objects)): (State<Db>, State<Objects>),
) -> Result<Response, Failure> {
    let assessed =
        known(&db, &allowed, Which::Standing).await?.assessed.ok_or(Failure::NotFound)?;
    let kept = assessed.files.ok_or(Failure::NotFound)?.kept;
    files::report(&objects, (kept, assessed.hidden)).await
}
