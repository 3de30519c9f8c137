//! Who begins where, and who sees what is joined here. Pure.

use crate::audit::Actor;
use crate::web::allowed::{Capability, OfViewer, Viewer};
use crate::web::viewer::Role;

/// Seeing one's own queue of work: staff, and interviewers of an outside firm.
#[derive(Debug)]
pub struct MaySeeDesk(());

impl Capability for MaySeeDesk {
    type Facts = ();

    const FOR_TOKENS: bool = true;

    fn grant(viewer: &Viewer, (): &()) -> Option<Self> {
        let person = viewer.person()?;
        (!person.roles.has(Role::Candidate)).then_some(Self(()))
    }
}

impl OfViewer for MaySeeDesk {}

/// Reading the audit log: administrators, and nobody else.
#[derive(Debug)]
pub struct MaySeeAudit {
    by: Actor,
}

impl MaySeeAudit {
    pub fn by(&self) -> Actor {
        self.by
    }
}

impl Capability for MaySeeAudit {
    type Facts = ();

    fn grant(viewer: &Viewer, (): &()) -> Option<Self> {
        viewer.is(Role::Administrator).then(|| Self { by: viewer.actor() })
    }
}

impl OfViewer for MaySeeAudit {}

/// Seeing which letters are on their way, and putting back in line those that were given up.
#[derive(Debug)]
pub struct MaySeeOutbox {
    by: Actor,
}

impl MaySeeOutbox {
    pub fn by(&self) -> Actor {
        self.by
    }
}

impl Capability for MaySeeOutbox {
    type Facts = ();

    fn grant(viewer: &Viewer, (): &()) -> Option<Self> {
        viewer.is(Role::Administrator).then(|| Self { by: viewer.actor() })
    }
}

impl OfViewer for MaySeeOutbox {}
