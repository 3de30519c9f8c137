//! The addresses of this room's pages. Where candidates put together what they hand in lies with the stage:
//! [`crate::assignment::paths::own_hand_in`].

use crate::ids::AssignmentId;

/// Where they look at it as the panel will, hand it in, and have their receipt.
pub const LOOK: &str = "/my/assignments/{id}/hand-in/look";

pub fn look(id: AssignmentId) -> String {
    LOOK.replace("{id}", &id.to_string())
}
