//! The pages of this room, one file each, and what they share.

pub mod add;
pub mod add_many;
mod asked;
pub mod candidates;
pub mod give;
pub mod hand_over;
pub mod own;
pub mod run;
pub mod show;
pub mod words;
