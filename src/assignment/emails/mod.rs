//! The letters of this room: what was given, what became of it, and by when. Each is written with what is
//! true when it is sent, for somebody it still concerns.

pub mod counting;
pub mod firm;
pub mod fixes;
pub mod of_application;
pub mod overdue;
pub mod panel;
mod sessions;

use crate::account::emails::{NAME, ORGANISATION, Sender, draft, in_their_zone, letter};
use crate::account::model::Account;
use crate::account::store::accounts;
use crate::assignment::lifecycle::settle;
use crate::assignment::model::{Absence, Closing, State};
use crate::assignment::paths;
use crate::assignment::reminders::{self, Reason};
use crate::assignment::store::assignments::{self, Concerned};
use crate::assignment::store::time_requests;
use crate::clock::Timestamp;
use crate::content::import::settings::Format;
use crate::db::Tx;
use crate::ids::{AccountId, AssignmentId, MailId, TimeRequestId};
use crate::mail::letter::Draft;
use crate::mail::wording::{Blank, Template};
use crate::mail::{ComposeError, Kind, Letter, Missing, NewMail, Queued, Refs, store};
use crate::track::model::in_words;

pub const STAGE: Blank =
    Blank { name: "stage", meaning: "what the stage is called", sample: "Automation challenge" };
const DUE: Blank = Blank {
    name: "due",
    meaning: "when it is due, in their time zone",
    sample: "8 December 2026, 09:14 Europe/Warsaw",
};
const LENGTH: Blank =
    Blank { name: "length", meaning: "how much time it is about", sample: "2 days" };
const REASON: Blank = Blank {
    name: "reason",
    meaning: "what was written about it",
    sample: "You told us of the flood; take the time you need.",
};
pub const CANDIDATE: Blank =
    Blank {
        name: "candidate", meaning: "the candidate's name", sample: "Zoë Brzęczyszczykiewicz"
    };

pub const TO_CANDIDATE: &str =
    "You receive this because you are being interviewed at {organisation}.";
pub const TO_RECRUITER: &str =
    "You receive this because you look after this candidate at {organisation}.";

/// What somebody is told about an assignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    Given,
    StartByMoved,
    TimeGiven,
    TimeRefused,
    Ended,
    GivenBack,
    /// What they sent late is taken.
    LateTaken,
    SessionHeld,
    SessionMissed,
    SessionRebooked,
    WithFirm,
    Reported,
    RecruiterOfRequest,
    RecruiterOfWithdrawal,
    RecruiterOfReturn,
    /// That the candidate has answered what is asked before Start; never what.
    RecruiterOfAnswer,
    /// That it has to be begun soon.
    StartSoon,
    /// That it is due.
    DueSoon,
}

impl Told {
    const ALL: [Self; 18] = [
        Self::Given,
        Self::StartByMoved,
        Self::TimeGiven,
        Self::TimeRefused,
        Self::Ended,
        Self::GivenBack,
        Self::LateTaken,
        Self::SessionHeld,
        Self::SessionMissed,
        Self::SessionRebooked,
        Self::WithFirm,
        Self::Reported,
        Self::RecruiterOfRequest,
        Self::RecruiterOfWithdrawal,
        Self::RecruiterOfReturn,
        Self::RecruiterOfAnswer,
        Self::StartSoon,
        Self::DueSoon,
    ];

    const fn template(self) -> &'static Template {
        match self {
            Self::Given => &GIVEN,
            Self::StartByMoved => &START_BY_MOVED,
            Self::TimeGiven => &TIME_GIVEN,
            Self::TimeRefused => &TIME_REFUSED,
            Self::Ended => &ENDED,
            Self::GivenBack => &GIVEN_BACK,
            Self::LateTaken => &LATE_TAKEN,
            Self::SessionHeld => &sessions::HELD,
            Self::SessionMissed => &sessions::MISSED,
            Self::SessionRebooked => &sessions::REBOOKED,
            Self::WithFirm => &sessions::WITH_FIRM,
            Self::Reported => &sessions::REPORTED,
            Self::RecruiterOfRequest => &TIME_ASKED,
            Self::RecruiterOfWithdrawal => &WITHDRAWN,
            Self::RecruiterOfReturn => &RETURNED,
            Self::RecruiterOfAnswer => &ANSWERED,
            Self::StartSoon => &START_SOON,
            Self::DueSoon => &DUE_SOON,
        }
    }

    fn is_for_candidate(self) -> bool {
        !matches!(
            self,
            Self::RecruiterOfRequest
                | Self::RecruiterOfWithdrawal
                | Self::RecruiterOfReturn
                | Self::RecruiterOfAnswer
        )
    }
}

