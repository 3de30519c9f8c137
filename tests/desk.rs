//! The desk, and where people are led when a page fails them or a link is used up.

use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use portal::account::store::tokens::Purpose;
use portal::clock::SignedDuration;
use portal::mail::transport::Problem;
use portal::web::viewer::Role;

use crate::support::Portal;
use crate::support::browser::{Scripts, browse_at};
use crate::support::html::text;

#[tokio::test]
async fn an_administrators_desk_says_what_waits_and_leads_to_it() {
    let portal = Portal::shipped().await;
    let mut maya = portal.signed_in(&[Role::Administrator]).await;
    assert!(text(&maya.page("/desk").await).contains("Nothing waits for you"));
    let fields = [("name", "Ada"), ("email", "ada@example.org"), ("roles", "candidate")];
    maya.submit("/people/invite", &fields).await;
    assert!(text(&maya.page("/desk").await).contains("Nothing waits for you"), "it is fresh");
    portal.letters_refused(Problem::NoSuchRecipient(550)).await;
    portal.clock.set(portal.clock.now() + SignedDuration::from_hours(3 * 24 + 1));
    let mut maya = portal.signed_in(&[Role::Administrator]).await;
    let desk = maya.page("/desk").await;
    let said = text(&desk);
    assert!(said.contains("2 things wait for you"), "{said}");
    assert!(said.contains("A letter did not get there and was given up, on"), "{said}");
    assert!(said.contains("An invitation waits to be accepted, since"), "{said}");
    assert!(desk.contains("href=\"/outbox?show=given-up\""));
    let invited = text(&maya.page("/people?state=invited").await);
    assert!(invited.contains("ada@example.org") && !invited.contains("Maya Okafor Admin"));
    assert!(!text(&maya.page("/people?state=active").await).contains("ada@example.org"));
    // Nobody else is told.
    let mut jonas = portal.signed_in(&[Role::Recruiter]).await;
    assert!(text(&jonas.page("/desk").await).contains("Nothing waits for you"));
    // Without a mail server that is the first thing.
    let silent = portal.twin_set_as(&[("PORTAL_SMTP_URL", ""), ("PORTAL_MAIL_FROM", "")]).await;
    let mut ingrid = silent.signed_in(&[Role::Administrator]).await;
    assert!(text(&ingrid.page("/desk").await).contains("No mail is sent"));
}

#[tokio::test]
async fn people_are_found_with_and_without_their_accents() {
    let portal = Portal::shipped().await;
    let mut maya = portal.signed_in(&[Role::Administrator]).await;
    let fields = [("name", "Jürgen Müller"), ("email", "jm@example.org"), ("roles", "candidate")];
    maya.submit("/people/invite", &fields).await;
    for typed in ["muller", "M%C3%BCller", "MULLER", "mu%CC%88ller"] {
        let page = text(&maya.page(&format!("/people?q={typed}")).await);
        assert!(page.contains("jm@example.org"), "{typed}: {page}");
    }
    assert!(!text(&maya.page("/people?q=mueller").await).contains("jm@example.org"));
}

#[tokio::test]
async fn a_page_that_fails_keeps_who_is_signed_in_inside() {
    let portal = Portal::shipped().await;
    let mut maya = portal.signed_in(&[Role::Administrator]).await;
    let lost = maya.get("/people/nobody").await;
    assert_eq!(lost.status, StatusCode::NOT_FOUND);
    let page = lost.text();
    assert!(page.contains("Sign out") && page.contains("href=\"/people\""), "{page}");
    assert!(page.contains("<a class=\"button main\" href=\"/desk\">"), "{page}");
    let public = portal.get("/nothing/here").await.text();
    assert!(!public.contains("Sign out") && public.contains("Sign in"));
    // A link that is used up sends nobody to sign in who is signed in.
    let used = maya.get("/invitation/used").await;
    assert_eq!(used.status, StatusCode::GONE);
    assert!(used.text().contains("<a class=\"button main\" href=\"/desk\">"), "{}", used.text());
}

#[tokio::test]
async fn a_link_that_is_too_old_leads_to_asking_for_another() {
    let portal = Portal::shipped().await;
    for address in ["/sign-in/link/old", "/reset/old"] {
        let gone = portal.get(address).await;
        assert_eq!(gone.status, StatusCode::GONE, "{address}");
        let page = gone.text();
        assert!(page.contains("<a class=\"button main\" href=\"/sign-in/link\">"), "{page}");
    }
}

