//! Who decides. Pure.

use crate::assignment::access::{Given, Parties};
use crate::ids::{AccountId, AssignmentId};
use crate::web::allowed::{Capability, Viewer};
use crate::web::viewer::Role;

/// Deciding on a stage: the hiring manager of its application.
#[derive(Debug)]
pub struct MayDecide {
    given: Given,
    by: AccountId,
}

impl MayDecide {
    pub fn assignment(&self) -> AssignmentId {
        self.given.assignment
    }

    pub fn parties(&self) -> Parties {
        self.given.parties
    }

    pub fn by(&self) -> AccountId {
        self.by
    }
}

impl Capability for MayDecide {
    type Facts = Given;

    fn grant(viewer: &Viewer, given: &Given) -> Option<Self> {
        let person = viewer.person().filter(|person| person.roles.has(Role::HiringManager))?;
        let decides = given.parties.manager == Some(person.account);
        decides.then_some(Self { given: *given, by: person.account })
    }
}
