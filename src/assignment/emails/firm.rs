//! The letter to an outside firm that is asked to assess a candidate. Blind stages speak of an alias here too.

use super::STAGE;
use crate::account::emails::{NAME, ORGANISATION, Sender, draft};
use crate::account::model::Account;
use crate::assignment::paths;
use crate::assignment::store::firms;
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::ids::{AccountId, AssignmentId};
use crate::mail::letter::Draft;
use crate::mail::wording::{Blank, Template};
use crate::mail::{ComposeError, Kind, NewMail, Queued, Refs, store};

pub const WHO: Blank = Blank {
    name: "who",
    meaning: "the candidate's name, or their alias where the stage is blind",
    sample: "Heron 42",
};

pub(super) const ASKED: Template = Template {
    name: "firm_asked",
    title: "A firm is asked to assess",
    sent: "when a recruiter hands an external stage to a firm that has an account here",
    kind: Kind::Process,
    subject: "Please assess {who} in {stage}",
    body: "Hello {name},\n\n{organisation} asks you to assess {who} in {stage}. What they found is there once they \
           have handed it in; what you say of it is handed in at the same place, in writing or as one PDF.",
    action: Some("See what is asked"),
    closing: "Your account here shows this one stage, and ends by itself two weeks after your assessment.",
    footer: "You receive this because you interview for {organisation}.",
    blanks: &[NAME, ORGANISATION, STAGE, WHO],
};

/// Asks a firm.
pub(in crate::assignment) async fn ask(
    tx: &mut Tx,
    firm: AccountId,
    assignment: AssignmentId,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let mail = NewMail {
        template: ASKED.name,
        kind: Kind::Process,
        recipient_id: firm.into(),
        refs: Refs::default().id("assignment", assignment),
        dedupe: Some(format!("{assignment} {}", ASKED.name)),
        not_before: None,
        urgent: false,
    };
    store::enqueue(tx, &mail, now).await?;
    Ok(())
}

pub(super) async fn compose(
    tx: &mut Tx,
    mail: &Queued,
    (account, sender): (&Account, &Sender),
) -> Result<Option<Draft>, ComposeError> {
    let id = mail.refs.get_id("assignment")?;
    if firms::of(tx, id).await? != Some(account.id) {
        return Ok(None);
    }
    let (who, stage) = firms::asked_for(tx, id).await?;
    let more = [("stage", stage.as_str()), ("who", who.as_str())];
    Ok(Some(draft(tx, &ASKED, (account, sender), &more, paths::assess(id)).await?))
}
