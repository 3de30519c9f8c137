//! The letters that nobody writes: a clock ran out, or somebody waits longer than they should. Each is put in
//! line for the instant it would become true, and is sent if it is true then.

use super::{CANDIDATE, STAGE, TO_CANDIDATE, TO_RECRUITER};
use crate::account::emails::{NAME, ORGANISATION, Sender, draft, in_their_zone, letter};
use crate::account::store::accounts;
use crate::assignment::lifecycle::settle;
use crate::assignment::model::{Closing, State};
use crate::assignment::store::{assignments, time_requests};
use crate::assignment::{paths, reminders};
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::ids::{AccountId, AssignmentId, TimeRequestId};
use crate::mail::wording::{Blank, Template};
use crate::mail::{ComposeError, Kind, Letter, NewMail, Queued, Refs, store};

const SINCE: Blank = Blank {
    name: "since",
    meaning: "since when, in their time zone",
    sample: "8 December 2026, 09:14 Europe/Warsaw",
};

/// What somebody is told once it is so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    Lapsed,
    RecruiterOfLapse,
    /// Of a request for time that waits for its answer.
    RecruiterOfWait,
    ManagerOfWait,
}

impl Told {
    const ALL: [Self; 4] =
        [Self::Lapsed, Self::RecruiterOfLapse, Self::RecruiterOfWait, Self::ManagerOfWait];

    const fn template(self) -> &'static Template {
        match self {
            Self::Lapsed => &LAPSED,
            Self::RecruiterOfLapse => &CANDIDATE_LAPSED,
            Self::RecruiterOfWait => &REQUEST_WAITS,
            Self::ManagerOfWait => &REQUEST_OVERDUE,
        }
    }

    pub(super) fn from_template(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|told| told.template().name == name)
    }
}

/// These letters as they ship.
pub const TEMPLATES: [&Template; 4] =
    [&LAPSED, &CANDIDATE_LAPSED, &REQUEST_WAITS, &REQUEST_OVERDUE];

pub(super) const LAPSED: Template = Template {
    name: "stage_lapsed",
    title: "The time for a stage is over",
    sent: "when the time for a stage is over and nothing was received, to the candidate",
    kind: Kind::Process,
    subject: "The time for {stage} is over",
    body: "Hello {name},\n\nthe time for {stage} was over on {since}, and nothing was received.",
    action: Some("See where things stand"),
    closing: "If you would like to go on, answer to your recruiter, who can open it again for 14 days.",
    footer: TO_CANDIDATE,
    blanks: &[NAME, ORGANISATION, STAGE, SINCE],
};

pub(super) const CANDIDATE_LAPSED: Template = Template {
    name: "candidate_lapsed",
    title: "A candidate’s time is over",
    sent: "when the time for a stage is over and nothing was received, to the recruiter",
    kind: Kind::Process,
    subject: "{candidate} let {stage} lapse",
    body: "Hello {name},\n\nthe time of {candidate} for {stage} was over on {since}, and nothing was received.",
    action: Some("See whether to revive it"),
    closing: "You can for 14 days.",
    footer: TO_RECRUITER,
    blanks: &[NAME, ORGANISATION, STAGE, CANDIDATE, SINCE],
};

const REQUEST_WAITS: Template = Template {
    name: "time_request_waits",
    title: "A request for time waits",
    sent: "a working day after a candidate asked for more time and got no answer, to the recruiter",
    kind: Kind::Process,
    subject: "{candidate} waits for your answer",
    body: "Hello {name},\n\n{candidate} asked for more time for {stage} on {since}, and waits for your \
           answer. The clock runs meanwhile.",
    action: Some("Answer"),
    closing: "",
    footer: TO_RECRUITER,
    blanks: &[NAME, ORGANISATION, STAGE, CANDIDATE, SINCE],
};

const REQUEST_OVERDUE: Template = Template {
    name: "time_request_overdue",
    title: "A request for time is overdue",
    sent: "two working days after a candidate asked for more time and got no answer, to the hiring manager",
    kind: Kind::Process,
    subject: "{candidate} has waited too long for an answer",
    body: "Hello {name},\n\n{candidate} asked for more time for {stage} on {since}, and has no answer yet. \
           The recruiter gives it; please see that somebody does.",
    action: Some("See the application"),
    closing: "",
    footer: "You receive this because you decide on this candidate at {organisation}.",
    blanks: &[NAME, ORGANISATION, STAGE, CANDIDATE, SINCE],
};

