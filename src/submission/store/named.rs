//! What in a candidate's work names them: looked for once they look at it, and kept until they change it.

use std::io;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sqlx::types::Json;

use super::uploads;
use crate::db::{Db, Tx};
use crate::ids::ApplicationId;
use crate::objects::{self, Objects};
use crate::submission::archive::{self, Kept, Said};
use crate::submission::model::{Contents, Files, handles};
use crate::submission::names::{Finding, MOST, Names, Who};
use crate::web::error::Failure;

/// Why the work could not be looked through.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    #[error(transparent)]
    Objects(#[from] objects::Error),
    #[error(transparent)]
    Archive(#[from] archive::Error),
    #[error(transparent)]
    Machine(#[from] io::Error),
    #[error("the object {0} is missing")]
    Missing(objects::Digest),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Database(error) => error.into(),
            other => Self::Broken(Box::new(other)),
        }
    }
}

/// Whose work it is, as it may name them.
pub(in crate::submission) async fn whose(
    tx: &mut Tx,
    application: ApplicationId,
    contents: &Contents,
) -> Result<Who, sqlx::Error> {
    type Row = (String, String, Json<Vec<(String, String)>>, Vec<String>);
    let (name, email, Json(before), mut links): Row = sqlx::query_as(
        "select a.name, a.email, (
             select coalesce(jsonb_agg(jsonb_build_array(f.name, f.email) order by f.name, f.email), '[]')
             from former_name f
             where f.account_id = a.account_id),
           -- Whatever they led to in this application: a handle stays theirs when its link is gone.
           array(
             select distinct l.link
             from assignment g
             cross join lateral (
               select unnest(u.links) as link from submission u where u.assignment_id = g.assignment_id
               union
               select unnest(d.links) from draft d where d.assignment_id = g.assignment_id) l
             where g.application_id = p.application_id
             order by l.link)
         from application p
         join account a on a.account_id = p.candidate_id
         where p.application_id = $1",
    )
    .bind(application)
    .fetch_one(tx.connection())
    .await?;
    links.extend(contents.links.iter().cloned());
    links.sort();
    links.dedup();
    Ok(Who { name, email, handles: handles(&links), before })
}

/// What a blind panel does not see of contents: what the candidate is called or was before, and what the work was
/// said to be by when they handed it in.
pub(in crate::submission) async fn hidden(
    tx: &mut Tx,
    application: ApplicationId,
    (contents, maker): (&Contents, Option<&Who>),
) -> Result<Names, sqlx::Error> {
    let mut names = Names::of(&whose(tx, application, contents).await?);
    maker.into_iter().for_each(|who| names.also(who));
    Ok(names)
}

/// As the row keeps it: what was found, and for whom it was looked.
#[derive(Serialize, Deserialize)]
struct Named {
    of: String,
    found: Vec<Finding>,
}

/// What of what is handed in names `who`: in what they wrote, in their files, and in what the archive said besides
/// them.
pub(in crate::submission) async fn find(
    db: &Db,
    objects: &Objects,
    (contents, who): (&Contents, &Who),
) -> Result<Vec<Finding>, Error> {
    let names = Names::of(who);
    let mut found = names.find_written("What was written", &contents.note);
    for (key, text) in &contents.answers {
        let place = format!("Level {}, question {}", key.level, key.number);
        found.extend(names.find_written(&place, text));
    }
    if let Some(files) = contents.files {
        found.extend(in_files(db, objects, (files, who)).await?);
    }
    found.truncate(MOST);
    Ok(found)
}

async fn in_files(
    db: &Db,
    objects: &Objects,
    (Files { upload: id, kept }, who): (Files, &Who),
) -> Result<Vec<Finding>, Error> {
    let of = looked_for(who);
    let mut tx = db.begin_reading().await?;
    let before: Option<Json<Named>> =
        sqlx::query_scalar("select named from upload where upload_id = $1")
            .bind(id)
            .fetch_one(tx.connection())
            .await?;
    if let Some(Json(named)) = before.filter(|Json(named)| named.of == of) {
        return Ok(named.found);
    }
    let said = uploads::said(&mut tx, id).await?;
    drop(tx);
    let found = search(objects, (kept, said), who.clone()).await?;
    let mut tx = db.begin().await?;
    sqlx::query("update upload set named = $2 where upload_id = $1")
        .bind(id)
        .bind(Json(Named { of, found: found.clone() }))
        .execute(tx.connection())
        .await?;
    let _kept = tx.commit().await?;
    Ok(found)
}

async fn search(
    objects: &Objects,
    (kept, said): (objects::Digest, Said),
    who: Who,
) -> Result<Vec<Finding>, Error> {
    let file = objects.open(kept).await?.ok_or(Error::Missing(kept))?;
    uploads::beside(move || {
        let mut kept = Kept::open(file)?;
        let mut names = Names::of(&who);
        names.learn(&mut kept)?;
        Ok(names.find(&mut kept, &said)?)
    })
    .await
}

/// The same as long as the same is looked for.
fn looked_for(Who { name, email, handles, before }: &Who) -> String {
    let mut digest = Sha256::new();
    // Raised whenever more is looked for than before.
    digest.update("3\n");
    let before = before.iter().flat_map(|(name, email)| [name, email]);
    for text in [name, email].into_iter().chain(handles).chain(before) {
        digest.update(format!("{} {text}\n", text.len()));
    }
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
