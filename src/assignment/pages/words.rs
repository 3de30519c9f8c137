//! Where an assignment stands, in a sentence.

use jiff::tz::TimeZone;

use crate::assignment::access::MaySeeApplication;
use crate::assignment::application::Assignment;
use crate::assignment::lifecycle::settle;
use crate::assignment::model::{Closing, Phase, REVIVAL, State, UNDO};
use crate::assignment::panel::{counted_from, expected};
use crate::clock::Timestamp;
use crate::content::import::settings::Format;
use crate::web::html::Html;
use crate::web::moment::{day, moment};

/// Who reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    Recruiter,
    /// The hiring manager: nothing from which the candidate's time could be reckoned. When they started and
    /// handed in is theirs to know, so it is the other end that is kept: when it is due, and when it lapsed.
    Manager,
    Candidate,
    /// The candidate of an application that has ended: nothing can be asked for in it any more.
    FormerCandidate,
}

impl Reader {
    /// Whoever may see an application.
    pub fn of(seen: &MaySeeApplication) -> Self {
        if seen.runs_it() { Self::Recruiter } else { Self::Manager }
    }

    fn is_candidate(self) -> bool {
        matches!(self, Self::Candidate | Self::FormerCandidate)
    }
}

/// Where an assignment stands at one instant.
#[derive(Debug)]
pub struct Standing {
    pub state: State,
    pub phase: Phase,
    /// In one word, on a chip.
    pub title: &'static str,
    pub says: Html,
}

impl Standing {
    /// Whether its recruiter can open it once more.
    pub fn can_be_revived(&self, now: Timestamp) -> bool {
        matches!(&self.state, State::Closed { at, why: Closing::Lapsed, .. } if now < *at + REVIVAL)
    }
}

/// Where `it` stands at `now`, with times in `zone`.
pub fn standing(it: &Assignment, reader: Reader, now: Timestamp, zone: &TimeZone) -> Standing {
    let settled = settle(it.format, it.state.clone(), now);
    let state = if reader.is_candidate() { settled.as_told(now) } else { settled };
    let phase = Phase::of(it.format, &state, now);
    let says = says(it, (&state, phase), reader, (now, zone));
    Standing { title: title(it, phase, reader), state, phase, says }
}

/// `phase` in one word. Nobody votes where nobody sits on the panel yet.
fn title(it: &Assignment, phase: Phase, reader: Reader) -> &'static str {
    let to_candidate = reader.is_candidate();
    match (phase, it.format) {
        (Phase::Assigned, Format::LiveSession) => "No time yet",
        (Phase::Assigned, Format::External) => "Not begun",
        (Phase::InProgress, Format::External) => "With the firm",
        (Phase::Waiting | Phase::Voting | Phase::Opened, _) if to_candidate => "With us",
        (Phase::Voting, _) if it.awaits_assessment => "With the firm",
        (Phase::Voting, _) if it.panel.size == 0 => "To be decided",
        (Phase::Voting, _) if !it.is_seated => "Waits for a panel",
        _ => phase.title(),
    }
}

/// By when a stage of this format has to begin, as the label of a field.
pub fn begin_by(format: Format) -> &'static str {
    match format {
        Format::TakeHome => "Start by",
        Format::LiveSession => "Take place by",
        Format::External => "With the firm by",
    }
}

/// What moving that day is called.
pub fn move_begin_by(format: Format) -> &'static str {
    match format {
        Format::TakeHome => "Move the day to start by",
        Format::LiveSession => "Move the day by which it takes place",
        Format::External => "Move the day by which the firm has it",
    }
}

/// That the work is here, and since when.
fn came(format: Format, at: &str) -> String {
    match format {
        Format::TakeHome => format!("Handed in on {at}"),
        Format::LiveSession => format!("Took place on {at}"),
        Format::External => format!("What was found came in on {at}"),
    }
}

