//! All SQL of this room: tracks, stages, recipes, the guides a track names. What people settle in the
//! portal is in [`recipes`].

pub mod recipes;

use std::collections::BTreeMap;

use jiff::SignedDuration;
use jiff_sqlx::ToSqlx;
use sqlx::FromRow;
use sqlx::types::Json;

use crate::clock::Timestamp;
use crate::content::access::MayPublish;
use crate::content::import::settings::{AgendaItem, Format};
use crate::db::Tx;
use crate::ids::{StageId, TrackId};
use crate::track::edited::Edited;
use crate::track::model::{Attribution, GuideLink, Recipe, Stage, Terms, Track, TrackText};
use crate::track::overview::{StagePlan, TrackPlan};
use crate::web::allowed::Allowed;
use crate::web::html::Html;

/// Makes the tracks those of `plans`, in that order. Recipes that somebody edited stay as they are, all
/// others become those of `plans`; tracks and stages that are gone are retired. Returns the slugs of
/// the tracks retired.
pub async fn apply(
    tx: &mut Tx,
    _: &Allowed<MayPublish>,
    plans: &[TrackPlan],
    now: Timestamp,
) -> Result<Vec<String>, sqlx::Error> {
    let slugs: Vec<&str> = plans.iter().map(|plan| plan.slug.as_str()).collect();
    let retired: Vec<String> = sqlx::query_scalar(
        "update track
         set retired_at = $2
         where retired_at is null and slug <> all($1)
         returning slug",
    )
    .bind(&slugs)
    .bind(now.to_sqlx())
    .fetch_all(tx.connection())
    .await?;
    let mut with_recipe = Vec::new();
    for (position, plan) in (0..).zip(plans) {
        let track = apply_track(tx, plan, position, now).await?;
        with_recipe.extend(apply_stages(tx, track, &plan.stages, now).await?);
        apply_guides(tx, track, &plan.text.guides).await?;
    }
    // What this tree does not say was an earlier one's to say.
    sqlx::query("delete from recipe where edited_at is null and stage_id <> all($1)")
        .bind(&with_recipe)
        .execute(tx.connection())
        .await?;
    sqlx::query(
        "update recipe
         set of_tree = null
         where edited_at is not null and of_tree is not null and stage_id <> all($1)",
    )
    .bind(&with_recipe)
    .execute(tx.connection())
    .await?;
    Ok(retired)
}

async fn apply_track(
    tx: &mut Tx,
    plan: &TrackPlan,
    position: i32,
    now: Timestamp,
) -> Result<TrackId, sqlx::Error> {
    let text = &plan.text;
    let notes: Vec<&str> = text.notes.iter().map(Html::as_str).collect();
    sqlx::query_scalar(
        "insert into track (track_id, slug, position, focus, audience, description, teaser,
           challenge_intro, levels_intro, notes, created_at, attribution)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
         on conflict (slug) do update
         set position = excluded.position,
             focus = excluded.focus,
             audience = excluded.audience,
             description = excluded.description,
             teaser = excluded.teaser,
             challenge_intro = excluded.challenge_intro,
             levels_intro = excluded.levels_intro,
             notes = excluded.notes,
             retired_at = null
         returning track_id",
    )
    .bind(TrackId::new())
    .bind(&plan.slug)
    .bind(position)
    .bind(&text.focus)
    .bind(&text.audience)
    .bind(text.description.as_str())
    .bind(&text.teaser)
    .bind(text.challenge_intro.as_str())
    .bind(text.levels_intro.as_str())
    .bind(notes)
    .bind(now.to_sqlx())
    .bind(Attribution::usual(&plan.slug).code())
    .fetch_one(tx.connection())
    .await
}

