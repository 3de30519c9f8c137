//! The addresses of this room's pages.

use crate::content::model::Level;
use crate::web::address::encode;

pub const LEVELS: &str = "/levels";
pub const TRACKS: &str = "/tracks";

pub fn track(slug: &str) -> String {
    format!("{TRACKS}/{}", encode(slug))
}

pub fn level_guide(slug: &str) -> String {
    format!("{LEVELS}/{}", encode(slug))
}

/// A guide with one level lifted out.
pub fn level_guide_at(slug: &str, level: Level) -> String {
    format!("{}?level={level}", level_guide(slug))
}
