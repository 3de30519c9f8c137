//! Which days the company works: weekdays and holidays, in its own zone. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// The weekdays on which the company works; at least one, each once, Monday first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weekdays(Vec<Weekday>);

impl Weekdays {
    pub const ALL: [Weekday; 7] = [
        Weekday::Monday,
        Weekday::Tuesday,
        Weekday::Wednesday,
        Weekday::Thursday,
        Weekday::Friday,
        Weekday::Saturday,
        Weekday::Sunday,
    ];

    /// Of their ISO numbers, Monday being 1; others are passed over. `None` when no day is left.
    pub fn new(numbers: impl IntoIterator<Item = i8>) -> Option<Self> {
        let numbers: BTreeSet<i8> = numbers.into_iter().collect();
        let number = |day: &Weekday| numbers.contains(&day.to_monday_one_offset());
        let days: Vec<Weekday> = Self::ALL.into_iter().filter(number).collect();
        (!days.is_empty()).then_some(Self(days))
    }

    pub fn has(&self, day: Weekday) -> bool {
        self.0.contains(&day)
    }

    /// Their ISO numbers, ascending.
    pub fn numbers(&self) -> impl Iterator<Item = i8> {
        self.0.iter().map(|day| day.to_monday_one_offset())
    }
}

/// Monday to Friday.
impl Default for Weekdays {
    fn default() -> Self {
        Self(Self::ALL[..5].to_vec())
    }
}

/// A weekday as people say it.
pub fn weekday_name(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    }
}

/// What promises of the company are counted by.
#[derive(Clone, Debug)]
pub struct WorkingDays {
    pub weekdays: Weekdays,
    pub holidays: BTreeSet<Date>,
    /// A day begins and ends where the company is.
    pub zone: TimeZone,
}

impl WorkingDays {
    pub fn is_working(&self, day: Date) -> bool {
        self.weekdays.has(day.weekday()) && !self.holidays.contains(&day)
    }

    /// `day`, or the next one on which the company works.
    pub fn working_from(&self, day: Date) -> Date {
        let mut day = day;
        // Ends as below.
        while !self.is_working(day) {
            let Ok(next) = day.tomorrow() else { break };
            day = next;
        }
        day
    }

    /// The last instant of the `days`-th working day after the day of `from`, to the microsecond. With
    /// no days: of that day itself, or of the next working day where it is none.
    pub fn after(&self, from: Timestamp, days: u16) -> Timestamp {
        let mut day = from.to_zoned(self.zone.clone()).date();
        let mut left = days;
        // Holidays come to an end, and so does this: the calendar ends with the year 9999.
        while left > 0 || !self.is_working(day) {
            let Ok(next) = day.tomorrow() else { break };
            day = next;
            if left > 0 && self.is_working(day) {
                left -= 1;
            }
        }
        self.end_of(day)
    }

    /// Where a clock is put forward at midnight, the next day begins later; where it is put back, this
    /// one has 25 hours. Either way it ends where the next one begins.
    fn end_of(&self, day: Date) -> Timestamp {
        let next = day.tomorrow().and_then(|next| next.to_zoned(self.zone.clone()));
        let next = next.map_or(Timestamp::MAX, |next| next.timestamp());
        next.checked_sub(SignedDuration::from_micros(1)).unwrap_or(next)
    }
}

/// The days nobody works, with their names; a line each where they are typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holidays(pub BTreeMap<Date, String>);

/// The most holidays, and the most characters of a name.
const MOST: usize = 500;
const LONGEST: usize = 100;

