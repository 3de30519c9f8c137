//! The letters of this room: what the candidate is told, and what the recruiter does next.

pub mod offers;

use crate::account::emails::{NAME, ORGANISATION, Sender, draft, in_their_zone};
use crate::account::model::Account;
use crate::account::store::accounts;
use crate::assignment::emails::{CANDIDATE, STAGE, TO_CANDIDATE, TO_RECRUITER};
use crate::assignment::model::{Outcome, State};
use crate::assignment::paths;
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::decision::model::{Contents, Observation};
use crate::decision::store as decisions;
use crate::ids::{AccountId, AssignmentId};
use crate::mail::letter::Draft;
use crate::mail::wording::{Blank, Template};
use crate::mail::{
    ComposeError, Kind, Letter, Line, Missing, NewMail, Queued, Recipient, Refs, store,
};

/// Every letter of this room as it ships.
pub fn templates() -> impl Iterator<Item = &'static Template> {
    TEMPLATES.into_iter().chain(offers::TEMPLATES)
}

const TEMPLATES: [&Template; 3] = [&TOLD, &DECIDED, &TAKEN_BACK];

const OUTCOME: Blank = Blank {
    name: "outcome",
    meaning: "how it goes on",
    sample: "we would like to go on with you: your work on Automation challenge reaches level 3.",
};

const TOLD: Template = Template {
    name: "decision",
    title: "A decision",
    sent: "when a hiring manager has decided on a stage, to the candidate, on their next working morning",
    kind: Kind::Process,
    subject: "{stage}: our decision",
    body: "Hello {name},\n\n{outcome}\n\nWhat the panel saw:\n\n{observations}",
    action: Some("Read it with what follows"),
    closing: "If you would like to talk it through, answer to your recruiter: a call of 20 minutes is yours.",
    footer: TO_CANDIDATE,
    blanks: &[
        NAME,
        ORGANISATION,
        STAGE,
        OUTCOME,
        Blank {
            name: "observations",
            meaning: "what the panel saw, what the level asks, and what would change it",
            sample: "Good: Every state of a connection has a test (poll_test.go).",
        },
    ],
};

const DECIDED: Template = Template {
    name: "decided",
    title: "A decision was made",
    sent: "when a hiring manager has decided on a stage, to the recruiter, at once",
    kind: Kind::Process,
    subject: "{stage} of {candidate} is decided",
    body: "Hello {name},\n\n{stage} of {candidate} is decided: {outcome} They read it on {told}.",
    action: Some("See what comes next"),
    closing: "Until then, say nothing of it to them.",
    footer: TO_RECRUITER,
    blanks: &[
        NAME,
        ORGANISATION,
        STAGE,
        CANDIDATE,
        OUTCOME,
        Blank {
            name: "told",
            meaning: "when the candidate is told, in the recruiter's time zone",
            sample: "8 December 2026, 09:00 Europe/Warsaw",
        },
    ],
};

const TAKEN_BACK: Template = Template {
    name: "decision_taken_back",
    title: "A decision was taken back",
    sent: "when a hiring manager takes a decision back before the candidate was told, to the recruiter",
    kind: Kind::Process,
    subject: "{stage} of {candidate} is open again",
    body: "Hello {name},\n\nwhat was decided on {stage} of {candidate} is taken back before they were told, and \
           is decided again.",
    action: Some("See the application"),
    closing: "They know nothing of either. You hear when it is decided.",
    footer: TO_RECRUITER,
    blanks: &[NAME, ORGANISATION, STAGE, CANDIDATE],
};

/// Tells the candidate from `told` on.
pub(in crate::decision) async fn tell_candidate(
    tx: &mut Tx,
    to: AccountId,
    (assignment, told): (AssignmentId, Timestamp),
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    tell(tx, (to, &TOLD), (assignment, "date", told.as_microsecond()), Some(told), now).await
}

/// Tells the recruiter at once of what was decided as `version`.
pub(in crate::decision) async fn tell_recruiter(
    tx: &mut Tx,
    to: AccountId,
    (assignment, version): (AssignmentId, i32),
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    tell(tx, (to, &DECIDED), (assignment, "version", version.into()), None, now).await
}

/// Tells the recruiter that this was taken back.
pub(in crate::decision) async fn tell_recruiter_of_return(
    tx: &mut Tx,
    to: AccountId,
    (assignment, version): (AssignmentId, i32),
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    tell(tx, (to, &TAKEN_BACK), (assignment, "version", version.into()), None, now).await
}

