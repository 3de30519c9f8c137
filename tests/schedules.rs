//! Random schedules of moves and jumps of the clock: whatever happens, what is kept is what the rules say.
//!
//! `TEST_SCHEDULES` says how many; `tests/long` runs more.

use jiff_sqlx::ToSqlx;
use portal::assignment::access::{Given, MayRunApplication, MayTakeAssignment, Parties};
use portal::assignment::application::Assignment;
use portal::assignment::deeds::{Deed, Step};
use portal::assignment::lifecycle::{Move, after, settle};
use portal::assignment::model::{Phase, State};
use portal::assignment::store::moves::{self, Made, NotMade};
use portal::assignment::store::{applications, assignments};
use portal::clock::{SignedDuration, Timestamp};
use portal::content::import::settings::Format;
use portal::web::allowed::Allowed;
use portal::web::viewer::{Role, Viewer};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use sqlx::PgPool;

use crate::support::Portal;
use crate::support::interview::{Between, Interview};

const MOVES: usize = 12;
const HOUR: SignedDuration = SignedDuration::from_hours(1);
const MICRO: SignedDuration = SignedDuration::from_micros(1);

/// What somebody tries.
#[derive(Clone, Debug)]
enum Try {
    Run(Deed),
    Take(Step),
    Ask(SignedDuration),
}

/// One interview on its way through a schedule.
struct Course<'a> {
    portal: &'a Portal,
    owner: &'a PgPool,
    recruiter: Viewer,
    candidate: Viewer,
    parties: Parties,
    made: Interview,
}

/// What is kept of it.
#[derive(Clone, Debug, PartialEq)]
struct Kept {
    state: State,
    version: i32,
    events: i64,
    letters: i64,
}

impl Course<'_> {
    async fn assignment(&self) -> Assignment {
        let mut tx = self.portal.db.begin().await.unwrap();
        let seen: Option<Allowed<_>> =
            applications::locked(&mut tx, &self.recruiter, self.made.application).await.unwrap();
        let found = assignments::find(&mut tx, &seen.unwrap(), self.made.assignment).await.unwrap();
        found.unwrap()
    }

    async fn kept(&self) -> Kept {
        let it = self.assignment().await;
        let (events, letters) = sqlx::query_as(
            "select (select count(*) from audit_event where about_id = $1),
               (select count(*) from mail
                where refs ->> 'assignment' = $2::text and not_before = created_at)",
        )
        .bind(self.made.application)
        .bind(self.made.assignment)
        .fetch_one(self.owner)
        .await
        .unwrap();
        Kept { state: it.state, version: it.version, events, letters }
    }

    async fn phase(&self, now: Timestamp) -> String {
        let (phase, listed): (String, String) = sqlx::query_as(
            "select assignment_phase(a, $1), standing_phase(s, $1)
             from assignment a
             join standing s using (assignment_id)
             where assignment_id = $2",
        )
        .bind(now.to_sqlx())
        .bind(self.made.assignment)
        .fetch_one(self.owner)
        .await
        .unwrap();
        assert_eq!(phase, listed, "lists and the assignment itself say the same");
        phase
    }

    /// Tries it in a transaction of its own.
    async fn tries(&self, what: &Try, version: i32, now: Timestamp) -> Result<Made, NotMade> {
        let mut tx = self.portal.db.begin().await.unwrap();
        let given = Given { assignment: self.made.assignment, parties: self.parties };
        let takes = Allowed::<MayTakeAssignment>::ask(&self.candidate, &given).unwrap();
        let made = match what {
            Try::Run(deed) => {
                let runs: Option<Allowed<MayRunApplication>> =
                    applications::locked(&mut tx, &self.recruiter, self.made.application)
                        .await
                        .unwrap();
                let of = (self.made.assignment, version);
                moves::run(&mut tx, &runs.unwrap(), of, deed, now).await
            }
            Try::Take(step) => moves::take(&mut tx, &self.candidate, &takes, *step, now).await,
            Try::Ask(length) => {
                moves::ask_for_time(&mut tx, &self.candidate, &takes, (*length, "why"), now).await
            }
        };
        if made.is_ok() {
            let _kept = tx.commit().await.unwrap();
        }
        made
    }
}

