//! Tracks, stages, recipes and level guides as types. Pure.

use jiff::SignedDuration;

use crate::clock::Timestamp;
use crate::content::import::settings::{AgendaItem, Format};
use crate::content::model::{DocPath, Level};
use crate::ids::{StageId, TrackId};
use crate::web::html::Html;

/// A role focus as candidates meet it.
#[derive(Clone, Debug)]
pub struct Track {
    pub id: TrackId,
    pub slug: String,
    pub text: TrackText,
    pub stages: Vec<Stage>,
}

/// What the overview says about one track.
#[derive(Clone, Debug, Default)]
pub struct TrackText {
    /// "Operations Focus"; empty where the heading names none.
    pub focus: String,
    /// "DevOps / SREs / etc": who this track is for.
    pub audience: String,
    pub description: Html,
    /// The first paragraph of the description, as plain text for a card.
    pub teaser: String,
    /// What stands before the list of stages.
    pub challenge_intro: Html,
    /// What is said about levels besides naming the guides.
    pub levels_intro: Html,
    pub notes: Vec<Html>,
    pub guides: Vec<GuideLink>,
}

impl Track {
    /// The title of its page.
    pub fn title(&self) -> &str {
        if self.text.audience.is_empty() { &self.text.focus } else { &self.text.audience }
    }
}

/// Whose votes are, once a panel has opened them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attribution {
    /// The hiring manager reads who cast which; the panel does not.
    Attributed,
    /// Nobody does, the portal included.
    Anonymous,
}

impl Attribution {
    pub const ALL: [Self; 2] = [Self::Attributed, Self::Anonymous];

    /// Of a track that is new.
    pub fn usual(slug: &str) -> Self {
        if slug == "systems" { Self::Anonymous } else { Self::Attributed }
    }

    /// Its name in the database and in forms.
    pub fn code(self) -> &'static str {
        match self {
            Self::Attributed => "attributed",
            Self::Anonymous => "anonymous",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.code() == code)
    }

    /// As whoever chooses it reads it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Attributed => "With names",
            Self::Anonymous => "Without names",
        }
    }
}

/// One step of a track.
#[derive(Clone, Debug)]
pub struct Stage {
    pub id: StageId,
    /// What the overview calls it.
    pub title: String,
    /// The challenge document's path, as wanted; it may not be in the tree.
    pub document: String,
    pub recipe: Option<Recipe>,
}

/// How a stage is run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipe {
    pub format: Format,
    pub time_limit: Option<SignedDuration>,
    pub effort: Option<String>,
    pub agenda: Vec<AgendaItem>,
    pub parts: Vec<String>,
}

/// What decides on a stage that an outside firm runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Decides {
    /// The votes of its panel.
    #[default]
    Votes,
    /// What the firm says of it; then it has no panel.
    Assessment,
}

impl Decides {
    /// Its name in the database and in forms.
    pub fn code(self) -> &'static str {
        match self {
            Self::Votes => "votes",
            Self::Assessment => "assessment",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Votes, Self::Assessment].into_iter().find(|one| one.code() == code)
    }
}

/// What no tree says of how a stage is run: who looks at the work, and in what time things happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// How many interviewers look at it; with none, votes open at once.
    pub panel_size: u16,
    /// How many votes are enough where the manager opens early; no more than the panel has members.
    pub quorum: u16,
    pub decides: Decides,
    /// The panel knows the candidate by an alias. Never on a call.
    pub is_blind: bool,
    /// Days to press Start in.
    pub start_within_days: u16,
    /// Working days in which the company answers.
    pub answer_within_days: u16,
}

impl Terms {
    /// Those of a stage about which nobody said anything.
    pub fn of(format: Format) -> Self {
        Self {
            panel_size: 3,
            quorum: 2,
            decides: Decides::Votes,
            is_blind: format == Format::TakeHome,
            start_within_days: 7,
            answer_within_days: 5,
        }
    }
}

/// A recipe with its terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    pub recipe: Recipe,
    pub terms: Terms,
}

