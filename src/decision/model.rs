//! A decision as types: what it says, and what in it wants another look. Pure.

use serde::{Deserialize, Serialize};

use crate::assignment::model::Outcome;
use crate::clock::Timestamp;
use crate::content::model::Level;
use crate::review::model::Tally;
use crate::submission::names::{Names, Who};

/// The most observations of one decision.
pub const MOST: usize = 8;
const LONGEST: usize = 2_000;

/// Something the panel saw, as the candidate reads it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observation {
    pub is_strength: bool,
    /// What we saw, and where: file and line, or minute.
    pub saw: String,
    /// What the level asks.
    pub asks: String,
    /// What would change it. Strengths need none.
    pub change: String,
    /// Which of the panel's comments it began with, counted as the debrief has them; nothing for the candidate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub begun_with: Option<u16>,
}

impl Observation {
    fn is_empty(&self) -> bool {
        self.saw.is_empty() && self.asks.is_empty() && self.change.is_empty()
    }

    fn texts(&self) -> [&str; 3] {
        [&self.saw, &self.asks, &self.change]
    }

    /// As it leaves the company.
    #[must_use]
    pub fn as_told(self) -> Self {
        Self { begun_with: None, ..self }
    }
}

/// What the hiring manager writes, decided or not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// None while nothing was chosen.
    pub outcome: Option<Outcome>,
    /// The level the work was found to reach.
    pub level: Option<Level>,
    pub observations: Vec<Observation>,
    /// For the manager alone.
    pub note: String,
}

/// A decision, with the version that was seen.
#[derive(Clone, Debug, Default)]
pub struct Decision {
    pub contents: Contents,
    /// 0 before it was saved for the first time.
    pub version: i32,
    pub saved_at: Option<Timestamp>,
    pub decided_at: Option<Timestamp>,
    /// Since when it is held.
    pub held_at: Option<Timestamp>,
    /// What was decided before, and was never told.
    pub unsent: Option<Unsent>,
}

/// Why a decision was never told: the record changed before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unsent {
    pub at: Timestamp,
    /// The application was closed; else the candidate withdrew.
    pub with_application: bool,
    /// Its manager knows.
    pub is_seen: bool,
}

/// Something in a decision that wants another look, and does not have to be changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Flag {
    #[error("“{0}” speaks of pace; the level asks for none")]
    Pace(&'static str),
    #[error("“{0}” says nothing that somebody could change")]
    Fit(&'static str),
    #[error("Level {found} is above level {given}, which they were given")]
    Above { found: Level, given: Level },
    #[error("{against} of {all} on the panel would not go on, and this does")]
    AgainstPanel { against: usize, all: usize },
    #[error("{for_} of {all} on the panel would go on, and this does not")]
    DespitePanel { for_: usize, all: usize },
}

/// Why a decision cannot be sent as it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Missing {
    #[error("Choose how it goes on")]
    Outcome,
    #[error("Say which level the work reaches")]
    Level,
    #[error("Write down at least one strength: everybody hears what was good")]
    Strength,
    #[error("Say in one observation at least what was not enough, and what would change it")]
    Reason,
    #[error("{0} is named; observations are the panel’s, and name nobody")]
    Names(String),
}

/// Words that speak of pace, and words that say nothing.
const PACE: [&str; 8] =
    ["slow", "slowly", "fast", "quick", "quickly", "pace", "took long", "in a hurry"];
const FIT: [&str; 6] =
    ["not a fit", "good fit", "culture fit", "cultural fit", "gut feeling", "personality"];

/// Every word without the `s` at its end, as where something is theirs.
fn without_final_s(text: &str) -> String {
    let mut words = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let ends = letters.peek().is_none_or(|next| !next.is_alphanumeric());
        if !matches!(letter, 's' | 'S') || !ends {
            words.push(letter);
        }
    }
    words
}

