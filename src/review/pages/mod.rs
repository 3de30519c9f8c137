//! The pages of this room, one file each, and what they share.

mod asked;
pub mod debrief;
pub mod show;
mod vote;
