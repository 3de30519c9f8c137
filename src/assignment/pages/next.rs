//! What is proposed to come next, as staff see it: to be given by its recruiter with one press.

use jiff::tz::TimeZone;

use super::count;
use super::give::day_to_begin;
use super::words::begin_by;
use crate::assignment::access::MaySeeApplication;
use crate::assignment::application::Application;
use crate::assignment::next::{From, Stands, Stood, What, next};
use crate::assignment::paths;
use crate::assignment::store::prospects;
use crate::assignment::store::shown::{Shown, Step};
use crate::calendar::WorkingDays;
use crate::clock::Timestamp;
use crate::content::import::settings::Format;
use crate::db::Tx;
use crate::ids::StageId;
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::html::Html;
use crate::web::moment::{day, moment};

/// What comes next.
#[derive(Debug)]
pub struct Proposed {
    /// None where the path is at its end, and an offer comes.
    pub stage: Option<Stage>,
    /// Where that is handed over.
    pub offer: String,
    /// Why it cannot be given yet.
    pub not_yet: Option<Html>,
}

/// A stage, as it would be given.
#[derive(Debug)]
pub struct Stage {
    pub id: StageId,
    pub title: String,
    pub level: u8,
    /// What its day is for, and the day: as it is read, and as it is sent.
    pub begin_by: &'static str,
    pub day: Html,
    pub by: String,
    /// Who is asked: their account and name. Empty where too few are free, and the panel is made later.
    pub panel: Vec<(String, String)>,
    pub has_panel: bool,
    /// That it was passed before, and where it is counted instead.
    pub counts: Option<(Html, String)>,
    /// Where it is given as proposed, and where it is changed first.
    pub give: String,
    pub change: String,
}

/// The path, as far as what comes next depends on it.
fn stood(path: &[Step], now: Timestamp) -> Vec<Stood> {
    let stands = |step: &Step| {
        let last = step.given.last().map(|one| &one.assignment);
        match &step.counted {
            Some(_) => Stands::Counted,
            None => last.map_or(Stands::NotGiven, |it| Stands::of(it.format, &it.state, now)),
        }
    };
    let stood = |step: &Step| Stood {
        stage: step.stage,
        is_present: step.is_present,
        stands: stands(step),
    };
    path.iter().map(stood).collect()
}

/// What comes next in an application that is open.
pub async fn proposed(
    tx: &mut Tx,
    seen: &Allowed<MaySeeApplication>,
    shown: &Shown,
    (now, zone): (Timestamp, &TimeZone),
) -> Result<Option<Proposed>, Failure> {
    let it = &shown.application;
    let Some(next) = next(&stood(&shown.path, now), now).filter(|_| it.closed.is_none()) else {
        return Ok(None);
    };
    let (not_yet, from) = match next.from {
        From::Now => (None, now),
        From::At(at) => {
            let at_ = moment(at, zone);
            let says = format!("It comes from {} on, once they are told.", at_.as_str());
            (Some(Html::own(says)), at)
        }
        From::LetGo => {
            let says = "It comes once the hiring manager lets the decision go.";
            (Some(Html::own(says.to_owned())), now)
        }
    };
    let stage = match next.what {
        What::Offer => None,
        What::Stage(id) => match shown.path.iter().find(|step| step.stage == id) {
            Some(step) => {
                let stage = stage(tx, seen, (it, step, &shown.days), (from, now)).await?;
                let counts = step.counts.as_ref();
                let counts = counts.map(|pass| (count::counts(pass, zone), paths::count(it.id)));
                Some(Stage { counts, ..stage })
            }
            None => return Ok(None),
        },
    };
    Ok(Some(Proposed { stage, offer: paths::offer(it.id), not_yet }))
}

/// `step`, as its recipe and whoever is free say, for a candidate who has it at `from`.
async fn stage(
    tx: &mut Tx,
    seen: &Allowed<MaySeeApplication>,
    (it, step, days): (&Application, &Step, &WorkingDays),
    (from, now): (Timestamp, Timestamp),
) -> Result<Stage, Failure> {
    let terms = step.terms;
    let theirs = TimeZone::get(&it.zone).unwrap_or(TimeZone::UTC);
    let (size, quorum) = terms.map_or((0, 0), |terms| (terms.panel_size, terms.quorum));
    let mut panel = Vec::new();
    if size > 0 {
        let new = (step.stage, it.level);
        let choice = prospects::choice_for(tx, seen, new, size.into(), now).await?;
        let name = |id| choice.prospects.iter().find(|one| one.account == id);
        let asked = choice.proposed.iter().filter_map(|id| name(*id));
        panel = asked.map(|one| (one.account.to_string(), one.name.clone())).collect();
    }
    if panel.len() < usize::from(quorum) {
        panel.clear();
    }
    let within = terms.map(|terms| terms.start_within_days);
    let by = day_to_begin(from, within, (theirs.clone(), days));
    let change = format!("{}?stage={}", paths::give(it.id), step.stage);
    Ok(Stage {
        id: step.stage,
        title: step.title.clone(),
        level: it.level.number(),
        begin_by: begin_by(terms.map_or(Format::TakeHome, |terms| terms.format)),
        day: day(by.timestamp(), &theirs),
        by: by.date().to_string(),
        panel,
        has_panel: size > 0,
        counts: None,
        give: paths::give(it.id),
        change,
    })
}
