//! Typed identifiers: a track's id can never be passed where a stage's is meant.
//!
//! Version 7, so that rows made together lie together. Ids are names, never secrets.

use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, sqlx::Type, serde::Deserialize)]
        #[sqlx(transparent)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A new id, later than every one this process made before.
            #[expect(clippy::new_without_default, reason = "a default id would be a random one")]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, uuid::Error> {
                text.parse().map(Self)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id!(
    /// One document of the content tree, through all its revisions.
    DocumentId
);
id!(
    /// One track, keyed for people by its slug.
    TrackId
);
id!(
    /// One step of a track, keyed for people by its track and its document's path.
    StageId
);
id!(
    /// One person's account, whatever they may do with it.
    AccountId
);
id!(
    /// One browser signed in to one account.
    SessionId
);
id!(
    /// One passkey of one account.
    PasskeyId
);
id!(
    /// One time somebody asked for a way in by mail.
    RequestId
);
id!(
    /// One change of an e-mail address, from the asking to its end.
    ChangeId
);
id!(
    /// One token that somebody made for a program of theirs. The token itself is another thing.
    PersonalTokenId
);
id!(
    /// One letter, from the transaction that causes it to its sending. Its `Message-ID` is made of it.
    MailId
);
id!(
    /// One thing that happened, as the audit log has it.
    EventId
);
id!(
    /// One candidate in one track.
    ApplicationId
);
id!(
    /// One offer to one candidate.
    OfferId
);
id!(
    /// One stage given to one application.
    AssignmentId
);
id!(
    /// What was handed in for an assignment, once.
    SubmissionId
);
id!(
    /// One file that a candidate sent for an assignment.
    UploadId
);
id!(
    /// One time a candidate asked for more time.
    TimeRequestId
);
id!(
    /// One time that a member of a panel ran something of the work, in their log.
    LoggedRunId
);
id!(
    /// One interviewer on the panel of one assignment.
    PanelMemberId
);
id!(
    /// Some days on which an interviewer is not there.
    AbsenceId
);
