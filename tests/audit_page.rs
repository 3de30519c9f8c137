//! Who did what, as the log has it of every move there is, and as administrators read it.

use http::StatusCode;
use portal::account::store::tokens::Purpose;
use portal::audit::sealer::Sealer;
use portal::audit::verify::verify;
use portal::web::csv::bare;
use portal::web::viewer::Role;
use sqlx::AssertSqlSafe;

use crate::support::Portal;
use crate::support::client::Browser;
use crate::support::html::{attributes, text};
use crate::support::interview::{Between, Interview};
use crate::support::letters::link;
use crate::support::statements::statements;

const PASSWORD: &str = "heron lantern quarry plum";
const OTHER: &str = "copper meadow signal tulip";

/// The actions recorded since this was last asked.
async fn done(portal: &Portal, seen: &mut usize) -> Vec<String> {
    let actions: Vec<String> =
        sqlx::query_scalar("select action from audit_event order by event_id")
            .fetch_all(&portal.owner().await)
            .await
            .unwrap();
    let new = actions[*seen..].to_vec();
    *seen = actions.len();
    new
}

#[tokio::test]
async fn each_move_leaves_its_event_and_only_ids_and_codes() {
    let portal = Portal::shipped().await;
    let mut seen = 0;
    assert_eq!(done(&portal, &mut seen).await, ["content.published"]);
    let token = portal.link(Purpose::SetUp, None).await;
    let mut maya = portal.browser();
    let fields = [
        ("organisation", "Canary Organisation"),
        ("privacy", "Canary notice."),
        ("name", "Canary Maya"),
        ("email", "canary-maya@example.org"),
        ("password", PASSWORD),
        ("zone", "Europe/Paris"),
    ];
    maya.submit(&format!("/set-up/{token}"), &fields).await;
    assert_eq!(done(&portal, &mut seen).await, ["account.set_up", "account.signed_in"]);
    let invited =
        [("name", "Canary Jonas"), ("email", "canary-jonas@example.org"), ("roles", "recruiter")];
    let person = maya.submit("/people/invite", &invited).await;
    assert_eq!(done(&portal, &mut seen).await, ["account.invited"]);
    let roles = attributes(&person, "action").into_iter().find(|a| a.ends_with("/roles")).unwrap();
    let person = roles.strip_suffix("/roles").unwrap().to_owned();
    maya.submit(&format!("{person}/link"), &[]).await;
    assert_eq!(done(&portal, &mut seen).await, ["account.invited_again"]);
    let letters = portal.letters().await;
    let invitation = link(&letters[0]);
    let mut jonas = portal.browser();
    jonas.submit(&invitation, &[("name", "Canary Jonas"), ("password", PASSWORD)]).await;
    assert_eq!(done(&portal, &mut seen).await, ["account.accepted", "account.signed_in"]);
    jonas.submit("/sign-out", &[]).await;
    assert_eq!(done(&portal, &mut seen).await, ["account.signed_out"]);
    // A try that fails is not recorded, nor is asking for a way in.
    let email = "canary-jonas@example.org";
    jonas.post("/sign-in", &[("email", email), ("password", OTHER)]).await;
    jonas.submit("/sign-in/link", &[("email", email)]).await;
    jonas.submit("/sign-in/link", &[("email", "canary-nobody@example.org")]).await;
    assert_eq!(done(&portal, &mut seen).await, Vec::<String>::new());
    let reset = link(&portal.letters().await[0]);
    jonas.submit(&reset, &[("password", OTHER)]).await;
    assert_eq!(done(&portal, &mut seen).await, ["account.password_reset"]);
    let mut phone = portal.browser();
    for browser in [&mut jonas, &mut phone] {
        browser.submit("/sign-in", &[("email", email), ("password", OTHER)]).await;
        assert_eq!(done(&portal, &mut seen).await, ["account.signed_in"]);
    }
    jonas.submit("/account/sessions", &[("session", "others")]).await;
    jonas.submit("/account/sessions", &[("session", "others")]).await;
    assert_eq!(
        done(&portal, &mut seen).await,
        ["account.sessions_revoked"],
        "nothing to end twice"
    );
    phone.submit("/sign-in", &[("email", email), ("password", OTHER)]).await;
    let sessions = jonas.page("/account/sessions").await;
    let other = attributes(&sessions, "value").into_iter().find(|value| value.len() == 36).unwrap();
    jonas.submit("/account/sessions", &[("session", &other)]).await;
    let expected = ["account.signed_in", "account.session_revoked"];
    assert_eq!(done(&portal, &mut seen).await, expected);
    let passwords = [("present", OTHER), ("password", PASSWORD)];
    jonas.submit("/account/security/password", &passwords).await;
    assert_eq!(done(&portal, &mut seen).await, ["account.password_changed"]);
    let details = [("name", "Canary Jonas L."), ("zone", "Asia/Tokyo")];
    jonas.submit("/account", &details).await;
    jonas.submit("/account", &details).await;
    assert_eq!(
        done(&portal, &mut seen).await,
        ["account.details_changed"],
        "the same is no change"
    );
    let version = attributes(&maya.page(&person).await, "value");
    let version = version.iter().find(|value| value.parse::<i32>().is_ok()).unwrap();
    let fields = [("roles", "recruiter"), ("roles", "hr"), ("version", version.as_str())];
    maya.submit(&format!("{person}/roles"), &fields).await;
    assert_eq!(done(&portal, &mut seen).await, ["account.roles_changed"]);
    for standing in ["disabled", "disabled", "enabled"] {
        maya.set_standing(&person, standing).await;
    }
    assert_eq!(done(&portal, &mut seen).await, ["account.closed", "account.opened"]);
    let settings = [("organisation", "Canary & Co"), ("privacy", "Canary notice.")];
    maya.submit("/settings", &settings).await;
    assert_eq!(done(&portal, &mut seen).await, ["account.settings_changed"]);
    maya.submit(&format!("{person}/rescue"), &[]).await;
    assert_eq!(done(&portal, &mut seen).await, ["account.rescue_sent"]);
    let words = [("subject", "Canary subject"), ("body", "Canary {name}."), ("closing", "")];
    maya.submit("/settings/letters/invitation", &words).await;
    for _ in 0..2 {
        maya.submit("/settings/letters/invitation", &[("do", "reset")]).await;
    }
    assert_eq!(done(&portal, &mut seen).await, ["mail.wording_changed", "mail.wording_reset"]);
    // Looking is not recorded; taking a copy away is.
    maya.page("/audit").await;
    maya.page("/audit?who=canary").await;
    assert_eq!(done(&portal, &mut seen).await, Vec::<String>::new());
    maya.post("/audit/export", &[("who", "canary")]).await;
    assert_eq!(done(&portal, &mut seen).await, ["audit.exported"]);
    // Who tries too often is told of once.
    let mut stranger = portal.browser();
    for _ in 0..15 {
        stranger.post("/sign-in", &[("email", email), ("password", "x")]).await;
    }
    assert_eq!(done(&portal, &mut seen).await, ["account.tries_slowed"]);

    let rows = everything(&portal).await;
    assert!(rows.len() > 40, "{rows:?}");
    let (session, browser) =
        (maya.cookie("__Host-session").unwrap(), maya.cookie("__Host-browser").unwrap());
    let invitation = invitation.rsplit('/').next().unwrap();
    let secrets = [session, browser, invitation, PASSWORD, OTHER, token.as_str()];
    for row in &rows {
        assert!(!row.to_lowercase().contains("canary") && !row.contains('@'), "{row}");
        assert!(secrets.iter().all(|secret| !row.contains(secret)), "{row}");
    }
    Sealer::new(&portal.db).seal().await.unwrap();
    let report = verify(&portal.db, None, portal.clock.now()).await.unwrap();
    assert!(report.is_sound(), "{:?}", report.findings);
    assert_eq!(report.head.sequence, i64::try_from(seen).unwrap());
}

