//! A fix of what does not build or run, which a panel may ask for once. Pure.

use crate::account::model::visible_length;
use crate::assignment::model::GRACE;
use crate::clock::{SignedDuration, Timestamp};

/// How long the candidate has for it.
pub const LASTS: SignedDuration = SignedDuration::from_hours(48);
/// The least and the most characters that say what does not build or run.
const SHORTEST: usize = 30;
const LONGEST: usize = 5_000;

/// That a fix was asked for, and what became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fix {
    pub asked_at: Timestamp,
    /// Until when it can be handed in.
    pub due: Timestamp,
    pub handed_in: Option<Timestamp>,
}

impl Fix {
    pub fn asked(now: Timestamp) -> Self {
        Self { asked_at: now, due: now + LASTS, handed_in: None }
    }

    /// From when on the promise to answer counts, where the work was handed in then.
    pub fn counts_from(&self, handed_in: Timestamp) -> Timestamp {
        handed_in.max(self.handed_in.unwrap_or(self.due))
    }

    /// Whether it can be handed in, for work that was handed in then: not where that was given back meanwhile.
    pub fn is_open(&self, handed_in: Timestamp, now: Timestamp) -> bool {
        self.handed_in.is_none() && handed_in <= self.asked_at && now < self.due + GRACE
    }

    /// Whether its time is over and nothing came.
    pub fn is_missed(&self, now: Timestamp) -> bool {
        self.handed_in.is_none() && self.due + GRACE <= now
    }
}

/// What does not build or run, as typed.
///
/// # Errors
/// It says too little or too much.
pub fn what(typed: &str) -> Result<String, String> {
    let text = typed.trim().replace("\r\n", "\n");
    if visible_length(&text) < SHORTEST {
        return Err(format!(
            "Say in at least {SHORTEST} characters what you did, and what does not build or run"
        ));
    }
    match text.chars().count() {
        0..=LONGEST => Ok(text),
        _ => Err("Use at most 5,000 characters".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fix_is_open_for_two_days_and_moves_the_promise() {
        let at = |hours: i64| {
            Timestamp::from_second(1_800_000_000).unwrap() + SignedDuration::from_hours(hours)
        };
        let fix = Fix::asked(at(10));
        assert_eq!((fix.due, fix.counts_from(at(0))), (at(58), at(58)));
        assert!(fix.is_open(at(0), at(10)) && fix.is_open(at(0), at(58)));
        assert!(!fix.is_open(at(0), at(58) + GRACE) && fix.is_missed(at(58) + GRACE));
        assert!(!fix.is_open(at(20), at(30)), "the work is another one");
        let fixed = Fix { handed_in: Some(at(30)), ..fix };
        assert!(!fixed.is_open(at(0), at(31)) && !fixed.is_missed(at(90)));
        assert_eq!(fixed.counts_from(at(0)), at(30));
        assert_eq!(fixed.counts_from(at(70)), at(70), "what was handed in anew counts from then");
    }

    #[test]
    fn what_is_asked_says_enough() {
        assert!(what("It fails.").unwrap_err().contains("30"));
        assert!(what(&"ü".repeat(30)).is_ok() && what(&"ü".repeat(LONGEST + 1)).is_err());
    }
}
