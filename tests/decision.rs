//! Deciding: what the panel saw in writing, looked at, decided once, and told on the candidate's next working
//! morning.

use http::StatusCode;
use jiff_sqlx::ToSqlx;
use portal::clock::{SignedDuration, Timestamp};
use portal::web::viewer::Role;

use crate::support::Portal;
use crate::support::client::Browser;
use crate::support::html::text;
use crate::support::interview::{Between, Interview};
use crate::support::panel::{NAMES, Panel, WHY};

struct Opened {
    portal: Portal,
    sean: Browser,
    zoe: Browser,
    tomas: Browser,
    made: Interview,
    page: String,
    told: String,
}

async fn opened() -> Opened {
    let portal = Portal::shipped().await;
    let tomas = portal.signed_in(&[Role::Recruiter]).await;
    let sean = portal.signed_in(&[Role::HiringManager]).await;
    let zoe = portal.signed_in(&[Role::Candidate]).await;
    let between = Between {
        candidate: zoe.account.unwrap(),
        recruiter: tomas.account.unwrap(),
        manager: sean.account,
    };
    let made = portal.interview(between).await;
    portal.hand_in_work(made).await;
    portal.open(made).await;
    let page = format!("/debriefs/{}/decision", made.assignment);
    let told = format!("/my/assignments/{}/decision", made.assignment);
    Opened { portal, sean, zoe, tomas, made, page, told }
}

const GOOD: &[(&str, &str)] = &[
    ("outcome", "advance"),
    ("level", "3"),
    ("kind-1", "strength"),
    ("saw-1", "Every state of a connection has a test (poll_test.go:40)."),
    ("asks-1", "Tests for corner cases."),
    ("change-1", ""),
    ("note", "Known only to me."),
];

impl Opened {
    async fn keep(&mut self, fields: &[(&str, &str)]) {
        let version = self.sean.version_of(&self.page).await;
        let fields = [fields, &[("do", "keep"), ("version", &version)]].concat();
        self.sean.submit(&self.page, &fields).await;
    }

    /// Sends what is kept, and says what came of it.
    async fn decide(&mut self) -> String {
        let version = self.sean.version_of(&self.page).await;
        let answer = self.sean.post(&self.page, &[("do", "decide"), ("version", &version)]).await;
        match answer.status {
            StatusCode::SEE_OTHER => text(&self.sean.page(&self.page).await),
            status => {
                assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
                text(&answer.text())
            }
        }
    }

    /// Does something about what was decided, and says what came of it.
    async fn follow(&mut self, what: &str) -> String {
        let version = self.sean.version_of(&self.page).await;
        let answer = self.sean.post(&self.page, &[("do", what), ("version", &version)]).await;
        match answer.status {
            StatusCode::SEE_OTHER => text(&self.sean.page(&self.page).await),
            status => {
                assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
                text(&answer.text())
            }
        }
    }

    async fn follow_without_version(&mut self, what: &str) -> String {
        text(&self.sean.submit(&self.page, &[("do", what)]).await)
    }

    /// When the candidate is told; none while it is held.
    async fn told_at(&self) -> Option<Timestamp> {
        let told: Option<jiff_sqlx::Timestamp> =
            sqlx::query_scalar("select told_at from assignment")
                .fetch_one(&self.portal.owner().await)
                .await
                .unwrap();
        told.map(jiff_sqlx::Timestamp::to_jiff)
    }

    /// Moves the clock on; everybody signs in again.
    async fn at(&mut self, now: Timestamp) {
        self.portal.clock.set(now);
        for browser in [&mut self.zoe, &mut self.sean, &mut self.tomas] {
            *browser = self.portal.browser_of(browser.account.unwrap()).await;
        }
    }

    async fn count(&self, statement: &'static str) -> i64 {
        sqlx::query_scalar(statement).fetch_one(&self.portal.owner().await).await.unwrap()
    }
}

