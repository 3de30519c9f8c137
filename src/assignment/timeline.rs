//! What happened to an application, in words. Pure.

use std::collections::HashMap;

use uuid::Uuid;

use crate::assignment::events;
use crate::audit::{Note, Recorded, RecordedActor};
use crate::clock::Timestamp;
use crate::ids::AccountId;

/// Events with the names of those who had to do with them.
#[derive(Debug, Default)]
pub struct Timeline {
    pub events: Vec<Recorded>,
    pub names: HashMap<Uuid, String>,
}

/// One thing that happened.
#[derive(Debug, PartialEq, Eq)]
pub struct Line {
    pub at: Timestamp,
    /// `Tomás Ferreira gave Automation challenge`.
    pub says: String,
    /// The particulars, in half a sentence.
    pub detail: Option<String>,
    /// What somebody wrote about it.
    pub note: Option<String>,
}

/// Who reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    Recruiter,
    /// The hiring manager: not what was said about time nor how much, and not when a clock ran out. Each tells
    /// of a candidate's circumstances.
    Manager,
}

/// The events this room has words for, in their order. `stages` are the titles of what was given and of what was
/// counted, by the ids of either.
pub fn lines(told: &Timeline, stages: &[(Uuid, String)], reader: Reader) -> Vec<Line> {
    let lines = told.events.iter().filter_map(|event| {
        let line = line(event, &told.names, stages)?;
        match event.action.as_str() {
            _ if reader == Reader::Recruiter => Some(line),
            events::TIME_ASKED
            | events::TIME_GIVEN
            | events::TIME_REFUSED
            | events::CAME_LATE
            | events::LATE_TAKEN => Some(Line { detail: None, note: None, ..line }),
            // That it did is said where it stands; this would say when.
            events::LAPSED => None,
            _ => Some(line),
        }
    });
    lines.collect()
}

