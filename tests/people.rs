//! Looking after people: lists of them, brought from a spreadsheet.

use http::StatusCode;
use portal::clock::SignedDuration;
use portal::web::viewer::Role;

use crate::support::Portal;
use crate::support::client::handed_over;
use crate::support::html::{attributes, text};
use crate::support::letters::link;

const SILENT: &[(&str, &str)] = &[("PORTAL_SMTP_URL", ""), ("PORTAL_MAIL_FROM", "")];

const MANY: &str = "/people/invite/many";

#[tokio::test]
async fn a_list_shows_every_fate_before_anybody_is_invited_and_then_invites_all() {
    let portal = Portal::shipped().await;
    let mut maya = portal.signed_in(&[Role::Administrator]).await;
    let fields = [("name", "Ada"), ("email", "ada@example.org"), ("roles", "candidate")];
    maya.submit("/people/invite", &fields).await;
    let before = portal.letters().await.len();
    let list = "\u{feff}E-Mail;Name;Roles;Last day\r\n\
        n@example.org;Noor;recruiter, interviewer;\r\n\
        ADA@example.org;Ada again;candidate;\r\n\
        f@firm.example;Firm;external;2199-12-31\r\n";
    let checked = maya.upload(MANY, &[("list", "")], ("file", list.as_bytes())).await;
    assert_eq!(checked.status, StatusCode::OK);
    let page = text(&checked.text());
    assert!(page.contains("2 people will be invited; one has an account already"), "{page}");
    assert!(page.contains("3 Ada again ADA@example.org Left alone has an account"), "{page}");
    assert!(!maya.page("/people").await.contains("n@example.org"), "nobody is there yet");
    assert_eq!(portal.letters().await.len(), 0);
    // What was uploaded stands in the form, so that it can be sent on.
    let form = [("list", list.trim_start_matches('\u{feff}')), ("do", "invite")];
    let invited = text(&maya.submit(MANY, &form).await);
    assert!(invited.contains("2 accounts are made, and their invitations are on"), "{invited}");
    assert!(invited.contains("Noor n@example.org Recruiter, Interviewer"), "{invited}");
    assert_eq!((before, portal.letters().await.len()), (1, 2));
    // The same list once more does nothing, by any number of clicks.
    let again = maya.post(MANY, &form).await;
    assert!(text(&again.text()).contains("Everybody on this list has an account already"));
    assert_eq!(portal.letters().await.len(), 0);
}

