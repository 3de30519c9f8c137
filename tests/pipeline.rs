//! The pipeline counts where candidates stand, lists show the same, and what each page asks of the database
//! is counted.

use http::StatusCode;
use portal::clock::SignedDuration;
use portal::web::viewer::Role;

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
    assert!(text(&page).contains("4 candidates are in this track"), "{}", text(&page));
    assert!(text(&page).contains("With the candidates 4 With recruiters 0"), "{}", text(&page));
    let waiting = row(&page, "Not started").expect("three have not begun");
    assert!(waiting.contains(" 3 ") && waiting.contains("Candidate"), "{waiting}");
    let listed = tomas.page(&link(&page, "assigned")).await;
    assert_eq!(listed.matches("data-label=\"Track\"").count(), 3);
    let listed = tomas.page(&link(&page, "in_progress")).await;
    assert_eq!(listed.matches("data-label=\"Track\"").count(), 1);
    // The hiring manager counts the one that is theirs; another recruiter none.
    let theirs = sean.page("/pipeline?track=operations").await;
    assert!(text(&theirs).contains("One candidate is in this track"), "{}", text(&theirs));
    let mut noor = portal.signed_in(&[Role::Recruiter]).await;
    let none = text(&noor.page("/pipeline?track=operations").await);
    assert!(none.contains("Nobody is in this track now"), "{none}");
    assert!(text(&tomas.page("/pipeline?track=systems").await).contains("Nobody is in this track"));
    assert_eq!(tomas.get("/pipeline?track=nothing").await.status, StatusCode::NOT_FOUND);
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
    let page = text(&tomas.page("/pipeline?track=operations").await);
    assert!(page.contains("With the candidates 3 With recruiters 1"), "{page}");
    assert!(page.contains("One asks the recruiter for more time"), "{page}");
    // Once the clock has run out, no answer is of use.
    portal.clock.set(portal.clock.now() + DAY * 8);
    let mut tomas = portal.browser_of(tomas.account.unwrap()).await;
    let page = text(&tomas.page("/pipeline?track=operations").await);
    assert!(!page.contains("asks the recruiter") && page.contains("With recruiters 4"), "{page}");
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
    assert!(lines[1].contains(",'=1+1,Not started,4,0.0,0.0,Candidate,0,"), "{table}");
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
        "/pipeline?track=operations",
        "/candidates",
        "/candidates?q=maya",
        "/candidates?q=nobody",
        "/candidates?track=operations&state=assigned&open=yes",
        &application,
    ] {
        let (_, asked) = statements(tomas.page(address)).await;
        // The first is by whom.
        assert!(asked[0].contains("s.session_id"), "{asked:?}");
        assert!(asked.len() - 1 <= 3, "{address}: {asked:#?}");
    }
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
                let fields = [("recruiter", noor.as_str()), ("manager", "")];
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
