//! The pages of this room.

mod asked;
pub mod decide;
pub mod told;
