//! Assignments as types: where one stands, and the clock that runs on it. Pure.

use std::time::Duration;

use crate::clock::{SignedDuration, Timestamp};
use crate::content::import::settings::Format;
use crate::content::model::Level;

/// What is added to every due date before anything counts as late. It is not announced.
pub const GRACE: SignedDuration = SignedDuration::from_mins(5);
/// How long a live session may run over its slot before it counts as ended.
pub const OVERRUN: SignedDuration = SignedDuration::from_mins(60);
/// How long what was handed in can be taken back.
pub const TAKE_BACK: SignedDuration = SignedDuration::from_mins(60);
/// How long a file of the most that may be sent takes by a slow line.
pub const SENDING: Duration = Duration::from_secs(15 * 60);
/// How long a candidate who withdrew can undo it.
pub const UNDO: SignedDuration = SignedDuration::from_hours(24);
/// How long a lapsed assignment can be revived.
pub const REVIVAL: SignedDuration = SignedDuration::from_hours(14 * 24);

/// Where an assignment stands, with what is known of it there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Given to the candidate, not begun. It lapses at `start_by`, where one is set.
    Assigned {
        start_by: Option<Timestamp>,
    },
    InProgress(Run),
    /// Handed in. Final from [`State::final_at`] on.
    Submitted {
        run: Run,
        at: Timestamp,
    },
    /// The votes are open.
    Opened {
        at: Timestamp,
        how: Opening,
    },
    /// `before` is where it stood: its votes were open.
    Decided {
        at: Timestamp,
        outcome: Outcome,
        level: Option<Level>,
        /// From when on its candidate knows; none while it is held.
        told_at: Option<Timestamp>,
        before: Box<State>,
    },
    /// Ended without a decision; `before` is where it stood, never itself closed or decided.
    Closed {
        at: Timestamp,
        why: Closing,
        before: Box<State>,
    },
}

/// The clock of an assignment that was begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    pub started: Timestamp,
    /// Until when the candidate works, with every extension and every wait so far; a live session's, the
    /// end of its slot. External stages may have none.
    pub due: Option<Timestamp>,
    /// From when on the company keeps the candidate waiting, its promise to answer being broken: from
    /// then the clock stands still.
    pub waits_from: Option<Timestamp>,
    /// When the last work was received that can be judged; a design document alone is none.
    pub work_at: Option<Timestamp>,
}

/// What opened the votes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// Every member has voted.
    Complete,
    /// Enough have, and the manager asked for no more.
    Enough,
    /// There is no panel.
    NoPanel,
}

impl Opening {
    pub const ALL: [Self; 3] = [Self::Complete, Self::Enough, Self::NoPanel];

    /// Its name in the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Enough => "enough",
            Self::NoPanel => "no_panel",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|how| how.code() == code)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Advance,
    Decline,
}

impl Outcome {
    pub const ALL: [Self; 2] = [Self::Advance, Self::Decline];

    /// Its name in the database and in forms.
    pub fn code(self) -> &'static str {
        match self {
            Self::Advance => "advance",
            Self::Decline => "decline",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.code() == code)
    }
}

/// Why an assignment ended without a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closing {
    /// By the candidate.
    Withdrawn,
    /// By the recruiter.
    Cancelled,
    /// Its time was over before anything was received.
    Lapsed,
    /// By the company, with a reason the candidate is shown.
    EndedEarly,
    /// A live session that did not take place.
    NotHeld(Absence),
}

/// Why a live session did not take place. The company's fault is never shown to the panel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absence {
    Candidate,
    Interviewer,
    /// The call failed.
    Call,
    /// What was to be worked on failed.
    Servers,
}

impl Absence {
    pub const ALL: [Self; 4] = [Self::Candidate, Self::Interviewer, Self::Call, Self::Servers];

    /// Its name in the database and in forms.
    pub fn code(self) -> &'static str {
        match self {
            Self::Candidate => "candidate",
            Self::Interviewer => "interviewer",
            Self::Call => "call",
            Self::Servers => "servers",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|absence| absence.code() == code)
    }

    /// As staff read it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Candidate => "The candidate was not there",
            Self::Interviewer => "An interviewer was not there",
            Self::Call => "The call failed",
            Self::Servers => "The servers failed",
        }
    }

    /// Whether it lay with the company, which then holds the session again.
    pub fn is_ours(self) -> bool {
        self != Self::Candidate
    }
}

/// Where an assignment stands in one word, as lists and counts have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    Assigned,
    InProgress,
    /// In progress, and the company keeps the candidate waiting.
    Waiting,
    /// Handed in, and can be taken back.
    Submitted,
    /// Final, and voted on.
    Voting,
    Opened,
    Decided,
    Withdrawn,
    Cancelled,
    Lapsed,
    EndedEarly,
    NotHeld,
}

impl Phase {
    pub const ALL: [Self; 12] = [
        Self::Assigned,
        Self::InProgress,
        Self::Waiting,
        Self::Submitted,
        Self::Voting,
        Self::Opened,
        Self::Decided,
        Self::Withdrawn,
        Self::Cancelled,
        Self::Lapsed,
        Self::EndedEarly,
        Self::NotHeld,
    ];

