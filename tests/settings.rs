//! What administrators set: the organisation, its look, the words of its letters.

use std::time::{Duration, Instant};

use http::StatusCode;
use portal::web::viewer::Role;

use crate::support::Portal;
use crate::support::html::text;
use crate::support::letters::link;

#[tokio::test]
async fn a_letter_says_what_the_organisation_wants_it_to_and_keeps_its_link() {
    let portal = Portal::shipped().await;
    let mut maya = portal.signed_in(&[Role::Administrator]).await;
    let letter = "/settings/letters/invitation";
    let own = [
        ("subject", "Come to {organisation}, {name}"),
        ("body", "Dear {name},\n\nwe look forward to it. {{roles}} is what you are."),
        ("closing", ""),
    ];
    let saved = text(&maya.submit(letter, &own).await);
    assert!(saved.contains("The words are saved"), "{saved}");
    assert!(text(&maya.page("/settings/letters").await).contains("Invitation when somebody"));
    let fields = [("name", "{until} Noor"), ("email", "n@example.org"), ("roles", "recruiter")];
    maya.submit("/people/invite", &fields).await;
    let sent = portal.letters().await.remove(0);
    assert_eq!(sent.subject.as_str(), "Come to the company, {until} Noor");
    assert!(sent.text.starts_with("Dear {until} Noor,\n\nwe look forward to it. {recruiter} is"));
    assert!(link(&sent).starts_with("/invitation/"), "{}", sent.text);
    assert!(sent.text.contains("do nothing: without you the account is never used."));
    // And what ships is a click away.
    let reset = text(&maya.submit(letter, &[("do", "reset")]).await);
    assert!(reset.contains("what the portal ships with again"), "{reset}");
    assert!(maya.page(letter).await.contains("Your invitation to interviews at {organisation}"));
}

#[tokio::test]
async fn words_that_cannot_be_filled_in_come_back_with_what_was_typed() {
    let portal = Portal::shipped().await;
    let mut maya = portal.signed_in(&[Role::Administrator]).await;
    let wrong = [("subject", ""), ("body", "Dear {nmae},\n\n<b>come</b>"), ("closing", "c")];
    let refused = maya.post("/settings/letters/sign_in", &wrong).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = refused.text();
    assert!(text(&page).contains("Nothing is filled in for {nmae} in this letter; use {name}"));
    assert!(page.contains("Dear {nmae},\n\n&#60;b&#62;come&#60;/b&#62;"), "{page}");
    let missing = maya.get("/settings/letters/nothing").await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_preview_is_the_letter_itself_with_sample_data_and_nothing_is_kept() {
    let portal = Portal::shipped().await;
    let mut maya = portal.signed_in(&[Role::Administrator]).await;
    let address = "/settings/letters/invitation/preview";
    let typed = [("subject", "S"), ("body", "Ahoy <i>{name}</i>"), ("closing", "")];
    let shown = maya.post(address, &typed).await;
    assert!(shown.text().contains("Ahoy &#60;i&#62;Zoë Brzęczyszczykiewicz&#60;/i&#62;"));
    let policy = shown.header("content-security-policy").to_owned();
    assert!(policy.contains("frame-ancestors 'self'") && !policy.contains("script-src"));
    assert_eq!(shown.header("x-frame-options"), "SAMEORIGIN");
    let as_text = maya.post(address, &[typed.as_slice(), &[("as", "text")]].concat()).await;
    assert!(as_text.text().starts_with("Subject: S\n\nAhoy <i>Zoë"));
    assert_eq!(as_text.header("content-type"), "text/plain; charset=utf-8");
    assert!(maya.page(address).await.contains("Hello Zoë"), "what was typed was not kept");
}

/// A picture of one pixel, as a program for pictures writes it.
const PIXEL: &[u8] = include_bytes!("support/pixel.png");

#[tokio::test]
async fn a_logo_stands_on_every_page_of_every_instance_within_a_second() {
    let portal = Portal::shipped().await;
    let _following = portal.follow();
    let mut maya = portal.signed_in(&[Role::Administrator]).await;
    assert!(!portal.page("/tracks/systems").await.contains("/logo/"));
    let fields = [("organisation", "Teleport Cloud")];
    let saved = maya.upload("/settings", &fields, ("logo", PIXEL)).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
    let since = Instant::now();
    let logo = loop {
        let page = portal.page("/tracks/systems").await;
        if let Some((_, rest)) = page.split_once("<img src=\"/logo/") {
            break format!("/logo/{}", rest.split('"').next().unwrap());
        }
        assert!(since.elapsed() < Duration::from_secs(1), "no logo after a second");
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    let answer = portal.get(&logo).await;
    assert_eq!((answer.header("content-type"), answer.body.as_slice()), ("image/png", PIXEL));
    assert!(answer.header("cache-control").contains("immutable"));
    assert!(maya.page("/settings").await.contains("Take the present logo away"));
    assert!(maya.page("/settings").await.contains(&logo), "pages of who has signed in show it too");
    // Saving other things keeps it; a new start shows it; taking it away takes it away.
    maya.submit("/settings", &[("organisation", "Acme"), ("privacy", "Ask us.")]).await;
    assert!(portal.twin().await.page("/").await.contains(&logo));
    maya.submit("/settings", &[("organisation", "Acme"), ("logo_gone", "yes")]).await;
    assert!(!portal.twin().await.page("/").await.contains("/logo/"));
}

#[tokio::test]
async fn what_is_no_picture_is_refused_beside_its_field_and_the_look_stays() {
    let portal = Portal::shipped().await;
    let mut maya = portal.signed_in(&[Role::Administrator]).await;
    let fields = [("organisation", "Acme"), ("privacy", "Typed with care.")];
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>";
    let refused = maya.upload("/settings", &fields, ("logo", svg)).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = text(&refused.text());
    assert!(page.contains("Take a PNG, JPEG or WebP picture"), "{page}");
    assert!(refused.text().contains("Typed with care."));
    assert!(!maya.page("/settings").await.contains("value=\"Acme\""), "nothing was saved");
}
