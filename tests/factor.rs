//! Second factors: authenticator apps, recovery codes, sign-ins that wait for them, fresh proofs.

use http::StatusCode;
use portal::account::events::By;
use portal::account::store::tokens::Purpose;
use portal::account::store::{factors, pending, sessions};
use portal::account::token::{Token, TokenHash};
use portal::clock::SignedDuration;
use portal::ids::AccountId;
use portal::keys::Keys;
use portal::web::viewer::Role;
use sqlx::AssertSqlSafe;
use totp_rs::{Builder, Secret};

use crate::access::{May, TABLE, VIEWERS};
use crate::support::Portal;
use crate::support::client::Browser;
use crate::support::html::text;
use crate::support::letters::link;
use crate::support::portal::SECRET_KEY;

pub const PASSWORD: &str = "heron lantern quarry plum";
const OTHER: &str = "copper meadow signal tulip";
const TOTP: &str = "/account/security/totp";
const SECOND: &str = "/sign-in/second";

/// Somebody who signed in with a password.
pub struct Member {
    pub account: AccountId,
    pub email: String,
    pub browser: Browser,
}

pub async fn member(portal: &Portal, roles: &[Role]) -> Member {
    let account = portal.signed_in(roles).await.account.unwrap();
    let reset = portal.link(Purpose::Reset, Some(account)).await;
    portal.browser().submit(&format!("/reset/{reset}"), &[("password", PASSWORD)]).await;
    let email: String = sqlx::query_scalar("select email from account where account_id = $1")
        .bind(account)
        .fetch_one(&portal.owner().await)
        .await
        .unwrap();
    let mut browser = portal.browser();
    assert_eq!(sign_in(&mut browser, &email).await, "/sign-in");
    Member { account, email, browser }
}

