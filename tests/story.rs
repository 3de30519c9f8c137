//! The first day of a portal, by keyboard alone in a real browser: set up, three people invited, each
//! accepts, enrols, comes back, and shows somebody out.

use fantoccini::key::Key;
use portal::account::store::tokens::Purpose;
use portal::clock::SignedDuration;
use portal::mail::Letter;
use totp_rs::{Builder, Secret, Totp};

use crate::browser::tab_to;
use crate::support::Portal;
use crate::support::browser::{Scripts, Tab, browse_at};
use crate::support::letters::link;

const PASSWORD: &str = "heron lantern quarry plum";

/// Goes to a field by Tab and types into it.
async fn fill(tab: &Tab, field: &str, text: &str) {
    tab_to(tab, field).await;
    tab.write(text).await;
}

async fn press_enter_to(tab: &Tab, page: &str) {
    tab.press(Key::Enter).await;
    tab.wait_for_page(page).await;
}

async fn says(tab: &Tab, words: &str) {
    let text: String = tab.eval("document.querySelector('main').innerText").await;
    assert!(text.contains(words), "no {words:?} in: {text}");
}

/// Everybody's first page names where they are and has one thing to do next, which leads to a page.
async fn has_a_next_action(tab: &Tab) {
    let actions: usize = tab.eval("document.querySelectorAll('main .button.main').length").await;
    assert_eq!(actions, 1);
    let leads: bool = tab
        .eval("fetch(document.querySelector('main a.button.main').href).then((page) => page.ok)")
        .await;
    assert!(leads, "the next action leads nowhere");
}

async fn sign_out(tab: &Tab) {
    tab_to(tab, ".me form button").await;
    press_enter_to(tab, "/sign-in?done=out").await;
    says(tab, "You are signed out.").await;
}

async fn type_password(tab: &Tab, email: &str) {
    tab.goto("/sign-in").await;
    fill(tab, "#email", email).await;
    fill(tab, "#password", PASSWORD).await;
}

/// Adds an authenticator app from one's own desk on; what the app knows.
async fn enrol(portal: &Portal, tab: &Tab) -> Totp {
    tab_to(tab, ".me a").await;
    press_enter_to(tab, "/account").await;
    tab_to(tab, "[href=\"/account/security\"]").await;
    press_enter_to(tab, "/account/security").await;
    tab_to(tab, "[href=\"/account/security/totp\"]").await;
    press_enter_to(tab, "/account/security/totp").await;
    let secret: String = tab.eval("document.querySelector('pre.secret').textContent").await;
    let secret: String = secret.split_whitespace().collect();
    let secret = Secret::try_from_base32(secret).expect("it is base32");
    let app = Builder::new().with_secret(secret).build().expect("it is a whole secret");
    fill(tab, "#code", &code(portal, &app)).await;
    tab.press(Key::Enter).await;
    tab.wait_for("document.querySelectorAll('.codes li').length === 10").await;
    tab_to(tab, "main a.button.main").await;
    tab.press(Key::Enter).await;
    tab.wait_for("location.pathname === '/account/security'").await;
    says(tab, "It is asked for a code after your password").await;
    app
}

/// What the app shows now. Each code is taken once, so time passes first.
fn code(portal: &Portal, app: &Totp) -> String {
    portal.clock.set(portal.clock.now() + SignedDuration::from_secs(30));
    app.generate(portal.clock.now().as_second().try_into().unwrap()).to_string()
}

/// Signs in with password and code, to `home`.
async fn come_back(portal: &Portal, tab: &Tab, email: &str, app: &Totp, home: &str) {
    type_password(tab, email).await;
    tab.press(Key::Enter).await;
    tab.wait_for("location.pathname === '/sign-in/second'").await;
    fill(tab, "#code", &code(portal, app)).await;
    press_enter_to(tab, home).await;
}

/// Signs in elsewhere, then shows that other browser out from this one.
async fn revoke_the_other(portal: &Portal, tab: &Tab, email: &str) {
    portal.session_elsewhere(email).await;
    tab_to(tab, ".me a").await;
    press_enter_to(tab, "/account").await;
    tab_to(tab, "[href=\"/account/sessions\"]").await;
    press_enter_to(tab, "/account/sessions").await;
    tab_to(tab, "[name=session]").await;
    press_enter_to(tab, "/account/sessions?done=session").await;
    says(tab, "That browser is signed out.").await;
    let left: usize = tab.eval("document.querySelectorAll('main tbody tr').length").await;
    assert_eq!(left, 1);
}