impl Holidays {
    /// Holidays as typed: `2026-12-25 Christmas Day`, one a line.
    ///
    /// # Errors
    /// The first line that cannot be read, and what to write instead.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut lines: BTreeMap<Date, (usize, String)> = BTreeMap::new();
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.trim();
            if line.is_empty() {
                continue;
            }
            let (day, name) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
            let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
            let example = "as in 2026-12-25 Christmas Day";
            let day = day_of(day)
                .ok_or_else(|| format!("Line {number}: begin with the day, {example}"))?;
            if name.is_empty() {
                return Err(format!("Line {number}: say which day it is, {example}"));
            }
            if name.chars().any(char::is_control) {
                return Err(format!("Line {number}: something in it cannot be seen; type it anew"));
            }
            if name.chars().count() > LONGEST {
                return Err(format!("Line {number}: use at most {LONGEST} characters for a name"));
            }
            if let Some((first, _)) = lines.insert(day, (number, name)) {
                return Err(format!("Line {number}: {day} stands on line {first} already"));
            }
        }
        if lines.len() > MOST {
            return Err(format!("Use at most {MOST} holidays; those that have passed can go"));
        }
        Ok(Self(lines.into_iter().map(|(day, (_, name))| (day, name)).collect()))
    }

    pub fn days(&self) -> BTreeSet<Date> {
        self.0.keys().copied().collect()
    }
}

/// As they are typed.
impl fmt::Display for Holidays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|(day, name)| writeln!(f, "{day} {name}"))
    }
}