/// Every letter of this room as it ships.
pub fn templates() -> impl Iterator<Item = &'static Template> {
    let others = counting::TEMPLATES.into_iter().chain(overdue::TEMPLATES);
    let others = others.chain(panel::TEMPLATES).chain(fixes::TEMPLATES);
    TEMPLATES.into_iter().chain([&firm::ASKED]).chain(others)
}

const TEMPLATES: [&Template; 21] = [
    &GIVEN,
    &START_SOON,
    &START_BY_MOVED,
    &DUE_SOON,
    &TIME_GIVEN,
    &TIME_REFUSED,
    &ENDED,
    &GIVEN_BACK,
    &LATE_TAKEN,
    &sessions::HELD,
    &sessions::MISSED,
    &sessions::REBOOKED,
    &sessions::WITH_FIRM,
    &sessions::REPORTED,
    &of_application::CLOSED,
    &of_application::HANDED_OVER,
    &of_application::NAMED_MANAGER,
    &TIME_ASKED,
    &WITHDRAWN,
    &RETURNED,
    &ANSWERED,
];

const GIVEN: Template = Template {
    name: "stage_given",
    title: "A stage is given",
    sent: "when a recruiter gives a candidate a stage",
    kind: Kind::Process,
    subject: "{stage}: your next step at {organisation}",
    body: "Hello {name},\n\n{stage} is ready for you, at level {level}. {how}",
    action: Some("Open it"),
    closing: "Reading it starts nothing. If you need something different, or more time, say so on that page \
              before it begins; no reason is needed.",
    footer: TO_CANDIDATE,
    blanks: &[
        NAME,
        ORGANISATION,
        STAGE,
        Blank { name: "level", meaning: "the level it is given at", sample: "3" },
        Blank {
            name: "how",
            meaning: "how it begins, and by when",
            sample: "Nothing runs until you press Start, by 1 December 2026, 23:59 Europe/Warsaw; from then \
                     you have 1 week.",
        },
    ],
};

const START_SOON: Template = Template {
    name: "start_soon",
    title: "Reminder to start",
    sent: "a day before a stage has to be started",
    kind: Kind::Process,
    subject: "{stage} waits for you until {due}",
    body: "Hello {name},\n\nyou can start {stage} until {due}. Nothing runs until you press Start.",
    action: Some("Open it"),
    closing: "If you need another day, answer to your recruiter.",
    footer: TO_CANDIDATE,
    blanks: &[NAME, ORGANISATION, STAGE, DUE],
};

const DUE_SOON: Template = Template {
    name: "due_soon",
    title: "Reminder of the due date",
    sent: "when half of the time has passed, a day and an hour before a stage is due",
    kind: Kind::Process,
    subject: "{stage} is due on {due}",
    body: "Hello {name},\n\n{stage} is due on {due}; what is left is {length}.",
    action: Some("Go on"),
    closing: "If something came between, ask for more time on that page.",
    footer: TO_CANDIDATE,
    blanks: &[NAME, ORGANISATION, STAGE, DUE, LENGTH],
};

const START_BY_MOVED: Template = Template {
    name: "start_by_moved",
    title: "Another day to start by",
    sent: "when a recruiter moves the day by which a stage is to be started",
    kind: Kind::Process,
    subject: "{stage} waits for you until another day",
    body: "Hello {name},\n\n{stage} can begin until {due}.",
    action: Some("Open it"),
    closing: "",
    footer: TO_CANDIDATE,
    blanks: &[NAME, ORGANISATION, STAGE, DUE],
};

