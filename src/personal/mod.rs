//! What is kept about a person, all of it together: [`map`] names every column of it, and a candidate takes
//! along what the map gives. Nothing is kept here that another room does not keep.

pub mod access;
pub mod keys;
pub mod map;
pub mod model;
pub mod packing;
pub mod pages;
pub mod readme;
pub mod store;

use axum::extract::FromRef;
use http::Method;

use crate::account::paths::MY_DATA;
use crate::db::Db;
use crate::objects::Objects;
use crate::web::frame::Bar;
use crate::web::routes::Routes;
use crate::web::shelf::Shelf;
use access::MayTakeOwnData;
use pages::{data, download};

/// The routes of this room.
pub fn routes<S>() -> Routes<S>
where
    S: Clone + Send + Sync + 'static,
    Db: FromRef<S>,
    Shelf: FromRef<S>,
    Bar: FromRef<S>,
    Objects: FromRef<S>,
{
    type Take = MayTakeOwnData;
    Routes::default()
        .guarded::<Take, _, _>(Method::GET, MY_DATA, data::show)
        .confirmed::<Take, _, _>(Method::POST, MY_DATA, MY_DATA, download::save)
}
