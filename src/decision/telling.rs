//! When a candidate is told of a decision. Pure.

use std::collections::BTreeSet;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{ToSpan, Zoned};

use crate::clock::{SignedDuration, Timestamp};

/// How long a decision can be taken back, whatever the hour.
pub const HELD: SignedDuration = SignedDuration::from_mins(10);
/// When a morning begins where the candidate is.
const MORNING: Time = Time::constant(9, 0, 0, 0);

/// The days that are looked through for a morning. Whoever has that many holidays does not work.
const FARTHEST: usize = 60;

/// The mornings on which somebody reads what the company has decided.
#[derive(Clone, Debug)]
pub struct Mornings {
    /// Where they are.
    pub zone: TimeZone,
    /// Days on which the company is away.
    pub holidays: BTreeSet<Date>,
}

/// When a decision of `now` reaches a candidate: at the beginning of the next working morning of theirs
/// that is no less than ten minutes away. Nobody reads it late in the evening, on a weekend, or on a holiday of the
/// company's, on which nobody would answer.
pub fn told_at(now: Timestamp, mornings: &Mornings) -> Timestamp {
    mornings.from(now + HELD)
}

/// The same of one that was decided before, and is let go `now`.
pub fn let_go_at((decided, now): (Timestamp, Timestamp), mornings: &Mornings) -> Timestamp {
    mornings.from(now.max(decided + HELD))
}

impl Mornings {
    fn from(&self, earliest: Timestamp) -> Timestamp {
        let mut day = earliest.to_zoned(self.zone.clone()).date();
        for _ in 0..FARTHEST {
            let morning = day.to_datetime(MORNING).to_zoned(self.zone.clone());
            let morning = morning.map(|at: Zoned| at.timestamp());
            let is_working =
                day.weekday().to_monday_one_offset() <= 5 && !self.holidays.contains(&day);
            match morning {
                Ok(at) if is_working && at >= earliest => return at,
                _ => {}
            }
            day = day.checked_add(1.day()).unwrap_or(day);
        }
        earliest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_is_read_on_a_working_morning_and_never_at_once() {
        let holidays = [jiff::civil::date(2026, 12, 24), jiff::civil::date(2026, 12, 25)];
        let mornings =
            |zone: &str| Mornings { zone: TimeZone::get(zone).unwrap(), holidays: holidays.into() };
        let told =
            |now: &str, zone: &str| told_at(now.parse().unwrap(), &mornings(zone)).to_string();
        // A Tuesday in the evening; early in the morning; and less than ten minutes before it.
        assert_eq!(told("2026-11-24T18:00:00Z", "UTC"), "2026-11-25T09:00:00Z");
        assert_eq!(told("2026-11-24T06:00:00Z", "UTC"), "2026-11-24T09:00:00Z");
        assert_eq!(told("2026-11-24T08:50:00Z", "UTC"), "2026-11-24T09:00:00Z");
        assert_eq!(told("2026-11-24T08:50:00.000001Z", "UTC"), "2026-11-25T09:00:00Z");
        // What was held is told on the next one, if it is let go in time for it.
        let let_go = |decided: &str, now: &str| {
            let both = (decided.parse().unwrap(), now.parse().unwrap());
            let_go_at(both, &mornings("UTC")).to_string()
        };
        let (late, early) = ("2026-11-24T18:00:00Z", "2026-11-25T09:00:00Z");
        assert_eq!(let_go(late, early), early);
        assert_eq!(let_go(late, "2026-11-25T09:00:00.000001Z"), "2026-11-26T09:00:00Z");
        assert_eq!(let_go("2026-11-25T08:55:00Z", early), "2026-11-26T09:00:00Z");
        // A Friday afternoon in Warsaw; and one that is Saturday already in Tokyo.
        assert_eq!(told("2026-11-27T15:00:00Z", "Europe/Warsaw"), "2026-11-30T08:00:00Z");
        assert_eq!(told("2026-11-27T16:00:00Z", "Asia/Tokyo"), "2026-11-30T00:00:00Z");
        // The company is away on Thursday and Friday; where the candidate is, it is Thursday already.
        assert_eq!(told("2026-12-23T12:00:00Z", "UTC"), "2026-12-28T09:00:00Z");
        assert_eq!(told("2026-12-23T16:00:00Z", "Asia/Tokyo"), "2026-12-28T00:00:00Z");
    }
}
