//! What a portal that serves tells the commands beside it: the address people know it by.
//!
//! It stands in the file that the portal holds locked as long as it serves, so that nothing is believed
//! of one that has stopped.

use std::fs::File;
use std::io::{Read, Write};

use crate::config::{Config, Database};

/// In the data folder of a portal that runs its own Postgres.
pub(super) const FILE: &str = "serving.lock";

/// Writes the address into the lock that is held.
pub(super) fn tell(mut lock: &File, base_url: &str) {
    // Without it a command prints what its own settings say.
    let _best_effort = lock.set_len(0).and_then(|()| lock.write_all(base_url.as_bytes()));
}

/// The address to print links to: as set, else that of the portal which serves this data, else the one it
/// would have.
pub(super) fn base_url(config: &Config) -> String {
    match &config.database {
        Database::Embedded { .. } if !config.has_base_url() => {
            of_running(config).unwrap_or_else(|| config.base_url())
        }
        Database::Embedded { .. } | Database::Url { .. } => config.base_url(),
    }
}

fn of_running(config: &Config) -> Option<String> {
    let mut lock = File::open(config.data_dir.join(FILE)).ok()?;
    if lock.try_lock_shared().is_ok() {
        // Nobody serves.
        return None;
    }
    let mut address = String::new();
    lock.read_to_string(&mut address).ok()?;
    address.starts_with("http").then_some(address)
}
