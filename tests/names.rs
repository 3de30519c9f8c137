//! What in a candidate's work names them: a canary of every kind is found, and masked.

use std::io::{Cursor, Write};

use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};
use portal::submission::archive::{Kept, Limits, Packed, repack};
use portal::submission::names::{Finding, Kind, MOST, Names, Who};
use proptest::prelude::*;

use crate::support::archive::{File, tar_gz, zip_with};

const PIXEL: &[u8] = include_bytes!("support/pixel.png");

fn who() -> Who {
    Who {
        name: "Jos\u{e9} Garc\u{ed}a-Heron".to_owned(),
        email: "jgarcia@heron.dev".to_owned(),
        handles: vec!["@blue-heron42".to_owned()],
        ..Who::default()
    }
}

fn names() -> Names {
    Names::of(&who())
}

/// What is found in a text, by kind and excerpt.
fn found(path: &str, text: impl AsRef<[u8]>) -> Vec<(Kind, String)> {
    names().find_in(path, text.as_ref()).into_iter().map(|it| (it.kind, it.what)).collect()
}

fn kinds(text: &str) -> Vec<Kind> {
    found("a.txt", text).into_iter().map(|(kind, _)| kind).collect()
}

fn masked(path: &str, text: &str) -> String {
    String::from_utf8(names().mask(path, text.as_bytes())).unwrap()
}

#[test]
fn parts_of_a_name_are_found_as_whole_words_however_they_are_written() {
    for text in [
        "by Jos\u{e9}",
        "by jose",
        "by JOSE\u{301}!",
        "garcia_server",
        "// Garc\u{ed}a",
        "HERON_DIR",
        "x.heron.y",
        "heron7",
        "/home/jose/work",
    ] {
        assert_eq!(kinds(text), [Kind::Name], "{text}");
    }
    for text in ["josephine", "herons", "anheron", "a heroine", "josé́x", "garcias", ""] {
        assert_eq!(kinds(text), [], "{text}");
    }
    for text in ["myHeronStore", "class HeronKV", "xGarcia_2"] {
        assert!(kinds(text).contains(&Kind::Name), "{text}");
    }
    for text in ["myHeroine", "MYHERON"] {
        assert_eq!(kinds(text), [], "{text}");
    }
    for text in ["josegarciaheron", "joseheron", "HeronJose", "jheron"] {
        assert_eq!(kinds(text), [Kind::Handle], "{text}");
    }
    assert_eq!(kinds("Jos\u{e9} Garc\u{ed}a"), [Kind::Name, Kind::Name]);
}

#[test]
fn addresses_and_handles_are_found() {
    for text in [
        "<jgarcia@heron.dev>",
        "JGarcia@Heron.dev",
        "jgarcia+portal@gmail.com",
        "mailto:jgarcia@work.example",
        "anybody@heron.dev",
    ] {
        assert_eq!(kinds(text), [Kind::Email], "{text}");
    }
    for text in ["somebody@gmail.com", "maria@work.example", "a@b", "jgarcias@work.example"] {
        assert_eq!(kinds(text), [], "{text}");
    }
    for text in ["https://github.com/blue-heron42/kv", "@Blue-Heron42", "jgarcia"] {
        assert_eq!(kinds(text), [Kind::Handle], "{text}");
    }
    // A part of the name stands in it all the same.
    assert_eq!(kinds("blue-heron421"), [Kind::Name]);
}

#[test]
fn names_that_are_words_count_beside_another_part_only() {
    let names = Names::of(&Who {
        name: "Will Grant Okonkwo".to_owned(),
        email: "w@example.org".to_owned(),
        ..Who::default()
    });
    let count = |text: &str| names.find_in("a.sql", text.as_bytes()).len();
    assert_eq!(count("grant select on work to app; -- this will do"), 0);
    assert_eq!(count("by Will Okonkwo"), 2);
    assert_eq!(count("Will Grant Okonkwo"), 1, "the whole name is one");
    assert_eq!(count("Grant_Okonkwo"), 2);
    assert_eq!(count("okonkwo"), 1);
    let masked = names.mask("a.sql", b"grant all; -- Will Okonkwo");
    assert_eq!(masked, b"grant all; -- Candidate Candidate");
}

