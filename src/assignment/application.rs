//! Applications as types: one candidate in one track, and what can be typed about them. Pure.

use crate::clock::{SignedDuration, Timestamp};
use crate::content::import::settings::Format;
use crate::content::model::{ContentHash, Level};
use crate::ids::{AccountId, ApplicationId, AssignmentId, DocumentId, StageId, TrackId};

use super::access::Parties;
use super::closing::Ending;
use super::fix::Fix;
use super::lifecycle::settle;
use super::model::State;
use super::panel::PanelTerms;
use super::resume::Resume;

/// How much of the usual time a candidate has: part of their clock from its beginning. The recruiter alone
/// knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TimeFactor {
    #[default]
    Usual,
    Quarter,
    Half,
    Double,
}

impl TimeFactor {
    pub const ALL: [Self; 4] = [Self::Usual, Self::Quarter, Self::Half, Self::Double];

    /// What others may reckon with: a date that is counted with it holds for everybody, and tells nothing of
    /// anybody.
    pub const LARGEST: Self = Self::Double;

    pub fn percent(self) -> i16 {
        match self {
            Self::Usual => 100,
            Self::Quarter => 125,
            Self::Half => 150,
            Self::Double => 200,
        }
    }

    pub fn from_percent(percent: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.percent() == percent)
    }

    pub fn title(self) -> &'static str {
        match self {
            Self::Usual => "The usual time",
            Self::Quarter => "1.25 times the usual time",
            Self::Half => "1.5 times the usual time",
            Self::Double => "Twice the usual time",
        }
    }

    /// `limit` with this counted in, to the minute.
    pub fn of(self, limit: SignedDuration) -> SignedDuration {
        SignedDuration::from_mins(limit.as_mins() * i64::from(self.percent()) / 100)
    }
}

/// The level of a challenge, as typed: those that can be reached by one.
///
/// # Errors
/// It is none.
pub fn challenge_level(typed: &str) -> Result<Level, &'static str> {
    let level = typed.parse().ok().filter(|number| (1..Level::MAX).contains(number));
    level.and_then(Level::new).ok_or(match typed {
        "6" => "Choose a level from 1 to 5; 6 is reached by promotion alone",
        _ => "Choose a level from 1 to 5",
    })
}

/// Text of a few lines, as typed: a reason somebody is shown.
///
/// # Errors
/// It is empty or too long.
pub fn reason(typed: &str) -> Result<String, &'static str> {
    match typed.trim().chars().count() {
        0 => Err("Say why, in a sentence"),
        1..=2_000 => Ok(typed.trim().to_owned()),
        _ => Err("Use at most 2,000 characters"),
    }
}

/// A length of time as typed: a number and what it counts.
///
/// # Errors
/// It is no length up to 90 days.
pub fn length(count: &str, unit: &str) -> Result<SignedDuration, &'static str> {
    let hours: i64 = if unit == "hours" { 1 } else { 24 };
    let count = count.parse::<i64>().ok().filter(|count| (1..=90 * 24 / hours).contains(count));
    count.map(|count| SignedDuration::from_hours(count * hours)).ok_or(if hours == 1 {
        "Type a number of hours from 1 to 2160"
    } else {
        "Type a number of days from 1 to 90"
    })
}

/// A length of time as it would be typed: a number and what it counts.
pub fn typed_length(length: SignedDuration) -> (String, &'static str) {
    match length.as_hours() {
        hours if hours % 24 == 0 => ((hours / 24).to_string(), "days"),
        hours => (hours.to_string(), "hours"),
    }
}

/// An application to be added.
#[derive(Clone, Debug)]
pub struct NewApplication {
    pub candidate: AccountId,
    pub track: TrackId,
    pub level: Level,
    pub manager: Option<AccountId>,
    pub source: String,
    pub note: String,
    pub time: TimeFactor,
    pub resume: Option<Resume>,
}

/// An application as its page shows it.
#[derive(Clone, Debug)]
pub struct Application {
    pub id: ApplicationId,
    pub candidate: AccountId,
    pub name: String,
    pub email: String,
    /// The candidate's own.
    pub zone: String,
    /// They have accepted their invitation.
    pub is_here: bool,
    pub track: TrackId,
    pub level: Level,
    pub recruiter: AccountId,
    pub manager: Option<AccountId>,
    pub alias: String,
    pub source: String,
    pub created_at: Timestamp,
    pub closed: Option<Closed>,
}

impl Application {
    /// Whose it is.
    pub fn parties(&self) -> Parties {
        Parties {
            application: self.id,
            candidate: self.candidate,
            recruiter: self.recruiter,
            manager: self.manager,
        }
    }

    /// The candidate's time zone, as staff read it: whoever has not accepted has named none yet.
    pub fn zone_says(&self) -> &str {
        if self.is_here { &self.zone } else { "not known yet, UTC until they accept" }
    }
}

/// How an application ended.
#[derive(Clone, Debug)]
pub struct Closed {
    pub at: Timestamp,
    /// None where it ended before reasons were kept.
    pub why: Option<Ending>,
    /// What the candidate was told about it.
    pub reason: String,
}

/// Whom a candidate writes to.
#[derive(Clone, Debug)]
pub struct Recruiter {
    pub name: String,
    pub email: String,
}

