//! The twelve months that a report is about. Pure.
//!
//! They are those of the calendar and do not overlap: the numbers of one period cannot be taken from those of another.

use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::clock::Timestamp;

/// How many there are to choose from.
pub const PERIODS: u8 = 5;
const MONTHS: i64 = 12;

/// Twelve months, the last of them the present one; or as many before those.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Period(u8);

impl Period {
    pub fn all() -> impl Iterator<Item = Self> {
        (0..PERIODS).map(Self)
    }

    /// As it stands in an address: how many years back.
    pub fn code(self) -> String {
        self.0.to_string()
    }

    /// The latest, where it is none.
    pub fn from_code(code: &str) -> Self {
        Self::all().find(|period| period.code() == code).unwrap_or_default()
    }

    /// The first day of its first month, and the first day after its last.
    fn days(self, now: Timestamp, zone: &TimeZone) -> (Date, Date) {
        let month = now.to_zoned(zone.clone()).date().first_of_month();
        let back = MONTHS * i64::from(self.0);
        // No calendar ends so near.
        let add = |months: i64| month.checked_add(months.months()).unwrap_or(month);
        (add(1 - MONTHS - back), add(1 - back))
    }

    /// When it begins and ends where the company is.
    pub fn instants(self, now: Timestamp, zone: &TimeZone) -> (Timestamp, Timestamp) {
        let (from, until) = self.days(now, zone);
        let begins = |day: Date| day.to_zoned(zone.clone()).map_or(now, |begin| begin.timestamp());
        (begins(from), begins(until))
    }

    /// `Dec 2025 to Nov 2026`.
    pub fn title(self, now: Timestamp, zone: &TimeZone) -> String {
        let (from, until) = self.days(now, zone);
        let last = until.yesterday().unwrap_or(until);
        format!("{} to {}", from.strftime("%b %Y"), last.strftime("%b %Y"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_are_twelve_months_each_and_lie_side_by_side() {
        let zone = TimeZone::get("Europe/Paris").unwrap();
        // In Paris it is December.
        let now: Timestamp = "2026-11-30T23:30:00Z".parse().unwrap();
        let latest = Period::default();
        assert_eq!(latest.title(now, &zone), "Jan 2026 to Dec 2026");
        let (from, until) = latest.instants(now, &zone);
        assert_eq!(from.to_string(), "2025-12-31T23:00:00Z");
        assert_eq!(until.to_string(), "2026-12-31T23:00:00Z");
        let before = Period::from_code("1");
        assert_eq!(before.title(now, &zone), "Jan 2025 to Dec 2025");
        assert_eq!(before.instants(now, &zone).1, from);
        for period in Period::all() {
            assert_eq!(Period::from_code(&period.code()), period);
        }
        assert_eq!(Period::from_code("9"), latest);
    }
}
