//! The course of interviews in a real browser, as all its people: two hundred candidates are brought, one is
//! given a stage with its panel, asks for time and gets it; an interviewer has a conflict and the next takes the
//! seat; another candidate's clock lapses and is revived. Every letter of it is read.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use portal::calendar::{Weekdays, WorkingDays};
use portal::clock::{SignedDuration, Timestamp};
use portal::ids::AccountId;
use portal::mail::Letter;
use portal::web::viewer::Role;

use crate::support::Portal;
use crate::support::browser::{Scripts, Tab, browse_at};
use crate::support::hands::{fill, of, press, says, sit_down, staff, ticked};
use crate::support::letters::link;

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// An instant as letters write it.
fn written(at: Timestamp, zone: &str) -> String {
    let there = at.to_zoned(TimeZone::get(zone).unwrap());
    format!("{} {zone}", there.strftime("%-d %B %Y, %H:%M"))
}

/// The account of somebody who was brought, which they take by the link in their letter.
async fn accepts(portal: &Portal, tab: &Tab, letters: &[Letter], address: &str) -> AccountId {
    tab.set_cookie("session", "nobody").await;
    tab.goto(&link(of(letters, address)[0])).await;
    fill(tab, "Time zone", "America/New_York").await;
    press(tab, "Accept the invitation").await;
    tab.wait_for_page("/my").await;
    sqlx::query_scalar("select account_id from account where email = $1")
        .bind(address)
        .fetch_one(&portal.owner().await)
        .await
        .unwrap()
}

