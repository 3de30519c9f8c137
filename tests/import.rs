//! Trees that cannot be taken: each is refused with its file, its line and what to do, and the
//! content that was there before stays.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::Duration;

use crate::support::Portal;
use crate::support::tree::{OVERVIEW, tree, write};

/// Spoils a good tree by `spoil` and returns why it is refused, having seen that nothing changed.
async fn refused(spoil: impl FnOnce(&Path)) -> String {
    let good = tree(&[("README.md", OVERVIEW), ("challenge.md", "# Kept")]);
    let portal = Portal::synced(good.path()).await;
    write(good.path(), "challenge.md", b"# Never seen");
    spoil(good.path());
    let message = portal.sync(good.path()).await.expect_err("this tree must not be taken");
    let twin = portal.twin().await;
    assert!(twin.page("/docs/challenge.md").await.contains("<h1>Kept</h1>"));
    message
}

#[tokio::test]
async fn text_that_is_not_utf_8_is_refused_with_its_line() {
    let message = refused(|dir| write(dir, "latin.md", b"# Caf\n\nna\xefve")).await;
    assert_eq!(message, "latin.md:3: is not UTF-8 (byte 0xef); save it as UTF-8");
    let message = refused(|dir| write(dir, "binary.md", b"# A\n\0")).await;
    assert_eq!(message, "binary.md:2: holds a NUL byte; this looks like no text file");
}

#[tokio::test]
async fn a_symlink_that_leaves_the_tree_dangles_or_circles_is_refused() {
    let message = refused(|dir| symlink("/etc/passwd", dir.join("secret.md")).unwrap()).await;
    assert_eq!(
        message,
        "secret.md: this symlink leaves the content tree; copy its target in instead"
    );
    let message = refused(|dir| symlink("/etc", dir.join("etc")).unwrap()).await;
    assert_eq!(message, "etc: this symlink leaves the content tree; copy its target in instead");
    let message = refused(|dir| symlink("gone.md", dir.join("a.md")).unwrap()).await;
    assert_eq!(message, "a.md: this symlink leads nowhere; remove it");
    let message = refused(|dir| symlink("a.md", dir.join("a.md")).unwrap()).await;
    assert_eq!(message, "a.md: this symlink leads in a circle; remove it");
    let message = refused(|dir| {
        fs::create_dir(dir.join("inner")).unwrap();
        symlink(dir, dir.join("inner/outer")).unwrap();
    })
    .await;
    assert_eq!(message, "inner/outer: this symlink makes a folder contain itself; remove it");
}

#[tokio::test]
async fn a_symlink_inside_the_tree_is_followed() {
    let dir = tree(&[("README.md", OVERVIEW), ("challenge.md", "# One")]);
    symlink("challenge.md", dir.path().join("more.md")).unwrap();
    let portal = Portal::synced(dir.path()).await;
    assert!(portal.page("/docs/more.md").await.contains("<h1>One</h1>"));
}

#[tokio::test]
async fn a_file_too_large_for_a_page_is_refused_without_being_read() {
    let message = refused(|dir| {
        fs::File::create(dir.join("huge.md")).unwrap().set_len(50 << 20).unwrap();
    })
    .await;
    assert_eq!(message, "huge.md: is 50 MiB large; such a file may have 1 MiB. Split or shrink it");
}

#[tokio::test]
async fn a_table_too_large_for_a_page_is_refused_with_its_line() {
    let row = "| x ".repeat(100) + "|\n";
    let table = format!("# T\n\n{row}{}|\n{}", "|---".repeat(100), row.repeat(99));
    let message = refused(|dir| write(dir, "table.md", table.as_bytes())).await;
    assert!(
        message.starts_with("table.md:3: this table has 10000 cells; a page can show 5000."),
        "{message}"
    );
    let in_item =
        format!("- An item:\n\n{}", table[5..].replace("\n|", "\n  |").replacen("| x", "  | x", 1));
    let message = refused(|dir| write(dir, "table.md", in_item.as_bytes())).await;
    assert!(message.starts_with("table.md:1: this table has 10000 cells"), "{message}");
    let cells =
        format!("<table>{}</table>", format!("<tr>{}</tr>", "<td>x</td>".repeat(100)).repeat(100));
    let message = refused(|dir| write(dir, "table.md", cells.as_bytes())).await;
    assert!(message.starts_with("table.md:1: this table has 10000 cells"), "{message}");
}

