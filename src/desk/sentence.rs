//! Events in people's words. Pure.

use std::collections::HashMap;

use uuid::Uuid;

use crate::account;
use crate::assignment;
use crate::audit;
use crate::audit::{Group, Kind, RecordedActor};
use crate::content;
use crate::desk::filter::Whom;
use crate::desk::model::{By, Told};
use crate::mail;
use crate::refs::Refs;
use crate::review;
use crate::track;

/// Every kind of event, room by room.
fn kinds() -> impl Iterator<Item = &'static Kind> {
    let rooms = [
        account::events::ALL,
        assignment::events::ALL,
        review::events::ALL,
        track::events::ALL,
        content::events::ALL,
        mail::events::ALL,
        audit::events::ALL,
    ];
    rooms.into_iter().flatten()
}

/// Every group of events, each once, in the order of the rooms.
pub fn groups() -> Vec<Group> {
    let mut groups = Vec::new();
    for kind in kinds() {
        if !groups.contains(&kind.group) {
            groups.push(kind.group);
        }
    }
    groups
}

/// The actions of a group.
pub fn actions(group: Group) -> Vec<&'static str> {
    kinds().filter(|kind| kind.group == group).map(|kind| kind.action).collect()
}

fn detail(action: &str, refs: &Refs) -> Option<String> {
    let details = [
        account::events::detail,
        assignment::events::detail,
        review::events::detail,
        track::events::detail,
        content::events::detail,
        mail::events::detail,
        audit::events::detail,
    ];
    let detail = details.into_iter().find_map(|detail| detail(action, refs));
    detail.filter(|detail| !detail.is_empty())
}

/// What happened, in pieces: `Maya Okafor`, ` invited `, `Jonas Lindqvist`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    pub who: Named,
    pub before: String,
    pub about: Option<Named>,
    pub after: String,
    /// The particulars, in half a sentence.
    pub detail: Option<String>,
}

/// Somebody or something, and what to filter by to see more of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    pub name: String,
    pub whom: Whom,
}

/// `event` in words, with the `names` of accounts, stages and tracks.
pub fn sentence(event: &Told, names: &HashMap<Uuid, String>) -> Sentence {
    let title = kinds().find(|kind| kind.action == event.action).map(|kind| kind.title);
    let who = actor(&event.by, names);
    let about = event.about.as_ref().map(|(kind, id)| thing(kind, *id, names));
    let detail = detail(&event.action, &event.refs);
    // What no room has words for is shown as it is.
    let title = title.map_or_else(|| format!("did {}", event.action), lower_first);
    let (before, about, after) = match title.split_once("{about}") {
        Some((before, after)) => {
            let somebody = Named { name: "somebody unknown".to_owned(), whom: Whom::Anybody };
            (before.to_owned(), Some(about.unwrap_or(somebody)), after.to_owned())
        }
        // Whom it happened to is told where that is somebody else.
        None => match about.filter(|about| is_account(event) && about.whom != who.whom) {
            Some(about) => (format!("{title} ("), Some(about), ")".to_owned()),
            None => (title, None, String::new()),
        },
    };
    Sentence { who, before: format!(" {before}"), about, after, detail }
}

fn is_account(event: &Told) -> bool {
    event.about.as_ref().is_some_and(|(kind, _)| kind == "account")
}

impl Sentence {
    /// Without its particulars, as plain text.
    pub fn text(&self) -> String {
        let about = self.about.as_ref().map_or("", |about| about.name.as_str());
        format!("{}{}{about}{}", self.who.name, self.before, self.after)
    }
}

/// Whoever did something. What a candidate did to their application is not looked for by who they are.
pub fn actor(by: &By, names: &HashMap<Uuid, String>) -> Named {
    let (name, whom) = match by {
        By::Candidate { alias } => (alias.clone(), Whom::Anybody),
        By::Actor(RecordedActor::Person(id)) => {
            let id = Uuid::from(*id);
            (person(id, names), Whom::One(id))
        }
        By::Actor(RecordedActor::System(reason)) => (system(reason), Whom::Portal),
        By::Actor(RecordedActor::Nobody) => ("Somebody not signed in".to_owned(), Whom::Nobody),
    };
    Named { name, whom }
}

