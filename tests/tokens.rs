//! Tokens for programs: what they reach, what they never do, and when they end.

use std::net::SocketAddr;

use http::{HeaderMap, HeaderValue, Method, StatusCode};
use portal::clock::SignedDuration;
use portal::web::routes::Audience;
use portal::web::viewer::Role;
use sqlx::AssertSqlSafe;

use crate::support::Portal;
use crate::support::client::{Browser, get_as_program};
use crate::support::html::text;
use crate::support::lines::Lines;
use crate::support::portal::Answer;

/// Capabilities that a token has with its owner. Every other one takes a browser.
const FOR_TOKENS: [&str; 2] = ["MaySeeDesk", "MayTakePart"];

/// The token a page shows.
pub fn shown(page: &str) -> String {
    let (_, rest) = page.split_once("<code>portal_pat_").expect("the page shows a token");
    format!("portal_pat_{}", rest.split('<').next().unwrap())
}

/// Makes a token; the one time it is shown.
async fn make(browser: &mut Browser, name: &str) -> String {
    let page = browser.submit("/account/tokens", &[("name", name), ("days", "30")]).await;
    shown(&page)
}

fn bearer(token: &str) -> HeaderMap {
    let value = HeaderValue::from_str(&format!("Bearer {token}")).unwrap();
    HeaderMap::from_iter([(http::header::AUTHORIZATION, value)])
}

async fn send(portal: &Portal, token: &str, method: Method, address: &str) -> Answer {
    portal.send(method, address, bearer(token)).await
}

/// The status a program gets that asks with this token.
pub async fn asked(portal: &Portal, token: &str, address: &str) -> StatusCode {
    send(portal, token, Method::GET, address).await.status
}

/// Everything that says who may do what.
async fn everything(portal: &Portal) -> Vec<String> {
    let owner = portal.owner().await;
    let mut rows = Vec::new();
    for table in ["account", "organisation", "personal_token", "email_change", "account_identity"] {
        // That a token was used is noted.
        let all = format!("select (to_jsonb(t) - 'used_at')::text from {table} t order by 1");
        rows.extend(
            sqlx::query_scalar::<_, String>(AssertSqlSafe(all)).fetch_all(&owner).await.unwrap(),
        );
    }
    rows
}

#[tokio::test]
async fn a_token_is_shown_once_and_reaches_what_its_owner_reaches() {
    let portal = Portal::shipped().await;
    let mut maya = portal.signed_in(&[Role::Recruiter]).await;
    let token = make(&mut maya, "nightly report").await;
    assert_eq!(token.len(), 54);
    let page = maya.page("/account/tokens").await;
    assert!(page.contains("nightly report") && !page.contains(&token));
    assert!(text(&page).contains("not yet"), "it was not used");
    let desk = send(&portal, &token, Method::GET, "/desk").await;
    assert_eq!(desk.status, StatusCode::OK);
    assert!(desk.text().contains("Maya Okafor"));
    assert_eq!(desk.header("set-cookie"), "");
    assert_eq!(asked(&portal, &token, "/my").await, StatusCode::NOT_FOUND);
    assert!(!text(&maya.page("/account/tokens").await).contains("not yet"));
    // Of a dump nothing opens anything.
    assert!(everything(&portal).await.iter().all(|row| !row.contains(&token[11..])));
    assert!(send(&portal, &token, Method::HEAD, "/desk").await.body.is_empty());
}

#[tokio::test]
async fn every_recorded_route_is_closed_to_tokens_unless_it_was_decided_otherwise() {
    let portal = Portal::shipped().await;
    let mut administrator = portal.signed_in(&[Role::Administrator, Role::Recruiter]).await;
    let mut candidate = portal.signed_in(&[Role::Candidate]).await;
    let tokens = [make(&mut administrator, "one").await, make(&mut candidate, "one").await];
    let before = everything(&portal).await;
    let (mut open, mut closed) = (0, 0);
    for route in &portal.routes {
        let Audience::Holders(capability) = route.audience else { continue };
        let id = administrator.account.unwrap().to_string();
        let address = route.path.replace("{id}", &id);
        let mut reached = false;
        for token in &tokens {
            let answer = send(&portal, token, route.method.clone(), &address).await;
            reached |= answer.status != StatusCode::NOT_FOUND;
        }
        let may = FOR_TOKENS.contains(&capability);
        assert_eq!(reached, may, "{} {} ({capability})", route.method, route.path);
        if may { open += 1 } else { closed += 1 }
    }
    assert!(open >= 2 && closed >= 20, "{open} open, {closed} closed");
    assert_eq!(everything(&portal).await, before, "nothing was changed");
    // They are all there for the browser of the same person.
    administrator.page("/people").await;
}

