//! What an account is. Pure.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use unicode_normalization::UnicodeNormalization;

use crate::clock::{SignedDuration, Timestamp};
use crate::ids::{AccountId, PasskeyId, PersonalTokenId, SessionId};
use crate::mail::Address;
use crate::mail::address::is_hidden;
use crate::web::viewer::Roles;

/// How long an invitation can be accepted.
pub const INVITATION_LASTS: SignedDuration = SignedDuration::from_hours(14 * 24);
/// How long a link to choose another password can be used.
pub const RESET_LASTS: SignedDuration = SignedDuration::from_hours(1);
/// How long a link that signs in can be used.
pub const SIGN_IN_LASTS: SignedDuration = SignedDuration::from_mins(10);
/// How long both addresses have to confirm a change.
pub const EMAIL_CHANGE_LASTS: SignedDuration = SignedDuration::from_hours(24);
/// How long somebody may take at the organisation's OpenID provider.
pub const SIGN_ON_LASTS: SignedDuration = SignedDuration::from_mins(10);
/// How long tokens may work, in days.
pub const TOKEN_DAYS: [i64; 3] = [30, 90, 365];
/// How many tokens one account may have.
pub const MOST_TOKENS: i64 = 20;
/// How long the link of a fresh portal can be opened; each start makes a new one.
pub const SET_UP_LASTS: SignedDuration = SignedDuration::from_hours(24);

/// How long a sign-in waits for its second factor, and how many tries it has.
pub const PENDING_LASTS: SignedDuration = SignedDuration::from_mins(10);
pub const PENDING_TRIES: i32 = 5;
/// How long a passkey may take to answer.
pub const CHALLENGE_LASTS: SignedDuration = SignedDuration::from_mins(5);

/// The e-mail address of an account: one that mail can be sent to, with the key that makes it unique.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Email {
    address: Address,
    key: String,
}

impl Email {
    /// # Errors
    /// What is wrong, in words for the person who typed it.
    pub fn parse(typed: &str) -> Result<Self, &'static str> {
        let typed: String = typed.trim().nfkc().collect();
        if typed.is_empty() {
            return Err("Type an e-mail address");
        }
        if typed.chars().count() > 254 {
            return Err("An e-mail address has at most 254 characters");
        }
        if !typed.contains('@') {
            return Err("An e-mail address has an @ in it");
        }
        let address = Address::parse(&typed)
            .filter(|address| {
                address.as_str().rsplit_once('@').is_some_and(|(_, at)| at.contains('.'))
            })
            .ok_or("This is no whole e-mail address; one looks like maya@example.org")?;
        let key = address.key();
        Ok(Self { address, key })
    }

    /// The key of whatever somebody typed as their address; of what is none, the text itself.
    pub fn key_of(typed: &str) -> String {
        Self::parse(typed).map_or_else(|_| typed.trim().to_lowercase(), |email| email.key)
    }

    pub fn as_str(&self) -> &str {
        self.address.as_str()
    }

    pub fn key(&self) -> &str {
        &self.key
    }
}

/// What makes a line of text no name.
struct Line {
    none: &'static str,
    long: &'static str,
    hidden: &'static str,
    most: usize,
}

impl Line {
    /// One line of text, composed, of which something can be seen and nothing hides. Joiners stay: words
    /// of some scripts, and pictures of families, are written with them.
    fn read(&self, typed: &str) -> Result<String, &'static str> {
        let line: String = typed.trim().nfc().collect();
        if line.chars().any(is_hidden) {
            Err(self.hidden)
        } else if !line.chars().any(|c| !is_blank(c)) {
            Err(self.none)
        } else if line.chars().count() > self.most {
            Err(self.long)
        } else {
            Ok(line)
        }
    }
}

/// Characters that belong to text and leave no mark by themselves: blanks, fillers, joiners, variants.
fn is_blank(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200c}' | '\u{200d}' | '\u{2800}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}' | '\u{e0100}'..='\u{e01ef}')
}

