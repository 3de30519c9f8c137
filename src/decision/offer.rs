//! An offer as types: where it stands, and what can happen to it. Pure.

use crate::clock::Timestamp;
use crate::ids::{AccountId, ApplicationId, OfferId};

/// An offer, and who of HR looks after it.
#[derive(Clone, Debug)]
pub struct Offer {
    pub id: OfferId,
    pub application: ApplicationId,
    pub hr: AccountId,
    pub hr_name: String,
    /// Who looks after the application, and their address.
    pub recruiter: (String, String),
    pub handed_over_at: Timestamp,
    /// By when HR contacts the candidate.
    pub contact_by: Timestamp,
    /// As it was last written; see [`settle`].
    pub state: State,
    /// Why it was declined, or withdrawn.
    pub reason: String,
    pub version: i32,
}

/// Where an offer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Whoever it was handed to has not said that it is here.
    HandedOver,
    Received,
    /// The candidate answers by then.
    Made {
        answer_by: Timestamp,
    },
    Accepted {
        at: Timestamp,
    },
    Declined {
        at: Timestamp,
    },
    /// No answer came by then.
    Expired {
        at: Timestamp,
    },
    /// By the company.
    Withdrawn {
        at: Timestamp,
    },
}

/// Something that happens to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    Receive,
    /// It is made, or made again with another day.
    Make {
        answer_by: Timestamp,
    },
    Accept,
    Decline,
    Withdraw,
}

/// Why a move cannot be made, for whoever tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("Say first that it is with you")]
    NotReceived,
    #[error("The offer has not been made yet")]
    NotMade,
    #[error("The day by which they answer is over; make it again with another one")]
    Expired,
    #[error("This offer has ended")]
    Ended,
    #[error("That day lies in the past")]
    Past,
}

impl State {
    /// Its name in the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::HandedOver => "handed_over",
            Self::Received => "received",
            Self::Made { .. } => "made",
            Self::Accepted { .. } => "accepted",
            Self::Declined { .. } => "declined",
            Self::Expired { .. } => "expired",
            Self::Withdrawn { .. } => "withdrawn",
        }
    }

    /// As staff read it.
    pub fn title(self) -> &'static str {
        match self {
            Self::HandedOver => "Handed over",
            Self::Received => "With HR",
            Self::Made { .. } => "Made",
            Self::Accepted { .. } => "Accepted",
            Self::Declined { .. } => "Declined by the candidate",
            Self::Expired { .. } => "Expired",
            Self::Withdrawn { .. } => "Withdrawn",
        }
    }

    /// Whether something of it is still to come.
    pub fn is_open(self) -> bool {
        matches!(self, Self::HandedOver | Self::Received | Self::Made { .. })
    }
}

/// `state` as it truly is at `now`.
#[must_use]
pub fn settle(state: State, now: Timestamp) -> State {
    match state {
        State::Made { answer_by } if answer_by <= now => State::Expired { at: answer_by },
        other => other,
    }
}

/// The state after `made` at `now`. The same state again is no change, and no error.
///
/// # Errors
/// The move cannot be made from where the offer stands at `now`.
pub fn after(state: State, made: Move, now: Timestamp) -> Result<State, Refusal> {
    match (settle(state, now), made) {
        (State::HandedOver | State::Received, Move::Receive) => Ok(State::Received),
        (State::HandedOver, Move::Make { .. }) => Err(Refusal::NotReceived),
        (
            State::Received | State::Made { .. } | State::Expired { .. },
            Move::Make { answer_by },
        ) => {
            if answer_by <= now {
                Err(Refusal::Past)
            } else {
                Ok(State::Made { answer_by })
            }
        }
        (State::Made { .. }, Move::Accept) => Ok(State::Accepted { at: now }),
        (State::Made { .. }, Move::Decline) => Ok(State::Declined { at: now }),
        (State::HandedOver | State::Received, Move::Accept | Move::Decline) => {
            Err(Refusal::NotMade)
        }
        (State::Expired { .. }, Move::Accept | Move::Decline) => Err(Refusal::Expired),
        (
            State::HandedOver | State::Received | State::Made { .. } | State::Expired { .. },
            Move::Withdraw,
        ) => Ok(State::Withdrawn { at: now }),
        (state @ State::Accepted { .. }, Move::Accept)
        | (state @ State::Declined { .. }, Move::Decline)
        | (state @ State::Withdrawn { .. }, Move::Withdraw)
        | (state @ State::Made { .. }, Move::Receive) => Ok(state),
        _ => Err(Refusal::Ended),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    #[test]
    fn every_state_by_every_move() {
        let states = [
            State::HandedOver,
            State::Received,
            State::Made { answer_by: at(200) },
            State::Made { answer_by: at(100) },
            State::Accepted { at: at(90) },
            State::Declined { at: at(90) },
            State::Withdrawn { at: at(90) },
        ];
        let moves = [
            ("receive", Move::Receive),
            ("make", Move::Make { answer_by: at(300) }),
            ("accept", Move::Accept),
            ("decline", Move::Decline),
            ("withdraw", Move::Withdraw),
        ];
        let became = |state, made| match after(state, made, at(100)) {
            Ok(state) => state.code().to_owned(),
            Err(refusal) => format!("{refusal:?}"),
        };
        let line = |(name, made): &(&str, Move)| {
            let became: Vec<String> = states.iter().map(|state| became(*state, *made)).collect();
            format!("{name}: {}", became.join(" "))
        };
        let table: Vec<String> = moves.iter().map(line).collect();
        assert_eq!(
            table,
            [
                "receive: received received made Ended Ended Ended Ended",
                "make: NotReceived made made made Ended Ended Ended",
                "accept: NotMade NotMade accepted Expired accepted Ended Ended",
                "decline: NotMade NotMade declined Expired Ended declined Ended",
                "withdraw: withdrawn withdrawn withdrawn withdrawn Ended Ended withdrawn",
            ]
        );
        let past = Move::Make { answer_by: at(100) };
        assert_eq!(after(State::Received, past, at(100)), Err(Refusal::Past));
    }
}
