//! Letters, from the row to a real SMTP server, with everything that may go wrong between.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use portal::mail::smtp::message;
use portal::mail::store::{self, Counts, State};
use portal::mail::transport::Stamp;
use portal::mail::worker::MOST_ATTEMPTS;
use portal::mail::{Address, Letter, Line, NewMail, Recipient};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use tokio::sync::Notify;

use crate::support::lines::Lines;
use crate::support::mailbox::{Mailbox, Parser, has_python};
use crate::support::post::{Post, Step, Stuck, mail, smtp, start};

/// The Message-ID a letter bears.
fn id_of(mail_id: portal::ids::MailId) -> Option<String> {
    Some(format!("<{mail_id}@portal.test>"))
}

#[tokio::test]
async fn a_letter_is_sent_once_with_all_its_headers_and_both_its_parts() {
    let Some(mailbox) = Mailbox::start() else { return };
    let post = Post::open().await;
    let mail_id = post.enqueue("ada").await;
    let worker = post.worker(smtp(mailbox.port));
    assert_eq!(worker.send_due().await.unwrap(), 1);
    assert_eq!(worker.send_due().await.unwrap(), 0);
    let messages = mailbox.messages();
    let [letter] = messages.as_slice() else { panic!("{messages:?}") };
    assert_eq!(letter.message_id, id_of(mail_id));
    assert_eq!(letter.subject, "Grüße, and what is next");
    assert_eq!(letter.to, [("Canary Quill".to_owned(), "ada@example.org".to_owned())]);
    assert_eq!(letter.auto_submitted.as_deref(), Some("auto-generated"));
    assert_eq!(letter.date, "2026-03-02T09:00:00+00:00");
    assert_eq!(letter.media_type, "multipart/alternative");
    let types: Vec<&str> = letter.parts.iter().map(|(kind, _)| kind.as_str()).collect();
    assert_eq!(types, ["text/plain", "text/html"]);
    for (kind, text) in &letter.parts {
        assert!(text.contains("The next step is yours — take your time."), "{kind}: {text}");
        let link = if kind == "text/plain" { "/my?a=1&b=2" } else { "/my?a=1&#38;b=2" };
        assert!(text.contains(link), "{kind}: {text}");
    }
    let entry = post.only().await;
    assert_eq!((entry.state, entry.attempts), (State::Sent(start()), 1));
}

#[tokio::test]
async fn what_is_refused_for_now_is_sent_later_under_the_same_message_id() {
    let Some(mailbox) = Mailbox::start() else { return };
    let post = Post::open().await;
    let mail_id = post.enqueue("later-ada").await;
    let worker = post.worker(smtp(mailbox.port));
    assert_eq!(worker.send_due().await.unwrap(), 0);
    let entry = post.only().await;
    assert_eq!(entry.problem.as_deref(), Some("smtp-451"));
    post.pass(29);
    assert_eq!(worker.send_due().await.unwrap(), 0);
    post.pass(1);
    assert_eq!(worker.send_due().await.unwrap(), 1);
    let ids: Vec<_> = mailbox.messages().into_iter().map(|it| it.message_id).collect();
    assert_eq!(ids, [id_of(mail_id)]);
    let entry = post.only().await;
    assert_eq!((entry.attempts, entry.problem), (2, None));
}

#[tokio::test]
async fn an_unknown_recipient_is_given_up_at_once_and_a_policy_is_not() {
    let Some(mailbox) = Mailbox::start() else { return };
    let post = Post::open().await;
    post.enqueue("unknown-ada").await;
    post.pass(1);
    post.enqueue("policy-ada").await;
    post.worker(smtp(mailbox.port)).send_due().await.unwrap();
    let entries = post.outbox().await;
    assert!(matches!(entries[0].state, State::Waiting { .. }), "{:?}", entries[0]);
    assert!(matches!(entries[1].state, State::GivenUp(_)), "{:?}", entries[1]);
    assert!(entries.iter().all(|entry| entry.problem.as_deref() == Some("smtp-550")));
    assert!(mailbox.messages().is_empty());
}

#[tokio::test]
async fn a_server_that_hangs_keeps_nobody_else_waiting_for_long() {
    let Some(mailbox) = Mailbox::start() else { return };
    let post = Post::open().await;
    post.enqueue("hang-ada").await;
    post.pass(1);
    post.enqueue("grace").await;
    assert_eq!(post.worker(smtp(mailbox.port)).send_due().await.unwrap(), 1);
    let entries = post.outbox().await;
    assert_eq!(entries[1].problem.as_deref(), Some("timed-out"));
    assert!(matches!(entries[1].state, State::Waiting { .. }));
}

