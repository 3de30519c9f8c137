//! A recruiter brings a candidate and gives a stage; the candidate takes it, against the clock.

use http::StatusCode;
use portal::clock::SignedDuration;
use portal::web::viewer::Role;

use crate::support::Portal;
use crate::support::client::Browser;
use crate::support::html::text;
use crate::support::interview::{Between, Interview};

const HOUR: SignedDuration = SignedDuration::from_hours(1);
const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A recruiter and a candidate with the first stage of the operations track, given and not begun.
struct Story {
    portal: Portal,
    tomas: Browser,
    zoe: Browser,
    /// The recruiter's page of the stage, and the candidate's.
    run: String,
    own: String,
    application: String,
    made: Interview,
}

async fn story() -> Story {
    let portal = Portal::shipped().await;
    let tomas = portal.signed_in(&[Role::Recruiter]).await;
    let zoe = portal.signed_in(&[Role::Candidate]).await;
    let between = Between {
        candidate: zoe.account.unwrap(),
        recruiter: tomas.account.unwrap(),
        manager: None,
    };
    let made = portal.interview(between).await;
    let application = format!("/applications/{}", made.application);
    let run = format!("{application}/assignments/{}", made.assignment);
    let own = format!("/my/assignments/{}", made.assignment);
    Story { portal, tomas, zoe, run, own, application, made }
}

impl Story {
    /// So much later both have signed in again.
    async fn later(&mut self, by: SignedDuration) {
        self.portal.clock.set(self.portal.clock.now() + by);
        self.tomas = self.portal.browser_of(self.tomas.account.unwrap()).await;
        self.zoe = self.portal.browser_of(self.zoe.account.unwrap()).await;
    }

    /// The version the recruiter's page shows.
    async fn version(&mut self) -> String {
        let page = self.tomas.page(&self.run).await;
        let (_, rest) =
            page.split_once("name=\"version\" value=\"").expect("something can be done");
        rest.split('"').next().unwrap().to_owned()
    }

    /// What the recruiter does, and what the page says then.
    async fn does(&mut self, what: &str, fields: &[(&str, &str)]) -> String {
        let version = self.version().await;
        let mut all = vec![("version", version.as_str()), ("do", what)];
        all.extend(fields);
        text(&self.tomas.submit(&self.run.clone(), &all).await)
    }

    async fn subjects(&self) -> Vec<String> {
        let letters = self.portal.letters().await;
        let mut subjects: Vec<String> =
            letters.iter().map(|letter| letter.subject.as_str().to_owned()).collect();
        subjects.sort();
        subjects
    }

    async fn count(&self, statement: &'static str) -> i64 {
        sqlx::query_scalar(statement).fetch_one(&self.portal.owner().await).await.unwrap()
    }
}

#[tokio::test]
async fn a_candidate_is_brought_given_a_stage_starts_asks_for_time_and_gets_it() {
    let portal = Portal::shipped().await;
    let mut tomas = portal.signed_in(&[Role::Recruiter]).await;
    assert!(text(&tomas.page("/candidates").await).contains("You look after no candidate yet"));
    let fields = [
        ("name", "Zoë Brzęczyszczykiewicz"),
        ("email", "zoe@example.org"),
        ("track", "operations"),
        ("level", "3"),
        ("manager", ""),
        ("source", "a referral"),
        ("note", "Prefers mornings."),
        ("time", "150"),
    ];
    let page = tomas.submit("/candidates/add", &fields).await;
    assert!(text(&page).contains("The candidate is in. Give them their first stage below."));
    assert!(text(&page).contains("1.5 times the usual time"));
    let (_, rest) = page.split_once("/give?stage=").unwrap();
    let stage = rest.split('"').next().unwrap().to_owned();
    let (before, _) = page.split_once("/give?stage=").unwrap();
    let application = before.rsplit('"').next().unwrap().to_owned();
    let give = format!("{application}/give");
    let form = tomas.page(&format!("{give}?stage={stage}")).await;
    assert!(form.contains(&format!("{application}/hand-over\">choose a hiring manager")), "{form}");
    // What they have is the recipe's time and a half.
    assert!(
        text(&form).contains("1 week 3 days 12 h") || text(&form).contains("10 days 12 h"),
        "{}",
        text(&form)
    );
    let by = (portal.clock.now() + WEEK).strftime("%Y-%m-%d").to_string();
    let given = tomas.submit(&give, &[("stage", &stage), ("level", "3"), ("by", &by)]).await;
    assert!(text(&given).contains("The stage is given, and the candidate is told."));
    let letters = portal.letters().await;
    let mut subjects: Vec<&str> = letters.iter().map(|it| it.subject.as_str()).collect();
    subjects.sort_unstable();
    assert_eq!(subjects.len(), 2, "{subjects:?}");
    assert!(
        subjects[1].starts_with("Your invitation") || subjects[0].starts_with("Your invitation")
    );
    // The same stage twice is refused, and nothing is lost.
    let twice = tomas.post(&give, &[("stage", &stage), ("level", "3"), ("by", &by)]).await;
    assert_eq!(twice.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(text(&twice.text()).contains("This stage is under way already"));
    // So is the same candidate in the same track, with the way to where they are.
    let again = tomas.post("/candidates/add", &fields).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.text().contains(&application), "the open application is linked");
    let listed = text(&tomas.page("/candidates?q=brz&state=assigned").await);
    assert!(
        listed.contains("Zoë Brzęczyszczykiewicz") && listed.contains("Not started"),
        "{listed}"
    );
    assert!(!text(&tomas.page("/candidates?q=nobody").await).contains("Zoë"));
}

