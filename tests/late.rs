//! What is sent after its time was over is kept, told to be late, and nobody's work until a recruiter takes it.

use http::StatusCode;
use portal::assignment::model::GRACE;
use portal::clock::{SignedDuration, Timestamp};
use portal::web::viewer::Role;

use crate::submission::{Begun, begun};
use crate::support::archive::{File, zip};
use crate::support::client::Browser;
use crate::support::html::text;

const LATE: &str = "https://git.example.org/heron/late";

impl Begun {
    async fn due(&self) -> Timestamp {
        let due = "select due_at from assignment where assignment_id = $1";
        let due: jiff_sqlx::Timestamp = sqlx::query_scalar(due)
            .bind(self.made.assignment)
            .fetch_one(&self.portal.owner().await)
            .await
            .unwrap();
        due.to_jiff()
    }

    /// It is later; browsers sign in anew.
    async fn at(&mut self, now: Timestamp) {
        self.portal.clock.set(now);
        self.zoe = self.portal.browser_of(self.zoe.account.unwrap()).await;
    }

    /// Sends a link, whatever page it is sent from.
    async fn sends(&mut self, link: &str, what: &str) -> (StatusCode, String) {
        let fields = [
            ("version", "0"),
            ("level", "3"),
            ("links", link),
            ("note", "The train stood still."),
            ("do", what),
        ];
        let answer = self.zoe.post(&self.hand_in, &fields).await;
        (answer.status, text(&answer.text()))
    }

    async fn its_recruiter(&self) -> Browser {
        let recruiter = "select recruiter_id from application where application_id = $1";
        let recruiter = sqlx::query_scalar(recruiter)
            .bind(self.made.application)
            .fetch_one(&self.portal.owner().await)
            .await
            .unwrap();
        self.portal.browser_of(recruiter).await
    }

    fn run(&self) -> String {
        format!("/applications/{}/assignments/{}", self.made.application, self.made.assignment)
    }

    /// Takes what came late, as its recruiter does.
    async fn taken(&self, why: &str) -> (StatusCode, String) {
        let mut tomas = self.its_recruiter().await;
        let late = format!("{}/late", self.run());
        let page = tomas.page(&late).await;
        let (_, rest) = page.split_once("name=\"seen\" value=\"").expect("it can be taken");
        let seen = rest.split('"').next().unwrap().to_owned();
        let fields = [("seen", seen.as_str()), ("why", why)];
        let answer = tomas.post(&late, &fields).await;
        if answer.status == StatusCode::SEE_OTHER {
            let again = tomas.post(&late, &fields).await;
            assert_eq!(again.status, StatusCode::SEE_OTHER, "{}", text(&again.text()));
        }
        (answer.status, text(&answer.text()))
    }
}

