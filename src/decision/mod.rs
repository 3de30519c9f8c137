//! What is decided on a stage whose votes are open: the observations, the outcome, and how the candidate is told.

pub mod access;
pub mod emails;
pub mod model;
pub mod offer;
pub mod pages;
pub mod paths;
pub mod store;
pub mod telling;

use axum::extract::FromRef;
use http::Method;

use crate::assignment::access::{MayRunApplication, MaySeeApplication, MayTakeAssignment};
use crate::assignment::paths::{DECISION, OFFER, OWN_DECISION, PASSED};
use crate::db::Db;
use crate::web::frame::Bar;
use crate::web::routes::Routes;
use crate::web::shelf::Shelf;
use access::{MayDecide, MayFollowOffer};
use pages::{decide, hand_to_hr, offer as followed, passed, told};

/// The routes of this room.
pub fn routes<S>() -> Routes<S>
where
    S: Clone + Send + Sync + 'static,
    Db: FromRef<S>,
    Shelf: FromRef<S>,
    Bar: FromRef<S>,
{
    Routes::default()
        .guarded::<MayDecide, _, _>(Method::GET, DECISION, decide::show)
        .guarded::<MayDecide, _, _>(Method::POST, DECISION, decide::save)
        .guarded::<MayTakeAssignment, _, _>(Method::GET, OWN_DECISION, told::show)
        .guarded::<MaySeeApplication, _, _>(Method::GET, PASSED, passed::show)
        .guarded::<MaySeeApplication, _, _>(Method::GET, OFFER, hand_to_hr::show)
        .guarded::<MayRunApplication, _, _>(Method::POST, OFFER, hand_to_hr::save)
        .guarded::<MayFollowOffer, _, _>(Method::GET, paths::OFFER, followed::show)
        .guarded::<MayFollowOffer, _, _>(Method::POST, paths::OFFER, followed::save)
}
