//! `content.toml`: what a tree's keeper says about it that its documents do not.
//!
//! Pure: text in, settings out, every complaint with its line.

use std::collections::BTreeMap;
use std::fmt;

use jiff::SignedDuration;
use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue};
use unicode_normalization::UnicodeNormalization;

use crate::content::levels::Rule;
use crate::content::model::{DocPath, Finding, Kind, Refused, SETTINGS_FILE, Tree};

/// Where the public original of such a tree lies, when `content.toml` does not say.
const UPSTREAM: &str = "https://github.com/gravitational/careers";
/// What the site is called, when neither `content.toml` nor an organisation says.
pub const TITLE: &str = "Teleport Cloud interviews";

/// The settings of one tree, defaults filled in.
#[derive(Debug)]
pub struct Settings {
    /// The document named as overview, if one is.
    pub overview: Option<DocPath>,
    /// The address of the public repository whose absolute links become local ones.
    pub upstream: String,
    /// What the site is called, in the bar and in page titles, where the tree says so.
    pub title: Option<String>,
    /// The first line of the overview page.
    pub headline: Option<String>,
    /// Where open positions are listed, and one applies.
    pub positions: Option<Address>,
    /// Where questions go from those who have not been invited.
    pub contact: Option<Address>,
    pub documents: BTreeMap<DocPath, DocumentSettings>,
    /// Keyed by the slug a track would have without this entry.
    pub tracks: BTreeMap<String, TrackSettings>,
    pub level_guides: Vec<LevelGuideSettings>,
    pub recipes: Vec<RecipeSettings>,
}

/// A web or mail address that pages link to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address(String);

impl Address {
    fn parse(text: &str) -> Option<Self> {
        let web = text.strip_prefix("https://").filter(|host| host.contains('.'));
        let mail = text.strip_prefix("mailto:").filter(|mail| mail.contains('@'));
        let fits = web.or(mail).is_some() && !text.contains(|c: char| c.is_whitespace());
        fits.then(|| Self(text.to_owned()))
    }

    pub fn href(&self) -> &str {
        &self.0
    }

    /// The address as people say it.
    pub fn shown(&self) -> &str {
        let text = self.0.trim_start_matches("https://").trim_start_matches("mailto:");
        text.trim_end_matches('/')
    }
}

/// What is said about one document.
#[derive(Clone, Debug, Default)]
pub struct DocumentSettings {
    pub title: Option<String>,
    pub levels: Option<Rule>,
}

/// What is said about one track.
#[derive(Clone, Debug)]
pub struct TrackSettings {
    pub line: u32,
    pub slug: Option<String>,
    pub title: Option<String>,
}

/// A PDF and the Markdown document that holds the same matrix.
#[derive(Clone, Debug)]
pub struct LevelGuideSettings {
    pub document: DocPath,
    pub pdf: DocPath,
}

/// How a stage is run, as long as nobody edits its recipe in the portal.
#[derive(Clone, Debug)]
pub struct RecipeSettings {
    pub line: u32,
    pub track: String,
    pub document: DocPath,
    pub format: Format,
    pub time_limit: Option<SignedDuration>,
    pub effort: Option<String>,
    pub agenda: Vec<AgendaItem>,
    pub parts: Vec<String>,
}

/// How a stage is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Alone, against a clock.
    TakeHome,
    /// A scheduled call with an agenda.
    LiveSession,
    /// Run by an outside firm.
    External,
}

impl Format {
    pub const ALL: [Self; 3] = [Self::TakeHome, Self::LiveSession, Self::External];

    /// Its name in the database and in `content.toml`.
    pub fn code(self) -> &'static str {
        match self {
            Self::TakeHome => "take_home",
            Self::LiveSession => "live_session",
            Self::External => "external",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.code() == code)
    }

    /// As people say it.
    pub fn words(self) -> &'static str {
        match self {
            Self::TakeHome => "Take-home",
            Self::LiveSession => "Live session",
            Self::External => "With an outside firm",
        }
    }
}

/// One entry of a live session's agenda.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct AgendaItem {
    pub minutes: u16,
    pub what: String,
}

impl fmt::Display for AgendaItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} min {}", self.minutes, self.what)
    }
}

