//! Live sessions of the year that are over: enough of them that reports tell something, and three of a kind, of whom
//! they tell nothing.

use std::collections::HashMap;

use super::interviews::person;
use super::votes::{Between, hold, vote};
use super::{Error, days};
use crate::account::access::MayManagePeople;
use crate::account::model::{Email, NewAccount};
use crate::account::store::accounts;
use crate::assignment::closing::Ending;
use crate::assignment::model::Outcome;
use crate::assignment::store::{applications, closing};
use crate::clock::{SignedDuration, Timestamp};
use crate::content::model::Level;
use crate::db::Tx;
use crate::decision::access::MayDecide;
use crate::decision::model::{Contents, Observation};
use crate::decision::store as decisions;
use crate::ids::{AccountId, StageId};
use crate::review::model::Value::{self, Against, For};
use crate::track::model::Track;
use crate::web::allowed::{Allowed, Viewer};
use crate::web::viewer::{Role, Roles};

/// What became of a session.
#[derive(Clone, Copy)]
enum Fate {
    WentOn,
    Declined,
    /// It was closed before it was decided.
    Ended,
}

use Fate::{Declined, Ended, WentOn};

/// Who it was, at which level, how many days ago, what the panel voted, how many days that took, and what became of
/// it.
type Past = (&'static str, u8, i64, [Value; 3], i64, Fate);

const PAST: &[Past] = &[
    ("Adaeze Nwosu", 3, 300, [For, For, For], 2, WentOn),
    ("Björn Halvorsen", 3, 281, [Against, Against, Against], 3, Declined),
    ("Camille Roux", 3, 262, [For, Against, For], 4, WentOn),
    ("Dmitri Volkov", 3, 247, [For, Against, Against], 8, Declined),
    ("Esra Yıldız", 3, 229, [For, For, For], 2, WentOn),
    ("Farid Karimi", 3, 204, [For, For, For], 3, Ended),
    ("Giulia Conti", 3, 190, [For, For, For], 1, WentOn),
    ("Hiroshi Sato", 3, 171, [Against, For, Against], 4, Declined),
    ("Inês Carvalho", 3, 150, [For, For, For], 2, WentOn),
    ("João Batista", 3, 133, [Against, Against, Against], 2, Declined),
    ("Katya Petrova", 3, 117, [For, Against, For], 9, WentOn),
    ("Liam Byrne", 3, 96, [For, For, For], 2, Ended),
    ("Mei Lin", 3, 81, [Against, For, Against], 3, Declined),
    ("Nikos Papas", 3, 64, [For, For, For], 3, WentOn),
    ("Olga Nowak", 3, 52, [For, Against, For], 2, Ended),
];

/// Adds them, in a track whose second stage is a live session.
pub(super) async fn fill(
    tx: &mut Tx,
    people: &HashMap<&'static str, AccountId>,
    (track, stage): (&Track, StageId),
    now: Timestamp,
) -> Result<(), Error> {
    for past in PAST {
        add(tx, people, (track, stage), past, now).await?;
    }
    Ok(())
}

async fn add(
    tx: &mut Tx,
    people: &HashMap<&'static str, AccountId>,
    (track, stage): (&Track, StageId),
    (name, level, ago, values, voted, fate): &Past,
    now: Timestamp,
) -> Result<(), Error> {
    let of = |local: &str| people.get(local).copied().ok_or(Error::Nobody);
    let level = Level::new(*level).ok_or(Error::Nobody)?;
    let held = now - days(*ago);
    let who = Between {
        candidate: account(tx, name, held - days(20)).await?,
        recruiter: of("noor")?,
        manager: of("ingrid")?,
        panel: ["jonas", "priya", "aoi"].map(of).into_iter().collect::<Result<_, _>>()?,
    };
    let given = hold(tx, &who, (track, stage, level), held).await?;
    let runs = person(who.recruiter, Role::Recruiter, now);
    let over = match fate {
        Ended => held + days(1),
        WentOn | Declined => {
            for (account, value) in who.panel.iter().zip(values) {
                let comment = "Told what each command was for, and wrote down what was tried.";
                let said = (*value, comment, level);
                vote(tx, given.assignment, (*account, said), held + days(*voted)).await?;
            }
            let viewer = person(who.manager, Role::HiringManager, now);
            let allowed = Allowed::<MayDecide>::ask(&viewer, &given).ok_or(Error::Nobody)?;
            let at = held + days(*voted) + SignedDuration::from_hours(5);
            let contents = contents(*fate, level);
            decisions::keep(tx, &viewer, &allowed, (&contents, 0), at).await?;
            decisions::following::decide(tx, &viewer, &allowed, 1, at).await?;
            at + days(7)
        }
    };
    let (ending, reason) = match fate {
        WentOn => (Ending::Filled, "You have accepted our offer. Welcome."),
        Declined => (Ending::Declined, "Thank you for the time you took."),
        Ended => (Ending::Withdrew, "You have told us that you go elsewhere. All the best."),
    };
    let allowed = applications::locked(tx, &runs, given.parties.application).await?;
    closing::close(tx, &allowed.ok_or(Error::Nobody)?, (ending, reason), over).await?;
    Ok(())
}

/// The account of somebody who was here once, and cannot sign in any more.
async fn account(tx: &mut Tx, name: &str, at: Timestamp) -> Result<AccountId, Error> {
    let allowed = Allowed::<MayManagePeople>::ask(&Viewer::System("demo"), &())
        .expect("the portal itself may manage people");
    let local: String = name.chars().filter(char::is_ascii_alphabetic).collect();
    let email = format!("{}@example.org", local.to_lowercase());
    let new = NewAccount {
        email: Email::parse(&email).expect("it is an address"),
        name: name.to_owned(),
        roles: Roles::only(Role::Candidate),
        ends_at: None,
    };
    let id = accounts::add(tx, &allowed, &new, at).await?;
    accounts::accept(tx, id, name, "Europe/Paris", None, at).await?;
    Ok(id)
}

fn contents(fate: Fate, level: Level) -> Contents {
    let observation = |is_strength, saw: &str, change: &str| Observation {
        is_strength,
        saw: saw.to_owned(),
        change: change.to_owned(),
        ..Observation::default()
    };
    let mut observations = vec![observation(true, "Read the logs before touching anything.", "")];
    if let Declined = fate {
        let change = "Look at the replica before the primary is restarted.";
        observations.push(observation(false, "Restarted the database twice.", change));
    }
    Contents {
        outcome: Some(if let WentOn = fate { Outcome::Advance } else { Outcome::Decline }),
        level: Some(level),
        observations,
        note: String::new(),
    }
}