impl Settled {
    /// The codes of what is other than it was before; all of them where nothing was settled.
    pub fn differs_in(&self, before: Option<&Self>) -> Vec<&'static str> {
        let differs = |same: fn(&Self, &Self) -> bool| before.is_none_or(|it| !same(self, it));
        let fields = [
            ("format", differs(|a, b| a.recipe.format == b.recipe.format)),
            ("time_limit", differs(|a, b| a.recipe.time_limit == b.recipe.time_limit)),
            ("effort", differs(|a, b| a.recipe.effort == b.recipe.effort)),
            ("agenda", differs(|a, b| a.recipe.agenda == b.recipe.agenda)),
            ("parts", differs(|a, b| a.recipe.parts == b.recipe.parts)),
            ("panel_size", differs(|a, b| a.terms.panel_size == b.terms.panel_size)),
            ("quorum", differs(|a, b| a.terms.quorum == b.terms.quorum)),
            ("decides", differs(|a, b| a.terms.decides == b.terms.decides)),
            ("blind", differs(|a, b| a.terms.is_blind == b.terms.is_blind)),
            (
                "start_within",
                differs(|a, b| a.terms.start_within_days == b.terms.start_within_days),
            ),
            (
                "answer_within",
                differs(|a, b| a.terms.answer_within_days == b.terms.answer_within_days),
            ),
        ];
        fields.into_iter().filter_map(|(code, differs)| differs.then_some(code)).collect()
    }
}

/// A present stage with its track and what is settled about it: what assigning it starts from.
#[derive(Clone, Debug)]
pub struct StageSettings {
    pub stage: StageId,
    pub title: String,
    /// The challenge document's path, as wanted; it may not be in the tree.
    pub document: String,
    pub track: TrackId,
    pub track_slug: String,
    /// As on the track's own page.
    pub track_title: String,
    pub open_positions: u16,
    pub attribution: Attribution,
    /// `None` where neither a tree nor a person said how it is run.
    pub settled: Option<Settled>,
    /// Raised by every change of the recipe; 0 without one.
    pub version: i32,
    /// When a person last changed the recipe; from then on no tree does.
    pub edited_at: Option<Timestamp>,
    /// The present tree says how it is run, and that is not what stands here since.
    pub has_way_back: bool,
}

/// A level guide as a track names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuideLink {
    pub title: String,
    /// The guide's path, as wanted; it may not be in the tree.
    pub document: String,
}

/// A document with a matrix of area × level, or a PDF that stands for one.
#[derive(Clone, Debug)]
pub struct LevelGuide {
    pub slug: String,
    pub title: String,
    pub document: DocPath,
    pub matrix: Option<Matrix>,
}

/// Area × level, whichever way the document's table is turned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matrix {
    /// Ascending.
    pub levels: Vec<Level>,
    /// In the document's order.
    pub areas: Vec<Area>,
}

/// One area of a matrix with a cell for each of the matrix's levels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Area {
    pub name: String,
    /// Empty where the guide asks nothing at that level.
    pub cells: Vec<Html>,
}

/// A length of time in a person's words: `2 weeks`, `5 days`, `1 day 12 h`, `2 h 30 min`.
pub fn in_words(length: SignedDuration) -> String {
    let (days, hours, minutes) =
        (length.as_hours() / 24, length.as_hours() % 24, length.as_mins() % 60);
    let plural =
        |count: i64, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    match (days, hours, minutes) {
        (days, 0, 0) if days > 0 && days % 7 == 0 => plural(days / 7, "week"),
        (days, 0, 0) if days > 0 => plural(days, "day"),
        (0, hours, 0) if hours > 0 => plural(hours, "hour"),
        _ => {
            let mut parts = Vec::new();
            if days > 0 {
                parts.push(plural(days, "day"));
            }
            if hours > 0 {
                parts.push(format!("{hours} h"));
            }
            if minutes > 0 {
                parts.push(format!("{minutes} min"));
            }
            parts.join(" ")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_read_as_people_say_them() {
        let words = |minutes| in_words(SignedDuration::from_mins(minutes));
        assert_eq!(words(14 * 24 * 60), "2 weeks");
        assert_eq!(words(7 * 24 * 60), "1 week");
        assert_eq!(words(5 * 24 * 60), "5 days");
        assert_eq!(words(150), "2 h 30 min");
        assert_eq!(words(60), "1 hour");
        assert_eq!(words(45), "45 min");
        assert_eq!(words(36 * 60 + 5), "1 day 12 h 5 min");
    }
}
