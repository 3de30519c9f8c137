//! A folder's page: what lies in it.

use askama::Template;

use super::{HTML, crumbs};
use crate::content::library::{Library, title_case};
use crate::content::model::{DocPath, Kind};
use crate::content::paths;
use crate::web::finished::{Finished, Policy};
use crate::web::layout::{Chrome, Layout, NavItem};

#[derive(Template)]
#[template(path = "content/folder.html")]
struct Folder<'a> {
    layout: Layout<'a>,
    title: String,
    is_root: bool,
    crumbs: Vec<NavItem>,
    entries: Vec<Entry>,
}

/// A document or folder in a listing.
struct Entry {
    href: String,
    title: String,
    about: String,
}

/// The listing of `folder`: its README first, then folders, then documents by title.
pub fn page(chrome: &Chrome, library: &Library, folder: &DocPath) -> askama::Result<Finished> {
    let readme = library.tree.readme(folder).map(|document| document.path.clone());
    let inside = |path: &DocPath| path.folder() == *folder && !path.is_root();
    let mut entries: Vec<(u8, Entry)> = Vec::new();
    for inner in library.tree.folders().filter(|inner| inside(inner)) {
        let below = format!("{inner}/");
        let count =
            library.readings().filter(|reading| reading.path.as_str().starts_with(&below)).count();
        let about = format!("{count} document{}", if count == 1 { "" } else { "s" });
        entries.push((
            1,
            Entry { href: paths::document(inner), title: title_case(inner.name()), about },
        ));
    }
    for reading in library.readings().filter(|reading| inside(&reading.path)) {
        let rank = if Some(&reading.path) == readme.as_ref() { 0 } else { 2 };
        let about = match reading.kind {
            Kind::Pdf => format!("{} · PDF", reading.path.name()),
            Kind::Image(_) => format!("{} · picture", reading.path.name()),
            Kind::Markdown | Kind::Settings => reading.path.name().to_owned(),
        };
        let (href, title) = (paths::document(&reading.path), reading.title.clone());
        entries.push((rank, Entry { href, title, about }));
    }
    entries.sort_by(|a, b| (a.0, &a.1.title).cmp(&(b.0, &b.1.title)));
    let title =
        if folder.is_root() { "All documents".to_owned() } else { title_case(folder.name()) };
    let layout = Layout::new(chrome, title.clone(), paths::document(folder))
        .described(&format!("What lies in {title}: challenges, level guides, teams and more."));
    let page = Folder {
        layout,
        title,
        is_root: folder.is_root(),
        crumbs: crumbs(folder),
        entries: entries.into_iter().map(|(_, entry)| entry).collect(),
    };
    Ok(Finished::text(&paths::document(folder), HTML, Policy::Page, page.render()?))
}
