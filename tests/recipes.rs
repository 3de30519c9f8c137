//! What administrators settle about tracks: how stages are run, how many positions there are, whose votes are.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use http::StatusCode;
use portal::ids::StageId;
use portal::track::store::recipes;
use portal::web::viewer::Role;

use crate::support::Portal;
use crate::support::client::Browser;
use crate::support::html::text;
use crate::support::interview::Between;
use crate::support::tree::{OVERVIEW, tree, write};

/// A recipe as a browser would send it, with some fields typed over.
fn typed<'a>(version: &'a str, over: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut fields = BTreeMap::from([
        ("version", version),
        ("format", "take_home"),
        ("time_limit", "5 days"),
        ("effort", "an evening or two"),
        ("agenda", ""),
        ("parts", "Design document\nFinal"),
        ("panel_size", "3"),
        ("quorum", "2"),
        ("blind", "yes"),
        ("start_within", "7"),
        ("answer_within", "5"),
    ]);
    fields.extend(over.iter().copied());
    fields.into_iter().filter(|(name, value)| *name != "blind" || !value.is_empty()).collect()
}

fn address(stage: StageId) -> String {
    format!("/settings/recipes/{stage}")
}

async fn version(portal: &Portal, stage: StageId) -> String {
    let mut tx = portal.db.begin_reading().await.unwrap();
    recipes::find(&mut tx, stage).await.unwrap().unwrap().version.to_string()
}

/// Every `name="…"` of the form with what stands in it, as a browser would send it back.
async fn unchanged(browser: &mut Browser, address: &str) -> Vec<(String, String)> {
    let page = browser.page(address).await;
    let form = page.split_once("<form class=\"form\"").unwrap().1.split_once("</form>").unwrap().0;
    let attribute = |tag: &str, name: &str| {
        let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
        Some(rest.split('"').next().unwrap_or_default().to_owned())
    };
    let mut fields = Vec::new();
    for tag in form.split('<').filter(|tag| tag.starts_with("input") || tag.starts_with("textarea"))
    {
        let is_choice = tag.contains("type=\"radio\"") || tag.contains("type=\"checkbox\"");
        if is_choice && !tag.contains(" checked") {
            continue;
        }
        let name = attribute(tag, "name").unwrap();
        let value = match tag.strip_prefix("textarea") {
            Some(rest) => rest.split_once(">\n").unwrap().1.to_owned(),
            None => attribute(tag, "value").unwrap_or_default(),
        };
        fields.push((name, value));
    }
    fields
}

