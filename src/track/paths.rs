//! The addresses of this room's pages.

use crate::content::model::Level;

pub const LEVELS: &str = "/levels";
pub const TRACKS: &str = "/tracks";

pub fn track(slug: &str) -> String {
    format!("{TRACKS}/{slug}")
}

pub fn level_guide(slug: &str) -> String {
    format!("{LEVELS}/{slug}")
}

/// A guide with one level lifted out.
pub fn level_guide_at(slug: &str, level: Level) -> String {
    format!("{LEVELS}/{slug}?level={level}")
}