/// An application as its candidate sees it.
#[derive(Clone, Debug)]
pub struct OwnApplication {
    pub id: ApplicationId,
    pub recruiter: Recruiter,
    /// What the track is called.
    pub track: String,
    /// None where the track is retired.
    pub slug: Option<String>,
    pub created_at: Timestamp,
    /// When it was closed, and what they were told.
    pub closed: Option<(Timestamp, String)>,
    /// The present stages of its track in order, each with the working days in which the company answers.
    pub stages: Vec<(StageId, String, u16)>,
}

/// A stage as it was given.
#[derive(Clone, Debug)]
pub struct Assignment {
    pub id: AssignmentId,
    pub application: ApplicationId,
    pub track: TrackId,
    pub stage: StageId,
    /// What the overview calls the stage.
    pub title: String,
    pub format: Format,
    pub level: Level,
    pub document: DocumentId,
    pub revision: ContentHash,
    /// What this candidate has once it is begun: for them and their recruiter alone.
    pub time_limit: Option<SignedDuration>,
    /// What everybody has.
    pub usual: Option<SignedDuration>,
    pub panel: PanelTerms,
    pub assigned_at: Timestamp,
    /// When it was handed in, whatever became of it since.
    pub handed_in: Option<Timestamp>,
    /// That its panel asked for a fix of what does not build or run.
    pub fix: Option<Fix>,
    /// As it was last written; see [`super::lifecycle::settle`].
    pub state: State,
    pub version: i32,
    /// When what came late last came, and is not taken.
    pub late_at: Option<Timestamp>,
    /// A firm's assessment decides on it, and is not here yet.
    pub awaits_assessment: bool,
    /// Somebody on its panel has accepted.
    pub is_seated: bool,
}

impl Assignment {
    /// From when on the promise to answer counts, for work that was handed in then.
    pub fn counts_from(&self, handed_in: Timestamp) -> Timestamp {
        self.fix.map_or(handed_in, |fix| fix.counts_from(handed_in))
    }

    /// When it was handed in, by its candidate or by its clock; none where it was not by `now`, or is not any more.
    pub fn handed_in_by(&self, now: Timestamp) -> Option<Timestamp> {
        match settle(self.format, self.state.clone(), now) {
            State::Submitted { at, .. } => Some(at),
            State::Opened { .. } | State::Decided { .. } => self.handed_in,
            _ => None,
        }
    }

    /// Whether its clock runs at `now`, so that more time is of use: what was asked for before waits for no answer
    /// once it was handed in, or has ended.
    pub fn can_have_time(&self, now: Timestamp) -> bool {
        let state = settle(self.format, self.state.clone(), now);
        matches!(state, State::InProgress(run) if run.due.is_some())
    }

    /// The fix that its candidate can hand in at `now`. Whether its votes are open, or it was decided on and
    /// nobody was told, changes nothing in that.
    pub fn open_fix(&self, now: Timestamp) -> Option<Fix> {
        let is_here = match &self.state {
            State::Assigned { .. } | State::InProgress(_) | State::Closed { .. } => false,
            State::Submitted { .. } | State::Opened { .. } => true,
            State::Decided { told_at, .. } => told_at.is_none_or(|at| at > now),
        };
        let handed_in = self.handed_in.filter(|_| is_here)?;
        self.fix.filter(|fix| fix.is_open(handed_in, now))
    }
}

/// More time that was asked for or given.
#[derive(Clone, Debug)]
pub struct TimeRequest {
    pub asked_at: Timestamp,
    pub asked: SignedDuration,
    pub reason: String,
    pub answered: Option<Answered>,
}

/// What the recruiter said to it.
#[derive(Clone, Debug)]
pub struct Answered {
    pub at: Timestamp,
    /// Zero is a no.
    pub given: SignedDuration,
    pub answer: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_taken_within_its_bounds() {
        assert_eq!(challenge_level("5").map(Level::number), Ok(5));
        for wrong in ["0", "6", "-1", "", "two", "1.0"] {
            let refused = challenge_level(wrong).unwrap_err();
            assert_eq!(refused.contains("promotion"), wrong == "6", "{wrong}");
        }
        assert_eq!(length("36", "hours"), Ok(SignedDuration::from_hours(36)));
        assert_eq!(length("90", "days"), Ok(SignedDuration::from_hours(2160)));
        for wrong in ["0", "91", "-1", "1.5", ""] {
            assert!(length(wrong, "days").unwrap_err().contains("days"), "{wrong}");
        }
        for (count, unit) in [("36", "hours"), ("3", "days")] {
            assert_eq!(typed_length(length(count, unit).unwrap()), (count.to_owned(), unit));
        }
        assert!(reason("  ").is_err() && reason(&"x".repeat(2_001)).is_err());
        let week = SignedDuration::from_hours(7 * 24);
        assert_eq!(TimeFactor::Half.of(week), SignedDuration::from_hours(252));
        let largest = TimeFactor::ALL.into_iter().max_by_key(|factor| factor.percent());
        assert_eq!(largest, Some(TimeFactor::LARGEST));
        assert_eq!(TimeFactor::from_percent(125), Some(TimeFactor::Quarter));
        assert_eq!(TimeFactor::from_percent(130), None);
    }
}
