//! The seed is the document this project serves: all of it can be read on the site.

use crate::support::Portal;
use crate::support::html::text;
use crate::support::tree::shared;

/// The overview and its tracks, as a reader reads them.
async fn site(portal: &Portal) -> String {
    let mut said = String::new();
    for address in ["/", "/tracks/systems", "/tracks/operations", "/tracks/security"] {
        said.push_str(&text(&portal.page(address).await));
        said.push('\n');
    }
    said
}

/// Markdown reduced to what is read: links to their text, marks gone, lines joined.
fn plain(markdown: &str) -> String {
    let mut read = String::new();
    let mut rest = markdown;
    while let Some((before, link)) = rest.split_once('[') {
        let Some((name, after)) = link.split_once("](") else { break };
        read.push_str(before);
        read.push_str(name);
        rest = after.split_once(')').map_or("", |(_, rest)| rest);
    }
    read.push_str(rest);
    read.trim_start_matches(['#', '*', ' ']).split_whitespace().collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn every_heading_paragraph_link_and_note_of_the_seed_can_be_read() {
    let Some(dir) = shared("seed") else { return };
    let source = std::fs::read_to_string(dir.join("overview.md")).unwrap();
    let said = site(&Portal::synced(&dir).await).await.replace(" is not here yet", "");
    let mut checked = 0;
    for block in source.split("\n\n").flat_map(|block| block.split("\n* ")) {
        // A track's heading is shown as its two halves; everything else as it stands.
        let halves: Vec<String> = if block.trim_start().starts_with('#') {
            block.split(": ").map(plain).collect()
        } else {
            vec![plain(block)]
        };
        for part in halves.into_iter().filter(|part| !part.is_empty()) {
            // Wanted paths stand behind missing links, between the words of a paragraph.
            let found = said.contains(&part) || in_order(&said, &part);
            assert!(found, "the site does not say: {part}");
            checked += 1;
        }
    }
    assert!(checked > 30, "only {checked} pieces were looked for");
}

/// Whether the words of `part` stand in `said` in this order with little between them.
fn in_order(said: &str, part: &str) -> bool {
    let words: Vec<&str> = part.split(' ').collect();
    let first = words[..words.len().min(3)].join(" ");
    said.match_indices(&first).any(|(at, _)| {
        let mut rest = &said[at..];
        words.iter().all(|word| match rest.find(word) {
            Some(found) if found < 60 => {
                rest = &rest[found + word.len()..];
                true
            }
            _ => false,
        })
    })
}

#[tokio::test]
async fn the_seed_alone_shows_and_marks_what_it_wants() {
    let Some(portal) = Portal::synced_with_shared("seed").await else { return };
    let systems = portal.page("/tracks/systems").await;
    assert!(systems.contains("systems/challenge.md"));
    assert!(text(&systems).contains("See levels.pdf levels.pdf is not here yet"));
    let operations = portal.page("/tracks/operations").await;
    let first = operations.find("Automation development challenge").unwrap();
    let second = operations.find("Troubleshooting challenge").unwrap();
    assert!(first < second);
    assert!(operations.contains("levels/sre.md"));
    assert!(
        portal
            .page("/")
            .await
            .contains("href=\"https://sockpuppet.org/blog/2015/03/06/the-hiring-post/\"")
    );
}

#[tokio::test]
async fn a_track_without_a_level_guide_says_so() {
    let security = text(&Portal::shipped().await.page("/tracks/security").await);
    assert!(security.contains("This track has no level guide of its own."), "{security}");
    let Some(portal) = Portal::synced_with_shared("seed").await else { return };
    assert!(
        text(&portal.page("/tracks/security").await)
            .contains("This track has no level guide of its own.")
    );
}

#[tokio::test]
async fn automation_is_one_document_in_two_tracks() {
    let portal = Portal::shipped().await;
    for track in ["operations", "security"] {
        let page = portal.page(&format!("/tracks/{track}")).await;
        assert!(page.contains("href=\"/docs/challenges/cloud/automation.md\""), "{track}");
    }
}

/// The headings of a page in order, each with its rank: the page as a screen reader lists it.
fn headings(page: &str) -> String {
    let mut found = Vec::new();
    for part in page.split("<h").skip(1) {
        let rank = part.chars().next().filter(char::is_ascii_digit);
        let inner = part.split_once('>').and_then(|(_, rest)| rest.split_once("</h"));
        if let (Some(rank), Some((inner, _))) = (rank, inner) {
            found.push(format!("{rank} {}", text(inner)));
        }
    }
    found.join("\n")
}

#[tokio::test]
async fn the_overview_and_a_track_read_as_meant() {
    let portal = Portal::shipped().await;
    insta::assert_snapshot!(headings(&portal.page("/").await), @r"
    1 Show us how you work on production
    2 Summary
    2 Three tracks. Which one sounds like you?
    3 Systems / Backend Developers
    3 DevOps / DevSecOps / SREs / Production engineers
    3 DevSecOps / Security infrastructure
    2 Rationale
    ");
    insta::assert_snapshot!(headings(&portal.page("/tracks/operations").await), @r"
    1 DevOps / DevSecOps / SREs / Production engineers
    2 Challenge
    3 Automation challenge
    3 Troubleshooting challenge
    4 Agenda
    2 What happens next
    2 Levels
    2 Other tracks
    ");
}