/// Each is told once of the decision that `what` names by a number.
async fn tell(
    tx: &mut Tx,
    (to, template): (AccountId, &'static Template),
    (assignment, what, number): (AssignmentId, &'static str, i64),
    not_before: Option<Timestamp>,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let mail = NewMail {
        template: template.name,
        kind: Kind::Process,
        recipient_id: to.into(),
        refs: Refs::default().id("assignment", assignment).number(what, number),
        dedupe: Some(format!("{assignment} {} {number}", template.name)),
        not_before,
        urgent: false,
    };
    store::enqueue(tx, &mail, now).await?;
    Ok(())
}

/// Whether a letter of this name is one of this room's.
pub fn is_one(name: &str) -> bool {
    templates().any(|template| template.name == name)
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
    let id = AccountId::from(mail.recipient_id);
    let Some(account) = accounts::addressed(tx, id, now).await? else { return Ok(None) };
    let address = account.email.parse().map_err(|_| ComposeError::from(Missing("an address")))?;
    let to = Recipient { name: Line::new(&account.name), address };
    let draft = match offers::is_one(&mail.template) {
        true => offers::compose(tx, mail, (&account, sender), now).await?,
        false => of_decision(tx, mail, (&account, sender), now).await?,
    };
    let Some(draft) = draft else { return Ok(None) };
    Ok(Some(Letter { from: sender.from.clone(), ..draft.letter(to)? }))
}

async fn of_decision(
    tx: &mut Tx,
    mail: &Queued,
    (account, sender): (&Account, &Sender),
    now: Timestamp,
) -> Result<Option<Draft>, ComposeError> {
    let found = decisions::concerned(tx, mail.refs.get_id("assignment")?).await?;
    let Some((it, decision)) = found else { return Ok(None) };
    let contents = &decision.contents;
    let stage = &it.assignment.title;
    let application = paths::application(it.assignment.application);
    let template = TEMPLATES.into_iter().find(|template| template.name == mail.template);
    let template = template.ok_or(ComposeError::UnknownTemplate)?;
    let told = it.assignment.state.told_at();
    let number =
        |what: &'static str| -> Option<i64> { mail.refs.get_code(what).ok()?.parse().ok() };
    // A letter goes out if it says what the record says now; those of before had no number.
    let is_decided = matches!(it.assignment.state, State::Decided { .. }) && !it.is_closed;
    let is_of = number("version").is_none_or(|version| version == i64::from(decision.version));
    let (is_true, concerns, path) = match template.name == TOLD.name {
        true => {
            let is_of = number("date")
                .is_none_or(|date| told.is_some_and(|told| told.as_microsecond() == date));
            let is_true = is_decided && is_of && told.is_some_and(|told| told <= now);
            (is_true, it.candidate, paths::own_decision(it.assignment.id))
        }
        false if template.name == DECIDED.name => (is_decided && is_of, it.recruiter, application),
        false => (!is_decided && !it.is_closed, it.recruiter, application),
    };
    if concerns != account.id || !is_true {
        return Ok(None);
    }
    let outcome = match template.name == TOLD.name {
        true => outcome(contents, stage),
        false => in_short(contents).to_owned(),
    };
    let told = match told {
        Some(told) => in_their_zone(told, account),
        // Its manager holds it.
        None => "a day that is not set yet".to_owned(),
    };
    let more = [
        ("stage", stage.as_str()),
        ("candidate", &it.candidate_name),
        ("outcome", &outcome),
        (
            "observations",
            &contents
                .observations
                .iter()
                .map(|one| said(contents.outcome, one))
                .collect::<Vec<_>>()
                .join("\n\n"),
        ),
        ("told", &told),
    ];
    Ok(Some(draft(tx, template, (account, sender), &more, path).await?))
}

/// How it goes on, to the candidate: also what their page says.
pub(in crate::decision) fn outcome(contents: &Contents, stage: &str) -> String {
    match (contents.outcome, contents.level) {
        (Some(Outcome::Advance), Some(level)) => format!(
            "we would like to go on with you: your work on {stage} reaches level {level}. Your recruiter is in \
             touch about what comes next."
        ),
        (Some(Outcome::Advance), None) => format!(
            "we would like to go on with you after {stage}. Your recruiter is in touch about what comes next."
        ),
        (Some(Outcome::Decline), _) | (None, _) => format!(
            "thank you for the time and the thought you gave to {stage}. We have decided not to go on with \
             your application."
        ),
    }
}

fn in_short(contents: &Contents) -> &'static str {
    match contents.outcome {
        Some(Outcome::Advance) => "it goes on.",
        _ => "we do not go on.",
    }
}

/// An observation in a letter that tells of `outcome`.
fn said(outcome: Option<Outcome>, one: &Observation) -> String {
    let kind = match (one.is_strength, outcome) {
        (true, _) => "Good",
        (false, Some(Outcome::Advance)) => "To look at next time",
        (false, _) => "Not enough",
    };
    let mut said = format!("{kind}: {}", one.saw);
    if !one.asks.is_empty() {
        said.push_str(&format!("\nWhat the level asks: {}", one.asks));
    }
    if !one.change.is_empty() {
        said.push_str(&format!("\nWhat would change it: {}", one.change));
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_reads_as_meant() {
        for template in templates() {
            let words = template.shipped();
            let draft = template.sample(&words, "https://interviews.example.org", &[]);
            let letter = draft.letter(Recipient::parse("Ada <ada@example.org>").unwrap()).unwrap();
            insta::assert_snapshot!(
                template.name,
                format!("{}\n\n{}", letter.subject.as_str(), letter.text)
            );
            assert!(template.read_subject(&words.subject).is_ok(), "{}", template.name);
            assert!(template.read_body(&words.body).is_ok(), "{}", template.name);
        }
    }
}