#[tokio::test]
async fn two_tracks_with_one_address_are_refused_with_their_lines() {
    let twice = format!(
        "{OVERVIEW}\n## Ops Focus: Operators\n\nAgain.\n\n### Challenge\n\n[Second](challenge.md)\n"
    );
    let message = refused(|dir| write(dir, "README.md", twice.as_bytes())).await;
    let lines: Vec<&str> = message.lines().collect();
    assert!(
        lines[0].starts_with(
            "README.md:7: the track \"Ops Focus: Operators\" would have the same address"
        ),
        "{message}"
    );
    assert!(lines[1].starts_with("README.md:17: "), "{message}");
    let renamed = "[tracks.ops]\nslug = 'night'\n[tracks.sub]\nslug = 'night'\n";
    let two = twice.replace("[Second](challenge.md)", "[Second](sub/challenge.md)");
    let message = refused(|dir| {
        write(dir, "README.md", two.as_bytes());
        write(dir, "content.toml", renamed.as_bytes());
    })
    .await;
    assert_eq!(
        message.matches("would have the same address as another, /tracks/night").count(),
        2,
        "{message}"
    );
}

#[tokio::test]
async fn settings_that_are_no_toml_or_name_what_is_not_there_are_refused_with_their_line() {
    for (settings, complaint) in [
        ("title = 'x'\n= 3\n", "content.toml:2: "),
        (
            "overview = 'nowhere.md'\n",
            "content.toml:1: names \"nowhere.md\", but the tree has no such document",
        ),
        (
            "\n[tracks.design]\ntitle = 'x'\n",
            "content.toml:2: tracks.design: the overview has no such track",
        ),
        ("[documents.'x.md']\ntitle = 'x'\n", "content.toml:1: names \"x.md\""),
        (
            "[[recipes]]\ntrack = 'ops'\ndocument = 'challenge.md'\nformat = 'quiz'\n",
            "content.toml:4: unknown variant `quiz`",
        ),
        (
            "[[recipes]]\ntrack = 'art'\ndocument = 'challenge.md'\nformat = 'external'\n",
            "content.toml:2: recipe: there is no track \"art\"; the tracks are: ops",
        ),
        (
            "[[recipes]]\ntrack = 'ops'\ndocument = 'challenge.md'\nformat = 'external'\n\
             [[recipes]]\ntrack = 'ops'\ndocument = 'challenge.md'\nformat = 'take_home'\n",
            "content.toml:6: recipe: track \"ops\" has one for challenge.md already",
        ),
        ("colour = 'red'\n", "content.toml:1: unknown field `colour`"),
        ("title = 7\n", "content.toml:1: invalid type"),
    ] {
        let message = refused(|dir| write(dir, "content.toml", settings.as_bytes())).await;
        assert!(message.starts_with(complaint), "{settings:?}: {message}");
    }
}

#[tokio::test]
async fn a_folder_that_is_no_content_tree_says_so() {
    let dir = tree(&[("notes.txt", "x")]);
    let portal = Portal::shipped().await;
    assert!(portal.sync(dir.path()).await.unwrap_err().contains("is this the right folder?"));
    let missing = portal.sync(&dir.path().join("gone")).await.unwrap_err();
    assert!(missing.ends_with("this folder cannot be read: it does not exist"), "{missing}");
    let file = portal.sync(&dir.path().join("notes.txt")).await.unwrap_err();
    assert!(file.ends_with("this is a file; a content tree is a folder"), "{file}");
    let none = tree(&[("a.md", "# A")]);
    assert!(
        portal
            .sync(none.path())
            .await
            .unwrap_err()
            .contains("no document has a \"Backgrounds\" section")
    );
}

