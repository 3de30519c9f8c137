//! Where recipes that were edited in the portal and those of a tree part ways. Pure.

use crate::content::import::settings::AgendaItem;
use crate::track::model::{Recipe, in_words};
use crate::track::overview::TrackPlan;

/// A recipe that was edited in the portal, and so stays whatever a tree says.
#[derive(Clone, Debug)]
pub struct Edited {
    /// The slug of its track, and the path of its stage's document.
    pub track: String,
    pub document: String,
    pub recipe: Recipe,
}

/// What a tree that describes `plans` says otherwise, a sentence for each recipe.
pub fn differences(edited: &[Edited], plans: &[TrackPlan]) -> Vec<String> {
    edited.iter().filter_map(|edited| difference(edited, plans)).collect()
}

fn difference(edited: &Edited, plans: &[TrackPlan]) -> Option<String> {
    let track = plans.iter().find(|plan| plan.slug == edited.track)?;
    let stage = track.stages.iter().find(|stage| stage.document == edited.document)?;
    let differs = match &stage.recipe {
        Some(recipe) => fields(&edited.recipe, recipe).join("; "),
        None => "this tree says nothing of it".to_owned(),
    };
    let whose = format!("{}, {}", edited.track, edited.document);
    (!differs.is_empty()).then(|| format!("{whose}: {differs}"))
}

fn fields(ours: &Recipe, theirs: &Recipe) -> Vec<String> {
    let mut differ = Vec::new();
    let mut field = |name: &str, ours: String, theirs: String| {
        if ours != theirs {
            differ.push(format!("{name} is {ours} in the portal, {theirs} in this tree"));
        }
    };
    field("format", ours.format.words().to_owned(), theirs.format.words().to_owned());
    let limit = |recipe: &Recipe| recipe.time_limit.map_or("none".to_owned(), in_words);
    field("time limit", limit(ours), limit(theirs));
    let effort = |recipe: &Recipe| quoted(recipe.effort.as_deref());
    field("effort", effort(ours), effort(theirs));
    let agenda = |recipe: &Recipe| list(recipe.agenda.iter().map(AgendaItem::to_string));
    field("agenda", agenda(ours), agenda(theirs));
    let parts = |recipe: &Recipe| list(recipe.parts.iter().cloned());
    field("parts", parts(ours), parts(theirs));
    differ
}

fn quoted(text: Option<&str>) -> String {
    text.map_or("none".to_owned(), |text| format!("“{text}”"))
}

fn list(items: impl Iterator<Item = String>) -> String {
    let items: Vec<String> = items.collect();
    if items.is_empty() { "none".to_owned() } else { items.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SignedDuration;
    use crate::content::import::settings::Format;

    fn recipe(effort: &str, days: i64) -> Recipe {
        Recipe {
            format: Format::TakeHome,
            time_limit: Some(SignedDuration::from_hours(24 * days)),
            effort: Some(effort.to_owned()),
            agenda: Vec::new(),
            parts: Vec::new(),
        }
    }

    #[test]
    fn only_what_differs_is_told() {
        assert_eq!(fields(&recipe("an evening", 7), &recipe("an evening", 7)), [""; 0]);
        assert_eq!(
            fields(&recipe("an evening", 7), &recipe("3 hours", 5)),
            [
                "time limit is 1 week in the portal, 5 days in this tree",
                "effort is “an evening” in the portal, “3 hours” in this tree"
            ]
        );
    }
}
