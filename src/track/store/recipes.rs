//! What people settle in the portal: how stages are run, and how many positions a track has.

use jiff_sqlx::ToSqlx;
use sqlx::FromRow;
use sqlx::types::Json;

use super::{RecipeRow, minutes};
use crate::audit::store::record;
use crate::audit::{Actor, Event};
use crate::clock::Timestamp;
use crate::content::import::settings::Format;
use crate::content::store as documents;
use crate::db::Tx;
use crate::ids::{StageId, TrackId};
use crate::track::access::MayKeepRecipes;
use crate::track::events;
use crate::track::model::{Attribution, Decides, Settled, StageSettings, Terms};
use crate::web::allowed::Allowed;

#[derive(FromRow)]
struct SettingsRow {
    stage_id: StageId,
    title: String,
    document_path: String,
    track_id: TrackId,
    slug: String,
    track_title: String,
    open_positions: i16,
    attribution: String,
    #[sqlx(flatten)]
    recipe: RecipeRow,
    panel_size: Option<i16>,
    quorum: Option<i16>,
    decides: Option<String>,
    is_blind: Option<bool>,
    start_within_days: Option<i16>,
    answer_within_days: Option<i16>,
    version: Option<i32>,
    edited_at: Option<jiff_sqlx::Timestamp>,
    has_way_back: bool,
}

impl SettingsRow {
    fn terms(&self) -> Option<Terms> {
        let number = |stored: Option<i16>| u16::try_from(stored?).ok();
        Some(Terms {
            panel_size: number(self.panel_size)?,
            quorum: number(self.quorum)?,
            decides: self.decides.as_deref().and_then(Decides::from_code)?,
            is_blind: self.is_blind?,
            start_within_days: number(self.start_within_days)?,
            answer_within_days: number(self.answer_within_days)?,
        })
    }
}

impl From<SettingsRow> for StageSettings {
    fn from(row: SettingsRow) -> Self {
        let terms = row.terms();
        let settled = row.recipe.into_recipe().zip(terms);
        Self {
            stage: row.stage_id,
            title: row.title,
            document: row.document_path,
            track: row.track_id,
            track_slug: row.slug,
            track_title: row.track_title,
            open_positions: row.open_positions.try_into().unwrap_or_default(),
            attribution: Attribution::from_code(&row.attribution).unwrap_or(Attribution::Anonymous),
            settled: settled.map(|(recipe, terms)| Settled { recipe, terms }),
            version: row.version.unwrap_or_default(),
            edited_at: row.edited_at.map(jiff_sqlx::Timestamp::to_jiff),
            has_way_back: row.has_way_back,
        }
    }
}

/// Every present stage in the overview's order, track by track, with what is settled about it.
pub async fn list(tx: &mut Tx) -> Result<Vec<StageSettings>, sqlx::Error> {
    settings(tx, None).await
}

/// One present stage with what is settled about it; `None` where it or its track is retired.
pub async fn find(tx: &mut Tx, stage: StageId) -> Result<Option<StageSettings>, sqlx::Error> {
    Ok(settings(tx, Some(stage)).await?.pop())
}

async fn settings(tx: &mut Tx, only: Option<StageId>) -> Result<Vec<StageSettings>, sqlx::Error> {
    let rows: Vec<SettingsRow> = sqlx::query_as(
        "select s.stage_id, s.title, s.document_path, t.track_id, t.slug,
           case t.audience when '' then t.focus else t.audience end as track_title,
           t.open_positions, t.attribution, r.format, r.time_limit_minutes, r.effort, r.agenda, r.parts,
           r.panel_size, r.quorum, r.decides, r.is_blind, r.start_within_days, r.answer_within_days,
           r.version, r.edited_at, r.of_tree is not null as has_way_back
         from stage s
         join track t using (track_id)
         left join recipe r using (stage_id)
         where s.retired_at is null and t.retired_at is null
           and ($1::uuid is null or s.stage_id = $1)
         order by t.position, t.slug, s.position, s.stage_id",
    )
    .bind(only)
    .fetch_all(tx.connection())
    .await?;
    Ok(rows.into_iter().map(StageSettings::from).collect())
}