/// The move of the pure rules that this is; none where the state stays as it is.
fn pure(what: &Try, limit: SignedDuration, now: Timestamp) -> Option<Move> {
    Some(match what {
        Try::Run(Deed::Extend { by, .. }) => Move::Extend { by: *by },
        Try::Run(Deed::StartBy { at }) => Move::StartBy { at: *at },
        Try::Run(Deed::Cancel { .. }) => Move::Cancel,
        Try::Run(Deed::EndEarly { .. }) => Move::EndEarly,
        Try::Run(Deed::Reopen { due }) => Move::Reopen { due: *due },
        Try::Run(Deed::Revive { until }) => Move::Revive { until: *until },
        Try::Run(Deed::NotHeld { absence, .. }) => Move::NotHeld(*absence),
        Try::Run(Deed::HandToFirm { keep_in_touch_by, .. }) => {
            Move::HandToFirm { keep_in_touch_by: *keep_in_touch_by }
        }
        Try::Run(Deed::Held { .. }) => Move::EndSession,
        Try::Run(Deed::Report) => Move::Submit,
        Try::Take(Step::Start) => Move::Start { due: now + limit },
        Try::Take(Step::Receive) => Move::Receive,
        Try::Take(Step::Discard) => Move::Discard,
        Try::Take(Step::Submit) => Move::Submit,
        Try::Take(Step::TakeBack) => Move::TakeBack,
        Try::Take(Step::Withdraw) => Move::Withdraw,
        Try::Take(Step::UndoWithdrawal) => Move::UndoWithdrawal,
        Try::Run(Deed::RefuseTime { .. }) | Try::Ask(_) => return None,
    })
}

fn draw(random: &mut StdRng, now: Timestamp) -> Try {
    let reason = || "because".to_owned();
    let later = now + HOUR * random.random_range(-24..96);
    match random.random_range(0..18) {
        0..3 => Try::Take(Step::Start),
        3 => Try::Take(Step::Withdraw),
        4 | 5 => Try::Take(Step::UndoWithdrawal),
        6 => Try::Ask(HOUR * random.random_range(1..48)),
        7 | 8 => Try::Run(Deed::Extend { by: HOUR * random.random_range(1..72), reason: reason() }),
        9 => Try::Run(Deed::RefuseTime { reason: reason() }),
        10 => Try::Run(Deed::StartBy { at: later }),
        11 if random.random_bool(0.3) => Try::Run(Deed::Cancel { reason: reason() }),
        11 if random.random_bool(0.4) => Try::Run(Deed::EndEarly { reason: reason() }),
        12 => Try::Run(Deed::Reopen { due: later }),
        14 if random.random_bool(0.7) => Try::Take(Step::Receive),
        14 => Try::Take(Step::Discard),
        15 => Try::Take(Step::Submit),
        16 => Try::Take(Step::TakeBack),
        _ => Try::Run(Deed::Revive { until: later }),
    }
}

/// The next instant: soon, much later, or where the clock decides something, and just before.
fn jump(random: &mut StdRng, state: &State, now: Timestamp) -> Timestamp {
    let edge = match state {
        State::Assigned { start_by } => *start_by,
        State::InProgress(run) => run.due.map(|due| due + SignedDuration::from_mins(5)),
        State::Submitted { .. } => state.final_at(Format::TakeHome),
        State::Closed { at, .. } => Some(*at + HOUR * 24),
        _ => None,
    };
    match (random.random_range(0..6), edge.filter(|edge| *edge > now + MICRO)) {
        (0, Some(edge)) => edge,
        (1, Some(edge)) => edge - MICRO,
        (2, _) => now + HOUR * random.random_range(1..200),
        _ => now + HOUR * random.random_range(0..12),
    }
}

