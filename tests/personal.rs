//! What is kept about a person: every column of it is declared, and a candidate takes along what is theirs, and
//! nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read};

use http::StatusCode;
use portal::personal::keys::KEYS;
use portal::personal::map::TABLES;
use portal::web::viewer::Role;
use serde_json::Value;
use sha2::Digest;

use crate::support::Portal;
use crate::support::archive::{File, zip};
use crate::support::client::Browser;
use crate::support::html::text;
use crate::support::interview::{Between, Interview, SAW};
use crate::support::panel::{NAMES, WHY};

const DATA: &str = "/my/data";

/// Everything that somebody takes along, file by file.
fn unpacked(bytes: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let names: Vec<String> = archive.file_names().map(|name| name.unwrap().into_owned()).collect();
    let mut read = |name: String| {
        let mut content = Vec::new();
        archive.by_name(&name).unwrap().read_to_end(&mut content).unwrap();
        (name, content)
    };
    names.into_iter().map(&mut read).collect()
}

async fn taken(browser: &mut Browser) -> BTreeMap<String, Vec<u8>> {
    let answer = browser.post(DATA, &[]).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    assert_eq!(answer.header("content-type"), "application/zip");
    assert!(answer.header("content-disposition").starts_with("attachment; filename=\"my-data-2"));
    assert_eq!(answer.header("cache-control"), "no-store");
    unpacked(&answer.body)
}

fn json(files: &BTreeMap<String, Vec<u8>>) -> Value {
    serde_json::from_slice(&files["data.json"]).unwrap()
}

struct Story {
    portal: Portal,
    zoe: Browser,
    between: Between,
    made: Interview,
}

/// Work that was handed in, and a panel of three.
async fn story() -> Story {
    let portal = Portal::shipped().await;
    let tomas = portal.signed_in(&[Role::Recruiter]).await;
    let sean = portal.signed_in(&[Role::HiringManager]).await;
    let zoe = portal.signed_in(&[Role::Candidate]).await;
    let (candidate, recruiter) = (zoe.account.unwrap(), tomas.account.unwrap());
    portal.call(candidate, "Zoë Łukasik").await;
    let between = Between { candidate, recruiter, manager: sean.account };
    let made = portal.interview(between).await;
    portal.hand_in_work(made).await;
    for name in NAMES {
        let member = portal.signed_in(&[Role::Interviewer]).await.account.unwrap();
        portal.call(member, name).await;
        portal.sit(made, member, false).await;
    }
    Story { portal, zoe, between, made }
}

/// The archive that [`Portal::hand_in_work`] sends.
fn work() -> Vec<u8> {
    zip(&[File::new("poll.go", "package main\n")])
}

impl Story {
    async fn run(&self, statement: &'static str) {
        sqlx::query(statement).execute(&self.portal.owner().await).await.unwrap();
    }
}

#[tokio::test]
async fn every_column_that_can_hold_something_about_a_person_is_declared_once() {
    let portal = Portal::shipped().await;
    let columns: Vec<(String, String, bool)> = sqlx::query_as(
        "select c.table_name::text, c.column_name::text,
           c.data_type in ('text', 'character varying', 'character', 'json', 'jsonb', 'bytea', 'inet', 'cidr',
               'tsvector', 'xml')
             or c.udt_name in ('citext', '_text', '_varchar', '_bytea', '_jsonb', '_inet')
         from information_schema.columns c
         join information_schema.tables t using (table_schema, table_name)
         where c.table_schema = 'public' and t.table_type = 'BASE TABLE'
           and c.table_name <> '_sqlx_migrations'",
    )
    .fetch_all(&portal.owner().await)
    .await
    .unwrap();
    let mut declared = BTreeSet::new();
    for table in TABLES {
        for column in table.columns() {
            assert!(declared.insert((table.name, column)), "{}.{column} stands twice", table.name);
        }
    }
    let there: BTreeSet<(&str, &str)> =
        columns.iter().map(|(table, column, _)| (table.as_str(), column.as_str())).collect();
    let gone: Vec<_> = declared.difference(&there).collect();
    assert!(gone.is_empty(), "declared, and not there: {gone:?}");
    let told = columns.iter().filter(|(.., holds)| *holds);
    let told: BTreeSet<(&str, &str)> =
        told.map(|(table, column, _)| (table.as_str(), column.as_str())).collect();
    assert!(told.len() > 150, "{}", told.len());
    let silent: Vec<_> = told.difference(&declared).collect();
    assert!(silent.is_empty(), "say in src/personal/map.rs whose these are: {silent:?}");
}

