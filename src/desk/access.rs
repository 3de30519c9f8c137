//! Who begins where. Pure.

use crate::web::allowed::{Capability, OfViewer, Viewer};
use crate::web::viewer::Role;

/// Seeing one's own queue of work: staff, and interviewers of an outside firm.
#[derive(Debug)]
pub struct MaySeeDesk(());

impl Capability for MaySeeDesk {
    type Facts = ();

    fn grant(viewer: &Viewer, (): &()) -> Option<Self> {
        let person = viewer.person()?;
        (!person.roles.has(Role::Candidate)).then_some(Self(()))
    }
}

impl OfViewer for MaySeeDesk {}

/// Seeing one's own interview.
#[derive(Debug)]
pub struct MaySeeMy(());

impl Capability for MaySeeMy {
    type Facts = ();

    fn grant(viewer: &Viewer, (): &()) -> Option<Self> {
        viewer.is(Role::Candidate).then_some(Self(()))
    }
}

impl OfViewer for MaySeeMy {}
