//! What candidates say and are told around a stage: before Start, for their recruiter alone, and what
//! happens after it.

use http::StatusCode;
use portal::web::viewer::Role;

use crate::support::Portal;
use crate::support::client::Browser;
use crate::support::html::text;
use crate::support::interview::Between;

/// A candidate with the first stage of the operations track, their recruiter and hiring manager.
struct Story {
    portal: Portal,
    tomas: Browser,
    sean: Browser,
    zoe: Browser,
    application: String,
    own: String,
}

async fn story() -> Story {
    let portal = Portal::shipped().await;
    let tomas = portal.signed_in(&[Role::Recruiter]).await;
    let sean = portal.signed_in(&[Role::HiringManager]).await;
    let zoe = portal.signed_in(&[Role::Candidate]).await;
    let made = portal
        .interview(Between {
            candidate: zoe.account.unwrap(),
            recruiter: tomas.account.unwrap(),
            manager: sean.account,
        })
        .await;
    let application = format!("/applications/{}", made.application);
    let own = format!("/my/assignments/{}", made.assignment);
    portal.letters().await;
    Story { portal, tomas, sean, zoe, application, own }
}

impl Story {
    async fn count(&self, statement: &'static str) -> i64 {
        sqlx::query_scalar(statement).fetch_one(&self.portal.owner().await).await.unwrap()
    }
}

const ANSWERED: &str = "select count(*) from audit_event where action = 'application.answered'";

#[tokio::test]
async fn what_a_candidate_needs_counts_at_once_and_is_for_the_recruiter_alone() {
    let mut it = story().await;
    let page = text(&it.zoe.page(&it.own.clone()).await);
    assert!(
        page.contains("From then you have 1 week.") && page.contains("Need something different")
    );
    let needs = format!("{}/needs", it.own);
    assert!(text(&it.zoe.page(&needs).await).contains("10 days 12 h"), "what each would be");
    let refused = it.zoe.post(&needs, &[("time", "130")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let asked = [("time", "150"), ("needs", "captions"), ("needs", "camera_off"), ("needs", "x")];
    let said = text(&it.zoe.submit(&needs, &asked).await);
    assert!(said.contains("your recruiter alone knows"), "{said}");
    assert!(said.contains("From then you have 10 days 12 h"), "{said}");
    // The same again, from fifty tabs, is no change.
    let send = |_| {
        let (mut browser, needs) = (it.zoe.clone(), needs.clone());
        async move { browser.post(&needs, &asked).await.status }
    };
    let sent = futures_util::future::join_all((0..50).map(send)).await;
    assert!(sent.iter().all(|status| *status == StatusCode::SEE_OTHER));
    assert_eq!(it.count(ANSWERED).await, 1);
    let letters = it.portal.letters().await;
    assert_eq!(letters.len(), 1);
    assert!(letters[0].subject.as_str().ends_with("has told you something"));
    let theirs = text(&it.tomas.page(&it.application.clone()).await);
    for said in ["1.5 times the usual time", "Captions on calls", "Camera off"] {
        assert!(theirs.contains(said), "{said}: {theirs}");
        assert!(!letters[0].text.contains(said), "mail does not say it");
    }
    // Nobody else learns that there was anything: not by the page, and not by what happened.
    let his = text(&it.sean.page(&it.application.clone()).await);
    for secret in ["1.5", "Captions", "Camera", "answered", "need"] {
        assert!(!his.contains(secret), "the manager is told {secret}: {his}");
    }
    assert!(!theirs.contains("answered what is asked"), "the timeline says nothing");
    let mut maya = it.portal.signed_in(&[Role::Administrator]).await;
    let log = text(&maya.page("/audit").await);
    assert!(log.contains("answered what is asked before Start in") && !log.contains("captions"));
    // From Start on it stands, and the page leads to asking for time.
    it.zoe.submit(&format!("{}/start", it.own), &[]).await;
    let page = text(&it.zoe.page(&it.own.clone()).await);
    assert!(page.contains("10 days 12 h left"), "{page}");
    assert!(!page.contains("Need something different"));
    let late = it.zoe.post(&needs, &[("time", "200")]).await;
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(text(&late.text()).contains("ask for more time"), "{}", text(&late.text()));
    assert!(!text(&it.zoe.page(&needs).await).contains("Save what I need"));
    assert_eq!(it.count("select usual_minutes::bigint from assignment").await, 7 * 24 * 60);
    assert_eq!(it.count("select time_limit_minutes::bigint from assignment").await, 15_120);
}

#[tokio::test]
async fn whom_a_candidate_knows_is_asked_once_and_keeps_nobody_from_starting() {
    let mut it = story().await;
    let path = format!("{}/acquaintances", it.own);
    assert!(text(&it.zoe.page(&it.own.clone()).await).contains("Do you know anyone here?"));
    let empty = it.zoe.post(&path, &[("names", " ")]).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(text(&empty.text()).contains("Type their names"));
    let thanks = text(&it.zoe.submit(&path, &[("do", "nobody")]).await);
    assert!(thanks.contains("Thank you") && !thanks.contains("Do you know anyone here?"));
    assert_eq!(it.portal.letters().await.len(), 0, "nobody asks for nothing");
    assert!(
        text(&it.tomas.page(&it.application.clone()).await).contains("Whom they know here Nobody")
    );
    // It can be said otherwise until Start; then the recruiter has something to read.
    let said = [("names", "Jonas, we shared a desk <b>once</b>")];
    it.zoe.submit(&path, &said).await;
    it.zoe.submit(&path, &said).await;
    assert_eq!(it.portal.letters().await.len(), 1);
    assert_eq!(it.count(ANSWERED).await, 2);
    let page = it.tomas.page(&it.application.clone()).await;
    assert!(page.contains("Jonas, we shared a desk &#60;b&#62;once"), "{page}");
    let his = text(&it.sean.page(&it.application.clone()).await);
    assert!(!his.contains("Jonas") && !his.contains("know here"), "{his}");
    // Who answers nothing starts all the same.
    let other = story().await;
    let (mut zoe, own) = (other.zoe, other.own);
    assert!(text(&zoe.submit(&format!("{own}/start"), &[]).await).contains("Your clock runs"));
    assert!(!text(&zoe.page(&own).await).contains("Do you know anyone here?"));
}
