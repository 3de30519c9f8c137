//! The pipeline counts where candidates stand, lists show the same, and what each page asks of the database
//! is counted.

use http::StatusCode;
use jiff_sqlx::ToSqlx;
use portal::clock::SignedDuration;
use portal::web::viewer::Role;
use serde_json::{Value, json};

use crate::support::Portal;
use crate::support::client::Browser;
use crate::support::html::{attributes, text};
use crate::support::interview::Between;
use crate::support::statements::statements;

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Four candidates of one recruiter in the operations track, one of whom has a hiring manager.
async fn four() -> (Portal, Browser, Browser, Vec<Browser>) {
    let portal = Portal::shipped().await;
    let tomas = portal.signed_in(&[Role::Recruiter]).await;
    let sean = portal.signed_in(&[Role::HiringManager]).await;
    let mut candidates = Vec::new();
    for n in 0..4 {
        let candidate = portal.signed_in(&[Role::Candidate]).await;
        let between = Between {
            candidate: candidate.account.unwrap(),
            recruiter: tomas.account.unwrap(),
            manager: (n == 0).then(|| sean.account.unwrap()),
        };
        portal.interview(between).await;
        candidates.push(candidate);
    }
    (portal, tomas, sean, candidates)
}

/// The row of a state: its cells as text.
fn row(page: &str, state: &str) -> Option<String> {
    let rows = page.split("<tr>").skip(1);
    rows.map(text).find(|row| row.starts_with(state))
}

/// Where the number of a state leads.
fn link(page: &str, state: &str) -> String {
    let links = attributes(page, "href").into_iter();
    let wanted = format!("state={state}");
    links.into_iter().find(|href| href.contains(&wanted)).expect("the number is a link")
}

async fn start(portal: &Portal, candidate: &mut Browser) {
    let assignment: uuid::Uuid = sqlx::query_scalar(
        "select assignment_id from assignment join application using (application_id)
         where candidate_id = $1",
    )
    .bind(candidate.account.unwrap())
    .fetch_one(&portal.owner().await)
    .await
    .unwrap();
    candidate.submit(&format!("/my/assignments/{assignment}/start"), &[]).await;
}

#[tokio::test]
async fn the_pipeline_counts_where_candidates_stand_and_leads_to_as_many() {
    let (portal, mut tomas, mut sean, mut candidates) = four().await;
    start(&portal, &mut candidates[0]).await;
    let page = tomas.page("/pipeline?track=operations").await;
    assert!(text(&page).contains("4 candidates are in DevOps"), "{}", text(&page));
    assert!(text(&page).contains("With the candidates 4 With recruiters 0"), "{}", text(&page));
    let waiting = row(&page, "Not started").expect("three have not begun");
    assert!(waiting.contains(" 3 ") && waiting.contains("Candidate"), "{waiting}");
    let listed = tomas.page(&link(&page, "assigned")).await;
    assert_eq!(listed.matches("data-label=\"Track\"").count(), 3);
    let with_them = "/candidates?track=operations&ball=candidate&open=yes";
    assert!(attributes(&page, "href").contains(&with_them.to_owned()), "{page}");
    let listed = tomas.page(with_them).await;
    assert_eq!(listed.matches("data-label=\"Track\"").count(), 4);
    let listed = tomas.page(&link(&page, "in_progress")).await;
    assert_eq!(listed.matches("data-label=\"Track\"").count(), 1);
    // The hiring manager counts the one that is theirs; another recruiter none.
    let theirs = sean.page("/pipeline?track=operations").await;
    assert!(text(&theirs).contains("One candidate is in DevOps"), "{}", text(&theirs));
    let mut noor = portal.signed_in(&[Role::Recruiter]).await;
    let none = text(&noor.page("/pipeline?track=operations").await);
    assert!(none.contains("Nobody is in DevOps"), "{none}");
    assert!(text(&tomas.page("/pipeline?track=systems").await).contains("Nobody is in Systems"));
    assert_eq!(tomas.get("/pipeline?track=nothing").await.status, StatusCode::NOT_FOUND);
    // It opens where somebody is; where nobody is, on the first track.
    let opens = text(&tomas.page("/pipeline").await);
    assert!(opens.contains("4 candidates are in DevOps"), "{opens}");
    let opens = text(&noor.page("/pipeline").await);
    assert!(opens.contains("Nobody is in Systems"), "{opens}");
    // Time passes, and nobody writes anything.
    portal.clock.set(portal.clock.now() + DAY * 7);
    let mut tomas = portal.browser_of(tomas.account.unwrap()).await;
    let page = tomas.page("/pipeline?track=operations").await;
    assert_eq!(row(&page, "Not started"), None);
    let lapsed = row(&page, "Lapsed").expect("three were not begun, one was not handed in");
    assert!(lapsed.contains(" 3 ") && lapsed.contains("Recruiter"), "{lapsed}");
    assert!(row(&page, "In progress").is_some_and(|row| row.contains("7 days")), "{}", text(&page));
    assert_eq!(tomas.page(&link(&page, "lapsed")).await.matches("data-label=\"Track\"").count(), 3);
    let desk = text(&tomas.page("/desk").await);
    assert_eq!(desk.matches(" let a stage lapse: ").count(), 3, "{desk}");
}

