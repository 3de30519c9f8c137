//! Where an application stands, and who is to move next. Pure.

use crate::assignment::model::Phase;

/// Who is to move next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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

    /// As `standing_holder` says it, and addresses.
    pub fn code(self) -> &'static str {
        match self {
            Self::Candidate => "candidate",
            Self::Recruiter => "recruiter",
            Self::Panel => "panel",
            Self::Manager => "manager",
            Self::Hr => "hr",
            Self::Firm => "firm",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|holder| holder.code() == code)
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

/// Where the stage given last stands, and who is to move, as `standing_phase` and `standing_holder` say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Turn {
    pub phase: Phase,
    pub holder: Holder,
}

impl Turn {
    pub fn from_codes(phase: &str, holder: &str) -> Option<Self> {
        Some(Self { phase: Phase::from_code(phase)?, holder: Holder::from_code(holder)? })
    }

    /// In a few words: by the phase, but for where somebody else is waited for.
    pub fn title(self) -> &'static str {
        match (self.phase, self.holder) {
            (Phase::InProgress, Holder::Recruiter) => "More time asked for",
            (Phase::Voting | Phase::Opened, Holder::Candidate) => "Fix awaited",
            (Phase::Voting, Holder::Firm) => "Assessment awaited",
            (Phase::Decided, Holder::Manager) => "Decided, not told yet",
            (Phase::Decided, Holder::Hr) => "Offer with HR",
            (Phase::Decided, Holder::Candidate) => "Offer made",
            (phase, _) => phase.title(),
        }
    }

    /// The colour of its chip.
    pub fn tone(self) -> &'static str {
        self.phase.tone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_say_who_is_waited_for_where_the_phase_does_not() {
        let title = |phase, holder| Turn { phase, holder }.title();
        assert_eq!(title(Phase::Decided, Holder::Hr), "Offer with HR");
        assert_eq!(title(Phase::Decided, Holder::Candidate), "Offer made");
        assert_eq!(title(Phase::Opened, Holder::Candidate), "Fix awaited");
        assert_eq!(title(Phase::InProgress, Holder::Recruiter), "More time asked for");
        for (phase, holder) in [
            (Phase::Submitted, Holder::Candidate),
            (Phase::Assigned, Holder::Recruiter),
            (Phase::InProgress, Holder::Candidate),
            (Phase::Decided, Holder::Recruiter),
        ] {
            assert_eq!(title(phase, holder), phase.title());
        }
    }

    #[test]
    fn everybody_is_read_by_their_code() {
        for holder in Holder::ALL {
            assert_eq!(Holder::from_code(holder.code()), Some(holder));
        }
    }
}
