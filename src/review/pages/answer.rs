//! What somebody answers to being asked onto a panel, as the form on its page has it.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::assignment::panel::Conflict;
use crate::assignment::store::seats::Answer;
use crate::clock::Timestamp;
use crate::web::form::Form;

/// The answer in a form; days are those of `zone`.
pub(super) fn read(form: &mut Form, zone: &TimeZone, now: Timestamp) -> Option<Answer> {
    let short = |typed: &str| match typed.trim().chars().count() {
        0..=2_000 => Ok(typed.trim().to_owned()),
        _ => Err("Use at most 2,000 characters"),
    };
    match form.text("do") {
        "accept" => Some(Answer::Accept),
        "until" => {
            let today = now.to_zoned(zone.clone()).date();
            let day = form.read("until", |typed| match typed.parse::<Date>() {
                Ok(day) if day > today => Ok(day),
                Ok(_) => Err("Choose a day that lies ahead"),
                Err(_) => Err("Choose a day, as 2026-12-31"),
            });
            day.map(Answer::NeedUntil)
        }
        "decline" => form.read("why", short).map(|reason| Answer::Decline { reason }),
        "recognise" => Some(Answer::Conflict { kind: Conflict::Recognised, reason: String::new() }),
        "conflict" => {
            let kind =
                form.read("kind", |typed| Conflict::from_code(typed).ok_or("Choose what it is"));
            let reason = form.read("reason", short);
            Some(Answer::Conflict { kind: kind?, reason: reason? })
        }
        _ => {
            form.refuse("do", "Choose what to answer");
            None
        }
    }
}
