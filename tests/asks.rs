//! What candidates say and are told around a stage: before Start, for their recruiter alone, and what
//! happens after it.

use http::StatusCode;
use portal::clock::SignedDuration;
use portal::web::viewer::Role;

use crate::support::Portal;
use crate::support::client::Browser;
use crate::support::html::text;
use crate::support::interview::{Between, Interview};

/// A candidate with the first stage of the operations track, their recruiter and hiring manager.
struct Story {
    portal: Portal,
    tomas: Browser,
    sean: Browser,
    zoe: Browser,
    application: String,
    own: String,
    made: Interview,
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
    Story { portal, tomas, sean, zoe, application, own, made }
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
    let first = it.portal.letters().await;
    assert_eq!((first.len(), it.count(ANSWERED).await), (1, 1));
    assert!(
        text(&it.tomas.page(&it.application.clone()).await).contains("Whom they know here Nobody")
    );
    // It can be said otherwise until Start; then the recruiter has something to read.
    let said = [("names", "Jonas, we shared a desk <b>once</b>")];
    it.zoe.submit(&path, &said).await;
    it.zoe.submit(&path, &said).await;
    let second = it.portal.letters().await;
    assert_eq!((second.len(), it.count(ANSWERED).await), (1, 2));
    // Whatever was said, what is told of it is the same.
    let told = |letter: &portal::mail::Letter| (letter.subject.clone(), letter.text.clone());
    assert_eq!(told(&first[0]), told(&second[0]));
    let refs = "select count(distinct (refs, actor_id, about_id)) from audit_event
        where action = 'application.answered'";
    assert_eq!(it.count(refs).await, 1);
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

#[tokio::test]
async fn the_first_answer_about_needs_is_told_also_where_nothing_is_needed() {
    let mut it = story().await;
    let needs = format!("{}/needs", it.own);
    for (time, told) in [("100", 1), ("100", 1), ("150", 2), ("100", 3)] {
        it.zoe.submit(&needs, &[("time", time)]).await;
        assert_eq!(it.count(ANSWERED).await, told, "{time}");
    }
    assert_eq!(it.portal.letters().await.len(), 3);
}

#[tokio::test]
async fn whom_a_candidate_knows_waits_until_the_recruiter_has_looked() {
    let mut it = story().await;
    let stage = it.portal.stage("operations", "automation.md").await;
    let panel = format!("{}/panel", it.run());
    let conflicts = format!("{}/conflicts", it.application);
    let pages = [panel, format!("{}/give?stage={stage}", it.application), conflicts.clone()];
    for page in &pages {
        assert!(text(&it.tomas.page(page).await).contains("Not answered yet"), "{page}");
    }
    let desk = "Maya Okafor knows somebody here, since";
    let says = format!("{}/acquaintances", it.own);
    it.zoe.submit(&says, &[("do", "nobody")]).await;
    assert!(!text(&it.tomas.page("/desk").await).contains(desk), "nobody concerns nobody");
    it.zoe.submit(&says, &[("names", "Jonas Lindqvist, from school")]).await;
    for page in &pages {
        let page = text(&it.tomas.page(page).await);
        assert!(page.contains("Jonas Lindqvist, from school"), "{page}");
    }
    let seen = it.tomas.page(&conflicts).await;
    let old = id_after(&seen, "name=\"seen\" value=\"");
    assert!(text(&it.tomas.page("/desk").await).contains(desk));
    // Nobody else learns of it, and least of all those who look at the work.
    let mina = it.portal.signed_in(&[Role::Interviewer]).await;
    it.portal.seat(it.made, mina.account.unwrap()).await;
    let review = format!("/reviews/{}", it.made.assignment);
    let (application, run) = (it.application.clone(), it.run());
    let others = [
        (it.sean.clone(), "/desk"),
        (it.sean.clone(), &application),
        (it.sean.clone(), &run),
        (mina.clone(), "/desk"),
        (mina, &review),
    ];
    for (mut browser, page) in others {
        let said = text(&browser.page(page).await);
        assert!(!said.contains("Jonas") && !said.contains("knows somebody"), "{page}: {said}");
    }
    // What was said meanwhile was not looked at.
    it.later(1).await;
    it.zoe.submit(&says, &[("names", "Jonas, and Mina")]).await;
    let stale = it.tomas.post(&conflicts, &[("do", "nobody"), ("seen", &old)]).await;
    assert_eq!(stale.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(text(&stale.text()).contains("They have said something else meanwhile"));
    assert!(text(&it.tomas.page("/desk").await).contains(desk));
    let seen = id_after(&it.tomas.page(&conflicts).await, "name=\"seen\" value=\"");
    let done = text(&it.tomas.submit(&conflicts, &[("do", "nobody"), ("seen", &seen)]).await);
    assert!(done.contains("nobody here is concerned") && done.contains("Jonas, and Mina"));
    assert!(!text(&it.tomas.page("/desk").await).contains(desk));
    // Another answer waits again, until somebody is kept off.
    it.zoe.submit(&says, &[("names", "Jonas again")]).await;
    assert!(text(&it.tomas.page("/desk").await).contains(desk));
    let jonas = it.portal.signed_in(&[Role::Interviewer]).await.account.unwrap().to_string();
    let seen = id_after(&it.tomas.page(&conflicts).await, "name=\"seen\" value=\"");
    let fields = [("who", jonas.as_str()), ("kind", "friends"), ("seen", &seen)];
    it.tomas.submit(&conflicts, &fields).await;
    assert!(!text(&it.tomas.page("/desk").await).contains(desk));
}

#[tokio::test]
async fn what_lapsed_asks_for_nothing_once_its_application_is_closed() {
    let mut it = story().await;
    it.later(7 * 24).await;
    let own = text(&it.zoe.page(&it.own.clone()).await);
    assert!(own.contains("Answer to your recruiter if you would like to go on."), "{own}");
    let close = [("why", "silent"), ("said", "We did not hear from you.")];
    it.tomas.submit(&format!("{}/close", it.application), &close).await;
    for page in [it.own.clone(), "/my".to_owned()] {
        let said = text(&it.zoe.page(&page).await);
        assert!(!said.contains("Answer to your recruiter"), "{page}: {said}");
    }
    assert!(text(&it.zoe.page(&it.own.clone()).await).contains("Its time was over on"));
    // A withdrawal is not undone in it either.
    let mut it = story().await;
    it.zoe.submit(&format!("{}/withdrawal", it.own), &[("do", "withdraw")]).await;
    let close = [("why", "withdrew"), ("said", "As you wish.")];
    it.tomas.submit(&format!("{}/close", it.application), &close).await;
    let own = text(&it.zoe.page(&it.own.clone()).await);
    assert!(own.contains("You withdrew on") && !own.contains("You can undo it"), "{own}");
}

#[tokio::test]
async fn a_promise_is_a_day_of_the_company_wherever_its_candidate_is() {
    let mut it = story_of("live_session").await;
    // The company is in UTC as long as nobody says otherwise; she is east of it, where its days end a day later.
    sqlx::query("update account set zone = 'Pacific/Kiritimati' where account_id = $1")
        .bind(it.zoe.account)
        .execute(&it.portal.owner().await)
        .await
        .unwrap();
    let days = portal::calendar::WorkingDays {
        weekdays: portal::calendar::Weekdays::default(),
        holidays: std::collections::BTreeSet::new(),
        zone: jiff::tz::TimeZone::UTC,
    };
    let day = |from, count| days.after(from, count).strftime("%-d %b %Y").to_string();
    let by = day(it.portal.clock.now(), 3);
    for page in ["/my", &it.own.clone()] {
        let said = text(&it.zoe.page(page).await);
        assert!(said.contains(&format!("finds a time with you by {by}")), "{page}: {said}");
    }
    it.later(1).await;
    it.does("not-held", &[("absent", "candidate"), ("missed", "We waited.")]).await;
    let by = day(it.portal.clock.now(), 3);
    let said = text(&it.zoe.page("/my").await);
    assert!(said.contains(&format!("Your recruiter tells you by {by} how")), "{said}");
    // Where no stage was given yet, the day of the first is one, too.
    let mut it = story().await;
    let owner = it.portal.owner().await;
    let zone = "update account set zone = 'Pacific/Kiritimati'";
    sqlx::query(zone).execute(&owner).await.unwrap();
    let fields = [
        ("name", "Ada"),
        ("email", "ada@example.org"),
        ("track", "systems"),
        ("level", "3"),
        ("time", "100"),
    ];
    it.tomas.submit("/candidates/add", &fields).await;
    let ada = "update application set candidate_id = $1 from track t
        where t.track_id = application.track_id and t.slug = 'systems'";
    sqlx::query(ada).bind(it.zoe.account).execute(&owner).await.unwrap();
    let within: i16 = sqlx::query_scalar(
        "select answer_within_days from recipe join stage using (stage_id) join track using (track_id)
         where slug = 'systems' order by stage.position limit 1",
    )
    .fetch_one(&owner)
    .await
    .unwrap();
    let by = day(it.portal.clock.now(), within.try_into().unwrap());
    let said = text(&it.zoe.page("/my").await);
    assert!(said.contains(&format!("Your recruiter gives it to you by {by}")), "{said}");
}

/// An id that a page leads to, between `before` and the next quotation mark.
fn id_after(page: &str, before: &str) -> String {
    let (_, rest) = page.split_once(before).unwrap_or_else(|| panic!("{before} is not in {page}"));
    rest.split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn closing_an_application_ends_what_is_under_way_and_tells_the_candidate_once() {
    let mut it = story().await;
    it.zoe.submit(&format!("{}/start", it.own), &[]).await;
    let path = format!("{}/close", it.application);
    let refused = it.tomas.post(&path, &[("why", "bored"), ("said", "")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = text(&refused.text());
    assert!(page.contains("Choose why it ends") && page.contains("Say why, in a sentence"));
    let why = [("why", "filled"), ("said", "We found somebody last week. Thank you.")];
    let send = |_| {
        let (mut browser, path) = (it.tomas.clone(), path.clone());
        async move { browser.post(&path, &why).await.status }
    };
    let sent = futures_util::future::join_all((0..50).map(send)).await;
    assert!(sent.iter().all(|status| *status == StatusCode::SEE_OTHER), "{sent:?}");
    let closed = "select count(*) from audit_event where action = 'application.closed'";
    assert_eq!(it.count(closed).await, 1);
    let ended = "select count(*) from assignment where closed_why = 'ended_early'";
    assert_eq!(it.count(ended).await, 1);
    let letters = it.portal.letters().await;
    assert_eq!(letters.len(), 1, "one letter tells of both");
    assert!(letters[0].subject.as_str().ends_with("has ended"));
    assert!(letters[0].text.contains("We found somebody last week."), "{}", letters[0].text);
    for page in [&it.application, "/candidates"] {
        assert!(text(&it.tomas.page(page).await).contains("Closed"), "{page}");
    }
    let page = it.tomas.page(&it.application.clone()).await;
    assert!(text(&page).contains("the positions are filled"), "{}", text(&page));
    assert!(!page.contains("Give it again") && !page.contains("/close\""), "nothing goes on");
    let my = text(&it.zoe.page("/my").await);
    assert!(my.contains("We found somebody last week."), "{my}");
    // Nothing in it is moved any more, by either side.
    let run = format!("{}{}", it.application, it.own.replace("/my", ""));
    let until = it.portal.clock.now() + portal::clock::SignedDuration::from_hours(240);
    let until = until.strftime("%Y-%m-%d").to_string();
    let revive = [("version", "3"), ("do", "revive"), ("until", until.as_str())];
    let refused = it.tomas.post(&run, &revive).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(text(&refused.text()).contains("This application is closed"));
    let undo = it.zoe.post(&format!("{}/withdrawal", it.own), &[("do", "undo")]).await;
    assert!(text(&undo.text()).contains("This application is closed"), "{}", text(&undo.text()));
    // Another reason is not taken for the same.
    let again = it.tomas.post(&path, &[("why", "mistake"), ("said", "Sorry.")]).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_withdrawal_is_not_undone_in_an_application_that_was_closed_meanwhile() {
    let mut it = story().await;
    let withdrawal = format!("{}/withdrawal", it.own);
    it.zoe.submit(&withdrawal, &[("do", "withdraw")]).await;
    let path = format!("{}/close", it.application);
    it.tomas.submit(&path, &[("why", "withdrew"), ("said", "As you wish.")]).await;
    let refused = it.zoe.post(&withdrawal, &[("do", "undo")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!text(&it.zoe.page(&it.own.clone()).await).contains("Undo the withdrawal"));
}

#[tokio::test]
async fn a_candidate_applies_again_under_another_name_and_after_a_while() {
    let portal = Portal::shipped().await;
    let mut tomas = portal.signed_in(&[Role::Recruiter]).await;
    let fields = |track: &'static str, again: &'static str| {
        [
            ("name", "Zoë"),
            ("email", "zoe@example.org"),
            ("track", track),
            ("level", "3"),
            ("time", "100"),
            ("again", again),
        ]
    };
    let page = tomas.submit("/candidates/add", &fields("operations", "")).await;
    let application = format!(
        "/applications/{}",
        id_after(&page, "href=\"/applications/").split('/').next().unwrap()
    );
    let twice = tomas.post("/candidates/add", &fields("operations", "because")).await;
    assert!(text(&twice.text()).contains("in this track already"), "no reason opens a second one");
    let close = [("why", "declined"), ("said", "Not this time.")];
    tomas.submit(&format!("{application}/close"), &close).await;
    // Six months are counted in UTC, and the day is that of whoever reads it.
    let from = portal.clock.now().to_zoned(jiff::tz::TimeZone::UTC) + jiff::ToSpan::months(6);
    let paris = jiff::tz::TimeZone::get("Europe/Paris").unwrap();
    let from = from.timestamp().to_zoned(paris).strftime("%-d %B %Y").to_string();
    let refused = tomas.post("/candidates/add", &fields("operations", "")).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let told = format!("They can apply in this track again from {from} on");
    assert!(text(&refused.text()).contains(&told), "{}", text(&refused.text()));
    assert!(text(&refused.text()).contains("Why they apply again already"));
    // The same in a list, which takes no reasons; another track is open to them.
    let list = "name,email,track,level\nZoë,zoe@example.org,operations,3\n";
    let checked = tomas.post("/candidates/add/many", &[("list", list), ("do", "add")]).await;
    assert_eq!(checked.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(text(&checked.text()).contains(&told), "{}", text(&checked.text()));
    tomas.submit("/candidates/add", &fields("systems", "")).await;
    let why = "She has led a team meanwhile.";
    let page = text(&tomas.submit("/candidates/add", &fields("operations", why)).await);
    assert!(page.contains("The candidate is in") && page.contains(why), "{page}");
    let owner = portal.owner().await;
    let names: i64 = sqlx::query_scalar("select count(distinct alias) from application")
        .fetch_one(&owner)
        .await
        .unwrap();
    assert_eq!(names, 3);
    // A decline rests as well, until the day it does not any more.
    sqlx::query(
        "update application set closed_at = $1, closed_why = 'mistake' where track_id in (
           select track_id from track where slug = 'operations') and closed_at is null",
    )
    .bind(jiff_sqlx::ToSqlx::to_sqlx(portal.clock.now()))
    .execute(&owner)
    .await
    .unwrap();
    let refused = tomas.post("/candidates/add", &fields("operations", "")).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "the first end still counts");
    portal.clock.set(portal.clock.now() + portal::clock::SignedDuration::from_hours(185 * 24));
    let mut tomas = portal.browser_of(tomas.account.unwrap()).await;
    tomas.submit("/candidates/add", &fields("operations", "")).await;
}

/// The first stage of `track`, run in this format by its recipe, given and not begun.
async fn story_of(format: &'static str) -> Story {
    let it = story().await;
    let owner = it.portal.owner().await;
    sqlx::query(
        "update assignment
         set format = $1, time_limit_minutes = null, usual_minutes = null, is_blind = false,
           answer_within_days = 3",
    )
    .bind(format)
    .execute(&owner)
    .await
    .unwrap();
    sqlx::query(
        "update recipe set format = $1, is_blind = false, agenda = '[]', answer_within_days = 3",
    )
    .bind(format)
    .execute(&owner)
    .await
    .unwrap();
    it
}

impl Story {
    async fn stage(&self) -> String {
        sqlx::query_scalar("select stage_id::text from assignment")
            .fetch_one(&self.portal.owner().await)
            .await
            .unwrap()
    }

    fn run(&self) -> String {
        format!("{}{}", self.application, self.own.replace("/my", ""))
    }

    /// What the recruiter does on the page of the stage, against what it shows.
    async fn does(
        &mut self,
        what: &str,
        fields: &[(&str, &str)],
    ) -> crate::support::portal::Answer {
        let page = self.tomas.page(&self.run()).await;
        let version = id_after(&page, "name=\"version\" value=\"");
        let mut all = vec![("version", version.as_str()), ("do", what)];
        all.extend(fields);
        self.tomas.post(&self.run(), &all).await
    }

    async fn later(&mut self, hours: i64) {
        let by = portal::clock::SignedDuration::from_hours(hours);
        self.portal.clock.set(self.portal.clock.now() + by);
        self.tomas = self.portal.browser_of(self.tomas.account.unwrap()).await;
        self.zoe = self.portal.browser_of(self.zoe.account.unwrap()).await;
    }
}

#[tokio::test]
async fn a_session_that_took_place_is_marked_held_from_when_it_began() {
    let mut it = story_of("live_session").await;
    assert!(text(&it.zoe.page("/my").await).contains("Your recruiter finds a time with you by"));
    let own = it.zoe.page(&it.own.clone()).await;
    assert!(!text(&own).contains("can start"), "{}", text(&own));
    let entry = it.zoe.get(&format!("{}/calendar.ics", it.own)).await.text();
    assert!(entry.contains("SUMMARY:Last moment for the session: "), "{entry}");
    let page = text(&it.tomas.page(&it.run()).await);
    assert!(
        page.contains("It has to take place by")
            && page.contains("Move the day by which it takes place")
    );
    assert!(!page.contains("Start by"), "{page}");
    let give = format!("{}/give?stage={}", it.application, it.stage().await);
    let page = text(&it.tomas.page(&give).await);
    assert!(page.contains("agree with them on a time") && page.contains("Take place by"), "{page}");
    assert!(!page.contains("Start"), "{page}");
    it.later(30).await;
    let paris = jiff::tz::TimeZone::get("Europe/Paris").unwrap();
    let local = |at: portal::clock::Timestamp| {
        at.to_zoned(paris.clone()).strftime("%Y-%m-%dT%H:%M").to_string()
    };
    let hour = portal::clock::SignedDuration::from_hours(1);
    let now = it.portal.clock.now();
    for (typed, message) in [
        ("", "Say when it began"),
        (local(now + hour).as_str(), "This lies ahead"),
        (local(now - hour * 40).as_str(), "not given yet"),
    ] {
        let refused = it.does("held", &[("began", typed)]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{message}");
        assert!(text(&refused.text()).contains(message), "{}", text(&refused.text()));
    }
    let held = it.does("held", &[("began", &local(now - hour * 5))]).await;
    assert_eq!(held.status, StatusCode::SEE_OTHER, "{}", text(&held.text()));
    // Without an agenda a session lasts an hour; from its end the answer is counted.
    let lasted: f64 = sqlx::query_scalar(
        "select extract(epoch from submitted_at - started_at)::float8 from assignment
         where state = 'submitted'",
    )
    .fetch_one(&it.portal.owner().await)
    .await
    .unwrap();
    assert!((lasted - 3600.0).abs() < 1.0, "{lasted}");
    let page = text(&it.tomas.page(&it.run()).await);
    assert!(page.contains("Took place on") && !page.contains("voting"), "nobody votes yet: {page}");
    assert!(page.contains("Waits for a panel"), "{page}");
    let my = text(&it.zoe.page("/my").await);
    assert!(my.contains("Took place on") && !my.contains("The panel looks"), "{my}");
    assert!(my.contains("We answer by"), "{my}");
    let letters = it.portal.letters().await;
    assert_eq!(letters.len(), 1);
    assert!(letters[0].subject.as_str().starts_with("Thank you for"), "{:?}", letters[0].subject);
    it.later(24 * 9).await;
    assert!(text(&it.zoe.page("/my").await).contains("That is on us"));
}

#[tokio::test]
async fn a_session_that_did_not_take_place_says_whose_fault_it_was_and_ours_is_held_again() {
    for (absent, staff, candidate, given) in [
        ("candidate", "the candidate was not there", "we did not meet you", 1),
        ("interviewer", "an interviewer was not there", "that was on our side", 2),
        ("call", "the call failed", "that was on our side", 2),
        ("servers", "the servers failed", "that was on our side", 2),
    ] {
        let mut it = story_of("live_session").await;
        let mina = it.portal.signed_in(&[Role::Interviewer]).await.account.unwrap();
        it.portal.seat(it.made, mina).await;
        let refused = it.does("not-held", &[("absent", "nobody"), ("missed", "")]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        let fields = [("absent", absent), ("missed", "We waited in the usual room.")];
        let done = it.does("not-held", &fields).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", text(&done.text()));
        let again = [("version", "1"), ("do", "not-held"), fields[0], fields[1]];
        let run = it.run();
        assert_eq!(it.tomas.post(&run, &again).await.status, StatusCode::SEE_OTHER, "a retry");
        assert_eq!(it.count("select count(*) from assignment").await, given, "{absent}");
        let page = text(&it.tomas.page(&it.application.clone()).await);
        assert!(page.contains(staff), "{staff}: {page}");
        assert!(text(&it.zoe.page(&it.own.clone()).await).contains(candidate), "{candidate}");
        let letters = it.portal.letters().await;
        // The panel is told nothing of why.
        let told = |it: &&portal::mail::Letter| it.text.contains("We waited in the usual room.");
        let letters: Vec<_> = letters.iter().filter(told).collect();
        assert_eq!(letters.len(), 1, "{absent}");
        let my = text(&it.zoe.page("/my").await);
        if given == 2 {
            assert!(letters[0].subject.as_str().ends_with("on our side"));
            assert!(!letters[0].text.contains(&it.own), "it leads to what is next");
            assert!(my.contains("Your recruiter finds a time with you by"), "{my}");
            assert!(!my.contains(staff), "{my}");
            let ended = "select count(*) from assignment where state = 'assigned' and level = 3";
            assert_eq!(it.count(ended).await, 1);
            // Her panel comes with it.
            let asked = "select count(*) from panel_member where left_at is null and goes_on";
            assert_eq!(it.count(asked).await, 1);
        } else {
            assert!(my.contains("Your recruiter tells you by"), "{my}");
        }
    }
}

#[tokio::test]
async fn an_external_stage_is_handed_to_the_firm_and_its_report_ends_it() {
    let mut it = story_of("external").await;
    assert!(text(&it.zoe.page("/my").await).contains("We hand it to the firm by"));
    let page = it.tomas.page(&it.run()).await;
    let day = id_after(&page, "type=\"date\" value=\"");
    let in_five = it.portal.clock.now() + portal::clock::SignedDuration::from_hours(120);
    let in_five = in_five.to_zoned(jiff::tz::TimeZone::get("Europe/Paris").unwrap()).date();
    assert_eq!(day, in_five.to_string(), "five days are proposed");
    let early = it.does("report", &[]).await;
    assert!(text(&early.text()).contains("This was not started yet"), "{}", text(&early.text()));
    let handed = it.does("hand-to-firm", &[("touch", &day)]).await;
    assert_eq!(handed.status, StatusCode::SEE_OTHER, "{}", text(&handed.text()));
    let letters = it.portal.letters().await;
    assert!(letters[0].text.contains("Keep in touch until"), "{}", letters[0].text);
    assert!(text(&it.zoe.page("/my").await).contains("Once what was found is here"));
    let reported = it.does("report", &[]).await;
    assert_eq!(reported.status, StatusCode::SEE_OTHER, "{}", text(&reported.text()));
    assert!(text(&it.zoe.page("/my").await).contains("We answer by"));
    let page = text(&it.tomas.page(&it.run()).await);
    assert!(page.contains("What was found came in on") && !page.contains("Give it back"), "{page}");
    let letters = it.portal.letters().await;
    assert!(letters[0].subject.as_str().starts_with("We have what was found in"));
    // Without a day nothing lapses.
    let mut it = story_of("external").await;
    it.does("hand-to-firm", &[("touch", "")]).await;
    it.later(24 * 60).await;
    assert!(text(&it.tomas.page(&it.run()).await).contains("No date is set; keep in touch."));
}

#[tokio::test]
async fn every_step_says_what_happens_then_and_gives_its_date_to_calendars() {
    let mut it = story().await;
    let my = text(&it.zoe.page("/my").await);
    assert!(my.contains("After you hand in, the panel looks at it, and we answer within"), "{my}");
    assert!(my.contains("at the latest"), "{my}");
    let own = text(&it.zoe.page(&it.own.clone()).await);
    assert!(own.contains("What happens then"), "{own}");
    let path = format!("{}/calendar.ics", it.own);
    let file = it.zoe.get(&path).await;
    assert_eq!(file.header("content-type"), "text/calendar; charset=utf-8");
    let entry = file.text();
    assert!(entry.contains("SUMMARY:Last moment to start: "), "{entry}");
    let by = it.portal.clock.now() + portal::clock::SignedDuration::from_hours(7 * 24);
    let stamp = |at: portal::clock::Timestamp| at.strftime("DTSTART:%Y%m%dT%H%M%SZ").to_string();
    assert!(entry.contains(&stamp(by)), "{entry}");
    let uid = entry.lines().find(|line| line.starts_with("UID:")).unwrap().to_owned();
    it.zoe.submit(&format!("{}/start", it.own), &[]).await;
    let entry = it.zoe.get(&path).await.text();
    // A week from Start; it is the same entry, moved.
    assert!(entry.contains("SUMMARY:Due now: ") && entry.contains(&stamp(by)), "{entry}");
    assert!(entry.contains(&uid) && entry.contains("SEQUENCE:2"), "{entry}");
    it.zoe.submit(&format!("{}/withdrawal", it.own), &[("do", "withdraw")]).await;
    assert_eq!(it.zoe.get(&path).await.status, StatusCode::NOT_FOUND);
    assert!(!it.zoe.page(&it.own.clone()).await.contains("calendar.ics"));
    let (_, asked) = crate::support::statements::statements(it.zoe.page("/my")).await;
    // One of them recognises who asks.
    assert!(asked.len() <= 4, "{asked:#?}");
}

#[tokio::test]
async fn the_letter_of_a_stage_is_seen_word_for_word_before_it_is_given() {
    let mut it = story().await;
    it.zoe.submit(&format!("{}/withdrawal", it.own), &[("do", "withdraw")]).await;
    it.portal.letters().await;
    let stage = it.portal.stage("operations", "automation.md").await.to_string();
    let give = format!("{}/give", it.application);
    let by = it.portal.clock.now() + portal::clock::SignedDuration::from_hours(5 * 24);
    let by = by.strftime("%Y-%m-%d").to_string();
    let fields = [("stage", stage.as_str()), ("level", "2"), ("by", &by)];
    let wrong = [("stage", stage.as_str()), ("level", "7"), ("by", &by), ("do", "letter")];
    let refused = it.tomas.post(&give, &wrong).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "it is read as it will be");
    let rows = "select (select count(*) from assignment) + (select count(*) from mail)
       + (select count(*) from audit_event)";
    let before = it.count(rows).await;
    let asked = [fields[0], fields[1], fields[2], ("do", "letter")];
    let seen = it.tomas.post(&give, &asked).await;
    assert_eq!(seen.status, StatusCode::OK, "{}", text(&seen.text()));
    assert_eq!(it.count(rows).await, before, "nothing is given, sent or written down");
    let page = seen.text();
    let (_, shown) = page.split_once("<div class=\"typed\">").unwrap();
    let (shown, _) = shown.split_once("</div>").unwrap();
    let change = [fields[0], fields[1], fields[2], ("do", "change")];
    let form = it.tomas.post(&give, &change).await.text();
    assert!(form.contains(&format!("value=\"{by}\"")) && form.contains("See the letter"));
    it.tomas.submit(&give, &fields).await;
    let letters = it.portal.letters().await;
    assert_eq!(letters.len(), 1);
    assert!(page.contains(letters[0].subject.as_str()));
    // But for the link, which leads to what was given.
    let plain = |text: &str| -> Vec<String> {
        let text = text.replace("&#38;", "&").replace("&#39;", "'").replace("&#34;", "\"");
        let lines = text.lines().map(str::trim).filter(|line| !line.starts_with("http"));
        lines.map(str::to_owned).collect()
    };
    assert_eq!(plain(shown), plain(&letters[0].text));
    assert!(letters[0].text.contains("at level 2"));
}

#[tokio::test]
async fn whoever_receives_an_application_gets_a_letter_and_nobody_else_does() {
    let mut it = story().await;
    let noor = it.portal.signed_in(&[Role::Recruiter]).await.account.unwrap();
    let anna = it.portal.signed_in(&[Role::HiringManager]).await.account.unwrap();
    let path = format!("{}/hand-over", it.application);
    let (own, his) = (it.tomas.account.unwrap().to_string(), it.sean.account.unwrap().to_string());
    it.tomas.submit(&path, &[("recruiter", &own), ("manager", &his)]).await;
    assert_eq!(it.portal.letters().await.len(), 0, "nothing has changed");
    let noors = noor.to_string();
    let fields = [("recruiter", &*noors), ("manager", &*anna.to_string()), ("version", "1")];
    it.tomas.submit(&path, &fields).await;
    let letters = it.portal.letters().await;
    let mut subjects: Vec<&str> = letters.iter().map(|it| it.subject.as_str()).collect();
    subjects.sort_unstable();
    assert_eq!(
        subjects,
        ["Maya Okafor is yours to decide on", "Maya Okafor is yours to look after"]
    );
    // One that was handed on before its letter was sent tells nobody.
    let mut noor = it.portal.browser_of(noor).await;
    let back = [("recruiter", &*own), ("manager", &*anna.to_string()), ("version", "2")];
    noor.submit(&path, &back).await;
    let back = [("recruiter", &*noors), ("manager", &*his), ("version", "3")];
    it.tomas.submit(&path, &back).await;
    let letters = it.portal.letters().await;
    assert_eq!(letters.len(), 2, "{:?}", letters.iter().map(|it| &it.subject).collect::<Vec<_>>());
}

#[tokio::test]
async fn an_administrator_sees_who_a_candidate_is_and_each_look_is_written_down() {
    let mut it = story().await;
    let owner = it.portal.owner().await;
    let (email, alias): (String, String) = sqlx::query_as(
        "select a.email, p.alias
         from application p
         join account a on a.account_id = p.candidate_id",
    )
    .fetch_one(&owner)
    .await
    .unwrap();
    let looked = "select count(*) from audit_event where action = 'application.identity_seen'";
    let path = format!("{}/identity", it.application);
    let mut ingrid = it.portal.signed_in(&[Role::Administrator]).await;
    assert!(ingrid.page("/audit").await.contains(&path), "the log leads there");
    let page = ingrid.page(&path).await;
    assert!(page.contains(&alias) && !page.contains(&email), "{page}");
    assert_eq!(it.count(looked).await, 0, "to read writes nothing");
    for count in 1..=2 {
        let seen = ingrid.post(&path, &[]).await;
        assert_eq!(seen.status, StatusCode::OK);
        assert!(seen.text().contains(&email));
        assert_eq!(it.count(looked).await, count);
    }
    let told = text(&it.tomas.page(&it.application.clone()).await);
    assert!(told.contains("looked at who the candidate is"), "{told}");
    // Not while they look at the work; and its recruiter has a page of their own.
    let mut noor = it.portal.signed_in(&[Role::Administrator, Role::Interviewer]).await;
    assert_eq!(noor.get(&path).await.status, StatusCode::OK);
    it.portal.seat(it.made, noor.account.unwrap()).await;
    for method in [http::Method::GET, http::Method::POST] {
        assert_eq!(noor.send(method, &path, &[]).await.status, StatusCode::NOT_FOUND);
    }
    assert_eq!(it.tomas.get(&path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(it.count(looked).await, 2);
}

/// What was said while a stage was not ahead holds for it once it is again.
#[tokio::test]
async fn a_stage_that_comes_back_has_the_time_that_was_asked_for_meanwhile() {
    let week = SignedDuration::from_hours(7 * 24);
    for ending in ["withdrawn", "lapsed", "stale"] {
        let mut it = story().await;
        let page = it.tomas.page(&it.application).await;
        let (_, rest) = page.split_once("/give?stage=").expect("another stage can be given");
        let stage = rest.split('"').next().unwrap().to_owned();
        let given = [("stage", stage.as_str()), ("level", "3"), ("by", "")];
        it.tomas.submit(&format!("{}/give", it.application), &given).await;
        let other: String = sqlx::query_scalar(
            "select assignment_id::text from assignment where assignment_id <> $1",
        )
        .bind(it.made.assignment)
        .fetch_one(&it.portal.owner().await)
        .await
        .unwrap();
        let withdrawal = format!("{}/withdrawal", it.own);
        match ending {
            "withdrawn" => {
                it.zoe.submit(&withdrawal, &[("do", "withdraw")]).await;
            }
            "lapsed" => {
                it.portal.clock.set(it.portal.clock.now() + week);
                it.zoe = it.portal.browser_of(it.zoe.account.unwrap()).await;
                it.tomas = it.portal.browser_of(it.tomas.account.unwrap()).await;
            }
            _ => {}
        }
        it.zoe.submit(&format!("/my/assignments/{other}/needs"), &[("time", "150")]).await;
        let run = format!("{}/assignments/{}", it.application, it.made.assignment);
        match ending {
            "withdrawn" => {
                it.zoe.submit(&withdrawal, &[("do", "undo")]).await;
            }
            "lapsed" => {
                let until = (it.portal.clock.now() + week).strftime("%Y-%m-%d").to_string();
                let revive = [("version", "1"), ("do", "revive"), ("until", until.as_str())];
                it.tomas.submit(&run, &revive).await;
            }
            // However it came to be.
            _ => {
                sqlx::query(
                    "update assignment set time_limit_minutes = 60 where assignment_id = $1",
                )
                .bind(it.made.assignment)
                .execute(&it.portal.owner().await)
                .await
                .unwrap();
            }
        }
        if ending != "stale" {
            let page = text(&it.zoe.page(&it.own.clone()).await);
            assert!(page.contains("From then you have 10 days 12 h"), "{ending}: {page}");
        }
        let page = text(&it.zoe.submit(&format!("{}/start", it.own), &[]).await);
        assert!(page.contains("10 days 12 h left"), "{ending}: {page}");
        let due = "select count(*) from assignment
            where due_at = started_at + interval '252 hours' and time_limit_minutes = 15120";
        assert_eq!(it.count(due).await, 1, "{ending}");
    }
}
