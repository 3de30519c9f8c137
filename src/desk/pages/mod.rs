//! The pages of this room, one file each.

pub mod audit;
pub mod audit_export;
pub mod letter;
pub mod letters;
pub mod my;
pub mod outbox;
mod piles;
pub mod pipeline;
pub mod pipeline_table;
pub mod show;
