//! Every component on one page, for those who build pages. Only in debug builds.

use askama::Template;

use crate::content::pages::HTML;
use crate::web::finished::{Finished, Policy};
use crate::web::layout::{Chrome, Layout};

pub const PATH: &str = "/style";

#[derive(Template)]
#[template(path = "site/style.html")]
struct Style<'a> {
    layout: Layout<'a>,
}

pub fn page(chrome: &Chrome) -> askama::Result<Finished> {
    let layout = Layout::new(chrome, "Components", PATH).unindexed();
    Ok(Finished::text(PATH, HTML, Policy::Page, Style { layout }.render()?))
}
