//! What changes about who can use an account: what ends with it, and the letters that tell its owner.

use http::StatusCode;
use portal::account::store::tokens::Purpose;
use portal::mail::Letter;
use portal::web::viewer::Role;

use crate::factor::{PASSWORD, codes, enrol, member, sign_in};
use crate::support::Portal;
use crate::support::html::text;
use crate::support::letters::link;
use crate::tokens::{asked, shown};

const OTHER: &str = "copper meadow signal tulip";
const TOTP: &str = "/account/security/totp";

/// What the only letter that is due tells `email`.
fn told(letters: &[Letter], email: &str) -> (String, String) {
    let [letter] = letters else { panic!("{} letters", letters.len()) };
    assert_eq!(letter.to.address.as_str(), email);
    (letter.subject.as_str().to_owned(), letter.text.clone())
}

#[tokio::test]
async fn a_new_password_ends_tokens_and_a_letter_tells_of_it() {
    let portal = Portal::shipped().await;
    let mut maya = member(&portal, &[Role::Recruiter]).await;
    let fields = [("name", "report"), ("days", "30")];
    let token = shown(&maya.browser.submit("/account/tokens", &fields).await);
    portal.letters().await;
    // By one's own hand.
    let fields = [("present", PASSWORD), ("password", OTHER)];
    let page = maya.browser.submit("/account/security/password", &fields).await;
    assert!(text(&page).contains("and the tokens of your programs are revoked"), "{page}");
    assert_eq!(asked(&portal, &token, "/desk").await, StatusCode::UNAUTHORIZED);
    let (subject, said) = told(&portal.letters().await, &maya.email);
    assert!(subject.starts_with("Your password at"), "{subject}");
    assert!(said.contains("it was changed on the page of your account"), "{said}");
    assert!(said.contains("Europe/Paris"), "in the zone of whoever reads it: {said}");
    assert!(said.contains("If it was not") && said.contains("/sign-in/link"), "{said}");
    // And by a link.
    let fields = [("name", "report"), ("days", "30")];
    let token = shown(&maya.browser.submit("/account/tokens", &fields).await);
    let (subject, said) = told(&portal.letters().await, &maya.email);
    assert!(subject.starts_with("A program can act for you"), "{subject}");
    assert!(said.contains("/account/tokens") && !said.contains(&token), "{said}");
    let reset = portal.link(Purpose::Reset, Some(maya.account)).await;
    let page = portal.browser().page(&format!("/reset/{reset}")).await;
    assert!(text(&page).contains("programs of yours need new tokens"));
    portal.browser().submit(&format!("/reset/{reset}"), &[("password", PASSWORD)]).await;
    assert_eq!(asked(&portal, &token, "/desk").await, StatusCode::UNAUTHORIZED);
    let (_, said) = told(&portal.letters().await, &maya.email);
    assert!(said.contains("it was chosen by a link"), "{said}");
}

#[tokio::test]
async fn the_first_factor_signs_out_every_browser_that_never_proved_one() {
    let portal = Portal::shipped().await;
    let mut maya = member(&portal, &[Role::Hr]).await;
    let mut before = portal.browser();
    sign_in(&mut before, &maya.email).await;
    before.page("/desk").await;
    assert!(text(&maya.browser.page(TOTP).await).contains("and every other browser is signed out"));
    let (app, _) = enrol(&portal, &mut maya.browser).await;
    assert_eq!(before.get("/desk").await.status, StatusCode::SEE_OTHER, "it proved none");
    maya.browser.page("/desk").await;
    // A browser that did prove one stays, whatever is added or removed later.
    sign_in(&mut before, &maya.email).await;
    let code = app.next(&portal);
    before.submit("/sign-in/second", &[("code", &code), ("next", "/desk")]).await;
    maya.browser.submit("/account/security/recovery", &[]).await;
    before.page("/desk").await;
}

