//! Forms: what was typed, kept as typed, with a message beside each field that cannot be taken.

use std::collections::BTreeMap;

use axum::body::{Bytes, to_bytes};
use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{FromRequest, Multipart, Request};
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};

/// The largest form without files that is read, in bytes: a notice or a letter may be long.
const LARGEST: usize = 256 << 10;
/// The most of all that is typed into a form with files: a list of people may be pasted into it.
const LARGEST_TEXT: usize = 2 << 20;
const WITH_FILES: &str = "multipart/form-data";
/// The most fields of one form.
const MOST_FIELDS: usize = 1000;

/// A form as it was sent.
#[derive(Clone, Debug, Default)]
pub struct Form {
    typed: Vec<(String, String)>,
    files: Vec<(String, Bytes)>,
    errors: BTreeMap<&'static str, String>,
}

impl Form {
    /// A form nobody has filled in yet, with these values in it.
    pub fn filled<'a>(values: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let own = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        Self { typed: values.into_iter().map(own).collect(), ..Self::default() }
    }

    /// What was typed into the field `name`, trimmed; empty when it was not sent.
    pub fn text(&self, name: &str) -> &str {
        self.raw(name).trim()
    }

    /// What was typed into the field `name`, blanks at its ends included, as in a password.
    pub fn raw(&self, name: &str) -> &str {
        self.all(name).next().unwrap_or_default()
    }

    /// Every value sent under `name`: the boxes that were ticked.
    pub fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.typed.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// What was typed into those of the fields `names` that are not empty.
    pub fn typed(&self, names: &[&str]) -> Vec<String> {
        let texts = names.iter().map(|name| self.text(name)).filter(|text| !text.is_empty());
        texts.map(str::to_owned).collect()
    }

    /// Every field that was sent, with its value.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.typed.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The file chosen under `name`; `None` when none was, or an empty one.
    pub fn file(&self, name: &str) -> Option<&Bytes> {
        let mut files = self.files.iter().filter(|(key, bytes)| key == name && !bytes.is_empty());
        files.next().map(|(_, bytes)| bytes)
    }

    /// Puts `value` where `name` was typed.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.forget(name);
        self.typed.push((name.to_owned(), value.into()));
    }

    /// Whether `value` was chosen under `name`.
    pub fn has(&self, name: &str, value: &str) -> bool {
        self.all(name).any(|chosen| chosen == value)
    }

    /// The field `name` as `parse` reads it; what it refuses becomes the message beside the field.
    pub fn read<T, E: ToString>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        if self.all(name).count() > 1 {
            self.refuse(name, "This was sent more than once. Type it once and send again");
            return None;
        }
        match parse(self.text(name)) {
            Ok(value) => Some(value),
            Err(error) => {
                self.refuse(name, error.to_string());
                None
            }
        }
    }

    /// Puts a message beside the field `name`; the first one stays.
    pub fn refuse(&mut self, name: &'static str, message: impl Into<String>) {
        self.errors.entry(name).or_insert_with(|| message.into());
    }

    pub fn error(&self, name: &str) -> Option<&str> {
        self.errors.get(name).map(String::as_str)
    }

    pub fn has_errors(&self) -> bool {
        !self.errors.is_empty()
    }

    /// How many fields have to be changed.
    pub fn error_count(&self) -> usize {
        self.errors.len()
    }

    /// This form with the messages of another: of one that shares its page.
    #[must_use]
    pub fn refused_as(mut self, other: &Self) -> Self {
        self.errors.clone_from(&other.errors);
        self
    }

    /// Forgets what must not be sent back, such as passwords.
    pub fn forget(&mut self, name: &str) {
        self.typed.retain(|(key, _)| key != name);
    }
}

/// Why a form cannot be read at all.
#[derive(Debug)]
pub struct Unreadable(pub(super) StatusCode);

impl From<MultipartError> for Unreadable {
    fn from(error: MultipartError) -> Self {
        Self(error.status())
    }
}

impl IntoResponse for Unreadable {
    fn into_response(self) -> Response {
        self.0.into_response()
    }
}

