//! A request that waits for its turn is asked again, when it comes, whether whoever sent it still may.

use std::time::Duration;

use http::StatusCode;
use portal::web::viewer::Role;
use sqlx::{Connection, PgConnection};

use crate::support::Portal;
use crate::support::client::Browser;
use crate::support::interview::{Between, Interview};

struct Story {
    portal: Portal,
    tomas: Browser,
    zoe: Browser,
    mina: Browser,
    made: Interview,
}

async fn story() -> Story {
    let portal = Portal::shipped().await;
    let tomas = portal.signed_in(&[Role::Recruiter]).await;
    let zoe = portal.signed_in(&[Role::Candidate]).await;
    let mina = portal.signed_in(&[Role::Interviewer]).await;
    let between = Between {
        candidate: zoe.account.unwrap(),
        recruiter: tomas.account.unwrap(),
        manager: None,
    };
    let made = portal.interview(between).await;
    portal.seat(made, mina.account.unwrap()).await;
    Story { portal, tomas, zoe, mina, made }
}

impl Story {
    /// What is answered to a form that waits for its turn while `meanwhile` is done.
    async fn while_waiting(
        &self,
        mut browser: Browser,
        (path, fields): (&str, &[(&str, &str)]),
        meanwhile: &str,
    ) -> StatusCode {
        let pool = self.portal.owner().await;
        let mut holder = PgConnection::connect_with(&pool.connect_options()).await.unwrap();
        let mut holds = holder.begin().await.unwrap();
        sqlx::query("select from application for update").execute(&mut *holds).await.unwrap();
        sqlx::query("select from assignment for update").execute(&mut *holds).await.unwrap();
        let sent = browser.post(path, fields);
        let turn = async {
            // Only one waits for a lock in this database.
            let waits = "select count(*) from pg_stat_activity
                where datname = current_database() and wait_event_type = 'Lock'";
            let mut tries = 0;
            while sqlx::query_scalar::<_, i64>(waits).fetch_one(&pool).await.unwrap() == 0 {
                tries += 1;
                assert!(tries < 200, "{path} waits for nobody");
                tokio::time::sleep(Duration::from_millis(25)).await;
            }
            self.does(meanwhile).await;
            holds.commit().await.unwrap();
        };
        let (answer, ()) = tokio::join!(sent, turn);
        answer.status
    }

    async fn does(&self, statement: &str) {
        let statement = sqlx::AssertSqlSafe(statement.to_owned());
        sqlx::query(statement).execute(&self.portal.owner().await).await.unwrap();
    }

    async fn count(&self, statement: &'static str) -> i64 {
        sqlx::query_scalar(statement).fetch_one(&self.portal.owner().await).await.unwrap()
    }
}

#[tokio::test]
async fn whoever_loses_their_role_while_they_wait_does_nothing_any_more() {
    let mut it = story().await;
    let own = format!("/my/assignments/{}", it.made.assignment);
    let (start, needs) = (format!("{own}/start"), format!("{own}/needs"));
    let (time, knows) = (format!("{own}/time"), format!("{own}/acquaintances"));
    let (withdrawal, review) =
        (format!("{own}/withdrawal"), format!("/reviews/{}", it.made.assignment));
    let run = format!("/applications/{}/assignments/{}", it.made.application, it.made.assignment);
    let zoe = it.zoe.account.unwrap();
    let closed = format!("update account set disabled_at = now() where account_id = '{zoe}'");
    let open = format!("update account set disabled_at = null where account_id = '{zoe}'");
    let moved = "select count(*) from audit_event where about = 'application'";
    let before = it.count(moved).await;
    for (path, fields) in [
        (&needs, &[("time", "150")][..]),
        (&knows, &[("do", "nobody")]),
        (&start, &[]),
        (&withdrawal, &[("do", "withdraw")]),
    ] {
        let status = it.while_waiting(it.zoe.clone(), (path, fields), &closed).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
        it.does(&open).await;
    }
    for (browser, role) in [(&it.mina, "hr"), (&it.tomas, "interviewer")] {
        let account = browser.account.unwrap();
        let other =
            format!("update account set roles = '{{{role}}}' where account_id = '{account}'");
        let (path, fields) = match role {
            "hr" => (&review, &[("do", "accept")][..]),
            _ => (&run, &[("version", "1"), ("do", "cancel"), ("cancelled", "why")][..]),
        };
        let status = it.while_waiting(browser.clone(), (path, fields), &other).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(it.count(moved).await, before, "nothing was done");
    it.zoe.submit(&start, &[]).await;
    let fields = [("count", "2"), ("unit", "days"), ("why", "Water.")];
    let status = it.while_waiting(it.zoe.clone(), (&time, &fields), &closed).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "{time}");
    assert_eq!(it.count("select count(*) from time_request").await, 0);
}

#[tokio::test]
async fn whoever_still_may_does_it_when_their_turn_comes() {
    let it = story().await;
    let review = format!("/reviews/{}", it.made.assignment);
    let accept = (review.as_str(), &[("do", "accept")][..]);
    let status = it.while_waiting(it.mina.clone(), accept, "select 1").await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    assert_eq!(
        it.count("select count(*) from panel_member where accepted_at is not null").await,
        1
    );
    // A seat that has ended meanwhile is none.
    let left = "update panel_member set left_at = now(), left_why = 'replaced'";
    let fields = [("do", "until"), ("until", "2099-01-01")];
    let status = it.while_waiting(it.mina.clone(), (&review, &fields), left).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}
