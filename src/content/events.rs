//! What happens to the documents, as the audit log has it.

use crate::audit::{Group, Kind};
use crate::refs::Refs;

pub const PUBLISHED: &str = "content.published";

const GROUP: Group = Group { code: "content", title: "Content" };

/// Every action of this room.
pub const ALL: &[Kind] =
    &[Kind { action: PUBLISHED, group: GROUP, title: "Published new content" }];

/// What there is to say of an event of this room besides its title.
pub fn detail(action: &str, refs: &Refs) -> Option<String> {
    match action {
        PUBLISHED => Some(format!("publication {}", refs.get_code("publication").ok()?)),
        _ => None,
    }
}