#[tokio::test]
async fn a_candidate_takes_along_what_they_gave_handed_in_and_were_told() {
    let mut it = story().await;
    let own = format!("/my/assignments/{}", it.made.assignment);
    // Another track, in which they have said what they need and asked for time.
    let other = it.portal.interview_in("systems", it.between).await;
    let theirs = format!("/my/assignments/{}", other.assignment);
    let needs = [("time", "125"), ("needs", "captions")];
    it.zoe.submit(&format!("{theirs}/needs"), &needs).await;
    let knows =
        [("do", "somebody"), ("names", "Ada from the climbing hall"), ("employers", "Acme")];
    it.zoe.submit(&format!("{theirs}/acquaintances"), &knows).await;
    it.zoe.submit(&format!("{theirs}/start"), &[]).await;
    let more = [("count", "2"), ("unit", "days"), ("why", "My child is ill.")];
    it.zoe.submit(&format!("{theirs}/time"), &more).await;
    it.portal.pass(it.made, 3, it.portal.clock.now()).await;
    let _sent = it.portal.letters().await;

    let page = text(&it.zoe.page(DATA).await);
    assert!(page.contains("Zoë Łukasik") && page.contains("1 file as you sent it"), "{page}");
    assert!(text(&it.zoe.page("/my").await).contains("What is kept about you"));
    assert!(text(&it.zoe.page("/account").await).contains("see what it is, and take it along"));
    let files = taken(&mut it.zoe).await;
    let data = json(&files);
    let names: Vec<&str> = files.keys().map(String::as_str).collect();
    assert_eq!(names, ["README.txt", "data.json", "files/1-work.zip"]);
    assert_eq!(files["files/1-work.zip"], work(), "byte for byte as it came");
    assert_eq!(data["you"]["name"], "Zoë Łukasik");
    let first = &data["interviews"][0]["stages"][0];
    let handed_in = &first["handed_in"][0];
    assert_eq!(handed_in["note"], "Start with `poll.go`.");
    assert_eq!(handed_in["links"][0], "https://git.example.org/heron/automation");
    assert_eq!(handed_in["file"]["path"], "files/1-work.zip");
    let digest: String =
        sha2::Sha256::digest(work()).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(handed_in["file"]["sha256"], digest.as_str());
    assert_eq!(first["state"], "decided");
    assert_eq!(first["decision"]["observations"][0]["saw"], SAW);
    assert!(it.zoe.page(&format!("{own}/decision")).await.contains("poll_test.go"));
    let second = &data["interviews"][1];
    assert_eq!(second["said"]["needs"]["time_percent"], 125);
    assert_eq!(second["said"]["needs"]["arranged"][0], "Captions on calls");
    assert_eq!(second["said"]["knows"], "Ada from the climbing hall");
    assert_eq!(second["stages"][0]["more_time"][0]["reason"], "My child is ill.");
    assert!(second["stages"][0]["decision"].is_null());
    let kinds: Vec<&str> = data["letters"]
        .as_array()
        .unwrap()
        .iter()
        .map(|letter| letter["kind"].as_str().unwrap())
        .collect();
    assert!(kinds.contains(&"handed_in"), "{kinds:?}");
    assert_eq!(data["signing_in"]["browsers"][0]["name"], "Firefox on Linux");
    assert!(data["made_at"].as_str().unwrap().ends_with('Z'));
    // That it was taken is known, and nothing of what.
    let told = "select refs::text from audit_event where action = 'account.data_taken'";
    let told: String = sqlx::query_scalar(told).fetch_one(&it.portal.owner().await).await.unwrap();
    assert_eq!(told, "{}");
    let mut maya = it.portal.signed_in(&[Role::Administrator]).await;
    let log = text(&maya.page("/audit?what=own-account").await);
    assert!(log.contains("downloaded what is kept about them"), "{log}");
}

