//! What carries letters away, and what may go wrong on the way.

use futures_util::future::BoxFuture;

use super::Letter;
use crate::clock::Timestamp;
use crate::ids::MailId;

/// Carries letters away: by SMTP, or as a test likes it.
pub trait Transport: Send + Sync + 'static {
    /// Hands `letter` over. After `Ok` somebody else answers for it.
    fn send<'a>(&'a self, letter: &'a Letter, stamp: Stamp) -> BoxFuture<'a, Result<(), Problem>>;
}

/// What makes one letter this letter, however often it is sent.
#[derive(Clone, Copy, Debug)]
pub struct Stamp {
    pub mail_id: MailId,
    /// The `Date` it bears.
    pub date: Timestamp,
}

/// Why a letter was not taken. Never a server's own words: those may repeat the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The server says, for good, that nobody has this address.
    NoSuchRecipient(u16),
    /// The server refused, for now or for a reason that an operator can mend.
    Refused(u16),
    /// No connection, or one that broke.
    Connection,
    /// The server's certificate is not to be trusted, or it offers no TLS.
    Tls,
    /// No answer in time.
    TimedOut,
    /// It cannot be put in a form that this server takes.
    Unsendable,
    /// It could not be written.
    Uncomposed,
}

impl Problem {
    /// As it is kept and shown, such as `smtp-451`.
    pub fn code(self) -> String {
        match self {
            Self::NoSuchRecipient(status) | Self::Refused(status) => format!("smtp-{status}"),
            Self::Connection => "connection".to_owned(),
            Self::Tls => "tls".to_owned(),
            Self::TimedOut => "timed-out".to_owned(),
            Self::Unsendable => "unsendable".to_owned(),
            Self::Uncomposed => "uncomposed".to_owned(),
        }
    }

    /// What a kept code means, for people who may be able to mend it.
    pub fn in_words(code: &str) -> String {
        match code {
            "connection" => "the mail server could not be reached, or hung up".to_owned(),
            "tls" => {
                "the mail server's certificate cannot be trusted, or it offers no TLS".to_owned()
            }
            "timed-out" => "the mail server did not answer in time".to_owned(),
            "unsendable" => "the mail server takes no letter to such an address".to_owned(),
            "uncomposed" => "the letter could not be written; the log says why".to_owned(),
            _ => match code.strip_prefix("smtp-") {
                Some(status @ ("550" | "551" | "553")) => {
                    format!("the mail server says that nobody has this address ({status})")
                }
                Some(status) => format!("the mail server refused it ({status})"),
                None => code.to_owned(),
            },
        }
    }

    /// Whether trying again is of no use.
    pub fn is_final(self) -> bool {
        matches!(self, Self::NoSuchRecipient(_))
    }
}