    /// Its name in the database, in addresses and in lists for spreadsheets.
    pub fn code(self) -> &'static str {
        match self {
            Self::Assigned => "assigned",
            Self::InProgress => "in_progress",
            Self::Waiting => "waiting",
            Self::Submitted => "submitted",
            Self::Voting => "voting",
            Self::Opened => "opened",
            Self::Decided => "decided",
            Self::Withdrawn => "withdrawn",
            Self::Cancelled => "cancelled",
            Self::Lapsed => "lapsed",
            Self::EndedEarly => "ended_early",
            Self::NotHeld => "not_held",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|phase| phase.code() == code)
    }

    /// As staff read it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Assigned => "Not started",
            Self::InProgress => "In progress",
            Self::Waiting => "Waits for us",
            Self::Submitted => "Handed in",
            Self::Voting => "Panel voting",
            Self::Opened => "Votes open",
            Self::Decided => "Decided",
            Self::Withdrawn => "Withdrawn",
            Self::Cancelled => "Cancelled",
            Self::Lapsed => "Lapsed",
            Self::EndedEarly => "Ended early",
            Self::NotHeld => "Not held",
        }
    }

    /// How its chip is coloured; the words say it all the same.
    pub fn tone(self) -> &'static str {
        match self {
            Self::InProgress | Self::Submitted | Self::Voting | Self::Opened => "accent",
            Self::Waiting | Self::Lapsed => "warn",
            Self::Decided => "good",
            _ => "",
        }
    }

    /// Whether nothing more happens by itself.
    pub fn is_over(self) -> bool {
        !matches!(
            self,
            Self::Assigned
                | Self::InProgress
                | Self::Waiting
                | Self::Submitted
                | Self::Voting
                | Self::Opened
        )
    }

    /// Whether nothing is wanted of its panel any more: the votes are open, or it has ended.
    pub fn is_past_voting(self) -> bool {
        self == Self::Opened || self.is_over()
    }

    /// Of a state that was settled at `now`.
    pub fn of(format: Format, settled: &State, now: Timestamp) -> Self {
        match settled {
            State::Assigned { .. } => Self::Assigned,
            State::InProgress(run) if run.waits_from.is_some_and(|from| from <= now) => {
                Self::Waiting
            }
            State::InProgress(_) => Self::InProgress,
            State::Submitted { .. } => {
                let is_final = settled.final_at(format).is_none_or(|at| at <= now);
                if is_final { Self::Voting } else { Self::Submitted }
            }
            State::Opened { .. } => Self::Opened,
            State::Decided { .. } => Self::Decided,
            State::Closed { why, .. } => match why {
                Closing::Withdrawn => Self::Withdrawn,
                Closing::Cancelled => Self::Cancelled,
                Closing::Lapsed => Self::Lapsed,
                Closing::EndedEarly => Self::EndedEarly,
                Closing::NotHeld(_) => Self::NotHeld,
            },
        }
    }
}

impl Run {
    /// A run that nothing has happened on yet.
    pub fn new(started: Timestamp, due: Option<Timestamp>) -> Self {
        Self { started, due, waits_from: None, work_at: None }
    }

    /// The instant that alone decides what is taken, late, lapsed and open to votes; none while the
    /// clock stands still, or where there is no due date.
    pub fn cutoff(&self, format: Format) -> Option<Timestamp> {
        let after = if format == Format::LiveSession { OVERRUN } else { GRACE };
        let cutoff = self.due? + after;
        let stands = self.waits_from.is_some_and(|from| from < cutoff);
        (!stands).then_some(cutoff)
    }

    /// The same with the wait until `now` added to its due date, and ended.
    #[must_use]
    pub fn answered(self, now: Timestamp) -> Self {
        let waited = self.waits_from.map_or(SignedDuration::ZERO, |from| {
            now.duration_since(from).max(SignedDuration::ZERO)
        });
        Self { due: self.due.map(|due| due + waited), waits_from: None, ..self }
    }
}

impl State {
    /// Whether its clock was started.
    pub fn is_begun(&self) -> bool {
        !matches!(self, Self::Assigned { .. })
    }

    /// As its candidate knows it at `now`: a decision is there for them from when on they are told of it.
    #[must_use]
    pub fn as_told(self, now: Timestamp) -> Self {
        match self {
            Self::Decided { told_at, before, .. } if told_at.is_none_or(|at| at > now) => *before,
            other => other,
        }
    }

    /// What was decided, from when on its candidate knows. None while that is held, or where nothing was.
    pub fn told_at(&self) -> Option<Timestamp> {
        match self {
            Self::Decided { told_at, .. } => *told_at,
            _ => None,
        }
    }

    /// Whether its votes are there to be read.
    pub fn has_opened(&self) -> bool {
        matches!(self, Self::Opened { .. } | Self::Decided { .. })
    }

    /// From when on what was handed in can no longer be taken back: then voting starts.
    pub fn final_at(&self, format: Format) -> Option<Timestamp> {
        let Self::Submitted { run, at } = self else { return None };
        if format != Format::TakeHome {
            return Some(*at);
        }
        let hour = *at + TAKE_BACK;
        Some(run.cutoff(format).map_or(hour, |cutoff| hour.min(cutoff)).max(*at))
    }

    /// Until when a file may still arrive that was begun in time, where it was the clock that handed in: the first
    /// byte of a request decides, and nobody votes on what may still change.
    pub fn arrives_until(&self, format: Format) -> Option<Timestamp> {
        let Self::Submitted { run, at } = self else { return None };
        let by_clock = format == Format::TakeHome && run.cutoff(format) == Some(*at);
        by_clock.then(|| *at + SENDING)
    }
}
