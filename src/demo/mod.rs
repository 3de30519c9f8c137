//! A portal full of believable people and work, for looking around: see `portal demo`.
//!
//! Everything is made by the same store functions that serve real people, at times in the past. Each
//! room's matter is added here when the room is.

mod interviews;
mod offers;
mod panels;
mod past;
mod votes;
mod work;

use std::collections::HashMap;

use crate::account::access::MayManagePeople;
use crate::account::emails;
use crate::account::events::By;
use crate::account::model::{Email, INVITATION_LASTS, NewAccount};
use crate::account::paths;
use crate::account::store::organisation::Organisation;
use crate::account::store::sessions::Browser;
use crate::account::store::tokens::{self, Purpose};
use crate::account::store::{accounts, organisation, sessions};
use crate::account::token::Token;
use crate::assignment::store::adding;
use crate::assignment::store::assignments::NotGiven;
use crate::assignment::store::moves::NotMade;
use crate::assignment::store::panels::NotChanged;
use crate::assignment::store::seats::NotAnswered;
use crate::clock::{SignedDuration, Timestamp};
use crate::db::{Db, Tx};
use crate::decision::store::NotDecided;
use crate::decision::store::offers::NotDone;
use crate::ids::AccountId;
use crate::objects::Objects;
use crate::review::store::votes::NotCast;
use crate::submission::store::drafts::NotKept;
use crate::submission::store::submissions::NotHandedIn;
use crate::submission::store::uploads::NotStored;
use crate::web::allowed::{Allowed, Viewer};
use crate::web::viewer::{Role, Roles};

/// One person of the demo.
struct Cast {
    name: &'static str,
    /// The part of their address before the `@`.
    local: &'static str,
    roles: &'static [Role],
    zone: &'static str,
    state: State,
    /// What is worth looking at as them.
    about: &'static str,
}

