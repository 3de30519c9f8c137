//! What may be done with documents, and by whom. Pure.

use crate::audit::Actor;
use crate::web::allowed::{Capability, Viewer};

/// Putting another tree in place of the present one.
#[derive(Debug)]
pub struct MayPublish {
    by: Actor,
}

impl MayPublish {
    pub fn by(&self) -> Actor {
        self.by
    }
}

impl Capability for MayPublish {
    type Facts = ();

    fn grant(viewer: &Viewer, (): &()) -> Option<Self> {
        match viewer {
            Viewer::System(_) => Some(Self { by: viewer.actor() }),
            Viewer::Anonymous | Viewer::Person(_) => None,
        }
    }
}
