//! The pages that join rooms, used from the outside.

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
    assert!(as_text.text().starts_with("Ahoy <i>Zoë"));
    assert_eq!(as_text.header("content-type"), "text/plain; charset=utf-8");
    assert!(maya.page(address).await.contains("Hello Zoë"), "what was typed was not kept");
}