#[tokio::test]
async fn a_decision_is_kept_looked_at_and_told_on_a_working_morning() {
    let mut it = opened().await;
    it.keep(GOOD).await;
    let page = text(&it.sean.page(&it.page).await);
    assert!(page.contains("your work on Automation challenge reaches level 3"), "{page}");
    let version = it.sean.version_of(&it.page).await;
    let copies = (0..50).map(|_| {
        let (mut sean, page, version) = (it.sean.clone(), it.page.clone(), version.clone());
        async move { sean.post(&page, &[("do", "decide"), ("version", &version)]).await }
    });
    for answer in futures_util::future::join_all(copies).await {
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", text(&answer.text()));
    }
    let events = "select count(*) from audit_event where action = 'assignment.decided'";
    assert_eq!(it.count(events).await, 1);
    let letters = "select count(*) from mail where template in ('decision', 'decided')";
    assert_eq!(it.count(letters).await, 2);

    // The recruiter knows at once; nothing of the candidate's changes before its time.
    let own = format!("/my/assignments/{}", it.made.assignment);
    let before = it.zoe.page(&own).await;
    assert!(text(&before).contains("the decision comes next"), "{}", text(&before));
    assert_eq!(it.zoe.get(&it.told).await.status, StatusCode::NOT_FOUND);
    let now = it.portal.letters().await;
    let about = |letters: &[portal::mail::Letter], subject: &str| {
        letters.iter().filter(|letter| letter.subject.as_str().contains(subject)).count()
    };
    assert_eq!(about(&now, "is decided"), 1);
    assert_eq!(about(&now, "our decision"), 0);
    let pipeline = text(&it.tomas.page("/pipeline?track=operations").await);
    assert!(pipeline.contains("Decided, not told yet"), "{pipeline}");
    assert!(pipeline.contains("With hiring managers 1"), "{pipeline}");
    let told: jiff_sqlx::Timestamp = sqlx::query_scalar("select told_at from assignment")
        .fetch_one(&it.portal.owner().await)
        .await
        .unwrap();
    it.portal.clock.set(told.to_jiff());
    let letters = it.portal.letters().await;
    assert_eq!(about(&letters, "our decision"), 1);
    let (zoe, sean) = (it.zoe.account.unwrap(), it.sean.account.unwrap());
    (it.zoe, it.sean) = (it.portal.browser_of(zoe).await, it.portal.browser_of(sean).await);
    assert!(it.zoe.page(&own).await.contains(&it.told), "the way there");
    let page = it.zoe.page(&it.told).await;
    assert!(page.contains("poll_test.go:40") && !page.contains("Known only to me"), "{page}");
    let mut tomas = it.portal.browser_of(it.tomas.account.unwrap()).await;
    assert_eq!(tomas.get(&it.page).await.status, StatusCode::NOT_FOUND);

    // The day by which they hear how it goes on is the next promise of those who keep it.
    let my = text(&it.zoe.page("/my").await);
    let day =
        my.split_once("tells you by ").and_then(|(_, rest)| rest.split_once(" how it goes on"));
    // It ends where the company is, and in Paris that is the next one.
    let day = jiff::civil::Date::strptime("%d %b %Y", day.expect("a day").0).unwrap();
    let day = day.tomorrow().unwrap().strftime("%-d %b %Y").to_string();
    for who in [&mut tomas, &mut it.sean] {
        let pipeline = text(&who.page("/pipeline?track=operations").await);
        assert!(pipeline.contains(&format!("Recruiter {day}")), "{day}: {pipeline}");
    }
    assert!(my.contains("Our decision on Automation challenge is here"), "{my}");
    let recruiter: String = sqlx::query_scalar("select email from account where account_id = $1")
        .bind(it.tomas.account)
        .fetch_one(&it.portal.owner().await)
        .await
        .unwrap();
    for page in ["/my", &own, &it.told] {
        assert!(it.zoe.page(page).await.contains(&format!("mailto:{recruiter}")), "{page}");
    }
}

#[tokio::test]
async fn a_holiday_of_the_company_is_no_morning_to_hear_of_a_decision() {
    let mut it = opened().await;
    let today = it.portal.clock.now().strftime("%Y-%m-%d").to_string();
    sqlx::query(
        "insert into holiday (day, name)
         select day, 'Away' from generate_series($1::date - 1, $1::date + 13, interval '1 day') day",
    )
    .bind(today.parse::<jiff::civil::Date>().unwrap().to_sqlx())
    .execute(&it.portal.owner().await)
    .await
    .unwrap();
    it.keep(GOOD).await;
    it.decide().await;
    let told = "select (told_at > decided_at + interval '12 days')::int::bigint from assignment";
    assert_eq!(it.count(told).await, 1);
}

