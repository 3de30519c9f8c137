//! What can be wrong with the log, in words for whoever keeps it.

use std::fmt;

use uuid::Uuid;

use crate::audit::chain::Head;
use crate::clock::Timestamp;

/// One thing that is wrong. Places are counted from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// The event differs from the one that was sealed.
    Changed { sequence: i64, event_id: Uuid },
    /// The seal is there, its event is not.
    Removed { sequence: i64, event_id: Uuid },
    /// Nothing stands at these places.
    Missing { first: i64, last: i64 },
    /// Another event stands here than the one that was sealed here.
    Reordered { sequence: i64, event_id: Uuid, sealed_at: Option<i64> },
    /// Event and seal fit each other, and do not follow what stands before them.
    DoesNotFollow { sequence: i64, event_id: Uuid },
    /// The event is as it was; what was kept of its seal is not.
    SealChanged { sequence: i64, event_id: Uuid },
    /// The text is not the one that was written.
    NoteChanged { sequence: i64, event_id: Uuid },
    /// A text was put to an event that had none.
    NoteAdded { sequence: i64, event_id: Uuid },
    /// It has no seal and does not wait for one.
    NeverSealed { event_id: Uuid },
    /// It has been waiting for its seal for more than a minute.
    WaitsTooLong { event_id: Uuid, since: Option<Timestamp> },
    /// The chain is shorter than it was.
    TailCut { kept: Head, ends: i64 },
    /// At the place of the head that was kept another one stands.
    OtherHead { kept: Head },
}

impl Finding {
    /// Where along the chain it is told of; what has no place comes last.
    pub(super) fn place(&self) -> i64 {
        match *self {
            Self::Changed { sequence, .. }
            | Self::Removed { sequence, .. }
            | Self::Missing { first: sequence, .. }
            | Self::Reordered { sequence, .. }
            | Self::DoesNotFollow { sequence, .. }
            | Self::SealChanged { sequence, .. }
            | Self::NoteChanged { sequence, .. }
            | Self::NoteAdded { sequence, .. } => sequence,
            Self::OtherHead { kept } => kept.sequence,
            Self::NeverSealed { .. } | Self::WaitsTooLong { .. } | Self::TailCut { .. } => i64::MAX,
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Changed { sequence, event_id } => {
                write!(f, "event {sequence} ({event_id}) was changed after it was sealed")
            }
            Self::Removed { sequence, event_id } => {
                write!(f, "event {sequence} ({event_id}) was removed; its seal is still there")
            }
            Self::Missing { first, last } if first == last => {
                write!(f, "event {first} was removed, together with its seal")
            }
            Self::Missing { first, last } => {
                write!(f, "events {first} to {last} were removed, together with their seals")
            }
            Self::Reordered { sequence, event_id, sealed_at: Some(sealed_at) } => write!(
                f,
                "event {sequence} ({event_id}) was moved: it was sealed as event {sealed_at}"
            ),
            Self::Reordered { sequence, event_id, sealed_at: None } => write!(
                f,
                "event {sequence} ({event_id}) was moved, or the one before it: it was sealed after another"
            ),
            Self::DoesNotFollow { sequence, event_id } => write!(
                f,
                "event {sequence} ({event_id}) does not follow the one before it: what stood between \
                 them was removed, or a seal was changed"
            ),
            Self::SealChanged { sequence, event_id } => {
                write!(f, "the seal of event {sequence} ({event_id}) was changed")
            }
            Self::NoteChanged { sequence, event_id } => {
                write!(f, "the note of event {sequence} ({event_id}) was changed")
            }
            Self::NoteAdded { sequence, event_id } => {
                write!(f, "event {sequence} ({event_id}) had no note, and has one now")
            }
            Self::NeverSealed { event_id } => {
                write!(
                    f,
                    "event {event_id} has no seal and does not wait for one: it was taken away"
                )
            }
            Self::WaitsTooLong { event_id, since } => {
                write!(f, "event {event_id} has not been sealed")?;
                if let Some(since) = since {
                    write!(f, " since {}", since.strftime("%Y-%m-%d %H:%M:%S UTC"))?;
                }
                f.write_str("; a serving portal does that within a second")
            }
            Self::TailCut { kept, ends } => write!(
                f,
                "the end was cut off: {} events were there when this head was kept, and the chain ends \
                 with event {ends}",
                kept.sequence
            ),
            Self::OtherHead { kept } => write!(
                f,
                "the chain up to event {} is not the one whose head was kept: it was written anew",
                kept.sequence
            ),
        }
    }
}
