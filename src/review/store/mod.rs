//! All SQL of this room.

pub mod clock;
mod opening;
pub mod orders;
mod reserve;
pub mod votes;
