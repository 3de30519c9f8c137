//! How often somebody may try to sign in: by where they come from, and by the account they try.
//!
//! Who is tried by others is not locked out: a browser that was signed in to the account before is
//! counted apart from strangers.

use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use governor::{DefaultDirectRateLimiter, DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::account::token::TokenHash;
use crate::ids::AccountId;

/// Cheap to clone; all clones count together.
#[derive(Clone, Debug)]
pub struct Throttle {
    by_address: Arc<DefaultKeyedRateLimiter<IpAddr>>,
    by_account: Arc<DefaultKeyedRateLimiter<[u8; 32]>>,
    bursts: Arc<DefaultKeyedRateLimiter<[u8; 32]>>,
    all_bursts: Arc<DefaultDirectRateLimiter>,
    /// A code of six digits is guessed sooner than a password.
    by_code: Arc<DefaultKeyedRateLimiter<[u8; 32]>>,
    guesses: Arc<Mutex<Guesses>>,
}

/// How many wrong tokens one address may send within how long, before it is asked to wait.
const WRONG_TOKENS: (u32, Duration) = (30, Duration::from_secs(60));
/// The most addresses, and the most good tokens, that are remembered.
const MOST_REMEMBERED: usize = 10_000;

/// Wrong tokens by where they came from. A token that was good before is not kept waiting for what
/// others at its address guess.
#[derive(Debug, Default)]
struct Guesses {
    wrong: HashMap<IpAddr, (u32, Instant)>,
    good: HashSet<[u8; 32]>,
}

/// Who tries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Device<'a> {
    Stranger,
    /// A browser that was signed in to this account before, by its own secret.
    Known(&'a str),
}

/// Too many tries: wait a little.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMany;

impl Default for Throttle {
    fn default() -> Self {
        let quota = |burst: u32, every: Duration| {
            let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
            Quota::with_period(every).map(|quota| quota.allow_burst(burst))
        };
        // A whole office may come from one address; one account is tried by one person.
        let address = quota(60, Duration::from_secs(1)).expect("a second is not zero");
        let account = quota(10, Duration::from_secs(30)).expect("30 seconds are not zero");
        // Whoever makes addresses up must not fill the log either.
        let burst = quota(1, Duration::from_secs(600)).expect("ten minutes are not zero");
        let all_bursts = quota(10, Duration::from_secs(6)).expect("6 seconds are not zero");
        let code = quota(10, Duration::from_secs(120)).expect("two minutes are not zero");
        Self {
            by_code: Arc::new(RateLimiter::keyed(code)),
            by_address: Arc::new(RateLimiter::keyed(address)),
            by_account: Arc::new(RateLimiter::keyed(account)),
            guesses: Arc::default(),
            bursts: Arc::new(RateLimiter::keyed(burst)),
            all_bursts: Arc::new(RateLimiter::direct(all_bursts)),
        }
    }
}

impl Throttle {
    /// Counts one try for `account`, whatever was typed, whether or not it exists.
    ///
    /// # Errors
    /// There were too many.
    pub fn count(
        &self,
        address: Option<IpAddr>,
        account: &str,
        device: Device<'_>,
    ) -> Result<(), TooMany> {
        let from_here = self.count_address(address);
        let for_this = self.by_account.check_key(&key(account, device)).is_ok();
        if for_this { from_here } else { Err(TooMany) }
    }

    /// Counts one try at the second factor of `account`, by its id: somebody knows the first.
    ///
    /// # Errors
    /// There were too many.
    pub fn count_code(
        &self,
        address: Option<IpAddr>,
        account: AccountId,
        device: Device<'_>,
    ) -> Result<(), TooMany> {
        let from_here = self.count_address(address);
        let for_this = self.by_code.check_key(&key(&account.to_string(), device)).is_ok();
        if for_this { from_here } else { Err(TooMany) }
    }

    /// Counts one try of nobody in particular.
    ///
    /// # Errors
    /// There were too many.
    pub fn count_address(&self, address: Option<IpAddr>) -> Result<(), TooMany> {
        let counted = address.map(|address| self.by_address.check_key(&place(address)));
        if matches!(counted, Some(Err(_))) { Err(TooMany) } else { Ok(()) }
    }

    /// Whether a try for `account` that was one too many is to be recorded: the first of a burst is.
    pub fn begins_burst(&self, account: &str) -> bool {
        let key = bytes(TokenHash::of(account));
        self.bursts.check_key(&key).is_ok() && self.all_bursts.check().is_ok()
    }

    /// Whether a token from `address` is looked at.
    ///
    /// # Errors
    /// Too many came from there that were none.
    pub fn may_try_token(&self, address: Option<IpAddr>, token: TokenHash) -> Result<(), TooMany> {
        let guesses = self.guesses.lock().expect("counting never panics");
        let (most, within) = WRONG_TOKENS;
        let wrong = address.and_then(|address| guesses.wrong.get(&place(address)));
        let is_over =
            wrong.is_some_and(|(count, since)| *count >= most && since.elapsed() < within);
        if is_over && !guesses.good.contains(&bytes(token)) { Err(TooMany) } else { Ok(()) }
    }

    /// Remembers that a token was one, or was none.
    pub fn tried_token(&self, address: Option<IpAddr>, token: TokenHash, is_good: bool) {
        let mut guesses = self.guesses.lock().expect("counting never panics");
        if is_good {
            if guesses.good.len() >= MOST_REMEMBERED {
                guesses.good.clear();
            }
            guesses.good.insert(bytes(token));
            return;
        }
        guesses.good.remove(&bytes(token));
        let Some(address) = address else { return };
        let (_, within) = WRONG_TOKENS;
        if guesses.wrong.len() >= MOST_REMEMBERED {
            guesses.wrong.retain(|_, (_, since)| since.elapsed() < within);
        }
        let (count, since) = guesses.wrong.entry(place(address)).or_insert((0, Instant::now()));
        if since.elapsed() >= within {
            (*count, *since) = (0, Instant::now());
        }
        *count += 1;
    }

    /// Forgets who has not tried for a while.
    pub fn tidy(&self) {
        self.bursts.retain_recent();
        self.by_address.retain_recent();
        self.by_account.retain_recent();
        self.by_code.retain_recent();
    }
}

/// Whoever has one address of IPv6 has all of its network of 64 bits.
fn place(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from(u128::from(address) >> 64 << 64).into(),
        v4 => v4,
    }
}

