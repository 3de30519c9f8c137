//! What comes next in an application once a stage of its path was passed. Pure.

use super::lifecycle::settle;
use super::model::{Outcome, State};
use crate::clock::Timestamp;
use crate::content::import::settings::Format;
use crate::ids::StageId;

/// A stage of the path, as far as what comes next depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stood {
    pub stage: StageId,
    /// The track still has it.
    pub is_present: bool,
    pub stands: Stands,
}

/// Where a stage of the path stands, by the last time it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stands {
    NotGiven,
    /// It is not taken: it was passed in another application.
    Counted,
    UnderWay,
    /// It ended without a decision.
    Ended,
    /// With when the candidate is told; none while that is held.
    Decided {
        outcome: Outcome,
        told_at: Option<Timestamp>,
    },
}

impl Stands {
    /// Of the state it was last written in.
    pub fn of(format: Format, state: &State, now: Timestamp) -> Self {
        match settle(format, state.clone(), now) {
            State::Decided { outcome, told_at, .. } => Self::Decided { outcome, told_at },
            State::Closed { .. } => Self::Ended,
            _ => Self::UnderWay,
        }
    }

    fn is_passed(self) -> bool {
        matches!(self, Self::Counted | Self::Decided { outcome: Outcome::Advance, .. })
    }
}

/// What is proposed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Next {
    pub what: What,
    pub from: From,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    Stage(StageId),
    /// The path is at its end.
    Offer,
}

/// From when on it can be done: once the candidate knows of what was decided before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    Now,
    At(Timestamp),
    /// The hiring manager holds that.
    LetGo,
}

/// What comes after what was passed last on `path`, which is in its order. Nothing while a stage is under way, once
/// one was declined, and before one was passed.
pub fn next(path: &[Stood], now: Timestamp) -> Option<Next> {
    let mut from = From::Now;
    for one in path {
        match one.stands {
            Stands::UnderWay | Stands::Decided { outcome: Outcome::Decline, .. } => return None,
            Stands::NotGiven | Stands::Counted | Stands::Ended => {}
            Stands::Decided { told_at: None, .. } => from = From::LetGo,
            Stands::Decided { told_at: Some(at), .. } if at > now => {
                from = match from {
                    From::Now => From::At(at),
                    From::At(other) => From::At(other.max(at)),
                    From::LetGo => From::LetGo,
                };
            }
            Stands::Decided { .. } => {}
        }
    }
    let last = path.iter().rposition(|one| one.stands.is_passed())?;
    let rest = path[last + 1..].iter();
    let stage = rest.filter(|one| one.is_present).map(|one| What::Stage(one.stage)).next();
    Some(Next { what: stage.unwrap_or(What::Offer), from })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    fn passed(told: Option<i64>) -> Stands {
        Stands::Decided { outcome: Outcome::Advance, told_at: told.map(at) }
    }

    fn after(stands: &[Stands]) -> Option<(Option<usize>, From)> {
        let stood =
            |stands: &Stands| Stood { stage: StageId::new(), is_present: true, stands: *stands };
        let path: Vec<Stood> = stands.iter().map(stood).collect();
        next(&path, at(100)).map(|next| {
            let place = match next.what {
                What::Stage(id) => path.iter().position(|one| one.stage == id),
                What::Offer => None,
            };
            (place, next.from)
        })
    }

    #[test]
    fn the_stage_after_the_last_one_passed_comes_next_and_then_an_offer() {
        use Stands::{Counted, Ended, NotGiven, UnderWay};
        assert_eq!(after(&[NotGiven, NotGiven]), None);
        assert_eq!(after(&[passed(Some(90)), NotGiven, NotGiven]), Some((Some(1), From::Now)));
        // What was left out on the way stays so; what ended without a decision is proposed again.
        assert_eq!(after(&[NotGiven, passed(Some(100)), Ended]), Some((Some(2), From::Now)));
        assert_eq!(after(&[passed(Some(1)), passed(Some(90))]), Some((None, From::Now)));
        assert_eq!(after(&[Counted, NotGiven]), Some((Some(1), From::Now)));
        assert_eq!(after(&[passed(Some(90)), Counted]), Some((None, From::Now)));
        assert_eq!(after(&[Counted, UnderWay]), None);
        assert_eq!(after(&[passed(Some(1)), UnderWay]), None);
        let declined = Stands::Decided { outcome: Outcome::Decline, told_at: Some(at(1)) };
        assert_eq!(after(&[passed(Some(1)), declined, NotGiven]), None);
    }

    #[test]
    fn nothing_is_given_before_the_candidate_knows_of_what_was_decided() {
        assert_eq!(after(&[passed(Some(101))]), Some((None, From::At(at(101)))));
        let both = [passed(Some(300)), passed(Some(200)), Stands::NotGiven];
        assert_eq!(after(&both), Some((Some(2), From::At(at(300)))));
        assert_eq!(after(&[passed(None), passed(Some(300))]), Some((None, From::LetGo)));
    }
}
