//! The security track: a challenge, then an audit that a firm assesses, then a no; and half a year later another
//! application, in which the challenge counts.

use super::{AT, DAY, DEREK, HOUR, MAYA, MINUTE, PANEL, TOMAS, Walk, ZOE, walk};
use crate::support::hands;

const TRACK: &str = "DevSecOps / Security infrastructure";
const AUTOMATION: &str = "Automation challenge";
const AUDIT: &str = "Security audit challenge";

const FOUND: &str = "The bucket with the backups is public.";
const ASSESSED: &str = "The audit finds what matters, and misses how it could be used.";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_security_track_is_walked_to_a_no_and_counts_half_a_year_later() {
    walk(async |walk| {
        walk.begins(TRACK, &[AUTOMATION, AUDIT]).await;
        walk.takes_blind(AUTOMATION, &[]).await;
        walk.passes_blind(AUTOMATION).await;

        walk.gives_what_is_proposed(AUDIT).await;
        walk.panel_accepts("I will look at it").await;
        walk.invites_the_firm().await;
        walk.sits(TOMAS).await;
        walk.presses("Hand it to the firm").await;
        walk.fills(&[("Its account here", DEREK.name)]).await;
        walk.presses("Hand it to the firm").await;
        walk.reads("That is done, and the candidate is told.").await;
        walk.later(DAY).await;
        walk.writes_down_what_was_found().await;
        walk.is_assessed().await;
        for (who, value) in PANEL.into_iter().zip(["+1", "−2", "−2"]) {
            walk.sits(who).await;
            walk.presses("Look at it").await;
            walk.presses("Read the work").await;
            walk.reads(ASSESSED).await;
            walk.presses(&format!("{AUDIT} by ")).await;
            walk.votes(value).await;
        }
        walk.decides("We do not go on", "Level 2").await;
        walk.hears(AUDIT, &["Our decision", "not to go on", "What was not enough"]).await;
        walk.sits(TOMAS).await;
        walk.presses("Close it").await;
        walk.chooses("We do not go on").await;
        walk.fills(&[("What you tell them", "Thank you for coming this far.")]).await;
        walk.presses("Close the application").await;
        walk.sits(ZOE).await;
        walk.reads("Thank you for coming this far.").await;
        walk.presses(&format!("Read our decision on {AUDIT}")).await;

        // Half a year later.
        walk.later(DAY * 190).await;
        walk.brings(TRACK).await;
        walk.reads("They passed this on").await;
        walk.presses("Count it").await;
        walk.reads("It counts, and the candidate is told.").await;
        walk.presses("Give it, as proposed").await;
        walk.sits(ZOE).await;
        walk.reads("Counted: you passed this on").await;
        walk.presses(&format!("Open {AUDIT}")).await;
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
        jonas: Can you look at Security audit challenge by Zoë Brzęczyszczykiewicz?
        mina: Can you look at Security audit challenge by Zoë Brzęczyszczykiewicz?
        ravi: Can you look at Security audit challenge by Zoë Brzęczyszczykiewicz?
        zoe: Security audit challenge: your next step at the company
        derek: Your invitation to interviews at the company
        derek: Please assess Zoë Brzęczyszczykiewicz in Security audit challenge
        zoe: Security audit challenge begins
        jonas: Security audit challenge by Zoë Brzęczyszczykiewicz is here to look at
        mina: Security audit challenge by Zoë Brzęczyszczykiewicz is here to look at
        ravi: Security audit challenge by Zoë Brzęczyszczykiewicz is here to look at
        zoe: We have Security audit challenge
        derek: We have your assessment of Zoë Brzęczyszczykiewicz
        tomas: The assessment of Zoë Brzęczyszczykiewicz is here
        jonas: The votes for Security audit challenge by Zoë Brzęczyszczykiewicz are open
        mina: The votes for Security audit challenge by Zoë Brzęczyszczykiewicz are open
        ravi: The votes for Security audit challenge by Zoë Brzęczyszczykiewicz are open
        sean: The votes for Security audit challenge by Zoë Brzęczyszczykiewicz are open
        tomas: The votes for Security audit challenge by Zoë Brzęczyszczykiewicz are open
        tomas: Security audit challenge of Zoë Brzęczyszczykiewicz is decided
        zoe: Security audit challenge: our decision
        zoe: Your interview at the company has ended
        zoe: Automation challenge counts, since you passed it before
        zoe: Security audit challenge: your next step at the company
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
        tomas: assignment.handed_to_firm
        zoe: assignment.handed_in
        derek: assignment.assessed
        portal: assignment.opened
        sean: assignment.decided
        tomas: application.closed
        ");
        insta::assert_snapshot!(walk.events(1).await, @r"
        tomas: application.added
        tomas: application.stage_counted
        tomas: assignment.given
        ");
    })
    .await;
}

impl Walk<'_> {
    /// An administrator invites somebody of the firm, who accepts.
    async fn invites_the_firm(&mut self) {
        self.sits(MAYA).await;
        self.presses("Invite somebody").await;
        let (address, last) = (format!("{}{AT}", DEREK.local), self.day(30));
        self.fills(&[("Name", DEREK.name), ("E-mail address", &address), ("Last day", &last)])
            .await;
        self.chooses("External interviewer").await;
        self.presses("Invite").await;
        self.accepts(DEREK).await;
    }

    /// The candidate writes down what they found, looks at it and hands it in.
    async fn writes_down_what_was_found(&mut self) {
        self.sits(ZOE).await;
        self.presses(&format!("Open {AUDIT}")).await;
        self.presses("Write down what you found").await;
        self.fills(&[("What you found", FOUND)]).await;
        self.presses("Look at it as the panel will").await;
        self.presses("Hand in at level 3").await;
        self.later(HOUR + MINUTE).await;
    }

    /// The firm reads it, and hands in what it says of it.
    async fn is_assessed(&mut self) {
        self.sits(DEREK).await;
        self.presses("Assess it").await;
        self.presses("Read what").await;
        self.reads(FOUND).await;
        self.presses(&format!("{AUDIT} by ")).await;
        self.fills(&[("What you say of it", ASSESSED)]).await;
        let report = self.file("report.pdf", b"%PDF-1.4\ntrailer << >>\n%%EOF");
        hands::attach(self.tab, "A PDF (optional)", &report).await;
        self.presses("Keep it, and look at it").await;
        self.presses("Hand it in").await;
        self.reads("It stays as it is.").await;
    }
}
