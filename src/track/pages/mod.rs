//! The pages of tracks and level guides. All are finished bytes.

pub mod level_guide;
pub mod levels;
pub mod show;
pub mod view;
