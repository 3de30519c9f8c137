//! Deciding, and what happens to a decision until its candidate is told: it is held, let go, sent, taken back.

use jiff_sqlx::ToSqlx;

use super::{NotDecided, candidate, of, panel};
use crate::assignment::model::State;
use crate::assignment::store::assignments;
use crate::assignment::store::deciding::{self, Deed};
use crate::assignment::store::moves::{self, Made, NotMade};
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::decision::access::MayDecide;
use crate::decision::emails;
use crate::decision::telling::{HELD, let_go_at, told_at};
use crate::web::allowed::{Allowed, Viewer};

/// What a hiring manager does about a decision that its candidate does not know yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    Hold,
    LetGo,
    SendNow,
    TakeBack,
}

/// Decides what is kept, as it was seen as `version`. The candidate is told on their next working morning, the
/// recruiter at once.
pub async fn decide(
    tx: &mut Tx,
    viewer: &Viewer,
    allowed: &Allowed<MayDecide>,
    version: i32,
    now: Timestamp,
) -> Result<Made, NotDecided> {
    let ids = (allowed.parties().application, allowed.assignment());
    let (it, allowed) = moves::hold::<MayDecide>(tx, viewer, ids).await?;
    let decision = of(tx, it.id).await?;
    if decision.version != version {
        return Err(NotDecided::Changed);
    }
    if decision.decided_at.is_some() {
        return Ok(Made::Before);
    }
    if it.open_fix(now).is_some() {
        return Err(NotDecided::FixAwaited);
    }
    let missing = decision.contents.missing(&panel(tx, ids.0).await?);
    let outcome = match (decision.contents.outcome, missing.is_empty()) {
        (Some(outcome), true) => outcome,
        _ => return Err(NotDecided::Missing(missing)),
    };
    let parties = allowed.parties();
    let (_, mornings) = candidate(tx, parties.candidate).await?;
    let told = told_at(now, &mornings);
    let level = decision.contents.level;
    let made = deciding::decide(tx, &it, (outcome, level), (allowed.by(), told), now).await?;
    sqlx::query("update decision set decided_at = $2, decided_by = $3 where assignment_id = $1")
        .bind(it.id)
        .bind(now.to_sqlx())
        .bind(allowed.by())
        .execute(tx.connection())
        .await?;
    emails::tell_candidate(tx, parties.candidate, (it.id, told), now).await?;
    emails::tell_recruiter(tx, parties.recruiter, (it.id, version), now).await?;
    Ok(made)
}

/// Does something about a decision that its candidate does not know yet, as it was seen as `version` of its stage.
/// They learn nothing of it.
pub async fn follow(
    tx: &mut Tx,
    viewer: &Viewer,
    allowed: &Allowed<MayDecide>,
    (wanted, version): (Wanted, i32),
    now: Timestamp,
) -> Result<Made, NotDecided> {
    let ids = (allowed.parties().application, allowed.assignment());
    let (it, allowed) = moves::hold::<MayDecide>(tx, viewer, ids).await?;
    let decision = of(tx, it.id).await?;
    let parties = allowed.parties();
    let deed = match (wanted, &it.state) {
        (Wanted::Hold, _) => Deed::Hold,
        (Wanted::TakeBack, _) => Deed::TakeBack,
        (Wanted::SendNow, State::Decided { at, .. }) if now < *at + HELD => {
            return Err(NotDecided::TooEarly);
        }
        (Wanted::SendNow, _) => Deed::SendNow,
        (Wanted::LetGo, State::Decided { at, .. }) => {
            let (_, mornings) = candidate(tx, parties.candidate).await?;
            Deed::LetGo(let_go_at((*at, now), &mornings))
        }
        (Wanted::LetGo, _) => Deed::LetGo(now),
    };
    let by = allowed.by();
    let (made, state) = deciding::follow(tx, (&it, version), deed, by, now).await?;
    if made == Made::Before {
        return Ok(made);
    }
    let held = (deed == Deed::Hold).then(|| decision.held_at.unwrap_or(now));
    if deed != Deed::TakeBack {
        sqlx::query("update decision set held_at = $2 where assignment_id = $1")
            .bind(it.id)
            .bind(held.map(ToSqlx::to_sqlx))
            .execute(tx.connection())
            .await?;
    }
    if let Some(told) = state.told_at() {
        emails::tell_candidate(tx, parties.candidate, (it.id, told), now).await?;
    }
    if deed == Deed::TakeBack {
        let version = decision.version;
        emails::tell_recruiter_of_return(tx, parties.recruiter, (it.id, version), now).await?;
    }
    Ok(made)
}

/// Notes that the hiring manager has seen why what they decided was never told.
pub async fn see(
    tx: &mut Tx,
    viewer: &Viewer,
    allowed: &Allowed<MayDecide>,
    now: Timestamp,
) -> Result<(), NotDecided> {
    let again: Option<Allowed<MayDecide>> =
        assignments::again(tx, viewer, allowed.assignment()).await?;
    let allowed = again.ok_or(NotMade::Unknown)?;
    sqlx::query(
        "update decision
         set unsent_seen_at = $2
         where assignment_id = $1 and unsent_at is not null and unsent_seen_at is null",
    )
    .bind(allowed.assignment())
    .bind(now.to_sqlx())
    .execute(tx.connection())
    .await?;
    Ok(())
}
