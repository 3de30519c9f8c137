//! The files of `static/`, built into the binary: each at an address that holds its hash, so that a
//! browser may keep it for good, and compressed when the portal was built.

use super::finished::{Finished, Policy};

/// One file of `static/`.
#[derive(Debug)]
pub struct Asset {
    pub url: &'static str,
    pub media_type: &'static str,
    pub identity: &'static [u8],
    pub gzip: Option<&'static [u8]>,
    pub brotli: Option<&'static [u8]>,
}

#[allow(clippy::large_include_file, reason = "assets are meant to be in the binary")]
mod built {
    use super::Asset;
    include!(concat!(env!("OUT_DIR"), "/assets.rs"));
}

pub use built::*;

impl Asset {
    /// This asset, ready to be served at `address`.
    pub fn finished(&self, address: &str, policy: Policy) -> Finished {
        let (gzip, brotli) = (self.gzip.map(Into::into), self.brotli.map(Into::into));
        Finished::packed(address, self.media_type, policy, self.identity.into(), gzip, brotli)
    }
}

/// Every asset at its hashed address, and the one address browsers ask for unasked.
pub fn finished() -> impl Iterator<Item = Finished> {
    let hashed = ALL.iter().map(|asset| asset.finished(asset.url, Policy::Immutable));
    hashed.chain([FAVICON_ICO.finished("/favicon.ico", Policy::Page)])
}
