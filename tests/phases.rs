//! Where an assignment stands and by when its answer is due, as the program says it and as the database does.

use jiff::tz::TimeZone;
use jiff_sqlx::ToSqlx;
use portal::assignment::application::Assignment;
use portal::assignment::lifecycle::settle;
use portal::assignment::model::Phase;
use portal::assignment::store::{applications, assignments};
use portal::calendar::{Holidays, Weekdays, WorkingDays};
use portal::clock::{SignedDuration, Timestamp};
use portal::report::promises::Days;
use portal::web::allowed::Allowed;
use portal::web::viewer::Role;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::support::Portal;
use crate::support::interview::Between;

/// Rows that are tried.
const ROWS: usize = 500;

#[tokio::test]
async fn the_program_and_the_database_say_the_same_of_random_rows_at_random_times() {
    let portal = Portal::shipped().await;
    let recruiter = portal.signed_in(&[Role::Recruiter]).await.account.unwrap();
    let candidate = portal.signed_in(&[Role::Candidate]).await.account.unwrap();
    let made = portal.interview(Between { candidate, recruiter, manager: None }).await;
    let mina = portal.signed_in(&[Role::Interviewer]).await.account.unwrap();
    portal.seat(made, mina).await;
    let owner = portal.owner().await;
    let now = portal.clock.now();
    let seed: u64 = rand::rng().random();
    let mut random = StdRng::seed_from_u64(seed);
    let viewer = portal.person(recruiter, Role::Recruiter);
    let mut seen = std::collections::BTreeSet::new();
    for row in 0..ROWS {
        // Around now, and often at the very instant, so that edges are met.
        let mut time = |spread: i64| -> Timestamp {
            let minutes = random.random_range(-spread..=spread);
            now + SignedDuration::from_mins(minutes * 5)
        };
        let started = time(20) - SignedDuration::from_hours(12);
        let (due, submitted, start_by) = (time(20), time(20), time(4));
        let (waits, work) = (time(20), time(20));
        let mut some = |it: Timestamp| random.random_bool(0.5).then(|| it.to_sqlx());
        let (waits, work, start_by) = (some(waits), some(work), some(start_by));
        let format = ["take_home", "live_session", "external"][random.random_range(0..3)];
        let state = ["assigned", "in_progress", "submitted", "closed"][random.random_range(0..4)];
        let why = ["withdrawn", "cancelled", "lapsed", "ended_early"][random.random_range(0..4)];
        let begun = state != "assigned";
        let over = if format == "live_session" { 60 } else { 5 };
        let cutoff = due + SignedDuration::from_mins(over);
        let stands = waits.is_some_and(|from| from.to_jiff() < cutoff);
        let submitted = (state == "submitted").then_some(submitted.max(started));
        sqlx::query(
            "update assignment
             set format = $1, is_blind = $1 <> 'live_session', state = $2, start_by = $3, started_at = $4, due_at = $5, cutoff_at = $6,
               waits_from = $7, work_at = $8, submitted_at = $9, closed_at = $10, closed_why = $11",
        )
        .bind(format)
        .bind(state)
        .bind(start_by.filter(|_| !begun))
        .bind(begun.then(|| started.to_sqlx()))
        .bind(begun.then(|| due.to_sqlx()))
        .bind((begun && !stands).then(|| cutoff.to_sqlx()))
        .bind(waits.filter(|_| begun))
        .bind(work.filter(|_| begun))
        .bind(submitted.map(ToSqlx::to_sqlx))
        .bind((state == "closed").then(|| now.to_sqlx()))
        .bind((state == "closed").then_some(why))
        .execute(&owner)
        .await
        .unwrap();
        let (said, listed): (String, String) = sqlx::query_as(
            "select assignment_phase(a, $1), standing_phase(s, $1)
             from assignment a
             join standing s using (assignment_id)",
        )
        .bind(now.to_sqlx())
        .fetch_one(&owner)
        .await
        .unwrap();
        assert_eq!(listed, said, "row {row} of seed {seed}: what lists have of a {format} {state}");
        // Whoever sits there is passed over exactly where it has lapsed by itself.
        let sits: bool = sqlx::query_scalar("select goes_on and lapses_at > $1 from panel_member")
            .bind(now.to_sqlx())
            .fetch_one(&owner)
            .await
            .unwrap();
        assert_eq!(sits, state != "closed" && said != "lapsed", "row {row} of seed {seed}");
        let mut tx = portal.db.begin().await.unwrap();
        let allowed: Option<Allowed<_>> =
            applications::locked(&mut tx, &viewer, made.application).await.unwrap();
        let it: Assignment =
            assignments::find(&mut tx, &allowed.unwrap(), made.assignment).await.unwrap().unwrap();
        let phase = Phase::of(it.format, &settle(it.format, it.state.clone(), now), now);
        assert_eq!(phase.code(), said, "row {row} of seed {seed}: {format} {:?}", it.state);
        seen.insert(said);
    }
    let expected = [
        "assigned",
        "cancelled",
        "ended_early",
        "in_progress",
        "lapsed",
        "submitted",
        "voting",
        "waiting",
        "withdrawn",
    ];
    assert_eq!(seen.iter().map(String::as_str).collect::<Vec<_>>(), expected, "seed {seed}");
}