/// Signs in with the password; where that leads.
pub async fn sign_in(browser: &mut Browser, email: &str) -> String {
    let answer = browser.post("/sign-in", &[("email", email), ("password", PASSWORD)]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", text(&answer.text()));
    answer.header("location").to_owned()
}

/// An authenticator app, as far as the portal can tell: another reading of the same standard.
pub struct App(totp_rs::Totp);

impl App {
    /// Types the secret that a page shows.
    fn scan(page: &str) -> Self {
        let (_, rest) = page.split_once("<pre class=\"secret\"").expect("the page shows a secret");
        let (_, rest) = rest.split_once("<code>").unwrap();
        let typed: String = rest.split('<').next().unwrap().split_whitespace().collect();
        let secret = Secret::try_from_base32(typed).expect("it is base32");
        Self(Builder::new().with_secret(secret).build().expect("it is a whole secret"))
    }

    /// What it shows at this moment.
    fn code(&self, portal: &Portal) -> String {
        self.0.generate(portal.clock.now().as_second().try_into().unwrap()).to_string()
    }

    /// What it shows 30 seconds from now, when that has become now.
    pub fn next(&self, portal: &Portal) -> String {
        portal.clock.set(portal.clock.now() + SignedDuration::from_secs(30));
        self.code(portal)
    }
}

/// What a page shows as recovery codes.
pub fn codes(page: &str) -> Vec<String> {
    let (_, list) = page.split_once("<ol class=\"codes\"").expect("the page shows codes");
    let (list, _) = list.split_once("</ol>").unwrap();
    let codes: Vec<String> = list
        .split("<code>")
        .skip(1)
        .map(|rest| rest.split('<').next().unwrap().to_owned())
        .collect();
    assert_eq!(codes.len(), 10);
    codes
}

fn value(page: &str, name: &str) -> String {
    let (_, rest) =
        page.split_once(&format!("name=\"{name}\" value=\"")).expect("the field is there");
    rest.split('"').next().unwrap().to_owned()
}

/// Adds an app; the app, and the recovery codes that came with it.
pub async fn enrol(portal: &Portal, browser: &mut Browser) -> (App, Vec<String>) {
    let page = browser.page(TOTP).await;
    let app = App::scan(&page);
    let fields = [("offer", value(&page, "offer")), ("code", app.code(portal))];
    let shown =
        browser.submit(TOTP, &fields.each_ref().map(|(name, typed)| (*name, typed.as_str()))).await;
    (app, codes(&shown))
}

/// How many rows of `table` there are.
async fn count(portal: &Portal, table: &str) -> i64 {
    let all = format!("select count(*) from {table}");
    sqlx::query_scalar(AssertSqlSafe(all)).fetch_one(&portal.owner().await).await.unwrap()
}

/// What happened to second factors, as the audit log calls it.
async fn events(portal: &Portal) -> Vec<String> {
    sqlx::query_scalar(
        "select action from audit_event where action ~ 'factor|recovery|passkey' order by event_id",
    )
    .fetch_all(&portal.owner().await)
    .await
    .unwrap()
}

#[tokio::test]
async fn an_app_counts_once_its_first_code_fits() {
    let portal = Portal::shipped().await;
    let Member { mut browser, email, .. } = member(&portal, &[Role::Recruiter]).await;
    let page = browser.page(TOTP).await;
    assert!(page.contains("<svg class=\"qr\"") && !page.contains("data:"), "{page}");
    assert!(page.contains("otpauth://totp/"));
    let (app, offer) = (App::scan(&page), value(&page, "offer"));
    let wrong = if app.code(&portal) == "123456" { "123457" } else { "123456" };
    let refused = browser.post(TOTP, &[("offer", &offer), ("code", wrong)]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(App::scan(&refused.text()).code(&portal), app.code(&portal), "the secret stays");
    assert_eq!(count(&portal, "account_totp").await, 0);
    assert_eq!(sign_in(&mut portal.browser(), &email).await, "/sign-in", "it does not count yet");
    // What is offered to one opens nothing for another.
    let mut other = member(&portal, &[Role::Recruiter]).await.browser;
    let code = app.code(&portal);
    let stolen = other.post(TOTP, &[("offer", &offer), ("code", &code)]).await;
    assert_eq!(stolen.status, StatusCode::UNPROCESSABLE_ENTITY);
    let before = browser.cookie("__Host-session").unwrap().to_owned();
    let shown = browser.submit(TOTP, &[("offer", &offer), ("code", &code)]).await;
    let kept = codes(&shown);
    assert!(!browser.page("/account/security").await.contains(&kept[0]), "they are shown once");
    // As a file, for who was just shown them.
    let fields: Vec<(&str, &str)> = kept.iter().map(|code| ("code", code.as_str())).collect();
    let file = browser.post("/account/security/recovery/file", &fields).await;
    assert_eq!(file.header("content-disposition"), "attachment; filename=\"recovery-codes.txt\"");
    assert!(kept.iter().all(|code| file.text().contains(code)));
    let foreign = other.post("/account/security/recovery/file", &fields).await;
    assert_eq!(foreign.status, StatusCode::SEE_OTHER);
    // The session goes on under another token.
    assert_ne!(browser.cookie("__Host-session"), Some(before.as_str()));
    let mut thief = portal.browser();
    thief.set("__Host-session", &before);
    assert_eq!(thief.get("/desk").await.status, StatusCode::SEE_OTHER, "the old id is dead");
    assert_eq!(events(&portal).await, ["account.factor_added", "account.recovery_codes_made"]);
}

#[tokio::test]
async fn who_has_a_factor_is_asked_for_it_and_reaches_nothing_before() {
    let portal = Portal::shipped().await;
    let Member { mut browser, email, .. } = member(&portal, &[Role::Administrator]).await;
    let (app, _) = enrol(&portal, &mut browser).await;
    let mut waits = portal.browser();
    let leads = waits
        .post("/sign-in", &[("email", &email), ("password", PASSWORD), ("next", "/people")])
        .await;
    assert_eq!(leads.header("location"), "/sign-in/second?next=%2Fpeople");
    assert_eq!(waits.cookie("__Host-session"), None);
    assert!(waits.cookie("__Host-pending").is_some());
    let asked = waits.page("/sign-in/second?next=%2Fpeople").await;
    assert!(!asked.contains("Passkey") && asked.contains("Code from your authenticator app"));
    // Whatever is asked is answered as it is to somebody who has not signed in at all.
    let mut nobody = portal.browser();
    for (method, path, address, _) in TABLE {
        if path.starts_with("/sign-in") {
            continue;
        }
        let address = address.replace("PERSON", &uuid::Uuid::nil().to_string());
        let fields: &[(&str, &str)] = &[];
        let one = waits.send(method.clone(), &address, fields).await;
        let other = nobody.send(method.clone(), &address, fields).await;
        assert_eq!(
            (one.status, one.header("location")),
            (other.status, other.header("location")),
            "{method} {path}"
        );
    }
    assert_eq!(waits.get("/desk").await.header("location"), "/sign-in?next=%2Fdesk");
    let code = app.next(&portal);
    let fields = [("code", code.as_str()), ("next", "/people")];
    let done = waits.post(SECOND, &fields).await;
    assert_eq!((done.status, done.header("location")), (StatusCode::SEE_OTHER, "/people"));
    waits.page("/people").await;
    assert_eq!(waits.cookie("__Host-pending"), None);
    assert_eq!(waits.post(SECOND, &fields).await.status, StatusCode::GONE, "once");
}

#[tokio::test]
async fn a_sign_in_waits_ten_minutes_in_its_own_browser_for_five_tries() {
    let portal = Portal::shipped().await;
    let Member { mut browser, email, account, .. } = member(&portal, &[Role::Hr]).await;
    let (app, _) = enrol(&portal, &mut browser).await;
    let mut waits = portal.browser();
    sign_in(&mut waits, &email).await;
    // Its cookie alone is nothing in another browser.
    let mut thief = portal.browser();
    thief.set("__Host-pending", waits.cookie("__Host-pending").unwrap());
    thief.set("__Host-browser", "another");
    assert_eq!(thief.get(SECOND).await.header("location"), "/sign-in");
    let code = app.next(&portal);
    assert_eq!(thief.post(SECOND, &[("code", &code)]).await.status, StatusCode::GONE);
    let began = portal.clock.now() - SignedDuration::from_secs(30);
    portal.clock.set(began + SignedDuration::from_mins(10) - SignedDuration::from_micros(1));
    assert_eq!(waits.get(SECOND).await.status, StatusCode::OK);
    let mut late = waits.clone();
    let code = app.code(&portal);
    portal.clock.set(began + SignedDuration::from_mins(10));
    assert_eq!(late.get(SECOND).await.header("location"), "/sign-in");
    assert_eq!(late.post(SECOND, &[("code", &code)]).await.status, StatusCode::GONE);
    portal.clock.set(began + SignedDuration::from_mins(10) - SignedDuration::from_micros(1));
    assert_eq!(waits.post(SECOND, &[("code", &code)]).await.status, StatusCode::SEE_OTHER);
    // Five wrong codes end it, even if the sixth is right.
    let mut guesses = waiting(&portal, account).await;
    for _ in 0..5 {
        let refused = guesses.post(SECOND, &[("code", "000000")]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(!refused.text().contains("000000"), "a code does not come back");
    }
    let code = app.next(&portal);
    assert_eq!(guesses.post(SECOND, &[("code", &code)]).await.status, StatusCode::GONE);
}

/// A browser that was never here, in which the first factor was proved; and its lasting secret.
async fn begun(portal: &Portal, account: AccountId) -> (Browser, TokenHash) {
    let (token, secret) = (Token::new(), Token::new());
    let mut tx = portal.db.begin().await.unwrap();
    let now = portal.clock.now();
    pending::add(&mut tx, account, token.hash(), secret.hash(), now).await.unwrap();
    let _kept = tx.commit().await.unwrap();
    let mut browser = portal.browser();
    browser.set("__Host-pending", token.expose());
    browser.set("__Host-browser", secret.expose());
    (browser, secret.hash())
}

/// As [`begun`], in a browser that was signed in to the account before: its tries are counted apart.
async fn waiting(portal: &Portal, account: AccountId) -> Browser {
    let (browser, secret) = begun(portal, account).await;
    let mut tx = portal.db.begin().await.unwrap();
    let known = sessions::Browser { device: "Firefox on Linux", secret };
    let (session, now) = (Token::new(), portal.clock.now());
    sessions::start(&mut tx, (account, By::Password), session.hash(), known, now).await.unwrap();
    let _kept = tx.commit().await.unwrap();
    browser
}

/// How many of these browsers get in when all send `code` at once.
async fn let_in(browsers: Vec<Browser>, code: &str) -> usize {
    let tries = browsers.into_iter().map(|mut browser| {
        let code = code.to_owned();
        tokio::spawn(async move { browser.post(SECOND, &[("code", &code)]).await.status })
    });
    let tries: Vec<_> = tries.collect();
    let mut entered = 0;
    for tried in tries {
        let status = tried.await.unwrap();
        assert!(matches!(status.as_u16(), 303 | 410 | 422), "{status}");
        entered += usize::from(status == StatusCode::SEE_OTHER);
    }
    entered
}

#[tokio::test]
async fn a_code_opens_one_door_however_many_try() {
    let portal = Portal::shipped().await;
    let Member { mut browser, account, .. } = member(&portal, &[Role::Hr]).await;
    let (app, recovery) = enrol(&portal, &mut browser).await;
    // The code that added the app is used up too.
    let code = app.code(&portal);
    assert_eq!(let_in(vec![waiting(&portal, account).await], &code).await, 0);
    let code = app.next(&portal);
    let mut many = Vec::new();
    for _ in 0..40 {
        many.push(waiting(&portal, account).await);
    }
    assert_eq!(let_in(many, &code).await, 1);
    assert_eq!(let_in(vec![waiting(&portal, account).await], &code).await, 0, "nor later");
    // The clock of the phone may be a little slow, but no earlier code counts after a later one.
    portal.clock.set(portal.clock.now() + SignedDuration::from_secs(60));
    let (early, late) = (app.code(&portal), app.next(&portal));
    assert_eq!(let_in(vec![waiting(&portal, account).await], &late).await, 1);
    assert_eq!(let_in(vec![waiting(&portal, account).await], &early).await, 0);
    // A hundred with one recovery code.
    let mut many = Vec::new();
    for _ in 0..100 {
        many.push(waiting(&portal, account).await);
    }
    assert_eq!(let_in(many, &recovery[3]).await, 1);
    assert_eq!(let_in(vec![waiting(&portal, account).await], &recovery[3]).await, 0);
    let typed = recovery[4].to_uppercase().replace('-', " ");
    assert_eq!(let_in(vec![waiting(&portal, account).await], &typed).await, 1);
    // One waiting sign-in, tried by itself many times at once, begins one session.
    let same = waiting(&portal, account).await;
    let code = app.next(&portal);
    assert_eq!(let_in(vec![same; 5], &code).await, 1);
    let used =
        events(&portal).await.iter().filter(|it| *it == "account.recovery_code_used").count();
    assert_eq!(used, 2);
}

#[tokio::test]
async fn new_recovery_codes_take_the_place_of_all_before() {
    let portal = Portal::shipped().await;
    let Member { mut browser, account, .. } = member(&portal, &[Role::Candidate]).await;
    let none = browser.post("/account/security/recovery", &[]).await;
    assert_eq!(none.header("location"), "/account/security", "without a factor there are none");
    let (_, before) = enrol(&portal, &mut browser).await;
    let after = codes(&browser.submit("/account/security/recovery", &[]).await);
    assert_eq!(let_in(vec![waiting(&portal, account).await], &before[0]).await, 0);
    assert_eq!(let_in(vec![waiting(&portal, account).await], &after[0]).await, 1);
    assert!(text(&browser.page("/account/security").await).contains("9 of yours are left"));
}

#[tokio::test]
async fn codes_are_guessed_at_slowly_from_browsers_nobody_knows() {
    let portal = Portal::shipped().await;
    let Member { mut browser, account, .. } = member(&portal, &[Role::Hr]).await;
    let (app, _) = enrol(&portal, &mut browser).await;
    for n in 0..12 {
        // Each knows the password and begins anew, from an address that it makes up.
        let (mut stranger, _) = begun(&portal, account).await;
        stranger.headers.insert("x-forwarded-for", format!("10.0.0.{n}").parse().unwrap());
        let status = stranger.post(SECOND, &[("code", "000000")]).await.status;
        assert_eq!(status == StatusCode::TOO_MANY_REQUESTS, n >= 10, "try {n}: {status}");
    }
    // Even the right code comes too late for them, and the owner has not been locked out.
    let code = app.next(&portal);
    let (mut stranger, _) = begun(&portal, account).await;
    let status = stranger.post(SECOND, &[("code", &code)]).await.status;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(let_in(vec![waiting(&portal, account).await], &code).await, 1);
}

#[tokio::test]
async fn a_link_from_mail_and_a_new_password_lead_to_the_second_step_too() {
    let portal = Portal::shipped().await;
    let mut jonas = member(&portal, &[Role::Candidate]).await;
    let (app, _) = enrol(&portal, &mut jonas.browser).await;
    let mut browser = portal.browser();
    portal.letters().await;
    browser.submit("/sign-in/link", &[("email", &jonas.email)]).await;
    let by_mail = link(&portal.letters().await[0]);
    let opened = browser.post(&by_mail, &[]).await;
    assert_eq!(opened.header("location"), "/sign-in/second?next=%2Fmy");
    assert_eq!(browser.cookie("__Host-session"), None);
    let code = app.next(&portal);
    browser.submit(SECOND, &[("code", &code), ("next", "/my")]).await;
    browser.page("/my").await;
    // Whoever can read the mail can choose a password, and is asked all the same. What waited is over.
    let mut maya = member(&portal, &[Role::Recruiter]).await;
    enrol(&portal, &mut maya.browser).await;
    let mut waits = portal.browser();
    sign_in(&mut waits, &maya.email).await;
    let reset = portal.link(Purpose::Reset, Some(maya.account)).await;
    portal.browser().submit(&format!("/reset/{reset}"), &[("password", PASSWORD)]).await;
    assert_eq!(waits.get(SECOND).await.header("location"), "/sign-in");
    assert_eq!(sign_in(&mut waits, &maya.email).await, "/sign-in/second?next=%2Fsign-in");
}

#[tokio::test]
async fn a_wrong_password_is_answered_alike_with_and_without_a_factor() {
    let portal = Portal::shipped().await;
    let mut with = member(&portal, &[Role::Hr]).await;
    enrol(&portal, &mut with.browser).await;
    let without = member(&portal, &[Role::Hr]).await;
    let mut answers = Vec::new();
    for email in ["nobody@example.org", &with.email, &without.email] {
        let fields = [("email", email), ("password", OTHER)];
        let answer = portal.browser().post("/sign-in", &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        answers.push(answer.text().replace(email, "E"));
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]));
}

#[tokio::test]
async fn a_proof_is_fresh_for_ten_minutes_and_confirming_makes_another() {
    let portal = Portal::shipped().await;
    let Member { mut browser, .. } = member(&portal, &[Role::Hr]).await;
    let proved = portal.clock.now();
    let old = proved + SignedDuration::from_mins(10);
    portal.clock.set(old - SignedDuration::from_micros(1));
    browser.page(TOTP).await;
    portal.clock.set(old);
    let confirm = "/account/confirm?next=%2Faccount%2Fsecurity%2Ftotp";
    assert_eq!(browser.get(TOTP).await.header("location"), confirm);
    let sent = browser.post("/account/security/recovery", &[]).await;
    assert_eq!(sent.header("location"), "/account/confirm?next=%2Faccount%2Fsecurity");
    let challenge = browser.post("/account/security/passkey-challenge", &[]).await;
    assert_eq!(challenge.header("location"), "/account/confirm?next=%2Faccount%2Fsecurity");
    let fields = [("next", TOTP), ("proof", OTHER)];
    let refused = browser.post("/account/confirm", &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!refused.text().contains(OTHER) && refused.text().contains(TOTP));
    let page = browser.submit("/account/confirm", &[("next", TOTP), ("proof", PASSWORD)]).await;
    let app = App::scan(&page);
    let fields = [("offer", value(&page, "offer")), ("code", app.code(&portal))];
    browser.submit(TOTP, &fields.each_ref().map(|(name, typed)| (*name, typed.as_str()))).await;
    // A code proves it too, once; and nobody is led to another site.
    portal.clock.set(old + SignedDuration::from_mins(20));
    let code = app.code(&portal);
    let elsewhere = [("next", "https://elsewhere.example/"), ("proof", code.as_str())];
    let proved = browser.post("/account/confirm", &elsewhere).await;
    assert_eq!(proved.header("location"), "/account/security");
    let again = browser.post("/account/confirm", &elsewhere).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn an_app_is_removed_by_who_proves_that_it_is_theirs() {
    let portal = Portal::shipped().await;
    let mut jonas = member(&portal, &[Role::Hr]).await;
    let (_, recovery) = enrol(&portal, &mut jonas.browser).await;
    let removal = "/account/security/totp/removal";
    for wrong in ["", OTHER, "000000"] {
        let refused = jonas.browser.post(removal, &[("proof", wrong)]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    assert_eq!(count(&portal, "account_totp").await, 1);
    let before = jonas.browser.cookie("__Host-session").unwrap().to_owned();
    let removed = jonas.browser.submit(removal, &[("proof", &recovery[0])]).await;
    assert!(text(&removed).contains("Your authenticator app is removed"), "{}", text(&removed));
    assert_ne!(jonas.browser.cookie("__Host-session"), Some(before.as_str()));
    assert_eq!(count(&portal, "account_totp").await, 0);
    assert_eq!(count(&portal, "account_recovery_code").await, 0, "they stand in for nothing now");
    assert_eq!(sign_in(&mut portal.browser(), &jonas.email).await, "/sign-in");
}

#[tokio::test]
async fn staff_of_whom_a_factor_is_asked_reach_nothing_else_before() {
    let portal = Portal::shipped().await;
    let mut maya = member(&portal, &[Role::Administrator]).await;
    let mut running = Vec::new();
    for roles in VIEWERS.into_iter().filter(|roles| !roles.is_empty()) {
        running.push((roles, portal.signed_in(roles).await));
    }
    let enrolled = portal.signed_in(&[Role::Recruiter]).await;
    let mut enrolled = (enrolled.clone(), enrolled);
    enrol(&portal, &mut enrolled.0).await;
    let fields = [("organisation", "Teleport Cloud"), ("second_factor", "required")];
    // Whoever turns it on is not locked out, but led to enrol.
    let led = maya.browser.submit("/settings", &fields).await;
    assert!(text(&led).contains("Add a second factor to go on"), "{}", text(&led));
    assert!(!led.contains("href=\"/people\""), "the bar leads nowhere they may not go");
    let allowed = |path: &str| {
        path == "/sign-out"
            || path == "/account/confirm"
            || path.starts_with("/account/security")
            || path.starts_with("/account/confirm/")
    };
    for (roles, browser) in running {
        let waits = roles.iter().all(|role| role.is_staff());
        for (method, path, address, may) in TABLE {
            let may_anyway = match may {
                May::Anybody(_) => continue,
                May::Members => true,
                // Nobody has an interview here.
                May::Of(_) => false,
                May::With(with) => roles.iter().any(|role| with.contains(role)),
            };
            let other = portal.signed_in(&[Role::Candidate]).await.account.unwrap();
            let address = address.replace("PERSON", &other.to_string());
            let mut browser = browser.clone();
            let answer = browser.send(method.clone(), &address, &[]).await;
            let is_led = answer.header("location") == "/account/security"
                && !path.starts_with("/account/security");
            let said = format!("{method} {path} as {roles:?}: {}", answer.status);
            match (waits, allowed(path)) {
                (true, false) => {
                    assert!(is_led && answer.status == StatusCode::SEE_OTHER, "{said}")
                }
                (false, false) if may_anyway => assert!(!is_led, "{said}"),
                _ => assert!(!is_led, "{said}"),
            }
        }
    }
    // Who has one goes on as before; so does who enrols now, at once.
    enrolled.0.page("/desk").await;
    let (_, codes) = enrol(&portal, &mut maya.browser).await;
    assert_eq!(codes.len(), 10);
    maya.browser.page("/settings").await;
    // Turned off again, nobody is led anywhere.
    let mut hr = portal.signed_in(&[Role::Hr]).await;
    assert_eq!(hr.get("/desk").await.header("location"), "/account/security");
    maya.browser.submit("/settings", &[("organisation", "Teleport Cloud")]).await;
    hr.page("/desk").await;
}

#[tokio::test]
async fn nobody_is_asked_for_a_factor_that_cannot_be_had() {
    let settings = [("PORTAL_BASE_URL", "http://192.0.2.7"), ("PORTAL_SECRET_KEY", "")];
    let portal = Portal::set_as(&settings).await;
    let mut maya = portal.signed_in(&[Role::Administrator]).await;
    let fields = [("organisation", "Teleport Cloud"), ("second_factor", "required")];
    let refused = maya.post("/settings", &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(text(&refused.text()).contains("set PORTAL_SECRET_KEY first"));
    let page = text(&maya.page("/account/security").await);
    assert!(page.contains("Apps cannot be used here yet") && page.contains("need a host name"));
    assert!(text(&maya.page(TOTP).await).contains("cannot be used here yet"));
    for path in ["/sign-in/passkey/challenge", "/account/security/passkey-challenge"] {
        assert_eq!(maya.post(path, &[]).await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn an_administrator_takes_the_factor_of_a_lost_phone_away() {
    let portal = Portal::shipped().await;
    let mut maya = member(&portal, &[Role::Administrator]).await;
    let mut jonas = member(&portal, &[Role::Recruiter]).await;
    enrol(&portal, &mut jonas.browser).await;
    let person = format!("/people/{}", jonas.account);
    let page = maya.browser.page(&person).await;
    assert!(
        text(&page).contains("An authenticator app, 10 recovery codes left."),
        "{}",
        text(&page)
    );
    // Not from a browser that was left open.
    portal.clock.set(portal.clock.now() + SignedDuration::from_mins(10));
    let stale = maya.browser.post(&format!("{person}/factors"), &[]).await;
    assert!(stale.header("location").starts_with("/account/confirm?next=%2Fpeople%2F"));
    maya.browser.submit("/account/confirm", &[("proof", PASSWORD)]).await;
    portal.letters().await;
    let done = maya.browser.submit(&format!("{person}/factors"), &[]).await;
    assert!(text(&done).contains("The second factor is removed"));
    assert_eq!(jonas.browser.get("/desk").await.status, StatusCode::SEE_OTHER, "signed out");
    let letters = portal.letters().await;
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].to.address.as_str(), jonas.email);
    assert!(letters[0].text.contains("has removed the second factor"), "{}", letters[0].text);
    assert_eq!(sign_in(&mut jonas.browser, &jonas.email).await, "/sign-in");
    assert_eq!(events(&portal).await.last().unwrap(), "account.factors_taken_away");
    for table in ["account_totp", "account_recovery_code"] {
        assert_eq!(count(&portal, table).await, 0);
    }
}

#[tokio::test]
async fn a_dump_of_the_database_proves_nothing() {
    let portal = Portal::shipped().await;
    let Member { mut browser, email, .. } = member(&portal, &[Role::Hr]).await;
    let (app, recovery) = enrol(&portal, &mut browser).await;
    let mut waits = portal.browser();
    sign_in(&mut waits, &email).await;
    waits.post("/sign-in/passkey/challenge", &[]).await;
    let tables: Vec<String> = sqlx::query_scalar(
        "select relname::text from pg_class
         where relkind = 'r' and relnamespace = 'public'::regnamespace order by 1",
    )
    .fetch_all(&portal.owner().await)
    .await
    .unwrap();
    let mut dump = String::new();
    for table in tables {
        let all = format!("select coalesce(string_agg(t::text, ' '), '') from \"{table}\" t");
        let rows: String =
            sqlx::query_scalar(AssertSqlSafe(all)).fetch_one(&portal.owner().await).await.unwrap();
        dump.push_str(&rows);
    }
    let dump = dump.to_lowercase();
    let secret = app.0.secret();
    let hex: String = secret.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    let mut secrets = vec![hex, secret.to_base32().to_lowercase()];
    for code in &recovery {
        secrets.extend([code.clone(), code.replace('-', "")]);
    }
    for cookie in ["__Host-pending", "__Host-browser", "__Host-challenge"] {
        secrets.push(waits.cookie(cookie).expect("it is set").to_lowercase());
    }
    for secret in secrets {
        assert!(!dump.contains(&secret), "{secret} is in the database");
    }
    // What is kept is the hash, so the search would have found what it looks for.
    let hash = TokenHash::of(&recovery[0]);
    let hash: String = hash.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(dump.contains(&hash));
}

#[tokio::test]
async fn a_key_that_was_lost_refuses_codes_and_lets_recovery_codes_in() {
    let portal = Portal::shipped().await;
    let Member { mut browser, email, .. } = member(&portal, &[Role::Hr]).await;
    let (app, recovery) = enrol(&portal, &mut browser).await;
    let other = "b3RoZXIgc2VjcmV0IGtleSBvZiB0aGUgdGVzdHMsIDM";
    let twin = portal.twin_set_as(&[("PORTAL_SECRET_KEY", other)]).await;
    twin.clock.set(portal.clock.now());
    let mut waits = twin.browser();
    assert!(sign_in(&mut waits, &email).await.starts_with(SECOND));
    let code = app.next(&twin);
    let refused = waits.post(SECOND, &[("code", &code)]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(waits.post(SECOND, &[("code", &recovery[0])]).await.status, StatusCode::SEE_OTHER);
    // The operator is told, and puts the old key after the new one.
    let new = Keys::parse(other).unwrap();
    assert_eq!(factors::sealed_otherwise(&portal.db, &new.ids()).await.unwrap(), 1);
    let both = format!("{other},{SECRET_KEY}");
    let ids = Keys::parse(&both).unwrap().ids();
    assert_eq!(factors::sealed_otherwise(&portal.db, &ids).await.unwrap(), 0);
    let twin = portal.twin_set_as(&[("PORTAL_SECRET_KEY", &both)]).await;
    twin.clock.set(portal.clock.now() + SignedDuration::from_mins(1));
    let mut waits = twin.browser();
    sign_in(&mut waits, &email).await;
    let code = app.code(&twin);
    assert_eq!(waits.post(SECOND, &[("code", &code)]).await.status, StatusCode::SEE_OTHER);
}
