//! Who may look at what was handed in. Pure.

use crate::assignment::access::{Given, MaySit, Seated};
use crate::ids::{AccountId, ApplicationId, AssignmentId};
use crate::web::allowed::{Capability, OfViewer, Viewer};
use crate::web::viewer::Role;

/// An assignment, as the rule about its work has to know it.
#[derive(Clone, Copy, Debug)]
pub struct Looking {
    pub given: Given,
    /// The seat of whoever asks, where they have one.
    pub seat: Option<Seated>,
    /// Whoever asks is of the firm that has it.
    pub assesses: bool,
    /// It was handed in, and neither taken back nor withdrawn.
    pub is_here: bool,
}

/// In which capacity somebody looks at the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum As {
    Panel,
    Manager,
    /// Of the firm that has it: they read what the candidate found, and what they say of it elsewhere.
    Firm,
}

/// Looking at the work: whoever sits on its panel and has accepted, the firm that has it, and the hiring manager. Its
/// recruiter has the receipt.
#[derive(Debug)]
pub struct MaySeeWork {
    looking: Looking,
    looks: As,
}

impl MaySeeWork {
    pub fn assignment(&self) -> AssignmentId {
        self.looking.given.assignment
    }

    pub fn application(&self) -> ApplicationId {
        self.looking.given.parties.application
    }

    pub fn looking(&self) -> &Looking {
        &self.looking
    }

    /// Whether this is the hiring manager, who knows whose it is.
    pub fn decides(&self) -> bool {
        self.looks == As::Manager
    }

    pub fn looks(&self) -> As {
        self.looks
    }
}

impl Capability for MaySeeWork {
    type Facts = Option<Looking>;

    fn grant(viewer: &Viewer, looking: &Option<Looking>) -> Option<Self> {
        let (person, looking) = (viewer.person()?, looking.filter(|looking| looking.is_here)?);
        let sits = MaySit::grant(viewer, &looking.seat).is_some_and(|seat| seat.has_accepted());
        let decides = looking.given.parties.manager == Some(person.account)
            && person.roles.has(Role::HiringManager);
        let looks = match (decides, sits) {
            (true, _) => As::Manager,
            (_, true) => As::Panel,
            _ if looking.assesses && person.roles.has(Role::External) => As::Firm,
            _ => return None,
        };
        Some(Self { looking, looks })
    }
}

/// An external stage that is with its firm or was, as the rule about its assessment has to know it.
#[derive(Clone, Copy, Debug)]
pub struct Assessing {
    pub given: Given,
    /// The firm's account, where it has one and no conflict.
    pub firm: Option<AccountId>,
}

/// Handing in the assessment of one stage: the firm that has it, or its recruiter in the firm's place.
#[derive(Debug)]
pub struct MayAssess {
    given: Given,
    by: AccountId,
    firm: Option<AccountId>,
    is_firm: bool,
}

impl MayAssess {
    pub fn given(&self) -> &Given {
        &self.given
    }

    pub fn assignment(&self) -> AssignmentId {
        self.given.assignment
    }

    pub fn by(&self) -> AccountId {
        self.by
    }

    pub fn is_firm(&self) -> bool {
        self.is_firm
    }

    /// Whether what this person wrote is the firm's own, and not for whoever asks to change.
    pub fn is_of_the_firm(&self, writer: Option<AccountId>) -> bool {
        !self.is_firm && writer.is_some() && writer == self.firm
    }
}

impl Capability for MayAssess {
    type Facts = Option<Assessing>;

    fn grant(viewer: &Viewer, assessing: &Option<Assessing>) -> Option<Self> {
        let (person, Assessing { given, firm }) = (viewer.person()?, (*assessing)?);
        let is_firm = person.roles.has(Role::External) && firm == Some(person.account);
        let runs_it =
            person.roles.has(Role::Recruiter) && given.parties.recruiter == person.account;
        (is_firm || runs_it).then_some(Self { given, by: person.account, firm, is_firm })
    }
}

/// Seeing which stages wait for one's assessment: whoever is of an outside firm.
#[derive(Debug)]
pub struct MayHoldAssessments {
    account: AccountId,
}

impl MayHoldAssessments {
    pub fn account(&self) -> AccountId {
        self.account
    }
}

impl Capability for MayHoldAssessments {
    type Facts = ();

    fn grant(viewer: &Viewer, (): &()) -> Option<Self> {
        let person = viewer.person().filter(|person| person.roles.has(Role::External))?;
        Some(Self { account: person.account })
    }
}

impl OfViewer for MayHoldAssessments {}