#[tokio::test]
async fn a_request_for_more_time_is_the_recruiters_ball() {
    let (portal, mut tomas, _, mut candidates) = four().await;
    start(&portal, &mut candidates[0]).await;
    let own = attributes(&candidates[0].page("/my").await, "href");
    let own = own.into_iter().find(|href| href.contains("/my/assignments/")).unwrap();
    let fields = [("count", "2"), ("unit", "days"), ("why", "My street was under water.")];
    candidates[0].submit(&format!("{own}/time"), &fields).await;
    start(&portal, &mut candidates[1]).await;
    let page = tomas.page("/pipeline?track=operations").await;
    let said = text(&page);
    assert!(said.contains("With the candidates 3 With recruiters 1"), "{said}");
    let asking = row(&page, "More time asked for").expect("one asks");
    assert!(asking.contains("Recruiter"), "{asking}");
    // Each number leads to as many, also where two are in one phase.
    for ball in ["candidate", "recruiter"] {
        let link = link(&page, &format!("in_progress&ball={ball}"));
        assert_eq!(tomas.page(&link).await.matches("data-label=\"Track\"").count(), 1, "{link}");
    }
    // Once the clock has run out, no answer is of use.
    portal.clock.set(portal.clock.now() + DAY * 8);
    let mut tomas = portal.browser_of(tomas.account.unwrap()).await;
    let page = text(&tomas.page("/pipeline?track=operations").await);
    assert!(!page.contains("More time asked for") && page.contains("With recruiters 4"), "{page}");
}

#[tokio::test]
async fn the_pipeline_is_taken_away_as_a_table_that_runs_nothing() {
    let (portal, mut tomas, _, _) = four().await;
    let rename = "update stage set title = '=1+1' from track t
        where t.track_id = stage.track_id and t.slug = 'operations' and stage.position = 0";
    sqlx::query(rename).execute(&portal.owner().await).await.unwrap();
    let answer = tomas.get("/pipeline.csv").await;
    assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8");
    assert!(answer.header("content-disposition").starts_with("attachment; filename=\"pipeline-"));
    let table = answer.text();
    let lines: Vec<&str> = table.trim_start_matches('\u{feff}').lines().collect();
    assert_eq!(lines.len(), 2, "{table}");
    assert!(lines[0].starts_with("track,stage,state,applications,"), "{table}");
    assert!(lines[1].contains(",'=1+1,Not started,4,0.0,0.0,Candidate,"), "{table}");
    let none = tomas.get("/pipeline.csv?track=systems").await.text();
    assert_eq!(none.lines().count(), 1, "{none}");
}

