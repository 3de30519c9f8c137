//! The letters of this room: that the votes of a panel are open. They go to everybody at once, and say nothing of
//! what was voted, nor by whom.

use crate::account::emails::{NAME, ORGANISATION, Sender, draft, letter};
use crate::account::store::accounts;
use crate::assignment::lifecycle::settle;
use crate::assignment::model::State;
use crate::assignment::paths;
use crate::assignment::store::{assignments, seats};
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::ids::{AccountId, AssignmentId, PanelMemberId};
use crate::mail::wording::{Blank, Template};
use crate::mail::{ComposeError, Kind, Letter, NewMail, Queued, Refs, store};

const STAGE: Blank =
    Blank { name: "stage", meaning: "what the stage is called", sample: "Automation challenge" };
const CANDIDATE: Blank =
    Blank {
        name: "candidate", meaning: "the candidate's name", sample: "Zoë Brzęczyszczykiewicz"
    };
const WHO: Blank = Blank {
    name: "who",
    meaning: "the candidate's name, or their alias where the panel is blind",
    sample: "Heron 42",
};

/// Who is told that votes are open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    Manager,
    Recruiter,
    Member,
}

impl Told {
    const ALL: [Self; 3] = [Self::Manager, Self::Recruiter, Self::Member];

    const fn template(self) -> &'static Template {
        match self {
            Self::Manager => &TO_DECIDE,
            Self::Recruiter => &TO_KNOW,
            Self::Member => &TO_PANEL,
        }
    }
}

/// Every letter of this room as it ships.
pub const TEMPLATES: [&Template; 3] = [&TO_DECIDE, &TO_KNOW, &TO_PANEL];

const TO_DECIDE: Template = Template {
    name: "votes_open",
    title: "The votes are open",
    sent: "when the votes of a panel open, to the hiring manager",
    kind: Kind::Process,
    subject: "The votes for {stage} by {candidate} are open",
    body: "Hello {name},\n\nthe votes for {stage} by {candidate} are open: debrief the panel, and decide.",
    action: Some("See the votes"),
    closing: "",
    footer: "You receive this because you decide on this candidate at {organisation}.",
    blanks: &[NAME, ORGANISATION, STAGE, CANDIDATE],
};

const TO_KNOW: Template = Template {
    name: "votes_open_recruiter",
    title: "The votes are open (recruiter)",
    sent: "when the votes of a panel open, to the recruiter",
    kind: Kind::Process,
    subject: "The votes for {stage} by {candidate} are open",
    body: "Hello {name},\n\nthe votes for {stage} by {candidate} are open, and the hiring manager decides next.",
    action: Some("See where it stands"),
    closing: "",
    footer: "You receive this because you look after this candidate at {organisation}.",
    blanks: &[NAME, ORGANISATION, STAGE, CANDIDATE],
};

const TO_PANEL: Template = Template {
    name: "votes_open_panel",
    title: "The votes are open (panel)",
    sent: "when the votes of a panel open, to everybody who is on it",
    kind: Kind::Process,
    subject: "The votes for {stage} by {who} are open",
    body: "Hello {name},\n\nthe votes for {stage} by {who} are open, and none is changed any more. The hiring \
           manager debriefs the panel next.",
    action: Some("See the votes"),
    closing: "",
    footer: "You receive this because you interview at {organisation}.",
    blanks: &[NAME, ORGANISATION, STAGE, WHO],
};

/// Tells somebody that the votes are open; a member with their seat. Once, however often this is called.
pub(super) async fn tell(
    tx: &mut Tx,
    to: AccountId,
    told: Told,
    (assignment, member): (AssignmentId, Option<PanelMemberId>),
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let template = told.template().name;
    let refs = Refs::default().id("assignment", assignment);
    let mail = NewMail {
        template,
        kind: Kind::Process,
        recipient_id: to.into(),
        refs: match member {
            Some(member) => refs.id("member", member),
            None => refs,
        },
        dedupe: Some(format!("{assignment} {template} {to}")),
        not_before: None,
        urgent: false,
    };
    store::enqueue(tx, &mail, now).await?;
    Ok(())
}

/// Whether a letter of this name is one of this room's.
pub fn is_one(name: &str) -> bool {
    TEMPLATES.iter().any(|template| template.name == name)
}

/// Writes one letter of this room; `None` where it concerns its recipient no more.
///
/// # Errors
/// The database fails, or the row was written without what the letter needs.
pub async fn compose(
    tx: &mut Tx,
    mail: &Queued,
    sender: &Sender,
    now: Timestamp,
) -> Result<Option<Letter>, ComposeError> {
    let told = Told::ALL.into_iter().find(|told| told.template().name == mail.template);
    let told = told.ok_or(ComposeError::UnknownTemplate)?;
    let id = AccountId::from(mail.recipient_id);
    let Some(account) = accounts::addressed(tx, id, now).await? else { return Ok(None) };
    let found = assignments::concerned(tx, mail.refs.get_id("assignment")?).await?;
    let Some(it) = found else { return Ok(None) };
    let state = settle(it.assignment.format, it.assignment.state.clone(), now);
    if !matches!(state, State::Opened { .. }) {
        return Ok(None);
    }
    let who = match told {
        Told::Manager if it.manager == Some(id) => String::new(),
        Told::Recruiter if it.recruiter == id => String::new(),
        Told::Member => {
            let seat = seats::concerned(tx, mail.refs.get_id("member")?).await?;
            let seat =
                seat.filter(|seat| seat.account == id && seat.has_accepted && !seat.has_left);
            let Some(seat) = seat else { return Ok(None) };
            seat.who
        }
        _ => return Ok(None),
    };
    let more =
        [("stage", it.assignment.title.as_str()), ("candidate", &it.candidate_name), ("who", &who)];
    let path = match told {
        Told::Manager | Told::Recruiter => paths::debrief(it.assignment.id),
        Told::Member => paths::review(it.assignment.id),
    };
    let draft = draft(tx, told.template(), (&account, sender), &more, path).await?;
    letter(&draft, (&account, sender)).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::Recipient;

    #[test]
    fn every_letter_reads_as_meant() {
        for template in TEMPLATES {
            let words = template.shipped();
            let draft = template.sample(&words, "https://interviews.example.org", &[]);
            let letter = draft.letter(Recipient::parse("Ada <ada@example.org>").unwrap()).unwrap();
            insta::assert_snapshot!(
                template.name,
                format!("{}\n\n{}", letter.subject.as_str(), letter.text)
            );
            assert!(template.read_subject(&words.subject).is_ok(), "{}", template.name);
            assert!(template.read_body(&words.body).is_ok(), "{}", template.name);
            assert!(template.read_closing(&words.closing).is_ok(), "{}", template.name);
        }
    }
}
