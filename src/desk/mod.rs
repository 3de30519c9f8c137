//! Pages that join rooms: where each person begins.

pub mod access;
pub mod pages;
pub mod paths;

use axum::extract::FromRef;
use http::Method;

use crate::web::frame::Bar;
use crate::web::routes::Routes;
use crate::web::shelf::Shelf;
use access::{MaySeeDesk, MaySeeMy};
use pages::{my, show};

/// The routes of this room.
pub fn routes<S>() -> Routes<S>
where
    S: Clone + Send + Sync + 'static,
    Shelf: FromRef<S>,
    Bar: FromRef<S>,
{
    Routes::default()
        .guarded::<MaySeeDesk, _, _>(Method::GET, paths::DESK, show::show)
        .in_bar::<MaySeeDesk>("Desk", paths::DESK)
        .guarded::<MaySeeMy, _, _>(Method::GET, paths::MY, my::show)
        .in_bar::<MaySeeMy>("My interview", paths::MY)
}