/// Where an assignment stands for its panel: before Start the last day on which its work can be here, then
/// none until the hand-in, and never when it was begun, since that would tell how much time a candidate has.
pub fn panel_says(it: &Assignment, settled: &State, phase: Phase, zone: &TimeZone) -> Html {
    let days = it.panel.answer_within_days;
    let days = format!("{days} working day{}", if days == 1 { "" } else { "s" });
    let from = counted_from(it.format);
    let here = match it.format {
        Format::TakeHome => "It was handed in.",
        Format::LiveSession => "The session took place.",
        Format::External => "What was found is here.",
    };
    Html::own(match phase {
        Phase::Assigned | Phase::InProgress | Phase::Waiting => match expected(settled, it.usual) {
            Some(at) => {
                let by = day(at, zone);
                format!("Work is here by {by} at the latest. {from} you have {days}.")
            }
            None => format!("{from} you have {days}."),
        },
        Phase::Submitted => "It was handed in, and is not final yet.".to_owned(),
        Phase::Voting => format!("{here} The panel is voting."),
        Phase::Opened => "The votes are open.".to_owned(),
        Phase::Decided => "It was decided.".to_owned(),
        _ => "It has ended, and nothing is left for you to do.".to_owned(),
    })
}

/// What is done about work that is final, as staff read it.
fn panel_does(it: &Assignment) -> &'static str {
    match (it.panel.size, it.is_seated) {
        (0, _) => "It has no panel, and waits for a decision.",
        (_, true) => "The panel is voting.",
        (_, false) => "Nobody on its panel has accepted yet.",
    }
}

