//! The pages of this room.

mod asked;
pub mod hand_in;
pub mod look;
pub mod receipt;
pub mod work;

use crate::assignment::access::MayTakeAssignment;
use crate::assignment::application::Assignment;
use crate::assignment::store::assignments;
use crate::content::library::Reading;
use crate::content::model::Level;
use crate::db::Tx;
use crate::submission::model::{Contents, Draft, Submission};
use crate::submission::questions::{self, Question};
use crate::submission::store::{self, drafts, submissions};
use crate::web::allowed::Allowed;
use crate::web::error::Failure;

/// What the candidate's pages of a hand-in are made of.
struct Own {
    it: Assignment,
    draft: Draft,
    handed_in: Option<Submission>,
    /// The challenge as it was given; none where it cannot be read any more.
    challenge: Option<Reading>,
}

impl Own {
    /// What is asked in writing at a level.
    fn asked(&self, level: Level) -> Vec<Question> {
        questions::asked_in(self.challenge.as_ref(), level)
    }

    /// What was handed in, or would be now.
    fn contents(&self) -> Contents {
        match &self.handed_in {
            Some(handed_in) => handed_in.contents.clone(),
            None => {
                let contents = self.draft.contents.clone();
                let asked = self.asked(contents.level);
                contents.of_level(&asked)
            }
        }
    }
}

async fn own(tx: &mut Tx, allowed: &Allowed<MayTakeAssignment>) -> Result<Own, Failure> {
    let it = assignments::taken(tx, allowed).await?.ok_or(Failure::NotFound)?;
    let draft = drafts::find(tx, allowed, it.level).await?;
    let handed_in = submissions::own(tx, allowed).await?;
    let challenge = store::work::challenge(tx, &it).await?;
    Ok(Own { it, draft, handed_in, challenge })
}
