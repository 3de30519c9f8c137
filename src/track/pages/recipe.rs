//! How one stage is run.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;

use crate::clock::{SignedDuration, Timestamp};
use crate::content::import::settings::{AgendaItem, Format};
use crate::db::Db;
use crate::ids::StageId;
use crate::track::access::MayKeepRecipes;
use crate::track::model::{Decides, Recipe, Settled, StageSettings, Terms, in_words};
use crate::track::store::recipes::{self, Saved};
use crate::track::{events, paths, typed};
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::form::Form;
use crate::web::frame::Frame;
use crate::web::html::Html;
use crate::web::layout::Layout;
use crate::web::moment::moment;
use crate::web::now::Now;
use crate::web::page::page;
use crate::web::redirect;

#[derive(Template)]
#[template(path = "track/recipe.html")]
struct RecipePage<'a> {
    layout: Layout<'a>,
    stage: &'a StageSettings,
    action: String,
    form: &'a Form,
    /// When a person last changed it.
    edited: Option<Html>,
    /// What somebody else saved while this was typed, where it differs.
    theirs: Vec<Theirs>,
}

/// One field as somebody else saved it.
struct Theirs {
    label: &'static str,
    lines: Vec<String>,
}

/// What a format means to who chooses it.
fn about(format: Format) -> &'static str {
    match format {
        Format::TakeHome => "Done alone, against a clock that begins with Start.",
        Format::LiveSession => "A scheduled call with an agenda. Never blind: everybody meets.",
        Format::External => "Run by an outside firm, which hands in its assessment.",
    }
}

/// What is settled, field by field, as it is typed.
fn values(Settled { recipe, terms }: &Settled) -> Vec<(&'static str, String)> {
    // A tree may break a line within an item; a form cannot.
    let folded = |item: String| item.split_whitespace().collect::<Vec<_>>().join(" ");
    let agenda: Vec<String> = recipe.agenda.iter().map(AgendaItem::to_string).map(folded).collect();
    let parts: Vec<String> = recipe.parts.iter().cloned().map(folded).collect();
    let mut values = about_terms(terms);
    values.extend([
        ("format", recipe.format.code().to_owned()),
        ("time_limit", recipe.time_limit.map(in_words).unwrap_or_default()),
        ("effort", recipe.effort.clone().unwrap_or_default()),
        ("agenda", agenda.join("\n")),
        ("parts", parts.join("\n")),
    ]);
    values
}

fn about_terms(terms: &Terms) -> Vec<(&'static str, String)> {
    vec![
        ("panel_size", terms.panel_size.to_string()),
        ("quorum", terms.quorum.to_string()),
        (
            "decides",
            if terms.decides == Decides::Assessment { "assessment" } else { "" }.to_owned(),
        ),
        ("blind", if terms.is_blind { "yes" } else { "" }.to_owned()),
        ("start_within", terms.start_within_days.to_string()),
        ("answer_within", terms.answer_within_days.to_string()),
    ]
}

/// The form as the stage stands.
fn filled(stage: &StageSettings) -> Form {
    let values =
        stage.settled.as_ref().map_or_else(|| about_terms(&Terms::of(Format::TakeHome)), values);
    let mut form = Form::filled(values.iter().map(|(name, value)| (*name, value.as_str())));
    form.set("version", stage.version.to_string());
    form
}

/// What the form says, with the version of the recipe it was made from.
fn read(form: &mut Form) -> Option<(i32, Settled)> {
    let version = form.text("version").parse().unwrap_or_default();
    let format = form
        .read("format", |typed| Format::from_code(typed).ok_or("Choose how this stage is taken"));
    let limit = form.read("time_limit", |typed| match typed {
        "" => Ok(None),
        typed => typed::length(typed).map(Some),
    });
    let effort = form.read("effort", typed::short);
    let agenda = form.read("agenda", typed::agenda);
    let parts = form.read("parts", typed::list);
    let start_within_days = form.read("start_within", |typed| typed::number(typed, 1, 90));
    let answer_within_days = form.read("answer_within", |typed| typed::number(typed, 1, 90));
    let decides = match form.has("decides", Decides::Assessment.code()) {
        true => Decides::Assessment,
        false => Decides::Votes,
    };
    if decides == Decides::Assessment && format.is_some_and(|it| it != Format::External) {
        form.refuse("decides", "No firm runs it; take the tick away, or take another format");
    }
    let panel = read_panel(form, decides);
    let is_blind = form.has("blind", "yes");
    if is_blind && format == Some(Format::LiveSession) {
        form.refuse(
            "blind",
            "On a call everybody meets; take the tick away, or take another format",
        );
    }
    if let (Some(format), Some(limit), Some(agenda)) = (format, &limit, &agenda) {
        fit(form, format, *limit, agenda);
    }
    if form.has_errors() {
        return None;
    }
    let (panel_size, quorum) = panel?;
    let (start_within_days, answer_within_days) = (start_within_days?, answer_within_days?);
    let (format, time_limit, effort) = (format?, limit?, effort?);
    let recipe = Recipe { format, time_limit, effort, agenda: agenda?, parts: parts? };
    let terms =
        Terms { panel_size, quorum, decides, is_blind, start_within_days, answer_within_days };
    Some((version, Settled { recipe, terms }))
}

