//! What candidates hand in: put together while the clock runs, handed in once with a receipt, and taken back
//! while that can be done. Archives are read with distrust and written anew; nothing of them is ever unpacked to a path.

pub mod access;
pub mod archive;
pub mod assessment;
pub mod emails;
pub mod files;
pub mod late;
pub mod model;
pub mod names;
pub mod pages;
pub mod paths;
pub mod questions;
pub mod reports;
pub mod sending;
pub mod shown;
pub mod store;
mod text;

use axum::extract::FromRef;
use http::Method;

use crate::assignment::access::{MayRunApplication, MaySeeApplication, MayTakeAssignment};
use crate::assignment::model::SENDING;
use crate::assignment::paths::{ASSESS, LATE, OWN_HAND_IN, RECEIPT};
use crate::db::Db;
use crate::objects::Objects;
use crate::web::frame::Bar;
use crate::web::routes::Routes;
use crate::web::shelf::Shelf;
use access::{MayAssess, MaySeeWork};
use pages::{assess, hand_in, late as came_late, look, receipt, work};

/// The routes of this room.
pub fn routes<S>() -> Routes<S>
where
    S: Clone + Send + Sync + 'static,
    Db: FromRef<S>,
    Shelf: FromRef<S>,
    Bar: FromRef<S>,
    Objects: FromRef<S>,
{
    type Take = MayTakeAssignment;
    Routes::default()
        .guarded::<Take, _, _>(Method::GET, OWN_HAND_IN, hand_in::show)
        .large::<Take, _, _>(SENDING, Method::POST, OWN_HAND_IN, hand_in::save)
        .guarded::<Take, _, _>(Method::GET, paths::LOOK, look::show)
        .guarded::<Take, _, _>(Method::GET, paths::LOOK_FILE, look::file)
        .guarded::<Take, _, _>(Method::GET, paths::LOOK_ARCHIVE, look::archive)
        .guarded::<Take, _, _>(Method::GET, paths::LOOK_SENT, look::sent)
        .guarded::<Take, _, _>(Method::POST, paths::LOOK, look::save)
        .guarded::<MaySeeApplication, _, _>(Method::GET, RECEIPT, receipt::show)
        .guarded::<MayRunApplication, _, _>(Method::POST, RECEIPT, receipt::save)
        .guarded::<MayRunApplication, _, _>(Method::GET, LATE, came_late::show)
        .guarded::<MayRunApplication, _, _>(Method::POST, LATE, came_late::save)
        .guarded::<MayAssess, _, _>(Method::GET, ASSESS, assess::show)
        .large::<MayAssess, _, _>(SENDING, Method::POST, ASSESS, assess::save)
        .guarded::<MayAssess, _, _>(Method::GET, paths::ASSESS_REPORT, assess::report)
        .guarded::<MaySeeWork, _, _>(Method::GET, paths::WORK_ASSESSMENT, work::assessment)
        .guarded::<MaySeeWork, _, _>(Method::GET, paths::WORK_FILE, work::file)
        .guarded::<MaySeeWork, _, _>(Method::GET, paths::WORK_ARCHIVE, work::archive)
        .guarded::<MaySeeWork, _, _>(Method::GET, paths::WORK_BEFORE_FILE, work::file_before)
        .guarded::<MaySeeWork, _, _>(Method::GET, paths::WORK_BEFORE_ARCHIVE, work::archive_before)
}
