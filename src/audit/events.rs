//! What happens to the log itself. Looking at it is not recorded; taking a copy out is.

use super::{Group, Kind};
use crate::refs::Refs;

pub const EXPORTED: &str = "audit.exported";

const GROUP: Group = Group { code: "audit", title: "The audit log" };

/// Every action of this room.
pub const ALL: &[Kind] =
    &[Kind { action: EXPORTED, group: GROUP, title: "Exported the audit log" }];

/// What there is to say of an event of this room besides its title.
pub fn detail(action: &str, refs: &Refs) -> Option<String> {
    let fields: Vec<&str> = refs.get_codes("narrowed_by").collect();
    match action {
        EXPORTED if fields.is_empty() => Some("all of it".to_owned()),
        EXPORTED => Some(format!("narrowed by {}", fields.join(", "))),
        _ => None,
    }
}
