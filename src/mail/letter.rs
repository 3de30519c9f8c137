//! The frame every letter has: paragraphs, at most one thing to do, and why it came.

use askama::Template;

use super::{Letter, Line, Recipient};

/// What a letter says. Plain text throughout: the frame escapes it.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    pub subject: Line,
    pub paragraphs: Vec<String>,
    pub action: Option<Action>,
    /// Paragraphs after the action: until when its link works, whom to ask.
    pub closing: Vec<String>,
    /// Why this was received, and by whom it was sent.
    pub footer: String,
}

/// The one thing a letter asks for: a button, its link printed too.
#[derive(Clone, Debug)]
pub struct Action {
    pub label: String,
    pub url: String,
}

#[derive(Template)]
#[template(path = "mail/letter.html")]
struct Html<'a> {
    draft: &'a Draft,
    /// As a preview: with the subject, which in mail stands above the letter.
    is_preview: bool,
}

#[derive(Template)]
#[template(path = "mail/letter.txt", whitespace = "preserve")]
struct Text<'a> {
    draft: &'a Draft,
}

impl Draft {
    /// The letter, as text and as HTML that say the same.
    ///
    /// # Errors
    /// A template could not be filled in.
    pub fn letter(&self, to: Recipient) -> askama::Result<Letter> {
        let text = Text { draft: self }.render()?;
        let html = Html { draft: self, is_preview: false }.render()?;
        Ok(Letter { to, from: None, subject: self.subject.clone(), text, html })
    }

    /// The letter with its subject above it, as HTML.
    ///
    /// # Errors
    /// The template could not be filled in.
    pub fn preview(&self) -> askama::Result<String> {
        Html { draft: self, is_preview: true }.render()
    }

    /// As [`Self::preview`], as text.
    ///
    /// # Errors
    /// The template could not be filled in.
    pub fn preview_text(&self) -> askama::Result<String> {
        let text = Text { draft: self }.render()?;
        Ok(format!("Subject: {}\n\n{text}", self.subject.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter() -> Letter {
        let draft = Draft {
            subject: Line::new("Your account"),
            paragraphs: vec![
                "Dear <b>Ada</b>,".to_owned(),
                "An account & more.".to_owned(),
                "{{ 1 + 1 }} \"quoted\"".to_owned(),
            ],
            action: Some(Action {
                label: "Choose a <password>".to_owned(),
                url: "https://portal.test/join?a=1&b=\"2\"".to_owned(),
            }),
            closing: vec!["It works for a week.".to_owned()],
            footer: "You were invited by O'Brien.".to_owned(),
        };
        let to = Recipient::parse("Ada <ada@example.org>").unwrap();
        draft.letter(to).unwrap()
    }

    #[test]
    fn the_text_is_complete_and_plain() {
        insta::assert_snapshot!(letter().text, @r#"
        Dear <b>Ada</b>,

        An account & more.

        {{ 1 + 1 }} "quoted"

        Choose a <password>:
        https://portal.test/join?a=1&b="2"

        It works for a week.

        --
        You were invited by O'Brien.
        "#);
    }

    #[test]
    fn the_html_says_the_same_with_everything_escaped() {
        let letter = letter();
        let body = letter.html.split_once("<body").unwrap().1.split_once('>').unwrap().1;
        let mut said = String::new();
        for piece in body.split('<') {
            let inner = piece.split_once('>').map_or(piece, |(_, text)| text);
            said.push_str(inner);
            said.push(' ');
        }
        let unescaped = said
            .replace("&#60;", "<")
            .replace("&#62;", ">")
            .replace("&#34;", "\"")
            .replace("&#39;", "'")
            .replace("&#38;", "&");
        let words = |text: &str| -> Vec<String> {
            let text = text.replace(['\n', ':'], " ");
            text.split_whitespace().filter(|word| *word != "--").map(str::to_owned).collect()
        };
        // The button and its printed link are one line of the text.
        let html = words(&unescaped).join(" ");
        let link = "Or open this address";
        assert_eq!(html.replace(&format!("{link} "), ""), words(&letter.text).join(" "));
        assert!(!letter.html.contains("<b>") && !letter.html.contains("<password>"));
        assert!(letter.html.contains("href=\"https://portal.test/join?a=1&#38;b=&#34;2&#34;\""));
        assert!(!letter.html.contains("<script") && !letter.html.contains("<img"));
    }
}
