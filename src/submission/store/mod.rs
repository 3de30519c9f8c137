//! All SQL of this room.

pub mod drafts;
pub mod receipts;
pub mod submissions;
pub mod work;
