//! Nobody looks at work whose author they know, and nobody decides on somebody they have a conflict with.

use http::StatusCode;
use portal::clock::SignedDuration;
use portal::ids::AccountId;
use portal::web::viewer::Role;

use crate::support::Portal;
use crate::support::client::Browser;
use crate::support::html::text;
use crate::support::interview::{Between, Interview};

/// Two recruiters who interview too, an administrator who does, a candidate, and a stage that was given.
struct Story {
    portal: Portal,
    tomas: Browser,
    ines: Browser,
    maya: Browser,
    zoe: AccountId,
    made: Interview,
}

async fn story() -> Story {
    let portal = Portal::shipped().await;
    let both = [Role::Recruiter, Role::Interviewer];
    let tomas = portal.signed_in(&both).await;
    let ines = portal.signed_in(&both).await;
    let maya = portal.signed_in(&[Role::Administrator, Role::Interviewer]).await;
    let zoe = portal.signed_in(&[Role::Candidate]).await.account.unwrap();
    let between = Between { candidate: zoe, recruiter: tomas.account.unwrap(), manager: None };
    let made = portal.interview(between).await;
    Story { portal, tomas, ines, maya, zoe, made }
}

fn panel(made: Interview) -> String {
    format!("/applications/{}/assignments/{}/panel", made.application, made.assignment)
}

fn conflicts(made: Interview) -> String {
    format!("/applications/{}/conflicts", made.application)
}

fn id(browser: &Browser) -> String {
    browser.account.unwrap().to_string()
}

impl Story {
    async fn refuses(&mut self, who: &Browser, why: &str) {
        let account = id(who);
        let ask = [("do", "ask"), ("who", account.as_str())];
        let refused = self.tomas.post(&panel(self.made), &ask).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(text(&refused.text()).contains(why), "{}", text(&refused.text()));
        // The database would not have it either.
        let forced = sqlx::query(
            "insert into panel_member
               (panel_member_id, assignment_id, account_id, is_shadow, invited_at, answer_by)
             values (gen_random_uuid(), $1, $2, false, now(), now())",
        )
        .bind(self.made.assignment)
        .bind(who.account)
        .execute(&self.portal.owner().await)
        .await;
        assert!(forced.unwrap_err().to_string().contains("not impartial"));
    }

    async fn count(&self, statement: &'static str) -> i64 {
        sqlx::query_scalar(statement).fetch_one(&self.portal.owner().await).await.unwrap()
    }
}

#[tokio::test]
async fn whoever_looked_after_an_application_once_is_on_none_of_its_panels_afterwards() {
    let mut it = story().await;
    let hand_over = format!("/applications/{}/hand-over", it.made.application);
    it.tomas
        .submit(&hand_over, &[("recruiter", &id(&it.ines)), ("manager", ""), ("version", "1")])
        .await;
    std::mem::swap(&mut it.tomas, &mut it.ines);
    let before = it.ines.clone();
    it.refuses(&before, "looks after this application, or did").await;
}

#[tokio::test]
async fn an_administrator_who_has_looked_at_who_it_is_is_asked_onto_no_panel_of_it() {
    let mut it = story().await;
    let identity = format!("/applications/{}/identity", it.made.application);
    it.maya.post(&identity, &[]).await;
    let looked = it.maya.clone();
    it.refuses(&looked, "knows who this candidate is").await;

    // The other way about, whoever was asked does not look: not even with a page from before.
    let other = it.portal.signed_in(&[Role::Administrator, Role::Interviewer]).await;
    let account = id(&other);
    it.tomas.submit(&panel(it.made), &[("do", "ask"), ("who", account.as_str())]).await;
    let refused = other.clone().post(&identity, &[]).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_invitation_and_a_look_at_the_same_time_never_both_come_through() {
    let it = story().await;
    for _ in 0..8 {
        let mut admin = it.portal.signed_in(&[Role::Administrator, Role::Interviewer]).await;
        let account = id(&admin);
        let identity = format!("/applications/{}/identity", it.made.application);
        let (page, fields) = (panel(it.made), [("do", "ask"), ("who", account.as_str())]);
        let mut tomas = it.tomas.clone();
        let (asked, looked) =
            tokio::join!(tomas.post(&page, &fields), async { admin.post(&identity, &[]).await });
        let both = asked.status == StatusCode::SEE_OTHER && looked.status == StatusCode::OK;
        assert!(!both, "asked, and knows who it is");
        let member = format!("select count(*) from panel_member where account_id = '{account}'");
        let seats: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(member))
            .fetch_one(&it.portal.owner().await)
            .await
            .unwrap();
        // A panel has nine seats; this one makes room again.
        if seats > 0 {
            it.portal
                .browser_of(admin.account.unwrap())
                .await
                .submit(&format!("/reviews/{}", it.made.assignment), &[("do", "decline")])
                .await;
        }
    }
}

