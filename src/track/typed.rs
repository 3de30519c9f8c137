//! What people type into a recipe's form, read: lengths of time, agendas, lists. Pure.

use crate::clock::SignedDuration;
use crate::content::import::settings::AgendaItem;
use crate::mail::address::is_hidden;

/// The longest length of time, in minutes: a year that leaps.
const LONGEST_MINUTES: i64 = 366 * 24 * 60;
/// The most lines of a list, and the most characters of one text.
const MOST_LINES: usize = 100;
const LONGEST_TEXT: usize = 1_000;

const NO_LENGTH: &str = "Write a length of time, such as 7 days or 2 h 30 min";

/// A length of time in a person's words, as [`in_words`](super::model::in_words) writes it and as people
/// vary it: `2 weeks`, `1 day 12 h`, `90min`, `2 hours and 30 minutes`. A day has 24 hours.
///
/// # Errors
/// It is no length of time, or a senseless one; what to write instead.
pub fn length(text: &str) -> Result<SignedDuration, &'static str> {
    let mut minutes: i64 = 0;
    let mut said: Vec<i64> = Vec::new();
    let text = text.to_lowercase().replace(',', " ");
    let mut rest = text.trim().trim_end_matches('.');
    while !rest.is_empty() {
        rest = rest.strip_prefix("and ").unwrap_or(rest).trim_start();
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (count, after) = rest.split_at(digits);
        let count: i64 = count.parse().map_err(|_| NO_LENGTH)?;
        let after = after.trim_start();
        let letters = after.find(|c: char| !c.is_alphabetic()).unwrap_or(after.len());
        let (unit, after) = after.split_at(letters);
        let unit = unit_minutes(unit).ok_or(NO_LENGTH)?;
        if said.contains(&unit) {
            return Err(NO_LENGTH);
        }
        said.push(unit);
        let part = count.checked_mul(unit).and_then(|part| minutes.checked_add(part));
        minutes = part.ok_or("Use at most 366 days")?;
        rest = after.trim_start();
    }
    match minutes {
        _ if said.is_empty() => Err(NO_LENGTH),
        0 => Err("Nothing can be done in no time; use at least a minute"),
        LONGEST_MINUTES.. if minutes > LONGEST_MINUTES => Err("Use at most 366 days"),
        minutes => Ok(SignedDuration::from_mins(minutes)),
    }
}

fn unit_minutes(unit: &str) -> Option<i64> {
    Some(match unit {
        "w" | "week" | "weeks" => 7 * 24 * 60,
        "d" | "day" | "days" => 24 * 60,
        "h" | "hr" | "hrs" | "hour" | "hours" => 60,
        "m" | "min" | "mins" | "minute" | "minutes" => 1,
        _ => return None,
    })
}

/// An agenda as typed: an item a line, as `5 min set-up`.
///
/// # Errors
/// The first line that cannot be read, and what to write instead.
pub fn agenda(text: &str) -> Result<Vec<AgendaItem>, String> {
    let item = |(number, line): (usize, String)| {
        let wrong =
            || format!("Line {number}: write how many minutes and what, as in 5 min set-up");
        let digits = line.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
        let (minutes, rest) = line.split_at(digits);
        let minutes: u16 = minutes.parse().map_err(|_| wrong())?;
        let (unit, what) = rest.trim_start().split_once(' ').ok_or_else(wrong)?;
        if unit_minutes(unit) != Some(1) {
            return Err(wrong());
        }
        if minutes == 0 {
            return Err(format!("Line {number}: give it at least a minute"));
        }
        Ok(AgendaItem { minutes, what: what.to_owned() })
    };
    lines(text)?.into_iter().map(item).collect()
}

/// A list as typed: an item a line.
///
/// # Errors
/// It is too long; what to do about it.
pub fn list(text: &str) -> Result<Vec<String>, String> {
    Ok(lines(text)?.into_iter().map(|(_, line)| line).collect())
}

/// The lines that hold something, blanks folded, with their numbers.
fn lines(text: &str) -> Result<Vec<(usize, String)>, String> {
    let fold = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let lines: Vec<(usize, String)> =
        (1..).zip(text.lines().map(fold)).filter(|(_, line)| !line.is_empty()).collect();
    if lines.len() > MOST_LINES {
        return Err(format!("Use at most {MOST_LINES} lines"));
    }
    let wrong = lines.iter().find_map(|(number, line)| Some((number, unfit(line)?)));
    match wrong {
        Some((number, wrong)) => Err(format!("Line {number}: {}", wrong.to_lowercase())),
        None => Ok(lines),
    }
}

