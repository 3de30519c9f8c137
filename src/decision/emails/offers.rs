//! The letters about an offer: who takes over, that it was made, and how it ended. Each is written with what is true
//! when it is sent.

use super::{CANDIDATE, NAME, ORGANISATION};
use crate::account::emails::{Sender, draft, in_their_zone};
use crate::account::model::Account;
use crate::account::paths::MY;
use crate::assignment::emails::{TO_CANDIDATE, TO_RECRUITER};
use crate::assignment::paths;
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::decision::offer::{State, settle};
use crate::decision::paths::offer;
use crate::decision::store::offers;
use crate::ids::{AccountId, OfferId};
use crate::mail::letter::Draft;
use crate::mail::wording::{Blank, Template};
use crate::mail::{ComposeError, Kind, NewMail, Queued, Refs, store};

/// These letters as they ship.
pub const TEMPLATES: [&Template; 6] =
    [&HANDED_OVER, &TAKEN_OVER, &NOT_RECEIVED, &MADE, &ENDED_FOR_CANDIDATE, &ENDED];

const HR: Blank = Blank {
    name: "hr",
    meaning: "who of HR looks after it",
    sample: "Lucía Fernández de Córdoba y Valenzuela",
};
const BY: Blank = Blank {
    name: "by",
    meaning: "by when, in their time zone",
    sample: "8 December 2026, 23:59 Europe/Warsaw",
};
const TRACK: Blank = Blank {
    name: "track",
    meaning: "what the track is called",
    sample: "Site Reliability Engineers",
};
const WHAT: Blank = Blank {
    name: "what",
    meaning: "how it ended, and why where that was said",
    sample: "was accepted.",
};

const HANDED_OVER: Template = Template {
    name: "offer_handed_over",
    title: "An offer is handed over",
    sent: "when a recruiter hands an offer over, to whoever of HR it is handed to",
    kind: Kind::Process,
    subject: "An offer for {candidate} is yours to make",
    body: "Hello {name},\n\n{candidate} has passed every stage of {track}, and was told that you contact them by \
           {by}. Please say that it is with you.",
    action: Some("Take it over"),
    closing: "",
    footer: "You receive this because you make offers at {organisation}.",
    blanks: &[NAME, ORGANISATION, CANDIDATE, TRACK, BY],
};

const TAKEN_OVER: Template = Template {
    name: "offer_coming",
    title: "HR takes over",
    sent: "when a recruiter hands an offer over, to the candidate",
    kind: Kind::Process,
    subject: "An offer from {organisation}",
    body: "Hello {name},\n\nyou have passed every stage of {track}, and we would like to make you an offer. {hr} \
           takes over from here, and contacts you by {by}.",
    action: Some("See how it goes on"),
    closing: "",
    footer: TO_CANDIDATE,
    blanks: &[NAME, ORGANISATION, TRACK, HR, BY],
};

const NOT_RECEIVED: Template = Template {
    name: "offer_not_received",
    title: "An offer was not taken over",
    sent: "a working day after an offer was handed over and nobody said that it is with them, to the recruiter and \
           the hiring manager",
    kind: Kind::Process,
    subject: "{hr} has not taken the offer for {candidate} over",
    body: "Hello {name},\n\nthe offer for {candidate} was handed over to {hr}, who has not said that it is with \
           them. {candidate} was told to hear from them by {by}.",
    action: Some("See to it"),
    closing: "",
    footer: TO_RECRUITER,
    blanks: &[NAME, ORGANISATION, CANDIDATE, HR, BY],
};

const MADE: Template = Template {
    name: "offer_made",
    title: "An offer was made",
    sent: "when HR has made an offer, or given it another day, to the candidate",
    kind: Kind::Process,
    subject: "Your offer from {organisation}",
    body: "Hello {name},\n\nyou have our offer for {track}. Please answer {hr} by {by}.",
    action: Some("See where things stand"),
    closing: "",
    footer: TO_CANDIDATE,
    blanks: &[NAME, ORGANISATION, TRACK, HR, BY],
};

const ENDED_FOR_CANDIDATE: Template = Template {
    name: "offer_over",
    title: "An offer is over",
    sent: "when an offer expires, or the company withdraws it, to the candidate",
    kind: Kind::Process,
    subject: "Your offer from {organisation} is over",
    body: "Hello {name},\n\nour offer for {track} {what}",
    action: Some("See where things stand"),
    closing: "Your recruiter can say more.",
    footer: TO_CANDIDATE,
    blanks: &[NAME, ORGANISATION, TRACK, WHAT],
};

const ENDED: Template = Template {
    name: "offer_ended",
    title: "An offer has ended",
    sent: "when an offer is accepted, declined, withdrawn or expires, to the recruiter and the hiring manager",
    kind: Kind::Process,
    subject: "The offer for {candidate} has ended",
    body: "Hello {name},\n\nthe offer for {candidate} in {track} {what}",
    action: Some("See the application"),
    closing: "",
    footer: TO_RECRUITER,
    blanks: &[NAME, ORGANISATION, CANDIDATE, TRACK, WHAT],
};

/// The candidate, the recruiter and the hiring manager.
type Whose = (AccountId, AccountId, Option<AccountId>);

