//! Archives as candidates hand them in: what is taken, and a corpus of what is not.

use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::process::Command;

use portal::submission::archive::{
    Dropped, Entry, Error, Format, Kept, Limits, Listing, Name, Packed, Refused, entry, read,
    repack,
};
use proptest::prelude::*;
use tar::EntryType;

use crate::support::archive::{
    File, block, deflated, end, gz, tar, tar_gz, tar_gz_by_pax, zeros, zip, zip_with,
};

fn listed(archive: &[u8]) -> Result<Listing, Error> {
    read(Cursor::new(archive), &Limits::USUAL)
}

fn refusal_within(archive: &[u8], limits: &Limits) -> Refused {
    match read(Cursor::new(archive), limits) {
        Err(Error::Refused(refused)) => refused,
        other => panic!("it was not refused: {other:?}"),
    }
}

fn refusal(archive: &[u8]) -> Refused {
    let refused = refusal_within(archive, &Limits::USUAL);
    // What is refused when it is listed is never kept either.
    assert!(matches!(packed(archive), Err(Error::Refused(again)) if again == refused));
    refused
}

fn packed(archive: &[u8]) -> Result<(Packed, Vec<u8>), Error> {
    let mut kept = Cursor::new(Vec::new());
    let scratch = Cursor::new(Vec::new());
    let packed = repack(Cursor::new(archive), &Limits::USUAL, scratch, &mut kept)?;
    Ok((packed, kept.into_inner()))
}

fn paths(listing: &Listing) -> Vec<&str> {
    listing.entries.iter().map(|entry| entry.path.as_str()).collect()
}

/// The same files in both formats.
fn both(files: &[File]) -> [Vec<u8>; 2] {
    [zip(files), tar_gz(files)]
}

#[test]
fn both_formats_are_listed_and_opened_alike() {
    let files = [
        File::folder("work/"),
        File::executable("work/run.sh", "#!/bin/sh"),
        File::new("work/src/main.rs", "fn main() {}"),
        File::new("work/empty", ""),
    ];
    let [zip, tar] = both(&files);
    let (zipped, tarred) = (listed(&zip).unwrap(), listed(&tar).unwrap());
    assert_eq!((zipped.format, tarred.format), (Format::Zip, Format::TarGz));
    assert_eq!(zipped.entries, tarred.entries);
    assert_eq!(paths(&zipped), ["work/empty", "work/run.sh", "work/src/main.rs"]);
    let run = &zipped.entries[1];
    assert_eq!((run.size_bytes, run.is_executable), (9, true));
    assert!(!zipped.entries[2].is_executable);
    assert_eq!(zipped.total_bytes, 21);
    assert_eq!(zipped.prefix.as_deref(), Some("work"));
    assert_eq!(tarred.said.owners.iter().collect::<Vec<_>>(), ["heron"]);
    for archive in [zip, tar] {
        let open = |path: &str| entry(Cursor::new(&archive), path, &Limits::USUAL).unwrap();
        assert_eq!(open("work/src/main.rs").unwrap(), b"fn main() {}");
        assert_eq!(open("work/empty").unwrap(), b"");
        assert_eq!(open("work/src"), None);
        assert_eq!(open("main.rs"), None);
    }
}