#[tokio::test]
async fn nobody_with_a_conflict_is_given_an_application_of_the_candidate() {
    let mut it = story().await;
    let lena = it.portal.signed_in(&[Role::HiringManager, Role::Interviewer]).await;
    for who in [&it.ines, &lena] {
        let account = id(who);
        let told = [("who", account.as_str()), ("kind", "friends"), ("reason", "")];
        it.tomas.clone().submit(&conflicts(it.made), &told).await;
    }
    let hand_over = format!("/applications/{}/hand-over", it.made.application);
    let (tomas, ines, lena) = (id(&it.tomas), id(&it.ines), id(&lena));
    for fields in [
        [("recruiter", ines.as_str()), ("manager", "")],
        [("recruiter", tomas.as_str()), ("manager", lena.as_str())],
    ] {
        let refused = it.tomas.post(&hand_over, &fields).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        let said = text(&refused.text());
        assert!(said.contains("has a conflict with this candidate"), "{said}");
    }
    // Nor in another track of theirs, by whatever way.
    let email: String = sqlx::query_scalar("select email from account where account_id = $1")
        .bind(it.zoe)
        .fetch_one(&it.portal.owner().await)
        .await
        .unwrap();
    let add = |manager| {
        [
            ("name", "Zoë"),
            ("email", email.as_str()),
            ("track", "systems"),
            ("level", "3"),
            ("manager", manager),
            ("source", ""),
            ("note", ""),
            ("time", "100"),
            ("again", ""),
        ]
    };
    let refused = it.tomas.post("/candidates/add", &add(lena.as_str())).await;
    assert!(text(&refused.text()).contains("choose somebody else"), "{}", text(&refused.text()));
    // A list says so of nobody: it would tell who is behind an alias.
    let list = format!("name,email,track,level\nZoë,{email},systems,3");
    let checked = it.ines.post("/candidates/add/many", &[("list", &list), ("do", "check")]).await;
    assert!(!text(&checked.text()).contains("conflict"), "{}", text(&checked.text()));
    let refused = it.ines.post("/candidates/add/many", &[("list", &list), ("do", "add")]).await;
    assert!(
        text(&refused.text()).contains("a colleague can bring in"),
        "{}",
        text(&refused.text())
    );
    let refused = it.ines.post("/candidates/add", &add("")).await;
    assert!(text(&refused.text()).contains("a colleague of yours can bring them in"));
    assert_eq!(it.count("select count(*) from application").await, 1);
    let forced = sqlx::query("update application set manager_id = $1")
        .bind(uuid::Uuid::parse_str(&lena).unwrap())
        .execute(&it.portal.owner().await)
        .await;
    assert!(forced.unwrap_err().to_string().contains("has a conflict"));
}

