//! Every component on one page, for those who build pages. Only in debug builds.

use askama::Template;

use crate::content::pages::HTML;
use crate::web::finished::{Finished, Policy};
use crate::web::form::Form;
use crate::web::layout::{Chrome, Layout, NavItem};

pub const PATH: &str = "/style";

#[derive(Template)]
#[template(path = "site/style.html")]
struct Style<'a> {
    layout: Layout<'a>,
    /// One field of it needs another look.
    form: Form,
    items: Vec<NavItem>,
}

pub fn page(chrome: &Chrome) -> askama::Result<Finished> {
    let layout = Layout::new(chrome, "Components", PATH).unindexed();
    let mut form = Form::filled([("name", "Maya Okafor"), ("email", "maya@example")]);
    form.refuse("email", "Write it in full, as maya@example.org");
    let item = |title: &str, href: &str| NavItem { title: title.to_owned(), href: href.to_owned() };
    let items = vec![item("This page", PATH), item("Another", "/style#tabs")];
    Ok(Finished::text(PATH, HTML, Policy::Page, Style { layout, form, items }.render()?))
}