#[tokio::test]
async fn a_token_ends_when_it_is_old_revoked_or_its_owner_may_not_go_on() {
    let portal = Portal::shipped().await;
    let mut administrator = portal.signed_in(&[Role::Administrator]).await;
    let mut maya = portal.signed_in(&[Role::Recruiter]).await;
    let id = maya.account.unwrap();
    let dead = async |token: &str| asked(&portal, token, "/desk").await == StatusCode::UNAUTHORIZED;
    // Revoked by its owner; nobody else can.
    let token = make(&mut maya, "a").await;
    let find = "select token_id::text from personal_token where revoked_at is null";
    let row: String = sqlx::query_scalar(find).fetch_one(&portal.owner().await).await.unwrap();
    administrator.submit("/account/tokens/revoke", &[("token", &row)]).await;
    assert!(!dead(&token).await);
    let page = maya.submit("/account/tokens/revoke", &[("token", &row)]).await;
    assert!(text(&page).contains("The token is revoked"));
    assert!(dead(&token).await);
    // Other roles.
    let token = make(&mut maya, "a").await;
    let roles = [("roles", "recruiter"), ("roles", "interviewer"), ("version", "2")];
    administrator.submit(&format!("/people/{id}/roles"), &roles).await;
    assert!(dead(&token).await);
    // Closed; opened again it stays dead.
    let token = make(&mut maya, "a").await;
    let person = format!("/people/{id}");
    administrator.set_standing(&person, "disabled").await;
    assert!(dead(&token).await);
    administrator.set_standing(&person, "enabled").await;
    assert!(dead(&token).await);
    // To the last microsecond, of an account that ends too.
    let now = portal.clock.now();
    let mut outside = portal.signed_in(&[Role::External]).await;
    let token = make(&mut outside, "a").await;
    portal.clock.set(now + SignedDuration::from_hours(24) - SignedDuration::from_micros(1));
    assert!(!dead(&token).await);
    portal.clock.set(now + SignedDuration::from_hours(24));
    assert!(dead(&token).await);
    let mut maya = portal.signed_in(&[Role::Recruiter]).await;
    let (now, token) = (portal.clock.now(), make(&mut maya, "a").await);
    portal.clock.set(now + SignedDuration::from_hours(30 * 24) - SignedDuration::from_micros(1));
    assert!(!dead(&token).await);
    portal.clock.set(now + SignedDuration::from_hours(30 * 24));
    assert!(dead(&token).await);
}

