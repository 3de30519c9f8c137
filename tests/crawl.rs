//! Every link of every page leads somewhere, whichever tree is published.

use std::collections::{BTreeMap, BTreeSet};

use http::StatusCode;

use crate::support::Portal;
use crate::support::html::attributes;

/// Follows every internal link from `/` and returns what is dead: the page, the link, what is wrong.
async fn dead_links(portal: &Portal) -> (usize, Vec<String>) {
    let mut pages: BTreeMap<String, Option<String>> = BTreeMap::new();
    let mut wanted: Vec<(String, String)> =
        vec![("start".into(), "/".into()), ("start".into(), "/sitemap.xml".into())];
    let mut links: BTreeSet<(String, String)> = BTreeSet::new();
    // Where forms go: there may be nothing to read.
    let mut forms: BTreeSet<String> = BTreeSet::new();
    while let Some((from, link)) = wanted.pop() {
        let address = link.split('#').next().unwrap_or_default().to_owned();
        links.insert((from, link));
        if pages.contains_key(&address) {
            continue;
        }
        let mut answer = portal.get(&address).await;
        if answer.status == StatusCode::PERMANENT_REDIRECT {
            let to = answer.header("location").split('#').next().unwrap_or_default().to_owned();
            answer = portal.get(&to).await;
        }
        let takes_forms =
            answer.status == StatusCode::METHOD_NOT_ALLOWED && forms.contains(&address);
        let body = (answer.status == StatusCode::OK || takes_forms).then(|| answer.text());
        if answer.header("content-type").starts_with("text/html") {
            for name in ["href", "src", "data", "action"] {
                for link in attributes(body.as_deref().unwrap_or_default(), name) {
                    let link = match link.strip_prefix('#') {
                        Some(anchor) => format!("{address}#{anchor}"),
                        None => link.replace("http://portal.test", ""),
                    };
                    if link.starts_with('/') {
                        if name == "action" {
                            forms.insert(link.clone());
                        }
                        wanted.push((address.clone(), link));
                    } else {
                        let outside = ["https://", "http://", "mailto:"]
                            .iter()
                            .any(|scheme| link.starts_with(scheme));
                        assert!(
                            outside,
                            "{address} has the link {link:?}, which is neither ours nor outside"
                        );
                    }
                }
            }
        }
        pages.insert(address, body);
    }
    let dead = links.iter().filter_map(|(from, link)| {
        let (address, anchor) = link.split_once('#').unwrap_or((link, ""));
        match pages.get(address)?.as_deref() {
            None => Some(format!("{from} links to {link}, which is not there")),
            Some(body) if !anchor.is_empty() && !body.contains(&format!(" id=\"{anchor}\"")) => {
                Some(format!("{from} links to {link}, but the page has no such place"))
            }
            Some(_) => None,
        }
    });
    (links.len(), dead.collect())
}

#[tokio::test]
async fn the_shipped_tree_has_no_dead_link() {
    let (count, dead) = dead_links(&Portal::shipped().await).await;
    assert_eq!(dead, Vec::<String>::new());
    assert!(count > 300, "only {count} links were followed");
}

#[tokio::test]
async fn the_seed_alone_has_no_dead_link() {
    let Some(portal) = Portal::synced_with_shared("seed").await else { return };
    let (count, dead) = dead_links(&portal).await;
    assert_eq!(dead, Vec::<String>::new());
    assert!(count > 30, "only {count} links were followed");
}

#[tokio::test]
async fn the_careers_tree_has_no_dead_link() {
    let Some(portal) = Portal::synced_with_shared("careers").await else { return };
    let (count, dead) = dead_links(&portal).await;
    assert_eq!(dead, Vec::<String>::new());
    assert!(count > 500, "only {count} links were followed");
}

#[tokio::test]
async fn the_crawl_notices_a_dead_link() {
    let portal = Portal::shipped().await;
    let (_, dead) = dead_links(&portal).await;
    assert!(dead.is_empty());
    let mut broken = Vec::new();
    for address in portal.shelf.pages().addresses() {
        if !address.starts_with("/levels") {
            broken.extend(portal.shelf.pages().get(address).cloned());
        }
    }
    let (edition, chrome) = (portal.shelf.pages().edition, portal.shelf.pages().chrome.clone());
    portal.shelf.replace(portal::web::shelf::Pages::new(edition, chrome, false, broken));
    let (_, dead) = dead_links(&portal).await;
    assert!(dead.iter().any(|line| line.contains("/levels/sre")), "{dead:?}");
}
