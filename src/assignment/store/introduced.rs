//! Whom a candidate is told of: who looks at their work, by a first name, a role and two lines, and never more; and
//! their recruiter, to whom they write.

use sqlx::FromRow;

use crate::assignment::access::MayTakeAssignment;
use crate::assignment::application::Recruiter;
use crate::db::Tx;
use crate::web::allowed::Allowed;

/// Somebody who looks at the work.
#[derive(Debug, FromRow)]
pub struct Introduced {
    pub first_name: String,
    /// Of an outside firm.
    pub is_external: bool,
    /// In training.
    pub is_shadow: bool,
    /// What they say of themselves.
    pub about: String,
}

/// Those on the panel who have accepted, in the order in which they were asked; those in training last.
pub async fn to_candidate(
    tx: &mut Tx,
    allowed: &Allowed<MayTakeAssignment>,
) -> Result<Vec<Introduced>, sqlx::Error> {
    sqlx::query_as(
        "select split_part(btrim(a.name), ' ', 1) as first_name, 'external' = any(a.roles) as is_external,
           m.is_shadow, coalesce(i.about, '') as about
         from panel_member m
         join account a using (account_id)
         left join interviewer i using (account_id)
         where m.assignment_id = $1 and m.left_at is null and m.accepted_at is not null
           and not exists (
             select
             from conflict c
             where c.candidate_id = $2 and c.account_id = m.account_id)
         order by m.is_shadow, m.invited_at, m.panel_member_id",
    )
    .bind(allowed.assignment())
    .bind(allowed.parties().candidate)
    .fetch_all(tx.connection())
    .await
}

/// Their recruiter.
pub async fn recruiter(
    tx: &mut Tx,
    allowed: &Allowed<MayTakeAssignment>,
) -> Result<Recruiter, sqlx::Error> {
    let (name, email) = sqlx::query_as("select name, email from account where account_id = $1")
        .bind(allowed.parties().recruiter)
        .fetch_one(tx.connection())
        .await?;
    Ok(Recruiter { name, email })
}
