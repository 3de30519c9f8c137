//! Recovery codes: for the day the phone is gone. Each opens the door once. Pure.

use rand::RngExt;

use crate::account::token::TokenHash;

/// How many are made at a time.
pub const COUNT: usize = 10;
/// Letters and digits that cannot be taken for one another (Crockford's base32).
const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// 80 bits: enough to be kept as a plain hash.
const LENGTH: usize = 16;

/// One code, as it is shown: `h7kd-93mq-xx2v-bn4r`.
pub struct RecoveryCode(String);

impl RecoveryCode {
    /// A fresh set.
    pub fn set() -> Vec<Self> {
        (0..COUNT).map(|_| Self::new()).collect()
    }

    fn new() -> Self {
        let mut random = rand::rng();
        let letters: Vec<u8> =
            (0..LENGTH).map(|_| LETTERS[random.random_range(0..LETTERS.len())]).collect();
        Self(
            String::from_utf8_lossy(&letters.chunks(4).collect::<Vec<_>>().join(&b'-'))
                .into_owned(),
        )
    }

    /// A code as somebody typed it, forgiving case, blanks, dashes and look-alikes. `None` for what can
    /// be none.
    pub fn parse(typed: &str) -> Option<Self> {
        let plain: String = typed
            .chars()
            .filter(|c| !c.is_whitespace() && *c != '-')
            .map(|c| match c.to_ascii_lowercase() {
                'o' => '0',
                'i' | 'l' => '1',
                c => c,
            })
            .collect();
        let fits = plain.len() == LENGTH && plain.bytes().all(|byte| LETTERS.contains(&byte));
        let groups = fits.then(|| plain.as_bytes().chunks(4).collect::<Vec<_>>().join(&b'-'))?;
        String::from_utf8(groups).ok().map(Self)
    }

    pub fn expose(&self) -> &str {
        &self.0
    }

    pub fn hash(&self) -> TokenHash {
        TokenHash::of(&self.0)
    }
}

impl std::fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RecoveryCode(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_known_however_it_is_typed() {
        let set = RecoveryCode::set();
        assert_eq!(set.len(), COUNT);
        for code in &set {
            let typed = code.expose().to_uppercase().replace('-', " ").replace('0', "O");
            let read = RecoveryCode::parse(&typed.replace('1', "l")).unwrap();
            assert_eq!(read.hash(), code.hash());
            assert_eq!(format!("{code:?}"), "RecoveryCode(…)");
        }
        assert_ne!(set[0].expose(), set[1].expose());
        for wrong in
            ["", "123456", "h7kd-93mq-xx2v-bn4", "h7kd-93mq-xx2v-bn4r5", "h7kd-93mq-xx2v-bn4u"]
        {
            assert!(RecoveryCode::parse(wrong).is_none(), "{wrong}");
        }
    }
}
