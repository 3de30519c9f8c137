//! Who may do what with applications and what is given in them. Pure.

use crate::account::access::{Invites, ReadsNames};
use crate::audit::Actor;
use crate::ids::{AccountId, ApplicationId, AssignmentId};
use crate::web::allowed::{Capability, OfViewer, Viewer};
use crate::web::viewer::{Role, Roles};

/// Whose an application is: what the rules have to know of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parties {
    pub application: ApplicationId,
    pub candidate: AccountId,
    pub recruiter: AccountId,
    pub manager: Option<AccountId>,
}

/// The same of an assignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Given {
    pub assignment: AssignmentId,
    pub parties: Parties,
}

/// Bringing candidates into tracks.
#[derive(Debug)]
pub struct MayRecruit {
    by: AccountId,
}

impl MayRecruit {
    pub fn recruiter(&self) -> AccountId {
        self.by
    }
}

impl Capability for MayRecruit {
    type Facts = ();

    fn grant(viewer: &Viewer, (): &()) -> Option<Self> {
        let person = viewer.person().filter(|person| person.roles.has(Role::Recruiter))?;
        Some(Self { by: person.account })
    }
}

impl OfViewer for MayRecruit {}

impl Invites for MayRecruit {
    fn by(&self) -> Actor {
        Actor::Person(self.by)
    }

    fn may_give(&self, roles: Roles) -> bool {
        roles == Roles::only(Role::Candidate)
    }
}

/// Seeing the candidates one looks after or decides on, and no others.
#[derive(Debug)]
pub struct MaySeeCandidates {
    of: AccountId,
}

impl MaySeeCandidates {
    /// Whose candidates.
    pub fn of(&self) -> AccountId {
        self.of
    }
}

impl Capability for MaySeeCandidates {
    type Facts = ();

    fn grant(viewer: &Viewer, (): &()) -> Option<Self> {
        let person = viewer.person()?;
        let may = person.roles.has(Role::Recruiter) || person.roles.has(Role::HiringManager);
        may.then_some(Self { of: person.account })
    }
}

impl OfViewer for MaySeeCandidates {}

/// Seeing one application and its candidate: its recruiter and its hiring manager.
#[derive(Debug)]
pub struct MaySeeApplication {
    application: ApplicationId,
    runs_it: bool,
}

impl MaySeeApplication {
    pub fn application(&self) -> ApplicationId {
        self.application
    }

    /// Whether this is its recruiter, who knows more than its manager and acts.
    pub fn runs_it(&self) -> bool {
        self.runs_it
    }
}

impl Capability for MaySeeApplication {
    type Facts = Parties;

    fn grant(viewer: &Viewer, parties: &Parties) -> Option<Self> {
        let person = viewer.person()?;
        let runs_it = runs(viewer, parties);
        let decides =
            parties.manager == Some(person.account) && person.roles.has(Role::HiringManager);
        (runs_it || decides).then_some(Self { application: parties.application, runs_it })
    }
}

impl ReadsNames for MaySeeApplication {}

/// Moving one application on: its recruiter alone.
#[derive(Debug)]
pub struct MayRunApplication {
    application: ApplicationId,
    candidate: AccountId,
    manager: Option<AccountId>,
    by: AccountId,
}

impl MayRunApplication {
    pub fn application(&self) -> ApplicationId {
        self.application
    }

    pub fn candidate(&self) -> AccountId {
        self.candidate
    }

    /// The hiring manager, once there is one.
    pub fn manager(&self) -> Option<AccountId> {
        self.manager
    }

    pub fn by(&self) -> AccountId {
        self.by
    }
}

impl Capability for MayRunApplication {
    type Facts = Parties;

    fn grant(viewer: &Viewer, parties: &Parties) -> Option<Self> {
        runs(viewer, parties).then_some(Self {
            application: parties.application,
            candidate: parties.candidate,
            manager: parties.manager,
            by: parties.recruiter,
        })
    }
}

fn runs(viewer: &Viewer, parties: &Parties) -> bool {
    viewer.person().is_some_and(|person| {
        parties.recruiter == person.account && person.roles.has(Role::Recruiter)
    })
}

/// Taking part in one's own interview.
#[derive(Debug)]
pub struct MayTakePart {
    candidate: AccountId,
}

impl MayTakePart {
    pub fn candidate(&self) -> AccountId {
        self.candidate
    }
}

impl Capability for MayTakePart {
    type Facts = ();

    const FOR_TOKENS: bool = true;

    fn grant(viewer: &Viewer, (): &()) -> Option<Self> {
        let person = viewer.person().filter(|person| person.roles.has(Role::Candidate))?;
        Some(Self { candidate: person.account })
    }
}

impl OfViewer for MayTakePart {}

/// Taking one stage that one was given.
#[derive(Debug)]
pub struct MayTakeAssignment {
    given: Given,
}

impl MayTakeAssignment {
    pub fn assignment(&self) -> AssignmentId {
        self.given.assignment
    }

    pub fn parties(&self) -> Parties {
        self.given.parties
    }
}

impl Capability for MayTakeAssignment {
    type Facts = Given;

    fn grant(viewer: &Viewer, given: &Given) -> Option<Self> {
        let person = viewer.person().filter(|person| person.roles.has(Role::Candidate))?;
        (given.parties.candidate == person.account).then_some(Self { given: *given })
    }
}
