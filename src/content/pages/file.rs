//! PDFs and pictures: a page that shows one, and its bytes.

use askama::Template;
use bytes::Bytes;

use super::{HTML, crumbs};
use crate::content::library::Reading;
use crate::content::model::{Document, Kind};
use crate::content::paths;
use crate::web::finished::{Finished, Policy};
use crate::web::layout::{Chrome, Layout, NavItem};

#[derive(Template)]
#[template(path = "content/file.html")]
struct File<'a> {
    layout: Layout<'a>,
    title: &'a str,
    name: &'a str,
    crumbs: Vec<NavItem>,
    /// The same content as a page, where there is one.
    page: Option<NavItem>,
    href: String,
    size: String,
    is_pdf: bool,
}

/// The page that shows `document`, and the document's bytes at their own address.
pub fn pages(
    chrome: &Chrome,
    document: &Document,
    reading: &Reading,
    page: Option<NavItem>,
) -> askama::Result<[Finished; 2]> {
    let is_pdf = document.kind == Kind::Pdf;
    let what = if is_pdf { "as a PDF, to read here or to download" } else { "as a picture" };
    let address = paths::document(&document.path);
    let shown = File {
        layout: Layout::new(chrome, reading.title.as_str(), address.clone())
            .described(&format!("{} {what}.", reading.title)),
        title: &reading.title,
        name: document.path.name(),
        crumbs: crumbs(&document.path),
        page,
        href: paths::file(&document.path, &document.hash),
        size: size(document.bytes.len()),
        is_pdf,
    };
    let policy = if is_pdf { Policy::PdfViewer } else { Policy::Page };
    Ok([Finished::text(&address, HTML, policy, shown.render()?), bytes(document)])
}

fn bytes(document: &Document) -> Finished {
    let policy = if document.kind == Kind::Pdf { Policy::Pdf } else { Policy::Immutable };
    let href = paths::file(&document.path, &document.hash);
    let bytes = Bytes::from_owner(document.bytes.clone());
    Finished::binary(&href, document.kind.media_type(), policy, bytes)
}

/// A size as people say it.
pub fn size(bytes: usize) -> String {
    match bytes {
        0..1024 => format!("{bytes} bytes"),
        1024..1_048_576 => format!("{} KB", bytes.div_ceil(1024)),
        _ => format!("{:.1} MB", bytes as f64 / 1_048_576.0),
    }
}