/// A day as `2026-12-25`, and no other way; in the years a holiday can matter.
fn day_of(text: &str) -> Option<Date> {
    let is_plain = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    let day: Date = text.parse().ok().filter(|_| is_plain)?;
    (2000..2200).contains(&day.year()).then_some(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_paris(weekdays: &[i8], holidays: &str) -> WorkingDays {
        WorkingDays {
            weekdays: Weekdays::new(weekdays.iter().copied()).unwrap(),
            holidays: Holidays::parse(holidays).unwrap().days(),
            zone: TimeZone::get("Europe/Paris").unwrap(),
        }
    }

    /// What begins where the day ends.
    fn after(days: &WorkingDays, from: &str, count: u16) -> String {
        let end = days.after(from.parse().unwrap(), count);
        (end + SignedDuration::from_micros(1)).to_string()
    }

    const WEEK: &[i8] = &[1, 2, 3, 4, 5];
    const EVERY_DAY: &[i8] = &[1, 2, 3, 4, 5, 6, 7];

    #[test]
    fn days_are_counted_from_the_next_one_and_over_weekends() {
        let days = in_paris(WEEK, "");
        // Tuesday, 24 November 2026, in the morning; the fifth working day after it is a Tuesday.
        assert_eq!(after(&days, "2026-11-24T09:00:00Z", 5), "2026-12-01T23:00:00Z");
        assert_eq!(after(&days, "2026-11-24T09:00:00Z", 1), "2026-11-25T23:00:00Z");
        // From a Saturday and from a Sunday the first is Monday.
        assert_eq!(after(&days, "2026-11-28T09:00:00Z", 1), "2026-11-30T23:00:00Z");
        assert_eq!(after(&days, "2026-11-29T09:00:00Z", 1), "2026-11-30T23:00:00Z");
        // No days: today, or the next day somebody works.
        assert_eq!(after(&days, "2026-11-24T09:00:00Z", 0), "2026-11-24T23:00:00Z");
        assert_eq!(after(&days, "2026-11-28T09:00:00Z", 0), "2026-11-30T23:00:00Z");
    }

    #[test]
    fn which_day_it_is_is_told_where_the_company_is() {
        let days = in_paris(WEEK, "");
        // In Paris it is Wednesday half an hour past midnight already.
        assert_eq!(after(&days, "2026-11-24T23:30:00Z", 1), "2026-11-26T23:00:00Z");
    }

    #[test]
    fn holidays_do_not_count_and_neither_does_a_holiday_on_a_sunday() {
        let days =
            in_paris(WEEK, "2026-12-25 Christmas Day\n2026-12-27 A Sunday\n2027-01-01 New Year");
        assert_eq!(after(&days, "2026-12-24T09:00:00Z", 1), "2026-12-28T23:00:00Z");
        assert_eq!(after(&days, "2026-12-24T09:00:00Z", 5), "2027-01-04T23:00:00Z");
        assert!(!days.is_working("2026-12-25".parse().unwrap()));
        assert!(!days.is_working("2026-12-26".parse().unwrap()));
        assert!(days.is_working("2026-12-28".parse().unwrap()));
        let from = |day: &str| days.working_from(day.parse().unwrap()).to_string();
        assert_eq!(from("2026-12-24"), "2026-12-24");
        assert_eq!(from("2026-12-25"), "2026-12-28");
        assert_eq!(from("2027-01-01"), "2027-01-04");
        assert_eq!(from("9999-12-31"), "9999-12-31");
    }

    #[test]
    fn a_day_ends_where_the_next_begins_also_when_clocks_are_changed() {
        let days = in_paris(EVERY_DAY, "");
        // Put forward: Sunday, 28 March 2027 has 23 hours.
        assert_eq!(after(&days, "2027-03-27T12:00:00Z", 0), "2027-03-27T23:00:00Z");
        assert_eq!(after(&days, "2027-03-27T12:00:00Z", 1), "2027-03-28T22:00:00Z");
        assert_eq!(after(&days, "2027-03-28T00:59:59Z", 0), "2027-03-28T22:00:00Z");
        // Put back: Sunday, 25 October 2026 has 25 hours.
        assert_eq!(after(&days, "2026-10-24T12:00:00Z", 0), "2026-10-24T22:00:00Z");
        assert_eq!(after(&days, "2026-10-24T22:30:00Z", 0), "2026-10-25T23:00:00Z");
        assert_eq!(after(&days, "2026-10-25T22:59:59Z", 0), "2026-10-25T23:00:00Z");
        // Over both weekends, to a Monday.
        let week = in_paris(WEEK, "");
        assert_eq!(after(&week, "2027-03-26T12:00:00Z", 1), "2027-03-29T22:00:00Z");
        assert_eq!(after(&week, "2026-10-23T12:00:00Z", 1), "2026-10-26T23:00:00Z");
        // Where no clock shows midnight, the day begins at one.
        let cairo = WorkingDays { zone: TimeZone::get("Africa/Cairo").unwrap(), ..days };
        assert_eq!(after(&cairo, "2027-04-29T12:00:00Z", 0), "2027-04-29T22:00:00Z");
    }

    #[test]
    fn the_end_of_a_working_day_falls_on_that_day() {
        let days = in_paris(EVERY_DAY, "");
        let end = days.after("2027-03-27T12:00:00Z".parse().unwrap(), 1);
        assert_eq!(end.to_zoned(days.zone.clone()).date().to_string(), "2027-03-28");
        assert_eq!(days.after(Timestamp::MAX, 5), Timestamp::MAX - SignedDuration::from_micros(1));
    }

    #[test]
    fn a_company_works_on_one_weekday_at_least() {
        assert_eq!(Weekdays::new([]), None);
        assert_eq!(Weekdays::new([0, 8]), None);
        assert_eq!(Weekdays::new([7, 1, 7]).unwrap().numbers().collect::<Vec<_>>(), [1, 7]);
        assert_eq!(Weekdays::new(1..6), Some(Weekdays::default()));
    }

    #[test]
    fn holidays_are_read_as_written_in_any_order() {
        let typed = "2027-01-01  New   Year\r\n\n 2026-12-25 Christmas Day ";
        let read = Holidays::parse(typed).unwrap();
        assert_eq!(read.to_string(), "2026-12-25 Christmas Day\n2027-01-01 New Year\n");
        assert_eq!(Holidays::parse(&read.to_string()), Ok(read));
        for (typed, told) in [
            ("2026-12-25 Christmas\nBoxing Day", "Line 2: begin with the day"),
            ("25.12.2026 Christmas", "Line 1: begin with the day"),
            ("2026-02-29 Leap day", "Line 1: begin with the day"),
            ("9999-12-31 Last day", "Line 1: begin with the day"),
            ("2026-12-25", "Line 1: say which day it is"),
            ("2026-12-25 A\n\n2026-12-25 B", "Line 3: 2026-12-25 stands on line 1 already"),
        ] {
            let refused = Holidays::parse(typed).unwrap_err();
            assert!(refused.starts_with(told), "{typed}: {refused}");
        }
    }
}
