//! What this room joins. Pure.

use uuid::Uuid;

use crate::account;
use crate::assignment;
use crate::audit::chain::Head;
use crate::audit::store::Place;
use crate::audit::{Note, Recorded, RecordedActor};
use crate::clock::Timestamp;
use crate::decision;
use crate::ids::{AccountId, ApplicationId, EventId};
use crate::mail::wording::Template;
use crate::refs::Refs;
use crate::review;
use crate::submission;

/// Every kind of letter the portal sends, in the order of the process.
pub fn templates() -> impl Iterator<Item = &'static Template> {
    let account = account::emails::TEMPLATES.into_iter();
    account
        .chain(assignment::emails::templates())
        .chain(submission::emails::TEMPLATES)
        .chain(review::emails::TEMPLATES)
        .chain(decision::emails::templates())
}

/// The kind of letter called `name`.
pub fn template(name: &str) -> Option<&'static Template> {
    templates().find(|template| template.name == name)
}

/// An event as administrators are told it: without whoever is behind the application it is about.
#[derive(Clone, Debug)]
pub struct Told {
    pub id: EventId,
    pub at: Timestamp,
    pub action: String,
    pub by: By,
    /// The kind of thing it happened to, and its id.
    pub about: Option<(String, Uuid)>,
    pub refs: Refs,
    pub note: Written,
    pub sealed: Option<Head>,
}

/// Who did it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum By {
    /// Whoever the log has.
    Actor(RecordedActor),
    /// The candidate whose application it is about.
    Candidate { alias: String },
}

/// What somebody wrote about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    Nothing,
    Kept(String),
    Erased,
    /// It can name the candidate, or tell of their circumstances: for those who look after the application.
    Withheld,
}

/// Who is behind an application, which is kept apart from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Behind {
    pub candidate: AccountId,
    pub alias: String,
}

/// Whom a letter goes to, as administrators are told it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum To {
    Somebody(AccountId),
    /// The candidate of the application it is about.
    Candidate {
        application: ApplicationId,
        alias: String,
    },
    /// It is about work that whoever reads looks at, or looked at: neither whom it goes to nor what it is.
    Withheld,
}

/// What a letter is about: an application, what was given or handed in in one, or its offer.
pub fn subject(refs: &Refs) -> Option<Uuid> {
    let parts = ["assignment", "application", "submission", "offer"];
    parts.into_iter().find_map(|part| refs.get_id(part).ok())
}

impl Told {
    /// `event`, and who is behind the application it is about, where it is about one.
    pub fn of(event: Recorded, behind: Option<&Behind>) -> Self {
        let note = match event.note {
            Note::None => Written::Nothing,
            Note::Erased => Written::Erased,
            Note::Kept(_) if behind.is_some() => Written::Withheld,
            Note::Kept(text) => Written::Kept(text),
        };
        let by = match (event.by, behind) {
            (RecordedActor::Person(id), Some(it)) if id == it.candidate => {
                By::Candidate { alias: it.alias.clone() }
            }
            (by, _) => By::Actor(by),
        };
        let refs = match behind {
            Some(it) => event.refs.without(it.candidate),
            None => event.refs,
        };
        let (id, at, action, about) = (event.id, event.at, event.action, event.about);
        Self { id, at, action, by, about, refs, note, sealed: event.sealed }
    }

    pub fn place(&self) -> Place {
        Place { at: self.at, id: self.id }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_candidate_is_told_by_their_alias_beside_their_application_alone() {
        let (zoe, maya, application) = (AccountId::new(), AccountId::new(), Uuid::from_u128(7));
        let event = |by: AccountId, of: AccountId, kind: &str| Recorded {
            id: EventId::new(),
            at: "2026-11-24T09:00:00Z".parse().unwrap(),
            action: "test.done".to_owned(),
            by: RecordedActor::Person(by),
            about: Some((kind.to_owned(), application)),
            refs: Refs::default().id("account", of).id("stage", Uuid::from_u128(8)),
            note: Note::Kept("Zoë has the flu.".to_owned()),
            sealed: None,
        };
        let behind = Behind { candidate: zoe, alias: "Heron 42".to_owned() };
        let own = Told::of(event(zoe, zoe, "application"), Some(&behind));
        assert_eq!(own.by, By::Candidate { alias: "Heron 42".to_owned() });
        assert_eq!(own.refs.iter().count(), 1);
        assert_eq!(own.note, Written::Withheld);
        assert!(!format!("{own:?}").contains(&zoe.to_string()));
        let others = Told::of(event(maya, maya, "application"), Some(&behind));
        assert_eq!(others.by, By::Actor(RecordedActor::Person(maya)));
        assert_eq!(others.refs.iter().count(), 2);
        let elsewhere = Told::of(event(zoe, zoe, "account"), None);
        assert_eq!(elsewhere.by, By::Actor(RecordedActor::Person(zoe)));
        assert_eq!(elsewhere.note, Written::Kept("Zoë has the flu.".to_owned()));
    }
}