/// The size of the panel and its quorum. Where a firm decides there is none.
fn read_panel(form: &mut Form, decides: Decides) -> Option<(u16, u16)> {
    if decides == Decides::Assessment {
        return Some((0, 0));
    }
    let size = form.read("panel_size", |typed| typed::number(typed, 0, 9))?;
    if size == 0 {
        return Some((0, 0));
    }
    let quorum = form.read("quorum", |typed| match typed::number(typed, 1, 9)? {
        quorum if quorum <= size => Ok(quorum),
        quorum => {
            Err(format!("A panel of {size} cannot have a quorum of {quorum}; use at most {size}"))
        }
    })?;
    Some((size, quorum))
}

/// A clock needs a limit, and an agenda has to add up to it.
fn fit(form: &mut Form, format: Format, limit: Option<SignedDuration>, agenda: &[AgendaItem]) {
    let planned = agenda.iter().map(|item| i64::from(item.minutes)).sum();
    let planned = SignedDuration::from_mins(planned);
    match (format, limit) {
        (Format::TakeHome, None) => {
            form.refuse(
                "time_limit",
                "A take-home runs against a clock; say how long, as in 7 days",
            );
        }
        (Format::LiveSession, None) => {
            form.refuse("time_limit", "Say how long the call is, as in 2 h 30 min");
        }
        (_, Some(limit)) if !agenda.is_empty() && planned != limit => {
            let (planned, limit) = (in_words(planned), in_words(limit));
            form.refuse(
                "agenda",
                format!("These lines add up to {planned}, and the time limit says {limit}"),
            );
        }
        _ => {}
    }
}

fn show_recipe(
    frame: &Frame,
    stage: &StageSettings,
    form: &Form,
    theirs: Vec<Theirs>,
) -> Result<Response, Failure> {
    let zone = &frame.viewer.person().ok_or(Failure::NotFound)?.zone;
    let status = match (form.has_errors(), theirs.is_empty()) {
        (true, _) => StatusCode::UNPROCESSABLE_ENTITY,
        (_, false) => StatusCode::CONFLICT,
        _ => StatusCode::OK,
    };
    let shown = RecipePage {
        layout: frame.layout(format!("Recipe: {}", stage.title)),
        action: paths::recipe(stage.stage),
        edited: stage.edited_at.map(|at| moment(at, zone)),
        stage,
        form,
        theirs,
    };
    page(status, &shown)
}

/// The present stage that an address names.
async fn named(db: &Db, id: &str) -> Result<StageSettings, Failure> {
    let id: StageId = id.parse().map_err(|_| Failure::NotFound)?;
    recipes::find(&mut db.begin_reading().await?, id).await?.ok_or(Failure::NotFound)
}

pub async fn show(
    _: Allowed<MayKeepRecipes>,
    State(db): State<Db>,
    frame: Frame,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let stage = named(&db, &id).await?;
    show_recipe(&frame, &stage, &filled(&stage), Vec::new())
}

pub async fn save(
    allowed: Allowed<MayKeepRecipes>,
    State(db): State<Db>,
    (frame, Now(now)): (Frame, Now),
    Path(id): Path<String>,
    mut form: Form,
) -> Result<Response, Failure> {
    let stage = named(&db, &id).await?;
    if form.has("do", "documents") {
        return take_documents(&allowed, &db, (&frame, now), &stage, &form).await;
    }
    let Some((seen, settled)) = read(&mut form) else {
        return show_recipe(&frame, &stage, &form, Vec::new());
    };
    let mut tx = db.begin().await?;
    let saved = recipes::settle(&mut tx, &allowed, (stage.stage, seen), &settled, now).await?;
    match saved.ok_or(Failure::NotFound)? {
        Saved::Done => {
            let committed = tx.commit().await?;
            Ok(redirect::after(committed, &format!("{}?done=saved", paths::RECIPES)))
        }
        Saved::Overtaken(present) => {
            // Whoever saves again has seen both.
            form.set("version", present.version.to_string());
            let theirs = present.settled.as_ref().map(|saved| differing(saved, &settled));
            show_recipe(&frame, &present, &form, theirs.unwrap_or_default())
        }
    }
}

/// Goes back to what the documents say.
async fn take_documents(
    allowed: &Allowed<MayKeepRecipes>,
    db: &Db,
    (frame, now): (&Frame, Timestamp),
    stage: &StageSettings,
    form: &Form,
) -> Result<Response, Failure> {
    let seen = form.text("version").parse().unwrap_or_default();
    let mut tx = db.begin().await?;
    let taken = recipes::take_documents(&mut tx, allowed, (stage.stage, seen), now).await?;
    match taken.ok_or(Failure::NotFound)? {
        Saved::Done => {
            let committed = tx.commit().await?;
            Ok(redirect::after(committed, &format!("{}?done=documents", paths::RECIPES)))
        }
        Saved::Overtaken(present) => {
            let mut form = filled(&present);
            form.refuse("do", "Somebody changed this recipe meanwhile; look at it, then go back");
            show_recipe(frame, &present, &form, Vec::new())
        }
    }
}

/// The fields of `saved` that `typed` would change.
fn differing(saved: &Settled, typed: &Settled) -> Vec<Theirs> {
    let fields = saved.differs_in(Some(typed));
    let theirs = |(name, value): (&'static str, String)| {
        let label = events::field(name).filter(|_| fields.contains(&name))?;
        let said = match name {
            "format" => saved.recipe.format.words(),
            "blind" | "decides" if value.is_empty() => "no",
            "decides" => "yes",
            _ if value.is_empty() => "nothing",
            _ => &value,
        };
        Some(Theirs { label, lines: said.lines().map(str::to_owned).collect() })
    };
    values(saved).into_iter().filter_map(theirs).collect()
}
