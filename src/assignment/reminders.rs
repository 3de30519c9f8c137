//! When a candidate is reminded of a date, and of which. Pure.
//!
//! A reminder is a letter that is put in line when the date is set, and says nothing where the date is
//! another by then: so it moves with its date, ends with its assignment, and comes once.

use crate::assignment::model::{GRACE, Run, State};
use crate::clock::{SignedDuration, Timestamp};
use crate::content::import::settings::Format;
use crate::track::model::in_words;

const DAY: SignedDuration = SignedDuration::from_hours(24);
const HOUR: SignedDuration = SignedDuration::from_hours(1);
/// Half of a shorter time comes too soon after its beginning to be told.
const LONG: SignedDuration = SignedDuration::from_hours(48);

/// What a candidate is reminded of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A day before it has to be begun.
    Start,
    HalfTime,
    DayBefore,
    HourBefore,
}

impl Reason {
    const ALL: [Self; 4] = [Self::Start, Self::HalfTime, Self::DayBefore, Self::HourBefore];

    pub fn code(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::HalfTime => "half_time",
            Self::DayBefore => "day_before",
            Self::HourBefore => "hour_before",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }
}

/// One reminder that lies ahead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reminder {
    pub reason: Reason,
    pub at: Timestamp,
    /// The date it speaks of.
    pub date: Timestamp,
}

/// The date a settled state leads up to.
pub fn date(state: &State) -> Option<Timestamp> {
    match state {
        State::Assigned { start_by } => *start_by,
        State::InProgress(run) if run.waits_from.is_none() => run.due,
        _ => None,
    }
}

/// When the state lapses, unless something happens before: with nothing received by then.
pub fn lapse(state: &State) -> Option<Timestamp> {
    match state {
        State::Assigned { start_by } => *start_by,
        State::InProgress(run) if run.waits_from.is_none() => run.due.map(|due| due + GRACE),
        _ => None,
    }
}

/// From when on the work is final, unless something happens before: then its panel begins.
pub fn final_from(state: &State, format: Format) -> Option<Timestamp> {
    match state {
        State::Submitted { .. } => state.final_at(format),
        State::InProgress(run) if format == Format::LiveSession || run.work_at.is_some() => {
            run.cutoff(format)
        }
        _ => None,
    }
}

/// The middle of a clock that runs long enough.
fn half_time(run: &Run) -> Option<Timestamp> {
    let all = run.due?.duration_since(run.started);
    (all >= LONG).then(|| run.started + SignedDuration::from_secs(all.as_secs() / 2))
}

/// Every reminder that lies after `now` of the date `state` leads up to, in order. Half time is told once,
/// though the date moves: not again where it has passed in the state `before`.
pub fn ahead(before: &State, state: &State, now: Timestamp) -> Vec<Reminder> {
    let Some(date) = date(state) else { return Vec::new() };
    let was_half = match before {
        State::InProgress(run) => half_time(run).is_some_and(|at| at <= now),
        _ => false,
    };
    let mut reminders = match state {
        State::InProgress(run) => {
            let half = half_time(run).filter(|_| !was_half);
            let half = half.map(|at| Reminder { reason: Reason::HalfTime, at, date });
            let others = [(Reason::DayBefore, DAY), (Reason::HourBefore, HOUR)];
            let others =
                others.map(|(reason, before)| Reminder { reason, at: date - before, date });
            half.into_iter().chain(others).collect()
        }
        _ => vec![Reminder { reason: Reason::Start, at: date - DAY, date }],
    };
    reminders.retain(|reminder| reminder.at > now);
    // Half of two days is a day before: one of them is enough.
    reminders.dedup_by_key(|reminder| reminder.at);
    reminders
}

/// What is left until `date` in words, to the hour above a day and to the minute below, rounded up; `None`
/// where nothing is.
pub fn left(date: Timestamp, now: Timestamp) -> Option<String> {
    let left = date.duration_since(now);
    if left <= SignedDuration::ZERO {
        return None;
    }
    let minutes = (left.as_secs() + i64::from(left.subsec_nanos() > 0) + 59) / 60;
    let shown = if minutes > 24 * 60 { minutes - minutes % 60 } else { minutes };
    Some(in_words(SignedDuration::from_mins(shown)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_never_short_by_its_rounding() {
        let now: Timestamp = "2026-11-24T09:00:00Z".parse().unwrap();
        let after = |seconds| left(now + SignedDuration::from_secs(seconds), now);
        assert_eq!(after(7 * 86_400 - 1).as_deref(), Some("1 week"));
        assert_eq!(after(86_400 + 3_661).as_deref(), Some("1 day 1 h"));
        assert_eq!(after(3_660).as_deref(), Some("1 h 1 min"));
        assert_eq!(after(59).as_deref(), Some("1 min"));
        assert_eq!(after(0), None);
    }

    #[test]
    fn the_panel_begins_when_the_work_is_final() {
        let now: Timestamp = "2026-11-24T09:00:00Z".parse().unwrap();
        let run = Run::new(now, Some(now + HOUR * 48));
        let submitted = State::Submitted { run, at: now + HOUR };
        assert_eq!(final_from(&submitted, Format::TakeHome), Some(now + HOUR * 2));
        assert_eq!(final_from(&submitted, Format::External), Some(now + HOUR));
        // Nothing was received, so that nothing comes of the end of its time.
        assert_eq!(final_from(&State::InProgress(run), Format::TakeHome), None);
        let worked = State::InProgress(Run { work_at: Some(now), ..run });
        assert_eq!(final_from(&worked, Format::TakeHome), Some(now + HOUR * 48 + GRACE));
        assert_eq!(final_from(&State::Assigned { start_by: Some(now) }, Format::TakeHome), None);
    }

    fn told(state: &State, now: Timestamp) -> Vec<String> {
        let hours = |at: Timestamp| at.duration_since(now).as_hours();
        ahead(state, state, now)
            .iter()
            .map(|it| format!("{} {}", hours(it.at), it.reason.code()))
            .collect()
    }

    #[test]
    fn reminders_follow_their_date() {
        let now: Timestamp = "2026-11-24T09:00:00Z".parse().unwrap();
        let run = |due| State::InProgress(Run::new(now, Some(now + HOUR * due)));
        assert_eq!(told(&run(7 * 24), now), ["84 half_time", "144 day_before", "167 hour_before"]);
        assert_eq!(told(&run(48), now), ["24 half_time", "47 hour_before"]);
        assert_eq!(told(&run(36), now), ["12 day_before", "35 hour_before"]);
        assert_eq!(told(&run(1), now), [""; 0]);
        let assigned = |by: i32| State::Assigned { start_by: Some(now + HOUR * by) };
        assert_eq!(told(&assigned(48), now), ["24 start"]);
        assert_eq!(told(&assigned(24), now), [""; 0]);
        assert_eq!(told(&State::Assigned { start_by: None }, now), [""; 0]);
        let later = now + HOUR * 84;
        let moved = ahead(&run(7 * 24), &run(9 * 24), later);
        let reasons: Vec<&str> = moved.iter().map(|it| it.reason.code()).collect();
        assert_eq!(reasons, ["day_before", "hour_before"]);
        let waits = Run { waits_from: Some(now), ..Run::new(now, Some(now + HOUR * 48)) };
        assert_eq!(told(&State::InProgress(waits), now), [""; 0]);
    }
}