#[test]
fn what_is_kept_says_nothing_but_the_files() {
    let files = [
        File::new("heron-main/src/lib.rs", "pub fn one() {}"),
        File::executable("heron-main/build", "make"),
        File::new("heron-main/.git/config", "[user] name = Heron"),
        File::new("heron-main/._build", "com.apple.quarantine"),
    ];
    let zip = zip_with(&files, "packed by Heron");
    let listing = listed(&zip).unwrap();
    assert_eq!(listing.said.comments.iter().collect::<Vec<_>>(), ["packed by Heron"]);
    assert_eq!(
        listing.dropped.into_iter().collect::<Vec<_>>(),
        [Dropped::History, Dropped::MacLitter]
    );
    let (one, kept) = packed(&zip).unwrap();
    let reversed: Vec<_> = files.iter().rev().cloned().collect();
    let (other, kept_too) = packed(&tar_gz(&reversed)).unwrap();
    assert_eq!((one.sha256, one.bytes), (other.sha256, kept.len() as u64));
    assert_eq!(kept, kept_too);
    assert!(!kept.windows(5).any(|it| it.eq_ignore_ascii_case(b"heron")));
    let mut opened = Kept::open(Cursor::new(&kept)).unwrap();
    let entries = opened.entries().unwrap();
    assert_eq!(
        entries.iter().map(|it| it.path.as_str()).collect::<Vec<_>>(),
        ["build", "src/lib.rs"]
    );
    assert!(entries[0].is_executable && !entries[1].is_executable);
    assert_eq!(one.listing.kept_path("heron-main/src/lib.rs"), "src/lib.rs");
    assert_eq!(opened.file("src/lib.rs").unwrap().unwrap(), b"pub fn one() {}");
    assert_eq!(opened.file("heron-main/src/lib.rs").unwrap(), None);
    // Central headers: no extra field, no comment, one time for all.
    let headers = kept.windows(4).enumerate().filter(|(_, it)| *it == b"PK\x01\x02");
    for (at, _) in headers {
        assert_eq!(kept[at + 12..at + 16], [0, 0, 33, 0], "a time");
        assert_eq!(kept[at + 30..at + 34], [0; 4], "an extra field or a comment");
    }
    assert_eq!(listed(&kept).unwrap().entries, entries);
}

#[test]
fn names_that_lead_elsewhere_or_deceive_are_refused_in_both_formats() {
    let long = "a/".repeat(160) + "b";
    let deep = "a/".repeat(32) + "b";
    let cases: [(&[u8], Name); 15] = [
        (b"/etc/passwd", Name::Absolute),
        (b"../outside", Name::Climbs),
        (b"src/../../outside", Name::Climbs),
        (b"src/..", Name::Climbs),
        (b"C:/windows", Name::Drive),
        (b"c:windows", Name::Drive),
        (b"src\\main.rs", Name::Backslash),
        (b"..\\outside", Name::Backslash),
        (b"new\nline", Name::Invisible),
        (b"bell\x07", Name::Invisible),
        ("cod\u{202e}gpj.exe".as_bytes(), Name::Invisible),
        (b"latin-\xe9", Name::NotUtf8),
        (long.as_bytes(), Name::Long { limit: 300 }),
        (deep.as_bytes(), Name::Deep { limit: 32 }),
        (b"./", Name::Empty),
    ];
    for (name, why) in cases {
        let file = match why {
            // As a folder it is what tar was told to pack.
            Name::Empty => File { kind: EntryType::Continuous, ..File::new("./.", "text") },
            _ => File::new(name, "text"),
        };
        for archive in both(&[File::new("first", "text"), file]) {
            let refused = refusal(&archive);
            assert!(matches!(&refused, Refused::Name { why: it, .. } if *it == why), "{refused:?}");
            let told = refused.to_string();
            assert!(!told.chars().any(char::is_control), "{told:?}");
        }
    }
    // In tar a NUL can only be said by an extension.
    for archive in [zip(&[File::new("a\0b", "")]), tar_gz_by_pax("path", "a\0b")] {
        let expected = Refused::Name { path: "a\\u{0}b".into(), why: Name::Invisible };
        assert_eq!(refusal(&archive), expected);
    }
    assert!(matches!(refusal(&tar_gz_by_pax("path", "../out")), Refused::Name { .. }));
}

#[test]
fn names_that_clash_are_refused_in_both_formats() {
    let named = |names: [&str; 2]| names.map(|name| File::new(name, "text"));
    for archive in both(&named(["a.txt", "./a.txt"])) {
        assert_eq!(refusal(&archive), Refused::Twice { path: "a.txt".into() });
    }
    for archive in both(&named(["a.txt", "a.txt"])) {
        assert_eq!(refusal(&archive), Refused::Twice { path: "a.txt".into() });
    }
    for (one, other) in [
        ("README", "Readme"),
        ("src/a", "SRC/b"),
        ("caf\u{e9}", "cafe\u{301}"),
        ("\u{c9}t\u{e9}", "e\u{301}te\u{301}"),
    ] {
        for archive in both(&named([one, other])) {
            let refused = refusal(&archive);
            assert!(matches!(refused, Refused::SameButForCase { .. }), "{refused:?}");
        }
    }
    for names in [["a", "a/b"], ["a/b", "a"], ["a/b/c", "a/b"]] {
        for archive in both(&named(names)) {
            let refused = refusal(&archive);
            assert!(matches!(refused, Refused::FileAndFolder { .. }), "{refused:?}");
        }
    }
    // A folder may be named as often as one likes, where a format allows it.
    let again = [File::folder("a/"), File::new("a/b", "text"), File::folder("a")];
    assert_eq!(paths(&listed(&tar_gz(&again)).unwrap()), ["a/b"]);
}

