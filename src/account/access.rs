//! Who may do what with accounts. Pure.

use crate::ids::{AccountId, SessionId};
use crate::web::allowed::{Capability, OfViewer, Viewer};
use crate::web::viewer::Role;

/// Inviting people, changing their roles, letting them in and out.
#[derive(Debug)]
pub struct MayManagePeople {
    by: Manager,
}

/// Who manages people: a person, or the operator at the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manager {
    Administrator(AccountId),
    Operator(&'static str),
}

impl MayManagePeople {
    pub fn by(&self) -> Manager {
        self.by
    }
}

impl Capability for MayManagePeople {
    type Facts = ();

    fn grant(viewer: &Viewer, (): &()) -> Option<Self> {
        match viewer {
            Viewer::Person(person) if person.roles.has(Role::Administrator) => {
                Some(Self { by: Manager::Administrator(person.account) })
            }
            Viewer::System(reason) => Some(Self { by: Manager::Operator(reason) }),
            Viewer::Person(_) | Viewer::Anonymous => None,
        }
    }
}

impl OfViewer for MayManagePeople {}

/// Changing what the organisation is called and how its portal behaves.
#[derive(Debug)]
pub struct MayChangeSettings(());

impl Capability for MayChangeSettings {
    type Facts = ();

    fn grant(viewer: &Viewer, (): &()) -> Option<Self> {
        viewer.is(Role::Administrator).then_some(Self(()))
    }
}

impl OfViewer for MayChangeSettings {}

/// Keeping one's own account, and no other.
#[derive(Debug)]
pub struct MayKeepOwnAccount {
    account: AccountId,
    session: SessionId,
}

impl MayKeepOwnAccount {
    pub fn account(&self) -> AccountId {
        self.account
    }

    /// The session this was asked from.
    pub fn session(&self) -> SessionId {
        self.session
    }
}

impl Capability for MayKeepOwnAccount {
    type Facts = ();

    fn grant(viewer: &Viewer, (): &()) -> Option<Self> {
        let person = viewer.person()?;
        Some(Self { account: person.account, session: person.session })
    }
}

impl OfViewer for MayKeepOwnAccount {}
