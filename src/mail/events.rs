//! What happens to letters, as the audit log has it. That one was sent is told by the outbox.

use crate::audit::{Group, Kind};
use crate::refs::Refs;

pub const GIVEN_UP: &str = "mail.given_up";
pub const RETRIED: &str = "mail.retried";
pub const WORDING_CHANGED: &str = "mail.wording_changed";
pub const WORDING_RESET: &str = "mail.wording_reset";

const GROUP: Group = Group { code: "mail", title: "Mail" };

/// Every action of this room.
pub const ALL: &[Kind] = &[
    kind(GIVEN_UP, "Gave up sending {about}"),
    kind(RETRIED, "Put {about} that was given up back in line"),
    kind(WORDING_CHANGED, "Changed the words of a letter"),
    kind(WORDING_RESET, "Put the words of a letter back to what the portal ships with"),
];

const fn kind(action: &'static str, title: &'static str) -> Kind {
    Kind { action, group: GROUP, title }
}

/// What there is to say of an event of this room besides its title.
pub fn detail(action: &str, refs: &Refs) -> Option<String> {
    match action {
        WORDING_CHANGED | WORDING_RESET => {
            Some(refs.get_code("template").ok()?.replace(['_', '-'], " "))
        }
        _ => None,
    }
}