#[tokio::test]
async fn several_that_hang_keep_nobody_waiting_who_comes_meanwhile() {
    let Some(mailbox) = Mailbox::start() else { return };
    let post = Post::open().await;
    for _ in 0..6 {
        post.enqueue("hang-ada").await;
    }
    let worker = post.worker(smtp(mailbox.port));
    let sending = tokio::spawn(async move { worker.send_due().await });
    while post.outbox().await.iter().any(|entry| entry.attempts == 0) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let began = std::time::Instant::now();
    post.enqueue("grace").await;
    while mailbox.messages().is_empty() {
        assert!(began.elapsed() < Duration::from_millis(1500), "the hung ones time out after 2 s");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(sending.await.unwrap().unwrap(), 1);
}

#[tokio::test]
async fn a_letter_somebody_waits_for_goes_before_a_thousand_that_nobody_does() {
    let Some(mailbox) = Mailbox::start() else { return };
    let post = Post::open().await;
    for _ in 0..40 {
        post.enqueue("ada").await;
    }
    post.pass(1);
    let urgent = NewMail { urgent: true, ..mail("hello", "grace") };
    let mut tx = post.db.begin().await.unwrap();
    let urgent = store::enqueue(&mut tx, &urgent, post.clock.now()).await.unwrap().unwrap();
    let _kept = tx.commit().await.unwrap();
    assert_eq!(post.worker(smtp(mailbox.port)).send_due().await.unwrap(), 41);
    let sent = mailbox.messages();
    let place = sent.iter().position(|it| it.message_id == id_of(urgent)).unwrap();
    assert!(place < 8, "{place}");
}

#[tokio::test]
async fn killed_at_any_step_a_letter_is_neither_lost_nor_sent_under_another_id() {
    let Some(mailbox) = Mailbox::start() else { return };
    let mut before = 0;
    for (at, copies) in [(Step::BeforeSending, 1), (Step::BeforeRecording, 2)] {
        let post = Post::open().await;
        let mail_id = post.enqueue("ada").await;
        let reached = Arc::new(Notify::new());
        let stuck = Stuck { inner: smtp(mailbox.port), at, reached: reached.clone() };
        let worker = post.worker(stuck);
        let dying = tokio::spawn(async move { worker.send_due().await });
        reached.notified().await;
        dying.abort();
        assert!(dying.await.unwrap_err().is_cancelled());
        let worker = post.worker(smtp(mailbox.port));
        // Its lease still runs: it may only be slow.
        post.pass(119);
        assert_eq!(worker.send_due().await.unwrap(), 0, "{at:?}");
        post.pass(1);
        assert_eq!(worker.send_due().await.unwrap(), 1, "{at:?}");
        post.pass(86_400);
        assert_eq!(worker.send_due().await.unwrap(), 0, "{at:?}");
        let ids: Vec<_> = mailbox.messages().into_iter().map(|it| it.message_id).collect();
        assert_eq!(ids[before..], vec![id_of(mail_id); copies], "{at:?}");
        before = ids.len();
        assert!(matches!(post.only().await.state, State::Sent(_)));
    }
}

#[tokio::test]
async fn killed_while_composing_nothing_has_happened() {
    let post = Post::open().await;
    post.enqueue_as("hello", "ada").await;
    let worker = post.worker(smtp(1));
    // Every await of the claim and the composing is a place to die at.
    for polls in 1..40 {
        let mut sending = Box::pin(worker.send_due());
        for _ in 0..polls {
            let is_over = (&mut sending).now_or_never().is_some();
            tokio::time::sleep(Duration::from_micros(500)).await;
            if is_over {
                break;
            }
        }
        drop(sending);
        let entry = post.only().await;
        assert!(matches!(entry.state, State::Waiting { .. }), "{entry:?}");
        if entry.attempts > 0 {
            return;
        }
    }
    panic!("it never came to be sent");
}

#[tokio::test]
async fn workers_side_by_side_never_send_one_letter_twice() {
    let Some(mailbox) = Mailbox::start() else { return };
    let post = Post::open().await;
    let mut ids = BTreeSet::new();
    for _ in 0..24 {
        ids.insert(id_of(post.enqueue("ada").await));
    }
    let (one, other) = (post.worker(smtp(mailbox.port)), post.worker(smtp(mailbox.port)));
    let (one, other) = tokio::join!(one.send_due(), other.send_due());
    assert_eq!(one.unwrap() + other.unwrap(), 24);
    let messages = mailbox.messages();
    assert_eq!(messages.len(), 24);
    assert_eq!(messages.into_iter().map(|it| it.message_id).collect::<BTreeSet<_>>(), ids);
}

#[tokio::test]
async fn a_running_worker_sends_what_is_committed_at_once() {
    let Some(mailbox) = Mailbox::start() else { return };
    let post = Post::open().await;
    let running = tokio::spawn(post.worker(smtp(mailbox.port)).run());
    for _ in 0..2 {
        // The second finds the worker at rest, which would look again by itself after five seconds.
        tokio::time::sleep(Duration::from_millis(300)).await;
        post.enqueue("ada").await;
        let sent = async {
            while post.outbox().await.iter().any(|it| !matches!(it.state, State::Sent(_))) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(3), sent).await.expect("it is sent");
    }
    running.abort();
}

#[tokio::test]
async fn an_event_is_told_once_and_not_before_its_time() {
    let post = Post::open().await;
    let mut later = mail("gone", "ada");
    later.dedupe = Some("decision 1".to_owned());
    later.not_before = Some(start() + jiff::SignedDuration::from_mins(10));
    assert!(post.try_enqueue(&later).await.is_some());
    assert_eq!(post.try_enqueue(&later).await, None);
    let worker = post.worker(smtp(1));
    post.pass(599);
    worker.send_due().await.unwrap();
    let until = later.not_before.unwrap();
    assert_eq!(post.only().await.state, State::Waiting { until });
    post.pass(1);
    worker.send_due().await.unwrap();
    assert_eq!(post.only().await.state, State::Dropped(until));
    assert_eq!(post.try_enqueue(&later).await, None);
}

#[tokio::test]
async fn a_letter_enqueued_in_a_transaction_that_fails_never_was() {
    let post = Post::open().await;
    let mut tx = post.db.begin().await.unwrap();
    store::enqueue(&mut tx, &mail("hello", "ada"), start()).await.unwrap().unwrap();
    drop(tx);
    assert!(post.outbox().await.is_empty());
}

#[tokio::test]
async fn a_server_that_is_away_is_tried_for_most_of_a_day_and_again_when_asked() {
    let post = Post::open().await;
    let mail_id = post.enqueue("ada").await;
    // Nothing listens there.
    let worker = post.worker(smtp(1));
    for attempt in 1..=MOST_ATTEMPTS {
        worker.send_due().await.unwrap();
        let entry = post.only().await;
        assert_eq!((entry.attempts, entry.problem.as_deref()), (attempt, Some("connection")));
        match entry.state {
            State::Waiting { until } => post.clock.set(until),
            _ => assert_eq!(attempt, MOST_ATTEMPTS, "{entry:?}"),
        }
    }
    let passed = start().duration_until(post.clock.now());
    assert!(passed.as_hours() >= 18, "{passed}");
    let counts = async |post: &Post| {
        let nothing = store::LeftOut::default();
        store::counts(&mut post.db.begin_reading().await.unwrap(), &nothing).await.unwrap()
    };
    assert_eq!(counts(&post).await, Counts { waiting: 0, given_up: 1 });
    let mut tx = post.db.begin().await.unwrap();
    let by = portal::audit::Actor::System("tests");
    assert!(store::retry(&mut tx, mail_id, by, post.clock.now()).await.unwrap());
    assert!(!store::retry(&mut tx, mail_id, by, post.clock.now()).await.unwrap());
    let _committed = tx.commit().await.unwrap();
    assert_eq!(counts(&post).await, Counts { waiting: 1, given_up: 0 });
    worker.send_due().await.unwrap();
    assert_eq!(post.only().await.attempts, 1);
}

#[tokio::test]
async fn a_letter_that_cannot_be_written_harms_no_other() {
    let Some(mailbox) = Mailbox::start() else { return };
    let post = Post::open().await;
    for template in ["panics", "breaks", "writes-and-fails", "unheard-of", "hello"] {
        post.enqueue_as(template, "ada").await;
        post.pass(1);
    }
    assert_eq!(post.worker(smtp(mailbox.port)).send_due().await.unwrap(), 1);
    let entries = post.outbox().await;
    assert_eq!(entries.len(), 5, "what a failed composer wrote is gone");
    for entry in &entries[1..] {
        assert_eq!((entry.problem.as_deref(), entry.attempts), (Some("uncomposed"), 1));
    }
}

#[tokio::test]
async fn the_outbox_is_paged_by_key() {
    let post = Post::open().await;
    for _ in 0..7 {
        // Some at the same time as others.
        post.enqueue("ada").await;
        post.enqueue("grace").await;
        post.pass(1);
    }
    let all: Vec<_> = post.outbox().await.iter().map(|entry| entry.mail_id).collect();
    let (mut paged, mut after) = (Vec::new(), None);
    loop {
        let mut tx = post.db.begin_reading().await.unwrap();
        let page = store::outbox(&mut tx, store::Shown::All, &store::LeftOut::default(), after, 3)
            .await
            .unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.place());
        paged.extend(page.iter().map(|entry| entry.mail_id));
    }
    assert_eq!((all.len(), all), (14, paged));
}

