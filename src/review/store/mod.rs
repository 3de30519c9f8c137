//! All SQL of this room.

pub mod clock;
pub mod fixes;
pub mod notes;
mod opening;
pub mod orders;
mod reserve;
pub mod run_log;
pub mod votes;
