//! Panels: proposed, asked, answered, left; and what those see who sit there.

use http::StatusCode;
use portal::clock::SignedDuration;
use portal::ids::AccountId;
use portal::web::viewer::Role;

use crate::support::Portal;
use crate::support::client::Browser;
use crate::support::html::text;
use crate::support::interview::{Between, Interview};

/// A stage that was given, without a panel; and people who interview, the first of them twice as busy.
struct Story {
    portal: Portal,
    tomas: Browser,
    sean: Browser,
    zoe: Browser,
    panel: Vec<Browser>,
    made: Interview,
    page: String,
    review: String,
}

const NAMES: [&str; 4] = ["Jonas Lindqvist", "Mina Haddad", "Ravi Subramanian", "Lena Vogel"];

async fn called(portal: &Portal, account: AccountId, name: &str) {
    sqlx::query("update account set name = $2 where account_id = $1")
        .bind(account)
        .bind(name)
        .execute(&portal.owner().await)
        .await
        .unwrap();
}

async fn story() -> Story {
    let portal = Portal::shipped().await;
    let tomas = portal.signed_in(&[Role::Recruiter]).await;
    let sean = portal.signed_in(&[Role::HiringManager]).await;
    let zoe = portal.signed_in(&[Role::Candidate]).await;
    called(&portal, zoe.account.unwrap(), "Zoë Brzęczyszczykiewicz").await;
    let mut panel = Vec::new();
    for name in NAMES {
        let browser = portal.signed_in(&[Role::Interviewer]).await;
        let account = browser.account.unwrap();
        called(&portal, account, name).await;
        portal.qualify(account, "operations", 4).await;
        panel.push(browser);
    }
    let between = Between {
        candidate: zoe.account.unwrap(),
        recruiter: tomas.account.unwrap(),
        manager: sean.account,
    };
    // Jonas has something to do already.
    let other = portal.signed_in(&[Role::Candidate]).await.account.unwrap();
    let busy = portal.interview(Between { candidate: other, ..between }).await;
    portal.seat(busy, panel[0].account.unwrap()).await;
    let made = portal.interview(between).await;
    let page = format!("/applications/{}/assignments/{}/panel", made.application, made.assignment);
    let review = format!("/reviews/{}", made.assignment);
    Story { portal, tomas, sean, zoe, panel, made, page, review }
}

impl Story {
    fn account(&self, at: usize) -> String {
        self.panel[at].account.unwrap().to_string()
    }

    async fn asks(&mut self, whom: &[usize]) -> String {
        let accounts: Vec<String> = whom.iter().map(|at| self.account(*at)).collect();
        let mut fields = vec![("do", "ask")];
        fields.extend(accounts.iter().map(|account| ("who", account.as_str())));
        text(&self.tomas.submit(&self.page.clone(), &fields).await)
    }

    async fn subjects(&self) -> Vec<String> {
        let mut subjects: Vec<String> = (self.portal.letters().await)
            .iter()
            .map(|letter| letter.subject.as_str().to_owned())
            .collect();
        subjects.sort();
        subjects
    }

    async fn count(&self, statement: &'static str) -> i64 {
        sqlx::query_scalar(statement).fetch_one(&self.portal.owner().await).await.unwrap()
    }
}

