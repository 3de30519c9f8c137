//! The letters about panels: to those who are asked onto one, and to the recruiter who asks. Blind panels
//! read of an alias here too.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::{CANDIDATE, STAGE, TO_RECRUITER};
use crate::account::emails::{NAME, ORGANISATION, Sender, draft, in_their_zone, letter};
use crate::account::store::{accounts, calendar};
use crate::assignment::lifecycle::settle;
use crate::assignment::model::{Phase, State};
use crate::assignment::panel::{Leaving, counted_from, expected};
use crate::assignment::paths;
use crate::assignment::reminders::final_from;
use crate::assignment::store::assignments;
use crate::assignment::store::seats::{self, Concerned};
use crate::clock::Timestamp;
use crate::content::import::settings::Format;
use crate::db::Tx;
use crate::ids::{AccountId, AssignmentId, PanelMemberId};
use crate::mail::wording::{Blank, Template};
use crate::mail::{ComposeError, Kind, Letter, Missing, NewMail, Queued, Refs, store};

pub(super) const WHO: Blank = Blank {
    name: "who",
    meaning: "the candidate's name, or their alias where the panel is blind",
    sample: "Heron 42",
};
const INTERVIEWER: Blank =
    Blank { name: "interviewer", meaning: "who it is about", sample: "Jonas Lindqvist" };
const ANSWER_BY: Blank = Blank {
    name: "due",
    meaning: "by when an answer is wanted, in their time zone",
    sample: "26 November 2026, 23:59 Europe/Warsaw",
};
const EXPECTED: Blank = Blank {
    name: "expected",
    meaning: "by when the work is here at the latest, while it has not begun, and how long the review has",
    sample: "Work is here by 8 December 2026 at the latest. From the hand-in on you have 5 working days.",
};

pub(super) const TO_INTERVIEWER: &str = "You receive this because you interview at {organisation}.";

/// What somebody is told about a panel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    Asked,
    /// The same once more, where no answer came.
    AskedAgain,
    /// To the whole panel, whoever has done what.
    Nudged,
    /// The work is final.
    WorkHere,
    /// By the recruiter, who asks somebody else or nobody.
    Released,
    /// The assignment has ended.
    StoodDown,
    RecruiterOfLeaving,
    RecruiterOfSilence,
    RecruiterOfNeed,
}

impl Told {
    const ALL: [Self; 9] = [
        Self::Asked,
        Self::AskedAgain,
        Self::Nudged,
        Self::WorkHere,
        Self::Released,
        Self::StoodDown,
        Self::RecruiterOfLeaving,
        Self::RecruiterOfSilence,
        Self::RecruiterOfNeed,
    ];

    const fn template(self) -> &'static Template {
        match self {
            Self::Asked => &ASKED,
            Self::AskedAgain => &ASKED_AGAIN,
            Self::Nudged => &NUDGED,
            Self::WorkHere => &WORK_HERE,
            Self::Released => &RELEASED,
            Self::StoodDown => &STOOD_DOWN,
            Self::RecruiterOfLeaving => &MEMBER_LEFT,
            Self::RecruiterOfSilence => &MEMBER_SILENT,
            Self::RecruiterOfNeed => &MEMBER_NEEDS,
        }
    }

    pub(super) fn from_template(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|told| told.template().name == name)
    }

    fn is_for_member(self) -> bool {
        !matches!(self, Self::RecruiterOfLeaving | Self::RecruiterOfSilence | Self::RecruiterOfNeed)
    }
}

/// Every letter about panels as it ships.
pub const TEMPLATES: [&Template; 9] = [
    &ASKED,
    &ASKED_AGAIN,
    &NUDGED,
    &WORK_HERE,
    &RELEASED,
    &STOOD_DOWN,
    &MEMBER_LEFT,
    &MEMBER_SILENT,
    &MEMBER_NEEDS,
];

const ASKED: Template = Template {
    name: "panel_asked",
    title: "Asked onto a panel",
    sent: "when a recruiter asks an interviewer onto a panel",
    kind: Kind::Process,
    subject: "Can you look at {stage} by {who}?",
    body: "Hello {name},\n\nyou are asked onto the panel for {stage}, level {level}, by {who}. {expected}\n\n\
           Please say until {due} whether you can.",
    action: Some("Answer"),
    closing: "If you know this person, or think you recognise them, say so on that page: somebody else is \
              asked then, and you see nothing more of it.",
    footer: TO_INTERVIEWER,
    blanks: &[
        NAME,
        ORGANISATION,
        STAGE,
        WHO,
        Blank { name: "level", meaning: "the level it is given at", sample: "3" },
        EXPECTED,
        ANSWER_BY,
    ],
};

