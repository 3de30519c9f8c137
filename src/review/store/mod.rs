//! All SQL of this room.

pub mod clock;
mod opening;
pub mod orders;
pub mod votes;
