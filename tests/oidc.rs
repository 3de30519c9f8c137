//! Signing in through the organisation's OpenID provider: a real one, down, wrong and forged.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::StatusCode;
use portal::clock::SignedDuration;
use portal::web::viewer::Role;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::support::Portal;
use crate::support::client::Browser;
use crate::support::html::{attributes, text};
use crate::support::lines::Lines;
use crate::support::portal::Answer;
use crate::support::provider::{Provider, sign_in};

const PASSWORD: &str = "heron lantern quarry plum";
const SECRET: &str = "what the portal and the provider know";

fn settings(issuer: &str) -> [(&str, &str); 4] {
    [
        ("PORTAL_OIDC_ISSUER", issuer),
        ("PORTAL_OIDC_CLIENT_ID", "portal"),
        ("PORTAL_OIDC_CLIENT_SECRET", SECRET),
        ("PORTAL_OIDC_NAME", "Example ID"),
    ]
}

/// A portal whose staff may sign in with a real provider; `None` where there is none to be had.
async fn start() -> Option<(Portal, Provider)> {
    let provider = Provider::start()?;
    let portal = Portal::set_as(&settings(&provider.issuer())).await;
    Some((portal, provider))
}

/// Invites somebody.
async fn invite(portal: &Portal, email: &str, role: Role) {
    let fields = [("name", "Jonas Lindqvist"), ("email", email), ("roles", role.code())];
    let mut administrator = portal.signed_in(&[Role::Administrator]).await;
    administrator.submit("/people/invite", &fields).await;
}

async fn standing(portal: &Portal, email: &str, to: &str) {
    let id: uuid::Uuid = sqlx::query_scalar("select account_id from account where email = $1")
        .bind(email)
        .fetch_one(&portal.owner().await)
        .await
        .unwrap();
    let mut administrator = portal.signed_in(&[Role::Administrator]).await;
    administrator.set_standing(&format!("/people/{id}"), to).await;
}

/// Presses the button; where the browser goes then.
async fn leave(browser: &mut Browser, fields: &[(&str, &str)]) -> String {
    let answer = browser.post("/sign-in/provider", fields).await;
    way_out(&answer)
}

fn way_out(answer: &Answer) -> String {
    assert_eq!(answer.status, StatusCode::OK, "{}", text(&answer.text()));
    let hrefs = attributes(&answer.text(), "href");
    let href = hrefs.into_iter().find(|href| href.contains("code_challenge=")).unwrap();
    assert_eq!(answer.header("refresh"), format!("0; url={href}"));
    href
}

/// All of it: the button, the provider, and back.
async fn enter(browser: &mut Browser, user: &str) -> Answer {
    let href = leave(browser, &[]).await;
    let back = sign_in(&href, user).await;
    browser.get(&back).await
}

fn refused(answer: &Answer, status: StatusCode, words: &str) {
    assert_eq!(answer.status, status, "{}", text(&answer.text()));
    assert!(text(&answer.text()).contains(words), "{words}: {}", text(&answer.text()));
    assert!(answer.text().contains("<html"), "it is a page");
}

#[tokio::test]
async fn the_first_time_an_invited_person_is_known_by_address_and_then_by_subject() {
    let Some((portal, _provider)) = start().await else { return };
    invite(&portal, "jonas@example.org", Role::Interviewer).await;
    let mut jonas = portal.browser();
    assert!(text(&jonas.page("/sign-in?next=/account").await).contains("Sign in with Example ID"));
    let href = leave(&mut jonas, &[("next", "/account")]).await;
    assert!(href.contains("code_challenge_method=S256") && href.contains("nonce="), "{href}");
    let back = sign_in(&href, "7 Jonas@Example.org yes").await;
    let answer = jonas.get(&back).await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/account"));
    assert!(text(&jonas.page("/account").await).contains("jonas@example.org"));
    // Again, from another browser, and by another address: it is the subject that counts.
    let mut phone = portal.browser();
    let answer = enter(&mut phone, "7 other@example.org no").await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/desk"));
    assert!(text(&phone.page("/account").await).contains("jonas@example.org"));
    // Somebody else who is given that address by the provider does not become him.
    let other = enter(&mut portal.browser(), "8 jonas@example.org yes").await;
    refused(&other, StatusCode::FORBIDDEN, "No account here is yours yet");
    let actions: Vec<String> = sqlx::query_scalar(
        "select e.action from audit_event e
         join account a on a.account_id = e.actor_id
         where a.email = 'jonas@example.org'",
    )
    .fetch_all(&portal.owner().await)
    .await
    .unwrap();
    let count = |wanted: &str| actions.iter().filter(|action| *action == wanted).count();
    assert_eq!((count("account.accepted"), count("account.identity_linked")), (1, 1));
    assert_eq!(count("account.signed_in"), 2);
}

