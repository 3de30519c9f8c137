//! How an application ends, and when its candidate may apply again. Pure.

use jiff::ToSpan;
use jiff::tz::TimeZone;

use crate::clock::Timestamp;

/// Why an application was closed by its recruiter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    Declined,
    Filled,
    Silent,
    Withdrew,
    Mistake,
    /// By an offer that was accepted, and in no other way.
    Hired,
}

impl Ending {
    pub const ALL: [Self; 6] =
        [Self::Declined, Self::Filled, Self::Silent, Self::Withdrew, Self::Mistake, Self::Hired];

    /// Those a recruiter chooses between.
    pub fn by_hand() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|ending| *ending != Self::Hired)
    }

    pub fn code(self) -> &'static str {
        match self {
            Self::Declined => "declined",
            Self::Filled => "filled",
            Self::Silent => "silent",
            Self::Withdrew => "withdrew",
            Self::Mistake => "mistake",
            Self::Hired => "hired",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|ending| ending.code() == code)
    }

    /// As staff read it; the candidate is told what their recruiter writes.
    pub fn title(self) -> &'static str {
        match self {
            Self::Declined => "We do not go on",
            Self::Filled => "The positions are filled",
            Self::Silent => "The candidate does not answer",
            Self::Withdrew => "The candidate does not go on",
            Self::Mistake => "It was opened by mistake",
            Self::Hired => "The candidate is hired",
        }
    }

    /// Whether the company ended it, after which a while passes before the candidate may apply again.
    pub fn rests(self) -> bool {
        matches!(self, Self::Declined | Self::Filled | Self::Silent)
    }
}

/// Months after an end by the company in which its candidate does not apply in the same track again.
const RESTS: i64 = 6;

/// When a candidate may apply again in a track that the company ended for them at `ended`.
pub fn again_from(ended: Timestamp) -> Timestamp {
    let again = ended.to_zoned(TimeZone::UTC).checked_add(RESTS.months());
    again.map_or(Timestamp::MAX, |again| again.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_candidate_applies_again_half_a_year_later_by_the_calendar() {
        let from = |ended: &str| again_from(ended.parse().unwrap()).to_string();
        assert_eq!(from("2026-11-24T09:30:00.000001Z"), "2027-05-24T09:30:00.000001Z");
        assert_eq!(from("2026-08-31T23:00:00Z"), "2027-02-28T23:00:00Z");
        assert_eq!(again_from(Timestamp::MAX), Timestamp::MAX);
        for ending in Ending::ALL {
            assert_eq!(Ending::from_code(ending.code()), Some(ending));
        }
    }
}
