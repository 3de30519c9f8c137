//! Tables that people bring: what a spreadsheet saves as CSV, or what was copied out of one.
//!
//! Taken are commas, semicolons and tabs, UTF-8 and UTF-16, with or without a byte order mark.

use super::csv::bare;
use super::form::Form;

/// A column that may be in a table.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// As in the first line of a table. Blanks, `-`, `_` and capital letters make no difference.
    pub name: &'static str,
    /// Another name under which it is known, or none.
    pub also: Option<&'static str>,
    pub is_needed: bool,
}

impl Column {
    fn is_called(&self, name: &str) -> bool {
        plain(self.name) == plain(name) || self.also.is_some_and(|also| plain(also) == plain(name))
    }
}

/// A table that was read; its cells are trimmed text and mean nothing yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Where each of the asked columns stands.
    places: Vec<Option<usize>>,
    /// The columns nobody asked for, by name, which are passed over.
    pub ignored: Vec<String>,
    pub rows: Vec<Row>,
}

/// One row below the first line. Empty ones are passed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The line it begins in, the first line being 1, as a spreadsheet counts.
    pub line: u64,
    cells: Vec<String>,
}

/// Why a table cannot be read, in words for whoever brought it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    #[error("There is nothing in it. The first line names the columns: {0}")]
    Empty(String),
    #[error(
        "Line {0} has letters that are neither UTF-8 nor UTF-16. Save it as “CSV UTF-8” and bring that"
    )]
    Encoding(usize),
    #[error("The first line has no column “{missing}”. It names the columns: {columns}")]
    ColumnMissing { missing: &'static str, columns: String },
    #[error(
        "The first line names none of the columns, so the list seems to begin at once. Put a line before \
         it that says: {0}"
    )]
    NoHead(String),
    #[error(
        "This is a workbook, not a list. In the spreadsheet choose “Save as”, then “CSV UTF-8”, and bring \
         that file; or copy the rows and paste them"
    )]
    Workbook,
    #[error("The column “{0}” is there twice")]
    ColumnTwice(&'static str),
    #[error("Line {line} has {found} cells, and the first line has {named}")]
    Width { line: u64, found: usize, named: usize },
    #[error("It has more than {0} rows. Bring it in parts")]
    TooLong(usize),
    #[error("Line {0} cannot be read: a quotation mark may be missing")]
    Garbled(u64),
}

impl Table {
    /// The table that was uploaded as `file`, else the one that was pasted as `list`. Either stands in the
    /// form afterwards, and what is wrong with it beside it.
    pub fn of(form: &mut Form, columns: &[Column], longest: usize) -> Option<Self> {
        let (field, typed) = match form.file("file") {
            Some(file) => ("file", decode(file)),
            None => ("list", Ok(form.raw("list").to_owned())),
        };
        let read = typed.and_then(|text| {
            form.set("list", text.as_str());
            Self::read(text.as_bytes(), columns, longest)
        });
        match read {
            Ok(table) if !table.rows.is_empty() => Some(table),
            Ok(_) => {
                form.refuse(field, "There is nobody below the first line");
                None
            }
            Err(error) => {
                form.refuse(field, error.to_string());
                None
            }
        }
    }

    /// Reads a table that may have `columns` and at most `longest` rows.
    ///
    /// # Errors
    /// What is wrong with it and where.
    pub fn read(bytes: &[u8], columns: &[Column], longest: usize) -> Result<Self, Unreadable> {
        // The reader counts lines by the one mark.
        let text = decode(bytes)?.replace("\r\n", "\n");
        let listed = columns.iter().map(|column| column.name).collect::<Vec<_>>().join(", ");
        let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter(first))
            .has_headers(false)
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(text.as_bytes());
        let mut records = reader.records().filter(|record| {
            record.as_ref().map_or(true, |record| record.iter().any(|cell| !cell.is_empty()))
        });
        let garbled = |error: csv::Error| {
            Unreadable::Garbled(error.position().map_or(1, csv::Position::line))
        };
        let head = records.next().ok_or(Unreadable::Empty(listed.clone()))?.map_err(garbled)?;
        let (places, ignored) = places(&head, columns, &listed)?;
        let mut rows = Vec::new();
        for record in records {
            let record = record.map_err(garbled)?;
            let line = record.position().map_or(0, csv::Position::line);
            let extra = record.iter().skip(head.len()).any(|cell| !cell.is_empty());
            if extra || record.len() < head.len() {
                let (found, named) = (record.len(), head.len());
                return Err(Unreadable::Width { line, found, named });
            }
            if rows.len() == longest {
                return Err(Unreadable::TooLong(longest));
            }
            let cells = record.iter().map(|cell| bare(cell).to_owned()).collect();
            rows.push(Row { line, cells });
        }
        Ok(Self { places, ignored, rows })
    }

    /// What `row` has in the column asked for as the `column`th; empty where there is none.
    pub fn cell<'a>(&self, row: &'a Row, column: usize) -> &'a str {
        let place = self.places.get(column).copied().flatten();
        place.and_then(|place| row.cells.get(place)).map_or("", String::as_str)
    }
}

