//! What counts as answered in time: by the end of the working day that was promised. Pure.

use jiff::ToSpan;

use crate::calendar::WorkingDays;
use crate::clock::Timestamp;

/// The most working days that are ever promised.
const LONGEST: usize = 90;

/// The working days of the company from some day on, as instants: so a database counts by them, too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Days {
    /// When each begins, in order.
    pub begins: Vec<Timestamp>,
    /// The last instant of each.
    pub ends: Vec<Timestamp>,
}

impl Days {
    /// From the day of `from` on, for everything that is handed in until `until`.
    pub fn of(days: &WorkingDays, from: Timestamp, until: Timestamp) -> Self {
        let (mut begins, mut ends) = (Vec::new(), Vec::new());
        let mut day = from.to_zoned(days.zone.clone()).date();
        let mut beyond = 0;
        while beyond <= LONGEST {
            let begin = day.to_zoned(days.zone.clone()).map(|begin| begin.timestamp());
            if let Some(begin) = begin.ok().filter(|_| days.is_working(day)) {
                begins.push(begin);
                ends.push(days.after(begin, 0));
                beyond += usize::from(begin > until);
            }
            // The calendar ends with the year 9999.
            let Ok(next) = day.checked_add(1.day()) else { break };
            day = next;
        }
        Self { begins, ends }
    }

    /// By when what was handed in then is answered, `within` so many working days. `answer_due` of the database says
    /// the same.
    pub fn due(&self, handed_in: Timestamp, within: u16) -> Option<Timestamp> {
        let begun = self.begins.partition_point(|begin| *begin <= handed_in);
        let last = begun + usize::from(within);
        self.ends.get(last.checked_sub(1)?).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::{Holidays, Weekdays};
    use crate::clock::SignedDuration;
    use jiff::tz::TimeZone;

    #[test]
    fn an_answer_is_due_on_the_day_that_every_other_page_names() {
        let holidays = "2026-12-25 Christmas Day\n2027-01-01 New Year\n2027-03-29 Easter Monday";
        let days = WorkingDays {
            weekdays: Weekdays::default(),
            holidays: Holidays::parse(holidays).unwrap().days(),
            zone: TimeZone::get("Europe/Paris").unwrap(),
        };
        let from: Timestamp = "2026-11-30T10:00:00Z".parse().unwrap();
        let until = from + SignedDuration::from_hours(24 * 150);
        let known = Days::of(&days, from, until);
        // Every seven hours over the turn of the year and that of the clock.
        for step in 0..500 {
            let at = from + SignedDuration::from_hours(7 * step);
            for within in [1, 2, 5, 90] {
                assert_eq!(known.due(at, within), Some(days.after(at, within)), "{at} {within}");
            }
        }
    }
}
