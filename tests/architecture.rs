//! The house as DESIGN §7 draws it: who may know whom, and what may stand where.

use std::fs;
use std::path::{Path, PathBuf};

/// Rooms in the order of the process: each may know those before it.
const ROOMS: [&str; 11] = [
    "content",
    "track",
    "account",
    "assignment",
    "submission",
    "review",
    "decision",
    "report",
    "desk",
    "personal",
    "site",
];

/// What lies below the rooms and knows none of them. The web kit alone knows of audit's actors.
const KIT: [&str; 5] = ["web", "db", "mail", "audit", "objects"];

/// What runs the rooms, and what lies at the bottom.
const TOP: [&str; 8] =
    ["main.rs", "lib.rs", "app.rs", "config.rs", "config", "logs.rs", "demo", "cli"];
const BOTTOM: [&str; 5] = ["calendar.rs", "clock.rs", "ids.rs", "keys.rs", "refs.rs"];

/// Files of a room that may touch the world; everything else in it is pure.
fn touches_the_world(path: &str) -> bool {
    let inner = path.split_once('/').map_or("", |(_, inner)| inner);
    ["store.rs", "mod.rs", "publish.rs", "build.rs", "passwords.rs", "hashers.rs", "emails.rs"]
        .contains(&inner)
        || ["import/beneath.rs", "import/folder.rs"].contains(&inner)
        || inner.starts_with("pages/")
        || inner.starts_with("store/")
        || inner.starts_with("emails/")
        || inner.starts_with("provider/")
}

struct Source {
    /// As in `content/store.rs`.
    path: String,
    /// Without comments and test modules.
    code: String,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    list(&root, &mut files);
    assert!(files.len() > 30, "only {} files were found", files.len());
    let source = |file: PathBuf| {
        let text = fs::read_to_string(&file).unwrap();
        let text = text.split("\n#[cfg(test)]\nmod tests").next().unwrap_or_default();
        let code = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
            .collect::<Vec<_>>()
            .join("\n");
        let path = file.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
        Source { path, code }
    };
    files.into_iter().map(source).collect()
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() { list(&path, files) } else { files.push(path) }
    }
}

fn room(path: &str) -> Option<usize> {
    let first = path.split('/').next()?;
    ROOMS.iter().position(|room| *room == first)
}

/// Every complaint about these sources.
fn complaints(sources: &[Source]) -> Vec<String> {
    let mut complaints = Vec::new();
    for Source { path, code } in sources {
        let mut complain = |wrong: bool, what: &str| {
            if wrong {
                complaints.push(format!("{path}: {what}"));
            }
        };
        let name = path.rsplit('/').next().unwrap_or_default();
        let uses = |krate: &str| code.contains(&format!("{krate}::"));
        let first = path.split('/').next().unwrap_or_default();
        let known = [&ROOMS[..], &KIT, &TOP, &BOTTOM].concat();
        complain(!known.contains(&first), "lies where nothing was planned");
        let runs = TOP.contains(&first);
        complain(
            !runs && code.contains("use crate::{"),
            "takes several rooms in one line, which hides whom it knows",
        );
        if let Some(own) = room(path) {
            for later in &ROOMS[own + 1..] {
                complain(
                    code.contains(&format!("crate::{later}::")),
                    &format!("knows {later}, a later room"),
                );
            }
            complain(
                code.contains("crate::cli") || code.contains("crate::app"),
                "knows what runs it",
            );
            let pure = !touches_the_world(path);
            for krate in ["sqlx", "axum", "tokio", "askama", "std::fs", "std::net::Tcp"] {
                complain(pure && uses(krate), &format!("is pure and uses {krate}"));
            }
            complain(path.contains("/pages/") && uses("sqlx"), "is a page and uses sqlx");
        } else if KIT.contains(&first) {
            for room in ROOMS {
                complain(
                    code.contains(&format!("crate::{room}::")),
                    &format!("knows the room {room}"),
                );
            }
            let viewer =
                code.contains("crate::web::allowed") || code.contains("crate::web::viewer");
            complain(first != "web" && viewer, "knows a viewer");
        }
        let may_query = name == "store.rs" || path.contains("/store/") || path.starts_with("db/");
        let queries = ["sqlx::query", "raw_sql(", "sqlx::QueryBuilder"];
        let queries = queries.iter().any(|way| code.contains(way));
        complain(queries && !may_query, "has SQL outside store.rs and db");
        complain(
            BOTTOM.contains(&first) && code.contains("crate::"),
            "lies at the bottom and knows somebody",
        );
    }
    complaints
}

