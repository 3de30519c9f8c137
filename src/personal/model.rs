//! Everything that is a candidate's, as `data.json` has it. Pure. Times are in UTC; [`super::keys`] says what each
//! key means, and a key that is there stays what it is.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::decision::model::Observation;
use crate::objects::Digest;

/// Which edition of the keys this is.
pub const EDITION: u8 = 1;

#[derive(Clone, Debug, Serialize)]
pub struct Data {
    pub edition: u8,
    pub made_at: Timestamp,
    pub you: You,
    pub interviews: Vec<Interview>,
    pub letters: Vec<Letter>,
    pub signing_in: SigningIn,
}

#[derive(Clone, Debug, Serialize)]
pub struct You {
    pub name: String,
    pub email: String,
    pub time_zone: String,
    pub invited_at: Timestamp,
    pub accepted_at: Option<Timestamp>,
    pub address_changes: Vec<AddressChange>,
    pub former_names: Vec<FormerName>,
}

/// What you were called before: kept so that no blind panel reads it in your work.
#[derive(Clone, Debug, Serialize)]
pub struct FormerName {
    pub name: String,
    pub email: String,
}

#[derive(Clone, Debug, Serialize)]
pub struct AddressChange {
    pub before: String,
    pub after: String,
    pub asked_at: Timestamp,
    /// None where it was not confirmed.
    pub made_at: Option<Timestamp>,
}

/// One application.
#[derive(Clone, Debug, Serialize)]
pub struct Interview {
    pub track: String,
    pub since: Timestamp,
    pub ended: Option<Ended>,
    pub said: Said,
    pub stages: Vec<Stage>,
    pub counted: Vec<Counted>,
    pub offers: Vec<Offer>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Ended {
    pub at: Timestamp,
    /// As it was told to the candidate; may be empty.
    pub reason: String,
}

/// What the candidate said before Start.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Said {
    pub needs: Option<Needs>,
    pub knows: Option<String>,
    pub worked_at: String,
}

#[derive(Clone, Debug, Serialize)]
pub struct Needs {
    pub time_percent: u16,
    pub arranged: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Stage {
    pub title: String,
    pub format: &'static str,
    pub level: u8,
    pub challenge: Challenge,
    pub state: &'static str,
    pub given_at: Timestamp,
    pub start_by: Option<Timestamp>,
    pub minutes: Option<i64>,
    pub started_at: Option<Timestamp>,
    pub due_at: Option<Timestamp>,
    pub handed_in_at: Option<Timestamp>,
    pub ended: Option<Ended>,
    pub more_time: Vec<MoreTime>,
    pub fix: Option<Fix>,
    pub draft: Option<Draft>,
    pub handed_in: Vec<HandedIn>,
    pub decision: Option<Decision>,
}

/// The document as it was given.
#[derive(Clone, Debug, Serialize)]
pub struct Challenge {
    pub path: String,
    pub sha256: String,
}

#[derive(Clone, Debug, Serialize)]
pub struct MoreTime {
    pub asked_at: Timestamp,
    pub asked_minutes: i64,
    pub reason: String,
    pub answered_at: Option<Timestamp>,
    pub given_minutes: Option<i64>,
    pub answer: String,
}

#[derive(Clone, Debug, Serialize)]
pub struct Fix {
    pub asked_at: Timestamp,
    pub what: String,
    pub due_at: Timestamp,
    pub handed_in_at: Option<Timestamp>,
}

/// What lies ready and was not handed in, or was since.
#[derive(Clone, Debug, Serialize)]
pub struct Draft {
    pub saved_at: Timestamp,
    pub level: i16,
    pub links: Vec<String>,
    pub note: String,
    pub answers: Vec<Answer>,
    pub file: Option<SentFile>,
}

#[derive(Clone, Debug, Serialize)]
pub struct HandedIn {
    pub at: Timestamp,
    /// What the receipt names.
    pub receipt: String,
    pub level: i16,
    pub links: Vec<String>,
    pub note: String,
    pub answers: Vec<Answer>,
    pub file: Option<SentFile>,
    pub late_minutes: Option<i32>,
    /// It was not taken back, and nothing took its place.
    pub stands: bool,
    /// With what names the candidate in it.
    pub as_it_is: bool,
}

/// As the database keeps it beside what was handed in, too.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Answer {
    pub level: i16,
    pub number: i16,
    pub text: String,
}