impl<S: Sync> FromRequest<S> for Form {
    type Rejection = Unreadable;

    async fn from_request(request: Request, _: &S) -> Result<Self, Unreadable> {
        // A button alone sends nothing, and no type with it.
        match media_type(&request) {
            None | Some("application/x-www-form-urlencoded") => Self::plain(request).await,
            Some(WITH_FILES) => Self::with_files(request).await,
            Some(_) => Err(Unreadable(StatusCode::UNSUPPORTED_MEDIA_TYPE)),
        }
    }
}

fn media_type(request: &Request) -> Option<&str> {
    let kind = request.headers().get(header::CONTENT_TYPE)?.to_str().ok()?;
    Some(kind.split(';').next().unwrap_or_default().trim())
}

impl Form {
    /// Whether it may come with files.
    pub(super) fn has_files(request: &Request) -> bool {
        media_type(request) == Some(WITH_FILES)
    }

    async fn plain(request: Request) -> Result<Self, Unreadable> {
        let too_large = |_| Unreadable(StatusCode::PAYLOAD_TOO_LARGE);
        let body: Bytes = to_bytes(request.into_body(), LARGEST).await.map_err(too_large)?;
        let pairs = form_urlencoded::parse(&body);
        let typed = pairs.map(|(name, value)| (name.into_owned(), without_nul(&value)));
        let typed: Vec<_> = typed.take(MOST_FIELDS + 1).collect();
        if typed.len() > MOST_FIELDS {
            return Err(Unreadable(StatusCode::PAYLOAD_TOO_LARGE));
        }
        Ok(Self { typed, ..Self::default() })
    }

    /// Files are read whole, up to what axum takes of any body: 2 MB. [`super::upload`] takes more.
    async fn with_files(request: Request) -> Result<Self, Unreadable> {
        let parts = Multipart::from_request(request, &()).await;
        let mut parts = parts.map_err(|_| Unreadable(StatusCode::BAD_REQUEST))?;
        let mut form = Self::default();
        while let Some(part) = parts.next_field().await? {
            if part.file_name().is_none() {
                form.read_text(part).await?;
                continue;
            }
            if form.files.len() == MOST_FIELDS {
                return Err(Unreadable(StatusCode::PAYLOAD_TOO_LARGE));
            }
            let name = part.name().unwrap_or_default().to_owned();
            form.files.push((name, part.bytes().await?));
        }
        Ok(form)
    }

    /// Adds what was typed into a field of a form with files.
    pub(super) async fn read_text(&mut self, mut part: Field<'_>) -> Result<(), Unreadable> {
        if self.typed.len() == MOST_FIELDS {
            return Err(Unreadable(StatusCode::PAYLOAD_TOO_LARGE));
        }
        let name = part.name().unwrap_or_default().to_owned();
        let before: usize = self.typed.iter().map(|(_, text)| text.len()).sum();
        let mut text = Vec::new();
        while let Some(piece) = part.chunk().await? {
            text.extend_from_slice(&piece);
            if before + text.len() > LARGEST_TEXT {
                return Err(Unreadable(StatusCode::PAYLOAD_TOO_LARGE));
            }
        }
        self.typed.push((name, without_nul(&String::from_utf8_lossy(&text))));
        Ok(())
    }
}

/// Postgres keeps no NUL, and no browser types one.
fn without_nul(text: &str) -> String {
    text.replace('\0', "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_stays_beside_its_message() {
        let mut form = Form::filled([("level", " six "), ("level2", "3"), ("x", "1"), ("x", "2")]);
        assert_eq!(form.read("level", str::parse::<u8>), None);
        assert_eq!(form.read("level2", str::parse::<u8>), Some(3));
        assert_eq!(form.read("x", str::parse::<u8>), None);
        assert_eq!((form.text("level"), form.raw("level")), ("six", " six "));
        assert!(form.error("level").is_some() && form.error("level2").is_none());
        assert!(form.error("x").unwrap().contains("more than once"));
        assert_eq!(form.error_count(), 2);
    }
}