#[tokio::test]
async fn a_conflict_ends_every_seat_with_the_candidate_and_each_timeline_says_so() {
    let mut it = story().await;
    let other = Between { candidate: it.zoe, recruiter: it.ines.account.unwrap(), manager: None };
    let other = it.portal.interview_in("systems", other).await;
    let mut mina = it.portal.signed_in(&[Role::Interviewer]).await;
    for made in [it.made, other] {
        it.portal.seat(made, mina.account.unwrap()).await;
    }
    let _given = it.portal.letters().await;
    mina.submit(&format!("/reviews/{}", it.made.assignment), &[("do", "recognise")]).await;
    for made in [it.made, other] {
        let gone = mina.get(&format!("/reviews/{}", made.assignment)).await;
        assert_eq!(gone.status, StatusCode::NOT_FOUND);
    }
    assert_eq!(it.portal.letters().await.len(), 2, "both recruiters");
    let left = "left the panel for";
    let own = text(&it.tomas.page(&format!("/applications/{}", it.made.application)).await);
    assert!(own.contains("told of a conflict with the candidate") && own.contains(left), "{own}");
    // They learn of each other's applications, and see only their own.
    let page = it.tomas.page(&format!("/applications/{}", it.made.application)).await;
    assert!(
        text(&page).contains("Other applications Systems / Backend Developers since"),
        "{}",
        text(&page)
    );
    assert!(!page.contains(&other.application.to_string()));
    let others = text(&it.ines.page(&format!("/applications/{}", other.application)).await);
    assert!(others.contains(left) && !others.contains("told of a conflict"), "{others}");
}

#[tokio::test]
async fn a_conflict_that_was_told_by_mistake_is_taken_back_with_its_reason() {
    let mut it = story().await;
    let mut mina = it.portal.signed_in(&[Role::Interviewer]).await;
    it.portal.seat(it.made, mina.account.unwrap()).await;
    mina.submit(&format!("/reviews/{}", it.made.assignment), &[("do", "recognise")]).await;
    let account = id(&mina);
    let lift = |why| [("do", "lift"), ("whose", account.as_str()), ("why", why)];
    let refused = it.tomas.post(&conflicts(it.made), &lift("")).await;
    assert!(text(&refused.text()).contains("Say why"), "{}", text(&refused.text()));
    let page = it.tomas.submit(&conflicts(it.made), &lift("She took the wrong button.")).await;
    assert!(text(&page).contains("Nobody so far"), "{}", text(&page));
    // It stays ended until she is asked again, which can be done now.
    let review = format!("/reviews/{}", it.made.assignment);
    assert_eq!(mina.get(&review).await.status, StatusCode::NOT_FOUND);
    it.tomas.submit(&panel(it.made), &[("do", "ask"), ("who", account.as_str())]).await;
    assert_eq!(mina.get(&review).await.status, StatusCode::OK);
    let told = text(&it.tomas.page(&format!("/applications/{}", it.made.application)).await);
    assert!(told.contains("took back that") && told.contains("She took the wrong button."));
}

#[tokio::test]
async fn a_conflict_and_an_invitation_at_the_same_time_leave_no_seat() {
    let it = story().await;
    let other = Between { candidate: it.zoe, recruiter: it.ines.account.unwrap(), manager: None };
    let other = it.portal.interview_in("systems", other).await;
    for _ in 0..12 {
        let mut mina = it.portal.signed_in(&[Role::Interviewer]).await;
        it.portal.seat(it.made, mina.account.unwrap()).await;
        let account = id(&mina);
        let ask = [("do", "ask"), ("who", account.as_str())];
        let (page, review) = (panel(other), format!("/reviews/{}", it.made.assignment));
        let (mut ines, tell) = (it.ines.clone(), [("do", "recognise")]);
        let (asked, told) = tokio::join!(ines.post(&page, &ask), mina.post(&review, &tell));
        assert_eq!(told.status, StatusCode::SEE_OTHER);
        assert!(!asked.status.is_server_error(), "{}", asked.status);
    }
    let ghosts = "select count(*)
                  from panel_member m
                  join conflict c using (account_id)
                  where m.left_at is null";
    assert_eq!(it.count(ghosts).await, 0);
}

