//! All SQL of this room, by table.

pub mod accounts;
pub mod names;
pub mod organisation;
pub mod requests;
pub mod sessions;
pub mod tokens;
