//! The outbox: where letters are, and never what they say.

use http::StatusCode;
use portal::clock::SignedDuration;
use portal::mail::transport::Problem;
use portal::web::viewer::Role;

use crate::support::Portal;
use crate::support::client::Browser;
use crate::support::html::{attributes, text};
use crate::support::interview::{Between, Interview};

async fn invite(maya: &mut Browser, name: &str, local: &str) {
    let email = format!("{local}@example.org");
    let fields = [("name", name), ("email", email.as_str()), ("roles", "recruiter")];
    maya.submit("/people/invite", &fields).await;
}

#[tokio::test]
async fn the_outbox_tells_where_each_letter_is_and_never_what_it_says() {
    let portal = Portal::shipped().await;
    let mut maya = portal.signed_in(&[Role::Administrator]).await;
    assert!(text(&maya.page("/outbox").await).contains("No letter has been written yet"));
    invite(&mut maya, "Noor Haddad", "noor").await;
    let waiting = text(&maya.page("/outbox").await);
    assert!(waiting.contains("Invitation Noor Haddad On its way"), "{waiting}");
    let letter = portal.letters().await.remove(0);
    let sent = maya.page("/outbox").await;
    assert!(text(&sent).contains("Invitation Noor Haddad Sent"), "{}", text(&sent));
    let (_, secret) = letter.text.split_once("/invitation/").unwrap();
    let secret = secret.split_whitespace().next().unwrap();
    assert!(!sent.contains(secret) && !sent.contains("noor@example.org"));
    assert!(text(&maya.page("/outbox?show=waiting").await).contains("Nothing waits"));
    // A way in that an unknown address asked for has nobody to go to, and is not sent.
    portal.browser().submit("/sign-in/link", &[("email", "x@example.org")]).await;
    portal.letters().await;
    let dropped = text(&maya.page("/outbox").await);
    assert!(dropped.contains("A way in nobody here Not needed"), "{dropped}");
}

