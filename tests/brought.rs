//! Lists of candidates: every row's fate is shown first, then all of them are brought in or none.

use std::fmt::Write as _;
use std::time::Instant;

use http::StatusCode;
use portal::web::viewer::Role;

use crate::support::Portal;
use crate::support::html::{attributes, text};
use crate::support::statements::statements;

const MANY: &str = "/candidates/add/many";

fn list(count: usize) -> String {
    let mut list = "name,email,track,level,source\n".to_owned();
    for n in 0..count {
        let track = ["operations", "systems", "security"][n % 3];
        writeln!(list, "Candidate {n},c{n}@example.org,{track},{},fair", n % 5 + 1).unwrap();
    }
    list
}

async fn count(portal: &Portal, statement: &'static str) -> i64 {
    sqlx::query_scalar(statement).fetch_one(&portal.owner().await).await.unwrap()
}

#[tokio::test]
async fn two_hundred_candidates_are_checked_then_brought_in_at_once() {
    let portal = Portal::shipped().await;
    let mut tomas = portal.signed_in(&[Role::Recruiter]).await;
    let list = list(200);
    let checked = tomas.post(MANY, &[("list", &list)]).await;
    assert_eq!(checked.status, StatusCode::OK);
    assert!(text(&checked.text()).contains("200 candidates will be added. Nothing has been sent"));
    assert_eq!(count(&portal, "select count(*) from application").await, 0);
    let brought = tomas.submit(MANY, &[("list", &list), ("do", "add")]).await;
    assert!(text(&brought).contains("200 candidates are added."), "{}", text(&brought));
    assert_eq!(count(&portal, "select count(*) from application_private").await, 200);
    let added = "select count(*) from audit_event where action = 'application.added'";
    assert_eq!(count(&portal, added).await, 200);
    assert_eq!(portal.letters().await.len(), 200);
    // The list again changes nothing; with one more, that one is added.
    let again = tomas.post(MANY, &[("list", &list), ("do", "add")]).await;
    assert!(text(&again.text()).contains("Everybody on this list is in their track already"));
    let more =
        format!("{list}Zoë,zoe@example.org,operations,3,\nCandidate 0,C0@Example.org,systems,3,\n");
    let checked = text(&tomas.post(MANY, &[("list", &more)]).await.text());
    assert!(checked.contains("This address stands in line 2 already"), "{checked}");
    let more =
        "name,email,track,level\nZoë,zoe@example.org,operations,3\nC,C0@Example.org,systems,3\n";
    let brought = text(&tomas.submit(MANY, &[("list", more), ("do", "add")]).await);
    assert!(brought.contains("2 candidates are added."), "{brought}");
    assert_eq!(count(&portal, "select count(*) from account where name like 'C%'").await, 200);
    let aliases = "select count(distinct alias) from application";
    assert_eq!(count(&portal, aliases).await, 202);
    let (_, asked) = statements(tomas.page("/candidates?q=c&track=systems&state=assigned")).await;
    assert!(asked.len() - 1 <= 3, "{asked:#?}");
    // And the whole list is walked page by page, each once.
    let (mut seen, mut next) = (0, Some("/candidates".to_owned()));
    while let Some(address) = next {
        let page = tomas.page(&address).await;
        seen += page.matches("data-label=\"Track\"").count();
        let more = attributes(&page, "href").into_iter();
        next = more.into_iter().find(|href| href.contains("after="));
    }
    assert_eq!(seen, 202);
}

#[tokio::test]
async fn a_list_with_a_row_that_cannot_be_taken_changes_nothing_and_says_which() {
    let portal = Portal::shipped().await;
    let mut tomas = portal.signed_in(&[Role::Recruiter]).await;
    for (list, message) in [
        ("", "There is nothing in it"),
        ("name,email\nZ,z@example.org\n", "no column “track”"),
        ("name,email,track,level\n", "There is nobody below the first line"),
        (
            "name,email,track,level\nZ,z@example.org,operations,6\n",
            "6 is reached by promotion alone",
        ),
        ("name,email,track,level\nZ,z@example.org,gardening,3\n", "“gardening” is no track"),
        ("name,email,track,level\nZ,nobody,operations,3\n", "Not taken"),
        (
            "name,email,track,level,manager\nZ,z@example.org,operations,3,sean@example.org\n",
            "no hiring manager's address",
        ),
        ("name,email,track,level\nZ,z@example.org,operations,3\nY,y@example.org,x,3\n", "One row"),
    ] {
        let refused = tomas.post(MANY, &[("list", list), ("do", "add")]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{message}");
        let page = text(&refused.text());
        assert!(page.contains(message), "{message}: {page}");
    }
    assert_eq!(count(&portal, "select count(*) from application").await, 0);
    assert_eq!(count(&portal, "select count(*) from mail").await, 0);
}

#[tokio::test]
async fn ten_thousand_rows_are_checked_and_brought_and_one_more_is_told_to_come_in_parts() {
    let portal = Portal::shipped().await;
    let mut tomas = portal.signed_in(&[Role::Recruiter]).await;
    let csv = list(10_000);
    let began = Instant::now();
    let checked = tomas.upload(MANY, &[], ("file", csv.as_bytes())).await;
    let taken = began.elapsed();
    assert_eq!(checked.status, StatusCode::OK);
    let page = checked.text();
    assert!(text(&page).contains("10000 candidates will be added"), "{taken:?}");
    assert!(text(&page).contains("The first 200 of 10000 rows are shown"));
    println!("10,000 rows are checked in {} ms", taken.as_millis());
    let began = Instant::now();
    let brought = tomas.upload(MANY, &[("do", "add")], ("file", csv.as_bytes())).await;
    assert_eq!(brought.status, StatusCode::SEE_OTHER);
    println!("and brought in within {} ms", began.elapsed().as_millis());
    assert_eq!(count(&portal, "select count(*) from application").await, 10_000);
    let longer = list(10_001);
    let refused = tomas.upload(MANY, &[], ("file", longer.as_bytes())).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(text(&refused.text()).contains("more than 10000 rows"), "{}", text(&refused.text()));
}
