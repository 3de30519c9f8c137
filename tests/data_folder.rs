//! The folder of an operator's in which the portal keeps its database, and what others may have put there.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::cli::{Home, Serving, said};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn is_root() -> bool {
    nix::unistd::geteuid().is_root()
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

/// A home whose database's socket has to lie elsewhere, and where that is.
fn long_home() -> (Home, PathBuf) {
    let mut home = Home::new();
    for _ in 0..3 {
        home.path = home.path.join("a folder with a name that goes on and on");
    }
    fs::create_dir_all(&home.path).unwrap();
    let base = fs::canonicalize(&home.path).unwrap().join("data/postgres");
    let digest = Sha256::digest(base.as_os_str().as_encoded_bytes());
    let name: String = digest[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    (home, std::env::temp_dir().join(format!("portal-{name}")))
}

#[test]
fn a_folder_that_another_made_in_its_socket_s_place_is_refused() {
    let (home, socket) = long_home();
    let refused = || {
        let output = home.run(&["migrate"]);
        assert!(!output.status.success());
        let told = said(&output);
        assert!(told.contains(&socket.display().to_string()), "{told}");
        assert!(told.contains("is not a folder of this portal's alone"), "{told}");
    };
    fs::create_dir(&socket).unwrap();
    fs::set_permissions(&socket, PermissionsExt::from_mode(0o777)).unwrap();
    refused();
    fs::set_permissions(&socket, PermissionsExt::from_mode(0o700)).unwrap();
    if is_root() {
        chown(&socket, Some(65_534), Some(65_534)).unwrap();
        refused();
    }
    fs::remove_dir(&socket).unwrap();
    std::os::unix::fs::symlink(&home.path, &socket).unwrap();
    refused();
    fs::remove_file(&socket).unwrap();
    let serving = Serving::start(home.command(&[]));
    assert!(socket.join(".s.PGSQL.5432").exists(), "it is where this test looks");
    assert!(serving.interrupt());
    let _cleaned = fs::remove_dir_all(socket);
}

#[test]
fn a_database_that_runs_as_another_account_is_not_used() {
    if !is_root() {
        return println!("skipped: only root has another account run the database");
    }
    let home = Home::new();
    let folder = home.path.join("data/postgres/socket");
    fs::create_dir_all(&folder).unwrap();
    let impostor = UnixListener::bind(folder.join(".s.PGSQL.5432")).unwrap();
    std::thread::spawn(move || impostor.incoming().for_each(drop));
    let output = home.run(&["migrate"]);
    assert!(!output.status.success());
    assert!(said(&output).contains("runs as another account (user id 0)"), "{}", said(&output));
}
