//! The run log: one's own until the votes open, then part of the debrief.

use http::StatusCode;

use crate::support::html::text;
use crate::support::panel::{NAMES, Panel, WHY, vote};

const COMMANDS: &str = "docker build -t heron .\ndocker run --rm heron";
const RESULT: &str = "It builds, and prints each connection once.";

fn ran<'a>(machine: &'a str, result: &'a str) -> [(&'a str, &'a str); 4] {
    [("do", "ran"), ("machine", machine), ("commands", COMMANDS), ("result", result)]
}

async fn log(it: &mut Panel, at: usize, machine: &str) {
    let review = it.review.clone();
    let answer = it.members[at].post(&review, &ran(machine, RESULT)).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    assert_eq!(answer.header("location"), format!("{review}?done=ran#page.ran"));
}

async fn vote_all(it: &mut Panel) {
    for at in 0..3 {
        it.votes(at, "1").await;
    }
    assert_eq!(it.state().await, "opened");
}

/// The id of the first entry on a page.
fn first_run(page: &str) -> String {
    let (_, rest) = page.split_once("name=\"run\" value=\"").expect("there is an entry");
    rest.split('"').next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn what_a_member_ran_is_theirs_alone_until_the_votes_open_and_then_read_with_them() {
    let mut it = Panel::voting().await;
    let (review, debrief) = (it.review.clone(), it.debrief.clone());
    let page = text(&it.members[0].page(&review).await);
    assert!(page.contains("The code is untrusted: run it on a disposable machine"), "{page}");
    for _ in 0..2 {
        log(&mut it, 0, "A container on a laptop").await;
    }
    assert_eq!(it.count("select count(*) from run_log").await, 1, "the same twice is one");
    let page = it.members[0].page(&review).await;
    assert!(page.contains("docker run --rm heron") && page.contains(RESULT), "{page}");
    for browser in [&mut it.members[1].clone(), &mut it.sean.clone(), &mut it.tomas.clone()] {
        for address in [&review, &debrief] {
            let page = browser.get(address).await.text();
            assert!(!page.contains(RESULT) && !page.contains("docker"), "{page}");
        }
    }
    let mut tx = it.portal.db.begin().await.unwrap();
    let seen: i64 = sqlx::query_scalar(
        "select (select count(*) from run_log) + (select count(*) from opened_run)",
    )
    .fetch_one(tx.connection())
    .await
    .unwrap();
    assert_eq!(seen, 0, "the database shows it to nobody else");
    drop(tx);
    log(&mut it, 1, "A throwaway machine").await;
    vote_all(&mut it).await;
    assert_eq!(it.count("select count(*) from run_log").await, 0);
    let page = it.sean.page(&debrief).await;
    let (_, log_) = page.split_once("What the panel ran").expect("it is in the debrief");
    for said in ["A container on a laptop", "A throwaway machine", NAMES[0], NAMES[1], RESULT] {
        assert!(log_.contains(said), "{said}: {log_}");
    }
    assert!(!log_.contains(NAMES[2]), "{log_}");
    let page = it.members[2].page(&review).await;
    let (_, log_) = page.split_once("What the panel ran").expect("the panel reads it");
    let (log_, _) = log_.split_once("With you").unwrap();
    assert!(log_.contains("docker") && !NAMES.iter().any(|name| log_.contains(name)), "{log_}");
    assert!(!it.tomas.page(&debrief).await.contains("docker"), "the recruiter has a tally");
    // What is open is added to no more, and nothing typed is lost.
    let late = it.members[0].post(&review, &ran("Late", "Nothing new.")).await;
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
    let says = text(&late.text());
    assert!(says.contains("until the votes are open") && says.contains("Nothing new."), "{says}");
    assert_eq!(it.count("select count(*) from audit_event where action like '%run%'").await, 0);
}

#[tokio::test]
async fn where_votes_are_nobodys_so_is_the_run_log() {
    let mut it = Panel::seated("systems").await;
    it.portal.hand_in(it.made).await;
    log(&mut it, 0, "A container on a laptop").await;
    vote_all(&mut it).await;
    assert_eq!(it.count("select count(*) from opened_run where author_id is null").await, 1);
    let debrief = it.debrief.clone();
    let page = it.sean.page(&debrief).await;
    let (_, log_) = page.split_once("What the panel ran").expect("it is in the debrief");
    assert!(log_.contains(RESULT) && !NAMES.iter().any(|name| log_.contains(name)), "{log_}");
}

#[tokio::test]
async fn an_entry_is_whole_can_be_removed_by_its_author_and_goes_with_their_seat() {
    let mut it = Panel::voting().await;
    let review = it.review.clone();
    let refused = it.members[0].post(&review, &ran("", RESULT)).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = refused.text();
    assert!(text(&page).contains("Say where you ran it") && page.contains(RESULT), "{page}");
    log(&mut it, 0, "A container").await;
    log(&mut it, 0, "Another").await;
    let run = first_run(&it.members[0].page(&review).await);
    // Nobody removes it for them.
    it.members[1].submit(&review, &[("do", "remove-run"), ("run", &run)]).await;
    assert_eq!(it.count("select count(*) from run_log").await, 2);
    for _ in 0..2 {
        it.members[0].submit(&review, &[("do", "remove-run"), ("run", &run)]).await;
    }
    assert_eq!(it.count("select count(*) from run_log").await, 1);
    it.members[0].submit(&review, &[("do", "recognise")]).await;
    assert_eq!(it.count("select count(*) from run_log").await, 0);
    let gone = it.members[0].post(&review, &ran("Late", RESULT)).await;
    assert_eq!(gone.status, StatusCode::GONE);
    assert!(text(&gone.text()).contains(RESULT), "what was typed comes back");
    // Before there is work there is nothing to run.
    let mut early = Panel::seated("operations").await;
    let review = early.review.clone();
    assert!(!early.members[0].page(&review).await.contains("What you ran"));
    let refused = early.members[0].post(&review, &ran("Early", RESULT)).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let still = early.members[0].post(&review, &vote("1", WHY, "0")).await;
    assert_eq!(still.status, StatusCode::UNPROCESSABLE_ENTITY);
}