/// A file that was sent.
#[derive(Clone, Debug, Serialize)]
pub struct SentFile {
    pub name: String,
    /// Where it lies beside `data.json`.
    pub path: String,
    #[serde(serialize_with = "in_words")]
    pub sha256: Digest,
    pub bytes: u64,
    pub sent_at: Timestamp,
}

#[derive(Clone, Debug, Serialize)]
pub struct Decision {
    pub told_at: Timestamp,
    pub outcome: &'static str,
    pub level: Option<u8>,
    pub observations: Vec<Observation>,
}

/// A stage that is not taken, since it was passed before.
#[derive(Clone, Debug, Serialize)]
pub struct Counted {
    pub stage: String,
    pub passed_in: String,
    pub passed_at: Timestamp,
    pub level: u8,
}

#[derive(Clone, Debug, Serialize)]
pub struct Offer {
    pub with: String,
    pub state: &'static str,
    pub handed_over_at: Timestamp,
    pub contact_by: Timestamp,
    /// Until when it can be answered.
    pub answer_by: Option<Timestamp>,
    /// When it was accepted or declined, or ended.
    pub ended: Option<Ended>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Letter {
    pub kind: String,
    pub title: String,
    pub sent_at: Timestamp,
}

#[derive(Clone, Debug, Serialize)]
pub struct SigningIn {
    pub has_password: bool,
    pub app_since: Option<Timestamp>,
    pub recovery_codes_left: i64,
    pub passkeys: Vec<Passkey>,
    pub browsers: Vec<Browser>,
    pub programs: Vec<Program>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Passkey {
    pub name: String,
    pub added_at: Timestamp,
    pub used_at: Option<Timestamp>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Browser {
    pub name: String,
    pub since: Timestamp,
    pub used_at: Timestamp,
    pub signed_out_at: Option<Timestamp>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Program {
    pub name: String,
    pub made_at: Timestamp,
    pub until: Timestamp,
    pub used_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
}

fn in_words<S: serde::Serializer>(digest: &Digest, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(digest)
}

impl Data {
    /// Every file that goes with it, each once.
    pub fn files(&self) -> Vec<&SentFile> {
        let mut seen = HashSet::new();
        let stages = self.interviews.iter().flat_map(|one| &one.stages);
        stages.flat_map(Stage::files).filter(|file| seen.insert(file.path.as_str())).collect()
    }
}

impl Stage {
    fn files(&self) -> impl Iterator<Item = &SentFile> {
        let handed_in = self.handed_in.iter().filter_map(|one| one.file.as_ref());
        handed_in.chain(self.draft.iter().filter_map(|draft| draft.file.as_ref()))
    }
}

/// Where the file that was sent as the `number`th lies, by what its sender calls it: a name that every system takes,
/// and no other file's.
pub fn path_of(number: usize, name: &str) -> String {
    let odd = |c: char| c.is_control() || "/\\<>:\"|?*".contains(c);
    let plain: String = name.chars().map(|c| if odd(c) { '_' } else { c }).take(150).collect();
    format!("files/{number}-{}", plain.trim_end_matches(['.', ' ']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_lies_where_its_name_leads_nowhere_else() {
        assert_eq!(path_of(1, "work.zip"), "files/1-work.zip");
        assert_eq!(path_of(2, "../..\\CON: a?.zip. "), "files/2-.._.._CON_ a_.zip");
        assert_eq!(path_of(3, "..."), "files/3-");
        assert_eq!(path_of(4, &"ż".repeat(255)).chars().count(), "files/4-".len() + 150);
    }
}