const ASKED_AGAIN: Template = Template {
    name: "panel_asked_again",
    title: "Reminder to answer about a panel",
    sent: "a working day after somebody was asked onto a panel, where no answer came",
    kind: Kind::Process,
    subject: "{stage} by {who}: can you look at it?",
    body: "Hello {name},\n\nyou were asked onto the panel for {stage} by {who}. An answer is wanted until \
           {due}; a no helps as much as a yes.",
    action: Some("Answer"),
    closing: "",
    footer: TO_INTERVIEWER,
    blanks: &[NAME, ORGANISATION, STAGE, WHO, ANSWER_BY],
};

const NUDGED: Template = Template {
    name: "panel_reminded",
    title: "Reminder to a panel",
    sent: "to the whole panel, when a recruiter reminds it",
    kind: Kind::Process,
    subject: "A reminder about {stage} by {who}",
    body: "Hello {name},\n\nthis goes to everybody on the panel for {stage} by {who}. If you have done your \
           part, nothing is left for you to do.",
    action: Some("See where it stands"),
    closing: "",
    footer: TO_INTERVIEWER,
    blanks: &[NAME, ORGANISATION, STAGE, WHO],
};

pub(super) const WORK_HERE: Template = Template {
    name: "panel_work_here",
    title: "The work is here",
    sent: "when the work is final, to everybody who is on its panel",
    kind: Kind::Process,
    subject: "{stage} by {who} is here to look at",
    body: "Hello {name},\n\n{stage} by {who} {came}. A review is wanted by {by}.",
    action: Some("See it"),
    closing: "If you need longer, name the day on that page; the recruiter is told.",
    footer: TO_INTERVIEWER,
    blanks: &[
        NAME,
        ORGANISATION,
        STAGE,
        WHO,
        Blank {
            name: "came",
            meaning: "how it came, in half a sentence",
            sample: "was handed in, and is final",
        },
        Blank {
            name: "by",
            meaning: "the day by which a review is wanted",
            sample: "8 December 2026",
        },
    ],
};

const RELEASED: Template = Template {
    name: "panel_released",
    title: "Off a panel",
    sent: "when a recruiter takes somebody off a panel",
    kind: Kind::Process,
    subject: "You are off the panel for {stage} by {who}",
    body: "Hello {name},\n\nnothing is left for you to do for {stage} by {who}. Thank you for having been \
           there.",
    action: None,
    closing: "",
    footer: TO_INTERVIEWER,
    blanks: &[NAME, ORGANISATION, STAGE, WHO],
};

const STOOD_DOWN: Template = Template {
    name: "panel_stood_down",
    title: "A panel stands down",
    sent: "to the panel, when a stage ends before it was decided",
    kind: Kind::Process,
    subject: "{stage} by {who} has ended",
    body: "Hello {name},\n\n{stage} by {who} has ended, and nothing is left for you to do.",
    action: None,
    closing: "",
    footer: TO_INTERVIEWER,
    blanks: &[NAME, ORGANISATION, STAGE, WHO],
};

const MEMBER_LEFT: Template = Template {
    name: "panel_member_left",
    title: "Somebody leaves a panel",
    sent: "when an interviewer declines or has a conflict, to the recruiter",
    kind: Kind::Process,
    subject: "{interviewer} is not on the panel for {stage}",
    body: "Hello {name},\n\n{interviewer} {why}, and sees nothing of {stage} by {candidate} any more.",
    action: Some("See whom to ask instead"),
    closing: "",
    footer: TO_RECRUITER,
    blanks: &[
        NAME,
        ORGANISATION,
        STAGE,
        CANDIDATE,
        INTERVIEWER,
        Blank { name: "why", meaning: "in half a sentence", sample: "has told of a conflict" },
    ],
};

