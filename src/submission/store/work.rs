//! The work, for whoever looks at it: what was handed in, or what was there when the clock ran out.

use sqlx::{FromRow, PgExecutor};

use super::{assessments, drafts, named, submissions};
use crate::account::store::sessions;
use crate::assignment::access::{Given, Parties, Seated};
use crate::assignment::application::Assignment;
use crate::assignment::store::assignments;
use crate::clock::Timestamp;
use crate::content::import::settings::Format;
use crate::content::library::Reading;
use crate::content::store as content;
use crate::db::{Db, Tx};
use crate::ids::{AccountId, ApplicationId, AssignmentId, PanelMemberId};
use crate::submission::access::{As, Looking, MaySeeWork};
use crate::submission::assessment::Assessment;
use crate::submission::model::{Clearing, Contents, Draft, Files, Hash, Submission};
use crate::submission::names::{Names, Who};
use crate::submission::questions;
use crate::web::allowed::{Allowed, Capability, Viewer};

#[derive(FromRow)]
struct LookingRow {
    application_id: ApplicationId,
    candidate_id: AccountId,
    recruiter_id: AccountId,
    manager_id: Option<AccountId>,
    is_here: bool,
    assesses: bool,
    panel_member_id: Option<PanelMemberId>,
    is_shadow: Option<bool>,
    has_accepted: bool,
}

/// Whoever asks, and the work of an assignment. A private read that takes no capability.
pub async fn facts(
    db: &Db,
    assignment: AssignmentId,
    account: AccountId,
    now: Timestamp,
) -> Result<Option<Looking>, sqlx::Error> {
    find_facts(db.pool(), (assignment, account), now).await
}

/// Asks the rule again of an assignment that the caller has locked: seats and roles end meanwhile.
pub async fn again<C: Capability<Facts = Option<Looking>>>(
    tx: &mut Tx,
    viewer: &Viewer,
    (assignment, account): (AssignmentId, AccountId),
    now: Timestamp,
) -> Result<Option<Allowed<C>>, sqlx::Error> {
    let viewer = sessions::again(tx, viewer).await?;
    let looking = find_facts(tx.connection(), (assignment, account), now).await?;
    Ok(Allowed::ask(&viewer, &looking))
}

async fn find_facts(
    executor: impl PgExecutor<'_>,
    (assignment, account): (AssignmentId, AccountId),
    now: Timestamp,
) -> Result<Option<Looking>, sqlx::Error> {
    let row: Option<LookingRow> = sqlx::query_as(
        "select p.application_id, p.candidate_id, p.recruiter_id, p.manager_id,
           assignment_phase(g, $3) in ('submitted', 'voting', 'opened', 'decided') as is_here,
           exists (
             select
             from firm f
             where f.assignment_id = g.assignment_id and f.account_id = $2
               and not exists (
                 select
                 from conflict c
                 where c.candidate_id = p.candidate_id and c.account_id = $2)) as assesses,
           s.panel_member_id, s.is_shadow, s.accepted_at is not null as has_accepted
         from assignment g
         join application p using (application_id)
         left join seat_in_force s on s.assignment_id = g.assignment_id and s.account_id = $2
         where g.assignment_id = $1",
    )
    .bind(assignment)
    .bind(account)
    .bind(jiff_sqlx::ToSqlx::to_sqlx(now))
    .fetch_optional(executor)
    .await?;
    Ok(row.map(|row| {
        let parties = Parties {
            application: row.application_id,
            candidate: row.candidate_id,
            recruiter: row.recruiter_id,
            manager: row.manager_id,
        };
        let given = Given { assignment, parties };
        let has_accepted = row.has_accepted;
        let seat = row.panel_member_id.zip(row.is_shadow);
        let seat = seat.map(|(member, is_shadow)| Seated {
            member,
            account,
            given,
            has_accepted,
            is_shadow,
        });
        Looking { given, seat, assesses: row.assesses, is_here: row.is_here }
    }))
}

/// The work of one stage.
pub struct Work {
    pub it: Assignment,
    /// The alias, or the candidate's name where whoever looks knows it.
    pub who: String,
    pub contents: Contents,
    /// How many links the recruiter has still to look at, which are not among the contents.
    pub withheld: usize,
    /// What whoever looks does not see of the rest.
    pub hidden: Option<Names>,
    /// The challenge as it was given; none where it cannot be read any more.
    pub challenge: Option<Reading>,
    /// What its firm says of it, for those who vote or decide.
    pub assessed: Option<Assessed>,
}

