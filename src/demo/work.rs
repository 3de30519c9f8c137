//! Work in files: one candidate has sent theirs and goes on with it, another has handed it in, and a panel reads it.

use std::collections::HashMap;
use std::io::{Seek, Write};

use super::interviews::person;
use super::votes::{self, Between};
use super::{Error, days};
use crate::assignment::access::{Given, MayTakeAssignment};
use crate::assignment::deeds::Step;
use crate::assignment::store::assignments;
use crate::assignment::store::moves;
use crate::clock::{SignedDuration, Timestamp};
use crate::content::import::settings::Format;
use crate::content::model::Level;
use crate::db::Tx;
use crate::ids::AccountId;
use crate::objects::Objects;
use crate::submission::archive::{Entry, Packing};
use crate::submission::model::Contents;
use crate::submission::questions::{self, Key};
use crate::submission::store::submissions::{self, Handing};
use crate::submission::store::uploads::{self, NotStored, Ready};
use crate::submission::store::{drafts, work as submitted};
use crate::track::model::Track;
use crate::web::allowed::{Allowed, Viewer};
use crate::web::upload::Received;
use crate::web::viewer::Role;

/// A small service that tells who connects, as a candidate would send it.
const FILES: &[(&str, &str)] = &[
    ("LICENSE", "MIT License\n\nCopyright (c) 2026 {name}\n"),
    ("Makefile", "build:\n\tgo build -o portwatch ./cmd/portwatch\n\ntest:\n\tgo test ./...\n"),
    ("README.md", README),
    ("cmd/portwatch/main.go", MAIN),
    ("go.mod", "module git.example.org/heron/portwatch\n\ngo 1.24\n"),
    ("internal/table/table.go", TABLE),
    ("internal/table/table_test.go", TEST),
    (
        "run.sh",
        "#!/bin/sh\n# Builds, then watches until it is stopped.\nset -eu\nmake build\nexec ./portwatch --every 10s\n",
    ),
];

const README: &str = "# portwatch\n\nReads the kernel's table of connections every ten seconds and prints each new one \
once.\n\n## How to run it\n\n    ./run.sh\n\n## What I left out\n\n| What | Why |\n|---|---|\n| IPv6 | the same \
parser with longer addresses |\n| Connections that come and go within ten seconds | polling cannot see them; see the \
answers |\n\n*{name}*\n";

const MAIN: &str = r#"// Command portwatch prints every connection that was not there before.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"time"

	"git.example.org/heron/portwatch/internal/table"
)

func main() {
	every := flag.Duration("every", 10*time.Second, "how often to look")
	path := flag.String("table", "/proc/net/tcp", "where the kernel keeps it")
	flag.Parse()

	seen := map[table.Connection]bool{}
	for {
		file, err := os.Open(*path)
		if err != nil {
			log.Fatalf("portwatch: %v", err)
		}
		now, err := table.Read(file)
		file.Close()
		if err != nil {
			// A half-written line is no reason to stop watching.
			log.Printf("portwatch: %v", err)
		}
		for _, c := range now {
			if !seen[c] {
				fmt.Printf("%s: new connection: %s\n", time.Now().Format(time.RFC3339), c)
			}
		}
		seen = table.Set(now)
		time.Sleep(*every)
	}
}
"#;

const TABLE: &str = r#"// Package table reads the kernel's table of connections.
package table

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
)

// Connection is one established connection, as the kernel writes it.
type Connection struct {
	Local, Remote string
}

func (c Connection) String() string { return c.Remote + " -> " + c.Local }

// Read returns what is established. Lines it does not understand are skipped and told in the error.
func Read(from io.Reader) ([]Connection, error) {
	var found []Connection
	var skipped int
	lines := bufio.NewScanner(from)
	lines.Scan() // the heading
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) < 4 || fields[3] != "01" {
			continue
		}
		local, ok := address(fields[1])
		remote, alsoOK := address(fields[2])
		if !ok || !alsoOK {
			skipped++
			continue
		}
		found = append(found, Connection{local, remote})
	}
	if skipped > 0 {
		return found, fmt.Errorf("%d lines could not be read", skipped)
	}
	return found, lines.Err()
}

// Set turns connections into a set.
func Set(all []Connection) map[Connection]bool {
	set := make(map[Connection]bool, len(all))
	for _, c := range all {
		set[c] = true
	}
	return set
}

func address(text string) (string, bool) {
	host, port, ok := strings.Cut(text, ":")
	bytes, err := hex.DecodeString(host)
	if !ok || err != nil || len(bytes) != 4 {
		return "", false
	}
	return fmt.Sprintf("%d.%d.%d.%d:%s", bytes[3], bytes[2], bytes[1], bytes[0], port), true
}
"#;