#[tokio::test]
async fn a_program_with_a_wrong_token_is_refused_and_never_led_to_a_form() {
    let portal = Portal::shipped().await;
    let sent = |value: &'static str| {
        HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_static(value))])
    };
    for value in ["Bearer wrong", "bearer portal_pat_wrong", "Token x", "Basic YTpi", "Bearer"] {
        for (method, address) in
            [(Method::GET, "/desk"), (Method::POST, "/people/invite"), (Method::GET, "/my")]
        {
            let answer = portal.send(method, address, sent(value)).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{value} {address}");
            assert!(answer.header("www-authenticate").starts_with("Bearer"), "{value}");
            assert!(answer.header("content-type").starts_with("text/plain"), "{value}");
            assert_eq!(answer.header("location"), "");
        }
    }
    // A browser behind a proxy that asks for a name and password is a browser.
    let mut headers = sent("Basic YTpi");
    headers.insert("sec-fetch-site", HeaderValue::from_static("same-origin"));
    let answer = portal.send(Method::GET, "/desk", headers).await;
    assert_eq!(answer.header("location"), "/sign-in?next=%2Fdesk");
}

#[tokio::test]
async fn forms_put_the_cursor_where_one_begins_and_say_what_did_not_fit() {
    let portal = Portal::shipped().await;
    assert_eq!(portal.page("/sign-in").await.matches(" autofocus").count(), 1);
    assert!(portal.page("/sign-in").await.contains("<a href=\"/privacy\">Privacy</a>"));
    let mut maya = crate::factor::member(&portal, &[Role::Hr]).await;
    let refused = maya.browser.post("/account/confirm", &[("proof", "something else")]).await;
    assert!(text(&refused.text()).contains("Capital letters count"), "{}", refused.text());
}

#[tokio::test]
async fn the_organisation_is_named_where_the_documents_do_not_say_it() {
    let portal = Portal::shipped().await;
    let _following = portal.follow();
    let mut maya = portal.signed_in(&[Role::Administrator]).await;
    let fields = [("organisation", "Heron & Sons"), ("sender", ""), ("privacy", "")];
    maya.submit("/settings", &fields).await;
    let mut waited = 0;
    while !portal.page("/").await.contains("Heron &#38; Sons") {
        waited += 1;
        assert!(waited < 100, "within some seconds");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert!(portal.page("/privacy").await.contains("<title>Privacy · Heron &#38; Sons</title>"));
    let page = maya.page("/account/security/totp").await;
    assert!(page.contains("otpauth://totp/Heron"), "{page}");
}

#[tokio::test]
async fn a_logo_that_is_too_large_is_said_beside_its_field_before_anything_is_sent() {
    let (portal, base) = Portal::at_localhost().await;
    let set_up = portal.link(Purpose::SetUp, None).await;
    browse_at(base, Scripts::On, async |tab| {
        tab.goto(&format!("/set-up/{set_up}")).await;
        let choose = |bytes: usize| {
            format!(
                "(() => {{
                   const [input, files] = [document.querySelector('#logo'), new DataTransfer()];
                   files.items.add(new File([new Uint8Array({bytes})], 'heron.png'));
                   input.files = files.files;
                   input.dispatchEvent(new Event('change'));
                   return input.checkValidity() + ' ' + input.parentElement.innerText;
                 }})()"
            )
        };
        let said: String = tab.eval(&choose(3 << 20)).await;
        assert!(said.starts_with("false") && said.contains("heron.png has 3 MB"), "{said}");
        assert!(said.contains("at most 256 kB are taken"), "{said}");
        let said: String = tab.eval(&choose(200 << 10)).await;
        assert!(said.starts_with("true") && !said.contains("heron.png"), "{said}");
    })
    .await;
    // Without scripts the page that comes names both limits.
    let portal = Portal::shipped().await;
    let mut maya = portal.signed_in(&[Role::Administrator]).await;
    let large = maya.upload("/settings", &[], ("logo", &vec![b'x'; 3 << 20])).await;
    assert_eq!(large.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(text(&large.text()).contains("a logo 256 kB"), "{}", large.text());
}
