//! Counts of where applications stand: who has the ball, and what is promised next. Pure.

use crate::assignment::model::Phase;
use crate::calendar::WorkingDays;
use crate::clock::Timestamp;
use crate::content::import::settings::Format;
use crate::ids::{StageId, TrackId};

/// The open applications of one track that stand alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    pub track: TrackId,
    /// The stage given last and where it stands; `None` where none was given.
    pub stage: Option<(StageId, Format, Phase)>,
    /// Who has the ball, where it is not whoever the phase says.
    pub ball: Option<Holder>,
    pub number: i64,
    /// Since when half of them stand there at most, of those of which whoever asks may know.
    pub median_since: Option<Timestamp>,
    pub oldest_since: Option<Timestamp>,
    /// The first day by which one of the candidates begins or hands in.
    pub first_due: Option<Timestamp>,
    /// When the first of the work was handed in that the company has.
    pub first_handed_in: Option<Timestamp>,
    /// In how many working days that is answered.
    pub answer_within_days: u16,
    /// How many of the candidates wait for an answer to a request for more time.
    pub asking: i64,
}

/// Who is to move next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    Candidate,
    Recruiter,
    Panel,
    Manager,
    Hr,
    Firm,
}

impl Holder {
    pub const ALL: [Self; 6] =
        [Self::Candidate, Self::Recruiter, Self::Panel, Self::Manager, Self::Hr, Self::Firm];

    /// Of those that `standing` names.
    pub fn from_code(code: &str) -> Option<Self> {
        match code {
            "candidate" => Some(Self::Candidate),
            "manager" => Some(Self::Manager),
            "hr" => Some(Self::Hr),
            "firm" => Some(Self::Firm),
            _ => None,
        }
    }

    pub fn title(self) -> &'static str {
        match self {
            Self::Candidate => "Candidate",
            Self::Recruiter => "Recruiter",
            Self::Panel => "Panel",
            Self::Manager => "Hiring manager",
            Self::Hr => "HR",
            Self::Firm => "The firm",
        }
    }

    /// With whom the ball is, of many applications.
    pub fn many(self) -> &'static str {
        match self {
            Self::Candidate => "With the candidates",
            Self::Recruiter => "With recruiters",
            Self::Panel => "With panels",
            Self::Manager => "With hiring managers",
            Self::Hr => "With HR",
            Self::Firm => "With firms",
        }
    }
}

impl Cell {
    pub fn phase(&self) -> Option<Phase> {
        self.stage.map(|(.., phase)| phase)
    }

    /// Who has the ball, but for those who asked for more time: that is the recruiter's to answer.
    pub fn holder(&self) -> Holder {
        if let Some(ball) = self.ball {
            return ball;
        }
        let Some((_, format, phase)) = self.stage else { return Holder::Recruiter };
        match phase {
            // A time has to be found, or the firm told.
            Phase::Assigned if format != Format::TakeHome => Holder::Recruiter,
            Phase::InProgress if format == Format::LiveSession => Holder::Panel,
            Phase::Assigned | Phase::InProgress | Phase::Submitted => Holder::Candidate,
            Phase::Waiting | Phase::Voting => Holder::Panel,
            Phase::Opened => Holder::Manager,
            Phase::Decided
            | Phase::Withdrawn
            | Phase::Cancelled
            | Phase::Lapsed
            | Phase::EndedEarly
            | Phase::NotHeld => Holder::Recruiter,
        }
    }