#[tokio::test]
async fn neither_a_cookie_nor_a_browser_goes_with_a_token() {
    let portal = Portal::shipped().await;
    let mut maya = portal.signed_in(&[Role::Recruiter]).await;
    let token = make(&mut maya, "a").await;
    maya.headers.extend(bearer(&token));
    let both = maya.get("/desk").await;
    assert_eq!(both.status, StatusCode::BAD_REQUEST);
    assert!(both.text().contains("both a token and the cookie of a session"), "{}", both.text());
    assert!(both.header("content-type").starts_with("text/plain"));
    // A cookie of a session that is over is one too.
    maya.set("__Host-session", "over");
    assert_eq!(maya.get("/desk").await.status, StatusCode::BAD_REQUEST);
    for name in ["sec-fetch-site", "origin"] {
        let mut headers = bearer(&token);
        let value = if name == "origin" { "http://portal.test" } else { "same-origin" };
        headers.insert(name, HeaderValue::from_static(value));
        let browser = portal.send(Method::GET, "/desk", headers).await;
        assert_eq!(browser.status, StatusCode::BAD_REQUEST, "{name}");
        assert!(browser.text().contains("A browser signs in instead"));
    }
    let mut twice = bearer(&token);
    twice.append("authorization", HeaderValue::from_static("Bearer x"));
    let twice = portal.send(Method::GET, "/desk", twice).await;
    assert_eq!(twice.status, StatusCode::BAD_REQUEST);
    // A program writes without an Origin: it gets as far as the rule, which shuts this one out.
    let written = send(&portal, &token, Method::POST, "/account/tokens").await;
    assert_eq!(written.status, StatusCode::NOT_FOUND);
    // From elsewhere with an Origin it does not even get there.
    let mut cross = bearer(&token);
    cross.insert("origin", HeaderValue::from_static("https://elsewhere.example"));
    assert_eq!(portal.send(Method::POST, "/sign-in", cross).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn guesses_are_refused_in_plain_words_and_slowed_by_address() {
    let portal = Portal::shipped().await;
    let mut maya = portal.signed_in(&[Role::Recruiter]).await;
    let good = make(&mut maya, "a").await;
    let base = portal.serve().await;
    let here: SocketAddr = base.strip_prefix("http://").unwrap().parse().unwrap();
    let get = async |token: &str| get_as_program(here, "/desk", token).await;
    assert!(get(&good).await.starts_with("HTTP/1.1 200"));
    let wrong = get("portal_pat_wrong").await;
    assert!(wrong.starts_with("HTTP/1.1 401") && wrong.contains("invalid_token"), "{wrong}");
    assert!(wrong.contains("This token is none, has expired, or was revoked."));
    for n in 0..29 {
        get(&format!("portal_pat_{n}")).await;
    }
    let slowed = get("portal_pat_wrong").await;
    assert!(slowed.starts_with("HTTP/1.1 429") && slowed.contains("retry-after: 60"), "{slowed}");
    assert!(get(&good).await.starts_with("HTTP/1.1 200"), "the owner's goes on");
    // Tokens of other kinds are nobody's guess.
    assert!(get("something-else").await.starts_with("HTTP/1.1 401"));
}

#[tokio::test]
async fn a_token_is_named_once_and_the_form_says_what_is_missing() {
    let portal = Portal::shipped().await;
    let mut maya = portal.signed_in(&[Role::Candidate]).await;
    make(&mut maya, "report").await;
    let long = "x".repeat(61);
    for (name, days, message) in [
        ("report", "30", "You have a token of this name"),
        ("", "30", "Say what it is for"),
        ("a", "36500", "Choose how long"),
        (&long, "30", "at most 60 characters"),
    ] {
        let answer = maya.post("/account/tokens", &[("name", name), ("days", days)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(text(&answer.text()).contains(message), "{message}");
        assert!(!answer.text().contains("<code>portal_pat_"));
    }
    for n in 1..20 {
        make(&mut maya, &n.to_string()).await;
    }
    let fields = [("name", "one more"), ("days", "30")];
    let more = maya.post("/account/tokens", &fields).await;
    assert!(text(&more.text()).contains("You have 20 tokens"));
    let actions: Vec<String> =
        sqlx::query_scalar("select action from audit_event where action like 'account.token%'")
            .fetch_all(&portal.owner().await)
            .await
            .unwrap();
    assert_eq!(actions, vec!["account.token_made"; 20]);
}

#[tokio::test]
async fn a_token_never_reaches_the_log() {
    let portal = Portal::shipped().await;
    let lines = Lines::default();
    let logging = lines.listen();
    let mut maya = portal.signed_in(&[Role::Recruiter]).await;
    let token = make(&mut maya, "canary").await;
    assert_eq!(asked(&portal, &token, "/desk").await, StatusCode::OK);
    let wrong = format!("{token}x");
    assert_eq!(asked(&portal, &wrong, "/desk").await, StatusCode::UNAUTHORIZED);
    tracing::info!("everything is heard");
    drop(logging);
    let logged = lines.text();
    assert!(logged.contains("everything is heard"));
    assert!(!logged.contains(&token[11..]) && !logged.contains("canary"), "{logged}");
}

#[tokio::test]
async fn a_token_opens_nothing_while_its_owner_has_to_enrol_a_second_factor() {
    let portal = Portal::shipped().await;
    let mut maya = portal.signed_in(&[Role::Recruiter]).await;
    let mut jonas = portal.signed_in(&[Role::Candidate]).await;
    let (staff, candidate) = (make(&mut maya, "a").await, make(&mut jonas, "a").await);
    let owner = portal.owner().await;
    let required = "insert into organisation (name, set_up_at, second_factor_required)
        values ('Teleport Cloud', now(), true)";
    sqlx::query(required).execute(&owner).await.unwrap();
    assert_eq!(asked(&portal, &staff, "/desk").await, StatusCode::UNAUTHORIZED);
    assert_eq!(asked(&portal, &candidate, "/my").await, StatusCode::OK);
    let enrol = "insert into account_totp (account_id, secret, added_at, last_step)
        select account_id, 'sealed', now(), 0 from account where roles @> array['recruiter']";
    sqlx::query(enrol).execute(&owner).await.unwrap();
    assert_eq!(asked(&portal, &staff, "/desk").await, StatusCode::OK);
}

#[tokio::test]
async fn what_changes_who_can_use_an_account_takes_a_fresh_proof() {
    let portal = Portal::shipped().await;
    let mut maya = portal.signed_in(&[Role::Recruiter]).await;
    portal.clock.set(portal.clock.now() + SignedDuration::from_mins(10));
    for (address, next) in
        [("/account/tokens", "%2Faccount%2Ftokens"), ("/account/email", "%2Faccount")]
    {
        let fields = [("name", "a"), ("days", "30"), ("email", "new@example.org")];
        let answer = maya.post(address, &fields).await;
        assert_eq!(answer.header("location"), format!("/account/confirm?next={next}"));
    }
    assert!(everything(&portal).await.iter().all(|row| !row.contains("new@example.org")));
}
