//! What this room joins. Pure.

use crate::account;
use crate::assignment;
use crate::mail::wording::Template;

/// Every kind of letter the portal sends, in the order of the process.
pub fn templates() -> impl Iterator<Item = &'static Template> {
    account::emails::TEMPLATES.into_iter().chain(assignment::emails::templates())
}

/// The kind of letter called `name`.
pub fn template(name: &str) -> Option<&'static Template> {
    templates().find(|template| template.name == name)
}