/// Every key of a document, as the list of them writes it.
fn keys(value: &Value, path: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                keys(value, &path, found);
            }
        }
        Value::Array(items) => {
            items.iter().for_each(|item| keys(item, &format!("{path}[]"), found));
        }
        _ => {
            found.insert(path.to_owned());
        }
    }
}

#[tokio::test]
async fn every_key_is_explained_beside_it() {
    let mut it = story().await;
    it.portal.fix_work(it.made).await;
    it.portal.pass(it.made, 3, it.portal.clock.now()).await;
    it.zoe.submit("/account/tokens", &[("name", "nightly"), ("days", "30")]).await;
    let files = taken(&mut it.zoe).await;
    let mut found = BTreeSet::new();
    keys(&json(&files), "", &mut found);
    assert!(found.len() > 40, "{found:?}");
    let known: BTreeSet<&str> = KEYS.iter().map(|(key, _)| *key).collect();
    let is_known = |key: &&String| {
        // Where there is nothing, what would lie beneath it is not there either.
        known.contains(key.as_str()) || known.iter().any(|it| it.starts_with(&format!("{key}.")))
    };
    let silent: Vec<&String> = found.iter().filter(|key| !is_known(key)).collect();
    assert!(silent.is_empty(), "say in src/personal/keys.rs what these mean: {silent:?}");
    let readme = String::from_utf8(files["README.txt"].clone()).unwrap();
    assert!(KEYS.iter().all(|(key, _)| readme.contains(key)));
    assert!(readme.contains("files/1-work.zip"));
}

/// What others wrote and did, of which the candidate knows nothing.
const KEPT_APART: [&str; 9] = [
    "update application_private set note = 'CANARY a private note', time_percent = 150",
    "update application set source = 'CANARY a referral'",
    "insert into resume (application_id, pdf, added_at, added_by)
     select application_id, 'CANARY', now(), recruiter_id from application",
    "insert into conflict (candidate_id, account_id, kind, reason, told_by, told_at)
     select p.candidate_id, m.account_id, 'friends', 'CANARY a wedding', m.account_id, now()
     from panel_member m join assignment using (assignment_id) join application p using (application_id)
     limit 1",
    "update panel_member set left_reason = 'CANARY no time'",
    "insert into opened_vote
       (opened_vote_id, assignment_id, author_id, value, comment, is_practice, is_unchanged)
     select gen_random_uuid(), assignment_id, account_id, -2, 'CANARY it does not run', false, true
     from panel_member",
    "insert into run_log (assignment_id, member_id, author_id, machine, commands, result, ran_at)
     select assignment_id, panel_member_id, account_id, 'CANARY', 'make', 'CANARY', now()
     from panel_member",
    "insert into review_note (member_id, assignment_id, author_id, text, checks, saved_at)
     select panel_member_id, assignment_id, account_id, 'CANARY', '[]', now() from panel_member",
    "insert into decision (assignment_id, outcome, level, observations, note, saved_at)
     select assignment_id, 'decline', 2,
       '[{\"is_strength\": true, \"saw\": \"CANARY\", \"asks\": \"\", \"change\": \"\"}]', 'CANARY', now()
     from assignment",
];

