//! What a candidate needs is for their recruiter alone: two interviews that differ in nothing but the time that
//! was asked for look the same to everybody else, byte for byte, at the same clock.

use portal::clock::SignedDuration;
use portal::ids::AccountId;
use portal::mail::Letter;
use portal::web::viewer::Role;

use crate::support::Portal;
use crate::support::client::Browser;
use crate::support::html::text;
use crate::support::interview::Between;

const HOUR: SignedDuration = SignedDuration::from_hours(1);
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// One interview with everybody who has to do with it.
struct Side {
    tomas: Browser,
    sean: Browser,
    zoe: Browser,
    mina: Browser,
    application: String,
    run: String,
    own: String,
    review: String,
    /// The address of the interviewer's calendar.
    feed: String,
    alias: String,
    /// The addresses of those who must see no difference: the manager's, and the interviewer's.
    watched: [String; 2],
}

/// Two interviews: one candidate has what everybody has, one half as much again.
struct Pair {
    portal: Portal,
    sides: [Side; 2],
}

async fn address(portal: &Portal, account: Option<AccountId>) -> String {
    sqlx::query_scalar("select email from account where account_id = $1")
        .bind(account)
        .fetch_one(&portal.owner().await)
        .await
        .unwrap()
}

async fn side(portal: &Portal) -> Side {
    let tomas = portal.signed_in(&[Role::Recruiter]).await;
    let sean = portal.signed_in(&[Role::HiringManager]).await;
    let zoe = portal.signed_in(&[Role::Candidate]).await;
    let mut mina = portal.signed_in(&[Role::Interviewer]).await;
    let between = Between {
        candidate: zoe.account.unwrap(),
        recruiter: tomas.account.unwrap(),
        manager: sean.account,
    };
    let made = portal.interview(between).await;
    let alias = sqlx::query_scalar("select alias from application where application_id = $1")
        .bind(made.application)
        .fetch_one(&portal.owner().await)
        .await
        .unwrap();
    let page = mina.post("/reviews/calendar", &[("do", "make")]).await.text();
    let (_, rest) = page.split_once("/calendar/").expect("the address is shown");
    let application = format!("/applications/{}", made.application);
    Side {
        watched: [address(portal, sean.account).await, address(portal, mina.account).await],
        tomas,
        sean,
        zoe,
        mina,
        run: format!("{application}/assignments/{}", made.assignment),
        application,
        own: format!("/my/assignments/{}", made.assignment),
        review: format!("/reviews/{}", made.assignment),
        feed: format!("/calendar/{}", rest.split('<').next().unwrap()),
        alias,
    }
}

async fn pair() -> Pair {
    let portal = Portal::shipped().await;
    let mut sides = [side(&portal).await, side(&portal).await];
    for (side, time) in sides.iter_mut().zip(["100", "150"]) {
        let needs = [("time", time), ("needs", "captions")];
        side.zoe.submit(&format!("{}/needs", side.own), &needs).await;
    }
    Pair { portal, sides }
}

/// `text` without what differs between any two interviews.
fn alike(text: &str, side: &Side) -> String {
    let text = text.replace("\r\n ", "").replace(&side.alias, "ALIAS");
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(next) = rest.chars().next() {
        let is_id = rest.get(..36).is_some_and(|it| it.parse::<uuid::Uuid>().is_ok());
        let (took, says) =
            if is_id { (36, "ID") } else { (next.len_utf8(), &rest[..next.len_utf8()]) };
        out.push_str(says);
        rest = &rest[took..];
    }
    out
}

fn is_same(what: &str, [usual, more]: [String; 2]) {
    if usual != more {
        let differs = usual.lines().zip(more.lines()).find(|(one, other)| one != other);
        let said = differs.map(|(one, other)| (text(one), text(other)));
        panic!("{what} differs: {said:?}");
    }
}

impl Pair {
    /// So much later everybody has signed in again.
    async fn later(&mut self, by: SignedDuration) {
        self.portal.clock.set(self.portal.clock.now() + by);
        for side in &mut self.sides {
            for browser in [&mut side.tomas, &mut side.sean, &mut side.zoe, &mut side.mina] {
                *browser = self.portal.browser_of(browser.account.unwrap()).await;
            }
        }
    }

    /// Sends a form of the candidate's on both sides.
    async fn candidate_sends(&mut self, form: &str, fields: &[(&str, &str)]) {
        for side in &mut self.sides {
            side.zoe.submit(&format!("{}/{form}", side.own), fields).await;
        }
    }

    /// Does something as the recruiter, with what differs between the sides.
    async fn recruiter_does(
        &mut self,
        what: &str,
        name: &str,
        values: [&str; 2],
        also: &[(&str, &str)],
    ) {
        for (side, value) in self.sides.iter_mut().zip(values) {
            let page = side.tomas.page(&side.run).await;
            let (_, rest) = page.split_once("name=\"version\" value=\"").expect("there is a form");
            let version = rest.split('"').next().unwrap().to_owned();
            let mut fields = vec![("version", version.as_str()), ("do", what), (name, value)];
            fields.extend(also);
            side.tomas.submit(&side.run.clone(), &fields).await;
        }
    }

    async fn recruiter_asks(&mut self, of: usize) {
        for side in &mut self.sides {
            let account = match of {
                0 => side.mina.account,
                _ => self.portal.signed_in(&[Role::Interviewer]).await.account,
            };
            let who = account.unwrap().to_string();
            let fields = [("do", "ask"), ("who", who.as_str())];
            side.tomas.submit(&format!("{}/panel", side.run), &fields).await;
            if of > 0 {
                side.watched[1] = address(&self.portal, account).await;
            }
        }
    }

