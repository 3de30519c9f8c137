//! The letters about a fix that a panel asks for: to the candidate, and to the panel once it is here. A blind panel
//! reads of an alias here too.

use super::{NAME, ORGANISATION, STAGE, TO_CANDIDATE};
use crate::account::emails::{Sender, draft, in_their_zone, letter};
use crate::account::store::{accounts, calendar};
use crate::assignment::emails::panel::{TO_INTERVIEWER, WHO};
use crate::assignment::paths;
use crate::assignment::store::assignments;
use crate::assignment::store::seats;
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::ids::{AccountId, AssignmentId, PanelMemberId};
use crate::mail::wording::{Blank, Template};
use crate::mail::{ComposeError, Kind, Letter, NewMail, Queued, Refs, store};

/// These letters as they ship.
pub const TEMPLATES: [&Template; 3] = [&ASKED, &RECEIVED, &HERE];

const ASKED: Template = Template {
    name: "fix_asked",
    title: "A fix is asked for",
    sent: "when a panel asks for a fix of what does not build or run, to the candidate",
    kind: Kind::Process,
    subject: "{stage}: please fix what does not build or run",
    body: "Hello {name},\n\nthe panel could not build or run your work for {stage}. The page of the stage says what \
           they did. Until {due} you can hand in once more; mend that, and nothing else.",
    action: Some("See what does not build or run"),
    closing: "This can happen to anybody: machines differ. If you hand in nothing, what you have handed in counts.",
    footer: TO_CANDIDATE,
    blanks: &[
        NAME,
        ORGANISATION,
        STAGE,
        Blank {
            name: "due",
            meaning: "until when it can be handed in, in their time zone",
            sample: "8 December 2026, 09:14 Europe/Warsaw",
        },
    ],
};

const RECEIVED: Template = Template {
    name: "fix_received",
    title: "A fix was received",
    sent: "when a candidate hands in the fix that a panel asked for, to them",
    kind: Kind::Process,
    subject: "We have the fix of {stage}",
    body: "Hello {name},\n\nwe received the fix of {stage} on {at}. The panel has it, beside what you handed in before.",
    action: Some("See what was handed in"),
    closing: "",
    footer: TO_CANDIDATE,
    blanks: &[
        NAME,
        ORGANISATION,
        STAGE,
        Blank {
            name: "at",
            meaning: "when it was received, in their time zone",
            sample: "8 December 2026, 09:14 Europe/Warsaw",
        },
    ],
};

const HERE: Template = Template {
    name: "fix_here",
    title: "The fix is here",
    sent: "when a candidate hands in the fix that a panel asked for, to everybody who is on the panel",
    kind: Kind::Process,
    subject: "The fix of {stage} by {who} is here",
    body: "Hello {name},\n\nthe fix of {stage} by {who} is here. A review is wanted by {by}. If you have done your \
           part, you can still change it until the votes are open.",
    action: Some("See it"),
    closing: "",
    footer: TO_INTERVIEWER,
    blanks: &[
        NAME,
        ORGANISATION,
        STAGE,
        WHO,
        Blank {
            name: "by",
            meaning: "the day by which a review is wanted",
            sample: "8 December 2026",
        },
    ],
};

/// Tells the candidate what is asked of them.
pub(in crate::assignment) async fn asked(
    tx: &mut Tx,
    to: AccountId,
    assignment: AssignmentId,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    tell(tx, to, &ASKED, Refs::default().id("assignment", assignment), now).await
}

/// Sends the candidate the receipt of their fix.
pub(in crate::assignment) async fn received(
    tx: &mut Tx,
    to: AccountId,
    assignment: AssignmentId,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    tell(tx, to, &RECEIVED, Refs::default().id("assignment", assignment), now).await
}

/// Tells a member that it is here.
pub(in crate::assignment) async fn here(
    tx: &mut Tx,
    to: AccountId,
    (assignment, member): (AssignmentId, PanelMemberId),
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let refs = Refs::default().id("assignment", assignment).id("member", member);
    tell(tx, to, &HERE, refs, now).await
}

async fn tell(
    tx: &mut Tx,
    to: AccountId,
    template: &'static Template,
    refs: Refs,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let assignment: Result<AssignmentId, _> = refs.get_id("assignment");
    let mail = NewMail {
        template: template.name,
        kind: Kind::Process,
        recipient_id: to.into(),
        dedupe: assignment.ok().map(|id| format!("{id} {} {to}", template.name)),
        refs,
        not_before: None,
        urgent: false,
    };
    store::enqueue(tx, &mail, now).await?;
    Ok(())
}

/// Whether a letter of this name is one of these.
pub(super) fn is_one(name: &str) -> bool {
    TEMPLATES.iter().any(|template| template.name == name)
}

/// Writes one of these letters; `None` where it concerns its recipient no more.
pub(super) async fn compose(
    tx: &mut Tx,
    mail: &Queued,
    sender: &Sender,
    now: Timestamp,
) -> Result<Option<Letter>, ComposeError> {
    let id = AccountId::from(mail.recipient_id);
    let Some(account) = accounts::addressed(tx, id, now).await? else { return Ok(None) };
    let found = assignments::concerned(tx, mail.refs.get_id("assignment")?).await?;
    let Some(it) = found.filter(|it| !it.is_closed) else { return Ok(None) };
    let Some(fix) = it.assignment.fix else { return Ok(None) };
    let (template, who, path) = match mail.template == HERE.name {
        true => {
            let seat = seats::concerned(tx, mail.refs.get_id("member")?).await?;
            let seat = seat.filter(|seat| seat.account == id && !seat.has_left);
            let Some(seat) = seat else { return Ok(None) };
            (&HERE, seat.who, paths::review(it.assignment.id))
        }
        false if it.candidate != id => return Ok(None),
        false if mail.template == RECEIVED.name => {
            (&RECEIVED, String::new(), paths::own_hand_in(it.assignment.id))
        }
        false => {
            let handed_in = it.assignment.handed_in.unwrap_or(fix.asked_at);
            if !fix.is_open(handed_in, now) {
                return Ok(None);
            }
            (&ASKED, String::new(), paths::own(it.assignment.id))
        }
    };
    let due = in_their_zone(fix.due, &account);
    let at = fix.handed_in.map(|at| in_their_zone(at, &account)).unwrap_or_default();
    let calendar = calendar::find(tx).await?.calendar.working_days();
    let from = fix.handed_in.unwrap_or(fix.due);
    let by = calendar.after(from, it.assignment.panel.answer_within_days);
    let by = by.to_zoned(calendar.zone.clone()).date().strftime("%-d %B %Y").to_string();
    let more = [
        ("stage", it.assignment.title.as_str()),
        ("who", &who),
        ("due", &due),
        ("at", &at),
        ("by", &by),
    ];
    let draft = draft(tx, template, (&account, sender), &more, path).await?;
    letter(&draft, (&account, sender)).map(Some)
}
