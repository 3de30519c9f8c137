//! All SQL of this room.

pub mod applications;
pub mod assignments;
pub mod moves;
mod row;
pub mod time_requests;
