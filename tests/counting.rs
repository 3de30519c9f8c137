//! Applying again: what was passed in one application counts in another, for a while, where somebody says so.

use http::StatusCode;
use jiff_sqlx::ToSqlx;
use portal::clock::{SignedDuration, Timestamp};
use portal::ids::ApplicationId;
use portal::web::viewer::Role;

use crate::support::Portal;
use crate::support::client::Browser;
use crate::support::html::text;
use crate::support::interview::{Between, Interview, SAW};

/// A candidate who passed the first stage of operations, and applies for security, whose first stage has the same
/// document, with another recruiter and manager.
struct Again {
    portal: Portal,
    tomas: Browser,
    ines: Browser,
    sean: Browser,
    zoe: Browser,
    earlier: Interview,
    id: ApplicationId,
    application: String,
    count: String,
    stage: String,
}

async fn again(level: i16) -> Again {
    let portal = Portal::shipped().await;
    let tomas = portal.signed_in(&[Role::Recruiter]).await;
    let ines = portal.signed_in(&[Role::Recruiter]).await;
    let sean = portal.signed_in(&[Role::HiringManager]).await;
    let zoe = portal.signed_in(&[Role::Candidate]).await;
    let candidate = zoe.account.unwrap();
    let first = Between { candidate, recruiter: tomas.account.unwrap(), manager: None };
    let earlier = portal.interview(first).await;
    portal.pass(earlier, level, portal.clock.now()).await;
    let second = Between { candidate, recruiter: ines.account.unwrap(), manager: sean.account };
    let id = portal.application_in("security", second).await;
    let stage = portal.stage("security", "automation.md").await.to_string();
    let _told = portal.letters().await;
    let application = format!("/applications/{id}");
    let count = format!("{application}/count");
    Again { portal, tomas, ines, sean, zoe, earlier, id, application, count, stage }
}

impl Again {
    /// Sends what is pressed beside the stage.
    async fn press(&mut self, what: &str) -> (StatusCode, String) {
        let stage = self.stage.clone();
        let answer = self.ines.post(&self.count, &[("stage", &stage), ("do", what)]).await;
        (answer.status, text(&answer.text()))
    }

    async fn counts(&mut self) {
        let (status, says) = self.press("count").await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{says}");
    }

    /// Nothing counts, and nothing can be counted.
    async fn nothing_counts(&mut self) {
        let page = text(&self.ines.page(&self.application.clone()).await);
        assert!(!page.contains("They passed this") && !page.contains("Count it"), "{page}");
        let (status, says) = self.press("count").await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(says.contains("Nothing that they passed before counts for this stage"), "{says}");
    }

    async fn change(&self, statement: &'static str) {
        let owner = self.portal.owner().await;
        sqlx::query(statement).bind(self.earlier.assignment).execute(&owner).await.unwrap();
    }

    async fn count_of(&self, statement: &'static str) -> i64 {
        sqlx::query_scalar(statement).fetch_one(&self.portal.owner().await).await.unwrap()
    }

    /// Gives the stage after the one that counts, without a panel.
    async fn give_next(&mut self) -> Interview {
        let next = "select stage_id::text, stage_id from stage s join track t using (track_id)
             where t.slug = 'security' order by s.position desc limit 1";
        let (next, _): (String, uuid::Uuid) =
            sqlx::query_as(next).fetch_one(&self.portal.owner().await).await.unwrap();
        let give = format!("{}/give", self.application);
        self.ines.submit(&give, &[("stage", &next), ("level", "3"), ("by", "")]).await;
        let assignment = "select assignment_id from assignment where application_id = $1";
        let assignment = sqlx::query_scalar(assignment)
            .bind(self.id)
            .fetch_one(&self.portal.owner().await)
            .await
            .unwrap();
        Interview { application: self.id, assignment }
    }
}

fn days(count: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * count)
}

