//! All SQL of the audit log: writing events, sealing them, reading them.

pub mod chain;
mod log;
mod record;

pub use log::{Place, RecordedRow, UNSEALED, Wanted, Who, list};
pub use record::{record, record_all};
