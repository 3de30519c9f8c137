//! Passkeys in a real browser, with Chromium's virtual authenticator in place of a device.
#![cfg(feature = "passkeys")]

use portal::clock::SignedDuration;
use portal::web::viewer::Role;
use sqlx::AssertSqlSafe;

use crate::support::Portal;
use crate::support::browser::{Scripts, Tab, browse_at};

const REGISTER: &str = "form[data-passkey=create]";
const USE: &str = "form[data-passkey=get]";

/// Signs the tab in as somebody with this role.
async fn enter(portal: &Portal, tab: &Tab, role: Role) {
    let member = portal.signed_in(&[role]).await;
    tab.goto("/sign-in").await;
    tab.set_cookie("session", member.cookie("__Host-session").unwrap()).await;
}

async fn add(tab: &Tab, name: &str) {
    tab.goto("/account/security").await;
    tab.click(&format!("{REGISTER} [name=passkey_name]")).await;
    tab.write(name).await;
    tab.click(&format!("{REGISTER} button")).await;
    tab.wait_for_page("/account/security?done=passkey").await;
}

async fn sign_out(tab: &Tab) {
    tab.click(".me form button").await;
    tab.wait_for_page("/sign-in?done=out").await;
}

async fn says(tab: &Tab) -> String {
    tab.eval("document.querySelector('main').innerText").await
}

async fn change(portal: &Portal, statement: &'static str) {
    let done = sqlx::query(AssertSqlSafe(statement)).execute(&portal.owner().await).await.unwrap();
    assert_eq!(done.rows_affected(), 1, "{statement}");
}

#[tokio::test]
async fn a_passkey_is_added_signs_in_and_is_removed() {
    let (portal, base) = Portal::at_localhost().await;
    browse_at(base, Scripts::On, async |tab| {
        tab.plug_in().await;
        enter(&portal, tab, Role::Recruiter).await;
        add(tab, "Blue key").await;
        assert!(says(tab).await.contains("Blue key") && says(tab).await.contains("not yet"));
        sign_out(tab).await;
        // Without a name or a password, to the page that was asked for.
        tab.goto("/account/sessions").await;
        tab.click(&format!("{USE} button")).await;
        tab.wait_for_page("/account/sessions").await;
        tab.goto("/account/security").await;
        assert!(!says(tab).await.contains("not yet"), "its last use is shown");
        // Not by one click: it is the only factor, and says so.
        assert!(
            !tab.eval::<bool>("document.querySelector('[name=remove]').checkVisibility()").await
        );
        tab.click(".rows summary").await;
        assert!(says(tab).await.contains("It is your only second factor"), "{}", says(tab).await);
        tab.click("[name=remove]").await;
        tab.wait_for_page("/account/security?done=passkey-removed").await;
        assert!(!says(tab).await.contains("Blue key"));
        // The device still has it; the portal does not.
        sign_out(tab).await;
        tab.click(&format!("{USE} button")).await;
        tab.wait_for("document.querySelector('.callout.bad')").await;
        assert!(says(tab).await.contains("does not fit"), "{}", says(tab).await);
        tab.expect_refusal().await;
    })
    .await;
}