#[tokio::test]
async fn interviews_take_their_course_in_a_browser_as_all_their_people() {
    let (portal, base) = Portal::at_localhost().await;
    let tomas = staff(&portal, Role::Recruiter, "Tomás Ferreira", "tomas").await;
    let maya = staff(&portal, Role::Administrator, "Maya Okafor", "maya").await;
    let jonas = staff(&portal, Role::Interviewer, "Jonas Lindqvist", "jonas").await;
    let mina = staff(&portal, Role::Interviewer, "Mina Haddad", "mina").await;
    let ravi = staff(&portal, Role::Interviewer, "Ravi Subramanian", "ravi").await;
    let lena = staff(&portal, Role::Interviewer, "Lena Vogel", "lena").await;
    for account in [jonas, mina, ravi] {
        portal.qualify(account, "operations", 5).await;
    }
    // She takes one panel a week, so she comes after the others.
    portal.qualify(lena, "operations", 5).await;
    sqlx::query("insert into interviewer (account_id, weekly_most, about) values ($1, 1, '')")
        .bind(lena)
        .execute(&portal.owner().await)
        .await
        .unwrap();
    browse_at(base, Scripts::On, async |tab| {
        tab.goto("/").await;
        // Two hundred candidates come by a list.
        sit_down(&portal, tab, tomas, "/candidates/add/many").await;
        let mut list = "name,email,track,level,source\n".to_owned();
        list += "Zoë Brzęczyszczykiewicz,zoe@example.org,operations,3,fair\n";
        list += "Kim Novak,kim@example.org,operations,2,fair\n";
        for n in 3..=200 {
            list += &format!("Candidate {n},c{n}@example.org,systems,{},fair\n", n % 5 + 1);
        }
        fill(tab, "The list", &list).await;
        press(tab, "Check the list").await;
        says(tab, "200 candidates will be added").await;
        press(tab, "Add these 200 candidates").await;
        says(tab, "200 candidates are added.").await;
        let invitations = portal.letters().await;
        assert_eq!(invitations.len(), 200);
        let zoe = accepts(&portal, tab, &invitations, "zoe@example.org").await;
        let kim = accepts(&portal, tab, &invitations, "kim@example.org").await;

        // One is given the automation stage, with the panel that is proposed.
        sit_down(&portal, tab, tomas, "/candidates?q=zoe").await;
        press(tab, "Zoë Brzęczyszczykiewicz").await;
        press(tab, "Give this stage").await;
        let chosen = ticked(tab).await;
        assert_eq!(chosen.len(), 3, "{chosen:?}");
        assert!(chosen.iter().all(|who| !who.contains("Lena")), "{chosen:?}");
        let given = portal.clock.now();
        press(tab, "Give the stage").await;
        says(tab, "The stage is given, and the candidate is told.").await;
        let letters = portal.letters().await;
        assert_eq!(letters.len(), 4);
        let to_zoe = &of(&letters, "zoe@example.org")[0];
        let subject = to_zoe.subject.as_str();
        assert!(subject.contains(": your next step at "), "{subject}");
        let week = (given + DAY * 7).to_zoned(TimeZone::get("America/New_York").unwrap()).date();
        let days = WorkingDays {
            weekdays: Weekdays::default(),
            holidays: BTreeSet::new(),
            zone: TimeZone::UTC,
        };
        let week = days.working_from(week);
        let start_by = format!("by {}, 23:59 America/New_York", week.strftime("%-d %B %Y"));
        assert!(to_zoe.text.contains(&start_by), "{start_by}: {}", to_zoe.text);
        for address in ["jonas@example.org", "mina@example.org", "ravi@example.org"] {
            let letter = &of(&letters, address)[0];
            assert!(letter.subject.as_str().starts_with("Can you look at "));
            assert!(!letter.text.contains("Zoë"), "they know an alias: {}", letter.text);
        }

        // She starts, and asks for more time.
        sit_down(&portal, tab, zoe, "/my").await;
        press(tab, "Open").await;
        press(tab, "Start").await;
        let started = portal.clock.now();
        says(tab, "Your clock runs").await;
        says(tab, "1 week left").await;
        press(tab, "Ask for more time").await;
        fill(tab, "How much more", "2").await;
        fill(tab, "What happened", "Our street was under water.").await;
        press(tab, "Ask for more time").await;
        says(tab, "Your recruiter is asked").await;
        let letters = portal.letters().await;
        let asked = &of(&letters, "tomas@example.org")[0];
        assert_eq!(asked.subject.as_str(), "Zoë Brzęczyszczykiewicz asks for 2 days more");
        assert!(asked.text.contains("Our street was under water."), "{}", asked.text);

        // The recruiter finds it on the desk, and gives it.
        sit_down(&portal, tab, tomas, "/desk").await;
        says(tab, "Zoë Brzęczyszczykiewicz asks for more time for").await;
        press(tab, "Answer").await;
        fill(tab, "How much more", "2").await;
        fill(tab, "What you tell them", "Take the time you need.").await;
        press(tab, "Give more time").await;
        says(tab, "That is done, and the candidate is told.").await;
        let due = started + DAY * 9;
        let letters = portal.letters().await;
        let told = &of(&letters, "zoe@example.org")[0];
        assert!(
            told.text.contains(&format!("due on {}", written(due, "America/New_York"))),
            "{}",
            told.text
        );
        assert!(told.text.contains("Take the time you need."));

        // Two accept, by a key; Jonas knows her, and is out at once.
        for account in [mina, ravi] {
            sit_down(&portal, tab, account, "/desk").await;
            press(tab, "Answer").await;
            tab.run("window.left = true").await;
            tab.press('a').await;
            tab.wait_for("!window.left && document.readyState === 'complete'").await;
            says(tab, "You are on the panel.").await;
        }
        sit_down(&portal, tab, jonas, "/desk").await;
        press(tab, "Answer").await;
        let review: String = tab.eval("location.pathname").await;
        press(tab, "I have a conflict").await;
        tab.click("[name=kind][value=colleagues]").await;
        press(tab, "Tell of the conflict").await;
        says(tab, "You see nothing of it any more").await;
        tab.goto_missing(&review).await;
        says(tab, "There is no page at this address").await;
        let letters = portal.letters().await;
        assert_eq!(letters.len(), 1);
        assert_eq!(letters[0].to.address.as_str(), "tomas@example.org");
        assert!(letters[0].subject.as_str().starts_with("Jonas Lindqvist is not on the panel"));

        // The next is proposed, asked, and accepts.
        sit_down(&portal, tab, tomas, "/desk").await;
        says(tab, "is short of one").await;
        press(tab, "Ask somebody").await;
        let chosen = ticked(tab).await;
        assert!(chosen.len() == 1 && chosen[0].contains("Lena Vogel"), "{chosen:?}");
        press(tab, "Ask onto the panel").await;
        says(tab, "They are asked").await;
        let letters = portal.letters().await;
        assert!(of(&letters, "lena@example.org")[0].subject.as_str().starts_with("Can you look"));
        sit_down(&portal, tab, lena, "/desk").await;
        press(tab, "Answer").await;
        press(tab, "I will look at it").await;
        says(tab, "You are on the panel.").await;
        sit_down(&portal, tab, tomas, "/desk").await;
        says(tab, "One thing waits for you").await;
        says(tab, "and 198 more wait for a first stage").await;

        // Another's clock lapses, and is revived.
        tab.goto("/candidates?q=kim").await;
        press(tab, "Kim Novak").await;
        press(tab, "Give this stage").await;
        tab.run("for (const one of document.querySelectorAll('[name=who]')) one.checked = false")
            .await;
        press(tab, "Give the stage").await;
        let letters = portal.letters().await;
        assert_eq!(letters.len(), 1, "nobody is on that panel yet");
        assert!(letters[0].text.contains("level 2"), "{}", letters[0].text);
        sit_down(&portal, tab, kim, "/my").await;
        press(tab, "Open").await;
        press(tab, "Start").await;
        portal.clock.set(portal.clock.now() + DAY * 7 + SignedDuration::from_mins(6));
        let reminders = portal.letters().await;
        let kims = of(&reminders, "kim@example.org");
        assert_eq!(kims.len(), 1, "reminders of a date that has passed say nothing: {kims:?}");
        assert!(kims[0].subject.as_str().ends_with(" is over"), "{:?}", kims[0].subject);
        let lapsed = of(&reminders, "tomas@example.org");
        assert!(lapsed[0].subject.as_str().starts_with("Kim Novak let "), "{lapsed:?}");
        sit_down(&portal, tab, kim, "/my").await;
        says(tab, "Its time was over on").await;
        sit_down(&portal, tab, tomas, "/desk").await;
        says(tab, "Kim Novak let a stage lapse").await;
        press(tab, "See whether to revive it").await;
        let until =
            (portal.clock.now() + DAY * 3).to_zoned(TimeZone::get("America/New_York").unwrap());
        fill(tab, "Open until the end of", &until.strftime("%Y-%m-%d").to_string()).await;
        press(tab, "Revive it").await;
        says(tab, "That is done, and the candidate is told.").await;
        let letters = portal.letters().await;
        let told = &of(&letters, "kim@example.org")[0];
        let day = format!("until {}, 23:59 America/New_York", until.strftime("%-d %B %Y"));
        assert!(
            told.subject.as_str().ends_with("is yours again") && told.text.contains(&day),
            "{}",
            told.text
        );
        sit_down(&portal, tab, kim, "/my").await;
        says(tab, "Due on").await;

        // Every letter of the story stands in the outbox, and nothing of it was given up.
        sit_down(&portal, tab, maya, "/outbox?show=given-up").await;
        let given_up: i64 =
            sqlx::query_scalar("select count(*) from mail where given_up_at is not null")
                .fetch_one(&portal.owner().await)
                .await
                .unwrap();
        assert_eq!(given_up, 0);
        tab.goto("/outbox").await;
        for title in
            ["A stage is yours again", "Asked onto a panel", "Somebody leaves a panel", "More time"]
        {
            says(tab, title).await;
        }
    })
    .await;
}
