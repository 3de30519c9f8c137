//! The seal: what the database holds whatever the portal asks, and that nothing anybody else can get differs by
//! what was voted before the panel opens.

use std::collections::BTreeMap;

use http::{Method, StatusCode};
use portal::db::Db;
use portal::ids::AccountId;
use portal::web::viewer::Role;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::access::TABLE;
use crate::support::Portal;
use crate::support::client::Browser;
use crate::support::panel::{Panel, WHY, vote};

/// A connection as the serving role, past everything that the portal checks by itself.
async fn raw(portal: &Portal) -> PgConnection {
    PgConnection::connect_with(&portal.database.app).await.unwrap()
}

async fn act_for(connection: &mut PgConnection, account: Option<AccountId>) {
    let whom = account.map(|account| account.to_string()).unwrap_or_default();
    sqlx::query("select set_config('portal.viewer', $1, true)")
        .bind(whom)
        .execute(connection)
        .await
        .unwrap();
}

const COUNTS: [&str; 4] = [
    "select count(*) from vote",
    "select count(*) from vote_receipt",
    "select count(*) from opened_vote",
    "select count(*) from seal",
];

async fn counts(connection: &mut PgConnection) -> Vec<i64> {
    let mut counts = Vec::new();
    for statement in COUNTS {
        counts.push(sqlx::query_scalar(statement).fetch_one(&mut *connection).await.unwrap());
    }
    counts
}

/// Why the database refuses a statement.
async fn refused(connection: &mut PgConnection, statement: &str) -> String {
    let statement = AssertSqlSafe(statement.to_owned());
    let mut inner = connection.begin().await.unwrap();
    let refused = sqlx::query(statement).execute(&mut *inner).await.unwrap_err();
    inner.rollback().await.unwrap();
    refused.as_database_error().and_then(|error| error.code()).unwrap_or_default().into_owned()
}

#[tokio::test]
async fn the_database_shows_a_vote_to_its_author_alone_whatever_is_asked() {
    let mut it = Panel::voting().await;
    it.votes(0, "1").await;
    let author = it.members[0].account;
    let hr = it.portal.signed_in(&[Role::Hr, Role::Administrator]).await;
    let mut connection = raw(&it.portal).await;
    let others = [
        None,
        it.members[1].account,
        it.sean.account,
        it.tomas.account,
        it.zoe.account,
        hr.account,
    ];
    for whom in others {
        let mut tx = connection.begin().await.unwrap();
        act_for(&mut tx, whom).await;
        assert_eq!(counts(&mut tx).await, [0, 0, 0, 0], "{whom:?}");
        // Nor can anything be done to it.
        let changed = sqlx::query("update vote set value = -2").execute(&mut *tx).await.unwrap();
        assert_eq!(changed.rows_affected(), 0, "{whom:?}");
        tx.rollback().await.unwrap();
    }
    let mut tx = connection.begin().await.unwrap();
    act_for(&mut tx, author).await;
    assert_eq!(counts(&mut tx).await, [1, 1, 0, 0]);
    for forbidden in [
        "delete from vote",
        "delete from vote_receipt",
        "update vote_receipt set commitment = sha256('')",
        "insert into seal values (gen_random_uuid(), '{}', sha256(''))",
        "insert into opened_vote values (gen_random_uuid(), gen_random_uuid(), null, 1, '', null, false, true)",
        "update vote set author_id = gen_random_uuid()",
        "update vote set is_practice = true",
        "update vote set commitment = sha256('')",
        "truncate vote",
        "alter table vote disable row level security",
        "update standing_order set given_by = null",
        "delete from standing_order",
        "select * from vote for update of nothing",
    ] {
        let code = refused(&mut tx, forbidden).await;
        assert!(code == "42501" || code == "42P01", "{forbidden}: {code}");
    }
    tx.commit().await.unwrap();
    // Whom a transaction acted for is forgotten with it, on the same connection.
    assert_eq!(counts(&mut connection).await, [0, 0, 0, 0]);
    let mut tx = connection.begin().await.unwrap();
    act_for(&mut tx, author).await;
    tx.rollback().await.unwrap();
    assert_eq!(counts(&mut connection).await, [0, 0, 0, 0]);
}

#[tokio::test]
async fn a_connection_that_goes_back_to_the_pool_acts_for_nobody() {
    let mut it = Panel::voting().await;
    it.votes(0, "1").await;
    let review = it.review.clone();
    it.members[0].page(&review).await;
    for _ in 0..40 {
        let mut tx = it.portal.db.begin().await.unwrap();
        assert_eq!(counts(tx.connection()).await, [0, 0, 0, 0]);
    }
}

