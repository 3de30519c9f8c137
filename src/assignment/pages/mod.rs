//! The pages of this room, one file each, and what they share.

pub mod add;
pub mod add_many;
mod asked;
pub mod availability;
pub mod candidates;
pub mod conflicts;
pub mod give;
pub mod hand_over;
pub mod interviewer;
pub mod interviewers;
pub mod needs;
pub mod own;
pub mod panel;
pub mod review;
pub mod run;
pub mod show;
pub mod words;
