//! CSV as spreadsheets read it: commas, CRLF, a byte order mark so that names keep their letters.
//!
//! A spreadsheet runs a cell that begins like a formula. Such a cell gets an apostrophe before it, which
//! shows it as text; [`bare`] takes it away again.

use std::borrow::Cow;

/// Every row that was written since it was last taken.
pub struct Csv(csv::Writer<Vec<u8>>);

impl Csv {
    pub const MEDIA_TYPE: &str = "text/csv; charset=utf-8";

    /// A file that begins with the names of its columns.
    pub fn with_header<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut csv = Self(writer("\u{feff}".into()));
        csv.row(names);
        csv
    }

    pub fn row<'a>(&mut self, cells: impl IntoIterator<Item = &'a str>) {
        let cells = cells.into_iter().map(|cell| guarded(cell).into_owned());
        self.0.write_record(cells).expect("memory takes every row, however wide");
    }

    /// What was written; the next rows go on after it.
    pub fn take(&mut self) -> Vec<u8> {
        let written = std::mem::replace(&mut self.0, writer(Vec::new()));
        written.into_inner().expect("memory takes what is written")
    }
}

fn writer(written: Vec<u8>) -> csv::Writer<Vec<u8>> {
    let mut builder = csv::WriterBuilder::new();
    builder.terminator(csv::Terminator::CRLF).flexible(true).from_writer(written)
}

/// Whether a spreadsheet may take `cell` for a formula, or would have to have an apostrophe back that is
/// there to stop it.
fn is_formula(cell: &str) -> bool {
    let begins = |c: char| {
        matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '\0' | '＝' | '＋' | '－' | '＠')
    };
    cell.trim_start_matches('\'').starts_with(begins)
}

/// `cell` so that no spreadsheet runs it.
fn guarded(cell: &str) -> Cow<'_, str> {
    if is_formula(cell) { format!("'{cell}").into() } else { cell.into() }
}

/// A cell as it was before it was guarded.
pub fn bare(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|rest| is_formula(rest)).unwrap_or(cell)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_begins_like_a_formula_is_shown_as_text() {
        let mut csv = Csv::with_header(["name", "note"]);
        csv.row(["=1+1", "@SUM(A1)"]);
        csv.row(["-2", "\t=1"]);
        csv.row(["Maya, \"M\"", "two\nlines"]);
        csv.row(["O'Neil", ""]);
        let lines = [
            "\u{feff}name,note\r\n",
            "'=1+1,'@SUM(A1)\r\n",
            "'-2,'\t=1\r\n",
            "\"Maya, \"\"M\"\"\",\"two\nlines\"\r\n",
            "O'Neil,\r\n",
        ];
        assert_eq!(String::from_utf8(csv.take()).unwrap(), lines.concat());
        assert!(csv.take().is_empty());
    }

    proptest! {
        #[test]
        fn a_cell_comes_back_as_it_was(cell in "['=+@a-]{0,6}|\\PC{0,20}") {
            let written = guarded(&cell);
            prop_assert_eq!(bare(&written), cell.as_str());
            prop_assert!(!written.starts_with(['=', '+', '-', '@', '\t', '\r']));
        }
    }
}