/// How many characters a text has of which something can be seen, with one blank between words: what a text that is to
/// say something is measured by.
pub fn visible_length(text: &str) -> usize {
    let marks = |word: &str| word.chars().filter(|c| !is_hidden(*c)).count();
    let words: Vec<usize> = text.split(is_blank).map(marks).filter(|marks| *marks > 0).collect();
    words.iter().sum::<usize>() + words.len().saturating_sub(1)
}

const LINE_HIDES: &str = "This is one line of letters; remove what cannot be seen";

/// A person's name as they write it, in any script.
///
/// # Errors
/// It is empty, too long, or holds what would break a line, turn it around or cannot be seen.
pub fn person_name(typed: &str) -> Result<String, &'static str> {
    let line = Line {
        none: "Type a name",
        long: "A name has at most 200 characters here",
        hidden: "A name is one line of letters; remove what cannot be seen",
        most: 200,
    };
    line.read(typed)
}

/// What an organisation is called.
///
/// # Errors
/// It is empty, too long, or no line of text that can be seen.
pub fn organisation_name(typed: &str) -> Result<String, &'static str> {
    let line = Line {
        none: "Type the name candidates know you by",
        long: "Use one line of at most 100 characters",
        hidden: LINE_HIDES,
        most: 100,
    };
    line.read(typed)
}

/// # Errors
/// There is no zone of this name.
pub fn zone(typed: &str) -> Result<TimeZone, &'static str> {
    TimeZone::get(typed.trim())
        .ok()
        .filter(|zone| zone.iana_name().is_some())
        .ok_or("Choose a time zone from the list, such as Europe/Paris")
}

/// The instant at which an account ends whose last day is `day` in `zone`.
///
/// # Errors
/// It has passed.
pub fn last_day(day: Date, zone: &TimeZone, now: Timestamp) -> Result<Timestamp, &'static str> {
    let end = day.tomorrow().and_then(|next| next.to_zoned(zone.clone()));
    let end = end.map_err(|_| "Choose a day in this century")?.timestamp();
    if end > now { Ok(end) } else { Err("This day has passed; choose one that lies ahead") }
}

/// Whether an account can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The invitation has not been accepted.
    Invited,
    Active,
    /// An administrator closed it.
    Disabled,
    /// Its end date has passed.
    Ended,
}

impl Standing {
    pub const ALL: [Self; 4] = [Self::Invited, Self::Active, Self::Disabled, Self::Ended];

    /// Its name in addresses.
    pub fn code(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::Active => "active",
            Self::Disabled => "disabled",
            Self::Ended => "ended",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|standing| standing.code() == code)
    }

    pub fn title(self) -> &'static str {
        match self {
            Self::Invited => "Invited",
            Self::Active => "Active",
            Self::Disabled => "Closed",
            Self::Ended => "Ended",
        }
    }

    /// The colour of its chip.
    pub fn tone(self) -> &'static str {
        match self {
            Self::Invited => "accent",
            Self::Active => "good",
            Self::Disabled | Self::Ended => "warn",
        }
    }
}

/// One account, as those who manage people see it.
#[derive(Clone, Debug)]
pub struct Account {
    pub id: AccountId,
    pub email: String,
    pub name: String,
    pub roles: Roles,
    pub zone: String,
    pub created_at: Timestamp,
    pub accepted_at: Option<Timestamp>,
    pub disabled_at: Option<Timestamp>,
    pub ends_at: Option<Timestamp>,
    /// When one of its sessions was last used.
    pub seen_at: Option<Timestamp>,
    /// Raised by every change; a form made for another one is refused.
    pub version: i32,
}

impl Account {
    /// The last moment of an account that ends; it is on its last day, while its end is the day after.
    pub fn last_instant(&self) -> Option<Timestamp> {
        self.ends_at.map(|end| end - SignedDuration::from_secs(1))
    }