#[tokio::test]
async fn a_panel_is_proposed_asked_and_made_whole_again_when_one_has_a_conflict() {
    let mut it = story().await;
    let _given = it.portal.letters().await;
    let page = it.tomas.page(&it.page).await;
    assert!(text(&page).contains("Nobody is on the panel yet"), "{}", text(&page));
    // Those with the least to do are chosen beforehand.
    let is_chosen = |at: usize| page.contains(&format!("value=\"{}\" checked", it.account(at)));
    assert_eq!([0, 1, 2, 3].map(is_chosen), [false, true, true, true]);
    assert!(text(&it.tomas.page("/desk").await).contains("is short of 3, since"));

    let said = it.asks(&[1, 2]).await;
    assert!(said.contains("The panel is short of one"), "{said}");
    let letters = it.portal.letters().await;
    assert_eq!(letters.len(), 2);
    for letter in &letters {
        let subject = letter.subject.as_str();
        let whole = format!("{subject} {} {:?}", letter.text, letter.html);
        assert!(subject.starts_with("Can you look at ") && !whole.contains("Brzęcz"), "{whole}");
    }
    let desk = text(&it.panel[1].page("/desk").await);
    assert!(desk.contains("Can you look at") && !desk.contains("Zoë"), "{desk}");
    let mut mina = it.panel[1].clone();
    let page = text(&mina.page(&it.review).await);
    assert!(page.contains("You are on no other panel now.") && !page.contains("Zoë"), "{page}");
    let page = text(&mina.submit(&it.review, &[("do", "accept")]).await);
    assert!(page.contains("You are on the panel"), "{page}");

    // Ravi knows her, and is out at once, whatever he has open.
    let mut ravi = it.panel[2].clone();
    let told = [("do", "conflict"), ("kind", "colleagues"), ("reason", "Same team in 2024.")];
    let desk = text(&ravi.submit(&it.review, &told).await);
    assert!(desk.contains("You see nothing of it any more"), "{desk}");
    assert_eq!(ravi.get(&it.review).await.status, StatusCode::NOT_FOUND);
    assert_eq!(ravi.post(&it.review, &[("do", "accept")]).await.status, StatusCode::NOT_FOUND);
    let letters = it.portal.letters().await;
    assert_eq!(letters.len(), 1, "the recruiter is told");
    let body = &letters[0].text;
    assert!(body.contains("Ravi Subramanian has told of a conflict"), "{body}");
    assert!(!body.contains("Same team"), "the reason stays in the portal: {body}");

    // The next is proposed, and the one who has a conflict cannot be asked.
    let page = it.tomas.page(&it.page).await;
    assert!(page.contains(&format!("value=\"{}\" checked", it.account(3))), "Lena is next");
    assert!(text(&page).contains("Ravi Subramanian (has a conflict with this candidate"));
    let refused = it.tomas.post(&it.page, &[("do", "ask"), ("who", &it.account(2))]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(text(&refused.text()).contains("has a conflict with this candidate"));
    it.asks(&[3]).await;
    let subjects = it.subjects().await;
    assert!(subjects.len() == 1 && subjects[0].starts_with("Can you look at "), "{subjects:?}");
    it.panel[3].clone().submit(&it.review, &[("do", "accept")]).await;

    // The recruiter alone reads why; the manager sees who is on the panel.
    let conflicts = format!("/applications/{}/conflicts", it.made.application);
    assert!(text(&it.tomas.page(&conflicts).await).contains("Same team in 2024."));
    let run = it.page.trim_end_matches("/panel").to_owned();
    let seen = text(&it.sean.page(&run).await);
    assert!(seen.contains("Mina Haddad") && !seen.contains("Same team"), "{seen}");
    assert_eq!(it.sean.get(&it.page).await.status, StatusCode::NOT_FOUND);
    let timeline = text(&it.tomas.page(&format!("/applications/{}", it.made.application)).await);
    assert!(timeline.contains("Ravi Subramanian told of a conflict with the candidate"));
    assert!(timeline.contains("asked Lena Vogel onto the panel"), "{timeline}");
    // She knows nothing of her panel.
    let own = text(&it.zoe.page(&format!("/my/assignments/{}", it.made.assignment)).await);
    assert!(NAMES.iter().all(|name| !own.contains(name)));
}

#[tokio::test]
async fn whoever_runs_an_application_is_on_none_of_its_panels_by_any_way() {
    let portal = Portal::shipped().await;
    let both = [Role::Recruiter, Role::Interviewer];
    let mut tomas = portal.signed_in(&both).await;
    let mut ines = portal.signed_in(&both).await;
    called(&portal, ines.account.unwrap(), "Inês Carvalho").await;
    let zoe = portal.signed_in(&[Role::Candidate]).await;
    let between = Between {
        candidate: zoe.account.unwrap(),
        recruiter: tomas.account.unwrap(),
        manager: None,
    };
    let made = portal.interview(between).await;
    let page = format!("/applications/{}/assignments/{}/panel", made.application, made.assignment);
    for (who, why) in [
        (tomas.account, "looks after this application"),
        (zoe.account, "Choose somebody who interviews"),
    ] {
        let who = who.unwrap().to_string();
        let refused = tomas.post(&page, &[("do", "ask"), ("who", &who)]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(text(&refused.text()).contains(why), "{}", text(&refused.text()));
    }
    // The database would not have it either.
    let forced = sqlx::query(
        "insert into panel_member
           (panel_member_id, assignment_id, account_id, is_shadow, invited_at, answer_by)
         values (gen_random_uuid(), $1, $2, false, now(), now())",
    )
    .bind(made.assignment)
    .bind(tomas.account)
    .execute(&portal.owner().await)
    .await;
    assert!(forced.unwrap_err().to_string().contains("not impartial"));
    // Whoever is on the panel does not get the application.
    let her = ines.account.unwrap().to_string();
    tomas.submit(&page, &[("do", "ask"), ("who", &her)]).await;
    let hand_over = format!("/applications/{}/hand-over", made.application);
    let refused =
        tomas.post(&hand_over, &[("recruiter", &her), ("manager", ""), ("version", "1")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(text(&refused.text()).contains("Inês Carvalho is on a panel of this application"));
    // Off the panel, she may.
    let review = format!("/reviews/{}", made.assignment);
    ines.submit(&review, &[("do", "decline")]).await;
    tomas.submit(&hand_over, &[("recruiter", &her), ("manager", ""), ("version", "1")]).await;
    assert_eq!(ines.get(&page).await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_interviewer_declines_with_one_press_or_names_the_day_they_need() {
    let mut it = story().await;
    it.asks(&[1, 2]).await;
    let _asked = it.portal.letters().await;
    let mut mina = it.panel[1].clone();
    let past = mina.post(&it.review, &[("do", "until"), ("until", "2001-01-01")]).await;
    assert_eq!(past.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(text(&past.text()).contains("Choose a day that lies ahead"));
    let day = it.portal.clock.now() + SignedDuration::from_hours(24 * 20);
    let day = day.strftime("%Y-%m-%d").to_string();
    let page = text(&mina.submit(&it.review, &[("do", "until"), ("until", &day)]).await);
    assert!(page.contains("That is noted"), "{page}");
    assert!(page.contains("You said you need until "), "{page}");
    let run = it.page.trim_end_matches("/panel").to_owned();
    assert!(text(&it.tomas.page(&run).await).contains("Mina Haddad needs until "));
    assert!(it.subjects().await[0].starts_with("Mina Haddad needs until "));
    let mut ravi = it.panel[2].clone();
    ravi.submit(&it.review, &[("do", "decline")]).await;
    assert_eq!(ravi.get(&it.review).await.status, StatusCode::NOT_FOUND);
    assert!(it.subjects().await[0].starts_with("Ravi Subramanian is not on the panel"));
    let page = text(&it.tomas.page(&it.page).await);
    assert!(page.contains("Ravi Subramanian: declined.") && page.contains("Needs until"), "{page}");
    // Declining is no conflict: he can be asked again, and is not proposed.
    assert!(it.asks(&[2]).await.contains("They are asked"));
}

#[tokio::test]
async fn who_does_not_answer_is_asked_again_and_then_the_recruiter_is_told() {
    let mut it = story().await;
    it.asks(&[1, 2, 3]).await;
    assert_eq!(it.subjects().await.iter().filter(|it| it.starts_with("Can you look")).count(), 3);
    it.panel[3].clone().submit(&it.review, &[("do", "accept")]).await;
    // Over the weekend nobody is expected to.
    it.portal.clock.set(it.portal.clock.now() + SignedDuration::from_hours(24 * 6));
    let subjects = it.subjects().await;
    let again = subjects.iter().filter(|it| it.contains("can you look at it?")).count();
    assert_eq!(again, 2, "{subjects:?}");
    let silent = subjects.iter().filter(|it| it.contains("has not answered about")).count();
    assert_eq!(silent, 2, "{subjects:?}");
    let mut tomas = it.portal.browser_of(it.tomas.account.unwrap()).await;
    assert!(text(&tomas.page("/desk").await).contains("somebody has not answered"));
    // A nudge goes to everybody, once a day.
    let said = text(&tomas.submit(&it.page, &[("do", "remind")]).await);
    assert!(said.contains("The whole panel is reminded"));
    let said = text(&tomas.submit(&it.page, &[("do", "remind")]).await);
    assert!(said.contains("was reminded today already"));
    let subjects = it.subjects().await;
    assert_eq!(subjects.iter().filter(|it| it.starts_with("A reminder about")).count(), 3);
}

#[tokio::test]
async fn a_member_is_replaced_in_one_step_and_a_panel_stands_down_with_its_stage() {
    let mut it = story().await;
    it.asks(&[1, 2]).await;
    it.panel[1].clone().submit(&it.review, &[("do", "accept")]).await;
    let _asked = it.portal.letters().await;
    let member: String =
        sqlx::query_scalar("select panel_member_id::text from panel_member where account_id = $1")
            .bind(it.panel[1].account)
            .fetch_one(&it.portal.owner().await)
            .await
            .unwrap();
    let behind = [("do", "release"), ("member", member.as_str()), ("version", "1")];
    let refused = it.tomas.post(&it.page, &behind).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "she has accepted meanwhile");
    let instead = it.account(3);
    let fields = [
        ("do", "release"),
        ("member", member.as_str()),
        ("version", "2"),
        ("instead", instead.as_str()),
    ];
    for _ in 0..2 {
        it.tomas.submit(&it.page.clone(), &fields).await;
    }
    let subjects = it.subjects().await;
    assert_eq!(subjects.len(), 2, "once each: {subjects:?}");
    assert!(subjects[0].starts_with("Can you look") && subjects[1].starts_with("You are off"));
    assert_eq!(it.panel[1].get(&it.review).await.status, StatusCode::NOT_FOUND);
    assert_eq!(it.panel[3].get(&it.review).await.status, StatusCode::OK);

    let run = it.page.trim_end_matches("/panel").to_owned();
    let version = [("version", "1"), ("do", "cancel"), ("cancelled", "The position is filled.")];
    it.tomas.submit(&run, &version).await;
    let subjects = it.subjects().await;
    let ended = subjects.iter().filter(|it| it.ends_with("has ended")).count();
    assert_eq!(ended, 3, "the candidate and two members: {subjects:?}");
    assert!(text(&it.panel[3].page("/desk").await).contains("Nothing waits for you"));
    // What is over is shown as it was, and asks for nothing.
    let panel = it.tomas.page(&it.page.clone()).await;
    let says = text(&panel);
    assert!(says.contains("The panel as it was") && says.contains("Who was on it"), "{says}");
    assert!(!panel.contains("name=\"do\""), "{says}");
    let says = text(&it.tomas.page(&run).await);
    assert!(says.contains("See the panel") && !says.contains("Change the panel"), "{says}");
    let application = format!("/applications/{}", it.made.application);
    assert!(!text(&it.tomas.page(&application).await).contains("See and change"));
    let page = text(&it.panel[3].page(&it.review).await);
    assert!(page.contains("nothing is left for you to do"), "{page}");
    let late = it.panel[3].post(&it.review, &[("do", "accept")]).await;
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn fifty_copies_of_every_panel_move_are_one_change_one_event_and_one_letter() {
    let mut it = story().await;
    let copies = async |browser: &Browser, path: &str, fields: &[(&str, &str)]| {
        let send = |_| {
            let mut browser = browser.clone();
            async move { browser.post(path, fields).await.status }
        };
        futures_util::future::join_all((0..50).map(send)).await
    };
    let (mina, ravi) = (it.account(1), it.account(2));
    let ask = [("do", "ask"), ("who", mina.as_str()), ("who", ravi.as_str())];
    let all = copies(&it.tomas, &it.page, &ask).await;
    assert!(all.iter().all(|status| *status == StatusCode::SEE_OTHER), "{all:?}");
    assert_eq!(it.count("select count(*) from audit_event where action = 'panel.asked'").await, 2);
    assert_eq!(it.count("select count(*) from mail where template = 'panel_asked'").await, 2);
    assert_eq!(it.count("select count(*) from panel_member where left_at is null").await, 3);

    let all = copies(&it.panel[1], &it.review, &[("do", "accept")]).await;
    assert!(all.iter().all(|status| *status == StatusCode::SEE_OTHER), "{all:?}");
    assert_eq!(it.count("select count(*) from audit_event where action = 'panel.joined'").await, 1);

    // Each copy tells the same.
    let told = [("do", "conflict"), ("kind", "family")];
    let all = copies(&it.panel[2], &it.review, &told).await;
    assert!(all.iter().all(|status| *status == StatusCode::SEE_OTHER), "{all:?}");
    let told = "select count(*) from audit_event where action = 'panel.conflict_told'";
    assert_eq!(it.count(told).await, 1);
    assert_eq!(it.count("select count(*) from mail where template = 'panel_member_left'").await, 1);

    let remind = [("do", "remind")];
    copies(&it.tomas, &it.page, &remind).await;
    let reminded = "select count(*) from audit_event where action = 'panel.reminded'";
    assert_eq!(it.count(reminded).await, 1);
    assert_eq!(it.count("select count(*) from mail where template = 'panel_reminded'").await, 1);
    let page = it.tomas.page(&it.page).await;
    let (_, rest) = page.split_once("name=\"member\" value=\"").unwrap();
    let member = rest.split('"').next().unwrap().to_owned();
    let release = [("do", "release"), ("member", member.as_str()), ("version", "2")];
    let all = copies(&it.tomas, &it.page, &release).await;
    assert!(all.iter().all(|status| *status == StatusCode::SEE_OTHER), "{all:?}");
    let released = "select count(*) from audit_event where action = 'panel.released'";
    assert_eq!(it.count(released).await, 1);
    assert_eq!(it.count("select count(*) from mail where template = 'panel_released'").await, 1);
}

#[tokio::test]
async fn interviewers_say_when_they_can_and_managers_what_they_are_qualified_for() {
    let mut it = story().await;
    let mut mina = it.panel[1].clone();
    let address = "/reviews/availability";
    let wrong = mina.post(address, &[("weekly", "21"), ("about", ""), ("version", "0")]).await;
    assert!(text(&wrong.text()).contains("Type a number from 0 to 20"));
    let fields = [("weekly", "0"), ("about", "Runs databases."), ("version", "0")];
    assert!(text(&mina.submit(address, &fields).await).contains("That is kept"));
    let other = [("weekly", "2"), ("about", "Another tab."), ("version", "0")];
    let behind = mina.post(address, &other).await;
    assert_eq!(behind.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        text(&behind.text()).contains("in another tab") && behind.text().contains("Another tab.")
    );
    let mut ravi = it.panel[2].clone();
    let today = it.portal.clock.now();
    let day = |days: i32| {
        (today + SignedDuration::from_hours(24) * days).strftime("%Y-%m-%d").to_string()
    };
    let backwards = [("do", "away"), ("first", &day(3)), ("last", &day(1))];
    let backwards = backwards.map(|(name, value)| (name, value as &str));
    assert!(text(&ravi.post(address, &backwards).await.text()).contains("before the first"));
    let (first, last) = (day(-1), day(9));
    let away = [("do", "away"), ("first", first.as_str()), ("last", last.as_str())];
    let page = ravi.submit(address, &away).await;
    assert!(text(&page).contains(" to "), "{}", text(&page));
    // Neither is proposed, and both can be asked all the same.
    let page = text(&it.tomas.page(&it.page).await);
    assert!(page.contains("away until") && page.contains("as many panels this week"), "{page}");
    let removed = ravi.page(address).await;
    let (_, rest) = removed.split_once("name=\"absence\" value=\"").unwrap();
    let id = rest.split('"').next().unwrap().to_owned();
    ravi.submit(address, &[("do", "back"), ("absence", &id)]).await;
    assert!(!text(&it.tomas.page(&it.page).await).contains("away until"));

    let stage = it.portal.stage("operations", "automation.md").await;
    let address = format!("/interviewers/{}", it.account(3));
    let field = format!("stage-{stage}");
    let page = it.sean.submit(&address, &[(field.as_str(), "2")]).await;
    assert!(text(&page).contains("That is what they are qualified for now."));
    let wrong = it.sean.post(&address, &[(field.as_str(), "6")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = text(&it.tomas.page(&it.page).await);
    assert!(page.contains("not qualified for this stage at this level"), "{page}");
    assert_eq!(it.tomas.post(&address, &[]).await.status, StatusCode::NOT_FOUND);
    assert!(text(&it.tomas.page("/interviewers").await).contains("Lena Vogel"));
}

#[tokio::test]
async fn a_stage_is_given_with_its_panel_and_never_with_less_than_its_quorum() {
    let it = story().await;
    let mut tomas = it.tomas.clone();
    let kim = it.portal.signed_in(&[Role::Candidate]).await.account.unwrap();
    let between = Between { candidate: kim, recruiter: tomas.account.unwrap(), manager: None };
    let made = it.portal.interview_in("security", between).await;
    let run = format!("/applications/{}/assignments/{}", made.application, made.assignment);
    let cancel = [("version", "1"), ("do", "cancel"), ("cancelled", "Given by mistake.")];
    tomas.submit(&run, &cancel).await;
    let give = format!("/applications/{}/give", made.application);
    let stage = it.portal.stage("security", "automation.md").await.to_string();
    let page = tomas.page(&format!("{give}?stage={stage}")).await;
    assert!(text(&page).contains("Nobody is free and qualified"), "{}", text(&page));
    let (mina, ravi) = (it.account(1), it.account(2));
    let common = [("stage", stage.as_str()), ("level", "3"), ("by", "")];
    let one = [common.as_slice(), &[("who", mina.as_str())]].concat();
    let refused = tomas.post(&give, &one).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        text(&refused.text()).contains("choose 1 more, or nobody"),
        "{}",
        text(&refused.text())
    );
    let open = "select count(*) from assignment where state <> 'closed'";
    assert_eq!(it.count(open).await, 2, "nothing is half done");
    let two = [one.as_slice(), &[("who", ravi.as_str())]].concat();
    tomas.submit(&give, &two).await;
    assert_eq!(it.count(open).await, 3);
    assert_eq!(it.count("select count(*) from mail where template = 'panel_asked'").await, 2);
}

#[tokio::test]
async fn an_interviewers_calendar_finds_their_dates_until_its_address_is_revoked() {
    let mut it = story().await;
    it.asks(&[1]).await;
    let mut mina = it.panel[1].clone();
    let page = mina.post("/reviews/calendar", &[("do", "make")]).await.text();
    let (_, rest) = page.split_once("/calendar/").expect("the address is shown");
    let address = format!("/calendar/{}", rest.split('<').next().unwrap());
    assert!(!mina.page("/reviews/calendar").await.contains(&address), "once");
    // Whoever has it needs nothing else.
    let feed = it.portal.get(&address).await;
    assert_eq!(feed.header("content-type"), "text/calendar; charset=utf-8");
    assert_eq!(feed.header("cache-control"), "no-store");
    let dates = feed.text().replace("\r\n ", "");
    assert!(
        dates.contains("SUMMARY:Say whether you can look at") && !dates.contains("Zoë"),
        "{dates}"
    );
    mina.submit(&it.review, &[("do", "accept")]).await;
    let dates = it.portal.get(&address).await.text().replace("\r\n ", "");
    assert!(dates.contains("SUMMARY:Work is here by the end of today:"), "{dates}");
    // In Paris the day ends then, whenever the work is due.
    let start = dates.lines().find(|line| line.starts_with("DTSTART:")).unwrap();
    assert!(start.ends_with("T225900Z") || start.ends_with("T215900Z"), "{start}");
    // A conflict takes it out at once.
    mina.submit(&it.review, &[("do", "recognise")]).await;
    assert!(!it.portal.get(&address).await.text().contains("VEVENT"));
    let stored: i64 =
        it.count("select count(*) from calendar_feed where length(token_hash) = 32").await;
    assert_eq!(stored, 1);
    // Another takes its place; revoked, there is none.
    let page = mina.post("/reviews/calendar", &[("do", "make")]).await.text();
    assert_eq!(it.portal.get(&address).await.status, StatusCode::NOT_FOUND);
    let (_, rest) = page.split_once("/calendar/").unwrap();
    let address = format!("/calendar/{}", rest.split('<').next().unwrap());
    assert_eq!(it.portal.get(&address).await.status, StatusCode::OK);
    mina.submit("/reviews/calendar", &[("do", "revoke")]).await;
    assert_eq!(it.portal.get(&address).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_conflict_keeps_out_also_whoever_was_asked_at_the_same_time() {
    let mut it = story().await;
    it.asks(&[1]).await;
    let mut mina = it.panel[1].clone();
    let page = mina.post("/reviews/calendar", &[("do", "make")]).await.text();
    let (_, rest) = page.split_once("/calendar/").unwrap();
    let feed = format!("/calendar/{}", rest.split('<').next().unwrap());
    // As a transaction leaves it that had not seen the seat.
    sqlx::query(
        "insert into conflict (candidate_id, account_id, kind, reason, told_by, told_at)
         values ($1, $2, 'family', '', $2, now())",
    )
    .bind(it.zoe.account)
    .bind(mina.account)
    .execute(&it.portal.owner().await)
    .await
    .unwrap();
    for method in [http::Method::GET, http::Method::POST] {
        let answer = mina.send(method, &it.review, &[("do", "accept")]).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
    }
    assert!(!text(&mina.page("/desk").await).contains("Can you look at"));
    assert!(!it.portal.get(&feed).await.text().contains("VEVENT"));
}

#[tokio::test]
async fn a_manager_reads_how_far_somebody_is_in_their_training() {
    let mut it = story().await;
    let lena = it.panel[3].account.unwrap();
    let address = format!("/interviewers/{lena}");
    assert!(!text(&it.sean.page(&address).await).contains("in training"));
    let between = Between {
        candidate: it.zoe.account.unwrap(),
        recruiter: it.tomas.account.unwrap(),
        manager: None,
    };
    for count in 1..=3 {
        let candidate = it.portal.signed_in(&[Role::Candidate]).await.account.unwrap();
        let made = it.portal.interview(Between { candidate, ..between }).await;
        it.portal.seat(made, lena).await;
        sqlx::query(
            "with seat as (
               update panel_member
               set is_shadow = true, accepted_at = invited_at
               where assignment_id = $1)
             update assignment
             set state = 'opened', started_at = assigned_at, due_at = assigned_at,
               submitted_at = assigned_at, opened_at = assigned_at, opened_how = 'complete'
             where assignment_id = $1",
        )
        .bind(made.assignment)
        .execute(&it.portal.owner().await)
        .await
        .unwrap();
        let page = text(&it.sean.page(&address).await);
        assert!(page.contains(&format!("Looked on with {count} panel")), "{page}");
    }
    // She is qualified for it already; for one who is not, it says so.
    assert!(!text(&it.sean.page(&address).await).contains("enough to qualify"));
    sqlx::query("delete from qualification").execute(&it.portal.owner().await).await.unwrap();
    assert!(text(&it.sean.page(&address).await).contains("enough to qualify them"));
}

#[tokio::test]
async fn the_panel_is_told_when_the_work_is_final_and_the_page_says_where_it_stands() {
    let mut it = story().await;
    it.asks(&[1, 2, 3]).await;
    for at in [1, 3] {
        it.panel[at].clone().submit(&it.review, &[("do", "accept")]).await;
    }
    let owner = it.portal.owner().await;
    sqlx::query(
        "update assignment
         set format = 'live_session', time_limit_minutes = null, usual_minutes = null, is_blind = false
         where assignment_id = $1",
    )
    .bind(it.made.assignment)
    .execute(&owner)
    .await
    .unwrap();
    it.portal.letters().await;
    let mut mina = it.panel[1].clone();
    let page = text(&mina.page(&it.review).await);
    assert!(page.contains("The session has not taken place yet. You get a letter"), "{page}");
    let run = it.page.trim_end_matches("/panel").to_owned();
    let now = it.portal.clock.now();
    let paris = jiff::tz::TimeZone::get("Europe/Paris").unwrap();
    it.portal.clock.set(now + SignedDuration::from_hours(3));
    let began = (now + SignedDuration::from_hours(1)).to_zoned(paris);
    let began = began.strftime("%Y-%m-%dT%H:%M").to_string();
    it.tomas.submit(&run, &[("version", "1"), ("do", "held"), ("began", &began)]).await;
    // Lena leaves before the letter goes out; Ravi has not answered.
    it.panel[3].clone().submit(&it.review, &[("do", "decline")]).await;
    let letters = it.portal.letters().await;
    let here: Vec<_> =
        letters.iter().filter(|it| it.subject.as_str().ends_with("is here to look at")).collect();
    assert_eq!(here.len(), 1, "{:?}", letters.iter().map(|it| &it.subject).collect::<Vec<_>>());
    let (ended, days): (jiff_sqlx::Timestamp, i16) = sqlx::query_as(
        "select submitted_at, answer_within_days from assignment where assignment_id = $1",
    )
    .bind(it.made.assignment)
    .fetch_one(&owner)
    .await
    .unwrap();
    let calendar = portal::calendar::WorkingDays {
        weekdays: portal::calendar::Weekdays::default(),
        holidays: std::collections::BTreeSet::new(),
        zone: jiff::tz::TimeZone::UTC,
    };
    let by = calendar.after(ended.to_jiff(), days.try_into().unwrap());
    let wanted = format!("took place. A review is wanted by {}.", by.strftime("%-d %B %Y"));
    assert!(here[0].text.replace('\n', " ").contains(&wanted), "{wanted}: {}", here[0].text);
    // Whoever accepts later sees it there.
    let shown = by.strftime("A review is wanted by %-d %b %Y.").to_string();
    let mut ravi = it.panel[2].clone();
    let page = text(&ravi.submit(&it.review, &[("do", "accept")]).await);
    assert!(page.contains(&shown) && !page.contains("handed in yet"), "{page}");
    let desk = text(&ravi.page("/desk").await);
    assert!(desk.contains("is here, and a review is wanted by"), "{desk}");
    assert!(it.portal.letters().await.iter().all(|it| !it.subject.as_str().contains("is here")));
}

#[tokio::test]
async fn the_page_of_a_panel_tells_work_that_can_be_taken_back_from_work_that_is_final() {
    let mut it = story().await;
    it.asks(&[1]).await;
    let mut mina = it.panel[1].clone();
    let page = text(&mina.submit(&it.review, &[("do", "accept")]).await);
    assert!(page.contains("Nothing was handed in yet."), "{page}");
    sqlx::query(
        "update assignment
         set state = 'submitted', started_at = $2, due_at = $3, cutoff_at = $3, work_at = $2,
           submitted_at = $2
         where assignment_id = $1",
    )
    .bind(it.made.assignment)
    .bind(jiff_sqlx::ToSqlx::to_sqlx(it.portal.clock.now()))
    .bind(jiff_sqlx::ToSqlx::to_sqlx(it.portal.clock.now() + SignedDuration::from_hours(99)))
    .execute(&it.portal.owner().await)
    .await
    .unwrap();
    let page = text(&mina.page(&it.review).await);
    assert!(page.contains("the candidate can still take it back"), "{page}");
    it.portal.clock.set(it.portal.clock.now() + SignedDuration::from_hours(1));
    let page = text(&mina.page(&it.review).await);
    assert!(page.contains("It was handed in, and is final. A review is wanted by"), "{page}");
    assert!(!page.contains("Nothing was handed in"), "{page}");
}

#[tokio::test]
async fn a_candidate_sees_first_names_and_two_lines_of_those_who_accepted() {
    let mut it = story().await;
    it.asks(&[1, 2]).await;
    let mut mina = it.panel[1].clone();
    let about = "Runs databases.\nLikes <b>trains</b>.";
    let fields = [("weekly", "3"), ("about", about), ("version", "0")];
    mina.submit("/reviews/availability", &fields).await;
    let own = format!("/my/assignments/{}", it.made.assignment);
    assert!(!text(&it.zoe.page(&own).await).contains("Who looks at it"), "nobody has accepted");
    mina.submit(&it.review, &[("do", "accept")]).await;
    let page = it.zoe.page(&own).await;
    let said = text(&page);
    assert!(said.contains("Who looks at it Mina Interviewer Runs databases."), "{said}");
    assert!(page.contains("Likes &#60;b&#62;trains"), "{page}");
    let email: String = sqlx::query_scalar("select email from account where account_id = $1")
        .bind(mina.account)
        .fetch_one(&it.portal.owner().await)
        .await
        .unwrap();
    for secret in ["Haddad", "Ravi", email.as_str(), &it.account(1)] {
        assert!(!page.contains(secret), "{secret}");
    }
    mina.submit(&it.review, &[("do", "decline")]).await;
    assert!(!it.zoe.page(&own).await.contains("Mina"));
}

#[tokio::test]
async fn whoever_is_not_here_any_more_leaves_their_place_on_the_panel_open() {
    let mut it = story().await;
    it.asks(&[1]).await;
    let short = |page: &str| -> usize {
        let said = text(page);
        let words = said.split_once("The panel is short of ").map_or("none", |(_, rest)| rest);
        let number = words.split_whitespace().next().unwrap_or_default();
        if number == "one" { 1 } else { number.parse().unwrap_or_default() }
    };
    let before = short(&it.tomas.page(&it.page).await);
    let owner = it.portal.owner().await;
    for gone in [
        "update account set disabled_at = now() where account_id = $1",
        "update account set ends_at = '2001-01-01Z', roles = '{external}' where account_id = $1",
        "update account set roles = '{hr}' where account_id = $1",
    ] {
        let back = "update account set disabled_at = null, ends_at = null, roles = '{interviewer}'
                    where account_id = $1";
        sqlx::query(back).bind(it.panel[1].account).execute(&owner).await.unwrap();
        assert_eq!(short(&it.tomas.page(&it.page).await), before);
        sqlx::query(gone).bind(it.panel[1].account).execute(&owner).await.unwrap();
        let page = it.tomas.page(&it.page).await;
        assert_eq!(short(&page), before + 1, "{gone}");
        assert!(text(&page).contains("Mina Haddad Not here any more"), "{}", text(&page));
        let run = it.tomas.page(it.page.strip_suffix("/panel").unwrap()).await;
        assert!(text(&run).contains("Not here any more"), "{}", text(&run));
    }
}

#[tokio::test]
async fn a_conflict_is_kept_also_where_the_seat_had_ended_meanwhile() {
    let mut it = story().await;
    it.asks(&[1]).await;
    let mut mina = it.panel[1].clone();
    sqlx::query("update panel_member set left_at = now(), left_why = 'replaced'")
        .execute(&it.portal.owner().await)
        .await
        .unwrap();
    let told = [("do", "conflict"), ("kind", "friends"), ("reason", "We climb together.")];
    let kept = mina.submit(&it.review, &told).await;
    assert!(!kept.is_empty());
    let page = it.tomas.page(&format!("/applications/{}/conflicts", it.made.application)).await;
    assert!(text(&page).contains("We climb together."), "{}", text(&page));
    assert_eq!(mina.get(&it.review).await.status, StatusCode::NOT_FOUND);
    // Nobody else is heard, and nothing else is.
    let mut ravi = it.panel[2].clone();
    assert_eq!(ravi.post(&it.review, &told).await.status, StatusCode::NOT_FOUND);
    assert_eq!(mina.post(&it.review, &[("do", "accept")]).await.status, StatusCode::NOT_FOUND);
}