#[test]
fn names_are_found_however_they_are_spelled() {
    for (name, text) in [
        ("田中 葵", "作者: 田中葵です // 葵"),
        ("李小龙", "作者李小龙编写, 小龙写"),
        ("김민수", "작성자김민수입니다"),
        ("Ng", "by Ng, of it"),
        ("Jürgen Müller", "Juergen Mueller (jmueller), Jurgen Muller"),
        ("Luis García Márquez", "USER luisgarcia in /home/luisgarcia"),
        ("Inês Carvalho de Albuquerque", "inescarvalho icalbuquerque"),
        ("Оксана Quennell", "ОКСАНА, by Qu\u{435}nnell, \u{51b}uennell"),
        ("Zoë Quennell", "Quen\u{ad}nell, Z\u{200b}oe"),
    ] {
        let who =
            Who { name: name.to_owned(), email: "w@example.org".to_owned(), ..Who::default() };
        let masked = Names::of(&who).mask("a.txt", text.as_bytes());
        let masked = String::from_utf8(masked).unwrap();
        let left: String = masked.replace("Candidate", "").replace("candidate", "");
        for part in [
            "田中",
            "葵",
            "小龙",
            "민수",
            "Ng",
            "ueller",
            "uller",
            "luis",
            "ines",
            "icalb",
            "nell",
            "oe",
            "ксана",
            "КСАНА",
        ] {
            assert!(!left.contains(part), "{name}: {masked}");
        }
    }
    let ng = Who { name: "Ng".to_owned(), email: "w@example.org".to_owned(), ..Who::default() };
    let names = Names::of(&ng);
    assert!(names.find_in("a.ts", b"import { ng } from 'ng'; // running").is_empty());
    let minsu =
        Who { name: "김민수".to_owned(), email: "w@example.org".to_owned(), ..Who::default() };
    assert!(
        Names::of(&minsu).find_in("a.md", "가만사".as_bytes()).is_empty(),
        "no syllable is its first letter"
    );
}

#[test]
fn what_they_were_called_before_is_found_too() {
    let before = vec![("Ines Okonkwo".to_owned(), "ines@old.example.org".to_owned())];
    let names = Names::of(&Who { before, ..who() });
    let masked =
        names.mask("a.txt", "By Ines, once Okonkwo, now García <ines@old.example.org>".as_bytes());
    let masked = String::from_utf8(masked).unwrap();
    for name in ["Ines", "ines", "Okonkwo", "García"] {
        assert!(!masked.contains(name), "{masked}");
    }
}

#[test]
fn a_whole_name_is_found_however_short_or_ordinary_its_parts_are() {
    for (name, text) in [
        ("Mark Rose", "By Mark Rose."),
        ("Mark Rose", "rose, mark"),
        ("Bo Li", "by Bo Li"),
        ("Bo Li", "bo_li"),
        ("Zo\u{eb} Min Chan", "chan zoe min"),
    ] {
        let who =
            Who { name: name.to_owned(), email: "w@example.org".to_owned(), ..Who::default() };
        let names = Names::of(&who);
        assert_eq!(names.find_in("a.txt", text.as_bytes()).len(), 1, "{text}");
        assert!(names.find_in("a.go", b"make(chan int) // a bold lie, mark").is_empty(), "{name}");
    }
}

#[test]
fn letters_that_are_spelled_out_name_them_too() {
    let readme = "one &amp; two\nBy Jos&eacute; Garc&#237;a-Heron &lt;3\n";
    assert_eq!(names().find_in("README.md", readme.as_bytes())[0].line, Some(2));
    assert_eq!(masked("README.md", readme), "one &amp; two\nBy Candidate &lt;3\n");
    let json = r#"{"by": "Jos\u00e9", "is": "Caf\u00e9 \u0026 more"}"#;
    assert!(!masked("a.json", json).contains("Jos"), "{}", masked("a.json", json));
    let link = "see https://work.example/Jos%C3%A9%20Heron?from=a%20b";
    assert_eq!(masked("a.go", link), "see https://work.example/Candidate%20Candidate?from=a%20b");
    assert_eq!(masked("a.txt", "mail jgarcia%40heron.dev"), "mail candidate@example.invalid");
    assert_eq!(
        masked("README.md", "by J**o**se, <b>He</b>ron"),
        "by Candidate****, <b>Candidate</b>"
    );
    assert_eq!(masked("a.html", "<li>Jos&eacute;<br>Engineer"), "<li>Candidate<br>Engineer");
    assert_eq!(names().mask_path("Jos%C3%A9 Heron.txt"), "Candidate Candidate.txt");
    for text in [
        "Jos\\xc3\\xa9",
        "Jos=C3=A9",
        "Jose%CC%81",
        "J_o_se",
        "\u{ff28}eron",
        "H&shy;eron",
        "\u{41d}\u{435}r\u{43e}n",
    ] {
        assert_eq!(names().find_in("a.md", text.as_bytes()).len(), 1, "{text}");
    }
    let table = "<first>Jose</first><last>Heron</last>";
    assert_eq!(masked("a.xml", table), "<first>Candidate</first><last>Candidate</last>");
    let nothing = "Caf&eacute; \\u00e9";
    assert_eq!(masked("README.md", nothing), nothing, "what names nobody is as it was");
}

