//! What tests stand on: a real Postgres, the real router, trees on disk.

pub mod archive;
pub mod browser;
#[cfg(feature = "s3")]
pub mod bucket;
pub mod client;
pub mod cluster;
pub mod hands;
pub mod html;
pub mod interview;
pub mod letters;
pub mod lines;
pub mod mailbox;
pub mod panel;
pub mod portal;
pub mod post;
pub mod provider;
pub mod relay;
pub mod statements;
pub mod tree;

pub use portal::Portal;