enum State {
    /// Signed in with this, so many hours ago.
    Active(&'static str, i64),
    /// Invited so many days ago, and still to answer.
    Invited(i64),
    Closed,
    /// The last day of their account has passed.
    Ended,
}

use State::{Active, Closed, Ended, Invited};

const CAST: &[Cast] = &[
    Cast {
        name: "Maya Okafor",
        local: "maya",
        roles: &[Role::Administrator],
        zone: "Europe/Paris",
        state: Active("Firefox on Linux", 1),
        about: "people, settings, letters, outbox, audit log",
    },
    Cast {
        name: "Tomás Ferreira",
        local: "tomas",
        roles: &[Role::Recruiter],
        zone: "Europe/Lisbon",
        state: Active("Chrome on Mac", 2),
        about: "a recruiter's candidates: running, not started, lapsed, new",
    },
    Cast {
        name: "Noor Haddad",
        local: "noor",
        roles: &[Role::Recruiter, Role::Interviewer],
        zone: "Asia/Amman",
        state: Active("Edge on Windows", 20),
        about: "two roles in one account, and in training on a panel",
    },
    Cast {
        name: "Jonas Lindqvist",
        local: "jonas",
        roles: &[Role::Interviewer],
        zone: "Europe/Stockholm",
        state: Active("Firefox on Linux", 5),
        about: "an interviewer who is on panels, and has voted on one",
    },
    Cast {
        name: "Priya Raghunathan",
        local: "priya",
        roles: &[Role::Interviewer],
        zone: "Asia/Kolkata",
        state: Active("Chrome on Linux", 30),
        about: "an interviewer who is asked onto a panel, and has a vote to cast",
    },
    Cast {
        name: "田中 葵",
        local: "aoi",
        roles: &[Role::Interviewer],
        zone: "Asia/Tokyo",
        state: Active("Safari on Mac", 9),
        about: "an interviewer nine hours ahead",
    },
    Cast {
        name: "Seán O’Malley-Fitzgerald",
        local: "sean",
        roles: &[Role::HiringManager],
        zone: "Europe/Dublin",
        state: Active("Chrome on Windows", 3),
        about: "a hiring manager's desk, and votes to debrief",
    },
    Cast {
        name: "Ingrid Bjørnstad",
        local: "ingrid",
        roles: &[Role::HiringManager, Role::Administrator],
        zone: "Europe/Oslo",
        state: Active("Firefox on Mac", 48),
        about: "a manager who is administrator too",
    },
    Cast {
        name: "Lucía Fernández de Córdoba y Valenzuela",
        local: "lucia",
        roles: &[Role::Hr],
        zone: "Europe/Madrid",
        state: Active("Edge on Windows", 26),
        about: "HR, with an offer to take over, and a long name",
    },
    Cast {
        name: "Derek Osei",
        local: "derek",
        roles: &[Role::External],
        zone: "Africa/Accra",
        state: Active("Chrome on Android", 4),
        about: "an interviewer of an outside firm, until a last day",
    },
    Cast {
        name: "Zoë Brzęczyszczykiewicz",
        local: "zoe",
        roles: &[Role::Candidate],
        zone: "Europe/Warsaw",
        state: Active("Safari on iPhone", 1),
        about: "a candidate in the middle of a challenge, who asked for more time",
    },
    Cast {
        name: "مريم الزهراء",
        local: "maryam",
        roles: &[Role::Candidate],
        zone: "Africa/Casablanca",
        state: Active("Chrome on Android", 7),
        about: "a candidate who has not started yet, and a name from right to left",
    },
    Cast {
        name: "Ng",
        local: "ng",
        roles: &[Role::Candidate],
        zone: "America/Los_Angeles",
        state: Active("Firefox on Windows", 12),
        about: "a candidate who let a challenge lapse, and a short name",
    },
    Cast {
        name: "Kwame Asante",
        local: "kwame",
        roles: &[Role::Candidate],
        zone: "Africa/Accra",
        state: Active("Chrome on Linux", 60),
        about: "a candidate whose panel is voting",
    },
    Cast {
        name: "Inês Carvalho de Albuquerque",
        local: "ines",
        roles: &[Role::Candidate],
        zone: "Europe/Lisbon",
        state: Active("Firefox on Linux", 27),
        about: "a candidate whose work is read",
    },
    Cast {
        name: "Sofía Ibáñez",
        local: "sofia",
        roles: &[Role::Candidate],
        zone: "America/Bogota",
        state: Active("Firefox on Mac", 66),
        about: "a candidate whose panel has voted",
    },
    Cast {
        name: "Amara Nwosu",
        local: "amara",
        roles: &[Role::Candidate],
        zone: "Africa/Lagos",
        state: Active("Safari on Mac", 15),
        about: "a candidate who passed, and whose offer is on its way",
    },
    Cast {
        name: "Wanjirũ Kamau",
        local: "wanjiru",
        roles: &[Role::Interviewer],
        zone: "UTC",
        state: Invited(3),
        about: "",
    },
    Cast {
        name: "Robin Ash 🦊",
        local: "robin",
        roles: &[Role::Candidate],
        zone: "UTC",
        state: Invited(0),
        about: "",
    },
    Cast {
        name: "Pat Doyle",
        local: "pat",
        roles: &[Role::Recruiter],
        zone: "UTC",
        state: Closed,
        about: "",
    },
    Cast {
        name: "Annika Vogt",
        local: "annika",
        roles: &[Role::External],
        zone: "UTC",
        state: Ended,
        about: "",
    },
];

const PRIVACY: &str = "We keep your name, your address and what you hand in, to decide about the role \
                       you applied for.\n\nSix months after the decision all of it is erased, unless you ask \
                       us to keep you in mind. Write to privacy@example.org with any question.";

/// Somebody to sign in as.
pub struct Guest {
    pub email: String,
    pub roles: Roles,
    pub about: &'static str,
}

/// Why a demo could not be filled.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{0}")]
    Account(#[from] accounts::Refused),
    #[error("{0}")]
    Application(#[from] adding::Refused),
    #[error("{0}")]
    Stage(#[from] NotGiven),
    #[error("{0}")]
    Move(#[from] NotMade),
    #[error("{0}")]
    Panel(#[from] NotChanged),
    #[error("{0}")]
    Answer(#[from] NotAnswered),
    #[error("{0}")]
    Vote(#[from] NotCast),
    #[error("{0}")]
    Decision(#[from] NotDecided),
    #[error("{0}")]
    Offer(#[from] NotDone),
    #[error("the database refused a statement: {0}")]
    Database(#[from] sqlx::Error),
    #[error(transparent)]
    Files(#[from] NotStored),
    #[error("their work was refused: {0}")]
    Work(#[from] NotHandedIn),
    #[error("what they typed was refused: {0}")]
    Draft(#[from] NotKept),
    #[error("somebody of the cast is missing, or may not do their part")]
    Nobody,
}

/// What was made.
pub struct Filled {
    pub guests: Vec<Guest>,
    /// The path of an invitation nobody has accepted yet.
    pub invitation: String,
}

/// Fills an empty portal. Everybody who can sign in does so with the password of `hash`.
///
/// # Errors
/// The database fails, or is not empty.
pub async fn fill(db: &Db, objects: &Objects, hash: &str, now: Timestamp) -> Result<Filled, Error> {
    let sent = work::send(objects).await?;
    let allowed = Allowed::<MayManagePeople>::ask(&Viewer::System("demo"), &())
        .expect("the portal itself may manage people");
    let mut tx = db.begin().await?;
    let organisation = Organisation {
        name: "Teleport Cloud".to_owned(),
        mail_sender: Some("interviews@example.org".to_owned()),
        privacy_notice: PRIVACY.to_owned(),
        has_logo: false,
        second_factor_required: false,
    };
    organisation::set_up(&mut tx, &organisation, now - days(30)).await?;
    organisation::mark_as_demo(&mut tx).await?;
    let mut guests = Vec::new();
    let mut invitation = String::new();
    let mut people = HashMap::new();
    for cast in CAST {
        let new = new_account(cast, now);
        let began = now - days(if let Invited(days) = cast.state { days } else { 21 });
        let id = accounts::add(&mut tx, &allowed, &new, began).await?;
        people.insert(cast.local, id);
        match cast.state {
            Active(device, hours) => {
                enter(&mut tx, (id, cast), hash, device, now - SignedDuration::from_hours(hours))
                    .await?;
                guests.push(Guest {
                    email: new.email.as_str().to_owned(),
                    roles: new.roles,
                    about: cast.about,
                });
            }
            Invited(_) => {
                emails::invite(&mut tx, id, began).await?;
                let token = Token::new();
                let (purpose, lasts) = (Purpose::Invitation, INVITATION_LASTS);
                tokens::keep(&mut tx, token.hash(), purpose, Some(id), lasts, now).await?;
                invitation = paths::invitation(token.expose());
            }
            Closed => {
                enter(&mut tx, (id, cast), hash, "Chrome on Mac", now - days(14)).await?;
                // Invited, then accepted.
                accounts::disable(&mut tx, &allowed, (id, 2), now - days(10)).await?;
            }
            Ended => enter(&mut tx, (id, cast), hash, "Chrome on Linux", now - days(5)).await?,
        }
    }
    interviews::fill(&mut tx, &people, &sent, now).await?;
    let _kept = tx.commit().await?;
    Ok(Filled { guests, invitation })
}

fn days(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days)
}

fn new_account(cast: &Cast, now: Timestamp) -> NewAccount {
    let roles = Roles::new(cast.roles.iter().copied()).expect("these roles stand together");
    let ends_at = match cast.state {
        Ended => Some(now - days(2)),
        _ => roles.has(Role::External).then(|| now + days(60)),
    };
    let email = Email::parse(&format!("{}@example.org", cast.local)).expect("it is an address");
    NewAccount { email, name: cast.name.to_owned(), roles, ends_at }
}

/// Accepts an invitation and signs in, both some time ago.
async fn enter(
    tx: &mut Tx,
    (id, cast): (AccountId, &Cast),
    hash: &str,
    device: &str,
    at: Timestamp,
) -> Result<(), sqlx::Error> {
    accounts::accept(tx, id, cast.name, cast.zone, Some(hash), at).await?;
    let secret = Token::new().hash();
    sessions::start(tx, (id, By::Password), Token::new().hash(), Browser { device, secret }, at)
        .await?;
    Ok(())
}
