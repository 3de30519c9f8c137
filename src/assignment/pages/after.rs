//! What happens after a stage, in a sentence for the candidate.

use jiff::tz::TimeZone;

use crate::assignment::application::Assignment;
use crate::assignment::promise::After;
use crate::calendar::WorkingDays;
use crate::clock::Timestamp;
use crate::content::import::settings::Format;
use crate::web::html::Html;
use crate::web::moment::{day, moment};

/// What follows on `it`. What the company promises is a day of its own calendar, whatever the clock of whoever
/// reads it shows when that day ends; other times are in `zone`.
pub fn says(
    it: &Assignment,
    after: After,
    now: Timestamp,
    (calendar, zone): (&WorkingDays, &TimeZone),
) -> Html {
    let promised = |by: Timestamp| day(by, &calendar.zone).as_str().to_owned();
    let within = within(it.panel.answer_within_days);
    let is_late = after.by().is_some_and(|by| by < now);
    Html::own(match after {
        After::HandIn { latest } => {
            let once = match it.format {
                Format::TakeHome if it.panel.size == 0 => "After you hand in, we answer",
                Format::TakeHome => "After you hand in, the panel looks at it, and we answer",
                Format::LiveSession => "After the session we answer",
                Format::External => "Once what was found is here, we answer",
            };
            match latest {
                Some(latest) => format!("{once} {within}: by {} at the latest.", promised(latest)),
                None => format!("{once} {within}."),
            }
        }
        After::Time { by } | After::Firm { by } | After::GoingOn { by } if is_late => format!(
            "You should have heard from your recruiter by {}. That is on us; write to them.",
            promised(by)
        ),
        After::Time { by } => format!(
            "Your recruiter finds a time with you by {}; after the session we answer {within}.",
            promised(by)
        ),
        After::Firm { by } => format!(
            "We hand it to the firm by {}; once what was found is here, we answer {within}.",
            promised(by)
        ),
        After::GoingOn { by } => {
            format!("Your recruiter tells you by {} how it goes on.", promised(by))
        }
        After::Question { .. } => "Your clock stands still until we answer.".to_owned(),
        After::Answer { by } if is_late => format!(
            "We said we would answer by {} and have not. That is on us; your recruiter can say more.",
            promised(by)
        ),
        After::Answer { by } => format!("We answer by {}.", promised(by)),
        After::Revival { until } => {
            format!(
                "Until {} your recruiter can open it for you again.",
                moment(until, zone).as_str()
            )
        }
        After::Again => "It was given to you again.".to_owned(),
        After::Undo { .. } | After::Nothing => "Nothing more is asked of you.".to_owned(),
    })
}

/// `within 5 working days`.
fn within(days: u16) -> String {
    match days {
        1 => "within one working day".to_owned(),
        days => format!("within {days} working days"),
    }
}
