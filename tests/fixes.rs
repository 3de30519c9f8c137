//! A fix of what does not build or run: asked for once, handed in once more, and read beside what it was before.

use http::StatusCode;
use jiff_sqlx::ToSqlx;
use portal::assignment::fix::LASTS;
use portal::assignment::model::{GRACE, TAKE_BACK};
use portal::clock::SignedDuration;
use portal::ids::AccountId;
use portal::review::store::clock::open_due;
use portal::web::viewer::Role;

use crate::support::client::Browser;
use crate::support::html::text;
use crate::support::panel::Panel;

const WHAT: &str = "make fails: there is no rule to make target ‘portwatch’.";
const MINUTE: SignedDuration = SignedDuration::from_mins(1);

struct Fixing {
    it: Panel,
    own: String,
    hand_in: String,
    work: String,
}

impl Fixing {
    /// Work of level 3 in files, with a link, that is final.
    async fn voting() -> Self {
        let it = Panel::seated("operations").await;
        it.portal.hand_in_work(it.made).await;
        let own = format!("/my/assignments/{}", it.made.assignment);
        let hand_in = format!("{own}/hand-in");
        let work = format!("/assignments/{}/work", it.made.assignment);
        let mut fixing = Self { it, own, hand_in, work };
        fixing.wait(TAKE_BACK).await;
        let _told = fixing.it.portal.letters().await;
        fixing
    }

    /// Lets time pass; sessions of before have ended.
    async fn wait(&mut self, time: SignedDuration) {
        let it = &mut self.it;
        it.portal.clock.set(it.portal.clock.now() + time);
        let of = |browser: &Browser| browser.account.unwrap();
        let mut again = Vec::new();
        for member in &it.members {
            again.push(it.portal.browser_of(of(member)).await);
        }
        it.members = again;
        it.zoe = it.portal.browser_of(of(&it.zoe)).await;
        it.sean = it.portal.browser_of(of(&it.sean)).await;
        it.tomas = it.portal.browser_of(of(&it.tomas)).await;
    }

    async fn ask(&mut self, at: usize, what: &str) -> crate::support::portal::Answer {
        let review = self.it.review.clone();
        self.it.members[at].post(&review, &[("do", "fix"), ("what", what)]).await
    }

    /// Saves another note into what is put together.
    async fn save(&mut self, note: &str) -> crate::support::portal::Answer {
        let hand_in = self.hand_in.clone();
        let version: String = sqlx::query_scalar("select version::text from draft")
            .fetch_one(&self.it.portal.owner().await)
            .await
            .unwrap();
        let links = "https://git.example.org/heron/automation";
        let fields =
            [("version", version.as_str()), ("level", "1"), ("links", links), ("note", note)];
        self.it.zoe.post(&hand_in, &fields).await
    }

    async fn hand_in(&mut self) -> crate::support::portal::Answer {
        let look = format!("{}/look", self.hand_in);
        let page = self.it.zoe.page(&look).await;
        let (_, rest) = page.split_once("name=\"seen\" value=\"").expect("it can be handed in");
        let seen = rest[..64].to_owned();
        self.it.zoe.post(&look, &[("do", "hand-in"), ("seen", &seen)]).await
    }

    async fn answer_by(&self) -> String {
        let handed_in = "select counts_from(g)::text from assignment g";
        sqlx::query_scalar(handed_in).fetch_one(&self.it.portal.owner().await).await.unwrap()
    }
}

