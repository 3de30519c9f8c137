//! What a member keeps for themselves, on the page of the work: the checklist of the level, and notes.

use jiff::tz::TimeZone;

use crate::review::checklist::{self, Check, Kept, Mark, Notes, Requirement};
use crate::submission::questions::Key;
use crate::web::form::Form;
use crate::web::html::Html;
use crate::web::moment::moment;

/// Notes as the page shows them.
pub(super) struct Beside<'a> {
    pub form: &'a Form,
    pub groups: Vec<Group>,
    /// When they were kept last.
    pub saved: Option<Html>,
    /// What is kept, where it is another than what was typed.
    pub others: Vec<(String, String)>,
    pub action: String,
}

/// Requirements that stand together.
pub(super) struct Group {
    pub title: String,
    pub lines: Vec<Line>,
}

/// A requirement with the fields that are kept beside it.
pub(super) struct Line {
    pub id: String,
    pub html: Html,
    /// The name of the field of its mark, and what can be chosen there.
    pub mark: String,
    pub choices: [Choice; 3],
    pub line: String,
}

/// One way in which a requirement is met.
pub(super) struct Choice {
    pub code: &'static str,
    pub title: &'static str,
    pub is_chosen: bool,
}

fn mark_field(key: Key) -> String {
    format!("mark-{key}")
}

fn line_field(key: Key) -> String {
    format!("line-{key}")
}

fn place(key: Key) -> String {
    format!("Level {}, requirement {}", key.level, key.number)
}

/// `kept` beside the requirements of the level; `typed` is the form as it was sent, where it was not taken.
pub(super) fn beside<'a>(
    form: &'a Form,
    (kept, requirements): (&Kept, &[Requirement]),
    action: String,
    zone: &TimeZone,
) -> Beside<'a> {
    let mut groups: Vec<Group> = Vec::new();
    for Requirement { key, title, html } in requirements {
        let line = Line {
            id: format!("asks-{key}"),
            html: html.clone(),
            mark: mark_field(*key),
            choices: [Some(Mark::Met), Some(Mark::NotMet), None].map(|mark| Choice {
                code: mark.map(Mark::code).unwrap_or_default(),
                title: Mark::title(mark),
                is_chosen: typed_check(form, *key).mark == mark,
            }),
            line: line_field(*key),
        };
        match groups.last_mut() {
            Some(group) if group.title == *title => group.lines.push(line),
            _ => groups.push(Group { title: title.clone(), lines: vec![line] }),
        }
    }
    Beside {
        form,
        groups,
        saved: kept.saved_at.map(|at| moment(at, zone)),
        others: Vec::new(),
        action,
    }
}

impl Beside<'_> {
    /// With what is kept where that is another than what was typed.
    #[must_use]
    pub(super) fn against(mut self, kept: &Kept, requirements: &[Requirement]) -> Self {
        let (form, kept) = (self.form, &kept.notes);
        if form.text("notes") != kept.text {
            self.others.push(("Notes".to_owned(), kept.text.clone()));
        }
        for Requirement { key, .. } in requirements {
            let check = kept.checks.get(key).cloned().unwrap_or_default();
            if typed_check(form, *key) != check {
                let says = format!("{}. {}", Mark::title(check.mark), check.line);
                self.others.push((place(*key), says.trim_end().to_owned()));
            }
        }
        self
    }
}

/// The form with what is kept in it.
pub(super) fn filled(kept: &Kept) -> Form {
    let mut form = Form::default();
    form.set("version", kept.version.to_string());
    form.set("notes", kept.notes.text.clone());
    for (key, check) in &kept.notes.checks {
        form.set(&mark_field(*key), check.mark.map(Mark::code).unwrap_or_default());
        form.set(&line_field(*key), check.line.clone());
    }
    form
}

fn typed_check(form: &Form, key: Key) -> Check {
    let line = form.text(&line_field(key)).to_owned();
    Check { mark: Mark::from_code(form.text(&mark_field(key))), line }
}

/// What was typed, over what is kept beside requirements that the page did not show.
pub(super) fn typed(form: &mut Form, kept: &Kept) -> Option<Notes> {
    let text = form.read("notes", checklist::notes);
    let mut checks = kept.notes.checks.clone();
    let named = form.fields().filter_map(|(name, _)| name.strip_prefix("line-")?.parse().ok());
    let keys: Vec<Key> = named.collect();
    for key in keys {
        let check = typed_check(form, key);
        if let Err(message) = checklist::line(&check.line) {
            form.refuse("checks", format!("{}: {message}", place(key)));
        }
        if check.is_empty() {
            checks.remove(&key)
        } else {
            checks.insert(key, check)
        };
    }
    let text = text?;
    (!form.has_errors()).then_some(Notes { text, checks })
}
