//! Who may do what with accounts. Pure.

use crate::audit::Actor;
use crate::ids::{AccountId, SessionId};
use crate::web::allowed::{Allowed, Capability, OfViewer, Viewer};
use crate::web::proof::Fresh;
use crate::web::viewer::{Role, Roles};

/// Inviting people, changing their roles, letting them in and out.
#[derive(Debug)]
pub struct MayManagePeople {
    by: Actor,
}

impl MayManagePeople {
    /// An administrator, or the operator at the command line.
    pub fn by(&self) -> Actor {
        self.by
    }
}

impl Capability for MayManagePeople {
    type Facts = ();

    fn grant(viewer: &Viewer, (): &()) -> Option<Self> {
        let is_operator = matches!(viewer, Viewer::System(_));
        (is_operator || viewer.is(Role::Administrator)).then(|| Self { by: viewer.actor() })
    }
}

impl OfViewer for MayManagePeople {}

/// A capability of somebody who may give accounts to new people.
pub trait Invites: Capability + Sync {
    fn by(&self) -> Actor;

    /// Whether these are roles they may give.
    fn may_give(&self, roles: Roles) -> bool;
}

impl Invites for MayManagePeople {
    fn by(&self) -> Actor {
        self.by
    }

    fn may_give(&self, _: Roles) -> bool {
        true
    }
}

/// A capability of somebody who may read the names of those who had to do with what they see.
pub trait ReadsNames: Capability + Sync {}

impl ReadsNames for MayManagePeople {}

/// Changing what the organisation is called and how its portal behaves.
#[derive(Debug)]
pub struct MayChangeSettings {
    by: Actor,
}

impl MayChangeSettings {
    pub fn by(&self) -> Actor {
        self.by
    }
}

impl Capability for MayChangeSettings {
    type Facts = ();

    fn grant(viewer: &Viewer, (): &()) -> Option<Self> {
        viewer.is(Role::Administrator).then(|| Self { by: viewer.actor() })
    }
}

impl OfViewer for MayChangeSettings {}

/// Keeping one's own account, and no other.
#[derive(Debug)]
pub struct MayKeepOwnAccount {
    account: AccountId,
    session: SessionId,
}

impl Capability for MayKeepOwnAccount {
    type Facts = ();

    fn grant(viewer: &Viewer, (): &()) -> Option<Self> {
        let person = viewer.person()?;
        Some(Self { account: person.account, session: person.session? })
    }
}

impl OfViewer for MayKeepOwnAccount {}

/// Keeping the ways in to one's own account, and leaving it: all that is left to somebody who has to
/// enrol a second factor first.
#[derive(Debug)]
pub struct MaySecureOwnAccount {
    account: AccountId,
    session: SessionId,
}

impl Capability for MaySecureOwnAccount {
    type Facts = ();

    const BEFORE_ENROLMENT: bool = true;

    fn grant(viewer: &Viewer, (): &()) -> Option<Self> {
        let person = viewer.person()?;
        Some(Self { account: person.account, session: person.session? })
    }
}

impl OfViewer for MaySecureOwnAccount {}

/// A capability about the account of who asks.
pub trait OwnAccount: Capability {
    fn account(&self) -> AccountId;

    /// The session it was asked from.
    fn session(&self) -> SessionId;
}

impl OwnAccount for MayKeepOwnAccount {
    fn account(&self) -> AccountId {
        self.account
    }

    fn session(&self) -> SessionId {
        self.session
    }
}

impl OwnAccount for MaySecureOwnAccount {
    fn account(&self) -> AccountId {
        self.account
    }

    fn session(&self) -> SessionId {
        self.session
    }
}

/// Somebody who has to prove that an account is theirs: signed in to it, or on the way in.
pub trait Claimant: Sync {
    fn account(&self) -> AccountId;
}

impl<C: OwnAccount + Sync> Claimant for Allowed<C> {
    fn account(&self) -> AccountId {
        OwnAccount::account(&**self)
    }
}

impl<C: OwnAccount + Sync> Claimant for Fresh<C> {
    fn account(&self) -> AccountId {
        OwnAccount::account(&***self)
    }
}
