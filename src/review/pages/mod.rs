//! The pages of this room, one file each, and what they share.

mod answer;
mod asked;
pub mod debrief;
mod fix;
mod left;
mod notes;
mod ran;
pub mod show;
mod vote;
pub mod work;