/// Returns the stages whose recipe the tree gives.
async fn apply_stages(
    tx: &mut Tx,
    track: TrackId,
    plans: &[StagePlan],
    now: Timestamp,
) -> Result<Vec<StageId>, sqlx::Error> {
    let documents: Vec<&str> = plans.iter().map(|plan| plan.document.as_str()).collect();
    sqlx::query(
        "update stage
         set retired_at = $3
         where track_id = $1 and retired_at is null and document_path <> all($2)",
    )
    .bind(track)
    .bind(&documents)
    .bind(now.to_sqlx())
    .execute(tx.connection())
    .await?;
    let mut with_recipe = Vec::new();
    for (position, plan) in (0..).zip(plans) {
        let stage: StageId = sqlx::query_scalar(
            "insert into stage (stage_id, track_id, document_path, position, title, created_at)
             values ($1, $2, $3, $4, $5, $6)
             on conflict (track_id, document_path) do update
             set position = excluded.position,
                 title = excluded.title,
                 retired_at = null
             returning stage_id",
        )
        .bind(StageId::new())
        .bind(track)
        .bind(&plan.document)
        .bind::<i32>(position)
        .bind(&plan.title)
        .bind(now.to_sqlx())
        .fetch_one(tx.connection())
        .await?;
        if let Some(recipe) = &plan.recipe {
            seed_recipe(tx, stage, recipe).await?;
            with_recipe.push(stage);
        }
    }
    Ok(with_recipe)
}

/// Gives a stage the recipe of the tree. Where somebody has edited the one it has, that stays, and the
/// tree's is kept beside it.
async fn seed_recipe(tx: &mut Tx, stage: StageId, recipe: &Recipe) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into recipe as r (stage_id, format, time_limit_minutes, effort, agenda, parts, is_blind)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (stage_id) do update
         set format = excluded.format,
             time_limit_minutes = excluded.time_limit_minutes,
             effort = excluded.effort,
             agenda = excluded.agenda,
             parts = excluded.parts,
             is_blind = excluded.is_blind,
             version = r.version + 1
         where r.edited_at is null
           and (r.format, r.time_limit_minutes, r.effort, r.agenda, r.parts, r.is_blind)
             is distinct from (excluded.format, excluded.time_limit_minutes, excluded.effort,
               excluded.agenda, excluded.parts, excluded.is_blind)",
    )
    .bind(stage)
    .bind(recipe.format.code())
    .bind(minutes(recipe))
    .bind(&recipe.effort)
    .bind(Json(&recipe.agenda))
    .bind(&recipe.parts)
    .bind(Terms::of(recipe.format).is_blind)
    .execute(tx.connection())
    .await?;
    sqlx::query(
        "update recipe
         set of_tree = jsonb_build_object('format', $2::text, 'time_limit_minutes', $3::integer,
               'effort', $4::text, 'agenda', $5::jsonb, 'parts', $6::text[])
         where stage_id = $1 and edited_at is not null",
    )
    .bind(stage)
    .bind(recipe.format.code())
    .bind(minutes(recipe))
    .bind(&recipe.effort)
    .bind(Json(&recipe.agenda))
    .bind(&recipe.parts)
    .execute(tx.connection())
    .await?;
    Ok(())
}

async fn apply_guides(
    tx: &mut Tx,
    track: TrackId,
    guides: &[GuideLink],
) -> Result<(), sqlx::Error> {
    sqlx::query("delete from track_guide where track_id = $1")
        .bind(track)
        .execute(tx.connection())
        .await?;
    let titles: Vec<&str> = guides.iter().map(|guide| guide.title.as_str()).collect();
    let documents: Vec<&str> = guides.iter().map(|guide| guide.document.as_str()).collect();
    sqlx::query(
        "insert into track_guide (track_id, position, title, document_path)
         select $1, g.position, g.title, g.document_path
         from unnest($2::text[], $3::text[]) with ordinality
           as g (title, document_path, position)",
    )
    .bind(track)
    .bind(titles)
    .bind(documents)
    .execute(tx.connection())
    .await?;
    Ok(())
}

#[derive(FromRow)]
struct TrackRow {
    track_id: TrackId,
    slug: String,
    focus: String,
    audience: String,
    description: String,
    teaser: String,
    challenge_intro: String,
    levels_intro: String,
    notes: Vec<String>,
}

#[derive(FromRow)]
struct StageRow {
    track_id: TrackId,
    stage_id: StageId,
    title: String,
    document_path: String,
    #[sqlx(flatten)]
    recipe: RecipeRow,
}

/// A recipe, or the nothing of a stage that has none.
#[derive(FromRow)]
struct RecipeRow {
    format: Option<String>,
    time_limit_minutes: Option<i32>,
    effort: Option<String>,
    agenda: Option<Json<Vec<AgendaItem>>>,
    parts: Option<Vec<String>>,
}

