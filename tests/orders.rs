//! Votes, a standing order, a conflict, a withdrawal and a decision, in every order and at the same time: the
//! panel comes to what the rules say, and nothing of it comes twice.
//!
//! `TEST_ORDERS` says how many orders of each end are drawn; `tests/long` has every one.

use std::collections::BTreeMap;

use portal::ids::AccountId;
use rand::rng;
use rand::seq::SliceRandom;

use crate::support::client::Browser;
use crate::support::panel::{Panel, WHY, vote};

/// What somebody does on a panel of three, in which two votes are enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    Vote(usize),
    Order,
    /// The third member tells of a conflict.
    Conflict,
    /// The hiring manager writes a decision and decides.
    Decide,
    /// The candidate withdraws.
    Withdraw,
}

const DEEDS: [Deed; 7] = [
    Deed::Vote(0),
    Deed::Vote(1),
    Deed::Vote(2),
    Deed::Order,
    Deed::Conflict,
    Deed::Decide,
    Deed::Withdraw,
];

/// What the panel should come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Outcome {
    opened: Option<&'static str>,
    /// Who had voted by then, or has.
    voted: Vec<usize>,
    is_decided: bool,
    has_ended: bool,
}

/// The rules, once more and in a few lines.
fn outcome(deeds: &[Deed]) -> Outcome {
    let (mut seated, mut ordered, mut it) = (vec![0, 1, 2], false, Outcome::default());
    for deed in deeds {
        let looks = match deed {
            Deed::Withdraw => {
                it.has_ended = true;
                false
            }
            Deed::Decide => {
                it.is_decided |= it.opened.is_some() && !it.has_ended;
                false
            }
            _ if it.opened.is_some() => false,
            Deed::Vote(_) | Deed::Order if it.has_ended => false,
            Deed::Vote(who) if seated.contains(who) => {
                it.voted.push(*who);
                true
            }
            Deed::Vote(_) => false,
            Deed::Order => {
                ordered = true;
                true
            }
            Deed::Conflict => {
                seated.retain(|who| *who != 2);
                it.voted.retain(|who| *who != 2);
                false
            }
        };
        it.voted.sort_unstable();
        if looks && seated.len() == 3 && it.voted == seated {
            it.opened = Some("complete");
        } else if looks && ordered && it.voted.len() >= 2 {
            it.opened = Some("enough");
        }
    }
    it
}

