//! A panel that votes: work that is final, and people who sit there.

use jiff_sqlx::ToSqlx;
use portal::clock::SignedDuration;
use portal::ids::{AccountId, PanelMemberId};
use portal::web::viewer::Role;

use super::Portal;
use super::client::Browser;
use super::interview::{Between, Interview};
use super::portal::Answer;

/// A comment that says enough.
pub const WHY: &str = "It builds, it runs, and the tests say what they mean.";

/// A panel of three who have accepted, and work that they may vote on.
pub struct Panel {
    pub portal: Portal,
    pub tomas: Browser,
    pub sean: Browser,
    pub zoe: Browser,
    pub members: Vec<Browser>,
    pub made: Interview,
    /// The page of those who sit there, and that of those who follow it.
    pub review: String,
    pub debrief: String,
}

pub const NAMES: [&str; 3] = ["Jonas Lindqvist", "Mina Haddad", "Ravi Subramanian"];

impl Panel {
    /// In the operations track, where the hiring manager reads whose vote is whose.
    pub async fn voting() -> Self {
        let panel = Self::seated("operations").await;
        panel.portal.hand_in(panel.made).await;
        panel
    }

    /// The same before anything was handed in.
    pub async fn seated(track: &str) -> Self {
        let portal = Portal::shipped().await;
        let tomas = portal.signed_in(&[Role::Recruiter]).await;
        let sean = portal.signed_in(&[Role::HiringManager]).await;
        let zoe = portal.signed_in(&[Role::Candidate]).await;
        let between = Between {
            candidate: zoe.account.unwrap(),
            recruiter: tomas.account.unwrap(),
            manager: sean.account,
        };
        let made = portal.interview_in(track, between).await;
        let mut members = Vec::new();
        for name in NAMES {
            let member = portal.signed_in(&[Role::Interviewer]).await;
            portal.call(member.account.unwrap(), name).await;
            portal.sit(made, member.account.unwrap(), false).await;
            members.push(member);
        }
        let review = format!("/reviews/{}", made.assignment);
        let debrief = format!("/debriefs/{}", made.assignment);
        // What was told so far is another matter.
        let _told = portal.letters().await;
        Self { portal, tomas, sean, zoe, members, made, review, debrief }
    }

    /// Sends a member's vote, in place of the one they saw as `version`.
    pub async fn send(&mut self, at: usize, value: &str, why: &str, version: &str) -> Answer {
        let fields = vote(value, why, version);
        let review = self.review.clone();
        self.members[at].post(&review, &fields).await
    }

    /// Casts a member's first vote.
    pub async fn votes(&mut self, at: usize, value: &str) {
        let answer = self.send(at, value, WHY, "0").await;
        assert_eq!(answer.status, http::StatusCode::SEE_OTHER, "{}", answer.text());
    }

    pub async fn state(&self) -> String {
        sqlx::query_scalar("select state from assignment where assignment_id = $1")
            .bind(self.made.assignment)
            .fetch_one(&self.portal.owner().await)
            .await
            .unwrap()
    }

    pub async fn count(&self, statement: &'static str) -> i64 {
        sqlx::query_scalar(statement).fetch_one(&self.portal.owner().await).await.unwrap()
    }

    pub async fn subjects(&self) -> Vec<String> {
        let letters = self.portal.letters().await;
        let mut subjects: Vec<String> =
            letters.iter().map(|letter| letter.subject.as_str().to_owned()).collect();
        subjects.sort();
        subjects
    }
}

/// The fields of a vote.
pub fn vote<'a>(value: &'a str, why: &'a str, version: &'a str) -> [(&'a str, &'a str); 5] {
    [("do", "vote"), ("value", value), ("comment", why), ("level", "3"), ("version", version)]
}

impl Portal {
    pub async fn call(&self, account: AccountId, name: &str) {
        sqlx::query("update account set name = $2 where account_id = $1")
            .bind(account)
            .bind(name)
            .execute(&self.owner().await)
            .await
            .unwrap();
    }

    /// Sits somebody on the panel of an interview, who has accepted.
    pub async fn sit(&self, made: Interview, account: AccountId, is_shadow: bool) {
        let now = self.clock.now().to_sqlx();
        sqlx::query(
            "insert into panel_member
               (panel_member_id, assignment_id, account_id, is_shadow, invited_at, answer_by, accepted_at)
             values ($1, $2, $3, $4, $5, $5, $5)",
        )
        .bind(PanelMemberId::new())
        .bind(made.assignment)
        .bind(account)
        .bind(is_shadow)
        .bind(now)
        .execute(&self.owner().await)
        .await
        .unwrap();
    }

    /// The candidate has handed in two hours ago, and it is final.
    pub async fn hand_in(&self, made: Interview) {
        let now = self.clock.now();
        let hours = |count| (now + SignedDuration::from_hours(count)).to_sqlx();
        sqlx::query(
            "update assignment
             set state = 'submitted', started_at = $2, work_at = $3, submitted_at = $3, due_at = $4,
               cutoff_at = $4
             where assignment_id = $1",
        )
        .bind(made.assignment)
        .bind(hours(-3))
        .bind(hours(-2))
        .bind(hours(48))
        .execute(&self.owner().await)
        .await
        .unwrap();
    }
}