const MEMBER_SILENT: Template = Template {
    name: "panel_member_silent",
    title: "No answer about a panel",
    sent: "when an interviewer has not answered in time, to the recruiter",
    kind: Kind::Process,
    subject: "{interviewer} has not answered about {stage}",
    body: "Hello {name},\n\n{interviewer} was asked onto the panel for {stage} by {candidate}, and has not \
           answered in the time that was given.",
    action: Some("Ask somebody else"),
    closing: "",
    footer: TO_RECRUITER,
    blanks: &[NAME, ORGANISATION, STAGE, CANDIDATE, INTERVIEWER],
};

const MEMBER_NEEDS: Template = Template {
    name: "panel_member_needs",
    title: "Somebody needs more time for a review",
    sent: "when an interviewer says until when they need for a review, to the recruiter",
    kind: Kind::Process,
    subject: "{interviewer} needs until {day} for {stage}",
    body: "Hello {name},\n\n{interviewer} is on the panel for {stage} by {candidate}, and needs until {day}.",
    action: Some("See the panel"),
    closing: "If that is too late, ask somebody else in their place.",
    footer: TO_RECRUITER,
    blanks: &[
        NAME,
        ORGANISATION,
        STAGE,
        CANDIDATE,
        INTERVIEWER,
        Blank { name: "day", meaning: "the day they named", sample: "9 December 2026" },
    ],
};

/// Tells somebody of a seat on a panel.
pub(in crate::assignment) async fn tell(
    tx: &mut Tx,
    to: AccountId,
    told: Told,
    seat: (AssignmentId, PanelMemberId),
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    enqueue(tx, to, told, seat, (None, None), now).await.map(|_| ())
}

/// The same at an instant that lies ahead, if it is still so then.
pub(in crate::assignment) async fn tell_at(
    tx: &mut Tx,
    to: AccountId,
    told: Told,
    seat: (AssignmentId, PanelMemberId),
    at: Timestamp,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    enqueue(tx, to, told, seat, (Some(at), None), now).await.map(|_| ())
}

/// Tells a recruiter at `at` of somebody who has not answered by then; once, however often this is called.
pub(in crate::assignment) async fn watch(
    tx: &mut Tx,
    recruiter: AccountId,
    seat: (AssignmentId, PanelMemberId),
    at: Timestamp,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let told = Told::RecruiterOfSilence;
    let dedupe = format!("{} {} {recruiter}", seat.1, told.template().name);
    enqueue(tx, recruiter, told, seat, (Some(at), Some(dedupe)), now).await.map(|_| ())
}

/// Asks somebody again at `at`, if they have not answered by then.
pub(in crate::assignment) async fn remind(
    tx: &mut Tx,
    to: AccountId,
    seat: (AssignmentId, PanelMemberId),
    at: Timestamp,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    tell_at(tx, to, Told::AskedAgain, seat, at, now).await
}

/// Reminds a member with the rest of the panel, once on a day; `false` where that was done.
pub(in crate::assignment) async fn nudge(
    tx: &mut Tx,
    to: AccountId,
    seat: (AssignmentId, PanelMemberId),
    today: Date,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let dedupe = format!("{} nudge {today}", seat.1);
    enqueue(tx, to, Told::Nudged, seat, (None, Some(dedupe)), now).await
}

/// Tells a member at `at`, from when on the work is final, that it is here, if it is so then. Once for each such
/// instant, however often this is called.
pub(in crate::assignment) async fn tell_of_work(
    tx: &mut Tx,
    to: AccountId,
    (assignment, member): (AssignmentId, PanelMemberId),
    at: Timestamp,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let told = Told::WorkHere.template().name;
    let mail = NewMail {
        template: told,
        kind: Kind::Process,
        recipient_id: to.into(),
        refs: Refs::default()
            .id("assignment", assignment)
            .id("member", member)
            .number("date", at.as_microsecond()),
        dedupe: Some(format!("{member} {told} {}", at.as_microsecond())),
        not_before: Some(at.max(now)),
        urgent: false,
    };
    store::enqueue(tx, &mail, now).await?;
    Ok(())
}

async fn enqueue(
    tx: &mut Tx,
    to: AccountId,
    told: Told,
    (assignment, member): (AssignmentId, PanelMemberId),
    (not_before, dedupe): (Option<Timestamp>, Option<String>),
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let mail = NewMail {
        template: told.template().name,
        kind: Kind::Process,
        recipient_id: to.into(),
        refs: Refs::default().id("assignment", assignment).id("member", member),
        dedupe,
        not_before,
        urgent: false,
    };
    Ok(store::enqueue(tx, &mail, now).await?.is_some())
}