const TIME_GIVEN: Template = Template {
    name: "time_given",
    title: "More time",
    sent: "when a recruiter gives a candidate more time",
    kind: Kind::Process,
    subject: "You have more time for {stage}",
    body: "Hello {name},\n\nyou have {length} more for {stage}. It is now due on {due}.\n\n{reason}",
    action: Some("Go on"),
    closing: "",
    footer: TO_CANDIDATE,
    blanks: &[NAME, ORGANISATION, STAGE, LENGTH, DUE, REASON],
};

const TIME_REFUSED: Template = Template {
    name: "time_refused",
    title: "No more time",
    sent: "when a recruiter cannot give the time that was asked for",
    kind: Kind::Process,
    subject: "About more time for {stage}",
    body: "Hello {name},\n\nthere is no more time for {stage}; it stays due on {due}.\n\n{reason}",
    action: Some("Go on"),
    closing: "",
    footer: TO_CANDIDATE,
    blanks: &[NAME, ORGANISATION, STAGE, DUE, REASON],
};

const ENDED: Template = Template {
    name: "stage_ended",
    title: "A stage is ended",
    sent: "when a recruiter cancels a stage or ends it early",
    kind: Kind::Process,
    subject: "{stage} has ended",
    body: "Hello {name},\n\n{organisation} has ended {stage}.\n\n{reason}",
    action: Some("See where things stand"),
    closing: "",
    footer: TO_CANDIDATE,
    blanks: &[NAME, ORGANISATION, STAGE, REASON],
};

const GIVEN_BACK: Template = Template {
    name: "stage_given_back",
    title: "A stage is yours again",
    sent: "when a recruiter reopens a stage or revives one that had lapsed",
    kind: Kind::Process,
    subject: "{stage} is yours again",
    body: "Hello {name},\n\n{stage} is open for you again, until {due}.",
    action: Some("Open it"),
    closing: "",
    footer: TO_CANDIDATE,
    blanks: &[NAME, ORGANISATION, STAGE, DUE],
};

const LATE_TAKEN: Template = Template {
    name: "late_taken",
    title: "What came late is taken",
    sent: "when a recruiter takes what a candidate sent late as their work",
    kind: Kind::Process,
    subject: "What you sent for {stage} is taken",
    body: "Hello {name},\n\nwhat you sent for {stage} after its time was over is taken as your work. The panel looks at \
           it now.",
    action: Some("See by when we answer"),
    closing: "",
    footer: TO_CANDIDATE,
    blanks: &[NAME, ORGANISATION, STAGE],
};

const TIME_ASKED: Template = Template {
    name: "time_asked",
    title: "A candidate asks for time",
    sent: "when a candidate asks for more time, to their recruiter",
    kind: Kind::Process,
    subject: "{candidate} asks for {length} more",
    body: "Hello {name},\n\n{candidate} asks for {length} more for {stage}:\n\n{reason}",
    action: Some("Answer"),
    closing: "",
    footer: TO_RECRUITER,
    blanks: &[NAME, ORGANISATION, STAGE, CANDIDATE, LENGTH, REASON],
};

const WITHDRAWN: Template = Template {
    name: "candidate_withdrew",
    title: "A candidate withdraws",
    sent: "when a candidate withdraws, to their recruiter",
    kind: Kind::Process,
    subject: "{candidate} has withdrawn",
    body: "Hello {name},\n\n{candidate} has withdrawn from {stage}.",
    action: Some("See the application"),
    closing: "For 24 hours they can undo it; until then nothing else needs to be done.",
    footer: TO_RECRUITER,
    blanks: &[NAME, ORGANISATION, STAGE, CANDIDATE],
};

