//! The words of letters about live sessions and external stages.

use super::{NAME, ORGANISATION, REASON, STAGE, TO_CANDIDATE};
use crate::mail::Kind;
use crate::mail::wording::{Blank, Template};

pub(super) const HELD: Template = Template {
    name: "session_held",
    title: "A session was held",
    sent: "when a recruiter says that a live session took place, to the candidate",
    kind: Kind::Process,
    subject: "Thank you for {stage}",
    body: "Hello {name},\n\nthank you for your time in {stage}. The panel now writes down what it has seen.",
    action: Some("See by when we answer"),
    closing: "",
    footer: TO_CANDIDATE,
    blanks: &[NAME, ORGANISATION, STAGE],
};

pub(super) const MISSED: Template = Template {
    name: "session_missed",
    title: "A candidate was not there",
    sent: "when a recruiter says that the candidate was not at a live session, to the candidate",
    kind: Kind::Process,
    subject: "{stage} did not take place",
    body: "Hello {name},\n\n{stage} did not take place: we were there and did not meet you.\n\n{reason}",
    action: Some("See where things stand"),
    closing: "If something came between, answer to your recruiter: they can find another time with you.",
    footer: TO_CANDIDATE,
    blanks: &[NAME, ORGANISATION, STAGE, REASON],
};

pub(super) const REBOOKED: Template = Template {
    name: "session_again",
    title: "A session is held again",
    sent: "when a live session did not take place through the company's fault, to the candidate",
    kind: Kind::Process,
    subject: "{stage} did not take place, and that was on our side",
    body: "Hello {name},\n\n{stage} did not take place, and that was on our side. We are sorry for the time \
           it cost you. Your recruiter finds another time with you, and nothing of it counts against you.\n\n\
           {reason}",
    action: Some("See what is next"),
    closing: "",
    footer: TO_CANDIDATE,
    blanks: &[NAME, ORGANISATION, STAGE, REASON],
};

pub(super) const WITH_FIRM: Template = Template {
    name: "stage_with_firm",
    title: "A stage is with the firm",
    sent: "when a recruiter hands an external stage to the firm that runs it, to the candidate",
    kind: Kind::Process,
    subject: "{stage} begins",
    body: "Hello {name},\n\nthe outside firm that runs {stage} has what it needs and is in touch with you. \
           {how}",
    action: Some("See what is asked"),
    closing: "If you hear nothing from them, answer to your recruiter.",
    footer: TO_CANDIDATE,
    blanks: &[
        NAME,
        ORGANISATION,
        STAGE,
        Blank {
            name: "how",
            meaning: "until when to keep in touch",
            sample: "Keep in touch until 1 December 2026, 23:59 Europe/Warsaw.",
        },
    ],
};

pub(super) const REPORTED: Template = Template {
    name: "report_received",
    title: "What was found is here",
    sent: "when a recruiter says that what was found in an external stage is here, to the candidate",
    kind: Kind::Process,
    subject: "We have what was found in {stage}",
    body: "Hello {name},\n\nwhat was found in {stage} is here, and nothing more is asked of you in it.",
    action: Some("See by when we answer"),
    closing: "",
    footer: TO_CANDIDATE,
    blanks: &[NAME, ORGANISATION, STAGE],
};
