//! What members of a panel keep for themselves beside the work: the checklist of the level, and notes.

use http::StatusCode;
use portal::assignment::model::TAKE_BACK;
use portal::web::viewer::Role;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::support::browser::{Scripts, browse_at};
use crate::support::html::text;
use crate::support::panel::{Panel, vote};

const NOTE: &str = "Ask *why* the interval is ten seconds.";
const LINE: &str = "table.go, line 40: every ten seconds";

/// A panel that has accepted, and work of level 3 in files.
async fn reading() -> (Panel, String) {
    let mut it = Panel::seated("operations").await;
    it.portal.hand_in_work(it.made).await;
    let work = format!("/assignments/{}/work", it.made.assignment);
    // In time nobody takes it back any more, and sessions of before have ended.
    it.portal.clock.set(it.portal.clock.now() + TAKE_BACK);
    for at in 0..it.members.len() {
        it.members[at] = it.portal.browser_of(it.members[at].account.unwrap()).await;
    }
    it.sean = it.portal.browser_of(it.sean.account.unwrap()).await;
    it.tomas = it.portal.browser_of(it.tomas.account.unwrap()).await;
    (it, work)
}

fn noted<'a>(version: &'a str, note: &'a str) -> [(&'a str, &'a str); 7] {
    [
        ("version", version),
        ("notes", note),
        ("mark-1.1", "met"),
        ("line-1.1", LINE),
        ("mark-3.2", "not-met"),
        ("line-3.2", ""),
        ("do", "save"),
    ]
}

#[tokio::test]
async fn beside_the_work_a_member_keeps_a_checklist_of_the_level_and_notes_for_nobody_else() {
    let (mut it, work) = reading().await;
    let page = it.members[0].page(&work).await;
    let says = text(&page);
    assert!(says.contains("Nobody but you ever reads them"), "{says}");
    for field in ["mark-1.1", "mark-1.3", "line-2.3", "line-3.3"] {
        assert!(page.contains(&format!("name=\"{field}\"")), "{field}: {page}");
    }
    assert!(!page.contains("mark-4.1") && !page.contains("mark-1.4"), "{page}");
    assert!(page.contains("name=\"mark-1.1\" value=\"\" checked"), "nothing was seen yet: {page}");
    let vote_here = format!("href=\"{}#page.vote\"", it.review);
    assert!(page.contains(&vote_here), "the way to the vote: {page}");
    assert!(it.members[0].page(&it.review).await.contains("id=\"page.vote\""));

    let file = format!("{work}?file=poll.go");
    let kept = it.members[0].post(&file, &noted("0", NOTE)).await;
    assert_eq!(kept.status, StatusCode::SEE_OTHER, "{}", kept.text());
    let back = kept.header("location").to_owned();
    assert_eq!(back, format!("{work}?done=kept&file=poll.go#page.notes"));
    let page = it.members[0].page(back.trim_end_matches("#page.notes")).await;
    assert!(text(&page).contains("That is kept, for you alone."), "{}", text(&page));
    assert!(page.contains(NOTE) && page.contains(LINE), "{page}");
    assert!(page.contains("name=\"mark-1.1\" value=\"met\" checked"), "{page}");
    assert!(page.contains("name=\"mark-3.2\" value=\"not-met\" checked"), "{page}");
    assert!(page.contains("<code>poll.go</code>") || page.contains("poll.go"), "{page}");

    // Nobody else gets any of it, also once the votes are open.
    let other = it.members[1].page(&work).await;
    assert!(other.contains("name=\"mark-1.1\" value=\"\" checked"), "{other}");
    let manager = it.sean.page(&work).await;
    assert!(!manager.contains("Your notes") && !manager.contains("mark-1.1"), "{manager}");
    assert!(!manager.contains("#page.vote"), "{manager}");
    assert_eq!(it.sean.post(&work, &noted("0", NOTE)).await.status, StatusCode::NOT_FOUND);
    let review = it.review.clone();
    for at in 0..3 {
        let why = "It does what the level asks for, and says how.";
        let answer = it.members[at].post(&review, &vote("1", why, "0")).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    }
    assert_eq!(it.state().await, "opened");
    let own = it.members[0].page(&work).await;
    assert!(own.contains(NOTE) && own.contains(LINE), "{own}");
    assert!(!own.contains("#page.vote"), "nobody votes any more: {own}");
    let debrief = it.debrief.clone();
    let run = format!("/applications/{}/assignments/{}", it.made.application, it.made.assignment);
    let application = format!("/applications/{}", it.made.application);
    let mut others = vec![
        it.members[1].page(&work).await,
        it.members[1].page(&review).await,
        it.members[0].page(&review).await,
        it.sean.page(&work).await,
        it.sean.page(&debrief).await,
        it.sean.page(&format!("{debrief}/decision")).await,
        it.tomas.page(&run).await,
        it.tomas.page(&application).await,
    ];
    let mut maya = it.portal.signed_in(&[Role::Administrator]).await;
    others.push(maya.page("/audit").await);
    others.push(maya.post("/audit/export", &[]).await.text());
    others.extend(it.portal.letters().await.into_iter().map(|letter| letter.text));
    for page in others {
        assert!(!page.contains(NOTE) && !page.contains(LINE), "{page}");
    }
}