const RETURNED: Template = Template {
    name: "candidate_returned",
    title: "A candidate is back",
    sent: "when a candidate undoes a withdrawal, to their recruiter",
    kind: Kind::Process,
    subject: "{candidate} is back",
    body: "Hello {name},\n\n{candidate} has undone the withdrawal from {stage}.",
    action: Some("See the application"),
    closing: "",
    footer: TO_RECRUITER,
    blanks: &[NAME, ORGANISATION, STAGE, CANDIDATE],
};

const ANSWERED: Template = Template {
    name: "candidate_answered",
    title: "A candidate has told you something",
    sent: "when a candidate answers what is asked before Start, to their recruiter; what they say is not in it",
    kind: Kind::Process,
    subject: "{candidate} has told you something",
    body: "Hello {name},\n\n{candidate} has answered what is asked before Start of {stage}. It is for you \
           alone, and stands with their application.",
    action: Some("Read it"),
    closing: "",
    footer: TO_RECRUITER,
    blanks: &[NAME, ORGANISATION, STAGE, CANDIDATE],
};

/// Tells somebody what became of an assignment.
pub(in crate::assignment) async fn tell_of(
    tx: &mut Tx,
    to: AccountId,
    told: Told,
    assignment: AssignmentId,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    tell(tx, to, told, Refs::default().id("assignment", assignment), now).await
}

/// Tells the candidate that a session is held again, and leads them to what was given in its place.
pub(in crate::assignment) async fn tell_of_rebooking(
    tx: &mut Tx,
    to: AccountId,
    (assignment, again): (AssignmentId, AssignmentId),
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let refs = Refs::default().id("assignment", assignment).id("again", again);
    tell(tx, to, Told::SessionRebooked, refs, now).await
}

/// Tells somebody of more time that was asked for or given.
pub(in crate::assignment) async fn tell_of_time(
    tx: &mut Tx,
    to: AccountId,
    told: Told,
    (assignment, request): (AssignmentId, TimeRequestId),
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let refs = Refs::default().id("assignment", assignment).id("request", request);
    tell(tx, to, told, refs, now).await
}

/// Puts every reminder in line of the date an assignment leads up to, and what is told if it passes. Each is
/// told once, however often this is called.
pub(in crate::assignment) async fn remind(
    tx: &mut Tx,
    (candidate, recruiter): (AccountId, AccountId),
    (assignment, before, state): (AssignmentId, &State, &State),
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    for reminder in reminders::ahead(before, state, now) {
        let told = match reminder.reason {
            Reason::Start => Told::StartSoon,
            Reason::HalfTime | Reason::DayBefore | Reason::HourBefore => Told::DueSoon,
        };
        let date = reminder.date.as_microsecond();
        let mail = NewMail {
            template: told.template().name,
            kind: Kind::Process,
            recipient_id: candidate.into(),
            refs: Refs::default()
                .id("assignment", assignment)
                .code("reason", reminder.reason.code())
                .number("date", date),
            dedupe: Some(format!("{assignment} {} {date}", reminder.reason.code())),
            not_before: Some(reminder.at),
            urgent: false,
        };
        store::enqueue(tx, &mail, now).await?;
    }
    overdue::watch(tx, (candidate, recruiter), (assignment, state), now).await
}

/// Whether the date a reminder was made for is still the one `state` leads up to.
fn is_of(mail: &Queued, state: &State) -> Result<bool, Missing> {
    let date = mail.refs.get_code("date")?.parse().ok();
    Ok(date.is_some() && reminders::date(state).map(Timestamp::as_microsecond) == date)
}

async fn tell(
    tx: &mut Tx,
    to: AccountId,
    told: Told,
    refs: Refs,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let mail = NewMail {
        template: told.template().name,
        kind: Kind::Process,
        recipient_id: to.into(),
        refs,
        dedupe: None,
        not_before: None,
        urgent: false,
    };
    store::enqueue(tx, &mail, now).await?;
    Ok(())
}

/// Whether a letter of this name is one of this room's.
pub fn is_one(name: &str) -> bool {
    templates().any(|template| template.name == name)
}

