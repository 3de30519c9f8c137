//! The letters about stages that are not taken again, since they were passed before.

use super::of_application::TRACK;
use super::{NAME, ORGANISATION, STAGE, TO_CANDIDATE};
use crate::account::emails::{Sender, draft, in_their_zone};
use crate::account::model::Account;
use crate::account::paths::MY;
use crate::assignment::store::{applications, counting};
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::ids::{AccountId, ApplicationId, StageId};
use crate::mail::letter::Draft;
use crate::mail::wording::{Blank, Template};
use crate::mail::{ComposeError, Kind, NewMail, Queued, Refs, store};

/// What a candidate is told about a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    Counts,
    /// That was taken back.
    CountsNoMore,
}

impl Told {
    const ALL: [Self; 2] = [Self::Counts, Self::CountsNoMore];

    const fn template(self) -> &'static Template {
        match self {
            Self::Counts => &COUNTS,
            Self::CountsNoMore => &COUNTS_NO_MORE,
        }
    }
}

/// These letters as they ship.
pub(super) const TEMPLATES: [&Template; 2] = [&COUNTS, &COUNTS_NO_MORE];

const COUNTS: Template = Template {
    name: "stage_counts",
    title: "A stage counts",
    sent: "when a recruiter counts a stage that a candidate passed in an earlier interview",
    kind: Kind::Process,
    subject: "{stage} counts, since you passed it before",
    body: "Hello {name},\n\nyou passed {stage} on {passed}, at level {level}. It counts in your interview for \
           {track}, and you do not take it again.",
    action: Some("See what comes next"),
    closing: "If you would rather take it again, answer to your recruiter.",
    footer: TO_CANDIDATE,
    blanks: &[
        NAME,
        ORGANISATION,
        STAGE,
        TRACK,
        Blank {
            name: "passed",
            meaning: "when it was passed, in their time zone",
            sample: "8 December 2026, 09:14 Europe/Warsaw",
        },
        Blank { name: "level", meaning: "the level it was passed at", sample: "3" },
    ],
};

const COUNTS_NO_MORE: Template = Template {
    name: "stage_counts_no_more",
    title: "A stage does not count after all",
    sent: "when a recruiter takes back that a stage counts, to the candidate",
    kind: Kind::Process,
    subject: "{stage} is part of your interview after all",
    body: "Hello {name},\n\nwe said that {stage} counts from an earlier interview. That is taken back: it is part \
           of your interview for {track}, and your recruiter gives it to you.",
    action: Some("See what comes next"),
    closing: "If you would like to know why, answer to your recruiter.",
    footer: TO_CANDIDATE,
    blanks: &[NAME, ORGANISATION, STAGE, TRACK],
};

/// Tells a candidate what became of a stage of their application.
pub(in crate::assignment) async fn tell(
    tx: &mut Tx,
    to: AccountId,
    told: Told,
    (application, stage): (ApplicationId, StageId),
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let mail = NewMail {
        template: told.template().name,
        kind: Kind::Process,
        recipient_id: to.into(),
        refs: Refs::default().id("application", application).id("stage", stage),
        dedupe: None,
        not_before: None,
        urgent: false,
    };
    store::enqueue(tx, &mail, now).await?;
    Ok(())
}

/// Whether a letter of this name is one of these.
pub(super) fn is_one(name: &str) -> bool {
    Told::ALL.iter().any(|told| told.template().name == name)
}

/// Writes one of these letters; `None` where things stand otherwise meanwhile.
pub(super) async fn compose(
    tx: &mut Tx,
    mail: &Queued,
    (account, sender): (&Account, &Sender),
    now: Timestamp,
) -> Result<Option<Draft>, ComposeError> {
    let told = Told::ALL.into_iter().find(|told| told.template().name == mail.template);
    let told = told.ok_or(ComposeError::UnknownTemplate)?;
    let (application, stage) = (mail.refs.get_id("application")?, mail.refs.get_id("stage")?);
    let found = applications::concerned(tx, application).await?;
    let found = found.filter(|it| it.candidate == account.id && !it.is_closed);
    let Some(it) = found else { return Ok(None) };
    let (title, pass) = counting::concerned(tx, (application, stage), now).await?;
    let (passed, level) = match (told, pass) {
        (Told::Counts, Some(pass)) => (in_their_zone(pass.at, account), pass.level.to_string()),
        (Told::CountsNoMore, None) => Default::default(),
        _ => return Ok(None),
    };
    let more = [
        ("stage", title.as_str()),
        ("track", it.track.as_str()),
        ("passed", passed.as_str()),
        ("level", level.as_str()),
    ];
    Ok(Some(draft(tx, told.template(), (account, sender), &more, MY.to_owned()).await?))
}
