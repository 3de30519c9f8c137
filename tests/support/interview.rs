//! An interview under way: an application and a stage that was given in it.

use std::io::{Seek, Write};
use std::sync::Arc;

use jiff::tz::TimeZone;
use jiff_sqlx::ToSqlx;
use portal::assignment::access::{MayQualify, MayRecruit, MayRunApplication, MayTakeAssignment};
use portal::assignment::application::{NewApplication, TimeFactor};
use portal::assignment::deeds::Step;
use portal::assignment::store::assignments::{self, NewAssignment};
use portal::assignment::store::interviewers;
use portal::assignment::store::moves;
use portal::assignment::store::{adding, applications};
use portal::clock::{SignedDuration, Timestamp};
use portal::content::import::settings::Format;
use portal::content::model::Level;
use portal::ids::{AccountId, ApplicationId, AssignmentId, PanelMemberId, SessionId};
use portal::submission::model::Contents;
use portal::submission::store::drafts;
use portal::submission::store::submissions::{self, Handing};
use portal::submission::store::uploads::{self, Ready};
use portal::track::store as tracks;
use portal::web::allowed::{Allowed, Viewer};
use portal::web::upload::Received;
use portal::web::viewer::{Person, Role, Roles};

use super::Portal;
use super::archive::{File, zip};

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

impl Interview {
    /// Where its recruiter has the receipt.
    pub fn receipt(&self) -> String {
        format!("/applications/{}/assignments/{}/receipt", self.application, self.assignment)
    }
}

