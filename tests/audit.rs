//! The audit log: what is written, how it is chained, and that nothing of it can be changed unseen.

use std::time::{Duration, Instant};

use futures_util::FutureExt;
use portal::audit::chain::{COLUMNS, Head};
use portal::audit::sealer::Sealer;
use portal::audit::store::{chain, record};
use portal::audit::verify::{Finding, Report, verify};
use portal::audit::{Actor, Event};
use portal::clock::{Clock, SignedDuration, Timestamp};
use portal::db::Db;
use portal::ids::AccountId;
use sqlx::postgres::PgPool;
use sqlx::{AssertSqlSafe, Connection};
use uuid::Uuid;

use crate::support::cluster::{Database, Holds, database};

/// A log to write to and to tamper with.
struct Log {
    database: Database,
    db: Db,
    now: Timestamp,
}

impl Log {
    async fn open() -> Self {
        let database = database(Holds::Schema).await;
        let db = Db::connect(database.app.clone()).await.expect("portal_app may log in");
        Self { database, db, now: Clock::System.now() }
    }

    async fn write(&self, event: Event) {
        let mut tx = self.db.begin().await.unwrap();
        record(&mut tx, event, self.now).await.unwrap();
        let _kept = tx.commit().await.unwrap();
    }

    /// A log with `count` sealed events, every third with a note.
    async fn of(count: usize) -> Self {
        let log = Self::open().await;
        for n in 0..count {
            let event = Event::new("test.done", Actor::Person(AccountId::new()))
                .about("account", AccountId::new())
                .codes("roles", ["hr", "recruiter"]);
            log.write(if n % 3 == 0 { event.noted(format!("Because of {n}.")) } else { event })
                .await;
        }
        assert_eq!(log.seal().await, count);
        log
    }

    async fn seal(&self) -> usize {
        Sealer::new(&self.db).seal().await.unwrap()
    }

    async fn verify(&self) -> Report {
        verify(&self.db, None, self.now).await.unwrap()
    }

    /// What is wrong, as an operator reads it.
    async fn complaints(&self) -> Vec<String> {
        self.verify().await.findings.iter().map(Finding::to_string).collect()
    }

    async fn head(&self) -> Head {
        chain::head(&mut self.db.begin_reading().await.unwrap()).await.unwrap()
    }

    async fn owner(&self) -> PgPool {
        PgPool::connect_with(self.database.owner.clone()).await.unwrap()
    }

    /// Does as the owner who goes around constraints.
    async fn tamper(&self, statements: &str) {
        let mut owner = sqlx::PgConnection::connect_with(&self.database.owner).await.unwrap();
        let all = format!("set session_replication_role = replica; begin; {statements}; commit");
        sqlx::raw_sql(AssertSqlSafe(all)).execute(&mut owner).await.unwrap();
    }

    /// The id of the event at a place of the chain.
    async fn event(&self, sequence: i64) -> Uuid {
        sqlx::query_scalar("select event_id from audit_seal where sequence = $1")
            .bind(sequence)
            .fetch_one(&self.owner().await)
            .await
            .unwrap()
    }
}

#[tokio::test]
async fn every_event_is_sealed_in_order_and_the_log_is_sound() {
    let log = Log::of(7).await;
    let report = log.verify().await;
    assert!(report.is_sound(), "{:?}", report.findings);
    assert_eq!((report.head.sequence, report.waiting, report.erased_notes), (7, 0, 0));
    assert_eq!(report.head, log.head().await);
    assert_eq!(log.seal().await, 0);
    let waiting: i64 = sqlx::query_scalar("select count(*) from audit_unsealed")
        .fetch_one(&log.owner().await)
        .await
        .unwrap();
    assert_eq!(waiting, 0);
}

#[tokio::test]
async fn no_column_of_an_event_is_left_out_of_its_hash() {
    let log = Log::open().await;
    let columns: Vec<String> = sqlx::query_scalar(
        "select column_name::text
         from information_schema.columns
         where table_schema = 'public' and table_name = 'audit_event'
         order by ordinal_position",
    )
    .fetch_all(&log.owner().await)
    .await
    .unwrap();
    assert_eq!(columns, COLUMNS);
}