#[tokio::test]
async fn pages_of_recruiting_ask_three_things_of_the_database_at_most() {
    let (portal, mut tomas, _, mut candidates) = four().await;
    start(&portal, &mut candidates[0]).await;
    let list = tomas.page("/candidates").await;
    let applications = attributes(&list, "href").into_iter();
    let application =
        applications.into_iter().find(|href| href.starts_with("/applications/")).unwrap();
    for address in [
        "/desk",
        "/pipeline",
        "/pipeline?track=operations",
        "/candidates",
        "/candidates?q=maya",
        "/candidates?q=nobody",
        "/candidates?track=operations&state=assigned&ball=candidate&open=yes",
        &application,
    ] {
        let (_, asked) = statements(tomas.page(address)).await;
        // The first is by whom.
        assert!(asked[0].contains("s.session_id"), "{asked:?}");
        assert!(asked.len() - 1 <= 3, "{address}: {asked:#?}");
    }
}

#[tokio::test]
async fn the_phase_says_who_is_to_move_but_where_somebody_else_is_waited_for() {
    let portal = Portal::shipped().await;
    let owner = portal.owner().await;
    let now = portal.clock.now();
    let (before, after) = (now - DAY, now + DAY);
    let id = uuid::Uuid::nil();
    let running = json!({ "phase": "in_progress", "format": "take_home", "assignment_id": id });
    let with = |row: &Value, more: Value| {
        let both = [row, &more].into_iter().flat_map(|it| it.as_object().unwrap().clone());
        Value::Object(both.collect())
    };
    let mut rows = vec![
        (json!({}), "recruiter"),
        (json!({ "phase": "assigned", "format": "take_home" }), "candidate"),
        (json!({ "phase": "assigned", "format": "live_session" }), "recruiter"),
        (json!({ "phase": "assigned", "format": "external" }), "recruiter"),
        (running.clone(), "candidate"),
        (with(&running, json!({ "format": "live_session" })), "panel"),
        (with(&running, json!({ "turns_at": before, "turns_to": "voting" })), "panel"),
        (with(&running, json!({ "turns_at": after, "turns_to": "voting" })), "candidate"),
        (with(&running, json!({ "turns_at": before, "turns_to": "waiting" })), "panel"),
        (with(&running, json!({ "asks_id": id, "asks_until": after })), "recruiter"),
        (with(&running, json!({ "asks_id": id })), "recruiter"),
        (with(&running, json!({ "asks_id": id, "asks_until": now })), "candidate"),
        (with(&running, json!({ "asks_id": uuid::Uuid::max() })), "candidate"),
        (with(&running, json!({ "format": "external", "ball": "firm" })), "firm"),
        (
            with(&running, json!({ "format": "external", "ball": "firm", "asks_id": id })),
            "recruiter",
        ),
        (
            with(&running, json!({ "asks_id": id, "turns_at": before, "turns_to": "waiting" })),
            "panel",
        ),
        (json!({ "phase": "submitted", "format": "take_home" }), "candidate"),
        (json!({ "phase": "opened" }), "manager"),
        (json!({ "phase": "opened", "ball": "candidate", "ball_until": after }), "candidate"),
        (json!({ "phase": "opened", "ball": "candidate", "ball_until": now }), "manager"),
        (json!({ "phase": "decided", "ball": "hr" }), "hr"),
    ];
    for over in ["decided", "withdrawn", "cancelled", "lapsed", "ended_early", "not_held"] {
        rows.push((json!({ "phase": over, "format": "take_home" }), "recruiter"));
    }
    for (row, expected) in rows {
        let holder: String = sqlx::query_scalar(
            "select standing_holder(jsonb_populate_record(null::standing, $1), $2)",
        )
        .bind(&row)
        .bind(now.to_sqlx())
        .fetch_one(&owner)
        .await
        .unwrap();
        assert_eq!(holder, expected, "{row}");
    }
}

/// How the desk lists things: each item's words, in order.
fn listed(page: &str) -> Vec<String> {
    let (_, list) = page.split_once("<ol class=\"listing tasks\">").unwrap_or_default();
    let (list, _) = list.split_once("</ol>").unwrap_or_default();
    let item = |it: &str| text(it.split_once('>').unwrap_or_default().1);
    list.split("<li").skip(1).map(item).collect()
}

