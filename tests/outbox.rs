//! The outbox: where letters are, and never what they say.

use http::StatusCode;
use portal::clock::SignedDuration;
use portal::mail::transport::Problem;
use portal::web::viewer::Role;

use crate::support::Portal;
use crate::support::client::Browser;
use crate::support::html::{attributes, text};

async fn invite(maya: &mut Browser, name: &str, local: &str) {
    let email = format!("{local}@example.org");
    let fields = [("name", name), ("email", email.as_str()), ("roles", "recruiter")];
    maya.submit("/people/invite", &fields).await;
}

#[tokio::test]
async fn the_outbox_tells_where_each_letter_is_and_never_what_it_says() {
    let portal = Portal::shipped().await;
    let mut maya = portal.signed_in(&[Role::Administrator]).await;
    assert!(text(&maya.page("/outbox").await).contains("No letter has been written yet"));
    invite(&mut maya, "Noor Haddad", "noor").await;
    let waiting = text(&maya.page("/outbox").await);
    assert!(waiting.contains("Invitation Noor Haddad On its way"), "{waiting}");
    let letter = portal.letters().await.remove(0);
    let sent = maya.page("/outbox").await;
    assert!(text(&sent).contains("Invitation Noor Haddad Sent"), "{}", text(&sent));
    let (_, secret) = letter.text.split_once("/invitation/").unwrap();
    let secret = secret.split_whitespace().next().unwrap();
    assert!(!sent.contains(secret) && !sent.contains("noor@example.org"));
    assert!(text(&maya.page("/outbox?show=waiting").await).contains("Nothing waits"));
    // A way in that an unknown address asked for has nobody to go to, and is not sent.
    portal.browser().submit("/sign-in/link", &[("email", "x@example.org")]).await;
    portal.letters().await;
    let dropped = text(&maya.page("/outbox").await);
    assert!(dropped.contains("A way in nobody here Not needed"), "{dropped}");
}

#[tokio::test]
async fn a_letter_that_was_given_up_says_why_and_goes_out_when_it_is_asked_for() {
    let portal = Portal::shipped().await;
    let mut maya = portal.signed_in(&[Role::Administrator]).await;
    invite(&mut maya, "Noor Haddad", "noor").await;
    assert!(portal.letters_refused(Problem::NoSuchRecipient(550)).await > 0);
    let page = maya.page("/outbox?show=given-up").await;
    assert!(text(&page).contains("says that nobody has this address (550)"), "{}", text(&page));
    let retry = attributes(&page, "action").into_iter().find(|a| a.ends_with("/retry")).unwrap();
    assert!(text(&maya.submit(&retry, &[]).await).contains("It is in line again"));
    assert!(!text(&maya.submit(&retry, &[]).await).contains("It is in line again"));
    assert_eq!(portal.letters().await.len(), 1);
    let log = text(&maya.page("/audit?what=mail").await);
    assert!(log.contains("put a letter that was given up back in line"), "{log}");
    assert_eq!(log.matches("back in line").count(), 1, "the second click changed nothing");
    for nothing in ["/outbox/nonsense/retry", "/outbox//retry"] {
        assert_eq!(maya.post(nothing, &[]).await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn the_outbox_is_paged_by_key_and_no_page_says_a_letter_twice() {
    let portal = Portal::shipped().await;
    let mut maya = portal.signed_in(&[Role::Administrator]).await;
    for n in 0..120 {
        if n % 3 == 0 {
            portal.clock.set(portal.clock.now() + SignedDuration::from_secs(1));
        }
        invite(&mut maya, &format!("Person {n}."), &format!("p{n}")).await;
    }
    let (mut next, mut seen) = (Some("/outbox?show=waiting".to_owned()), String::new());
    let mut pages = 0;
    while let Some(address) = next {
        let page = maya.page(&address).await;
        seen.push_str(&text(&page));
        pages += 1;
        let mut links = attributes(&page, "href").into_iter();
        next = links.find(|href| href.contains("before=")).map(|href| href.replace("&#38;", "&"));
    }
    assert_eq!(pages, 3);
    for n in 0..120 {
        assert_eq!(seen.matches(&format!("Person {n}.")).count(), 1, "person {n}");
    }
}
