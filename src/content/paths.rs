//! The addresses of this room's pages. Templates and other rooms build links from here only.

use crate::content::model::{ContentHash, DocPath, Level};
use crate::web::address::encode;

pub const SEARCH: &str = "/search";
pub const DOCUMENTS: &str = "/docs";

/// The page that tells where `words` stand.
pub fn search(words: &str) -> String {
    let words: String = form_urlencoded::byte_serialize(words.as_bytes()).collect();
    format!("{SEARCH}?q={words}")
}

/// The page of a document, or of a folder.
pub fn document(path: &DocPath) -> String {
    if path.is_root() {
        DOCUMENTS.to_owned()
    } else {
        format!("{DOCUMENTS}/{}", encode(path.as_str()))
    }
}

/// The page of a challenge document as one level sees it.
pub fn document_at(path: &DocPath, level: Level) -> String {
    format!("{}?level={level}", document(path))
}

/// The bytes of one revision of an image or a PDF; they never change at this address.
pub fn file(path: &DocPath, hash: &ContentHash) -> String {
    format!("/files/{}/{}", hash.short(), encode(path.as_str()))
}