    /// Where they stand, in a word or two.
    pub fn state(&self) -> &'static str {
        match (self.phase(), self.ball) {
            (None, _) => "No stage given yet",
            (Some(Phase::Decided), Some(Holder::Manager)) => "Decided, not told yet",
            (Some(Phase::Decided), Some(Holder::Hr)) => "Offer with HR",
            (Some(Phase::Decided), Some(Holder::Candidate)) => "Offer made",
            (Some(Phase::Submitted | Phase::Voting | Phase::Opened), Some(Holder::Candidate)) => {
                "Fix awaited"
            }
            (Some(Phase::Voting), Some(Holder::Firm)) => "Assessment awaited",
            (Some(phase), _) => phase.title(),
        }
    }

    /// What is promised next: by the candidate, or by the company, which answers in working days. A promise
    /// that lies in the past is broken.
    pub fn promise(&self, days: &WorkingDays) -> Option<Timestamp> {
        match self.phase()? {
            Phase::Assigned | Phase::InProgress => self.first_due,
            // It was broken when the wait began.
            Phase::Waiting => self.oldest_since,
            Phase::Submitted | Phase::Voting | Phase::Opened => {
                self.first_handed_in.map(|at| days.after(at, self.answer_within_days))
            }
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

    fn cell(stage: Option<(Format, Phase)>) -> Cell {
        Cell {
            track: TrackId::new(),
            stage: stage.map(|(format, phase)| (StageId::new(), format, phase)),
            ball: None,
            number: 3,
            median_since: Some(at("2026-11-20T09:00:00Z")),
            oldest_since: Some(at("2026-11-13T09:00:00Z")),
            first_due: Some(at("2026-11-27T09:00:00Z")),
            first_handed_in: Some(at("2026-11-13T08:00:00Z")),
            answer_within_days: 2,
            asking: 0,
        }
    }

    #[test]
    fn in_every_phase_somebody_has_the_ball() {
        let holder = |format, phase| cell(Some((format, phase))).holder();
        assert_eq!(cell(None).holder(), Holder::Recruiter);
        assert_eq!(holder(Format::TakeHome, Phase::Assigned), Holder::Candidate);
        assert_eq!(holder(Format::LiveSession, Phase::Assigned), Holder::Recruiter);
        assert_eq!(holder(Format::External, Phase::InProgress), Holder::Candidate);
        assert_eq!(holder(Format::LiveSession, Phase::InProgress), Holder::Panel);
        assert_eq!(holder(Format::TakeHome, Phase::Voting), Holder::Panel);
        assert_eq!(holder(Format::TakeHome, Phase::Opened), Holder::Manager);
        for over in Phase::ALL.into_iter().filter(|phase| phase.is_over()) {
            assert_eq!(holder(Format::TakeHome, over), Holder::Recruiter, "{over:?}");
        }
    }

    #[test]
    fn where_the_phase_does_not_say_it_the_ball_is_with_whoever_is_waited_for() {
        let stands = |phase, ball| {
            let cell = Cell { ball, ..cell(Some((Format::TakeHome, phase))) };
            (cell.state(), cell.holder())
        };
        let hr = Holder::from_code("hr");
        assert_eq!(stands(Phase::Decided, hr), ("Offer with HR", Holder::Hr));
        assert_eq!(stands(Phase::Decided, None), (Phase::Decided.title(), Holder::Recruiter));
        let candidate = Holder::from_code("candidate");
        for phase in [Phase::Voting, Phase::Opened] {
            assert_eq!(stands(phase, candidate), ("Fix awaited", Holder::Candidate));
        }
        assert_eq!(stands(Phase::Decided, candidate), ("Offer made", Holder::Candidate));
    }

    #[test]
    fn the_next_promise_is_the_candidates_or_counted_in_the_companys_days() {
        let days = WorkingDays {
            weekdays: Weekdays::default(),
            holidays: [jiff::civil::date(2026, 11, 16)].into(),
            zone: TimeZone::get("Europe/Paris").unwrap(),
        };
        let promise = |phase| cell(Some((Format::TakeHome, phase))).promise(&days);
        assert_eq!(promise(Phase::Assigned), Some(at("2026-11-27T09:00:00Z")));
        // Handed in on a Friday; the Monday is a holiday.
        assert_eq!(promise(Phase::Voting), Some(at("2026-11-18T22:59:59.999999Z")));
        assert_eq!(promise(Phase::Opened), promise(Phase::Voting));
        assert_eq!(promise(Phase::Waiting), Some(at("2026-11-13T09:00:00Z")));
        assert_eq!(promise(Phase::Lapsed), None);
        assert_eq!(cell(None).promise(&days), None);
    }
}
