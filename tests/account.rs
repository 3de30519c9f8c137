//! People: set-up, invitations, signing in and out, sessions, and those who look after them.

use http::{Method, StatusCode};
use portal::account::store::tokens::Purpose;
use portal::clock::SignedDuration;
use portal::web::viewer::Role;
use sqlx::AssertSqlSafe;

use crate::support::Portal;
use crate::support::client::Browser;
use crate::support::html::{attributes, text};
use crate::support::letters::link;

const PASSWORD: &str = "heron lantern quarry plum";
const OTHER: &str = "copper meadow signal tulip";

/// The portal with its first administrator, `maya@example.org`, and the browser she set it up with.
async fn set_up() -> (Portal, Browser) {
    let portal = Portal::shipped().await;
    let token = portal.link(Purpose::SetUp, None).await;
    let mut maya = portal.browser();
    let desk = maya
        .submit(
            &format!("/set-up/{token}"),
            &[
                ("organisation", "Teleport Cloud"),
                ("sender", "interviews@example.org"),
                ("privacy", "We keep little.\n\nAsk us."),
                ("name", "Maya Okafor"),
                ("email", "maya@example.org"),
                ("password", PASSWORD),
                ("zone", "Europe/Paris"),
            ],
        )
        .await;
    assert!(text(&desk).contains("Nothing waits for you"), "{}", text(&desk));
    (portal, maya)
}

/// Invites somebody; the path of the link in their letter.
async fn invite(portal: &Portal, maya: &mut Browser, email: &str, role: Role) -> String {
    let fields = [("name", "Jonas Lindqvist"), ("email", email), ("roles", role.code())];
    let person = maya.submit("/people/invite", &fields).await;
    assert!(text(&person).contains("an invitation is on its way"), "{}", text(&person));
    let letters = portal.letters().await;
    assert_eq!(letters.len(), 1, "one invitation is sent");
    assert_eq!(letters[0].to.address.as_str(), email);
    link(&letters[0])
}

async fn sign_in(browser: &mut Browser, email: &str, password: &str) -> StatusCode {
    browser.post("/sign-in", &[("email", email), ("password", password)]).await.status
}

#[tokio::test]
async fn a_fresh_portal_is_set_up_once() {
    let (portal, mut maya) = set_up().await;
    assert!(text(&maya.page("/desk").await).contains("Maya Okafor"));
    assert!(text(&portal.browser().page("/privacy").await).contains("We keep little. Ask us."));
    // The company's days are counted where it was set up, until somebody says otherwise.
    assert!(maya.page("/settings/calendar").await.contains("value=\"Europe/Paris\""));
    // Even a link that still opens comes too late.
    let token = portal.link(Purpose::SetUp, None).await;
    let again = [
        ("organisation", "Others"),
        ("name", "Eve"),
        ("email", "eve@example.org"),
        ("password", OTHER),
    ];
    let late = portal.browser().post(&format!("/set-up/{token}"), &again).await;
    assert_eq!(late.status, StatusCode::GONE);
    assert!(!maya.page("/people").await.contains("eve@example.org"));
}

#[tokio::test]
async fn an_invitation_is_accepted_and_leads_to_ones_own_desk() {
    let (portal, mut maya) = set_up().await;
    for (email, role, home) in [
        ("r@example.org", Role::Recruiter, "/desk"),
        ("i@example.org", Role::Interviewer, "/desk"),
        ("c@example.org", Role::Candidate, "/my"),
    ] {
        let address = invite(&portal, &mut maya, email, role).await;
        let mut browser = portal.browser();
        assert!(browser.page(&address).await.contains(email));
        let fields = [("name", "Jonas"), ("password", PASSWORD), ("zone", "Asia/Tokyo")];
        let accepted = browser.post(&address, &fields).await;
        assert_eq!((accepted.status, accepted.header("location")), (StatusCode::SEE_OTHER, home));
        let desk = browser.page(home).await;
        assert!(!desk.contains("href=\"/people\""), "{role:?} has a link to people");
        assert_eq!(browser.get("/people").await.status, StatusCode::NOT_FOUND);
        // Signed out, then in again with what was chosen.
        let session = browser.cookie("__Host-session").unwrap().to_owned();
        browser.submit("/sign-out", &[]).await;
        assert_eq!(browser.cookie("__Host-session"), None);
        browser.set("__Host-session", &session);
        assert_eq!(browser.get(home).await.status, StatusCode::SEE_OTHER, "the old id is dead");
        assert_eq!(
            sign_in(&mut browser, &email.to_uppercase(), PASSWORD).await,
            StatusCode::SEE_OTHER
        );
        assert_ne!(browser.cookie("__Host-session"), Some(session.as_str()));
        browser.page(home).await;
    }
}

