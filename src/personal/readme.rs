//! What lies beside `data.json` for whoever opens the file first. Pure.

use super::keys::KEYS;
use super::model::Data;

/// The file in words, of this organisation.
pub fn readme(data: &Data, organisation: &str) -> String {
    let made = data.made_at.strftime("%-d %B %Y, %H:%M UTC");
    let mut text = format!(
        "What {organisation} keeps about {name}\n\
         Made on {made}.\n\n\
         This is everything in the interview portal that is yours, as you may know it on that day:\n\
         who you are, your interviews, what you handed in, what you asked and were answered, what you\n\
         were told, which letters were sent to you, and how you sign in.\n\n\
         data.json   all of it, for programs; what each key means stands below\n",
        name = data.you.name,
    );
    let files = data.files();
    if !files.is_empty() {
        text.push_str("files/      what you sent, byte for byte as it came\n");
    }
    text.push_str(
        "\nNot in it are passwords and keys, votes, and what interviewers and recruiters write for\n\
         themselves. What the panel saw in your work is told to you with each decision.\n",
    );
    if !files.is_empty() {
        text.push_str("\nYour files\n");
        for file in files {
            let (sent, path) = (file.sent_at.strftime("%-d %B %Y, %H:%M UTC"), &file.path);
            text.push_str(&format!("  {path}\n    sent on {sent}, SHA-256 {}\n", file.sha256));
        }
    }
    text.push_str(
        "\nThe keys of data.json\n\
         Times are in UTC, as RFC 3339 writes them. A key without a value says null.\n",
    );
    for (key, means) in KEYS {
        text.push_str(&format!("  {key}\n    {means}\n"));
    }
    text
}
