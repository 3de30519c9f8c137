//! The pages of documents. All but search are finished bytes.

pub mod file;
pub mod folder;
pub mod search;
pub mod show;

use crate::content::library::title_case;
use crate::content::model::DocPath;
use crate::content::paths;
use crate::web::layout::NavItem;

/// The media type of every page.
pub const HTML: &str = "text/html; charset=utf-8";

/// The folders above `path`, outermost first, as links.
fn crumbs(path: &DocPath) -> Vec<NavItem> {
    let mut crumbs = Vec::new();
    let mut folder = path.folder();
    while !folder.is_root() {
        let (title, href) = (title_case(folder.name()), paths::document(&folder));
        crumbs.push(NavItem { title, href });
        folder = folder.folder();
    }
    crumbs.push(NavItem { title: "Documents".to_owned(), href: paths::DOCUMENTS.to_owned() });
    crumbs.reverse();
    crumbs
}
