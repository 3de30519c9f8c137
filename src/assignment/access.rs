//! Who may do what with applications and what is given in them. Pure.

use crate::account::access::{Invites, ReadsNames};
use crate::audit::Actor;
use crate::ids::{AccountId, ApplicationId, AssignmentId, PanelMemberId};
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

impl ReadsNames for MayRecruit {}

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
    recruits: bool,
    decides: bool,
}

impl MaySeeCandidates {
    /// Whose candidates.
    pub fn of(&self) -> AccountId {
        self.of
    }

    /// The same, where they are a recruiter.
    pub fn as_recruiter(&self) -> Option<AccountId> {
        self.recruits.then_some(self.of)
    }

    /// The same, where they are a hiring manager.
    pub fn as_manager(&self) -> Option<AccountId> {
        self.decides.then_some(self.of)
    }
}

impl Capability for MaySeeCandidates {
    type Facts = ();

    fn grant(viewer: &Viewer, (): &()) -> Option<Self> {
        let person = viewer.person()?;
        let recruits = person.roles.has(Role::Recruiter);
        let decides = person.roles.has(Role::HiringManager);
        (recruits || decides).then_some(Self { of: person.account, recruits, decides })
    }
}

impl OfViewer for MaySeeCandidates {}

impl ReadsNames for MaySeeCandidates {}

/// Seeing one application and its candidate: its recruiter and its hiring manager.
#[derive(Debug)]
pub struct MaySeeApplication {
    application: ApplicationId,
    by: AccountId,
    runs_it: bool,
}

impl MaySeeApplication {
    pub fn application(&self) -> ApplicationId {
        self.application
    }

    pub fn by(&self) -> AccountId {
        self.by
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
        let (application, by) = (parties.application, person.account);
        (runs_it || decides).then_some(Self { application, by, runs_it })
    }
}

impl ReadsNames for MaySeeApplication {}

/// An application, as the rule about its candidate's identity has to know it.
#[derive(Clone, Copy, Debug)]
pub struct Looks {
    pub parties: Parties,
    /// Whoever asks is on one of its panels.
    pub sits: bool,
}

/// Seeing who is behind an application one has no part in: administrators, and not while they look at the
/// work. Its recruiter sees it anyway.
#[derive(Debug)]
pub struct MaySeeIdentity {
    application: ApplicationId,
    candidate: AccountId,
    by: AccountId,
}

impl MaySeeIdentity {
    pub fn application(&self) -> ApplicationId {
        self.application
    }

    pub fn candidate(&self) -> AccountId {
        self.candidate
    }

    pub fn by(&self) -> AccountId {
        self.by
    }
}

impl Capability for MaySeeIdentity {
    type Facts = Option<Looks>;

    fn grant(viewer: &Viewer, looks: &Option<Looks>) -> Option<Self> {
        let person = viewer.person().filter(|person| person.roles.has(Role::Administrator))?;
        let looks = looks.filter(|looks| !looks.sits && !runs(viewer, &looks.parties))?;
        Some(Self {
            application: looks.parties.application,
            candidate: looks.parties.candidate,
            by: person.account,
        })
    }
}

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

/// An application, as the rule about handing it over has to know it.
#[derive(Clone, Copy, Debug)]
pub struct Kept {
    pub parties: Parties,
    /// Its recruiter is here, and still a recruiter.
    pub is_looked_after: bool,
    /// Whoever asks is or was on one of its panels.
    pub sits: bool,
}

/// Handing one application over: its recruiter. Where there is none any more, administrators, who learn nothing
/// of whose it is; but for those who look at its work or looked at it.
#[derive(Debug)]
pub struct MayHandOver {
    parties: Parties,
    by: AccountId,
    runs_it: bool,
}

impl MayHandOver {
    pub fn application(&self) -> ApplicationId {
        self.parties.application
    }

    pub fn candidate(&self) -> AccountId {
        self.parties.candidate
    }

    pub fn recruiter(&self) -> AccountId {
        self.parties.recruiter
    }

    pub fn manager(&self) -> Option<AccountId> {
        self.parties.manager
    }

    pub fn by(&self) -> AccountId {
        self.by
    }

    /// Whether this is its recruiter, who knows whose it is.
    pub fn runs_it(&self) -> bool {
        self.runs_it
    }
}

impl Capability for MayHandOver {
    type Facts = Option<Kept>;

    fn grant(viewer: &Viewer, kept: &Option<Kept>) -> Option<Self> {
        let (person, kept) = (viewer.person()?, (*kept)?);
        let runs_it = runs(viewer, &kept.parties);
        let steps_in = person.roles.has(Role::Administrator) && !kept.is_looked_after && !kept.sits;
        let (parties, by) = (kept.parties, person.account);
        (runs_it || steps_in).then_some(Self { parties, by, runs_it })
    }
}

impl ReadsNames for MayHandOver {}

/// Seeing which applications nobody looks after any more, by alias: administrators.
#[derive(Debug)]
pub struct MaySeeUntended {
    by: AccountId,
}

impl MaySeeUntended {
    pub fn by(&self) -> AccountId {
        self.by
    }
}