#[tokio::test]
async fn whatever_of_an_event_is_changed_verify_names_it() {
    let log = Log::of(5).await;
    let id = log.event(3).await;
    let table = "create table kept as select * from audit_event";
    sqlx::raw_sql(table).execute(&log.owner().await).await.unwrap();
    for (column, value) in [
        ("event_id", "gen_random_uuid()"),
        ("at", "at + interval '1 microsecond'"),
        ("at", "'infinity'"),
        ("action", "'test.undone'"),
        ("actor", "'nobody'"),
        ("actor_id", "gen_random_uuid()"),
        ("actor_id", "null"),
        ("actor_reason", "'x'"),
        ("about", "'mail'"),
        ("about_id", "gen_random_uuid()"),
        ("refs", "'{\"roles\": \"hr\"}'"),
        ("refs", "'{\"roles\": 1}'"),
        ("refs", "'{}'"),
        ("note_hash", "sha256('x')"),
    ] {
        // Some of these values no constraint would let in.
        let change = format!(
            "alter table audit_event drop constraint if exists audit_event_person_named,
               drop constraint if exists audit_event_reason_given;
             update audit_event set {column} = {value} where event_id = '{id}'"
        );
        log.tamper(&change).await;
        let told = log.complaints().await;
        let expected = if column == "event_id" {
            format!("event 3 ({id}) was removed; its seal is still there")
        } else {
            format!("event 3 ({id}) was changed after it was sealed")
        };
        assert!(told.contains(&expected), "{column}: {told:?}");
        assert!(
            told.iter().all(|told| told.contains("event 3 ") || told.contains("has no seal")),
            "{column}: {told:?}"
        );
        let restore = "delete from audit_event; insert into audit_event select * from kept";
        log.tamper(restore).await;
        assert_eq!(log.complaints().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn what_is_removed_is_named_with_or_without_its_seal() {
    let log = Log::of(6).await;
    let (two, four) = (log.event(2).await, log.event(4).await);
    log.tamper(&format!("delete from audit_event where event_id = '{two}'")).await;
    assert_eq!(
        log.complaints().await,
        [format!("event 2 ({two}) was removed; its seal is still there")]
    );
    log.tamper(&format!("delete from audit_seal where event_id = '{two}'")).await;
    assert_eq!(log.complaints().await, ["event 2 was removed, together with its seal"]);
    log.tamper("delete from audit_seal where sequence in (3, 4)").await;
    let told = log.complaints().await;
    assert_eq!(told[0], "events 2 to 4 were removed, together with their seals");
    assert!(told[1].contains("has no seal and does not wait for one"), "{told:?}");
    assert!(told.iter().any(|told| told.contains(&four.to_string())), "{told:?}");
    assert_eq!(told.len(), 3);
}

#[tokio::test]
async fn a_gap_that_was_closed_is_found() {
    let log = Log::of(6).await;
    let (three, four) = (log.event(3).await, log.event(4).await);
    log.tamper(&format!(
        "delete from audit_seal where sequence = 3;
         delete from audit_event where event_id = '{three}';
         update audit_seal set sequence = sequence - 1 where sequence > 3"
    ))
    .await;
    let told = log.complaints().await;
    assert_eq!(told.len(), 1, "{told:?}");
    let expected = format!("event 3 ({four}) does not follow the one before it");
    assert!(told[0].starts_with(&expected), "{told:?}");
}

#[tokio::test]
async fn what_is_moved_is_named_whichever_way_it_was_moved() {
    let log = Log::of(6).await;
    let (two, five) = (log.event(2).await, log.event(5).await);
    log.tamper(&format!(
        "alter table audit_seal drop constraint audit_seal_event_key;
         update audit_seal
         set event_id = case sequence when 2 then '{five}'::uuid else '{two}'::uuid end
         where sequence in (2, 5)"
    ))
    .await;
    assert_eq!(
        log.complaints().await,
        [
            format!("event 2 ({five}) was moved: it was sealed as event 5"),
            format!("event 5 ({two}) was moved: it was sealed as event 2"),
        ]
    );
    // The seals along with them.
    let log = Log::of(8).await;
    let (two, five) = (log.event(2).await, log.event(5).await);
    log.tamper(
        "update audit_seal set sequence = 100 where sequence = 2;
         update audit_seal set sequence = 2 where sequence = 5;
         update audit_seal set sequence = 5 where sequence = 100",
    )
    .await;
    let told = log.complaints().await;
    for (sequence, id) in [(2, five), (5, two)] {
        let moved = format!("event {sequence} ({id}) was moved");
        assert!(told.iter().any(|told| told.starts_with(&moved)), "{told:?}");
    }
    assert!(told.iter().all(|told| told.contains("was moved")), "{told:?}");
}

#[tokio::test]
async fn a_seal_that_was_changed_is_told_from_an_event_that_was() {
    let log = Log::of(5).await;
    let id = log.event(3).await;
    log.tamper("update audit_seal set hash = sha256('x') where sequence = 3").await;
    assert_eq!(log.complaints().await, [format!("the seal of event 3 ({id}) was changed")]);
    let log = Log::of(5).await;
    let id = log.event(3).await;
    log.tamper("update audit_seal set event_hash = sha256('x') where sequence = 3").await;
    assert_eq!(log.complaints().await, [format!("the seal of event 3 ({id}) was changed")]);
    log.tamper(
        "alter table audit_seal drop constraint audit_seal_encoding_known;
         update audit_seal set encoding = 2 where sequence = 5",
    )
    .await;
    assert_eq!(log.complaints().await.len(), 2);
}

#[tokio::test]
async fn erasing_a_note_leaves_the_log_sound_and_changing_one_does_not() {
    let log = Log::of(9).await;
    let (four, five) = (log.event(4).await, log.event(5).await);
    let mut tx = log.db.begin().await.unwrap();
    let erase = "delete from audit_note where event_id = $1";
    sqlx::query(erase).bind(log.event(1).await).execute(tx.connection()).await.unwrap();
    let _erased = tx.commit().await.unwrap();
    let report = log.verify().await;
    assert!(report.is_sound(), "{:?}", report.findings);
    assert_eq!(report.erased_notes, 1);
    log.tamper(&format!(
        "update audit_note set text = text || 'x' where event_id = '{four}';
         insert into audit_note (event_id, salt, text) values ('{five}', sha256('x'), 'Forged')"
    ))
    .await;
    assert_eq!(
        log.complaints().await,
        [
            format!("the note of event 4 ({four}) was changed"),
            format!("event 5 ({five}) had no note, and has one now"),
        ]
    );
}

#[tokio::test]
async fn a_text_whose_beginning_went_into_its_salt_is_told() {
    let log = Log::of(3).await;
    let one = log.event(1).await;
    log.tamper(&format!(
        "alter table audit_note drop constraint audit_note_salt_length;
         update audit_note set salt = salt || convert_to(left(text, 4), 'UTF8'), text = substr(text, 5)
         where event_id = '{one}'"
    ))
    .await;
    assert_eq!(log.complaints().await, [format!("the note of event 1 ({one}) was changed")]);
}

#[tokio::test]
async fn a_tail_that_was_cut_is_told_by_a_head_that_was_kept() {
    let log = Log::of(6).await;
    let kept = log.head().await;
    let with_head = async |kept| verify(&log.db, Some(kept), log.now).await.unwrap().findings;
    assert_eq!(with_head(kept).await, []);
    assert_eq!(with_head(Head::NONE).await, []);
    // Later events change nothing about it.
    log.write(Event::new("test.done", Actor::Nobody)).await;
    log.seal().await;
    assert_eq!(with_head(kept).await, []);
    log.tamper(
        "delete from audit_event where event_id in
           (select event_id from audit_seal where sequence > 4);
         delete from audit_note where event_id not in (select event_id from audit_event);
         delete from audit_seal where sequence > 4",
    )
    .await;
    assert!(log.verify().await.is_sound(), "by itself a shorter chain is whole");
    assert_eq!(with_head(kept).await, [Finding::TailCut { kept, ends: 4 }]);
    // Filled up again with other events, it is as long as it was, and another one.
    log.write(Event::new("test.done", Actor::Nobody)).await;
    log.write(Event::new("test.done", Actor::Nobody)).await;
    log.seal().await;
    assert!(log.verify().await.is_sound());
    assert_eq!(with_head(kept).await, [Finding::OtherHead { kept }]);
}

#[tokio::test]
async fn an_event_that_is_not_sealed_for_a_minute_is_told_of() {
    let log = Log::of(2).await;
    log.write(Event::new("test.done", Actor::Nobody)).await;
    let after = async |seconds| {
        verify(&log.db, None, log.now + SignedDuration::from_secs(seconds)).await.unwrap()
    };
    let report = after(60).await;
    assert!(report.is_sound());
    assert_eq!(report.waiting, 1);
    let told = after(61).await.findings;
    assert!(matches!(told[..], [Finding::WaitsTooLong { .. }]), "{told:?}");
    // One that was taken out of the line is told of at once.
    log.tamper("delete from audit_unsealed").await;
    let told = log.verify().await.findings;
    assert!(matches!(told[..], [Finding::NeverSealed { .. }]), "{told:?}");
}

#[tokio::test]
async fn the_serving_role_can_neither_change_nor_remove_events_or_seals() {
    let log = Log::of(1).await;
    for forbidden in [
        "update audit_event set action = 'test.undone'",
        "delete from audit_event",
        "truncate audit_event cascade",
        "update audit_seal set sequence = 2",
        "delete from audit_seal",
        "update audit_note set text = 'x'",
        "update audit_unsealed set event_id = gen_random_uuid()",
    ] {
        let mut tx = log.db.begin().await.unwrap();
        let refused = sqlx::query(forbidden).execute(tx.connection()).await.unwrap_err();
        let code = refused.as_database_error().and_then(|error| error.code()).unwrap_or_default();
        assert_eq!(code, "42501", "{forbidden}: {refused}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writers_side_by_side_and_two_sealers_make_one_chain_of_what_was_committed() {
    let log = Log::open().await;
    let sealing = [(), ()].map(|()| tokio::spawn(Sealer::new(&log.db).run()));
    let writers = (0..200u64).map(|n| {
        let (db, now) = (log.db.clone(), log.now);
        tokio::spawn(async move {
            // The pool lets a few in at a time; who comes later waits and tries again.
            let mut tx = loop {
                match db.begin().await {
                    Ok(tx) => break tx,
                    Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
                }
            };
            record(&mut tx, Event::new("test.done", Actor::Nobody), now).await.unwrap();
            // Committed in another order than written.
            tokio::time::sleep(Duration::from_millis((n * 37) % 40)).await;
            if n % 5 == 0 {
                return 0;
            }
            if n % 3 == 0 {
                record(&mut tx, Event::new("test.more", Actor::Nobody), now).await.unwrap();
            }
            let _kept = tx.commit().await.unwrap();
            1 + i64::from(n % 3 == 0)
        })
    });
    let mut committed = 0;
    for writer in writers.collect::<Vec<_>>() {
        committed += writer.await.unwrap();
    }
    let began = Instant::now();
    while log.head().await.sequence < committed {
        assert!(began.elapsed() < Duration::from_secs(1), "not sealed within a second");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    sealing.iter().for_each(tokio::task::JoinHandle::abort);
    let report = log.verify().await;
    assert!(report.is_sound(), "{:?}", report.findings);
    assert_eq!((report.head.sequence, report.waiting), (committed, 0));
}

#[tokio::test]
async fn a_sealer_killed_at_any_step_neither_skips_nor_repeats_an_event() {
    let log = Log::open().await;
    let mut written = 0;
    // Every await of a sealer is a place to die at.
    for polls in 1..60 {
        log.write(Event::new("test.done", Actor::Nobody)).await;
        written += 1;
        let sealer = Sealer::new(&log.db);
        let mut sealing = Box::pin(sealer.seal());
        let mut is_over = false;
        for _ in 0..polls {
            is_over = (&mut sealing).now_or_never().is_some();
            if is_over {
                break;
            }
            tokio::time::sleep(Duration::from_micros(300)).await;
        }
        drop(sealing);
        let report = log.verify().await;
        assert!(report.is_sound(), "after {polls}: {:?}", report.findings);
        let sealed = u64::try_from(report.head.sequence).unwrap();
        assert_eq!(sealed + report.waiting, written, "after {polls}");
        // The one before may still be dying, and hold the lock.
        if is_over && report.waiting == 0 {
            assert!(polls > 4, "it died nowhere");
            return;
        }
    }
    panic!("it never came to its end");
}

#[tokio::test]
async fn a_sealer_whose_connections_were_all_cut_goes_on() {
    let log = Log::open().await;
    let sealing = tokio::spawn(Sealer::new(&log.db).run());
    let sealed = async |count: i64| {
        let began = Instant::now();
        while log.head().await.sequence < count {
            assert!(began.elapsed() < Duration::from_secs(5), "it does not seal");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    log.write(Event::new("test.done", Actor::Nobody)).await;
    sealed(1).await;
    let cut = "select pg_terminate_backend(pid) from pg_stat_activity
        where datname = $1 and usename = 'portal_app'";
    let mut beside = sqlx::PgConnection::connect_with(&log.database.beside).await.unwrap();
    sqlx::query(cut).bind(&log.database.name).execute(&mut beside).await.unwrap();
    let again = Db::connect(log.database.app.clone()).await.unwrap();
    let mut tx = again.begin().await.unwrap();
    record(&mut tx, Event::new("test.done", Actor::Nobody), log.now).await.unwrap();
    let _kept = tx.commit().await.unwrap();
    let began = Instant::now();
    let head = async || {
        let mut tx = again.begin_reading().await.unwrap();
        chain::head(&mut tx).await.unwrap().sequence
    };
    while head().await < 2 {
        assert!(began.elapsed() < Duration::from_secs(5), "it does not seal any more");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    sealing.abort();
}

#[tokio::test]
async fn an_event_put_in_line_twice_is_sealed_once() {
    let log = Log::of(3).await;
    log.tamper("insert into audit_unsealed select event_id from audit_seal").await;
    log.write(Event::new("test.done", Actor::Nobody)).await;
    log.seal().await;
    let report = log.verify().await;
    assert!(report.is_sound(), "{:?}", report.findings);
    assert_eq!(report.head.sequence, 4);
}
