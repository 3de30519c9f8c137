//! Letters: rows in the transaction that causes them, written and sent by a worker.
//!
//! A room enqueues a [`NewMail`]: a template's name, whom it goes to, and ids. When it is due the
//! [`worker`] asks a [`Compose`] for the [`Letter`], which is written with what is true by then and kept
//! nowhere, and hands it to a [`transport::Transport`]. This room knows no other and no viewer: who may be
//! told what is asked by those who compose.

pub mod address;
pub mod events;
pub mod letter;
pub mod smtp;
pub mod store;
pub mod transport;
pub mod wording;
pub mod worker;

use std::fmt;

use futures_util::future::BoxFuture;
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::db::Tx;
use crate::ids::MailId;
pub use crate::refs::{Missing, Refs};

pub use address::{Address, Line, Recipient};

/// What a letter is for, which decides who may read, hold and retry it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Invitations, resets, sign-ins: nobody but the recipient sees or holds these.
    Account,
    /// What happens next, and by when.
    Process,
    /// A decision; held for a while before it goes out.
    Decision,
}

impl Kind {
    pub const ALL: [Self; 3] = [Self::Account, Self::Process, Self::Decision];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Process => "process",
            Self::Decision => "decision",
        }
    }
}

/// A letter to be sent, see [`store::enqueue`].
#[derive(Clone, Debug)]
pub struct NewMail {
    /// What its composer knows it by: lower-case letters, digits, `-` and `_`.
    pub template: &'static str,
    pub kind: Kind,
    pub recipient_id: Uuid,
    pub refs: Refs,
    /// The event that is told, where telling it twice would be wrong. Ids and codes only.
    pub dedupe: Option<String>,
    /// `None`: as soon as can be.
    pub not_before: Option<Timestamp>,
    /// Somebody waits for it at their screen: it goes before those that nobody does.
    pub urgent: bool,
}

/// A letter whose time has come.
#[derive(Clone, Debug)]
pub struct Queued {
    pub mail_id: MailId,
    pub template: String,
    pub recipient_id: Uuid,
    pub refs: Refs,
    pub created_at: Timestamp,
    /// Counted from 1.
    pub attempt: i32,
}

/// A letter as it is sent. The text and the HTML say the same.
#[derive(Clone)]
pub struct Letter {
    pub to: Recipient,
    /// `None`: whom the operator's settings name.
    pub from: Option<Recipient>,
    pub subject: Line,
    pub text: String,
    pub html: String,
}

impl fmt::Debug for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Letter(…)")
    }
}

/// Writes the letters: by the rooms they come from, with what their recipient may know.
pub trait Compose: Send + Sync + 'static {
    /// The letter, or `None` where nothing is left to be said.
    ///
    /// `tx` is committed before the letter leaves, so a link in it may hold a token that is minted
    /// here. A letter that has to be sent again is composed again: the tokens before are then
    /// superseded or expire.
    ///
    /// # Errors
    /// It cannot be written now. Everything done in `tx` is undone, and it is tried again later.
    fn compose<'a>(
        &'a self,
        tx: &'a mut Tx,
        mail: &'a Queued,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<Option<Letter>, ComposeError>>;
}

/// Why a letter could not be written. The texts are for the log and name no person.
#[derive(Debug, thiserror::Error)]
pub enum ComposeError {
    #[error("the database refused a statement")]
    Database(#[from] sqlx::Error),
    #[error("its template could not be filled in")]
    Template(#[from] askama::Error),
    #[error("{0}")]
    Missing(#[from] Missing),
    #[error("nobody knows how to write it")]
    UnknownTemplate,
    #[error("its composer panicked")]
    Panicked,
    #[error("its composer took too long")]
    TookTooLong,
}

impl ComposeError {
    /// The database's own code for what it refused; its message may quote what was written.
    pub(crate) fn sqlstate(&self) -> Option<String> {
        match self {
            Self::Database(sqlx::Error::Database(error)) => error.code().map(Into::into),
            _ => None,
        }
    }
}