#[tokio::test]
async fn a_panel_asks_once_and_the_candidate_hands_in_once_more_beside_what_it_was() {
    let mut fixing = Fixing::voting().await;
    let short = fixing.ask(0, "It does not build for me, no.").await;
    assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(text(&short.text()).contains("Say in at least 30 characters"), "{}", short.text());
    for _ in 0..2 {
        let asked = fixing.ask(0, WHAT).await;
        assert_eq!(asked.status, StatusCode::SEE_OTHER, "{}", asked.text());
    }
    let twice = fixing.ask(1, "And the tests do not run either, I am afraid.").await;
    assert_eq!(twice.status, StatusCode::UNPROCESSABLE_ENTITY);
    let says = text(&twice.text());
    assert!(says.contains("and can once") && says.contains("the tests do not run"), "{says}");
    assert_eq!(fixing.it.count("select count(*) from fix").await, 1);
    let letters = fixing.it.portal.letters().await;
    let subjects: Vec<_> = letters.iter().map(|one| one.subject.as_str().to_owned()).collect();
    assert_eq!(letters.len(), 1, "{subjects:?}");
    assert!(subjects[0].ends_with("please fix what does not build or run"), "{subjects:?}");

    let page = fixing.it.zoe.page(&fixing.own.clone()).await;
    let says = text(&page);
    assert!(says.contains(WHAT) && says.contains("You can hand it in until"), "{says}");
    assert!(text(&fixing.it.zoe.page("/my").await).contains("waits for your fix"));
    let pipeline = text(&fixing.it.tomas.page("/pipeline?track=operations").await);
    assert!(pipeline.contains("Fix awaited"), "{pipeline}");
    assert!(pipeline.contains("With the candidates 1"), "{pipeline}");
    let page = fixing.it.zoe.page(&fixing.hand_in.clone()).await;
    assert!(
        page.contains(WHAT) && page.contains("Start with `poll.go`."),
        "nothing is lost: {page}"
    );
    let same = fixing.hand_in().await;
    assert_eq!(same.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(text(&same.text()).contains("Nothing in it is fixed yet"), "{}", text(&same.text()));
    assert_eq!(fixing.save("It builds now.").await.status, StatusCode::SEE_OTHER);
    // Until it is handed in the panel has what it had.
    let work = fixing.work.clone();
    let page = fixing.it.members[0].page(&work).await;
    assert!(page.contains("poll.go</code>") && !page.contains("It builds now."), "{page}");
    assert_eq!(
        fixing.it.members[0].get(&format!("{work}/before")).await.status,
        StatusCode::NOT_FOUND
    );
    fixing.it.votes(0, "1").await;
    fixing.wait(MINUTE).await;
    let fixed = fixing.hand_in().await;
    assert_eq!(fixed.status, StatusCode::SEE_OTHER, "{}", fixed.text());
    let letters = fixing.it.portal.letters().await;
    let mut subjects: Vec<_> = letters.iter().map(|one| one.subject.as_str().to_owned()).collect();
    subjects.sort();
    assert_eq!(subjects.len(), 5, "{subjects:?}");
    assert_eq!(subjects.iter().filter(|one| one.starts_with("The fix of")).count(), 3);
    assert!(subjects.iter().any(|one| one.starts_with("We have the fix")), "{subjects:?}");
    assert!(subjects.iter().any(|one| one.ends_with("something to pass on")), "{subjects:?}");

    let page = fixing.it.members[1].page(&work).await;
    assert!(page.contains("It builds now.") && !page.contains("git.example.org"), "{page}");
    assert!(text(&page).contains("Handed in at level 3"), "its level is what it was");
    let before = fixing.it.members[1].page(&format!("{work}/before")).await;
    assert!(before.contains("poll.go</code>") && !before.contains("It builds now."), "{before}");
    let file = fixing.it.members[1].get(&format!("{work}/before/file?path=poll.go")).await;
    assert_eq!((file.status, file.text().as_str()), (StatusCode::OK, "package main\n"));
    let all = fixing.it.members[1].get(&format!("{work}/before/archive")).await;
    assert_eq!(all.status, StatusCode::OK);
    let review = fixing.it.review.clone();
    let says = text(&fixing.it.members[1].page(&review).await);
    assert!(says.contains("It came on") && says.contains("The work before the fix"), "{says}");
    // It is final, and asked for once.
    let again = fixing.save("And one more.").await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(text(&again.text()).contains("And one more."), "nothing typed is lost");
    assert_eq!(fixing.ask(1, WHAT).await.status, StatusCode::SEE_OTHER, "the same again is one");
    // The vote stands, and nothing has opened.
    assert_eq!(fixing.it.count("select count(*) from vote").await, 1);
    assert_eq!(fixing.it.state().await, "submitted");
    let application = format!("/applications/{}", fixing.it.made.application);
    for browser in [&mut fixing.it.tomas.clone(), &mut fixing.it.sean.clone()] {
        let says = text(&browser.page(&application).await);
        assert!(says.contains("asked for a fix of “"), "{says}");
        assert!(says.contains("handed in the fix of “"), "{says}");
    }
}

#[tokio::test]
async fn what_came_late_and_nobody_took_is_not_what_was_there_before_the_fix() {
    let mut fixing = Fixing::voting().await;
    let late = "insert into submission (submission_id, assignment_id, content_hash, level, links, note, answers,
          handed_in_at, late_minutes, stands)
        select gen_random_uuid(), assignment_id, sha256('late'), level, '{}', 'Sent late.', '[]',
          handed_in_at + interval '1 second', 10, false
        from submission";
    sqlx::query(late).execute(&fixing.it.portal.owner().await).await.unwrap();
    fixing.ask(0, WHAT).await;
    fixing.save("It builds now.").await;
    fixing.wait(MINUTE).await;
    assert_eq!(fixing.hand_in().await.status, StatusCode::SEE_OTHER);
    let before = format!("{}/before", fixing.work);
    let page = fixing.it.members[0].page(&before).await;
    assert!(page.contains("poll.go</code>") && !page.contains("Sent late."), "{page}");
}

