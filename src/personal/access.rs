//! Who may take along what is kept about them. Pure.

use crate::ids::AccountId;
use crate::web::allowed::{Capability, OfViewer, Viewer};
use crate::web::viewer::Role;

/// Taking along everything that is one's own: a candidate, with a browser.
#[derive(Debug)]
pub struct MayTakeOwnData {
    candidate: AccountId,
}

impl MayTakeOwnData {
    pub fn candidate(&self) -> AccountId {
        self.candidate
    }
}

impl Capability for MayTakeOwnData {
    type Facts = ();

    fn grant(viewer: &Viewer, (): &()) -> Option<Self> {
        let person = viewer.person().filter(|person| person.roles.has(Role::Candidate))?;
        Some(Self { candidate: person.account })
    }
}

impl OfViewer for MayTakeOwnData {}