#[test]
fn rooms_know_only_earlier_rooms_and_pure_files_touch_nothing() {
    assert_eq!(complaints(&sources()), Vec::<String>::new());
}

#[test]
fn a_file_in_the_wrong_place_is_noticed() {
    let source = |path: &str, code: &str| Source { path: path.into(), code: code.into() };
    let wrong = complaints(&[
        source("content/model.rs", "use crate::track::model; use sqlx::PgPool;"),
        source("site/pages/home.rs", "sqlx::query(\"select 1\")"),
        source("web/html.rs", "use crate::content::paths;"),
        source("mail/worker.rs", "use crate::track::store; sqlx::query(\"select 1\")"),
        source("mail/store.rs", "sqlx::query(\"select 1\")"),
        source("votes/store.rs", ""),
        source("desk/store.rs", "use crate::{account, site};"),
        source("audit/events.rs", "use crate::web::viewer::Viewer;"),
        source("track/model.rs", "std::fs::read(x)"),
    ]);
    assert_eq!(
        wrong,
        [
            "content/model.rs: knows track, a later room",
            "content/model.rs: is pure and uses sqlx",
            "site/pages/home.rs: is a page and uses sqlx",
            "site/pages/home.rs: has SQL outside store.rs and db",
            "web/html.rs: knows the room content",
            "mail/worker.rs: knows the room track",
            "mail/worker.rs: has SQL outside store.rs and db",
            "votes/store.rs: lies where nothing was planned",
            "desk/store.rs: takes several rooms in one line, which hides whom it knows",
            "audit/events.rs: knows a viewer",
            "track/model.rs: is pure and uses std::fs",
        ]
    );
}

#[test]
fn every_template_belongs_to_the_page_of_its_name() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut templates = Vec::new();
    list(&root.join("templates"), &mut templates);
    for template in templates {
        let path =
            template.strip_prefix(root.join("templates")).unwrap().to_string_lossy().into_owned();
        let (room, name) = path.split_once('/').expect("templates lie in a room");
        if room == "web" || name == "parts.html" {
            continue;
        }
        // Letters are no pages: theirs is the one frame of the mail room.
        let folder = if room == "mail" { "src/mail".into() } else { format!("src/{room}/pages") };
        let name = name.replace(".html", ".rs").replace(".txt", ".rs");
        let page = root.join(folder).join(name);
        let code = fs::read_to_string(&page).unwrap_or_default();
        assert!(
            code.contains(&format!("path = \"{path}\"")),
            "{path} has no page {}",
            page.display()
        );
    }
}

#[test]
fn templates_trust_only_what_was_sanitised() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    let mut templates = Vec::new();
    list(&root, &mut templates);
    for template in templates {
        let text = fs::read_to_string(&template).unwrap();
        // Mail programs drop style sheets, and no content security policy holds there.
        let is_letter = template.starts_with(root.join("mail"));
        for (what, wrong) in [
            ("an inline script", "<script>"),
            ("an inline style", " style="),
            ("an event handler", " onclick="),
            ("a value that was not sanitised", "|safe"),
        ] {
            let is_allowed = is_letter && wrong == " style=";
            assert!(is_allowed || !text.contains(wrong), "{} has {what}", template.display());
        }
    }
}