#[test]
fn links_and_devices_are_refused_in_both_formats() {
    let path = || "odd".to_owned();
    for (mode, kind, expected) in [
        (0o120_777, EntryType::Symlink, Refused::SymbolicLink { path: path() }),
        (0o020_644, EntryType::Char, Refused::Device { path: path() }),
        (0o060_644, EntryType::Block, Refused::Device { path: path() }),
        (0o010_644, EntryType::Fifo, Refused::Device { path: path() }),
    ] {
        let odd = File { mode, kind, ..File::new("odd", "") };
        for archive in both(&[File::new("first", "text"), odd]) {
            assert_eq!(refusal(&archive), expected);
        }
    }
    let socket = File { mode: 0o140_644, ..File::new("odd", "") };
    assert_eq!(refusal(&zip(&[socket])), Refused::Device { path: path() });
    let hard = File { kind: EntryType::Link, ..File::new("odd", "") };
    assert_eq!(refusal(&tar_gz(&[hard])), Refused::HardLink { path: path() });
    for kind in [EntryType::GNUSparse, EntryType::new(b'V'), EntryType::new(b'M')] {
        let refused = refusal(&tar_gz(&[File { kind, ..File::new("odd", "") }]));
        assert!(matches!(refused, Refused::Unsupported { .. }), "{refused:?}");
    }
}

#[test]
fn what_cannot_be_opened_is_refused() {
    let file = |name: &str| File::new(name, "text");
    let encrypted = File { flags: 1, ..file("locked") };
    assert_eq!(refusal(&zip(&[encrypted])), Refused::Encrypted { path: "locked".into() });
    let aes = File { method: 99, ..file("locked") };
    assert_eq!(refusal(&zip(&[aes])), Refused::Encrypted { path: "locked".into() });
    for method in [9, 12, 14, 93, 95, 98, 1] {
        let refused = refusal(&zip(&[File { method, ..file("packed") }]));
        assert!(matches!(refused, Refused::Unsupported { .. }), "{refused:?}");
    }
    for (bytes, looks_like) in [
        (b"7z\xbc\xaf\x27\x1c....".to_vec(), Some("a 7-Zip archive")),
        (b"Rar!\x1a\x07".to_vec(), Some("a RAR archive")),
        (tar(&[file("a")]), Some("a .tar that is not compressed")),
        (gz(b"only text"), Some("packed with gzip, but no .tar")),
        (gz(&b"only text ".repeat(100)), Some("packed with gzip, but no .tar")),
        (b"<html>".to_vec(), None),
        (Vec::new(), Some("an empty file")),
    ] {
        assert_eq!(refusal(&bytes), Refused::NotAnArchive { looks_like });
    }
    assert_eq!(
        refusal(b"hello").to_string(),
        "This is neither a .zip nor a .tar.gz; pack the folder as .zip or .tar.gz"
    );
}

#[test]
fn an_archive_without_files_says_what_was_left_out() {
    for archive in both(&[]).into_iter().chain(both(&[File::folder("a/")])) {
        assert_eq!(refusal(&archive), Refused::Empty { dropped: None });
    }
    for archive in both(&[File::new("work/.git/HEAD", "ref: refs/heads/main")]) {
        let refused = refusal(&archive);
        assert_eq!(refused, Refused::Empty { dropped: Some(Dropped::History) });
        assert!(refused.to_string().contains("its history would name people"), "{refused}");
    }
    for litter in ["__MACOSX/a", "a/.DS_Store", "._a"] {
        for archive in both(&[File::new(litter, ""), File::new("kept", "")]) {
            let listing = listed(&archive).unwrap();
            assert_eq!(paths(&listing), ["kept"]);
            assert!(listing.dropped.contains(&Dropped::MacLitter));
        }
    }
}

