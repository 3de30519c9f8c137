//! The pages of this room.

mod asked;
pub mod decide;
pub mod hand_to_hr;
mod observations;
pub mod offer;
pub mod passed;
pub mod told;
