//! Who may settle how stages are run. Pure.

use crate::audit::Actor;
use crate::web::allowed::{Capability, OfViewer, Viewer};
use crate::web::viewer::Role;

/// Changing recipes, and how many positions a track has: settings of the organisation, for those who may
/// change the others too.
#[derive(Debug)]
pub struct MayKeepRecipes {
    by: Actor,
}

impl MayKeepRecipes {
    pub fn by(&self) -> Actor {
        self.by
    }
}

impl Capability for MayKeepRecipes {
    type Facts = ();

    fn grant(viewer: &Viewer, (): &()) -> Option<Self> {
        viewer.is(Role::Administrator).then(|| Self { by: viewer.actor() })
    }
}

impl OfViewer for MayKeepRecipes {}
