//! Offers: handed over to somebody of HR, taken over, made, answered; and what follows in the track.

use http::StatusCode;
use jiff_sqlx::ToSqlx;
use portal::clock::{SignedDuration, Timestamp};
use portal::ids::AccountId;
use portal::mail::Letter;
use portal::web::viewer::Role;

use crate::support::Portal;
use crate::support::client::Browser;
use crate::support::html::text;
use crate::support::interview::{Between, Interview};
use crate::support::letters::link;

struct Passed {
    portal: Portal,
    zoe: Browser,
    tomas: Browser,
    sean: Browser,
    lucia: Browser,
    made: Interview,
    /// Where its recruiter hands an offer over.
    hand: String,
}

/// The only stage of a track, decided on; its candidate is told later.
async fn passed() -> (Passed, Timestamp) {
    let portal = Portal::shipped().await;
    let tomas = portal.signed_in(&[Role::Recruiter]).await;
    let mut sean = portal.signed_in(&[Role::HiringManager]).await;
    let zoe = portal.signed_in(&[Role::Candidate]).await;
    let lucia = portal.signed_in(&[Role::Hr]).await;
    portal.call(lucia.account.unwrap(), "Lucía Fernández").await;
    let between = Between {
        candidate: zoe.account.unwrap(),
        recruiter: tomas.account.unwrap(),
        manager: sean.account,
    };
    let made = portal.interview_in("systems", between).await;
    portal.hand_in_work(made).await;
    portal.open(made).await;
    let told = decide(&portal, &mut sean, made).await;
    let hand = format!("/applications/{}/offer", made.application);
    (Passed { portal, zoe, tomas, sean, lucia, made, hand }, told)
}

/// The manager decides to go on; answers when the candidate is told.
async fn decide(portal: &Portal, sean: &mut Browser, made: Interview) -> Timestamp {
    let page = format!("/debriefs/{}/decision", made.assignment);
    let kept = [
        ("do", "keep"),
        ("version", "0"),
        ("outcome", "advance"),
        ("level", "3"),
        ("kind-1", "strength"),
        ("saw-1", "Every state of a connection has a test."),
        ("note", "Known only to me."),
    ];
    sean.submit(&page, &kept).await;
    sean.submit(&page, &[("do", "decide"), ("version", "1")]).await;
    let told: jiff_sqlx::Timestamp =
        sqlx::query_scalar("select told_at from assignment where assignment_id = $1")
            .bind(made.assignment)
            .fetch_one(&portal.owner().await)
            .await
            .unwrap();
    told.to_jiff()
}

impl Passed {
    /// Moves the clock on; everybody signs in again.
    async fn at(&mut self, now: Timestamp) {
        self.portal.clock.set(now);
        for browser in [&mut self.zoe, &mut self.tomas, &mut self.sean, &mut self.lucia] {
            *browser = self.portal.browser_of(browser.account.unwrap()).await;
        }
    }

    /// The day so many days ahead where the candidate is, as it is typed.
    fn day(&self, days: i64) -> String {
        let at = self.portal.clock.now() + SignedDuration::from_hours(24 * days);
        at.to_zoned(jiff::tz::TimeZone::get("Europe/Paris").unwrap()).date().to_string()
    }

    async fn hand_over(&mut self, to: Option<AccountId>) -> String {
        let (hr, by) = (to.unwrap().to_string(), self.day(2));
        text(&self.tomas.submit(&self.hand.clone(), &[("hr", &hr), ("by", &by)]).await)
    }

    async fn count(&self, statement: &'static str) -> i64 {
        sqlx::query_scalar(statement).fetch_one(&self.portal.owner().await).await.unwrap()
    }

    /// Moves the offer on as HR, as it stands now.
    async fn follow(&mut self, offer: &str, fields: &[(&str, &str)]) -> String {
        let version = self.lucia.version_of(offer).await;
        let fields = [fields, &[("version", version.as_str())]].concat();
        text(&self.lucia.submit(offer, &fields).await)
    }
}

