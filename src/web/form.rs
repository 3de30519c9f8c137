//! Forms: what was typed, kept as typed, with a message beside each field that cannot be taken.

use std::collections::BTreeMap;

use axum::body::{Bytes, to_bytes};
use axum::extract::{FromRequest, Request};
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};

/// The largest form that is read, in bytes; a list of people may be pasted into one.
const LARGEST: usize = 2 << 20;

/// A form as it was sent.
#[derive(Clone, Debug, Default)]
pub struct Form {
    typed: Vec<(String, String)>,
    errors: BTreeMap<&'static str, String>,
}

impl Form {
    /// A form nobody has filled in yet, with these values in it.
    pub fn filled<'a>(values: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let own = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        Self { typed: values.into_iter().map(own).collect(), errors: BTreeMap::new() }
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

    /// Forgets what must not be sent back, such as passwords.
    pub fn forget(&mut self, name: &str) {
        self.typed.retain(|(key, _)| key != name);
    }
}

/// Why a form cannot be read at all.
#[derive(Debug)]
pub struct Unreadable(StatusCode);

impl IntoResponse for Unreadable {
    fn into_response(self) -> Response {
        self.0.into_response()
    }
}

impl<S: Sync> FromRequest<S> for Form {
    type Rejection = Unreadable;

    async fn from_request(request: Request, _: &S) -> Result<Self, Unreadable> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        // A button alone sends nothing, and no type with it.
        let is_form = kind.is_none_or(|kind| kind.starts_with("application/x-www-form-urlencoded"));
        if !is_form {
            return Err(Unreadable(StatusCode::UNSUPPORTED_MEDIA_TYPE));
        }
        let too_large = |_| Unreadable(StatusCode::PAYLOAD_TOO_LARGE);
        let body: Bytes = to_bytes(request.into_body(), LARGEST).await.map_err(too_large)?;
        let pairs = form_urlencoded::parse(&body);
        // Postgres keeps no NUL, and no browser types one.
        let typed = pairs.map(|(name, value)| (name.into_owned(), value.replace('\0', "")));
        Ok(Self { typed: typed.collect(), errors: BTreeMap::new() })
    }
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
