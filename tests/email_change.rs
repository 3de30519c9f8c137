//! Another e-mail address: asked for in a session, confirmed at both addresses, then made.

use http::StatusCode;
use portal::clock::SignedDuration;
use portal::mail::Letter;
use portal::web::viewer::Role;
use sqlx::AssertSqlSafe;

use crate::support::Portal;
use crate::support::client::Browser;
use crate::support::html::text;
use crate::support::letters::link;

const NEW: &str = "new.address@example.org";

/// The letters to both addresses: the present one's, then the new one's.
fn both(letters: Vec<Letter>) -> [Letter; 2] {
    let (new, present): (Vec<_>, Vec<_>) =
        letters.into_iter().partition(|letter| letter.to.address.as_str() == NEW);
    assert_eq!((present.len(), new.len()), (1, 1));
    [present, new].map(|mut letters| letters.remove(0))
}

/// Asks for another address; the links in both letters, the present address's first.
async fn ask(portal: &Portal, maya: &mut Browser) -> [String; 2] {
    let page = maya.submit("/account/email", &[("email", NEW)]).await;
    assert!(text(&page).contains("Two letters are on their way"), "{}", text(&page));
    both(portal.letters().await).map(|letter| link(&letter))
}

async fn confirm(browser: &mut Browser, link: &str) -> String {
    let answer = browser.post(link, &[("answer", "confirm")]).await;
    assert_eq!(answer.status, StatusCode::OK, "{link}: {}", text(&answer.text()));
    text(&answer.text())
}

async fn address(portal: &Portal, browser: &Browser) -> String {
    let find = format!(
        "select email from account where account_id = '{}'",
        browser.account.expect("they are signed in")
    );
    sqlx::query_scalar(AssertSqlSafe(find)).fetch_one(&portal.owner().await).await.unwrap()
}

/// The codes of everything that happened to somebody, in order.
async fn events(portal: &Portal, browser: &Browser) -> Vec<String> {
    let find = format!(
        "select action from audit_event where about_id = '{}' and actor_id = about_id and action like 'account.email%'
         order by at, event_id",
        browser.account.expect("they are signed in")
    );
    sqlx::query_scalar(AssertSqlSafe(find)).fetch_all(&portal.owner().await).await.unwrap()
}

#[tokio::test]
async fn an_address_changes_once_both_have_confirmed_in_either_order() {
    let portal = Portal::shipped().await;
    for (role, new_first) in [(Role::Candidate, true), (Role::Interviewer, false)] {
        let mut maya = portal.signed_in(&[role]).await;
        let before = address(&portal, &maya).await;
        let [at_present, at_new] = ask(&portal, &mut maya).await;
        let waiting = text(&maya.page("/account").await);
        assert!(waiting.contains(&format!("{NEW} Awaited")), "{waiting}");
        assert!(waiting.contains(&format!("{before} Awaited")), "{waiting}");
        // Programs that look through mail open links; that alone confirms nothing.
        let mut reader = portal.browser();
        reader.page(&at_present).await;
        reader.page(&at_new).await;
        let (first, second) =
            if new_first { (&at_new, &at_present) } else { (&at_present, &at_new) };
        assert!(confirm(&mut reader, first).await.contains("One half is done"));
        assert_eq!(address(&portal, &maya).await, before);
        let half = text(&maya.page("/account").await);
        let confirmed = if new_first { NEW } else { &before };
        assert!(half.contains(&format!("{confirmed} Confirmed")), "{half}");
        assert_eq!(reader.post(first, &[]).await.status, StatusCode::GONE, "once");
        assert!(confirm(&mut reader, second).await.contains("Your address is changed"));
        assert_eq!(address(&portal, &maya).await, NEW);
        assert!(text(&maya.page("/account").await).contains(NEW), "who asked stays signed in");
        // Both are told, and what was mailed to the old one opens nothing.
        let [at_old, at_new] = both(portal.letters().await);
        assert_eq!(at_old.to.address.as_str(), before);
        assert!(at_old.text.contains(NEW) && !at_new.text.contains(&before));
        assert_eq!(
            events(&portal, &maya).await,
            [
                "account.email_change_asked",
                "account.email_confirmed",
                "account.email_confirmed",
                "account.email_changed"
            ]
        );
        let back = "update account set email = 'x' || email, email_key = 'x' || email_key";
        sqlx::query(back).execute(&portal.owner().await).await.unwrap();
    }
}

