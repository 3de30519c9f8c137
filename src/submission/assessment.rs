//! What a firm says of a stage that it runs, as types. Pure.

use super::model::{Contents, Files, Hash};
use crate::clock::Timestamp;
use crate::content::model::Level;
use crate::ids::AccountId;

/// An assessment as it is put together, or was handed in.
#[derive(Clone, Debug, Default)]
pub struct Assessment {
    /// Markdown.
    pub text: String,
    /// One PDF.
    pub files: Option<Files>,
    /// 0 before it was saved for the first time.
    pub version: i32,
    pub saved_at: Option<Timestamp>,
    /// Who wrote it last.
    pub saved_by: Option<AccountId>,
    pub handed_in_at: Option<Timestamp>,
}

/// Why it cannot be handed in as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Write down what you say of it first, or add it as a PDF")]
pub struct Empty;

impl Assessment {
    /// What a receipt names.
    pub fn hash(&self, level: Level) -> Hash {
        let contents =
            Contents { note: self.text.clone(), files: self.files, ..Contents::empty(level) };
        contents.hash()
    }

    /// # Errors
    /// It says nothing.
    pub fn can_be_handed_in(&self) -> Result<(), Empty> {
        match self.text.trim().is_empty() && self.files.is_none() {
            true => Err(Empty),
            false => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_assessment_says_something_and_its_hash_says_what() {
        let level = Level::new(3).unwrap();
        let of = |text: &str| Assessment { text: text.to_owned(), ..Assessment::default() };
        assert_eq!(of(" \n").can_be_handed_in(), Err(Empty));
        assert_eq!(of("Sound.").can_be_handed_in(), Ok(()));
        assert_ne!(of("Sound.").hash(level), of("Sound").hash(level));
    }
}
