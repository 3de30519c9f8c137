//! The parts of one's own account, each a page of its own.

use crate::account::paths;

/// One part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    Details,
    Security,
    Sessions,
    Tokens,
}

impl Tab {
    pub const ALL: [Self; 4] = [Self::Details, Self::Security, Self::Sessions, Self::Tokens];

    pub fn title(self) -> &'static str {
        match self {
            Self::Details => "Details",
            Self::Security => "Signing in",
            Self::Sessions => "Browsers",
            Self::Tokens => "Programs",
        }
    }

    pub fn href(self) -> &'static str {
        match self {
            Self::Details => paths::ACCOUNT,
            Self::Security => paths::ACCOUNT_SECURITY,
            Self::Sessions => paths::ACCOUNT_SESSIONS,
            Self::Tokens => paths::ACCOUNT_TOKENS,
        }
    }
}
