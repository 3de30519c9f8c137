//! Calendar files (RFC 5545): dates that somebody takes into their own calendar.

use std::fmt::Write as _;

use jiff::Timestamp;

/// One date.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// The same date has the same one for ever, so that a later file moves it.
    pub uid: &'a str,
    pub at: Timestamp,
    /// Higher in a later file about the same date.
    pub sequence: i32,
    pub title: &'a str,
    pub text: &'a str,
    /// Where more is to be seen.
    pub url: &'a str,
}

/// The most octets of a line, its end apart.
const LONGEST: usize = 75;

/// A calendar with these dates, at least one, as it stands at `now`. Each reminds a day before.
pub fn calendar(entries: &[Entry<'_>], now: Timestamp) -> String {
    let mut lines = Lines::default();
    lines.add("BEGIN", "VCALENDAR");
    lines.add("VERSION", "2.0");
    lines.add("PRODID", "-//Interview portal//Dates//EN");
    lines.add("METHOD", "PUBLISH");
    for entry in entries {
        lines.add("BEGIN", "VEVENT");
        lines.add("UID", &escaped(entry.uid));
        lines.add("DTSTAMP", &utc(now));
        lines.add("DTSTART", &utc(entry.at));
        lines.add("SEQUENCE", &entry.sequence.to_string());
        lines.add("SUMMARY", &escaped(entry.title));
        lines.add("DESCRIPTION", &escaped(entry.text));
        lines.add("URL", entry.url);
        lines.add("TRANSP", "TRANSPARENT");
        lines.add("BEGIN", "VALARM");
        lines.add("ACTION", "DISPLAY");
        lines.add("TRIGGER", "-P1D");
        lines.add("DESCRIPTION", &escaped(entry.title));
        lines.add("END", "VALARM");
        lines.add("END", "VEVENT");
    }
    lines.add("END", "VCALENDAR");
    lines.0
}

fn utc(at: Timestamp) -> String {
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// Section 3.3.11. What cannot be seen has no place in a line.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.replace("\r\n", "\n").chars() {
        match c {
            '\\' | ';' | ',' => escaped.extend(['\\', c]),
            '\n' => escaped.push_str("\\n"),
            c if c.is_control() => {}
            c => escaped.push(c),
        }
    }
    escaped
}

#[derive(Default)]
struct Lines(String);

impl Lines {
    /// Section 3.1: longer lines go on below, after a blank, and no letter is broken.
    fn add(&mut self, name: &str, value: &str) {
        let mut octets = 0;
        let mut line = String::new();
        // Writing to a string does not fail.
        let _ = write!(line, "{name}:{value}");
        for c in line.chars() {
            if octets + c.len_utf8() > LONGEST {
                self.0.push_str("\r\n ");
                octets = 1;
            }
            octets += c.len_utf8();
            self.0.push(c);
        }
        self.0.push_str("\r\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_written_as_calendars_read_it() {
        let entry = Entry {
            uid: "1@portal.test",
            at: "2026-12-01T22:59:59.999999Z".parse().unwrap(),
            sequence: 3,
            title: "Start “Automation; a, b\\c”",
            text: "Line one\r\nLine two\u{7}",
            url: "https://portal.test/my?a=1,2;3",
        };
        let file = calendar(&[entry], "2026-11-24T09:00:00Z".parse().unwrap());
        insta::assert_snapshot!(file.replace('\r', "↵"), @r"
        BEGIN:VCALENDAR↵
        VERSION:2.0↵
        PRODID:-//Interview portal//Dates//EN↵
        METHOD:PUBLISH↵
        BEGIN:VEVENT↵
        UID:1@portal.test↵
        DTSTAMP:20261124T090000Z↵
        DTSTART:20261201T225959Z↵
        SEQUENCE:3↵
        SUMMARY:Start “Automation\; a\, b\\c”↵
        DESCRIPTION:Line one\nLine two↵
        URL:https://portal.test/my?a=1,2;3↵
        TRANSP:TRANSPARENT↵
        BEGIN:VALARM↵
        ACTION:DISPLAY↵
        TRIGGER:-P1D↵
        DESCRIPTION:Start “Automation\; a\, b\\c”↵
        END:VALARM↵
        END:VEVENT↵
        END:VCALENDAR↵
        ");
    }

    #[test]
    fn no_line_is_longer_than_it_may_be_and_unfolding_gives_all_of_it_back() {
        for letter in ["x", "ż", "漢", "👩‍👩‍👧"] {
            for count in 0..120 {
                let title = letter.repeat(count);
                let at = "2026-12-01T22:59:59Z".parse().unwrap();
                let entry = Entry { uid: "1", at, sequence: 0, title: &title, text: "", url: "u" };
                let file = calendar(&[entry], at);
                assert!(file.split("\r\n").all(|line| line.len() <= 75), "{file}");
                assert!(!file.replace("\r\n", "").contains(['\r', '\n']));
                let whole = file.replace("\r\n ", "");
                assert!(whole.contains(&format!("\r\nSUMMARY:{title}\r\n")), "{whole}");
            }
        }
    }
}
