//! All SQL of this room, by table.

pub mod accounts;
pub mod organisation;
pub mod requests;
pub mod sessions;
pub mod tokens;
