//! What the audit page shows, as its address says. Pure.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use uuid::Uuid;

use crate::audit::Group;
use crate::audit::store::Wanted;
use crate::clock::Timestamp;
use crate::desk::sentence;
use crate::web::form::Form;

/// Which events are to be seen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// Both days are shown.
    pub from: Option<Date>,
    pub to: Option<Date>,
    pub group: Option<Group>,
    pub who: Whom,
    pub about: Whom,
}

/// Whom, or what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Whom {
    #[default]
    Anybody,
    /// By its id: one person, one thing.
    One(Uuid),
    /// Part of a name or address.
    Called(String),
    Portal,
    Nobody,
}

impl Whom {
    pub const PORTAL: &str = "the-portal";
    pub const NOBODY: &str = "not-signed-in";

    fn parse(typed: &str) -> Self {
        match typed {
            "" => Self::Anybody,
            Self::PORTAL => Self::Portal,
            Self::NOBODY => Self::Nobody,
            typed => typed
                .parse()
                .map_or_else(|_| Self::Called(typed.chars().take(200).collect()), Self::One),
        }
    }

    /// As it stands in an address.
    pub fn code(&self) -> String {
        match self {
            Self::Anybody => String::new(),
            Self::One(id) => id.to_string(),
            Self::Called(text) => text.clone(),
            Self::Portal => Self::PORTAL.to_owned(),
            Self::Nobody => Self::NOBODY.to_owned(),
        }
    }

    /// What was typed to find it; empty where it was chosen.
    pub fn text(&self) -> &str {
        match self {
            Self::Called(text) => text,
            _ => "",
        }
    }

    /// It was chosen, by a link, and not typed.
    pub fn is_chosen(&self) -> bool {
        matches!(self, Self::One(_) | Self::Portal | Self::Nobody)
    }
}

/// The names of the fields.
pub const FIELDS: [&str; 5] = ["from", "to", "what", "who", "about"];

impl Filter {
    /// What `form` asks for; `None` where a field has to be changed.
    pub fn read(form: &mut Form) -> Option<Self> {
        let day = |typed: &str| match typed {
            "" => Ok(None),
            typed => match typed.parse::<Date>() {
                Ok(day) if day.year() < 1970 => Err("Nothing happened here before 1970"),
                Ok(day) => Ok(Some(day)),
                Err(_) => Err("Give a day, as 2026-11-24"),
            },
        };
        let from = form.read("from", day);
        let to = form.read("to", day);
        if let (Some(Some(from)), Some(Some(to))) = (from, to)
            && to < from
        {
            form.refuse("to", "This day lies before the first one");
        }
        let group = form.read("what", |typed| match typed {
            "" => Ok(None),
            typed => sentence::groups()
                .into_iter()
                .find(|group| group.code == typed)
                .map(Some)
                .ok_or("Choose one from the list"),
        });
        let who = form.read("who", |typed| Ok::<_, &str>(Whom::parse(typed)));
        let about = form.read("about", |typed| Ok::<_, &str>(Whom::parse(typed)));
        if form.has_errors() {
            return None;
        }
        Some(Self { from: from?, to: to?, group: group?, who: who?, about: about? })
    }

    /// Whether anything is left out.
    pub fn is_narrowed(&self) -> bool {
        *self != Self::default()
    }

    /// Each field and what stands in it, without those that are empty.
    pub fn fields(&self) -> Vec<(&'static str, String)> {
        let day = |day: Option<Date>| day.map(|day| day.to_string()).unwrap_or_default();
        let group = self.group.map_or("", |group| group.code).to_owned();
        let values = [day(self.from), day(self.to), group, self.who.code(), self.about.code()];
        FIELDS.into_iter().zip(values).filter(|(_, value)| !value.is_empty()).collect()
    }

    /// The query of its address.
    pub fn query(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(self.fields());
        query.finish()
    }

    /// The days as instants, which begin at midnight in `zone`, and the actions. Who and what is for
    /// those to find who know names.
    pub fn wanted(&self, zone: &TimeZone) -> Wanted {
        let midnight = |day: Date| -> Option<Timestamp> {
            day.to_zoned(zone.clone()).ok().map(|midnight| midnight.timestamp())
        };
        Wanted {
            from: self.from.and_then(midnight),
            until: self.to.and_then(|day| day.tomorrow().ok()).and_then(midnight),
            actions: self.group.map(sentence::actions),
            ..Wanted::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(fields: &[(&str, &str)]) -> Option<Filter> {
        Filter::read(&mut Form::filled(fields.iter().copied()))
    }

    #[test]
    fn an_address_says_what_was_asked_for() {
        let asked = [("from", "2026-11-01"), ("what", "people"), ("who", "Zoë & Co")];
        let filter = read(&asked).unwrap();
        assert_eq!(filter.query(), "from=2026-11-01&what=people&who=Zo%C3%AB+%26+Co");
        assert_eq!(read(&[]), Some(Filter::default()));
        assert!(filter.is_narrowed() && !Filter::default().is_narrowed());
        for wrong in [
            ("from", "yesterday"),
            ("to", "2026-02-30"),
            ("to", "-009000-01-01"),
            ("what", "everything"),
        ] {
            assert_eq!(read(&[wrong]), None, "{wrong:?}");
        }
        assert_eq!(read(&[("from", "2026-11-02"), ("to", "2026-11-01")]), None);
    }

    #[test]
    fn a_day_is_as_long_as_it_is_where_the_viewer_is() {
        let zone = TimeZone::get("Europe/Paris").unwrap();
        let filter = read(&[("from", "2026-10-25"), ("to", "2026-10-25")]).unwrap();
        let wanted = filter.wanted(&zone);
        let instant = |text: &str| Some(text.parse::<Timestamp>().unwrap());
        assert_eq!(wanted.from, instant("2026-10-24T22:00:00Z"));
        assert_eq!(wanted.until, instant("2026-10-25T23:00:00Z"));
    }
}
