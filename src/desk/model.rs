//! What this room joins. Pure.

use crate::account::emails;
use crate::mail::wording::Template;

/// Every kind of letter the portal sends, in the order of the process.
pub fn templates() -> impl Iterator<Item = &'static Template> {
    emails::TEMPLATES.into_iter()
}

/// The kind of letter called `name`.
pub fn template(name: &str) -> Option<&'static Template> {
    templates().find(|template| template.name == name)
}
