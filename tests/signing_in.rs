//! Signing in, where something else happens meanwhile.

use http::StatusCode;
use portal::account::store::accounts;
use portal::account::store::tokens::Purpose;
use portal::clock::SignedDuration;
use portal::web::viewer::Role;

use crate::support::Portal;
use crate::support::client::Browser;
use crate::support::html::text;

const PASSWORD: &str = "heron lantern quarry plum";
const OTHER: &str = "copper meadow signal tulip";

/// Somebody with a password: their browser and their address.
async fn member(portal: &Portal, role: Role) -> (Browser, String) {
    let account = portal.signed_in(&[role]).await.account.unwrap();
    let reset = portal.link(Purpose::Reset, Some(account)).await;
    portal.browser().submit(&format!("/reset/{reset}"), &[("password", PASSWORD)]).await;
    let email: String = sqlx::query_scalar("select email from account where account_id = $1")
        .bind(account)
        .fetch_one(&portal.owner().await)
        .await
        .unwrap();
    let mut browser = portal.browser();
    browser.account = Some(account);
    let fields = [("email", email.as_str()), ("password", PASSWORD)];
    assert_eq!(browser.post("/sign-in", &fields).await.status, StatusCode::SEE_OTHER);
    (browser, email)
}

#[tokio::test]
async fn a_password_that_is_changed_while_it_is_checked_opens_nothing() {
    let portal = Portal::shipped().await;
    let (member, email) = member(&portal, Role::Recruiter).await;
    let mut tx = portal.db.begin().await.unwrap();
    let (id, now) = (member.account.unwrap(), portal.clock.now());
    // Not committed yet: whoever asks still finds the old one.
    accounts::reset_password(&mut tx, id, "$argon2id$another", now).await.unwrap();
    let mut late = portal.browser();
    let entering = tokio::spawn(async move {
        late.post("/sign-in", &[("email", &email), ("password", PASSWORD)]).await.status
    });
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    assert!(!entering.is_finished(), "it waits for the change");
    let _kept = tx.commit().await.unwrap();
    assert_eq!(entering.await.unwrap(), StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_password_kept_at_another_cost_is_hashed_anew_when_it_is_next_used() {
    let portal = Portal::shipped().await;
    let (_, email) = member(&portal, Role::Recruiter).await;
    let dearer = portal.twin_set_as(&[("PORTAL_PASSWORD_COST", "usual")]).await;
    let fields = [("email", email.as_str()), ("password", PASSWORD)];
    for _ in 0..2 {
        let entered = dearer.browser().post("/sign-in", &fields).await;
        assert_eq!(entered.status, StatusCode::SEE_OTHER);
        let kept: String = sqlx::query_scalar("select password from account where email = $1")
            .bind(&email)
            .fetch_one(&portal.owner().await)
            .await
            .unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=32768,t=3,p=1$"), "{kept}");
    }
}

#[tokio::test]
async fn a_printed_set_up_link_makes_no_administrator_once_somebody_has_an_account() {
    let portal = Portal::shipped().await;
    let printed = portal.link(Purpose::SetUp, None).await;
    assert_eq!(portal.get(&format!("/set-up/{printed}")).await.status, StatusCode::OK);
    portal.signed_in(&[Role::Administrator]).await;
    let fields = [
        ("organisation", "Acme"),
        ("name", "Eve"),
        ("email", "eve@example.org"),
        ("password", PASSWORD),
    ];
    let late = portal.browser().post(&format!("/set-up/{printed}"), &fields).await;
    assert_eq!(late.status, StatusCode::GONE);
}

#[tokio::test]
async fn a_browser_that_was_left_open_is_no_place_to_guess_the_password() {
    let portal = Portal::shipped().await;
    let (mut left, _) = member(&portal, Role::Recruiter).await;
    let guess = [("present", "wrong"), ("password", OTHER)];
    let mut slowed = false;
    for _ in 0..40 {
        let refused = left.post("/account/security/password", &guess).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        slowed |= text(&refused.text()).contains("There have been many tries just now");
    }
    assert!(slowed);
}

#[tokio::test]
async fn a_browser_that_was_not_used_for_too_long_is_not_shown_as_signed_in() {
    let portal = Portal::shipped().await;
    let (mut own, email) = member(&portal, Role::Recruiter).await;
    portal.session_elsewhere(&email).await;
    let shown = |page: String| page.matches("<tr><th scope=\"row\">").count();
    assert_eq!(shown(own.page("/account/sessions").await), 2);
    for hours in [7, 6] {
        portal.clock.set(portal.clock.now() + SignedDuration::from_hours(hours));
        own.page("/desk").await;
    }
    assert_eq!(shown(own.page("/account/sessions").await), 1, "the other one idled for 13 hours");
}

#[tokio::test]
async fn the_set_up_form_of_a_link_that_opens_nothing_costs_nothing() {
    let portal = Portal::shipped().await;
    let password = "4@8({[<369&#!1|0$5+7%2/".repeat(6);
    let name = "a".repeat(200_000);
    let fields = [("name", name.as_str()), ("email", "a@example.org"), ("password", &password)];
    let answer = portal.browser().post("/set-up/nothing", &fields).await;
    assert_eq!(answer.status, StatusCode::GONE);
}

#[tokio::test]
async fn a_form_of_more_fields_than_any_page_has_is_not_read_to_its_end() {
    let portal = Portal::shipped().await;
    let fields: Vec<(&str, &str)> = (0..1001).map(|_| ("a", "")).collect();
    let answer = portal.browser().post("/sign-in", &fields).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    let long = "a".repeat(300_000);
    let answer = portal.browser().post("/sign-in", &[("email", &long)]).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn strangers_who_guess_or_ask_do_not_keep_the_owner_from_a_link() {
    let portal = Portal::shipped().await;
    let (own, email) = member(&portal, Role::Candidate).await;
    for _ in 0..30 {
        portal.browser().post("/sign-in/link", &[("email", &email)]).await;
        portal.browser().post("/sign-in", &[("email", &email), ("password", "x")]).await;
    }
    let asked = portal.browser().post("/sign-in/link", &[("email", &email)]).await;
    assert_eq!(asked.status, StatusCode::TOO_MANY_REQUESTS);
    let mut signed_out = portal.browser();
    signed_out.set("__Host-browser", own.cookie("__Host-browser").unwrap());
    let asked = signed_out.post("/sign-in/link", &[("email", &email)]).await;
    assert_eq!(asked.status, StatusCode::OK);
}
