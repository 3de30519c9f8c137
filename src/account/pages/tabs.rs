//! The parts of one's own account, each a page of its own.

use crate::account::paths;

/// One part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    Details,
    Security,
    Sessions,
}

impl Tab {
    pub const ALL: [Self; 3] = [Self::Details, Self::Security, Self::Sessions];

    pub fn title(self) -> &'static str {
        match self {
            Self::Details => "Details",
            Self::Security => "Signing in",
            Self::Sessions => "Browsers",
        }
    }

    pub fn href(self) -> &'static str {
        match self {
            Self::Details => paths::ACCOUNT,
            Self::Security => paths::ACCOUNT_SECURITY,
            Self::Sessions => paths::ACCOUNT_SESSIONS,
        }
    }
}
