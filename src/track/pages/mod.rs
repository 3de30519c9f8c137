//! The pages of tracks and level guides. Those for candidates are finished bytes.

pub mod level_guide;
pub mod levels;
pub mod recipe;
pub mod recipes;
pub mod show;
pub mod view;
