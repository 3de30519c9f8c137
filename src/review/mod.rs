//! What a panel sees and says of the work: what its members note for themselves beside it, their votes under seal
//! until they open, and what those are read for then.

pub mod access;
pub mod checklist;
pub mod emails;
pub mod events;
pub mod model;
pub mod pages;
pub mod run_log;
pub mod store;

use axum::extract::FromRef;
use http::Method;

use crate::assignment::access::{MayAnswer, MaySit};
use crate::assignment::paths;
use crate::db::Db;
use crate::objects::Objects;
use crate::submission::access::MaySeeWork;
use crate::web::frame::Bar;
use crate::web::routes::Routes;
use crate::web::shelf::Shelf;
use access::{MayDebrief, MayKeepNotes, MayOrderOpening};
use pages::{debrief, show, work};

/// The routes of this room.
pub fn routes<S>() -> Routes<S>
where
    S: Clone + Send + Sync + 'static,
    Db: FromRef<S>,
    Shelf: FromRef<S>,
    Bar: FromRef<S>,
    Objects: FromRef<S>,
{
    Routes::default()
        .guarded::<MaySeeWork, _, _>(Method::GET, paths::WORK, work::show)
        .guarded::<MayKeepNotes, _, _>(Method::POST, paths::WORK, work::save)
        .guarded::<MaySeeWork, _, _>(Method::GET, paths::WORK_BEFORE, work::before)
        .guarded::<MaySit, _, _>(Method::GET, paths::REVIEW, show::show)
        .guarded::<MayAnswer, _, _>(Method::POST, paths::REVIEW, show::save)
        .guarded::<MayDebrief, _, _>(Method::GET, paths::DEBRIEF, debrief::show)
        .guarded::<MayOrderOpening, _, _>(Method::POST, paths::DEBRIEF, debrief::order)
}