/// Where each of `columns` stands in the first line, and what else is named there.
fn places(
    head: &csv::StringRecord,
    columns: &[Column],
    listed: &str,
) -> Result<(Vec<Option<usize>>, Vec<String>), Unreadable> {
    let mut places = vec![None; columns.len()];
    let mut ignored = Vec::new();
    for (place, name) in head.iter().enumerate() {
        let known = columns.iter().position(|column| column.is_called(name));
        match known {
            None if name.is_empty() => {}
            None => ignored.push(name.chars().take(40).collect()),
            Some(known) if places[known].is_some() => {
                return Err(Unreadable::ColumnTwice(columns[known].name));
            }
            Some(known) => places[known] = Some(place),
        }
    }
    if places.iter().all(Option::is_none) {
        return Err(Unreadable::NoHead(listed.to_owned()));
    }
    let missing = columns.iter().zip(&places).find(|(it, place)| it.is_needed && place.is_none());
    match missing {
        Some((column, _)) => {
            Err(Unreadable::ColumnMissing { missing: column.name, columns: listed.to_owned() })
        }
        None => Ok((places, ignored)),
    }
}

fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// What separates the cells of the first line: whatever it has most of.
fn delimiter(first: &str) -> u8 {
    let count = |mark: u8| first.bytes().filter(|byte| *byte == mark).count();
    [b',', b';', b'\t'].into_iter().rev().max_by_key(|mark| count(*mark)).unwrap_or(b',')
}

/// The text of an uploaded file.
///
/// # Errors
/// It is in no encoding that is taken.
pub fn decode(bytes: &[u8]) -> Result<String, Unreadable> {
    let utf16 = |rest: &[u8], unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> =
            rest.chunks(2).map(|it| unit([it[0], *it.get(1).unwrap_or(&0)])).collect();
        String::from_utf16(&units).map_err(|_| Unreadable::Encoding(1))
    };
    match bytes {
        // A zip, as .xlsx and .ods are, and what .xls begins with.
        [b'P', b'K', 3, 4, ..] | [0xd0, 0xcf, 0x11, 0xe0, ..] => Err(Unreadable::Workbook),
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        // Without a mark: text in a Latin script has a zero in every other byte.
        [a, 0, b, 0, ..] if *a != 0 && *b != 0 => utf16(bytes, u16::from_le_bytes),
        [0, a, 0, b, ..] if *a != 0 && *b != 0 => utf16(bytes, u16::from_be_bytes),
        _ => {
            let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
            let line = |error: std::str::Utf8Error| {
                1 + bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count()
            };
            let text = std::str::from_utf8(bytes);
            text.map(|text| text.replace('\0', ""))
                .map_err(|error| Unreadable::Encoding(line(error)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [Column; 3] = [
        Column { name: "name", also: None, is_needed: true },
        Column { name: "email", also: None, is_needed: true },
        Column { name: "last day", also: Some("until"), is_needed: false },
    ];

    fn read(bytes: &[u8]) -> Result<Vec<(u64, String, String, String)>, Unreadable> {
        let table = Table::read(bytes, &COLUMNS, 3)?;
        let cell = |row: &Row, column| table.cell(row, column).to_owned();
        let row = |row: &Row| (row.line, cell(row, 0), cell(row, 1), cell(row, 2));
        Ok(table.rows.iter().map(row).collect())
    }

    #[test]
    fn whatever_a_spreadsheet_saves_is_read_alike() {
        let utf16 = |text: &str, mark: bool| -> Vec<u8> {
            let units = text.encode_utf16().flat_map(u16::to_le_bytes);
            (if mark { vec![0xff, 0xfe] } else { Vec::new() }).into_iter().chain(units).collect()
        };
        let expected = vec![(2, "Zoë; N".to_owned(), "z@example.org".to_owned(), String::new())];
        let quoted = "E-Mail;Name\r\nz@example.org;\"Zoë; N\"\r\n;\r\n";
        for bytes in [
            "name,email,last_day\nZoë; N,z@example.org,\n".as_bytes().to_vec(),
            "\u{feff}NAME\tEmail\nZoë; N\tz@example.org\n".as_bytes().to_vec(),
            quoted.as_bytes().to_vec(),
            utf16(quoted, true),
            utf16(quoted, false),
        ] {
            assert_eq!(read(&bytes), Ok(expected.clone()));
        }
    }

    #[test]
    fn columns_go_by_either_name_and_those_nobody_asked_for_are_passed_over() {
        let table = Table::read(b"Phone,name,email,Until\n1,Zo,z@c.org,x\n", &COLUMNS, 3).unwrap();
        assert_eq!(table.ignored, ["Phone"]);
        assert_eq!(table.cell(&table.rows[0], 2), "x");
    }

    #[test]
    fn what_cannot_be_read_is_told_with_its_line() {
        let refused = |bytes: &[u8]| read(bytes).unwrap_err().to_string();
        assert!(refused(b"").contains("name, email, last day"));
        assert!(refused(b"Max,m@example.org\n").contains("that says: name, email, last day"));
        assert!(refused(b"PK\x03\x04\x14").contains("“CSV UTF-8”"));
        assert!(refused(b"name\nx\n").contains("no column “email”"));
        assert!(refused(b"name,email,NAME\n").contains("twice"));
        assert!(refused(b"name,email\na,b\nc\n").contains("Line 3 has 1 cells"));
        assert!(refused(b"name,email\na,b,c\n").contains("Line 2 has 3 cells"));
        assert!(refused(b"name,email\na,b\nZo\xeb,c\n").contains("Line 3 has letters"));
        assert!(refused(b"name,email\n1,1\n2,2\n3,3\n4,4\n").contains("more than 3 rows"));
    }
}
