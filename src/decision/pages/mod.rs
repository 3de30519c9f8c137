//! The pages of this room.

mod asked;
pub mod decide;
pub mod hand_to_hr;
pub mod offer;
pub mod passed;
pub mod told;
