//! All SQL of this room.

pub mod assessments;
pub mod clock;
pub mod drafts;
pub mod late;
pub mod named;
pub mod receipts;
pub mod sending;
pub mod submissions;
pub mod sweep;
pub mod uploads;
pub mod work;