    /// Every page and letter of those who must not know.
    async fn looks_the_same(&mut self, when: &str) {
        let [usual, more] = &mut self.sides;
        let managers = [
            "/candidates",
            "/candidates?open=yes",
            "/pipeline?track=operations",
            "/pipeline.csv",
            "/desk",
        ];
        for at in 0..managers.len() + 5 {
            let mut seen = Vec::new();
            for side in [&mut *usual, &mut *more] {
                let (browser, path) = match at {
                    0 => (&mut side.sean, side.application.as_str()),
                    1 => (&mut side.sean, side.run.as_str()),
                    2 => (&mut side.mina, side.review.as_str()),
                    3 => (&mut side.mina, "/desk"),
                    4 => (&mut side.mina, side.feed.as_str()),
                    _ => (&mut side.sean, managers[at - 5]),
                };
                let page = browser.page(path).await;
                assert!(!page.contains("12 h") && !page.contains("1.5 times"), "{when}: {path}");
                seen.push((path.to_owned(), alike(&page, side)));
            }
            let path = seen[0].0.clone();
            let pages = seen.into_iter().map(|(_, page)| page).collect::<Vec<_>>();
            is_same(&format!("{when}: {path}"), pages.try_into().unwrap());
        }
        self.letters_are_the_same(when).await;
    }

    async fn letters_are_the_same(&self, when: &str) -> usize {
        let letters = self.portal.letters().await;
        let theirs = |side: &Side| {
            let is_theirs =
                |it: &&Letter| side.watched.iter().any(|to| *to == it.to.address.as_str());
            let said = |it: &Letter| format!("{}\n{}\n{}", it.subject.as_str(), it.text, it.html);
            let mut said: Vec<String> = letters.iter().filter(is_theirs).map(said).collect();
            said.sort();
            alike(&said.join("\n"), side)
        };
        let both = [theirs(&self.sides[0]), theirs(&self.sides[1])];
        let count = both[0].matches("Hello ").count();
        is_same(&format!("{when}: letters"), both);
        count
    }
}

#[tokio::test]
async fn who_has_more_time_looks_like_who_has_not_to_managers_and_panels() {
    let mut it = pair().await;
    it.recruiter_asks(0).await;
    it.looks_the_same("asked").await;
    for side in &mut it.sides {
        let page = side.mina.submit(&side.review.clone(), &[("do", "accept")]).await;
        assert!(text(&page).contains("at the latest"), "{}", text(&page));
    }
    it.looks_the_same("given").await;
    it.later(HOUR).await;
    it.candidate_sends("start", &[]).await;
    // Their recruiter knows.
    let dues = [
        text(&it.sides[0].tomas.page(&it.sides[0].run.clone()).await),
        text(&it.sides[1].tomas.page(&it.sides[1].run.clone()).await),
    ];
    assert!(
        dues.iter().all(|page| page.contains("Due on")) && dues[1].contains("12 h"),
        "{dues:?}"
    );
    let (manager, run) = (&mut it.sides[1].sean, it.sides[1].run.clone());
    assert!(text(&manager.page(&run).await).contains("The candidate works on it."));
    it.looks_the_same("begun").await;
    // Somebody who is asked after Start reads no more than those before.
    it.recruiter_asks(1).await;
    assert!(it.letters_are_the_same("asked after Start").await > 0);
    it.candidate_sends("time", &[("count", "2"), ("unit", "days"), ("why", "w")]).await;
    it.later(DAY * 4).await;
    it.looks_the_same("waits for an answer").await;
    it.recruiter_does("extend", "count", ["1", "2"], &[("unit", "days"), ("why", "w")]).await;
    it.looks_the_same("more time given").await;
    it.later(DAY).await;
    it.looks_the_same("a day later").await;
    it.candidate_sends("withdrawal", &[("do", "withdraw")]).await;
    it.looks_the_same("withdrawn").await;
    it.candidate_sends("withdrawal", &[("do", "undo")]).await;
    it.looks_the_same("back").await;
    // The one lapsed on the eighth day, the other on the thirteenth.
    it.later(DAY * 8).await;
    let (manager, run) = (&mut it.sides[1].sean, it.sides[1].run.clone());
    assert!(text(&manager.page(&run).await).contains("Lapsed: nothing was received in time."));
    it.looks_the_same("lapsed").await;
    let until = (it.portal.clock.now() + DAY * 5).strftime("%Y-%m-%d").to_string();
    it.recruiter_does("revive", "until", [&until, &until], &[]).await;
    it.looks_the_same("revived").await;
    // Handing in takes its course here once there is something to hand in.
    it.later(DAY).await;
    let now = it.portal.clock.now().as_microsecond();
    sqlx::query(
        "update assignment
         set state = 'submitted', submitted_at = t.at, work_at = t.at, waits_from = null
         from (select to_timestamp($1 / 1000000.0) as at) t",
    )
    .bind(now)
    .execute(&it.portal.owner().await)
    .await
    .unwrap();
    it.looks_the_same("handed in").await;
    it.later(HOUR * 2).await;
    it.looks_the_same("voted on").await;
}

#[tokio::test]
async fn a_clock_that_hands_in_tells_the_manager_no_instant() {
    let mut it = pair().await;
    it.recruiter_asks(0).await;
    it.candidate_sends("start", &[]).await;
    sqlx::query("update assignment set work_at = started_at")
        .execute(&it.portal.owner().await)
        .await
        .unwrap();
    it.later(DAY * 11).await;
    let (manager, run) = (&mut it.sides[1].sean, it.sides[1].run.clone());
    let page = text(&manager.page(&run).await);
    assert!(page.contains("What was received in time is handed in."), "{page}");
    it.looks_the_same("handed in by its clock").await;
}
