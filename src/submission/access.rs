//! Who may look at what was handed in. Pure.

use crate::assignment::access::{Given, MaySit, Seated};
use crate::ids::{ApplicationId, AssignmentId};
use crate::web::allowed::{Capability, Viewer};
use crate::web::viewer::Role;

/// An assignment, as the rule about its work has to know it.
#[derive(Clone, Copy, Debug)]
pub struct Looking {
    pub given: Given,
    /// The seat of whoever asks, where they have one.
    pub seat: Option<Seated>,
    /// It was handed in, and neither taken back nor withdrawn.
    pub is_here: bool,
}

/// Looking at the work: whoever sits on its panel and has accepted, and the hiring manager. Its recruiter has the
/// receipt.
#[derive(Debug)]
pub struct MaySeeWork {
    given: Given,
    decides: bool,
}

impl MaySeeWork {
    pub fn assignment(&self) -> AssignmentId {
        self.given.assignment
    }

    pub fn application(&self) -> ApplicationId {
        self.given.parties.application
    }

    /// Whether this is the hiring manager, who knows whose it is.
    pub fn decides(&self) -> bool {
        self.decides
    }
}

impl Capability for MaySeeWork {
    type Facts = Option<Looking>;

    fn grant(viewer: &Viewer, looking: &Option<Looking>) -> Option<Self> {
        let (person, looking) = (viewer.person()?, looking.filter(|looking| looking.is_here)?);
        let sits = MaySit::grant(viewer, &looking.seat).is_some_and(|seat| seat.has_accepted());
        let decides = looking.given.parties.manager == Some(person.account)
            && person.roles.has(Role::HiringManager);
        (sits || decides).then_some(Self { given: looking.given, decides })
    }
}
