//! An interview under way: an application and a stage that was given in it.

use std::sync::Arc;

use jiff::tz::TimeZone;
use portal::assignment::access::{MayRecruit, MayRunApplication};
use portal::assignment::application::{NewApplication, TimeFactor};
use portal::assignment::store::applications;
use portal::assignment::store::assignments::{self, NewAssignment};
use portal::clock::SignedDuration;
use portal::content::model::Level;
use portal::ids::{AccountId, ApplicationId, AssignmentId, SessionId};
use portal::track::store as tracks;
use portal::web::allowed::{Allowed, Viewer};
use portal::web::viewer::{Person, Role, Roles};

use super::Portal;

/// Who an interview is between.
#[derive(Clone, Copy)]
pub struct Between {
    pub candidate: AccountId,
    pub recruiter: AccountId,
    pub manager: Option<AccountId>,
}

/// What was made.
#[derive(Clone, Copy, Debug)]
pub struct Interview {
    pub application: ApplicationId,
    pub assignment: AssignmentId,
}

/// How long the candidate has to begin.
pub const START_WITHIN: SignedDuration = SignedDuration::from_hours(7 * 24);

impl Portal {
    /// Somebody signed in with a browser, as store functions see them.
    pub fn person(&self, account: AccountId, role: Role) -> Viewer {
        Viewer::Person(Arc::new(Person {
            account,
            session: Some(SessionId::new()),
            name: "Somebody".to_owned(),
            roles: Roles::only(role),
            zone: TimeZone::UTC,
            proved_at: self.clock.now(),
            must_enrol: false,
        }))
    }

    /// An application in the operations track at level 3, and its first stage, given and not begun.
    pub async fn interview(&self, between: Between) -> Interview {
        self.interview_in("operations", between).await
    }

    /// The same in another track.
    pub async fn interview_in(&self, slug: &str, between: Between) -> Interview {
        let now = self.clock.now();
        let viewer = self.person(between.recruiter, Role::Recruiter);
        let mut tx = self.db.begin().await.unwrap();
        let tracks = tracks::list(&mut tx).await.unwrap();
        let track = tracks.iter().find(|track| track.slug == slug).unwrap();
        let recruits = Allowed::<MayRecruit>::ask(&viewer, &()).expect("a recruiter may");
        let level = Level::new(3).unwrap();
        let new = NewApplication {
            candidate: between.candidate,
            track: track.id,
            level,
            manager: between.manager,
            source: "a referral".to_owned(),
            note: String::new(),
            time: TimeFactor::Usual,
        };
        let application = applications::add(&mut tx, &recruits, &new, now).await.unwrap();
        let runs: Option<Allowed<MayRunApplication>> =
            applications::locked(&mut tx, &viewer, application).await.unwrap();
        let stage = track.stages[0].id;
        let new = NewAssignment { stage, level, start_by: Some(now + START_WITHIN) };
        let assignment = assignments::give(&mut tx, &runs.unwrap(), new, now).await.unwrap();
        let _kept = tx.commit().await.unwrap();
        Interview { application, assignment }
    }
}