#[test]
fn limits_hold_in_both_formats_and_at_their_very_edge() {
    let edge = Limits { entries: 3, unpacked_bytes: 30, file_bytes: 10, ..Limits::USUAL };
    let full = |bytes: usize| File::new(format!("{bytes}"), vec![b'a'; bytes]);
    let (a, b) = (File::new("x/a", [b'a'; 10]), File::new("x/b", [b'b'; 10]));
    for archive in both(&[a.clone(), b.clone(), full(10)]) {
        assert_eq!(read(Cursor::new(&archive), &edge).unwrap().total_bytes, 30);
    }
    for archive in both(&[full(11)]) {
        let expected = Refused::FileTooBig { path: "11".into(), limit_bytes: 10 };
        assert_eq!(refusal_within(&archive, &edge), expected);
    }
    for archive in both(&[a.clone(), b.clone(), full(9), full(2)]) {
        assert_eq!(refusal_within(&archive, &edge), Refused::TooMany { limit: 3 });
    }
    let five = Limits { entries: 5, ..edge };
    for archive in both(&[a, b, full(9), full(2)]) {
        assert_eq!(refusal_within(&archive, &five), Refused::TooMuch { limit_bytes: 30 });
    }
    // Folders that are only implied, and ones that are dropped, count too.
    let folders = File::new("a/b/c/d/e", "");
    let dropped: Vec<_> = (0..7).map(|at| File::new(format!(".git/{at}"), "")).collect();
    for archive in both(&[folders]).into_iter().chain(both(&dropped)) {
        assert_eq!(refusal_within(&archive, &edge), Refused::TooMany { limit: 3 });
    }
    let archive = zip(&[full(9)]);
    let tight = Limits { packed_bytes: archive.len() as u64 - 1, ..Limits::USUAL };
    assert!(matches!(refusal_within(&archive, &tight), Refused::PackedTooBig { .. }));
    let enough = Limits { packed_bytes: archive.len() as u64, ..Limits::USUAL };
    assert!(read(Cursor::new(&archive), &enough).is_ok());
}

#[test]
fn ten_gigabytes_of_zeros_are_refused_whatever_an_archive_says() {
    const MEGABYTES: usize = 10 << 10;
    let packed = zeros(MEGABYTES);
    let bomb = |said_bytes: u32| File {
        said_bytes: Some(said_bytes),
        packed: Some(packed.clone()),
        ..File::new("bomb", "")
    };
    let too_big = Refused::FileTooBig { path: "bomb".into(), limit_bytes: 25 << 20 };
    assert_eq!(refusal(&zip(&[bomb(u32::MAX - 1)])), too_big);
    // What it claims to be is let through, and what comes out is counted.
    for said_bytes in [0, 20, 20 << 20] {
        let refused = refusal(&zip(&[bomb(said_bytes)]));
        assert_eq!(refused, Refused::Damaged { path: Some("bomb".into()) });
    }
    // A tar of zeros is an empty one; gzip says it in as few bytes.
    let head = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    let refused = refusal(&[&head[..], &packed].concat());
    assert!(matches!(refused, Refused::TooMuch { .. }), "{refused:?}");
    let megabyte = vec![0; 1 << 20];
    let many: Vec<_> = (0..300).map(|at| File::new(format!("{at}"), &megabyte)).collect();
    for archive in both(&many) {
        assert!(matches!(refusal(&archive), Refused::Bomb { ratio: 100, .. }));
    }
    // A file of zeros in a small archive is none.
    for archive in both(&many[..9]) {
        assert_eq!(listed(&archive).unwrap().total_bytes, 9 << 20);
    }
    // An archive in an archive is a file.
    let inner = File { method: 0, ..File::new("inner.zip", zip(&many)) };
    for archive in both(&[inner]) {
        assert_eq!(paths(&listed(&archive).unwrap()), ["inner.zip"]);
    }
}

