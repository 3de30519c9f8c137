//! Where people have worked, and whether two of them have at the same place. Pure.

use std::collections::HashSet;

/// The most characters of all of them together.
const MOST: usize = 2_000;
/// What a company's name may end in, or not.
const LEGAL_FORMS: [&str; 14] = [
    "ab",
    "ag",
    "bv",
    "co",
    "corp",
    "corporation",
    "gmbh",
    "inc",
    "limited",
    "llc",
    "ltd",
    "oy",
    "plc",
    "sa",
];

/// Employers as typed: one a line, blank lines left out.
///
/// # Errors
/// It is too long.
pub fn lines(typed: &str) -> Result<String, &'static str> {
    if typed.chars().count() > MOST {
        return Err("Use at most 2,000 characters");
    }
    let lines = typed.lines().map(str::trim).filter(|line| !line.is_empty());
    Ok(lines.collect::<Vec<_>>().join("\n"))
}

/// Whether a line of one names the same company as a line of the other, however it is written.
pub fn is_one_shared(one: &str, other: &str) -> bool {
    let keys = |lines: &str| -> HashSet<String> {
        // Some write them in one line.
        lines.split(['\n', ',', ';']).map(key).filter(|key| !key.is_empty()).collect()
    };
    !keys(one).is_disjoint(&keys(other))
}

/// The words of a name in lower case, without its legal form.
fn key(name: &str) -> String {
    let lower = name.to_lowercase();
    // The letters of `B.V.` are one word.
    let lower = lower.replace('.', "");
    let words = lower.split(|letter: char| !letter.is_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    let end = words.iter().rposition(|word| !LEGAL_FORMS.contains(word)).map_or(0, |at| at + 1);
    words.get(..end).unwrap_or_default().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_company_is_the_same_however_it_is_written() {
        let candidate = "Acme Corp.\nÉlan Systèmes S.A.\nBlue-Sky";
        for same in ["ACME", "acme, inc.", "élan systèmes", "Other\nblue sky GmbH", "Foo; Acme"] {
            assert!(is_one_shared(candidate, same), "{same}");
        }
        for other in ["", "\n", "Acme Labs", "Corp", "Inc.", "sky"] {
            assert!(!is_one_shared(candidate, other), "{other}");
        }
        assert!(!is_one_shared("Inc\n,", "Ltd\n;"), "legal forms alone name nobody");
    }

    #[test]
    fn lines_are_kept_without_what_is_blank() {
        assert_eq!(lines(" Acme \r\n\n Foo "), Ok("Acme\nFoo".to_owned()));
        assert!(lines(&"x".repeat(MOST + 1)).is_err());
    }
}
