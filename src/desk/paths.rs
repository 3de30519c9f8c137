//! The addresses of this room's pages. The account room leads people here, so it names the first two.

pub use crate::account::paths::{DESK, MY};
