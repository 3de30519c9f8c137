//! Every column that holds something about a person, whose it is, and what becomes of it when they take along what
//! is theirs. Pure.
//!
//! Ids and instants are told by the rows they stand in; what is listed is words, bytes and documents. A column of
//! these that stands nowhere here fails `tests/personal.rs`.

use Whose::{Both, Candidate, Nobody, Staff};
use Why::{Alone, Confidential, Proof, Sealed, Secret, WorkedOut};

/// Whom the rows of a table are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    Candidate,
    /// Whoever works here, or for an outside firm.
    Staff,
    Both,
    Nobody,
}

/// Why a candidate does not get something that is about them, or stands beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// It lets somebody in, or proves who they are.
    Secret,
    /// Nothing is in it that what is given does not say.
    WorkedOut,
    /// It is of those who work here alone.
    Alone,
    /// Somebody wrote it for others, and no page of the candidate's shows it.
    Confidential,
    /// It is a vote, or belongs to one.
    Sealed,
    /// Ids and codes by which the log proves what happened.
    Proof,
}

/// One table of the database.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    pub name: &'static str,
    pub whose: Whose,
    /// What a candidate takes along of their own rows: as far as they may know it by then.
    pub given: &'static [&'static str],
    pub withheld: &'static [(Why, &'static [&'static str])],
    /// Columns that say nothing about anybody beyond the row they stand in.
    pub plain: &'static [&'static str],
}

type Columns = &'static [&'static str];

impl Table {
    const fn of(name: &'static str, whose: Whose) -> Self {
        Self { name, whose, given: &[], withheld: &[], plain: &[] }
    }

    const fn gives(self, given: Columns) -> Self {
        Self { given, ..self }
    }

    const fn withholds(self, withheld: &'static [(Why, Columns)]) -> Self {
        Self { withheld, ..self }
    }

    const fn and(self, plain: Columns) -> Self {
        Self { plain, ..self }
    }

    /// Every column that is listed.
    pub fn columns(&self) -> impl Iterator<Item = &'static str> {
        let withheld = self.withheld.iter().flat_map(|(_, columns)| columns.iter());
        self.given.iter().chain(withheld).chain(self.plain).copied()
    }
}