/// An assessment that was handed in, as whoever looks may read it.
pub struct Assessed {
    /// Markdown, without what is hidden.
    pub text: String,
    /// One PDF.
    pub files: Option<Files>,
    /// What they do not see of that: whoever hands it in may know the candidate.
    pub hidden: Option<Names>,
}

/// Which of what was handed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// What is judged.
    Standing,
    /// What it was before it was fixed.
    BeforeFix,
}

/// What may be looked at; none where there is no such thing. A blind panel sees links once the recruiter has passed
/// them on.
pub async fn find(
    tx: &mut Tx,
    allowed: &Allowed<MaySeeWork>,
    which: Which,
) -> Result<Option<Work>, sqlx::Error> {
    let (application, id) = (allowed.application(), allowed.assignment());
    let Some(it) = assignments::looked_at(tx, application, id).await? else { return Ok(None) };
    let knows_who = allowed.decides() || !it.panel.is_blind;
    let challenge = challenge(tx, &it).await?;
    let taken = match which {
        Which::Standing => taken(tx, &it, challenge.as_ref()).await?,
        Which::BeforeFix => match submissions::before_fix(tx, &it).await? {
            Some(before) => Taken::of(before),
            None => return Ok(None),
        },
    };
    let assessment = match it.format {
        Format::External if allowed.looks() != As::Firm => assessments::handed_in(tx, id).await?,
        _ => None,
    };
    let assessed = match assessment {
        Some(Assessment { text, files, .. }) if !knows_who => {
            let of = (&taken.contents, taken.maker.as_ref());
            let hidden = named::hidden(tx, application, of).await?;
            Some(Assessed { text: hidden.mask_text(&text), files, hidden: Some(hidden) })
        }
        known => known.map(|one| Assessed { text: one.text, files: one.files, hidden: None }),
    };
    let mut contents = taken.contents;
    let mut withheld = 0;
    let mut hidden = None;
    if !taken.clearing.shows_names(knows_who) {
        let of = (&contents, taken.maker.as_ref());
        hidden = Some(named::hidden(tx, application, of).await?);
    }
    if !taken.clearing.shows_links(knows_who) {
        withheld = std::mem::take(&mut contents.links).len();
    }
    let who = who(tx, application, knows_who).await?;
    Ok(Some(Work { it, who, contents, withheld, hidden, challenge, assessed }))
}

/// The challenge as it was given; none where it cannot be read any more.
pub async fn challenge(tx: &mut Tx, it: &Assignment) -> Result<Option<Reading>, sqlx::Error> {
    let pinned = content::pinned(tx, it.document, &it.revision).await?;
    Ok(pinned.and_then(|pinned| Reading::alone(&pinned.tree, &pinned.path).ok().flatten()))
}

/// What is judged.
pub(super) struct Taken {
    pub contents: Contents,
    pub hash: Hash,
    pub clearing: Clearing,
    pub maker: Option<Who>,
    /// When it was handed in; none where it is what was there when the clock ran out.
    pub at: Option<Timestamp>,
}

impl Taken {
    fn of(handed_in: Submission) -> Self {
        let Submission { contents, hash, clearing, maker, at, .. } = handed_in;
        Self { contents, hash, clearing, maker, at: Some(at) }
    }
}

/// What was handed in, or was there when the clock ran out.
pub(super) async fn taken(
    tx: &mut Tx,
    it: &Assignment,
    challenge: Option<&Reading>,
) -> Result<Taken, sqlx::Error> {
    if let Some(handed_in) = submissions::standing(tx, it.id).await? {
        return Ok(Taken::of(handed_in));
    }
    let Draft { contents, maker, .. } = drafts::of(tx, it.id, it.level).await?;
    let asked = questions::asked_in(challenge, contents.level);
    let contents = contents.of_level(&asked);
    let hash = contents.hash();
    let clearing = Clearing::default();
    Ok(Taken { contents, hash, clearing, maker, at: None })
}

pub(super) async fn who(
    tx: &mut Tx,
    application: ApplicationId,
    knows_who: bool,
) -> Result<String, sqlx::Error> {
    sqlx::query_scalar(
        "select case when $2 then a.name else p.alias end
         from application p
         join account a on a.account_id = p.candidate_id
         where p.application_id = $1",
    )
    .bind(application)
    .bind(knows_who)
    .fetch_one(tx.connection())
    .await
}
