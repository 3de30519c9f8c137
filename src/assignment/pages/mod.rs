//! The pages of this room, one file each, and what they share.

pub mod add;
pub mod add_many;
pub mod after;
pub mod asked;
pub mod availability;
pub mod candidates;
pub mod close;
pub mod conflicts;
pub mod count;
pub mod feed;
pub mod give;
pub mod hand_over;
pub mod identity;
pub mod interviewer;
pub mod interviewers;
mod letter;
pub mod needs;
pub mod next;
pub mod own;
pub mod own_calendar;
pub mod panel;
pub mod resume;
pub mod run;
mod sessions;
pub mod show;
pub mod untended;
pub mod words;
