//! Search: the one public page that asks the database.

use askama::Template;
use axum::extract::{Query as QueryString, State};
use axum::response::Html;
use serde::Deserialize;

use crate::content::paths;
use crate::content::search::{Hit, Query};
use crate::content::store;
use crate::db::Db;
use crate::web::error::Failure;
use crate::web::layout::{Layout, NavItem};
use crate::web::shelf::Shelf;

/// The most passages one page shows.
const MOST_HITS: usize = 30;

#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    q: String,
}

#[derive(Template)]
#[template(path = "content/search.html")]
struct Search<'a> {
    layout: Layout<'a>,
    asked: bool,
    count_line: String,
    hits: Vec<Hit>,
    /// What may have been meant, where nothing was found.
    meant: Option<NavItem>,
}

pub async fn show(
    State(db): State<Db>,
    State(shelf): State<Shelf>,
    QueryString(Asked { q }): QueryString<Asked>,
) -> Result<Html<String>, Failure> {
    let q: String = q.chars().filter(|c| !c.is_control()).take(200).collect();
    let asked = q.trim();
    let query = Query::parse(asked);
    let hits = match &query {
        Some(query) => store::search(&db, query, MOST_HITS).await?,
        None => Vec::new(),
    };
    let meant = match &query {
        Some(query) if hits.is_empty() => meant(&db, query).await?,
        _ => None,
    };
    let pages = shelf.pages();
    let title = if asked.is_empty() { "Search".to_owned() } else { format!("{asked} · Search") };
    let mut layout = Layout::new(&pages.chrome, title, paths::SEARCH).described(
        "Search every challenge, level guide and team page by words or their beginnings.",
    );
    layout.query = asked;
    let count_line = match hits.len() {
        1 => "One passage matches.".to_owned(),
        MOST_HITS => format!("The {MOST_HITS} best passages. More words narrow it down."),
        count => format!("{count} passages match."),
    };
    let page = Search { layout, asked: !asked.is_empty(), count_line, hits, meant };
    Ok(Html(page.render()?))
}

/// A link to the question that may have been meant, if it has an answer.
async fn meant(db: &Db, query: &Query) -> Result<Option<NavItem>, Failure> {
    let Some(meant) = store::meant(db, query).await? else { return Ok(None) };
    if store::search(db, &meant, 1).await?.is_empty() {
        return Ok(None);
    }
    let title = meant.words().join(" ");
    Ok(Some(NavItem { href: paths::search(&title), title }))
}