#[tokio::test]
async fn what_was_passed_elsewhere_is_counted_with_one_press_and_the_next_stage_is_proposed() {
    let mut it = again(3).await;
    let reports = text(&it.ines.page("/reports").await);
    let page = it.ines.page(&it.application.clone()).await;
    let says = text(&page);
    assert!(says.contains("They passed this on ") && says.contains(" at level 3, in "), "{says}");
    assert!(says.contains("It counts until ") && says.contains("Count it"), "{says}");
    assert!(says.contains("Give it anyway"), "{says}");
    let managers = text(&it.sean.page(&it.application.clone()).await);
    assert!(managers.contains("Its recruiter says whether it does."), "{managers}");
    assert!(!managers.contains("Count it"), "{managers}");
    let seen = format!("{}/counted/{}", it.application, it.stage);
    assert_eq!(it.ines.get(&seen).await.status, StatusCode::NOT_FOUND, "it is not counted yet");

    let fields = [("stage", it.stage.clone()), ("do", "count".to_owned())];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, it)| (*name, it.as_str())).collect();
    let says = text(&it.ines.submit(&it.count.clone(), &fields).await);
    assert!(says.contains("It counts, and the candidate is told."), "{says}");
    assert!(says.contains("What comes next") && says.contains("Give it, as proposed"), "{says}");
    assert!(says.contains("counted “Automation challenge”, which was passed before"), "{says}");
    assert!(!says.contains("Count it"), "{says}");
    let letters = it.portal.letters().await;
    assert_eq!(letters.len(), 1);
    let letter = &letters[0];
    let subject = letter.subject.as_str();
    assert_eq!(subject, "Automation challenge counts, since you passed it before");
    assert!(
        letter.text.contains("at level 3. It counts in your interview for "),
        "{}",
        letter.text
    );

    // The same again is the same.
    it.counts().await;
    assert_eq!(it.count_of("select count(*) from counted_stage").await, 1);
    assert_eq!(it.portal.letters().await.len(), 0);
    let my = text(&it.zoe.page("/my").await);
    assert!(my.contains("Counted: you passed this on ") && my.contains(" at level 3."), "{my}");
    assert!(my.contains("Your recruiter gives it to you by "), "{my}");
    let give = format!("{}/give", it.application);
    let refused = it.ines.post(&give, &[("stage", &it.stage), ("level", "3"), ("by", "")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(text(&refused.text()).contains("This stage counts, since it was passed before"));

    // What was seen is read by those who see this application, and by nobody else.
    for browser in [&mut it.ines, &mut it.sean] {
        let says = text(&browser.page(&seen).await);
        assert!(says.contains(SAW) && !says.contains("Known to its manager."), "{says}");
    }
    assert_eq!(it.tomas.get(&seen).await.status, StatusCode::NOT_FOUND);
    assert_eq!(it.zoe.get(&seen).await.status, StatusCode::NOT_FOUND);
    // No stage was taken by it.
    assert_eq!(it.count_of("select count(*) from assignment").await, 1);
    assert_eq!(text(&it.ines.page("/reports").await), reports);
    let mut maya = it.portal.signed_in(&[Role::Administrator]).await;
    let log = text(&maya.page("/audit").await);
    assert!(log.contains("counted a stage that was passed before in an application"), "{log}");
    let refs = "select string_agg(refs::text, ' ') from audit_event
         where action = 'application.stage_counted'";
    let refs: String = sqlx::query_scalar(refs).fetch_one(&it.portal.owner().await).await.unwrap();
    assert!(!refs.contains(&it.earlier.assignment.to_string()), "two aliases are joined: {refs}");
}

#[tokio::test]
async fn what_is_counted_is_taken_back_while_nothing_followed() {
    let mut it = again(3).await;
    it.counts().await;
    let _told = it.portal.letters().await;
    for _ in 0..2 {
        let (status, says) = it.press("undo").await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{says}");
    }
    let page = text(&it.ines.page(&it.application.clone()).await);
    assert!(page.contains("took back that “Automation challenge” counts"), "{page}");
    assert!(page.contains("Count it"), "{page}");
    let letters = it.portal.letters().await;
    assert_eq!(letters.len(), 1);
    let subject = letters[0].subject.as_str();
    assert_eq!(subject, "Automation challenge is part of your interview after all");
    assert!(!text(&it.zoe.page("/my").await).contains("Counted"));

    it.counts().await;
    it.give_next().await;
    let page = text(&it.ines.page(&it.application.clone()).await);
    assert!(page.contains("Counted") && !page.contains("Take it back"), "{page}");
    let (status, says) = it.press("undo").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(says.contains("Something followed on it, so it stays counted."), "{says}");
}

#[tokio::test]
async fn a_letter_that_is_overtaken_is_not_sent() {
    let mut it = again(3).await;
    it.counts().await;
    it.press("undo").await;
    let letters = it.portal.letters().await;
    let subjects: Vec<&str> = letters.iter().map(|letter| letter.subject.as_str()).collect();
    assert_eq!(subjects, ["Automation challenge is part of your interview after all"]);
}

#[tokio::test]
async fn a_lower_level_another_document_a_decline_and_what_nobody_was_told_do_not_count() {
    let mut it = again(2).await;
    it.nothing_counts().await;
    it.change("update assignment set decided_level = 4 where assignment_id = $1").await;
    assert!(text(&it.ines.page(&it.application.clone()).await).contains("at level 4"));
    it.change("update assignment set outcome = 'decline' where assignment_id = $1").await;
    it.nothing_counts().await;
    it.change("update assignment set outcome = 'advance', told_at = null where assignment_id = $1")
        .await;
    it.nothing_counts().await;
    let told = it.portal.clock.now() + days(1);
    let later = "update assignment set told_at = $2 where assignment_id = $1";
    sqlx::query(later)
        .bind(it.earlier.assignment)
        .bind(told.to_sqlx())
        .execute(&it.portal.owner().await)
        .await
        .unwrap();
    it.nothing_counts().await;
    it.at(told).await;
    assert!(text(&it.ines.page(&it.application.clone()).await).contains("Count it"));
    it.change(
        "update assignment g
         set document_id = d.document_id, content_hash = d.present_hash
         from document d
         where g.assignment_id = $1 and d.path like '%systems/challenge.md'",
    )
    .await;
    it.nothing_counts().await;
}

impl Again {
    /// It is later; browsers sign in anew.
    async fn at(&mut self, now: Timestamp) {
        self.portal.clock.set(now);
        for browser in [&mut self.ines, &mut self.sean, &mut self.zoe] {
            *browser = self.portal.browser_of(browser.account.unwrap()).await;
        }
    }
}

#[tokio::test]
async fn what_was_passed_counts_for_twelve_months_and_what_was_counted_stays() {
    let mut it = again(3).await;
    let passed = it.portal.clock.now();
    let zoned = passed.to_zoned(jiff::tz::TimeZone::UTC);
    let over = zoned.checked_add(jiff::ToSpan::months(12)).unwrap().timestamp();
    it.at(over).await;
    it.nothing_counts().await;
    it.at(over - SignedDuration::from_micros(1)).await;
    it.counts().await;
    it.at(over + days(30)).await;
    let page = text(&it.ines.page(&it.application.clone()).await);
    assert!(page.contains("Counted") && page.contains("What comes next"), "{page}");
    assert!(text(&it.zoe.page("/my").await).contains("Counted: you passed this on "));
}

#[tokio::test]
async fn a_changed_text_of_the_same_document_counts() {
    let mut it = again(3).await;
    it.change(
        "with older as (
           insert into revision (document_id, content_hash, bytes, first_seen_at)
           select document_id, sha256('before'), 'before', first_seen_at
           from revision r
           where exists (
             select from assignment g
             where g.assignment_id = $1 and g.document_id = r.document_id
               and g.content_hash = r.content_hash)
           returning document_id, content_hash)
         update assignment g
         set content_hash = older.content_hash
         from older
         where g.assignment_id = $1",
    )
    .await;
    it.counts().await;
}

