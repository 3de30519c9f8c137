//! How much somebody may send. Pure.

use crate::clock::{SignedDuration, Timestamp};

/// The most files within an hour. Whoever mends one thing after the other and looks each time stays far below.
const MOST_FILES: usize = 60;
const HOUR: SignedDuration = SignedDuration::from_hours(1);
/// The most bytes within a day.
const MOST_BYTES: u64 = 2 << 30;
/// How long it is known what was sent.
pub const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// A file that was sent.
#[derive(Clone, Copy, Debug)]
pub struct Sent {
    pub at: Timestamp,
    pub bytes: u64,
}

/// Too much was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMuch {
    /// From when on the same can be sent again.
    pub again_at: Timestamp,
}

/// Whether a file of `bytes` may be sent at `now`, after what was `sent` within [`KEPT`], the oldest first.
///
/// # Errors
/// It would be too much.
pub fn may_send(sent: &[Sent], bytes: u64, now: Timestamp) -> Result<(), TooMuch> {
    let is_late = |at: Timestamp, since: SignedDuration| now.duration_since(at) < since;
    let within_hour = sent.iter().filter(|one| is_late(one.at, HOUR));
    // Once the first of the last sixty is an hour old, there is room for one more.
    let by_count = within_hour.rev().nth(MOST_FILES - 1).map(|one| one.at + HOUR);
    let mut total: u64 = sent.iter().map(|one| one.bytes).sum::<u64>() + bytes;
    let mut by_bytes = None;
    for one in sent.iter().filter(|one| is_late(one.at, KEPT)) {
        if total <= MOST_BYTES {
            break;
        }
        total -= one.bytes;
        by_bytes = Some(one.at + KEPT);
    }
    match by_count.max(by_bytes) {
        Some(again_at) => Err(TooMuch { again_at }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        format!("2026-11-24T{text}Z").parse().unwrap()
    }

    #[test]
    fn whoever_sends_a_lot_goes_on_once_there_is_room_again() {
        let sent: Vec<Sent> = (0..60u32)
            .map(|n| Sent { at: at(&format!("09:{n:02}:00")), bytes: 1_000_000 })
            .collect();
        let ask = |sent: &[Sent], bytes, now| {
            may_send(sent, bytes, at(now)).map_err(|TooMuch { again_at }| again_at)
        };
        assert_eq!(ask(&sent[..59], 1, "09:59:30"), Ok(()));
        assert_eq!(ask(&sent, 1, "09:59:30"), Err(at("10:00:00")));
        assert_eq!(ask(&sent, 1, "10:00:00"), Ok(()));
        let large = |text| Sent { at: at(text), bytes: 1 << 30 };
        let sent = [large("01:00:00"), large("02:00:00")];
        assert_eq!(ask(&sent[..1], 1 << 30, "03:00:00"), Ok(()));
        let tomorrow = at("01:00:00") + KEPT;
        assert_eq!(ask(&sent, 1, "03:00:00"), Err(tomorrow));
        assert_eq!(ask(&sent, 1 << 30, "03:00:00"), Err(tomorrow));
    }
}
