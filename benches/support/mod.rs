//! What the benches of a running portal share.

#![allow(dead_code, reason = "each bench uses its part")]

pub mod interviews;
pub mod load;
pub mod process;