#[tokio::test]
async fn nobody_learns_which_of_unknown_candidate_outsider_and_closed_they_are() {
    let Some((portal, _provider)) = start().await else { return };
    invite(&portal, "candidate@example.org", Role::Candidate).await;
    invite(&portal, "closed@example.org", Role::Hr).await;
    standing(&portal, "closed@example.org", "disabled").await;
    invite(&portal, "linked@example.org", Role::Hr).await;
    assert_eq!(enter(&mut portal.browser(), "4 linked@example.org yes").await.status, 303);
    standing(&portal, "linked@example.org", "disabled").await;
    let mut answers = Vec::new();
    for user in [
        "1 nobody@example.org yes",
        "2 candidate@example.org yes",
        "3 closed@example.org yes",
        "4 linked@example.org yes",
        "5 not-an-address yes",
    ] {
        let answer = enter(&mut portal.browser(), user).await;
        refused(&answer, StatusCode::FORBIDDEN, "Ask an administrator to invite you");
        answers.push(answer.text());
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    let accounts: i64 =
        sqlx::query_scalar("select count(*) from account where accepted_at is null")
            .fetch_one(&portal.owner().await)
            .await
            .unwrap();
    assert_eq!(accounts, 2, "no account was made or accepted");
    let unverified = enter(&mut portal.browser(), "6 nobody@example.org no").await;
    refused(&unverified, StatusCode::FORBIDDEN, "Example ID does not vouch for your address");
    // Neither is an address that was not verified taken for an invitation.
    invite(&portal, "invited@example.org", Role::Hr).await;
    let unverified = enter(&mut portal.browser(), "6 invited@example.org no").await;
    refused(&unverified, StatusCode::FORBIDDEN, "Example ID does not vouch for your address");
}

#[tokio::test]
async fn going_there_and_back_happens_once_in_one_browser_within_ten_minutes() {
    let Some((portal, _provider)) = start().await else { return };
    invite(&portal, "jonas@example.org", Role::Hr).await;
    let user = "7 jonas@example.org yes";
    let not_begun = |answer: &Answer| refused(answer, StatusCode::GONE, "This did not begin here");
    let mut jonas = portal.browser();
    let href = leave(&mut jonas, &[]).await;
    let back = sign_in(&href, user).await;
    // In another browser, one that has been here and one that has not.
    let mut thief = portal.browser();
    not_begun(&thief.get(&back).await);
    leave(&mut thief, &[]).await;
    not_begun(&thief.get(&back).await);
    // With another state, none, or two.
    let state = back.split("state=").nth(1).unwrap().split('&').next().unwrap();
    not_begun(&jonas.get(&back.replace(state, "forged")).await);
    not_begun(&jonas.get("/sign-in/provider/callback").await);
    not_begun(&jonas.get(&format!("{back}&state={state}")).await);
    // None of that used it up; it works once.
    assert_eq!(jonas.get(&back).await.status, StatusCode::SEE_OTHER);
    not_begun(&jonas.get(&back).await);
    // On another instance too, until the last microsecond.
    let twin = portal.twin_set_as(&settings(&_provider.issuer())).await;
    twin.clock.set(portal.clock.now());
    let mut jonas = portal.browser();
    let href = leave(&mut jonas, &[]).await;
    let back = sign_in(&href, user).await;
    let mut there = twin.browser();
    there.set("__Host-browser", jonas.cookie("__Host-browser").unwrap());
    assert_eq!(there.get(&back).await.status, StatusCode::SEE_OTHER);
    let href = leave(&mut jonas, &[]).await;
    let back = sign_in(&href, user).await;
    portal.clock.set(portal.clock.now() + SignedDuration::from_mins(10));
    not_begun(&jonas.get(&back).await);
    // What is kept meanwhile opens nothing, and is forgotten.
    leave(&mut jonas, &[]).await;
    let kept: Vec<String> = sqlx::query_scalar("select s::text from account_sign_on s")
        .fetch_all(&portal.owner().await)
        .await
        .unwrap();
    assert_eq!(kept.len(), 1, "{kept:?}");
}

#[tokio::test]
async fn what_was_tampered_with_on_the_way_is_not_believed() {
    let Some((portal, _provider)) = start().await else { return };
    invite(&portal, "jonas@example.org", Role::Hr).await;
    let user = "7 jonas@example.org yes";
    let words = "What Example ID answered does not hold";
    for (name, value) in
        [("nonce", "another"), ("code_challenge", "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU")]
    {
        let mut jonas = portal.browser();
        let mut href = url::Url::parse(&leave(&mut jonas, &[]).await).unwrap();
        let pairs: Vec<(String, String)> = href.query_pairs().into_owned().collect();
        let pairs = pairs.into_iter().map(|(key, was)| {
            let now = if key == name { value.to_owned() } else { was };
            (key, now)
        });
        let pairs: Vec<_> = pairs.collect();
        href.query_pairs_mut().clear().extend_pairs(pairs);
        let back = sign_in(href.as_str(), user).await;
        refused(&jonas.get(&back).await, StatusCode::BAD_GATEWAY, words);
    }
    // An answer of another provider, and a code that is none.
    let mut jonas = portal.browser();
    let back = sign_in(&leave(&mut jonas, &[]).await, user).await;
    let (before, _) = back.split_once("&iss=").unwrap();
    let mixed = jonas.get(&format!("{before}&iss=https%3A%2F%2Fevil.example")).await;
    refused(&mixed, StatusCode::BAD_GATEWAY, words);
    let back = sign_in(&leave(&mut jonas, &[]).await, user).await;
    let code = back.split("code=").nth(1).unwrap().split('&').next().unwrap();
    let forged = jonas.get(&back.replace(code, "forged")).await;
    refused(&forged, StatusCode::BAD_GATEWAY, words);
    let sessions: i64 = sqlx::query_scalar(
        "select count(*) from account_session join account using (account_id)
         where email = 'jonas@example.org'",
    )
    .fetch_one(&portal.owner().await)
    .await
    .unwrap();
    assert_eq!(sessions, 0);
}

#[tokio::test]
async fn who_gives_up_at_the_provider_gets_a_page() {
    let Some((portal, _provider)) = start().await else { return };
    let answer = enter(&mut portal.browser(), "nobody").await;
    refused(&answer, StatusCode::FORBIDDEN, "You were not signed in at Example ID");
    // Whatever else a provider may call it, nothing of that is repeated.
    let mut jonas = portal.browser();
    let href = url::Url::parse(&leave(&mut jonas, &[]).await).unwrap();
    let state = href.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    let back = format!("/sign-in/provider/callback?error=%3Cb%3Ecanary&state={state}");
    let answer = jonas.get(&back).await;
    refused(&answer, StatusCode::BAD_GATEWAY, "does not hold");
    assert!(!answer.text().contains("canary"));
}

#[tokio::test]
async fn keys_that_were_changed_are_fetched_anew() {
    let Some((portal, mut provider)) = start().await else { return };
    invite(&portal, "jonas@example.org", Role::Hr).await;
    let user = "7 jonas@example.org yes";
    assert_eq!(enter(&mut portal.browser(), user).await.status, StatusCode::SEE_OTHER);
    provider.start_again();
    assert_eq!(enter(&mut portal.browser(), user).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn while_the_provider_is_down_passwords_still_open_the_door() {
    let Some(mut provider) = Provider::start() else { return };
    let issuer = provider.issuer();
    provider.stop();
    // The portal starts all the same.
    let portal = Portal::set_as(&settings(&issuer)).await;
    let mut jonas = portal.browser();
    let down = jonas.post("/sign-in/provider", &[]).await;
    refused(&down, StatusCode::SERVICE_UNAVAILABLE, "Example ID does not answer");
    assert_eq!(down.header("retry-after"), "60");
    invite(&portal, "jonas@example.org", Role::Hr).await;
    let letters = portal.letters().await;
    let link = crate::support::letters::link(&letters[0]);
    jonas.submit(&link, &[("name", "Jonas"), ("password", PASSWORD)]).await;
    jonas.submit("/sign-out", &[]).await;
    let fields = [("email", "jonas@example.org"), ("password", PASSWORD)];
    assert_eq!(jonas.post("/sign-in", &fields).await.status, StatusCode::SEE_OTHER);
    // It comes up, and goes down again between there and back.
    provider.start_again();
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
    let mut phone = portal.browser();
    let back = sign_in(&leave(&mut phone, &[]).await, "7 jonas@example.org yes").await;
    provider.stop();
    let down = phone.get(&back).await;
    refused(&down, StatusCode::SERVICE_UNAVAILABLE, "Example ID does not answer");
}

#[tokio::test]
async fn staff_link_and_unlink_and_what_was_taken_off_stays_off() {
    let Some((portal, _provider)) = start().await else { return };
    let mut maya = portal.signed_in(&[Role::Recruiter]).await;
    let user = "9 somebody@elsewhere.example yes";
    refused(&enter(&mut portal.browser(), user).await, StatusCode::FORBIDDEN, "No account here");
    assert!(text(&maya.page("/account/security").await).contains("Link Example ID"));
    let href = way_out(&maya.post("/account/security/provider", &[]).await);
    let back = sign_in(&href, user).await;
    let answer = maya.get(&back).await;
    assert_eq!(answer.header("location"), "/account/security?done=linked");
    assert!(text(&maya.page("/account/security").await).contains("Unlink Example ID"));
    assert_eq!(enter(&mut portal.browser(), user).await.header("location"), "/desk");
    // Another account cannot have it too, nor this one another.
    let mut other = portal.signed_in(&[Role::Hr]).await;
    let href = way_out(&other.post("/account/security/provider", &[]).await);
    let taken = other.get(&sign_in(&href, user).await).await;
    refused(&taken, StatusCode::CONFLICT, "Your account was not linked");
    let href = way_out(&maya.post("/account/security/provider", &[]).await);
    let taken = maya.get(&sign_in(&href, "10 more@example.org yes").await).await;
    refused(&taken, StatusCode::CONFLICT, "Your account was not linked");
    // Who signed out on the way, or is somebody else by then, links nothing.
    let href = way_out(&other.post("/account/security/provider", &[]).await);
    let back = sign_in(&href, "11 more@example.org yes").await;
    other.submit("/sign-out", &[]).await;
    refused(&other.get(&back).await, StatusCode::GONE, "This did not begin here");
    // It cannot be taken off by who would be locked out.
    let kept = maya.submit("/account/security/provider/unlink", &[]).await;
    assert!(text(&kept).contains("Choose a password or add a passkey first"), "{}", text(&kept));
    maya.submit("/account/security/password", &[("password", PASSWORD)]).await;
    let off = maya.submit("/account/security/provider/unlink", &[]).await;
    assert!(text(&off).contains("Your account is not linked any more"));
    refused(&enter(&mut portal.browser(), user).await, StatusCode::FORBIDDEN, "No account here");
    // Its owner may link it anew.
    let href = way_out(&maya.post("/account/security/provider", &[]).await);
    assert_eq!(maya.get(&sign_in(&href, user).await).await.status, StatusCode::SEE_OTHER);
    assert_eq!(enter(&mut portal.browser(), user).await.header("location"), "/desk");
    // Candidates are not offered it, and are led back.
    let mut candidate = portal.signed_in(&[Role::Candidate]).await;
    assert!(!text(&candidate.page("/account/security").await).contains("Example ID"));
    let led_back = candidate.post("/account/security/provider", &[]).await;
    assert_eq!(led_back.header("location"), "/account/security");
}

#[tokio::test]
async fn it_leads_to_pages_of_this_portal_alone() {
    let Some((portal, _provider)) = start().await else { return };
    invite(&portal, "jonas@example.org", Role::Hr).await;
    let mut jonas = portal.browser();
    for next in ["https://evil.example", "//evil.example", "/\\evil.example", ""] {
        let href = leave(&mut jonas, &[("next", next)]).await;
        let back = sign_in(&href, "7 jonas@example.org yes").await;
        assert_eq!(jonas.get(&back).await.header("location"), "/desk", "{next}");
    }
    // Neither does another site begin it for somebody.
    let mut cross = portal.browser();
    cross.headers.insert("sec-fetch-site", "cross-site".parse().unwrap());
    cross.headers.insert("origin", "https://evil.example".parse().unwrap());
    let answer = cross.post("/sign-in/provider", &[]).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn nothing_of_who_signs_in_reaches_the_log() {
    let Some((portal, mut provider)) = start().await else { return };
    invite(&portal, "canary@example.org", Role::Hr).await;
    let mut jonas = portal.browser();
    let lines = Lines::default();
    let logging = lines.listen();
    let back = sign_in(&leave(&mut jonas, &[]).await, "subject-quill canary@example.org yes").await;
    assert_eq!(jonas.get(&back).await.status, StatusCode::SEE_OTHER);
    let href = leave(&mut jonas, &[]).await;
    provider.stop();
    let state = href.split("state=").nth(1).unwrap().split('&').next().unwrap().to_owned();
    let failed = jonas.get(&format!("/sign-in/provider/callback?state={state}&code=quill")).await;
    assert_eq!(failed.status, StatusCode::SERVICE_UNAVAILABLE);
    drop(logging);
    let logged = lines.text();
    assert!(logged.contains("the provider does not answer"), "{logged}");
    for canary in ["quill", "canary", SECRET, &state] {
        assert!(!logged.contains(canary), "{canary} is in {logged}");
    }
}

/// A server that answers every request with these bytes, again and again until the end of `endless`; how
/// often it was asked.
async fn answering(bytes: String, endless: bool) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            count.fetch_add(1, Ordering::SeqCst);
            let bytes = bytes.clone();
            tokio::spawn(async move {
                let mut request = [0; 4096];
                let _whatever = stream.read(&mut request).await;
                let mut done = stream.write_all(bytes.as_bytes()).await;
                while endless && done.is_ok() {
                    done = stream.write_all(&[b' '; 1 << 16]).await;
                }
            });
        }
    });
    (address, asked)
}

