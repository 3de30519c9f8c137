//! What pages show of stages and guides, worked out once for all of them.

use crate::content::import::settings::Format;
use crate::content::library::Library;
use crate::content::model::{DocPath, Kind};
use crate::content::paths as docs;
use crate::track::model::{GuideLink, LevelGuide, Recipe, in_words};
use crate::track::paths;

/// A guide as a track names it, with the address it has here.
#[derive(Clone, Debug)]
pub struct GuideView {
    pub title: String,
    /// The wanted path.
    pub document: String,
    /// `None` where the tree does not have it.
    pub href: Option<String>,
    /// The PDF of the same content.
    pub pdf: Option<String>,
}

/// The guides in `links`, found among `guides` and in the tree.
pub fn guides(links: &[GuideLink], guides: &[LevelGuide], library: &Library) -> Vec<GuideView> {
    let view = |link: &GuideLink| {
        let path = DocPath::parse(&link.document).filter(|path| library.get(path).is_some());
        let pair =
            path.as_ref().and_then(|path| library.counterpart(path)).map(|other| &other.path);
        let guide = guides
            .iter()
            .find(|guide| Some(&guide.document) == path.as_ref() || Some(&guide.document) == pair);
        let is_pdf = |path: &&DocPath| Kind::of(path) == Some(Kind::Pdf);
        let pdf = [path.as_ref(), pair].into_iter().flatten().find(is_pdf);
        GuideView {
            title: link.title.clone(),
            document: link.document.clone(),
            href: guide.map(|guide| paths::level_guide(&guide.slug)),
            pdf: pdf
                .filter(|_| guide.is_some_and(|guide| guide.matrix.is_some()))
                .map(docs::document),
        }
    };
    links.iter().map(view).collect()
}

/// A recipe in a few words each: format, effort, time limit.
pub fn facts(recipe: Option<&Recipe>) -> Vec<String> {
    let Some(recipe) = recipe else { return Vec::new() };
    let mut facts = vec![recipe.format.words().to_owned()];
    facts.extend(recipe.effort.clone());
    // How long a session lasts is its effort; elsewhere the limit is what the clock keeps.
    let said_already = recipe.format == Format::LiveSession && recipe.effort.is_some();
    if let Some(limit) = recipe.time_limit.filter(|_| !said_already) {
        let word = if recipe.effort.is_some() { "within" } else { "up to" };
        facts.push(format!("{word} {}", in_words(limit)));
    }
    facts
}