#[tokio::test]
async fn of_a_hundred_at_once_one_gets_in_by_a_link() {
    let (portal, mut maya) = set_up().await;
    let address = invite(&portal, &mut maya, "c@example.org", Role::Candidate).await;
    let tries = (0..100).map(|_| {
        let (mut browser, address) = (portal.browser(), address.clone());
        tokio::spawn(async move { browser.post(&address, &[("name", "Jonas")]).await.status })
    });
    let tries: Vec<_> = tries.collect();
    let mut accepted = 0;
    for tried in tries {
        accepted += usize::from(tried.await.unwrap() == StatusCode::SEE_OTHER);
    }
    assert_eq!(accepted, 1);
    assert_eq!(portal.browser().get(&address).await.status, StatusCode::GONE);
}

#[tokio::test]
async fn a_link_opens_until_its_last_microsecond() {
    let portal = Portal::shipped().await;
    let token = portal.link(Purpose::SetUp, None).await;
    let (mut browser, address) = (portal.browser(), format!("/set-up/{token}"));
    let made = portal.clock.now();
    portal.clock.set(made + SignedDuration::from_hours(1) - SignedDuration::from_micros(1));
    assert_eq!(browser.get(&address).await.status, StatusCode::OK);
    portal.clock.set(made + SignedDuration::from_hours(1));
    assert_eq!(browser.get(&address).await.status, StatusCode::GONE);
}

