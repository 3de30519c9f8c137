//! Reports: what they count, of whom nothing is told, and that no number differs by what nobody is to know.

use http::StatusCode;
use jiff_sqlx::ToSqlx;
use portal::clock::SignedDuration;
use portal::ids::AssignmentId;
use portal::web::viewer::Role;

use crate::support::Portal;
use crate::support::client::Browser;
use crate::support::html::text;
use crate::support::interview::Between;
use crate::support::panel::{Panel, WHY, vote};
use crate::support::statements::statements;

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// A recruiter and a hiring manager, whose company works on all days.
async fn company() -> (Portal, Browser, Browser) {
    let portal = Portal::shipped().await;
    let tomas = portal.signed_in(&[Role::Recruiter]).await;
    let sean = portal.signed_in(&[Role::HiringManager]).await;
    works_on_all_days(&portal).await;
    (portal, tomas, sean)
}

async fn works_on_all_days(portal: &Portal) {
    sqlx::query("update organisation set working_days = '{1,2,3,4,5,6,7}'")
        .execute(&portal.owner().await)
        .await
        .unwrap();
}

/// The first stage of another candidate in the operations track, at level 3, not begun.
async fn given(portal: &Portal, tomas: &Browser, sean: &Browser) -> AssignmentId {
    let candidate = portal.signed_in(&[Role::Candidate]).await;
    let between = Between {
        candidate: candidate.account.unwrap(),
        recruiter: tomas.account.unwrap(),
        manager: sean.account,
    };
    portal.interview(between).await.assignment
}

/// It was given fifty days ago, and moved on after so many hours each: begun, handed in, opened.
async fn opened(portal: &Portal, it: AssignmentId, hours: [i64; 3], votes: [i16; 3]) {
    let at = |hours: i64| (portal.clock.now() - HOUR * (50 * 24 - hours as i32)).to_sqlx();
    let [waited, worked, voted] = hours;
    let owner = portal.owner().await;
    sqlx::query(
        "update assignment
         set state = 'opened', assigned_at = $2, started_at = $3, due_at = $4, cutoff_at = $4, work_at = $4,
           submitted_at = $4, opened_at = $5, opened_how = 'complete'
         where assignment_id = $1",
    )
    .bind(it)
    .bind(at(0))
    .bind(at(waited))
    .bind(at(waited + worked))
    .bind(at(waited + worked + voted))
    .execute(&owner)
    .await
    .unwrap();
    sqlx::query(
        "insert into opened_vote
           (opened_vote_id, assignment_id, author_id, value, comment, level, is_practice, is_unchanged)
         select gen_random_uuid(), $1, null, value, '', null, false, true
         from unnest($2::smallint[]) as value",
    )
    .bind(it)
    .bind(&votes[..])
    .execute(&owner)
    .await
    .unwrap();
}

/// It was decided an hour after its votes were open, and the candidate is told so long after that.
async fn decided(portal: &Portal, it: AssignmentId, outcome: &str, told: SignedDuration) {
    sqlx::query(
        "update assignment
         set state = 'decided', decided_at = opened_at + interval '1 hour', outcome = $2,
           told_at = opened_at + interval '1 hour' + $3 * interval '1 hour'
         where assignment_id = $1",
    )
    .bind(it)
    .bind(outcome)
    .bind(told.as_hours() as f64)
    .execute(&portal.owner().await)
    .await
    .unwrap();
}

/// Six went on and nine were declined, three withdrew, and five have not begun.
async fn twenty_three(portal: &Portal, tomas: &Browser, sean: &Browser) {
    for n in 1..=15 {
        let it = given(portal, tomas, sean).await;
        // Those who went on waited three days for their answer, the others nine; five were promised.
        let (outcome, voted, votes) = match n {
            1..=6 => ("advance", 48, [1, 1, 1]),
            _ => ("decline", 192, [1, -2, 1]),
        };
        opened(portal, it, [n * 10, 5, voted], votes).await;
        decided(portal, it, outcome, HOUR * 23).await;
    }
    for n in 0..8 {
        let it = given(portal, tomas, sean).await;
        if n < 3 {
            sqlx::query(
                "update assignment set state = 'closed', closed_at = $2, closed_why = 'withdrawn'
                 where assignment_id = $1",
            )
            .bind(it)
            .bind(portal.clock.now().to_sqlx())
            .execute(&portal.owner().await)
            .await
            .unwrap();
        }
    }
}

