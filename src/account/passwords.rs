//! Passwords: argon2id, never on the threads that serve pages, and only so many at once.

use std::cell::RefCell;
use std::sync::{Arc, LazyLock};

use argon2::password_hash::phc::{Output, PasswordHash};
use argon2::{Algorithm, Argon2, Block, Params, PasswordHasher, Version};
use zeroize::Zeroizing;

use crate::account::hashers::{Hashers, NotDone};
use crate::account::phrases;
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

/// A password that may be set, or what to say of one that may not.
pub type Chosen = Result<NewPassword, String>;

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
        let about: Vec<&str> = about.iter().map(|word| beginning(word)).collect();
        let is_weak = |text: &str| u8::from(zxcvbn::zxcvbn(beginning(text), &about).score()) < 3;
        let without_repeats = phrases::without_repeats(typed);
        let repeats = without_repeats.len() < typed.len() / 2 + 2 && is_weak(&without_repeats);
        if is_weak(typed) || repeats || phrases::is_read_by_everybody(typed) {
            return Err("This is among the first that would be tried. Take one that is not a \
                        pattern, a known phrase or your own name"
                .to_owned());
        }
        Ok(Self(Zeroizing::new(typed.to_owned())))
    }
}

/// What is looked at of a password or a name when it is asked how easily it is guessed: that takes more
/// than linear time, and what begins well does not get worse.
fn beginning(text: &str) -> &str {
    const LOOKED_AT: usize = 40;
    text.char_indices().nth(LOOKED_AT).map_or(text, |(end, _)| &text[..end])
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

    /// What was typed as a new password, as [`NewPassword::parse`] reads it, in its turn: judging some takes
    /// as long as hashing them.
    pub async fn choose(&self, typed: &str, about: &[&str]) -> Result<Chosen, Error> {
        let typed = Zeroizing::new(typed.to_owned());
        let about: Vec<String> = about.iter().map(|word| beginning(word).to_owned()).collect();
        let judge = move || {
            let about: Vec<&str> = about.iter().map(String::as_str).collect();
            NewPassword::parse(&typed, &about)
        };
        Ok(self.hashers.run(judge).await?)
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
        let (decoy, present) = (self.decoy.clone(), self.argon.params().clone());
        let (kept, is_there) = (kept.map(str::to_owned), kept.is_some());
        let check = move || {
            let phc: &str = kept.as_deref().unwrap_or_else(|| decoy.as_str());
            let Ok(phc) = PasswordHash::new(phc) else { return false };
            let does_fit = fits(&phc, typed.as_bytes()).unwrap_or(false);
            // Or the time would tell accounts whose hash is older from addresses that have none.
            if let Some(rest) = Params::try_from(&phc).ok().and_then(|kept| rest(&kept, &present)) {
                let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, rest);
                let salt = phc.salt.as_deref().unwrap_or_default();
                let _work_alone = in_memory(&argon, typed.as_bytes(), salt, &mut [0; 32]);
            }
            does_fit
        };
        Ok(self.hashers.run(check).await? && is_there)
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

thread_local! {
    /// What a hashing thread works in. Mapped once: the kernel would else map and clear tens of megabytes
    /// for every try, which holds up the threads that serve pages.
    static MEMORY: RefCell<Vec<Block>> = const { RefCell::new(Vec::new()) };
}

/// Whether `typed` is the password of `kept`. As [`argon2::PasswordVerifier`], in memory that is kept.
fn fits(kept: &PasswordHash, typed: &[u8]) -> Result<bool, argon2::password_hash::Error> {
    let (Some(salt), Some(output)) = (&kept.salt, &kept.hash) else { return Ok(false) };
    let algorithm = Algorithm::try_from(kept.algorithm.as_str())?;
    let version = kept.version.map(Version::try_from).transpose()?.unwrap_or_default();
    let mut computed = Zeroizing::new([0; Output::MAX_LENGTH]);
    let computed = &mut computed[..output.len()];
    let argon = Argon2::new(algorithm, version, Params::try_from(kept)?);
    in_memory(&argon, typed, salt, computed)?;
    // Compared in constant time.
    Ok(Output::new(computed)? == *output)
}

fn in_memory(
    argon: &Argon2<'_>,
    typed: &[u8],
    salt: &[u8],
    computed: &mut [u8],
) -> Result<(), argon2::Error> {
    let count = argon.params().block_count();
    MEMORY.with_borrow_mut(|blocks| {
        if blocks.len() < count {
            blocks.resize(count, Block::new());
        }
        argon.hash_password_into_with_memory(typed, salt, computed, &mut blocks[..count])
    })
}

/// What a check at the cost `kept` lacks of the work of one at `present`; the time follows memory times
/// passes.
fn rest(kept: &Params, present: &Params) -> Option<Params> {
    let work = |params: &Params| u64::from(params.m_cost()) * u64::from(params.t_cost());
    let missing = work(present).checked_sub(work(kept))?;
    let memory = u32::try_from(missing / u64::from(present.t_cost())).ok()?;
    // Less than argon2 can do takes no time that could be told.
    Params::new(memory, present.t_cost(), 1, Some(32)).ok()
}

#[cfg(test)]
mod tests {
    use argon2::PasswordVerifier;

    use super::*;

    #[test]
    fn a_password_has_to_be_long_and_unlike_its_owner() {
        let refused = |typed: &str| NewPassword::parse(typed, &["Maya Okafor", "maya"]).is_err();
        assert!(refused("too short"));
        assert!(refused(&"x".repeat(129)));
        assert!(refused("passwordpassword"));
        assert!(refused("aaaaaaaaaaaaaaaaaaaa"));
        assert!(refused("password password") && refused("Password, password password"));
        assert!(
            refused("correct horse battery staple") && refused("Correct-Horse-Battery-Staple!")
        );
        assert!(refused("maya okafor maya"));
        assert!(!refused("heron lantern quarry plum"));
        assert!(!refused(&"4@8({[<369&#!1|0$5+7%2/".repeat(6)[..128]));
    }

    #[test]
    fn an_older_and_cheaper_hash_is_topped_up_to_the_present_work() {
        let cost = |memory, passes| Params::new(memory, passes, 1, None).unwrap();
        let added = |kept, present| rest(&kept, &present).map(|it| (it.m_cost(), it.t_cost()));
        assert_eq!(added(cost(32 * 1024, 3), cost(64 * 1024, 3)), Some((32 * 1024, 3)));
        assert_eq!(added(cost(19 * 1024, 2), cost(32 * 1024, 3)), Some((19_797, 3)));
        assert_eq!(added(cost(32 * 1024, 3), cost(32 * 1024, 3)), None);
        assert_eq!(added(cost(64 * 1024, 3), cost(32 * 1024, 3)), None);
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
        // As anybody else's library reads it.
        let phc = PasswordHash::new(&kept).unwrap();
        let others = argon2::Argon2::default();
        assert_eq!(others.verify_password(b"heron lantern quarry plum", &phc), Ok(()));
        // At another cost than the one before, in the same memory.
        let cheap = Params::new(8, 1, 1, Some(16)).unwrap();
        let cheap = Argon2::new(Algorithm::Argon2id, Version::V0x13, cheap);
        let cheap = hash(&cheap, "heron").unwrap();
        assert!(passwords.verify("heron", Some(&cheap)).await.unwrap());
        assert!(!passwords.verify("herons", Some(&cheap)).await.unwrap());
        assert!(passwords.verify("heron lantern quarry plum", Some(&kept)).await.unwrap());
        assert!(!passwords.verify("", Some("$argon2id$")).await.unwrap());
        assert!(!passwords.is_dated(&kept) && Passwords::new(PasswordCost::USUAL).is_dated(&kept));
    }
}