#[derive(FromRow)]
struct EditedRow {
    slug: String,
    document_path: String,
    #[sqlx(flatten)]
    recipe: RecipeRow,
}

/// The recipes that were edited in the portal, those of retired stages too.
pub async fn edited_recipes(tx: &mut Tx) -> Result<Vec<Edited>, sqlx::Error> {
    let rows: Vec<EditedRow> = sqlx::query_as(
        "select t.slug, s.document_path, r.format, r.time_limit_minutes, r.effort, r.agenda, r.parts
         from recipe r
         join stage s using (stage_id)
         join track t using (track_id)
         where r.edited_at is not null
         order by t.position, t.slug, s.position, s.document_path",
    )
    .fetch_all(tx.connection())
    .await?;
    let edited = |row: EditedRow| {
        let (track, document) = (row.slug, row.document_path);
        Some(Edited { track, document, recipe: row.recipe.into_recipe()? })
    };
    Ok(rows.into_iter().filter_map(edited).collect())
}

/// The present tracks in the overview's order, each with its stages and guides in order.
pub async fn list(tx: &mut Tx) -> Result<Vec<Track>, sqlx::Error> {
    let tracks: Vec<TrackRow> = sqlx::query_as(
        "select track_id, slug, focus, audience, description, teaser, challenge_intro,
           levels_intro, notes
         from track
         where retired_at is null
         order by position, slug",
    )
    .fetch_all(tx.connection())
    .await?;
    let stages: Vec<StageRow> = sqlx::query_as(
        "select s.track_id, s.stage_id, s.title, s.document_path, r.format, r.time_limit_minutes,
           r.effort, r.agenda, r.parts
         from stage s
         left join recipe r using (stage_id)
         where s.retired_at is null
         order by s.track_id, s.position, s.stage_id",
    )
    .fetch_all(tx.connection())
    .await?;
    let guides: Vec<(TrackId, String, String)> = sqlx::query_as(
        "select track_id, title, document_path
         from track_guide
         order by track_id, position",
    )
    .fetch_all(tx.connection())
    .await?;
    let mut stages_of: BTreeMap<TrackId, Vec<Stage>> = BTreeMap::new();
    for row in stages {
        stages_of.entry(row.track_id).or_default().push(row.into());
    }
    let mut guides_of: BTreeMap<TrackId, Vec<GuideLink>> = BTreeMap::new();
    for (track, title, document) in guides {
        guides_of.entry(track).or_default().push(GuideLink { title, document });
    }
    let track = |row: TrackRow| Track {
        id: row.track_id,
        slug: row.slug,
        stages: stages_of.remove(&row.track_id).unwrap_or_default(),
        text: TrackText {
            focus: row.focus,
            audience: row.audience,
            description: Html::sanitise(&row.description),
            teaser: row.teaser,
            challenge_intro: Html::sanitise(&row.challenge_intro),
            levels_intro: Html::sanitise(&row.levels_intro),
            notes: row.notes.iter().map(|note| Html::sanitise(note)).collect(),
            guides: guides_of.remove(&row.track_id).unwrap_or_default(),
        },
    };
    Ok(tracks.into_iter().map(track).collect())
}

impl From<StageRow> for Stage {
    fn from(row: StageRow) -> Self {
        let recipe = row.recipe.into_recipe();
        Self { id: row.stage_id, title: row.title, document: row.document_path, recipe }
    }
}

impl RecipeRow {
    fn into_recipe(self) -> Option<Recipe> {
        Some(Recipe {
            format: self.format.as_deref().and_then(Format::from_code)?,
            time_limit: self
                .time_limit_minutes
                .map(|minutes| SignedDuration::from_mins(minutes.into())),
            effort: self.effort,
            agenda: self.agenda.map(|Json(agenda)| agenda).unwrap_or_default(),
            parts: self.parts.unwrap_or_default(),
        })
    }
}

/// The time limit as it is stored.
fn minutes(recipe: &Recipe) -> Option<i32> {
    recipe.time_limit.and_then(|limit| i32::try_from(limit.as_mins()).ok())
}