#[test]
fn sizes_that_lie_are_refused_in_both_formats() {
    for said_bytes in [0, 3, 5, 5_000] {
        let file = File { said_bytes: Some(said_bytes), ..File::new("lies", "text") };
        let wrong = match said_bytes > 4 {
            true => Refused::SizeIsWrong { path: "lies".into() },
            // More comes out than it says, and nobody waits to see how much.
            false => Refused::Damaged { path: Some("lies".into()) },
        };
        assert_eq!(refusal(&zip(std::slice::from_ref(&file))), wrong);
        assert_eq!(refusal(&zip(&[File { method: 0, ..file.clone() }])), wrong);
    }
    // In tar a size that is too large swallows what follows, and one too small leaves no header.
    let short = File { said_bytes: Some(5_000), ..File::new("lies", "text") };
    assert_eq!(refusal(&tar_gz(&[short])), Refused::SizeIsWrong { path: "lies".into() });
    let text = "text ".repeat(300);
    let long = File { said_bytes: Some(3), ..File::new("lies", text) };
    assert_eq!(refusal(&tar_gz(&[long])), Refused::Damaged { path: None });
    assert_eq!(
        refusal(&tar_gz_by_pax("size", "3")),
        Refused::SizeIsWrong { path: "plain.txt".into() }
    );
}

#[test]
fn a_zip_that_says_two_things_is_refused() {
    let file = |name: &str| File { method: 0, ..File::new(name, "text") };
    let renamed = File { name_beside: Some(b"other".to_vec()), ..file("shown") };
    assert_eq!(refusal(&zip(&[renamed])), Refused::TwoContents);
    let hidden = File { is_listed: false, ..file("hidden") };
    assert_eq!(refusal(&zip(&[file("shown"), hidden])), Refused::TwoContents);
    // The second entry points at the first file.
    let mut shared = zip(&[file("one"), file("two")]);
    let second = shared.windows(4).rposition(|it| it == b"PK\x01\x02").unwrap();
    shared[second + 42..second + 46].fill(0);
    assert_eq!(refusal(&shared), Refused::Overlapping);
    // A file that holds another, which is listed too.
    let inner = zip(&[file("inner")]);
    let outer = zip(&[File { method: 0, ..File::new("outer", &inner) }, file("inner")]);
    let mut nested = outer.clone();
    let second = nested.windows(4).rposition(|it| it == b"PK\x01\x02").unwrap();
    let at =
        u32::try_from(nested.windows(4).skip(1).position(|it| it == b"PK\x03\x04").unwrap() + 1);
    nested[second + 42..second + 46].copy_from_slice(&at.unwrap().to_le_bytes());
    assert_eq!(refusal(&nested), Refused::Overlapping);
    assert_eq!(listed(&outer).unwrap().entries.len(), 2);
}

#[test]
fn what_follows_an_archive_is_refused() {
    let [zip, tar] = both(&[File::new("a", "text")]);
    assert_eq!(refusal(&[&zip[..], b"more"].concat()), Refused::MoreBehind);
    assert!(matches!(refusal(&[&zip[..], &zip].concat()), Refused::Damaged { .. }));
    let two = [crate::support::archive::tar(&[File::new("a", "")]), vec![1; 512]].concat();
    assert_eq!(refusal(&gz(&two)), Refused::MoreBehind);
    assert!(matches!(refusal(&[&tar[..], b"more"].concat()), Refused::Damaged { .. }));
    // An end in the comment, for readers that look for it from the front.
    let twice =
        zip_with(&[File::new("a", "text")], std::str::from_utf8(&end(0, 0, 0, "")).unwrap());
    assert!(matches!(refusal(&twice), Refused::Damaged { .. } | Refused::MoreBehind));
    // gzip may come in pieces, as some programs write it.
    let whole = crate::support::archive::tar(&[File::new("a", "text")]);
    let pieces = [gz(&whole[..700]), gz(&whole[700..])].concat();
    assert_eq!(paths(&listed(&pieces).unwrap()), ["a"]);
}

