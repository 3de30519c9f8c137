//! Who asks, and what they are to the house. Rules about it stand in the rooms' `access.rs`.

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::request::Parts;
use jiff::tz::TimeZone;

use crate::audit::Actor;
use crate::clock::Timestamp;
use crate::ids::{AccountId, SessionId};

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Viewer {
    /// Somebody who has not signed in.
    Anonymous,
    /// A person who has.
    Person(Arc<Person>),
    /// The portal itself, in a job or a command, for a reason that can be read in the audit log.
    System(&'static str),
}

/// A person who has signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub account: AccountId,
    /// The browser they are signed in with; none where a program asks with a token of theirs.
    pub session: Option<SessionId>,
    pub name: String,
    pub roles: Roles,
    /// Where their times are shown.
    pub zone: TimeZone,
    /// When they last proved who they are; of a token, when it was made.
    pub proved_at: Timestamp,
    /// The organisation asks its staff for a second factor, and this one has none yet.
    pub must_enrol: bool,
}

impl Viewer {
    pub fn person(&self) -> Option<&Person> {
        match self {
            Self::Person(person) => Some(person),
            Self::Anonymous | Self::System(_) => None,
        }
    }

    /// Whether this is a person who has to enrol a second factor before anything else.
    pub fn must_enrol(&self) -> bool {
        self.person().is_some_and(|person| person.must_enrol)
    }

    /// Whether a program asks, with a token that somebody made for it.
    pub fn is_program(&self) -> bool {
        self.person().is_some_and(|person| person.session.is_none())
    }

    /// Who this is to the audit log.
    pub fn actor(&self) -> Actor {
        match self {
            Self::Anonymous => Actor::Nobody,
            Self::Person(person) => Actor::Person(person.account),
            Self::System(reason) => Actor::System(reason),
        }
    }

    /// Whether this is a person in `role`. The portal itself has no role; rules name it apart.
    pub fn is(&self, role: Role) -> bool {
        self.person().is_some_and(|person| person.roles.has(role))
    }
}

/// Set by the account room's layer for whoever has a session; everybody else is anonymous.
impl<S: Sync> FromRequestParts<S> for Viewer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get().cloned().unwrap_or(Self::Anonymous))
    }
}

/// What a person is to the house (DESIGN §4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    Candidate,
    Recruiter,
    Interviewer,
    HiringManager,
    Hr,
    Administrator,
    /// An interviewer of an outside firm.
    External,
}

impl Role {
    pub const ALL: [Role; 7] = [
        Role::Candidate,
        Role::Recruiter,
        Role::Interviewer,
        Role::HiringManager,
        Role::Hr,
        Role::Administrator,
        Role::External,
    ];

    /// Its name in the database, in forms and on the command line.
    pub fn code(self) -> &'static str {
        match self {
            Self::Candidate => "candidate",
            Self::Recruiter => "recruiter",
            Self::Interviewer => "interviewer",
            Self::HiringManager => "hiring_manager",
            Self::Hr => "hr",
            Self::Administrator => "administrator",
            Self::External => "external",
        }
    }

    /// Its name for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::Candidate => "Candidate",
            Self::Recruiter => "Recruiter",
            Self::Interviewer => "Interviewer",
            Self::HiringManager => "Hiring manager",
            Self::Hr => "HR",
            Self::Administrator => "Administrator",
            Self::External => "External interviewer",
        }
    }

    /// What it lets a person do, in half a sentence.
    pub fn about(self) -> &'static str {
        match self {
            Self::Candidate => "is interviewed",
            Self::Recruiter => "looks after candidates: what comes next, and by when",
            Self::Interviewer => "reviews what candidates hand in, and votes",
            Self::HiringManager => "debriefs, decides, and tells the candidate why",
            Self::Hr => "takes over once an offer is made",
            Self::Administrator => "looks after people and settings; sees no votes",
            Self::External => "interviews for an outside firm, until an end date",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.code() == code)
    }

    /// Whether it can stand beside other roles in one account.
    pub fn is_staff(self) -> bool {
        !matches!(self, Self::Candidate | Self::External)
    }
}

/// The roles of one account: several of the staff's, or one alone of the others.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Roles(u8);

/// Why roles cannot be held together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RolesError {
    #[error("Choose at least one role")]
    None,
    #[error("A candidate or an external interviewer holds no other role: choose that one alone")]
    NotTogether,
}

impl Roles {
    /// # Errors
    /// There are none, or a candidate's or external's stands beside another.
    pub fn new(roles: impl IntoIterator<Item = Role>) -> Result<Self, RolesError> {
        let bits = roles.into_iter().fold(0u8, |bits, role| bits | 1 << role as u8);
        let roles = Self(bits);
        match roles.iter().count() {
            0 => Err(RolesError::None),
            1 => Ok(roles),
            _ if roles.iter().all(Role::is_staff) => Ok(roles),
            _ => Err(RolesError::NotTogether),
        }
    }

    pub fn only(role: Role) -> Self {
        Self(1 << role as u8)
    }

    pub fn has(self, role: Role) -> bool {
        self.0 & (1 << role as u8) != 0
    }

    pub fn is_staff(self) -> bool {
        self.iter().all(Role::is_staff)
    }

    /// In the order of [`Role::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Role> {
        Role::ALL.into_iter().filter(move |role| self.has(*role))
    }

    pub fn codes(self) -> Vec<String> {
        self.iter().map(|role| role.code().to_owned()).collect()
    }
}

impl fmt::Debug for Roles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl fmt::Display for Roles {
    /// As people read them: `Recruiter, Administrator`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let titles: Vec<&str> = self.iter().map(Role::title).collect();
        f.write_str(&titles.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_staff_roles_stand_together() {
        let both = Roles::new([Role::Recruiter, Role::Administrator]).unwrap();
        assert_eq!(both.to_string(), "Recruiter, Administrator");
        assert!(both.is_staff() && both.has(Role::Recruiter) && !both.has(Role::Hr));
        assert_eq!(Roles::new([]), Err(RolesError::None));
        let mixed = Roles::new([Role::Candidate, Role::Interviewer]);
        assert_eq!(mixed, Err(RolesError::NotTogether));
        assert!(!Roles::only(Role::External).is_staff());
    }
}