/// Whether a letter has still something to say.
fn concerns(told: Told, it: &Concerned, state: &State, phase: Phase, recipient: AccountId) -> bool {
    let reader = if told.is_for_member() { it.account } else { it.recruiter };
    let goes_on = !phase.is_past_voting();
    reader == recipient
        && match told {
            Told::Asked | Told::AskedAgain | Told::RecruiterOfSilence => {
                goes_on && !it.has_accepted && !it.has_left
            }
            Told::WorkHere => phase == Phase::Voting && it.has_accepted && !it.has_left,
            Told::Nudged => goes_on && !it.has_left,
            Told::Released => it.left_why() == Some(Leaving::Replaced),
            Told::StoodDown => {
                matches!(state, State::Closed { .. }) && phase != Phase::Lapsed && !it.has_left
            }
            Told::RecruiterOfLeaving => goes_on && it.has_left,
            Told::RecruiterOfNeed => goes_on && !it.has_left && it.needs_until().is_some(),
        }
}

/// Whether the work is final from the instant on that a letter was made for.
fn is_of(mail: &Queued, state: &State, format: Format) -> Result<bool, Missing> {
    let date: Option<i64> = mail.refs.get_code("date")?.parse().ok();
    Ok(date.is_some() && final_from(state, format).map(Timestamp::as_microsecond) == date)
}

/// Writes one letter about a panel; `None` where it concerns its recipient no more.
pub(super) async fn compose(
    tx: &mut Tx,
    told: Told,
    mail: &Queued,
    sender: &Sender,
    now: Timestamp,
) -> Result<Option<Letter>, ComposeError> {
    let id = AccountId::from(mail.recipient_id);
    let Some(account) = accounts::addressed(tx, id, now).await? else { return Ok(None) };
    let Some(it) = seats::concerned(tx, mail.refs.get_id("member")?).await? else {
        return Ok(None);
    };
    let found = assignments::concerned(tx, mail.refs.get_id("assignment")?).await?;
    let Some(assignment) = found.map(|found| found.assignment) else { return Ok(None) };
    let state = settle(assignment.format, assignment.state.clone(), now);
    let phase = Phase::of(assignment.format, &state, now);
    if !concerns(told, &it, &state, phase, id) {
        return Ok(None);
    }
    if told == Told::WorkHere && !is_of(mail, &state, assignment.format)? {
        return Ok(None);
    }
    let zone = TimeZone::get(&account.zone).unwrap_or(TimeZone::UTC);
    let days = assignment.panel.answer_within_days;
    let day = |day: Date| day.strftime("%-d %B %Y").to_string();
    let by = match expected(&state, assignment.usual) {
        Some(at) => format!("Work is here by {} at the latest. ", day(at.to_zoned(zone).date())),
        None => String::new(),
    };
    let expected = format!(
        "{by}{} you have {days} working day{}.",
        counted_from(assignment.format),
        if days == 1 { "" } else { "s" }
    );
    let by = match &state {
        State::Submitted { at, .. } if told == Told::WorkHere => {
            let calendar = calendar::find(tx).await?.calendar.working_days();
            day(calendar.after(*at, days).to_zoned(calendar.zone.clone()).date())
        }
        _ => String::new(),
    };
    let came = match assignment.format {
        Format::TakeHome => "was handed in, and is final",
        Format::LiveSession => "took place",
        Format::External => "is here to be judged",
    };
    let level = assignment.level.to_string();
    let due = in_their_zone(it.answer_by(), &account);
    let needs = it.needs_until().map(day).unwrap_or_default();
    let why = match it.left_why() {
        Some(Leaving::Conflict) => "has told of a conflict",
        _ => "cannot be on the panel",
    };
    let more = [
        ("stage", assignment.title.as_str()),
        ("who", &it.who),
        ("candidate", &it.candidate),
        ("interviewer", &it.interviewer),
        ("level", &level),
        ("expected", &expected),
        ("due", &due),
        ("day", &needs),
        ("by", &by),
        ("came", came),
        ("why", why),
    ];
    let path = match told.is_for_member() {
        true => paths::review(assignment.id),
        false => paths::panel(it.application, assignment.id),
    };
    let draft = draft(tx, told.template(), (&account, sender), &more, path).await?;
    letter(&draft, (&account, sender)).map(Some)
}
