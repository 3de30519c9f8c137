//! Handing in and reviewing in a real browser: how far a large file is, and what keys do.

use fantoccini::key::Key;
use portal::assignment::model::TAKE_BACK;
use portal::ids::AccountId;

use crate::browser::tab_to;
use crate::submission::begun;
use crate::support::Portal;
use crate::support::archive::{File, zip};
use crate::support::browser::{Scripts, Tab, browse_at};
use crate::support::hands::{self, sit_down};
use crate::support::panel::{Panel, WHY};
use crate::support::relay;

/// The same portal, where browsers send the cookie of this machine without a certificate; and its address.
async fn here(portal: &Portal) -> (Portal, String) {
    let here = portal.twin_set_as(&[("PORTAL_BASE_URL", "http://localhost")]).await;
    here.clock.set(portal.clock.now());
    let base = here.serve().await;
    (here, base)
}

async fn sits_down(portal: &Portal, tab: &Tab, account: AccountId, at: &str) {
    tab.goto("/sign-in").await;
    sit_down(portal, tab, account, at).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_archive_says_how_far_it_is_and_what_was_typed_goes_along() {
    let it = begun().await;
    let (portal, base) = here(&it.portal).await;
    let base = relay::slow(&base, 8 << 20).await;
    // What cannot be packed, as code that was built cannot.
    let mut state = 1_u32;
    let mut noise = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    let content: Vec<u8> = (0..5 << 20).map(|_| noise()).collect();
    let files = (1..=6).map(|n| File { method: 0, ..File::new(format!("part-{n}.bin"), &content) });
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("work.zip");
    std::fs::write(&archive, zip(&files.collect::<Vec<_>>())).unwrap();
    browse_at(base, Scripts::On, async |tab| {
        sits_down(&portal, tab, it.zoe.account.unwrap(), &it.hand_in).await;
        tab.run(
            "const says = document.querySelector('.sending [role=status]');
             new MutationObserver(() => { sessionStorage.said = `${sessionStorage.said ?? ''}${says.textContent}|`; })
               .observe(says, { childList: true });",
        )
        .await;
        hands::fill(tab, "What the panel should know", "Begin with part 1.").await;
        tab.run("window.left = true").await;
        hands::attach(tab, "A .zip or .tar.gz of your work", &archive).await;
        tab.wait_for("!window.left && location.search === '?done=file'").await;
        let said: String = tab.eval("sessionStorage.said").await;
        let steps: Vec<u32> = said
            .split('|')
            .filter_map(|one| one.strip_prefix("Sending… ")?.strip_suffix(" %")?.parse().ok())
            .collect();
        assert!(steps.len() > 3 && steps.is_sorted(), "{said}");
        assert!(said.ends_with("Reading it…|"), "{said}");
        hands::says(tab, "6 files").await;
        let kept: String = tab.eval("document.querySelector('#note').value").await;
        assert_eq!(kept, "Begin with part 1.");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_kept_is_said_beside_its_field_and_the_rest_is_kept() {
    let it = begun().await;
    let (portal, base) = here(&it.portal).await;
    browse_at(base, Scripts::On, async |tab| {
        sits_down(&portal, tab, it.zoe.account.unwrap(), &it.hand_in).await;
        hands::fill(tab, "Links to your work", "no address").await;
        hands::fill(tab, "Level 1, question 1", "By tests.").await;
        tab.wait_for("document.querySelector('#links[aria-invalid] + .field-error')").await;
        hands::says(tab, "“no address” is no web address").await;
        hands::says(tab, "Kept, but for what is marked.").await;
        hands::fill(tab, "Links to your work", "https://git.example.org/heron/poller").await;
        tab.wait_for("!document.querySelector('#links[aria-invalid], .field-error[data-fault]')")
            .await;
        hands::says(tab, "Kept as typed.").await;
        tab.goto(&it.hand_in).await;
        let kept: Vec<String> = tab
            .eval("['links', 'answer-1.1'].map((id) => document.getElementById(id).value)")
            .await;
        assert_eq!(kept, ["https://git.example.org/heron/poller", "By tests."]);
        // What was typed just before the page went is there on the next one, which goes on from it.
        hands::fill(tab, "Level 1, question 2", "Typed and gone.").await;
        tab.goto(&it.hand_in).await;
        tab.wait_for("document.getElementById('answer-1.2')?.value === 'Typed and gone.'").await;
        tab.wait_for("!document.querySelector('form[data-keeps]').inert").await;
        hands::fill(tab, "Level 1, question 3", "And on.").await;
        tab.wait_for("document.querySelector('[data-kept]').textContent === 'Kept as typed.'")
            .await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_reads_the_files_and_votes_by_keyboard_alone() {
    let mut it = Panel::seated("operations").await;
    it.portal.hand_in_files(it.made, &["README.md", "poll.go", "table.go"]).await;
    it.portal.clock.set(it.portal.clock.now() + TAKE_BACK);
    let (portal, base) = here(&it.portal).await;
    let member = it.members.remove(0).account.unwrap();
    let work = format!("/assignments/{}/work", it.made.assignment);
    browse_at(base, Scripts::On, async |tab| {
        sits_down(&portal, tab, member, &work).await;
        let open =
            async || -> String { tab.eval("document.querySelector('.file h3').innerText").await };
        assert_eq!(open().await, "README.md");
        for (key, file) in [('j', "poll.go"), ('j', "table.go"), ('k', "poll.go")] {
            tab.run("window.left = true").await;
            tab.press(key).await;
            tab.wait_for("!window.left && document.readyState === 'complete'").await;
            assert_eq!(open().await, file);
        }
        // Keys that are typed somewhere are letters there.
        tab.press('t').await;
        tab.wait_for("document.activeElement.id === 'find'").await;
        tab.write("tablej").await;
        tab.press(Key::Backspace).await;
        tab.run("window.left = true").await;
        tab.press(Key::Enter).await;
        tab.wait_for("!window.left && document.readyState === 'complete'").await;
        assert_eq!(open().await, "table.go");
        tab.press('/').await;
        tab.wait_for("document.activeElement.id === 'page.q'").await;

        tab.goto(&it.review).await;
        tab_to(tab, "[name=value]").await;
        tab.press(' ').await;
        assert_eq!(
            tab.eval::<String>("document.querySelector('[name=value]:checked').value").await,
            "1"
        );
        tab_to(tab, "#comment").await;
        tab.write(WHY).await;
        tab_to(tab, "form:has(#comment) button").await;
        tab.press(Key::Enter).await;
        tab.wait_for("location.search === '?done=vote'").await;
        hands::says(tab, "Your vote is sealed.").await;
    })
    .await;
}