#[tokio::test]
async fn the_program_and_the_database_say_the_same_of_when_an_answer_is_due() {
    let portal = Portal::shipped().await;
    let owner = portal.owner().await;
    let from: Timestamp = "2026-12-01T10:00:00Z".parse().unwrap();
    let until = from + SignedDuration::from_hours(24 * 150);
    let seed: u64 = rand::rng().random();
    let mut random = StdRng::seed_from_u64(seed);
    let holidays = "2026-12-25 Christmas Day\n2027-01-01 New Year\n2027-03-29 Easter Monday";
    for zone in ["Europe/Paris", "Pacific/Auckland", "America/Los_Angeles"] {
        let days = WorkingDays {
            weekdays: Weekdays::default(),
            holidays: Holidays::parse(holidays).unwrap().days(),
            zone: TimeZone::get(zone).unwrap(),
        };
        let known = Days::of(&days, from, until);
        let instants = |all: &[Timestamp]| -> Vec<jiff_sqlx::Timestamp> {
            all.iter().map(|at| at.to_sqlx()).collect()
        };
        for _ in 0..100 {
            // Often where a working day begins, and just before.
            let at = match random.random_range(0..3) {
                0 => from + SignedDuration::from_mins(random.random_range(0..150 * 24 * 60)),
                edge => {
                    let begins = known.begins[random.random_range(1..100)];
                    begins - SignedDuration::from_micros(edge - 1)
                }
            };
            let within: u16 = random.random_range(1..=90);
            let due: Option<jiff_sqlx::Timestamp> =
                sqlx::query_scalar("select answer_due($1, $2, $3, $4)")
                    .bind(at.to_sqlx())
                    .bind(i16::try_from(within).unwrap())
                    .bind(instants(&known.begins))
                    .bind(instants(&known.ends))
                    .fetch_one(&owner)
                    .await
                    .unwrap();
            let due = due.map(|due| due.to_jiff());
            // The database counts in microseconds.
            let expected = known.due(at, within).map(|due| due.as_microsecond());
            assert_eq!(due.map(|due| due.as_microsecond()), expected, "seed {seed}: {at} {within}");
        }
    }
}

#[tokio::test]
async fn the_database_refuses_a_state_without_its_data() {
    let portal = Portal::shipped().await;
    let recruiter = portal.signed_in(&[Role::Recruiter]).await.account.unwrap();
    let candidate = portal.signed_in(&[Role::Candidate]).await.account.unwrap();
    portal.interview(Between { candidate, recruiter, manager: None }).await;
    let owner = portal.owner().await;
    for (set, constraint) in [
        ("state = 'in_progress'", "assignment_begun_has_a_start"),
        ("started_at = now()", "assignment_not_begun_has_none"),
        ("state = 'in_progress', started_at = now()", "assignment_take_home_is_due"),
        (
            "state = 'submitted', started_at = now(), due_at = now()",
            "assignment_handed_in_has_a_time",
        ),
        ("state = 'closed', closed_at = now()", "assignment_closed_whole"),
        ("closed_at = now(), closed_why = 'lapsed'", "assignment_closed_has_a_time"),
        (
            "state = 'closed', closed_at = now(), closed_why = 'not_held'",
            "assignment_not_held_says_who",
        ),
        ("level = 6", "assignment_level_can_be_reached"),
        ("time_limit_minutes = null", "assignment_take_home_has_a_limit"),
    ] {
        let statement = format!("update assignment set {set}");
        let refused =
            sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&owner).await.unwrap_err();
        let sqlx::Error::Database(refused) = refused else { panic!("{set}: {refused}") };
        assert_eq!(refused.constraint(), Some(constraint), "{set}: {refused}");
    }
}