#[tokio::test]
async fn other_sessions_and_links_to_the_old_address_end_with_the_change() {
    let portal = Portal::shipped().await;
    let maya = portal.signed_in(&[Role::Hr]).await;
    let account = maya.account;
    let before = address(&portal, &maya).await;
    // Another browser of hers, by a way in that was mailed to the old address.
    let reset = portal.link(portal::account::store::tokens::Purpose::Reset, account).await;
    let mut phone = portal.browser();
    phone.submit("/sign-in/link", &[("email", &before)]).await;
    let way_in = link(&portal.letters().await[0]);
    let password = "heron lantern quarry plum";
    phone.submit(&way_in, &[("password", password)]).await;
    portal.letters().await;
    let fields = [("email", before.as_str()), ("password", password)];
    let mut maya = portal.browser();
    assert_eq!(maya.post("/sign-in", &fields).await.status, StatusCode::SEE_OTHER);
    assert_eq!(phone.post("/sign-in", &fields).await.status, StatusCode::SEE_OTHER);
    let [at_present, at_new] = ask(&portal, &mut maya).await;
    let reset_again = portal.link(portal::account::store::tokens::Purpose::Reset, account).await;
    confirm(&mut phone, &at_present).await;
    let page = maya.post(&at_new, &[("answer", "confirm")]).await.text();
    assert!(page.contains("Sign out"), "who asked from here is still signed in here");
    assert_eq!(phone.get("/desk").await.status, StatusCode::SEE_OTHER);
    assert_eq!(maya.get("/desk").await.status, StatusCode::OK);
    for token in [reset, reset_again] {
        assert_eq!(maya.get(&format!("/reset/{token}")).await.status, StatusCode::GONE);
    }
    // From now on the new address signs in, and the old one does not.
    assert_eq!(portal.browser().post("/sign-in", &fields).await.status.as_u16(), 422);
    let fields = [("email", NEW), ("password", password)];
    assert_eq!(portal.browser().post("/sign-in", &fields).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn this_was_not_me_stops_it_and_ends_every_session() {
    let portal = Portal::shipped().await;
    let mut maya = portal.signed_in(&[Role::Recruiter]).await;
    let before = address(&portal, &maya).await;
    let made = maya.submit("/account/tokens", &[("name", "report"), ("days", "30")]).await;
    let token = crate::tokens::shown(&made);
    portal.letters().await;
    let [at_present, at_new] = ask(&portal, &mut maya).await;
    confirm(&mut portal.browser(), &at_new).await;
    let stopped = maya.post(&at_present, &[("answer", "stop")]).await;
    assert!(text(&stopped.text()).contains("Nothing is changed"));
    assert!(!stopped.text().contains("Sign out"), "this browser is signed out too");
    assert_eq!(maya.get("/desk").await.status, StatusCode::SEE_OTHER);
    assert_eq!(crate::tokens::asked(&portal, &token, "/desk").await, StatusCode::UNAUTHORIZED);
    assert_eq!(address(&portal, &maya).await, before);
    assert_eq!(portal.browser().post(&at_present, &[]).await.status, StatusCode::GONE);
    assert!(portal.letters().await.is_empty());
    assert_eq!(events(&portal, &maya).await.last().unwrap(), "account.email_change_stopped");
}

#[tokio::test]
async fn what_is_taken_back_replaced_or_too_old_cannot_be_confirmed() {
    let portal = Portal::shipped().await;
    let mut maya = portal.signed_in(&[Role::Candidate]).await;
    let [_, taken_back] = ask(&portal, &mut maya).await;
    let page = maya.submit("/account/email/stop", &[]).await;
    assert!(text(&page).contains("You keep the address you have"));
    assert_eq!(portal.browser().get(&taken_back).await.status, StatusCode::GONE);
    let [_, replaced] = ask(&portal, &mut maya).await;
    let [at_present, at_new] = ask(&portal, &mut maya).await;
    assert_eq!(portal.browser().post(&replaced, &[]).await.status, StatusCode::GONE);
    confirm(&mut portal.browser(), &at_present).await;
    let asked = portal.clock.now();
    portal.clock.set(asked + SignedDuration::from_hours(24) - SignedDuration::from_micros(1));
    portal.browser().page(&at_new).await;
    portal.clock.set(asked + SignedDuration::from_hours(24));
    assert_eq!(portal.browser().post(&at_new, &[]).await.status, StatusCode::GONE);
    assert!(text(&maya.page("/account").await).contains("New address"), "it can be asked anew");
    // A letter that comes too late to be sent says nothing.
    maya.submit("/account/email", &[("email", NEW)]).await;
    maya.submit("/account/email/stop", &[]).await;
    assert!(portal.letters().await.is_empty());
}

#[tokio::test]
async fn an_address_with_an_account_is_answered_alike_and_nothing_comes_of_it() {
    let portal = Portal::shipped().await;
    let mut other = portal.signed_in(&[Role::Hr]).await;
    let fields = [("name", "Jonas"), ("email", NEW), ("roles", "candidate")];
    portal.signed_in(&[Role::Administrator]).await.submit("/people/invite", &fields).await;
    portal.letters().await;
    let mut free = other.clone();
    let to_taken = other.submit("/account/email", &[("email", &NEW.to_uppercase())]).await;
    let page = text(&to_taken);
    other.submit("/account/email/stop", &[]).await;
    let to_free = free.submit("/account/email", &[("email", "NOBODY.HERE@EXAMPLE.ORG")]).await;
    // The domain is kept in lower case.
    let alike = |page: String| {
        page.replace("NEW.ADDRESS@example.org", "E").replace("NOBODY.HERE@example.org", "E")
    };
    assert_eq!(alike(page), alike(text(&to_free)));
    // Its owner is told, and has nothing to confirm.
    free.submit("/account/email", &[("email", NEW)]).await;
    let [at_present, at_new] = both(portal.letters().await);
    assert!(at_new.text.contains("It has an account of its own"));
    assert_eq!(link(&at_new), "/sign-in");
    assert!(confirm(&mut free, &link(&at_present)).await.contains("One half is done"));
}

#[tokio::test]
async fn an_address_that_is_taken_meanwhile_changes_nothing() {
    let portal = Portal::shipped().await;
    let mut maya = portal.signed_in(&[Role::Hr]).await;
    let before = address(&portal, &maya).await;
    let [at_present, at_new] = ask(&portal, &mut maya).await;
    confirm(&mut portal.browser(), &at_new).await;
    let fields = [("name", "Jonas"), ("email", NEW), ("roles", "candidate")];
    portal.signed_in(&[Role::Administrator]).await.submit("/people/invite", &fields).await;
    assert!(confirm(&mut maya, &at_present).await.contains("This address cannot be yours here"));
    assert_eq!(address(&portal, &maya).await, before);
    maya.page("/desk").await;
}

#[tokio::test]
async fn both_links_at_once_make_one_change() {
    let portal = Portal::shipped().await;
    let mut maya = portal.signed_in(&[Role::Hr]).await;
    let links = ask(&portal, &mut maya).await;
    let tries = (0..40).map(|n| {
        let (mut browser, link) = (portal.browser(), links[n % 2].clone());
        tokio::spawn(async move { browser.post(&link, &[("answer", "confirm")]).await })
    });
    let mut said = Vec::new();
    for tried in tries.collect::<Vec<_>>() {
        let answer = tried.await.unwrap();
        if answer.status == StatusCode::OK {
            said.push(text(&answer.text()).contains("Your address is changed"));
        } else {
            assert_eq!(answer.status, StatusCode::GONE);
        }
    }
    said.sort_unstable();
    assert_eq!(said, [false, true]);
    assert_eq!(portal.letters().await.len(), 2);
}

#[tokio::test]
async fn what_is_typed_wrong_is_said_beside_the_field_and_nobody_is_written_to_without_end() {
    let portal = Portal::shipped().await;
    let mut maya = portal.signed_in(&[Role::Hr]).await;
    let own = address(&portal, &maya).await.to_uppercase();
    for (typed, message) in
        [("nobody", "has an @ in it"), ("", "Type an e-mail address"), (&own, "you have")]
    {
        let answer = maya.post("/account/email", &[("email", typed)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(text(&answer.text()).contains(message), "{}", text(&answer.text()));
        assert!(answer.text().contains("value=\"Maya Okafor\""), "the other form is whole");
    }
    let mut last = StatusCode::OK;
    for n in 0..12 {
        let typed = format!("somebody{n}@example.org");
        last = maya.post("/account/email", &[("email", &typed)]).await.status;
    }
    assert_eq!(last, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(portal.letters().await.len(), 2, "what was replaced is not sent");
    // Nothing that opens a door, and no address, is in a row of mail.
    let rows: Vec<String> = sqlx::query_scalar("select m::text from mail m")
        .fetch_all(&portal.owner().await)
        .await
        .unwrap();
    assert!(rows.iter().all(|row| !row.contains('@')), "{rows:?}");
}

#[tokio::test]
async fn a_closed_account_can_no_longer_confirm() {
    let portal = Portal::shipped().await;
    let mut maya = portal.signed_in(&[Role::Hr]).await;
    let [at_present, at_new] = ask(&portal, &mut maya).await;
    let mut administrator = portal.signed_in(&[Role::Administrator]).await;
    let person = format!("/people/{}", maya.account.unwrap());
    administrator.set_standing(&person, "disabled").await;
    for link in [at_present, at_new] {
        assert_eq!(portal.browser().get(&link).await.status, StatusCode::GONE);
        assert_eq!(portal.browser().post(&link, &[]).await.status, StatusCode::GONE);
    }
}

#[tokio::test]
async fn of_two_who_confirm_one_address_at_once_one_has_it_and_the_other_is_told() {
    let portal = Portal::shipped().await;
    for _ in 0..5 {
        let mut links = Vec::new();
        for _ in 0..2 {
            let mut owner = portal.signed_in(&[Role::Hr]).await;
            let [at_present, at_new] = ask(&portal, &mut owner).await;
            confirm(&mut portal.browser(), &at_present).await;
            links.push(at_new);
        }
        let confirmed = links.iter().map(|link| {
            let mut browser = portal.browser();
            async move { browser.post(link, &[("answer", "confirm")]).await }
        });
        let answers = futures_util::future::join_all(confirmed).await;
        let changed = |answer: &crate::support::portal::Answer| {
            text(&answer.text()).contains("Your address is changed")
        };
        let statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
        assert_eq!(answers.iter().filter(|answer| changed(answer)).count(), 1, "{statuses:?}");
        assert!(statuses.iter().all(|status| !status.is_server_error()), "{statuses:?}");
        let back =
            "update account set email = account_id || email, email_key = account_id || email_key
                    where email_key = 'new.address@example.org'";
        sqlx::query(back).execute(&portal.owner().await).await.unwrap();
        portal.letters().await;
    }
}

#[tokio::test]
async fn asking_anew_while_a_link_is_confirmed_waits_for_it() {
    let portal = Portal::shipped().await;
    for _ in 0..8 {
        let mut maya = portal.signed_in(&[Role::Hr]).await;
        let [at_present, _] = ask(&portal, &mut maya).await;
        let (mut reader, mut other) = (portal.browser(), maya.clone());
        let (confirmed, asked) = tokio::join!(
            reader.post(&at_present, &[("answer", "confirm")]),
            other.post("/account/email", &[("email", "another@example.org")]),
        );
        assert!(!confirmed.status.is_server_error() && !asked.status.is_server_error());
        portal.letters().await;
    }
}