/// Every row of the log.
async fn everything(portal: &Portal) -> Vec<String> {
    let owner = portal.owner().await;
    let mut rows = Vec::new();
    for table in ["audit_event", "audit_note", "audit_seal", "audit_unsealed"] {
        let all = format!("select t::text from {table} t");
        rows.extend(
            sqlx::query_scalar::<_, String>(AssertSqlSafe(all)).fetch_all(&owner).await.unwrap(),
        );
    }
    rows
}

#[tokio::test]
async fn a_letter_that_is_given_up_is_told_of() {
    let post = crate::support::post::Post::open().await;
    post.enqueue("ada").await;
    // Nobody listens there.
    let worker = post.worker(crate::support::post::smtp(1));
    for _ in 0..portal::mail::worker::MOST_ATTEMPTS {
        assert_eq!(worker.send_due().await.unwrap(), 0);
        post.pass(7 * 3600);
    }
    worker.send_due().await.unwrap();
    let told: Vec<(String, String)> =
        sqlx::query_as("select action, actor_reason from audit_event")
            .fetch_all(post.db.pool())
            .await
            .unwrap();
    assert_eq!(told, [("mail.given_up".to_owned(), "mail worker".to_owned())]);
}

/// A portal whose administrator has filled the log.
async fn filled() -> (Portal, Browser) {
    let portal = Portal::shipped().await;
    let mut maya = portal.signed_in(&[Role::Administrator]).await;
    for (name, email, role) in [
        ("=Cmd Jonas", "jonas@example.org", "recruiter"),
        ("Zoë Quill", "zoe@example.org", "candidate"),
    ] {
        let fields = [("name", name), ("email", email), ("roles", role)];
        maya.submit("/people/invite", &fields).await;
    }
    (portal, maya)
}