#[tokio::test]
async fn what_waits_for_an_answer_is_told_to_whoever_looks_after_it_by_then() {
    let mut it = story().await;
    let mina = it.portal.signed_in(&[Role::Interviewer]).await;
    let account = id(&mina);
    it.tomas.submit(&panel(it.made), &[("do", "ask"), ("who", account.as_str())]).await;
    let mut zoe = it.portal.browser_of(it.zoe).await;
    let own = format!("/my/assignments/{}", it.made.assignment);
    zoe.submit(&format!("{own}/start"), &[]).await;
    let more = [("count", "2"), ("unit", "days"), ("why", "I am ill.")];
    zoe.submit(&format!("{own}/time"), &more).await;
    let sean = it.portal.signed_in(&[Role::HiringManager]).await;
    let hand_over = format!("/applications/{}/hand-over", it.made.application);
    it.tomas
        .submit(
            &hand_over,
            &[("recruiter", &id(&it.ines)), ("manager", &id(&sean)), ("version", "1")],
        )
        .await;
    let _told = it.portal.letters().await;
    it.portal.clock.set(it.portal.clock.now() + SignedDuration::from_hours(24 * 6));
    let letters = it.portal.letters().await;
    let address = async |browser: &Browser| -> String {
        sqlx::query_scalar("select email from account where account_id = $1")
            .bind(browser.account)
            .fetch_one(&it.portal.owner().await)
            .await
            .unwrap()
    };
    let (ines, tomas, sean) =
        (address(&it.ines).await, address(&it.tomas).await, address(&sean).await);
    let to = |whom: &str| -> Vec<String> {
        let letters = letters.iter().filter(|one| one.to.address.as_str() == whom);
        letters.map(|one| one.subject.as_str().to_owned()).collect()
    };
    assert_eq!(to(&tomas), [] as [String; 0], "he looks after it no more");
    let told = to(&ines);
    assert!(told.iter().any(|it| it.contains("has not answered about")), "{told:?}");
    assert!(told.iter().any(|it| it.contains("waits for your answer")), "{told:?}");
    let told = to(&sean);
    assert!(told.iter().any(|it| it.contains("has waited too long")), "{told:?}");
}

#[tokio::test]
async fn whoever_worked_where_the_candidate_did_is_not_proposed_and_nobody_reads_why() {
    let mut it = story().await;
    let (mut zoe, mut sean) =
        (it.portal.browser_of(it.zoe).await, it.portal.signed_in(&[Role::HiringManager]).await);
    let mut mina = it.portal.signed_in(&[Role::Interviewer]).await;
    it.portal.qualify(mina.account.unwrap(), "operations", 4).await;
    let account = id(&mina);
    let is_proposed = |page: &str| page.contains(&format!("value=\"{account}\" checked"));
    assert!(is_proposed(&it.tomas.page(&panel(it.made)).await));
    let said = [("weekly", "3"), ("about", ""), ("employers", "ACME, Inc."), ("version", "0")];
    mina.submit("/reviews/availability", &said).await;
    let knows = format!("/my/assignments/{}/acquaintances", it.made.assignment);
    zoe.submit(&knows, &[("do", "nobody"), ("employers", "Foo\nAcme GmbH")]).await;
    let page = it.tomas.page(&panel(it.made)).await;
    assert!(!is_proposed(&page));
    assert!(text(&page).contains("has worked where this candidate did"), "{}", text(&page));
    // The question beside Start does not ask for it, and forgets nothing.
    zoe.submit(&knows, &[("do", "nobody")]).await;
    let application = format!("/applications/{}", it.made.application);
    assert!(text(&it.tomas.page(&application).await).contains("Acme GmbH"));
    let hand_over = format!("{application}/hand-over");
    let (tomas, manager) = (id(&it.tomas), id(&sean));
    it.tomas
        .submit(&hand_over, &[("recruiter", &tomas), ("manager", &manager), ("version", "1")])
        .await;
    assert!(!sean.page(&application).await.contains("Acme"), "the recruiter alone reads it");
    // Who knows better asks all the same.
    it.tomas.submit(&panel(it.made), &[("do", "ask"), ("who", account.as_str())]).await;
    let review = mina.page(&format!("/reviews/{}", it.made.assignment)).await;
    assert!(!review.to_lowercase().contains("acme"), "{review}");
}

/// Has `who` bring the candidate into another track.
async fn brings(it: &Story, who: &Browser, track: &str) -> Interview {
    let recruiter = who.account.unwrap();
    let between = Between { candidate: it.zoe, recruiter, manager: None };
    it.portal.interview_in(track, between).await
}