#[tokio::test]
async fn letters_tell_of_every_factor_and_every_recovery_code() {
    let portal = Portal::shipped().await;
    let mut maya = member(&portal, &[Role::Hr]).await;
    portal.letters().await;
    let (_, recovery) = enrol(&portal, &mut maya.browser).await;
    let (subject, said) = told(&portal.letters().await, &maya.email);
    assert!(subject.starts_with("How you sign in at"), "{subject}");
    assert!(said.contains("an authenticator app was added to your account"), "{said}");
    codes(&maya.browser.submit("/account/security/recovery", &[]).await);
    let (_, said) = told(&portal.letters().await, &maya.email);
    assert!(said.contains("new recovery codes were made"), "{said}");
    // A code that opens nothing is nothing to tell of.
    let mut thief = portal.browser();
    sign_in(&mut thief, &maya.email).await;
    thief.post("/sign-in/second", &[("code", &recovery[0])]).await;
    assert!(portal.letters().await.is_empty());
    let fresh = codes(&maya.browser.submit("/account/security/recovery", &[]).await);
    portal.letters().await;
    thief.submit("/sign-in/second", &[("code", &fresh[0]), ("next", "/desk")]).await;
    let (_, said) = told(&portal.letters().await, &maya.email);
    assert!(said.contains("a recovery code opened your account"), "{said}");
    maya.browser.submit("/account/security/totp/removal", &[("proof", PASSWORD)]).await;
    let (_, said) = told(&portal.letters().await, &maya.email);
    assert!(said.contains("the authenticator app of your account was removed"), "{said}");
}

#[tokio::test]
async fn a_link_that_signs_in_does_not_open_the_account_of_staff() {
    let portal = Portal::shipped().await;
    let mut maya = portal.signed_in(&[Role::Administrator]).await;
    let jonas = member(&portal, &[Role::Candidate]).await;
    let mut browser = portal.browser();
    portal.letters().await;
    let promote = async |maya: &mut crate::support::client::Browser, role: &str| {
        let person = format!("/people/{}", jonas.account);
        let page = maya.page(&person).await;
        let (_, rest) = page.split_once("name=\"version\" value=\"").unwrap();
        let version = rest.split('"').next().unwrap().to_owned();
        let fields = [("version", version.as_str()), ("roles", role)];
        maya.submit(&format!("{person}/roles"), &fields).await;
    };
    // Asked for before the roles changed: it is withdrawn.
    browser.submit("/sign-in/link", &[("email", &jonas.email)]).await;
    let by_mail = link(&portal.letters().await[0]);
    promote(&mut maya, "hr").await;
    assert_eq!(browser.get(&by_mail).await.status, StatusCode::GONE);
    assert_eq!(browser.post(&by_mail, &[]).await.status, StatusCode::GONE);
    promote(&mut maya, "candidate").await;
    assert_eq!(browser.post(&by_mail, &[]).await.status, StatusCode::GONE, "it stays so");
    // Even one that was missed opens nothing.
    browser.submit("/sign-in/link", &[("email", &jonas.email)]).await;
    let by_mail = link(&portal.letters().await[0]);
    sqlx::query("update account set roles = '{hr}' where account_id = $1")
        .bind(jonas.account)
        .execute(&portal.owner().await)
        .await
        .unwrap();
    assert_eq!(browser.post(&by_mail, &[]).await.status, StatusCode::GONE);
}

#[tokio::test]
async fn a_preview_says_the_subject_and_the_name_of_the_organisation() {
    let portal = Portal::shipped().await;
    let mut maya = portal.signed_in(&[Role::Administrator]).await;
    let fields = [("organisation", "Heron & Sons"), ("sender", ""), ("privacy", "")];
    maya.submit("/settings", &fields).await;
    let preview = maya.page("/settings/letters/invitation/preview").await;
    let said = text(&preview);
    assert!(said.contains("Subject: Your invitation to interviews at Heron"), "{said}");
    assert!(!said.contains("Teleport"), "{said}");
    let fields = [("subject", "For {name}"), ("body", "At {organisation}"), ("as", "text")];
    let typed = maya.post("/settings/letters/invitation/preview", &fields).await.text();
    assert!(typed.starts_with("Subject: For Zoë"), "{typed}");
    assert!(typed.contains("At Heron & Sons"), "{typed}");
}