#[tokio::test]
async fn nothing_that_others_wrote_for_each_other_is_in_it() {
    let mut it = story().await;
    let firm = it.portal.signed_in(&[Role::External]).await.account.unwrap();
    let before = taken(&mut it.zoe).await;
    for statement in KEPT_APART {
        it.run(statement).await;
    }
    let other = it.portal.interview_in("security", it.between).await;
    it.portal.assessed(other, firm).await;
    let after = taken(&mut it.zoe).await;
    for (name, content) in &after {
        let content = String::from_utf8_lossy(content);
        // The last is what the firm says.
        assert!(!content.contains("CANARY") && !content.contains("Sound."), "{name}: {content}");
        assert!(NAMES.iter().all(|name| !content.contains(name)), "{name}: {content}");
    }
    assert_eq!(after.len(), before.len() + 1, "what the firm sent is not theirs");
    // What was there before is told as it was, but for who was there when.
    let plain = |files: &BTreeMap<String, Vec<u8>>| json(files)["interviews"][0].clone();
    assert_eq!(plain(&before), plain(&after));
}

#[tokio::test]
async fn nothing_in_it_differs_by_what_was_decided_or_voted_and_not_told() {
    let it = story().await;
    let review = format!("/reviews/{}", it.made.assignment);
    let held = "insert into decision
                  (assignment_id, outcome, level, observations, note, saved_at, decided_by, decided_at, held_at)
                select g.assignment_id, $2, 3,
                  '[{\"is_strength\": true, \"saw\": \"Sound.\", \"asks\": \"\", \"change\": \"\"}]', '',
                  submitted_at, p.manager_id, submitted_at, submitted_at
                from assignment g join application p using (application_id)
                where g.assignment_id = $1";
    let mut told = Vec::new();
    for secret in ["nothing", "advance", "decline", "on its way"] {
        let portal = it.portal.copy().await;
        portal.objects.put(Cursor::new(work())).await.unwrap();
        portal.open(it.made).await;
        let owner = portal.owner().await;
        if secret != "nothing" {
            let outcome = if secret == "decline" { "decline" } else { "advance" };
            let told_at = if secret == "on its way" { "now() + interval '1 day'" } else { "null" };
            let decided = format!(
                "update assignment
                 set state = 'decided', decided_at = opened_at, outcome = $2, decided_level = 3, told_at = {told_at}
                 where assignment_id = $1"
            );
            for statement in [decided.as_str(), held] {
                sqlx::query(sqlx::AssertSqlSafe(statement.to_owned()))
                    .bind(it.made.assignment)
                    .bind(outcome)
                    .execute(&owner)
                    .await
                    .unwrap();
            }
        }
        let page = portal.same(&it.zoe).get(DATA).await;
        let taken = portal.same(&it.zoe).post(DATA, &[]).await;
        assert_eq!((page.status, taken.status), (StatusCode::OK, StatusCode::OK));
        told.push((page.body, taken.body));
    }
    assert!(told.iter().all(|one| *one == told[0]), "something was decided");
    // The same of votes under seal.
    let mut told = Vec::new();
    for votes in [&[][..], &["1"], &["-2"], &["1", "-2"]] {
        let portal = it.portal.copy().await;
        portal.objects.put(Cursor::new(work())).await.unwrap();
        portal.hand_in(it.made).await;
        let seated = "select account_id from panel_member order by account_id";
        let seated = sqlx::query_scalar(seated).fetch_all(&portal.owner().await).await.unwrap();
        for (account, value) in seated.into_iter().zip(votes) {
            let mut member = portal.browser_of(account).await;
            let vote = crate::support::panel::vote(value, WHY, "0");
            let answer = member.post(&review, &vote).await;
            assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
        }
        told.push(portal.same(&it.zoe).post(DATA, &[]).await.body);
    }
    assert!(told.iter().all(|one| *one == told[0]), "somebody voted");
}

#[tokio::test]
async fn what_is_missing_breaks_the_download_off() {
    let mut it = story().await;
    let digest = portal::objects::Digest::new(sha2::Sha256::digest(work()).into());
    it.portal.objects.remove(digest).await.unwrap();
    let asked = tokio::spawn(async move { it.zoe.post(DATA, &[]).await });
    assert!(asked.await.is_err(), "half a file is none");
}