/// The letters that go when a candidate's own clock says so: when one goes, with when the clock began, tells how
/// much time they have, and so what they need.
pub const BY_A_CLOCK: [&str; 4] =
    [DUE_SOON.name, overdue::LAPSED.name, overdue::CANDIDATE_LAPSED.name, panel::WORK_HERE.name];

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
    if let Some(told) = panel::Told::from_template(&mail.template) {
        return panel::compose(tx, told, mail, sender, now).await;
    }
    if fixes::is_one(&mail.template) {
        return fixes::compose(tx, mail, sender, now).await;
    }
    if let Some(told) = overdue::Told::from_template(&mail.template) {
        return overdue::compose(tx, told, mail, sender, now).await;
    }
    let id = AccountId::from(mail.recipient_id);
    let Some(account) = accounts::addressed(tx, id, now).await? else { return Ok(None) };
    let draft = match mail.template.as_str() {
        name if of_application::is_one(name) => {
            of_application::compose(tx, mail, (&account, sender)).await?
        }
        name if name == firm::ASKED.name => firm::compose(tx, mail, (&account, sender)).await?,
        name if counting::is_one(name) => {
            counting::compose(tx, mail, (&account, sender), now).await?
        }
        _ => of_assignment(tx, mail, (&account, sender), now).await?,
    };
    let Some(draft) = draft else { return Ok(None) };
    letter(&draft, (&account, sender)).map(Some)
}

/// The letter about a stage that has been given in `tx`, as it will be sent.
pub(in crate::assignment) async fn of_giving(
    tx: &mut Tx,
    (to, given): (AccountId, AssignmentId),
    sender: &Sender,
    now: Timestamp,
) -> Result<Option<Letter>, ComposeError> {
    let mail = Queued {
        mail_id: MailId::new(),
        template: Told::Given.template().name.to_owned(),
        recipient_id: to.into(),
        refs: Refs::default().id("assignment", given),
        created_at: now,
        attempt: 1,
    };
    compose(tx, &mail, sender, now).await
}

async fn of_assignment(
    tx: &mut Tx,
    mail: &Queued,
    (account, sender): (&Account, &Sender),
    now: Timestamp,
) -> Result<Option<Draft>, ComposeError> {
    let told = Told::ALL.into_iter().find(|told| told.template().name == mail.template);
    let told = told.ok_or(ComposeError::UnknownTemplate)?;
    let concerned = assignments::concerned(tx, mail.refs.get_id("assignment")?).await?;
    let Some(it) = concerned.filter(|it| it.concerns(told, account.id)) else { return Ok(None) };
    let state = settle(it.assignment.format, it.assignment.state.clone(), now);
    let Some(date) = until(told, &state) else { return Ok(None) };
    // There is no Start to press elsewhere.
    if told == Told::StartSoon && it.assignment.format != Format::TakeHome {
        return Ok(None);
    }
    let is_reminder = matches!(told, Told::StartSoon | Told::DueSoon);
    if is_reminder && !is_of(mail, &state)? {
        return Ok(None);
    }
    let due = date.map(|at| in_their_zone(at, account)).unwrap_or_default();
    let (length, reason) = match told {
        Told::TimeGiven | Told::TimeRefused | Told::RecruiterOfRequest => {
            let request: TimeRequestId = mail.refs.get_id("request")?;
            let found = time_requests::answered(tx, request).await?;
            let (length, asked, answer) = found.ok_or(Missing("a request"))?;
            (in_words(length), if told == Told::RecruiterOfRequest { asked } else { answer })
        }
        Told::DueSoon => {
            let left = date.and_then(|date| reminders::left(date, now));
            (left.ok_or(Missing("time that is left"))?, String::new())
        }
        _ => (String::new(), it.reason.clone()),
    };
    let level = it.assignment.level.to_string();
    let how = how(&it, &state, account);
    let more = [
        ("stage", it.assignment.title.as_str()),
        ("candidate", &it.candidate_name),
        ("level", &level),
        ("how", &how),
        ("due", &due),
        ("length", &length),
        ("reason", &reason),
    ];
    let path = match told.is_for_candidate() {
        // What was given in place of what did not take place is what is next.
        true => paths::own(mail.refs.get_id("again").unwrap_or(it.assignment.id)),
        false => paths::application(it.assignment.application),
    };
    Ok(Some(draft(tx, told.template(), (account, sender), &more, path).await?))
}

