//! The letters of this room: the receipt of what was handed in.

use crate::account::emails::{NAME, ORGANISATION, Sender, draft, in_their_zone, letter};
use crate::account::model::Account;
use crate::account::store::accounts;
use crate::assignment::emails::firm::WHO;
use crate::assignment::emails::{CANDIDATE, STAGE, TO_CANDIDATE, TO_RECRUITER};
use crate::assignment::paths;
use crate::clock::{SignedDuration, Timestamp};
use crate::db::Tx;
use crate::ids::{AccountId, AssignmentId, SubmissionId};
use crate::mail::wording::{Blank, Template};
use crate::mail::{ComposeError, Kind, Letter, NewMail, Queued, Refs, store};
use crate::submission::paths as submission_paths;
use crate::submission::store::{assessments, submissions};
use crate::track::model::in_words;

/// Every letter of this room as it ships.
pub const TEMPLATES: [&Template; 6] =
    [&RECEIPT, &LINKS_WAIT, &CAME_LATE, &LATE_WORK, &ASSESSED, &ASSESSMENT_HERE];

const RECEIPT: Template = Template {
    name: "handed_in",
    title: "A receipt",
    sent: "when a candidate hands in, to them",
    kind: Kind::Process,
    subject: "We have {stage}",
    body: "Hello {name},\n\nwe received {stage} on {at}, at level {level}. The SHA-256 of all of it is\n\n{hash}\n\n{back}",
    action: Some("See what was handed in"),
    closing: "",
    footer: TO_CANDIDATE,
    blanks: &[
        NAME,
        ORGANISATION,
        STAGE,
        AT,
        Blank { name: "level", meaning: "the level it was handed in at", sample: "3" },
        HASH,
        Blank { name: "back", meaning: "whether it can be taken back", sample: CAN_BE_TAKEN_BACK },
    ],
};

const CAN_BE_TAKEN_BACK: &str = "You can take it back for 60 minutes while your time lasts. After that it is final, \
                                 and the panel votes.";
const IS_FINAL: &str = "It is final, and stays as it is.";

const LINKS_WAIT: Template = Template {
    name: "links_wait",
    title: "Something waits to be passed on",
    sent: "when a candidate hands in what a blind panel may not see before you looked, to their recruiter",
    kind: Kind::Process,
    subject: "{candidate} has handed in something to pass on",
    body: "Hello {name},\n\n{candidate} has handed in {stage}. The panel is blind, and something of it can name whoever \
           made it: links, or work that they want passed on as it is. Look at it, and pass it on.",
    action: Some("Look at what waits"),
    closing: "Until then the panel sees the work without links, and without what names the candidate.",
    footer: TO_RECRUITER,
    blanks: &[NAME, ORGANISATION, STAGE, CANDIDATE],
};

const AT: Blank = Blank {
    name: "at",
    meaning: "when it was received, in their time zone",
    sample: "8 December 2026, 09:14 Europe/Warsaw",
};
const HASH: Blank = Blank {
    name: "hash",
    meaning: "the hash of what was handed in",
    sample: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
};

const ASSESSED: Template = Template {
    name: "assessment_received",
    title: "The receipt of an assessment",
    sent: "when an assessment of an outside firm is handed in, to whoever handed it in",
    kind: Kind::Process,
    subject: "We have your assessment of {who}",
    body: "Hello {name},\n\nwe received your assessment of {who} in {stage} on {at}. Its SHA-256 is\n\n{hash}\n\n{ends}",
    action: Some("See what was handed in"),
    closing: "",
    footer: "You receive this because you interview for {organisation}.",
    blanks: &[
        NAME,
        ORGANISATION,
        STAGE,
        WHO,
        AT,
        HASH,
        Blank {
            name: "ends",
            meaning: "when their account here ends, where it does",
            sample: "Your account here ends by itself on 22 December 2026, 09:14 Europe/Warsaw.",
        },
    ],
};

const ASSESSMENT_HERE: Template = Template {
    name: "assessment_here",
    title: "An assessment is here",
    sent: "when an outside firm hands in its assessment, to the recruiter",
    kind: Kind::Process,
    subject: "The assessment of {who} is here",
    body: "Hello {name},\n\nthe firm has handed in its assessment of {who} in {stage}. Whoever votes or decides reads \
           it beside the work.",
    action: Some("See the stage"),
    closing: "",
    footer: TO_RECRUITER,
    blanks: &[NAME, ORGANISATION, STAGE, WHO],
};

/// Sends whoever handed an assessment in their receipt; and tells the recruiter of it, where that was the firm.
pub(in crate::submission) async fn assessed(
    tx: &mut Tx,
    id: AssignmentId,
    (by, recruiter): (AccountId, AccountId),
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let others = Some((recruiter, &ASSESSMENT_HERE)).filter(|_| recruiter != by);
    for (to, template) in [(by, &ASSESSED)].into_iter().chain(others) {
        let mail = NewMail {
            template: template.name,
            kind: Kind::Process,
            recipient_id: to.into(),
            refs: Refs::default().id("assignment", id),
            dedupe: Some(format!("{id} {}", template.name)),
            not_before: None,
            urgent: false,
        };
        store::enqueue(tx, &mail, now).await?;
    }
    Ok(())
}