/// What the panel saw in a stage that was passed.
pub const SAW: &str = "Every state of a connection has a test (poll_test.go:40).";

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
        let application = self.application_in(slug, between).await;
        let now = self.clock.now();
        let viewer = self.person(between.recruiter, Role::Recruiter);
        let mut tx = self.db.begin().await.unwrap();
        let tracks = tracks::list(&mut tx).await.unwrap();
        let track = tracks.iter().find(|track| track.slug == slug).unwrap();
        let runs: Option<Allowed<MayRunApplication>> =
            applications::locked(&mut tx, &viewer, application).await.unwrap();
        let (stage, level) = (track.stages[0].id, Level::new(3).unwrap());
        let new = NewAssignment { stage, level, start_by: Some(now + START_WITHIN) };
        let assignment = assignments::give(&mut tx, &runs.unwrap(), new, now).await.unwrap();
        let _kept = tx.commit().await.unwrap();
        Interview { application, assignment }
    }

    /// An application in a track at level 3, in which nothing was given.
    pub async fn application_in(&self, slug: &str, between: Between) -> ApplicationId {
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
            resume: None,
        };
        let application = adding::add(&mut tx, &recruits, &new, now).await.unwrap();
        let _kept = tx.commit().await.unwrap();
        application
    }

    /// The stage of an interview was passed at a level, and its candidate was told so then.
    pub async fn pass(&self, made: Interview, level: i16, at: Timestamp) {
        let owner = self.owner().await;
        sqlx::query(
            "update assignment
             set state = 'decided', started_at = $2, due_at = $2, cutoff_at = $2, work_at = $2,
               submitted_at = $2, opened_at = $2, opened_how = 'complete', decided_at = $2,
               outcome = 'advance', decided_level = $3, told_at = $2
             where assignment_id = $1",
        )
        .bind(made.assignment)
        .bind(at.to_sqlx())
        .bind(level)
        .execute(&owner)
        .await
        .unwrap();
        sqlx::query(
            "insert into decision
               (assignment_id, outcome, level, observations, note, saved_at, decided_by, decided_at)
             select $1, 'advance', $3, $4, 'Known to its manager.', $2, recruiter_id, $2
             from application
             where application_id = $5",
        )
        .bind(made.assignment)
        .bind(at.to_sqlx())
        .bind(level)
        .bind(serde_json::json!([{
            "is_strength": true, "saw": SAW, "asks": "Tests for corner cases.", "change": ""
        }]))
        .bind(made.application)
        .execute(&owner)
        .await
        .unwrap();
    }

    /// Sits somebody on the panel of an interview, asked and not yet answered.
    pub async fn seat(&self, made: Interview, account: AccountId) {
        let now = self.clock.now().to_sqlx();
        sqlx::query(
            "insert into panel_member
               (panel_member_id, assignment_id, account_id, is_shadow, invited_at, answer_by)
             values ($1, $2, $3, false, $4, $4)",
        )
        .bind(PanelMemberId::new())
        .bind(made.assignment)
        .bind(account)
        .bind(now)
        .execute(&self.owner().await)
        .await
        .unwrap();
    }

    /// Starts the first stage of an interview and hands it in, with a link, a note and a file.
    pub async fn hand_in_work(&self, made: Interview) {
        self.hand_in_files(made, &["poll.go"]).await;
    }

    /// The same with these files.
    pub async fn hand_in_files(&self, made: Interview, names: &[&str]) {
        let now = self.clock.now();
        let owner = self.owner().await;
        let candidate = "select candidate_id from application where application_id = $1";
        let candidate: AccountId =
            sqlx::query_scalar(candidate).bind(made.application).fetch_one(&owner).await.unwrap();
        let viewer = self.person(candidate, Role::Candidate);
        let facts = assignments::facts(&self.db, made.assignment).await.unwrap().unwrap();
        let takes = Allowed::<MayTakeAssignment>::ask(&viewer, &facts).unwrap();
        let files: Vec<File> = names.iter().map(|name| File::new(name, "package main\n")).collect();
        let sent = self.sent(&zip(&files), Format::TakeHome).await;
        let mut tx = self.db.begin().await.unwrap();
        moves::take(&mut tx, &viewer, &takes, Step::Start, now).await.unwrap();
        let files = uploads::note(&mut tx, made.assignment, &sent, now).await.unwrap().files();
        let level = Level::new(3).unwrap();
        let contents = Contents {
            links: vec!["https://git.example.org/heron/automation".to_owned()],
            note: "Start with `poll.go`.".to_owned(),
            files: Some(files),
            ..Contents::empty(level)
        };
        drafts::keep(&mut tx, &viewer, &takes, (&contents, 0), now).await.unwrap();
        let seen = contents.hash().to_string();
        let handing = Handing { seen: &seen, as_it_is: false };
        submissions::hand_in(&mut tx, &viewer, &takes, (None, handing), now).await.unwrap();
        let _kept = tx.commit().await.unwrap();
    }

    /// The stage of an interview is handed in, and with a firm, which has handed in its assessment as a PDF.
    pub async fn assessed(&self, made: Interview, firm: AccountId) {
        let owner = self.owner().await;
        self.hand_in_work(made).await;
        let sent = self.sent(b"%PDF-1.4", Format::External).await;
        let mut tx = self.db.begin().await.unwrap();
        let now = self.clock.now();
        let report = uploads::note(&mut tx, made.assignment, &sent, now).await.unwrap().id;
        let _kept = tx.commit().await.unwrap();
        for statement in [
            "update assignment set format = 'external'
             where assignment_id = $1 and num_nonnulls($2::uuid, $3::uuid) = 2",
            "insert into firm (assignment_id, account_id, asked_at)
             select $1, $2, now() where $3::uuid is not null",
            "insert into assessment
               (assignment_id, text, upload_id, saved_at, handed_in_at, handed_in_by)
             values ($1, 'Sound.', $3, now(), now(), $2)",
        ] {
            let statement = sqlx::query(statement).bind(made.assignment).bind(firm).bind(report);
            statement.execute(&owner).await.unwrap();
        }
    }

    /// Hands in a fix of it, which its panel asked for, with another note.
    pub async fn fix_work(&self, made: Interview) {
        let owner = self.owner().await;
        for statement in [
            "update submission
             set stands = false, replaced_at = handed_in_at + interval '3 hours'
             where assignment_id = $1",
            "insert into submission (submission_id, assignment_id, content_hash, level, links, note, answers,
               handed_in_at, upload_id, maker)
             select gen_random_uuid(), assignment_id, sha256('fixed'), level, links, 'It builds now.', answers,
               handed_in_at + interval '3 hours', upload_id, maker
             from submission
             where assignment_id = $1",
            "update assignment
             set fix_asked_at = submitted_at + interval '2 hours', fix_due_at = submitted_at + interval '50 hours',
               fix_handed_in_at = submitted_at + interval '3 hours'
             where assignment_id = $1",
        ] {
            sqlx::query(statement).bind(made.assignment).execute(&owner).await.unwrap();
        }
    }

    /// An archive that is in the object store.
    async fn sent(&self, archive: &[u8], format: Format) -> Ready {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(archive).unwrap();
        file.rewind().unwrap();
        let bytes = archive.len() as u64;
        let received = Received { name: "work.zip".to_owned(), file, bytes, is_too_large: false };
        uploads::store(&self.objects, received, format).await.unwrap()
    }

    /// Opens the votes of an interview that was handed in, whoever sits on its panel.
    pub async fn open(&self, made: Interview) {
        sqlx::query(
            "update assignment set state = 'opened', opened_at = $2, opened_how = 'complete'
             where assignment_id = $1",
        )
        .bind(made.assignment)
        .bind(self.clock.now().to_sqlx())
        .execute(&self.owner().await)
        .await
        .unwrap();
    }

    /// Says that somebody looks at the first stage of a track, up to a level.
    pub async fn qualify(&self, account: AccountId, slug: &str, up_to: u8) {
        let by = self.signed_in(&[Role::HiringManager]).await.account.unwrap();
        let viewer = self.person(by, Role::HiringManager);
        let allowed = Allowed::<MayQualify>::ask(&viewer, &()).unwrap();
        let mut tx = self.db.begin().await.unwrap();
        let tracks = tracks::list(&mut tx).await.unwrap();
        let stage = tracks.iter().find(|track| track.slug == slug).unwrap().stages[0].id;
        let levels = [(stage, Level::new(up_to))];
        interviewers::qualify(&mut tx, &allowed, account, &levels, self.clock.now()).await.unwrap();
        let _kept = tx.commit().await.unwrap();
    }
}
