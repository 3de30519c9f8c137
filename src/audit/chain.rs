//! How an event is written down to be hashed, and how hashes make a chain. Pure.
//!
//! Written down, an event begins with the name of the form; then follows every column, in the order of
//! [`COLUMNS`]: a byte that is 0 where it has no value, else 1, the length of the value as four bytes,
//! big-endian, and the value. Ids are their 16 bytes; a time is its microseconds since 1970 as eight
//! bytes, big-endian and signed; text is UTF-8; `refs` is each name and value in the same way, in the
//! order of the names. The `event_hash` of a seal is SHA-256 of this; its `hash` is SHA-256 of the hash
//! before it and this. Before the first stand 32 bytes of zero.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};
use sqlx::types::JsonValue;
use uuid::Uuid;

/// The columns of an event, in the order in which they are written down.
pub const COLUMNS: [&str; 10] = [
    "event_id",
    "at",
    "action",
    "actor",
    "actor_id",
    "actor_reason",
    "about",
    "about_id",
    "refs",
    "note_hash",
];

/// The form described above.
pub const ENCODING: i16 = 1;
const NAME: &[u8] = b"portal audit event 1\n";

pub type Hash = [u8; 32];

/// An event as the database holds it, with whatever somebody may have put there.
#[derive(Clone, Debug, PartialEq)]
pub struct Columns {
    pub event_id: Uuid,
    /// Microseconds since 1970; `None` for a time that never comes.
    pub at: Option<i64>,
    pub action: String,
    pub actor: String,
    pub actor_id: Option<Uuid>,
    pub actor_reason: Option<String>,
    pub about: Option<String>,
    pub about_id: Option<Uuid>,
    pub refs: JsonValue,
    pub note_hash: Option<Vec<u8>>,
}

impl Columns {
    /// The event, written down.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = NAME.to_vec();
        let at = self.at.map(i64::to_be_bytes);
        put(&mut out, Some(self.event_id.as_bytes()));
        put(&mut out, at.as_ref().map(<[u8; 8]>::as_slice));
        put(&mut out, Some(self.action.as_bytes()));
        put(&mut out, Some(self.actor.as_bytes()));
        put(&mut out, self.actor_id.as_ref().map(|id| id.as_bytes().as_slice()));
        put(&mut out, self.actor_reason.as_deref().map(str::as_bytes));
        put(&mut out, self.about.as_deref().map(str::as_bytes));
        put(&mut out, self.about_id.as_ref().map(|id| id.as_bytes().as_slice()));
        put(&mut out, Some(&encode_refs(&self.refs)));
        put(&mut out, self.note_hash.as_deref());
        out
    }
}

fn put(out: &mut Vec<u8>, value: Option<&[u8]>) {
    let Some(value) = value else { return out.push(0) };
    let length = u32::try_from(value.len()).expect("no column holds four gigabytes");
    out.push(1);
    out.extend(length.to_be_bytes());
    out.extend(value);
}

/// The portal writes names and texts. Whatever else somebody put there comes out different from them.
fn encode_refs(refs: &JsonValue) -> Vec<u8> {
    let mut out = Vec::new();
    let Some(object) = refs.as_object() else {
        put(&mut out, None);
        put(&mut out, Some(refs.to_string().as_bytes()));
        return out;
    };
    let mut pairs: Vec<_> = object.iter().collect();
    pairs.sort_by_key(|(name, _)| name.as_bytes());
    for (name, value) in pairs {
        put(&mut out, Some(name.as_bytes()));
        match value.as_str() {
            Some(text) => put(&mut out, Some(text.as_bytes())),
            None => {
                put(&mut out, None);
                put(&mut out, Some(value.to_string().as_bytes()));
            }
        }
    }
    out
}

/// What an event is by itself.
pub fn event_hash(encoded: &[u8]) -> Hash {
    Sha256::digest(encoded).into()
}

/// The hash of the chain up to an event, from the one before it.
pub fn link(before: &Hash, encoded: &[u8]) -> Hash {
    Sha256::new().chain_update(before).chain_update(encoded).finalize().into()
}

/// How many bytes stand before a text when it is hashed.
pub const SALT_LENGTH: usize = 32;

/// What an event keeps of its text. There is no border between salt and text: the salt has
/// [`SALT_LENGTH`] bytes.
pub fn note_hash(salt: &[u8], text: &str) -> Hash {
    Sha256::new().chain_update(salt).chain_update(text).finalize().into()
}

