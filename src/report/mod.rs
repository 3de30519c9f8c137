//! How interviews go, of everybody's candidates together: how long things take, whether promises are kept, where
//! candidates are lost. Of fewer than five people nothing is told.

pub mod access;
pub mod disclosure;
pub mod filter;
pub mod model;
pub mod pages;
pub mod paths;
pub mod period;
pub mod promises;
pub mod store;
pub mod tables;
pub mod words;

use axum::extract::FromRef;
use http::Method;

use crate::db::Db;
use crate::web::frame::Bar;
use crate::web::routes::Routes;
use crate::web::shelf::Shelf;
use access::MaySeeReports;
use pages::{show, table};

/// The routes of this room.
pub fn routes<S>() -> Routes<S>
where
    S: Clone + Send + Sync + 'static,
    Db: FromRef<S>,
    Shelf: FromRef<S>,
    Bar: FromRef<S>,
{
    Routes::default()
        .guarded::<MaySeeReports, _, _>(Method::GET, paths::REPORTS, show::show)
        .in_bar::<MaySeeReports>("Reports", paths::REPORTS)
        .guarded::<MaySeeReports, _, _>(Method::GET, paths::TABLE, table::save)
}
