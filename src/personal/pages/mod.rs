//! The pages of this room.

pub mod data;
pub mod download;
