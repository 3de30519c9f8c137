//! What public pages answer and say.

use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use sqlx::AssertSqlSafe;

use crate::support::Portal;
use crate::support::html::{attributes, text};
use crate::support::tree::{OVERVIEW, tree, write};

#[tokio::test]
async fn a_page_that_was_seen_is_not_sent_again() {
    let portal = Portal::shipped().await;
    let first = portal.get("/").await;
    let mut headers = HeaderMap::new();
    headers.insert(header::IF_NONE_MATCH, HeaderValue::from_str(first.header("etag")).unwrap());
    let again = portal.send(Method::GET, "/", headers).await;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);
    assert!(again.body.is_empty());
    assert_eq!(again.header("etag"), first.header("etag"));
}

#[tokio::test]
async fn each_form_of_a_page_holds_the_same_page() {
    use std::io::Read;
    let portal = Portal::shipped().await;
    let plain = portal.page("/").await;
    let form = |coding: &'static str| {
        let headers =
            HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(coding))]);
        portal.send(Method::GET, "/", headers)
    };
    let (gzip, brotli) = (form("gzip").await, form("br").await);
    let mut unpacked = String::new();
    flate2::read::GzDecoder::new(gzip.body.as_slice()).read_to_string(&mut unpacked).unwrap();
    assert_eq!(unpacked, plain);
    let mut unpacked = String::new();
    brotli::Decompressor::new(brotli.body.as_slice(), 4096).read_to_string(&mut unpacked).unwrap();
    assert_eq!(unpacked, plain);
    assert!(brotli.body.len() <= gzip.body.len() && gzip.body.len() < plain.len());
}