/// What became of a recipe that somebody saved.
#[derive(Debug)]
pub enum Saved {
    /// It is so now, or was already.
    Done,
    /// A person or a tree put another one there meanwhile, which stays: here it is.
    Overtaken(Box<StageSettings>),
}

/// Settles how a stage is run, if its recipe still has the version `seen`. Public pages show it within a
/// second, and no tree changes it from then on. `None` where there is no such stage.
pub async fn settle(
    tx: &mut Tx,
    allowed: &Allowed<MayKeepRecipes>,
    (stage, seen): (StageId, i32),
    settled: &Settled,
    now: Timestamp,
) -> Result<Option<Saved>, sqlx::Error> {
    let Some(before) = lock(tx, stage).await? else { return Ok(None) };
    let fields = settled.differs_in(before.settled.as_ref());
    if fields.is_empty() {
        return Ok(Some(Saved::Done));
    }
    // Nothing is lost where a tree has taken away what was seen.
    if before.version != seen && before.settled.is_some() {
        return Ok(Some(Saved::Overtaken(before.into())));
    }
    write(tx, stage, settled, now).await?;
    documents::notify(tx).await?;
    let event = Event::new(events::RECIPE_CHANGED, allowed.by()).about("stage", stage);
    record(tx, event.codes("fields", fields), now).await?;
    Ok(Some(Saved::Done))
}

/// A present stage, which nobody else settles until this transaction ends.
async fn lock(tx: &mut Tx, stage: StageId) -> Result<Option<StageSettings>, sqlx::Error> {
    // Where there is no recipe yet, two who save the first one wait for each other too.
    sqlx::query("select from stage where stage_id = $1 for update")
        .bind(stage)
        .execute(tx.connection())
        .await?;
    find(tx, stage).await
}

/// Goes back to what the present tree says, with the usual terms, if the recipe still has the version
/// `seen`; from then on trees change it again. `None` where there is no such stage, or no way back.
pub async fn take_documents(
    tx: &mut Tx,
    allowed: &Allowed<MayKeepRecipes>,
    (stage, seen): (StageId, i32),
    now: Timestamp,
) -> Result<Option<Saved>, sqlx::Error> {
    let Some(before) = lock(tx, stage).await? else { return Ok(None) };
    if before.edited_at.is_none() {
        return Ok(Some(Saved::Done));
    }
    if before.version != seen {
        return Ok(Some(Saved::Overtaken(before.into())));
    }
    let usual = Terms::of(Format::TakeHome);
    let done = sqlx::query(
        "update recipe r
         set format = t.format,
             time_limit_minutes = t.time_limit_minutes,
             effort = t.effort,
             agenda = t.agenda,
             parts = t.parts,
             panel_size = $2,
             quorum = $3,
             decides = 'votes',
             is_blind = t.format = 'take_home',
             start_within_days = $4,
             answer_within_days = $5,
             edited_at = null,
             of_tree = null,
             version = r.version + 1
         from (
           select o.stage_id, f.*
           from recipe o
           cross join lateral jsonb_to_record(o.of_tree) as f (format text,
             time_limit_minutes integer, effort text, agenda jsonb, parts text[])
           where o.stage_id = $1 and o.of_tree is not null) t
         where r.stage_id = t.stage_id",
    )
    .bind(stage)
    .bind(stored(usual.panel_size))
    .bind(stored(usual.quorum))
    .bind(stored(usual.start_within_days))
    .bind(stored(usual.answer_within_days))
    .execute(tx.connection())
    .await?;
    if done.rows_affected() == 0 {
        return Ok(None);
    }
    let after = find(tx, stage).await?.and_then(|stage| stage.settled);
    let fields = after.map(|after| after.differs_in(before.settled.as_ref())).unwrap_or_default();
    documents::notify(tx).await?;
    let event = Event::new(events::RECIPE_CHANGED, allowed.by()).about("stage", stage);
    record(tx, event.codes("fields", fields).code("how", "documents"), now).await?;
    Ok(Some(Saved::Done))
}