fn person(id: Uuid, names: &HashMap<Uuid, String>) -> String {
    names.get(&id).cloned().unwrap_or_else(|| "Somebody who is no longer here".to_owned())
}

fn thing(kind: &str, id: Uuid, names: &HashMap<Uuid, String>) -> Named {
    let name = match kind {
        "account" => person(id, names),
        "mail" => "a letter".to_owned(),
        "session" => "a browser".to_owned(),
        "application" => "an application".to_owned(),
        "stage" => names.get(&id).cloned().unwrap_or_else(|| "a stage".to_owned()),
        "track" => names.get(&id).cloned().unwrap_or_else(|| "a track".to_owned()),
        other => format!("{} {id}", other.replace('_', " ")),
    };
    Named { name, whom: Whom::One(id) }
}

/// The portal, or its operator, for the reason that was given.
fn system(reason: &str) -> String {
    match reason {
        "account add" | "account link" | "account reset" | "content sync" => {
            format!("The operator (portal {reason})")
        }
        "votes" => "The portal (for the panel)".to_owned(),
        "first start" => "The portal (at its first start)".to_owned(),
        reason => format!("The portal ({reason})"),
    }
}

fn lower_first(title: &str) -> String {
    let mut letters = title.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::model::Written;
    use crate::ids::{AccountId, EventId};

    fn said(action: &str, by: RecordedActor, about: Option<(&str, Uuid)>) -> String {
        let (maya, jonas) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let names = HashMap::from([(maya, "Maya".to_owned()), (jonas, "Jonas".to_owned())]);
        let event = Told {
            id: EventId::from(Uuid::nil()),
            at: "2026-11-24T09:00:00Z".parse().unwrap(),
            action: action.to_owned(),
            by: By::Actor(by),
            about: about.map(|(kind, id)| (kind.to_owned(), id)),
            refs: Refs::default(),
            note: Written::Nothing,
            sealed: None,
        };
        sentence(&event, &names).text()
    }

    #[test]
    fn events_are_told_in_peoples_words() {
        let (maya, jonas) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let by_maya = || RecordedActor::Person(AccountId::from(maya));
        let system = |reason: &str| RecordedActor::System(reason.to_owned());
        let invited = account::events::INVITED;
        assert_eq!(said(invited, by_maya(), Some(("account", jonas))), "Maya invited Jonas");
        let signed_in = account::events::SIGNED_IN;
        assert_eq!(said(signed_in, by_maya(), Some(("session", jonas))), "Maya signed in");
        let gone = Some(("account", Uuid::from_u128(9)));
        assert_eq!(
            said(invited, system("account add"), gone),
            "The operator (portal account add) invited Somebody who is no longer here"
        );
        let given_up = mail::events::GIVEN_UP;
        assert_eq!(
            said(given_up, system("mail worker"), Some(("mail", maya))),
            "The portal (mail worker) gave up sending a letter"
        );
        let changed = account::events::PASSWORD_CHANGED;
        let about = |id| Some(("account", id));
        assert_eq!(said(changed, by_maya(), about(maya)), "Maya changed their password");
        assert_eq!(said(changed, by_maya(), about(jonas)), "Maya changed their password (Jonas)");
        assert_eq!(
            said("vote.opened", RecordedActor::Nobody, None),
            "Somebody not signed in did vote.opened"
        );
    }

    #[test]
    fn every_action_is_listed_once_and_begins_with_its_room() {
        let mut actions: Vec<&str> = kinds().map(|kind| kind.action).collect();
        let all = actions.len();
        actions.sort_unstable();
        actions.dedup();
        assert_eq!(actions.len(), all);
        for kind in kinds() {
            assert!(kind.action.contains('.') && !kind.title.is_empty(), "{}", kind.action);
        }
        for group in groups() {
            assert!(groups().iter().filter(|other| other.code == group.code).count() == 1);
        }
    }
}