/// A text of one line that may be left empty.
///
/// # Errors
/// It is too long, or hides something.
pub fn short(text: &str) -> Result<Option<String>, String> {
    let folded = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match unfit(&folded) {
        Some(wrong) => Err(wrong),
        None => Ok((!folded.is_empty()).then_some(folded)),
    }
}

/// What keeps a text from being shown to people.
fn unfit(text: &str) -> Option<String> {
    if text.chars().any(is_hidden) {
        return Some("Something in it cannot be seen; type it anew".to_owned());
    }
    let is_long = text.chars().count() > LONGEST_TEXT;
    is_long.then(|| format!("Use at most {LONGEST_TEXT} characters"))
}

/// A number between `least` and `most`.
///
/// # Errors
/// It is another one, or none.
pub fn number(text: &str, least: u16, most: u16) -> Result<u16, String> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok().filter(|number| plain && (least..=most).contains(number));
    number.ok_or_else(|| format!("Write a number from {least} to {most}"))
}

#[cfg(test)]
mod tests {
    use proptest::{prop_assert_eq, proptest};

    use super::*;
    use crate::track::model::in_words;

    proptest! {
        #[test]
        fn a_length_is_read_as_it_is_written(minutes in 1_i64..=LONGEST_MINUTES) {
            let written = SignedDuration::from_mins(minutes);
            prop_assert_eq!(length(&in_words(written)), Ok(written));
        }

        #[test]
        fn whatever_is_typed_is_read_or_refused(text in "\\PC{0,40}") {
            let _ = (length(&text), agenda(&text), list(&text), short(&text));
        }
    }

    #[test]
    fn lengths_are_read_as_people_vary_them() {
        let minutes = |text| length(text).map(|length| length.as_mins());
        for (typed, read) in [
            ("7 days", 7 * 24 * 60),
            ("1 week, 2 days", 9 * 24 * 60),
            ("2 h 30 min", 150),
            ("2h30m", 150),
            ("2 hours and 30 minutes", 150),
            ("150 minutes.", 150),
            (" 1  DAY ", 24 * 60),
            ("30 min 2 h", 150),
        ] {
            assert_eq!(minutes(typed), Ok(read), "{typed}");
        }
    }

    #[test]
    fn what_is_no_length_is_refused_with_what_to_write() {
        for typed in
            ["", "soon", "7", "7 nights", "2 h 30", "-2 days", "1.5 h", "2 h 3 h", "and", "٣ days"]
        {
            assert_eq!(length(typed), Err(NO_LENGTH), "{typed}");
        }
        for typed in ["0 min", "0 days 0 h"] {
            assert!(length(typed).unwrap_err().contains("at least a minute"), "{typed}");
        }
        for typed in ["367 days", "9223372036854775807 weeks", "99 weeks"] {
            assert_eq!(length(typed), Err("Use at most 366 days"), "{typed}");
        }
        assert!(length("99999999999999999999 days").is_err());
    }

    #[test]
    fn an_agenda_is_read_line_by_line() {
        let read = agenda("5 min set-up\r\n\n 60 minutes  work on  it\n15min wrap-up").unwrap();
        let again: Vec<String> = read.iter().map(AgendaItem::to_string).collect();
        assert_eq!(again, ["5 min set-up", "60 min work on it", "15 min wrap-up"]);
        assert_eq!(agenda(&again.join("\n")), Ok(read));
        assert_eq!(agenda(" \n"), Ok(Vec::new()));
        for (typed, told) in [
            ("5 min set-up\nwork", "Line 2: write how many minutes and what"),
            ("5", "Line 1: write how many minutes"),
            ("5 min", "Line 1: write how many minutes"),
            ("1 h work", "Line 1: write how many minutes"),
            ("70000 min work", "Line 1: write how many minutes"),
            ("\n0 min work", "Line 2: give it at least a minute"),
        ] {
            let refused = agenda(typed).unwrap_err();
            assert!(refused.starts_with(told), "{typed}: {refused}");
        }
        assert!(list(&"a\n".repeat(101)).unwrap_err().contains("at most 100 lines"));
        let long = list(&format!("a\n{}", "b".repeat(1_001))).unwrap_err();
        assert_eq!(long, "Line 2: use at most 1000 characters");
        assert!(list("a\nb\u{202e}c").unwrap_err().starts_with("Line 2: something in it"));
        assert!(short("\u{7}").unwrap_err().starts_with("Something in it cannot be seen"));
    }

    #[test]
    fn numbers_keep_to_their_bounds() {
        assert_eq!(number("3", 0, 9), Ok(3));
        for typed in ["10", "-1", "+3", "three", "", "3.0", "٣"] {
            assert_eq!(number(typed, 0, 9).unwrap_err(), "Write a number from 0 to 9", "{typed}");
        }
    }
}
