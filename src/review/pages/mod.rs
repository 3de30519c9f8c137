//! The pages of this room, one file each, and what they share.

mod asked;
pub mod debrief;
mod notes;
mod ran;
pub mod show;
mod vote;
pub mod work;