fn line(
    event: &Recorded,
    names: &HashMap<Uuid, String>,
    stages: &[(Uuid, String)],
) -> Option<Line> {
    let who = match &event.by {
        RecordedActor::Person(id) => {
            names.get(&Uuid::from(*id)).map_or("Somebody who is no longer here", String::as_str)
        }
        RecordedActor::System(_) | RecordedActor::Nobody => "The portal",
    };
    let id = ["assignment", "stage"].into_iter().find_map(|part| event.refs.get_id(part).ok());
    let stage = stages.iter().find(|(one, _)| Some(*one) == id);
    let stage = stage.map_or("a stage", |(_, title)| title.as_str());
    let account = event.refs.get_id::<AccountId>("account").ok();
    let is_own = matches!(event.by, RecordedActor::Person(id) if Some(id) == account);
    let whom = account.and_then(|id| names.get(&Uuid::from(id)));
    let whom = whom.map_or("somebody who is no longer here", String::as_str);
    let did = match event.action.as_str() {
        events::APPLICATION_ADDED => "brought the candidate in".to_owned(),
        events::HANDED_OVER => "handed the application over".to_owned(),
        events::IDENTITY_SEEN => "looked at who the candidate is, as an administrator".to_owned(),
        events::CLOSED => "closed the application".to_owned(),
        events::RESUME_KEPT => "added the résumé".to_owned(),
        events::RESUME_REMOVED => "removed the résumé".to_owned(),
        events::GIVEN => format!("gave “{stage}”"),
        events::STAGE_COUNTED => format!("counted “{stage}”, which was passed before"),
        events::COUNT_TAKEN_BACK => format!("took back that “{stage}” counts"),
        events::STARTED => format!("started “{stage}”"),
        events::TIME_ASKED => format!("asked for more time for “{stage}”"),
        events::TIME_GIVEN => format!("gave more time for “{stage}”"),
        events::TIME_REFUSED => format!("gave no more time for “{stage}”"),
        events::START_BY_MOVED => format!("moved the day to start “{stage}” by"),
        events::HANDED_IN => format!("handed in “{stage}”"),
        events::CAME_LATE => format!("sent “{stage}” late"),
        events::LATE_TAKEN => format!("took what came late as the work of “{stage}”"),
        events::TAKEN_BACK => format!("took “{stage}” back"),
        events::FIX_ASKED => format!("asked for a fix of “{stage}”"),
        events::FIX_HANDED_IN => format!("handed in the fix of “{stage}”"),
        events::WORK_PASSED_ON => {
            format!("passed the work of “{stage}” on to the panel as it is, names and all")
        }
        events::LINKS_PASSED_ON => format!("passed the links of “{stage}” on to the panel"),
        events::DECIDED => format!("decided on “{stage}”"),
        events::DECISION_HELD => format!("held the decision on “{stage}”"),
        events::DECISION_LET_GO => format!("let the decision on “{stage}” go out"),
        events::DECISION_SENT => format!("sent the decision on “{stage}” at once"),
        events::DECISION_TAKEN_BACK => format!("took the decision on “{stage}” back"),
        events::OFFER_HANDED_OVER => format!("handed the offer over to {whom}"),
        events::OFFER_RECEIVED => "took the offer over".to_owned(),
        events::OFFER_MADE => "made the offer".to_owned(),
        events::OFFER_ACCEPTED => "noted that the offer was accepted".to_owned(),
        events::OFFER_DECLINED => "noted that the offer was declined".to_owned(),
        events::OFFER_EXPIRED => "let the offer expire".to_owned(),
        events::OFFER_WITHDRAWN => "withdrew the offer".to_owned(),
        events::WITHDRAWN => format!("withdrew from “{stage}”"),
        events::WITHDRAWAL_UNDONE => format!("came back to “{stage}”"),
        events::CANCELLED => format!("cancelled “{stage}”"),
        events::ENDED_EARLY => format!("ended “{stage}” early"),
        events::LAPSED => format!("let “{stage}” lapse"),
        events::REOPENED => format!("gave “{stage}” back"),
        events::REVIVED => format!("revived “{stage}”"),
        events::HELD => format!("held “{stage}”"),
        events::NOT_HELD => format!("did not hold “{stage}”"),
        events::HANDED_TO_FIRM if account.is_some() => format!("handed “{stage}” to {whom}"),
        events::HANDED_TO_FIRM => format!("handed “{stage}” to the firm"),
        events::ASSESSED => format!("handed in the assessment of “{stage}”"),
        events::REPORTED => format!("received the report of “{stage}”"),
        events::OPENED => format!("opened the votes on “{stage}”"),
        events::PANEL_ASKED => format!("asked {whom} onto the panel for “{stage}”"),
        events::PANEL_RESERVE if account.is_some() => {
            format!("called a reserve for “{stage}”, and asked {whom} onto its panel")
        }
        events::PANEL_RESERVE => format!("looked for a reserve for “{stage}”"),
        events::PANEL_JOINED => format!("joined the panel for “{stage}”"),
        events::PANEL_NEEDS_UNTIL => format!("named a day for the review of “{stage}”"),
        events::PANEL_DECLINED => format!("declined the panel for “{stage}”"),
        events::PANEL_RELEASED => format!("took {whom} off the panel for “{stage}”"),
        events::PANEL_REMINDED => format!("reminded the panel for “{stage}”"),
        events::CONFLICT_TOLD if is_own => "told of a conflict with the candidate".to_owned(),
        events::CONFLICT_TOLD => format!("noted that {whom} has a conflict with the candidate"),
        events::CONFLICT_LIFTED => {
            format!("took back that {whom} has a conflict with the candidate")
        }
        events::PANEL_LEFT if is_own => format!("left the panel for “{stage}”, for a conflict"),
        events::PANEL_LEFT => format!("took {whom} off the panel for “{stage}”, for a conflict"),
        _ => return None,
    };
    let note = match &event.note {
        Note::Kept(text) => Some(text.clone()),
        Note::Erased => Some("What was written here was erased.".to_owned()),
        Note::None => None,
    };
    let detail = events::detail(&event.action, &event.refs);
    Some(Line { at: event.at, says: format!("{who} {did}"), detail, note })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{AssignmentId, EventId};
    use crate::refs::Refs;

    #[test]
    fn every_event_of_this_room_has_words_of_its_own_or_is_told_to_nobody() {
        let (tomas, stage) = (AccountId::new(), AssignmentId::new());
        let event = |action: &str| Recorded {
            id: EventId::new(),
            at: "2026-11-24T09:00:00Z".parse().unwrap(),
            action: action.to_owned(),
            by: RecordedActor::Person(tomas),
            about: None,
            refs: Refs::default().id("assignment", stage).number("minutes", 2880),
            note: Note::None,
            sealed: None,
        };
        let told = Timeline {
            events: events::ALL.iter().map(|kind| event(kind.action)).collect(),
            names: HashMap::from([(tomas.into(), "Tomás".to_owned())]),
        };
        let lines = lines(&told, &[(stage.into(), "Automation".to_owned())], Reader::Recruiter);
        // What is said of interviewers belongs to no application.
        assert_eq!(lines.len(), events::ALL.len() - 4 - events::UNTOLD.len());
        assert!(lines.iter().any(|line| line.says == "Tomás gave “Automation”"));
        let details: Vec<_> = lines.iter().filter_map(|line| line.detail.clone()).collect();
        assert_eq!(
            details,
            [
                "2 days after its time was over",
                "2 days",
                "2 days",
                "fewer than the quorum have voted; nobody was free"
            ]
        );
        let theirs =
            super::lines(&told, &[(stage.into(), "Automation".to_owned())], Reader::Manager);
        assert_eq!(theirs.len(), lines.len() - 1);
        assert!(theirs.iter().all(|line| !line.says.contains("lapse")));
        let details: Vec<_> = theirs.into_iter().filter_map(|line| line.detail).collect();
        assert_eq!(details, ["fewer than the quorum have voted; nobody was free"]);
    }
}
