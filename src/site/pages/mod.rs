//! The overview, what machines read, and the pages for when there is no page.

pub mod failure;
pub mod home;
pub mod machine;
pub mod shelved;
pub mod style;