/// The sentences of a page of the log, top to bottom.
fn sentences(page: &str) -> Vec<String> {
    let rows = page.split("<th scope=\"row\">").skip(1);
    rows.map(|row| text(row.split("</th>").next().unwrap_or_default()).trim().to_owned()).collect()
}

#[tokio::test]
async fn the_page_tells_what_happened_in_sentences_newest_first() {
    let (portal, mut maya) = filled().await;
    let page = maya.page("/audit").await;
    let said = sentences(&page);
    assert_eq!(said[0], "Maya Okafor invited Zoë Quill Candidate");
    assert_eq!(said[1], "Maya Okafor invited =Cmd Jonas Recruiter");
    assert_eq!(said[2], "Maya Okafor signed in with the invitation");
    assert_eq!(said.last().unwrap(), "The portal (tests) published new content publication 1");
    assert!(text(&page).contains("Europe/Paris"), "the zone is named");
    assert!(page.contains(">waits</span>"));
    Sealer::new(&portal.db).seal().await.unwrap();
    let sealed = maya.page("/audit").await;
    assert!(!sealed.contains(">waits</span>"));
    assert!(sealed.contains(">6</td>"), "{}", text(&sealed));
    assert!(sealed.contains("href=\"/audit\" aria-current=\"page\""), "it is in the bar");
}

#[tokio::test]
async fn filters_stand_in_the_address_and_narrow_together() {
    let (portal, mut maya) = filled().await;
    let mut said = async |query: &str| sentences(&maya.page(&format!("/audit?{query}")).await);
    assert_eq!(said("what=people&about=zoe%40").await, ["Maya Okafor invited Zoë Quill Candidate"]);
    assert_eq!(said("about=quill&who=maya").await.len(), 1);
    assert_eq!(said("who=quill").await.len(), 0);
    assert_eq!(said("who=nobody+like+that").await.len(), 0);
    assert_eq!(said("what=content").await.len(), 1);
    assert_eq!(said("who=the-portal&what=people").await.len(), 1, "the test made one account");
    assert_eq!(said("who=not-signed-in").await.len(), 0);
    let all = said("").await.len();
    let today =
        portal.clock.now().to_zoned(jiff::tz::TimeZone::get("Europe/Paris").unwrap()).date();
    let yesterday = today.yesterday().unwrap();
    assert_eq!(said(&format!("from={today}&who=maya")).await.len(), 4);
    assert_eq!(said(&format!("to={yesterday}&who=maya")).await.len(), 0);
    assert_eq!(said(&format!("from={yesterday}&to={today}")).await.len(), all);
    // One person, by a link from the page.
    let page = maya.page("/audit").await;
    let only = attributes(&page, "href").into_iter().find(|href| href.contains("about=")).unwrap();
    let narrowed = maya.page(&only).await;
    assert_eq!(sentences(&narrowed), ["Maya Okafor invited Zoë Quill Candidate"]);
    assert!(text(&narrowed).contains("To whom Zoë Quill Show all"), "{}", text(&narrowed));
    let wrong = maya.get("/audit?from=yesterday&what=all").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text().contains("Give a day, as 2026-11-24"));
    assert!(sentences(&wrong.text()).is_empty());
    let nul = maya.get("/audit?who=%00&about=%27").await;
    assert_eq!(nul.status, StatusCode::OK);
}

