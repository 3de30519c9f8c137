//! Times as people read them: in their own zone, with the zone named.

use jiff::tz::TimeZone;

use super::html::Html;
use crate::clock::Timestamp;

/// `at` in `zone`, as plain text: `23 Nov 2026, 09:14 Europe/Paris`.
pub fn written(at: Timestamp, zone: &TimeZone) -> String {
    let name = zone.iana_name().unwrap_or("UTC");
    format!("{} {name}", at.to_zoned(zone.clone()).strftime("%-d %b %Y, %H:%M"))
}

/// The same, as `<time>`.
pub fn moment(at: Timestamp, zone: &TimeZone) -> Html {
    // HTML takes milliseconds at most, and nobody reads them.
    let machine = at.strftime("%Y-%m-%dT%H:%M:%SZ");
    let text = written(at, zone);
    Html::own(format!("<time datetime=\"{machine}\">{}</time>", Html::escape(&text)))
}

/// The day `at` falls on in `zone`, as `<time>`: `23 Nov 2026`.
pub fn day(at: Timestamp, zone: &TimeZone) -> Html {
    let day = at.to_zoned(zone.clone());
    Html::own(format!(
        "<time datetime=\"{}\">{}</time>",
        day.strftime("%Y-%m-%d"),
        day.strftime("%-d %b %Y")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_names_its_zone_and_tells_machines_the_instant() {
        let zone = TimeZone::get("Europe/Paris").unwrap();
        let at: Timestamp = "2026-11-23T08:14:00.123456Z".parse().unwrap();
        assert_eq!(
            moment(at, &zone).as_str(),
            "<time datetime=\"2026-11-23T08:14:00Z\">23 Nov 2026, 09:14 Europe/Paris</time>"
        );
    }
}
