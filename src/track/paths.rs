//! The addresses of this room's pages.

use crate::content::model::Level;
use crate::ids::StageId;
use crate::web::address::encode;

pub const LEVELS: &str = "/levels";
pub const TRACKS: &str = "/tracks";
/// How every stage is run.
pub const RECIPES: &str = "/settings/recipes";
pub const RECIPE: &str = "/settings/recipes/{stage}";
/// Where it is said how many positions a track has.
pub const POSITIONS: &str = "/settings/tracks/{slug}/positions";
/// Where it is said whose votes are.
pub const ATTRIBUTION: &str = "/settings/tracks/{slug}/attribution";

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

/// How one stage is run.
pub fn recipe(stage: StageId) -> String {
    RECIPE.replace("{stage}", &stage.to_string())
}

/// Where a form says how many positions a track has.
pub fn positions(slug: &str) -> String {
    POSITIONS.replace("{slug}", &encode(slug))
}

/// Where a form says whose votes are.
pub fn attribution(slug: &str) -> String {
    ATTRIBUTION.replace("{slug}", &encode(slug))
}