#[tokio::test]
async fn the_database_takes_a_vote_from_nobody_but_a_member_in_their_own_name_and_in_time() {
    let mut it = Panel::seated("operations").await;
    let seat = "select panel_member_id::text from panel_member where account_id = $1";
    let owner = it.portal.owner().await;
    let seats: Vec<String> = {
        let mut seats = Vec::new();
        for member in &it.members {
            let id = sqlx::query_scalar(seat).bind(member.account).fetch_one(&owner).await;
            seats.push(id.unwrap());
        }
        seats
    };
    let assignment = it.made.assignment;
    let insert = |member: &str, author: AccountId| {
        format!(
            "insert into vote (assignment_id, member_id, author_id, value, comment, cast_at)
             values ('{assignment}', '{member}', '{author}', 1, '{WHY}', now())"
        )
    };
    let accounts: Vec<AccountId> =
        it.members.iter().map(|member| member.account.unwrap()).collect();
    let account = |at: usize| accounts[at];
    let mut connection = raw(&it.portal).await;
    let mut tx = connection.begin().await.unwrap();
    act_for(&mut tx, Some(account(0))).await;
    assert_eq!(refused(&mut tx, &insert(&seats[0], account(0))).await, "23514", "nothing is here");
    tx.rollback().await.unwrap();
    it.portal.hand_in(it.made).await;

    let mut tx = connection.begin().await.unwrap();
    act_for(&mut tx, Some(account(0))).await;
    for (member, author) in [
        (&seats[1], account(1)),
        (&seats[0], account(1)),
        (&seats[1], account(0)),
        (&seats[0], it.sean.account.unwrap()),
    ] {
        assert_eq!(refused(&mut tx, &insert(member, author)).await, "42501", "{author}");
    }
    sqlx::query(AssertSqlSafe(insert(&seats[0], account(0)))).execute(&mut *tx).await.unwrap();
    // There is one vote a seat, and no other value.
    assert_eq!(refused(&mut tx, &insert(&seats[0], account(0))).await, "23505");
    assert_eq!(refused(&mut tx, "update vote set value = 0").await, "23514");
    assert_eq!(refused(&mut tx, "update vote set comment = repeat(' ', 40)").await, "23514");
    tx.commit().await.unwrap();

    // Whoever has left, or runs the application by now, changes nothing any more.
    sqlx::query(
        "update panel_member set left_at = now(), left_why = 'replaced' where account_id = $1",
    )
    .bind(account(0))
    .execute(&owner)
    .await
    .unwrap();
    let mut tx = connection.begin().await.unwrap();
    act_for(&mut tx, Some(account(0))).await;
    assert_eq!(counts(&mut tx).await, [0, 0, 0, 0]);
    assert_eq!(refused(&mut tx, &insert(&seats[0], account(0))).await, "42501");
    tx.rollback().await.unwrap();

    // What is open is cast on no more.
    for at in 1..3 {
        it.votes(at, "1").await;
    }
    it.sean.submit(&it.debrief.clone(), &[]).await;
    assert_eq!(it.state().await, "opened");
    let mut tx = connection.begin().await.unwrap();
    act_for(&mut tx, Some(account(1))).await;
    assert_eq!(refused(&mut tx, &insert(&seats[1], account(1))).await, "23514");
    assert_eq!(counts(&mut tx).await, [0, 1, 2, 1]);
}

/// What happened on a panel before it opened, as far as it is secret: who voted, and what.
const SECRETS: [&[(usize, &str, &str)]; 8] = [
    &[],
    &[(0, "1", WHY)],
    &[(0, "-2", WHY)],
    &[(0, "-2", "The locks are taken in two orders, and one of them never ends.")],
    &[(1, "1", WHY)],
    &[(0, "1", WHY), (1, "1", WHY)],
    &[(0, "1", WHY), (1, "-2", WHY), (3, "-2", WHY)],
    &[(3, "1", WHY)],
];

/// A copy of the story's database in which some of the panel have voted, and a portal on it at the same time.
async fn told(base: &Panel, secret: &[(usize, &str, &str)]) -> Portal {
    let portal = base.portal.copy().await;
    for (at, value, why) in secret {
        let mut member = portal.same(&base.members[*at]);
        let answer = member.post(&base.review, &vote(value, why, "0")).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    }
    portal
}

