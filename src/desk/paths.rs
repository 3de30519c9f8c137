//! The addresses of this room's pages. The account room leads people here, so it names the first two.

use crate::ids::MailId;

pub use crate::account::paths::{DESK, MY};

pub const PIPELINE: &str = "/pipeline";
pub const PIPELINE_CSV: &str = "/pipeline.csv";

pub const AUDIT: &str = "/audit";
pub const AUDIT_EXPORT: &str = "/audit/export";
pub const LETTERS: &str = "/settings/letters";
pub const LETTER: &str = "/settings/letters/{name}";
pub const LETTER_PREVIEW: &str = "/settings/letters/{name}/preview";

pub const OUTBOX: &str = "/outbox";
/// Letters that did not get there.
pub const OUTBOX_GIVEN_UP: &str = "/outbox?show=given-up";
pub const OUTBOX_RETRY: &str = "/outbox/{id}/retry";

/// Where a letter that was given up is put back in line.
pub fn outbox_retry(id: MailId) -> String {
    OUTBOX_RETRY.replace("{id}", &id.to_string())
}

/// The page on which the words of one kind of letter are changed.
pub fn letter(name: &str) -> String {
    LETTER.replace("{name}", name)
}

/// One kind of letter with sample data, as mail programs show it.
pub fn letter_preview(name: &str) -> String {
    LETTER_PREVIEW.replace("{name}", name)
}

/// The pipeline of one track.
pub fn pipeline(track: &str) -> String {
    format!("{PIPELINE}?track={}", encoded(track))
}

/// The same as a table to take away.
pub fn pipeline_csv(track: &str) -> String {
    format!("{PIPELINE_CSV}?track={}", encoded(track))
}

fn encoded(value: &str) -> String {
    form_urlencoded::byte_serialize(value.as_bytes()).collect()
}