#[tokio::test]
async fn a_letter_that_was_given_up_says_why_and_goes_out_when_it_is_asked_for() {
    let portal = Portal::shipped().await;
    let mut maya = portal.signed_in(&[Role::Administrator]).await;
    invite(&mut maya, "Noor Haddad", "noor").await;
    assert!(portal.letters_refused(Problem::NoSuchRecipient(550)).await > 0);
    let page = maya.page("/outbox?show=given-up").await;
    assert!(text(&page).contains("says that nobody has this address (550)"), "{}", text(&page));
    let retry = attributes(&page, "action").into_iter().find(|a| a.ends_with("/retry")).unwrap();
    assert!(text(&maya.submit(&retry, &[]).await).contains("It is in line again"));
    assert!(!text(&maya.submit(&retry, &[]).await).contains("It is in line again"));
    assert_eq!(portal.letters().await.len(), 1);
    let log = text(&maya.page("/audit?what=mail").await);
    assert!(log.contains("put a letter that was given up back in line"), "{log}");
    assert_eq!(log.matches("back in line").count(), 1, "the second click changed nothing");
    for nothing in ["/outbox/nonsense/retry", "/outbox//retry"] {
        assert_eq!(maya.post(nothing, &[]).await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn the_outbox_is_paged_by_key_and_no_page_says_a_letter_twice() {
    let portal = Portal::shipped().await;
    let mut maya = portal.signed_in(&[Role::Administrator]).await;
    for n in 0..120 {
        if n % 3 == 0 {
            portal.clock.set(portal.clock.now() + SignedDuration::from_secs(1));
        }
        invite(&mut maya, &format!("Person {n}."), &format!("p{n}")).await;
    }
    let (mut next, mut seen) = (Some("/outbox?show=waiting".to_owned()), String::new());
    let mut pages = 0;
    while let Some(address) = next {
        let page = maya.page(&address).await;
        seen.push_str(&text(&page));
        pages += 1;
        let mut links = attributes(&page, "href").into_iter();
        next = links.find(|href| href.contains("before=")).map(|href| href.replace("&#38;", "&"));
    }
    assert_eq!(pages, 3);
    for n in 0..120 {
        assert_eq!(seen.matches(&format!("Person {n}.")).count(), 1, "person {n}");
    }
}

/// A candidate with a stage under way, and the letters about it.
struct Candidate {
    name: String,
    alias: String,
    made: Interview,
}

async fn candidate(portal: &Portal) -> Candidate {
    let mut zoe = portal.signed_in(&[Role::Candidate]).await;
    let tomas = portal.signed_in(&[Role::Recruiter]).await;
    let between = Between {
        candidate: zoe.account.unwrap(),
        recruiter: tomas.account.unwrap(),
        manager: None,
    };
    let made = portal.interview(between).await;
    let call = "update account set name = 'Canary Quill' where account_id = $1 returning name";
    let owner = portal.owner().await;
    let name = sqlx::query_scalar(call).bind(zoe.account).fetch_one(&owner).await.unwrap();
    let call = "select alias from application where application_id = $1";
    let alias = sqlx::query_scalar(call).bind(made.application).fetch_one(&owner).await.unwrap();
    zoe.submit(&format!("/my/assignments/{}/start", made.assignment), &[]).await;
    Candidate { name, alias, made }
}

async fn give_up(portal: &Portal, template: &str) {
    let call = "update mail set given_up_at = now(), problem = 'no-such-recipient-550' where template = $1";
    sqlx::query(call).bind(template).execute(&portal.owner().await).await.unwrap();
}

#[tokio::test]
async fn a_candidate_stands_beside_letters_about_their_application_by_their_alias() {
    let portal = Portal::shipped().await;
    let it = candidate(&portal).await;
    let mut maya = portal.signed_in(&[Role::Administrator]).await;
    for address in ["/outbox", "/outbox?show=waiting"] {
        let page = maya.page(address).await;
        let told = text(&page);
        assert!(told.contains(&format!("A stage is given {} Whose it is", it.alias)), "{told}");
        assert!(!told.contains(&it.name), "{told}");
        assert!(page.contains(&format!("/applications/{}/identity", it.made.application)));
    }
    give_up(&portal, "stage_given").await;
    let page = maya.page("/outbox?show=given-up").await;
    assert!(text(&page).contains(&it.alias) && !page.contains(&it.name), "{}", text(&page));
}

#[tokio::test]
async fn whoever_looks_at_the_work_is_told_no_letter_about_its_application() {
    let portal = Portal::shipped().await;
    let it = candidate(&portal).await;
    let mut maya = portal.signed_in(&[Role::Administrator, Role::Interviewer]).await;
    portal.seat(it.made, maya.account.unwrap()).await;
    for left in [false, true] {
        if left {
            let call = "update panel_member set left_at = now(), left_why = 'declined'";
            sqlx::query(call).execute(&portal.owner().await).await.unwrap();
        }
        for address in ["/outbox", "/outbox?show=waiting", "/outbox?show=given-up"] {
            let page = maya.page(address).await;
            let told = text(&page);
            assert!(!told.contains("A stage is given"), "{told}");
            assert!(!told.contains(&it.alias) && !told.contains(&it.name), "{told}");
        }
        assert!(text(&maya.page("/outbox").await).contains("Waiting (0)"));
    }
    // Somebody has to see to what was given up; of what, and to whom, is still not told.
    give_up(&portal, "stage_given").await;
    let page = maya.page("/outbox?show=given-up").await;
    let told = text(&page);
    assert!(told.contains("A letter about work you look at not told Given up"), "{told}");
    assert!(!told.contains(&it.alias) && !told.contains(&it.name) && !told.contains("550"));
    let retry = attributes(&page, "action").into_iter().find(|a| a.ends_with("/retry")).unwrap();
    assert!(text(&maya.submit(&retry, &[]).await).contains("It is in line again"));
}

#[tokio::test]
async fn no_letter_tells_how_much_time_a_candidate_has() {
    let portal = Portal::shipped().await;
    let it = candidate(&portal).await;
    let mut maya = portal.signed_in(&[Role::Administrator]).await;
    let kinds = ["due_soon", "stage_lapsed", "candidate_lapsed"];
    let titles =
        ["Reminder of the due date", "The time for a stage is over", "A candidate’s time is over"];
    for kind in kinds {
        let count: i64 = sqlx::query_scalar("select count(*) from mail where template = $1")
            .bind(kind)
            .fetch_one(&portal.owner().await)
            .await
            .unwrap();
        assert!(count > 0, "{kind} waits");
    }
    let waiting = text(&maya.page("/outbox?show=waiting").await);
    for title in titles {
        assert!(!waiting.contains(title), "{waiting}");
        assert!(!text(&maya.page("/outbox").await).contains(title));
    }
    // Their number would change the moment one goes.
    let rows = waiting.matches(" Waits ").count() + waiting.matches(" On its way ").count();
    let rows = rows + waiting.matches(" Held until ").count();
    assert!(waiting.contains(&format!("Waiting ({rows})")), "{waiting}");
    for (kind, title) in kinds.into_iter().zip(titles) {
        give_up(&portal, kind).await;
        let page = maya.page("/outbox?show=given-up").await;
        let rows = page.split("<tr>").filter_map(|row| row.split("</tr>").next());
        let rows = rows.filter(|row| row.contains(title));
        for row in rows.clone() {
            assert!(!row.contains("<time") && !row.contains(&it.name), "{row}");
            assert!(row.contains("/retry"), "{row}");
        }
        assert!(rows.count() > 0, "{kind}");
    }
}