/// Everything that the serving role can read and that acts for nobody, row for row.
async fn everything(db: &Db) -> BTreeMap<String, String> {
    let mut tx = db.begin_reading().await.unwrap();
    let tables: Vec<String> = sqlx::query_scalar(
        "select relname::text
         from pg_class
         where relnamespace = 'public'::regnamespace and relkind in ('r', 'v')
           and has_table_privilege(oid, 'select')
         order by relname",
    )
    .fetch_all(tx.connection())
    .await
    .unwrap();
    assert!(tables.len() > 40 && tables.contains(&"vote".to_owned()), "{tables:?}");
    let mut found = BTreeMap::new();
    for table in tables {
        let rows = format!(
            "select count(*)::text || ' ' || coalesce(md5(string_agg(t::text, '|' order by t::text)), '')
             from {table} t"
        );
        let rows =
            sqlx::query_scalar(AssertSqlSafe(rows)).fetch_one(tx.connection()).await.unwrap();
        found.insert(table, rows);
    }
    found
}

/// The addresses that anybody may be shown something at, for this interview.
fn addresses(base: &Panel) -> Vec<String> {
    let id = |browser: &Browser| browser.account.unwrap().to_string();
    let mut addresses: Vec<String> = TABLE
        .iter()
        .filter(|(method, ..)| *method == Method::GET)
        .map(|(_, _, address, _)| {
            address
                .replace("APPLICATION", &base.made.application.to_string())
                .replace("ASSIGNMENT", &base.made.assignment.to_string())
                .replace("SEAT", &base.made.assignment.to_string())
                .replace("LOOKS", &id(&base.members[0]))
                .replace("PERSON", &id(&base.members[0]))
        })
        // A key for an app is another each time.
        .filter(|address| !address.contains("STAGE") && !address.ends_with("/totp"))
        .collect();
    addresses.extend(["/candidates?q=a".to_owned(), "/audit?what=votes".to_owned()]);
    addresses.push("/outbox?show=waiting".to_owned());
    addresses
}

/// Everybody who may look, but for those whose own vote differs.
async fn viewers(base: &Panel) -> Vec<Browser> {
    let mut viewers = vec![
        base.portal.browser(),
        base.tomas.clone(),
        base.sean.clone(),
        base.zoe.clone(),
        base.members[2].clone(),
    ];
    for roles in [
        &[Role::Administrator][..],
        &[Role::Administrator, Role::Interviewer],
        &[Role::Hr],
        &[Role::Interviewer],
        &[Role::Recruiter, Role::HiringManager],
    ] {
        viewers.push(base.portal.signed_in(roles).await);
    }
    viewers
}

/// A story up to where the panel votes: three members, and one in training.
async fn base() -> Panel {
    let mut base = Panel::voting().await;
    let noor = base.portal.signed_in(&[Role::Interviewer]).await;
    base.portal.sit(base.made, noor.account.unwrap(), true).await;
    base.members.push(noor);
    base
}

/// What somebody gets at an address, without what is different in every answer.
async fn gets(portal: &Portal, viewer: &Browser, address: &str) -> (StatusCode, String, String) {
    let answer = portal.same(viewer).get(address).await;
    let mut headers: Vec<String> = answer
        .headers
        .iter()
        .filter(|(name, _)| *name != "x-request-id")
        .map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value.as_bytes())))
        .collect();
    headers.sort();
    (answer.status, headers.join("\n"), answer.text())
}

/// Fails where two answers differ, and says where they first do.
fn same(one: &(StatusCode, String, String), other: &(StatusCode, String, String), what: &str) {
    assert_eq!((one.0, &one.1), (other.0, &other.1), "{what}");
    let differ = one.2.lines().zip(other.2.lines()).find(|(one, other)| one != other);
    assert!(one.2 == other.2, "{what}: {differ:?}");
}

