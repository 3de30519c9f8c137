//! Numbers of a report in words. Pure.

use super::disclosure::FEWEST;

/// The least times of which nine in ten are told: of fewer, it would be the longest one.
const FEWEST_FOR_NINTH: u64 = 10;

/// How long something took, from seconds: in hours for two days, then in days.
pub fn length(seconds: f64) -> String {
    let hours = (seconds / 3_600.0).round();
    let days = (seconds / 86_400.0).round();
    if hours < 1.0 {
        "under an hour".to_owned()
    } else if hours < 2.0 {
        "1 hour".to_owned()
    } else if hours < 48.0 {
        format!("{hours:.0} hours")
    } else {
        format!("{days:.0} days")
    }
}

/// How many of how many, in percent.
pub fn percent(of: u64, all: u64) -> Option<u64> {
    (all > 0).then(|| (of * 200 + all) / (all * 2))
}

/// How many there are, about: beside times, where more would say how many moved on.
pub fn about(number: u64) -> &'static str {
    match number {
        0..FEWEST => "fewer than 5",
        FEWEST..10 => "5 to 9",
        10..25 => "10 to 24",
        25..50 => "25 to 49",
        50..100 => "50 to 99",
        _ => "100 or more",
    }
}

/// Whether of so many times it is told how long half of them took.
pub fn has_median(number: u64) -> bool {
    number >= FEWEST
}

/// Whether of so many times it is told how long nine in ten took.
pub fn has_ninth(number: u64) -> bool {
    number >= FEWEST_FOR_NINTH
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_hours_and_then_in_days() {
        for (seconds, told) in [
            (0.0, "under an hour"),
            (1_799.0, "under an hour"),
            (1_800.0, "1 hour"),
            (5_400.0, "2 hours"),
            (47.4 * 3_600.0, "47 hours"),
            (47.5 * 3_600.0, "2 days"),
            (4.6 * 86_400.0, "5 days"),
        ] {
            assert_eq!(length(seconds), told, "{seconds}");
        }
    }

    #[test]
    fn shares_are_rounded_and_of_nothing_there_is_none() {
        assert_eq!(percent(0, 0), None);
        assert_eq!([percent(2, 3), percent(1, 3), percent(1, 8)], [Some(67), Some(33), Some(13)]);
        assert_eq!([percent(0, 9), percent(9, 9)], [Some(0), Some(100)]);
    }

    #[test]
    fn of_few_times_less_is_told() {
        assert!(!has_median(4) && has_median(5) && !has_ninth(9) && has_ninth(10));
        assert_eq!(
            [about(4), about(5), about(24), about(100)],
            ["fewer than 5", "5 to 9", "10 to 24", "100 or more"]
        );
    }
}
