//! When what is sent is late, and by how much. Pure.

use crate::assignment::application::Assignment;
use crate::assignment::lifecycle::settle;
use crate::assignment::model::{Closing, REVIVAL, State};
use crate::clock::Timestamp;
use crate::content::import::settings::Format;

/// By how many minutes what is sent at `now` is late, begun ones counted: of a take-home whose clock has run out, as
/// long as that can be mended. None where it is not late, or cannot be sent for another reason.
pub fn minutes(it: &Assignment, now: Timestamp) -> Option<i32> {
    if it.format != Format::TakeHome {
        return None;
    }
    let (run, over) = match settle(it.format, it.state.clone(), now) {
        State::Closed { at, why: Closing::Lapsed, before } => match *before {
            State::InProgress(run) => (run, at),
            _ => return None,
        },
        // Whoever handed in by themselves has said what is to be judged.
        State::Submitted { run, at } if run.cutoff(it.format) == Some(at) => (run, at),
        _ => return None,
    };
    let due = run.due.filter(|_| now < over + REVIVAL)?;
    let seconds = now.duration_since(due).as_secs();
    i32::try_from(seconds / 60 + 1).ok()
}