#[tokio::test]
async fn the_log_is_paged_by_key_and_a_page_costs_four_statements() {
    let (portal, mut maya) = filled().await;
    let fill = "insert into audit_event (event_id, at, action, actor, refs)
        select gen_random_uuid(), timestamptz '2026-01-01' + (n / 2) * interval '1 minute',
          'test.done', 'nobody', '{}'
        from generate_series(1, 230) n";
    sqlx::query(AssertSqlSafe(fill)).execute(&portal.owner().await).await.unwrap();
    let (mut seen, mut pages) = (0, 0);
    let mut next = "/audit?who=not-signed-in".to_owned();
    while !next.is_empty() {
        let page = maya.page(&next).await;
        (seen, pages) = (seen + sentences(&page).len(), pages + 1);
        let more = attributes(&page, "href").into_iter().find(|href| href.contains("before="));
        next = more.unwrap_or_default();
    }
    assert_eq!((seen, pages), (230, 5));
    for (address, most) in [("/audit", 3), ("/audit?who=maya&about=jonas&what=people", 4)] {
        let (page, asked) = statements(maya.page(address)).await;
        assert!(!sentences(&page).is_empty(), "{address}");
        // The first is by whom.
        assert!(asked[0].contains("s.session_id"), "{asked:?}");
        assert_eq!(asked.len() - 1, most, "{address}: {asked:?}");
    }
}

/// Reads CSV as RFC 4180 has it, apart from the code that writes it.
fn rows(csv: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut letters = csv.chars().peekable();
    while let Some(c) = letters.next() {
        match c {
            '"' if quoted && letters.peek() == Some(&'"') => cell.extend(letters.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut cell)),
            '\r' if !quoted => {}
            '\n' if !quoted => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            c => cell.push(c),
        }
    }
    assert!(cell.is_empty() && row.is_empty() && !quoted, "it ends with a whole row");
    rows
}

