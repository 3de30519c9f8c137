//! Each track walked to its end in a real browser, as all its people. What they do is found on the pages as they
//! would find it. Every page they see, every letter they get and every event of it is compared with what is expected.

mod deeds;
mod operations;
mod post;
mod security;
mod systems;

use std::fmt::Write as _;
use std::path::PathBuf;

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use portal::clock::{SignedDuration, Timestamp};
use portal::ids::AccountId;
use portal::mail::Letter;
use portal::web::viewer::Role;
use serde::Deserialize;
use serde_json::json;

use crate::support::Portal;
use crate::support::browser::{Scripts, Tab, browse_at};
use crate::support::hands;
use crate::support::letters::link;

const MINUTE: SignedDuration = SignedDuration::from_mins(1);
const HOUR: SignedDuration = SignedDuration::from_hours(1);
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Where everybody is.
const ZONE: &str = "Europe/Paris";

/// Somebody of a walk.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Who {
    name: &'static str,
    /// What their address begins with.
    local: &'static str,
    role: Role,
}

const fn who(name: &'static str, local: &'static str, role: Role) -> Who {
    Who { name, local, role }
}

const MAYA: Who = who("Maya Okafor", "maya", Role::Administrator);
const TOMAS: Who = who("Tomás Ferreira", "tomas", Role::Recruiter);
const SEAN: Who = who("Seán O’Brien", "sean", Role::HiringManager);
const LUCIA: Who = who("Lucía Fernández", "lucia", Role::Hr);
const DEREK: Who = who("Derek Osei", "derek", Role::External);
const ZOE: Who = who("Zoë Brzęczyszczykiewicz", "zoe", Role::Candidate);
const PANEL: [Who; 3] = [
    who("Jonas Lindqvist", "jonas", Role::Interviewer),
    who("Mina Haddad", "mina", Role::Interviewer),
    who("Ravi Subramanian", "ravi", Role::Interviewer),
];

const EVERYBODY: [Who; 9] = [MAYA, TOMAS, SEAN, LUCIA, DEREK, ZOE, PANEL[0], PANEL[1], PANEL[2]];

/// What their addresses end with.
const AT: &str = "@example.org";

/// What of the candidate no blind panel sees, on any page.
const IDENTITY: [&str; 4] = ["Zoë", "Zoe", "Brz", "zoe@"];

/// A walk under way.
struct Walk<'a> {
    portal: &'a Portal,
    tab: &'a Tab,
    people: Vec<(Who, AccountId)>,
    /// Who sits at the browser.
    here: Who,
    /// The stage under way is blind, and not decided.
    is_blind: bool,
    /// Every page that was seen, and every letter that came.
    pages: String,
    post: String,
    letters: Vec<Letter>,
    files: tempfile::TempDir,
}

/// What of a page is looked at.
#[derive(Deserialize)]
struct Page {
    headings: Vec<String>,
    /// What is filled among its buttons and links.
    actions: Vec<String>,
    /// What it says of the candidate's identity.
    identity: Vec<String>,
}

/// A morning from which on no clock is put forward or back for weeks: the first Monday of February.
fn monday(now: Timestamp) -> Timestamp {
    let zone = TimeZone::get(ZONE).unwrap();
    let february = Date::new(now.to_zoned(zone.clone()).year() + 1, 2, 1).unwrap();
    let monday = february.nth_weekday_of_month(1, Weekday::Monday).unwrap();
    monday.at(10, 0, 0, 0).to_zoned(zone).unwrap().timestamp()
}