#[tokio::test]
async fn the_desk_is_one_list_by_promise_and_says_what_is_overdue() {
    let (portal, tomas, sean, mut candidates) = four().await;
    let owner = portal.owner().await;
    // The first asks for more time, the second is given no stage, the third handed in, the fourth stays.
    start(&portal, &mut candidates[0]).await;
    let own = attributes(&candidates[0].page("/my").await, "href");
    let own = own.into_iter().find(|href| href.contains("/my/assignments/")).unwrap();
    let fields = [("count", "2"), ("unit", "days"), ("why", "My street was under water.")];
    candidates[0].submit(&format!("{own}/time"), &fields).await;
    for (n, name) in ["Ada", "Bo", "Cy", "Dee"].into_iter().enumerate() {
        sqlx::query("update account set name = $2 where account_id = $1")
            .bind(candidates[n].account)
            .bind(name)
            .execute(&owner)
            .await
            .unwrap();
    }
    let now = jiff_sqlx::ToSqlx::to_sqlx(portal.clock.now());
    sqlx::query(
        "update assignment g
         set state = 'submitted', started_at = $2, due_at = $2, cutoff_at = $2, work_at = $2,
           submitted_at = $2
         from application p
         where p.application_id = g.application_id and p.candidate_id = $1",
    )
    .bind(candidates[2].account)
    .bind(now)
    .execute(&owner)
    .await
    .unwrap();
    sqlx::query("update application set manager_id = $1 where candidate_id = $2")
        .bind(sean.account)
        .bind(candidates[2].account)
        .execute(&owner)
        .await
        .unwrap();
    let mut tomas = tomas;
    let fields = [
        ("name", "Eve"),
        ("email", "eve@example.org"),
        ("track", "systems"),
        ("level", "3"),
        ("time", "100"),
    ];
    tomas.submit("/candidates/add", &fields).await;
    let first = listed(&tomas.page("/desk").await);
    // Whatever day it is: the panels wait since now, the others by a later day.
    let at = |items: &[String], words: &str| {
        items
            .iter()
            .position(|one| one.contains(words))
            .unwrap_or_else(|| panic!("{words}: {items:#?}"))
    };
    let (asks, gives) =
        (at(&first, "Ada asks for more time"), at(&first, "Eve waits for a first stage"));
    assert!(at(&first, "Dee: the panel") < asks && asks < gives, "{first:#?}");
    assert!(first[asks].contains("; due by ") && !first[asks].contains("Overdue"), "{first:#?}");
    assert!(first.iter().all(|one| !one.contains("waits for our answer")), "it is not due soon");
    assert!(listed(&sean.clone().page("/desk").await).is_empty());
    // Four days on, the request is overdue, which their hiring manager hears, too; nothing else is.
    portal.clock.set(portal.clock.now() + DAY * 4);
    let mut tomas = portal.browser_of(tomas.account.unwrap()).await;
    let later = listed(&tomas.page("/desk").await);
    let asks = &later[at(&later, "Ada asks for more time")];
    assert!(asks.starts_with("Overdue") && asks.contains("; was due by "), "{later:#?}");
    let mut sean = portal.browser_of(sean.account.unwrap()).await;
    let his = listed(&sean.page("/desk").await);
    assert_eq!(his.len(), 1, "{his:#?}");
    assert!(his[0].contains("Overdue Ada asks for more time"), "{his:#?}");
    assert!(!his[0].contains("water"), "{his:#?}");
    // The answer to what was handed in is overdue at last, and both are told by when it was promised.
    portal.clock.set(portal.clock.now() + DAY * 12);
    let mut tomas = portal.browser_of(tomas.account.unwrap()).await;
    let mut sean = portal.browser_of(sean.account.unwrap()).await;
    let (late, his) = (listed(&tomas.page("/desk").await), listed(&sean.page("/desk").await));
    for items in [&late, &his] {
        let answer = &items[at(items, "Cy waits for our answer to")];
        assert!(answer.starts_with("Overdue") && answer.contains("; was due by "), "{answer}");
    }
    let _listed = at(&late, "Dee let a stage lapse");
    assert!(
        late.iter().any(|one| one.starts_with("Overdue Eve waits for a first stage")),
        "{late:#?}"
    );
    // A hiring manager's page costs as much as a recruiter's.
    let (_, asked) = statements(sean.page("/desk")).await;
    assert!(asked.len() - 1 <= 3, "{asked:#?}");
    // Whoever is a recruiter no more has nothing of it on their desk.
    sqlx::query("update account set roles = '{hr}' where account_id = $1")
        .bind(tomas.account)
        .execute(&owner)
        .await
        .unwrap();
    assert!(listed(&tomas.page("/desk").await).is_empty());
}