#[tokio::test]
async fn every_stage_is_listed_with_what_is_settled_about_it() {
    let dir = tree(&[("README.md", OVERVIEW), ("challenge.md", "# One")]);
    let bare = Portal::synced(dir.path()).await;
    let mut maya = bare.signed_in(&[Role::Administrator]).await;
    let page = text(&maya.page("/settings/recipes").await);
    assert!(page.contains("No recipe Nobody has said yet"), "{page}");
    let stage = bare.stage("ops", "challenge.md").await;
    let page = text(&maya.page(&address(stage)).await);
    assert!(page.contains("Nobody has said yet. What you save here stays"), "{page}");
    let portal = Portal::shipped().await;
    let mut maya = portal.signed_in(&[Role::Administrator]).await;
    let page = text(&maya.page("/settings/recipes").await);
    for said in [
        "Take-home · 6 to 10 hours · within 1 week 3, of whom 2 are enough; blind",
        "7 days to start, 5 working days to answer",
        "With an outside firm · about 4 hours, your choice",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    let live = page.split_once("Live session").expect("one is shipped").1;
    let live = live.split_once("to answer").unwrap().0;
    assert!(!live.contains("blind"), "a call is never blind: {live}");
}

#[tokio::test]
async fn a_saved_recipe_stands_on_public_pages_of_every_instance_within_a_second() {
    let portal = Portal::shipped().await;
    let _following = portal.follow();
    let mut maya = portal.signed_in(&[Role::Administrator]).await;
    let stage = portal.stage("operations", "automation.md").await;
    let seen = version(&portal, stage).await;
    let saved = maya.submit(&address(stage), &typed(&seen, &[])).await;
    assert!(text(&saved).contains("The recipe is saved"), "{saved}");
    assert!(text(&saved).contains("Take-home · an evening or two · within 5 days"), "{saved}");
    let since = Instant::now();
    for page in ["/", "/tracks/operations", "/docs/challenges/cloud/automation.md"] {
        while !text(&portal.page(page).await).contains("an evening or two") {
            assert!(since.elapsed() < Duration::from_secs(1), "{page} is the old one");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
    assert!(text(&portal.page("/tracks/operations").await).contains("Design document"));
    // A new start shows it too; and the security track, which shares the document, keeps its own.
    let twin = portal.twin().await;
    assert!(text(&twin.page("/tracks/operations").await).contains("an evening or two"));
    assert!(!text(&twin.page("/tracks/security").await).contains("an evening or two"));
    // What happened is in the log, in words.
    let log = text(&maya.page("/audit").await);
    assert!(log.contains("changed the recipe of"), "{log}");
    assert!(log.contains("time limit, effort, parts"), "{log}");
    assert!(!log.contains("panel size, quorum"), "only what differs: {log}");
}

#[tokio::test]
async fn what_is_shown_is_sent_back_as_it_was_and_changes_nothing() {
    let portal = Portal::shipped().await;
    let mut maya = portal.signed_in(&[Role::Administrator]).await;
    let mut tx = portal.db.begin_reading().await.unwrap();
    let stages = recipes::list(&mut tx).await.unwrap();
    drop(tx);
    assert!(stages.iter().any(|stage| {
        stage.settled.as_ref().is_some_and(|settled| !settled.recipe.agenda.is_empty())
    }));
    for before in stages {
        let fields = unchanged(&mut maya, &address(before.stage)).await;
        let fields: Vec<(&str, &str)> =
            fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert!(fields.len() > 9, "{fields:?}");
        maya.submit(&address(before.stage), &fields).await;
        let mut tx = portal.db.begin_reading().await.unwrap();
        let after = recipes::find(&mut tx, before.stage).await.unwrap().unwrap();
        assert_eq!((&after.settled, after.version), (&before.settled, before.version));
        assert_eq!(after.edited_at, None, "the tree still rules what nobody changed");
    }
}

#[tokio::test]
async fn two_tabs_that_save_keep_both_texts_and_say_so() {
    let portal = Portal::shipped().await;
    let mut maya = portal.signed_in(&[Role::Administrator]).await;
    let mut derek = portal.signed_in(&[Role::Administrator]).await;
    let stage = portal.stage("operations", "automation.md").await;
    let seen = version(&portal, stage).await;
    let mayas = typed(&seen, &[("effort", "one long day"), ("parts", "Sketch\nFinal")]);
    maya.submit(&address(stage), &mayas).await;
    // The same once more, as after a lost answer, is the same change.
    maya.submit(&address(stage), &mayas).await;
    assert_eq!(version(&portal, stage).await, (seen.parse::<i32>().unwrap() + 1).to_string());
    let dereks = typed(&seen, &[("effort", "two short days")]);
    let overtaken = derek.post(&address(stage), &dereks).await;
    assert_eq!(overtaken.status, StatusCode::CONFLICT);
    let page = overtaken.text();
    assert!(page.contains("value=\"two short days\""), "what was typed stays: {page}");
    assert!(text(&page).contains("effort one long day"), "{}", text(&page));
    assert!(page.contains("Sketch<br>Final"), "{page}");
    assert!(!text(&page).contains("time limit 5 days"), "only what differs: {}", text(&page));
    let kept = text(&maya.page("/settings/recipes").await);
    assert!(kept.contains("one long day") && !kept.contains("two short days"));
    // Whoever saves again has seen both.
    let (_, rest) = page.split_once("name=\"version\" value=\"").unwrap();
    let now = rest.split('"').next().unwrap();
    let again = typed(now, &[("effort", "two short days")]);
    assert!(text(&derek.submit(&address(stage), &again).await).contains("two short days"));
}

#[tokio::test]
async fn of_many_who_save_at_once_from_one_page_one_is_first() {
    let portal = Portal::shipped().await;
    let stage = portal.stage("security", "automation.md").await;
    let seen = version(&portal, stage).await;
    let efforts: Vec<String> = (0..12).map(|number| format!("{number} hours")).collect();
    let mut saving = tokio::task::JoinSet::new();
    for effort in efforts {
        let mut browser = portal.signed_in(&[Role::Administrator]).await;
        let seen = seen.clone();
        saving.spawn(async move {
            browser.post(&address(stage), &typed(&seen, &[("effort", &effort)])).await.status
        });
    }
    let statuses = saving.join_all().await;
    let count = |status| statuses.iter().filter(|one| **one == status).count();
    assert_eq!((count(StatusCode::SEE_OTHER), count(StatusCode::CONFLICT)), (1, 11));
    let events: i64 = sqlx::query_scalar(
        "select count(*) from audit_event where action = 'track.recipe_changed'",
    )
    .fetch_one(&portal.owner().await)
    .await
    .unwrap();
    assert_eq!(events, 1);
}

#[tokio::test]
async fn what_cannot_be_a_recipe_is_refused_beside_its_field_and_nothing_changes() {
    let portal = Portal::shipped().await;
    let mut maya = portal.signed_in(&[Role::Administrator]).await;
    let stage = portal.stage("operations", "automation.md").await;
    let seen = version(&portal, stage).await;
    let long = "x".repeat(1_001);
    for (over, told) in [
        (
            &[("panel_size", "2"), ("quorum", "3")][..],
            "A panel of 2 cannot have a quorum of 3; use at most 2",
        ),
        (&[("quorum", "0")], "Write a number from 1 to 9"),
        (&[("panel_size", "10")], "Write a number from 0 to 9"),
        (&[("panel_size", "some")], "Write a number from 0 to 9"),
        (&[("start_within", "91")], "Write a number from 1 to 90"),
        (&[("answer_within", "0")], "Write a number from 1 to 90"),
        (&[("format", "quiz")], "Choose how this stage is taken"),
        (&[("time_limit", "soon")], "Write a length of time, such as 7 days or 2 h 30 min"),
        (&[("time_limit", "")], "A take-home runs against a clock"),
        (
            &[("format", "live_session"), ("blind", ""), ("time_limit", "")],
            "Say how long the call is",
        ),
        (&[("format", "live_session")], "On a call everybody meets"),
        (&[("effort", &long)], "Use at most 1000 characters"),
        (&[("agenda", "5 min set-up\nwork")], "Line 2: write how many minutes and what"),
        (
            &[("time_limit", "2 h 30 min"), ("agenda", "5 min set-up\n60 min work")],
            "These lines add up to 1 h 5 min, and the time limit says 2 h 30 min",
        ),
    ] {
        let refused = maya.post(&address(stage), &typed(&seen, over)).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{over:?}");
        let page = text(&refused.text());
        assert!(page.contains(told), "{over:?}: {page}");
        assert!(page.contains("Nothing was changed"), "{over:?}");
        assert!(refused.text().contains("an evening or two") || over[0].0 == "effort");
    }
    assert_eq!(version(&portal, stage).await, seen);
    for missing in [address(StageId::new()), "/settings/recipes/nothing".to_owned()] {
        assert_eq!(maya.get(&missing).await.status, StatusCode::NOT_FOUND);
        let posted = maya.post(&missing, &typed("1", &[])).await;
        assert_eq!(posted.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn a_live_session_and_an_empty_panel_are_saved_as_typed() {
    let portal = Portal::shipped().await;
    let mut maya = portal.signed_in(&[Role::Administrator]).await;
    let stage = portal.stage("operations", "automation.md").await;
    let seen = version(&portal, stage).await;
    let live = typed(
        &seen,
        &[
            ("format", "live_session"),
            ("time_limit", "1h5min"),
            ("agenda", "5 min set-up\r\n 60 minutes  work"),
            ("blind", ""),
            ("panel_size", "0"),
            ("quorum", ""),
        ],
    );
    maya.submit(&address(stage), &live).await;
    let page = maya.page(&address(stage)).await;
    assert!(page.contains("5 min set-up\n60 min work</textarea>"), "{page}");
    assert!(page.contains("value=\"1 h 5 min\""));
    assert!(text(&page).contains("Changed here on"));
    assert!(text(&maya.page("/settings/recipes").await).contains("Nobody 7 days to start"));
    let public = text(&portal.twin().await.page("/tracks/operations").await);
    assert!(public.contains("60 min work") || public.contains("work"), "{public}");
}

#[tokio::test]
async fn a_recipe_saved_here_survives_the_next_tree() {
    let recipe = |effort: &str| {
        format!(
            "[[recipes]]\ntrack = 'ops'\ndocument = 'challenge.md'\nformat = 'take_home'\n\
             time_limit = '7 days'\neffort = '{effort}'\n"
        )
    };
    let dir = tree(&[
        ("README.md", OVERVIEW),
        ("challenge.md", "# One"),
        ("content.toml", &recipe("3 hours")),
    ]);
    let portal = Portal::synced(dir.path()).await;
    let mut maya = portal.signed_in(&[Role::Administrator]).await;
    let stage = portal.stage("ops", "challenge.md").await;
    let seen = version(&portal, stage).await;
    // Between the page and its form the tree says something else: what was shown is not what stands.
    write(dir.path(), "content.toml", recipe("4 hours").as_bytes());
    portal.sync(dir.path()).await.unwrap();
    let stale = maya.post(&address(stage), &typed(&seen, &[])).await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
    assert!(text(&stale.text()).contains("effort 4 hours"));
    let seen = version(&portal, stage).await;
    maya.submit(&address(stage), &typed(&seen, &[("panel_size", "2"), ("quorum", "1")])).await;
    write(dir.path(), "content.toml", recipe("5 hours").as_bytes());
    let report = portal.sync(dir.path()).await.unwrap();
    assert_eq!(report.kept_recipes.len(), 1, "{:?}", report.kept_recipes);
    let page = text(&maya.page("/settings/recipes").await);
    assert!(
        page.contains("an evening or two") && page.contains("2, of whom 1 is enough"),
        "{page}"
    );
    assert!(!text(&portal.twin().await.page("/tracks/ops").await).contains("5 hours"));
    // The way back leads to what the present tree says, and then trees rule again.
    let page = maya.page(&address(stage)).await;
    assert!(page.contains("Go back to what the documents say"), "{page}");
    let back = |seen: &str| [("version", seen.to_owned()), ("do", "documents".to_owned())];
    let old = back(&seen);
    let old: Vec<_> = old.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let refused = maya.post(&address(stage), &old).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(text(&refused.text()).contains("Somebody changed this recipe meanwhile"));
    let present = back(&version(&portal, stage).await);
    let present: Vec<_> = present.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let page = text(&maya.submit(&address(stage), &present).await);
    assert!(page.contains("as the documents say again"), "{page}");
    assert!(page.contains("5 hours · within 1 week 3, of whom 2 are enough; blind"), "{page}");
    maya.submit(&address(stage), &present).await;
    let log = text(&maya.page("/audit").await);
    let said = "back to what the documents say: time limit, effort, parts, panel size, quorum";
    assert_eq!(log.matches(said).count(), 1, "{log}");
    assert!(text(&portal.twin().await.page("/tracks/ops").await).contains("5 hours"));
    write(dir.path(), "content.toml", recipe("6 hours").as_bytes());
    assert_eq!(portal.sync(dir.path()).await.unwrap().kept_recipes, [""; 0]);
    assert!(text(&maya.page("/settings/recipes").await).contains("6 hours"));
}

#[tokio::test]
async fn where_the_documents_say_nothing_there_is_no_way_back() {
    let dir = tree(&[("README.md", OVERVIEW), ("challenge.md", "# One")]);
    let portal = Portal::synced(dir.path()).await;
    let mut maya = portal.signed_in(&[Role::Administrator]).await;
    let stage = portal.stage("ops", "challenge.md").await;
    maya.submit(&address(stage), &typed("0", &[])).await;
    assert!(!maya.page(&address(stage)).await.contains("Go back to what"));
    let back = maya.post(&address(stage), &[("version", "1"), ("do", "documents")]).await;
    assert_eq!(back.status, StatusCode::NOT_FOUND);
    // Edited again and again, the way back leads to the tree, and ends when the tree is silent.
    let said = "[[recipes]]\ntrack = 'ops'\ndocument = 'challenge.md'\nformat = 'external'\n";
    write(dir.path(), "content.toml", said.as_bytes());
    portal.sync(dir.path()).await.unwrap();
    assert!(maya.page(&address(stage)).await.contains("Go back to what"));
    maya.submit(&address(stage), &typed("1", &[("effort", "a day")])).await;
    assert!(maya.page(&address(stage)).await.contains("Go back to what"));
    write(dir.path(), "content.toml", b"");
    portal.sync(dir.path()).await.unwrap();
    let page = maya.page(&address(stage)).await;
    assert!(!page.contains("Go back to what") && page.contains("a day"), "{page}");
}

#[tokio::test]
async fn a_track_says_how_many_positions_it_has() {
    let portal = Portal::shipped().await;
    let mut maya = portal.signed_in(&[Role::Administrator]).await;
    let address = "/settings/tracks/systems/positions";
    let saved = text(&maya.submit(address, &[("positions", "0")]).await);
    assert!(saved.contains("The open positions are saved"), "{saved}");
    let positions = async |slug: &str| {
        let mut tx = portal.db.begin_reading().await.unwrap();
        let stages = recipes::list(&mut tx).await.unwrap();
        stages.iter().find(|stage| stage.track_slug == slug).unwrap().open_positions
    };
    assert_eq!((positions("systems").await, positions("operations").await), (0, 1));
    maya.submit(address, &[("positions", "0")]).await;
    let log = text(&maya.page("/audit").await);
    assert_eq!(log.matches("changed the open positions of").count(), 1, "{log}");
    assert!(log.contains("before: 1; now: 0"), "{log}");
    let refused = maya.post(address, &[("positions", "a few")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = refused.text();
    assert!(
        page.contains("value=\"a few\"") && text(&page).contains("Write a number from 0 to 999")
    );
    assert_eq!(page.matches("aria-invalid").count(), 1, "beside its own track alone");
    let missing = maya.post("/settings/tracks/nothing/positions", &[("positions", "1")]).await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_track_says_whose_votes_are_and_stages_that_were_given_keep_what_was_said() {
    let portal = Portal::shipped().await;
    let mut maya = portal.signed_in(&[Role::Administrator]).await;
    let between = Between {
        candidate: portal.signed_in(&[Role::Candidate]).await.account.unwrap(),
        recruiter: portal.signed_in(&[Role::Recruiter]).await.account.unwrap(),
        manager: None,
    };
    let said = async || -> Vec<String> {
        sqlx::query_scalar("select attribution from assignment order by assigned_at, assignment_id")
            .fetch_all(&portal.owner().await)
            .await
            .unwrap()
    };
    portal.interview_in("systems", between).await;
    portal.interview_in("operations", between).await;
    assert_eq!(said().await, ["anonymous", "attributed"], "what holds where nobody said anything");
    let address = "/settings/tracks/operations/attribution";
    for _ in 0..2 {
        let saved = text(&maya.submit(address, &[("attribution", "anonymous")]).await);
        assert!(saved.contains("holds for every stage that is given from now on"), "{saved}");
    }
    let other = portal.signed_in(&[Role::Candidate]).await.account.unwrap();
    portal.interview_in("operations", Between { candidate: other, ..between }).await;
    assert_eq!(said().await, ["anonymous", "attributed", "anonymous"]);
    let log = text(&maya.page("/audit").await);
    assert_eq!(log.matches("changed how votes are read in").count(), 1, "{log}");
    assert!(log.contains("now: without names"), "{log}");
    let refused = maya.post(address, &[("attribution", "somebody")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let nowhere = "/settings/tracks/nothing/attribution";
    let missing = maya.post(nowhere, &[("attribution", "anonymous")]).await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_database_keeps_no_recipe_that_the_form_would_refuse() {
    let portal = Portal::shipped().await;
    let owner = portal.owner().await;
    for (change, constraint) in [
        ("update recipe set quorum = 4", "recipe_quorum_of_panel"),
        ("update recipe set panel_size = 10", "recipe_panel_size_sensible"),
        ("update recipe set start_within_days = 0", "recipe_start_within_sensible"),
        ("update recipe set answer_within_days = 91", "recipe_answer_within_sensible"),
        ("update recipe set is_blind = true", "recipe_live_session_is_not_blind"),
        ("update track set open_positions = -1", "track_open_positions_sensible"),
    ] {
        let refused = sqlx::query(change).execute(&owner).await.unwrap_err();
        let named = refused.as_database_error().and_then(|error| error.constraint());
        assert_eq!(named, Some(constraint), "{change}");
    }
    sqlx::query("update recipe set panel_size = 0").execute(&owner).await.unwrap();
}
