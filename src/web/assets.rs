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

/// A page of another build, with its links to assets led to those of this one; `None` where they are the same.
pub fn relinked(page: &str) -> Option<String> {
    const FOLDER: &str = "/assets/";
    let mut parts = page.split(FOLDER);
    let mut relinked = parts.next()?.to_owned();
    for part in parts {
        let end = part.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '.' | '-' | '_'));
        let (name, rest) = part.split_at(end.unwrap_or(part.len()));
        let present = ALL.iter().find(|asset| is_of(name, asset.url));
        relinked.push_str(present.map_or(FOLDER, |asset| asset.url));
        relinked.push_str(if present.is_some() { "" } else { name });
        relinked.push_str(rest);
    }
    (relinked != page).then_some(relinked)
}

/// Whether `name`, as in `main.0123456789ab.css`, differs from that of `url` by its hash alone.
fn is_of(name: &str, url: &str) -> bool {
    let ends = |name: &str| {
        let (named, extension) = name.rsplit_once('.')?;
        let (stem, _hash) = named.rsplit_once('.')?;
        Some((stem.to_owned(), extension.to_owned()))
    };
    let known = url.rsplit_once('/').and_then(|(_, name)| ends(name));
    known.is_some() && known == ends(name)
}

/// Every asset at its hashed address, and the one address browsers ask for unasked.
pub fn finished() -> impl Iterator<Item = Finished> {
    let hashed = ALL.iter().map(|asset| asset.finished(asset.url, Policy::Immutable));
    hashed.chain([FAVICON_ICO.finished("/favicon.ico", Policy::Page)])
}
