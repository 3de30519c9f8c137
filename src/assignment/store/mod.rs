//! All SQL of this room.

pub mod adding;
pub mod applications;
pub mod assignments;
pub mod closing;
pub mod conflicts;
pub mod counting;
pub mod deciding;
pub mod feeds;
pub mod firms;
pub mod fixes;
pub mod handing_over;
pub mod identity;
pub mod interviewers;
pub mod introduced;
pub mod moves;
pub mod needs;
pub mod opening;
pub mod panels;
pub mod prospects;
pub mod resumes;
mod row;
pub mod seats;
pub mod shown;
pub mod standings;
pub mod time_requests;
pub mod waiting;
