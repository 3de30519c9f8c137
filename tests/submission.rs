//! Handing in: put together, looked at, handed in once, and taken back while that can be done.

use http::StatusCode;
use portal::assignment::model::{GRACE, TAKE_BACK};
use portal::clock::SignedDuration;
use portal::submission::store::clock::write_down_due;
use portal::web::viewer::Role;

use crate::support::Portal;
use crate::support::client::Browser;
use crate::support::html::text;
use crate::support::interview::{Between, Interview};

/// So long a file may be on its way.
const SENDING_MOST: SignedDuration = SignedDuration::from_mins(15);
const MICRO: SignedDuration = SignedDuration::from_micros(1);

/// A candidate with the automation challenge at level 3, begun.
pub struct Begun {
    pub portal: Portal,
    pub zoe: Browser,
    pub made: Interview,
    pub hand_in: String,
    pub look: String,
}

pub async fn begun() -> Begun {
    let portal = Portal::shipped().await;
    let tomas = portal.signed_in(&[Role::Recruiter]).await.account.unwrap();
    let mut zoe = portal.signed_in(&[Role::Candidate]).await;
    let between = Between { candidate: zoe.account.unwrap(), recruiter: tomas, manager: None };
    let made = portal.interview(between).await;
    let own = format!("/my/assignments/{}", made.assignment);
    zoe.submit(&format!("{own}/start"), &[]).await;
    let hand_in = format!("{own}/hand-in");
    Begun { look: format!("{hand_in}/look"), portal, zoe, made, hand_in }
}

const NAME: &str = "Zoë Brzęczyszczykiewicz";
const WORK: &str = "https://git.example.org/heron/automation";

impl Begun {
    /// Saves what is typed over what is there.
    async fn save(&mut self, typed: &[(&str, &str)]) -> String {
        let mut fields = vec![("level", "3"), ("links", WORK), ("note", "")];
        fields.retain(|(name, _)| typed.iter().all(|(typed, _)| typed != name));
        fields.extend(typed);
        let version = self.zoe.version_of(&self.hand_in).await;
        fields.push(("version", &version));
        self.zoe.submit(&self.hand_in, &fields).await
    }

    pub async fn seen(&mut self) -> String {
        let page = self.zoe.page(&self.look).await;
        let (_, rest) = page.split_once("name=\"seen\" value=\"").expect("it can be handed in");
        rest.split('"').next().unwrap_or_default().to_owned()
    }

    pub async fn hand_in(&mut self) -> String {
        let seen = self.seen().await;
        self.zoe.submit(&self.look, &[("do", "hand-in"), ("seen", &seen)]).await;
        seen
    }

    pub async fn count(&self, statement: &'static str) -> i64 {
        sqlx::query_scalar(statement).fetch_one(&self.portal.owner().await).await.unwrap()
    }

    pub async fn phase(&self) -> String {
        sqlx::query_scalar(
            "select assignment_phase(g, $2) from assignment g where assignment_id = $1",
        )
        .bind(self.made.assignment)
        .bind(jiff_sqlx::ToSqlx::to_sqlx(self.portal.clock.now()))
        .fetch_one(&self.portal.owner().await)
        .await
        .unwrap()
    }
}