#[tokio::test]
async fn the_promise_counts_on_from_the_fix_or_the_end_of_its_time_and_late_is_refused() {
    let mut fixing = Fixing::voting().await;
    let before = fixing.answer_by().await;
    fixing.ask(2, WHAT).await;
    let due = fixing.it.portal.clock.now() + LASTS;
    let moved = fixing.answer_by().await;
    assert_ne!(moved, before);
    let standing: bool = sqlx::query_scalar("select handed_in_at = $1 from standing")
        .bind(due.to_sqlx())
        .fetch_one(&fixing.it.portal.owner().await)
        .await
        .unwrap();
    assert!(standing, "desks and lists count from there, too");
    fixing.wait(LASTS + GRACE).await;
    let late = fixing.save("Too late, and not lost.").await;
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
    let says = text(&late.text());
    assert!(
        says.contains("The time for the fix is over. What you handed in before counts"),
        "{says}"
    );
    assert!(says.contains("Too late, and not lost."), "{says}");
    let says = text(&fixing.it.zoe.page(&fixing.own.clone()).await);
    assert!(says.contains("The time for the fix that was asked for is over"), "{says}");
    assert_eq!(fixing.answer_by().await, moved);
    let page = fixing.it.members[0].page(&fixing.work.clone()).await;
    assert!(page.contains("poll.go</code>"), "{page}");
    // The clock waits as long as was promised.
    for at in 0..2 {
        fixing.it.votes(at, "1").await;
    }
    fixing.wait(SignedDuration::from_hours(24 * 6)).await;
    open_due(&fixing.it.portal.db, fixing.it.portal.clock.now()).await.unwrap();
    assert_eq!(fixing.it.state().await, "submitted");
    fixing.wait(SignedDuration::from_hours(24 * 8)).await;
    open_due(&fixing.it.portal.db, fixing.it.portal.clock.now()).await.unwrap();
    assert_eq!(fixing.it.state().await, "opened");
}

#[tokio::test]
async fn whether_the_votes_have_opened_changes_nothing_for_the_candidate() {
    let mut fixing = Fixing::voting().await;
    fixing.ask(0, WHAT).await;
    for at in 0..3 {
        fixing.it.votes(at, "1").await;
    }
    assert_eq!(fixing.it.state().await, "opened");
    assert!(text(&fixing.it.zoe.page(&fixing.own.clone()).await).contains(WHAT));
    assert_eq!(fixing.save("It builds now.").await.status, StatusCode::SEE_OTHER);
    fixing.wait(MINUTE).await;
    assert_eq!(fixing.hand_in().await.status, StatusCode::SEE_OTHER);
    assert_eq!(fixing.it.state().await, "opened");
    let work = fixing.work.clone();
    let page = fixing.it.sean.page(&work).await;
    assert!(page.contains("It builds now.") && page.contains("See it before the fix"), "{page}");
    // The panel still learns of it, once its recruiter has looked at the links.
    let receipt = fixing.it.made.receipt();
    let page = fixing.it.tomas.page(&receipt).await;
    assert!(text(&page).contains("pass it on"), "{}", text(&page));
    let (_, seen) = page.split_once("name=\"seen\" value=\"").unwrap();
    let fields = [("seen", &seen[..64]), ("what", "links")];
    let done = text(&fixing.it.tomas.submit(&receipt, &fields).await);
    assert!(done.contains("The panel sees it now"), "{done}");
    let page = fixing.it.members[0].page(&work).await;
    assert!(page.contains("git.example.org/heron"), "{page}");
}