#[tokio::test]
async fn every_problem_is_told_at_once() {
    let message = refused(|dir| {
        write(dir, "a.md", b"\xff");
        symlink("gone", dir.join("b.md")).unwrap();
        fs::File::create(dir.join("c.md")).unwrap().set_len(2 << 20).unwrap();
    })
    .await;
    let files: Vec<&str> = message.lines().filter_map(|line| line.split(':').next()).collect();
    assert_eq!(files, ["a.md", "b.md", "c.md"]);
}

#[tokio::test]
async fn nothing_in_a_document_runs() {
    let attacks = "# A\n\n<script>alert(1)</script>\n\n<img src=x onerror=alert(1)>\n\n\
        [x](javascript:alert(1)) [y](JaVaScRiPt:alert(1)) [z](data:text/html,x) <a href=\"vbscript:x\">v</a>\n\n\
        <iframe src=\"https://example.org\"></iframe><svg onload=alert(1)></svg>\n\n\
        ![p](https://example.org/track.png)\n\n<style>*{display:none}</style>\n\n<form action=/x><input></form>\n\n\
        ```\n</code></pre><script>alert(1)</script>\n```\n\n| a |\n|---|\n| <img src=x onerror=alert(1)> |\n\n\
        <div style=\"position:fixed\">d</div><a href=\"//example.org\">e</a>\n";
    let dir = tree(&[("README.md", OVERVIEW), ("challenge.md", attacks)]);
    let page = Portal::synced(dir.path()).await.page("/docs/challenge.md").await;
    let body =
        page.split("<article").nth(1).unwrap().split("</article>").next().unwrap().to_lowercase();
    for bad in [
        "<script",
        "onerror=",
        "onload=",
        "javascript:",
        "data:text",
        "vbscript:",
        "<iframe",
        "<svg",
        "<style",
        "<form",
        "<input",
        " style=",
        "src=\"https://example.org",
    ] {
        // What stands inside code is text.
        let found = body.replace("&lt;script&gt;", "").contains(bad);
        assert!(!found, "{bad} survived in {body}");
    }
}

/// A tree of these files, read as a sync would.
fn check(files: &[(&str, &str)]) -> Result<Vec<String>, String> {
    use portal::content::model::{DocPath, Document, Tree};
    let documents = files
        .iter()
        .map(|(path, text)| Document::new(DocPath::parse(path).unwrap(), text.as_bytes()).unwrap());
    match portal::site::publish::check(Tree::new(documents)) {
        Ok(checked) => Ok(checked.library.findings.iter().map(ToString::to_string).collect()),
        Err(refused) => Err(refused.to_string()),
    }
}

/// 100 kB of pieces, each made of its number.
fn distinct(piece: impl Fn(usize) -> String) -> String {
    let mut text = String::new();
    (0..)
        .map(piece)
        .take_while(|piece| {
            text.push_str(piece);
            text.len() < 100_000
        })
        .for_each(drop);
    text
}

#[tokio::test]
async fn the_worst_text_of_100_kb_is_read_within_bounds() {
    let many = |piece: &str| piece.repeat(100_000 / piece.len());
    let mut texts: Vec<String> = [
        "[",
        "![",
        "*_",
        "<div>\n",
        "> ",
        "- ",
        "`",
        "<a href=x ",
        "&amp;",
        "|a",
        "[x](y) ",
        "# \n",
        "# a\n",
        "[](#x)",
        "<table>\n\n",
        "https://a.b/)",
        "www.",
        "<a\n",
        "<i></p>",
        "<a><div>",
        "<a>x",
    ]
    .into_iter()
    .map(many)
    .collect();
    let marks = |count: usize| (0..count).map(|n| format!("<b lang={n}>")).collect::<String>();
    texts.extend([
        format!("<table>{}", "\n".repeat(100_000)),
        format!("<p>{}</p>{}", marks(833), "<p>x".repeat(2_500)),
        format!("<p>{}</p>{}", marks(90), "<p>x".repeat(22_000)),
        format!("<div><table>{}", many("<br>")),
        format!("<div>{}<table>{}", "<br>".repeat(12_000), "x<tr>".repeat(10_000)),
        format!("<div {}>", distinct(|n| format!("a{n} "))),
        format!("<div>{}", distinct(|n| format!("<html a{n}>"))),
        format!("<div>{}", distinct(|n| format!("<b lang={n}><table><td></b></table>"))),
        format!("{}a{}", "![".repeat(16_000), "](x)".repeat(16_000)),
        format!("# Backgrounds\n\n## T\n\n{}", distinct(|n| format!("[](x{n})"))),
        distinct(|n| format!("# T{n}\n## Challenge\n[x](y)\n")),
    ]);
    for source in texts {
        let began = std::time::Instant::now();
        let opened = if source.starts_with("# ") {
            check(&[("challenges/README.md", &source)])
        } else {
            check(&[("README.md", OVERVIEW), ("x.md", &source)])
        };
        let took = began.elapsed();
        // Unoptimised, on a busy machine: a bound that only something worse than linear breaks.
        let begins = &source[..40];
        let opened = opened.map(|findings| findings.len());
        assert!(took.as_millis() < 4_000, "{begins:?} took {took:?}: {opened:?}");
        if std::env::var_os("PORTAL_TIMES").is_some() {
            println!("{took:>12?}  {begins:?}  {opened:?}");
        }
    }
}