#[test]
fn a_finding_says_where_and_shows_a_little() {
    let text = format!("one\ntwo\n{} heron {}\n\njose", "x".repeat(200), "y".repeat(200));
    let found = names().find_in("src/a.rs", text.as_bytes());
    let lines: Vec<_> = found.iter().map(|it| it.line).collect();
    assert_eq!(lines, [Some(3), Some(5)]);
    for finding in &found {
        assert!(finding.what.chars().count() <= Finding::MOST_CHARS);
        assert_eq!(finding.place, "src/a.rs");
    }
    assert!(found[0].what.contains(" heron "), "{}", found[0].what);
    assert_eq!(names().find_in("a.txt", "heron\n".repeat(1_000).as_bytes()).len(), MOST);
    let in_name = names().find_in("docs/heron.md", b"nothing");
    assert_eq!((in_name.len(), in_name[0].line), (1, None));
}

#[test]
fn what_declares_an_author_is_found_whatever_they_are_called() {
    let licence = "MIT License\n\nCopyright (c) 2026 Somebody Else\n\nPermission is hereby granted";
    assert_eq!(
        found("LICENSE", licence),
        [(Kind::Licence, "Copyright (c) 2026 Somebody Else".into())]
    );
    assert_eq!(masked("LICENSE", licence).lines().nth(2), Some("Copyright (c) 2026 Candidate"));
    let mut known = names();
    known.learn_from("LICENSE", licence.as_bytes());
    known.learn_from("NOTICE", b"Copyright 2026 The Heap Authors\nCopyright 2026 Nest\n");
    let readme =
        known.mask("README.md", b"By Somebody Else (somebody else, nest, The Heap Authors)");
    assert_eq!(readme, b"By Candidate (candidate, nest, The Heap Authors)");
    for anybody in [
        "Copyright (C) 2007 Free Software Foundation, Inc.",
        "Copyright [yyyy] [name of copyright owner]",
        "copyright notice and this permission notice",
    ] {
        assert_eq!(found("COPYING", anybody), [], "{anybody}");
    }
    assert_eq!(found("vendor/lib/sub/LICENSE", licence), [], "of others");
    let cargo =
        "[package]\nname = \"kv\"\nauthors = [\"J. Doe <jd@nest.example>\"]\nversion = \"0.1.0\"\n";
    assert_eq!(found("Cargo.toml", cargo)[0].0, Kind::Author);
    let cargo = masked("Cargo.toml", cargo);
    assert!(cargo.contains("authors = [\"Candidate <candidate@example.invalid>\"]"), "{cargo}");
    assert_eq!(found("Cargo.toml", &cargo), []);
    let package =
        "{\"name\": \"kv\", \"author\": {\"name\": \"J. Doe\", \"email\": \"jd@nest.example\"}}";
    assert_eq!(found("web/package.json", package).len(), 2);
    let package: serde_json::Value =
        serde_json::from_str(&masked("web/package.json", package)).unwrap();
    assert_eq!(package["author"]["name"], "Candidate");
    assert_eq!(package["author"]["email"], "candidate@example.invalid");
    let project =
        "[project]\nname = \"kv\"\nauthors = [{name = \"J. Doe\", email = \"jd@nest.example\"}]\n";
    assert_eq!(found("pyproject.toml", project).len(), 2);
    assert_eq!(found("AUTHORS", "# Who made it\nJ. Doe\n\n"), [(Kind::Author, "J. Doe".into())]);
    assert_eq!(found("Cargo.toml", "not = [toml"), []);
}

