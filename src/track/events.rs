//! What happens to tracks and recipes, as the audit log has it.

use crate::audit::{Group, Kind};
use crate::refs::Refs;
use crate::track::model::Attribution;

pub const RECIPE_CHANGED: &str = "track.recipe_changed";
pub const POSITIONS_CHANGED: &str = "track.positions_changed";
pub const ATTRIBUTION_CHANGED: &str = "track.attribution_changed";

const GROUP: Group = Group { code: "tracks", title: "Tracks and recipes" };

/// Every action of this room.
pub const ALL: &[Kind] = &[
    Kind { action: RECIPE_CHANGED, group: GROUP, title: "Changed the recipe of {about}" },
    Kind {
        action: POSITIONS_CHANGED,
        group: GROUP,
        title: "Changed the open positions of {about}",
    },
    Kind {
        action: ATTRIBUTION_CHANGED,
        group: GROUP,
        title: "Changed how votes are read in {about}",
    },
];

/// What there is to say of an event of this room besides its title.
pub fn detail(action: &str, refs: &Refs) -> Option<String> {
    match action {
        RECIPE_CHANGED => {
            let fields: Vec<&str> = refs.get_codes("fields").filter_map(field).collect();
            let back = refs.get_code("how") == Ok("documents");
            let how = if back { "back to what the documents say: " } else { "" };
            Some(format!("{how}{}", fields.join(", ")))
        }
        POSITIONS_CHANGED => {
            let number = |name| refs.get_code(name).ok();
            Some(format!("before: {}; now: {}", number("before")?, number("after")?))
        }
        ATTRIBUTION_CHANGED => {
            let now = Attribution::from_code(refs.get_code("now").ok()?)?;
            Some(format!("now: {}", now.title().to_lowercase()))
        }
        _ => None,
    }
}

/// A field of a recipe, by its code.
pub(super) fn field(code: &str) -> Option<&'static str> {
    Some(match code {
        "format" => "format",
        "time_limit" => "time limit",
        "effort" => "effort",
        "agenda" => "agenda",
        "parts" => "parts",
        "panel_size" => "panel size",
        "quorum" => "quorum",
        "decides" => "whether the firm’s assessment decides",
        "blind" => "whether the panel is blind",
        "start_within" => "days to start in",
        "answer_within" => "working days to answer in",
        _ => return None,
    })
}
