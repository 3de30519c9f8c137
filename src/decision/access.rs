//! Who decides. Pure.

use crate::assignment::access::{Given, Parties};
use crate::ids::{AccountId, AssignmentId, OfferId};
use crate::web::allowed::{Capability, OfViewer, Viewer};
use crate::web::viewer::Role;

/// An offer, as the rule has to know it.
#[derive(Clone, Copy, Debug)]
pub struct Offered {
    pub offer: OfferId,
    pub hr: AccountId,
    pub parties: Parties,
}

/// Following an offer: whoever of HR it was handed over to, from then on. They see whose it is, what was passed and
/// what was seen in it, and nothing else of the interview.
#[derive(Debug)]
pub struct MayFollowOffer {
    offered: Offered,
}

impl MayFollowOffer {
    pub fn offer(&self) -> OfferId {
        self.offered.offer
    }

    pub fn parties(&self) -> Parties {
        self.offered.parties
    }

    pub fn by(&self) -> AccountId {
        self.offered.hr
    }
}

impl Capability for MayFollowOffer {
    type Facts = Offered;

    fn grant(viewer: &Viewer, offered: &Offered) -> Option<Self> {
        let person = viewer.person().filter(|person| person.roles.has(Role::Hr))?;
        (offered.hr == person.account).then_some(Self { offered: *offered })
    }
}

/// Seeing which offers are handed over to one.
#[derive(Debug)]
pub struct MayHoldOffers {
    hr: AccountId,
}

impl MayHoldOffers {
    pub fn hr(&self) -> AccountId {
        self.hr
    }
}

impl Capability for MayHoldOffers {
    type Facts = ();

    fn grant(viewer: &Viewer, (): &()) -> Option<Self> {
        let person = viewer.person().filter(|person| person.roles.has(Role::Hr))?;
        Some(Self { hr: person.account })
    }
}

impl OfViewer for MayHoldOffers {}

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

    pub fn given(&self) -> Given {
        self.given
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
