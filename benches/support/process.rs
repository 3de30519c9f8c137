//! Servers in processes of their own, the client on the first core and they on the others: where they
//! share, what is measured is how the scheduler takes turns.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

const CLIENT_CORE: &str = "0";

/// Keeps this process on the client's core.
pub fn be_the_client() {
    let own = std::process::id().to_string();
    let pinned = Command::new("taskset").args(["-a", "-p", "-c", CLIENT_CORE, &own]).output();
    assert!(pinned.is_ok_and(|output| output.status.success()), "taskset is there (util-linux)");
}

/// A command that runs another one on the cores from `first` on; core 0 is the client's.
pub fn on_cores_from(first: usize) -> Command {
    let listed = std::fs::read_to_string("/proc/cpuinfo").unwrap();
    let last = listed.lines().filter(|line| line.starts_with("processor")).count() - 1;
    assert!(last > 0, "client and server need a core each");
    let mut command = Command::new("taskset");
    command.args(["-c", &format!("{first}-{last}")]);
    command
}

/// A server in a process of its own.
pub struct Process {
    child: Child,
    pub address: SocketAddr,
}

impl Process {
    pub fn portal(mut command: Command, data: &Path) -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        command.arg(env!("CARGO_BIN_EXE_portal"));
        command.env("PORTAL_LISTEN", format!("127.0.0.1:{port}")).env("PORTAL_DATA_DIR", data);
        if !command.get_envs().any(|(name, _)| name == "PORTAL_LOG") {
            command.env("PORTAL_LOG", "info");
        }
        command.env("PORTAL_LOG_FORMAT", "json");
        let log = File::options().create(true).append(true).open(data.join("bench.log")).unwrap();
        Self::spawn(command.stderr(log))
    }

    /// Starts `command` and reads its address from the end of its first line.
    pub fn spawn(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().rsplit("http://").next().unwrap().parse().unwrap();
        Self { child, address }
    }

    pub fn stop(&mut self) {
        let pid = nix::unistd::Pid::from_raw(self.child.id().try_into().unwrap());
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).unwrap();
        self.child.wait().unwrap();
    }

    pub fn resident_mb(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
    }
}