fn says(
    it: &Assignment,
    (state, phase): (&State, Phase),
    reader: Reader,
    (now, zone): (Timestamp, &TimeZone),
) -> Html {
    let at = |at: Timestamp| moment(at, zone).as_str().to_owned();
    let to_candidate = reader.is_candidate();
    let goes_on = reader == Reader::Candidate;
    let to_manager = reader == Reader::Manager;
    if let Some(fix) = it.open_fix(now) {
        match phase {
            Phase::Voting | Phase::Opened if goes_on => {
                return Html::own(format!(
                    "The panel asks for a fix of what does not build or run. You can hand it in until {}.",
                    at(fix.due)
                ));
            }
            Phase::Voting if !to_candidate => {
                let until = at(fix.due);
                let does = panel_does(it);
                return Html::own(format!("A fix was asked for, until {until}. {does}"));
            }
            _ => {}
        }
    }
    Html::own(match state {
        State::Assigned { start_by } => match (it.format, start_by) {
            (Format::TakeHome, Some(by)) if to_candidate => {
                format!("Nothing runs until you press Start. Start by {}.", at(*by))
            }
            (Format::TakeHome, None) if to_candidate => {
                "Nothing runs until you press Start.".to_owned()
            }
            (Format::LiveSession, by) if to_candidate => match by {
                Some(by) => {
                    format!("No time is set yet. It takes place by {} at the latest.", at(*by))
                }
                None => "Your recruiter finds a time with you.".to_owned(),
            },
            (Format::External, by) if to_candidate => match by {
                Some(by) => format!(
                    "An outside firm runs this with you, and will be in touch by {}.",
                    at(*by)
                ),
                None => "An outside firm runs this with you, and will be in touch.".to_owned(),
            },
            (Format::TakeHome, Some(by)) => format!("To be started by {}.", at(*by)),
            (Format::TakeHome, None) => "To be started by the candidate.".to_owned(),
            (Format::LiveSession, Some(by)) => {
                format!("A time has to be found. It has to take place by {}.", at(*by))
            }
            (Format::LiveSession, None) => "A time has to be found.".to_owned(),
            (Format::External, Some(by)) => format!("To be handed to the firm by {}.", at(*by)),
            (Format::External, None) => "To be handed to the firm.".to_owned(),
        },
        State::InProgress(run) if phase == Phase::Waiting => {
            let since = run.waits_from.map(at).unwrap_or_default();
            match to_candidate {
                true => format!("You are waiting for us since {since}; your due date moves."),
                false => format!("The candidate waits for us since {since}; the clock stands."),
            }
        }
        State::InProgress(_) if to_manager => match it.format {
            Format::TakeHome => "The candidate works on it.".to_owned(),
            Format::LiveSession => "The session has begun.".to_owned(),
            Format::External => "It is with the firm.".to_owned(),
        },
        State::InProgress(run) => match run.due {
            Some(due) => format!("Due on {}.", at(due)),
            None => "No date is set; keep in touch.".to_owned(),
        },
        // Its clock handed it in, when it was due.
        State::Submitted { run, at: when }
            if to_manager && run.cutoff(it.format) == Some(*when) =>
        {
            let came = match it.format {
                Format::LiveSession => "The session took place.",
                Format::TakeHome | Format::External => "What was received in time is handed in.",
            };
            format!("{came} {}", panel_does(it))
        }
        State::Submitted { at: when, .. } if it.awaits_assessment => match to_candidate {
            true => format!("Handed in on {}. The firm assesses it.", at(*when)),
            false => format!("Handed in on {}. The firm’s assessment is awaited.", at(*when)),
        },
        State::Submitted { at: when, .. } => match (phase, state.final_at(it.format)) {
            (Phase::Submitted, _) if to_manager => {
                format!("Handed in on {}, and not final yet.", at(*when))
            }
            (Phase::Submitted, Some(last)) if to_candidate => {
                format!("Handed in on {}. You can take it back until {}.", at(*when), at(last))
            }
            (Phase::Submitted, Some(last)) => {
                format!("Handed in on {}; final from {} on.", at(*when), at(last))
            }
            _ if to_candidate && it.is_seated => {
                format!("{}. The panel looks at it.", came(it.format, &at(*when)))
            }
            _ if to_candidate => format!("{}. It is with us.", came(it.format, &at(*when))),
            _ => format!("{}. {}", came(it.format, &at(*when)), panel_does(it)),
        },
        State::Opened { at: when, .. } => match to_candidate {
            true if goes_on => "The panel has looked at it; the decision comes next.".to_owned(),
            true => "The panel has looked at it.".to_owned(),
            false => format!("The votes are open since {}.", at(*when)),
        },
        State::Decided { at: when, .. } if to_candidate => format!("Decided on {}.", at(*when)),
        State::Decided { at: when, told_at, .. } => {
            let decided = format!("Decided on {}", at(*when));
            match told_at {
                None => format!("{decided}. The candidate has not been told."),
                Some(told) if *told > now => {
                    format!("{decided}. The candidate reads it on {}.", at(*told))
                }
                Some(told) => format!("{decided}; the candidate was told on {}.", at(*told)),
            }
        }
        State::Closed { at: when, why, before } => match why {
            Closing::Withdrawn if goes_on => format!(
                "You withdrew on {}. You can undo it until {}.",
                at(*when),
                at(*when + UNDO)
            ),
            Closing::Withdrawn if to_candidate => format!("You withdrew on {}.", at(*when)),
            Closing::Withdrawn => format!("Withdrawn by the candidate on {}.", at(*when)),
            Closing::Cancelled => format!("Cancelled on {}.", at(*when)),
            Closing::Lapsed if to_candidate && !goes_on => {
                format!("Its time was over on {}.", at(*when))
            }
            Closing::Lapsed if to_candidate => format!(
                "Its time was over on {}. Answer to your recruiter if you would like to go on.",
                at(*when)
            ),
            Closing::Lapsed if to_manager && before.is_begun() => {
                "Lapsed: nothing was received in time.".to_owned()
            }
            Closing::Lapsed => format!("Lapsed on {}: nothing was received.", at(*when)),
            Closing::EndedEarly => format!("Ended early on {}.", at(*when)),
            Closing::NotHeld(absence) => match (to_candidate, absence.is_ours()) {
                (true, true) => {
                    format!("It did not take place, and that was on our side ({}).", at(*when))
                }
                (true, false) if !goes_on => {
                    format!("It did not take place: we did not meet you ({}).", at(*when))
                }
                (true, false) => format!(
                    "It did not take place: we did not meet you ({}). Answer to your recruiter if you \
                     would like another time.",
                    at(*when)
                ),
                (false, _) => {
                    format!("Not held, {}: {}.", at(*when), absence.title().to_lowercase())
                }
            },
        },
    })
}
