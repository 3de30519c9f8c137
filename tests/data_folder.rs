//! The folder of an operator's in which the portal keeps its database, and what others may have put there.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::cli::{Home, Serving};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[test]
fn what_a_killed_first_start_left_is_no_hindrance_and_is_cleared_away() {
    let home = Home::new();
    // Every portal in a container is process 1; here the killed one had the number of the next.
    let left = "data/postgres/cluster.new-";
    let script = format!("mkdir -p {left}$$/base {left}7/base && exec \"$0\"");
    let serving = Serving::start(home.shell(&script));
    assert!(home.get("/").is_some());
    let names = fs::read_dir(home.path.join("data/postgres")).unwrap();
    let unfinished: Vec<_> = names
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("cluster.new"))
        .collect();
    assert_eq!(unfinished, Vec::<String>::new());
    assert!(serving.interrupt());
}

#[test]
fn a_data_folder_that_is_there_keeps_its_mode() {
    for before in [0o700, 0o750, 0o1777] {
        let home = Home::new();
        let data = home.path.join("data");
        fs::create_dir(&data).unwrap();
        fs::set_permissions(&data, PermissionsExt::from_mode(before)).unwrap();
        let serving = home.serve();
        assert!(home.get("/").is_some());
        assert_eq!(mode(&data), before, "{:o} was {before:o}", mode(&data));
        let outside = fs::read_link(data.join("postgres"));
        assert!(serving.interrupt());
        // As root, the account that runs Postgres cannot pass a closed one.
        let _cleaned = outside.map(fs::remove_dir_all);
    }
    let home = Home::new();
    assert!(home.serve().interrupt());
    assert_eq!(mode(&home.path.join("data")), 0o755);
    assert_eq!(mode(&home.path.join("data/postgres")), 0o700);
}