#[tokio::test]
async fn nothing_anybody_else_gets_differs_by_what_was_voted_before_it_is_open() {
    let base = base().await;
    let (viewers, addresses) = (viewers(&base).await, addresses(&base));
    let mut stories = Vec::new();
    for secret in SECRETS {
        stories.push(told(&base, secret).await);
    }
    // All that could be read, past every check of the portal's own.
    let first = everything(&stories[0].db).await;
    for (story, secret) in stories.iter().zip(SECRETS) {
        assert_eq!(everything(&story.db).await, first, "{secret:?}");
    }
    // What is asked of the portal, by everybody.
    let seed: u64 = rand::rng().random();
    let mut random = StdRng::seed_from_u64(seed);
    let pairs: usize =
        std::env::var("TEST_PAIRS").ok().and_then(|it| it.parse().ok()).unwrap_or(30);
    let mut asked = BTreeMap::new();
    for pair in 0..pairs {
        let one = random.random_range(0..stories.len());
        let other = (one + random.random_range(1..stories.len())) % stories.len();
        for viewer in &viewers {
            for _ in 0..8 {
                let address = &addresses[random.random_range(0..addresses.len())];
                let (left, right) = tokio::join!(
                    gets(&stories[one], viewer, address),
                    gets(&stories[other], viewer, address)
                );
                same(&left, &right, &format!("{address}, pair {pair} of seed {seed}"));
                let (times, shown): &mut (usize, usize) = asked.entry(address).or_default();
                (*times, *shown) = (*times + 1, *shown + usize::from(left.0 == StatusCode::OK));
            }
        }
    }
    let sum = asked.values().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    assert!(
        sum.0 == pairs * viewers.len() * 8 && sum.1 * 4 > sum.0,
        "{sum:?} were asked and shown"
    );
    let least = asked.values().map(|(times, _)| *times).min().unwrap_or_default();
    assert!(pairs < 2_000 || asked.len() == addresses.len() && least >= 100, "{asked:?}");
    // A member's own desk and other pages say nothing of their own vote either.
    let (without, with) = (&stories[0], &stories[1]);
    for address in addresses.iter().filter(|address| **address != base.review) {
        let member = &base.members[0];
        let pair = (gets(without, member, address).await, gets(with, member, address).await);
        same(&pair.0, &pair.1, address);
    }
    // What others do is answered in the same way, and what is sent for it is the same.
    let run =
        format!("/applications/{}/assignments/{}", base.made.application, base.made.assignment);
    let seat: String =
        sqlx::query_scalar("select panel_member_id::text from panel_member where account_id = $1")
            .bind(base.members[0].account)
            .fetch_one(&stories[0].owner().await)
            .await
            .unwrap();
    let withdrawal = format!("/my/assignments/{}/withdrawal", base.made.assignment);
    let mut acted = Vec::new();
    // Of those with at most one vote that counts: with two, what the manager asks for opens them.
    for story in [0, 1, 2, 3, 4, 7].map(|at| &stories[at]) {
        let mut answers = Vec::new();
        for (browser, address, fields) in [
            (&base.tomas, format!("{run}/panel"), &[("do", "remind")][..]),
            (&base.sean, base.debrief.clone(), &[]),
            (&base.zoe, withdrawal.clone(), &[("do", "withdraw")]),
            (&base.zoe, withdrawal.clone(), &[("do", "undo")]),
            (
                &base.tomas,
                format!("{run}/panel"),
                &[("do", "release"), ("member", seat.as_str()), ("version", "1")],
            ),
            (&base.members[2], base.review.clone(), &[("do", "until"), ("until", "2099-01-01")]),
            (&base.members[2], base.review.clone(), &[("do", "vote"), ("value", "1")]),
            (&base.tomas, base.debrief.clone(), &[]),
            (&base.tomas, run.clone(), &[("do", "cancel"), ("version", "1")]),
            (&base.tomas, run.clone(), &[("do", "cancel"), ("version", "7"), ("cancelled", "No.")]),
        ] {
            let answer = story.same(browser).post(&address, fields).await;
            answers.push((answer.status, answer.header("location").to_owned(), answer.text()));
        }
        for (browser, address) in
            [(&base.sean, &base.debrief), (&base.tomas, &run), (&base.members[2], &base.review)]
        {
            answers.push(gets(story, browser, address).await);
        }
        let mut maya = story.same(&viewers[5]);
        let export = maya.post("/audit/export", &[]).await;
        answers.push((export.status, String::new(), without_ids(&export.text())));
        let mut letters: Vec<String> =
            story.letters().await.iter().map(|letter| letter.text.clone()).collect();
        letters.sort();
        assert!(letters.len() > 5, "the panel is reminded, somebody is off it: {letters:#?}");
        acted.push((answers, letters));
    }
    for other in &acted[1..] {
        for (one, other) in acted[0].0.iter().zip(&other.0) {
            same(one, other, "what others did");
        }
        assert_eq!(acted[0].1, other.1);
    }
    // A build that leaks is noticed.
    sqlx::query("update panel_member set version = version + 1 where account_id = $1")
        .bind(base.members[0].account)
        .execute(&stories[4].owner().await)
        .await
        .unwrap();
    assert_ne!(everything(&stories[4].db).await, first);
}

/// Ids are new in every story.
fn without_ids(text: &str) -> String {
    let mut plain = String::new();
    for word in text.split_inclusive(|letter: char| !letter.is_ascii_hexdigit() && letter != '-') {
        let (hex, end) =
            word.split_at(word.trim_end_matches(|c: char| !c.is_ascii_hexdigit()).len());
        plain.push_str(if hex.len() >= 32 { "…" } else { hex });
        plain.push_str(end);
    }
    plain
}