#[tokio::test]
async fn whoever_comes_to_know_a_candidate_elsewhere_is_off_their_blind_panel_at_once() {
    let mut it = story().await;
    let account = id(&it.ines);
    it.tomas.submit(&panel(it.made), &[("do", "ask"), ("who", account.as_str())]).await;
    let review = format!("/reviews/{}", it.made.assignment);
    it.ines.submit(&review, &[("do", "accept")]).await;
    let _given = it.portal.letters().await;
    let other = brings(&it, &it.ines.clone(), "systems").await;
    assert_eq!(it.ines.get(&review).await.status, StatusCode::NOT_FOUND);
    let subjects = it.portal.letters().await;
    let left = subjects.iter().filter(|one| one.subject.as_str().contains("is not on the panel"));
    assert_eq!(left.count(), 1, "the recruiter finds somebody else");
    let told = text(&it.tomas.page(&format!("/applications/{}", it.made.application)).await);
    assert!(told.contains("left the panel for"), "{told}");
    let before = it.ines.clone();
    it.refuses(&before, "knows who this candidate is").await;

    // What was told in one application is read and taken back in it alone, and by nobody of themselves.
    let mut mina = it.portal.signed_in(&[Role::Interviewer]).await;
    it.portal.seat(it.made, mina.account.unwrap()).await;
    let why = [("do", "conflict"), ("kind", "friends"), ("reason", "A wedding in 2019.")];
    mina.submit(&review, &why).await;
    let theirs = text(&it.ines.page(&conflicts(other)).await);
    assert!(theirs.contains("told in another application"), "{theirs}");
    assert!(!theirs.contains("wedding") && !theirs.contains(": they are friends"));
    let account = id(&mina);
    let lift = [("do", "lift"), ("whose", account.as_str()), ("why", "w")];
    let refused = it.ines.post(&conflicts(other), &lift).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(text(&it.tomas.page(&conflicts(it.made)).await).contains("A wedding in 2019."));
}

#[tokio::test]
async fn nobody_reads_a_name_on_one_panel_and_an_alias_on_another() {
    let mut it = story().await;
    let other = brings(&it, &it.tomas.clone(), "systems").await;
    let open = "update assignment
                set format = 'live_session', is_blind = false, time_limit_minutes = null,
                  usual_minutes = null
                where assignment_id = $1";
    let owner = it.portal.owner().await;
    sqlx::query(open).bind(other.assignment).execute(&owner).await.unwrap();
    let (mina, ravi) = (
        it.portal.signed_in(&[Role::Interviewer]).await,
        it.portal.signed_in(&[Role::Interviewer]).await,
    );
    let asks = async |tomas: &mut Browser, made, who: &Browser| {
        let account = id(who);
        tomas.post(&panel(made), &[("do", "ask"), ("who", account.as_str())]).await
    };
    assert_eq!(asks(&mut it.tomas, it.made, &mina).await.status, StatusCode::SEE_OTHER);
    assert_eq!(asks(&mut it.tomas, other, &ravi).await.status, StatusCode::SEE_OTHER);
    let refused = text(&asks(&mut it.tomas, other, &mina).await.text());
    assert!(refused.contains("is on a panel that knows this candidate by an alias"), "{refused}");
    let refused = text(&asks(&mut it.tomas, it.made, &ravi).await.text());
    assert!(refused.contains("knows who this candidate is"), "{refused}");
}

#[tokio::test]
async fn no_day_is_promised_that_lies_further_than_a_year_ahead() {
    let mut it = story().await;
    let run = panel(it.made).replace("/panel", "");
    for day in ["9999-12-29", "9999-12-31", "2099-01-01"] {
        let fields = [("version", "1"), ("do", "start-by"), ("by", day)];
        let refused = it.tomas.post(&run, &fields).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let mut zoe = it.portal.browser_of(it.zoe).await;
    assert_eq!(zoe.get("/my").await.status, StatusCode::OK);
}
