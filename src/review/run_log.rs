//! The run log: what members ran of the work, where, and what came of it. Pure.

use crate::clock::Timestamp;
use crate::ids::LoggedRunId;

/// The most entries of one member.
pub const MOST: usize = 50;
const LONGEST_MACHINE: usize = 500;
const LONGEST_TEXT: usize = 10_000;

/// One time that something of it was run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedRun {
    /// What it ran on.
    pub machine: String,
    pub commands: String,
    pub result: String,
}

/// One of one's own, while the votes are sealed.
#[derive(Clone, Debug)]
pub struct Own {
    pub id: LoggedRunId,
    pub run: LoggedRun,
    pub at: Timestamp,
}

/// One that was opened with the votes.
#[derive(Clone, Debug)]
pub struct OpenedRun {
    pub run: LoggedRun,
    /// None where nobody is to know, or whoever reads it is not.
    pub author: Option<String>,
    pub is_practice: bool,
}

/// Where it was run, as typed.
///
/// # Errors
/// It is empty or too long.
pub fn machine(typed: &str) -> Result<String, &'static str> {
    match typed.chars().count() {
        0 => Err("Say where you ran it, such as a container of your own"),
        1..=LONGEST_MACHINE => Ok(typed.to_owned()),
        _ => Err("Use at most 500 characters"),
    }
}

/// The commands as typed, lines ending as the database keeps them.
///
/// # Errors
/// They are empty or too long.
pub fn commands(typed: &str) -> Result<String, &'static str> {
    text(typed, "Say what you ran, a command a line")
}

/// What came of it, as typed.
///
/// # Errors
/// It is empty or too long.
pub fn result(typed: &str) -> Result<String, &'static str> {
    text(typed, "Say what came of it")
}

fn text(typed: &str, missing: &'static str) -> Result<String, &'static str> {
    match typed.chars().count() {
        0 => Err(missing),
        1..=LONGEST_TEXT => Ok(typed.replace("\r\n", "\n")),
        _ => Err("Use at most 10,000 characters: the lines that matter are enough"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_says_where_what_and_what_came_of_it() {
        assert!(machine("").is_err() && commands("").is_err() && result("").is_err());
        assert_eq!(commands("make\r\nmake test"), Ok("make\nmake test".to_owned()));
        assert!(machine(&"ü".repeat(LONGEST_MACHINE)).is_ok());
        assert!(machine(&"ü".repeat(LONGEST_MACHINE + 1)).is_err());
        assert!(result(&"ü".repeat(LONGEST_TEXT)).is_ok());
        assert!(result(&"ü".repeat(LONGEST_TEXT + 1)).is_err());
    }
}