#[tokio::test]
async fn what_comes_late_is_kept_with_a_receipt_and_is_nobodys_work_until_it_is_taken() {
    let mut it = begun().await;
    let due = it.due().await;
    it.at(due + GRACE).await;
    let _told = it.portal.letters().await;
    let (status, says) = it.sends(LATE, "save").await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{says}");
    let page = text(&it.zoe.page(&it.hand_in.clone()).await);
    assert!(page.contains("It came 6 min late"), "{page}");
    assert!(page.contains("Your recruiter can see that it came"), "{page}");
    assert_eq!(it.phase().await, "lapsed");
    assert_eq!(it.count("select count(*) from submission where stands").await, 0);
    assert_eq!(it.count("select count(*) from draft").await, 0);
    let letters = it.portal.letters().await;
    let about =
        |what: &str| letters.iter().filter(|one| one.subject.as_str().contains(what)).count();
    assert_eq!((about("came late, and is kept"), about("has sent ")), (1, 1));
    // The same again is the same, and nothing is nothing.
    it.sends(LATE, "save").await;
    assert_eq!(it.sends("", "save").await.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        it.sends("https://git.example.org/other", "keep").await.0,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(it.count("select count(*) from submission").await, 1);
    assert!(it.portal.letters().await.is_empty());

    let mut mina = it.portal.signed_in(&[Role::Interviewer]).await;
    it.portal.sit(it.made, mina.account.unwrap(), false).await;
    let work = format!("/assignments/{}/work", it.made.assignment);
    assert_eq!(mina.get(&work).await.status, StatusCode::NOT_FOUND);
    let mut tomas = it.its_recruiter().await;
    let page = text(&tomas.page(&it.run()).await);
    assert!(page.contains("Something came late, on "), "{page}");
    let timeline = format!("/applications/{}", it.made.application);
    let page = text(&tomas.page(&timeline).await);
    assert!(page.contains("late: 6 min after its time was over"), "{page}");
    assert_eq!(it.taken(" ").await.0, StatusCode::UNPROCESSABLE_ENTITY, "it takes a reason");
    let (status, says) = it.taken("The train stood still.").await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{says}");
    assert_eq!(it.count("select count(*) from submission where stands").await, 1);
    let page = text(&tomas.page(&timeline).await);
    assert!(page.contains("took what came late as the work of"), "{page}");
    let letters = it.portal.letters().await;
    let taken = letters.iter().filter(|one| one.subject.as_str().ends_with("is taken")).count();
    assert_eq!(taken, 1);
    it.at(due + GRACE + SignedDuration::from_mins(30)).await;
    assert_eq!(it.phase().await, "voting");
    let mut mina = it.portal.browser_of(mina.account.unwrap()).await;
    assert!(text(&mina.page(&work).await).contains("The train stood still."));
    let look = text(&it.zoe.page(&it.look.clone()).await);
    assert!(look.contains("You have handed in"), "{look}");
}

#[tokio::test]
async fn what_was_there_in_time_stays_the_work_until_what_came_late_is_taken() {
    let mut it = begun().await;
    it.sends("https://git.example.org/heron/in-time", "save").await;
    let due = it.due().await;
    it.at(due + SignedDuration::from_hours(1)).await;
    assert_eq!(it.phase().await, "voting");
    let file = zip(&[File::new("late.go", "package late\n")]);
    let fields = [("version", "1"), ("level", "3"), ("links", LATE), ("do", "save")];
    let sent = it.zoe.upload(&it.hand_in, &fields, ("file", &file)).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", text(&sent.text()));
    let mut mina = it.portal.signed_in(&[Role::Interviewer]).await;
    it.portal.sit(it.made, mina.account.unwrap(), false).await;
    let work = format!("/assignments/{}/work", it.made.assignment);
    let page = text(&mina.page(&work).await);
    assert!(!page.contains("late.go"), "{page}");
    let review = format!("/reviews/{}", it.made.assignment);
    let vote = crate::support::panel::vote("1", crate::support::panel::WHY, "0");
    mina.submit(&review, &vote).await;
    assert_eq!(it.count("select count(*) from vote").await, 1);
    let (status, says) = it.taken("We told them another time.").await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{says}");
    assert_eq!(
        it.count("select count(*) from vote").await,
        0,
        "what was said of the other is set aside"
    );
    it.at(due + SignedDuration::from_hours(2)).await;
    assert_eq!(it.phase().await, "voting");
    let mut mina = it.portal.browser_of(mina.account.unwrap()).await;
    let page = text(&mina.page(&work).await);
    assert!(page.contains("late.go"), "{page}");
}

#[tokio::test]
async fn what_was_handed_in_or_ended_otherwise_is_not_late() {
    let mut it = begun().await;
    it.sends(LATE, "save").await;
    it.hand_in().await;
    let due = it.due().await;
    it.at(due + SignedDuration::from_hours(1)).await;
    let (status, _) = it.sends("https://git.example.org/other", "save").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let mut it = begun().await;
    let own = format!("/my/assignments/{}/withdrawal", it.made.assignment);
    it.zoe.submit(&own, &[("do", "withdraw")]).await;
    assert_eq!(it.sends(LATE, "save").await.0, StatusCode::UNPROCESSABLE_ENTITY);
    let mut it = begun().await;
    let due = it.due().await;
    it.at(due + GRACE + SignedDuration::from_hours(14 * 24)).await;
    assert_eq!(it.sends(LATE, "save").await.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(it.count("select count(*) from submission").await, 0);
}
