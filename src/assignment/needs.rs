//! What a candidate says before Start, for their recruiter alone: what they need that is different, and whom
//! they know here. Pure.

use super::application::TimeFactor;
use crate::clock::SignedDuration;

/// Something that is arranged differently for a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    Split,
    Breaks,
    Captions,
    Chat,
    CameraOff,
}

impl Need {
    pub const ALL: [Self; 5] =
        [Self::Split, Self::Breaks, Self::Captions, Self::Chat, Self::CameraOff];

    pub fn code(self) -> &'static str {
        match self {
            Self::Split => "split",
            Self::Breaks => "breaks",
            Self::Captions => "captions",
            Self::Chat => "chat",
            Self::CameraOff => "camera_off",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|need| need.code() == code)
    }

    pub fn title(self) -> &'static str {
        match self {
            Self::Split => "A call in two parts",
            Self::Breaks => "More breaks",
            Self::Captions => "Captions on calls",
            Self::Chat => "Chat in place of voice",
            Self::CameraOff => "Camera off",
        }
    }
}

/// What a candidate answers to one of the questions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    Needs(TimeFactor, Vec<Need>),
    /// The names of those they know, empty for nobody; and where they have worked, where that was asked.
    Knows(String, Option<String>),
}

/// What stands of it, and what goes with it: for the candidate and their recruiter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    pub time: TimeFactor,
    pub needs: Vec<Need>,
    /// Whom they know here; empty is nobody, none is not answered yet.
    pub knows: Option<String>,
    /// Where they have worked, a line each.
    pub employers: String,
}

/// A candidate's stage as it lies ahead of them, with what they said.
#[derive(Clone, Debug)]
pub struct Ahead {
    pub said: Needs,
    /// The time everybody has for it.
    pub usual: Option<SignedDuration>,
    /// The whole application was closed.
    pub is_closed: bool,
}

/// The names of people one knows, as typed.
///
/// # Errors
/// There are none, or too many.
pub fn names(typed: &str) -> Result<String, &'static str> {
    match typed.trim().chars().count() {
        0 => Err("Type their names, or choose that you know nobody"),
        1..=2_000 => Ok(typed.trim().to_owned()),
        _ => Err("Use at most 2,000 characters"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_need_has_a_code_of_its_own_and_names_are_taken_within_their_bounds() {
        for need in Need::ALL {
            assert_eq!(Need::from_code(need.code()), Some(need));
        }
        assert_eq!(names(" Ada \n"), Ok("Ada".to_owned()));
        assert!(names(" ").is_err() && names(&"x".repeat(2_001)).is_err());
    }
}
