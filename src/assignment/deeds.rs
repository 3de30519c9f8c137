//! What people do to an assignment: what becomes of it, what is recorded, and who is told. Pure; written by
//! [`store::moves`](super::store::moves).

use sha2::{Digest, Sha256};

use super::emails::Told;
use super::events;
use super::lifecycle::{Move, Refusal, after, settle};
use super::model::{Absence, State};
use crate::clock::{SignedDuration, Timestamp};
use crate::content::import::settings::Format;
use crate::ids::AccountId;

/// What a recruiter does to an assignment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Gives more time, asked for or not.
    Extend {
        by: SignedDuration,
        reason: String,
    },
    /// Says no to what was asked for.
    RefuseTime {
        reason: String,
    },
    StartBy {
        at: Timestamp,
    },
    Cancel {
        reason: String,
    },
    EndEarly {
        reason: String,
    },
    Reopen {
        due: Timestamp,
    },
    Revive {
        until: Timestamp,
    },
    /// A live session took place.
    Held {
        /// Where it had not begun in the portal.
        began: Option<Timestamp>,
        ended: Timestamp,
    },
    NotHeld {
        absence: Absence,
        reason: String,
    },
    /// The firm has what it needs of an external stage.
    HandToFirm {
        keep_in_touch_by: Option<Timestamp>,
        /// Its account here, where it has one.
        firm: Option<AccountId>,
    },
    /// The report of an external stage is here.
    Report,
}

impl Deed {
    /// What becomes of an assignment in `state` by it.
    pub(super) fn after(
        &self,
        format: Format,
        state: State,
        now: Timestamp,
    ) -> Result<State, Refusal> {
        let made = match self {
            Self::Extend { by, .. } => Move::Extend { by: *by },
            Self::RefuseTime { .. } => return Ok(settle(format, state, now)),
            // What was not begun by its slot has begun when it is said to have.
            Self::Held { began: Some(began), ended } if matches!(state, State::Assigned { .. }) => {
                let begun = after(format, state, Move::BeginSession { ends: *ended }, *began)?;
                return after(format, begun, Move::EndSession, *ended);
            }
            Self::Held { .. } => Move::EndSession,
            Self::NotHeld { absence, .. } => Move::NotHeld(*absence),
            Self::HandToFirm { keep_in_touch_by, .. } => {
                Move::HandToFirm { keep_in_touch_by: *keep_in_touch_by }
            }
            Self::Report if format != Format::External => return Err(Refusal::Format),
            Self::Report => Move::Submit,
            Self::StartBy { at } => Move::StartBy { at: *at },
            Self::Cancel { .. } => Move::Cancel,
            Self::EndEarly { .. } => Move::EndEarly,
            Self::Reopen { due } => Move::Reopen { due: *due },
            Self::Revive { until } => Move::Revive { until: *until },
        };
        after(format, state, made, now)
    }

    /// What tells it from any other against the same version: other words are another move.
    pub(super) fn key(&self) -> String {
        let words = self.reason().map(|words| {
            let digest = Sha256::digest(words.as_bytes());
            digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect::<String>()
        });
        match words {
            Some(words) => format!("{} {words}", self.kind()),
            None => self.kind(),
        }
    }

    pub(super) fn kind(&self) -> String {
        match self {
            Self::Extend { by, .. } => format!("extend {}", by.as_mins()),
            Self::RefuseTime { .. } => "refuse-time".to_owned(),
            Self::StartBy { at } => format!("start-by {at}"),
            Self::Cancel { .. } => "cancel".to_owned(),
            Self::EndEarly { .. } => "end-early".to_owned(),
            Self::Reopen { due } => format!("reopen {due}"),
            Self::Revive { until } => format!("revive {until}"),
            Self::Held { began: Some(began), .. } => format!("held {began}"),
            Self::Held { began: None, .. } => "held".to_owned(),
            Self::NotHeld { absence, .. } => format!("not-held {}", absence.code()),
            Self::HandToFirm { keep_in_touch_by, firm } => {
                let by = keep_in_touch_by.map(|by| format!(" {by}")).unwrap_or_default();
                let to = firm.map(|firm| format!(" to {firm}")).unwrap_or_default();
                format!("hand-to-firm{by}{to}")
            }
            Self::Report => "report".to_owned(),
        }
    }

    pub(super) fn event(&self) -> &'static str {
        match self {
            Self::Extend { .. } => events::TIME_GIVEN,
            Self::RefuseTime { .. } => events::TIME_REFUSED,
            Self::StartBy { .. } => events::START_BY_MOVED,
            Self::Cancel { .. } => events::CANCELLED,
            Self::EndEarly { .. } => events::ENDED_EARLY,
            Self::Reopen { .. } => events::REOPENED,
            Self::Revive { .. } => events::REVIVED,
            Self::Held { .. } => events::HELD,
            Self::NotHeld { .. } => events::NOT_HELD,
            Self::HandToFirm { .. } => events::HANDED_TO_FIRM,
            Self::Report => events::REPORTED,
        }
    }

    pub(super) fn told(&self) -> Told {
        match self {
            Self::Extend { .. } => Told::TimeGiven,
            Self::RefuseTime { .. } => Told::TimeRefused,
            Self::StartBy { .. } => Told::StartByMoved,
            Self::Cancel { .. } | Self::EndEarly { .. } => Told::Ended,
            Self::Reopen { .. } | Self::Revive { .. } => Told::GivenBack,
            Self::Held { .. } => Told::SessionHeld,
            Self::NotHeld { absence: Absence::Candidate, .. } => Told::SessionMissed,
            Self::NotHeld { .. } => Told::SessionRebooked,
            Self::HandToFirm { .. } => Told::WithFirm,
            Self::Report => Told::Reported,
        }
    }

    pub(super) fn reason(&self) -> Option<&str> {
        match self {
            Self::Extend { reason, .. }
            | Self::RefuseTime { reason }
            | Self::Cancel { reason }
            | Self::EndEarly { reason }
            | Self::NotHeld { reason, .. } => Some(reason),
            Self::StartBy { .. }
            | Self::Reopen { .. }
            | Self::Revive { .. }
            | Self::Held { .. }
            | Self::HandToFirm { .. }
            | Self::Report => None,
        }
    }
}

/// What a candidate does to theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Start,
    /// What they have put together can be judged from now on, and is taken when the clock runs out.
    Receive,
    /// There is nothing left of it that can be judged.
    Discard,
    Submit,
    TakeBack,
    Withdraw,
    UndoWithdrawal,
}

impl Step {
    /// What is recorded of it. What is put together is the candidate's own affair.
    pub(super) fn event(self) -> Option<&'static str> {
        match self {
            Self::Start => Some(events::STARTED),
            Self::Receive | Self::Discard => None,
            Self::Submit => Some(events::HANDED_IN),
            Self::TakeBack => Some(events::TAKEN_BACK),
            Self::Withdraw => Some(events::WITHDRAWN),
            Self::UndoWithdrawal => Some(events::WITHDRAWAL_UNDONE),
        }
    }

    /// What the recruiter is told of it.
    pub(super) fn told(self) -> Option<Told> {
        match self {
            Self::Withdraw => Some(Told::RecruiterOfWithdrawal),
            Self::UndoWithdrawal => Some(Told::RecruiterOfReturn),
            _ => None,
        }
    }
}