impl Contents {
    /// What keeps it from being sent, in the order of the form. `panel` are the names of those who are or were on
    /// its panel.
    pub fn missing(&self, panel: &[String]) -> Vec<Missing> {
        let mut missing = Vec::new();
        if self.outcome.is_none() {
            missing.push(Missing::Outcome);
        }
        if self.outcome == Some(Outcome::Advance) && self.level.is_none() {
            missing.push(Missing::Level);
        }
        if !self.observations.iter().any(|one| one.is_strength) {
            missing.push(Missing::Strength);
        }
        let has_reason =
            self.observations.iter().any(|one| !one.is_strength && !one.change.is_empty());
        if self.outcome == Some(Outcome::Decline) && !has_reason {
            missing.push(Missing::Reason);
        }
        let named = panel.iter().filter(|name| self.names(name));
        missing.extend(named.map(|name| Missing::Names(name.clone())));
        missing
    }

    /// Whether an observation says a name, or the first or the last word of one, with or without its accents, or what
    /// is theirs, as in "Annas"; a word that is one of prose, too, as in "Will" or "May", names them beside the
    /// other alone.
    fn names(&self, name: &str) -> bool {
        let words: Vec<&str> = name.split_whitespace().collect();
        let name = match words[..] {
            [first, .., last] => format!("{first} {last}"),
            _ => name.to_owned(),
        };
        let names = Names::of(&Who { name, ..Who::default() });
        self.texts().any(|text| names.are_in(text) || names.are_in(&without_final_s(text)))
    }

    fn texts(&self) -> impl Iterator<Item = &str> {
        self.observations.iter().flat_map(Observation::texts)
    }

    /// What wants another look. `given` is the level the stage was given at, `tally` how its panel voted.
    pub fn flags(&self, given: Level, tally: Option<Tally>) -> Vec<Flag> {
        let says = |phrase: &&&'static str| self.texts().any(|text| says(text, phrase));
        let mut flags: Vec<Flag> = PACE.iter().filter(says).map(|it| Flag::Pace(it)).collect();
        flags.extend(FIT.iter().filter(says).map(|it| Flag::Fit(it)));
        if let Some(found) = self.level.filter(|found| *found > given) {
            flags.push(Flag::Above { found, given });
        }
        let Tally { for_, against } = tally.unwrap_or_default();
        let all = for_ + against;
        match self.outcome {
            Some(Outcome::Advance) if against > for_ => {
                flags.push(Flag::AgainstPanel { against, all });
            }
            Some(Outcome::Decline) if for_ > against => {
                flags.push(Flag::DespitePanel { for_, all })
            }
            _ => {}
        }
        flags
    }
}

fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
}

/// Whether `text` says `phrase`, as whole words.
fn says(text: &str, phrase: &str) -> bool {
    let text: Vec<String> = words(text).collect();
    let phrase: Vec<String> = words(phrase).collect();
    text.windows(phrase.len()).any(|window| window == phrase)
}

/// One part of an observation, as typed.
///
/// # Errors
/// It is too long.
pub fn part(typed: &str) -> Result<String, &'static str> {
    match typed.chars().count() {
        0..=LONGEST => Ok(typed.to_owned()),
        _ => Err("Use at most 2,000 characters"),
    }
}