#[tokio::test]
async fn a_desk_that_is_full_says_how_many_more_there_are() {
    let (portal, mut tomas, _, _) = four().await;
    sqlx::query(
        "insert into account (account_id, email, email_key, name, roles, created_at, accepted_at)
         select gen_random_uuid(), 'c' || n || '@example.org', 'c' || n || '@example.org', 'C ' || n,
           '{candidate}', $1, $1
         from generate_series(1, 60) n",
    )
    .bind(jiff_sqlx::ToSqlx::to_sqlx(portal.clock.now()))
    .execute(&portal.owner().await)
    .await
    .unwrap();
    sqlx::query(
        "insert into application
           (application_id, candidate_id, track_id, target_level, recruiter_id, alias, source, created_at)
         select gen_random_uuid(), a.account_id, t.track_id, 3, $1, 'Owl ' || a.email, '', a.created_at
         from account a cross join track t
         where a.name like 'C %' and t.slug = 'systems'",
    )
    .bind(tomas.account)
    .execute(&portal.owner().await)
    .await
    .unwrap();
    let desk = text(&tomas.page("/desk").await);
    assert!(desk.contains("5 things wait for you"), "{desk}");
    assert!(desk.contains("and 59 more wait for a first stage; due by"), "{desk}");
    sqlx::query("update standing set knows_from = created_at where assignment_id is null")
        .execute(&portal.owner().await)
        .await
        .unwrap();
    let page = tomas.page("/desk").await;
    assert_eq!(listed(&page).len(), 50);
    let said = text(&page);
    assert!(said.contains("65 things wait for you"), "{said}");
    assert!(said.contains("15 more things wait for you with your candidates."), "{said}");
    assert!(page.contains("href=\"/candidates?open=yes\""), "{page}");
    let (_, asked) = statements(tomas.page("/desk")).await;
    assert!(asked.len() - 1 <= 3, "{asked:#?}");
}

#[tokio::test]
async fn further_panels_of_a_candidate_are_said_to_want_something_too() {
    let (portal, mut tomas, _, candidates) = four().await;
    let again = "insert into assignment
           (assignment_id, application_id, stage_id, format, level, document_id, content_hash,
            time_limit_minutes, assigned_at, state, start_by, panel_size, quorum, is_blind, answer_within_days)
         select gen_random_uuid(), g.application_id, s.stage_id, g.format, g.level, g.document_id,
           g.content_hash, g.time_limit_minutes, g.assigned_at, 'assigned', g.start_by, 3, 2, true, 5
         from assignment g
         join application p using (application_id)
         join stage s on s.track_id = p.track_id and s.stage_id <> g.stage_id and s.retired_at is null
         where p.candidate_id = $1";
    let owner = portal.owner().await;
    sqlx::query(again).bind(candidates[0].account).execute(&owner).await.unwrap();
    let items = listed(&tomas.page("/desk").await);
    let more =
        items.iter().filter(|one| one.contains("and one more panel wants something")).count();
    assert_eq!((items.len(), more), (4, 1), "{items:#?}");
}

