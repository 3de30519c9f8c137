//! The operations track: a challenge, then a session that takes place, then an offer.

use super::{DAY, PANEL, TOMAS, ZOE, walk};

const TRACK: &str = "DevOps / DevSecOps / SREs / Production engineers";
const AUTOMATION: &str = "Automation challenge";
const TROUBLESHOOTING: &str = "Troubleshooting challenge";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_operations_track_is_walked_through_a_session_to_an_offer() {
    walk(async |walk| {
        walk.begins(TRACK, &[AUTOMATION, TROUBLESHOOTING]).await;
        let answer = ("Level 3, question 2", "A database that was full on a Sunday.");
        walk.takes_blind(AUTOMATION, &[answer]).await;
        walk.passes_blind(AUTOMATION).await;

        // Four days later they meet.
        walk.gives_what_is_proposed(TROUBLESHOOTING).await;
        walk.panel_accepts("I will be there").await;
        walk.sits(ZOE).await;
        walk.presses(&format!("Open {TROUBLESHOOTING}")).await;
        walk.reads("No time is set yet.").await;
        let began = format!("{}T10:00", walk.day(4));
        walk.later(DAY * 4 + super::HOUR * 4).await;
        walk.sits(TOMAS).await;
        walk.presses("Agree on a time, then mark it held").await;
        walk.opens("It took place").await;
        walk.fills(&[("When it began", &began)]).await;
        walk.presses("Mark it held").await;
        for who in PANEL {
            walk.sits(who).await;
            walk.presses("Look at it").await;
            walk.votes("+1").await;
        }
        walk.decides("We go on", "Level 3").await;
        walk.hears(TROUBLESHOOTING, &["We go on together", "reaches level 3"]).await;
        walk.is_offered().await;
        walk.sits(TOMAS).await;

        insta::assert_snapshot!(walk.stable(&walk.pages).await);
        insta::assert_snapshot!(walk.stable(&walk.post).await, @r"
        zoe: Your invitation to interviews at the company
        jonas: Can you look at Automation challenge by Heron 42?
        mina: Can you look at Automation challenge by Heron 42?
        ravi: Can you look at Automation challenge by Heron 42?
        zoe: Automation challenge: your next step at the company
        tomas: Zoë Brzęczyszczykiewicz has told you something
        zoe: We have Automation challenge
        jonas: Automation challenge by Heron 42 is here to look at
        mina: Automation challenge by Heron 42 is here to look at
        ravi: Automation challenge by Heron 42 is here to look at
        jonas: The votes for Automation challenge by Heron 42 are open
        mina: The votes for Automation challenge by Heron 42 are open
        ravi: The votes for Automation challenge by Heron 42 are open
        sean: The votes for Automation challenge by Zoë Brzęczyszczykiewicz are open
        tomas: The votes for Automation challenge by Zoë Brzęczyszczykiewicz are open
        tomas: Automation challenge of Zoë Brzęczyszczykiewicz is decided
        zoe: Automation challenge: our decision
        jonas: Can you look at Troubleshooting challenge by Zoë Brzęczyszczykiewicz?
        mina: Can you look at Troubleshooting challenge by Zoë Brzęczyszczykiewicz?
        ravi: Can you look at Troubleshooting challenge by Zoë Brzęczyszczykiewicz?
        zoe: Troubleshooting challenge: your next step at the company
        jonas: Troubleshooting challenge by Zoë Brzęczyszczykiewicz is here to look at
        mina: Troubleshooting challenge by Zoë Brzęczyszczykiewicz is here to look at
        ravi: Troubleshooting challenge by Zoë Brzęczyszczykiewicz is here to look at
        zoe: Thank you for Troubleshooting challenge
        jonas: The votes for Troubleshooting challenge by Zoë Brzęczyszczykiewicz are open
        mina: The votes for Troubleshooting challenge by Zoë Brzęczyszczykiewicz are open
        ravi: The votes for Troubleshooting challenge by Zoë Brzęczyszczykiewicz are open
        sean: The votes for Troubleshooting challenge by Zoë Brzęczyszczykiewicz are open
        tomas: The votes for Troubleshooting challenge by Zoë Brzęczyszczykiewicz are open
        tomas: Troubleshooting challenge of Zoë Brzęczyszczykiewicz is decided
        zoe: Troubleshooting challenge: our decision
        lucia: An offer for Zoë Brzęczyszczykiewicz is yours to make
        zoe: An offer from the company
        zoe: Your offer from the company
        ");
        insta::assert_snapshot!(walk.events(0).await, @r"
        tomas: application.added
        tomas: assignment.given
        tomas: panel.asked
        tomas: panel.asked
        tomas: panel.asked
        jonas: panel.joined
        mina: panel.joined
        ravi: panel.joined
        zoe: application.answered
        zoe: assignment.started
        zoe: assignment.handed_in
        portal: assignment.opened
        sean: assignment.decided
        tomas: assignment.given
        tomas: panel.asked
        tomas: panel.asked
        tomas: panel.asked
        jonas: panel.joined
        mina: panel.joined
        ravi: panel.joined
        tomas: assignment.held
        portal: assignment.opened
        sean: assignment.decided
        tomas: offer.handed_over
        lucia: offer.received
        lucia: offer.made
        ");
    })
    .await;
}