#[test]
fn the_owner_of_the_repository_is_looked_for_everywhere_and_masked_alike() {
    for (path, manifest) in [
        ("go.mod", "module github.com/wadingbird/kv\n\ngo 1.25\n"),
        (
            "Cargo.toml",
            "[package]\nname = \"kv\"\nrepository = \"https://github.com/wadingbird/kv\"\n",
        ),
        (
            "package.json",
            "{\"repository\": {\"type\": \"git\", \"url\": \"git+ssh://git@gitlab.com:wadingbird/kv.git\"}}",
        ),
        ("package.json", "{\"repository\": \"wadingbird/kv\"}"),
        (
            "pyproject.toml",
            "[project]\nname = \"kv\"\n[project.urls]\nHome = \"https://codeberg.org/wadingbird\"\n",
        ),
    ] {
        let mut names = names();
        names.learn_from(path, manifest.as_bytes());
        let code = "import \"github.com/wadingbird/kv/store\" // wadingbirds\n";
        let found = names.find_in("main.go", code.as_bytes());
        assert_eq!(found.iter().map(|it| it.kind).collect::<Vec<_>>(), [Kind::Handle], "{path}");
        let masked = names.mask("main.go", code.as_bytes());
        assert_eq!(masked, b"import \"github.com/candidate/kv/store\" // wadingbirds\n");
        let manifest = String::from_utf8(names.mask(path, manifest.as_bytes())).unwrap();
        assert!(!manifest.contains("wadingbird"), "{manifest}");
    }
    let mut names = names();
    names.learn_from("Cargo.toml", b"[package]\nauthors = [\"X <wader@nest.example>\"]\n");
    assert_eq!(names.find_in("README.md", b"write to wader@nest.example")[0].kind, Kind::Email);
}

#[test]
fn masks_have_the_shape_of_what_they_stand_for() {
    for (text, expected) in [
        ("fn heron_start()", "fn candidate_start()"),
        ("HERON_DIR=1", "CANDIDATE_DIR=1"),
        ("class HeronJose:", "class Candidate:"),
        ("mail jgarcia@heron.dev.", "mail candidate@example.invalid."),
        ("ssh blue-heron42@host", "ssh candidate@host"),
        ("nothing here", "nothing here"),
    ] {
        assert_eq!(masked("a.txt", text), expected);
        assert_eq!(kinds(&masked("a.txt", text)), [], "{text}");
    }
    assert_eq!(names().mask_path("heron/src/jose.rs"), "candidate/src/candidate.rs");
}

#[test]
fn texts_in_other_encodings_are_searched_and_come_back_in_theirs() {
    let latin = b"caf\xe9 by heron \xff\n".to_vec();
    assert_eq!(found("a.txt", &latin).len(), 1);
    assert_eq!(names().mask("a.txt", &latin), b"caf\xe9 by candidate \xff\n");
    for large_first in [true, false] {
        let wide = |text: &str| -> Vec<u8> {
            let unit =
                |unit: u16| if large_first { unit.to_be_bytes() } else { unit.to_le_bytes() };
            format!("\u{feff}{text}").encode_utf16().flat_map(unit).collect()
        };
        assert_eq!(found("a.txt", wide("by Heron")).len(), 1);
        assert_eq!(names().mask("a.txt", &wide("by Heron")), wide("by Candidate"));
    }
}

#[test]
fn what_cannot_be_masked_is_left_out_where_it_names_them() {
    let program = |word: &str| [b"\x7fELF\0\0\xff/home/", word.as_bytes(), b"/kv\0\x01"].concat();
    let office = |core: &str| {
        let files = [("word/document.xml", "<w:t>a plan</w:t>"), ("docProps/core.xml", core)];
        zip_with(&files.map(|(path, text)| File::new(path, text.as_bytes())), "")
    };
    let gzip = |bytes: &[u8]| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let named = [
        ("a.out", program("jose")),
        ("plan.docx", office("<dc:creator>Jos\u{e9} Garc\u{ed}a-Heron</dc:creator>")),
        ("a.gz", gzip(b"by heron, in one line")),
        ("a.zip", zip_with(&[File::new("in/a.out", gzip(&program("heron")))], "")),
        ("b.zip", zip_with(&[File::new("heron/a.txt", b"nothing")], "")),
        ("c.zip", zip_with(&[File::new("a.txt", b"nothing")], "by heron")),
        ("split.docx", office("<w:t>by Gar</w:t></w:r><w:r><w:t>cia</w:t>")),
        ("a.tgz", tar_gz(&[File::new("a.txt", b"by heron")])),
        ("b.tgz", tar_gz(&[File::new("in/a.out", program("heron"))])),
    ];
    for (path, bytes) in &named {
        let found = found(path, bytes);
        assert_eq!(found.iter().map(|it| it.0).collect::<Vec<_>>(), [Kind::Inside], "{path}");
        let masked = names().mask(path, bytes);
        assert!(masked.starts_with(b"This file is left out"), "{path}");
        assert_eq!(names().find_in(path, &masked), [], "{path}");
    }
    let library =
        [("META-INF/NOTICE", "Copyright 2011 Somebody Else"), ("NOTICE", "Copyright 2011 A B")];
    let library = library.map(|(path, text)| File::new(path, text.as_bytes()));
    let locked = [b"PK\x03\x04".as_slice(), &[0; 30]].concat();
    for unread in [locked, b"BZh91AY&SY\0\0".to_vec()] {
        assert_eq!(found("a.bin", &unread)[0].0, Kind::Unread);
        assert!(names().mask("a.bin", &unread).starts_with(b"This file is left out"));
    }
    for (path, bytes) in [
        ("a.out", program("josephine")),
        ("plan.docx", office("Somebody")),
        ("library.jar", zip_with(&library, "")),
    ] {
        assert_eq!(found(path, &bytes), [], "{path}");
        assert_eq!(names().mask(path, &bytes), bytes, "{path}");
    }
}

