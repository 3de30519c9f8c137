//! Offers: handed over, followed, and found by those who may. Each move holds the application first, then the
//! offer, and is written once.

use jiff::tz::TimeZone;
use jiff_sqlx::ToSqlx;
use sqlx::FromRow;
use sqlx::types::Json;

use crate::account::store::{calendar, sessions};
use crate::assignment::access::{MayRunApplication, MaySeeApplication, MayTakePart, Parties};
use crate::assignment::events;
use crate::assignment::store::closing;
use crate::audit::store::record;
use crate::audit::{Actor, Event};
use crate::clock::Timestamp;
use crate::content::model::Level;
use crate::db::{Db, Tx, read_all};
use crate::decision::access::{MayFollowOffer, MayHoldOffers, Offered};
use crate::decision::emails::offers as letters;
use crate::decision::model::Observation;
use crate::decision::offer::{Move, Offer, Refusal, State, after, settle};
use crate::ids::{AccountId, ApplicationId, OfferId};
use crate::web::allowed::{Allowed, Viewer};

/// Why an offer was not handed over, or not moved.
#[derive(Debug, thiserror::Error)]
pub enum NotDone {
    #[error("There is no such offer")]
    Unknown,
    #[error("Somebody else changed this meanwhile; look at what it says now, then do it again")]
    Changed,
    #[error("Choose somebody of HR who is here")]
    NotHr,
    #[error("There is an offer in this application already")]
    Open,
    #[error("This application is closed; nothing follows on its offer any more")]
    Closed,
    #[error("A stage is under way in this application; its recruiter ends it first")]
    UnderWay,
    #[error("{0}")]
    Refused(#[from] Refusal),
    #[error("the database refused a statement: {0}")]
    Database(#[from] sqlx::Error),
}

#[derive(FromRow)]
struct OfferRow {
    offer_id: OfferId,
    application_id: ApplicationId,
    hr_id: AccountId,
    hr_name: String,
    recruiter_name: String,
    recruiter_email: String,
    state: String,
    handed_over_at: jiff_sqlx::Timestamp,
    contact_by: jiff_sqlx::Timestamp,
    since: jiff_sqlx::Timestamp,
    answer_by: Option<jiff_sqlx::Timestamp>,
    reason: String,
    version: i32,
}

impl OfferRow {
    fn into_offer(self) -> Option<Offer> {
        let at = self.since.to_jiff();
        let state = match self.state.as_str() {
            "handed_over" => State::HandedOver,
            "received" => State::Received,
            "made" => State::Made { answer_by: self.answer_by?.to_jiff() },
            "accepted" => State::Accepted { at },
            "declined" => State::Declined { at },
            "withdrawn" => State::Withdrawn { at },
            _ => return None,
        };
        Some(Offer {
            id: self.offer_id,
            application: self.application_id,
            hr: self.hr_id,
            hr_name: self.hr_name,
            recruiter: (self.recruiter_name, self.recruiter_email),
            handed_over_at: self.handed_over_at.to_jiff(),
            contact_by: self.contact_by.to_jiff(),
            state,
            reason: self.reason,
            version: self.version,
        })
    }
}

/// The rows that `narrowed` lets through, `$1` being `id`; the newest first.
async fn select(
    tx: &mut Tx,
    narrowed: &'static str,
    id: uuid::Uuid,
) -> Result<Vec<Offer>, sqlx::Error> {
    let statement = format!(
        "select o.offer_id, o.application_id, o.hr_id, h.name as hr_name, r.name as recruiter_name,
           r.email as recruiter_email, o.state, o.handed_over_at, o.contact_by, o.since, o.answer_by,
           o.reason, o.version
         from offer o
         join account h on h.account_id = o.hr_id
         join application p using (application_id)
         join account r on r.account_id = p.recruiter_id
         where {narrowed}
         order by o.handed_over_at desc, o.offer_id desc"
    );
    let rows: Vec<OfferRow> =
        sqlx::query_as(sqlx::AssertSqlSafe(statement)).bind(id).fetch_all(tx.connection()).await?;
    read_all(rows, OfferRow::into_offer)
}

const FACTS: &str = "select o.hr_id, p.application_id, p.candidate_id, p.recruiter_id, p.manager_id
   from offer o
   join application p using (application_id)
   where o.offer_id = $1";

type FactsRow = (AccountId, ApplicationId, AccountId, AccountId, Option<AccountId>);

fn offered(offer: OfferId, (hr, application, candidate, recruiter, manager): FactsRow) -> Offered {
    Offered { offer, hr, parties: Parties { application, candidate, recruiter, manager } }
}

/// What the rule has to know of an offer. A private read that takes no capability.
pub async fn facts(db: &Db, id: OfferId) -> Result<Option<Offered>, sqlx::Error> {
    let row: Option<FactsRow> = sqlx::query_as(FACTS).bind(id).fetch_optional(db.pool()).await?;
    Ok(row.map(|row| offered(id, row)))
}

/// The newest offer of an application one may see.
pub async fn newest(
    tx: &mut Tx,
    seen: &Allowed<MaySeeApplication>,
) -> Result<Option<Offer>, sqlx::Error> {
    let found = select(tx, "o.application_id = $1", seen.application().into()).await?;
    Ok(found.into_iter().next())
}

/// The offers of whoever asks, the newest first.
pub async fn own(tx: &mut Tx, allowed: &Allowed<MayTakePart>) -> Result<Vec<Offer>, sqlx::Error> {
    let theirs =
        "o.application_id in (select application_id from application where candidate_id = $1)";
    select(tx, theirs, allowed.candidate().into()).await
}

/// Who could take an offer over, by name.
pub async fn hr(
    tx: &mut Tx,
    _: &Allowed<MaySeeApplication>,
    now: Timestamp,
) -> Result<Vec<(AccountId, String)>, sqlx::Error> {
    sqlx::query_as(
        "select account_id, name
         from account
         where roles && array['hr'] and accepted_at is not null and disabled_at is null
           and (ends_at is null or ends_at > $1)
         order by lower(name), account_id",
    )
    .bind(now.to_sqlx())
    .fetch_all(tx.connection())
    .await
}

/// Hands an offer over in an application that the caller has locked, or to somebody else: one that was made stays so,
/// one that expired begins anew. The candidate is told who takes over and by when, and whoever takes over what they need to know.
pub async fn hand_over(
    tx: &mut Tx,
    runs: &Allowed<MayRunApplication>,
    (to, contact_by): (AccountId, Timestamp),
    now: Timestamp,
) -> Result<OfferId, NotDone> {
    let application = runs.application();
    let newest = select(tx, "o.application_id = $1", application.into()).await?.into_iter().next();
    if let Some(same) = &newest
        && same.state == State::HandedOver
        && (same.hr, same.contact_by) == (to, contact_by)
    {
        return Ok(same.id);
    }
    let is_hr: bool = sqlx::query_scalar(
        "select exists (
           select
           from account
           where account_id = $1 and roles && array['hr'] and accepted_at is not null
             and disabled_at is null and (ends_at is null or ends_at > $2))",
    )
    .bind(to)
    .bind(now.to_sqlx())
    .fetch_one(tx.connection())
    .await?;
    if !is_hr {
        return Err(NotDone::NotHr);
    }
    let by = Actor::Person(runs.by());
    let id = match newest.map(|one| (one.id, settle(one.state, now))) {
        Some((
            id,
            state @ (State::HandedOver
            | State::Received
            | State::Made { .. }
            | State::Expired { .. }),
        )) => {
            if let State::Expired { at } = state {
                let event = Event::new(events::OFFER_EXPIRED, Actor::System("clock"));
                record(tx, event.about("application", application), at).await?;
            }
            sqlx::query(
                "update offer
                 set hr_id = $2, contact_by = $3, version = version + 1, moved = 'hand-over', moved_by = $5,
                   state = case when $6 then state else 'handed_over' end,
                   answer_by = case when $6 then answer_by end,
                   since = case when $6 then since else $4 end,
                   handed_over_at = case when $6 then handed_over_at else $4 end
                 where offer_id = $1",
            )
            .bind(id)
            .bind(to)
            .bind(contact_by.to_sqlx())
            .bind(now.to_sqlx())
            .bind(runs.by())
            .bind(matches!(state, State::Made { .. }))
            .execute(tx.connection())
            .await?;
            id
        }
        Some((_, State::Accepted { .. })) => return Err(NotDone::Open),
        Some((_, State::Declined { .. } | State::Withdrawn { .. })) | None => {
            let id = OfferId::new();
            sqlx::query(
                "insert into offer
                   (offer_id, application_id, hr_id, state, handed_over_at, contact_by, since, moved, moved_by)
                 values ($1, $2, $3, 'handed_over', $4, $5, $4, 'hand-over', $6)",
            )
            .bind(id)
            .bind(application)
            .bind(to)
            .bind(now.to_sqlx())
            .bind(contact_by.to_sqlx())
            .bind(runs.by())
            .execute(tx.connection())
            .await?;
            id
        }
    };
    let event = Event::new(events::OFFER_HANDED_OVER, by);
    record(tx, event.about("application", application).id("account", to), now).await?;
    let days = calendar::find(tx).await?.calendar.working_days();
    let parties = (runs.candidate(), runs.by(), runs.manager());
    letters::hand_over(tx, (id, to), parties, days.after(now, 1), now).await?;
    Ok(id)
}

/// Moves an offer that was seen as `version` on, with why where that is said.
pub async fn follow(
    tx: &mut Tx,
    viewer: &Viewer,
    allowed: &Allowed<MayFollowOffer>,
    (made, reason, version): (Move, &str, i32),
    now: Timestamp,
) -> Result<(), NotDone> {
    let id = allowed.offer();
    let is_closed: bool = sqlx::query_scalar(
        "select closed_at is not null from application where application_id = $1 for update",
    )
    .bind(allowed.parties().application)
    .fetch_one(tx.connection())
    .await?;
    sqlx::query("select from offer where offer_id = $1 for update")
        .bind(id)
        .execute(tx.connection())
        .await?;
    let row: Option<FactsRow> =
        sqlx::query_as(FACTS).bind(id).fetch_optional(tx.connection()).await?;
    let viewer = sessions::again(tx, viewer).await?;
    let facts = row.map(|row| offered(id, row)).ok_or(NotDone::Unknown)?;
    let allowed = Allowed::<MayFollowOffer>::ask(&viewer, &facts).ok_or(NotDone::Unknown)?;
    let before = select(tx, "o.offer_id = $1", id.into()).await?.pop().ok_or(NotDone::Unknown)?;
    let key = key(made);
    if before.version != version {
        let same: bool = sqlx::query_scalar(
            "select exists (select from offer where offer_id = $1 and moved = $2 and moved_by = $3)",
        )
        .bind(id)
        .bind(&key)
        .bind(allowed.by())
        .fetch_one(tx.connection())
        .await?;
        return if same && before.version == version + 1 { Ok(()) } else { Err(NotDone::Changed) };
    }
    let next = after(before.state, made, now)?;
    if next == before.state {
        return Ok(());
    }
    if is_closed {
        return Err(NotDone::Closed);
    }
    let parties = allowed.parties();
    let application = parties.application;
    if let State::Expired { at } = settle(before.state, now) {
        let event = Event::new(events::OFFER_EXPIRED, Actor::System("clock"));
        record(tx, event.about("application", application), at).await?;
    }
    let answer_by = match (next, before.state) {
        (State::Made { answer_by }, _) | (_, State::Made { answer_by }) => Some(answer_by),
        _ => None,
    };
    sqlx::query(
        "update offer
         set state = $2, since = $3, answer_by = $4, reason = $5, version = version + 1, moved = $6,
           moved_by = $7
         where offer_id = $1",
    )
    .bind(id)
    .bind(next.code())
    .bind(now.to_sqlx())
    .bind(answer_by.map(ToSqlx::to_sqlx))
    .bind(reason)
    .bind(&key)
    .bind(allowed.by())
    .execute(tx.connection())
    .await?;
    let action = match next {
        State::Received => events::OFFER_RECEIVED,
        State::Made { .. } => events::OFFER_MADE,
        State::Accepted { .. } => events::OFFER_ACCEPTED,
        State::Declined { .. } => events::OFFER_DECLINED,
        _ => events::OFFER_WITHDRAWN,
    };
    let event = Event::new(action, Actor::Person(allowed.by())).about("application", application);
    let event = if reason.is_empty() { event } else { event.noted(reason) };
    record(tx, event, now).await?;
    if matches!(next, State::Accepted { .. })
        && !closing::close_as_hired(tx, application, allowed.by(), now).await?
    {
        return Err(NotDone::UnderWay);
    }
    letters::moved(tx, (id, next), (parties.candidate, parties.recruiter, parties.manager), now)
        .await?;
    Ok(())
}

/// What tells a move from any other against the same version.
fn key(made: Move) -> String {
    match made {
        Move::Receive => "receive".to_owned(),
        Move::Make { answer_by } => format!("make {answer_by}"),
        Move::Accept => "accept".to_owned(),
        Move::Decline => "decline".to_owned(),
        Move::Withdraw => "withdraw".to_owned(),
    }
}

/// What HR is handed: whose offer it is, and what was passed; no votes.
#[derive(Debug)]
pub struct Packet {
    pub offer: Offer,
    pub name: String,
    pub email: String,
    pub zone: TimeZone,
    pub track: String,
    /// Whom to ask.
    pub recruiter: String,
    pub passed: Vec<Passed>,
}

type PassedRow = (String, Option<i16>, jiff_sqlx::Timestamp, Json<Vec<Observation>>);

/// A stage that was passed, and what its candidate was told of it.
#[derive(Debug)]
pub struct Passed {
    pub title: String,
    pub level: Option<Level>,
    pub told_at: Timestamp,
    pub observations: Vec<Observation>,
}

pub async fn packet(
    tx: &mut Tx,
    allowed: &Allowed<MayFollowOffer>,
    now: Timestamp,
) -> Result<Option<Packet>, sqlx::Error> {
    let offer = select(tx, "o.offer_id = $1", allowed.offer().into()).await?.pop();
    let Some(offer) = offer else { return Ok(None) };
    let (name, email, zone, track, recruiter): (String, String, String, String, String) =
        sqlx::query_as(
            "select a.name, a.email, a.zone, case t.audience when '' then t.focus else t.audience end,
               r.name
             from application p
             join account a on a.account_id = p.candidate_id
             join account r on r.account_id = p.recruiter_id
             join track t using (track_id)
             where p.application_id = $1",
        )
        .bind(offer.application)
        .fetch_one(tx.connection())
        .await?;
    let rows: Vec<PassedRow> = sqlx::query_as(
        "select s.title, g.decided_level, g.told_at, d.observations
             from assignment g
             join stage s using (stage_id)
             join decision d using (assignment_id)
             where g.outcome = 'advance' and g.told_at <= $2
               and (g.application_id = $1
                 or g.assignment_id in (
                   select c.assignment_id from counted_stage c where c.application_id = $1))
             order by g.told_at, g.assignment_id",
    )
    .bind(offer.application)
    .bind(now.to_sqlx())
    .fetch_all(tx.connection())
    .await?;
    let passed = rows.into_iter().map(|(title, level, told_at, observations)| Passed {
        title,
        level: level.and_then(|level| u8::try_from(level).ok()).and_then(Level::new),
        told_at: told_at.to_jiff(),
        observations: observations.0.into_iter().map(Observation::as_told).collect(),
    });
    let passed = passed.collect();
    let zone = TimeZone::get(&zone).unwrap_or(TimeZone::UTC);
    Ok(Some(Packet { offer, name, email, zone, track, recruiter, passed }))
}

/// An offer that somebody of HR holds, and whose it is.
#[derive(Debug)]
pub struct Held {
    pub offer: Offer,
    pub candidate: String,
    /// The candidate's: their days are those of their letters.
    pub zone: TimeZone,
}

/// The open offers that are handed over to whoever asks; the oldest first, at most `limit`.
pub async fn held(
    tx: &mut Tx,
    allowed: &Allowed<MayHoldOffers>,
    limit: i64,
) -> Result<Vec<Held>, sqlx::Error> {
    #[derive(FromRow)]
    struct Row {
        candidate: String,
        zone: String,
        #[sqlx(flatten)]
        offer: OfferRow,
    }
    let rows: Vec<Row> = sqlx::query_as(
        "select a.name as candidate, a.zone, o.offer_id, o.application_id, o.hr_id, '' as hr_name, '' as recruiter_name,
           '' as recruiter_email, o.state,
           o.handed_over_at, o.contact_by, o.since, o.answer_by, o.reason, o.version
         from offer o
         join application p using (application_id)
         join account a on a.account_id = p.candidate_id
         where o.hr_id = $1 and o.state in ('handed_over', 'received', 'made')
         order by o.handed_over_at, o.offer_id
         limit $2",
    )
    .bind(allowed.hr())
    .bind(limit)
    .fetch_all(tx.connection())
    .await?;
    let held = |Row { candidate, zone, offer }: Row| {
        let zone = TimeZone::get(&zone).unwrap_or(TimeZone::UTC);
        offer.into_offer().map(|offer| Held { offer, candidate, zone })
    };
    Ok(rows.into_iter().filter_map(held).collect())
}

/// An offer and whom it concerns, for letters alone.
#[derive(Debug)]
pub struct Concerned {
    pub offer: Offer,
    pub parties: Parties,
    pub candidate_name: String,
    pub track: String,
}

pub(in crate::decision) async fn concerned(
    tx: &mut Tx,
    id: OfferId,
) -> Result<Option<Concerned>, sqlx::Error> {
    let row: Option<FactsRow> =
        sqlx::query_as(FACTS).bind(id).fetch_optional(tx.connection()).await?;
    let offer = select(tx, "o.offer_id = $1", id.into()).await?.pop();
    let Some((row, offer)) = row.zip(offer) else { return Ok(None) };
    let parties = offered(id, row).parties;
    let (candidate_name, track) = sqlx::query_as(
        "select a.name, case t.audience when '' then t.focus else t.audience end
         from application p
         join account a on a.account_id = p.candidate_id
         join track t using (track_id)
         where p.application_id = $1",
    )
    .bind(parties.application)
    .fetch_one(tx.connection())
    .await?;
    Ok(Some(Concerned { offer, parties, candidate_name, track }))
}