const TEST: &str = "package table\n\nimport (\n\t\"strings\"\n\t\"testing\"\n)\n\nfunc TestReadSkipsWhatIsListening(t \
*testing.T) {\n\tgot, err := Read(strings.NewReader(\"sl local\\n0: 0100007F:0016 00000000:0000 0A\\n\"))\n\tif err != \
nil || len(got) != 0 {\n\t\tt.Fatalf(\"got %v, %v\", got, err)\n\t}\n}\n";

/// Their archives, in the object store.
pub(super) struct Sent {
    zoe: Ready,
    ines: Ready,
}

pub(super) async fn send(objects: &Objects) -> Result<Sent, Error> {
    let zoe = sent(objects, "Zoë Brzęczyszczykiewicz").await?;
    Ok(Sent { zoe, ines: sent(objects, "Inês Carvalho").await? })
}

async fn sent(objects: &Objects, name: &str) -> Result<Ready, Error> {
    let mut file = tempfile::tempfile().map_err(NotStored::from)?;
    let mut packing = Packing::new(&mut file);
    for (path, text) in FILES {
        let text = text.replace("{name}", name);
        let (path, size_bytes) = ((*path).to_owned(), text.len() as u64);
        let is_executable = path.ends_with(".sh");
        let entry = Entry { path, size_bytes, is_executable };
        packing.add(&entry, &mut text.as_bytes()).map_err(NotStored::from)?;
    }
    packing.finish().map_err(NotStored::from)?;
    file.flush().and_then(|()| file.rewind()).map_err(NotStored::from)?;
    let bytes = file.metadata().map_err(NotStored::from)?.len();
    let received = Received { name: "portwatch.zip".to_owned(), file, bytes, is_too_large: false };
    Ok(uploads::store(objects, received, Format::TakeHome).await?)
}

/// Somebody at work sends theirs.
pub(super) async fn put_together(
    tx: &mut Tx,
    given: Given,
    sent: &Sent,
    now: Timestamp,
) -> Result<(), Error> {
    draft(tx, given, &sent.zoe, now).await.map(drop)
}

/// The candidate sends it, says something about it, and has answered the first question.
async fn draft(
    tx: &mut Tx,
    given: Given,
    sent: &Ready,
    now: Timestamp,
) -> Result<(Viewer, Allowed<MayTakeAssignment>, Contents), Error> {
    let viewer = person(given.parties.candidate, Role::Candidate, now);
    let takes = Allowed::<MayTakeAssignment>::ask(&viewer, &given).ok_or(Error::Nobody)?;
    let at = now - SignedDuration::from_hours(5);
    let upload = uploads::note(tx, takes.assignment(), sent, at).await?;
    let level = Level::new(3).ok_or(Error::Nobody)?;
    let first = Level::new(1).map(|level| Key { level, number: 1 }).ok_or(Error::Nobody)?;
    let contents = Contents {
        note: "Start with `internal/table/table.go`; the rest is plumbing.".to_owned(),
        answers: [(first, ANSWER.to_owned())].into(),
        files: Some(upload.files()),
        ..Contents::empty(level)
    };
    drafts::keep(tx, &viewer, &takes, (&contents, 0), at).await?;
    Ok((viewer, takes, contents))
}

const ANSWER: &str = "With a table of lines that the kernel really wrote, each with what I expect of it:\n\n- listening \
sockets are **not** connections\n- a line that is cut in the middle is skipped, and told\n\nWhat I would add is a run \
against `nc` in a container.";

/// Somebody whose work is final, and who is read by a blind panel.
pub(super) async fn fill(
    tx: &mut Tx,
    people: &HashMap<&'static str, AccountId>,
    (track, sent): (&Track, &Sent),
    now: Timestamp,
) -> Result<(), Error> {
    let is_taken_home = |recipe: &crate::track::model::Recipe| recipe.format == Format::TakeHome;
    let Some(stage) =
        track.stages.first().filter(|it| it.recipe.as_ref().is_some_and(is_taken_home))
    else {
        return Ok(());
    };
    let who = Between::of(people, "ines")?;
    let level = Level::new(3).ok_or(Error::Nobody)?;
    let (_, given) = votes::give(tx, &who, (track, stage.id, level), now - days(3)).await?;
    let viewer = person(given.parties.candidate, Role::Candidate, now);
    let takes = Allowed::<MayTakeAssignment>::ask(&viewer, &given).ok_or(Error::Nobody)?;
    moves::take(tx, &viewer, &takes, Step::Start, now - days(2)).await?;
    let (viewer, takes, contents) = draft(tx, given, &sent.ines, now).await?;
    let it = assignments::taken(tx, &takes).await?.ok_or(Error::Nobody)?;
    let challenge = submitted::challenge(tx, &it).await?;
    let asked = questions::asked_in(challenge.as_ref(), contents.level);
    let seen = contents.of_level(&asked).hash().to_string();
    let handing = Handing { seen: &seen, as_it_is: false };
    let at = now - SignedDuration::from_hours(4);
    submissions::hand_in(tx, &viewer, &takes, (challenge.as_ref(), handing), at).await?;
    Ok(())
}
