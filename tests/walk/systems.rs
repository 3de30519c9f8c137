//! The systems track: one challenge, voted on without names, then an offer, which is accepted.

use super::{LUCIA, MINUTE, TOMAS, ZOE, walk};

const TRACK: &str = "Systems / Backend Developers";
const CHALLENGE: &str = "Systems challenge";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_systems_track_is_walked_to_an_offer_that_is_accepted() {
    walk(async |walk| {
        walk.follows_four_others("systems").await;
        walk.begins(TRACK, &[CHALLENGE]).await;
        let link = ("Links to your work", "https://git.example.org/heron/poller");
        walk.takes_blind(CHALLENGE, &[link]).await;

        // Links could name the candidate, so the recruiter looks at them before the panel does.
        walk.follows(TOMAS, "has handed in something to pass on").await;
        walk.presses("Pass it on to the panel").await;

        walk.passes_blind(CHALLENGE).await;

        walk.is_offered().await;
        walk.sits(LUCIA).await;
        walk.presses("See it").await;
        walk.presses("They accept").await;
        walk.presses("Note that they accept").await;
        walk.sits(ZOE).await;
        walk.reads("You accepted our offer on").await;

        walk.sits(TOMAS).await;
        walk.presses("Candidates").await;
        walk.presses(ZOE.name).await;
        walk.reads("Closed: the candidate is hired").await;
        walk.presses("Reports").await;
        walk.reads("Went on\n5 of 5, 100 %").await;
        walk.later(MINUTE).await;

        insta::assert_snapshot!(walk.stable(&walk.pages).await);
        insta::assert_snapshot!(walk.stable(&walk.post).await, @r"
        zoe: Your invitation to interviews at the company
        jonas: Can you look at Systems challenge by Heron 42?
        mina: Can you look at Systems challenge by Heron 42?
        ravi: Can you look at Systems challenge by Heron 42?
        zoe: Systems challenge: your next step at the company
        tomas: Zoë Brzęczyszczykiewicz has told you something
        tomas: Zoë Brzęczyszczykiewicz has handed in something to pass on
        zoe: We have Systems challenge
        jonas: Systems challenge by Heron 42 is here to look at
        mina: Systems challenge by Heron 42 is here to look at
        ravi: Systems challenge by Heron 42 is here to look at
        jonas: The votes for Systems challenge by Heron 42 are open
        mina: The votes for Systems challenge by Heron 42 are open
        ravi: The votes for Systems challenge by Heron 42 are open
        sean: The votes for Systems challenge by Zoë Brzęczyszczykiewicz are open
        tomas: The votes for Systems challenge by Zoë Brzęczyszczykiewicz are open
        tomas: Systems challenge of Zoë Brzęczyszczykiewicz is decided
        zoe: Systems challenge: our decision
        lucia: An offer for Zoë Brzęczyszczykiewicz is yours to make
        zoe: An offer from the company
        zoe: Your offer from the company
        sean: The offer for Zoë Brzęczyszczykiewicz has ended
        tomas: The offer for Zoë Brzęczyszczykiewicz has ended
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
        tomas: assignment.links_passed_on
        portal: assignment.opened
        sean: assignment.decided
        tomas: offer.handed_over
        lucia: offer.received
        lucia: offer.made
        lucia: offer.accepted
        lucia: application.closed
        ");
    })
    .await;
}
