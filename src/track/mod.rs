//! Tracks, their stages and recipes, and the level guides: what a candidate chooses between.

pub mod edited;
pub mod matrix;
pub mod model;
pub mod overview;
pub mod pages;
pub mod paths;
pub mod store;
