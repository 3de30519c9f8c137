//! What may be done with documents, and by whom. Pure.

use crate::web::allowed::{Capability, Viewer};

/// Putting another tree in place of the present one.
#[derive(Debug)]
pub struct MayPublish(());

impl Capability for MayPublish {
    type Facts = ();

    fn grant(viewer: &Viewer, (): &()) -> Option<Self> {
        match viewer {
            Viewer::System(_) => Some(Self(())),
            Viewer::Anonymous | Viewer::Person(_) => None,
        }
    }
}