#[tokio::test]
async fn assets_may_be_kept_for_good_and_pages_are_asked_after() {
    let portal = Portal::shipped().await;
    let page = portal.get("/").await;
    assert_eq!(page.header("cache-control"), "no-cache");
    let style =
        attributes(&page.text(), "href").into_iter().find(|link| link.ends_with(".css")).unwrap();
    let style = portal.get(&style).await;
    assert_eq!(style.header("cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(style.header("content-type"), "text/css; charset=utf-8");
}

#[tokio::test]
async fn a_level_of_a_challenge_is_a_page_of_its_own() {
    let portal = Portal::shipped().await;
    let automation = text(&portal.page("/docs/challenges/cloud/automation.md?level=2").await);
    assert!(automation.contains("You see what is asked up to level 2."), "{automation}");
    assert!(automation.contains("Level 1 #") && automation.contains("Level 2 #"));
    assert!(!automation.contains("Level 3 #"));
    let systems = text(&portal.page("/docs/challenges/systems/challenge.md?level=3").await);
    assert!(systems.contains("Level 3 #") && !systems.contains("Level 2 #"));
    let fourth = portal.page("/docs/challenges/cloud/automation.md?level=4").await;
    assert!(text(&fourth).contains("Level 4 changes part of what is asked here."));
}

#[tokio::test]
async fn a_challenge_says_at_its_top_how_it_is_taken() {
    let portal = Portal::shipped().await;
    let head = async |path: &str| {
        let page = portal.page(path).await;
        text(page.split_once("<h1").unwrap().1.split_once("</header>").unwrap().0)
    };
    let automation = head("/docs/challenges/cloud/automation.md?level=3").await;
    assert!(automation.contains("Take-home 6 to 10 hours within 1 week"), "{automation}");
    let audit = head("/docs/challenges/cloud/security_audit.md").await;
    assert!(audit.contains("With an outside firm about 4 hours, your choice"), "{audit}");
    // Where two tracks run it differently, each is told.
    sqlx::query(
        "update recipe set effort = 'an evening', edited_at = now() where stage_id in
           (select stage_id from stage join track using (track_id)
            where slug = 'security' and document_path like '%automation.md')",
    )
    .execute(&portal.owner().await)
    .await
    .unwrap();
    sqlx::query("update finished_set set render_key = ''")
        .execute(&portal.owner().await)
        .await
        .unwrap();
    let both = portal.twin().await.page("/docs/challenges/cloud/automation.md").await;
    let both = text(both.split_once("<h1").unwrap().1.split_once("</header>").unwrap().0);
    assert!(
        both.contains("an evening within 1 week DevSecOps / Security infrastructure"),
        "{both}"
    );
    assert!(both.contains("6 to 10 hours within 1 week DevOps / DevSecOps"), "{both}");
}

#[tokio::test]
async fn a_track_says_how_one_gets_there_and_where_to_ask() {
    let next = async |portal: &Portal| {
        let page = portal.page("/tracks/ops").await;
        page.split_once("id=\"page.next\"").unwrap().1.to_owned()
    };
    let dir = tree(&[("README.md", OVERVIEW), ("challenge.md", "# One")]);
    let portal = Portal::synced(dir.path()).await;
    let without = next(&portal).await;
    assert!(text(&without).contains("You come by invitation"), "{without}");
    assert!(!without.contains("mailto:") && !without.contains("open positions"), "{without}");
    let settings = "positions = 'https://jobs.example.org'\ncontact = 'mailto:ask@example.org'\n";
    write(dir.path(), "content.toml", settings.as_bytes());
    portal.sync(dir.path()).await.unwrap();
    let twin = portal.twin().await;
    let with = next(&twin).await;
    assert!(with.contains("apply for one of the <a href=\"https://jobs.example.org\">"), "{with}");
    assert!(with.contains("<a href=\"mailto:ask@example.org\">ask@example.org</a>"), "{with}");
    let card = twin.page("/").await;
    assert!(card.contains("<a href=\"mailto:ask@example.org\">Ask us</a> which level fits"));
}

#[tokio::test]
async fn a_level_that_is_not_there_is_not_found_and_points_at_the_page() {
    let portal = Portal::shipped().await;
    for address in ["/levels/sre?level=9", "/docs/challenges/cloud/automation.md?level=x"] {
        let answer = portal.get(address).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{address}");
        let page = address.split('?').next().unwrap();
        assert!(answer.text().contains(&format!("href=\"{page}\"")), "{address}");
    }
}

#[tokio::test]
async fn a_level_guide_shows_every_area_at_every_level() {
    let portal = Portal::shipped().await;
    let guide = portal.page("/levels/sre").await;
    assert_eq!(guide.matches("<th scope=\"row\"").count(), 11);
    assert_eq!(guide.matches("<th scope=\"col\">Level ").count(), 6);
    let third = text(&portal.page("/levels/systems?level=3").await);
    assert!(third.contains("Systems Engineer levels: level 3"));
    assert!(third.contains("Level 2 asks"));
}

#[tokio::test]
async fn a_level_guide_says_which_levels_it_describes() {
    let one = "# Backend levels\n\n| Area | Level 5 |\n|---|---|\n| Scope | Wide |\n";
    let dir = tree(&[("README.md", OVERVIEW), ("challenge.md", "# One"), ("levels/one.md", one)]);
    write(dir.path(), "levels/paper.pdf", b"%PDF-1.4 ...");
    let portal = Portal::synced(dir.path()).await;
    let said = text(&portal.page("/levels/one").await);
    assert!(said.contains("This guide describes level 5 alone."), "{said}");
    // A guide that is a PDF stands on its own page.
    let paper = portal.page("/levels/paper").await;
    let pdf = attributes(&paper, "data").pop().unwrap();
    assert!(pdf.ends_with("/levels/paper.pdf"), "{pdf}");
    assert_eq!(portal.get(&pdf).await.header("content-type"), "application/pdf");
    assert!(!text(&paper).contains("Read it as a document"));
    // What nobody here says is not said.
    let promotion = "level 6 by internal promotion only";
    assert!(!text(&portal.page("/levels").await).contains(promotion));
    assert!(text(&Portal::shipped().await.page("/levels").await).contains(promotion));
}

#[tokio::test]
async fn every_real_level_guide_can_be_read() {
    let Some(portal) = Portal::synced_with_shared("careers").await else { return };
    let sre = portal.page("/levels/sre").await;
    assert_eq!(sre.matches("<th scope=\"row\"").count(), 11);
    assert!(text(&portal.page("/levels/backend").await).contains("Data structures/Algorithms"));
    assert!(text(&portal.page("/levels/frontend").await).contains("Its document is empty."));
    assert!(portal.page("/docs/levels.pdf").await.contains("type=\"application/pdf\""));
}

#[tokio::test]
async fn search_finds_beginnings_of_words_and_marks_them() {
    let portal = Portal::shipped().await;
    let found = portal.page("/search?q=cgr").await;
    assert!(found.contains("<mark>cgroups</mark>"), "{found}");
    assert!(found.contains("challenges/systems/challenge.md"));
    assert!(text(&portal.page("/search?q=proc%2Fnet").await).contains("Automation challenge"));
    assert!(
        text(&portal.page("/search?q=troubleshooting+break").await)
            .contains("Troubleshooting challenge")
    );
}

#[tokio::test]
async fn a_document_found_by_its_title_is_found_once_and_its_title_is_marked() {
    let text = "# Heron lantern\n\nThe beginning of it.\n\n## Aside\n\nOne.\n\n## Also\n\nTwo.\n";
    let other =
        "# Else\n\nWords before. A heron stands in the water. Words after.\n\n- one.\n- two.\n";
    let dir = tree(&[("README.md", OVERVIEW), ("challenge.md", text), ("more.md", other)]);
    let portal = Portal::synced(dir.path()).await;
    let found = portal.page("/search?q=heron").await;
    assert_eq!(found.matches("href=\"/docs/challenge.md").count(), 1, "{found}");
    assert!(found.contains("<mark>Heron</mark> lantern"), "{found}");
    assert!(found.contains("The beginning of it."), "{found}");
    assert!(found.contains("A <mark>heron</mark> stands in the water. Words after. one. two."));
    // Words of the title and of the text together find the passage that holds the latter.
    let both = portal.page("/search?q=lantern+two").await;
    assert!(both.contains("href=\"/docs/challenge.md#also\""), "{both}");
    assert!(both.contains("<mark>Two</mark>."), "{both}");
}

#[tokio::test]
async fn a_slip_of_the_pen_is_answered_with_what_may_have_been_meant() {
    let portal = Portal::shipped().await;
    let levl = portal.page("/search?q=levl").await;
    assert!(levl.contains("Did you mean <a href=\"/search?q=level\">level</a>?"), "{levl}");
    let two = portal.page("/search?q=trobleshooting+sesion").await;
    assert!(two.contains("href=\"/search?q=troubleshooting+session\""), "{two}");
    assert!(!portal.page("/search?q=zebra").await.contains("Did you mean"));
}

#[tokio::test]
async fn a_search_without_an_answer_says_what_to_do() {
    let portal = Portal::shipped().await;
    assert!(text(&portal.page("/search?q=zebra").await).contains("Nothing matches “zebra”"));
    for nothing in ["/search", "/search?q=", "/search?q=%20%20", "/search?other=1"] {
        assert!(
            text(&portal.page(nothing).await).contains("Beginnings of words are enough"),
            "{nothing}"
        );
    }
    for odd in
        ["%27%3B+drop+table", "%3C%21%26%7C%29", "%00", "%ff", "a%27%3A%2A", &"x".repeat(5000)]
    {
        let answer = portal.get(&format!("/search?q={odd}")).await;
        assert!(
            answer.status == StatusCode::OK || answer.status == StatusCode::BAD_REQUEST,
            "{odd}: {}",
            answer.status
        );
    }
}

#[tokio::test]
async fn what_was_typed_is_shown_as_text_never_as_markup() {
    let portal = Portal::shipped().await;
    let found = portal.page("/search?q=%3Cscript%3Ealert(1)%3C%2Fscript%3E%22%3E").await;
    assert!(!found.contains("<script>alert"), "{found}");
    let lost = portal.get("/docs/%3Cscript%3Ealert(1)%3C/script%3E").await;
    assert!(!lost.text().contains("<script>alert"));
}

#[tokio::test]
async fn a_lost_reader_is_shown_what_is_near() {
    let portal = Portal::shipped().await;
    let lost = portal.get("/docs/cloud/automatisation.md").await;
    assert_eq!(lost.status, StatusCode::NOT_FOUND);
    assert!(
        lost.text().contains("href=\"/docs/challenges/cloud/automation.md\""),
        "{}",
        lost.text()
    );
    assert_eq!(lost.header("cache-control"), "no-store");
    let says = lost.text();
    assert!(says.contains(">Automation challenge</a>"), "{says}");
    assert!(says.contains("href=\"/search?q=cloud+automatisation\""), "{says}");
}

#[tokio::test]
async fn a_long_lost_address_costs_no_more_than_a_short_one() {
    let mut files = vec![("README.md".to_owned(), OVERVIEW.to_owned())];
    files.extend((0..300).map(|n| (format!("abacus/{n}/abbey/about.md"), "# One".to_owned())));
    let files: Vec<(&str, &str)> =
        files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let portal = Portal::synced(tree(&files).path()).await;
    let timed = async |address: &str| {
        let began = std::time::Instant::now();
        let lost = portal.get(address).await;
        assert_eq!(lost.status, StatusCode::NOT_FOUND);
        began.elapsed()
    };
    let short = timed("/ab/ab").await;
    let long = timed(&format!("/ab{}", "/ab".repeat(20_000))).await;
    assert!(long < short * 20 + std::time::Duration::from_millis(50), "{long:?} against {short:?}");
    // What is looked at still ends between two letters.
    let wide = format!("/{}", "%C3%BC".repeat(400));
    assert_eq!(portal.get(&wide).await.status, StatusCode::NOT_FOUND);
    let near = portal.get(&format!("/docs/abacus/7/{}", "x".repeat(5000))).await;
    assert!(near.text().contains("href=\"/docs/abacus/"), "{}", near.text());
}

#[tokio::test]
async fn a_slash_too_many_leads_to_the_page() {
    let portal = Portal::shipped().await;
    for (address, to) in [
        ("/tracks/systems/", "/tracks/systems"),
        ("/docs/challenges/cloud/", "/docs/challenges/cloud"),
    ] {
        let answer = portal.get(address).await;
        assert_eq!(
            (answer.status, answer.header("location")),
            (StatusCode::PERMANENT_REDIRECT, to)
        );
    }
    assert_eq!(portal.get("//evil.example/").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn when_the_database_is_away_public_pages_stay_and_search_says_when_to_come_back() {
    let portal = Portal::shipped().await;
    let name = &portal.database.name;
    let beside = sqlx::PgPool::connect_with(portal.database.beside.clone()).await.unwrap();
    // Nobody may connect any more, and who is connected is put out.
    let away = format!(
        "alter database {name} allow_connections false;
         select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'"
    );
    sqlx::raw_sql(AssertSqlSafe(away)).execute(&beside).await.unwrap();
    assert!(portal.page("/").await.contains("Show us how you work"));
    let search = portal.get("/search?q=cgroup").await;
    assert_eq!(search.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(search.header("retry-after"), "5");
    assert!(search.text().contains("needs the database"));
    let says = search.text();
    assert!(says.contains("href=\"/search?q=cgroup\">Try again</a>"), "{says}");
    assert!(says.contains("value=\"cgroup\""), "what was typed is kept: {says}");
    assert!(!says.contains(">Search the documents</a>"), "{says}");
    assert_eq!(portal.get("/readyz").await.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(portal.get("/healthz").await.status, StatusCode::OK);
    let back = format!("alter database {name} allow_connections true");
    sqlx::raw_sql(AssertSqlSafe(back)).execute(&beside).await.unwrap();
    assert_eq!(portal.get("/readyz").await.status, StatusCode::OK);
    assert_eq!(portal.get("/search?q=cgroup").await.status, StatusCode::OK);
}

#[tokio::test]
async fn readiness_is_answered_however_busy_the_requests_are() {
    let portal = Portal::shipped().await;
    let mut held = Vec::new();
    while let Ok(connection) = portal.db.pool().acquire().await {
        held.push(connection);
    }
    assert_eq!(portal.get("/readyz").await.status, StatusCode::OK);
    assert_eq!(portal.get("/search?q=cgroup").await.status, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn something_broken_shows_an_incident_and_never_its_cause() {
    let portal = Portal::shipped().await;
    sqlx::query("alter table passage rename column body to gone")
        .execute(&portal.owner().await)
        .await
        .unwrap();
    let broken = portal.get("/search?q=cgroup").await;
    assert_eq!(broken.status, StatusCode::INTERNAL_SERVER_ERROR);
    let page = broken.text();
    assert!(page.contains(broken.header("x-request-id")), "{page}");
    assert!(!page.contains("column") && !page.contains("passage") && !page.contains("sqlx"));
}

#[tokio::test]
async fn a_document_of_every_kind_of_text_becomes_a_page() {
    let dir = tree(&[
        ("README.md", OVERVIEW),
        ("challenge.md", "# مريم 👩🏽‍💻 Tomasz Wiśniewski-Brzęczyszczykiewicz\n\ntext"),
        ("a folder/ü & <b>.md", "# Odd\n\n[back](../challenge.md)"),
    ]);
    write(dir.path(), "more.md", b"");
    let portal = Portal::synced(dir.path()).await;
    assert!(portal.page("/docs/challenge.md").await.contains("مريم 👩🏽‍💻"));
    assert!(
        portal
            .page("/docs/a%20folder/%C3%BC%20%26%20%3Cb%3E.md")
            .await
            .contains("href=\"/docs/challenge.md\"")
    );
    assert!(
        text(&portal.page("/docs/more.md").await).contains("This document is empty in its source.")
    );
    assert!(text(&portal.page("/docs/a%20folder").await).contains("Odd"));
}

#[tokio::test]
async fn link_previews_and_search_engines_get_what_they_need() {
    let portal = Portal::shipped().await;
    let page = portal.page("/tracks/systems").await;
    for needed in [
        "<link rel=\"canonical\" href=\"http://portal.test/tracks/systems\">",
        "<meta property=\"og:title\"",
        "<meta property=\"og:image\" content=\"http://portal.test/assets/social.",
        "<meta name=\"description\"",
    ] {
        assert!(page.contains(needed), "{needed}");
    }
    // Whatever was searched for, it is one page.
    let search = portal.page("/search?q=x").await;
    assert!(search.contains("<link rel=\"canonical\" href=\"http://portal.test/search\">"));
    let sitemap = portal.page("/sitemap.xml").await;
    assert!(sitemap.contains("<loc>http://portal.test/tracks/operations</loc>"));
    assert!(portal.page("/robots.txt").await.contains("Sitemap: http://portal.test/sitemap.xml"));
}

#[tokio::test]
async fn whatever_fails_gets_a_page() {
    let portal = Portal::shipped().await;
    let doubled = portal.get("/search?q=a&q=b").await;
    assert_eq!(doubled.status, StatusCode::BAD_REQUEST);
    assert!(doubled.text().contains("This address cannot be read"), "{}", doubled.text());
    let headers = HeaderMap::from_iter([(
        http::HeaderName::from_static("sec-fetch-site"),
        HeaderValue::from_static("cross-site"),
    )]);
    let cross = portal.send(Method::POST, "/search", headers).await;
    assert_eq!(cross.status, StatusCode::FORBIDDEN);
    assert!(cross.text().contains("This request came from another site"));
    let method = portal.send(Method::POST, "/search", HeaderMap::new()).await;
    assert!(method.text().contains("This page cannot be used that way"));
    assert_eq!(method.header("allow"), "GET,HEAD");
}

#[tokio::test]
async fn a_level_asked_of_a_page_that_has_none_changes_nothing() {
    let portal = Portal::shipped().await;
    for address in ["/", "/docs/README.md", "/tracks/systems"] {
        let (plain, levelled) =
            (portal.get(address).await, portal.get(&format!("{address}?level=3")).await);
        assert_eq!(levelled.status, plain.status, "{address}");
        assert!(levelled.body == plain.body, "{address}");
    }
    let slash = portal.get("/docs/challenges/cloud/automation.md/?level=3").await;
    assert_eq!(slash.headers["location"], "/docs/challenges/cloud/automation.md?level=3");
}

#[tokio::test]
async fn no_id_stands_twice_whatever_the_headings_are_called() {
    let names = ["Intro", "Main", "Q", "Toc", "a", "a-1", "a", "Challenge", "Levels", "Next"];
    let document: String = names.iter().map(|name| format!("# {name}\n\ntext\n\n")).collect();
    let deeper = format!("### Main\n\n### Q\n\n### Next\n\n{}", "### Challenge\n\n");
    let overview = OVERVIEW.replace("### Challenge\n\n", &deeper);
    let dir = tree(&[("README.md", &overview), ("a.md", &document)]);
    let portal = Portal::synced(dir.path()).await;
    for address in ["/docs/a.md", "/tracks/ops", "/"] {
        let page = portal.page(address).await;
        let mut ids: Vec<&str> =
            page.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert!(ids.len() > 2, "{ids:?}");
        ids.sort_unstable();
        assert!(ids.windows(2).all(|pair| pair[0] != pair[1]), "{address}: {ids:?}");
    }
}

#[tokio::test]
async fn a_guide_whose_pdf_is_written_in_capitals_is_a_pdf() {
    let dir = tree(&[("README.md", OVERVIEW), ("levels/ops.PDF", "%PDF-1.7")]);
    let guide = Portal::synced(dir.path()).await.page("/levels/ops").await;
    assert!(guide.contains("<object class=\"pdf\" data=\"/"), "{guide}");
    assert!(guide.contains("download=\"ops.PDF\""), "{guide}");
}