fn key(account: &str, device: Device<'_>) -> [u8; 32] {
    let hash = match device {
        Device::Stranger => TokenHash::of(&format!("stranger {account}")),
        Device::Known(secret) => TokenHash::of(&format!("known {secret} {account}")),
    };
    bytes(hash)
}

fn bytes(hash: TokenHash) -> [u8; 32] {
    hash.as_bytes().try_into().expect("SHA-256 has 32 bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_who_try_an_account_do_not_lock_its_owner_out() {
        let throttle = Throttle::default();
        let stranger = |n: u8| {
            throttle.count(Some([10, 0, 0, n].into()), "maya@example.org", Device::Stranger)
        };
        let refused = (0..50).filter(|n| stranger(*n).is_err()).count();
        assert_eq!(refused, 40);
        let owner = Device::Known("the secret of her browser");
        assert_eq!(throttle.count(Some([10, 9, 9, 9].into()), "maya@example.org", owner), Ok(()));
    }

    #[test]
    fn a_network_of_ipv6_is_one_place() {
        let throttle = Throttle::default();
        let from = |address: String| throttle.count_address(Some(address.parse().unwrap()));
        let taken = (0..90).filter(|n| from(format!("2001:db8:0:1::{n:x}")).is_ok()).count();
        assert!((60..65).contains(&taken), "{taken}");
        assert_eq!(from("2001:db8:0:2::1".to_owned()), Ok(()));
        assert!((0..90).all(|n| from(format!("::ffff:192.0.2.{n}")).is_ok()));
    }

    #[test]
    fn codes_are_guessed_at_ten_times_from_wherever_and_the_owner_still_has_tries() {
        let (throttle, account) = (Throttle::default(), AccountId::new());
        let guess =
            |n: u8| throttle.count_code(Some([10, 0, 0, n].into()), account, Device::Stranger);
        assert_eq!((0..50).filter(|n| guess(*n).is_ok()).count(), 10);
        let owner = Device::Known("the secret of her browser");
        assert_eq!(throttle.count_code(None, account, owner), Ok(()));
    }

    #[test]
    fn wrong_tokens_from_an_address_are_slowed_and_a_good_one_from_there_is_not() {
        let throttle = Throttle::default();
        let (here, elsewhere) = (Some([10, 0, 0, 1].into()), Some([10, 0, 0, 2].into()));
        let (good, fresh) = (TokenHash::of("good"), TokenHash::of("fresh"));
        throttle.tried_token(here, good, true);
        for n in 0..30 {
            let guess = TokenHash::of(&format!("guess {n}"));
            assert_eq!(throttle.may_try_token(here, guess), Ok(()));
            throttle.tried_token(here, guess, false);
        }
        assert_eq!(throttle.may_try_token(here, fresh), Err(TooMany));
        assert_eq!(throttle.may_try_token(here, good), Ok(()));
        assert_eq!(throttle.may_try_token(elsewhere, fresh), Ok(()));
        // One that is revoked loses its place.
        throttle.tried_token(here, good, false);
        assert_eq!(throttle.may_try_token(here, good), Err(TooMany));
    }
}