#[tokio::test]
async fn what_a_letter_is_about_can_never_be_changed() {
    let post = Post::open().await;
    post.enqueue("ada").await;
    for forbidden in ["update mail set refs = '{}'", "update mail set recipient_id = mail_id"] {
        let mut tx = post.db.begin().await.unwrap();
        let refused = sqlx::query(forbidden).execute(tx.connection()).await.unwrap_err();
        let code = refused.as_database_error().and_then(|error| error.code()).unwrap_or_default();
        assert_eq!(code, "42501", "{forbidden}");
    }
}

#[tokio::test]
async fn no_address_and_no_name_reaches_the_log() {
    let Some(mailbox) = Mailbox::start() else { return };
    let post = Post::open().await;
    for to in ["ada-quill", "later-quill", "unknown-quill", "hang-quill"] {
        post.enqueue(to).await;
    }
    post.enqueue_as("unheard-of", "quill").await;
    let lines = Lines::default();
    let logging = lines.listen();
    post.worker(smtp(mailbox.port)).send_due().await.unwrap();
    drop(logging);
    let logged = lines.text().to_lowercase();
    for told in ["a mail was sent", "smtp-451", "smtp-550", "timed-out", "nobody knows how"] {
        assert!(logged.contains(told), "{told} is not in {logged}");
    }
    for canary in ["quill", "canary", "example.org"] {
        assert!(!logged.contains(canary), "{canary} is in {logged}");
    }
}

