//! Content trees on disk: made for a test, or handed out beside the project.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// A small overview with one track, for trees that are about something else.
pub const OVERVIEW: &str = "# Summary\n\nWelcome.\n\n# Backgrounds\n\n## Ops Focus: Operators\n\nRun things.\n\n\
    ### Challenge\n\n[First](challenge.md)\n\n[More](more.md)\n";

/// A folder with these files, gone when dropped.
pub fn tree(files: &[(&str, &str)]) -> TempDir {
    let dir = tempfile::tempdir().expect("a folder can be made");
    for (path, text) in files {
        write(dir.path(), path, text.as_bytes());
    }
    dir
}

pub fn write(dir: &Path, path: &str, bytes: &[u8]) {
    let file = dir.join(path);
    let folder = file.parent().expect("a file lies in a folder");
    std::fs::create_dir_all(folder).expect("a folder can be made");
    std::fs::write(file, bytes).expect("a file can be written");
}

/// `../shared/NAME`, which stands beside the project where it is developed, and nowhere else.
pub fn shared(name: &str) -> Option<PathBuf> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared").join(name);
    if dir.is_dir() {
        return Some(dir);
    }
    println!("skipped: ../shared/{name} is not here");
    None
}
