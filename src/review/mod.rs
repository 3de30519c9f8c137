//! What a panel says of the work: votes under seal until they open, and what they are read for then.

pub mod access;
pub mod emails;
pub mod events;
pub mod model;
pub mod pages;
pub mod store;

use axum::extract::FromRef;
use http::Method;

use crate::assignment::access::{MayAnswer, MaySit};
use crate::assignment::paths;
use crate::db::Db;
use crate::web::frame::Bar;
use crate::web::routes::Routes;
use crate::web::shelf::Shelf;
use access::{MayDebrief, MayOrderOpening};
use pages::{debrief, show};

/// The routes of this room.
pub fn routes<S>() -> Routes<S>
where
    S: Clone + Send + Sync + 'static,
    Db: FromRef<S>,
    Shelf: FromRef<S>,
    Bar: FromRef<S>,
{
    Routes::default()
        .guarded::<MaySit, _, _>(Method::GET, paths::REVIEW, show::show)
        .guarded::<MayAnswer, _, _>(Method::POST, paths::REVIEW, show::save)
        .guarded::<MayDebrief, _, _>(Method::GET, paths::DEBRIEF, debrief::show)
        .guarded::<MayOrderOpening, _, _>(Method::POST, paths::DEBRIEF, debrief::order)
}