#[test]
fn an_archive_cut_anywhere_or_changed_anywhere_is_refused_or_read_and_never_breaks() {
    let files =
        [File::new("src/main.rs", "fn main() {}".repeat(20)), File::executable("run", "#!/bin/sh")];
    for archive in both(&files) {
        let whole = listed(&archive).unwrap();
        for length in 0..archive.len() {
            let refused = refusal(&archive[..length]);
            assert!(!refused.to_string().is_empty());
        }
        for at in 0..archive.len() {
            for change in [0x01, 0x80, 0xff] {
                let mut changed = archive.clone();
                changed[at] ^= change;
                match packed(&changed) {
                    Ok((packed, _)) => assert!(packed.listing.total_bytes <= whole.total_bytes),
                    Err(Error::Refused(_)) => {}
                    Err(Error::Machine(error)) => panic!("at {at}: {error}"),
                }
            }
        }
    }
}

#[test]
fn what_tar_says_beside_a_file_is_bounded() {
    let long = vec![b'a'; 10 << 20];
    for kind in [EntryType::GNULongName, EntryType::XHeader, EntryType::XGlobalHeader] {
        let before = block(b"before", kind, 0, long.len() as u64, &long);
        let archive = gz(&[before, tar(&[File::new("a", "text")])].concat());
        assert!(matches!(refusal(&archive), Refused::Damaged { .. }));
    }
    // Nothing follows what was said.
    let before = block(b"before", EntryType::GNULongName, 0, 3, b"abc");
    assert!(matches!(refusal(&gz(&before)), Refused::Damaged { .. }));
    assert!(matches!(
        refusal(&tar_gz_by_pax("GNU.sparse.major", "1")),
        Refused::Unsupported { .. }
    ));
    assert_eq!(paths(&listed(&tar_gz_by_pax("path", "renamed.txt")).unwrap()), ["renamed.txt"]);
}

#[test]
fn a_table_of_contents_that_is_odd_is_refused_before_it_is_read() {
    let archive = zip(&[File::new("a", "text")]);
    let at = archive.len() - 22;
    for (offset, bytes) in [
        // Counts, length, start.
        (8, [2, 0, 2, 0]),
        (8, [0, 0, 0, 0]),
        (12, [1, 0, 0, 0]),
        (12, [255, 255, 255, 255]),
        (16, [0, 0, 0, 0]),
        (16, [255, 255, 255, 255]),
    ] {
        let mut changed = archive.clone();
        changed[at + offset..at + offset + 4].copy_from_slice(&bytes);
        let refused = refusal(&changed);
        assert!(
            matches!(refused, Refused::Damaged { .. } | Refused::ContentsTooBig { .. }),
            "{refused:?}"
        );
    }
    let mut many = archive.clone();
    many[at + 8..at + 12].copy_from_slice(&[255; 4]);
    assert_eq!(refusal(&many), Refused::TooMany { limit: 20_000 });
    let long = |at: usize| File::new(format!("{at:0>250}"), "");
    let names: Vec<_> = (0..16_000).map(long).collect();
    assert_eq!(refusal(&zip(&names)), Refused::ContentsTooBig { limit_bytes: 4 << 20 });
    assert_eq!(listed(&zip(&names[..14_000])).unwrap().entries.len(), 14_000);
    // A checksum that is wrong.
    let mut wrong = archive.clone();
    for at in [14, archive.windows(4).position(|it| it == b"PK\x01\x02").unwrap() + 16] {
        wrong[at] ^= 1;
    }
    assert_eq!(refusal(&wrong), Refused::Damaged { path: Some("a".into()) });
    // Bytes that are no deflate.
    let noise = File { packed: Some(vec![0xff; 20]), ..File::new("a", "text") };
    assert_eq!(refusal(&zip(&[noise])), Refused::Damaged { path: Some("a".into()) });
    assert!(deflated(b"text").len() < 20);
}

/// Fails once more than `left` bytes were read.
struct Failing(Cursor<Vec<u8>>, usize);

impl Read for Failing {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.0.read(into)?;
        self.1 = self.1.checked_sub(count).ok_or_else(|| io::Error::other("the disk is gone"))?;
        Ok(count)
    }
}

