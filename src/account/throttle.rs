//! How often somebody may try to sign in: by where they come from, and by the account they try.
//!
//! Who is tried by others is not locked out: a browser that was signed in to the account before is
//! counted apart from strangers.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::{DefaultDirectRateLimiter, DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::account::token::TokenHash;

/// Cheap to clone; all clones count together.
#[derive(Clone, Debug)]
pub struct Throttle {
    by_address: Arc<DefaultKeyedRateLimiter<IpAddr>>,
    by_account: Arc<DefaultKeyedRateLimiter<[u8; 32]>>,
    bursts: Arc<DefaultKeyedRateLimiter<[u8; 32]>>,
    all_bursts: Arc<DefaultDirectRateLimiter>,
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
        Self {
            by_address: Arc::new(RateLimiter::keyed(address)),
            by_account: Arc::new(RateLimiter::keyed(account)),
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
        let key = match device {
            Device::Stranger => TokenHash::of(&format!("stranger {account}")),
            Device::Known(secret) => TokenHash::of(&format!("known {secret} {account}")),
        };
        let key: [u8; 32] = key.as_bytes().try_into().expect("SHA-256 has 32 bytes");
        let from_here = address.is_none_or(|address| self.by_address.check_key(&address).is_ok());
        let for_this = self.by_account.check_key(&key).is_ok();
        if from_here && for_this { Ok(()) } else { Err(TooMany) }
    }

    /// Whether a try for `account` that was one too many is to be recorded: the first of a burst is.
    pub fn begins_burst(&self, account: &str) -> bool {
        let key = TokenHash::of(account);
        let key: [u8; 32] = key.as_bytes().try_into().expect("SHA-256 has 32 bytes");
        self.bursts.check_key(&key).is_ok() && self.all_bursts.check().is_ok()
    }

    /// Forgets who has not tried for a while.
    pub fn tidy(&self) {
        self.bursts.retain_recent();
        self.by_address.retain_recent();
        self.by_account.retain_recent();
    }
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
}