/// Observations as typed, without those that say nothing.
///
/// # Errors
/// One says what is asked, and not what was seen; which, counted from 1.
pub fn observations(typed: Vec<Observation>) -> Result<Vec<Observation>, usize> {
    let unseen = typed.iter().position(|one| !one.is_empty() && one.saw.is_empty());
    match unseen {
        Some(at) => Err(at + 1),
        None => Ok(typed.into_iter().filter(|one| !one.is_empty()).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(number: u8) -> Level {
        Level::new(number).unwrap()
    }

    fn saw(is_strength: bool, saw: &str, change: &str) -> Observation {
        Observation {
            is_strength,
            saw: saw.to_owned(),
            change: change.to_owned(),
            ..Observation::default()
        }
    }

    #[test]
    fn a_decision_says_something_good_and_a_decline_says_why() {
        let mut it = Contents::default();
        assert_eq!(it.missing(&[]), [Missing::Outcome, Missing::Strength]);
        it.outcome = Some(Outcome::Advance);
        it.observations = vec![saw(true, "Tests for every corner", "")];
        assert_eq!(it.missing(&[]), [Missing::Level]);
        it.level = Some(level(3));
        assert_eq!(it.missing(&[]), []);
        it.outcome = Some(Outcome::Decline);
        it.observations.push(saw(false, "It misses port scans", ""));
        assert_eq!(it.missing(&[]), [Missing::Reason]);
        it.observations[1].change = "Detect them".to_owned();
        assert_eq!(it.missing(&[]), []);
    }

    #[test]
    fn whoever_is_on_the_panel_is_named_by_no_part_of_their_name() {
        let panel = ["Ng".to_owned(), "Aoi van der Berg".to_owned(), "Zoë Łukasik".to_owned()];
        let named = |text: &str| {
            let observations = vec![saw(true, text, "")];
            let it = Contents { observations, ..Contents::default() };
            let missing = it.missing(&panel).into_iter();
            missing.filter(|it| matches!(it, Missing::Names(_))).count()
        };
        assert_eq!(named("AOI could not build it"), 1);
        assert_eq!(named("łukasik’s run of it failed"), 1);
        assert_eq!(named("Lukasik and Zoe\u{308} ran it"), 1);
        assert_eq!(named("AOIS build, and Zoes’ run"), 2);
        assert_eq!(named("\u{410}\u{43e}i built it"), 1, "in letters that look the same");
        assert_eq!(named("Zo<b>e</b> and L**u**kasik"), 1);
        assert_eq!(named("Built and ran under every version, among them older ones"), 0);
        let panel = ["Will Grant".to_owned(), "May".to_owned()];
        let named = |text: &str| {
            let it = Contents { observations: vec![saw(true, text, "")], ..Contents::default() };
            it.missing(&panel).len() > 1
        };
        assert!(!named("It will detect scans, and may grant access by mistake"));
        assert!(named("Will Grant could not build it"));
    }

    #[test]
    fn pace_and_words_that_say_nothing_want_another_look() {
        let flags = |text: &str, found| {
            let observations = vec![saw(false, text, "")];
            Contents { observations, level: Some(level(found)), ..Contents::default() }
                .flags(level(3), None)
        };
        assert_eq!(
            flags("They were quite slow, and not a fit.", 3),
            [Flag::Pace("slow"), Flag::Fit("not a fit")]
        );
        assert_eq!(flags("The breakfast of a slowloris", 3), []);
        assert_eq!(flags("", 4), [Flag::Above { found: level(4), given: level(3) }]);
    }

    #[test]
    fn a_decision_against_most_of_the_panel_wants_another_look() {
        let flags = |outcome, for_, against| {
            let contents = Contents { outcome: Some(outcome), ..Contents::default() };
            contents.flags(level(3), Some(Tally { for_, against }))
        };
        let against = Flag::AgainstPanel { against: 2, all: 3 };
        assert_eq!(flags(Outcome::Advance, 1, 2), [against]);
        assert_eq!(flags(Outcome::Decline, 3, 0), [Flag::DespitePanel { for_: 3, all: 3 }]);
        assert_eq!(flags(Outcome::Advance, 2, 1), []);
        assert_eq!(flags(Outcome::Decline, 1, 1), []);
        assert_eq!(flags(Outcome::Advance, 0, 0), [], "where nobody votes");
    }

    #[test]
    fn nobody_is_told_with_which_comment_an_observation_began() {
        let kept =
            r#"{"is_strength": true, "saw": "x", "asks": "", "change": "", "begun_with": 1}"#;
        let kept: Observation = serde_json::from_str(kept).unwrap();
        assert_eq!(kept.begun_with, Some(1));
        assert_eq!(kept.clone().as_told(), saw(true, "x", ""));
        let told = serde_json::to_string(&kept.as_told()).unwrap();
        assert!(!told.contains("begun"), "{told}");
        let before: Observation = serde_json::from_str(&told).unwrap();
        assert_eq!(before.begun_with, None, "as it was kept before there were any");
    }

    #[test]
    fn what_says_nothing_is_left_out_and_what_was_not_seen_is_refused() {
        let empty = Observation::default;
        assert_eq!(observations(vec![empty(), saw(true, "x", ""), empty()]).unwrap().len(), 1);
        assert_eq!(observations(vec![saw(true, "x", ""), saw(false, "", "y")]), Err(2));
    }
}