impl Seek for Failing {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}

#[test]
fn a_disk_that_fails_is_not_the_candidates_fault() {
    let content: String =
        (0..200_000u32).map(|n| char::from(b'a' + (n % 251 * n % 26) as u8)).collect();
    for archive in both(&[File::new("a", content)]) {
        for left in [0, 600] {
            let failing = Failing(Cursor::new(archive.clone()), left);
            let error = read(failing, &Limits::USUAL).unwrap_err();
            assert!(matches!(error, Error::Machine(_)), "{error}");
        }
    }
}

#[test]
fn what_usual_programs_pack_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let work = folder.path().join("work");
    std::fs::create_dir_all(work.join("src")).unwrap();
    std::fs::write(work.join("src/main.rs"), "fn main() {}").unwrap();
    std::fs::write(work.join("caf\u{e9} notes.md"), "# Notes").unwrap();
    let long = format!("{}.txt", "long".repeat(40));
    std::fs::write(work.join(&long), "text").unwrap();
    let run = |script: &str| {
        let mut shell = Command::new("sh");
        let output = shell.args(["-ec", script]).current_dir(folder.path()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    run("tar czf gnu.tar.gz work && tar czf pax.tar.gz --format=pax -C work . \
         && python3 -m zipfile -c python.zip work/ \
         && cd work && git init -q && git add . \
         && git -c user.name=Heron -c user.email=heron@example.org commit -qm Work \
         && git archive --prefix=work/ -o ../git.zip HEAD && git archive -o ../git.tar.gz HEAD");
    for name in ["gnu.tar.gz", "pax.tar.gz", "python.zip", "git.zip", "git.tar.gz"] {
        let file = std::fs::read(folder.path().join(name)).unwrap();
        let listing = listed(&file).unwrap_or_else(|error| panic!("{name}: {error}"));
        let kept: Vec<_> =
            paths(&listing).into_iter().map(|path| listing.kept_path(path)).collect();
        assert_eq!(kept, ["caf\u{e9} notes.md", long.as_str(), "src/main.rs"], "{name}");
    }
}

fn trees() -> impl Strategy<Value = Vec<File>> {
    let part = "[a-z][a-z0-9_. -]{0,11}[a-z]";
    let path = proptest::collection::vec(part, 1..5).prop_map(|parts| parts.join("/"));
    let content = proptest::collection::vec(any::<u8>(), 0..3_000);
    let file =
        (path, content, any::<bool>(), any::<bool>()).prop_map(|(path, content, x, stored)| {
            let mode = if x { 0o100_755 } else { 0o100_644 };
            File { mode, method: if stored { 0 } else { 8 }, ..File::new(path, content) }
        });
    proptest::collection::vec(file, 1..20).prop_map(|mut files| {
        files.sort_by(|a, b| a.name.cmp(&b.name));
        files
            .dedup_by(|b, a| b.name == a.name || b.name.starts_with(&[&a.name[..], b"/"].concat()));
        files
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_tree_comes_back_as_it_was(files in trees()) {
        // A path may still be a folder of another that is not next to it.
        prop_assume!(listed(&tar_gz(&files)).is_ok());
        let [zip, tar] = both(&files);
        let expected: Vec<_> = files
            .iter()
            .map(|file| Entry {
                path: String::from_utf8(file.name.clone()).unwrap(),
                size_bytes: file.content.len() as u64,
                is_executable: file.mode & 0o111 != 0,
            })
            .collect();
        prop_assert_eq!(&listed(&zip).unwrap().entries, &expected);
        prop_assert_eq!(&listed(&tar).unwrap().entries, &expected);
        let ((from_zip, kept), (from_tar, _)) = (packed(&zip).unwrap(), packed(&tar).unwrap());
        prop_assert_eq!(from_zip.sha256, from_tar.sha256);
        let mut opened = Kept::open(Cursor::new(kept)).unwrap();
        for (file, entry) in files.iter().zip(&expected) {
            let path = from_zip.listing.kept_path(&entry.path);
            let kept = opened.file(path).unwrap();
            prop_assert_eq!(kept.as_deref(), Some(&file.content[..]));
        }
    }
}
