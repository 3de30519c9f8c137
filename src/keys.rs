//! The portal's own secret: what has to be read again is kept sealed by it, so that a copy of the
//! database tells nothing.
//!
//! XChaCha20-Poly1305. Whatever is sealed says by which key, and is bound to its purpose and to whom it
//! belongs: moved into another's row it does not open.

use std::fmt;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305};
use rand::Rng;
use sha2::{Digest, Sha256};
use uuid::Uuid;
use zeroize::Zeroizing;

/// Where an embedded portal keeps its key, in its data folder.
pub const FILE: &str = "secret.key";

/// How what is sealed is laid out: this number, the key's id, the nonce, the ciphertext.
const FORMAT: u8 = 1;
const ID: usize = 8;
const NONCE: usize = 24;

/// Tells one key from another and gives nothing of it away.
pub type KeyId = [u8; ID];

struct Key {
    id: KeyId,
    cipher: XChaCha20Poly1305,
}

/// The key that seals, and older ones that still open. Cheap to clone.
#[derive(Clone)]
pub struct Keys(Arc<[Key]>);

impl Keys {
    /// Keys as they are set: each 32 bytes in base64url, the one that seals first, a comma between them.
    pub fn parse(text: &str) -> Option<Self> {
        let keys: Option<Vec<Key>> = text.split(',').map(|one| Key::parse(one.trim())).collect();
        keys.filter(|keys| !keys.is_empty()).map(|keys| Self(keys.into()))
    }

    /// The key kept in `folder`; made at the first time, for its owner's eyes alone.
    ///
    /// # Errors
    /// The file cannot be read or written, or holds no key.
    pub fn kept_in(folder: &Path) -> io::Result<Self> {
        let path = folder.join(FILE);
        match fs::read_to_string(&path) {
            Ok(text) => Self::parse(text.trim())
                .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "it holds no key")),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::make(folder, &path),
            Err(error) => Err(error),
        }
    }

    /// Written whole under another name first: half a key would lock everybody out.
    fn make(folder: &Path, path: &Path) -> io::Result<Self> {
        let mut bits = Zeroizing::new([0; 32]);
        rand::rng().fill_bytes(bits.as_mut_slice());
        let text = Zeroizing::new(URL_SAFE_NO_PAD.encode(bits.as_slice()));
        let fresh = folder.join(format!("{FILE}.new"));
        let mut options = fs::OpenOptions::new();
        let mut file = options.create(true).write(true).truncate(true).mode(0o600).open(&fresh)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&fresh, path)?;
        fs::File::open(folder)?.sync_all()?;
        Ok(Self(vec![Key::new(&bits)].into()))
    }

    /// Seals `plain`, which belongs to `owner` and is for `purpose` alone.
    pub fn seal(&self, purpose: &str, owner: Uuid, plain: &[u8]) -> Vec<u8> {
        let key = &self.0[0];
        let mut nonce = [0; NONCE];
        rand::rng().fill_bytes(&mut nonce);
        let aad = bound_to(purpose, owner);
        let payload = Payload { msg: plain, aad: &aad };
        let sealed = key.cipher.encrypt(&nonce.into(), payload).expect("it fits into memory");
        [&[FORMAT][..], &key.id, &nonce, &sealed].concat()
    }

    /// What was sealed for `purpose` and `owner`; `None` for anything else.
    pub fn open(&self, purpose: &str, owner: Uuid, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (format, rest) = sealed.split_first()?;
        let (id, rest) = rest.split_at_checked(ID)?;
        let (nonce, msg) = rest.split_at_checked(NONCE)?;
        let key = self.0.iter().find(|key| *format == FORMAT && key.id == *id)?;
        let nonce: [u8; NONCE] = nonce.try_into().ok()?;
        let aad = bound_to(purpose, owner);
        let opened = key.cipher.decrypt(&nonce.into(), Payload { msg, aad: &aad });
        opened.ok().map(Zeroizing::new)
    }

    /// The ids of the keys that open.
    pub fn ids(&self) -> Vec<KeyId> {
        self.0.iter().map(|key| key.id).collect()
    }
}

fn bound_to(purpose: &str, owner: Uuid) -> Vec<u8> {
    [purpose.as_bytes(), &[0], owner.as_bytes()].concat()
}

impl Key {
    fn parse(text: &str) -> Option<Self> {
        let bits = Zeroizing::new(URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok()?);
        let bits: Zeroizing<[u8; 32]> = Zeroizing::new(bits.as_slice().try_into().ok()?);
        // Nobody draws this one: it is a placeholder that was left standing.
        (bits.iter().any(|byte| *byte != bits[0])).then(|| Self::new(&bits))
    }

    fn new(bits: &[u8; 32]) -> Self {
        let digest = Sha256::new().chain_update(b"portal key id\0").chain_update(bits).finalize();
        let id = digest[..ID].try_into().expect("SHA-256 has 32 bytes");
        Self { id, cipher: XChaCha20Poly1305::new(bits.into()) }
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(…)")
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn key(fill: u8) -> String {
        let bits: Vec<u8> = (0..32).map(|n: u8| n.wrapping_mul(7) ^ fill).collect();
        URL_SAFE_NO_PAD.encode(bits)
    }

    #[test]
    fn what_is_sealed_opens_for_its_owner_and_purpose_alone() {
        let keys = Keys::parse(&key(1)).unwrap();
        let (maya, jonas) = (Uuid::now_v7(), Uuid::now_v7());
        let sealed = keys.seal("totp", maya, b"a secret");
        assert_eq!(keys.open("totp", maya, &sealed).unwrap().as_slice(), b"a secret");
        assert!(keys.open("totp", jonas, &sealed).is_none());
        assert!(keys.open("card", maya, &sealed).is_none());
        assert!(!sealed.windows(8).any(|part| part == b"a secret"));
        assert_ne!(sealed, keys.seal("totp", maya, b"a secret"), "no nonce is used twice");
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(keys.open("totp", maya, &changed).is_none(), "byte {at}");
            assert!(keys.open("totp", maya, &sealed[..at]).is_none());
        }
    }

    #[test]
    fn a_new_key_seals_and_the_old_one_still_opens() {
        let owner = Uuid::now_v7();
        let old = Keys::parse(&key(1)).unwrap();
        let both = Keys::parse(&format!("{}, {}", key(2), key(1))).unwrap();
        let sealed = old.seal("totp", owner, b"x");
        assert!(both.open("totp", owner, &sealed).is_some());
        assert!(old.open("totp", owner, &both.seal("totp", owner, b"x")).is_none());
        assert_eq!(both.ids()[1], old.ids()[0]);
    }

    #[test]
    fn what_is_no_key_is_not_taken_and_no_key_shows() {
        for wrong in ["", "short", &"A".repeat(43), &format!("{},", key(1)), &key(1)[1..]] {
            assert!(Keys::parse(wrong).is_none(), "{wrong}");
        }
        let shown = format!("{:?}", Keys::parse(&key(3)).unwrap());
        assert_eq!(shown, "Keys(…)");
    }

    #[test]
    fn an_embedded_portal_makes_its_key_once_and_keeps_it_to_itself() {
        let folder = tempfile::tempdir().unwrap();
        let made = Keys::kept_in(folder.path()).unwrap();
        let mode = fs::metadata(folder.path().join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(Keys::kept_in(folder.path()).unwrap().ids(), made.ids());
        fs::write(folder.path().join(FILE), "half a k").unwrap();
        assert!(Keys::kept_in(folder.path()).is_err(), "a damaged key is never replaced");
    }
}