/// The lines of a table, without its head.
async fn table(browser: &mut Browser, name: &str, query: &str) -> Vec<String> {
    let answer = browser.get(&format!("/reports/{name}.csv{query}")).await;
    assert_eq!(answer.status, StatusCode::OK, "{name}");
    assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8");
    let named = format!("attachment; filename=\"{name}.csv\"");
    assert_eq!(answer.header("content-disposition"), named);
    answer.text().lines().skip(1).map(str::to_owned).collect()
}

#[tokio::test]
async fn reports_count_what_a_hand_counts_and_tell_nothing_of_few() {
    let (portal, mut tomas, mut sean) = company().await;
    let none = text(&tomas.page("/reports").await);
    assert!(none.contains("No stage was given in these months"), "{none}");
    twenty_three(&portal, &tomas, &sean).await;
    let rename = "update stage set title = '=1+1' from track t
        where t.track_id = stage.track_id and t.slug = 'operations' and stage.position = 0";
    sqlx::query(rename).execute(&portal.owner().await).await.unwrap();

    let (page, asked) = statements(tomas.page("/reports")).await;
    // The first is by whom.
    assert!(asked.len() - 1 <= 3, "{asked:#?}");
    let says = text(&page);
    for told in [
        // Ten to a hundred and fifty hours, in steps of ten.
        "Not started half within 3 days, nine in ten within 6 days",
        "In progress half within 5 hours, nine in ten within 5 hours",
        "Panel voting half within 8 days, nine in ten within 8 days",
        "Votes open half within 24 hours, nine in ten within 24 hours",
        "DevOps / DevSecOps / SREs / Production engineers 6 of 15, 40 %",
        "Went on 6 of 23, 26 % Declined 9 of 23, 39 % Withdrew not shown Lapsed 0 of 23, 0 %",
        "Level 3 6 of 15, 40 % All levels 6 of 15, 40 %",
        "All voted +1 6 of 15, 40 % All voted −2 0 of 15, 0 % Of two minds 9 of 15, 60 %",
    ] {
        assert!(says.contains(told), "{told}: {says}");
    }
    assert!(says.contains("Under way not shown"), "five, but three would be the rest: {says}");
    let track = "DevOps / DevSecOps / SREs / Production engineers";
    let rows = |rows: &[&str]| rows.iter().map(|row| format!("{track},{row}")).collect::<Vec<_>>();
    // Nobody's spreadsheet runs what a stage is called.
    assert_eq!(
        table(&mut sean, "times", "").await,
        rows(&[
            "'=1+1,Not started,10 to 24,3.3,5.7",
            "'=1+1,In progress,10 to 24,0.2,0.2",
            "'=1+1,Panel voting,10 to 24,8.0,8.0",
            "'=1+1,Votes open,10 to 24,1.0,1.0",
        ])
    );
    let stages = rows(&["'=1+1,23,6,9,not shown,0,0,not shown"]);
    assert_eq!(table(&mut sean, "stages", "").await, stages);
    assert_eq!(table(&mut sean, "stages", "?level=3&track=operations").await, stages);
    assert_eq!(table(&mut sean, "promises", "").await, rows(&["15,6,9,0,40 %"]));
    assert_eq!(table(&mut sean, "panels", "").await, rows(&["15,6,0,9,40 %"]));
    let rates = table(&mut sean, "rates", "?level=3").await;
    assert_eq!(rates, rows(&["Level 3,15,6,40 %"]));
    // What is asked for in vain.
    assert_eq!(table(&mut sean, "stages", "?track=systems").await, Vec::<String>::new());
    assert_eq!(table(&mut sean, "stages", "?period=1").await, Vec::<String>::new());
    for missing in ["/reports?track=nothing", "/reports/nothing.csv", "/reports/times"] {
        assert_eq!(tomas.get(missing).await.status, StatusCode::NOT_FOUND, "{missing}");
    }
    let other = text(&tomas.page("/reports?period=1").await);
    assert!(other.contains("No stage was given in an application like that"), "{other}");

    // Five more who withdraw, and both that were not shown are.
    for _ in 0..5 {
        let it = given(&portal, &tomas, &sean).await;
        sqlx::query(
            "update assignment set state = 'closed', closed_at = $2, closed_why = 'withdrawn'
             where assignment_id = $1",
        )
        .bind(it)
        .bind(portal.clock.now().to_sqlx())
        .execute(&portal.owner().await)
        .await
        .unwrap();
    }
    assert_eq!(table(&mut sean, "stages", "").await, rows(&["'=1+1,28,6,9,8,0,0,5"]));
    // The clock makes of them what it makes of every stage.
    portal.clock.set(portal.clock.now() + SignedDuration::from_hours(24 * 8));
    let mut sean = portal.browser_of(sean.account.unwrap()).await;
    assert_eq!(table(&mut sean, "stages", "").await, rows(&["'=1+1,28,6,9,8,5,0,0"]));
}

