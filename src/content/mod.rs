//! Documents: importing them, keeping every revision, reading and searching them.
//!
//! What the documents mean as tracks and levels lives in [`crate::track`].

pub mod access;
pub mod events;
pub mod import;
pub mod items;
pub mod levels;
pub mod library;
pub mod links;
pub mod markdown;
pub mod model;
pub mod pages;
pub mod paths;
pub mod search;
pub mod store;

use axum::extract::FromRef;

use crate::db::Db;
use crate::web::routes::{Audience, Routes};
use crate::web::shelf::Shelf;

/// The routes of this room that are answered on request; its other pages are finished bytes.
pub fn routes<S>() -> Routes<S>
where
    S: Clone + Send + Sync + 'static,
    Db: FromRef<S>,
    Shelf: FromRef<S>,
{
    Routes::default().get(paths::SEARCH, Audience::Public, pages::search::show)
}
