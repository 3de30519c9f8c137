//! What tests stand on: a real Postgres, the real router, trees on disk.

pub mod browser;
pub mod client;
pub mod cluster;
pub mod html;
pub mod portal;
pub mod tree;

pub use portal::Portal;