fn about<'a>(letters: &'a [Letter], subject: &str) -> Vec<&'a Letter> {
    letters.iter().filter(|letter| letter.subject.as_str().contains(subject)).collect()
}

#[tokio::test]
async fn an_offer_is_handed_over_taken_over_made_and_accepted() {
    let (mut it, told) = passed().await;
    let lucia = it.lucia.account;
    let by = it.day(2);
    let fields = [("hr", lucia.unwrap().to_string()), ("by", by)];
    let fields: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let early = it.tomas.post(&it.hand.clone(), &fields).await;
    assert_eq!(early.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(text(&early.text()).contains("There is nothing to hand over now"));
    assert!(text(&it.lucia.page("/desk").await).contains("Nothing waits for you"));

    it.at(told).await;
    let application = format!("/applications/{}", it.made.application);
    assert!(it.tomas.page(&application).await.contains(&it.hand), "the way there");
    assert!(text(&it.sean.page(&it.hand.clone()).await).contains("The last stage is passed"));
    it.portal.letters().await;
    it.hand_over(lucia).await;
    let handed = it.portal.clock.now();
    let pipeline = text(&it.tomas.page("/pipeline?track=systems").await);
    assert!(pipeline.contains("Offer with HR") && pipeline.contains("With HR 1"), "{pipeline}");
    let letters = it.portal.letters().await;
    let theirs = about(&letters, "An offer from");
    assert!(theirs[0].text.contains("Lucía Fernández takes over from here, and contacts you by"));
    let offer = link(about(&letters, "is yours to make")[0]);
    let my = text(&it.zoe.page("/my").await);
    assert!(my.contains("Lucía Fernández of HR takes over with an offer, and contacts you by"));

    // HR sees what they need, and nothing else of the interview; nobody else sees it.
    let page = it.lucia.page(&offer).await;
    assert!(page.contains("Every state of a connection has a test."), "{page}");
    assert!(!page.contains("Known only to me") && !text(&page).contains("vote"), "{page}");
    let mut other = it.portal.signed_in(&[Role::Hr]).await;
    for browser in [&mut other, &mut it.tomas, &mut it.sean, &mut it.zoe] {
        assert_eq!(browser.get(&offer).await.status, StatusCode::NOT_FOUND);
    }
    for page in [&application, &it.hand, &format!("/debriefs/{}", it.made.assignment)] {
        assert_eq!(it.lucia.get(page).await.status, StatusCode::NOT_FOUND, "{page}");
    }

    // Nobody has said that it is there: those who wait for it are told, once.
    it.at(handed + SignedDuration::from_hours(4 * 24)).await;
    let letters = it.portal.letters().await;
    assert_eq!(about(&letters, "has not taken the offer").len(), 2);
    assert!(text(&it.lucia.page("/desk").await).contains("is handed over to you"));
    let version = it.lucia.version_of(&offer).await;
    let receive = [("do", "receive"), ("version", version.as_str())];
    let copies = (0..20).map(|_| {
        let (mut lucia, offer) = (it.lucia.clone(), offer.clone());
        async move { lucia.post(&offer, &receive).await.status }
    });
    for status in futures_util::future::join_all(copies).await {
        assert_eq!(status, StatusCode::SEE_OTHER);
    }
    let received = "select count(*) from audit_event where action = 'offer.received'";
    assert_eq!(it.count(received).await, 1);

    // Made, it runs out by its clock to the microsecond, and is made again.
    let by = it.day(3);
    it.follow(&offer, &[("do", "make"), ("by", &by)]).await;
    let my = it.zoe.page("/my").await;
    assert!(text(&my).contains("You have our offer. Answer Lucía"));
    let tomas = "select name, email from account where account_id = $1";
    let (name, email): (String, String) = sqlx::query_as(tomas)
        .bind(it.tomas.account)
        .fetch_one(&it.portal.owner().await)
        .await
        .unwrap();
    let recruiter = format!("{name}, <a href=\"mailto:{email}\">{email}</a>");
    assert!(my.contains(&recruiter), "an address to answer to: {my}");
    let pipeline = text(&it.tomas.page("/pipeline?track=systems").await);
    assert!(pipeline.contains("Offer made 1") && !pipeline.contains("Offer with HR"), "{pipeline}");
    assert!(pipeline.contains("With the candidates 1"), "{pipeline}");
    assert!(pipeline.contains("With HR 0"), "{pipeline}");
    assert_eq!(about(&it.portal.letters().await, "Your offer from").len(), 1);
    assert!(!text(&it.tomas.page("/desk").await).contains("did not take our offer"));
    let answer_by: jiff_sqlx::Timestamp = sqlx::query_scalar("select answer_by from offer")
        .fetch_one(&it.portal.owner().await)
        .await
        .unwrap();
    let answer_by = answer_by.to_jiff();
    for (at, phase) in [(-1, "made"), (0, "expired"), (1, "expired")] {
        let at = answer_by + SignedDuration::from_micros(at);
        let found: String = sqlx::query_scalar("select offer_phase(o, $1) from offer o")
            .bind(at.to_sqlx())
            .fetch_one(&it.portal.owner().await)
            .await
            .unwrap();
        let made = portal::decision::offer::State::Made { answer_by };
        let settled = portal::decision::offer::settle(made, at);
        assert_eq!((found.as_str(), settled.code()), (phase, phase));
    }
    // Nobody closes the application over it, and somebody else of HR can have it as it is.
    let close = format!("{application}/close");
    let ending = [("why", "filled"), ("said", "Somebody else was faster.")];
    let refused = it.tomas.post(&close, &ending).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let says = text(&refused.text());
    assert!(says.contains("An offer is under way in this application"), "{says}");
    let mut other = it.portal.signed_in(&[Role::Hr]).await;
    it.hand_over(other.account).await;
    assert!(text(&other.page(&offer).await).contains("Made"));
    it.hand_over(lucia).await;
    let still = "select count(*) from offer where state = 'made' and answer_by is not null";
    assert_eq!(it.count(still).await, 1);
    it.portal.letters().await;

    it.at(answer_by).await;
    let my = it.zoe.page("/my").await;
    assert!(text(&my).contains("Our offer was open until") && my.contains(&recruiter), "{my}");
    let desk = text(&it.tomas.page("/desk").await);
    assert!(desk.contains("did not take our offer"), "{desk}");
    let letters = it.portal.letters().await;
    assert_eq!(about(&letters, "has ended").len(), 2);
    assert_eq!(about(&letters, "Your offer from").len(), 1);
    let by = it.day(3);
    it.follow(&offer, &[("do", "make"), ("by", &by)]).await;

    // Accepted, the application ends, a position is filled, and those in flight are to be told.
    let ng = it.portal.signed_in(&[Role::Candidate]).await;
    let between = Between {
        candidate: ng.account.unwrap(),
        recruiter: it.tomas.account.unwrap(),
        manager: it.sean.account,
    };
    let other = it.portal.interview_in("systems", between).await;
    it.follow(&offer, &[("do", "accept")]).await;
    let hired = "select count(*) from application p join track t using (track_id)
         where p.closed_why = 'hired' and t.open_positions = 0";
    assert_eq!(it.count(hired).await, 1);
    let desk = text(&it.tomas.page("/desk").await);
    assert!(desk.contains("is still in flight: tell them"), "{desk}");
    assert!(text(&it.zoe.page("/my").await).contains("You accepted our offer on"));
    let page = text(&it.tomas.page(&application).await);
    assert!(page.contains("noted that the offer was accepted") && page.contains("hired"), "{page}");
    let letters = it.portal.letters().await;
    assert!(about(&letters, "has ended").iter().all(|it| it.text.contains("was accepted.")));

    // Whoever of them has heard a yes was promised a day, and that waits beside it.
    it.portal.hand_in_work(other).await;
    it.portal.open(other).await;
    let told = decide(&it.portal, &mut it.sean, other).await;
    it.at(told).await;
    let desk = text(&it.tomas.page("/desk").await);
    assert!(desk.contains("has heard our yes to") && desk.contains("still in flight"), "{desk}");
}

#[tokio::test]
async fn hr_reads_the_day_that_the_candidate_was_told() {
    let (mut it, told) = passed().await;
    // A day ends there when the next one has begun in Paris.
    sqlx::query("update account set zone = 'America/Bogota' where account_id = $1")
        .bind(it.zoe.account)
        .execute(&it.portal.owner().await)
        .await
        .unwrap();
    it.at(told).await;
    it.hand_over(it.lucia.account).await;
    let my = text(&it.zoe.page("/my").await);
    assert!(my.contains("An offer is on its way to you"), "{my}");
    let day = my.split_once("contacts you by ").and_then(|(_, rest)| rest.split_once('.'));
    let desk = text(&it.lucia.page("/desk").await);
    let says = format!("they hear from you by {}.", day.expect("a day").0);
    assert!(desk.contains(&says), "{says}: {desk}");
}

#[tokio::test]
async fn an_offer_is_declined_withdrawn_or_handed_to_somebody_else() {
    let (mut it, told) = passed().await;
    it.at(told).await;
    it.portal.letters().await;
    it.hand_over(it.lucia.account).await;
    let offer = link(about(&it.portal.letters().await, "is yours to make")[0]);
    // Somebody else takes over: whoever had it before sees it no more.
    let mut other = it.portal.signed_in(&[Role::Hr]).await;
    it.portal.clock.set(told + SignedDuration::from_secs(1));
    it.hand_over(other.account).await;
    assert_eq!(it.lucia.get(&offer).await.status, StatusCode::NOT_FOUND);
    assert_eq!(other.get(&offer).await.status, StatusCode::OK);
    it.portal.clock.set(told + SignedDuration::from_secs(2));
    it.hand_over(it.lucia.account).await;
    // Nothing is made of what was not taken over, nor answered that was not made.
    for (what, why) in [("make", "Say first that it is with you"), ("accept", "not been made")] {
        let (version, by) = (it.lucia.version_of(&offer).await, it.day(3));
        let fields = [("do", what), ("version", &version), ("by", &by)];
        let refused = it.lucia.post(&offer, &fields).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(text(&refused.text()).contains(why), "{}", text(&refused.text()));
    }
    it.follow(&offer, &[("do", "receive")]).await;
    let by = it.day(3);
    it.follow(&offer, &[("do", "make"), ("by", &by)]).await;
    it.follow(&offer, &[("do", "decline"), ("said", "Another city.")]).await;
    let ended = it.portal.letters().await;
    assert_eq!(about(&ended, "has ended").len(), 2);
    assert!(about(&ended, "has ended")[0].text.contains("Another city."));
    assert!(text(&it.zoe.page("/my").await).contains("You declined our offer on"));
    assert!(text(&it.tomas.page("/desk").await).contains("did not take our offer"));
    // They come back to it, and the company withdraws.
    it.portal.clock.set(told + SignedDuration::from_secs(3));
    it.hand_over(it.lucia.account).await;
    let again = link(about(&it.portal.letters().await, "is yours to make")[0]);
    assert_ne!(again, offer);
    it.follow(&again, &[("do", "withdraw"), ("why", "The position is gone.")]).await;
    let my = text(&it.zoe.page("/my").await);
    assert!(
        my.contains("We withdrew our offer on") && my.contains("The position is gone."),
        "{my}"
    );
    let letters = it.portal.letters().await;
    assert_eq!(about(&letters, "Your offer from").len(), 1);
}
