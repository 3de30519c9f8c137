//! What happened, by whom, to what: rows of ids and codes that are written in the transaction of the
//! deed, never changed, and chained by one [`sealer`] within a second.
//!
//! Free text (a reason somebody gave) lies in a row of its own that can be erased; the event keeps its
//! salted hash, so that the chain holds without the text. This room knows no other and no viewer: each
//! room names its own actions in its `events.rs`.
//!
//! [`chain`] says how an event is hashed, [`verify`] proves that nothing was changed since.

pub mod chain;
pub mod events;
pub mod sealer;
pub mod store;
pub mod verify;

use crate::ids::AccountId;
use crate::refs::Refs;
use uuid::Uuid;

/// Who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    Person(AccountId),
    /// The portal itself or its operator, for the reason a `Viewer::System` carries.
    System(&'static str),
    /// Somebody who had not signed in.
    Nobody,
}

/// Something that happened, on its way into the log by [`store::record`].
#[derive(Clone, Debug)]
pub struct Event {
    action: &'static str,
    by: Actor,
    about: Option<(&'static str, Uuid)>,
    refs: Refs,
    note: Option<String>,
}

impl Event {
    /// `action` is a constant of the room it happens in, as `account.invited`.
    pub fn new(action: &'static str, by: Actor) -> Self {
        Self { action, by, about: None, refs: Refs::default(), note: None }
    }

    /// What it happened to: the kind of thing, as `account`, and its id.
    #[must_use]
    pub fn about(mut self, kind: &'static str, id: impl Into<Uuid>) -> Self {
        self.about = Some((kind, id.into()));
        self
    }

    /// With the id of what plays the part `name`.
    #[must_use]
    pub fn id(mut self, name: &'static str, id: impl Into<Uuid>) -> Self {
        self.refs = self.refs.id(name, id);
        self
    }

    /// With the number that is the id of what plays the part `name`.
    #[must_use]
    pub fn number(mut self, name: &'static str, id: i64) -> Self {
        self.refs = self.refs.number(name, id);
        self
    }

    /// With a word from the program's text, never from a person's.
    #[must_use]
    pub fn code(mut self, name: &'static str, code: &'static str) -> Self {
        self.refs = self.refs.code(name, code);
        self
    }

    /// With a hash.
    #[must_use]
    pub fn digest(mut self, name: &'static str, hash: &[u8]) -> Self {
        self.refs = self.refs.digest(name, hash);
        self
    }

    /// With several such words, in this order.
    #[must_use]
    pub fn codes(
        mut self,
        name: &'static str,
        codes: impl IntoIterator<Item = &'static str>,
    ) -> Self {
        self.refs = self.refs.codes(name, codes);
        self
    }

    /// With what somebody wrote about it. Kept apart, so that it can be erased.
    #[must_use]
    pub fn noted(mut self, text: impl Into<String>) -> Self {
        self.note = Some(text.into());
        self
    }
}

/// An event as the log has it.
#[derive(Clone, Debug)]
pub struct Recorded {
    pub id: crate::ids::EventId,
    pub at: crate::clock::Timestamp,
    pub action: String,
    pub by: RecordedActor,
    /// The kind of thing it happened to, and its id.
    pub about: Option<(String, Uuid)>,
    pub refs: Refs,
    pub note: Note,
    /// Its place in the chain, once it has one, and the hash of the chain up to there.
    pub sealed: Option<chain::Head>,
}

/// Who did it, as the log has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordedActor {
    Person(AccountId),
    System(String),
    Nobody,
}

/// What somebody wrote about an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    None,
    Kept(String),
    Erased,
}

/// One kind of event for those who read the log. Each room lists its own in `events.rs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    pub action: &'static str,
    /// Under what it is looked for.
    pub group: Group,
    /// What whoever did it did, `{about}` standing for what it happened to: `Invited {about}`.
    pub title: &'static str,
}

/// Kinds of events that are looked for together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Group {
    /// As it stands in an address.
    pub code: &'static str,
    pub title: &'static str,
}