#[tokio::test]
async fn what_would_take_too_long_is_refused_with_its_line() {
    let track = "# T\n## Challenge\n[x](y)\n";
    // The first heading is the document's title.
    let overview = "# Interviews\n".to_owned() + &track.repeat(101);
    let message = check(&[("challenges/README.md", &overview)]).unwrap_err();
    assert_eq!(
        message,
        "challenges/README.md:302: more than 100 tracks; an overview may have no more"
    );
    for (source, complaint) in [
        ("x\n\n".to_owned() + &"# a\n".repeat(6_000), "x.md:5003: more than 5000 headings"),
        ("[](#x)\n".repeat(11_000), "x.md:10001: more than 10000 links and pictures"),
        (format!("x\n\n# {}", "long ".repeat(101)), "x.md:3: this heading is 504 characters long"),
        ("x\n\n".to_owned() + &"> ".repeat(101), "x.md:3: quotations and lists nest deeper"),
        (
            format!("x\n\n<p>{}", "<span>".repeat(201)),
            "x.md:3: this HTML cannot be read: elements nest",
        ),
    ] {
        let message = check(&[("README.md", OVERVIEW), ("x.md", &source)]).unwrap_err();
        assert!(message.starts_with(complaint), "{message}");
        assert_eq!(message.lines().count(), 1, "{message}");
    }
}

mod properties {
    use portal::content::links::Resolver;
    use portal::content::markdown::parse;
    use portal::content::model::{DocPath, Document, Tree};
    use portal::web::address::{decode, encode};
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        /// Built from the pieces that matter, so that random text is not all plain.
        #[test]
        fn whatever_a_document_says_no_markup_of_its_own_runs(
            pieces in proptest::collection::vec(
                prop_oneof![
                    "[a-z<>\"'&/=:(){}\\[\\]!#`|*_ \n-]{0,12}",
                    Just("<script>".to_owned()), Just("<img src=x onerror=y>".to_owned()),
                    Just("](javascript:x)".to_owned()), Just("<a href='java&#115;cript:x'>".to_owned()),
                    Just("<table>\n\n".to_owned()), Just("</div>".to_owned()), Just("<svg/onload=x>".to_owned()),
                ],
                0..24,
            )
        ) {
            let (tree, from) = (Tree::default(), DocPath::parse("x.md").unwrap());
            let parsed = parse(&pieces.concat(), Resolver { places: &tree, from: &from, upstream: "" });
            for block in &parsed.blocks {
                let html = block.html.as_str().to_lowercase();
                prop_assert!(!html.contains("<script") && !html.contains("<svg"), "{html}");
                for tag in html.split('<').skip(1).filter_map(|tag| tag.split('>').next()) {
                    prop_assert!(!tag.contains(" on"), "{tag}");
                    prop_assert!(!tag.contains("javascript:"), "{tag}");
                }
            }
        }

