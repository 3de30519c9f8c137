//! All SQL of the mail.

mod outbox;
mod queue;
mod wording;

pub use outbox::{Counts, Entry, LeftOut, Place, Shown, State, counts, outbox, retry};
pub use queue::{CHANNEL, enqueue, enqueue_all};
pub(super) use queue::{Next, claim, mark, record_dropped, record_failed, record_sent, undo};
pub use wording::{changed_wordings, reset_wording, set_wording, wording};
