//! Who votes, who reads votes that are open, and who may have them opened early. Pure.

use crate::assignment::access::{Given, MaySit, Parties, Seated};
use crate::ids::{AccountId, AssignmentId, PanelMemberId};
use crate::submission::access::Looking;
use crate::web::allowed::{Capability, Viewer};
use crate::web::viewer::Role;

/// Voting, and seeing one's own vote: whoever is on the panel and has accepted, those in training too.
#[derive(Debug)]
pub struct MayVote {
    seat: Seated,
}

impl MayVote {
    pub fn given(&self) -> &Given {
        &self.seat.given
    }

    pub fn assignment(&self) -> AssignmentId {
        self.seat.given.assignment
    }

    pub fn member(&self) -> PanelMemberId {
        self.seat.member
    }

    pub fn account(&self) -> AccountId {
        self.seat.account
    }
}

impl Capability for MayVote {
    /// The seat of whoever asks, where they have one.
    type Facts = Option<Seated>;

    fn grant(viewer: &Viewer, seat: &Option<Seated>) -> Option<Self> {
        let sits = MaySit::grant(viewer, seat)?;
        let seat = (*seat)?;
        sits.has_accepted().then_some(Self { seat })
    }
}

/// Asking the candidate for a fix, in the name of the panel: whoever votes, but for those in training.
#[derive(Debug)]
pub struct MayAskForFix {
    seat: Seated,
}

impl MayAskForFix {
    pub fn given(&self) -> &Given {
        &self.seat.given
    }

    pub fn assignment(&self) -> AssignmentId {
        self.seat.given.assignment
    }

    pub fn account(&self) -> AccountId {
        self.seat.account
    }
}

impl Capability for MayAskForFix {
    /// The seat of whoever asks, where they have one.
    type Facts = Option<Seated>;

    fn grant(viewer: &Viewer, seat: &Option<Seated>) -> Option<Self> {
        let votes = MayVote::grant(viewer, seat)?;
        (!votes.seat.is_shadow).then_some(Self { seat: votes.seat })
    }
}

/// Keeping notes beside the work, for oneself alone: whoever may vote on it, while it is there to be read.
#[derive(Debug)]
pub struct MayKeepNotes {
    seat: Seated,
    looking: Looking,
}

impl MayKeepNotes {
    pub fn looking(&self) -> &Looking {
        &self.looking
    }

    pub fn given(&self) -> &Given {
        &self.seat.given
    }

    pub fn assignment(&self) -> AssignmentId {
        self.seat.given.assignment
    }

    pub fn member(&self) -> PanelMemberId {
        self.seat.member
    }

    pub fn account(&self) -> AccountId {
        self.seat.account
    }
}

impl Capability for MayKeepNotes {
    type Facts = Option<Looking>;

    fn grant(viewer: &Viewer, looking: &Option<Looking>) -> Option<Self> {
        let looking = looking.filter(|looking| looking.is_here)?;
        let votes = MayVote::grant(viewer, &looking.seat)?;
        Some(Self { seat: votes.seat, looking })
    }
}

/// Reading the open votes of a panel one is on, without names. Whoever comes from outside reads their own alone.
#[derive(Debug)]
pub struct MayReadVotes {
    assignment: AssignmentId,
}

impl MayReadVotes {
    pub fn assignment(&self) -> AssignmentId {
        self.assignment
    }
}

impl Capability for MayReadVotes {
    /// The seat of whoever asks, where they have one.
    type Facts = Option<Seated>;

    fn grant(viewer: &Viewer, seat: &Option<Seated>) -> Option<Self> {
        let votes = MayVote::grant(viewer, seat)?;
        let person = viewer.person().filter(|person| person.roles.has(Role::Interviewer));
        person.map(|_| Self { assignment: votes.assignment() })
    }
}

/// Following a panel from the voting to the decision: the hiring manager, who reads the votes once they are
/// open, and the recruiter, who learns how many there are of each.
#[derive(Debug)]
pub struct MayDebrief {
    given: Given,
    decides: bool,
}

impl MayDebrief {
    pub fn assignment(&self) -> AssignmentId {
        self.given.assignment
    }

    pub fn parties(&self) -> Parties {
        self.given.parties
    }

    /// Whether this is the hiring manager.
    pub fn decides(&self) -> bool {
        self.decides
    }
}

impl Capability for MayDebrief {
    type Facts = Given;

    fn grant(viewer: &Viewer, given: &Given) -> Option<Self> {
        let person = viewer.person()?;
        let decides = decides(viewer, &given.parties);
        let runs_it =
            given.parties.recruiter == person.account && person.roles.has(Role::Recruiter);
        (decides || runs_it).then_some(Self { given: *given, decides })
    }
}

/// Having votes opened once enough are cast: the hiring manager alone.
#[derive(Debug)]
pub struct MayOrderOpening {
    given: Given,
    by: AccountId,
}

impl MayOrderOpening {
    pub fn given(&self) -> &Given {
        &self.given
    }

    pub fn by(&self) -> AccountId {
        self.by
    }
}

impl Capability for MayOrderOpening {
    type Facts = Given;

    fn grant(viewer: &Viewer, given: &Given) -> Option<Self> {
        let person = viewer.person().filter(|_| decides(viewer, &given.parties))?;
        Some(Self { given: *given, by: person.account })
    }
}

fn decides(viewer: &Viewer, parties: &Parties) -> bool {
    viewer.person().is_some_and(|person| {
        parties.manager == Some(person.account) && person.roles.has(Role::HiringManager)
    })
}