#[tokio::test]
async fn what_was_put_together_is_looked_at_handed_in_and_taken_back() {
    let mut it = begun().await;
    let page = text(&it.zoe.page(&it.hand_in).await);
    assert!(page.contains("Level 3, question 2"), "{page}");
    assert!(!page.contains("Level 4, question"), "{page}");
    let typed = [("answer-1.1", "By *tests* with `nc`."), ("note", "Start with `main.go`.")];
    it.save(&typed).await;
    let look = it.zoe.page(&it.look).await;
    assert!(look.contains("By <em>tests</em> with <code>nc</code>."), "{look}");
    assert!(text(&look).contains("8 questions have no answer"), "{}", text(&look));
    assert!(look.contains(&format!("href=\"{WORK}\" rel=\"noreferrer")), "{look}");
    let hash = it.hand_in().await;
    let receipt = it.zoe.page(&it.look).await;
    assert!(receipt.contains(&hash) && receipt.contains("Take it back"), "{receipt}");
    let letters = it.portal.letters().await;
    let letters: Vec<_> = letters.iter().filter(|letter| letter.text.contains(&hash)).collect();
    assert_eq!(letters.len(), 1);
    assert!(letters[0].subject.as_str().starts_with("We have "), "{:?}", letters[0].subject);
    assert_eq!(it.phase().await, "submitted");
    let again = it.zoe.get(&it.hand_in).await;
    assert_eq!((again.status, again.header("location")), (StatusCode::SEE_OTHER, &*it.look));

    it.zoe.submit(&it.look, &[("do", "back")]).await;
    it.zoe.submit(&it.look, &[("do", "back")]).await;
    assert_eq!(it.phase().await, "in_progress");
    let page = it.zoe.page(&it.hand_in).await;
    assert!(page.contains("Start with `main.go`."), "nothing of it is lost");
    it.save(&[("note", "Start with `poll.go`.")]).await;
    assert_ne!(it.hand_in().await, hash);
    it.portal.clock.set(it.portal.clock.now() + TAKE_BACK);
    let candidate = it.zoe.account.unwrap();
    it.zoe = it.portal.browser_of(candidate).await;
    let refused = it.zoe.post(&it.look, &[("do", "back")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(text(&refused.text()).contains("final"), "{}", text(&refused.text()));
    assert_eq!(it.count("select count(*) from submission").await, 2);
    let events = "select count(*) from audit_event where action = 'assignment.handed_in'";
    assert_eq!(it.count(events).await, 2);
}

#[tokio::test]
async fn fifty_copies_hand_in_once() {
    let mut it = begun().await;
    it.save(&[("answer-2.1", "Because of make.")]).await;
    let seen = it.seen().await;
    let copies = (0..50).map(|_| {
        let (mut zoe, look, seen) = (it.zoe.clone(), it.look.clone(), seen.clone());
        async move { zoe.post(&look, &[("do", "hand-in"), ("seen", &seen)]).await }
    });
    for answer in futures_util::future::join_all(copies).await {
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", text(&answer.text()));
        assert_eq!(answer.header("location"), format!("{}?done=handed-in", it.look));
    }
    assert_eq!(it.count("select count(*) from submission").await, 1);
    let events = "select count(*) from audit_event where action = 'assignment.handed_in'";
    assert_eq!(it.count(events).await, 1);
    assert_eq!(it.count("select count(*) from mail where template = 'handed_in'").await, 1);
}

#[tokio::test]
async fn another_tab_loses_nothing_and_what_was_not_looked_at_is_not_handed_in() {
    let mut it = begun().await;
    it.save(&[("answer-1.1", "As typed first.")]).await;
    let (version, seen) = (it.zoe.version_of(&it.hand_in).await, it.seen().await);
    it.save(&[("answer-1.1", "As typed in another tab.")]).await;
    let fields = [
        ("version", version.as_str()),
        ("level", "3"),
        ("links", WORK),
        ("note", ""),
        ("answer-1.1", "As typed here."),
    ];
    let clash = it.zoe.post(&it.hand_in, &fields).await;
    assert_eq!(clash.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = clash.text();
    assert!(page.contains("As typed here.") && page.contains("As typed in another tab."), "{page}");
    assert!(text(&page).contains("changed in another tab"), "{}", text(&page));
    let refused = it.zoe.post(&it.look, &[("do", "hand-in"), ("seen", &seen)]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(text(&refused.text()).contains("look at it again"), "{}", text(&refused.text()));
    assert_eq!(it.count("select count(*) from submission").await, 0);
}

#[tokio::test]
async fn what_was_received_in_time_is_taken_when_the_clock_runs_out() {
    for (links, becomes) in [(WORK, "voting"), ("", "lapsed")] {
        let mut it = begun().await;
        it.save(&[]).await;
        it.save(&[("links", links)]).await;
        let due = "select due_at from assignment where assignment_id = $1";
        let due: jiff_sqlx::Timestamp = sqlx::query_scalar(due)
            .bind(it.made.assignment)
            .fetch_one(&it.portal.owner().await)
            .await
            .unwrap();
        let cutoff = due.to_jiff() + GRACE;
        it.portal.clock.set(cutoff - MICRO);
        let candidate = it.zoe.account.unwrap();
        it.zoe = it.portal.browser_of(candidate).await;
        assert_eq!(it.phase().await, "in_progress");
        it.save(&[("links", links), ("note", "At the last moment.")]).await;
        it.portal.clock.set(cutoff);
        assert_eq!(it.phase().await, becomes);
        let fields = [("version", "3"), ("level", "3"), ("links", WORK), ("note", "Too late.")];
        let late = it.zoe.post(&it.hand_in, &fields).await;
        assert_eq!(late.status, StatusCode::SEE_OTHER, "it is kept, and no work");
        assert_eq!(it.phase().await, becomes);
        let kept = "select count(*) from draft where note = 'At the last moment.'";
        assert_eq!(it.count(kept).await, 1);
    }
}

#[tokio::test]
async fn what_cannot_be_taken_says_why_and_keeps_what_was_typed() {
    let mut it = begun().await;
    let none = text(&it.zoe.page(&it.look).await);
    assert!(none.contains("Add your work first"), "{none}");
    let refused = it.zoe.post(&it.look, &[("do", "hand-in"), ("seen", "")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let long = "x".repeat(20_001);
    for (name, typed, says) in [
        ("links", "javascript:alert(1)", "is no web address"),
        ("links", "https://zoe:secret@example.org/", "passwords out of links"),
        ("level", "4", "Choose a level from 1 to 3"),
        ("level", "0", "Choose a level from 1 to 3"),
        ("answer-3.1", &long, "Level 3, question 1: Use at most 20,000"),
    ] {
        let mut fields = vec![("version", "0"), ("note", "Kept as typed.")];
        fields
            .extend([("level", "3"), ("links", WORK)].into_iter().filter(|(one, _)| *one != name));
        fields.push((name, typed));
        let refused = it.zoe.post(&it.hand_in, &fields).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{name} {typed}");
        let page = refused.text();
        assert!(text(&page).contains(says), "{says}: {}", text(&page));
        assert!(page.contains("Kept as typed."), "{page}");
    }
    assert_eq!(it.count("select count(*) from draft").await, 0);
}

#[tokio::test]
async fn what_the_page_keeps_by_itself_is_kept_but_for_what_cannot_be() {
    let mut it = begun().await;
    it.save(&[("answer-1.1", "As typed first.")]).await;
    let fields = [
        ("version", "1"),
        ("level", "3"),
        ("links", "no address"),
        ("note", "A note."),
        ("answer-1.1", "As typed next."),
        ("do", "keep"),
    ];
    let kept = it.zoe.post(&it.hand_in, &fields).await;
    assert_eq!(kept.status, StatusCode::OK);
    assert_eq!(kept.text(), "2\nlinks “no address” is no web address; begin it with https://");
    let page = it.zoe.page(&it.hand_in).await;
    for words in ["A note.", "As typed next.", WORK] {
        assert!(page.contains(words), "{words}");
    }
    // Whoever saves it is told, and finds it as they typed it.
    let mut saved = fields;
    (saved[0], saved[5]) = (("version", "2"), ("do", "save"));
    let refused = it.zoe.post(&it.hand_in, &saved).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().contains("no address"), "{}", refused.text());
}

#[tokio::test]
async fn a_lower_level_asks_less_and_keeps_what_was_answered_above_it() {
    let mut it = begun().await;
    it.save(&[("answer-3.1", "With a fleet."), ("answer-1.1", "With tests.")]).await;
    it.save(&[("level", "1"), ("answer-1.1", "With tests."), ("answer-3.1", "With a fleet.")])
        .await;
    let page = text(&it.zoe.page(&it.hand_in).await);
    assert!(page.contains("Level 1, question 4") && !page.contains("Level 3, question"), "{page}");
    let look = text(&it.zoe.page(&it.look).await);
    assert!(look.contains("Hand in at level 1") && !look.contains("With a fleet."), "{look}");
    // The page that is still open has the questions of the level before.
    it.save(&[("level", "1"), ("answer-3.1", "With two fleets.")]).await;
    it.save(&[("level", "3"), ("answer-1.1", "")]).await;
    let page = it.zoe.page(&it.hand_in).await;
    assert!(page.contains("With two fleets.") && !page.contains("With tests."), "{page}");
}

#[tokio::test]
async fn a_blind_panel_reads_the_work_by_alias_and_its_links_once_they_are_passed_on() {
    let portal = Portal::shipped().await;
    let mut tomas = portal.signed_in(&[Role::Recruiter]).await;
    let mut sean = portal.signed_in(&[Role::HiringManager]).await;
    let zoe = portal.signed_in(&[Role::Candidate]).await;
    let (mut mina, mut asked) = (
        portal.signed_in(&[Role::Interviewer]).await,
        portal.signed_in(&[Role::Interviewer]).await,
    );
    let between = Between {
        candidate: zoe.account.unwrap(),
        recruiter: tomas.account.unwrap(),
        manager: sean.account,
    };
    sqlx::query("update account set name = $1 where account_id = $2")
        .bind(NAME)
        .bind(between.candidate)
        .execute(&portal.owner().await)
        .await
        .unwrap();
    let made = portal.interview(between).await;
    for browser in [&mina, &asked] {
        portal.seat(made, browser.account.unwrap()).await;
    }
    let (review, work) =
        (format!("/reviews/{}", made.assignment), format!("/assignments/{}/work", made.assignment));
    mina.submit(&review, &[("do", "accept")]).await;
    for browser in [&mut mina, &mut sean] {
        assert_eq!(browser.get(&work).await.status, StatusCode::NOT_FOUND, "nothing is here yet");
    }
    portal.hand_in_work(made).await;
    assert!(mina.page(&review).await.contains(&work), "the way there");
    assert_eq!(asked.get(&work).await.status, StatusCode::NOT_FOUND, "whoever has not accepted");
    assert_eq!(tomas.get(&work).await.status, StatusCode::NOT_FOUND, "the recruiter has a receipt");
    let page = mina.page(&work).await;
    assert!(page.contains("<code>poll.go</code>") && !page.contains(WORK), "{page}");
    assert!(text(&page).contains("One link is with the recruiter"), "{}", text(&page));
    assert!(!page.contains(NAME), "{page}");
    let sees = sean.page(&work).await;
    assert!(sees.contains(WORK) && sees.contains(NAME), "{sees}");

    let receipt = made.receipt();
    let letters = portal.letters().await;
    let told: Vec<_> = letters.iter().filter(|letter| letter.text.contains(&receipt)).collect();
    assert_eq!(told.len(), 1, "the recruiter is told that links wait");
    let waits = "does not see all of the work until you have looked at it";
    let desk = tomas.page("/desk").await;
    assert!(text(&desk).contains(waits) && desk.contains(&receipt), "{}", text(&desk));
    assert!(text(&tomas.page(&receipt).await).contains("pass it on"));
    assert!(!text(&sean.page(&receipt).await).contains("Pass it on"), "he passes nothing on");
    let page = tomas.page(&receipt).await;
    let seen = page.split("name=\"seen\" value=\"").nth(1).unwrap()[..64].to_owned();
    for _ in 0..2 {
        tomas.submit(&receipt, &[("what", "links"), ("seen", &seen)]).await;
    }
    assert!(!text(&tomas.page("/desk").await).contains(waits));
    assert!(mina.page(&work).await.contains(WORK));
    let events = "select count(*) from audit_event where action = 'assignment.links_passed_on'";
    let events: i64 = sqlx::query_scalar(events).fetch_one(&portal.owner().await).await.unwrap();
    assert_eq!(events, 1);
    mina.submit(&review, &[("do", "recognise")]).await;
    assert_eq!(mina.get(&work).await.status, StatusCode::NOT_FOUND, "whoever has left");
}

#[tokio::test]
async fn a_blind_panel_reads_no_name_the_candidate_ever_had() {
    let mut it = begun().await;
    let mut mina = it.portal.signed_in(&[Role::Interviewer]).await;
    it.portal.seat(it.made, mina.account.unwrap()).await;
    mina.submit(&format!("/reviews/{}", it.made.assignment), &[("do", "accept")]).await;
    let zoe = it.zoe.account.unwrap();
    it.portal.call(zoe, "Zoë Quennell").await;
    it.portal.call(zoe, "Zoë Marchetti").await;
    it.save(&[("note", "Quennell wrote it, Marchetti built it, Okonkwo-Heron ran it.")]).await;
    let seen = it.seen().await;
    // Between the look and the hand-in, too.
    it.portal.call(zoe, "Zoë Okonkwo-Heron").await;
    it.zoe.submit(&it.look, &[("do", "hand-in"), ("seen", &seen)]).await;
    it.zoe.submit(&it.look, &[("do", "back")]).await;
    // A handle stays theirs when the link to it is gone.
    let gone = [
        ("links", "https://files.example.org/work"),
        ("note", "Quennell wrote it, Marchetti built it, Okonkwo-Heron and heron ran it."),
    ];
    it.save(&gone).await;
    it.hand_in().await;
    let page = mina.page(&format!("/assignments/{}/work", it.made.assignment)).await;
    assert!(page.contains("wrote it"), "{page}");
    for name in ["Quennell", "Marchetti", "Okonkwo", "heron"] {
        assert!(!page.contains(name), "{name}: {page}");
    }
}

#[tokio::test]
async fn the_outbox_tells_nobody_on_a_blind_panel_who_handed_in() {
    let mut it = begun().await;
    it.portal.call(it.zoe.account.unwrap(), "Zoë Brzęczyszczykiewicz").await;
    let mut maya = it.portal.signed_in(&[Role::Administrator]).await;
    let mut eve = it.portal.signed_in(&[Role::Administrator, Role::Interviewer]).await;
    it.portal.seat(it.made, eve.account.unwrap()).await;
    it.save(&[("note", "Done.")]).await;
    it.hand_in().await;
    // Whoever sends letters knows the candidate by their alias, and whoever looks at the work not even that.
    let outbox = text(&maya.page("/outbox").await);
    assert!(outbox.contains("A receipt") && !outbox.contains("Zoë"), "{outbox}");
    let outbox = text(&eve.page("/outbox").await);
    assert!(!outbox.contains("A receipt") && !outbox.contains("Zoë"), "{outbox}");
}

#[tokio::test]
async fn what_the_clock_handed_in_is_read_and_passed_on_like_any_other() {
    let mut it = begun().await;
    it.save(&[("note", "Not finished.")]).await;
    let cutoff: jiff_sqlx::Timestamp = sqlx::query_scalar("select cutoff_at from assignment")
        .fetch_one(&it.portal.owner().await)
        .await
        .unwrap();
    it.portal.clock.set(cutoff.to_jiff());
    assert_eq!(it.phase().await, "voting");
    let recruiter = "select recruiter_id from application where application_id = $1";
    let recruiter = sqlx::query_scalar(recruiter)
        .bind(it.made.application)
        .fetch_one(&it.portal.owner().await)
        .await
        .unwrap();
    let receipt = it.made.receipt();
    // A file may still be on its way; from then on the links wait for the recruiter.
    let waits = "does not see all of the work until you have looked at it";
    for (after, letters) in [(SignedDuration::ZERO, 0), (SENDING_MOST, 1), (SENDING_MOST, 1)] {
        it.portal.clock.set(it.portal.clock.now() + after);
        write_down_due(&it.portal.db, it.portal.clock.now()).await.unwrap();
        let told = "select count(*) from mail where template = 'links_wait'";
        assert_eq!(it.count(told).await, letters);
        let mut tomas = it.portal.browser_of(recruiter).await;
        assert_eq!(text(&tomas.page("/desk").await).contains(waits), letters > 0);
    }
    let mut tomas = it.portal.browser_of(recruiter).await;
    let before = tomas.page(&receipt).await;
    let seen = before.split("name=\"seen\" value=\"").nth(1).unwrap()[..64].to_owned();
    tomas.submit(&receipt, &[("what", "links"), ("seen", &seen)]).await;
    assert!(text(&tomas.page(&receipt).await).contains("The panel sees it."));
    let kept = "select count(*) from submission where note = 'Not finished.'";
    assert_eq!(it.count(kept).await, 1);
    let hash = |page: &str| page.split("class=\"hash\">").nth(1).unwrap()[..64].to_owned();
    assert_eq!(hash(&tomas.page(&receipt).await), hash(&before), "the receipt stays the same");
}

#[tokio::test]
async fn what_is_given_back_can_be_changed_and_handed_in_again() {
    let mut it = begun().await;
    it.save(&[("note", "Before.")]).await;
    let before = it.hand_in().await;
    let recruiter = "select recruiter_id from application where application_id = $1";
    let recruiter = sqlx::query_scalar(recruiter)
        .bind(it.made.application)
        .fetch_one(&it.portal.owner().await)
        .await
        .unwrap();
    let mut tomas = it.portal.browser_of(recruiter).await;
    let run = format!("/applications/{}/assignments/{}", it.made.application, it.made.assignment);
    let version = tomas.version_of(&run).await;
    let until = (it.portal.clock.now() + SignedDuration::from_hours(24 * 9)).to_string();
    let give_back = [("do", "reopen"), ("version", &version), ("due", &until[..10])];
    tomas.submit(&run, &give_back).await;
    assert_eq!(it.phase().await, "in_progress");
    assert_eq!(tomas.get(&format!("{run}/receipt")).await.status, StatusCode::NOT_FOUND);
    assert!(it.zoe.page(&it.hand_in).await.contains("Before."), "nothing of it is lost");
    it.save(&[("note", "After.")]).await;
    assert_ne!(it.hand_in().await, before);
    assert_eq!(it.count("select count(*) from submission where stands").await, 1);
}