/// A chunk of PNG, without a checksum that anybody compares.
fn chunk(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len()).unwrap().to_be_bytes();
    [&length[..], name, data, &[0; 4]].concat()
}

/// The smallest picture, with these chunks after its head.
fn png(chunks: &[Vec<u8>]) -> Vec<u8> {
    let head = 8 + 25;
    [&PIXEL[..head], &chunks.concat(), &PIXEL[head..]].concat()
}

fn zlib(text: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

/// Tags of a camera: one table of texts, with what is longer than four letters behind it.
fn exif(texts: &[(u16, &str)], is_large_first: bool) -> Vec<u8> {
    let two = |n: u16| if is_large_first { n.to_be_bytes() } else { n.to_le_bytes() };
    let four = |n: usize| {
        let n = u32::try_from(n).unwrap();
        if is_large_first { n.to_be_bytes() } else { n.to_le_bytes() }
    };
    let mut table = two(u16::try_from(texts.len()).unwrap()).to_vec();
    let mut behind = Vec::new();
    let start = 8 + 2 + 12 * texts.len() + 4;
    for (tag, text) in texts {
        table.extend(two(*tag));
        table.extend(two(2));
        table.extend(four(text.len() + 1));
        table.extend(four(start + behind.len()));
        behind.extend(text.as_bytes());
        behind.push(0);
    }
    table.extend([0; 4]);
    let mark: &[u8] = if is_large_first { b"MM" } else { b"II" };
    [mark, &two(42), &four(8), &table, &behind].concat()
}

fn jpeg(segments: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let mut picture = vec![0xff, 0xd8];
    for (marker, data) in segments {
        picture.extend([0xff, *marker]);
        picture.extend(u16::try_from(data.len() + 2).unwrap().to_be_bytes());
        picture.extend(data);
    }
    picture.extend([0xff, 0xda, 0, 2, 1, 2, 3, 0xff, 0xd9]);
    picture
}

#[test]
fn pictures_say_nothing_once_they_are_masked() {
    let artist = |large| exif(&[(0x010f, "Camera"), (0x013b, "Somebody Else")], large);
    let named = exif(&[(0x010e, "taken by Heron")], true);
    let app1 = |tiff: Vec<u8>| (0xe1, [b"Exif\0\0", &tiff[..]].concat());
    let jfif = (0xe0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0".to_vec());
    let pictures = [
        png(&[chunk(b"tEXt", b"Comment\0made by Heron")]),
        png(&[chunk(b"tEXt", b"Author\0Somebody Else")]),
        png(&[chunk(b"zTXt", &[b"Comment\0\0", &zlib(b"by heron")[..]].concat())]),
        png(&[chunk(b"iTXt", b"Comment\0\0\0en\0\0by Jos\xc3\xa9")]),
        png(&[chunk(b"iTXt", &[b"Comment\0\x01\0en\0\0", &zlib(b"by jose")[..]].concat())]),
        png(&[chunk(b"eXIf", &artist(true))]),
        jpeg(&[jfif.clone(), app1(artist(true))]),
        jpeg(&[app1(artist(false)), jfif.clone()]),
        jpeg(&[app1(named)]),
        jpeg(&[(0xfe, b"drawn by heron".to_vec())]),
        jpeg(&[(0xe1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>Heron</x:xmpmeta>".to_vec())]),
        jpeg(&[(0xed, b"Photoshop 3.0\0 Heron".to_vec())]),
    ];
    for (at, picture) in pictures.iter().enumerate() {
        let found = found("a.bin", picture);
        assert!(
            !found.is_empty() && found.iter().all(|it| it.0 == Kind::Picture),
            "{at}: {found:?}"
        );
        let masked = names().mask("a.bin", picture);
        assert_eq!(names().find_in("a.bin", &masked), [], "{at}");
        let plain = if picture.starts_with(b"\x89") { PIXEL.to_vec() } else { masked.clone() };
        assert_eq!(masked, plain, "{at}");
    }
    assert_eq!(names().mask("a", &pictures[6]), jpeg(&[jfif]));
    let gps = [b"II\x2a\0\x08\0\0\0\x01\0\x25\x88\x04\0\x01\0\0\0\x1a\0\0\0".as_slice(), &[0; 8]]
        .concat();
    assert_eq!(found("a.jpg", jpeg(&[app1(gps)])), [(Kind::Picture, "Where it was taken".into())]);
    assert_eq!(found("a.png", PIXEL), []);
    assert_eq!(found("a.png", png(&[chunk(b"tEXt", b"Software\0somebody's editor")])), []);
}

/// A PDF that holds these objects, and names the first as its information.
fn pdf(objects: &[&[u8]]) -> Vec<u8> {
    let mut file = b"%PDF-1.7\n".to_vec();
    for (at, object) in objects.iter().enumerate() {
        file.extend(format!("{} 0 obj\n", at + 1).as_bytes());
        file.extend(*object);
        file.extend(b"\nendobj\n");
    }
    file.extend(b"trailer << /Info 1 0 R >>\n%%EOF\n");
    file
}

#[test]
fn what_a_pdf_says_of_itself_is_blank_once_it_is_masked() {
    let wide: String = "\u{feff}Heron".encode_utf16().map(|unit| format!("{unit:04X}")).collect();
    let packet = |inner: &str| {
        format!(
            "<< /Type /Metadata >> stream\n<?xpacket begin=\"\"?>{inner}<?xpacket end=\"w\"?>\nendstream"
        )
    };
    let creator = packet(
        "<rdf:RDF><dc:creator><rdf:Seq><rdf:li>Somebody Else</rdf:li></rdf:Seq></dc:creator></rdf:RDF>",
    );
    let attribute = packet("<rdf:Description pdf:Keywords=\"by heron\"/>");
    for (at, objects) in [
        vec![b"<< /Author (Somebody Else) /Producer (a program) >>".to_vec()],
        vec![b"<< /Author(Jos\\351 \\(Heron\\)) >>".to_vec()],
        vec![format!("<< /Author <{wide}> >>").into_bytes()],
        vec![b"<< /Title (Work of Heron) >>".to_vec()],
        vec![b"<< >>".to_vec(), creator.into_bytes()],
        vec![b"<< >>".to_vec(), attribute.into_bytes()],
    ]
    .into_iter()
    .enumerate()
    {
        let objects: Vec<_> = objects.iter().map(Vec::as_slice).collect();
        let file = pdf(&objects);
        let found = found("a.pdf", &file);
        assert_eq!(found.iter().map(|it| it.0).collect::<Vec<_>>(), [Kind::Pdf], "{at}: {found:?}");
        let masked = names().mask("a.pdf", &file);
        assert_eq!(names().find_in("a.pdf", &masked), [], "{at}");
        assert_eq!(masked.len(), file.len());
    }
    // The heading of a chapter is no title of the whole.
    let chapter = pdf(&[b"<< >>", b"<< /Title (Heron) >>"]);
    assert_eq!(names().mask("a.pdf", &chapter), chapter);
    // What is compressed is found, and found again when it is masked.
    let stream =
        [b"<< /Type /ObjStm >> stream\n", &zlib(b"<< /Author (Heron) >>")[..], b"\nendstream"]
            .concat();
    let packed = pdf(&[b"<< >>", &stream]);
    assert_eq!(found("a.pdf", &packed).len(), 1);
    assert_eq!(found("a.pdf", names().mask("a.pdf", &packed)).len(), 1);
}

#[test]
fn a_real_pdf_reads_the_same_once_it_is_masked() {
    let file = include_bytes!("../content/levels.pdf");
    let masked = names().mask("levels.pdf", file);
    assert_eq!(masked.len(), file.len());
    let text = |bytes: &[u8]| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.pdf");
        std::fs::write(&path, bytes).unwrap();
        let output = std::process::Command::new("pdftotext").arg(&path).arg("-").output().ok()?;
        assert!(output.status.success(), "{output:?}");
        Some(output.stdout)
    };
    let Some(before) = text(file) else { return println!("skipped: there is no pdftotext") };
    assert_eq!(Some(before), text(&masked));
}

fn packed(archive: &[u8]) -> (Packed, Vec<u8>) {
    let mut kept = Cursor::new(Vec::new());
    let scratch = Cursor::new(Vec::new());
    let packed = repack(Cursor::new(archive), &Limits::USUAL, scratch, &mut kept).unwrap();
    (packed, kept.into_inner())
}

#[test]
fn all_of_an_archive_is_searched_and_what_it_said_beside_its_files() {
    let files = [
        File::new("heron-kv/go.mod", "module github.com/wadingbird/kv\n"),
        File::new(
            "heron-kv/main.go",
            "// by Garc\u{ed}a\nimport \"github.com/wadingbird/kv/store\"\n",
        ),
        File::new("heron-kv/store/jose.go", "package store\n"),
        File::new("heron-kv/design.bin", "\u{7f}ELF\0\0"),
    ];
    for (archive, beside) in [
        (tar_gz(&files), "heron"),
        (zip_with(&files, "zipped by jgarcia@heron.dev"), "zipped by jgarcia@heron.dev"),
    ] {
        let (packed, kept) = packed(&archive);
        let mut kept = Kept::open(Cursor::new(kept)).unwrap();
        let mut names = names();
        names.learn(&mut kept).unwrap();
        let found = names.find(&mut kept, &packed.listing.said).unwrap();
        let found: Vec<_> = found.iter().map(|it| (it.place.as_str(), it.kind, it.line)).collect();
        let expected = [
            ("", Kind::Archive, None),
            ("go.mod", Kind::Handle, Some(1)),
            ("main.go", Kind::Name, Some(1)),
            ("main.go", Kind::Handle, Some(2)),
            ("store/jose.go", Kind::Name, None),
            ("design.bin", Kind::Closed, None),
        ];
        assert_eq!(found, expected, "{beside}");
        let first = &names.find(&mut kept, &packed.listing.said).unwrap()[0];
        assert_eq!(first.what, beside);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn anything_is_searched_and_masked_without_harm(
        head in prop_oneof![
            Just(Vec::new()), Just(b"%PDF-1.7 /Info 1 0 R 1 0 obj /Author (".to_vec()), Just(b"\xff\xd8\xff\xe1".to_vec()),
            Just(PIXEL[..40].to_vec()), Just(b"\xff\xfe".to_vec()), Just(b"<?xpacket begin?>".to_vec()),
            Just(b"\xff\xd8\xff\xe1\x10\x00Exif\0\0II\x2a\0\x08\0\0\0\xff\0".to_vec()),
        ],
        rest in proptest::collection::vec(any::<u8>(), 0..600),
        path in prop_oneof![Just("a"), Just("Cargo.toml"), Just("LICENSE"), Just("package.json"), Just("go.mod")],
    ) {
        let bytes = [head, rest].concat();
        let mut names = names();
        names.learn_from(path, &bytes);
        let _found = names.find_in(path, &bytes);
        let _masked = names.mask(path, &bytes);
    }

    #[test]
    fn a_masked_text_names_nobody(
        words in proptest::collection::vec(
            prop_oneof![
                Just("Jos\u{e9}".to_owned()), Just("heron".to_owned()), Just("jgarcia@heron.dev".to_owned()),
                Just("blue-heron42".to_owned()), Just("Copyright (c) 2026 ".to_owned()), "[a-z ._\\-@<>/\n]{1,3}",
            ],
            0..40,
        ),
        path in prop_oneof![Just("a.txt"), Just("LICENSE"), Just("AUTHORS")],
    ) {
        let text = words.concat();
        let masked = names().mask(path, text.as_bytes());
        let left = names().find_in(path, &masked);
        prop_assert!(left.is_empty(), "{text:?} became {:?}: {left:?}", String::from_utf8_lossy(&masked));
    }
}