#[tokio::test]
async fn one_row_that_cannot_be_taken_keeps_the_whole_list_back_and_nothing_typed_is_lost() {
    let portal = Portal::shipped().await;
    let mut maya = portal.signed_in(&[Role::Administrator]).await;
    let list = "name,email,roles\nNoor,n@example.org,recruiter\n=cmd(),no address,recruiter\n\
        Noor,N@example.org,hr";
    let refused = maya.post(MANY, &[("list", list), ("do", "invite")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = text(&refused.text());
    assert!(page.contains("2 rows cannot be taken, so nobody was invited"), "{page}");
    assert!(page.contains("An e-mail address has an @ in it"), "{page}");
    assert!(page.contains("This address stands in line 2 already"), "{page}");
    assert!(refused.text().contains("=cmd(),no address,recruiter"));
    assert!(!maya.page("/people").await.contains("n@example.org"));
    let garbled = maya.upload(MANY, &[], ("file", b"name,email,roles\n\xe9,b,c\n")).await;
    assert_eq!(garbled.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(text(&garbled.text()).contains("Line 2 has letters that are neither UTF-8 nor UTF-16"));
    assert!(garbled.text().contains("id=\"file-error\""), "beside the field that was used");
    let large = maya.upload(MANY, &[], ("file", &vec![b'x'; 3 << 20])).await;
    assert_eq!(large.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(large.text().contains("more than can be taken at once"));
}

#[tokio::test]
async fn fifty_clicks_at_once_invite_a_list_once() {
    let portal = Portal::shipped().await;
    let mut maya = portal.signed_in(&[Role::Administrator]).await;
    let rows: String = (0..40).map(|n| format!("P{n},p{n}@example.org,candidate\n")).collect();
    let list = format!("name,email,roles\n{rows}");
    let clicks = (0..50).map(|_| {
        let (mut browser, list) = (maya.clone(), list.clone());
        async move { browser.post(MANY, &[("list", &list), ("do", "invite")]).await.status }
    });
    let answers = futures_util::future::join_all(clicks).await;
    let done = answers.iter().filter(|status| **status == StatusCode::SEE_OTHER).count();
    assert_eq!(done, 1, "{answers:?}");
    assert_eq!(portal.letters().await.len(), 40);
    let page = maya.page("/people?role=candidate").await;
    assert_eq!(page.matches("Invited</span>").count(), 40);
}

#[tokio::test]
async fn an_administrator_sends_a_way_back_in_that_only_its_owner_reads() {
    let portal = Portal::shipped().await;
    let mut maya = portal.signed_in(&[Role::Administrator]).await;
    let mut jonas = portal.signed_in(&[Role::Interviewer]).await;
    let person = format!("/people/{}", jonas.account.unwrap());
    let sent = maya.submit(&format!("{person}/rescue"), &[]).await;
    assert!(text(&sent).contains("A way back in is on its way"), "{}", text(&sent));
    assert!(!sent.contains("/reset/"));
    let reset = link(&portal.letters().await[0]);
    jonas.page("/desk").await;
    let fields = [("password", "heron lantern quarry plum")];
    portal.browser().submit(&reset, &fields).await;
    assert_eq!(jonas.get("/desk").await.status, StatusCode::SEE_OTHER, "every session has ended");
    // Nobody is sent a way into an account that was closed.
    maya.set_standing(&person, "disabled").await;
    maya.submit(&format!("{person}/rescue"), &[]).await;
    assert!(portal.letters().await.is_empty());
}

#[tokio::test]
async fn who_is_turned_out_while_their_form_is_on_its_way_does_nothing_any_more() {
    let portal = Portal::shipped().await;
    let mut maya = portal.signed_in(&[Role::Administrator]).await;
    let mut jonas = portal.signed_in(&[Role::Administrator]).await;
    let person = format!("/people/{}", jonas.account.unwrap());
    let fields = [("name", "Mole"), ("email", "mole@example.org"), ("roles", "administrator")];
    let mut other = maya.clone();
    let meanwhile = async move {
        other.set_standing(&person, "disabled").await;
    };
    let late = jonas.dawdle("/people/invite", &fields, meanwhile).await;
    assert_eq!(late.status, StatusCode::UNAUTHORIZED, "{}", late.text());
    assert!(!maya.page("/people").await.contains("mole@example.org"));
    assert!(portal.letters().await.is_empty());
    // One that takes its time and stays is served.
    let served = maya.dawdle("/people/invite", &fields, std::future::ready(())).await;
    assert_eq!(served.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn two_lists_of_the_same_people_in_other_orders_are_taken_or_left_and_never_break() {
    let portal = Portal::shipped().await;
    let maya = portal.signed_in(&[Role::Administrator]).await;
    let row = |n: i32| format!("P{n},p{n}@example.org,candidate\n");
    let lists = [(0..40).map(row).collect::<String>(), (0..40).rev().map(row).collect()];
    let posts = (0..8).map(|n| {
        let list = format!("name,email,roles\n{}", lists[n % 2]);
        let mut browser = maya.clone();
        async move { browser.post(MANY, &[("list", &list), ("do", "invite")]).await.status }
    });
    let answers = futures_util::future::join_all(posts).await;
    assert!(answers.iter().all(|status| !status.is_server_error()), "{answers:?}");
    assert_eq!(portal.letters().await.len(), 40);
}

#[tokio::test]
async fn a_closed_account_is_opened_by_the_word_for_it_and_as_it_was_seen() {
    let portal = Portal::shipped().await;
    let mut maya = portal.signed_in(&[Role::Administrator]).await;
    let jonas = portal.signed_in(&[Role::Interviewer]).await;
    let person = format!("/people/{}", jonas.account.unwrap());
    let before = maya.version_of(&person).await;
    assert_eq!(maya.set_standing(&person, "disabled").await.status, StatusCode::SEE_OTHER);
    let now = maya.version_of(&person).await;
    for fields in [
        vec![],
        vec![("standing", ""), ("version", &now)],
        vec![("standing", "open"), ("version", &now)],
        vec![("standing", "enabled")],
        vec![("standing", "enabled"), ("version", &before)],
    ] {
        let answer = maya.post(&format!("{person}/standing"), &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{fields:?}");
        assert!(answer.text().contains("data-refusal"), "{fields:?}");
    }
    assert!(maya.page(&person).await.contains("Open the account again"));
    assert_eq!(maya.set_standing(&person, "enabled").await.status, StatusCode::SEE_OTHER);
    assert!(maya.page(&person).await.contains("Close the account"));
}

#[tokio::test]
async fn letters_wait_where_no_mail_is_sent_and_go_out_once_it_is_to_who_still_needs_them() {
    let portal = Portal::set_as(SILENT).await;
    let mut maya = portal.signed_in(&[Role::Administrator]).await;
    let list = "name,email,roles\nNoor,n@example.org,recruiter\nZoe,z@example.org,candidate\n\
        Ng,g@example.org,candidate\n";
    assert!(text(&maya.page(MANY).await).contains("This portal sends no mail"));
    let made = maya.submit(MANY, &[("list", list), ("do", "invite")]).await;
    assert!(text(&made).contains("3 accounts are made. Nothing is sent."), "{}", text(&made));
    assert!(text(&made).contains("open each person below, make their link there"));
    assert!(text(&maya.page("/outbox").await).contains("Waiting (3)"));
    let fields = [("name", "Ada"), ("email", "ada@example.org"), ("roles", "candidate")];
    let ada = maya.submit("/people/invite", &fields).await;
    assert!(text(&ada).contains("Nothing is sent: make the link below"), "{}", text(&ada));
    // Handing a link over takes nothing from the letter that waits.
    let zoe = maya.person("z@example.org").await;
    let handed = maya.link_by_hand(&zoe).await;
    let ng = maya.person("g@example.org").await;
    let accepted = maya.link_by_hand(&ng).await;
    let fields = [("name", "Ng"), ("password", "heron lantern quarry plum")];
    portal.browser().submit(&accepted, &fields).await;
    portal.clock.set(portal.clock.now() + SignedDuration::from_hours(10 * 24));
    // With mail set, the letters of those who have not come meanwhile go out.
    let twin = portal.twin().await;
    let mut to: Vec<_> = Vec::new();
    for letter in twin.letters().await {
        to.push(letter.to.address.as_str().to_owned());
        assert_eq!(twin.get(&link(&letter)).await.status, StatusCode::OK);
    }
    to.sort();
    assert_eq!(to, ["ada@example.org", "n@example.org", "z@example.org"]);
    assert_eq!(portal.get(&handed).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_reload_makes_no_second_link_and_the_one_handed_over_still_works() {
    let portal = Portal::set_as(SILENT).await;
    let mut maya = portal.signed_in(&[Role::Administrator]).await;
    let fields = [("name", "Ada"), ("email", "ada@example.org"), ("roles", "candidate")];
    maya.submit("/people/invite", &fields).await;
    let ada = maya.person("ada@example.org").await;
    let address = format!("{ada}/link");
    let version = maya.version_of(&ada).await;
    let shown = maya.post(&address, &[("version", &version)]).await.text();
    let handed = handed_over(&shown);
    let reloaded = maya.post(&address, &[("version", &version)]).await;
    assert_eq!(reloaded.status, StatusCode::CONFLICT);
    assert!(text(&reloaded.text()).contains("A link was made from this page already"));
    assert_eq!(portal.get(&handed).await.status, StatusCode::OK, "it still works");
    assert_eq!(maya.get(&address).await.header("location"), ada, "its address leads back");
    // Another one is a click away, and ends the first.
    let another = maya.link_by_hand(&ada).await;
    assert_ne!(another, handed);
    assert_eq!(portal.get(&handed).await.status, StatusCode::GONE);
}

#[tokio::test]
async fn where_no_mail_is_sent_everybody_has_a_password_and_an_administrator_helps_who_forgot_it() {
    let portal = Portal::set_as(SILENT).await;
    let mut maya = portal.signed_in(&[Role::Administrator]).await;
    let fields = [("name", "Ada"), ("email", "ada@example.org"), ("roles", "candidate")];
    maya.submit("/people/invite", &fields).await;
    let person = maya.person("ada@example.org").await;
    let invitation = maya.link_by_hand(&person).await;
    let mut ada = portal.browser();
    assert!(!ada.page(&invitation).await.contains("(optional)"));
    let without = ada.post(&invitation, &[("name", "Ada")]).await;
    assert_eq!(without.status, StatusCode::UNPROCESSABLE_ENTITY);
    let fields = [("name", "Ada"), ("password", "heron lantern quarry plum")];
    let my = text(&ada.submit(&invitation, &fields).await);
    assert!(my.contains("this portal sends no mail") && !my.contains("you get mail"), "{my}");
    let lost = text(&portal.page("/sign-in/link").await);
    assert!(lost.contains("Ask one of its administrators"), "{lost}");
    // The link is made by who proved not long ago who they are, told in the log, and works once.
    let reset = maya.link_by_hand(&person).await;
    assert!(reset.starts_with("/reset/"), "{reset}");
    let log = text(&maya.page("/audit").await);
    assert!(log.contains("made a link to a new password for Ada"), "{log}");
    let mut elsewhere = portal.browser();
    let other = [("password", "copper meadow signal tulip")];
    assert!(text(&elsewhere.submit(&reset, &other).await).contains("Your new password is set"));
    assert_eq!(ada.get("/my").await.status, StatusCode::SEE_OTHER, "every session has ended");
    assert_eq!(elsewhere.post(&reset, &other).await.status, StatusCode::GONE);
    let fields = [("email", "ada@example.org"), ("password", other[0].1)];
    assert_eq!(ada.post("/sign-in", &fields).await.status, StatusCode::SEE_OTHER);
    // Nobody needs it for themselves, and where mail is sent there is none.
    let own = format!("/people/{}", maya.account.unwrap());
    assert!(!maya.page(&own).await.contains("/reset\""));
    let twin = portal.twin().await;
    let mut noor = twin.signed_in(&[Role::Administrator]).await;
    let version = noor.version_of(&person).await;
    let refused = noor.post(&format!("{person}/reset"), &[("version", &version)]).await;
    assert_eq!((refused.status, refused.header("location")), (StatusCode::SEE_OTHER, &*person));
}

#[tokio::test]
async fn whoever_cannot_prove_themselves_is_told_who_helps_and_finds_the_way_back() {
    for (settings, words) in
        [(SILENT, "Ask an administrator of it"), (&[], "A fresh link proves it")]
    {
        let portal = Portal::set_as(settings).await;
        let mut zoe = portal.signed_in(&[Role::Candidate]).await;
        portal.clock.set(portal.clock.now() + SignedDuration::from_mins(11));
        // No password can be typed that would be lost.
        let security = zoe.page("/account/security").await;
        assert!(!security.contains("name=\"password\""), "{security}");
        let leads = "/account/confirm?next=%2Faccount%2Fsecurity";
        assert!(attributes(&security, "href").iter().any(|href| href == leads));
        let confirm = zoe.page("/account/confirm?next=%2Faccount%2Ftokens").await;
        assert!(text(&confirm).contains(words), "{}", text(&confirm));
        assert!(attributes(&confirm, "href").iter().any(|href| href == "/account/tokens"));
        if settings.is_empty() {
            let value = attributes(&confirm, "value");
            let address = value.iter().find(|value| value.contains('@')).unwrap();
            let asked = zoe.submit("/sign-in/link", &[("email", address)]).await;
            assert!(text(&asked).contains("Look into your mail"));
            let letter = portal.letters().await.remove(0);
            zoe.submit(&link(&letter), &[]).await;
            assert!(zoe.page("/account/security").await.contains("name=\"password\""));
        }
    }
}

#[tokio::test]
async fn a_list_is_read_as_people_write_them_and_says_what_it_passed_over() {
    let portal = Portal::shipped().await;
    let mut maya = portal.signed_in(&[Role::Administrator]).await;
    // The example can be used as it stands.
    let empty = maya.page(MANY).await;
    let (_, example) = empty.split_once("<code>").unwrap();
    let example = example.split_once("</code>").unwrap().0.replace("&#34;", "\"");
    let checked = maya.post(MANY, &[("list", &example)]).await;
    assert!(text(&checked.text()).contains("3 people will be invited"), "{}", checked.text());
    let list =
        "Name;E-Mail Address;Role;Last day;Phone\nDerek;d@firm.example;external;31.12.2199;1\n";
    let page = text(&maya.post(MANY, &[("list", list)]).await.text());
    assert!(page.contains("One person will be invited"), "{page}");
    assert!(page.contains("last day 31 Dec 2199"), "{page}");
    assert!(page.contains("nothing here is called so: “Phone”"), "{page}");
    let american = list.replace("31.12.2199", "12/31/2199");
    let page = text(&maya.post(MANY, &[("list", &american)]).await.text());
    assert!(page.contains("write the last day as 2026-12-31"), "{page}");
    let headless = maya.post(MANY, &[("list", "Max,max@example.org,candidate\n")]).await.text();
    assert!(text(&headless).contains("Put a line before it that says: name, email, roles"));
    let workbook = maya.upload(MANY, &[], ("file", b"PK\x03\x04\x14\0\x06\0")).await.text();
    assert!(text(&workbook).contains("choose “Save as”, then “CSV UTF-8”"), "{}", text(&workbook));
    assert!(workbook.contains("id=\"file-error\""));
}

#[tokio::test]
async fn a_slip_in_an_invitation_is_mended_and_the_links_to_the_wrong_address_end() {
    let portal = Portal::shipped().await;
    let mut maya = portal.signed_in(&[Role::Administrator]).await;
    let fields = [("name", "Adda"), ("email", "adda@example.org"), ("roles", "candidate")];
    maya.submit("/people/invite", &fields).await;
    let wrong = link(&portal.letters().await[0]);
    let person = maya.person("adda@example.org").await;
    let details = format!("{person}/details");
    let taken = [("name", "Bo"), ("email", "bo@example.org"), ("roles", "candidate")];
    maya.submit("/people/invite", &taken).await;
    portal.letters().await;
    let version = maya.version_of(&person).await;
    for (name, email, message) in [
        ("", "ada@example.org", "Type a name"),
        ("Ada", "ada", "has an @ in it"),
        ("Ada", "BO@example.org", "has an account already"),
    ] {
        let fields = [("name", name), ("email", email), ("version", &version)];
        let refused = maya.post(&details, &fields).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{message}");
        assert!(text(&refused.text()).contains(message), "{}", text(&refused.text()));
        assert!(attributes(&refused.text(), "value").iter().any(|value| value == email));
    }
    // A name alone leaves the link as it is.
    let fields = [("name", "Ada"), ("email", "adda@example.org"), ("version", &version)];
    assert!(text(&maya.submit(&details, &fields).await).contains("The name is corrected."));
    assert!(portal.letters().await.is_empty());
    assert_eq!(portal.get(&wrong).await.status, StatusCode::OK);
    let stale = maya.post(&details, &fields).await;
    assert_eq!(stale.status, StatusCode::UNPROCESSABLE_ENTITY, "as it was seen");
    let version = maya.version_of(&person).await;
    let fields = [("name", "Ada"), ("email", "ada@example.org"), ("version", &version)];
    assert!(text(&maya.submit(&details, &fields).await).contains("goes to the new address"));
    assert_eq!(portal.get(&wrong).await.status, StatusCode::GONE);
    let letters = portal.letters().await;
    assert_eq!(letters[0].to.address.as_str(), "ada@example.org");
    let fields = [("name", "Ada"), ("password", "heron lantern quarry plum")];
    portal.browser().submit(&link(&letters[0]), &fields).await;
    // Whoever has come looks after their own.
    let version = maya.version_of(&person).await;
    let fields = [("name", "Eve"), ("email", "eve@example.org"), ("version", &version)];
    let late = maya.post(&details, &fields).await;
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
    let late = maya.post(&format!("{person}/withdrawal"), &[("version", &version)]).await;
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(text(&maya.page("/audit").await).contains("corrected the invitation of Ada"));
}

#[tokio::test]
async fn an_invitation_is_withdrawn_and_its_account_goes_unless_something_refers_to_it() {
    let portal = Portal::shipped().await;
    let mut maya = portal.signed_in(&[Role::Administrator]).await;
    let owner = portal.owner().await;
    for is_referred_to in [false, true] {
        let fields = [("name", "Ada"), ("email", "ada@example.org"), ("roles", "candidate")];
        maya.submit("/people/invite", &fields).await;
        let sent = link(&portal.letters().await[0]);
        maya.submit("/sign-in/link", &[("email", "ada@example.org")]).await;
        let person = maya.person("ada@example.org").await;
        if is_referred_to {
            sqlx::raw_sql("create table work (whose uuid references account)")
                .execute(&owner)
                .await
                .unwrap();
            sqlx::query("insert into work select account_id from account where name = 'Ada'")
                .execute(&owner)
                .await
                .unwrap();
        }
        let version = maya.version_of(&person).await;
        let page = maya.submit(&format!("{person}/withdrawal"), &[("version", &version)]).await;
        let words =
            if is_referred_to { "The account is closed" } else { "The invitation is withdrawn" };
        assert!(text(&page).contains(words), "{}", text(&page));
        assert_eq!(portal.get(&sent).await.status, StatusCode::GONE);
        assert!(portal.letters().await.is_empty(), "what was on its way has nothing left to say");
        let gone = maya.get(&person).await.status == StatusCode::NOT_FOUND;
        assert_eq!(gone, !is_referred_to);
    }
    assert!(text(&maya.page("/audit").await).contains("withdrew the invitation of"));
}

#[tokio::test]
async fn an_address_that_is_taken_leads_to_whose_it_is_whatever_else_is_wrong() {
    let portal = Portal::shipped().await;
    let mut maya = portal.signed_in(&[Role::Administrator]).await;
    let fields = [("name", "Ada"), ("email", "ada@example.org"), ("roles", "candidate")];
    maya.submit("/people/invite", &fields).await;
    let ada = maya.person("ada@example.org").await;
    maya.set_standing(&ada, "disabled").await;
    let refused = maya.post("/people/invite", &[("email", "ADA@example.org")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = refused.text();
    assert!(text(&page).contains("3 fields need another look"), "{}", text(&page));
    assert!(text(&page).contains("Ada, whose account is closed. It can be opened again there"));
    assert!(attributes(&page, "href").contains(&ada));
}

#[tokio::test]
async fn an_invitation_says_who_is_signed_in_where_it_is_opened() {
    let portal = Portal::shipped().await;
    let mut maya = portal.signed_in(&[Role::Administrator]).await;
    let fields = [("name", "Ada"), ("email", "ada@example.org"), ("roles", "candidate")];
    maya.submit("/people/invite", &fields).await;
    let invitation = link(&portal.letters().await[0]);
    let words = "In this browser Maya Okafor is signed in";
    assert!(text(&maya.page(&invitation).await).contains(words));
    assert!(!text(&portal.page(&invitation).await).contains("is signed in"));
}

#[tokio::test]
async fn a_persons_page_says_of_each_what_is_so() {
    let portal = Portal::shipped().await;
    let mut maya = portal.signed_in(&[Role::Administrator]).await;
    let own = text(&maya.page(&format!("/people/{}", maya.account.unwrap())).await);
    assert!(own.contains("Here since") && !own.contains("Invited"), "{own}");
    assert!(own.contains("Another administrator can open it again."), "{own}");
    let outside = portal.signed_in(&[Role::External]).await;
    let person = format!("/people/{}", outside.account.unwrap());
    let page = text(&maya.page(&person).await);
    assert!(page.contains("no password: a link by mail signs them in"), "{page}");
    assert!(page.contains("A link by which they choose one goes to their address"), "{page}");
    let version = maya.version_of(&person).await;
    let fields = [("roles", "external"), ("ends", "2199-12-31"), ("version", &version)];
    let page = text(&maya.submit(&format!("{person}/roles"), &fields).await);
    assert!(page.contains("The last day is changed."), "{page}");
    maya.set_standing(&person, "disabled").await;
    let page = text(&maya.page(&person).await);
    assert!(page.contains("Closed") && !page.contains("Disabled"), "{page}");
}

#[tokio::test]
async fn somebody_from_outside_is_told_their_last_day() {
    let portal = Portal::shipped().await;
    let mut outside = portal.signed_in(&[Role::External]).await;
    let ends = portal.clock.now() + SignedDuration::from_hours(24) - SignedDuration::from_secs(1);
    let zone = jiff::tz::TimeZone::get("Europe/Paris").unwrap();
    let day = ends.to_zoned(zone).strftime("%-d %b %Y").to_string();
    let desk = text(&outside.page("/desk").await);
    assert!(desk.contains(&format!("Your account here ends with {day}.")), "{desk}");
    assert!(text(&outside.page("/account").await).contains(&format!("last day {day}")));
    let mut inside = portal.signed_in(&[Role::Interviewer]).await;
    assert!(!inside.page("/desk").await.contains("ends with"));
}