/// Walks through a portal in which everybody works who is needed.
async fn walk(test: impl AsyncFnOnce(&mut Walk<'_>)) {
    let (portal, base) = Portal::at_localhost().await;
    portal.clock.set(monday(portal.clock.now()));
    let mut told = insta::Settings::clone_current();
    told.add_filter(r"\d+ [A-Z][a-z]+ \d{4}, \d\d:\d\d Europe/Paris", "(a date)");
    let _told = told.bind_to_scope();
    browse_at(base, Scripts::On, async |tab| {
        let mut people = Vec::new();
        for who in [MAYA, TOMAS, SEAN, LUCIA].into_iter().chain(PANEL) {
            people.push((who, hands::staff(&portal, who.role, who.name, who.local).await));
        }
        tab.goto("/").await;
        let mut walk = Walk {
            portal: &portal,
            tab,
            people,
            here: MAYA,
            is_blind: false,
            pages: String::new(),
            post: String::new(),
            letters: Vec::new(),
            files: tempfile::tempdir().unwrap(),
        };
        test(&mut walk).await;
    })
    .await;
}

impl Walk<'_> {
    /// Somebody accepts their invitation, by the link in its letter.
    async fn accepts(&mut self, who: Who) {
        self.later(MINUTE).await;
        self.here = who;
        self.tab.set_cookie("session", "nobody").await;
        self.tab.goto(&link(self.letter(who, "invitation"))).await;
        self.looks().await;
        self.fills(&[("Time zone", ZONE)]).await;
        self.presses("Accept the invitation").await;
        let account = sqlx::query_scalar("select account_id from account where email = $1")
            .bind(format!("{}{AT}", who.local))
            .fetch_one(&self.portal.owner().await)
            .await
            .unwrap();
        self.people.push((who, account));
    }

    fn account(&self, who: Who) -> AccountId {
        self.people.iter().find(|(one, _)| *one == who).expect("they are here").1
    }

    /// Somebody signs in, a minute later, and is where their work begins.
    async fn sits(&mut self, who: Who) {
        self.later(MINUTE).await;
        self.here = who;
        let home = if who.role == Role::Candidate { "/my" } else { "/desk" };
        hands::sit_down(self.portal, self.tab, self.account(who), home).await;
        self.looks().await;
    }

    /// Looks at the page: it has one heading and at most one main action, and tells a blind panel nothing.
    async fn looks(&mut self) {
        let script = format!(
            "(() => {{
               const shown = (css) => [...document.querySelectorAll(css)].filter((it) => it.checkVisibility());
               const texts = (css) => shown(css).map((it) => it.textContent.replace(/\\s+/g, ' ').trim());
               const all = location.href + document.title + document.documentElement.outerHTML;
               return {{
                 headings: texts('h1'),
                 actions: texts('main .button.main'),
                 identity: {}.filter((it) => all.includes(it)),
               }};
             }})()",
            json!(IDENTITY)
        );
        let page: Page = self.tab.eval(&script).await;
        let (who, [heading]) = (self.here.local, page.headings.as_slice()) else {
            panic!("{}: {:?}", self.here.name, page.headings);
        };
        assert!(
            page.actions.len() <= 1,
            "{who} at {heading:?} has many things to do: {:?}",
            page.actions
        );
        if self.is_blind && matches!(self.here.role, Role::Interviewer | Role::External) {
            assert_eq!(page.identity, Vec::<String>::new(), "{who} at {heading:?}");
        }
        let action = page.actions.first().map(|it| format!(" [{it}]")).unwrap_or_default();
        writeln!(self.pages, "{who}: {heading}{action}").unwrap();
    }

    /// Presses what says so and looks at the page that comes.
    async fn presses(&mut self, words: &str) {
        self.portal.clock.set(self.portal.clock.now() + SignedDuration::from_secs(1));
        hands::press(self.tab, words).await;
        self.looks().await;
    }

    /// Opens what is folded away.
    async fn opens(&self, words: &str) {
        hands::press(self.tab, words).await;
    }

    async fn fills(&self, fields: &[(&str, &str)]) {
        for (label, value) in fields {
            hands::fill(self.tab, label, value).await;
        }
    }

    async fn chooses(&self, words: &str) {
        hands::choose(self.tab, words).await;
    }

    async fn reads(&self, words: &str) {
        hands::says(self.tab, words).await;
    }

    fn file(&self, name: &str, content: &[u8]) -> PathBuf {
        let file = self.files.path().join(name);
        std::fs::write(&file, content).unwrap();
        file
    }
}
