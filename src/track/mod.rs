//! Tracks, their stages and recipes, and the level guides: what a candidate chooses between.

pub mod access;
pub mod edited;
pub mod events;
pub mod matrix;
pub mod model;
pub mod overview;
pub mod pages;
pub mod paths;
pub mod store;
pub mod typed;

use axum::extract::FromRef;
use http::Method;

use crate::db::Db;
use crate::web::frame::Bar;
use crate::web::routes::Routes;
use crate::web::shelf::Shelf;
use access::MayKeepRecipes;
use pages::{recipe, recipes};

/// The routes of this room that are no finished pages: how stages are run.
pub fn routes<S>() -> Routes<S>
where
    S: Clone + Send + Sync + 'static,
    Db: FromRef<S>,
    Shelf: FromRef<S>,
    Bar: FromRef<S>,
{
    Routes::default()
        .guarded::<MayKeepRecipes, _, _>(Method::GET, paths::RECIPES, recipes::show)
        .in_settings::<MayKeepRecipes>("Recipes", paths::RECIPES)
        .guarded::<MayKeepRecipes, _, _>(Method::POST, paths::POSITIONS, recipes::save_positions)
        .guarded::<MayKeepRecipes, _, _>(
            Method::POST,
            paths::ATTRIBUTION,
            recipes::save_attribution,
        )
        .guarded::<MayKeepRecipes, _, _>(Method::GET, paths::RECIPE, recipe::show)
        .guarded::<MayKeepRecipes, _, _>(Method::POST, paths::RECIPE, recipe::save)
}
