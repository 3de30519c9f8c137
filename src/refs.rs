//! What a letter or an event is about, by name: ids and codes only, so that a row tells no secret.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Ids and codes by the part they play.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Refs(BTreeMap<String, String>);

/// A row was written without what is asked of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it does not say {0}")]
pub struct Missing(pub &'static str);

impl Refs {
    /// With the id of what plays the part `name`.
    #[must_use]
    pub fn id(mut self, name: &'static str, id: impl Into<Uuid>) -> Self {
        self.0.insert(name.to_owned(), id.into().to_string());
        self
    }

    /// With the number that is the id of what plays the part `name`.
    #[must_use]
    pub fn number(mut self, name: &'static str, id: i64) -> Self {
        self.0.insert(name.to_owned(), id.to_string());
        self
    }

    /// With a word from the program's text, never from a person's.
    #[must_use]
    pub fn code(mut self, name: &'static str, code: &'static str) -> Self {
        self.0.insert(name.to_owned(), code.to_owned());
        self
    }

    /// With a hash, written in sixteen digits.
    #[must_use]
    pub fn digest(mut self, name: &'static str, hash: &[u8]) -> Self {
        self.0.insert(name.to_owned(), hash.iter().map(|byte| format!("{byte:02x}")).collect());
        self
    }

    /// With several such words, in this order; none of them holds a comma.
    #[must_use]
    pub fn codes(
        mut self,
        name: &'static str,
        codes: impl IntoIterator<Item = &'static str>,
    ) -> Self {
        let codes: Vec<&str> = codes.into_iter().collect();
        self.0.insert(name.to_owned(), codes.join(","));
        self
    }

    /// The id of what plays the part `name`.
    ///
    /// # Errors
    /// The row was written without one.
    pub fn get_id<T: From<Uuid>>(&self, name: &'static str) -> Result<T, Missing> {
        let id = self.0.get(name).and_then(|id| id.parse::<Uuid>().ok());
        id.map(T::from).ok_or(Missing(name))
    }

    /// The code called `name`.
    ///
    /// # Errors
    /// The row was written without one.
    pub fn get_code(&self, name: &'static str) -> Result<&str, Missing> {
        self.0.get(name).map(String::as_str).ok_or(Missing(name))
    }

    /// The codes called `name`; none where the row was written without them.
    pub fn get_codes(&self, name: &'static str) -> impl Iterator<Item = &str> {
        let codes = self.0.get(name).map_or("", String::as_str);
        codes.split(',').filter(|code| !code.is_empty())
    }

    /// As JSON, for a statement that carries many rows.
    pub fn to_json(&self) -> String {
        serde_json::to_string(&self.0).expect("texts by name are JSON")
    }

    /// The same without whatever part `id` plays.
    #[must_use]
    pub fn without(mut self, id: impl Into<Uuid>) -> Self {
        let id = id.into().to_string();
        self.0.retain(|_, player| *player != id);
        self
    }

    /// Every part and what plays it, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}