async fn invite(tab: &Tab, name: &str, email: &str, role: &str) {
    tab.goto("/people").await;
    tab_to(tab, "[href=\"/people/invite\"]").await;
    press_enter_to(tab, "/people/invite").await;
    fill(tab, "#name", name).await;
    fill(tab, "#email", email).await;
    tab_to(tab, &format!("[name=roles][value={role}]")).await;
    tab.press(' ').await;
    tab_to(tab, "main form button").await;
    tab.press(Key::Enter).await;
    tab.wait_for("location.search === '?done=invited'").await;
    says(tab, "an invitation is on its way").await;
}

#[tokio::test]
async fn a_portal_is_set_up_and_three_people_come_enrol_leave_and_come_back() {
    let (portal, base) = Portal::at_localhost().await;
    let set_up = portal.link(Purpose::SetUp, None).await;
    browse_at(base, Scripts::On, async |tab| {
        tab.goto(&format!("/set-up/{set_up}")).await;
        fill(tab, "#name", "Maya Okafor").await;
        fill(tab, "#email", "maya@example.org").await;
        fill(tab, "#password", PASSWORD).await;
        press_enter_to(tab, "/desk").await;
        has_a_next_action(tab).await;
        let zone: String = tab.eval("Intl.DateTimeFormat().resolvedOptions().timeZone").await;
        let app = enrol(&portal, tab).await;
        // One tells her of it.
        assert_eq!(portal.letters().await.len(), 1);
        let people = [
            ("Tomás Ferreira", "tomas@example.org", "recruiter"),
            ("Priya Raghunathan", "priya@example.org", "interviewer"),
            ("Zoë Brzęczyszczykiewicz", "zoe@example.org", "candidate"),
        ];
        for (name, email, role) in people {
            invite(tab, name, email, role).await;
        }
        let letters = portal.letters().await;
        assert_eq!(letters.len(), 3);
        tab.goto("/desk").await;
        sign_out(tab).await;
        for (name, email, role) in &people {
            // They are sent side by side, in no order.
            let is_theirs = |letter: &&Letter| letter.to.address.as_str() == *email;
            let letter = letters.iter().find(is_theirs).expect("everybody has theirs");
            tab.goto(&link(letter)).await;
            says(tab, email).await;
            let is_staff = *role != "candidate";
            if is_staff {
                fill(tab, "#password", PASSWORD).await;
            } else {
                tab_to(tab, "#name").await;
            }
            let home = if is_staff { "/desk" } else { "/my" };
            press_enter_to(tab, home).await;
            has_a_next_action(tab).await;
            let who: String = tab.eval("document.querySelector('.me a').innerText").await;
            assert!(who.contains(name), "{who}");
            if is_staff {
                let app = enrol(&portal, tab).await;
                sign_out(tab).await;
                come_back(&portal, tab, email, &app, home).await;
            } else {
                sign_out(tab).await;
                come_back_by_mail(&portal, tab, email).await;
            }
            revoke_the_other(&portal, tab, email).await;
            sign_out(tab).await;
        }
        come_back(&portal, tab, "maya@example.org", &app, "/desk").await;
        tab.goto("/account").await;
        assert_eq!(tab.eval::<String>("document.querySelector('#zone').value").await, zone);
    })
    .await;
}

/// Asks for a link by mail and opens it in the same browser.
async fn come_back_by_mail(portal: &Portal, tab: &Tab, email: &str) {
    // Those that told the others of their new factors.
    portal.letters().await;
    tab.goto("/sign-in").await;
    tab_to(tab, "[href=\"/sign-in/link\"]").await;
    press_enter_to(tab, "/sign-in/link").await;
    fill(tab, "#email", email).await;
    tab.press(Key::Enter).await;
    tab.wait_for("document.querySelector('h1').innerText === 'Look into your mail'").await;
    tab.goto(&link(&portal.letters().await[0])).await;
    tab_to(tab, "main form button").await;
    press_enter_to(tab, "/my").await;
}
