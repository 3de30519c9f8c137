//! Votes as types, and how they are typed. Pure.

use crate::account::model::visible_length;
use crate::assignment::application::challenge_level;
use crate::clock::Timestamp;
use crate::content::model::Level;
use crate::ids::AccountId;

/// The least that a comment says, in characters.
pub const SHORTEST: usize = 30;
/// The most that a comment says, in characters.
pub const LONGEST: usize = 10_000;

/// What somebody says of the work. There is nothing between, and a no weighs more than a yes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// +1
    For,
    /// −2
    Against,
}

impl Value {
    pub const ALL: [Self; 2] = [Self::For, Self::Against];

    /// As it counts.
    pub fn number(self) -> i16 {
        match self {
            Self::For => 1,
            Self::Against => -2,
        }
    }

    pub fn from_number(number: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|value| value.number() == number)
    }

    /// As it is sent by a form.
    pub fn code(self) -> &'static str {
        match self {
            Self::For => "1",
            Self::Against => "-2",
        }
    }

    /// As it is written.
    pub fn sign(self) -> &'static str {
        match self {
            Self::For => "+1",
            Self::Against => "−2",
        }
    }

    /// What it says.
    pub fn title(self) -> &'static str {
        match self {
            Self::For => "I would go on with this candidate",
            Self::Against => "I would not",
        }
    }

    /// How its chip is coloured; the words say it all the same.
    pub fn tone(self) -> &'static str {
        match self {
            Self::For => "good",
            Self::Against => "bad",
        }
    }
}

/// One vote, as somebody casts it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ballot {
    pub value: Value,
    pub comment: String,
    /// The level they would accept the work for.
    pub level: Option<Level>,
}

/// A vote's value, as typed.
///
/// # Errors
/// It is none.
pub fn value(typed: &str) -> Result<Value, &'static str> {
    let value = Value::ALL.into_iter().find(|value| value.code() == typed);
    value.ok_or(match typed {
        "" => "Choose +1 or −2",
        _ => "A vote is +1 or −2, and there is nothing between",
    })
}

/// A vote's comment, as typed.
///
/// # Errors
/// It is too short or too long.
pub fn comment(typed: &str) -> Result<String, String> {
    // Browsers send a line's end as two characters.
    let comment = typed.trim().replace("\r\n", "\n");
    match (visible_length(&comment), comment.chars().count()) {
        (0, _) => Err(format!("Say why, in at least {SHORTEST} characters")),
        (short, _) if short < SHORTEST => {
            Err(format!("Say why, in at least {SHORTEST} characters; these are {short}"))
        }
        (_, long) if long > LONGEST => {
            Err(format!("Use at most 10,000 characters; these are {long}"))
        }
        _ => Ok(comment),
    }
}

/// The level somebody would accept the work for, as chosen; none is a choice too.
///
/// # Errors
/// It is no level that can be reached by a challenge.
pub fn level(typed: &str) -> Result<Option<Level>, &'static str> {
    if typed.is_empty() { Ok(None) } else { challenge_level(typed).map(Some) }
}

/// One's own vote, as it is sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    pub ballot: Ballot,
    pub is_practice: bool,
    pub cast_at: Timestamp,
    /// Raised by every change.
    pub version: i32,
    pub receipt: Receipt,
}

/// What somebody can show for their vote: a hash of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt(pub Vec<u8>);

impl std::fmt::Display for Receipt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// A vote that is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    pub ballot: Ballot,
    pub is_practice: bool,
    /// Whose it is, for those who may know.
    pub author: Option<String>,
}

/// How many votes there are of each kind; those in training not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub for_: usize,
    pub against: usize,
}

impl Tally {
    pub fn of<'a>(votes: impl IntoIterator<Item = &'a Opened>) -> Self {
        let counted = votes.into_iter().filter(|vote| !vote.is_practice);
        counted.fold(Self::default(), |tally, vote| match vote.ballot.value {
            Value::For => Self { for_: tally.for_ + 1, ..tally },
            Value::Against => Self { against: tally.against + 1, ..tally },
        })
    }

    /// Whether the panel is of two minds.
    pub fn disagrees(self) -> bool {
        self.for_ > 0 && self.against > 0
    }

    /// In a sentence.
    pub fn says(self) -> String {
        let of = |count: usize, value: Value| {
            format!("{count} vote{} of {}", if count == 1 { "" } else { "s" }, value.sign())
        };
        match (self.for_, self.against) {
            (0, 0) => "No vote was cast.".to_owned(),
            (count, 0) => format!("The panel agrees: {}.", of(count, Value::For)),
            (0, count) => format!("The panel agrees: {}.", of(count, Value::Against)),
            (yes, no) => format!(
                "The panel disagrees: {} and {}.",
                of(yes, Value::For),
                of(no, Value::Against)
            ),
        }
    }
}

/// That a panel opens once enough have voted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    pub at: Timestamp,
    /// None where the clock gave it.
    pub by: Option<AccountId>,
    /// Since when a reserve is called for, because fewer than enough have voted.
    pub reserve_at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vote_is_one_of_two_and_says_why() {
        assert_eq!(value("1"), Ok(Value::For));
        assert_eq!(value("-2"), Ok(Value::Against));
        for wrong in ["", "0", "+1", "2", "-1", "1 ", "yes"] {
            assert!(value(wrong).is_err(), "{wrong}");
        }
        let why = "Thirty characters, as counted.";
        assert_eq!(why.chars().count(), SHORTEST);
        assert_eq!(comment(&format!("  {why}\n")), Ok(why.to_owned()));
        assert!(comment(&why[1..]).unwrap_err().contains("these are 29"));
        assert!(comment(&" \u{a0}\n".repeat(40)).is_err(), "blanks say nothing");
        assert!(comment(&"\u{200b}".repeat(40)).is_err(), "nor does what cannot be seen");
        assert!(comment(&format!("a{}b", " ".repeat(40))).unwrap_err().contains("these are 3"));
        assert_eq!(comment(&"ü".repeat(LONGEST)).map(|it| it.chars().count()), Ok(LONGEST));
        assert!(comment(&"ü".repeat(LONGEST + 1)).is_err());
        assert_eq!(
            comment("One line of the comment.\r\nAnd one more."),
            Ok("One line of the comment.\nAnd one more.".into())
        );
        assert_eq!(level(""), Ok(None));
        assert_eq!(level("5"), Ok(Level::new(5)));
        assert!(level("6").is_err() && level("x").is_err());
    }

    #[test]
    fn a_tally_counts_nobody_in_training() {
        let vote = |value, is_practice| Opened {
            ballot: Ballot { value, comment: String::new(), level: None },
            is_practice,
            author: None,
        };
        let agrees = [vote(Value::For, false), vote(Value::For, false), vote(Value::Against, true)];
        assert_eq!(Tally::of(&agrees), Tally { for_: 2, against: 0 });
        assert!(!Tally::of(&agrees).disagrees());
        let disagrees = [vote(Value::For, false), vote(Value::Against, false)];
        assert_eq!(
            Tally::of(&disagrees).says(),
            "The panel disagrees: 1 vote of +1 and 1 vote of −2."
        );
        assert_eq!(Tally::of(&[]).says(), "No vote was cast.");
    }
}
