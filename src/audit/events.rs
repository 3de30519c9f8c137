//! What happens to the log itself. Looking at it is not recorded; taking a copy out is.

use super::{Group, Kind};

pub const EXPORTED: &str = "audit.exported";

const GROUP: Group = Group { code: "audit", title: "The audit log" };

/// Every action of this room.
pub const ALL: &[Kind] =
    &[Kind { action: EXPORTED, group: GROUP, title: "Exported the audit log" }];