/// Everything that a report shows, and its tables.
async fn all(portal: &Portal, who: &Browser) -> Vec<String> {
    let mut shown = Vec::new();
    for address in [
        "/reports",
        "/reports?level=3",
        "/reports/times.csv",
        "/reports/promises.csv",
        "/reports/stages.csv",
        "/reports/rates.csv",
        "/reports/panels.csv",
    ] {
        let answer = portal.same(who).get(address).await;
        assert_eq!(answer.status, StatusCode::OK, "{address}");
        shown.push(answer.text());
    }
    shown
}

#[tokio::test]
async fn no_number_tells_of_a_vote_that_is_sealed_or_a_decision_that_is_not_told() {
    let base = Panel::voting().await;
    let portal = &base.portal;
    twenty_three(portal, &base.tomas, &base.sean).await;
    let waiting = given(portal, &base.tomas, &base.sean).await;
    opened(portal, waiting, [20, 20, 900], [1, -2, 1]).await;
    let maya = portal.signed_in(&[Role::Administrator]).await;
    let viewers = [&base.tomas, &base.sean, &maya];
    let mut stories = Vec::new();
    for _ in 0..6 {
        stories.push(base.portal.copy().await);
    }
    for (story, value) in [(1, "1"), (2, "-2")] {
        let mut member = stories[story].same(&base.members[0]);
        let answer = member.post(&base.review, &vote(value, WHY, "0")).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
    }
    let tomorrow = HOUR * (50 * 24);
    decided(&stories[3], waiting, "advance", tomorrow).await;
    decided(&stories[4], waiting, "decline", tomorrow).await;
    // Nor of what somebody needs.
    sqlx::query("update application_private set time_percent = 200")
        .execute(&stories[5].owner().await)
        .await
        .unwrap();
    for viewer in viewers {
        let first = all(&stories[0], viewer).await;
        assert!(first[0].contains("9 of 25"), "something is told: {}", text(&first[0]));
        for story in &stories[1..] {
            assert_eq!(all(story, viewer).await, first);
        }
    }
    // Once the candidate knows, it counts.
    // What a panel thought is counted with that of four others: nobody takes it from two reports.
    let five = table(&mut portal.same(&base.sean), "panels", "").await;
    for n in 0..4 {
        assert_eq!(table(&mut portal.same(&base.sean), "panels", "").await, five, "{n}");
        let it = given(portal, &base.tomas, &base.sean).await;
        opened(portal, it, [20, 20, 900], [1, 1, 1]).await;
    }
    assert_ne!(table(&mut portal.same(&base.sean), "panels", "").await, five);
    let before = all(&stories[0], &base.sean).await;
    decided(&stories[4], waiting, "decline", HOUR).await;
    assert_ne!(all(&stories[4], &base.sean).await, before);
}
