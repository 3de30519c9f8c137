//! Whatever somebody does fifty times at once is done once: one change, one event, one letter.

use http::StatusCode;
use portal::clock::SignedDuration;
use portal::web::viewer::Role;

use crate::support::Portal;
use crate::support::client::Browser;
use crate::support::interview::{Between, Interview};

/// A move, and what comes of it however often it is made.
struct Case {
    /// What the stage is, and where it stands before.
    format: &'static str,
    before: Before,
    by: By,
    fields: &'static [(&'static str, &'static str)],
    event: &'static str,
    /// The letter that tells of it; empty where none does.
    letter: &'static str,
    /// Copies beyond the first find nothing to do it to, where they are not told the same as the first.
    is_gone_after: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    Assigned,
    Begun,
    /// And the candidate asks for more time.
    Asks,
    HandedIn,
    Lapsed,
    Withdrawn,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    /// The recruiter, on the page of the stage, against the version it shows.
    Run,
    Candidate,
    Panel,
    Application(&'static str),
}

const fn case(
    before: Before,
    by: By,
    fields: &'static [(&'static str, &'static str)],
    (event, letter): (&'static str, &'static str),
) -> Case {
    Case { format: "take_home", before, by, fields, event, letter, is_gone_after: false }
}

const DAY: &str = "IN A MONTH";

const CASES: &[Case] = &[
    case(
        Before::Assigned,
        By::Run,
        &[("do", "start-by"), ("by", DAY)],
        ("assignment.start_by_moved", "start_by_moved"),
    ),
    case(
        Before::Assigned,
        By::Run,
        &[("do", "cancel"), ("cancelled", "w")],
        ("assignment.cancelled", "stage_ended"),
    ),
    case(
        Before::Begun,
        By::Run,
        &[("do", "end-early"), ("ended", "w")],
        ("assignment.ended_early", "stage_ended"),
    ),
    case(
        Before::Asks,
        By::Run,
        &[("do", "refuse"), ("no", "w")],
        ("assignment.time_refused", "time_refused"),
    ),
    case(
        Before::HandedIn,
        By::Run,
        &[("do", "reopen"), ("due", DAY)],
        ("assignment.reopened", "stage_given_back"),
    ),
    case(
        Before::Lapsed,
        By::Run,
        &[("do", "revive"), ("until", "TOMORROW")],
        ("assignment.revived", "stage_given_back"),
    ),
    case(
        Before::Withdrawn,
        By::Candidate,
        &[("do", "undo")],
        ("assignment.withdrawal_undone", "candidate_returned"),
    ),
    Case {
        format: "live_session",
        ..case(
            Before::Assigned,
            By::Run,
            &[("do", "held"), ("began", "AN HOUR AGO")],
            ("assignment.held", "session_held"),
        )
    },
    Case {
        format: "live_session",
        ..case(
            Before::Assigned,
            By::Run,
            &[("do", "not-held"), ("absent", "candidate"), ("missed", "w")],
            ("assignment.not_held", "session_missed"),
        )
    },
    Case {
        format: "live_session",
        ..case(
            Before::Assigned,
            By::Run,
            &[("do", "not-held"), ("absent", "call"), ("missed", "w")],
            ("assignment.not_held", "session_again"),
        )
    },
    Case {
        format: "external",
        ..case(
            Before::Assigned,
            By::Run,
            &[("do", "hand-to-firm"), ("touch", "")],
            ("assignment.handed_to_firm", "stage_with_firm"),
        )
    },
    case(
        Before::Assigned,
        By::Panel,
        &[("do", "until"), ("until", DAY)],
        ("panel.needs_until", "panel_member_needs"),
    ),
    Case {
        is_gone_after: true,
        ..case(
            Before::Assigned,
            By::Panel,
            &[("do", "decline")],
            ("panel.declined", "panel_member_left"),
        )
    },
    case(
        Before::Assigned,
        By::Application("conflicts"),
        &[("who", "MINA"), ("kind", "family"), ("reason", "")],
        ("panel.left_for_conflict", ""),
    ),
    Case {
        is_gone_after: true,
        ..case(
            Before::Assigned,
            By::Application("hand-over"),
            &[("recruiter", "INES"), ("manager", ""), ("version", "1")],
            ("application.handed_over", "application_handed_over"),
        )
    },
    case(
        Before::Assigned,
        By::Application("close"),
        &[("why", "declined"), ("said", "w")],
        ("application.closed", "application_closed"),
    ),
    case(
        Before::Begun,
        By::Application("close"),
        &[("why", "filled"), ("said", "w")],
        ("assignment.ended_early", "application_closed"),
    ),
    case(
        Before::Assigned,
        By::Application("conflicts"),
        &[("do", "lift"), ("whose", "RAVI"), ("why", "w")],
        ("panel.conflict_lifted", ""),
    ),
];

struct House {
    portal: Portal,
    tomas: Browser,
    ines: Browser,
    mina: Browser,
    /// Has a conflict with everybody.
    ravi: Browser,
}

impl House {
    async fn count(&self, statement: &'static str, what: &str) -> i64 {
        sqlx::query_scalar(statement)
            .bind(what)
            .fetch_one(&self.portal.owner().await)
            .await
            .unwrap()
    }

    async fn events(&self, action: &str) -> i64 {
        self.count("select count(*) from audit_event where action = $1", action).await
    }

    async fn letters(&self, template: &str) -> i64 {
        self.count("select count(*) from mail where template = $1", template).await
    }