fn orders(deeds: &[Deed]) -> Vec<Vec<Deed>> {
    if deeds.is_empty() {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for (at, deed) in deeds.iter().enumerate() {
        let rest = [&deeds[..at], &deeds[at + 1..]].concat();
        all.extend(orders(&rest).into_iter().map(|rest| [&[*deed][..], &rest].concat()));
    }
    all
}

async fn does(it: &Panel, deed: Deed) {
    let own = format!("/my/assignments/{}/withdrawal", it.made.assignment);
    let (mut browser, address, fields) = match deed {
        Deed::Vote(who) => (it.members[who].clone(), &it.review, vote("1", WHY, "0").to_vec()),
        Deed::Order => (it.sean.clone(), &it.debrief, Vec::new()),
        Deed::Conflict => (it.members[2].clone(), &it.review, vec![("do", "recognise")]),
        Deed::Withdraw => (it.zoe.clone(), &own, vec![("do", "withdraw")]),
        Deed::Decide => return decides(it, it.sean.clone()).await,
    };
    let answer = browser.post(address, &fields).await;
    assert!(!answer.status.is_server_error(), "{deed:?}: {}", answer.text());
}

/// Writes a decision and decides, as the forms do that the page would show.
async fn decides(it: &Panel, mut sean: Browser) {
    let page = format!("{}/decision", it.debrief);
    let written = [
        ("outcome", "advance"),
        ("level", "3"),
        ("kind-1", "strength"),
        ("saw-1", "Every state of a connection has a test."),
        ("asks-1", "Tests for corner cases."),
        ("change-1", ""),
        ("note", ""),
    ];
    for (what, version) in [("keep", "0"), ("decide", "1")] {
        let fields = [&[("do", what), ("version", version)][..], &written].concat();
        let answer = sean.post(&page, &fields).await;
        assert!(!answer.status.is_server_error(), "{what}: {}", answer.text());
    }
}

/// What the panel has come to; and everything that belongs together, together.
async fn found(it: &Panel) -> Outcome {
    let owner = it.portal.owner().await;
    let how: Option<String> =
        sqlx::query_scalar("select opened_how from assignment").fetch_one(&owner).await.unwrap();
    let voters: Vec<AccountId> = sqlx::query_scalar(
        "select author_id from vote union all select author_id from opened_vote",
    )
    .fetch_all(&owner)
    .await
    .unwrap();
    let counts: Vec<i64> = sqlx::query_scalar(
        "select unnest(array[
           (select count(*) from seal),
           (select count(*) from audit_event where action = 'assignment.opened'),
           (select count(*) from mail where template = 'votes_open'),
           (select count(*) from audit_event where action = 'assignment.decided'),
           (select count(*) from audit_event where action = 'assignment.withdrawn')])",
    )
    .fetch_all(&owner)
    .await
    .unwrap();
    let sealed: i64 =
        sqlx::query_scalar("select count(*) from vote").fetch_one(&owner).await.unwrap();
    owner.close().await;
    // Whoever withdraws before they are told sets a decision aside; that it was made stays in the log.
    let (is_open, is_decided, has_ended) = (how.is_some(), counts[3] > 0, counts[4] > 0);
    let expected = [is_open, is_open, is_open, is_decided, has_ended].map(i64::from);
    assert_eq!(counts, expected);
    assert!(!is_open || sealed == 0, "what is open is not sealed any more");
    let place = |account: &AccountId| {
        it.members.iter().position(|member| member.account == Some(*account)).unwrap()
    };
    let mut voted: Vec<usize> = voters.iter().map(place).collect();
    voted.sort_unstable();
    let opened = ["complete", "enough"].into_iter().find(|one| Some(*one) == how.as_deref());
    Outcome { opened, voted, is_decided, has_ended }
}

/// Everything as it was before anybody did anything.
async fn reset(it: &Panel) {
    let owner = it.portal.owner().await;
    let statements = "
        delete from vote; delete from vote_receipt; delete from opened_vote; delete from seal;
        delete from decision; delete from standing_order; delete from mail; delete from conflict;
        delete from audit_unsealed; delete from audit_note; delete from audit_event;
        update assignment
        set state = 'submitted', opened_at = null, opened_how = null, decided_at = null,
          outcome = null, decided_level = null, told_at = null, closed_at = null, closed_why = null;
        update panel_member set left_at = null, left_why = null, left_reason = '';";
    sqlx::raw_sql(statements).execute(&owner).await.unwrap();
    owner.close().await;
}

#[tokio::test]
async fn in_whatever_order_things_happen_the_panel_comes_to_what_the_rules_say() {
    let it = Panel::voting().await;
    // By how they end, so that each end is seen.
    let mut by_end: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for deeds in orders(&DEEDS) {
        let expected = outcome(&deeds);
        let end = (expected.opened, expected.is_decided);
        by_end.entry(end).or_default().push((deeds, expected));
    }
    assert_eq!(by_end.len(), 5);
    assert_eq!(by_end.values().map(Vec::len).sum::<usize>(), 5040);
    for all in by_end.values_mut() {
        all.shuffle(&mut rng());
        for (deeds, expected) in all.iter().take(drawn()) {
            reset(&it).await;
            for deed in deeds {
                does(&it, *deed).await;
            }
            assert_eq!(found(&it).await, *expected, "{deeds:?}");
        }
    }
}

/// How many orders of each end are tried.
fn drawn() -> usize {
    std::env::var("TEST_ORDERS").ok().and_then(|it| it.parse().ok()).unwrap_or(10)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_the_same_time_the_panel_comes_to_what_some_order_would_have_come_to() {
    let it = Panel::voting().await;
    let possible: Vec<Outcome> = orders(&DEEDS).iter().map(|deeds| outcome(deeds)).collect();
    for _ in 0..30 {
        reset(&it).await;
        futures_util::future::join_all(DEEDS.map(|deed| does(&it, deed))).await;
        let found = found(&it).await;
        assert!(possible.contains(&found), "{found:?}");
    }
}