#[tokio::test]
async fn notes_are_kept_as_they_are_typed_and_two_tabs_lose_nothing() {
    let (mut it, work) = reading().await;
    let mut keep = noted("0", NOTE);
    keep[6] = ("do", "keep");
    let mina = &mut it.members[0];
    let first = mina.post(&work, &keep).await;
    assert_eq!((first.status, first.text().as_str()), (StatusCode::OK, "1"));
    let same = mina.post(&work, &keep).await;
    assert_eq!((same.status, same.text().as_str()), (StatusCode::OK, "1"), "it is no change");
    keep[0] = ("version", "1");
    keep[1] = ("notes", "More of it.");
    assert_eq!(mina.post(&work, &keep).await.text(), "2");

    let mut late = noted("1", "Typed in the other tab.");
    late[2] = ("mark-1.1", "");
    let clash = mina.post(&work, &late).await;
    assert_eq!(clash.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = clash.text();
    assert!(text(&page).contains("changed in another tab meanwhile"), "{}", text(&page));
    assert!(page.contains("More of it.") && page.contains("Typed in the other tab."), "{page}");
    assert!(text(&page).contains("Level 1, requirement 1 Met."), "{}", text(&page));
    late[0] = ("version", "2");
    assert!(mina.submit(&work, &late).await.contains("Typed in the other tab."));

    let long = "x".repeat(501);
    let mut too_long = noted("3", "Still here.");
    too_long[3] = ("line-1.1", &long);
    let refused = mina.post(&work, &too_long).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = refused.text();
    assert!(text(&page).contains("Level 1, requirement 1: Use at most 500 characters"), "{page}");
    assert!(page.contains("Still here.") && page.contains(&long), "nothing typed is lost");
    // Of all this nothing is told.
    assert_eq!(it.count("select count(*) from review_note").await, 1);
    let told = "select count(*) from audit_event where action like '%note%'";
    assert_eq!(it.count(told).await, 0);
}

#[tokio::test]
async fn whoever_leaves_the_panel_leaves_no_notes_and_whoever_is_in_training_has_their_own() {
    let (mut it, work) = reading().await;
    let mut noor = it.portal.signed_in(&[Role::Interviewer]).await;
    it.portal.sit(it.made, noor.account.unwrap(), true).await;
    assert!(noor.submit(&work, &noted("0", "In training.")).await.contains("In training."));
    it.members[0].submit(&work, &noted("0", NOTE)).await;
    assert_eq!(it.count("select count(*) from review_note").await, 2);
    let review = it.review.clone();
    it.members[0].submit(&review, &[("do", "recognise")]).await;
    assert_eq!(it.count("select count(*) from review_note").await, 1);
    let late = it.members[0].post(&work, &noted("1", NOTE)).await;
    assert_eq!(late.status, StatusCode::NOT_FOUND);
    assert!(noor.page(&work).await.contains("In training."));
}

async fn act_for(connection: &mut PgConnection, account: String) {
    sqlx::query("select set_config('portal.viewer', $1, true)")
        .bind(account)
        .execute(connection)
        .await
        .unwrap();
}

#[tokio::test]
async fn the_database_shows_notes_to_their_author_alone_and_only_while_they_sit_there() {
    let (mut it, work) = reading().await;
    it.members[0].submit(&work, &noted("0", NOTE)).await;
    let hr = it.portal.signed_in(&[Role::Hr, Role::Administrator]).await;
    let id = |account: Option<portal::ids::AccountId>| account.unwrap().to_string();
    let author = id(it.members[0].account);
    let mut connection = PgConnection::connect_with(&it.portal.database.app).await.unwrap();
    let others = [
        String::new(),
        id(it.members[1].account),
        id(it.sean.account),
        id(it.tomas.account),
        id(it.zoe.account),
        id(hr.account),
    ];
    let count = "select count(*) from review_note";
    for whom in others {
        let mut tx = connection.begin().await.unwrap();
        act_for(&mut tx, whom.clone()).await;
        let seen: i64 = sqlx::query_scalar(count).fetch_one(&mut *tx).await.unwrap();
        let changed = sqlx::query("update review_note set text = 'x'").execute(&mut *tx).await;
        assert_eq!((seen, changed.unwrap().rows_affected()), (0, 0), "{whom}");
        tx.rollback().await.unwrap();
    }
    let seat = "select panel_member_id::text from panel_member where account_id = $1";
    let seat: String = sqlx::query_scalar(seat)
        .bind(it.members[1].account)
        .fetch_one(&it.portal.owner().await)
        .await
        .unwrap();
    let forged = format!(
        "insert into review_note (member_id, assignment_id, author_id, text, checks, saved_at)
         values ('{seat}', '{}', '{author}', '', '[]', now())",
        it.made.assignment
    );
    for forbidden in
        ["delete from review_note", "update review_note set author_id = gen_random_uuid()", &forged]
    {
        let mut tx = connection.begin().await.unwrap();
        act_for(&mut tx, author.clone()).await;
        let error = sqlx::query(AssertSqlSafe(forbidden.to_owned())).execute(&mut *tx).await;
        let error = error.unwrap_err();
        let code = error.as_database_error().and_then(|error| error.code()).unwrap_or_default();
        assert_eq!(code, "42501", "{forbidden}");
        tx.rollback().await.unwrap();
    }
    // A seat that ends for what somebody else said ends this, too.
    sqlx::query(
        "insert into conflict (candidate_id, account_id, kind, reason, told_by, told_at)
         values ($1, $2, 'colleagues', '', $2, now())",
    )
    .bind(it.zoe.account)
    .bind(it.members[0].account)
    .execute(&it.portal.owner().await)
    .await
    .unwrap();
    let mut tx = connection.begin().await.unwrap();
    act_for(&mut tx, author).await;
    let seen: i64 = sqlx::query_scalar(count).fetch_one(&mut *tx).await.unwrap();
    assert_eq!(seen, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_goes_on_to_another_file_takes_along_what_they_typed_just_before() {
    let (it, work) = reading().await;
    // Browsers send the cookie of this machine without a certificate.
    let here = it.portal.twin_set_as(&[("PORTAL_BASE_URL", "http://localhost")]).await;
    here.clock.set(it.portal.clock.now());
    let base = here.serve().await;
    let session = it.members[0].cookie("__Host-session").unwrap().to_owned();
    browse_at(base, Scripts::On, async |tab| {
        tab.goto("/sign-in").await;
        tab.set_cookie("session", &session).await;
        tab.goto(&work).await;
        tab.click("#notes").await;
        tab.write("Typed and gone on at once").await;
        tab.run("window.left = true").await;
        tab.click(".tree a").await;
        tab.wait_for("!window.left && document.readyState === 'complete'").await;
        let kept: String = tab.eval("document.querySelector('#notes').value").await;
        assert_eq!(kept, "Typed and gone on at once");
        // What rests is kept by itself.
        tab.click("[name='mark-1.1'][value='met']").await;
        tab.wait_for("document.querySelector('[data-kept]').textContent === 'Kept as typed.'")
            .await;
        tab.reload().await;
        let met: bool = tab.eval("document.querySelector(\"[name='mark-1.1']\").checked").await;
        assert!(met);
        assert_eq!(it.count("select version::bigint from review_note").await, 2);
    })
    .await;
}
