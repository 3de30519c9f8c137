//! All SQL of this room.

pub mod drafts;
pub mod submissions;