/// Tells those whom it concerns that an offer is handed over, and puts in line what is told if nobody has taken it
/// over by `at`.
pub(in crate::decision) async fn hand_over(
    tx: &mut Tx,
    (id, hr): (OfferId, AccountId),
    (candidate, recruiter, manager): Whose,
    at: Timestamp,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let when = now.as_microsecond();
    tell(tx, (hr, &HANDED_OVER), (id, when), None, now).await?;
    tell(tx, (candidate, &TAKEN_OVER), (id, when), None, now).await?;
    for to in std::iter::once(recruiter).chain(manager) {
        tell(tx, (to, &NOT_RECEIVED), (id, when), Some(at), now).await?;
    }
    Ok(())
}

/// Tells those whom it concerns what became of an offer, and puts in line what is told if it expires.
pub(in crate::decision) async fn moved(
    tx: &mut Tx,
    (id, state): (OfferId, State),
    (candidate, recruiter, manager): Whose,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let staff = || std::iter::once(recruiter).chain(manager);
    let (at, own) = match state {
        State::Made { answer_by } => {
            let when = answer_by.as_microsecond();
            tell(tx, (candidate, &MADE), (id, when), None, now).await?;
            (answer_by, true)
        }
        State::Withdrawn { .. } => (now, true),
        State::Accepted { .. } | State::Declined { .. } => (now, false),
        State::HandedOver | State::Received | State::Expired { .. } => return Ok(()),
    };
    let when = at.as_microsecond();
    if own {
        tell(tx, (candidate, &ENDED_FOR_CANDIDATE), (id, when), Some(at), now).await?;
    }
    for to in staff() {
        tell(tx, (to, &ENDED), (id, when), Some(at), now).await?;
    }
    Ok(())
}

/// Each is told once of what happened at, or is wanted by, the instant `when`.
async fn tell(
    tx: &mut Tx,
    (to, template): (AccountId, &'static Template),
    (id, when): (OfferId, i64),
    not_before: Option<Timestamp>,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let mail = NewMail {
        template: template.name,
        kind: Kind::Process,
        recipient_id: to.into(),
        refs: Refs::default().id("offer", id).number("date", when),
        dedupe: Some(format!("{id} {} {when} {to}", template.name)),
        not_before,
        urgent: false,
    };
    store::enqueue(tx, &mail, now).await?;
    Ok(())
}

/// Whether a letter of this name is one of these.
pub(super) fn is_one(name: &str) -> bool {
    TEMPLATES.iter().any(|template| template.name == name)
}

/// Writes one of these letters; `None` where it concerns its recipient no more, or things have gone on.
pub(super) async fn compose(
    tx: &mut Tx,
    mail: &Queued,
    (account, sender): (&Account, &Sender),
    now: Timestamp,
) -> Result<Option<Draft>, ComposeError> {
    let template = TEMPLATES.into_iter().find(|template| template.name == mail.template);
    let template = template.ok_or(ComposeError::UnknownTemplate)?;
    let found = offers::concerned(tx, mail.refs.get_id("offer")?).await?;
    let Some(it) = found else { return Ok(None) };
    let when: Option<i64> = mail.refs.get_code("date")?.parse().ok();
    let state = settle(it.offer.state, now);
    let is_handed_over = when == Some(it.offer.handed_over_at.as_microsecond());
    let at = |at: Timestamp| when == Some(at.as_microsecond());
    let by = match state {
        State::Made { answer_by } => answer_by,
        _ => it.offer.contact_by,
    };
    let is_true = match template.name {
        name if name == HANDED_OVER.name || name == NOT_RECEIVED.name => {
            is_handed_over && state == State::HandedOver
        }
        name if name == TAKEN_OVER.name => {
            is_handed_over && matches!(state, State::HandedOver | State::Received)
        }
        name if name == MADE.name => matches!(state, State::Made { answer_by } if at(answer_by)),
        _ => match state {
            State::Expired { at: over } => at(over),
            State::Accepted { at: over }
            | State::Declined { at: over }
            | State::Withdrawn { at: over } => at(over),
            _ => false,
        },
    };
    let staff = [Some(it.parties.recruiter), it.parties.manager];
    let is_for_staff = template.name == NOT_RECEIVED.name || template.name == ENDED.name;
    let (concerns, path) = match template.name {
        name if name == HANDED_OVER.name => (it.offer.hr == account.id, offer(it.offer.id)),
        _ if is_for_staff => {
            (staff.contains(&Some(account.id)), paths::offer(it.parties.application))
        }
        _ => (it.parties.candidate == account.id, MY.to_owned()),
    };
    if !is_true || !concerns {
        return Ok(None);
    }
    let by = in_their_zone(by, account);
    let more = [
        ("candidate", it.candidate_name.as_str()),
        ("track", &it.track),
        ("hr", &it.offer.hr_name),
        ("by", &by),
        ("what", &ended(state, &it.offer.reason)),
    ];
    Ok(Some(draft(tx, template, (account, sender), &more, path).await?))
}

/// How it ended, as the rest of a sentence.
fn ended(state: State, reason: &str) -> String {
    let what = match state {
        State::Accepted { .. } => "was accepted.",
        State::Declined { .. } => "was declined.",
        State::Expired { .. } => "has expired: no answer came in time.",
        _ => "was withdrawn.",
    };
    if reason.is_empty() { what.to_owned() } else { format!("{what}\n\n{reason}") }
}