    pub fn standing(&self, now: Timestamp) -> Standing {
        if self.disabled_at.is_some() {
            Standing::Disabled
        } else if self.ends_at.is_some_and(|end| end <= now) {
            Standing::Ended
        } else if self.accepted_at.is_none() {
            Standing::Invited
        } else {
            Standing::Active
        }
    }
}

/// Somebody to be invited.
#[derive(Clone, Debug)]
pub struct NewAccount {
    pub email: Email,
    pub name: String,
    pub roles: Roles,
    /// Of an external account, and of no other.
    pub ends_at: Option<Timestamp>,
}

/// One browser signed in.
#[derive(Clone, Debug)]
pub struct Session {
    pub id: SessionId,
    pub device: String,
    pub started_at: Timestamp,
    pub seen_at: Timestamp,
    /// It is the one that asks.
    pub is_this: bool,
}

/// What somebody can prove themselves with, in numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Factors {
    /// When their authenticator app was added.
    pub app_since: Option<Timestamp>,
    pub passkeys: usize,
    /// Recovery codes that were not used.
    pub codes_left: usize,
    pub has_password: bool,
}

impl Factors {
    /// Whether a password alone lets nobody in.
    pub fn any(&self) -> bool {
        self.app_since.is_some() || self.passkeys > 0
    }

    /// Whether there is something to prove oneself with that can be typed.
    pub fn can_type(&self) -> bool {
        self.has_password || self.app_since.is_some() || self.codes_left > 0
    }

    /// How many of each: `An authenticator app, 2 passkeys, 7 recovery codes left`.
    pub fn summary(&self) -> String {
        let app = self.app_since.map(|_| "an authenticator app".to_owned());
        let passkeys = match self.passkeys {
            0 => None,
            1 => Some("1 passkey".to_owned()),
            many => Some(format!("{many} passkeys")),
        };
        let codes = match self.codes_left {
            0 => "no recovery codes left".to_owned(),
            1 => "1 recovery code left".to_owned(),
            many => format!("{many} recovery codes left"),
        };
        let all: Vec<String> = app.into_iter().chain(passkeys).chain([codes]).collect();
        let text = all.join(", ");
        text[..1].to_uppercase() + &text[1..]
    }
}

/// One passkey, as its owner sees it.
#[derive(Clone, Debug)]
pub struct Passkey {
    pub id: PasskeyId,
    pub name: String,
    pub added_at: Timestamp,
    pub used_at: Option<Timestamp>,
}

/// What somebody calls a passkey.
///
/// # Errors
/// It is empty, too long, or more than a line.
pub fn passkey_name(typed: &str) -> Result<String, &'static str> {
    let line = Line {
        none: "Give it a name by which you know it again, such as the device it is on",
        long: "Use one line of at most 100 characters",
        hidden: LINE_HIDES,
        most: 100,
    };
    line.read(typed)
}

/// A token for a program, as its owner sees it.
#[derive(Clone, Debug)]
pub struct PersonalToken {
    pub id: PersonalTokenId,
    pub name: String,
    pub made_at: Timestamp,
    pub expires_at: Timestamp,
    /// To within some minutes.
    pub used_at: Option<Timestamp>,
}

/// What somebody calls a token.
///
/// # Errors
/// It is empty, too long, or no line of text.
pub fn token_name(typed: &str) -> Result<String, &'static str> {
    let line = Line {
        none: "Say what it is for, such as: nightly report",
        long: "Use one line of at most 60 characters",
        hidden: LINE_HIDES,
        most: 60,
    };
    line.read(typed)
}

/// For how many days a token is to work, as chosen.
///
/// # Errors
/// It is none of the choices.
pub fn token_days(typed: &str) -> Result<i64, &'static str> {
    let days = typed.parse().ok().filter(|days| TOKEN_DAYS.contains(days));
    days.ok_or("Choose how long it is to work")
}