#[test]
fn no_name_and_no_subject_makes_or_breaks_a_header() {
    if !has_python() {
        return;
    }
    let piece = prop_oneof![
        Just("\r\n".to_owned()),
        Just("\r\nBcc: eve@example.org\r\n\r\n".to_owned()),
        Just("=?utf-8?q?=0D=0ABcc:_eve?=".to_owned()),
        Just("\u{2028}\u{85}\u{0}".to_owned()),
        Just("\", <eve@example.org>, \"".to_owned()),
        Just("\\\\\"\\".to_owned()),
        Just("x".repeat(90)),
        Just("Ünïcödé 名前 👩🏽‍💻 ".to_owned()),
        "[ -~]{0,12}",
        "\\PC{0,8}",
        any::<char>().prop_map(String::from),
    ];
    let text = proptest::collection::vec(piece, 0..5).prop_map(|pieces| pieces.concat());
    let parser = std::cell::RefCell::new(Parser::start());
    let from = Recipient::parse("Interviews <interviews@portal.test>").unwrap();
    let mail_id = portal::ids::MailId::new();
    let mut runner = TestRunner::new(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(400)
    });
    let outcome = runner.run(&(text.clone(), text), |(name, subject)| {
        let to =
            Recipient { name: Line::new(&name), address: Address::parse("a@x.example").unwrap() };
        let letter = Letter {
            to,
            from: None,
            subject: Line::new(&subject),
            text: subject.clone(),
            html: String::new(),
        };
        let stamp = Stamp { mail_id, date: start() };
        let message = message(&letter, stamp, &from, "portal.test").unwrap();
        let found = parser.borrow_mut().parse_message(&message);
        let expected = [
            "Message-ID",
            "Date",
            "From",
            "To",
            "Subject",
            "Auto-Submitted",
            "MIME-Version",
            "Content-Type",
        ];
        prop_assert_eq!(&found.headers, &expected);
        let to = [(letter.to.name.as_str().to_owned(), "a@x.example".to_owned())];
        prop_assert_eq!(&found.to, &to);
        prop_assert_eq!(&found.subject, letter.subject.as_str());
        prop_assert_eq!(found.message_id, id_of(mail_id));
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}
