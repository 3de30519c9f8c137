//! The addresses of this room's pages. What a candidate is told lies with their stage:
//! [`crate::assignment::paths::own_decision`].

use crate::ids::AssignmentId;

pub const DECISION: &str = "/debriefs/{id}/decision";

pub fn decision(id: AssignmentId) -> String {
    DECISION.replace("{id}", &id.to_string())
}