#[tokio::test]
async fn a_form_comes_back_with_what_was_typed_and_a_message_beside_the_field() {
    let (portal, mut maya) = set_up().await;
    let long = "x".repeat(10_000);
    for (fields, message) in [
        (vec![("name", "Jonas"), ("email", "nobody"), ("roles", "recruiter")], "has an @ in it"),
        (vec![("name", long.as_str()), ("email", "a@b.org"), ("roles", "hr")], "at most 200"),
        (vec![("name", "Jonas"), ("email", "a@b.org")], "at least one role"),
        (
            vec![("name", "J"), ("email", "a@b.org"), ("roles", "candidate"), ("roles", "hr")],
            "holds no other role",
        ),
        (
            vec![("name", "J"), ("email", "ＭAYA@EXAMPLE.org"), ("roles", "hr")],
            "an account already",
        ),
        (
            vec![("name", "J"), ("email", "a@b.org"), ("roles", "external")],
            "the day on which this account ends",
        ),
        (
            vec![("name", "J"), ("name", "K"), ("email", "a@b.org"), ("roles", "hr")],
            "more than once",
        ),
    ] {
        let answer = maya.post("/people/invite", &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{message}");
        let page = answer.text();
        assert!(text(&page).contains(message), "{message}: {}", text(&page));
        assert!(attributes(&page, "value").iter().any(|value| value == fields[0].1), "{message}");
    }
    // Nobody was added, and a password never comes back.
    assert_eq!(maya.page("/people").await.matches("<tr><th scope=\"row\"").count(), 1);
    let token = portal.link(Purpose::SetUp, None).await;
    let refused =
        portal.browser().post(&format!("/set-up/{token}"), &[("password", "short one")]).await;
    assert!(!refused.text().contains("short one") && refused.text().contains("at least 15"));
}

#[tokio::test]
async fn unknown_known_and_closed_accounts_are_answered_alike() {
    let (portal, mut maya) = set_up().await;
    let address = invite(&portal, &mut maya, "closed@example.org", Role::Hr).await;
    let mut closed = portal.browser();
    closed.submit(&address, &[("name", "C"), ("password", PASSWORD)]).await;
    let id: uuid::Uuid =
        sqlx::query_scalar("select account_id from account where email_key = 'closed@example.org'")
            .fetch_one(&portal.owner().await)
            .await
            .unwrap();
    maya.set_standing(&format!("/people/{id}"), "disabled").await;
    assert_eq!(closed.get("/desk").await.status, StatusCode::SEE_OTHER, "its next request fails");
    let mut answers = Vec::new();
    for (email, password) in [
        ("nobody@example.org", PASSWORD),
        ("maya@example.org", OTHER),
        ("closed@example.org", PASSWORD),
    ] {
        let answer =
            portal.browser().post("/sign-in", &[("email", email), ("password", password)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        answers.push(answer.text().replace(email, "E"));
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]));
}

#[tokio::test]
async fn many_tries_are_slowed_and_the_owner_still_gets_in() {
    let (portal, mut maya) = set_up().await;
    let mut stranger = portal.browser();
    let mut last = StatusCode::OK;
    for n in 0..12 {
        stranger.headers.insert("x-forwarded-for", format!("10.0.0.{n}").parse().unwrap());
        last = sign_in(&mut stranger, "maya@example.org", OTHER).await;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(
        sign_in(&mut stranger, "maya@example.org", PASSWORD).await,
        StatusCode::TOO_MANY_REQUESTS
    );
    // Her own browser has been here before.
    maya.submit("/sign-out", &[]).await;
    assert_eq!(sign_in(&mut maya, "maya@example.org", PASSWORD).await, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn sessions_end_when_they_are_old_unused_or_revoked() {
    let (portal, mut maya) = set_up().await;
    let mut phone = portal.browser();
    assert_eq!(sign_in(&mut phone, "maya@example.org", PASSWORD).await, StatusCode::SEE_OTHER);
    let account = maya.page("/account/sessions").await;
    assert_eq!(account.matches("Sign it out").count(), 1);
    maya.submit("/account/sessions", &[("session", "others")]).await;
    assert_eq!(phone.get("/desk").await.status, StatusCode::SEE_OTHER);
    // A password that is changed signs out every other browser, and needs the present one.
    assert_eq!(sign_in(&mut phone, "maya@example.org", PASSWORD).await, StatusCode::SEE_OTHER);
    let wrong = [("present", OTHER), ("password", OTHER)];
    let refused = maya.post("/account/security/password", &wrong).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    maya.submit("/account/security/password", &[("present", PASSWORD), ("password", OTHER)]).await;
    assert_eq!(phone.get("/desk").await.status, StatusCode::SEE_OTHER);
    // Unused for twelve hours, staff sign in again.
    let now = portal.clock.now();
    portal.clock.set(now + SignedDuration::from_hours(12));
    maya.page("/desk").await;
    portal.clock.set(now + SignedDuration::from_hours(24) + SignedDuration::from_secs(1));
    assert_eq!(maya.get("/desk").await.status, StatusCode::SEE_OTHER);
    let asked = maya.get("/people?q=a").await;
    assert_eq!(asked.header("location"), "/sign-in?next=%2Fpeople%3Fq%3Da");
}

#[tokio::test]
async fn other_roles_give_every_session_a_new_token() {
    let (portal, mut maya) = set_up().await;
    let mut jonas = portal.signed_in(&[Role::Recruiter]).await;
    let (id, before) = (jonas.account.unwrap(), jonas.cookie("__Host-session").unwrap().to_owned());
    let fields = [("roles", "recruiter"), ("roles", "administrator"), ("version", "2")];
    maya.submit(&format!("/people/{id}/roles"), &fields).await;
    jonas.page("/people").await;
    assert_ne!(jonas.cookie("__Host-session"), Some(before.as_str()));
    let mut thief = portal.browser();
    thief.set("__Host-session", &before);
    assert_eq!(thief.get("/people").await.status, StatusCode::SEE_OTHER, "the old id is dead");
    // A form that was made for an earlier state changes nothing.
    let stale = maya.post(&format!("/people/{id}/roles"), &fields).await;
    assert_eq!(stale.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(text(&stale.text()).contains("Somebody else changed this account meanwhile"));
}

#[tokio::test]
async fn the_last_administrator_stays() {
    let (portal, mut maya) = set_up().await;
    let id: uuid::Uuid = sqlx::query_scalar("select account_id from account")
        .fetch_one(&portal.owner().await)
        .await
        .unwrap();
    let closed = maya.set_standing(&format!("/people/{id}"), "disabled").await;
    assert_eq!(closed.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = closed.text();
    assert!(
        text(&page).contains("Nothing was changed. There has to be an administrator"),
        "{page}"
    );
    assert!(text(&page).contains("Make somebody else administrator first"));
    let (before, _) = page.split_once("<dl").unwrap();
    assert!(before.contains("data-refusal"), "it stands at the top, and takes the focus");
    assert!(page.contains("<details open><summary>I am sure"));
    let fields = [("roles", "recruiter"), ("version", "2")];
    let changed = maya.post(&format!("/people/{id}/roles"), &fields).await;
    assert_eq!(changed.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(changed.text().split_once("<dl").unwrap().0.contains("this is the last one"));
    maya.page("/people").await;
}

#[tokio::test]
async fn an_external_account_ends_with_its_last_day() {
    let portal = Portal::shipped().await;
    let mut outside = portal.signed_in(&[Role::External]).await;
    outside.page("/desk").await;
    assert_eq!(outside.get("/people").await.status, StatusCode::NOT_FOUND);
    portal.clock.set(portal.clock.now() + SignedDuration::from_hours(24));
    assert_eq!(outside.get("/desk").await.status, StatusCode::SEE_OTHER);
    let mut maya = portal.signed_in(&[Role::Administrator]).await;
    assert!(text(&maya.page("/people?role=external").await).contains("Ended"));
}

#[tokio::test]
async fn people_are_found_by_name_address_and_role_and_paged_by_key() {
    let (portal, mut maya) = set_up().await;
    let fill = "insert into account (account_id, email, email_key, name, roles, created_at)
        select gen_random_uuid(), n || '@c.org', n || '@c.org', 'Candidate ' || n,
          array['candidate'], now() from generate_series(1000, 1119) n";
    sqlx::query(AssertSqlSafe(fill)).execute(&portal.owner().await).await.unwrap();
    let mut seen = 0;
    let mut next = "/people?role=candidate".to_owned();
    while !next.is_empty() {
        let page = maya.page(&next).await;
        seen += page.matches("<tr><th scope=\"row\"").count();
        next = attributes(&page, "href")
            .into_iter()
            .find(|href| href.contains("after="))
            .unwrap_or_default();
    }
    assert_eq!(seen, 120);
    assert!(maya.page("/people?q=1042%40c").await.contains("Candidate 1042"));
    assert!(text(&maya.page("/people?q=zebra").await).contains("Nobody here is like that"));
    assert!(text(&maya.page("/people?q=%25").await).contains("Nobody here is like that"));
}

#[tokio::test]
async fn what_signed_in_people_see_is_kept_nowhere_and_get_writes_nothing() {
    let (portal, mut maya) = set_up().await;
    for address in ["/desk", "/people", "/account", "/people/invite"] {
        assert_eq!(maya.get(address).await.header("cache-control"), "no-store", "{address}");
    }
    for address in ["/sign-out", "/account/security/password"] {
        let got = maya.send(Method::GET, address, &[]).await;
        assert_eq!(got.status, StatusCode::METHOD_NOT_ALLOWED, "{address}");
    }
    maya.page("/desk").await;
    let token = portal.link(Purpose::SetUp, None).await;
    let cross = {
        let mut other = portal.browser();
        other.headers.insert("sec-fetch-site", "cross-site".parse().unwrap());
        other.headers.insert("origin", "https://elsewhere.example".parse().unwrap());
        other.post(&format!("/set-up/{token}"), &[("name", "Eve")]).await
    };
    assert_eq!(cross.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_dump_of_the_database_opens_nothing() {
    let (portal, mut maya) = set_up().await;
    let address = invite(&portal, &mut maya, "c@example.org", Role::Candidate).await;
    let token = address.rsplit('/').next().unwrap();
    let everything: Vec<String> = {
        let owner = portal.owner().await;
        let mut rows = Vec::new();
        let audit = ["audit_event", "audit_note", "audit_seal", "audit_unsealed"];
        let account = ["account", "account_session", "account_token", "account_request", "mail"];
        for table in account.into_iter().chain(audit) {
            let all = format!("select t::text from {table} t");
            rows.extend(
                sqlx::query_scalar::<_, String>(AssertSqlSafe(all))
                    .fetch_all(&owner)
                    .await
                    .unwrap(),
            );
        }
        rows
    };
    let session = maya.cookie("__Host-session").unwrap();
    let browser = maya.cookie("__Host-browser").unwrap();
    for secret in [token, session, browser, PASSWORD] {
        assert!(everything.iter().all(|row| !row.contains(secret)));
    }
    let kept: String =
        sqlx::query_scalar("select password from account where password is not null")
            .fetch_one(&portal.owner().await)
            .await
            .unwrap();
    assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
}

#[tokio::test]
async fn a_candidate_without_a_password_comes_back_by_mail_in_the_same_browser() {
    let (portal, mut maya) = set_up().await;
    let address = invite(&portal, &mut maya, "c@example.org", Role::Candidate).await;
    let mut jonas = portal.browser();
    jonas.submit(&address, &[("name", "Jonas")]).await;
    jonas.submit("/sign-out", &[]).await;
    let asked = jonas.submit("/sign-in/link", &[("email", "C@example.org")]).await;
    let letters = portal.letters().await;
    let by_mail = link(&letters[0]);
    assert!(letters[0].subject.as_str().starts_with("Sign in to"));
    // Who reads the mail elsewhere does not get in, and looking uses nothing up.
    let mut thief = portal.browser();
    thief.page("/sign-in").await;
    assert_eq!(thief.get(&by_mail).await.status, StatusCode::GONE);
    assert_eq!(thief.post(&by_mail, &[]).await.status, StatusCode::GONE);
    jonas.page(&by_mail).await;
    jonas.page(&by_mail).await;
    assert!(text(&jonas.submit(&by_mail, &[]).await).contains("Your interview begins soon"));
    assert_eq!(jonas.post(&by_mail, &[]).await.status, StatusCode::GONE, "once");
    // After ten minutes it is too old.
    jonas.submit("/sign-in/link", &[("email", "c@example.org")]).await;
    let late = link(&portal.letters().await[0]);
    portal.clock.set(portal.clock.now() + SignedDuration::from_mins(10));
    assert_eq!(jonas.post(&late, &[]).await.status, StatusCode::GONE);
    // An address without an account is answered in the same words, and gets nothing.
    let nobody = thief.submit("/sign-in/link", &[("email", "nobody@example.org")]).await;
    assert_eq!(
        text(&asked).replace("C@example.org", "E"),
        text(&nobody).replace("nobody@example.org", "E")
    );
    assert!(portal.letters().await.is_empty());
}

#[tokio::test]
async fn staff_choose_a_new_password_by_mail_and_every_session_ends() {
    let (portal, mut maya) = set_up().await;
    let mut lost = portal.browser();
    lost.submit("/sign-in/link", &[("email", "maya@example.org")]).await;
    let reset = link(&portal.letters().await[0]);
    assert!(reset.starts_with("/reset/"));
    let short = lost.post(&reset, &[("password", "short")]).await;
    assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);
    // Nor is it what everybody knows of them.
    for known in ["maya@example.org", "Maya Okafor maya"] {
        let refused = lost.post(&reset, &[("password", known)]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{known}");
    }
    let set = lost.submit(&reset, &[("password", OTHER)]).await;
    assert!(text(&set).contains("Your new password is set. Sign in with it."));
    assert_eq!(maya.get("/desk").await.status, StatusCode::SEE_OTHER, "the old session is dead");
    assert_eq!(sign_in(&mut maya, "maya@example.org", PASSWORD).await.as_u16(), 422);
    assert_eq!(sign_in(&mut maya, "maya@example.org", OTHER).await, StatusCode::SEE_OTHER);
    assert_eq!(lost.post(&reset, &[("password", PASSWORD)]).await.status, StatusCode::GONE);
}

#[tokio::test]
async fn who_was_closed_out_gets_no_mail() {
    let (portal, mut maya) = set_up().await;
    invite(&portal, &mut maya, "c@example.org", Role::Candidate).await;
    let people = maya.page("/people?role=candidate").await;
    let person = attributes(&people, "href").into_iter().find(|href| href.len() > 40).unwrap();
    maya.submit(&format!("{person}/link"), &[]).await;
    maya.submit("/sign-in/link", &[("email", "c@example.org")]).await;
    maya.set_standing(&person, "disabled").await;
    assert!(portal.letters().await.is_empty(), "what was on its way has nothing left to say");
}

#[tokio::test]
async fn the_set_up_link_opens_until_somebody_has_come_as_administrator() {
    let portal = Portal::shipped().await;
    let token = portal.link(Purpose::SetUp, None).await;
    let address = format!("/set-up/{token}");
    // Somebody who is no administrator comes, and one is invited.
    portal.signed_in(&[Role::Hr]).await;
    assert_eq!(portal.get(&address).await.status, StatusCode::OK);
    let fill = "insert into account (account_id, email, email_key, name, roles, created_at)
        values (gen_random_uuid(), 'm@c.org', 'm@c.org', 'Maya', array['administrator'], now())";
    sqlx::query(AssertSqlSafe(fill)).execute(&portal.owner().await).await.unwrap();
    let mut maya = portal.browser();
    let fields = |email| {
        [("organisation", "Ours"), ("name", "Maya"), ("email", email), ("password", PASSWORD)]
    };
    let invited = maya.post(&address, &fields("M@c.org")).await;
    assert_eq!(invited.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(text(&invited.text()).contains("was invited from the command line"));
    assert!(text(&maya.submit(&address, &fields("other@c.org")).await).contains("Nothing waits"));
    assert_eq!(portal.get(&address).await.status, StatusCode::GONE);
    // Nor does it open once an administrator came another way.
    let portal = Portal::shipped().await;
    let token = portal.link(Purpose::SetUp, None).await;
    portal.signed_in(&[Role::Administrator]).await;
    assert_eq!(portal.get(&format!("/set-up/{token}")).await.status, StatusCode::GONE);
}
