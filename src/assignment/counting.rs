//! What a candidate passed in one application, as far as it counts in another. Pure.

use jiff::ToSpan;
use jiff::tz::TimeZone;

use super::application::Assignment;
use super::lifecycle::settle;
use super::model::{Closing, Outcome, State, UNDO};
use super::next::Stands;
use crate::clock::Timestamp;
use crate::content::model::Level;
use crate::ids::{ApplicationId, AssignmentId, DocumentId, StageId};

/// A stage that a candidate passed, and was told so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pass {
    pub assignment: AssignmentId,
    pub document: DocumentId,
    /// What its track is called.
    pub track: String,
    /// The level the work was found to reach.
    pub level: Level,
    /// When it was decided.
    pub at: Timestamp,
}

/// A stage of an application that is not taken again, and what that rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    pub application: ApplicationId,
    pub stage: StageId,
    /// What the stage is called there.
    pub title: String,
    pub at: Timestamp,
    pub pass: Pass,
}

/// What a candidate passed in other applications, seen from one.
#[derive(Clone, Debug, Default)]
pub struct Earlier {
    /// What was passed last comes first.
    pub passes: Vec<Pass>,
    pub counted: Vec<Counted>,
}

/// Months for which what was passed counts, in any track.
const COUNTS: i64 = 12;

impl Pass {
    /// Until when a stage can be counted by it.
    pub fn until(&self) -> Timestamp {
        let until = self.at.to_zoned(TimeZone::UTC).checked_add(COUNTS.months());
        until.map_or(Timestamp::MAX, |until| until.timestamp())
    }

    fn counts_for(&self, document: DocumentId, target: Level, now: Timestamp) -> bool {
        self.document == document && self.level >= target && now < self.until()
    }
}

impl Earlier {
    /// What counts for a stage with this document in an application with this target level; where more than one
    /// does, what counts longest.
    pub fn counts_for(&self, document: DocumentId, target: Level, now: Timestamp) -> Option<&Pass> {
        let counts = self.passes.iter().filter(|pass| pass.counts_for(document, target, now));
        counts.max_by_key(|pass| pass.at)
    }

    /// What a stage was counted by.
    pub fn counted(&self, stage: StageId) -> Option<&Counted> {
        self.counted.iter().find(|one| one.stage == stage)
    }
}

/// Why a stage is not counted, or stays counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("This stage was given here and can still be taken; cancel it first, then count it")]
    UnderWay,
    #[error("This stage was decided on here, and that stands")]
    Decided,
    #[error("It was decided here not to go on, so nothing is left to count")]
    Declined,
    #[error("The candidate has not been told of a decision yet; it can be counted once they are")]
    NotTold,
    #[error("Nothing that they passed before counts for this stage any more")]
    Nothing,
    #[error("Something followed on it, so it stays counted")]
    Followed,
}

/// Whether a stage can be counted in an application in which `given` are all that was given, the oldest first.
///
/// # Errors
/// It can still be taken, or was decided on; or what was decided here comes first.
pub fn may_count(given: &[&Assignment], stage: StageId, now: Timestamp) -> Result<(), Refusal> {
    for it in given {
        match Stands::of(it.format, &it.state, now) {
            Stands::Decided { told_at, .. } if told_at.is_none_or(|at| at > now) => {
                return Err(Refusal::NotTold);
            }
            Stands::Decided { outcome: Outcome::Decline, .. } => return Err(Refusal::Declined),
            Stands::Decided { .. } if it.stage == stage => return Err(Refusal::Decided),
            Stands::UnderWay if it.stage == stage => return Err(Refusal::UnderWay),
            Stands::Ended if it.stage == stage && can_come_back(it, now) => {
                return Err(Refusal::UnderWay);
            }
            _ => {}
        }
    }
    Ok(())
}

/// Whether its candidate can undo the end of it.
fn can_come_back(it: &Assignment, now: Timestamp) -> bool {
    let settled = settle(it.format, it.state.clone(), now);
    matches!(settled, State::Closed { why: Closing::Withdrawn, at, .. } if now < at + UNDO)
}

