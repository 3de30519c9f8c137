//! Which days the company works.

use http::StatusCode;
use portal::account::store::calendar;
use portal::web::viewer::Role;

use crate::support::Portal;
use crate::support::html::text;

const CALENDAR: &str = "/settings/calendar";

const PARIS: &[(&str, &str)] = &[
    ("version", "1"),
    ("zone", "Europe/Paris"),
    ("weekdays", "1"),
    ("weekdays", "2"),
    ("weekdays", "4"),
    ("holidays", "2027-01-01 New Year\n2026-12-25 Christmas Day"),
];

/// A portal whose organisation has a name, at half past eleven at night on Monday, 21 December 2026, UTC.
async fn portal() -> Portal {
    let portal = Portal::shipped().await;
    portal.clock.set("2026-12-21T23:30:00Z".parse().unwrap());
    let mut maya = portal.signed_in(&[Role::Administrator]).await;
    maya.submit("/settings", &[("organisation", "Teleport Cloud")]).await;
    portal
}

#[tokio::test]
async fn promises_are_counted_by_what_was_saved() {
    let portal = portal().await;
    let mut maya = portal.signed_in(&[Role::Administrator]).await;
    let page = text(&maya.page(CALENDAR).await);
    assert!(page.contains("the fifth ends on 28 Dec 2026, 23:59 UTC"), "{page}");
    let saved = maya.submit(CALENDAR, PARIS).await;
    assert!(text(&saved).contains("The working days are saved"), "{saved}");
    // In Paris it is Tuesday already: Thursday, Monday, Tuesday, Thursday and, after New Year, Monday.
    assert!(
        text(&saved).contains("the fifth ends on 4 Jan 2027, 23:59 Europe/Paris"),
        "{}",
        text(&saved)
    );
    assert!(saved.contains("2026-12-25 Christmas Day\n2027-01-01 New Year"), "{saved}");
    let kept = calendar::find(&mut portal.db.begin_reading().await.unwrap()).await.unwrap();
    assert_eq!(kept.calendar.weekdays.numbers().collect::<Vec<_>>(), [1, 2, 4]);
    let days = kept.calendar.working_days();
    assert!(days.is_working("2026-12-24".parse().unwrap()));
    assert!(!days.is_working("2026-12-25".parse().unwrap()));
    // Holidays go as they came.
    let fields = PARIS.iter().map(|&(name, value)| match name {
        "version" => (name, "2"),
        "holidays" => (name, ""),
        _ => (name, value),
    });
    maya.submit(CALENDAR, &fields.collect::<Vec<_>>()).await;
    let kept = calendar::find(&mut portal.db.begin_reading().await.unwrap()).await.unwrap();
    assert!(kept.calendar.holidays.0.is_empty());
    let log = text(&maya.page("/audit").await);
    assert_eq!(log.matches("changed which days the company works").count(), 2, "{log}");
    assert!(log.contains("time zone, working days, holidays"), "{log}");
}

#[tokio::test]
async fn what_cannot_be_a_calendar_is_refused_beside_its_field() {
    let portal = portal().await;
    let mut maya = portal.signed_in(&[Role::Administrator]).await;
    for (over, told) in [
        (("zone", "Europe/Atlantis"), "Choose a time zone from the list"),
        (("zone", ""), "Choose a time zone from the list"),
        (("weekdays", ""), "Tick one day at least"),
        (("weekdays", "8"), "Tick one day at least"),
        (("holidays", "2026-12-25 A\n2026-12-25 B"), "Line 2: 2026-12-25 stands on line 1 already"),
        (("holidays", "Christmas"), "Line 1: begin with the day"),
    ] {
        let others = PARIS.iter().copied().filter(|(name, _)| *name != over.0);
        let fields: Vec<_> = others.chain([over]).collect();
        let refused = maya.post(CALENDAR, &fields).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{over:?}");
        assert!(text(&refused.text()).contains(told), "{over:?}: {}", text(&refused.text()));
    }
    let kept = calendar::find(&mut portal.db.begin_reading().await.unwrap()).await.unwrap();
    assert_eq!((kept.version, kept.calendar.zone.iana_name()), (1, Some("UTC")));
}

#[tokio::test]
async fn two_who_change_the_calendar_keep_both_texts() {
    let portal = portal().await;
    let mut maya = portal.signed_in(&[Role::Administrator]).await;
    maya.submit(CALENDAR, PARIS).await;
    maya.submit(CALENDAR, PARIS).await;
    let dereks =
        [("version", "1"), ("zone", "UTC"), ("weekdays", "5"), ("holidays", "2027-05-01 May Day")];
    let overtaken = maya.post(CALENDAR, &dereks).await;
    assert_eq!(overtaken.status, StatusCode::CONFLICT);
    let page = overtaken.text();
    assert!(page.contains("2027-05-01 May Day"), "{page}");
    assert!(text(&page).contains("Monday, Tuesday, Thursday"), "{}", text(&page));
    assert!(page.contains("2026-12-25 Christmas Day<br>2027-01-01 New Year"), "{page}");
    assert!(page.contains("name=\"version\" value=\"2\""), "{page}");
}

#[tokio::test]
async fn before_the_organisation_has_a_name_its_calendar_waits() {
    let portal = Portal::shipped().await;
    let mut maya = portal.signed_in(&[Role::Administrator]).await;
    let page = text(&maya.page(CALENDAR).await);
    assert!(page.contains("until then Monday to Friday count, in UTC"), "{page}");
    let refused = maya.post(CALENDAR, PARIS).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(text(&refused.text()).contains("Say first what the organisation is called"));
    assert!(refused.text().contains("2026-12-25 Christmas Day"), "what was typed stays");
}