#[tokio::test]
async fn candidates_are_found_by_beginnings_of_words_with_and_without_accents() {
    let portal = Portal::shipped().await;
    let mut tomas = portal.signed_in(&[Role::Recruiter]).await;
    let fields = [
        ("name", "Zoë O'Brien-Müller"),
        ("email", "zoe.brien@mail.example.org"),
        ("track", "operations"),
        ("level", "3"),
        ("manager", ""),
        ("source", ""),
        ("note", ""),
        ("time", "100"),
    ];
    tomas.submit("/candidates/add", &fields).await;
    for typed in [
        "zoe",
        "ZOË",
        "mull",
        "M%C3%BCller",
        "brien",
        "o'brien",
        "zoe+mull",
        "mail.example",
        "zoe.brien%40mail",
        "%5C+zoe",
        "zoe%26!%7C(",
    ] {
        let page = text(&tomas.page(&format!("/candidates?q={typed}")).await);
        assert!(page.contains("zoe.brien@mail.example.org"), "{typed}: {page}");
    }
    for typed in ["zoo", "zoe+nobody", "...", "%27", "ller%3A*"] {
        let page = text(&tomas.page(&format!("/candidates?q={typed}")).await);
        assert!(page.contains("No candidate of yours is like that"), "{typed}: {page}");
    }
}

#[tokio::test]
async fn what_lists_have_is_what_was_written_however_many_write_at_once() {
    let portal = Portal::shipped().await;
    let tomas = portal.signed_in(&[Role::Recruiter]).await;
    let noor = portal.signed_in(&[Role::Recruiter]).await.account.unwrap().to_string();
    let mut writers = Vec::new();
    for n in 0..12 {
        let candidate = portal.signed_in(&[Role::Candidate]).await;
        let between = Between {
            candidate: candidate.account.unwrap(),
            recruiter: tomas.account.unwrap(),
            manager: None,
        };
        let made = portal.interview(between).await;
        let own = format!("/my/assignments/{}", made.assignment);
        let (mut runs, mut hands_over, mut takes) = (tomas.clone(), tomas.clone(), candidate);
        let run = format!("/applications/{}/assignments/{}", made.application, made.assignment);
        let hand_over = format!("/applications/{}/hand-over", made.application);
        let noor = noor.clone();
        writers.push(async move {
            let start = async {
                takes.submit(&format!("{own}/start"), &[]).await;
                let fields = [("count", "2"), ("unit", "days"), ("why", "w")];
                takes.submit(&format!("{own}/time"), &fields).await;
            };
            let cancel = async {
                let fields = [("version", "1"), ("do", "cancel"), ("why", "w")];
                // Whoever is quicker; the other is told.
                if n % 3 == 0 {
                    runs.post(&run, &fields).await;
                }
            };
            let give_away = async {
                let fields = [("recruiter", noor.as_str()), ("manager", ""), ("version", "1")];
                let answer = hands_over.post(&hand_over, &fields).await;
                assert_eq!(answer.status, StatusCode::SEE_OTHER);
            };
            if n % 3 == 0 {
                tokio::join!(cancel, give_away);
            } else {
                tokio::join!(start, give_away);
            }
        });
    }
    futures_util::future::join_all(writers).await;
    let mut owner = portal.owner().await.acquire().await.unwrap();
    let rows = "select standing::text from standing order by application_id";
    let kept: Vec<String> = sqlx::query_scalar(rows).fetch_all(&mut *owner).await.unwrap();
    let asking: i64 = sqlx::query_scalar("select count(*) from standing where asks_id is not null")
        .fetch_one(&mut *owner)
        .await
        .unwrap();
    assert_eq!((kept.len(), asking), (12, 8), "{kept:#?}");
    assert!(kept.iter().all(|row| row.contains(&noor)), "{kept:#?}");
    let again = "select renew_standings(array(select application_id from application))";
    sqlx::query(again).execute(&mut *owner).await.unwrap();
    let renewed: Vec<String> = sqlx::query_scalar(rows).fetch_all(&mut *owner).await.unwrap();
    assert_eq!(kept, renewed);
}
