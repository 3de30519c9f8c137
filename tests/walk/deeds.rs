//! What people do in every track, in the words of whoever tells of it.

use portal::web::viewer::Role;

use super::{AT, DAY, HOUR, LUCIA, MINUTE, PANEL, SEAN, TOMAS, Walk, Who, ZOE};
use crate::support::archive::{File, zip};
use crate::support::hands;
use crate::support::interview::Between;

/// What the panel saw, in the words of the hiring manager.
const STRENGTH: &str = "Every state of a connection has a test (poll_test.go:40).";
const GAP: &str = "The rate limit is not enforced (poll.go:12).";
const CHANGE: &str = "Count before you answer.";

/// Why somebody votes as they do.
const WHY: &str = "It builds, it runs, and the tests say what they mean.";

impl Walk<'_> {
    /// The panel is there for these stages of a track, and the candidate is in it.
    pub(super) async fn begins(&mut self, track: &str, stages: &[&str]) {
        self.qualifies_the_panel(track, stages).await;
        self.brings(track).await;
        self.accepts(ZOE).await;
    }

    /// The first stage is given, and the candidate hands in, before a panel that is not to know them.
    pub(super) async fn takes_blind(&mut self, stage: &str, fields: &[(&str, &str)]) {
        self.is_blind = true;
        self.gives_first(stage).await;
        self.panel_accepts("I will look at it").await;
        self.starts(stage).await;
        self.hands_in(stage, fields).await;
    }

    /// That panel is of one mind, and the candidate hears that they go on.
    pub(super) async fn passes_blind(&mut self, stage: &str) {
        for who in PANEL {
            self.reads_and_votes(who, stage, "+1").await;
        }
        self.decides("We go on", "Level 3").await;
        self.is_blind = false;
        self.hears(stage, &["We go on together", "reaches level 3"]).await;
    }

    /// The hiring manager says that everybody of the panel looks at these stages of a track.
    pub(super) async fn qualifies_the_panel(&mut self, track: &str, stages: &[&str]) {
        for who in PANEL {
            self.sits(SEAN).await;
            self.presses("Interviewers").await;
            self.presses(who.name).await;
            for stage in stages {
                hands::fill_in(self.tab, track, stage, "Up to level 5").await;
            }
            self.presses("Save what they look at").await;
        }
    }

    /// Four others have passed the first stage of a track before.
    pub(super) async fn follows_four_others(&self, track: &str) {
        let recruiter = self.portal.signed_in(&[Role::Recruiter]).await.account.unwrap();
        for _ in 0..4 {
            let candidate = self.portal.signed_in(&[Role::Candidate]).await.account.unwrap();
            let between = Between { candidate, recruiter, manager: None };
            let made = self.portal.interview_in(track, between).await;
            self.portal.pass(made, 3, self.portal.clock.now()).await;
        }
    }

    /// The recruiter brings the candidate into a track.
    pub(super) async fn brings(&mut self, track: &str) {
        self.sits(TOMAS).await;
        self.presses("Add a candidate").await;
        let address = format!("{}{AT}", ZOE.local);
        self.fills(&[
            ("Name", ZOE.name),
            ("E-mail address", &address),
            ("Track", track),
            ("Target level", "Level 3"),
            ("Hiring manager", SEAN.name),
            ("How they came", "A referral"),
        ])
        .await;
        self.presses("Add the candidate").await;
        self.reads("The candidate is in. Give them their first stage below.").await;
    }

    /// The recruiter gives the first stage, with the panel that is proposed, once they have seen the letter.
    pub(super) async fn gives_first(&mut self, stage: &str) {
        self.sits(TOMAS).await;
        self.reads("waits for a first stage").await;
        self.presses("Give one").await;
        self.presses(&format!("Give it: {stage}")).await;
        let panel = hands::ticked(self.tab).await;
        assert!(
            PANEL.iter().all(|who| panel.iter().any(|it| it.starts_with(who.name))),
            "{panel:?}"
        );
        self.presses("See the letter").await;
        self.presses("Give the stage").await;
        self.reads("The stage is given, and the candidate is told.").await;
    }

    /// The recruiter gives what is proposed to come next.
    pub(super) async fn gives_what_is_proposed(&mut self, stage: &str) {
        self.sits(TOMAS).await;
        self.reads("give what comes next").await;
        self.presses("See what is proposed").await;
        self.reads(stage).await;
        self.presses("Give it, as proposed").await;
        self.reads("The stage is given, and the candidate is told.").await;
    }

    /// Everybody who was asked is on the panel.
    pub(super) async fn panel_accepts(&mut self, words: &str) {
        for who in PANEL {
            self.sits(who).await;
            self.presses("Answer").await;
            self.presses(words).await;
            self.reads("You are on the panel.").await;
        }
    }

    /// The candidate says whom they know, and starts.
    pub(super) async fn starts(&mut self, stage: &str) {
        self.sits(ZOE).await;
        self.presses(&format!("Open {stage}")).await;
        self.presses("Nobody").await;
        self.presses("Start").await;
        self.reads("Your clock runs.").await;
    }

    /// Two days later the candidate hands in files in which their name stands, and looks at them as the panel will.
    /// An hour later they are final.
    pub(super) async fn hands_in(&mut self, stage: &str, fields: &[(&str, &str)]) {
        self.later(DAY * 2).await;
        self.sits(ZOE).await;
        self.presses(&format!("Go on with {stage}")).await;
        self.presses("Put together what you hand in").await;
        let work = zip(&[
            File::new("README.md", format!("# A poller\n\nBy {}.\n", ZOE.name)),
            File::new("poll.go", "package main\n\nfunc main() {}\n"),
        ]);
        self.fills(fields).await;
        self.tab.run("window.left = true").await;
        hands::attach(self.tab, "A .zip or .tar.gz of your work", &self.file("work.zip", &work))
            .await;
        self.tab.wait_for("!window.left && location.search === '?done=file'").await;
        self.looks().await;
        self.reads("2 files").await;
        self.presses("Look at it as the panel will").await;
        self.reads("may name you").await;
        self.presses("Hand in at level 3").await;
        self.reads("You have handed in").await;
        self.later(HOUR + MINUTE).await;
    }

    /// A member of the panel reads what was handed in, and seals a vote.
    pub(super) async fn reads_and_votes(&mut self, who: Who, stage: &str, value: &str) {
        self.sits(who).await;
        self.presses("Look at it").await;
        self.presses("Read the work").await;
        self.reads("A poller").await;
        self.presses("poll.go").await;
        self.reads("package main").await;
        self.presses(&format!("{stage} by ")).await;
        self.votes(value).await;
    }

    /// Whoever reads the page of a panel seals a vote on it.
    pub(super) async fn votes(&mut self, value: &str) {
        self.chooses(value).await;
        self.fills(&[("Why", WHY), ("Level you would accept it for", "Level 3")]).await;
        self.presses("Seal my vote").await;
    }

    /// The hiring manager reads the votes, writes down what was seen, looks at it, and decides.
    pub(super) async fn decides(&mut self, outcome: &str, level: &str) {
        self.sits(SEAN).await;
        self.presses("Debrief and decide").await;
        self.reads("Sealed, unchanged").await;
        self.presses("Write down what was seen, and decide").await;
        self.chooses(outcome).await;
        self.fills(&[("The work reaches level", level)]).await;
        hands::fill_in(self.tab, "Observation 1", "It is", "a strength").await;
        hands::fill_in(self.tab, "Observation 1", "What we saw", STRENGTH).await;
        hands::fill_in(self.tab, "Observation 2", "It is", "not enough").await;
        hands::fill_in(self.tab, "Observation 2", "What we saw", GAP).await;
        hands::fill_in(self.tab, "Observation 2", "What would change it", CHANGE).await;
        self.presses("Keep it, and look at it").await;
        self.presses("Decide, and tell them then").await;
        self.reads("It is decided, and the recruiter is told.").await;
    }

    /// The next morning the candidate reads what was decided.
    pub(super) async fn hears(&mut self, stage: &str, words: &[&str]) {
        self.morning().await;
        self.sits(ZOE).await;
        self.presses(&format!("Read our decision on {stage}")).await;
        for words in words.iter().chain(&[STRENGTH, GAP, CHANGE]) {
            self.reads(words).await;
        }
    }

    /// The recruiter hands an offer over, and HR takes it over and makes it.
    pub(super) async fn is_offered(&mut self) {
        self.sits(TOMAS).await;
        self.presses("See what is proposed").await;
        self.presses("Hand it over, or see how it stands").await;
        self.fills(&[("Who takes over", LUCIA.name)]).await;
        self.presses("Hand it over").await;
        self.sits(LUCIA).await;
        self.presses("Take it over").await;
        self.presses("It is with me").await;
        self.sits(LUCIA).await;
        self.presses("Make it").await;
        let by = self.day(7);
        self.fills(&[("They answer by", &by)]).await;
        self.presses("It is made").await;
        self.sits(ZOE).await;
        self.reads("Our offer is yours to answer").await;
        self.reads("You have our offer. Answer Lucía Fernández by").await;
    }
}