/// Whether what was counted at `counted` can be taken back: nothing was given since.
///
/// # Errors
/// Something was.
pub fn may_undo(given: &[&Assignment], counted: Timestamp) -> Result<(), Refusal> {
    match given.iter().any(|it| it.assigned_at >= counted) {
        true => Err(Refusal::Followed),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assignment::model::Opening;
    use crate::assignment::panel::PanelTerms;
    use crate::clock::SignedDuration;
    use crate::content::import::settings::Format;
    use crate::content::model::ContentHash;
    use crate::ids::TrackId;
    use crate::track::model::Attribution;

    fn level(number: u8) -> Level {
        Level::new(number).unwrap()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn pass(document: DocumentId, of: u8, when: &str) -> Pass {
        Pass {
            assignment: AssignmentId::new(),
            document,
            track: "Operations".to_owned(),
            level: level(of),
            at: at(when),
        }
    }

    #[test]
    fn the_same_document_at_that_level_or_above_counts_for_twelve_months() {
        let (automation, audit) = (DocumentId::new(), DocumentId::new());
        let earlier = Earlier {
            passes: vec![
                pass(automation, 4, "2026-06-10T09:00:00Z"),
                pass(automation, 3, "2026-11-24T09:00:00Z"),
                pass(automation, 2, "2026-11-25T09:00:00Z"),
            ],
            counted: Vec::new(),
        };
        let counts = |document, target, now: &str| {
            earlier.counts_for(document, level(target), at(now)).map(|pass| pass.level.number())
        };
        let now = "2026-12-01T00:00:00Z";
        assert_eq!(counts(automation, 4, now), Some(4));
        assert_eq!(counts(automation, 3, now), Some(3), "it counts longer");
        assert_eq!(counts(automation, 2, now), Some(2));
        assert_eq!(counts(automation, 5, now), None);
        assert_eq!(counts(audit, 1, now), None);
        assert_eq!(counts(automation, 4, "2027-06-10T08:59:59.999999Z"), Some(4));
        assert_eq!(counts(automation, 4, "2027-06-10T09:00:00Z"), None);
    }

    fn given(stage: StageId, state: State) -> Assignment {
        Assignment {
            id: AssignmentId::new(),
            application: ApplicationId::new(),
            track: TrackId::new(),
            stage,
            title: String::new(),
            format: Format::External,
            level: level(3),
            document: DocumentId::new(),
            revision: ContentHash::of(b""),
            time_limit: None,
            usual: None,
            panel: PanelTerms {
                size: 3,
                quorum: 2,
                is_blind: true,
                answer_within_days: 2,
                attribution: Attribution::Attributed,
            },
            assigned_at: at("2026-11-24T09:00:00Z"),
            handed_in: None,
            state,
            version: 1,
            awaits_assessment: false,
            late_at: None,
            fix: None,
            is_seated: false,
        }
    }

    #[test]
    fn a_stage_that_can_be_taken_or_was_decided_on_is_not_counted() {
        let (first, second) = (StageId::new(), StageId::new());
        let now = at("2026-11-24T12:00:00Z");
        let assigned = || State::Assigned { start_by: None };
        let closed = |why, hours| State::Closed {
            at: now - SignedDuration::from_hours(hours),
            why,
            before: Box::new(assigned()),
        };
        let decided = |outcome, told_at| State::Decided {
            at: now,
            outcome,
            level: Some(level(3)),
            told_at,
            before: Box::new(State::Opened { at: now, how: Opening::NoPanel }),
        };
        let counted = |stage, state| may_count(&[&given(stage, state)], first, now);
        assert_eq!(may_count(&[], first, now), Ok(()));
        assert_eq!(counted(first, assigned()), Err(Refusal::UnderWay));
        assert_eq!(counted(second, assigned()), Ok(()));
        assert_eq!(counted(first, closed(Closing::Cancelled, 0)), Ok(()));
        assert_eq!(counted(first, closed(Closing::Lapsed, 0)), Ok(()));
        assert_eq!(counted(first, closed(Closing::Withdrawn, 23)), Err(Refusal::UnderWay));
        assert_eq!(counted(first, closed(Closing::Withdrawn, 24)), Ok(()));
        let passed = decided(Outcome::Advance, Some(now));
        assert_eq!(counted(first, passed.clone()), Err(Refusal::Decided));
        assert_eq!(counted(second, passed), Ok(()));
        let declined = decided(Outcome::Decline, Some(now));
        assert_eq!(counted(second, declined), Err(Refusal::Declined));
        assert_eq!(counted(second, decided(Outcome::Decline, None)), Err(Refusal::NotTold));
    }

    #[test]
    fn what_something_followed_on_stays_counted() {
        let later = given(StageId::new(), State::Assigned { start_by: None });
        assert_eq!(may_undo(&[&later], at("2026-11-24T09:00:00Z")), Err(Refusal::Followed));
        assert_eq!(may_undo(&[&later], at("2026-11-24T09:00:01Z")), Ok(()));
        assert_eq!(may_undo(&[], at("2026-11-24T09:00:00Z")), Ok(()));
    }
}