#[tokio::test]
async fn an_export_holds_every_event_and_runs_nothing() {
    let (portal, mut maya) = filled().await;
    Sealer::new(&portal.db).seal().await.unwrap();
    let fill = "insert into audit_event (event_id, at, action, actor, refs)
        select gen_random_uuid(), timestamptz '2026-01-01' + n * interval '1 minute',
          'test.done', 'nobody', '{}'
        from generate_series(1, 1200) n";
    sqlx::query(AssertSqlSafe(fill)).execute(&portal.owner().await).await.unwrap();
    let answer = maya.post("/audit/export", &[]).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8");
    assert!(answer.header("content-disposition").starts_with("attachment; filename=\"audit-"));
    assert_eq!(answer.header("cache-control"), "no-store");
    let table = rows(answer.text().strip_prefix('\u{feff}').unwrap());
    let column = |name: &str| table[0].iter().position(|column| column == name).unwrap();
    assert_eq!(&table[0][..3], ["time", "who", "what"]);
    // The export itself is the newest.
    assert_eq!(table[1][column("action")], "audit.exported");
    let count: i64 = sqlx::query_scalar("select count(*) from audit_event")
        .fetch_one(&portal.owner().await)
        .await
        .unwrap();
    assert_eq!(i64::try_from(table.len()).unwrap(), count + 1);
    let ids: std::collections::BTreeSet<&String> =
        table[1..].iter().map(|row| &row[column("event_id")]).collect();
    assert_eq!(ids.len(), table.len() - 1, "none is there twice");
    let head = &table[2][column("head")];
    let report = verify(&portal.db, Some(head.parse().unwrap()), portal.clock.now()).await.unwrap();
    assert!(!report.findings.iter().any(|it| it.to_string().contains("head")), "{report:?}");
    // What a person is called may begin like a formula.
    let fields = [("who", "maya"), ("what", "people")];
    let jonas = maya.page("/people?q=jonas").await;
    let jonas = attributes(&jonas, "href").into_iter().find(|href| href.len() > 40).unwrap();
    maya.set_standing(&jonas, "disabled").await;
    let answer = maya.post("/audit/export", &fields).await.text();
    assert!(answer.contains("Maya Okafor closed the account of =Cmd Jonas"));
    for row in rows(answer.strip_prefix('\u{feff}').unwrap()) {
        assert!(row.iter().all(|cell| !cell.starts_with(['=', '+', '-', '@', '\t'])), "{row:?}");
    }
    let name = "update account set name = '=Cmd Maya' where account_id = $1";
    sqlx::query(name).bind(maya.account).execute(&portal.owner().await).await.unwrap();
    let answer = maya.post("/audit/export", &[("what", "audit")]).await.text();
    let table = rows(answer.strip_prefix('\u{feff}').unwrap());
    assert_eq!(table[1][1], "'=Cmd Maya");
    assert_eq!(bare(&table[1][1]), "=Cmd Maya");
    assert_eq!(table[1][2], "'=Cmd Maya exported the audit log");
    assert_eq!(table[1][3], "narrowed by what");
    let wrong = maya.post("/audit/export", &[("from", "x")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
}

/// Two candidates of one recruiter, who do what is written down; and an administrator who is on the panel of
/// the first.
struct Blind {
    portal: Portal,
    maya: Browser,
    zoe: Hidden,
    kim: Hidden,
    tomas: String,
    review: String,
}

/// What must not be met together.
struct Hidden {
    account: String,
    email: String,
    name: &'static str,
    alias: String,
    application: String,
}

impl Hidden {
    fn is_named_in(&self, text: &str) -> bool {
        [self.account.as_str(), &self.email, self.name].iter().any(|it| text.contains(it))
    }
}

async fn candidate(portal: &Portal, tomas: &Browser, name: &'static str) -> (Hidden, Interview) {
    let mut browser = portal.signed_in(&[Role::Candidate]).await;
    let account = browser.account.unwrap();
    let owner = portal.owner().await;
    let email =
        sqlx::query_scalar("update account set name = $2 where account_id = $1 returning email")
            .bind(account)
            .bind(name)
            .fetch_one(&owner)
            .await
            .unwrap();
    let between = Between { candidate: account, recruiter: tomas.account.unwrap(), manager: None };
    let made = portal.interview(between).await;
    let alias = sqlx::query_scalar("select alias from application where application_id = $1")
        .bind(made.application)
        .fetch_one(&owner)
        .await
        .unwrap();
    let own = format!("/my/assignments/{}", made.assignment);
    browser.submit(&format!("{own}/needs"), &[("time", "125")]).await;
    browser.submit(&format!("{own}/start"), &[]).await;
    let why = format!("{name} has the flu.");
    let ask = [("count", "1"), ("unit", "days"), ("why", why.as_str())];
    browser.submit(&format!("{own}/time"), &ask).await;
    browser.submit(&format!("{own}/withdrawal"), &[("do", "withdraw")]).await;
    let application = made.application.to_string();
    (Hidden { account: account.to_string(), email, name, alias, application }, made)
}

async fn blind() -> Blind {
    let portal = Portal::shipped().await;
    let maya = portal.signed_in(&[Role::Administrator, Role::Interviewer]).await;
    let tomas = portal.signed_in(&[Role::Recruiter]).await;
    let call = "update account set name = 'Canary Tomas' where account_id = $1";
    sqlx::query(call).bind(tomas.account).execute(&portal.owner().await).await.unwrap();
    let (zoe, made) = candidate(&portal, &tomas, "Canary Quill").await;
    let (kim, _) = candidate(&portal, &tomas, "Canary Kestrel").await;
    portal.seat(made, maya.account.unwrap()).await;
    let review = format!("/reviews/{}", made.assignment);
    let tomas = tomas.account.unwrap().to_string();
    Blind { portal, maya, zoe, kim, tomas, review }
}

#[tokio::test]
async fn an_administrator_on_a_panel_never_meets_the_candidate_beside_the_application() {
    let mut it = blind().await;
    let who_and_what = format!("who={}&about={}", it.zoe.account, it.zoe.application);
    let queries = [
        String::new(),
        "what=applications".to_owned(),
        "what=stages".to_owned(),
        "what=panels".to_owned(),
        "who=canary".to_owned(),
        "about=canary".to_owned(),
        format!("who={}", it.zoe.email),
        format!("who={}", it.zoe.account),
        format!("about={}", it.zoe.account),
        format!("about={}", it.zoe.application),
        format!("about={}", it.kim.application),
        format!("who={}", it.tomas),
        who_and_what,
    ];
    // Whoever has left the panel has looked at the work.
    for left in [false, true] {
        if left {
            sqlx::query("update panel_member set left_at = now(), left_why = 'declined'")
                .execute(&it.portal.owner().await)
                .await
                .unwrap();
            assert_eq!(it.maya.get(&it.review).await.status, StatusCode::NOT_FOUND);
        }
        for query in &queries {
            let page = it.maya.page(&format!("/audit?{query}")).await;
            let mut told: Vec<String> =
                page.split("<th scope=\"row\">").skip(1).map(str::to_owned).collect();
            let fields: Vec<(String, String)> =
                form_urlencoded::parse(query.as_bytes()).into_owned().collect();
            let fields: Vec<(&str, &str)> =
                fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let export = it.maya.post("/audit/export", &fields).await.text();
            told.extend(export.lines().map(str::to_owned));
            for row in &told {
                assert!(!row.contains(&it.zoe.application), "{query}: {row}");
                assert!(!row.contains(&it.zoe.alias), "{query}: {row}");
                let of_kim = row.contains(&it.kim.application) || row.contains(&it.kim.alias);
                assert!(!of_kim || !it.kim.is_named_in(row), "{query}: {row}");
            }
        }
    }
    let page = text(&it.maya.page("/audit").await);
    assert!(page.contains("is left out for you"), "{page}");
}

#[tokio::test]
async fn candidates_are_told_by_their_alias_beside_their_applications_and_no_filter_joins_them() {
    let it = blind().await;
    let mut ada = it.portal.signed_in(&[Role::Administrator]).await;
    let page = ada.page(&format!("/audit?about={}", it.zoe.application)).await;
    let said = sentences(&page);
    let alias = &it.zoe.alias;
    assert!(said[0].starts_with(&format!("{alias} withdrew in an application")), "{said:?}");
    assert!(said.iter().any(|it| it.starts_with("Canary Tomas added an application")), "{said:?}");
    assert!(!it.zoe.is_named_in(&page), "neither here nor in an address");
    assert!(page.contains(&format!("href=\"/applications/{}/identity\"", it.zoe.application)));
    let table = ada.post("/audit/export", &[("about", it.zoe.application.as_str())]).await.text();
    assert!(!it.zoe.is_named_in(&table) && table.contains("(withheld)"), "{table}");
    // What they did there is not found as theirs.
    let theirs = ada.page(&format!("/audit?who={}", it.zoe.account)).await;
    assert!(!theirs.contains(&it.zoe.application) && !theirs.contains(alias), "{theirs}");
    let both = format!("/audit?who={}&about={}", it.zoe.account, it.zoe.application);
    assert!(sentences(&ada.page(&both).await).is_empty());
    // Nor does it show by what is missing: a name that fits both of them finds all that the other did.
    let done = async |query: String, ada: &mut Browser| {
        let page = ada.page(&format!("/audit?what=applications&{query}")).await;
        sentences(&page)
    };
    let his = done(format!("who={}", it.tomas), &mut ada).await;
    assert_eq!(his.len(), 2, "{his:?}");
    assert_eq!(done("who=canary".to_owned(), &mut ada).await, his);
}