#[tokio::test]
async fn nothing_is_decided_while_a_fix_is_awaited() {
    let mut it = Fixing::voting().await;
    it.ask(0, WHAT).await;
    for at in 0..3 {
        it.it.votes(at, "1").await;
    }
    assert_eq!(it.it.state().await, "opened");
    let decision = format!("/debriefs/{}/decision", it.it.made.assignment);
    let kept = [
        ("version", "0"),
        ("outcome", "advance"),
        ("level", "1"),
        ("kind-1", "strength"),
        ("saw-1", "It is tested."),
        ("do", "keep"),
    ];
    let page = text(&it.it.sean.submit(&decision, &kept).await);
    assert!(page.contains("The panel asked for a fix."), "{page}");
    let decide = [("version", "1"), ("do", "decide")];
    let refused = it.it.sean.post(&decision, &decide).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(text(&refused.text()).contains("decide once it is here"), "{}", refused.text());
    assert_eq!(it.it.state().await, "opened");
    // The time for it passes without one.
    it.wait(LASTS + GRACE).await;
    let page = text(&it.it.sean.submit(&decision, &decide).await);
    assert!(page.contains("Decided"), "{page}");
    assert_eq!(it.it.state().await, "decided");
}

#[tokio::test]
async fn a_fix_is_asked_for_by_members_while_the_work_is_final_and_sealed() {
    let mut fixing = Fixing::voting().await;
    let mut noor = fixing.it.portal.signed_in(&[Role::Interviewer]).await;
    let noor_is: AccountId = noor.account.unwrap();
    fixing.it.portal.sit(fixing.it.made, noor_is, true).await;
    let review = fixing.it.review.clone();
    let asks = [("do", "fix"), ("what", WHAT)];
    assert_eq!(noor.post(&review, &asks).await.status, StatusCode::NOT_FOUND, "in training");
    assert!(!noor.page(&review).await.contains("Ask for a fix"));
    for at in 0..3 {
        fixing.it.votes(at, "1").await;
    }
    let late = fixing.ask(0, WHAT).await;
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
    let says = text(&late.text());
    assert!(says.contains("the votes are not open") && says.contains(WHAT), "{says}");
    let mut early = Panel::seated("operations").await;
    let review = early.review.clone();
    let early = early.members[0].post(&review, &asks).await;
    assert_eq!(early.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn what_the_clock_handed_in_stays_as_it_was_while_it_is_fixed() {
    let mut fixing = Fixing::voting().await;
    // The same work, as the clock would have taken it.
    let owner = fixing.it.portal.owner().await;
    for statement in [
        "delete from submission",
        "update assignment
         set state = 'in_progress', submitted_at = null, due_at = work_at + interval '5 minutes',
           cutoff_at = work_at + interval '10 minutes'",
    ] {
        sqlx::query(statement).execute(&owner).await.unwrap();
    }
    let asked = fixing.ask(0, WHAT).await;
    assert_eq!(asked.status, StatusCode::SEE_OTHER, "{}", asked.text());
    assert_eq!(fixing.it.state().await, "submitted");
    assert_eq!(fixing.save("It builds now.").await.status, StatusCode::SEE_OTHER);
    let work = fixing.work.clone();
    let page = fixing.it.members[0].page(&work).await;
    assert!(page.contains("poll.go</code>") && !page.contains("It builds now."), "{page}");
    fixing.wait(MINUTE).await;
    assert_eq!(fixing.hand_in().await.status, StatusCode::SEE_OTHER);
    let before = fixing.it.members[0].page(&format!("{work}/before")).await;
    assert!(before.contains("poll.go</code>") && !before.contains("It builds now."), "{before}");
}
