//! Time passes: letters come, votes open, and what happened is told.

use std::fmt::Write as _;

use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff_sqlx::ToSqlx;
use portal::clock::{SignedDuration, Timestamp};
use portal::ids::{AccountId, ApplicationId};
use portal::mail::Letter;
use portal::review::store::clock::open_due;

use super::{AT, DAY, EVERYBODY, MINUTE, Walk, Who, ZOE, ZONE};
use crate::support::hands;
use crate::support::letters::link;

impl Walk<'_> {
    /// Time passes: letters go out and votes open when they are due.
    pub(super) async fn later(&mut self, by: SignedDuration) {
        let until = self.portal.clock.now() + by;
        self.delivers().await;
        while let Some(next) = self.next_letter(until).await {
            self.portal.clock.set(next);
            self.delivers().await;
        }
        self.portal.clock.set(until);
        self.delivers().await;
    }

    async fn next_letter(&self, until: Timestamp) -> Option<Timestamp> {
        let next: Option<jiff_sqlx::Timestamp> = sqlx::query_scalar(
            "select min(next_attempt_at)
             from mail
             where sent_at is null and dropped_at is null and given_up_at is null
               and next_attempt_at > $1 and next_attempt_at <= $2",
        )
        .bind(self.portal.clock.now().to_sqlx())
        .bind(until.to_sqlx())
        .fetch_one(&self.portal.owner().await)
        .await
        .unwrap();
        next.map(jiff_sqlx::Timestamp::to_jiff)
    }

    /// What is due happens. Letters of one instant go out side by side, so they are told by whom they go to.
    async fn delivers(&mut self) {
        open_due(&self.portal.db, self.portal.clock.now()).await.unwrap();
        let mut letters = self.portal.letters().await;
        let of = |letter: &Letter| letter.to.address.as_str().replace(AT, "");
        // Others have come this way before.
        letters.retain(|letter| EVERYBODY.iter().any(|who| who.local == of(letter)));
        letters.sort_by_key(|letter| (of(letter), letter.subject.as_str().to_owned()));
        for letter in letters {
            writeln!(self.post, "{}: {}", of(&letter), letter.subject.as_str()).unwrap();
            self.letters.push(letter);
        }
    }

    /// The next working morning, when decisions are told.
    pub(super) async fn morning(&mut self) {
        let zone = TimeZone::get(ZONE).unwrap();
        let now = self.portal.clock.now();
        let is_working = |day: &Date| day.weekday().to_monday_one_offset() < 6;
        let mut days = now.to_zoned(zone.clone()).date().series(1.day()).skip(1);
        let next = days.find(is_working).unwrap().at(9, 0, 0, 0).to_zoned(zone).unwrap();
        self.later(next.timestamp().duration_since(now)).await;
    }

    /// The day so many days ahead, as it is typed.
    pub(super) fn day(&self, days: i64) -> String {
        let at = self.portal.clock.now() + DAY * i32::try_from(days).unwrap();
        at.to_zoned(TimeZone::get(ZONE).unwrap()).date().to_string()
    }

    /// The newest letter to somebody with this in its subject.
    pub(super) fn letter(&self, to: Who, subject: &str) -> &Letter {
        let address = format!("{}{AT}", to.local);
        let is_it = |letter: &&Letter| {
            letter.to.address.as_str() == address && letter.subject.as_str().contains(subject)
        };
        self.letters.iter().rfind(is_it).expect("it came")
    }

    /// Somebody signs in from a letter, by its link.
    pub(super) async fn follows(&mut self, who: Who, subject: &str) {
        self.later(MINUTE).await;
        self.here = who;
        let path = link(self.letter(who, subject));
        hands::sit_down(self.portal, self.tab, self.account(who), &path).await;
        self.looks().await;
    }

    /// The candidate's applications, the oldest first, each with its alias.
    async fn applications(&self) -> Vec<(ApplicationId, String)> {
        sqlx::query_as(
            "select application_id, alias
             from application
             where candidate_id = $1
             order by created_at",
        )
        .bind(self.account(ZOE))
        .fetch_all(&self.portal.owner().await)
        .await
        .unwrap()
    }

    /// What happened in an application, by who did it.
    pub(super) async fn events(&self, of: usize) -> String {
        let (id, _) = self.applications().await[of];
        let found: Vec<(String, Option<AccountId>)> = sqlx::query_as(
            "select action, actor_id
             from audit_event
             where about_id = $1
             order by at, event_id",
        )
        .bind(id)
        .fetch_all(&self.portal.owner().await)
        .await
        .unwrap();
        let name = |id: Option<AccountId>| {
            let found = self.people.iter().find(|(_, account)| Some(*account) == id);
            found.map_or("portal", |(who, _)| who.local)
        };
        found.iter().map(|(action, by)| format!("{}: {action}\n", name(*by))).collect()
    }

    /// `told` with another word for each alias, which is left to chance.
    pub(super) async fn stable(&self, told: &str) -> String {
        let aliases = self.applications().await;
        aliases.iter().fold(told.to_owned(), |told, (_, alias)| told.replace(alias, "Heron 42"))
    }
}
