//! The letters about an application as a whole: that it ended, and that somebody else looks after it.

use super::{CANDIDATE, NAME, ORGANISATION, REASON, TO_CANDIDATE, TO_RECRUITER};
use crate::account::emails::{Sender, draft};
use crate::account::model::Account;
use crate::account::paths::MY;
use crate::assignment::paths;
use crate::assignment::store::applications;
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::ids::{AccountId, ApplicationId};
use crate::mail::letter::Draft;
use crate::mail::wording::{Blank, Template};
use crate::mail::{ComposeError, Kind, NewMail, Queued, Refs, store};

pub(super) const TRACK: Blank = Blank {
    name: "track",
    meaning: "what the track is called",
    sample: "Site Reliability Engineers",
};

/// What somebody is told about an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// The candidate: that it has ended.
    Closed,
    /// A recruiter: that it is theirs now.
    Recruiter,
    /// A hiring manager: that it is theirs to decide on.
    Manager,
}

impl Told {
    const ALL: [Self; 3] = [Self::Closed, Self::Recruiter, Self::Manager];

    const fn template(self) -> &'static Template {
        match self {
            Self::Closed => &CLOSED,
            Self::Recruiter => &HANDED_OVER,
            Self::Manager => &NAMED_MANAGER,
        }
    }
}

pub(super) const CLOSED: Template = Template {
    name: "application_closed",
    title: "An interview has ended",
    sent: "when a recruiter closes an application, to its candidate",
    kind: Kind::Process,
    subject: "Your interview at {organisation} has ended",
    body: "Hello {name},\n\nyour interview for {track} at {organisation} has ended.\n\n{reason}",
    action: Some("See where things stood"),
    closing: "",
    footer: TO_CANDIDATE,
    blanks: &[NAME, ORGANISATION, TRACK, REASON],
};

pub(super) const HANDED_OVER: Template = Template {
    name: "application_handed_over",
    title: "An application is handed over",
    sent: "when an application is handed over, to the recruiter who looks after it from then on",
    kind: Kind::Process,
    subject: "{candidate} is yours to look after",
    body: "Hello {name},\n\nyou look after {candidate} in {track} from now on, and keep the promises made to \
           them.",
    action: Some("See where they stand"),
    closing: "",
    footer: TO_RECRUITER,
    blanks: &[NAME, ORGANISATION, TRACK, CANDIDATE],
};

pub(super) const NAMED_MANAGER: Template = Template {
    name: "application_manager",
    title: "A hiring manager is named",
    sent: "when an application is handed over, to the hiring manager who decides on it from then on",
    kind: Kind::Process,
    subject: "{candidate} is yours to decide on",
    body: "Hello {name},\n\nyou are the hiring manager of {candidate} in {track} from now on: you debrief the \
           panel and decide.",
    action: Some("See where they stand"),
    closing: "",
    footer: "You receive this because you decide on this candidate at {organisation}.",
    blanks: &[NAME, ORGANISATION, TRACK, CANDIDATE],
};

/// Tells somebody what became of an application.
pub(in crate::assignment) async fn tell(
    tx: &mut Tx,
    to: AccountId,
    told: Told,
    application: ApplicationId,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let mail = NewMail {
        template: told.template().name,
        kind: Kind::Process,
        recipient_id: to.into(),
        refs: Refs::default().id("application", application),
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

/// Writes one of these letters; `None` where it concerns its recipient no more.
pub(super) async fn compose(
    tx: &mut Tx,
    mail: &Queued,
    (account, sender): (&Account, &Sender),
) -> Result<Option<Draft>, ComposeError> {
    let told = Told::ALL.into_iter().find(|told| told.template().name == mail.template);
    let told = told.ok_or(ComposeError::UnknownTemplate)?;
    let found = applications::concerned(tx, mail.refs.get_id("application")?).await?;
    let Some(it) = found else { return Ok(None) };
    let id = Some(account.id);
    let (is_theirs, path) = match told {
        Told::Closed => (id == Some(it.candidate) && it.is_closed, MY.to_owned()),
        Told::Recruiter => (id == Some(it.recruiter), paths::application(it.application)),
        Told::Manager => (id == it.manager, paths::application(it.application)),
    };
    if !is_theirs {
        return Ok(None);
    }
    let more =
        [("track", it.track.as_str()), ("candidate", &it.candidate_name), ("reason", &it.reason)];
    Ok(Some(draft(tx, told.template(), (account, sender), &more, path).await?))
}