/// Puts in line what is told if the date that `state` leads up to passes and nothing was received. Once for
/// each date and recipient, however often this is called.
pub(in crate::assignment) async fn watch(
    tx: &mut Tx,
    (candidate, recruiter): (AccountId, AccountId),
    (assignment, state): (AssignmentId, &State),
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let Some(at) = reminders::lapse(state) else { return Ok(()) };
    let refs = Refs::default().id("assignment", assignment).number("date", at.as_microsecond());
    for (to, told) in [(candidate, Told::Lapsed), (recruiter, Told::RecruiterOfLapse)] {
        let dedupe = format!("{assignment} {} {} {to}", told.template().name, at.as_microsecond());
        enqueue(tx, (to, told), refs.clone(), dedupe, at, now).await?;
    }
    Ok(())
}

/// Puts in line what is told if a request for time gets no answer: its recruiter at the first of `at`, the
/// hiring manager at the second.
pub(in crate::assignment) async fn watch_request(
    tx: &mut Tx,
    (recruiter, manager): (AccountId, Option<AccountId>),
    (assignment, request): (AssignmentId, TimeRequestId),
    at: [Timestamp; 2],
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let refs = Refs::default().id("assignment", assignment).id("request", request);
    let recruiter = Some((recruiter, Told::RecruiterOfWait, at[0]));
    let manager = manager.map(|to| (to, Told::ManagerOfWait, at[1]));
    for (to, told, at) in recruiter.into_iter().chain(manager) {
        let dedupe = format!("{request} {} {to}", told.template().name);
        enqueue(tx, (to, told), refs.clone(), dedupe, at, now).await?;
    }
    Ok(())
}

async fn enqueue(
    tx: &mut Tx,
    (to, told): (AccountId, Told),
    refs: Refs,
    dedupe: String,
    at: Timestamp,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let mail = NewMail {
        template: told.template().name,
        kind: Kind::Process,
        recipient_id: to.into(),
        refs,
        dedupe: Some(dedupe),
        not_before: Some(at),
        urgent: false,
    };
    store::enqueue(tx, &mail, now).await?;
    Ok(())
}

/// Writes one of these letters; `None` where it did not come to it.
pub(super) async fn compose(
    tx: &mut Tx,
    told: Told,
    mail: &Queued,
    sender: &Sender,
    now: Timestamp,
) -> Result<Option<Letter>, ComposeError> {
    let id = AccountId::from(mail.recipient_id);
    let Some(account) = accounts::addressed(tx, id, now).await? else { return Ok(None) };
    let concerned = assignments::concerned(tx, mail.refs.get_id("assignment")?).await?;
    let Some(it) = concerned else { return Ok(None) };
    let to = match told {
        Told::Lapsed => Some(it.candidate),
        Told::RecruiterOfLapse | Told::RecruiterOfWait => Some(it.recruiter),
        Told::ManagerOfWait => it.manager,
    };
    let state = settle(it.assignment.format, it.assignment.state.clone(), now);
    let since = match (told, &state) {
        (Told::Lapsed | Told::RecruiterOfLapse, State::Closed { at, why, .. }) => {
            let date: Option<i64> = mail.refs.get_code("date")?.parse().ok();
            let is_it = *why == Closing::Lapsed && date == Some(at.as_microsecond());
            is_it.then_some(*at)
        }
        (Told::RecruiterOfWait | Told::ManagerOfWait, State::InProgress(_)) => {
            time_requests::waits_since(tx, mail.refs.get_id("request")?).await?
        }
        _ => None,
    };
    let Some(since) = since.filter(|_| to == Some(id)) else { return Ok(None) };
    let since = in_their_zone(since, &account);
    let more = [
        ("stage", it.assignment.title.as_str()),
        ("candidate", &it.candidate_name),
        ("since", &since),
    ];
    let path = match told {
        Told::Lapsed => paths::own(it.assignment.id),
        Told::RecruiterOfLapse | Told::RecruiterOfWait => {
            paths::run(it.assignment.application, it.assignment.id)
        }
        Told::ManagerOfWait => paths::application(it.assignment.application),
    };
    let draft = draft(tx, told.template(), (&account, sender), &more, path).await?;
    letter(&draft, (&account, sender)).map(Some)
}