impl Capability for MaySeeUntended {
    type Facts = ();

    fn grant(viewer: &Viewer, (): &()) -> Option<Self> {
        let person = viewer.person().filter(|person| person.roles.has(Role::Administrator))?;
        Some(Self { by: person.account })
    }
}

impl OfViewer for MaySeeUntended {}

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

/// A seat on the panel of an assignment, as the rules have to know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seated {
    pub member: PanelMemberId,
    pub account: AccountId,
    pub given: Given,
    pub has_accepted: bool,
    /// In training: counts for nothing.
    pub is_shadow: bool,
}

/// Sitting on a panel, or answering whether one will. It ends with the seat.
#[derive(Debug)]
pub struct MaySit {
    seat: Seated,
}

impl MaySit {
    pub fn seat(&self) -> &Seated {
        &self.seat
    }

    pub fn assignment(&self) -> AssignmentId {
        self.seat.given.assignment
    }

    pub fn parties(&self) -> Parties {
        self.seat.given.parties
    }

    pub fn member(&self) -> PanelMemberId {
        self.seat.member
    }

    pub fn account(&self) -> AccountId {
        self.seat.account
    }

    /// Before that, they see what they are asked for, and nothing that was handed in.
    pub fn has_accepted(&self) -> bool {
        self.seat.has_accepted
    }

    pub fn is_shadow(&self) -> bool {
        self.seat.is_shadow
    }
}

impl Capability for MaySit {
    /// The seat of whoever asks, where they have one.
    type Facts = Option<Seated>;

    fn grant(viewer: &Viewer, seat: &Option<Seated>) -> Option<Self> {
        let (person, seat) = (viewer.person()?, (*seat)?);
        let looks = person.roles.has(Role::Interviewer) || person.roles.has(Role::External);
        let parties = seat.given.parties;
        // Whoever runs an application or decides on it looks at none of its work as a panel does.
        let runs_it = [Some(parties.recruiter), parties.manager, Some(parties.candidate)]
            .contains(&Some(person.account));
        (looks && !runs_it && seat.account == person.account).then_some(Self { seat })
    }
}

/// Answering for a seat one has on a panel, or had: a conflict counts whenever it is found.
#[derive(Debug)]
pub struct MayAnswer {
    given: Given,
    account: AccountId,
}

impl MayAnswer {
    pub fn assignment(&self) -> AssignmentId {
        self.given.assignment
    }

    pub fn parties(&self) -> Parties {
        self.given.parties
    }

    pub fn account(&self) -> AccountId {
        self.account
    }
}

impl Capability for MayAnswer {
    /// The assignment on whose panel whoever asks sits or sat, where there is one.
    type Facts = Option<Given>;

    fn grant(viewer: &Viewer, given: &Option<Given>) -> Option<Self> {
        let (person, given) = (viewer.person()?, (*given)?);
        let looks = person.roles.has(Role::Interviewer) || person.roles.has(Role::External);
        let parties = given.parties;
        let runs_it = [Some(parties.recruiter), parties.manager, Some(parties.candidate)]
            .contains(&Some(person.account));
        (looks && !runs_it).then_some(Self { given, account: person.account })
    }
}

/// Being asked onto panels, and saying when one can be.
#[derive(Debug)]
pub struct MayInterview {
    account: AccountId,
}

impl MayInterview {
    pub fn account(&self) -> AccountId {
        self.account
    }
}

impl Capability for MayInterview {
    type Facts = ();

    fn grant(viewer: &Viewer, (): &()) -> Option<Self> {
        let person = viewer.person().filter(|person| person.roles.has(Role::Interviewer))?;
        Some(Self { account: person.account })
    }
}

impl OfViewer for MayInterview {}

/// Seeing who interviews, what they are qualified for and how much they have to do: whoever makes panels,
/// and whoever says who is qualified.
#[derive(Debug)]
pub struct MaySeeInterviewers {
    qualifies: bool,
}

impl MaySeeInterviewers {
    /// Whether they say who is qualified for what.
    pub fn qualifies(&self) -> bool {
        self.qualifies
    }
}

impl Capability for MaySeeInterviewers {
    type Facts = ();

    fn grant(viewer: &Viewer, (): &()) -> Option<Self> {
        let roles = viewer.person()?.roles;
        let qualifies = roles.has(Role::HiringManager) || roles.has(Role::Administrator);
        (qualifies || roles.has(Role::Recruiter)).then_some(Self { qualifies })
    }
}

impl OfViewer for MaySeeInterviewers {}

/// Saying who is qualified for what: hiring managers, and administrators.
#[derive(Debug)]
pub struct MayQualify {
    by: AccountId,
}

impl MayQualify {
    pub fn by(&self) -> AccountId {
        self.by
    }
}

impl Capability for MayQualify {
    type Facts = ();

    fn grant(viewer: &Viewer, (): &()) -> Option<Self> {
        let person = viewer.person()?;
        let roles = person.roles;
        let may = roles.has(Role::HiringManager) || roles.has(Role::Administrator);
        may.then_some(Self { by: person.account })
    }
}

impl OfViewer for MayQualify {}
