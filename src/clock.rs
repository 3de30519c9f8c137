//! Time as the portal sees it: one source of `now`, which tests can hold still.
//!
//! Nothing else in the crate asks the operating system for the time; `clippy.toml` refuses it.

use std::sync::{Arc, Mutex};

pub use jiff::{SignedDuration, Timestamp};

/// An instant as an address of ours writes it; none from before 1970, where the database's calendar ends
/// sooner than ours.
pub fn instant(text: &str) -> Option<Timestamp> {
    text.parse().ok().filter(|at| *at >= Timestamp::UNIX_EPOCH)
}

/// Where `now` comes from. Cheap to clone; clones of a fixed clock move together.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    /// The machine's clock.
    #[default]
    System,
    /// A clock that stands still until a test moves it.
    Fixed(Arc<Mutex<Timestamp>>),
}

impl Clock {
    /// A clock that stands at `at`.
    pub fn fixed(at: Timestamp) -> Self {
        Self::Fixed(Arc::new(Mutex::new(at)))
    }

    /// The present instant, to the microsecond: Postgres keeps no finer, and two roundings of one
    /// instant would make two different times.
    pub fn now(&self) -> Timestamp {
        let now = match self {
            #[expect(clippy::disallowed_methods, reason = "the one place that may ask")]
            Self::System => Timestamp::now(),
            Self::Fixed(at) => *at.lock().expect("a clock's holder never panics"),
        };
        Timestamp::from_microsecond(now.as_microsecond()).expect("rounding stays in range")
    }

    /// Moves a fixed clock to `at`; the machine's clock ignores it.
    pub fn set(&self, at: Timestamp) {
        if let Self::Fixed(held) = self {
            *held.lock().expect("a clock's holder never panics") = at;
        }
    }
}
