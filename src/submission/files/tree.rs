//! The files of a work as a tree: folders before files, and of large ones only the folders on the way. Pure.

use std::cmp::Ordering;

use crate::submission::archive::Entry;

/// Up to this many files every folder is open.
const OPEN_ALL: usize = 200;
/// The most rows that are listed; whoever looks for more jumps to it.
pub const MOST_ROWS: usize = 1_000;
/// The most files that a search names.
const MOST_FOUND: usize = 50;

/// A line of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub depth: usize,
    /// The last part of its path.
    pub name: String,
    /// Without a slash at its end.
    pub path: String,
    pub kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Folder { is_open: bool },
    File { is_current: bool },
}

impl Row {
    pub fn is_folder(&self) -> bool {
        matches!(self.kind, Kind::Folder { .. })
    }

    pub fn is_open(&self) -> bool {
        self.kind == Kind::Folder { is_open: true }
    }

    pub fn is_current(&self) -> bool {
        self.kind == Kind::File { is_current: true }
    }
}

/// In the order in which they are listed.
pub fn sorted(mut entries: Vec<Entry>) -> Vec<Entry> {
    entries.sort_by(|a, b| order(&a.path, &b.path));
    entries
}

fn order(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.split('/').peekable(), b.split('/').peekable());
    loop {
        let (Some(one), Some(other)) = (a.next(), b.next()) else { return Ordering::Equal };
        if one != other || a.peek().is_none() || b.peek().is_none() {
            let is_file = |rest: Option<&&str>| rest.is_none();
            return is_file(a.peek()).cmp(&is_file(b.peek())).then_with(|| one.cmp(other));
        }
    }
}

/// The rows around the file or folder `at` of [`sorted`] entries.
pub fn rows(entries: &[Entry], at: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    level(entries, (0, 0), (at, entries.len() <= OPEN_ALL), &mut rows);
    rows
}

/// Adds what lies in the one folder that holds `entries`, whose path has `len` bytes with its slash.
fn level(
    mut entries: &[Entry],
    (depth, len): (usize, usize),
    (at, all): (&str, bool),
    rows: &mut Vec<Row>,
) {
    while let Some(first) = entries.first() {
        if rows.len() >= MOST_ROWS {
            return;
        }
        let Some(slash) = first.path[len..].find('/') else {
            let (path, is_current) = (first.path.clone(), first.path == at);
            let name = path[len..].to_owned();
            rows.push(Row { depth, name, path, kind: Kind::File { is_current } });
            entries = &entries[1..];
            continue;
        };
        let path = &first.path[..len + slash];
        let is_inside =
            |entry: &Entry| entry.path.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'));
        let inside = entries.partition_point(is_inside);
        let is_on_the_way =
            at.strip_prefix(path).is_some_and(|it| it.is_empty() || it.starts_with('/'));
        let is_open = all || is_on_the_way;
        let name = path[len..].to_owned();
        rows.push(Row { depth, name, path: path.to_owned(), kind: Kind::Folder { is_open } });
        if is_open {
            level(&entries[..inside], (depth + 1, len + slash + 1), (at, all), rows);
        }
        entries = &entries[inside..];
    }
}

/// What is read first: the README nearest to the top, else the first file at the top, else the first.
pub fn first(entries: &[Entry]) -> Option<&str> {
    let depth = |entry: &&Entry| entry.path.matches('/').count();
    let is_readme = |entry: &&Entry| {
        let name = entry.path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
        name == "readme" || name.starts_with("readme.")
    };
    let readme = entries.iter().filter(is_readme).min_by_key(depth);
    readme.or_else(|| entries.iter().min_by_key(depth)).map(|entry| entry.path.as_str())
}

/// The files before and after the one at `path`.
pub fn neighbours<'e>(entries: &'e [Entry], path: &str) -> (Option<&'e str>, Option<&'e str>) {
    let at = entries.iter().position(|entry| entry.path == path);
    let path = |at: usize| entries.get(at).map(|entry| entry.path.as_str());
    match at {
        Some(at) => (at.checked_sub(1).and_then(path), path(at + 1)),
        None => (None, None),
    }
}

/// Files whose path holds what was typed, the likeliest first.
pub fn search<'e>(entries: &'e [Entry], typed: &str) -> Vec<&'e str> {
    let typed = typed.trim().to_lowercase();
    if typed.is_empty() {
        return Vec::new();
    }
    let rank = |entry: &'e Entry| {
        let path = entry.path.to_lowercase();
        let name = path.rsplit('/').next().unwrap_or_default();
        let rank = match () {
            () if path == typed => 0,
            () if name == typed => 1,
            () if name.starts_with(&typed) => 2,
            () if name.contains(&typed) => 3,
            () if path.contains(&typed) => 4,
            () => return None,
        };
        Some((rank, entry.path.as_str()))
    };
    let mut found: Vec<_> = entries.iter().filter_map(rank).collect();
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().take(MOST_FOUND).map(|(_, path)| path).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(paths: &[&str]) -> Vec<Entry> {
        let entry =
            |path: &&str| Entry { path: (*path).to_owned(), size_bytes: 1, is_executable: false };
        sorted(paths.iter().map(entry).collect())
    }

    fn drawn(rows: &[Row]) -> String {
        let row = |row: &Row| {
            let mark = match row.kind {
                Kind::Folder { is_open: true } => "-",
                Kind::Folder { is_open: false } => "+",
                Kind::File { is_current: true } => "*",
                Kind::File { is_current: false } => "",
            };
            format!("{}{mark}{}", " ".repeat(row.depth), row.name)
        };
        rows.iter().map(row).collect::<Vec<_>>().join("\n")
    }

    const PATHS: [&str; 6] =
        ["a.txt", "a/x/deep.go", "a/b.go", "a-b/c.go", "README.md", "docs/README.md"];

    #[test]
    fn folders_come_before_files_and_lead_to_what_is_read() {
        let all = entries(&PATHS);
        let tree = "-a\n -x\n  deep.go\n b.go\n-a-b\n c.go\n-docs\n README.md\n*README.md\na.txt";
        assert_eq!(drawn(&rows(&all, "README.md")), tree);
        assert_eq!(first(&all), Some("README.md"));
        assert_eq!(neighbours(&all, "a/b.go"), (Some("a/x/deep.go"), Some("a-b/c.go")));
        assert_eq!(neighbours(&all, "a.txt"), (Some("README.md"), None));
    }

    #[test]
    fn of_many_files_only_what_lies_on_the_way_is_open() {
        let many: Vec<_> = (0..300).map(|n| format!("many/{n:03}.txt")).collect();
        let paths: Vec<_> = PATHS.into_iter().chain(many.iter().map(String::as_str)).collect();
        let all = entries(&paths);
        let tree = "-a\n -x\n  *deep.go\n b.go\n+a-b\n+docs\n+many\nREADME.md\na.txt";
        assert_eq!(drawn(&rows(&all, "a/x/deep.go")), tree);
        assert!(drawn(&rows(&all, "many")).contains("-many\n 000.txt"));
        let more: Vec<_> = (0..2_000).map(|n| format!("{n:04}.txt")).collect();
        let more = entries(&more.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(rows(&more, "").len(), MOST_ROWS);
    }

    #[test]
    fn what_is_called_like_that_is_found_before_what_lies_there() {
        let all = entries(&["go/main.rs", "src/go", "src/go.mod", "lib/ergo.rs"]);
        assert_eq!(search(&all, " GO "), ["src/go", "src/go.mod", "lib/ergo.rs", "go/main.rs"]);
        assert_eq!(search(&all, "").len(), 0);
    }
}
