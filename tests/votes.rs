//! Votes: cast under seal, opened together, and read then by those who may.

use http::StatusCode;
use jiff_sqlx::ToSqlx;
use portal::clock::SignedDuration;
use portal::review::store::clock::{open_due, set_aside_withdrawn};
use portal::web::viewer::Role;
use sqlx::Row;

use crate::support::html::{attributes, text};
use crate::support::panel::{NAMES, Panel, WHY, vote};
use crate::support::statements::statements;

const DAY: SignedDuration = SignedDuration::from_hours(24);

#[tokio::test]
async fn votes_stay_sealed_until_the_last_one_opens_them_together() {
    let mut it = Panel::voting().await;
    let page = it.members[0].page(&it.review.clone()).await;
    let (_, form) = page.split_once("name=\"value\"").unwrap();
    let (form, _) = form.split_once("Seal my vote").unwrap();
    assert!(!form.contains("checked"), "nothing is chosen beforehand");
    assert!(text(&page).contains("nobody but you knows what you voted, or whether you have"));

    let page = it.members[0].submit(&it.review.clone(), &vote("1", WHY, "0")).await;
    let says = text(&page);
    assert!(says.contains("Your vote is sealed.") && says.contains(WHY), "{says}");
    let receipt: String = sqlx::query_scalar("select encode(commitment, 'hex') from vote_receipt")
        .fetch_one(&it.portal.owner().await)
        .await
        .unwrap();
    assert!(says.contains(&receipt), "{says}");
    // Another member, the manager and the recruiter see a panel that votes.
    let before = it.members[1].page(&it.review.clone()).await;
    it.votes(1, "-2").await;
    assert_eq!(it.members[2].page(&it.review.clone()).await, {
        it.send(1, "1", WHY, "1").await;
        it.members[2].page(&it.review.clone()).await
    });
    assert!(!before.contains(&receipt));
    it.send(1, "-2", WHY, "2").await;
    let (_, asked) = statements(it.sean.clone().page(&it.debrief)).await;
    assert!(asked[0].contains("s.session_id") && asked.len() - 1 <= 3, "{asked:#?}");
    for browser in [&mut it.sean.clone(), &mut it.tomas.clone()] {
        let says = text(&browser.page(&it.debrief).await);
        assert!(says.contains("Panel voting") && !says.contains(WHY), "{says}");
    }
    assert_eq!(it.state().await, "submitted");
    assert_eq!(it.subjects().await, Vec::<String>::new(), "nobody is told of a vote");

    it.votes(2, "1").await;
    assert_eq!(it.state().await, "opened");
    let letters = it.portal.letters().await;
    assert_eq!(letters.len(), 5, "the manager, the recruiter, and three members");
    for letter in &letters {
        assert!(letter.subject.as_str().ends_with("are open"), "{}", letter.subject.as_str());
        assert!(
            !letter.text.contains(WHY)
                && !NAMES.iter().any(|name| { letter.text.contains(&format!("{name} voted")) })
        );
    }
    let event =
        sqlx::query("select actor, refs from audit_event where action = 'assignment.opened'")
            .fetch_one(&it.portal.owner().await)
            .await
            .unwrap();
    assert_eq!(event.get::<String, _>("actor"), "system", "whoever voted last is not named");
    let refs: sqlx::types::JsonValue = event.get("refs");
    let root: String = sqlx::query_scalar("select encode(root, 'hex') from seal")
        .fetch_one(&it.portal.owner().await)
        .await
        .unwrap();
    assert_eq!((refs["how"].as_str(), refs["seal"].as_str()), (Some("complete"), Some(&*root)));

    // The manager reads whose they are, the panel does not, the recruiter learns how many.
    let says = text(&it.sean.page(&it.debrief).await);
    assert!(says.contains("The panel disagrees: 2 votes of +1 and 1 vote of −2."), "{says}");
    assert!(says.contains("Of two minds"), "{says}");
    assert!(NAMES.iter().all(|name| says.contains(name)) && says.contains(WHY), "{says}");
    let says = text(&it.tomas.page(&it.debrief).await);
    assert!(says.contains("2 votes of +1 and 1 vote of −2") && !says.contains(WHY), "{says}");
    let says = text(&it.members[0].page(&it.review.clone()).await);
    assert!(says.contains("Sealed, unchanged"), "{says}");
    let (_, votes) = says.split_once("The votes").unwrap();
    let (votes, _) = votes.split_once("If you know this person").unwrap();
    assert_eq!(votes.matches(WHY).count(), 3, "{votes}");
    assert!(!NAMES.iter().any(|name| votes.contains(name)), "{votes}");
    // What was opened is not changed any more.
    let late = it.send(0, "-2", WHY, "1").await;
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
    let says = text(&late.text());
    assert!(says.contains("none is changed any more"), "{says}");
    assert!(says.contains(&format!("You had typed: {WHY}")), "{says}");
    let (_, asked) = statements(it.sean.clone().page(&it.debrief)).await;
    assert!(asked.len() - 1 <= 3, "{asked:#?}");
    let desk = it.sean.page("/desk").await;
    assert!(text(&desk).contains("Debrief and decide"), "{}", text(&desk));
    assert!(attributes(&desk, "href").contains(&it.debrief));
    // The timeline tells of it, and audit too.
    let page = it.tomas.page(&format!("/applications/{}", it.made.application)).await;
    assert!(text(&page).contains("The portal opened the votes on"), "{}", text(&page));
    let mut maya = it.portal.signed_in(&[Role::Administrator]).await;
    let log = text(&maya.page("/audit").await);
    assert!(log.contains("The portal (for the panel) opened the votes on a stage"), "{log}");
    assert!(log.contains(&root[..16]), "{log}");
}

