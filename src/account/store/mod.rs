//! All SQL of this room, by table.

pub mod accounts;
pub mod calendar;
pub mod changes;
pub mod factors;
pub mod identities;
pub mod invitations;
pub mod names;
pub mod organisation;
pub mod passkeys;
pub mod pending;
pub mod personal_tokens;
pub mod requests;
pub mod sessions;
pub mod tokens;