async fn of_assessment(
    tx: &mut Tx,
    mail: &Queued,
    (account, sender): (&Account, &Sender),
) -> Result<Option<Letter>, ComposeError> {
    let id = mail.refs.get_id("assignment")?;
    let Some(it) = assessments::concerned(tx, account.id, id).await? else { return Ok(None) };
    let (template, path) = match mail.template == ASSESSMENT_HERE.name {
        true => (&ASSESSMENT_HERE, paths::run(it.application, id)),
        false => (&ASSESSED, paths::assess(id)),
    };
    let ends = it.ends_at.filter(|_| !it.is_recruiter);
    let ends = ends
        .map(|at| format!("Your account here ends by itself on {}.", in_their_zone(at, account)));
    let more = [
        ("stage", it.stage.as_str()),
        ("who", &it.who),
        ("at", &in_their_zone(it.at, account)),
        ("hash", &it.hash.to_string()),
        ("ends", &ends.unwrap_or_default()),
    ];
    let draft = draft(tx, template, (account, sender), &more, path).await?;
    letter(&draft, (account, sender)).map(Some)
}

const BY: Blank = Blank { name: "late", meaning: "by how much it was late", sample: "12 min" };

const CAME_LATE: Template = Template {
    name: "came_late",
    title: "A receipt of what came late",
    sent: "when a candidate sends something after its time was over, to them",
    kind: Kind::Process,
    subject: "{stage} came late, and is kept",
    body: "Hello {name},\n\nwhat you sent for {stage} came on {at}, {late} late. It is kept, your recruiter can see that \
           it came, and says whether it is taken as your work. Its SHA-256 is\n\n{hash}",
    action: Some("See where things stand"),
    closing: "If something came between, tell your recruiter.",
    footer: TO_CANDIDATE,
    blanks: &[NAME, ORGANISATION, STAGE, AT, BY, HASH],
};

const LATE_WORK: Template = Template {
    name: "late_work",
    title: "Something came late",
    sent: "when a candidate sends something after its time was over, to the recruiter",
    kind: Kind::Process,
    subject: "{candidate} has sent {stage} late",
    body: "Hello {name},\n\n{candidate} has sent {stage} on {at}, {late} late. It is kept, and nobody looks at it unless \
           you take it as their work.",
    action: Some("Take it, or leave it"),
    closing: "",
    footer: TO_RECRUITER,
    blanks: &[NAME, ORGANISATION, STAGE, CANDIDATE, AT, BY],
};

/// Sends the candidate the receipt of what came late, and tells their recruiter that it came.
pub(in crate::submission) async fn came_late(
    tx: &mut Tx,
    (candidate, recruiter): (AccountId, AccountId),
    submission: SubmissionId,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    tell(tx, candidate, &CAME_LATE, submission, now).await?;
    tell(tx, recruiter, &LATE_WORK, submission, now).await
}

/// Tells the recruiter that links wait to be passed on.
pub(in crate::submission) async fn links_wait(
    tx: &mut Tx,
    to: AccountId,
    submission: SubmissionId,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    tell(tx, to, &LINKS_WAIT, submission, now).await
}

/// Sends the candidate the receipt of what they have just handed in.
pub(in crate::submission) async fn receipt(
    tx: &mut Tx,
    to: AccountId,
    submission: SubmissionId,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    tell(tx, to, &RECEIPT, submission, now).await
}

async fn tell(
    tx: &mut Tx,
    to: AccountId,
    template: &'static Template,
    submission: SubmissionId,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let mail = NewMail {
        template: template.name,
        kind: Kind::Process,
        recipient_id: to.into(),
        refs: Refs::default().id("submission", submission),
        dedupe: Some(format!("{submission} {}", template.name)),
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
    let id = AccountId::from(mail.recipient_id);
    let Some(account) = accounts::addressed(tx, id, now).await? else { return Ok(None) };
    if [ASSESSED.name, ASSESSMENT_HERE.name].contains(&mail.template.as_str()) {
        return of_assessment(tx, mail, (&account, sender)).await;
    }
    let received = submissions::received(tx, id, mail.refs.get_id("submission")?).await?;
    let Some(received) = received else { return Ok(None) };
    let (template, path) = match mail.template == LINKS_WAIT.name {
        true if received.is_cleared => return Ok(None),
        true => (&LINKS_WAIT, paths::receipt(received.application, received.assignment)),
        false if mail.template == CAME_LATE.name => (&CAME_LATE, paths::own(received.assignment)),
        false if mail.template == LATE_WORK.name => {
            (&LATE_WORK, paths::late(received.application, received.assignment))
        }
        false => (&RECEIPT, submission_paths::look(received.assignment)),
    };
    let late =
        received.late_minutes.map(|minutes| in_words(SignedDuration::from_mins(minutes.into())));
    let late = late.unwrap_or_default();
    let more = [
        ("stage", received.stage.as_str()),
        ("candidate", &received.candidate),
        ("at", &in_their_zone(received.at, &account)),
        ("level", &received.level.to_string()),
        ("hash", &received.hash.to_string()),
        ("late", &late),
        ("back", if received.can_be_taken_back { CAN_BE_TAKEN_BACK } else { IS_FINAL }),
    ];
    let draft = draft(tx, template, (&account, sender), &more, path).await?;
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
        }
    }
}