#[tokio::test]
async fn what_is_missing_is_said_and_nothing_is_decided() {
    let mut it = opened().await;
    let name = "select name from account where account_id = $1";
    let mina = it.portal.signed_in(&[Role::Interviewer]).await.account.unwrap();
    it.portal.seat(it.made, mina).await;
    let name: String =
        sqlx::query_scalar(name).bind(mina).fetch_one(&it.portal.owner().await).await.unwrap();
    let seen = format!("{name} could not build it.");
    let change = [("kind-2", "gap"), ("saw-2", seen.as_str()), ("change-2", "Name the libraries.")];
    it.keep(&[("outcome", "decline")]).await;
    assert!(it.decide().await.contains("at least one strength"));
    it.keep(&[GOOD, &change].concat()).await;
    let refused = it.decide().await;
    assert!(refused.contains(&format!("{name} is named")), "{refused}");
    let slow = [("kind-2", "gap"), ("saw-2", "They were slow."), ("change-2", "x")];
    it.keep(&[GOOD, &slow].concat()).await;
    let page = text(&it.sean.page(&it.page).await);
    assert!(page.contains("“slow” speaks of pace"), "{page}");
    let state = "select count(*) from assignment where state = 'opened'";
    assert_eq!(it.count(state).await, 1);
    let unseen = [("version", "9"), ("saw-1", ""), ("change-1", "x"), ("do", "keep")];
    let refused = it.sean.post(&it.page, &unseen).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(text(&refused.text()).contains("Say what was seen"), "{}", text(&refused.text()));
    // Another tab loses nothing.
    let stale =
        [GOOD, &[("version", "1"), ("do", "keep"), ("saw-2", "From another tab.")]].concat();
    let clash = it.sean.post(&it.page, &stale).await;
    assert_eq!(clash.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(clash.text().contains("From another tab.") && clash.text().contains("They were slow."));
}

#[tokio::test]
async fn what_is_kept_is_looked_at_where_its_words_stand_and_says_what_is_missing() {
    let mut it = opened().await;
    for (fields, says) in [
        (&[("outcome", "advance")][..], "<h2>That is kept. Before it can be decided:</h2>"),
        (
            GOOD,
            "<p class=\"callout good\" role=\"status\">That is kept. Nothing is decided yet.</p>",
        ),
    ] {
        let version = it.sean.version_of(&it.page).await;
        let fields = [fields, &[("do", "keep"), ("version", &version)]].concat();
        let kept = it.sean.post(&it.page, &fields).await;
        let looks = kept.header("location").to_owned();
        assert_eq!(looks, format!("{}?done=kept#page.preview", it.page));
        let page = it.sean.page(&looks).await;
        let (_, preview) = page.split_once("id=\"page.preview\"").expect("it lands somewhere");
        assert!(preview.contains(says), "{preview}");
        let is_whole = fields.len() > 3;
        assert_eq!(page.contains("callout good"), is_whole, "{page}");
        assert_eq!(text(&page).contains("Say which level the work reaches."), !is_whole);
    }
}

#[tokio::test]
async fn once_decided_the_page_leads_with_the_outcome_and_with_sending_it() {
    let mut it = opened().await;
    it.keep(GOOD).await;
    let says = it.decide().await;
    let leads = "We go on after Automation challenge Reaches level 3 Given at level 3 Decided ";
    assert!(says.contains(leads), "{says}");
    let is_main = |page: &str, what: &str| {
        page.contains(&format!("<button class=\"button main\" name=\"do\" value=\"{what}\">"))
    };
    let page = it.sean.page(&it.page).await;
    assert!(page.contains("Hold it") && !page.contains("button main"), "it is not sent yet");
    it.follow("hold").await;
    it.at(it.portal.clock.now() + SignedDuration::from_mins(10)).await;
    let page = it.sean.page(&it.page).await;
    assert!(is_main(&page, "let-go") && !is_main(&page, "send"), "{page}");
    it.follow("let-go").await;
    let page = it.sean.page(&it.page).await;
    assert!(is_main(&page, "send") && !is_main(&page, "hold"), "{page}");
    assert!(text(&page).contains("Hold it"), "{page}");
}

#[tokio::test]
async fn what_was_changed_since_it_was_looked_at_is_not_decided_unseen() {
    let mut it = opened().await;
    it.keep(GOOD).await;
    let changed =
        [GOOD, &[("rows", "2"), ("version", "1"), ("do", "decide"), ("saw-2", "Ticked since.")]];
    let says = text(&it.sean.submit(&it.page.clone(), &changed.concat()).await);
    assert!(
        says.contains("look once more, then decide") && says.contains("Ticked since."),
        "{says}"
    );
    assert_eq!(it.count("select count(*) from assignment where state = 'opened'").await, 1);
    let same =
        [GOOD, &[("rows", "2"), ("version", "2"), ("do", "decide"), ("saw-2", "Ticked since.")]];
    let says = text(&it.sean.submit(&it.page.clone(), &same.concat()).await);
    assert!(says.contains("It is decided, and the recruiter is told"), "{says}");
    assert_eq!(it.count("select count(*) from assignment where state = 'decided'").await, 1);
}

#[tokio::test]
async fn observations_begin_with_what_the_panel_wrote() {
    let mut it = Panel::voting().await;
    for (at, value) in ["1", "-2", "-2"].into_iter().enumerate() {
        it.votes(at, value).await;
    }
    let page = format!("/debriefs/{}/decision", it.made.assignment);
    let shown = it.sean.page(&page).await;
    assert_eq!(shown.matches("name=\"quote\"").count(), 3);
    assert!(shown.contains(&it.debrief) && shown.contains("/work\""), "the way to both");
    let says = text(&shown);
    assert!(says.contains("Of two minds"), "{says}");
    assert!(!NAMES.iter().any(|name| says.contains(name)), "observations name nobody: {says}");
    // Nothing is kept by it, and what is typed stays.
    let typed = [("version", "0"), ("outcome", "advance"), ("saw-1", "Typed before.")];
    let none = it.sean.post(&page, &[&typed[..], &[("do", "compose")]].concat()).await;
    assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(none.text().contains("Typed before."), "{}", none.text());
    let chosen = [("quote", "0"), ("quote", "2"), ("do", "compose")];
    let begun = it.sean.post(&page, &[&typed[..], &chosen].concat()).await;
    assert_eq!(begun.status, StatusCode::OK);
    let begun = begun.text();
    assert_eq!(begun.matches("<fieldset class=\"observation\">").count(), 3);
    assert!(
        begun.contains("Typed before.") && begun.matches("name=\"quote\"").count() == 1,
        "an observation has begun with the others: {begun}"
    );
    assert!(begun.contains("name=\"quote\" value=\"1\""), "{begun}");
    for name in ["saw-2", "saw-3"] {
        let (_, field) = begun.split_once(&format!("<textarea id=\"{name}\"")).unwrap();
        assert!(field.split_once("</textarea>").unwrap().0.contains(WHY), "{field}");
    }
    assert_eq!(it.count("select count(*) from decision").await, 0);
    let fields = [
        &typed[..],
        &[
            ("level", "1"),
            ("kind-1", "strength"),
            ("kind-2", "gap"),
            ("saw-2", "In words of the manager’s own."),
            ("begun-2", "2"),
            ("do", "keep"),
        ],
    ];
    let kept = it.sean.submit(&page, &fields.concat()).await;
    assert!(kept.contains("name=\"begun-2\" value=\"2\""), "{kept}");
    assert_eq!(kept.matches("name=\"quote\"").count(), 2, "one was taken: {kept}");
    let kept = text(&kept);
    assert!(kept.contains("2 of 3 on the panel would not go on, and this does"), "{kept}");
    assert!(kept.contains("What to look at next time"), "as the candidate reads it: {kept}");
}

#[tokio::test]
async fn nothing_is_decided_before_the_votes_are_open_or_by_anybody_else() {
    let mut it = opened().await;
    let voting = "update assignment set state = 'submitted', opened_at = null, opened_how = null";
    sqlx::query(voting).execute(&it.portal.owner().await).await.unwrap();
    it.portal.clock.set(it.portal.clock.now() + SignedDuration::from_hours(2));
    let sean = it.sean.account.unwrap();
    it.sean = it.portal.browser_of(sean).await;
    let page = text(&it.sean.page(&it.page).await);
    assert!(page.contains("You decide once the votes are open"), "{page}");
    let fields = [GOOD, &[("do", "keep"), ("version", "0")]].concat();
    let refused = it.sean.post(&it.page, &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(text(&refused.text()).contains("votes are not open yet"), "{}", text(&refused.text()));
    let mut other = it.portal.signed_in(&[Role::HiringManager]).await;
    assert_eq!(other.get(&it.page).await.status, StatusCode::NOT_FOUND);
    assert_eq!(it.count("select count(*) from decision").await, 0);
}

fn about(letters: &[portal::mail::Letter], subject: &str) -> usize {
    letters.iter().filter(|letter| letter.subject.as_str().contains(subject)).count()
}

#[tokio::test]
async fn a_decision_is_held_let_go_taken_back_and_decided_anew() {
    let mut it = opened().await;
    it.keep(GOOD).await;
    let own = format!("/my/assignments/{}", it.made.assignment);
    let before = [it.zoe.page(&own).await, it.zoe.page("/my").await];
    let seen = it.sean.version_of(&it.page).await;
    let page = it.decide().await;
    assert!(page.contains("It goes out on") && !page.contains("Send it now"), "{page}");
    assert!(it.follow("send").await.contains("It can be taken back for ten minutes"));
    let decided = it.portal.letters().await;
    assert_eq!(about(&decided, "is decided"), 1);

    // Held, nobody is told, whatever the hour; and the desk says so.
    let told = it.told_at().await.unwrap();
    let page = it.follow("hold").await;
    assert!(page.contains("You hold it") && it.told_at().await.is_none(), "{page}");
    assert_eq!(before, [it.zoe.page(&own).await, it.zoe.page("/my").await]);
    it.at(told).await;
    assert_eq!(about(&it.portal.letters().await, "our decision"), 0);
    assert_eq!(it.zoe.get(&it.told).await.status, StatusCode::NOT_FOUND);
    let desk = text(&it.sean.page("/desk").await);
    assert!(desk.contains("is not told what you decided on Automation challenge"), "{desk}");

    // Let go, it goes out on another morning; taken back before, never.
    it.at(told + SignedDuration::from_secs(1)).await;
    let page = it.follow("let-go").await;
    let again = it.told_at().await.unwrap();
    assert!(page.contains("It goes out on") && again > told, "{page}");
    assert!(!text(&it.sean.page("/desk").await).contains("is not told"));
    let version = it.sean.version_of(&it.page).await;
    let back = [("do", "take-back"), ("version", version.as_str())];
    let copies = (0..20).map(|_| {
        let (mut sean, page) = (it.sean.clone(), it.page.clone());
        async move { sean.post(&page, &back).await.status }
    });
    for status in futures_util::future::join_all(copies).await {
        assert_eq!(status, StatusCode::SEE_OTHER);
    }
    let events = "select count(*) from audit_event where action = 'assignment.decision_taken_back'";
    assert_eq!(it.count(events).await, 1);
    let page = it.sean.page(&it.page).await;
    assert!(page.contains("poll_test.go:40") && text(&page).contains("Decide, and tell them then"));
    assert_eq!(about(&it.portal.letters().await, "is open again"), 1);
    // What was seen before it was taken back decides nothing.
    let stale = it.sean.post(&it.page, &[("do", "decide"), ("version", &seen)]).await;
    assert_eq!(stale.status, StatusCode::UNPROCESSABLE_ENTITY);
    let change = [("outcome", "decline"), ("kind-2", "gap"), ("saw-2", "No port scans are found.")];
    let decline = [&change[..], &GOOD[1..], &[("change-2", "Find them.")]].concat();
    it.keep(&decline).await;
    it.decide().await;
    it.follow("hold").await;
    it.at(it.portal.clock.now() + SignedDuration::from_mins(10)).await;
    let page = it.follow("send").await;
    assert!(page.contains("They were told on") && !page.contains("Hold it"), "{page}");
    let letters = it.portal.letters().await;
    assert_eq!((about(&letters, "our decision"), about(&letters, "is decided")), (1, 1));
    assert!(letters.iter().any(|letter| letter.text.contains("not to go on")));
    assert!(it.zoe.page(&it.told).await.contains("No port scans are found."));
    let desk = text(&it.tomas.page("/desk").await);
    assert!(desk.contains("has heard our no after Automation challenge"), "{desk}");
    let my = text(&it.zoe.page("/my").await);
    assert!(my.contains("Nothing more is asked of you."), "{my}");
    // Told is told.
    let version: i32 = sqlx::query_scalar("select version from assignment")
        .fetch_one(&it.portal.owner().await)
        .await
        .unwrap();
    for what in ["hold", "let-go", "send", "take-back"] {
        let fields = [("do", what), ("version", &version.to_string())];
        let refused = it.sean.post(&it.page, &fields).await;
        assert!(text(&refused.text()).contains("The candidate has been told"), "{what}");
    }
    it.at(again).await;
    assert_eq!(about(&it.portal.letters().await, "our decision"), 0);
}

/// Everything a candidate does to a stage that is with the company, and what they are answered.
async fn answers(portal: &Portal, zoe: &Browser, made: Interview) -> Vec<(StatusCode, String)> {
    let mut zoe = portal.same(zoe);
    let own = format!("/my/assignments/{}", made.assignment);
    let mut answers = Vec::new();
    for (page, fields) in [
        ("", &[][..]),
        ("/time", &[("count", "2"), ("unit", "days"), ("why", "A flood")]),
        ("/start", &[]),
        ("/hand-in", &[("do", "save"), ("version", "1"), ("note", "x")]),
        ("/hand-in/look", &[("do", "hand-in")]),
        ("/hand-in/look", &[("do", "take-back")]),
        ("/needs", &[("time", "150")]),
        ("/decision", &[]),
        ("/calendar.ics", &[]),
        ("/withdrawal", &[("do", "undo")]),
        ("/withdrawal", &[("do", "withdraw")]),
        ("/withdrawal", &[("do", "withdraw")]),
        ("", &[]),
        ("/withdrawal", &[("do", "undo")]),
        ("", &[]),
    ] {
        let address = format!("{own}{page}");
        let answer = match page {
            "" | "/decision" | "/calendar.ics" => zoe.get(&address).await,
            _ => zoe.post(&address, fields).await,
        };
        let is_stamped = answer.status == StatusCode::OK && page == "/calendar.ics";
        assert!(!is_stamped, "there is no date ahead");
        answers.push((answer.status, answer.text() + answer.header("location")));
        answers.push((StatusCode::OK, zoe.page("/my").await));
    }
    answers
}

#[tokio::test]
async fn a_candidate_who_withdraws_learns_nothing_of_a_decision_and_is_never_told() {
    let mut it = opened().await;
    it.keep(GOOD).await;
    let undecided = it.portal.copy().await;
    it.decide().await;
    let held = it.portal.copy().await;
    let mut sean = held.same(&it.sean);
    let version = sean.version_of(&it.page).await;
    sean.submit(&it.page, &[("do", "hold"), ("version", &version)]).await;
    let expected = answers(&undecided, &it.zoe, it.made).await;
    for portal in [&it.portal, &held] {
        for (got, wanted) in answers(portal, &it.zoe, it.made).await.iter().zip(&expected) {
            assert_eq!(got, wanted);
        }
    }
    // Back within the day, the stage waits for a decision as it did.
    let letters = it.portal.letters().await;
    assert_eq!((about(&letters, "our decision"), about(&letters, "is back")), (0, 1));
    assert!(text(&it.sean.page("/desk").await).contains("the decision is yours"));
    assert!(it.decide().await.contains("It goes out on"));
    let told = it.told_at().await.unwrap();
    let withdrawal = format!("/my/assignments/{}/withdrawal", it.made.assignment);
    it.zoe.submit(&withdrawal, &[("do", "withdraw")]).await;
    let desk = text(&it.sean.page("/desk").await);
    assert!(desk.contains("they withdrew before it went out"), "{desk}");
    it.at(told).await;
    assert_eq!(about(&it.portal.letters().await, "our decision"), 0);
    assert_eq!(it.zoe.get(&it.told).await.status, StatusCode::NOT_FOUND);
    let page = it.follow_without_version("seen").await;
    assert!(page.contains("was never told what you decided: they withdrew on"), "{page}");
    assert!(!text(&it.sean.page("/desk").await).contains("they withdrew before"));
}

#[tokio::test]
async fn what_its_application_ended_before_is_not_told_and_the_manager_hears_why() {
    let mut it = opened().await;
    it.keep(GOOD).await;
    it.decide().await;
    let told = it.told_at().await.unwrap();
    let close = format!("/applications/{}/close", it.made.application);
    let fields = [("why", "filled"), ("said", "The position is filled; thank you.")];
    it.tomas.submit(&close, &fields).await;
    let desk = text(&it.sean.page("/desk").await);
    assert!(desk.contains("the application was closed before it went out"), "{desk}");
    let page = text(&it.sean.page(&it.page).await);
    assert!(page.contains("They were not told") && !page.contains("Take it back"), "{page}");
    it.at(told).await;
    let letters = it.portal.letters().await;
    assert_eq!((about(&letters, "our decision"), about(&letters, "has ended")), (0, 1));
    assert_eq!(it.zoe.get(&it.told).await.status, StatusCode::NOT_FOUND);
    let own = format!("/my/assignments/{}", it.made.assignment);
    let page = text(&it.zoe.page(&own).await);
    assert!(page.contains("The panel has looked at it.") && !page.contains("Decided"), "{page}");
    it.follow_without_version("seen").await;
    assert!(!text(&it.sean.page("/desk").await).contains("closed before it went out"));
}

/// The fields of the form on `page` that is sent to `action`.
fn fields_of(page: &str, action: &str) -> Vec<(String, String)> {
    let (_, rest) = page.split_once(&format!("action=\"{action}\"")).expect("the form is there");
    let form = rest.split("</form>").next().unwrap();
    let inputs = form.split("<input type=\"hidden\" name=\"").skip(1);
    let field = |input: &str| {
        let (name, rest) = input.split_once("\" value=\"").unwrap();
        (name.to_owned(), rest.split('"').next().unwrap().to_owned())
    };
    inputs.map(field).collect()
}

#[tokio::test]
async fn the_next_stage_is_proposed_and_given_with_one_press_once_the_candidate_knows() {
    let mut it = opened().await;
    let owner = it.portal.owner().await;
    let mut people = Vec::new();
    for _ in 0..4 {
        let account = it.portal.signed_in(&[Role::Interviewer]).await.account.unwrap();
        it.portal.qualify(account, "operations", 5).await;
        people.push(account);
    }
    // Whoever looks at the first stage looks at the second, but for one who knows the candidate.
    let second = "insert into qualification (account_id, stage_id, up_to_level)
         select q.account_id, n.stage_id, 5
         from qualification q
         join stage s using (stage_id)
         join stage n on n.track_id = s.track_id and n.position = s.position + 1";
    sqlx::query(second).execute(&owner).await.unwrap();
    sqlx::query(
        "insert into conflict (candidate_id, account_id, kind, reason, told_by, told_at)
         values ($1, $2, 'friends', '', $2, now())",
    )
    .bind(it.zoe.account)
    .bind(people[3])
    .execute(&owner)
    .await
    .unwrap();
    let (application, give) = (
        format!("/applications/{}", it.made.application),
        format!("/applications/{}/give", it.made.application),
    );
    assert!(!it.tomas.page(&application).await.contains("What comes next"));
    it.keep(GOOD).await;
    it.decide().await;
    let told = it.told_at().await.unwrap();

    // The manager sees what is proposed; its recruiter, from when on it can be given, and no sooner.
    let page = text(&it.sean.page(&it.page).await);
    assert!(page.contains("What comes next Troubleshooting challenge"), "{page}");
    let page = it.tomas.page(&application).await;
    assert!(text(&page).contains("It comes from ") && !page.contains("as proposed"));
    assert!(!page.contains("Give this stage"), "{page}");
    let stage: String = sqlx::query_scalar(
        "select n.stage_id::text
         from assignment g
         join stage s using (stage_id)
         join stage n on n.track_id = s.track_id and n.position = s.position + 1",
    )
    .fetch_one(&owner)
    .await
    .unwrap();
    let early = it.tomas.post(&give, &[("stage", &stage), ("level", "3")]).await;
    assert_eq!(early.status, StatusCode::UNPROCESSABLE_ENTITY);
    let shown = told.to_zoned(jiff::tz::TimeZone::get("Europe/Paris").unwrap());
    let shown = shown.strftime("%-d %b %Y, %H:%M Europe/Paris").to_string();
    assert!(text(&early.text()).contains(&format!("from {shown} on")), "{}", text(&early.text()));
    assert!(!text(&it.tomas.page("/desk").await).contains("Automation challenge"));

    it.at(told).await;
    let desk = it.tomas.page("/desk").await;
    assert!(text(&desk).contains("has heard our yes to Automation challenge"), "{}", text(&desk));
    assert!(desk.contains(&format!("{application}#next")));
    let (page, asked) = crate::support::statements::statements(it.tomas.page(&application)).await;
    // One more than without a proposal: who could be asked.
    assert!(asked.len() - 1 <= 4, "{asked:#?}");
    let my = text(&it.zoe.page("/my").await);
    assert!(my.contains("Your recruiter tells you by"), "{my}");
    let fields = fields_of(&page, &give);
    let asked = fields.iter().filter(|(name, _)| name == "who").count();
    assert_eq!(asked, 3, "{fields:?}");
    assert!(fields.iter().all(|(_, value)| *value != people[3].to_string()));
    let fields: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    it.tomas.submit(&give, &fields).await;
    let given = "select count(*) from assignment g join stage s using (stage_id)
         join panel_member m using (assignment_id)
         where g.state = 'assigned' and s.title = 'Troubleshooting challenge'";
    assert_eq!(it.count(given).await, 3);
    assert_eq!(about(&it.portal.letters().await, "Troubleshooting challenge: your next step"), 1);
    assert!(!it.tomas.page(&application).await.contains("What comes next"));
}

#[tokio::test]
async fn the_day_proposed_for_the_next_stage_is_one_on_which_the_company_works() {
    let mut it = opened().await;
    let owner = it.portal.owner().await;
    let set_up =
        "insert into organisation (name, set_up_at, zone) values ('Teleport', now(), 'UTC')";
    sqlx::query(set_up).execute(&owner).await.unwrap();
    it.keep(GOOD).await;
    it.decide().await;
    let told = it.told_at().await.unwrap();
    let (stage, within): (uuid::Uuid, i16) = sqlx::query_as(
        "select n.stage_id, r.start_within_days
         from assignment g
         join stage s using (stage_id)
         join stage n on n.track_id = s.track_id and n.position = s.position + 1
         join recipe r on r.stage_id = n.stage_id",
    )
    .fetch_one(&owner)
    .await
    .unwrap();
    let paris = jiff::tz::TimeZone::get("Europe/Paris").unwrap();
    let by = told + SignedDuration::from_hours(24 * i64::from(within));
    let first = by.to_zoned(paris).date();
    sqlx::query(
        "insert into holiday (day, name)
         select day, 'Away' from generate_series($1::date, $1::date + 2, interval '1 day') day",
    )
    .bind(first.to_sqlx())
    .execute(&owner)
    .await
    .unwrap();
    let mut later = first.series(jiff::Span::new().days(1)).skip(3);
    let day = later.find(|day| day.weekday().to_monday_one_offset() <= 5).unwrap();
    let shown = day.strftime("%-d %b %Y").to_string();
    let page = text(&it.sean.page(&it.page).await);
    assert!(page.contains(&shown), "{shown}: {page}");
    it.at(told).await;
    let application = format!("/applications/{}", it.made.application);
    let give = format!("{application}/give");
    let page = it.tomas.page(&application).await;
    let sent = ("by".to_owned(), day.to_string());
    assert!(fields_of(&page, &give).contains(&sent), "{day}: {page}");
    // The same where it is changed first.
    let page = it.tomas.page(&format!("{give}?stage={stage}")).await;
    assert!(page.contains(&format!("type=\"date\" value=\"{day}\"")), "{day}: {page}");
}

#[tokio::test]
async fn no_panel_is_proposed_where_fewer_are_free_than_have_to_vote() {
    let mut it = opened().await;
    let owner = it.portal.owner().await;
    let mina = it.portal.signed_in(&[Role::Interviewer]).await.account.unwrap();
    let stage: uuid::Uuid = sqlx::query_scalar(
        "insert into qualification (account_id, stage_id, up_to_level)
         select $1, n.stage_id, 5
         from assignment g
         join stage s using (stage_id)
         join stage n on n.track_id = s.track_id and n.position = s.position + 1
         returning stage_id",
    )
    .bind(mina)
    .fetch_one(&owner)
    .await
    .unwrap();
    it.keep(GOOD).await;
    it.decide().await;
    let too_few = "Panel Too few are free and qualified; it is made later";
    let page = text(&it.sean.page(&it.page).await);
    assert!(page.contains(too_few), "{page}");
    it.at(it.told_at().await.unwrap()).await;
    let application = format!("/applications/{}", it.made.application);
    let give = format!("{application}/give");
    let page = it.tomas.page(&application).await;
    let fields = fields_of(&page, &give);
    assert!(text(&page).contains(too_few), "{}", text(&page));
    assert!(fields.iter().all(|(name, _)| name != "who"), "{fields:?}");
    let page = it.tomas.page(&format!("{give}?stage={stage}")).await;
    let says = text(&page);
    let one = "Only one is free and qualified, which is fewer than the 2 who have to vote:";
    assert!(says.contains("3 look at it, 2 of them are enough") && says.contains(one), "{says}");
    assert!(page.contains(&format!("name=\"who\" value=\"{mina}\">")), "nobody is chosen: {page}");
    // With one more there are enough to vote, and both are asked.
    let ravi = it.portal.signed_in(&[Role::Interviewer]).await.account.unwrap();
    sqlx::query("insert into qualification (account_id, stage_id, up_to_level) values ($1, $2, 5)")
        .bind(ravi)
        .bind(stage)
        .execute(&owner)
        .await
        .unwrap();
    let fields = fields_of(&it.tomas.page(&application).await, &give);
    assert_eq!(fields.iter().filter(|(name, _)| name == "who").count(), 2, "{fields:?}");
}