#[tokio::test]
async fn random_schedules_break_no_rule() {
    let schedules: u64 =
        std::env::var("TEST_SCHEDULES").ok().and_then(|it| it.parse().ok()).unwrap_or(500);
    let portal = Portal::shipped().await;
    let owner = portal.owner().await;
    // What is counted below is counted often.
    sqlx::query("create index on mail ((refs ->> 'assignment'))").execute(&owner).await.unwrap();
    let recruiter = portal.signed_in(&[Role::Recruiter]).await.account.unwrap();
    let seed: u64 = rand::rng().random();
    let began = portal.clock.now();
    let (mut changes, mut refusals) = (0, 0);
    for schedule in 0..schedules {
        let mut random = StdRng::seed_from_u64(seed.wrapping_add(schedule));
        portal.clock.set(began);
        let candidate = portal.signed_in(&[Role::Candidate]).await.account.unwrap();
        let made = portal.interview(Between { candidate, recruiter, manager: None }).await;
        let parties =
            Parties { application: made.application, candidate, recruiter, manager: None };
        let course = Course {
            portal: &portal,
            owner: &owner,
            recruiter: portal.person(recruiter, Role::Recruiter),
            candidate: portal.person(candidate, Role::Candidate),
            parties,
            made,
        };
        let limit = course.assignment().await.time_limit.unwrap();
        let mut now = began;
        for at in 0..MOVES {
            let before = course.kept().await;
            now = jump(&mut random, &before.state, now);
            let what = draw(&mut random, now);
            let told =
                format!("seed {seed}, schedule {schedule}, move {at}: {what:?} on {before:?}");
            let it = course.assignment().await;
            let settled = settle(it.format, it.state.clone(), now);
            let phase = Phase::of(it.format, &settled, now);
            assert_eq!(course.phase(now).await, phase.code(), "{told}");
            let expected =
                pure(&what, limit, now).map(|made| after(it.format, it.state.clone(), made, now));
            let result = course.tries(&what, before.version, now).await;
            let kept = course.kept().await;
            match result {
                Ok(Made::Now) => {
                    changes += 1;
                    let state = match (&expected, &what) {
                        (Some(expected), _) => expected.clone().expect(&told),
                        (None, Try::Ask(_)) => before.state.clone(),
                        (None, _) => settled.clone(),
                    };
                    assert_eq!(kept.state, state, "{told}");
                    let is_written = !matches!(what, Try::Ask(_));
                    assert_eq!(kept.version, before.version + i32::from(is_written), "{told}");
                    let lapsed = phase == Phase::Lapsed && before.state != settled;
                    let is_silent = matches!(what, Try::Take(Step::Receive | Step::Discard));
                    let recorded = i64::from(lapsed) + i64::from(!is_silent);
                    assert_eq!(kept.events, before.events + recorded, "{told}");
                    let is_told = match what {
                        Try::Take(step) => matches!(step, Step::Withdraw | Step::UndoWithdrawal),
                        Try::Run(_) | Try::Ask(_) => true,
                    };
                    assert_eq!(kept.letters, before.letters + i64::from(is_told), "{told}");
                    // The same again, as a retry sends it.
                    if let Try::Run(_) = what {
                        let again = course.tries(&what, before.version, now).await;
                        assert!(matches!(again, Ok(Made::Before)), "{told}: {again:?}");
                        assert_eq!(course.kept().await, kept, "{told}");
                    }
                }
                Ok(Made::Before) => assert_eq!(kept, before, "{told}"),
                Err(NotMade::Database(error)) => panic!("{told}: {error}"),
                Err(refused) => {
                    refusals += 1;
                    assert_eq!(kept, before, "{told}");
                    if let Some(Ok(next)) = expected {
                        panic!("{told}: {refused} in place of {next:?}");
                    }
                }
            }
        }
    }
    // Both happen often enough that something was tried.
    assert!(changes > schedules && refusals > schedules, "{changes} changes, {refusals} refusals");
}
