//! What happens to the votes of a panel before they are open, as the audit log has it. Of a vote there is nothing
//! to tell; that a panel has opened is an event of its assignment.

use crate::audit::{Group, Kind};
use crate::refs::Refs;

pub const OPENING_ORDERED: &str = "votes.opening_ordered";

/// Every kind of event of this room.
pub const ALL: &[Kind] = &[Kind {
    action: OPENING_ORDERED,
    group: Group { code: "votes", title: "Votes" },
    title: "Asked to open the votes once enough are cast in {about}",
}];

/// What there is to say of an event of this room besides its title.
pub fn detail(_: &str, _: &Refs) -> Option<String> {
    None
}