#[tokio::test]
async fn a_passkey_is_the_second_step_after_a_password_and_a_fresh_proof() {
    let (portal, base) = Portal::at_localhost().await;
    browse_at(base, Scripts::On, async |tab| {
        tab.plug_in().await;
        enter(&portal, tab, Role::Recruiter).await;
        add(tab, "Blue key").await;
        tab.click("#password").await;
        tab.write("heron lantern quarry plum").await;
        tab.click("form[action$=password] button").await;
        tab.wait_for_page("/account/security?done=password").await;
        // Ten minutes later adding another asks who is there; the passkey tells.
        portal.clock.set(portal.clock.now() + SignedDuration::from_mins(10));
        tab.goto("/account/security").await;
        tab.click(&format!("{REGISTER} [name=passkey_name]")).await;
        tab.write("Another").await;
        tab.click(&format!("{REGISTER} button")).await;
        tab.wait_for_page("/account/confirm?next=%2Faccount%2Fsecurity").await;
        tab.click(&format!("{USE} button")).await;
        tab.wait_for_page("/account/security").await;
        // The same device is asked for no second one.
        tab.click(&format!("{REGISTER} [name=passkey_name]")).await;
        tab.write("Another").await;
        tab.click(&format!("{REGISTER} button")).await;
        tab.wait_for("!document.querySelector('[data-passkey-error]').hidden").await;
        assert!(says(tab).await.contains("This device holds a passkey of this account already"));
        sign_out(tab).await;
        let email: String = sqlx::query_scalar("select email from account")
            .fetch_one(&portal.owner().await)
            .await
            .unwrap();
        tab.click("#email").await;
        tab.write(&email).await;
        tab.click("#password").await;
        tab.write("heron lantern quarry plum").await;
        tab.click("form[action='/sign-in'] button").await;
        tab.wait_for("location.pathname === '/sign-in/second'").await;
        tab.wait_for("document.readyState === 'complete'").await;
        tab.click(&format!("{USE} button")).await;
        tab.wait_for_page("/desk").await;
    })
    .await;
}

#[tokio::test]
async fn a_passkey_that_counts_back_or_knows_no_owner_is_refused() {
    let (portal, base) = Portal::at_localhost().await;
    browse_at(base, Scripts::On, async |tab| {
        let device = tab.plug_in().await;
        enter(&portal, tab, Role::Recruiter).await;
        add(tab, "Blue key").await;
        sign_out(tab).await;
        change(
            &portal,
            "update account_passkey
             set credential = jsonb_set(credential, '{cred,counter}', '1000')",
        )
        .await;
        tab.goto("/sign-in").await;
        tab.click(&format!("{USE} button")).await;
        tab.wait_for("document.querySelector('.callout.bad')").await;
        assert!(says(tab).await.contains("as a copy of it would"), "{}", says(tab).await);
        tab.expect_refusal().await;
        let told: i64 = sqlx::query_scalar(
            "select count(*) from audit_event where action = 'account.passkey_refused'",
        )
        .fetch_one(&portal.owner().await)
        .await
        .unwrap();
        assert_eq!(told, 1);
        // What was asked is used up, whatever came of it.
        let left: i64 = sqlx::query_scalar("select count(*) from account_challenge")
            .fetch_one(&portal.owner().await)
            .await
            .unwrap();
        assert_eq!(left, 0);
        tab.know_owner(&device, false).await;
        tab.goto("/sign-in").await;
        tab.click(&format!("{USE} button")).await;
        tab.wait_for("!document.querySelector('[data-passkey-error]').hidden").await;
        assert!(says(tab).await.contains("The passkey was not used"), "{}", says(tab).await);
    })
    .await;
}

#[tokio::test]
async fn without_scripts_pages_say_what_passkeys_need() {
    let (_portal, base) = Portal::at_localhost().await;
    browse_at(base, Scripts::Off, async |tab| {
        tab.goto("/sign-in").await;
        assert!(says(tab).await.contains("Passkeys need JavaScript"));
        assert!(
            !tab.eval::<bool>(&format!("document.querySelector('{USE}').checkVisibility()")).await
        );
    })
    .await;
}

#[tokio::test]
async fn a_portal_reached_by_number_tells_where_its_passkeys_work() {
    let (_portal, base) = Portal::at_localhost().await;
    let number = base.replace("localhost", "127.0.0.1");
    browse_at(number, Scripts::On, async |tab| {
        tab.goto("/sign-in").await;
        tab.wait_for("!document.querySelector('[data-passkey-elsewhere]').hidden").await;
        assert!(says(tab).await.contains(&base), "{}", says(tab).await);
    })
    .await;
}
