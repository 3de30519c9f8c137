//! From files to a tree: reading a folder, and the `content.toml` that may stand in it.
//!
//! What a tree's documents mean as tracks and levels is the track room's business.

mod beneath;
pub mod folder;
pub mod settings;
