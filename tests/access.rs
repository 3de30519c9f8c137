//! Who may reach what: every recorded route, by every method, as every kind of viewer.
//!
//! A route that is not in the table below fails here, so that nobody adds one without deciding.

use std::collections::BTreeSet;

use http::{HeaderMap, HeaderValue, Method, StatusCode};
use jiff_sqlx::ToSqlx;
use portal::ids::AccountId;
use portal::web::routes::{Audience, Route};
use portal::web::viewer::Role;

use crate::support::Portal;
use crate::support::interview::{Between, Interview};
use crate::support::portal::Answer;

/// Who may reach a route.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum May {
    /// Anybody, who then gets this.
    Anybody(StatusCode),
    /// Who has signed in.
    Members,
    /// Who has one of these roles.
    With(&'static [Role]),
    /// Those to whom the interview belongs and who have one of these roles.
    Of(&'static [Role]),
}

use May::{Anybody, Members, Of, With};

const OK: May = Anybody(StatusCode::OK);
/// Built without them, there is nothing to ask.
const PASSKEYS: May =
    Anybody(if cfg!(feature = "passkeys") { StatusCode::OK } else { StatusCode::NOT_FOUND });
const ADMINISTRATORS: May = With(&[Role::Administrator]);
const STAFF: May = With(&[
    Role::Recruiter,
    Role::Interviewer,
    Role::HiringManager,
    Role::Hr,
    Role::Administrator,
    Role::External,
]);

/// Who looks after candidates or decides on them.
const CANDIDATES_STAFF: May = With(&[Role::Recruiter, Role::HiringManager]);
const RECRUITERS: May = With(&[Role::Recruiter]);
/// The recruiter and the hiring manager of an application.
const ITS_STAFF: May = Of(&[Role::Recruiter, Role::HiringManager]);
const ITS_RECRUITER: May = Of(&[Role::Recruiter]);
const ITS_CANDIDATE: May = Of(&[Role::Candidate]);
const ITS_PANEL: May = Of(&[Role::Interviewer, Role::External]);
/// The firm that has an external stage, and the recruiter in its place.
const ITS_FIRM: May = Of(&[Role::Recruiter, Role::External]);
const ITS_MANAGER: May = Of(&[Role::HiringManager]);
const SEES_INTERVIEWERS: May = With(&[Role::Recruiter, Role::HiringManager, Role::Administrator]);

/// A route, an address it answers (`PERSON` stands for an account's id, `STAGE` for a stage's, `APPLICATION`
/// and `ASSIGNMENT` for an interview under way, `HANDED-IN` for one whose work is here, `OFFER` for an offer in one,
/// `LATE` for one for which something came late, `FIRM` for an external one that a firm has assessed, `COUNTED` for a
/// stage that is counted in one, `SEAT` for one that others run and they are on the panel of, `READS` for one of those
/// whose work they read, `FIXED` for one whose work was fixed), and
/// who may reach it.
pub(crate) const TABLE: &[(Method, &str, &str, May)] = &[
    (Method::GET, "/", "/", OK),
    (Method::GET, "/tracks", "/tracks", Anybody(StatusCode::PERMANENT_REDIRECT)),
    (Method::GET, "/tracks/{slug}", "/tracks/systems", OK),
    (Method::GET, "/levels", "/levels", OK),
    (Method::GET, "/levels/{*slug}", "/levels/sre", OK),
    (Method::GET, "/docs", "/docs", OK),
    (Method::GET, "/docs/{*path}", "/docs/teams.md", OK),
    (
        Method::GET,
        "/files/{hash}/{*path}",
        "/files/000000000000/levels.pdf",
        Anybody(StatusCode::NOT_FOUND),
    ),
    (Method::GET, "/assets/{name}", "/assets/nothing.css", Anybody(StatusCode::NOT_FOUND)),
    (Method::GET, "/logo/{name}", "/logo/nothing", Anybody(StatusCode::NOT_FOUND)),
    (Method::GET, "/favicon.ico", "/favicon.ico", OK),
    (Method::GET, "/robots.txt", "/robots.txt", OK),
    (Method::GET, "/sitemap.xml", "/sitemap.xml", OK),
    (Method::GET, "/style", "/style", OK),
    (Method::GET, "/search", "/search?q=cgroup", OK),
    (Method::GET, "/healthz", "/healthz", OK),
    (Method::GET, "/readyz", "/readyz", OK),
    // Only this machine may read metrics, and a request in a test comes from nowhere.
    (Method::GET, "/metrics", "/metrics", Anybody(StatusCode::NOT_FOUND)),
    (Method::GET, "/set-up/{token}", "/set-up/nothing", Anybody(StatusCode::GONE)),
    (Method::POST, "/set-up/{token}", "/set-up/nothing", Anybody(StatusCode::GONE)),
    (Method::GET, "/sign-in/link", "/sign-in/link", OK),
    (Method::POST, "/sign-in/link", "/sign-in/link", Anybody(StatusCode::UNPROCESSABLE_ENTITY)),
    (Method::GET, "/sign-in/link/{token}", "/sign-in/link/nothing", Anybody(StatusCode::GONE)),
    (Method::POST, "/sign-in/link/{token}", "/sign-in/link/nothing", Anybody(StatusCode::GONE)),
    (Method::GET, "/reset/{token}", "/reset/nothing", Anybody(StatusCode::GONE)),
    (Method::POST, "/reset/{token}", "/reset/nothing", Anybody(StatusCode::GONE)),
    (Method::GET, "/email/{token}", "/email/nothing", Anybody(StatusCode::GONE)),
    (Method::POST, "/email/{token}", "/email/nothing", Anybody(StatusCode::GONE)),
    // Where no OpenID provider is set, nobody goes to one or comes back.
    (Method::POST, "/sign-in/provider", "/sign-in/provider", Anybody(StatusCode::NOT_FOUND)),
    (
        Method::GET,
        "/sign-in/provider/callback",
        "/sign-in/provider/callback",
        Anybody(StatusCode::NOT_FOUND),
    ),
    (Method::POST, "/sign-in", "/sign-in", Anybody(StatusCode::UNPROCESSABLE_ENTITY)),
    (
        Method::POST,
        "/sign-in/passkey",
        "/sign-in/passkey",
        Anybody(StatusCode::UNPROCESSABLE_ENTITY),
    ),
    (Method::POST, "/sign-in/passkey/challenge", "/sign-in/passkey/challenge", PASSKEYS),
    // Whoever proved no first factor is asked for it.
    (Method::GET, "/sign-in/second", "/sign-in/second", Anybody(StatusCode::SEE_OTHER)),
    (Method::POST, "/sign-in/second", "/sign-in/second", Anybody(StatusCode::GONE)),
    (
        Method::POST,
        "/sign-in/second/challenge",
        "/sign-in/second/challenge",
        Anybody(StatusCode::NOT_FOUND),
    ),
    (Method::GET, "/invitation/{token}", "/invitation/nothing", Anybody(StatusCode::GONE)),
    (Method::POST, "/invitation/{token}", "/invitation/nothing", Anybody(StatusCode::GONE)),
    (Method::GET, "/privacy", "/privacy", OK),
    (Method::GET, "/desk", "/desk", STAFF),
    (Method::GET, "/pipeline", "/pipeline?track=operations", CANDIDATES_STAFF),
    (Method::GET, "/pipeline.csv", "/pipeline.csv", CANDIDATES_STAFF),
    (Method::GET, "/reports", "/reports?level=3", SEES_INTERVIEWERS),
    (Method::GET, "/reports/{table}", "/reports/times.csv", SEES_INTERVIEWERS),
    (Method::GET, "/my", "/my", With(&[Role::Candidate])),
    (Method::GET, "/my/data", "/my/data", With(&[Role::Candidate])),
    (Method::POST, "/my/data", "/my/data", With(&[Role::Candidate])),
    (Method::GET, "/candidates", "/candidates?q=a&state=assigned&open=yes", CANDIDATES_STAFF),
    (Method::GET, "/candidates/add", "/candidates/add", RECRUITERS),
    (Method::POST, "/candidates/add", "/candidates/add", RECRUITERS),
    (Method::GET, "/candidates/add/many", "/candidates/add/many", RECRUITERS),
    (Method::POST, "/candidates/add/many", "/candidates/add/many", RECRUITERS),
    (Method::GET, "/applications/{id}", "/applications/APPLICATION", ITS_STAFF),
    (Method::GET, "/applications/{id}/give", "/applications/APPLICATION/give", ITS_RECRUITER),
    (Method::POST, "/applications/{id}/give", "/applications/APPLICATION/give", ITS_RECRUITER),
    (
        Method::GET,
        "/applications/{id}/hand-over",
        "/applications/APPLICATION/hand-over",
        ITS_RECRUITER,
    ),
    (
        Method::POST,
        "/applications/{id}/hand-over",
        "/applications/APPLICATION/hand-over",
        ITS_RECRUITER,
    ),
    (
        Method::GET,
        "/applications/without-recruiter",
        "/applications/without-recruiter",
        ADMINISTRATORS,
    ),
    (
        Method::GET,
        "/applications/{id}/identity",
        "/applications/APPLICATION/identity",
        ADMINISTRATORS,
    ),
    (
        Method::POST,
        "/applications/{id}/identity",
        "/applications/APPLICATION/identity",
        ADMINISTRATORS,
    ),
    (Method::POST, "/applications/{id}/count", "/applications/APPLICATION/count", ITS_RECRUITER),
    (
        Method::GET,
        "/applications/{id}/counted/{stage}",
        "/applications/APPLICATION/counted/COUNTED",
        ITS_STAFF,
    ),
    (Method::GET, "/applications/{id}/resume", "/applications/APPLICATION/resume", ITS_RECRUITER),
    (Method::POST, "/applications/{id}/resume", "/applications/APPLICATION/resume", ITS_RECRUITER),
    (
        Method::GET,
        "/applications/{id}/resume.pdf",
        "/applications/APPLICATION/resume.pdf",
        ITS_STAFF,
    ),
    (Method::GET, "/applications/{id}/close", "/applications/APPLICATION/close", ITS_RECRUITER),
    (Method::POST, "/applications/{id}/close", "/applications/APPLICATION/close", ITS_RECRUITER),
    (
        Method::GET,
        "/applications/{id}/assignments/{assignment}",
        "/applications/APPLICATION/assignments/ASSIGNMENT",
        ITS_STAFF,
    ),
    (
        Method::POST,
        "/applications/{id}/assignments/{assignment}",
        "/applications/APPLICATION/assignments/ASSIGNMENT",
        ITS_RECRUITER,
    ),
    (
        Method::GET,
        "/applications/{id}/assignments/{assignment}/panel",
        "/applications/APPLICATION/assignments/ASSIGNMENT/panel",
        ITS_RECRUITER,
    ),
    (
        Method::POST,
        "/applications/{id}/assignments/{assignment}/panel",
        "/applications/APPLICATION/assignments/ASSIGNMENT/panel",
        ITS_RECRUITER,
    ),
    (
        Method::GET,
        "/applications/{id}/conflicts",
        "/applications/APPLICATION/conflicts",
        ITS_RECRUITER,
    ),
    (
        Method::POST,
        "/applications/{id}/conflicts",
        "/applications/APPLICATION/conflicts",
        ITS_RECRUITER,
    ),
    (
        Method::GET,
        "/applications/{id}/assignments/{assignment}/receipt",
        "/applications/APPLICATION/assignments/HANDED-IN/receipt",
        ITS_STAFF,
    ),
    (
        Method::POST,
        "/applications/{id}/assignments/{assignment}/receipt",
        "/applications/APPLICATION/assignments/HANDED-IN/receipt",
        ITS_RECRUITER,
    ),
    (
        Method::GET,
        "/debriefs/{id}/decision",
        "/debriefs/ASSIGNMENT/decision",
        Of(&[Role::HiringManager]),
    ),
    (
        Method::POST,
        "/debriefs/{id}/decision",
        "/debriefs/ASSIGNMENT/decision",
        Of(&[Role::HiringManager]),
    ),
    (
        Method::GET,
        "/applications/{id}/assignments/{assignment}/late",
        "/applications/APPLICATION/assignments/LATE/late",
        ITS_RECRUITER,
    ),
    (
        Method::POST,
        "/applications/{id}/assignments/{assignment}/late",
        "/applications/APPLICATION/assignments/LATE/late",
        ITS_RECRUITER,
    ),
    (Method::GET, "/assessments/{id}", "/assessments/FIRM", ITS_FIRM),
    (Method::POST, "/assessments/{id}", "/assessments/FIRM", ITS_FIRM),
    (Method::GET, "/assessments/{id}/report.pdf", "/assessments/FIRM/report.pdf", ITS_FIRM),
    (
        Method::GET,
        "/assignments/{id}/work/assessment.pdf",
        "/assignments/FIRM/work/assessment.pdf",
        ITS_MANAGER,
    ),
    (Method::GET, "/applications/{id}/offer", "/applications/APPLICATION/offer", ITS_STAFF),
    (Method::POST, "/applications/{id}/offer", "/applications/APPLICATION/offer", ITS_RECRUITER),
    (Method::GET, "/offers/{id}", "/offers/OFFER", Of(&[Role::Hr])),
    (Method::POST, "/offers/{id}", "/offers/OFFER", Of(&[Role::Hr])),
    // Nobody is told of what is not decided; `decision` tests it.
    (Method::GET, "/my/assignments/{id}/decision", "/my/assignments/ASSIGNMENT/decision", Of(&[])),
    // And by its panel, which `submission` tests.
    (
        Method::GET,
        "/assignments/{id}/work",
        "/assignments/HANDED-IN/work",
        Of(&[Role::HiringManager]),
    ),
    (Method::POST, "/assignments/{id}/work", "/assignments/READS/work", ITS_PANEL),
    (
        Method::GET,
        "/assignments/{id}/work/file",
        "/assignments/HANDED-IN/work/file?path=poll.go",
        Of(&[Role::HiringManager]),
    ),
    (
        Method::GET,
        "/assignments/{id}/work/archive",
        "/assignments/HANDED-IN/work/archive",
        Of(&[Role::HiringManager]),
    ),
    (
        Method::GET,
        "/assignments/{id}/work/before",
        "/assignments/FIXED/work/before",
        Of(&[Role::HiringManager]),
    ),
    (
        Method::GET,
        "/assignments/{id}/work/before/file",
        "/assignments/FIXED/work/before/file?path=poll.go",
        Of(&[Role::HiringManager]),
    ),
    (
        Method::GET,
        "/assignments/{id}/work/before/archive",
        "/assignments/FIXED/work/before/archive",
        Of(&[Role::HiringManager]),
    ),
    (Method::GET, "/reviews/{id}", "/reviews/SEAT", ITS_PANEL),
    (Method::POST, "/reviews/{id}", "/reviews/SEAT", ITS_PANEL),
    (Method::GET, "/debriefs/{id}", "/debriefs/ASSIGNMENT", ITS_STAFF),
    (Method::POST, "/debriefs/{id}", "/debriefs/ASSIGNMENT", Of(&[Role::HiringManager])),
    (Method::GET, "/reviews/availability", "/reviews/availability", With(&[Role::Interviewer])),
    (Method::POST, "/reviews/availability", "/reviews/availability", With(&[Role::Interviewer])),
    (Method::GET, "/reviews/calendar", "/reviews/calendar", With(&[Role::Interviewer])),
    (Method::POST, "/reviews/calendar", "/reviews/calendar", With(&[Role::Interviewer])),
    (Method::GET, "/calendar/{token}", "/calendar/nothing.ics", Anybody(StatusCode::NOT_FOUND)),
    (Method::GET, "/interviewers", "/interviewers", SEES_INTERVIEWERS),
    (Method::GET, "/interviewers/{id}", "/interviewers/LOOKS", SEES_INTERVIEWERS),
    (
        Method::POST,
        "/interviewers/{id}",
        "/interviewers/LOOKS",
        With(&[Role::HiringManager, Role::Administrator]),
    ),
    (Method::GET, "/my/assignments/{id}", "/my/assignments/ASSIGNMENT", ITS_CANDIDATE),
    (
        Method::GET,
        "/my/assignments/{id}/calendar.ics",
        "/my/assignments/ASSIGNMENT/calendar.ics",
        ITS_CANDIDATE,
    ),
    (Method::GET, "/my/assignments/{id}/needs", "/my/assignments/ASSIGNMENT/needs", ITS_CANDIDATE),
    (Method::POST, "/my/assignments/{id}/needs", "/my/assignments/ASSIGNMENT/needs", ITS_CANDIDATE),
    (
        Method::POST,
        "/my/assignments/{id}/acquaintances",
        "/my/assignments/ASSIGNMENT/acquaintances",
        ITS_CANDIDATE,
    ),
    (
        Method::GET,
        "/my/assignments/{id}/hand-in",
        "/my/assignments/ASSIGNMENT/hand-in",
        ITS_CANDIDATE,
    ),
    (
        Method::POST,
        "/my/assignments/{id}/hand-in",
        "/my/assignments/ASSIGNMENT/hand-in",
        ITS_CANDIDATE,
    ),
    (
        Method::GET,
        "/my/assignments/{id}/hand-in/look",
        "/my/assignments/ASSIGNMENT/hand-in/look",
        ITS_CANDIDATE,
    ),
    (
        Method::POST,
        "/my/assignments/{id}/hand-in/look",
        "/my/assignments/ASSIGNMENT/hand-in/look",
        ITS_CANDIDATE,
    ),
    (
        Method::GET,
        "/my/assignments/{id}/hand-in/look/file",
        "/my/assignments/HANDED-IN/hand-in/look/file?path=poll.go",
        ITS_CANDIDATE,
    ),
    (
        Method::GET,
        "/my/assignments/{id}/hand-in/look/archive",
        "/my/assignments/HANDED-IN/hand-in/look/archive",
        ITS_CANDIDATE,
    ),
    (
        Method::GET,
        "/my/assignments/{id}/hand-in/look/sent",
        "/my/assignments/HANDED-IN/hand-in/look/sent",
        ITS_CANDIDATE,
    ),
    (Method::POST, "/my/assignments/{id}/start", "/my/assignments/ASSIGNMENT/start", ITS_CANDIDATE),
    (Method::POST, "/my/assignments/{id}/time", "/my/assignments/ASSIGNMENT/time", ITS_CANDIDATE),
    (
        Method::POST,
        "/my/assignments/{id}/withdrawal",
        "/my/assignments/ASSIGNMENT/withdrawal",
        ITS_CANDIDATE,
    ),
    (Method::GET, "/people", "/people", ADMINISTRATORS),
    (Method::GET, "/people/invite", "/people/invite", ADMINISTRATORS),
    (Method::POST, "/people/invite", "/people/invite", ADMINISTRATORS),
    (Method::GET, "/people/invite/many", "/people/invite/many", ADMINISTRATORS),
    (Method::POST, "/people/invite/many", "/people/invite/many", ADMINISTRATORS),
    (Method::GET, "/people/{id}", "/people/PERSON", ADMINISTRATORS),
    (Method::POST, "/people/{id}/roles", "/people/PERSON/roles", ADMINISTRATORS),
    (Method::POST, "/people/{id}/standing", "/people/PERSON/standing", ADMINISTRATORS),
    (Method::GET, "/people/{id}/link", "/people/PERSON/link", ADMINISTRATORS),
    (Method::POST, "/people/{id}/link", "/people/PERSON/link", ADMINISTRATORS),
    (Method::POST, "/people/{id}/details", "/people/PERSON/details", ADMINISTRATORS),
    (Method::POST, "/people/{id}/withdrawal", "/people/PERSON/withdrawal", ADMINISTRATORS),
    (Method::POST, "/people/{id}/rescue", "/people/PERSON/rescue", ADMINISTRATORS),
    (Method::GET, "/people/{id}/reset", "/people/PERSON/reset", ADMINISTRATORS),
    (Method::POST, "/people/{id}/reset", "/people/PERSON/reset", ADMINISTRATORS),
    (Method::POST, "/people/{id}/factors", "/people/PERSON/factors", ADMINISTRATORS),
    (Method::GET, "/audit", "/audit", ADMINISTRATORS),
    (Method::POST, "/audit/export", "/audit/export", ADMINISTRATORS),
    (Method::GET, "/settings", "/settings", ADMINISTRATORS),
    (Method::POST, "/settings", "/settings", ADMINISTRATORS),
    (Method::GET, "/settings/calendar", "/settings/calendar", ADMINISTRATORS),
    (Method::POST, "/settings/calendar", "/settings/calendar", ADMINISTRATORS),
    (Method::GET, "/settings/recipes", "/settings/recipes", ADMINISTRATORS),
    (Method::GET, "/settings/recipes/{stage}", "/settings/recipes/STAGE", ADMINISTRATORS),
    (Method::POST, "/settings/recipes/{stage}", "/settings/recipes/STAGE", ADMINISTRATORS),
    (
        Method::POST,
        "/settings/tracks/{slug}/positions",
        "/settings/tracks/systems/positions",
        ADMINISTRATORS,
    ),
    (
        Method::POST,
        "/settings/tracks/{slug}/attribution",
        "/settings/tracks/systems/attribution",
        ADMINISTRATORS,
    ),
    (Method::GET, "/outbox", "/outbox", ADMINISTRATORS),
    (Method::POST, "/outbox/{id}/retry", "/outbox/PERSON/retry", ADMINISTRATORS),
    (Method::GET, "/settings/letters", "/settings/letters", ADMINISTRATORS),
    (Method::GET, "/settings/letters/{name}", "/settings/letters/invitation", ADMINISTRATORS),
    (Method::POST, "/settings/letters/{name}", "/settings/letters/invitation", ADMINISTRATORS),
    (
        Method::GET,
        "/settings/letters/{name}/preview",
        "/settings/letters/invitation/preview",
        ADMINISTRATORS,
    ),
    (
        Method::POST,
        "/settings/letters/{name}/preview",
        "/settings/letters/invitation/preview",
        ADMINISTRATORS,
    ),
    (Method::GET, "/account", "/account", Members),
    (Method::POST, "/account", "/account", Members),
    (Method::GET, "/account/security", "/account/security", Members),
    (Method::POST, "/account/security/password", "/account/security/password", Members),
    (Method::GET, "/account/security/totp", "/account/security/totp", Members),
    (Method::POST, "/account/security/totp", "/account/security/totp", Members),
    (Method::POST, "/account/security/totp/removal", "/account/security/totp/removal", Members),
    (Method::POST, "/account/security/passkeys", "/account/security/passkeys", Members),
    (
        Method::POST,
        "/account/security/passkey-challenge",
        "/account/security/passkey-challenge",
        Members,
    ),
    (Method::POST, "/account/security/recovery", "/account/security/recovery", Members),
    (Method::POST, "/account/security/recovery/file", "/account/security/recovery/file", Members),
    (Method::GET, "/account/confirm", "/account/confirm", Members),
    (Method::POST, "/account/confirm", "/account/confirm", Members),
    (Method::POST, "/account/confirm/challenge", "/account/confirm/challenge", Members),
    (Method::POST, "/account/email", "/account/email", Members),
    (Method::POST, "/account/email/stop", "/account/email/stop", Members),
    (Method::POST, "/account/security/provider", "/account/security/provider", Members),
    (
        Method::POST,
        "/account/security/provider/unlink",
        "/account/security/provider/unlink",
        Members,
    ),
    (Method::GET, "/account/tokens", "/account/tokens", Members),
    (Method::POST, "/account/tokens", "/account/tokens", Members),
    (Method::POST, "/account/tokens/revoke", "/account/tokens/revoke", Members),
    (Method::GET, "/account/sessions", "/account/sessions", Members),
    (Method::POST, "/account/sessions", "/account/sessions", Members),
];

/// Routes that are asked apart: the first shows who has signed in their own page, the second ends the
/// session it is asked from.
const APART: [(Method, &str); 2] = [(Method::GET, "/sign-in"), (Method::POST, "/sign-out")];

/// Every kind of viewer, combinations of roles included. The first has not signed in.
pub(crate) const VIEWERS: [&[Role]; 11] = [
    &[],
    &[Role::Candidate],
    &[Role::Recruiter],
    &[Role::Interviewer],
    &[Role::HiringManager],
    &[Role::Hr],
    &[Role::Administrator],
    &[Role::External],
    &[Role::Recruiter, Role::Interviewer],
    &[Role::Administrator, Role::Interviewer],
    &[Role::Administrator, Role::HiringManager],
];

/// Recorded routes that the tables do not know.
fn unknown(routes: &[Route]) -> Vec<String> {
    let listed = TABLE.iter().map(|(method, path, ..)| (method.clone(), *path));
    let known: BTreeSet<(String, &str)> =
        listed.chain(APART).map(|(method, path)| (method.to_string(), path)).collect();
    let is_unknown = |route: &&Route| !known.contains(&(route.method.to_string(), route.path));
    let unknown = routes.iter().filter(is_unknown);
    unknown.map(|route| format!("{} {}", route.method, route.path)).collect()
}

#[tokio::test]
async fn every_recorded_route_is_in_the_table_and_the_table_holds_no_other() {
    let portal = Portal::shipped().await;
    assert_eq!(unknown(&portal.routes), Vec::<String>::new(), "decide who may reach these");
    for (method, path, _, may) in TABLE {
        let mut recorded = portal.routes.iter();
        let found = recorded.find(|route| route.method == method && route.path == *path);
        let audience = found.map(|route| route.audience);
        let is_private = matches!(audience, Some(Audience::Holders(_)));
        assert!(audience.is_some(), "{method} {path} is no longer routed");
        assert_eq!(is_private, !matches!(may, Anybody(_)), "{method} {path}: {audience:?}");
    }
}

#[test]
fn a_route_that_nobody_decided_about_is_noticed() {
    let public = |path| Route {
        method: Method::POST,
        path,
        audience: Audience::Public,
        wants_proof: false,
        is_large: false,
    };
    let (added, other_method) = (public("/votes"), public("/people"));
    assert_eq!(unknown(&[added, other_method]), ["POST /votes", "POST /people"]);
}

/// What this viewer may get from a route, given what they did get.
fn is_right(may: May, viewer: &[Role], method: &Method, answer: &Answer) -> bool {
    let leads_in = answer.header("location").starts_with("/sign-in?next=");
    let granted = match may {
        Anybody(status) => return answer.status == status,
        Members => !viewer.is_empty(),
        With(roles) | Of(roles) => viewer.iter().any(|role| roles.contains(role)),
    };
    match (granted, viewer.is_empty()) {
        (true, _) => !leads_in && !matches!(answer.status.as_u16(), 401 | 403 | 404 | 405 | 500..),
        (false, true) if method == Method::POST => answer.status == StatusCode::UNAUTHORIZED,
        (false, true) => answer.status == StatusCode::SEE_OTHER && leads_in,
        // Whoever may not know of a page is told that it is not there.
        (false, false) => answer.status == StatusCode::NOT_FOUND,
    }
}

#[tokio::test]
async fn everyone_gets_what_the_table_says() {
    let portal = Portal::shipped().await;
    let stage = portal.stage("operations", "automation.md").await.to_string();
    for viewer in VIEWERS {
        for (method, path, address, may) in TABLE {
            // A browser each: some of these change or end the session they are asked from.
            let mut browser =
                if viewer.is_empty() { portal.browser() } else { portal.signed_in(viewer).await };
            let other = portal.signed_in(&[Role::Recruiter]).await.account.unwrap();
            let address = address.replace("PERSON", &other.to_string()).replace("STAGE", &stage);
            let address = of_theirs(&portal, &address, viewer, browser.account).await;
            // Tries at signing in are counted by address; each of these is for another.
            let somebody = other.to_string();
            let fields: &[(&str, &str)] =
                if *path == "/sign-in" { &[("email", &somebody)] } else { &[] };
            let answer = browser.send(method.clone(), &address, fields).await;
            assert!(
                is_right(*may, viewer, method, &answer),
                "{method} {path} as {viewer:?}: {} {}",
                answer.status,
                answer.header("location")
            );
            if method == Method::GET {
                let head = browser.send(Method::HEAD, &address, &[]).await;
                assert_eq!(head.status, answer.status, "HEAD {path} as {viewer:?}");
                assert!(head.body.is_empty(), "HEAD {path} has a body");
            }
        }
    }
}

/// `address` with the ids of an interview of its own in it, which belongs to `account` in whatever roles they
/// have, and to others in the rest.
async fn of_theirs(
    portal: &Portal,
    address: &str,
    roles: &[Role],
    account: Option<AccountId>,
) -> String {
    if address.contains("LOOKS") {
        let looks = portal.signed_in(&[Role::Interviewer]).await.account.unwrap();
        return address.replace("LOOKS", &looks.to_string());
    }
    let reads = address.contains("READS");
    let is_seat = address.contains("SEAT") || reads;
    let words = [
        "SEAT",
        "READS",
        "APPLICATION",
        "ASSIGNMENT",
        "HANDED-IN",
        "FIXED",
        "OFFER",
        "FIRM",
        "LATE",
    ];
    if words.iter().all(|word| !address.contains(word)) {
        return address.to_owned();
    }
    // Whoever runs an application is on none of its panels.
    let roles = if is_seat { &[] } else { roles };
    let mut parts = Vec::new();
    for role in [Role::Candidate, Role::Recruiter, Role::HiringManager, Role::Hr] {
        parts.push(match account.filter(|_| roles.contains(&role)) {
            Some(account) => account,
            None => portal.signed_in(&[role]).await.account.unwrap(),
        });
    }
    let between = Between { candidate: parts[0], recruiter: parts[1], manager: Some(parts[2]) };
    let made = portal.interview(between).await;
    sqlx::query(
        "insert into resume (application_id, pdf, added_at, added_by)
         values ($1, '%PDF-', now(), $2)",
    )
    .bind(made.application)
    .bind(between.recruiter)
    .execute(&portal.owner().await)
    .await
    .unwrap();
    match account.filter(|_| is_seat) {
        Some(account) if reads => portal.sit(made, account, false).await,
        Some(account) => portal.seat(made, account).await,
        None => {}
    }
    let is_fixed = address.contains("FIXED");
    if address.contains("HANDED-IN") || reads || is_fixed {
        portal.hand_in_work(made).await;
    }
    if is_fixed {
        portal.fix_work(made).await;
    }
    if address.contains("LATE") {
        let late = "insert into submission
               (submission_id, assignment_id, content_hash, level, links, note, answers, handed_in_at, stands,
                late_minutes)
             values (gen_random_uuid(), $1, sha256('late'), 3, '{}', '', '[]', now(), false, 12)";
        sqlx::query(late).bind(made.assignment).execute(&portal.owner().await).await.unwrap();
    }
    let address = address.replace("LATE", &made.assignment.to_string());
    if address.contains("FIRM") {
        let firm = match account.filter(|_| roles.contains(&Role::External)) {
            Some(account) => account,
            None => portal.signed_in(&[Role::External]).await.account.unwrap(),
        };
        portal.assessed(made, firm).await;
    }
    let address = address.replace("FIRM", &made.assignment.to_string());
    let counted = match address.contains("COUNTED") {
        true => counted(portal, between, made).await,
        false => String::new(),
    };
    let address = address.replace("COUNTED", &counted);
    let offer = uuid::Uuid::now_v7();
    if address.contains("OFFER") {
        sqlx::query(
            "insert into offer
               (offer_id, application_id, hr_id, state, handed_over_at, contact_by, since, moved, moved_by)
             values ($1, $2, $3, 'handed_over', now(), now(), now(), '', $3)",
        )
        .bind(offer)
        .bind(made.application)
        .bind(parts[3])
        .execute(&portal.owner().await)
        .await
        .unwrap();
    }
    let address = address.replace("OFFER", &offer.to_string());
    let address = address.replace("HANDED-IN", &made.assignment.to_string());
    let address = address.replace("SEAT", &made.assignment.to_string());
    let address = address.replace("READS", &made.assignment.to_string());
    let address = address.replace("FIXED", &made.assignment.to_string());
    let address = address.replace("APPLICATION", &made.application.to_string());
    address.replace("ASSIGNMENT", &made.assignment.to_string())
}

/// The stage of an interview is counted, since its candidate passed it in another track; its id.
async fn counted(portal: &Portal, between: Between, made: Interview) -> String {
    let earlier = portal.interview_in("security", between).await;
    portal.pass(earlier, 3, portal.clock.now()).await;
    sqlx::query_scalar(
        "insert into counted_stage (application_id, stage_id, assignment_id, counted_at, counted_by)
         select application_id, stage_id, $2, assigned_at, $3
         from assignment
         where assignment_id = $1
         returning stage_id::text",
    )
    .bind(made.assignment)
    .bind(earlier.assignment)
    .bind(between.recruiter)
    .fetch_one(&portal.owner().await)
    .await
    .unwrap()
}

#[tokio::test]
async fn an_interview_is_there_for_nobody_it_does_not_belong_to() {
    let portal = Portal::shipped().await;
    let nothing = uuid::Uuid::now_v7().to_string();
    for viewer in VIEWERS.into_iter().filter(|viewer| !viewer.is_empty()) {
        let mut browser = portal.signed_in(viewer).await;
        for (method, path, address, may) in TABLE {
            if !matches!(may, Of(_)) {
                continue;
            }
            let others = of_theirs(&portal, address, &[], None).await;
            let hidden = browser.send(method.clone(), &others, &[]).await;
            assert_eq!(hidden.status, StatusCode::NOT_FOUND, "{method} {path} as {viewer:?}");
            // The same as where there is nothing at all.
            let nowhere = address.replace("APPLICATION", &nothing).replace("ASSIGNMENT", &nothing);
            let nowhere = nowhere.replace("SEAT", &nothing).replace("HANDED-IN", &nothing);
            let nowhere = nowhere.replace("OFFER", &nothing).replace("COUNTED", &nothing);
            let nowhere = nowhere.replace("FIRM", &nothing).replace("LATE", &nothing);
            let nowhere = nowhere.replace("READS", &nothing).replace("FIXED", &nothing);
            let missing = browser.send(method.clone(), &nowhere, &[]).await;
            let plain = |answer: &Answer, address: &str| answer.text().replace(address, "");
            assert_eq!(plain(&hidden, &others), plain(&missing, &nowhere), "{method} {path}");
        }
    }
}

#[tokio::test]
async fn a_browser_left_open_is_asked_for_a_proof_where_one_is_wanted_and_only_by_those_who_may() {
    let portal = Portal::shipped().await;
    let mut asked = 0;
    for (method, path, address, may) in TABLE {
        let mut recorded = portal.routes.iter();
        let route = recorded.find(|route| route.method == method && route.path == *path).unwrap();
        if !route.wants_proof {
            continue;
        }
        asked += 1;
        let (owner, stranger) = match may {
            With(roles) if !roles.contains(&Role::Administrator) => (roles[0], Role::Administrator),
            _ => (Role::Administrator, Role::Candidate),
        };
        let mut stranger = portal.signed_in(&[stranger]).await;
        let mut owner = portal.signed_in(&[owner]).await;
        let proved = portal.clock.now();
        portal.clock.set(proved + portal::web::proof::LASTS);
        let address = address.replace("PERSON", &owner.account.unwrap().to_string());
        let hidden = stranger.send(method.clone(), &address, &[]).await;
        let refused = owner.send(method.clone(), &address, &[]).await;
        let leads = refused.header("location");
        assert_eq!(refused.status, StatusCode::SEE_OTHER, "{method} {path}");
        let next = leads
            .strip_prefix("/account/confirm?next=")
            .unwrap_or_else(|| panic!("{path}: {leads}"));
        let next = next.replace("%2F", "/");
        if matches!(may, With(_)) {
            assert_eq!(hidden.status, StatusCode::NOT_FOUND, "{method} {path}");
        }
        portal.clock.set(proved);
        assert_eq!(owner.get(&next).await.status, StatusCode::OK, "{path} goes on at {next}");
    }
    assert!(asked > 7, "{asked}");
}

#[tokio::test]
async fn whoever_is_closed_or_whose_time_is_over_is_nobody_on_every_route() {
    let portal = Portal::shipped().await;
    for (end, role) in [("disabled_at", Role::Administrator), ("ends_at", Role::External)] {
        for (method, path, address, may) in TABLE {
            if matches!(may, Anybody(_)) {
                continue;
            }
            let mut gone = portal.signed_in(&[role]).await;
            let account = gone.account.unwrap();
            let statement = format!("update account set {end} = $2 where account_id = $1");
            let mut tx = portal.db.begin().await.unwrap();
            sqlx::query(sqlx::AssertSqlSafe(statement))
                .bind(account)
                .bind(portal.clock.now().to_sqlx())
                .execute(tx.connection())
                .await
                .unwrap();
            let _closed = tx.commit().await.unwrap();
            let address = address.replace("PERSON", &account.to_string());
            let address = of_theirs(&portal, &address, &[], None).await;
            let answer = gone.send(method.clone(), &address, &[]).await;
            assert!(is_right(*may, &[], method, &answer), "{method} {path}: {}", answer.status);
        }
    }
}

#[tokio::test]
async fn no_other_method_reaches_a_page_and_nothing_from_another_site_gets_that_far() {
    let portal = Portal::shipped().await;
    let mut browser = portal.signed_in(&[Role::Administrator]).await;
    let routed: BTreeSet<(String, &str)> =
        portal.routes.iter().map(|route| (route.method.to_string(), route.path)).collect();
    for (_, path, address, _) in TABLE {
        for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            if !routed.contains(&(method.to_string(), path)) {
                let own = browser.send(method.clone(), address, &[]).await;
                assert_eq!(own.status, StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
            }
            let mut cross = browser.clone();
            cross.headers.insert("origin", HeaderValue::from_static("https://elsewhere.example"));
            cross.headers.insert("sec-fetch-site", HeaderValue::from_static("cross-site"));
            let cross = cross.send(method.clone(), address, &[]).await;
            assert_eq!(cross.status, StatusCode::FORBIDDEN, "{method} {path} from elsewhere");
        }
    }
}

#[tokio::test]
async fn every_response_carries_the_security_headers_whatever_its_status() {
    let portal = Portal::shipped().await;
    let pdf = {
        let pages = portal.shelf.pages();
        let found =
            pages.addresses().find(|a| a.starts_with("/files/") && a.ends_with("levels.pdf"));
        found.expect("the shipped PDF is served").to_owned()
    };
    let mut answers = vec![portal.send(Method::POST, "/", HeaderMap::new()).await];
    let mut member = portal.signed_in(&[Role::Administrator]).await;
    for (method, _, address, _) in TABLE {
        answers.push(member.send(method.clone(), address, &[]).await);
    }
    for address in TABLE.iter().map(|(_, _, address, _)| *address).chain([
        "/nowhere",
        "/%ff%fe",
        &pdf,
        "/docs/levels.pdf",
    ]) {
        answers.push(portal.get(address).await);
    }
    let mut cross = HeaderMap::new();
    cross.insert("sec-fetch-site", HeaderValue::from_static("cross-site"));
    answers.push(portal.send(Method::POST, "/", cross).await);
    for answer in answers {
        for (name, part) in [
            ("content-security-policy", "default-src 'none'"),
            ("content-security-policy", "base-uri 'none'"),
            ("content-security-policy", "frame-ancestors"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("permissions-policy", "camera=()"),
            ("x-request-id", ""),
        ] {
            let value = answer.header(name);
            assert!(
                !value.is_empty() && value.contains(part),
                "{}: {name} is {value:?}",
                answer.status
            );
        }
        let policy = answer.header("content-security-policy");
        assert!(
            !policy.contains("unsafe-eval") && !policy.contains("script-src 'unsafe"),
            "{policy}"
        );
    }
}

#[tokio::test]
async fn only_a_pdf_may_be_framed_and_only_its_viewer_may_frame() {
    let portal = Portal::shipped().await;
    let viewer = portal.get("/docs/levels.pdf").await;
    assert!(viewer.header("content-security-policy").contains("object-src 'self'"));
    assert!(viewer.header("content-security-policy").contains("frame-ancestors 'none'"));
    let page = portal.get("/").await;
    assert!(!page.header("content-security-policy").contains("object-src"));
    assert_eq!(page.header("x-frame-options"), "DENY");
}