async fn write(
    tx: &mut Tx,
    stage: StageId,
    Settled { recipe, terms }: &Settled,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into recipe as r (stage_id, format, time_limit_minutes, effort, agenda, parts,
           panel_size, quorum, is_blind, start_within_days, answer_within_days, edited_at, decides)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
         on conflict (stage_id) do update
         set format = excluded.format,
             time_limit_minutes = excluded.time_limit_minutes,
             effort = excluded.effort,
             agenda = excluded.agenda,
             parts = excluded.parts,
             panel_size = excluded.panel_size,
             quorum = excluded.quorum,
             is_blind = excluded.is_blind,
             decides = excluded.decides,
             start_within_days = excluded.start_within_days,
             answer_within_days = excluded.answer_within_days,
             of_tree = case when r.edited_at is not null then r.of_tree else
               jsonb_build_object('format', r.format, 'time_limit_minutes', r.time_limit_minutes,
                 'effort', r.effort, 'agenda', r.agenda, 'parts', r.parts) end,
             edited_at = excluded.edited_at,
             version = r.version + 1",
    )
    .bind(stage)
    .bind(recipe.format.code())
    .bind(minutes(recipe))
    .bind(&recipe.effort)
    .bind(Json(&recipe.agenda))
    .bind(&recipe.parts)
    .bind(stored(terms.panel_size))
    .bind(stored(terms.quorum))
    .bind(terms.is_blind)
    .bind(stored(terms.start_within_days))
    .bind(stored(terms.answer_within_days))
    .bind(now.to_sqlx())
    .bind(terms.decides.code())
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// A number as it is stored. One that does not fit is refused there.
fn stored(number: u16) -> i16 {
    i16::try_from(number).unwrap_or(i16::MAX)
}

/// Rises with every change of a recipe that comes with no publication.
pub async fn version(tx: &mut Tx) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("select coalesce(sum(version), 0)::bigint from recipe")
        .fetch_one(tx.connection())
        .await
}

/// Says how many positions a track has. False where there is no such track.
pub async fn set_open_positions(
    tx: &mut Tx,
    allowed: &Allowed<MayKeepRecipes>,
    slug: &str,
    positions: u16,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let present: Option<(TrackId, i16)> = sqlx::query_as(
        "select track_id, open_positions
         from track
         where slug = $1 and retired_at is null
         for update",
    )
    .bind(slug)
    .fetch_optional(tx.connection())
    .await?;
    let Some((track, before)) = present else { return Ok(false) };
    if before == stored(positions) {
        return Ok(true);
    }
    sqlx::query("update track set open_positions = $2 where track_id = $1")
        .bind(track)
        .bind(stored(positions))
        .execute(tx.connection())
        .await?;
    let event = Event::new(events::POSITIONS_CHANGED, allowed.by()).about("track", track);
    let event = event.number("before", before.into()).number("after", positions.into());
    record(tx, event, now).await?;
    Ok(true)
}

/// Takes one off the open positions of a track, where it has any.
pub async fn fill_position(
    tx: &mut Tx,
    track: TrackId,
    by: Actor,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let left: Option<i16> = sqlx::query_scalar(
        "update track
         set open_positions = open_positions - 1
         where track_id = $1 and open_positions > 0
         returning open_positions",
    )
    .bind(track)
    .fetch_optional(tx.connection())
    .await?;
    let Some(left) = left else { return Ok(()) };
    let event = Event::new(events::POSITIONS_CHANGED, by).about("track", track);
    let event = event.number("before", i64::from(left) + 1).number("after", left.into());
    record(tx, event, now).await?;
    Ok(())
}

/// Says whose votes are, once a panel of this track has opened them: of stages that are given from now on. False
/// where there is no such track.
pub async fn set_attribution(
    tx: &mut Tx,
    allowed: &Allowed<MayKeepRecipes>,
    slug: &str,
    attribution: Attribution,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let present: Option<(TrackId, String)> = sqlx::query_as(
        "select track_id, attribution
         from track
         where slug = $1 and retired_at is null
         for update",
    )
    .bind(slug)
    .fetch_optional(tx.connection())
    .await?;
    let Some((track, before)) = present else { return Ok(false) };
    if before == attribution.code() {
        return Ok(true);
    }
    sqlx::query("update track set attribution = $2 where track_id = $1")
        .bind(track)
        .bind(attribution.code())
        .execute(tx.connection())
        .await?;
    let event = Event::new(events::ATTRIBUTION_CHANGED, allowed.by()).about("track", track);
    record(tx, event.code("now", attribution.code()), now).await?;
    Ok(true)
}