/// Every table, in the order of the rooms.
pub const TABLES: &[Table] = &[
    // Documents, and the pages made of them: the organisation's own words.
    Table::of("document", Nobody).and(&["path", "title", "present_hash"]),
    Table::of("revision", Nobody).and(&["content_hash", "bytes"]),
    Table::of("passage", Nobody).and(&["title", "heading", "anchor", "body", "words"]),
    Table::of("publication", Nobody).and(&["source", "read_by"]),
    Table::of("finding", Nobody).and(&["file", "message"]),
    Table::of("vocabulary", Nobody).and(&["word"]),
    Table::of("finished_page", Nobody).and(&[
        "address",
        "media_type",
        "policy",
        "identity",
        "gzip",
        "brotli",
    ]),
    Table::of("finished_set", Nobody).and(&["render_key", "chrome"]),
    Table::of("track", Nobody).and(&[
        "slug",
        "focus",
        "audience",
        "description",
        "teaser",
        "challenge_intro",
        "levels_intro",
        "notes",
        "attribution",
    ]),
    Table::of("stage", Nobody).and(&["document_path", "title"]),
    Table::of("recipe", Nobody).and(&["format", "effort", "agenda", "parts", "of_tree", "decides"]),
    Table::of("track_guide", Nobody).and(&["title", "document_path"]),
    Table::of("organisation", Nobody).and(&[
        "name",
        "mail_sender",
        "privacy_notice",
        "logo",
        "logo_type",
        "zone",
    ]),
    Table::of("holiday", Nobody).and(&["name"]),
    // People, and how they get in.
    Table::of("account", Both)
        .gives(&["email", "name", "zone"])
        .withholds(&[(Secret, &["password"]), (WorkedOut, &["email_key", "words"])])
        .and(&["roles"]),
    Table::of("former_name", Candidate).gives(&["name", "email"]),
    Table::of("account_session", Both)
        .gives(&["device"])
        .withholds(&[(Secret, &["token_hash", "browser_hash"])]),
    Table::of("account_token", Both)
        .withholds(&[(Secret, &["token_hash", "browser_hash"])])
        .and(&["purpose"]),
    Table::of("account_request", Both).withholds(&[(Secret, &["browser_hash"])]),
    Table::of("account_totp", Both).withholds(&[(Secret, &["secret"])]),
    Table::of("account_recovery_code", Both).withholds(&[(Secret, &["code_hash"])]),
    Table::of("account_passkey", Both)
        .gives(&["name"])
        .withholds(&[(Secret, &["credential_id", "credential"])]),
    Table::of("account_pending", Both).withholds(&[(Secret, &["token_hash", "browser_hash"])]),
    Table::of("account_challenge", Both)
        .withholds(&[(Secret, &["token_hash", "state"])])
        .and(&["purpose"]),
    Table::of("email_change", Both)
        .gives(&["email_before", "email_after"])
        .withholds(&[(WorkedOut, &["email_after_key"])])
        .and(&["stopped"]),
    Table::of("email_change_link", Both).withholds(&[(Secret, &["token_hash"])]).and(&["side"]),
    Table::of("personal_token", Both).gives(&["name"]).withholds(&[(Secret, &["token_hash"])]),
    Table::of("account_identity", Staff).withholds(&[(Alone, &["subject"])]).and(&["issuer"]),
    Table::of("account_sign_on", Both)
        .withholds(&[(Secret, &["state_hash", "browser_hash"])])
        .and(&["next"]),
    Table::of("calendar_feed", Staff).withholds(&[(Secret, &["token_hash"])]),
    // Letters: what they say is written as they leave, and kept nowhere.
    Table::of("mail", Both)
        .gives(&["template"])
        .withholds(&[(WorkedOut, &["refs", "dedupe"])])
        .and(&["kind", "problem"]),
    Table::of("mail_wording", Nobody).and(&["template", "subject", "body", "closing"]),
    // What happened. Of a note the candidate is told what their own pages show.
    Table::of("audit_event", Both)
        .withholds(&[(Proof, &["action", "actor", "actor_reason", "about", "refs", "note_hash"])]),
    Table::of("audit_note", Both).withholds(&[(Proof, &["salt"]), (Confidential, &["text"])]),
    Table::of("audit_seal", Both).withholds(&[(Proof, &["hash", "event_hash"])]),
    // Interviews.
    Table::of("application", Candidate)
        .gives(&["closed_reason"])
        .withholds(&[(Confidential, &["alias", "source", "closed_why"])]),
    Table::of("application_private", Candidate)
        .gives(&["needs", "knows", "employers"])
        .withholds(&[(Confidential, &["note"])]),
    Table::of("application_party", Staff).withholds(&[(Alone, &["part"])]),
    Table::of("resume", Candidate).withholds(&[(Confidential, &["pdf"])]),
    Table::of("standing", Candidate).withholds(&[(
        WorkedOut,
        &["format", "phase", "turns_to", "untold_why", "follows", "ball"],
    )]),
    Table::of("assignment", Candidate)
        .gives(&["format", "content_hash", "state", "outcome", "closed_why", "closed_reason"])
        .withholds(&[(Confidential, &["absent"]), (Sealed, &["opened_how", "panel_agreed"])])
        .and(&["moved", "attribution", "decides"]),
    Table::of("time_request", Candidate).gives(&["reason", "answer"]),
    Table::of("fix", Candidate).gives(&["what"]),
    Table::of("interviewer", Staff).withholds(&[(Alone, &["about", "employers"])]),
    Table::of("conflict", Both).withholds(&[(Confidential, &["kind", "reason"])]),
    Table::of("panel_member", Staff).withholds(&[(Alone, &["left_why", "left_reason"])]),
    // The work, and what is said of it.
    Table::of("draft", Candidate).gives(&["links", "note"]).withholds(&[(WorkedOut, &["maker"])]),
    Table::of("answer", Candidate).gives(&["text"]),
    Table::of("submission", Candidate)
        .gives(&["content_hash", "links", "note", "answers"])
        .withholds(&[(WorkedOut, &["maker"])]),
    Table::of("sending", Both),
    // A firm's report lies here too, and is given to no candidate.
    Table::of("upload", Candidate)
        .gives(&["file_name", "sent_hash"])
        .withholds(&[(WorkedOut, &["kept_hash", "left_out", "said", "named"])]),
    Table::of("assessment", Both).withholds(&[(Confidential, &["text"])]),
    Table::of("vote", Both).withholds(&[(Sealed, &["comment", "salt", "commitment"])]),
    Table::of("vote_receipt", Staff).withholds(&[(Sealed, &["commitment"])]),
    Table::of("opened_vote", Both).withholds(&[(Sealed, &["comment"])]),
    Table::of("seal", Both).withholds(&[(Sealed, &["commitments", "root"])]),
    Table::of("review_note", Both).withholds(&[(Sealed, &["text", "checks"])]),
    Table::of("run_log", Both).withholds(&[(Sealed, &["machine", "commands", "result"])]),
    Table::of("opened_run", Both).withholds(&[(Sealed, &["machine", "commands", "result"])]),
    Table::of("decision", Candidate)
        .gives(&["outcome", "observations"])
        .withholds(&[(Confidential, &["note", "unsent_why"])]),
    Table::of("offer", Candidate).gives(&["state", "reason"]).and(&["moved"]),
];