    /// A stage that stands as `case` wants it, with Mina on its panel.
    async fn made(&self, case: &Case) -> (Interview, Browser) {
        let mut zoe = self.portal.signed_in(&[Role::Candidate]).await;
        let between = Between {
            candidate: zoe.account.unwrap(),
            recruiter: self.tomas.account.unwrap(),
            manager: None,
        };
        let made = self.portal.interview(between).await;
        self.portal.seat(made, self.mina.account.unwrap()).await;
        let ravi = id(&self.ravi);
        let told = [("who", ravi.as_str()), ("kind", "other"), ("reason", "")];
        let conflicts = format!("/applications/{}/conflicts", made.application);
        self.tomas.clone().submit(&conflicts, &told).await;
        let owner = self.portal.owner().await;
        if case.format != "take_home" {
            sqlx::query(
                "update assignment
                 set format = $2, time_limit_minutes = null, usual_minutes = null, is_blind = false,
                   assigned_at = assigned_at - interval '3 hours'
                 where assignment_id = $1",
            )
            .bind(made.assignment)
            .bind(case.format)
            .execute(&owner)
            .await
            .unwrap();
        }
        let own = format!("/my/assignments/{}", made.assignment);
        if matches!(case.before, Before::Begun | Before::Asks | Before::HandedIn) {
            zoe.submit(&format!("{own}/start"), &[]).await;
        }
        match case.before {
            Before::Assigned | Before::Begun => {}
            Before::Asks => {
                let ask = [("count", "1"), ("unit", "days"), ("why", "w")];
                zoe.submit(&format!("{own}/time"), &ask).await;
            }
            Before::HandedIn => {
                sqlx::query(
                    "update assignment
                     set state = 'submitted', submitted_at = started_at, work_at = started_at
                     where assignment_id = $1",
                )
                .bind(made.assignment)
                .execute(&owner)
                .await
                .unwrap();
            }
            Before::Lapsed => {
                sqlx::query(
                    "update assignment
                     set assigned_at = assigned_at - interval '3 days',
                       start_by = assigned_at - interval '1 day'
                     where assignment_id = $1",
                )
                .bind(made.assignment)
                .execute(&owner)
                .await
                .unwrap();
            }
            Before::Withdrawn => {
                zoe.submit(&format!("{own}/withdrawal"), &[("do", "withdraw")]).await;
            }
        }
        (made, zoe)
    }

    fn typed(&self, value: &str) -> String {
        let now = self.portal.clock.now();
        match value {
            "MINA" => id(&self.mina),
            "RAVI" => id(&self.ravi),
            "INES" => id(&self.ines),
            "IN A MONTH" => {
                (now + SignedDuration::from_hours(30 * 24)).strftime("%Y-%m-%d").to_string()
            }
            "TOMORROW" => (now + SignedDuration::from_hours(48)).strftime("%Y-%m-%d").to_string(),
            "AN HOUR AGO" => {
                let there = jiff::tz::TimeZone::get("Europe/Paris").unwrap();
                let at = (now - SignedDuration::from_hours(1)).to_zoned(there);
                at.strftime("%Y-%m-%dT%H:%M").to_string()
            }
            value => value.to_owned(),
        }
    }
}

fn id(browser: &Browser) -> String {
    browser.account.unwrap().to_string()
}

fn version(page: &str) -> &str {
    let (_, rest) = page.split_once("name=\"version\" value=\"").expect("the page has a form");
    rest.split('"').next().unwrap()
}

#[tokio::test]
async fn fifty_copies_of_every_other_move_are_one_change_one_event_and_one_letter() {
    let portal = Portal::shipped().await;
    let tomas = portal.signed_in(&[Role::Recruiter]).await;
    let ines = portal.signed_in(&[Role::Recruiter]).await;
    let mina = portal.signed_in(&[Role::Interviewer]).await;
    let ravi = portal.signed_in(&[Role::Interviewer]).await;
    let house = House { portal, tomas, ines, mina, ravi };
    for case in CASES {
        let what = format!("{} ({})", case.event, case.fields[0].1);
        let (made, zoe) = house.made(case).await;
        let run = format!("/applications/{}/assignments/{}", made.application, made.assignment);
        let mut fields: Vec<(&str, String)> =
            case.fields.iter().map(|(name, value)| (*name, house.typed(value))).collect();
        let (browser, path) = match case.by {
            By::Run => {
                let page = house.tomas.clone().page(&run).await;
                fields.push(("version", version(&page).to_owned()));
                (&house.tomas, run)
            }
            By::Candidate => (&zoe, format!("/my/assignments/{}/withdrawal", made.assignment)),
            By::Panel => (&house.mina, format!("/reviews/{}", made.assignment)),
            By::Application(page) => {
                (&house.tomas, format!("/applications/{}/{page}", made.application))
            }
        };
        let fields: Vec<(&str, &str)> =
            fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let before = (house.events(case.event).await, house.letters(case.letter).await);
        let send = |_| {
            let (mut browser, path, fields) = (browser.clone(), path.clone(), fields.clone());
            async move { browser.post(&path, &fields).await.status }
        };
        let all = futures_util::future::join_all((0..50).map(send)).await;
        let done = all.iter().filter(|status| **status == StatusCode::SEE_OTHER).count();
        let gone = all.iter().filter(|status| **status == StatusCode::NOT_FOUND).count();
        if case.is_gone_after {
            assert_eq!((done, done + gone), (1, 50), "{what}: {all:?}");
        } else {
            assert_eq!(done, 50, "{what}: {all:?}");
        }
        let events = house.events(case.event).await - before.0;
        let letters = house.letters(case.letter).await - before.1;
        assert_eq!(events, 1, "{what}");
        assert_eq!(letters, i64::from(!case.letter.is_empty()), "{what}");
    }
}