/// How long a session lasts without use, and at most. Who looks after other people's data is asked
/// to prove themselves more often.
pub fn session_limits(roles: Roles) -> (SignedDuration, SignedDuration) {
    let hours = SignedDuration::from_hours;
    if roles.is_staff() { (hours(12), hours(7 * 24)) } else { (hours(14 * 24), hours(60 * 24)) }
}

/// What a browser calls itself, as a person would: `Firefox on Linux`.
pub fn device(user_agent: &str) -> String {
    let find = |known: &[(&str, &'static str)]| {
        known.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| *name)
    };
    // Each claims to be those after it as well.
    let browser = find(&[
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
    ]);
    let system = find(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS X", "Mac"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => "A browser that says nothing of itself".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_has_one_key_however_it_is_typed() {
        let key = |typed| Email::parse(typed).map(|email| email.key().to_owned());
        assert_eq!(key(" Maya@Example.ORG "), Ok("maya@example.org".into()));
        assert_eq!(key("ｍaya@example.org"), key("maya@example.org"));
        assert_eq!(key("zoe\u{308}@example.org"), key("ZO\u{cb}@example.org"));
        for wrong in [
            "",
            "maya",
            "@example.org",
            "maya@",
            "a@b@c.org",
            "a b@c.org",
            "a@c",
            "a@c.",
            "a\r\nBcc: b@c.org",
            "<a@c.org>",
        ] {
            assert!(Email::parse(wrong).is_err(), "{wrong}");
        }
        assert!(Email::parse(&format!("{}@c.org", "x".repeat(300))).is_err());
    }

    #[test]
    fn a_text_is_as_long_as_what_can_be_seen_of_it() {
        assert_eq!(visible_length("Two words"), 9);
        assert_eq!(visible_length(" a \u{a0}\n   b "), 3);
        assert_eq!(visible_length(&"\u{200b}\u{2060}\u{3164} ".repeat(30)), 0);
        assert_eq!(visible_length("Zoe\u{308}\u{200b}"), 4);
    }

    #[test]
    fn names_of_every_script_are_taken_and_invisible_tricks_are_not() {
        for good in ["مريم", "Ng", "Tomasz Wiśniewski-Brzęczyszczykiewicz", "👩🏽‍💻", "O’Neil"]
        {
            assert_eq!(person_name(good), Ok(good.to_owned()));
        }
        for bad in ["", "  ", "a\nb", "a\u{202e}b", "Maya\u{e0041}", "Maya\u{200f}", "a\u{ad}b"] {
            assert!(person_name(bad).is_err(), "{bad:?}");
        }
        assert!(person_name(&"x".repeat(201)).is_err());
        // Words of some scripts are joined by what cannot be seen.
        assert!(person_name("علی\u{200c}رضا").is_ok());
    }

    #[test]
    fn nothing_is_called_by_what_cannot_be_seen() {
        let unseen =
            ['\u{200b}', '\u{200e}', '\u{61c}', '\u{ad}', '\u{feff}', '\u{2800}', '\u{3164}'];
        for unseen in unseen.into_iter().chain(['\u{200d}', '\u{fe0f}', '\u{3000}']) {
            let name = format!("{unseen}{unseen}");
            for read in [person_name, organisation_name, passkey_name, token_name] {
                assert!(read(&name).is_err(), "{unseen:?}");
            }
        }
    }

    #[test]
    fn factors_are_counted_in_words() {
        let none = Factors { app_since: None, passkeys: 0, codes_left: 0, has_password: true };
        assert!(!none.any() && none.can_type());
        let app = Factors { app_since: Some(Timestamp::UNIX_EPOCH), codes_left: 7, ..none };
        assert_eq!(app.summary(), "An authenticator app, 7 recovery codes left");
        let key = Factors { passkeys: 1, ..none };
        assert_eq!(key.summary(), "1 passkey, no recovery codes left");
    }

    #[test]
    fn browsers_are_called_what_people_call_them() {
        let chrome =
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36";
        assert_eq!(device(chrome), "Chrome on Linux");
        assert_eq!(device(""), "A browser that says nothing of itself");
    }
}
