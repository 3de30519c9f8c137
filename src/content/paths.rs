//! The addresses of this room's pages. Templates and other rooms build links from here only.

use std::fmt::Write;

use crate::content::model::{ContentHash, DocPath, Level};

pub const SEARCH: &str = "/search";
pub const DOCUMENTS: &str = "/docs";

/// The page of a document, or of a folder.
pub fn document(path: &DocPath) -> String {
    if path.is_root() { DOCUMENTS.to_owned() } else { format!("{DOCUMENTS}/{}", encode(path)) }
}

/// The page of a challenge document as one level sees it.
pub fn document_at(path: &DocPath, level: Level) -> String {
    format!("{}?level={level}", document(path))
}

/// The bytes of one revision of an image or a PDF; they never change at this address.
pub fn file(path: &DocPath, hash: &ContentHash) -> String {
    format!("/files/{}/{}", hash.short(), encode(path))
}

/// The path with everything but letters, digits and the plain marks percent-encoded.
fn encode(path: &DocPath) -> String {
    let mut encoded = String::with_capacity(path.as_str().len());
    for byte in path.as_str().bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => {
                encoded.push(char::from(byte));
            }
            byte => {
                let _infallible = write!(encoded, "%{byte:02X}");
            }
        }
    }
    encoded
}
