//! The folder of an operator's in which the portal keeps its database, and what others may have put there.

use std::fs;

use crate::cli::{Home, Serving};

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
