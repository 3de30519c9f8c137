//! Counts of where applications stand: who has the ball, and what is promised next. Pure.

use crate::assignment::model::Phase;
use crate::assignment::turn::{Holder, Turn};
use crate::calendar::WorkingDays;
use crate::clock::Timestamp;
use crate::ids::{StageId, TrackId};

/// The open applications of one track that stand alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    pub track: TrackId,
    /// The stage given last and where it stands; `None` where none was given.
    pub stage: Option<(StageId, Turn)>,
    pub number: i64,
    /// Since when half of them stand there at most, of those of which whoever asks may know.
    pub median_since: Option<Timestamp>,
    pub oldest_since: Option<Timestamp>,
    /// The first day by which one of the candidates begins, hands in or answers an offer, or is told.
    pub first_due: Option<Timestamp>,
    /// When the first of the work was handed in that the company has; where it is over, since when the first of those
    /// who are to hear how it goes on waits.
    pub first_waits_from: Option<Timestamp>,
    /// In how many working days that is answered.
    pub answer_within_days: u16,
}

impl Cell {
    pub fn turn(&self) -> Option<Turn> {
        self.stage.map(|(_, turn)| turn)
    }

    pub fn phase(&self) -> Option<Phase> {
        self.turn().map(|turn| turn.phase)
    }

    /// Who has the ball: where no stage was given, whoever gives one.
    pub fn holder(&self) -> Holder {
        self.turn().map_or(Holder::Recruiter, |turn| turn.holder)
    }

    /// Where they stand, in a word or two.
    pub fn state(&self) -> &'static str {
        self.turn().map_or("No stage given yet", Turn::title)
    }

    /// What is promised next: by the candidate, or by the company, which answers in working days. A promise
    /// that lies in the past is broken.
    pub fn promise(&self, days: &WorkingDays) -> Option<Timestamp> {
        let answer = self.first_waits_from.map(|at| days.after(at, self.answer_within_days));
        match self.phase()? {
            Phase::Assigned | Phase::InProgress => self.first_due,
            // It was broken when the wait began.
            Phase::Waiting => self.oldest_since,
            // An offer is answered by then; else they hear how it goes on.
            Phase::Decided => self.first_due.or(answer),
            Phase::Submitted
            | Phase::Voting
            | Phase::Opened
            | Phase::Cancelled
            | Phase::EndedEarly
            | Phase::NotHeld => answer,
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::Weekdays;
    use jiff::tz::TimeZone;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn cell(stage: Option<Turn>) -> Cell {
        Cell {
            track: TrackId::new(),
            stage: stage.map(|turn| (StageId::new(), turn)),
            number: 3,
            median_since: Some(at("2026-11-20T09:00:00Z")),
            oldest_since: Some(at("2026-11-13T09:00:00Z")),
            first_due: Some(at("2026-11-27T09:00:00Z")),
            first_waits_from: Some(at("2026-11-13T08:00:00Z")),
            answer_within_days: 2,
        }
    }

    #[test]
    fn the_next_promise_is_the_candidates_or_counted_in_the_companys_days() {
        let days = WorkingDays {
            weekdays: Weekdays::default(),
            holidays: [jiff::civil::date(2026, 11, 16)].into(),
            zone: TimeZone::get("Europe/Paris").unwrap(),
        };
        let promise = |phase| cell(Some(Turn { phase, holder: Holder::Panel })).promise(&days);
        assert_eq!(promise(Phase::Assigned), Some(at("2026-11-27T09:00:00Z")));
        assert_eq!(
            promise(Phase::Decided),
            promise(Phase::Assigned),
            "an offer is answered by then"
        );
        let mut told = cell(Some(Turn { phase: Phase::Decided, holder: Holder::Recruiter }));
        told.first_due = None;
        assert_eq!(told.promise(&days), promise(Phase::Voting), "they hear how it goes on by then");
        assert_eq!(promise(Phase::NotHeld), promise(Phase::Voting));
        // Handed in on a Friday; the Monday is a holiday.
        assert_eq!(promise(Phase::Voting), Some(at("2026-11-18T22:59:59.999999Z")));
        assert_eq!(promise(Phase::Opened), promise(Phase::Voting));
        assert_eq!(promise(Phase::Waiting), Some(at("2026-11-13T09:00:00Z")));
        assert_eq!(promise(Phase::Lapsed), None);
        assert_eq!(cell(None).promise(&days), None);
    }
}
