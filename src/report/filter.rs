//! What a report is narrowed to, as its address says. Pure.

use super::model::LEVELS;
use super::period::Period;

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// The address part of a track; empty is all of them.
    pub track: String,
    pub level: Option<u8>,
    pub period: Period,
}

impl Filter {
    /// What `query` asks for; what cannot be asked for is passed over.
    pub fn read(query: &str) -> Self {
        let asked: Vec<_> = form_urlencoded::parse(query.as_bytes()).collect();
        let of = |name: &str| {
            let found = asked.iter().find(|(key, _)| key == name);
            found.map_or("", |(_, value)| value.trim())
        };
        Self {
            track: of("track").to_owned(),
            level: of("level").parse().ok().filter(|level| LEVELS.contains(level)),
            period: Period::from_code(of("period")),
        }
    }

    /// The query of its address, without what is left as it is.
    pub fn query(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        if !self.track.is_empty() {
            query.append_pair("track", &self.track);
        }
        if let Some(level) = self.level {
            query.append_pair("level", &level.to_string());
        }
        if self.period != Period::default() {
            query.append_pair("period", &self.period.code());
        }
        query.finish()
    }

    pub fn is_narrowed(&self) -> bool {
        *self != Self::default()
    }

    pub fn has_level(&self, level: u8) -> bool {
        self.level == Some(level)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_what_a_report_is_narrowed_to() {
        let filter = Filter::read("track=operations&level=3&period=1&page=7");
        assert_eq!(filter.query(), "track=operations&level=3&period=1");
        assert_eq!(Filter::read(&filter.query()), filter);
        assert_eq!(Filter::read("level=6&period=x&track="), Filter::default());
        assert!(filter.is_narrowed() && filter.has_level(3) && !Filter::default().is_narrowed());
    }
}