#[tokio::test]
async fn the_clock_runs_from_start_and_more_time_moves_it() {
    let mut it = story().await;
    let before = text(&it.zoe.page(&it.own.clone()).await);
    assert!(before.contains("Nothing runs until you press Start"), "{before}");
    assert!(text(&it.zoe.page("/my").await).contains("Automation challenge is next"));
    let began = it.portal.clock.now();
    let started = text(&it.zoe.submit(&format!("{}/start", it.own), &[]).await);
    assert!(started.contains("Your clock runs") && started.contains("1 week left"), "{started}");
    // A second press changes nothing.
    it.later(HOUR).await;
    it.zoe.submit(&format!("{}/start", it.own), &[]).await;
    assert!(text(&it.zoe.page(&it.own.clone()).await).contains("6 days 23 h left"));
    assert_eq!(
        it.count("select count(*) from audit_event where action = 'assignment.started'").await,
        1
    );
    let time = format!("{}/time", it.own);
    let refused = it.zoe.post(&time, &[("count", "0"), ("unit", "days"), ("why", "")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(text(&refused.text()).contains("Say why, in a sentence"));
    let why = "My street was under water.";
    let asked = it.zoe.submit(&time, &[("count", "2"), ("unit", "days"), ("why", why)]).await;
    assert!(text(&asked).contains("Your recruiter is asked"));
    let twice = it.zoe.post(&time, &[("count", "2"), ("unit", "days"), ("why", why)]).await;
    assert!(text(&twice.text()).contains("waits for its answer"));
    let page = it.tomas.page(&it.run.clone()).await;
    assert!(page.contains(why));
    // What was asked for stands in the form already.
    assert!(page.contains("name=\"count\" type=\"number\" value=\"2\""), "{page}");
    assert!(text(&it.tomas.page(&it.application.clone()).await).contains("Asks for more time"));
    let desk = it.tomas.page("/desk").await;
    assert!(text(&desk).contains("Maya Okafor asks for more time for"), "{}", text(&desk));
    assert!(desk.contains(&it.run), "the desk leads to where it is answered");
    // Nobody else's desk says so.
    let mut noor = it.portal.signed_in(&[Role::Recruiter]).await;
    assert!(!text(&noor.page("/desk").await).contains("asks for more time"));
    let fields = [("count", "2"), ("unit", "days"), ("why", "Take it, and stay dry.")];
    let said = it.does("extend", &fields).await;
    assert!(said.contains("That is done") && said.contains("Take it, and stay dry."), "{said}");
    let page = text(&it.zoe.page(&it.own.clone()).await);
    assert!(page.contains("1 week 1 day 23 h left") || page.contains("8 days 23 h left"), "{page}");
    let due: jiff_sqlx::Timestamp = sqlx::query_scalar("select due_at from assignment")
        .fetch_one(&it.portal.owner().await)
        .await
        .unwrap();
    assert_eq!(due.to_jiff(), began + WEEK + HOUR * 48);
    // The letter of the stage has nothing to say any more, once it is begun.
    let subjects = it.subjects().await;
    assert_eq!(subjects.len(), 2, "{subjects:?}");
    assert!(
        subjects.iter().any(|it| it.starts_with("Maya Okafor asks for 2 days more")),
        "{subjects:?}"
    );
    assert!(subjects.iter().any(|it| it.starts_with("You have more time for")), "{subjects:?}");
    let told = text(&it.tomas.page(&it.application.clone()).await);
    assert!(
        told.contains("gave more time for") && told.contains("asked for more time for"),
        "{told}"
    );
}

#[tokio::test]
async fn a_request_for_more_time_is_moot_once_the_work_is_handed_in() {
    let mut it = story().await;
    it.zoe.submit(&format!("{}/start", it.own), &[]).await;
    let fields = [("count", "2"), ("unit", "days"), ("why", "My street was under water.")];
    it.zoe.submit(&format!("{}/time", it.own), &fields).await;
    let page = text(&it.tomas.page(&it.application.clone()).await);
    assert!(page.contains("Asks for more time") && page.contains("Answer Automation"), "{page}");
    let page = text(&it.tomas.page(&it.run.clone()).await);
    assert!(page.contains("Waits for your answer") && page.contains("Give no more time"), "{page}");
    assert!(text(&it.tomas.page("/desk").await).contains("asks for more time for"));
    it.portal.hand_in_work(it.made).await;
    let page = text(&it.tomas.page(&it.application.clone()).await);
    assert!(!page.contains("Asks for more time"), "{page}");
    assert!(page.contains("See and change Automation"), "{page}");
    let page = text(&it.tomas.page(&it.run.clone()).await);
    assert!(page.contains("nothing is left to answer"), "{page}");
    assert!(!page.contains("Waits for your answer") && !page.contains("Give no more"), "{page}");
    assert!(!text(&it.tomas.page("/desk").await).contains("asks for more time for"));
    let own = text(&it.zoe.page(&it.own.clone()).await);
    assert!(own.contains("It was not answered before your clock ended"), "{own}");
}

#[tokio::test]
async fn a_stage_in_whose_place_a_later_one_came_is_no_part_of_the_interview() {
    let portal = Portal::shipped().await;
    let mut tomas = portal.signed_in(&[Role::Recruiter]).await;
    let mut zoe = portal.signed_in(&[Role::Candidate]).await;
    let between = Between {
        candidate: zoe.account.unwrap(),
        recruiter: tomas.account.unwrap(),
        manager: None,
    };
    let application = portal.application_in("operations", between).await;
    let instead = "Not part of your interview: a later stage came instead.";
    assert!(!text(&zoe.page("/my").await).contains(instead));
    let stage: String = sqlx::query_scalar(
        "select s.stage_id::text from stage s join track t using (track_id)
         where t.slug = 'operations' order by s.position offset 1 limit 1",
    )
    .fetch_one(&portal.owner().await)
    .await
    .unwrap();
    let give = format!("/applications/{application}/give");
    tomas.submit(&give, &[("stage", &stage), ("level", "3"), ("by", "")]).await;
    let my = text(&zoe.page("/my").await);
    assert!(my.contains(&format!("Automation challenge {instead}")), "{my}");
    assert_eq!(my.matches(instead).count(), 1, "{my}");
}

#[tokio::test]
async fn what_a_candidate_says_of_their_circumstances_is_for_the_recruiter_alone() {
    let portal = Portal::shipped().await;
    let mut tomas = portal.signed_in(&[Role::Recruiter]).await;
    let mut sean = portal.signed_in(&[Role::HiringManager]).await;
    let fields = [
        ("name", "Zoë"),
        ("email", "zoe@example.org"),
        ("track", "operations"),
        ("level", "3"),
        ("manager", &sean.account.unwrap().to_string()),
        ("note", "canary note"),
        ("time", "150"),
    ];
    let page = tomas.submit("/candidates/add", &fields).await;
    let (before, rest) = page.split_once("/give?stage=").unwrap();
    let application = before.rsplit('"').next().unwrap().to_owned();
    let stage = rest.split('"').next().unwrap();
    let given = [("stage", stage), ("level", "3"), ("by", "")];
    let page = tomas.submit(&format!("{application}/give"), &given).await;
    let (_, rest) = page.split_once(&format!("{application}/assignments/")).unwrap();
    let assignment = rest.split('"').next().unwrap().to_owned();
    let owner = portal.owner().await;
    let zoe: portal::ids::AccountId = sqlx::query_scalar(
        "update account set accepted_at = now() where name = 'Zoë' returning account_id",
    )
    .fetch_one(&owner)
    .await
    .unwrap();
    let mut zoe = portal.browser_of(zoe).await;
    let own = format!("/my/assignments/{assignment}");
    zoe.submit(&format!("{own}/start"), &[]).await;
    let ask = [("count", "1"), ("unit", "days"), ("why", "canary reason")];
    zoe.submit(&format!("{own}/time"), &ask).await;
    let run = format!("{application}/assignments/{assignment}");
    for path in [application.as_str(), &run] {
        let (theirs, his) = (tomas.page(path).await, sean.page(path).await);
        assert!(theirs.contains("canary reason"), "{path}");
        for secret in ["canary", "12 h", "1.5 times"] {
            assert!(!text(&his).contains(secret), "{path} tells the manager {secret}");
        }
    }
    assert!(text(&sean.page("/candidates").await).contains("Zoë"));
}

#[tokio::test]
async fn what_nobody_starts_lapses_by_itself_and_can_be_revived_for_two_weeks() {
    let mut it = story().await;
    it.later(WEEK).await;
    assert!(text(&it.zoe.page(&it.own.clone()).await).contains("Its time was over"));
    let late = it.zoe.post(&format!("{}/start", it.own), &[]).await;
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(text(&late.text()).contains("The time for this was over"));
    assert!(text(&it.tomas.page("/candidates").await).contains("Lapsed"));
    let until = (it.portal.clock.now() + WEEK).strftime("%Y-%m-%d").to_string();
    assert!(text(&it.tomas.page("/desk").await).contains("let a stage lapse"));
    let said = it.does("revive", &[("until", &until)]).await;
    assert!(said.contains("To be started by"), "{said}");
    let lapsed = "select count(*) from audit_event where action = 'assignment.lapsed'";
    assert_eq!(it.count(lapsed).await, 1);
    assert!(it.subjects().await.iter().any(|subject| subject.ends_with("is yours again")));
    assert!(
        text(&it.zoe.submit(&format!("{}/start", it.own), &[]).await).contains("Your clock runs")
    );
    // What was begun and never worked on lapses too; after two weeks nothing revives it.
    it.later(WEEK * 2).await;
    assert!(text(&it.tomas.page(&it.run.clone()).await).contains("Lapsed on"));
    it.later(WEEK * 2).await;
    assert!(!it.tomas.page(&it.run.clone()).await.contains("Revive it"));
}

#[tokio::test]
async fn a_withdrawal_can_be_undone_for_a_day() {
    let mut it = story().await;
    it.zoe.submit(&format!("{}/start", it.own), &[]).await;
    let withdrawal = format!("{}/withdrawal", it.own);
    let out = text(&it.zoe.submit(&withdrawal, &[("do", "withdraw")]).await);
    assert!(out.contains("You have withdrawn") && out.contains("Undo the withdrawal"), "{out}");
    it.later(HOUR * 23).await;
    let back = text(&it.zoe.submit(&withdrawal, &[("do", "undo")]).await);
    assert!(back.contains("You are back in") && back.contains("6 days 1 h left"), "{back}");
    it.zoe.submit(&withdrawal, &[("do", "withdraw")]).await;
    it.later(HOUR * 24).await;
    let late = it.zoe.post(&withdrawal, &[("do", "undo")]).await;
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(text(&late.text()).contains("The time for this was over"));
}

#[tokio::test]
async fn an_end_tells_why_and_a_page_that_is_behind_changes_nothing() {
    let mut it = story().await;
    it.zoe.submit(&format!("{}/start", it.own), &[]).await;
    let behind = [("version", "1"), ("do", "cancel"), ("cancelled", "The position is filled.")];
    let refused = it.tomas.post(&it.run.clone(), &behind).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = refused.text();
    assert!(text(&page).contains("Somebody else changed this meanwhile"));
    assert!(page.contains("The position is filled."), "what was typed is kept");
    let said = it.does("end-early", &[("ended", "The position is filled.")]).await;
    assert!(said.contains("Ended early"), "{said}");
    let letters = it.portal.letters().await;
    let ended = letters.iter().find(|it| it.subject.as_str().ends_with("has ended")).unwrap();
    assert!(ended.text.contains("The position is filled."), "{}", ended.text);
    assert!(text(&it.zoe.page("/my").await).contains("Ended early on"));
}

#[tokio::test]
async fn fifty_copies_of_a_move_are_one_change_one_event_and_one_letter() {
    let mut it = story().await;
    let copies = async |browser: &Browser, path: &str, fields: &[(&str, &str)]| {
        let send = |_| {
            let mut browser = browser.clone();
            async move { browser.post(path, fields).await.status }
        };
        futures_util::future::join_all((0..50).map(send)).await
    };
    let done = |statuses: &[StatusCode]| {
        statuses.iter().filter(|status| **status == StatusCode::SEE_OTHER).count()
    };
    assert_eq!(done(&copies(&it.zoe, &format!("{}/start", it.own), &[]).await), 50);
    let started = "select count(*) from audit_event where action = 'assignment.started'";
    assert_eq!(it.count(started).await, 1);
    let version = it.version().await;
    let extend = [
        ("version", version.as_str()),
        ("do", "extend"),
        ("count", "1"),
        ("unit", "days"),
        ("why", "w"),
    ];
    // Every copy gets the same receipt.
    assert_eq!(done(&copies(&it.tomas, &it.run, &extend).await), 50);
    let given = "select count(*) from audit_event where action = 'assignment.time_given'";
    assert_eq!(it.count(given).await, 1);
    assert_eq!(it.count("select count(*) from mail where template = 'time_given'").await, 1);
    assert_eq!(it.count("select count(*) from time_request").await, 1);
    let ask = [("count", "1"), ("unit", "days"), ("why", "w")];
    let time = format!("{}/time", it.own);
    assert_eq!(done(&copies(&it.zoe, &time, &ask).await), 1, "the others wait for its answer");
    assert_eq!(it.count("select count(*) from mail where template = 'time_asked'").await, 1);
    let withdrawal = format!("{}/withdrawal", it.own);
    assert_eq!(done(&copies(&it.zoe, &withdrawal, &[("do", "withdraw")]).await), 50);
    assert_eq!(
        it.count("select count(*) from mail where template = 'candidate_withdrew'").await,
        1
    );
}

#[tokio::test]
async fn a_recruiter_gives_nobody_a_role_and_takes_no_colleague_for_a_candidate() {
    let portal = Portal::shipped().await;
    let mut tomas = portal.signed_in(&[Role::Recruiter]).await;
    let noor = portal.signed_in(&[Role::Interviewer]).await;
    let email: String = sqlx::query_scalar("select email from account where account_id = $1")
        .bind(noor.account)
        .fetch_one(&portal.owner().await)
        .await
        .unwrap();
    let fields = |email: &str, level: &str, track: &str| -> Vec<(String, String)> {
        [("name", "N"), ("email", email), ("track", track), ("level", level), ("time", "100")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec()
    };
    for (typed, message) in [
        (fields(&email, "3", "operations"), "somebody who works here"),
        (fields("z@example.org", "6", "operations"), "Choose a level from 1 to 5"),
        (fields("z@example.org", "0", "operations"), "Choose a level from 1 to 5"),
        (fields("z@example.org", "3", "gardening"), "Choose a track"),
        (fields("nobody", "3", "operations"), "@"),
    ] {
        let typed: Vec<(&str, &str)> =
            typed.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        let refused = tomas.post("/candidates/add", &typed).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{message}");
        assert!(text(&refused.text()).contains(message), "{message}: {}", text(&refused.text()));
    }
}

#[tokio::test]
async fn reminders_come_once_move_with_their_date_and_end_with_the_stage() {
    let mut it = story().await;
    it.subjects().await;
    let reminded = async |it: &Story| -> Vec<String> {
        let subjects = it.subjects().await;
        subjects
            .into_iter()
            .filter(|it| it.contains(" until ") || it.contains(" is due "))
            .collect()
    };
    // A day before it has to be begun, and once however often the worker comes by.
    it.later(HOUR * 24 * 6 - HOUR).await;
    assert_eq!(reminded(&it).await, [""; 0]);
    it.later(HOUR).await;
    assert_eq!(reminded(&it).await.len(), 1);
    assert_eq!(reminded(&it).await, [""; 0]);
    it.zoe.submit(&format!("{}/start", it.own), &[]).await;
    // Half of a week, then a day before; two days more move what comes after.
    it.later(HOUR * 84).await;
    assert_eq!(reminded(&it).await.len(), 1);
    let fields = [("count", "2"), ("unit", "days"), ("why", "Take it.")];
    it.does("extend", &fields).await;
    it.later(HOUR * 60).await;
    assert_eq!(reminded(&it).await, [""; 0], "the first date has gone");
    it.later(HOUR * 47).await;
    assert_eq!(reminded(&it).await, [""; 0]);
    it.later(HOUR).await;
    let day_before = it.portal.letters().await;
    assert_eq!(day_before.len(), 1);
    assert!(day_before[0].text.contains("what is left is 1 day."), "{}", day_before[0].text);
    // Who withdraws is reminded of nothing; who comes back, of what is still to come.
    let withdrawal = format!("{}/withdrawal", it.own);
    it.zoe.submit(&withdrawal, &[("do", "withdraw")]).await;
    it.later(HOUR * 22).await;
    assert_eq!(reminded(&it).await, [""; 0]);
    it.zoe.submit(&withdrawal, &[("do", "undo")]).await;
    it.later(HOUR).await;
    assert_eq!(reminded(&it).await.len(), 1, "an hour before");
    it.later(HOUR * 5).await;
    assert_eq!(reminded(&it).await, [""; 0]);
}

#[tokio::test]
async fn who_hands_an_application_over_sees_it_no_more_and_whoever_takes_it_does() {
    let mut it = story().await;
    let mut noor = it.portal.signed_in(&[Role::Recruiter]).await;
    let mut sean = it.portal.signed_in(&[Role::HiringManager]).await;
    let path = format!("{}/hand-over", it.application);
    let (own, other) = (it.tomas.account.unwrap().to_string(), noor.account.unwrap().to_string());
    let manager = sean.account.unwrap().to_string();
    for fields in [[("recruiter", ""), ("manager", "")], [("recruiter", &own), ("manager", &other)]]
    {
        let refused = it.tomas.post(&path, &fields).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{fields:?}");
    }
    let kept = it
        .tomas
        .submit(&path, &[("recruiter", &own), ("manager", &manager), ("version", "1")])
        .await;
    assert!(text(&kept).contains("That is who looks after it now"));
    assert_eq!(sean.get(&it.application).await.status, StatusCode::OK);
    let given =
        it.tomas.submit(&path, &[("recruiter", &other), ("manager", ""), ("version", "2")]).await;
    assert!(text(&given).contains("The application is handed over"));
    for gone in [&mut it.tomas, &mut sean] {
        for path in [&it.application, &it.run] {
            assert_eq!(gone.get(path).await.status, StatusCode::NOT_FOUND);
        }
    }
    assert!(text(&noor.page(&it.application).await).contains("handed the application over"));
    let handed = "select count(*) from audit_event where action = 'application.handed_over'";
    assert_eq!(it.count(handed).await, 2);
}

#[tokio::test]
async fn an_administrator_hands_over_what_nobody_looks_after_without_learning_whose_it_is() {
    let it = story().await;
    let mut ada = it.portal.signed_in(&[Role::Administrator]).await;
    let mut noor = it.portal.signed_in(&[Role::Recruiter]).await;
    let (tomas, theirs) = (it.tomas.account.unwrap(), noor.account.unwrap().to_string());
    let owner = it.portal.owner().await;
    let path = format!("{}/hand-over", it.application);
    let list = "/applications/without-recruiter";
    let call = "update account set name = 'Canary Quill' where account_id = $1";
    sqlx::query(call).bind(it.zoe.account).execute(&owner).await.unwrap();
    let (name, email, alias): (String, String, String) = sqlx::query_as(
        "select a.name, a.email, p.alias
         from application p
         join account a on a.account_id = p.candidate_id",
    )
    .fetch_one(&owner)
    .await
    .unwrap();
    let give = [("recruiter", theirs.as_str()), ("manager", ""), ("version", "1")];
    // While somebody looks after it, it is not there for her.
    assert_eq!(ada.get(&path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(ada.post(&path, &give).await.status, StatusCode::NOT_FOUND);
    assert!(!ada.page(list).await.contains(&alias));
    for gone in [
        "update account set disabled_at = now() where account_id = $1",
        "update account set ends_at = '2001-01-01Z', roles = '{external}' where account_id = $1",
        "update account set roles = '{interviewer}' where account_id = $1",
    ] {
        let back = "update account set disabled_at = null, ends_at = null, roles = '{recruiter}'
                    where account_id = $1";
        sqlx::query(back).bind(tomas).execute(&owner).await.unwrap();
        assert_eq!(ada.get(&path).await.status, StatusCode::NOT_FOUND);
        sqlx::query(gone).bind(tomas).execute(&owner).await.unwrap();
        let desk = text(&ada.page("/desk").await);
        assert!(desk.contains("One application has nobody who looks after it"), "{gone}: {desk}");
        for page in [ada.page(list).await, ada.page(&path).await] {
            assert!(page.contains(&alias), "{gone}");
            for told in [&name, &email, &it.zoe.account.unwrap().to_string()] {
                assert!(!page.contains(told), "{gone}");
            }
        }
    }
    // Nobody else may, and who looks at the work is not told of it.
    assert_eq!(noor.get(&path).await.status, StatusCode::NOT_FOUND);
    let mut eve = it.portal.signed_in(&[Role::Administrator, Role::Interviewer]).await;
    sqlx::query(
        "insert into panel_member
           (panel_member_id, assignment_id, account_id, is_shadow, invited_at, answer_by)
         select gen_random_uuid(), assignment_id, $1, false, now(), now() from assignment limit 1",
    )
    .bind(eve.account)
    .execute(&owner)
    .await
    .unwrap();
    assert_eq!(eve.get(&path).await.status, StatusCode::NOT_FOUND);
    assert!(!eve.page(list).await.contains(&alias));
    assert!(!text(&eve.page("/desk").await).contains("nobody who looks after"));
    let _before = it.portal.letters().await;
    let done = ada.submit(&path, &give).await;
    assert!(text(&done).contains("The application is handed over"), "{}", text(&done));
    assert!(!done.contains(&alias));
    let letters = it.portal.letters().await;
    assert_eq!(letters.len(), 1);
    assert!(letters[0].subject.as_str().contains("is yours to look after"));
    assert_eq!(noor.get(&it.application).await.status, StatusCode::OK);
    for gone in [&it.application, &path] {
        assert_eq!(ada.get(gone).await.status, StatusCode::NOT_FOUND);
    }
    let handed = "select count(*) from audit_event where action = 'application.handed_over'";
    assert_eq!(it.count(handed).await, 1);
}

#[tokio::test]
async fn what_was_typed_into_a_form_that_is_gone_stands_where_it_is_refused() {
    let mut it = story().await;
    let said = |page: &str, typed: &str| {
        let told = text(page);
        let (_, after) = told.split_once("You had typed:").unwrap_or_else(|| panic!("{told}"));
        assert!(after.trim_start().starts_with(typed), "{told}");
    };
    it.zoe.submit(&format!("{}/start", it.own), &[]).await;
    let knows = [("names", "Jonas, from school"), ("employers", "")];
    let refused = it.zoe.post(&format!("{}/acquaintances", it.own), &knows).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    said(&refused.text(), "Jonas, from school");
    let ask = |why| [("count", "1"), ("unit", "days"), ("why", why)];
    it.zoe.submit(&format!("{}/time", it.own), &ask("The flood.")).await;
    let refused = it.zoe.post(&format!("{}/time", it.own), &ask("And the fire.")).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    said(&refused.text(), "And the fire.");
    it.zoe.submit(&format!("{}/withdrawal", it.own), &[("do", "withdraw")]).await;
    for fields in [
        [("do", "end-early"), ("ended", "We found somebody."), ("version", "2")].as_slice(),
        &[("do", "refuse"), ("no", "It has to be so."), ("version", "2")],
        &[
            ("do", "extend"),
            ("count", "1"),
            ("unit", "days"),
            ("why", "Of course."),
            ("version", "2"),
        ],
    ] {
        let refused = it.tomas.post(&it.run, fields).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{fields:?}");
        let (_, typed) =
            fields.iter().find(|(name, _)| ["ended", "no", "why"].contains(name)).unwrap();
        said(&refused.text(), typed);
    }
}

#[tokio::test]
async fn a_stale_tab_undoes_no_hand_over() {
    let mut it = story().await;
    let named = async |name: &'static str| {
        let browser = it.portal.signed_in(&[Role::HiringManager]).await;
        let call = "update account set name = $2 where account_id = $1";
        let owner = it.portal.owner().await;
        sqlx::query(call).bind(browser.account).bind(name).execute(&owner).await.unwrap();
        browser.account.unwrap().to_string()
    };
    let (anna, sean) = (named("Anna Tab").await, named("Sean Tab").await);
    let own = it.tomas.account.unwrap().to_string();
    let path = format!("{}/hand-over", it.application);
    let version = |page: &str| {
        let (_, rest) = page.split_once("name=\"version\" value=\"").unwrap();
        rest.split_once('"').unwrap().0.to_owned()
    };
    let seen = version(&it.tomas.page(&path).await);
    fn fields<'a>(own: &'a str, manager: &'a str, version: &'a str) -> [(&'a str, &'a str); 3] {
        [("recruiter", own), ("manager", manager), ("version", version)]
    }
    it.tomas.submit(&path, &fields(&own, &anna, &seen)).await;
    // The other tab still shows that nobody decides.
    let refused = it.tomas.post(&path, &fields(&own, &sean, &seen)).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = refused.text();
    assert!(text(&page).contains("hiring manager Anna Tab. You chose"), "{}", text(&page));
    assert!(text(&page).contains("hiring manager Sean Tab."), "{}", text(&page));
    assert!(page.contains(&format!("value=\"{sean}\" selected")), "what was chosen is not lost");
    let handed = "select count(*) from audit_event where action = 'application.handed_over'";
    assert_eq!(it.count(handed).await, 1);
    // What is so already is no change, from whatever tab; and pressing again hands it over.
    it.tomas.submit(&path, &fields(&own, &anna, &seen)).await;
    assert_eq!(it.count(handed).await, 1);
    it.tomas.submit(&path, &fields(&own, &sean, &version(&page))).await;
    assert_eq!(it.count(handed).await, 2);
}

#[tokio::test]
async fn the_level_guide_stands_beside_the_challenge_at_the_candidates_level_in_every_track_that_names_one()
 {
    let portal = Portal::shipped().await;
    let recruiter = portal.signed_in(&[Role::Recruiter]).await.account.unwrap();
    // The systems track names a PDF, which is paired with the document that holds its matrix.
    for (track, guide) in [
        ("operations", Some("/levels/sre?level=3")),
        ("systems", Some("/levels/systems?level=3")),
        ("security", None),
    ] {
        let mut zoe = portal.signed_in(&[Role::Candidate]).await;
        let candidate = zoe.account.unwrap();
        let between = Between { candidate, recruiter, manager: None };
        let made = portal.interview_in(track, between).await;
        let page = zoe.page(&format!("/my/assignments/{}", made.assignment)).await;
        let (_, side) = page.split_once("<aside").unwrap();
        match guide {
            Some(href) => assert!(side.contains(&format!("href=\"{href}\"")), "{track}: {side}"),
            None => assert!(!side.contains("/levels/"), "{track}: {side}"),
        }
    }
}

#[tokio::test]
async fn what_nobody_does_in_time_is_told_to_those_who_can_do_something() {
    let mut it = story().await;
    let _given = it.subjects().await;
    it.zoe.submit(&format!("{}/start", it.own), &[]).await;
    let ask = [("count", "1"), ("unit", "days"), ("why", "The power was off.")];
    it.zoe.submit(&format!("{}/time", it.own), &ask).await;
    assert_eq!(it.subjects().await.len(), 1, "the recruiter is asked");
    // Four days hold two working days, wherever they begin.
    it.later(HOUR * 24 * 4).await;
    let letters = it.portal.letters().await;
    let waits = letters.iter().find(|it| it.subject.as_str().ends_with("waits for your answer"));
    let waits = waits.expect("the recruiter is reminded");
    assert!(!waits.text.contains("The power was off."), "{}", waits.text);
    it.does("refuse", &[("no", "The track fills soon.")]).await;
    let _refused = it.subjects().await;
    it.later(WEEK).await;
    let subjects = it.subjects().await;
    let lapsed = |it: &&String| it.contains("is over") || it.contains(" let ");
    assert_eq!(subjects.iter().filter(lapsed).count(), 2, "{subjects:?}");
    assert!(subjects.iter().all(|it| !it.contains("waits for your answer")), "{subjects:?}");
    // Revived and handed in late again, it is told again; told of a date that moved, it is not.
    let day = (it.portal.clock.now() + HOUR * 48).strftime("%Y-%m-%d").to_string();
    it.does("revive", &[("until", &day)]).await;
    it.does("extend", &[("count", "3"), ("unit", "days"), ("why", "Take three.")]).await;
    it.later(HOUR * 24 * 4).await;
    let subjects = it.subjects().await;
    assert_eq!(subjects.iter().filter(lapsed).count(), 0, "{subjects:?}");
    it.later(HOUR * 24 * 3).await;
    let subjects = it.subjects().await;
    assert_eq!(subjects.iter().filter(lapsed).count(), 2, "{subjects:?}");
}

#[tokio::test]
async fn what_runs_comes_before_what_can_be_started_and_that_before_what_has_lapsed() {
    let mut it = story().await;
    it.zoe.submit(&format!("{}/start", it.own), &[]).await;
    it.later(HOUR).await;
    let between = Between {
        candidate: it.zoe.account.unwrap(),
        recruiter: it.tomas.account.unwrap(),
        manager: None,
    };
    let second = it.portal.interview_in("systems", between).await;
    let title = async |id: String| -> String {
        sqlx::query_scalar(
            "select s.title from assignment join stage s using (stage_id)
             where assignment_id = $1::uuid",
        )
        .bind(id)
        .fetch_one(&it.portal.owner().await)
        .await
        .unwrap()
    };
    let second_title = title(second.assignment.to_string()).await;
    let first_title = title(it.own.rsplit('/').next().unwrap().to_owned()).await;
    let my = it.zoe.page("/my").await;
    let says = text(&my);
    assert!(says.contains(&format!("{first_title} runs Go on with {first_title}")), "{says}");
    assert!(my.contains(&format!("button main\" href=\"{}\"", it.own)), "{my}");
    assert!(my.contains(&format!("Open {second_title}")), "the other can be started: {says}");
    assert!(says.contains("In progress 6 days 23 h left"), "{says}");
    assert!(says.contains("Not started"), "{says}");
    it.zoe.submit(&format!("{}/withdrawal", it.own), &[("do", "withdraw")]).await;
    assert!(text(&it.zoe.page("/my").await).contains(&format!("{second_title} is next")));
    it.later(HOUR * 24 * 8).await;
    let my = text(&it.zoe.page("/my").await);
    assert!(my.contains(&format!("{second_title} has lapsed")), "{my}");
    it.later(HOUR * 24 * 15).await;
    let my = text(&it.zoe.page("/my").await);
    assert!(my.contains("Nothing waits for you"), "it cannot be revived any more: {my}");
}

#[tokio::test]
async fn the_zone_of_whoever_has_not_accepted_is_not_asserted() {
    let mut it = story().await;
    sqlx::query("update account set accepted_at = null, zone = 'UTC' where account_id = $1")
        .bind(it.zoe.account)
        .execute(&it.portal.owner().await)
        .await
        .unwrap();
    let unknown = "not known yet, UTC until they accept";
    let page = text(&it.tomas.page(&it.application.clone()).await);
    assert!(page.contains(unknown), "{page}");
    let page = text(&it.tomas.page(&it.run.clone()).await);
    assert!(
        page.contains("in UTC: where they are is not known") && !page.contains("that is"),
        "{page}"
    );
    let stage = it.portal.stage("operations", "").await;
    let give = format!("{}/give?stage={stage}", it.application);
    let page = text(&it.tomas.page(&give).await);
    assert!(page.contains(unknown), "{page}");
}