#[tokio::test]
async fn a_vote_is_taken_only_while_the_work_is_final_and_says_why() {
    let mut it = Panel::seated("operations").await;
    let early = it.send(0, "1", WHY, "0").await;
    assert_eq!(early.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(text(&early.text()).contains("There is nothing to vote on yet"));
    it.portal.hand_in(it.made).await;
    let short = "Twenty-nine characters of it.";
    for (value, why, message) in [
        ("", WHY, "Choose +1 or −2"),
        ("0", WHY, "there is nothing between"),
        ("2", WHY, "there is nothing between"),
        ("1", "", "Say why, in at least 30 characters"),
        ("1", short, "these are 29"),
    ] {
        let refused = it.send(0, value, why, "0").await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{value} {why}");
        let page = refused.text();
        assert!(text(&page).contains(message), "{message}: {}", text(&page));
        assert!(page.contains(why), "what was typed is kept");
        assert!(why.is_empty() || page.contains("<details open>"), "and its form is open");
    }
    assert_eq!(it.count("select count(*) from vote").await, 0);
    // Whoever was asked and has not accepted does not vote.
    let mut lena = it.portal.signed_in(&[Role::Interviewer]).await;
    it.portal.seat(it.made, lena.account.unwrap()).await;
    assert_eq!(lena.post(&it.review, &vote("1", WHY, "0")).await.status, StatusCode::NOT_FOUND);
    assert!(!text(&lena.page(&it.review).await).contains("Seal my vote"));
}

#[tokio::test]
async fn the_same_vote_twice_is_one_and_another_window_loses_nothing() {
    let mut it = Panel::voting().await;
    for _ in 0..2 {
        it.votes(0, "1").await;
    }
    assert_eq!(it.count("select version::bigint from vote").await, 1);
    let other = "In the other window I came to think otherwise of it.";
    let clash = it.send(0, "-2", other, "0").await;
    assert_eq!(clash.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = clash.text();
    assert!(page.contains(WHY) && page.contains(other), "both texts are there");
    assert!(text(&page).contains("You have sealed another vote meanwhile"), "{}", text(&page));
    // Sent again from that page, it takes the place of the first.
    let (_, rest) = page.split_once("name=\"version\" value=\"").unwrap();
    let version = rest.split('"').next().unwrap().to_owned();
    let sealed = it.send(0, "-2", other, &version).await;
    assert_eq!(sealed.status, StatusCode::SEE_OTHER);
    let says = text(&it.members[0].page(&it.review.clone()).await);
    assert!(says.contains(other), "{says}");
    assert_eq!(it.count("select version::bigint from vote").await, 2);
    assert_eq!(it.count("select version::bigint from vote_receipt").await, 2);
}

#[tokio::test]
async fn where_votes_are_anonymous_nobody_is_written_beside_them() {
    let mut it = Panel::seated("systems").await;
    it.portal.hand_in(it.made).await;
    let says = text(&it.members[0].page(&it.review.clone()).await);
    assert!(says.contains("nobody sees whose vote is whose"), "{says}");
    for (at, value) in [(0, "1"), (1, "-2"), (2, "1")] {
        it.votes(at, value).await;
    }
    assert_eq!(it.count("select count(*) from vote").await, 0);
    assert_eq!(it.count("select count(*) from opened_vote where author_id is null").await, 3);
    let says = text(&it.sean.page(&it.debrief).await);
    assert!(says.contains("2 votes of +1 and 1 vote of −2") && says.contains(WHY), "{says}");
    assert!(!NAMES.iter().any(|name| says.contains(name)), "{says}");
    for at in 0..3 {
        let says = text(&it.members[at].page(&it.review.clone()).await);
        assert!(says.contains("Sealed, unchanged"), "{says}");
    }
    // Nothing that is kept of the opening says who voted last.
    let moved = it.count(
        "select count(*) from assignment
         where moved_by = '00000000-0000-0000-0000-000000000000' and moved = 'open'",
    );
    assert_eq!(moved.await, 1);
    // What is changed afterwards is noticed: also with a seal that was made to fit, or taken away.
    assert!(text(&it.sean.page(&it.debrief).await).contains("Sealed, unchanged"));
    let gone = it.portal.copy().await;
    sqlx::query("delete from opened_vote").execute(&gone.owner().await).await.unwrap();
    let says = text(&gone.same(&it.sean).page(&it.debrief).await);
    assert!(says.contains("Not what was sealed") && !says.contains("Sealed, unchanged"), "{says}");
    let tampering = [
        "update opened_vote set value = 1",
        "update seal set root = seal_root(assignment_id, commitments)",
        "delete from seal",
    ];
    for statement in tampering {
        sqlx::query(statement).execute(&it.portal.owner().await).await.unwrap();
        for (browser, page) in [(&mut it.members[0], &it.review), (&mut it.sean, &it.debrief)] {
            let says = text(&browser.page(page).await);
            assert!(says.contains("Not what was sealed"), "{statement}: {says}");
        }
    }
}

#[tokio::test]
async fn a_manager_has_them_opened_once_enough_have_voted() {
    let mut it = Panel::seated("operations").await;
    // At any time, also before there is anything to vote on.
    let debrief = it.debrief.clone();
    let says = text(&it.sean.submit(&debrief, &[]).await);
    assert!(says.contains("You have asked to open them once enough have voted"), "{says}");
    it.sean.submit(&debrief, &[]).await;
    assert_eq!(
        it.count("select count(*) from audit_event where action = 'votes.opening_ordered'").await,
        1
    );
    it.portal.hand_in(it.made).await;
    it.votes(0, "1").await;
    assert_eq!(it.state().await, "submitted");
    let says = text(&it.tomas.page(&debrief).await);
    assert!(says.contains("The hiring manager has asked"), "{says}");
    it.votes(1, "1").await;
    assert_eq!(it.state().await, "opened");
    let says = text(&it.sean.page(&debrief).await);
    assert!(says.contains("The panel agrees: 2 votes of +1."), "{says}");
    let late = it.send(2, "1", WHY, "0").await;
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
    let again = it.sean.post(&debrief, &[]).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(text(&again.text()).contains("The votes are open already"));

    // Where enough have voted before, they open when it is asked for.
    let mut it = Panel::voting().await;
    it.votes(0, "1").await;
    it.votes(2, "-2").await;
    let says = text(&it.sean.submit(&it.debrief.clone(), &[]).await);
    assert!(says.contains("1 vote of +1 and 1 vote of −2"), "{says}");
    // The recruiter asks for nothing of the kind.
    assert_eq!(it.tomas.post(&it.debrief, &[]).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_has_no_panel_opens_by_the_clock_as_soon_as_it_is_final() {
    let it = Panel::seated("operations").await;
    let owner = it.portal.owner().await;
    sqlx::query("update assignment set panel_size = 0, quorum = 0").execute(&owner).await.unwrap();
    let now = it.portal.clock.now();
    open_due(&it.portal.db, now).await.unwrap();
    assert_eq!(it.state().await, "assigned");
    it.portal.hand_in(it.made).await;
    // Handed in two hours ago, it was final after one.
    open_due(&it.portal.db, now - SignedDuration::from_mins(61)).await.unwrap();
    assert_eq!(it.state().await, "submitted");
    open_due(&it.portal.db, now).await.unwrap();
    open_due(&it.portal.db, now).await.unwrap();
    assert_eq!(it.state().await, "opened");
    assert_eq!(it.subjects().await.len(), 5);
    let how = "select count(*) from assignment where opened_how = 'no_panel'";
    assert_eq!(it.count(how).await, 1);
}

#[tokio::test]
async fn a_panel_that_keeps_the_candidate_waiting_opens_once_enough_have_voted() {
    let mut it = Panel::voting().await;
    it.votes(0, "1").await;
    let now = it.portal.clock.now();
    // Five working days were promised, and there are two more.
    open_due(&it.portal.db, now + DAY * 6).await.unwrap();
    assert_eq!(it.count("select count(*) from standing_order").await, 0);
    open_due(&it.portal.db, now + DAY * 12).await.unwrap();
    assert_eq!(it.count("select count(*) from standing_order where given_by is null").await, 1);
    assert_eq!(it.state().await, "submitted", "one vote is not enough");
    it.portal.clock.set(now + DAY * 12);
    it.members[1] = it.portal.browser_of(it.members[1].account.unwrap()).await;
    it.sean = it.portal.browser_of(it.sean.account.unwrap()).await;
    let says = text(&it.sean.page(&it.debrief).await);
    assert!(says.contains("because the answer is overdue"), "{says}");
    it.votes(1, "-2").await;
    assert_eq!(it.state().await, "opened");
}

/// The clock stands there, and everybody has signed in again.
async fn later(it: &mut Panel, days: i32) {
    it.portal.clock.set(it.portal.clock.now() + DAY * days);
    it.tomas = it.portal.browser_of(it.tomas.account.unwrap()).await;
    it.sean = it.portal.browser_of(it.sean.account.unwrap()).await;
    for member in &mut it.members {
        *member = it.portal.browser_of(member.account.unwrap()).await;
    }
}

#[tokio::test]
async fn where_fewer_than_enough_have_voted_a_reserve_is_called_once_and_that_is_said() {
    let mut it = Panel::voting().await;
    it.votes(0, "1").await;
    let lena = it.portal.signed_in(&[Role::Interviewer]).await;
    it.portal.call(lena.account.unwrap(), "Lena Vogel").await;
    it.portal.qualify(lena.account.unwrap(), "operations", 3).await;
    let (members, reserves) = ("select count(*) from panel_member", "select count(*) from reserve");
    open_due(&it.portal.db, it.portal.clock.now() + DAY * 6).await.unwrap();
    assert_eq!((it.count(members).await, it.count(reserves).await), (3, 0));
    later(&mut it, 12).await;
    let _due_by_now = it.portal.letters().await;
    let desk = text(&it.tomas.page("/desk").await);
    assert!(!desk.contains("quorum"), "{desk}");
    for _ in 0..2 {
        open_due(&it.portal.db, it.portal.clock.now()).await.unwrap();
    }
    assert_eq!((it.count(members).await, it.count(reserves).await), (4, 1));
    assert_eq!(it.state().await, "submitted");
    let letters = it.portal.letters().await;
    assert_eq!(letters.len(), 1, "{letters:#?}");
    assert!(letters[0].subject.as_str().starts_with("Can you look at"));
    assert_eq!(letters[0].to.name.as_str(), "Lena Vogel");
    assert!(!letters[0].text.contains("quorum") && !letters[0].text.contains("reserve"));
    // It is said what that tells: to whoever looks after it, to whoever decides, and in the log.
    let desk = text(&it.tomas.page("/desk").await);
    assert!(
        desk.contains("fewer than the quorum have voted, and a reserve is asked); was due"),
        "{desk}"
    );
    let page = it.tomas.page(&format!("/applications/{}", it.made.application)).await;
    let says = text(&page);
    assert!(says.contains("The portal called a reserve for “"), "{says}");
    assert!(
        says.contains("asked Lena Vogel onto its panel: fewer than the quorum have voted"),
        "{says}"
    );
    let says = text(&it.sean.page(&it.debrief).await);
    assert!(says.contains("because fewer than the quorum have voted"), "{says}");
    let mut maya = it.portal.signed_in(&[Role::Administrator]).await;
    let log = text(&maya.page("/audit").await);
    assert!(log.contains("The portal (for the panel) called a reserve for a panel in"), "{log}");
    for member in &mut it.members {
        assert!(!text(&member.page(&it.review).await).contains("reserve"));
    }
    // One more vote was missing, and hers is one.
    it.members.push(it.portal.browser_of(lena.account.unwrap()).await);
    it.members[3].submit(&it.review.clone(), &[("do", "accept")]).await;
    it.votes(3, "-2").await;
    assert_eq!(it.state().await, "opened");
}

#[tokio::test]
async fn where_nobody_is_free_as_a_reserve_the_recruiter_is_told_and_asks_somebody() {
    let mut it = Panel::voting().await;
    // Also where the hiring manager had asked for the opening long before.
    it.sean.submit(&it.debrief.clone(), &[]).await;
    it.votes(0, "1").await;
    later(&mut it, 12).await;
    for _ in 0..2 {
        open_due(&it.portal.db, it.portal.clock.now()).await.unwrap();
    }
    assert_eq!(it.count("select count(*) from reserve").await, 1);
    let events = "select count(*) from audit_event where action = 'panel.reserve_called'";
    assert_eq!(it.count(events).await, 1);
    let desk = it.tomas.page("/desk").await;
    assert!(text(&desk).contains("nobody is free as a reserve); was due"), "{}", text(&desk));
    assert!(text(&desk).contains("Ask somebody"), "{}", text(&desk));
    let page = it.tomas.page(&format!("/applications/{}", it.made.application)).await;
    let says = text(&page);
    assert!(says.contains("fewer than the quorum have voted; nobody was free"), "{says}");
    let lena = it.portal.signed_in(&[Role::Interviewer]).await;
    let account = lena.account.unwrap().to_string();
    let panel =
        format!("/applications/{}/assignments/{}/panel", it.made.application, it.made.assignment);
    it.tomas.submit(&panel, &[("do", "ask"), ("who", account.as_str())]).await;
    let desk = text(&it.tomas.page("/desk").await);
    assert!(desk.contains("and a reserve is asked); was due"), "{desk}");

    // What is given back is voted on anew, and nothing is told of it; nor is another reserve called.
    let run = format!("/applications/{}/assignments/{}", it.made.application, it.made.assignment);
    let page = it.tomas.page(&run).await;
    let (_, rest) = page.split_once("name=\"version\" value=\"").unwrap();
    let version = rest.split('"').next().unwrap().to_owned();
    let due = (it.portal.clock.now() + DAY * 9).strftime("%Y-%m-%d").to_string();
    let fields = [("version", version.as_str()), ("do", "reopen"), ("due", due.as_str())];
    it.tomas.submit(&run, &fields).await;
    later(&mut it, 1).await;
    it.portal.hand_in(it.made).await;
    let says = text(&it.sean.page(&it.debrief).await);
    assert!(says.contains("You have asked") && !says.contains("reserve"), "{says}");
    later(&mut it, 12).await;
    open_due(&it.portal.db, it.portal.clock.now()).await.unwrap();
    assert_eq!(it.count(events).await, 1);
    let desk = text(&it.tomas.page("/desk").await);
    assert!(!desk.contains("quorum"), "{desk}");
}

#[tokio::test]
async fn where_enough_have_voted_no_reserve_is_called() {
    let mut it = Panel::voting().await;
    it.votes(0, "1").await;
    it.votes(1, "-2").await;
    open_due(&it.portal.db, it.portal.clock.now() + DAY * 12).await.unwrap();
    assert_eq!(it.state().await, "opened");
    assert_eq!(it.count("select count(*) from reserve").await, 0);
}

#[tokio::test]
async fn whoever_leaves_takes_their_vote_along_and_no_leaving_opens_anything() {
    let mut it = Panel::voting().await;
    let review = it.review.clone();
    let lena = it.portal.signed_in(&[Role::Interviewer]).await;
    it.portal.sit(it.made, lena.account.unwrap(), false).await;
    it.members.push(lena);
    for at in 0..3 {
        it.votes(at, "1").await;
    }
    // All three of three have voted once the fourth is gone; it stays sealed all the same.
    it.members[3].submit(&review, &[("do", "decline")]).await;
    assert_eq!(it.state().await, "submitted");
    it.members[2].submit(&review, &[("do", "recognise")]).await;
    assert_eq!(it.count("select count(*) from vote").await, 2);
    assert_eq!(it.count("select count(*) from vote_receipt").await, 2);
    let member: (String, i32) = sqlx::query_as(
        "select panel_member_id::text, version from panel_member where account_id = $1",
    )
    .bind(it.members[1].account)
    .fetch_one(&it.portal.owner().await)
    .await
    .unwrap();
    let panel =
        format!("/applications/{}/assignments/{}/panel", it.made.application, it.made.assignment);
    let version = member.1.to_string();
    let release = [("do", "release"), ("member", member.0.as_str()), ("version", version.as_str())];
    it.tomas.submit(&panel, &release).await;
    assert_eq!(it.count("select count(*) from vote").await, 1);
    assert_eq!(it.state().await, "submitted");
    it.sean.submit(&it.debrief.clone(), &[]).await;
    assert_eq!(it.state().await, "submitted", "one is not enough");
    assert_eq!(it.members[1].get(&review).await.status, StatusCode::NOT_FOUND);
    // What they were writing meanwhile is not taken, and comes back.
    let late = it.send(1, "1", WHY, "1").await;
    assert_eq!(late.status, StatusCode::GONE);
    let page = text(&late.text());
    assert!(page.contains("You are no longer on this panel") && page.contains(WHY), "{page}");
    assert_eq!(
        it.members[1].post(&review, &[("do", "accept")]).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(it.count("select count(*) from vote").await, 1);
}

#[tokio::test]
async fn work_that_is_given_back_or_ends_sets_the_votes_aside_without_a_word() {
    let mut it = Panel::voting().await;
    it.votes(0, "1").await;
    it.votes(1, "-2").await;
    let run = format!("/applications/{}/assignments/{}", it.made.application, it.made.assignment);
    // Whoever withdraws may come back, and finds things as they were.
    let withdrawal = format!("/my/assignments/{}/withdrawal", it.made.assignment);
    it.zoe.submit(&withdrawal, &[("do", "withdraw")]).await;
    assert_eq!(it.count("select count(*) from vote").await, 2);
    it.zoe.submit(&withdrawal, &[("do", "undo")]).await;
    assert_eq!(it.state().await, "submitted");
    assert_eq!(it.count("select count(*) from vote").await, 2);
    let _told = it.portal.letters().await;

    let page = it.tomas.page(&run).await;
    let (_, rest) = page.split_once("name=\"version\" value=\"").unwrap();
    let version = rest.split('"').next().unwrap().to_owned();
    let due = (it.portal.clock.now() + DAY * 9).strftime("%Y-%m-%d").to_string();
    let fields = [("version", version.as_str()), ("do", "reopen"), ("due", due.as_str())];
    it.tomas.submit(&run, &fields).await;
    assert_eq!(it.count("select count(*) from vote").await, 0);
    assert_eq!(it.count("select count(*) from vote_receipt").await, 0);
    assert!(it.subjects().await.iter().all(|subject| !subject.contains("vote")));
    it.portal.hand_in(it.made).await;
    // What is still open in a window from before says so, and keeps what was typed.
    let stale = it.send(0, "-2", WHY, "1").await;
    assert_eq!(stale.status, StatusCode::UNPROCESSABLE_ENTITY);
    let says = text(&stale.text());
    assert!(says.contains("was set aside meanwhile") && says.contains(WHY), "{says}");
    it.votes(0, "1").await;

    // For good, what was withdrawn is set aside after a day.
    it.zoe.submit(&withdrawal, &[("do", "withdraw")]).await;
    let now = it.portal.clock.now();
    set_aside_withdrawn(&it.portal.db, now + SignedDuration::from_hours(23)).await.unwrap();
    assert_eq!(it.count("select count(*) from vote").await, 1);
    set_aside_withdrawn(&it.portal.db, now + DAY).await.unwrap();
    assert_eq!(it.count("select count(*) from vote").await, 0);
}

#[tokio::test]
async fn whoever_is_in_training_votes_for_practice() {
    let mut it = Panel::voting().await;
    let noor = it.portal.signed_in(&[Role::Interviewer]).await;
    it.portal.sit(it.made, noor.account.unwrap(), true).await;
    it.members.push(noor);
    let says = text(&it.members[3].page(&it.review.clone()).await);
    assert!(says.contains("your vote is practice, counts for nothing"), "{says}");
    it.votes(3, "-2").await;
    it.votes(0, "1").await;
    it.votes(1, "1").await;
    assert_eq!(it.state().await, "submitted", "it is not one of three");
    it.votes(2, "1").await;
    let says = text(&it.sean.page(&it.debrief).await);
    assert!(says.contains("The panel agrees: 3 votes of +1."), "{says}");
    assert!(says.contains("By those in training Practice: it counts for nothing."), "{says}");
    let says = text(&it.members[3].page(&it.review.clone()).await);
    assert!(says.contains("Sealed, unchanged") && says.contains("3 votes of +1"), "{says}");
}

#[tokio::test]
async fn whoever_comes_from_outside_votes_and_reads_no_others() {
    let mut it = Panel::voting().await;
    let firm = it.portal.signed_in(&[Role::External]).await;
    it.portal.sit(it.made, firm.account.unwrap(), false).await;
    it.members.push(firm);
    for at in 0..4 {
        it.votes(at, "1").await;
    }
    let says = text(&it.members[3].page(&it.review.clone()).await);
    assert!(says.contains("The votes are open") && says.contains("Sealed, unchanged"), "{says}");
    assert!(!says.contains(WHY) && !says.contains("of +1"), "{says}");
}

#[tokio::test]
async fn the_last_vote_sent_many_times_at_once_opens_once() {
    let mut it = Panel::voting().await;
    it.votes(0, "1").await;
    it.votes(1, "1").await;
    let fields = vote("1", WHY, "0");
    let sent = (0..50).map(|_| {
        let (mut browser, review) = (it.members[2].clone(), it.review.clone());
        async move { browser.post(&review, &fields).await.status }
    });
    let answers = futures_util::future::join_all(sent).await;
    assert!(answers.contains(&StatusCode::SEE_OTHER), "{answers:?}");
    assert_eq!(it.count("select count(*) from opened_vote").await, 3);
    let events = "select count(*) from audit_event where action = 'assignment.opened'";
    assert_eq!(it.count(events).await, 1);
    assert_eq!(it.subjects().await.len(), 5, "one letter each");
}

#[tokio::test]
async fn whoever_never_answered_holds_nothing_up_and_is_asked_no_more_once_the_votes_are_open() {
    let mut it = Panel::voting().await;
    let mut lena = it.portal.signed_in(&[Role::Interviewer]).await;
    let account = lena.account.unwrap().to_string();
    let panel =
        format!("/applications/{}/assignments/{}/panel", it.made.application, it.made.assignment);
    it.tomas.submit(&panel, &[("do", "ask"), ("who", account.as_str())]).await;
    let _asked = it.portal.letters().await;
    for at in 0..3 {
        it.votes(at, "1").await;
    }
    assert_eq!(it.state().await, "opened");
    assert!(text(&lena.page("/desk").await).contains("Nothing waits for you"));
    let refused = lena.post(&it.review, &[("do", "accept")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(text(&it.tomas.page(&panel).await).contains("The panel as it was"));
    assert_eq!(it.subjects().await.len(), 5, "she is told of nothing");
    it.portal.clock.set(it.portal.clock.now() + DAY * 8);
    assert_eq!(it.subjects().await, Vec::<String>::new());
}

#[tokio::test]
async fn what_the_clock_handed_in_is_voted_on_opens_and_is_given_back_as_any_other() {
    let mut it = Panel::voting().await;
    let owner = it.portal.owner().await;
    // Nobody has written down yet that its time is over, and that what was received is taken.
    let ran_out = "update assignment
        set state = 'in_progress', submitted_at = null, due_at = $1 - interval '5 minutes', cutoff_at = $1,
          version = version + 1";
    let now = it.portal.clock.now();
    let ago = |minutes| (now - SignedDuration::from_mins(minutes)).to_sqlx();
    let an_hour_ago = ago(60);
    // A file that was begun in time may still arrive, and nobody votes on what may change.
    sqlx::query(ran_out).bind(ago(14)).execute(&owner).await.unwrap();
    let early = it.send(0, "1", WHY, "0").await;
    assert_eq!(early.status, StatusCode::UNPROCESSABLE_ENTITY);
    let says = text(&early.text());
    assert!(says.contains("may still be on its way") && says.contains(WHY), "{says}");
    assert_eq!(it.count("select count(*) from vote").await, 0);
    sqlx::query(ran_out).bind(an_hour_ago).execute(&owner).await.unwrap();
    it.votes(0, "1").await;
    assert_eq!(it.state().await, "in_progress", "a vote writes nothing beside itself");
    let run = format!("/applications/{}/assignments/{}", it.made.application, it.made.assignment);
    let page = it.tomas.page(&run).await;
    let (_, rest) = page.split_once("name=\"version\" value=\"").unwrap();
    let version = rest.split('"').next().unwrap().to_owned();
    let due = (it.portal.clock.now() + DAY * 9).strftime("%Y-%m-%d").to_string();
    let fields = [("version", version.as_str()), ("do", "reopen"), ("due", due.as_str())];
    it.tomas.submit(&run, &fields).await;
    assert_eq!(it.count("select count(*) from vote").await, 0);

    sqlx::query(ran_out).bind(an_hour_ago).execute(&owner).await.unwrap();
    for at in 0..3 {
        it.votes(at, "1").await;
    }
    assert_eq!(it.state().await, "opened");
    let handed_in: jiff_sqlx::Timestamp =
        sqlx::query_scalar("select submitted_at from assignment").fetch_one(&owner).await.unwrap();
    assert_eq!(handed_in, an_hour_ago, "it was handed in when its clock ran out");
    let says = text(&it.members[0].page(&it.review.clone()).await);
    assert!(says.contains("Sealed, unchanged"), "nobody loses their receipt: {says}");
}