#[tokio::test]
async fn a_provider_that_answers_without_end_or_leads_elsewhere_is_down() {
    let (elsewhere, asked) = answering("HTTP/1.1 200 OK\r\n\r\n{}".to_owned(), false).await;
    let redirect = format!(
        "HTTP/1.1 302 Found\r\nlocation: {elsewhere}/\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    );
    for (bytes, endless) in [
        ("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n".to_owned(), true),
        (redirect, false),
        ("HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n".to_owned(), false),
    ] {
        let (issuer, _) = answering(bytes, endless).await;
        let portal = Portal::set_as(&settings(&issuer)).await;
        let began = std::time::Instant::now();
        let down = portal.browser().post("/sign-in/provider", &[]).await;
        refused(&down, StatusCode::SERVICE_UNAVAILABLE, "Example ID does not answer");
        assert!(began.elapsed().as_secs() < 5, "it is not read for ever");
    }
    assert_eq!(asked.load(Ordering::SeqCst), 0, "a redirect was followed");
}

#[tokio::test]
async fn an_invitation_offers_staff_the_provider_and_nobody_else() {
    let Some((portal, _provider)) = start().await else { return };
    for (email, role, offers) in
        [("s@example.org", Role::Hr, true), ("c@example.org", Role::Candidate, false)]
    {
        invite(&portal, email, role).await;
        let link = crate::support::letters::link(&portal.letters().await[0]);
        let page = portal.browser().page(&link).await;
        assert_eq!(text(&page).contains("Accept with Example ID"), offers, "{role:?}");
        if offers {
            let user = "12 S@example.org yes";
            assert_eq!(enter(&mut portal.browser(), user).await.header("location"), "/desk");
            assert_eq!(portal.browser().get(&link).await.status, StatusCode::GONE);
        }
    }
}

#[tokio::test]
async fn the_provider_counts_as_both_factors_unless_one_is_enrolled_here() {
    let Some((portal, _provider)) = start().await else { return };
    invite(&portal, "jonas@example.org", Role::Hr).await;
    let owner = portal.owner().await;
    let required = "insert into organisation (name, set_up_at, second_factor_required)
        values ('Teleport Cloud', now(), true)";
    sqlx::query(required).execute(&owner).await.unwrap();
    let user = "7 jonas@example.org yes";
    let mut jonas = portal.browser();
    assert_eq!(enter(&mut jonas, user).await.header("location"), "/desk");
    jonas.page("/desk").await;
    // Who came by a password has to enrol first, and cannot link a provider in place of that.
    let mut maya = portal.signed_in(&[Role::Hr]).await;
    assert_eq!(maya.get("/desk").await.header("location"), "/account/security");
    let linked = maya.post("/account/security/provider", &[]).await;
    assert_eq!(linked.header("location"), "/account/security");
    let enrol = "insert into account_totp (account_id, secret, added_at, last_step)
        select account_id, 'sealed', now(), 0 from account where email = 'jonas@example.org'";
    sqlx::query(enrol).execute(&owner).await.unwrap();
    let mut phone = portal.browser();
    let answer = enter(&mut phone, user).await;
    assert!(
        answer.header("location").starts_with("/sign-in/second"),
        "{}",
        answer.header("location")
    );
    assert_eq!(phone.get("/desk").await.status, StatusCode::SEE_OTHER, "nothing opens yet");
}
