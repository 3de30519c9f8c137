//! What was put together, as a page shows it: the same for whoever hands it in and whoever looks at it. Pure.

use url::Url;

use super::model::Contents;
use super::questions::Question;
use crate::content::markdown::prose;
use crate::content::model::Level;
use crate::web::html::Html;

/// Contents as a page shows them.
#[derive(Clone, Debug)]
pub struct Shown {
    pub level: Level,
    pub links: Vec<ShownLink>,
    /// Nothing where nothing was written.
    pub note: Html,
    pub answers: Vec<Answered>,
}

/// A link with where it leads in plain sight.
#[derive(Clone, Debug)]
pub struct ShownLink {
    pub href: String,
    pub host: String,
}

/// A question of the level it is handed in at.
#[derive(Clone, Debug)]
pub struct Answered {
    pub question: Html,
    /// Nothing where it was not answered.
    pub answer: Html,
}

impl Shown {
    /// `contents` with the questions of their level.
    pub fn of(contents: &Contents, asked: &[Question]) -> Self {
        let answered = |question: &Question| Answered {
            question: question.html.clone(),
            answer: contents.answers.get(&question.key).map_or_else(Html::default, |it| prose(it)),
        };
        Self {
            level: contents.level,
            links: shown_links(&contents.links),
            note: prose(&contents.note),
            answers: asked.iter().map(answered).collect(),
        }
    }

    /// Whether there is nothing to read.
    pub fn is_empty(&self) -> bool {
        self.links.is_empty() && self.note.is_empty() && self.answers.is_empty()
    }

    /// How many questions have no answer.
    pub fn unanswered(&self) -> usize {
        self.answers.iter().filter(|one| one.answer.is_empty()).count()
    }
}

/// Links with where they lead.
pub fn shown_links(links: &[String]) -> Vec<ShownLink> {
    let link = |link: &String| {
        let url = Url::parse(link).ok()?;
        Some(ShownLink { href: link.clone(), host: url.host_str()?.to_owned() })
    };
    links.iter().filter_map(link).collect()
}