        #[test]
        fn no_link_leads_out_of_the_tree(link in "[a-z./%2eE]{0,40}") {
            let document = Document::new(DocPath::parse("a/b.md").unwrap(), b"x".as_slice()).unwrap();
            let (tree, from) = (Tree::new([document]), DocPath::parse("a/x.md").unwrap());
            let target = Resolver { places: &tree, from: &from, upstream: "https://github.com/o/r" }.resolve(&link);
            let stays = !matches!(target, portal::content::links::Target::External(_));
            if let Some(href) = target.href().filter(|_| stays) {
                prop_assert!(!href.contains(".."), "{link} became {href}");
            }
        }

        #[test]
        fn an_address_that_was_encoded_decodes_to_itself(text in ".*") {
            prop_assert_eq!(decode(&encode(&text)), text);
        }
    }
}

#[tokio::test]
async fn a_pipe_is_refused_and_never_waited_for() {
    let message = refused(|dir| {
        nix::unistd::mkfifo(&dir.join("pipe.md"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    })
    .await;
    assert_eq!(message, "pipe.md: is no plain file but a pipe, socket or device; remove it");
}

#[tokio::test]
async fn a_symlink_put_in_the_way_while_the_tree_is_read_leads_nowhere() {
    let secret = tree(&[("secret.md", "the secret")]);
    let dir = tree(&[("README.md", OVERVIEW), ("a.md", "# A")]);
    let (at, target) = (dir.path().to_owned(), secret.path().join("secret.md"));
    let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let stopped = stop.clone();
    // Each renaming puts the one in place of the other at once.
    let swapping = std::thread::spawn(move || {
        while !stopped.load(std::sync::atomic::Ordering::Relaxed) {
            symlink(&target, at.join(".link")).unwrap();
            fs::rename(at.join(".link"), at.join("a.md")).unwrap();
            fs::write(at.join(".file"), "# A").unwrap();
            fs::rename(at.join(".file"), at.join("a.md")).unwrap();
        }
    });
    let (mut taken, mut refused) = (0, 0);
    let began = std::time::Instant::now();
    // A busy machine may leave one of both in place for long.
    let is_mixed = |taken: i32, refused: i32| taken > 10 && refused > 10;
    while taken + refused < 3_000
        || (!is_mixed(taken, refused) && began.elapsed() < Duration::from_secs(20))
    {
        match portal::content::import::folder::read(dir.path()) {
            Ok(read) => {
                taken += 1;
                let told = read.documents().any(|document| document.text().contains("secret"));
                assert!(!told, "the secret was read after {taken} trees");
            }
            Err(_) => refused += 1,
        }
    }
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    swapping.join().unwrap();
    assert!(is_mixed(taken, refused), "{taken} trees were taken, {refused} refused");
}

#[tokio::test]
async fn symlinks_that_double_the_tree_at_every_step_are_refused_before_long() {
    let dir = tree(&[("README.md", OVERVIEW)]);
    for n in 0..20 {
        let folder = dir.path().join(format!("d{n}"));
        fs::create_dir(&folder).unwrap();
        symlink(format!("../d{}", n + 1), folder.join("a")).unwrap();
        symlink(format!("../d{}", n + 1), folder.join("b")).unwrap();
    }
    fs::create_dir(dir.path().join("d20")).unwrap();
    let refused = portal::content::import::folder::read(dir.path()).unwrap_err().to_string();
    assert!(refused.ends_with(": more than 100000 files and folders: is this the right folder?"));
}

#[tokio::test]
async fn two_names_that_read_the_same_are_refused() {
    let message = refused(|dir| {
        write(dir, "caf\u{e9}.md", b"# One");
        write(dir, "cafe\u{301}.md", b"# Other");
    })
    .await;
    assert!(message.starts_with("caf\u{e9}.md: two names here read the same"), "{message}");
}

#[tokio::test]
async fn a_document_is_found_however_its_accents_are_written() {
    let link = OVERVIEW.replace("(more.md)", "(cafe\u{301}.md)");
    let settings = "[documents.'cafe\u{301}.md']\ntitle = 'Coffee'\n";
    let dir = tree(&[("README.md", &link), ("caf\u{e9}.md", "# A"), ("content.toml", settings)]);
    let portal = Portal::synced(dir.path()).await;
    assert!(portal.page("/tracks/ops").await.contains("href=\"/docs/caf%C3%A9.md\""));
    for address in ["/docs/caf%C3%A9.md", "/docs/cafe%CC%81.md"] {
        assert!(portal.page(address).await.contains("<h1>Coffee</h1>"), "{address}");
    }
}

#[tokio::test]
async fn a_name_that_is_an_address_of_another_page_or_too_long_is_refused() {
    let message = refused(|dir| write(dir, "a.md?level=1/b.md", b"# B")).await;
    assert!(message.contains("the name \"a.md?level=1\" cannot stand in an address"), "{message}");
    let long = format!("{}a.md", "a-folder-with-a-name-of-forty-characters/".repeat(25));
    let message = refused(|dir| write(dir, &long, b"# B")).await;
    assert!(message.ends_with(": this path is longer than 1000 bytes"), "{message}");
}

#[tokio::test]
async fn a_tree_of_more_bytes_than_memory_should_hold_is_refused() {
    let message = refused(|dir| {
        for n in 0..33 {
            let file = fs::File::create(dir.join(format!("{n:02}.pdf"))).unwrap();
            file.set_len(16 << 20).unwrap();
        }
    })
    .await;
    assert!(message.ends_with(": more than 512 MiB of documents: is this the right folder?"));
}

/// Takes this tree beside an overview, and returns the portal that shows it.
async fn taken(files: &[(&str, &str)]) -> Portal {
    let mut all = vec![("README.md", OVERVIEW), ("challenge.md", "# One")];
    all.extend(files);
    Portal::synced(tree(&all).path()).await
}

#[tokio::test]
async fn guides_of_one_name_each_have_an_address() {
    let overview = "# Backgrounds\n\n## Ops Focus: Operators\n\n### Challenge\n\n[First](challenge.md)\n\n\
        ### Levels\n\n[One](levels.md) and [other](levels.pdf)\n";
    let matrix = "| Level | Scope |\n|---|---|\n| 1 | a |\n| 2 | b |\n";
    let files = ["levels/sre.md", "levels/sre.markdown", "levels/sre.pdf", "levels.md"];
    let mut files: Vec<(&str, &str)> = files.into_iter().map(|path| (path, matrix)).collect();
    files.extend([("levels.pdf", "%PDF-1.7"), ("README.md", overview)]);
    let portal = taken(&files).await;
    for slug in ["levels", "levels.pdf", "sre", "levels/sre", "levels/sre.pdf"] {
        portal.page(&format!("/levels/{slug}")).await;
    }
}

#[tokio::test]
async fn what_a_database_cannot_hold_is_refused_or_shown_as_what_it_is() {
    let message = refused(|dir| write(dir, "content.toml", b"\ntitle = \"\\u0000x\"")).await;
    assert_eq!(message, "content.toml:2: holds the control character \\u{0}");
    let message = refused(|dir| {
        write(dir, "content.toml", format!("headline = \"{}\"", "x".repeat(1_001)).as_bytes());
    })
    .await;
    assert_eq!(message, "content.toml:1: this text is longer than 1000 characters");
    let long = OVERVIEW.replace("more.md", &"a".repeat(9_000));
    let message = refused(|dir| write(dir, "README.md", long.as_bytes())).await;
    assert_eq!(message, "README.md:15: links to a path of 9000 bytes; one may have 1000");
    let overview = OVERVIEW.replace("more.md", "a%00b.md");
    assert!(
        taken(&[("README.md", &overview)]).await.page("/tracks/ops").await.contains("a\u{fffd}b")
    );
}

#[tokio::test]
async fn a_heading_over_a_megabyte_of_different_words_is_found_by_its_last() {
    let words = distinct(|n| format!("word{n:06} ")).chars().take(99_000).collect::<String>();
    let words: String = (0..10).map(|n| words.replace("word", &format!("w{n}"))).collect();
    let portal = taken(&[("long.md", &format!("# Long\n\n## Words\n\n{words} lastword\n"))]).await;
    let found = portal.page("/search?q=lastword").await;
    assert!(found.contains("/docs/long.md#words"), "{found}");
}
