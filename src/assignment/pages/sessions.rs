//! What a recruiter says of live sessions and external stages, as typed.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::give::read_day;
use crate::assignment::application::{Assignment, reason};
use crate::assignment::deeds::Deed;
use crate::assignment::model::{Absence, Phase};
use crate::clock::{SignedDuration, Timestamp};
use crate::content::import::settings::Format;
use crate::track::model::StageSettings;
use crate::web::form::Form;

/// Days until which to keep in touch with a firm, where nobody says otherwise.
pub(super) const KEEP_IN_TOUCH: SignedDuration = SignedDuration::from_hours(5 * 24);
/// How long a session lasts that has no agenda.
const SESSION: SignedDuration = SignedDuration::from_hours(1);

/// What can be said of it now.
#[derive(Clone, Copy, Default)]
pub(super) struct CanSay {
    pub held: bool,
    /// Nobody has said yet when it began.
    pub held_begins: bool,
    pub not_held: bool,
    pub hand_to_firm: bool,
    pub report: bool,
}

impl CanSay {
    pub(super) fn of(it: &Assignment, phase: Phase) -> Self {
        let is_live = it.format == Format::LiveSession;
        let is_external = it.format == Format::External;
        let is_ahead = matches!(phase, Phase::Assigned | Phase::InProgress);
        Self {
            held: is_live && is_ahead,
            held_begins: phase == Phase::Assigned,
            not_held: is_live && (is_ahead || phase == Phase::Voting),
            hand_to_firm: is_external && phase == Phase::Assigned,
            // Where it decides, it has to be here, and not only said to be.
            report: is_external
                && matches!(phase, Phase::InProgress | Phase::Waiting)
                && !it.awaits_assessment,
        }
    }
}

/// How long a session of this stage lasts.
pub(super) fn lasts(stage: Option<&StageSettings>) -> SignedDuration {
    let agenda = stage.and_then(|stage| stage.settled.as_ref()).map(|it| &it.recipe.agenda);
    let minutes: i64 = agenda.into_iter().flatten().map(|item| i64::from(item.minutes)).sum();
    if minutes == 0 { SESSION } else { SignedDuration::from_mins(minutes) }
}

/// What the form says; `None` where it says nothing of this kind, or it cannot be taken.
pub(super) fn read(
    form: &mut Form,
    it: &Assignment,
    (own, theirs): (&TimeZone, &TimeZone),
    (lasts, now): (SignedDuration, Timestamp),
) -> Option<Deed> {
    match form.text("do") {
        "held" => {
            // A session that has begun in the portal ends now, whatever is typed.
            let is_ahead = CanSay::of(it, Phase::of(it.format, &it.state, now)).held_begins;
            if !is_ahead && form.text("began").is_empty() {
                return Some(Deed::Held { began: None, ended: now });
            }
            let began = form.read("began", |typed| read_past(typed, own, (it.assigned_at, now)))?;
            let ended = if is_ahead { now.min(began + lasts) } else { now };
            Some(Deed::Held { began: Some(began), ended })
        }
        "not-held" => {
            let absence = form.read("absent", |typed| {
                Absence::from_code(typed).ok_or("Choose why it did not take place")
            });
            let reason = form.read("missed", reason);
            Some(Deed::NotHeld { absence: absence?, reason: reason? })
        }
        "hand-to-firm" => {
            let by = form.read("touch", |typed| match typed {
                "" => Ok(None),
                typed => read_day(typed, theirs, now).map(Some),
            });
            let firm = form.read("firm", |typed| match typed {
                "" => Ok(None),
                typed => typed.parse().map(Some).map_err(|_| "Choose somebody of a firm"),
            });
            Some(Deed::HandToFirm { keep_in_touch_by: by?, firm: firm? })
        }
        "report" => Some(Deed::Report),
        _ => None,
    }
}

/// When something began, after it was given and before now.
fn read_past(
    typed: &str,
    zone: &TimeZone,
    (given, now): (Timestamp, Timestamp),
) -> Result<Timestamp, &'static str> {
    let at: DateTime = typed.parse().map_err(|_| "Say when it began, as 2026-12-31T14:00")?;
    let at = at.to_zoned(zone.clone()).map_err(|_| "Choose a day in this century")?.timestamp();
    match at {
        at if at >= now => Err("This lies ahead; say so once it has taken place"),
        at if at < given => Err("The stage was not given yet by then"),
        at => Ok(at),
    }
}
