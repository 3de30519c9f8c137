//! Who sees reports. Pure.

use crate::web::allowed::{Capability, OfViewer, Viewer};
use crate::web::viewer::Role;

/// Seeing how interviews go, of everybody's candidates together: whoever brings candidates in or decides on them,
/// and administrators.
#[derive(Debug)]
pub struct MaySeeReports(());

impl Capability for MaySeeReports {
    type Facts = ();

    fn grant(viewer: &Viewer, (): &()) -> Option<Self> {
        let roles = viewer.person()?.roles;
        let sees = [Role::Recruiter, Role::HiringManager, Role::Administrator];
        sees.into_iter().any(|role| roles.has(role)).then_some(Self(()))
    }
}

impl OfViewer for MaySeeReports {}
