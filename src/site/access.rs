//! Who may watch this instance. Pure.

use crate::web::allowed::{Capability, Viewer};

/// Reading this instance's measurements.
#[derive(Debug)]
pub struct MayReadMetrics(());

/// What the rule looks at.
#[derive(Clone, Copy, Debug)]
pub struct MetricsFacts {
    /// The token that was sent is the one in the settings.
    pub token: TokenMatch,
    /// The request came from this machine, and by no proxy.
    pub is_local: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenMatch {
    /// No token is set: only this machine may read.
    NotSet,
    Right,
    Wrong,
}

impl Capability for MayReadMetrics {
    type Facts = MetricsFacts;

    const FOR_PEOPLE: bool = false;

    fn grant(viewer: &Viewer, facts: &MetricsFacts) -> Option<Self> {
        let granted = match (viewer, facts.token) {
            (Viewer::System(_), _) | (_, TokenMatch::Right) => true,
            (_, TokenMatch::NotSet) => facts.is_local,
            (_, TokenMatch::Wrong) => false,
        };
        granted.then_some(Self(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_token_is_needed_even_from_this_machine() {
        let granted = |token, is_local| {
            MayReadMetrics::grant(&Viewer::Anonymous, &MetricsFacts { token, is_local }).is_some()
        };
        assert!(granted(TokenMatch::NotSet, true));
        assert!(!granted(TokenMatch::NotSet, false));
        assert!(granted(TokenMatch::Right, false));
        assert!(!granted(TokenMatch::Wrong, true));
    }
}
