//! Secrets that open a door: 256 random bits, handed out once, known here only by their hash.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::Rng;
use sha2::{Digest, Sha256};

/// What the tokens begin with that people make for programs.
pub const PERSONAL: &str = "portal_pat_";

/// A fresh secret. It is shown where it is made, and nowhere again.
pub struct Token(String);

/// What the database knows of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenHash([u8; 32]);

impl Token {
    #[expect(clippy::new_without_default, reason = "a default secret would be a random one")]
    pub fn new() -> Self {
        let mut bits = [0; 32];
        rand::rng().fill_bytes(&mut bits);
        Self(URL_SAFE_NO_PAD.encode(bits))
    }

    /// A fresh secret for a program, to be known as one of this portal's wherever it is found.
    pub fn personal() -> Self {
        Self(format!("{PERSONAL}{}", Self::new().0))
    }

    /// The secret itself: 43 letters, digits, `-` and `_`.
    pub fn expose(&self) -> &str {
        &self.0
    }

    pub fn hash(&self) -> TokenHash {
        TokenHash::of(&self.0)
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

impl TokenHash {
    /// The hash of whatever somebody sent as a secret.
    pub fn of(sent: &str) -> Self {
        Self(Sha256::digest(sent).into())
    }

    /// A hash as the database holds it.
    pub fn stored(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_long_differ_and_never_show() {
        let (one, other) = (Token::new(), Token::new());
        assert_eq!(one.expose().len(), 43);
        assert_ne!(one.expose(), other.expose());
        assert_eq!(format!("{one:?}"), "Token(…)");
        let personal = Token::personal();
        assert!(personal.expose().starts_with("portal_pat_") && personal.expose().len() == 54);
        assert_eq!(TokenHash::of(one.expose()), one.hash());
    }
}