#[tokio::test]
async fn a_stage_is_given_or_counted_and_never_both() {
    let mut it = again(3).await;
    let give = format!("{}/give", it.application);
    for round in 0..6 {
        let mut other = it.ines.clone();
        let (stage, count) = (it.stage.clone(), it.count.clone());
        let fields = [("stage", stage.as_str()), ("level", "3"), ("by", "")];
        let (given, counted) = tokio::join!(async { other.post(&give, &fields).await }, async {
            it.ines.post(&count, &[("stage", &stage), ("do", "count")]).await
        });
        let both = [given.status, counted.status];
        let one = both.iter().filter(|status| **status == StatusCode::SEE_OTHER).count();
        assert_eq!(one, 1, "round {round}: {both:?}");
        let owner = it.portal.owner().await;
        for statement in [
            "delete from counted_stage",
            "update assignment set state = 'closed', closed_at = assigned_at, closed_why = 'cancelled'
             where state = 'assigned'",
        ] {
            sqlx::query(statement).execute(&owner).await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_lapsed_stage_that_is_counted_is_not_revived() {
    let mut it = again(3).await;
    let give = format!("{}/give", it.application);
    let by = it.portal.clock.now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let by = by.checked_add(jiff::ToSpan::days(1)).unwrap().to_string();
    it.ines.submit(&give, &[("stage", &it.stage), ("level", "3"), ("by", &by)]).await;
    let (status, says) = it.press("count").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(says.contains("can still be taken; cancel it first, then count it."), "{says}");
    it.at(it.portal.clock.now() + days(4)).await;
    it.counts().await;
    let run = "select assignment_id::text from assignment where application_id = $1";
    let run: String =
        sqlx::query_scalar(run).bind(it.id).fetch_one(&it.portal.owner().await).await.unwrap();
    let run = format!("{}/assignments/{run}", it.application);
    let until = it.portal.clock.now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let until = until.checked_add(jiff::ToSpan::days(5)).unwrap().to_string();
    let version = it.ines.version_of(&run).await;
    let fields = [("do", "revive"), ("until", until.as_str()), ("version", version.as_str())];
    let refused = it.ines.post(&run, &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(text(&refused.text()).contains("This stage counts, since it was passed before"));
}

#[tokio::test]
async fn whoever_debriefs_decides_and_makes_the_offer_reads_what_was_counted_and_a_panel_does_not()
{
    let mut it = again(3).await;
    it.counts().await;
    let next = it.give_next().await;
    let mut mina = it.portal.signed_in(&[Role::Interviewer]).await;
    it.portal.sit(next, mina.account.unwrap(), false).await;
    it.portal.hand_in(next).await;
    let review = text(&mina.page(&format!("/reviews/{}", next.assignment)).await);
    assert!(!review.contains("Counted") && !review.contains("passed"), "{review}");
    it.portal.open(next).await;
    let debrief = format!("/debriefs/{}", next.assignment);
    let says = text(&it.ines.page(&debrief).await);
    assert!(says.contains("Counted from before Automation challenge Passed on "), "{says}");
    let says = text(&it.sean.page(&format!("{debrief}/decision")).await);
    assert!(says.contains("Counted from before Automation challenge Passed on "), "{says}");

    let lucia = it.portal.signed_in(&[Role::Hr]).await;
    let offer = uuid::Uuid::now_v7();
    sqlx::query(
        "insert into offer
           (offer_id, application_id, hr_id, state, handed_over_at, contact_by, since, moved, moved_by)
         values ($1, $2, $3, 'handed_over', $4, $4, $4, '', $3)",
    )
    .bind(offer)
    .bind(it.id)
    .bind(lucia.account)
    .bind(it.portal.clock.now().to_sqlx())
    .execute(&it.portal.owner().await)
    .await
    .unwrap();
    let packet = text(&lucia.clone().page(&format!("/offers/{offer}")).await);
    assert!(packet.contains("Automation challenge Level 3") && packet.contains(SAW), "{packet}");
}
