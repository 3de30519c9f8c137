//! Passwords: argon2id, never on the threads that serve pages, and only so many at once.

use std::sync::{Arc, LazyLock};

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use zeroize::Zeroizing;

use crate::account::hashers::{Hashers, NotDone};
use crate::config::PasswordCost;

/// The fewest and the most characters of a password.
const LENGTHS: std::ops::RangeInclusive<usize> = 15..=128;
/// How many may wait for their turn; who comes later is asked to come again.
const MOST_WAITING: usize = 64;

/// Hashes and checks passwords. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Passwords {
    argon: Argon2<'static>,
    hashers: Hashers,
    /// Checked in place of a password that is not there, so that it takes as long.
    decoy: Arc<LazyLock<String, Box<dyn FnOnce() -> String + Send>>>,
}

/// A password that may be set: long enough, not one that is tried first.
pub struct NewPassword(Zeroizing<String>);

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("too many passwords are being checked")]
    Busy,
    #[error("hashing failed: {0}")]
    Hash(String),
}

impl From<NotDone> for Error {
    fn from(not_done: NotDone) -> Self {
        match not_done {
            NotDone::Busy => Self::Busy,
            NotDone::Broken => Self::Hash("it panicked".to_owned()),
        }
    }
}

impl NewPassword {
    /// # Errors
    /// It is too short, too long, or easily guessed by one who knows `about` (name, address).
    pub fn parse(typed: &str, about: &[&str]) -> Result<Self, String> {
        let length = typed.chars().count();
        if length < *LENGTHS.start() {
            return Err(format!(
                "Use at least {} characters; four unrelated words are easy to keep in mind",
                LENGTHS.start()
            ));
        }
        if length > *LENGTHS.end() {
            return Err(format!("Use at most {} characters", LENGTHS.end()));
        }
        if u8::from(zxcvbn::zxcvbn(typed, about).score()) < 3 {
            return Err("This is among the first that would be tried. Take one that is not a \
                        pattern, a known phrase or your own name"
                .to_owned());
        }
        Ok(Self(Zeroizing::new(typed.to_owned())))
    }
}

impl Passwords {
    /// At most two at once, and one core left to everything else.
    pub fn new(cost: PasswordCost) -> Self {
        let params = Params::new(cost.memory_kib, cost.passes, 1, None).expect("these are allowed");
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let decoy_maker = argon.clone();
        let make = move || hash(&decoy_maker, "a password nobody has").unwrap_or_default();
        Self {
            argon,
            hashers: Hashers::new(cores.saturating_sub(1).clamp(1, 2), MOST_WAITING),
            decoy: Arc::new(LazyLock::new(Box::new(make))),
        }
    }

    /// The hash to keep of `password`, with its salt and cost.
    pub async fn hash(&self, password: NewPassword) -> Result<String, Error> {
        let argon = self.argon.clone();
        self.hashers.run(move || hash(&argon, &password.0)).await?
    }

    /// The hash to keep, at the present cost, of a password that was just checked.
    pub async fn hash_again(&self, checked: &str) -> Result<String, Error> {
        self.hash(NewPassword(Zeroizing::new(checked.to_owned()))).await
    }

    /// Whether `typed` is the password of `kept`. Takes as long where there is none.
    pub async fn verify(&self, typed: &str, kept: Option<&str>) -> Result<bool, Error> {
        let typed = Zeroizing::new(typed.to_owned());
        let (argon, decoy) = (self.argon.clone(), self.decoy.clone());
        let (kept, is_there) = (kept.map(str::to_owned), kept.is_some());
        let fits = move || {
            let phc: &str = kept.as_deref().unwrap_or_else(|| decoy.as_str());
            let Ok(phc) = PasswordHash::new(phc) else { return false };
            argon.verify_password(typed.as_bytes(), &phc).is_ok()
        };
        Ok(self.hashers.run(fits).await? && is_there)
    }

    /// Whether `kept` was made at another cost than is asked now.
    pub fn is_dated(&self, kept: &str) -> bool {
        let Ok(kept) = PasswordHash::new(kept) else { return true };
        Params::try_from(&kept).map_or(true, |params| {
            let now = self.argon.params();
            (params.m_cost(), params.t_cost()) != (now.m_cost(), now.t_cost())
        })
    }
}

fn hash(argon: &Argon2<'_>, password: &str) -> Result<String, Error> {
    let hashed = argon.hash_password(password.as_bytes());
    hashed.map(|phc| phc.to_string()).map_err(|error| Error::Hash(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_has_to_be_long_and_unlike_its_owner() {
        let refused = |typed: &str| NewPassword::parse(typed, &["Maya Okafor", "maya"]).is_err();
        assert!(refused("too short"));
        assert!(refused(&"x".repeat(129)));
        assert!(refused("passwordpassword"));
        assert!(refused("aaaaaaaaaaaaaaaaaaaa"));
        assert!(refused("maya okafor maya"));
        assert!(!refused("heron lantern quarry plum"));
    }

    #[tokio::test]
    async fn only_the_password_fits_and_it_is_kept_as_argon2id() {
        let passwords = Passwords::new(PasswordCost::LOW);
        let new = NewPassword::parse("heron lantern quarry plum", &[]).unwrap();
        let kept = passwords.hash(new).await.unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        assert!(passwords.verify("heron lantern quarry plum", Some(&kept)).await.unwrap());
        assert!(!passwords.verify("heron lantern quarry plume", Some(&kept)).await.unwrap());
        assert!(!passwords.verify("a password nobody has", None).await.unwrap());
        assert!(!passwords.is_dated(&kept) && Passwords::new(PasswordCost::USUAL).is_dated(&kept));
    }
}
