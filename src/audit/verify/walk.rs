//! Going along the chain, place by place. Pure.

use std::collections::HashMap;

use uuid::Uuid;

use super::{Finding, Report};
use crate::audit::chain::{ENCODING, Hash, Head, Link, SALT_LENGTH, event_hash, link, note_hash};

/// How far the chain has been looked at, and what was found that needs its rest to be named.
pub struct Walk {
    kept: Option<Head>,
    sequence: i64,
    /// The hash at that place; `None` after a gap.
    before: Option<Hash>,
    /// What the hash there should have been, where it was another.
    should_be: Option<Hash>,
    /// Places whose event is not the one that was sealed.
    strangers: Vec<Stranger>,
    /// Places that do not follow the one before.
    loose: Vec<Loose>,
    report: Report,
}

struct Stranger {
    sequence: i64,
    event_id: Uuid,
    is: Hash,
    was: Vec<u8>,
}

struct Loose {
    sequence: i64,
    event_id: Uuid,
    before: Hash,
    hash: Hash,
    encoded: Vec<u8>,
}

/// So many places are named as exactly as can be; those after them as changed.
const MOST_COMPARED: usize = 200;

impl Walk {
    pub fn new(kept: Option<Head>) -> Self {
        let report =
            Report { head: Head::NONE, erased_notes: 0, waiting: 0, findings: Vec::new(), more: 0 };
        let mut walk = Self {
            kept,
            sequence: 0,
            before: Some(Head::NONE.hash),
            should_be: None,
            strangers: Vec::new(),
            loose: Vec::new(),
            report,
        };
        walk.arrive(Head::NONE);
        walk
    }

    /// The place that was looked at last.
    pub fn sequence(&self) -> i64 {
        self.sequence
    }

    /// Looks at the next place.
    pub fn step(&mut self, at: &Link) {
        let (sequence, event_id) = (at.sequence, at.event_id);
        if sequence != self.sequence + 1 {
            self.report.add(Finding::Missing { first: self.sequence + 1, last: sequence - 1 });
            (self.before, self.should_be) = (None, None);
        }
        let should_have_been = self.should_be.take();
        match &at.event {
            None => self.report.add(Finding::Removed { sequence, event_id }),
            Some(event) => {
                self.look_at_note(at, event.note_hash.as_deref());
                self.look_at_event(at, &event.encode(), should_have_been);
            }
        }
        self.sequence = sequence;
        self.before = Some(at.hash());
        self.arrive(Head { sequence, hash: at.hash() });
    }

    /// The chain up to here is `head`; so it was when the head that was kept was this far.
    fn arrive(&mut self, head: Head) {
        if let Some(kept) = self.kept.filter(|kept| kept.sequence == head.sequence && *kept != head)
        {
            self.report.add(Finding::OtherHead { kept });
        }
        self.report.head = head;
    }

    fn look_at_event(&mut self, at: &Link, encoded: &[u8], should_have_been: Option<Hash>) {
        let (sequence, event_id, hash) = (at.sequence, at.event_id, at.hash());
        let is = event_hash(encoded);
        let follows = self.before.map(|before| link(&before, encoded) == hash);
        let is_itself = is.as_slice() == at.event_hash;
        if at.encoding != ENCODING || (!is_itself && follows == Some(true)) {
            self.report.add(Finding::SealChanged { sequence, event_id });
        } else if !is_itself {
            let was = at.event_hash.clone();
            if self.strangers.len() < MOST_COMPARED {
                self.strangers.push(Stranger { sequence, event_id, is, was });
            } else {
                self.report.add(Finding::Changed { sequence, event_id });
            }
        } else if let (Some(before), Some(false)) = (self.before, follows) {
            // It follows what the hash before it should have been: that one was changed, not this.
            if should_have_been.is_some_and(|before| link(&before, encoded) == hash) {
                if let Some(other) = self.loose.pop() {
                    let (sequence, event_id) = (other.sequence, other.event_id);
                    self.report.add(Finding::SealChanged { sequence, event_id });
                }
                return;
            }
            if self.loose.len() < MOST_COMPARED {
                self.should_be = Some(link(&before, encoded));
                let encoded = encoded.to_vec();
                self.loose.push(Loose { sequence, event_id, before, hash, encoded });
            } else {
                self.report.add(Finding::DoesNotFollow { sequence, event_id });
            }
        }
    }

    fn look_at_note(&mut self, at: &Link, kept: Option<&[u8]>) {
        let (sequence, event_id) = (at.sequence, at.event_id);
        match (kept, &at.note) {
            (None, None) => {}
            (Some(_), None) => self.report.erased_notes += 1,
            (None, Some(_)) => self.report.add(Finding::NoteAdded { sequence, event_id }),
            (Some(kept), Some((salt, text))) => {
                // The hash has no border between both: a longer salt and a shorter text would have the same.
                if salt.len() != SALT_LENGTH || note_hash(salt, text).as_slice() != kept {
                    self.report.add(Finding::NoteChanged { sequence, event_id });
                }
            }
        }
    }

    /// The end of the chain is reached: names what was left open.
    pub fn end(mut self) -> Report {
        let places: HashMap<&[u8], i64> =
            self.strangers.iter().map(|other| (other.was.as_slice(), other.sequence)).collect();
        for Stranger { sequence, event_id, is, .. } in &self.strangers {
            let (sequence, event_id) = (*sequence, *event_id);
            let sealed_at = places.get(is.as_slice()).copied();
            self.report.add(match sealed_at {
                Some(_) => Finding::Reordered { sequence, event_id, sealed_at },
                None => Finding::Changed { sequence, event_id },
            });
        }
        let hashes = self.loose.iter().flat_map(|other| [other.before, other.hash]);
        let hashes: Vec<Hash> = hashes.collect();
        for Loose { sequence, event_id, hash, encoded, .. } in &self.loose {
            let (sequence, event_id) = (*sequence, *event_id);
            let was_moved = hashes.iter().any(|before| link(before, encoded) == *hash);
            self.report.add(if was_moved {
                Finding::Reordered { sequence, event_id, sealed_at: None }
            } else {
                Finding::DoesNotFollow { sequence, event_id }
            });
        }
        if let Some(kept) = self.kept.filter(|kept| kept.sequence > self.sequence) {
            self.report.add(Finding::TailCut { kept, ends: self.sequence });
        }
        self.report.findings.sort_by_key(Finding::place);
        self.report
    }
}