impl Concerned {
    fn concerns(&self, told: Told, recipient: AccountId) -> bool {
        // Where the application has ended with it, the letter about that tells of both.
        if told == Told::Ended && self.ended_with_application {
            return false;
        }
        match told.is_for_candidate() {
            true => self.candidate == recipient,
            false => self.recruiter == recipient,
        }
    }
}

/// The instant a letter speaks of, where it has one; `None` where things have gone on and it has nothing
/// left to say.
fn until(told: Told, state: &State) -> Option<Option<Timestamp>> {
    match (told, state) {
        (Told::Given, State::Assigned { start_by }) => Some(*start_by),
        (Told::StartSoon, State::Assigned { start_by: Some(at) }) => Some(Some(*at)),
        (Told::DueSoon, State::InProgress(run)) if run.due.is_some() => Some(run.due),
        (Told::StartByMoved, State::Assigned { start_by: Some(at) }) => Some(Some(*at)),
        (Told::TimeGiven | Told::TimeRefused | Told::GivenBack, State::InProgress(run)) => {
            Some(run.due)
        }
        (Told::GivenBack, State::Assigned { start_by }) => Some(*start_by),
        (Told::RecruiterOfRequest, State::InProgress(run)) => Some(run.due),
        (Told::Ended, State::Closed { why: Closing::Cancelled | Closing::EndedEarly, .. })
        | (Told::RecruiterOfWithdrawal, State::Closed { why: Closing::Withdrawn, .. }) => {
            Some(None)
        }
        (Told::RecruiterOfAnswer, _) => Some(None),
        (Told::SessionHeld | Told::Reported | Told::LateTaken, state) if is_handed_in(state) => {
            Some(None)
        }
        (Told::SessionMissed, State::Closed { why: Closing::NotHeld(Absence::Candidate), .. }) => {
            Some(None)
        }
        (Told::SessionRebooked, State::Closed { why: Closing::NotHeld(absence), .. })
            if absence.is_ours() =>
        {
            Some(None)
        }
        (Told::WithFirm, State::InProgress(run)) => Some(run.due),
        (Told::RecruiterOfReturn, state) if !matches!(state, State::Closed { .. }) => Some(None),
        _ => None,
    }
}

fn is_handed_in(state: &State) -> bool {
    matches!(state, State::Submitted { .. } | State::Opened { .. } | State::Decided { .. })
}

/// How a stage begins, and by when.
fn how(it: &Concerned, state: &State, account: &Account) -> String {
    let by = match state {
        State::Assigned { start_by: Some(at) } => format!(", by {}", in_their_zone(*at, account)),
        _ => String::new(),
    };
    let limit = it.assignment.time_limit.map(in_words);
    match (it.assignment.format, limit) {
        (Format::TakeHome, Some(limit)) => {
            format!("Nothing runs until you press Start{by}; from then you have {limit}.")
        }
        (Format::TakeHome, None) => format!("Nothing runs until you press Start{by}."),
        (Format::LiveSession, _) if by.is_empty() => {
            "Your recruiter finds a time with you.".to_owned()
        }
        (Format::LiveSession, _) => {
            format!("Your recruiter finds a time with you; it takes place{by} at the latest.")
        }
        (Format::External, _) if let State::InProgress(run) = state => match run.due {
            Some(due) => format!("Keep in touch until {}.", in_their_zone(due, account)),
            None => "No date is set; keep in touch.".to_owned(),
        },
        (Format::External, _) => {
            format!(
                "An outside firm runs it with you, and will be in touch{}.",
                by.replace(',', "")
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::Recipient;

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
            assert!(template.read_closing(&words.closing).is_ok(), "{}", template.name);
        }
    }
}