/// The end of the chain, or of its beginning up to some event: how many events it holds, and the hash
/// that holds for all of them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Head {
    pub sequence: i64,
    pub hash: Hash,
}

impl Head {
    /// Of a chain without events.
    pub const NONE: Self = Self { sequence: 0, hash: [0; 32] };
}

/// What was given is no head.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("give a head as `portal audit head` prints it: a number, a colon, 64 hexadecimal digits")]
pub struct NoHead;

impl FromStr for Head {
    type Err = NoHead;

    fn from_str(text: &str) -> Result<Self, NoHead> {
        let (sequence, digits) = text.trim().split_once(':').ok_or(NoHead)?;
        let sequence: i64 = sequence.parse().ok().filter(|number| *number >= 0).ok_or(NoHead)?;
        if digits.len() != 64 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(NoHead);
        }
        let mut hash = [0; 32];
        for (byte, pair) in hash.iter_mut().zip(digits.as_bytes().chunks(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| NoHead)?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| NoHead)?;
        }
        Ok(Self { sequence, hash })
    }
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.sequence)?;
        self.hash.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A place of the chain, with whatever stands there.
#[derive(Debug)]
pub struct Link {
    pub sequence: i64,
    pub event_id: Uuid,
    pub encoding: i16,
    pub event_hash: Vec<u8>,
    pub hash: Vec<u8>,
    /// `None` where the event is gone.
    pub event: Option<Columns>,
    /// Salt and text, where there is a note.
    pub note: Option<(Vec<u8>, String)>,
}

impl Link {
    /// What the chain is up to here; zeroes where no hash stands.
    pub fn hash(&self) -> Hash {
        self.hash.as_slice().try_into().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns() -> Columns {
        let refs = [("roles", "hr"), ("a", "b")].map(|(k, v)| (k.to_owned(), v.into()));
        Columns {
            event_id: Uuid::from_u128(7),
            at: Some(1_700_000_000_000_001),
            action: "account.invited".to_owned(),
            actor: "system".to_owned(),
            actor_id: None,
            actor_reason: Some("account add".to_owned()),
            about: Some("account".to_owned()),
            about_id: Some(Uuid::from_u128(8)),
            refs: JsonValue::Object(refs.into_iter().collect()),
            note_hash: None,
        }
    }

    /// Seals that lie in databases hold this: if it changes, a new form is needed beside it.
    #[test]
    fn the_first_form_stays_as_it_is() {
        let encoded = columns().encode();
        let head = Head { sequence: 1, hash: link(&Head::NONE.hash, &encoded) };
        assert_eq!(
            head.to_string(),
            "1:6a60d3448587522cdd532edce69229874956c73d96dafcc4b513b819d094ca00"
        );
        let name = b"portal audit event 1\n\x01\0\0\0\x10";
        assert_eq!(&encoded[..name.len()], name);
    }

    #[test]
    fn every_column_counts_and_none_runs_into_the_next() {
        let with = |change: fn(&mut Columns)| {
            let mut changed = columns();
            change(&mut changed);
            changed.encode()
        };
        let mut forms = vec![columns().encode()];
        let changes: [fn(&mut Columns); 15] = [
            |c| c.event_id = Uuid::from_u128(9),
            |c| c.at = Some(1),
            |c| c.at = None,
            |c| c.action.push('x'),
            |c| c.actor = "nobody".to_owned(),
            |c| c.actor_id = Some(Uuid::nil()),
            |c| c.actor_reason = None,
            |c| c.actor_reason = Some(String::new()),
            |c| c.about = Some("accountx".to_owned()),
            |c| c.about_id = None,
            |c| c.refs = JsonValue::Null,
            |c| c.refs = "{}".into(),
            |c| c.refs["a"] = JsonValue::Null,
            |c| c.refs["roles"] = 1.into(),
            |c| c.note_hash = Some(vec![0; 32]),
        ];
        forms.extend(changes.map(with));
        let different: std::collections::BTreeSet<_> = forms.iter().collect();
        assert_eq!(different.len(), forms.len());
    }

    #[test]
    fn a_head_is_read_as_it_is_printed() {
        let head = Head { sequence: 12, hash: event_hash(b"x") };
        assert_eq!(head.to_string().parse(), Ok(head));
        let no_heads = ["", "12", ":", "-1:00", "12:zz", &format!("12:{}", "é".repeat(32))];
        for wrong in no_heads {
            assert_eq!(wrong.parse::<Head>(), Err(NoHead), "{wrong}");
        }
    }
}