impl Settings {
    /// The settings of `tree`; defaults where it has no `content.toml`.
    ///
    /// # Errors
    /// The text is no TOML, has an unknown key, or names a document the tree does not have.
    pub fn of(tree: &Tree) -> Result<Self, Refused> {
        let text = tree.settings_text().unwrap_or_default();
        let file: File = toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            Refused::because(Finding::new(SETTINGS_FILE, line_at(text, at), error.message().trim()))
        })?;
        let problems = unfit(text);
        if !problems.is_empty() {
            return Err(Refused(problems));
        }
        file.check(tree, text)
    }
}

/// The most characters of one text in the settings.
const LONGEST: usize = 1_000;

/// The texts of the settings, keys included, that are too long or hold what cannot be shown.
fn unfit(text: &str) -> Vec<Finding> {
    let mut problems = Vec::new();
    let mut judge = |value: &str, at: usize| {
        let held = value.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\t'));
        let message = match held {
            Some(held) => format!("holds the control character {}", held.escape_unicode()),
            None if value.chars().count() > LONGEST => {
                format!("this text is longer than {LONGEST} characters")
            }
            None => return,
        };
        problems.push(Finding::new(SETTINGS_FILE, line_at(text, at), message));
    };
    let Ok(table) = DeTable::parse(text) else { return Vec::new() };
    let mut tables = vec![table.into_inner()];
    let mut values = Vec::new();
    while let Some(table) = tables.pop() {
        for (key, value) in table {
            judge(key.get_ref(), key.span().start);
            values.push(value);
        }
        while let Some(value) = values.pop() {
            let at = value.span().start;
            match value.into_inner() {
                DeValue::String(text) => judge(&text, at),
                DeValue::Array(inner) => values.extend(inner),
                DeValue::Table(inner) => tables.push(inner),
                _ => {}
            }
        }
    }
    problems.sort();
    problems
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    overview: Option<Spanned<String>>,
    upstream: Option<Spanned<String>>,
    title: Option<Spanned<String>>,
    headline: Option<Spanned<String>>,
    positions: Option<Spanned<String>>,
    contact: Option<Spanned<String>>,
    #[serde(default)]
    documents: BTreeMap<Spanned<String>, FileDocument>,
    #[serde(default)]
    tracks: BTreeMap<Spanned<String>, FileTrack>,
    #[serde(default)]
    level_guides: Vec<FileLevelGuide>,
    #[serde(default)]
    recipes: Vec<FileRecipe>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileDocument {
    title: Option<Spanned<String>>,
    levels: Option<Rule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileTrack {
    slug: Option<Spanned<String>>,
    title: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileLevelGuide {
    document: Spanned<String>,
    pdf: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileRecipe {
    track: Spanned<String>,
    document: Spanned<String>,
    format: Format,
    time_limit: Option<Spanned<String>>,
    effort: Option<String>,
    #[serde(default)]
    agenda: Vec<AgendaItem>,
    #[serde(default)]
    parts: Vec<String>,
}

impl File {
    fn check(self, tree: &Tree, text: &str) -> Result<Settings, Refused> {
        let mut check = Check { tree, text, problems: Vec::new() };
        let overview = self.overview.and_then(|path| check.of_kind(&path, Kind::Markdown));
        let upstream =
            self.upstream.map_or(UPSTREAM.to_owned(), |address| check.upstream(&address));
        let documents = (self.documents.into_iter())
            .filter_map(|(path, said)| {
                let path = check.document(&path)?;
                let title = said.title.map(|title| check.words(title));
                Some((path, DocumentSettings { title, levels: said.levels }))
            })
            .collect();
        let tracks = (self.tracks.into_iter())
            .map(|(slug, said)| {
                let line = check.line(&slug);
                let renamed = said.slug.and_then(|renamed| check.slug(&renamed));
                let title = said.title.map(|title| check.words(title));
                (slug.into_inner(), TrackSettings { line, slug: renamed, title })
            })
            .collect();
        let level_guides = (self.level_guides.into_iter())
            .filter_map(|pair| {
                let document = check.of_kind(&pair.document, Kind::Markdown);
                let pdf = check.of_kind(&pair.pdf, Kind::Pdf);
                Some(LevelGuideSettings { document: document?, pdf: pdf? })
            })
            .collect();
        let recipes = (self.recipes.into_iter())
            .filter_map(|recipe| {
                Some(RecipeSettings {
                    line: check.line(&recipe.track),
                    document: check.document(&recipe.document)?,
                    track: recipe.track.into_inner(),
                    format: recipe.format,
                    time_limit: check.time_limit(recipe.time_limit.as_ref(), &recipe.agenda),
                    effort: recipe.effort,
                    agenda: recipe.agenda,
                    parts: recipe.parts,
                })
            })
            .collect();
        let title = self.title.map(|title| check.words(title));
        let headline = self.headline.map(|headline| check.words(headline));
        let positions = self.positions.and_then(|address| check.address(&address));
        let contact = self.contact.and_then(|address| check.address(&address));
        if !check.problems.is_empty() {
            return Err(Refused(check.problems));
        }
        Ok(Settings {
            overview,
            upstream,
            title,
            headline,
            positions,
            contact,
            documents,
            tracks,
            level_guides,
            recipes,
        })
    }
}

/// Collects every complaint of one file, so that its keeper sees all of them at once.
struct Check<'a> {
    tree: &'a Tree,
    text: &'a str,
    problems: Vec<Finding>,
}

impl Check<'_> {
    fn line<T>(&self, value: &Spanned<T>) -> u32 {
        line_at(self.text, value.span().start)
    }

    fn problem<T>(&mut self, value: &Spanned<T>, message: String) {
        self.problems.push(Finding::new(SETTINGS_FILE, self.line(value), message));
    }

    fn document(&mut self, path: &Spanned<String>) -> Option<DocPath> {
        let named = path.get_ref();
        let plain: String = named.nfc().collect();
        let found = DocPath::parse(&plain).filter(|path| self.tree.get(path).is_some());
        if found.is_none() {
            self.problem(path, format!("names {named:?}, but the tree has no such document"));
        }
        found
    }

    /// A document of this kind.
    fn of_kind(&mut self, path: &Spanned<String>, kind: Kind) -> Option<DocPath> {
        let found = self.document(path)?;
        if Kind::of(&found) == Some(kind) {
            return Some(found);
        }
        let what = if kind == Kind::Pdf { "PDF" } else { "Markdown document" };
        self.problem(path, format!("names {found}, which is no {what}"));
        None
    }

    fn upstream(&mut self, address: &Spanned<String>) -> String {
        if !address.get_ref().starts_with("https://") {
            self.problem(address, "upstream has to begin with https://".to_owned());
        }
        address.get_ref().trim_end_matches('/').to_owned()
    }

    fn address(&mut self, address: &Spanned<String>) -> Option<Address> {
        let parsed = Address::parse(address.get_ref());
        if parsed.is_none() {
            let message = format!("{:?}: write https://… or mailto:…", address.get_ref());
            self.problem(address, message);
        }
        parsed
    }

    fn slug(&mut self, slug: &Spanned<String>) -> Option<String> {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let fit = !slug.get_ref().is_empty() && slug.get_ref().chars().all(fits);
        if !fit {
            let message =
                format!("slug {:?}: use lower-case letters, digits and -", slug.get_ref());
            self.problem(slug, message);
        }
        fit.then(|| slug.get_ref().clone())
    }

    /// Text that is shown, so there has to be some.
    fn words(&mut self, text: Spanned<String>) -> String {
        if text.get_ref().trim().is_empty() {
            self.problem(&text, "is empty; write something, or leave the line out".to_owned());
        }
        text.into_inner()
    }

    /// A recipe's limit; an agenda has to add up to it.
    fn time_limit(
        &mut self,
        limit: Option<&Spanned<String>>,
        agenda: &[AgendaItem],
    ) -> Option<SignedDuration> {
        let limit = limit?;
        let length = self.duration(limit)?;
        let planned: i64 = agenda.iter().map(|item| i64::from(item.minutes)).sum();
        if !agenda.is_empty() && planned != length.as_mins() {
            self.problem(
                limit,
                format!(
                    "time_limit is {} minutes, but the agenda adds up to {planned}",
                    length.as_mins()
                ),
            );
        }
        Some(length)
    }

    fn duration(&mut self, text: &Spanned<String>) -> Option<SignedDuration> {
        let parsed = parse_duration(text.get_ref());
        if parsed.is_none() {
            let message = format!(
                "{:?} is no length of time; write 150 minutes, 14 days or 2 weeks",
                text.get_ref()
            );
            self.problem(text, message);
        }
        parsed
    }
}

/// A length like `150 minutes` or `2 weeks`, in whole minutes; a day has 24 hours. At most a year.
fn parse_duration(text: &str) -> Option<SignedDuration> {
    let span: jiff::Span = text.parse().ok()?;
    let length = span.to_duration(jiff::SpanRelativeTo::days_are_24_hours()).ok()?;
    let whole = length.is_positive() && length == SignedDuration::from_mins(length.as_mins());
    (whole && length <= SignedDuration::from_hours(24 * 366)).then_some(length)
}

fn line_at(text: &str, offset: usize) -> u32 {
    let before = text.bytes().take(offset).filter(|byte| *byte == b'\n').count();
    u32::try_from(before + 1).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::model::Document;

    fn settings(text: &str) -> Result<Settings, String> {
        let file =
            |path: &str, text: &str| Document::new(DocPath::parse(path).unwrap(), text.as_bytes());
        let documents = [file("content.toml", text), file("a.md", "# A"), file("a.pdf", "%PDF")];
        Settings::of(&Tree::new(documents.into_iter().flatten())).map_err(|error| error.to_string())
    }

    #[test]
    fn a_complaint_names_the_line_and_what_to_write() {
        assert_eq!(
            settings("title = 'T'\noverview = 'b.md'\n").unwrap_err(),
            "content.toml:2: names \"b.md\", but the tree has no such document"
        );
        let wrong = "[[recipes]]\ntrack = 't'\ndocument = 'a.md'\nformat = 'take_home'\ntime_limit = 'soon'";
        assert!(
            settings(wrong)
                .unwrap_err()
                .starts_with("content.toml:5: \"soon\" is no length of time")
        );
        assert!(settings("title = ").unwrap_err().starts_with("content.toml:1: "));
        let unknown = settings("\ntitel = 'T'").unwrap_err();
        assert!(unknown.starts_with("content.toml:2: unknown field `titel`"), "{unknown}");
    }

    #[test]
    fn an_address_to_ask_at_is_one_that_can_be_followed() {
        let contact = |text: &str| settings(&format!("contact = '{text}'"));
        let shown = |text: &str| contact(text).map(|it| it.contact.unwrap().shown().to_owned());
        assert_eq!(shown("mailto:jobs@example.org").as_deref(), Ok("jobs@example.org"));
        assert_eq!(shown("https://example.org/jobs/").as_deref(), Ok("example.org/jobs"));
        for bad in ["jobs@example.org", "javascript:alert(1)", "http://example.org", "mailto:x"] {
            assert!(contact(bad).unwrap_err().contains("write https://… or mailto:…"), "{bad}");
        }
    }

    #[test]
    fn a_document_of_the_wrong_kind_and_an_empty_title_are_complaints() {
        for (text, complaint) in [
            ("overview = 'a.pdf'", "names a.pdf, which is no Markdown document"),
            ("overview = 'content.toml'", "names content.toml, which is no Markdown document"),
            (
                "[[level_guides]]\npdf = 'a.md'\ndocument = 'a.pdf'",
                "content.toml:3: names a.pdf, which is no Markdown document\n\
                 content.toml:2: names a.md, which is no PDF",
            ),
            ("[documents.'a.md']\ntitle = ''", "content.toml:2: is empty; write something"),
            ("[tracks.a]\ntitle = ' '", "content.toml:2: is empty; write something"),
        ] {
            let told = settings(text).unwrap_err();
            assert!(told.contains(complaint), "{told}");
        }
    }

    #[test]
    fn every_complaint_is_told_at_once() {
        let both = settings("overview = 'b.md'\nupstream = 'ftp://x'\n").unwrap_err();
        assert_eq!(both.lines().count(), 2, "{both}");
    }

    #[test]
    fn lengths_of_time_are_read_as_written() {
        let minutes = |text| parse_duration(text).map(|length| length.as_mins());
        assert_eq!(minutes("150 minutes"), Some(150));
        assert_eq!(minutes("14 days"), Some(14 * 24 * 60));
        assert_eq!(minutes("2 weeks"), Some(14 * 24 * 60));
        assert_eq!(minutes("-2 days"), None);
        assert_eq!(minutes("90 seconds"), None);
        assert_eq!(minutes("9000 years"), None);
    }
}
