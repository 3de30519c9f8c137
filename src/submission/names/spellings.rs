//! How a name may be written: by its parts, by what is put together of them, and in scripts that put no blanks
//! between words. Pure.

use unicode_normalization::char::is_combining_mark;

use super::words::folded;

/// The fewest letters of a part of a name: "Li" is in too many words.
pub(super) const FEWEST: usize = 3;
/// Of what is put together of parts, as `jdoe`: shorter ones are words of their own.
pub(super) const FEWEST_TOGETHER: usize = 4;
/// Parts of a name beyond these are not looked for.
const MOST_PARTS: usize = 6;

/// What joins the parts of a name, and stands for none of them in initials.
const PARTICLES: [&str; 18] = [
    "al", "bin", "da", "das", "de", "del", "den", "der", "di", "do", "dos", "el", "ibn", "la",
    "le", "van", "von", "y",
];

/// Everything that a text may say for a name. Folded, as texts are where they are searched.
#[derive(Debug, Default)]
pub(super) struct Spellings {
    /// Parts that name by themselves.
    pub parts: Vec<String>,
    /// What is put together of parts, as in handles.
    pub together: Vec<String>,
    /// The whole name part by part, in each order it may have.
    pub whole: Vec<Vec<Vec<char>>>,
    /// Found within other letters, too.
    pub unspaced: Vec<String>,
    /// Too short to be looked for but as they are written: not folded.
    pub exact: Vec<String>,
}

/// How `name` may be written.
pub(super) fn of(name: &str) -> Spellings {
    let mut all = Spellings::default();
    let joined: String = name.chars().filter(|c| !matches!(c, '\'' | '’' | 'ʼ' | '`')).collect();
    for name in [name.to_owned(), joined, spelled_out(name)] {
        all.add(&name);
    }
    for list in [&mut all.parts, &mut all.together, &mut all.unspaced, &mut all.exact] {
        list.sort();
        list.dedup();
    }
    all.whole.sort();
    all.whole.dedup();
    all
}

impl Spellings {
    fn add(&mut self, name: &str) {
        let written: Vec<&str> = name
            .split(|c: char| !c.is_alphanumeric() && !is_combining_mark(c))
            .filter(|part| !part.is_empty())
            .take(MOST_PARTS)
            .collect();
        let parts: Vec<String> = written.iter().map(|part| folded(part).collect()).collect();
        for (part, written) in parts.iter().zip(&written) {
            match part.chars().count() {
                _ if is_unspaced(part) => self.add_unspaced(part, written),
                0..FEWEST if parts.len() == 1 => self.exact.push((*written).to_owned()),
                0..FEWEST => {}
                _ => self.parts.push(part.clone()),
            }
        }
        if parts.iter().all(|part| is_unspaced(part)) {
            let turned: String = parts.iter().rev().map(String::as_str).collect();
            let both = [parts.concat(), turned].into_iter();
            self.unspaced.extend(both.filter(|whole| whole.chars().count() > 1));
        }
        if parts.len() > 1 {
            self.add_together(&parts);
            let parts: Vec<Vec<char>> = parts.iter().map(|part| part.chars().collect()).collect();
            let mut turned = parts.clone();
            turned.rotate_right(1);
            self.whole.extend([parts, turned]);
        }
    }

    fn add_together(&mut self, parts: &[String]) {
        let (Some(first), Some(last)) = (parts.first(), parts.last()) else { return };
        let initial = |part: &String| part.chars().next();
        let named = parts.iter().filter(|part| !PARTICLES.contains(&part.as_str()));
        let named: Vec<&String> = named.collect();
        let before_last = named.iter().take(named.len().saturating_sub(1));
        let initials: String = before_last.filter_map(|part| initial(part)).collect();
        let mut together =
            vec![parts.concat(), format!("{last}{first}"), format!("{initials}{last}")];
        for (at, one) in parts.iter().enumerate() {
            together.extend(parts[at + 1..].iter().map(|other| format!("{one}{other}")));
        }
        let of_first: String = initial(first).into_iter().collect();
        let others = named.iter().filter(|part| **part != first);
        together.extend(others.map(|part| format!("{of_first}{part}")));
        self.together
            .extend(together.into_iter().filter(|it| it.chars().count() >= FEWEST_TOGETHER));
    }

    /// A part in a script without blanks, where a family's name and a given one may stand in one.
    fn add_unspaced(&mut self, part: &str, written: &str) {
        let letters: Vec<char> = part.chars().collect();
        let some = |range: &[char]| range.iter().collect::<String>();
        match letters.len() {
            1 => self.exact.push(written.to_owned()),
            3 => self.unspaced.extend([part.to_owned(), some(&letters[1..])]),
            4 => self.unspaced.extend([part.to_owned(), some(&letters[..2]), some(&letters[2..])]),
            _ => self.unspaced.push(part.to_owned()),
        }
    }
}

/// With letters for what stands above or through others, as where keys are few.
fn spelled_out(name: &str) -> String {
    let mut text = String::new();
    for c in name.chars() {
        match c {
            'ä' | 'æ' | 'Ä' | 'Æ' => text.push_str("ae"),
            'ö' | 'ø' | 'œ' | 'Ö' | 'Ø' | 'Œ' => text.push_str("oe"),
            'ü' | 'Ü' => text.push_str("ue"),
            'å' | 'Å' => text.push_str("aa"),
            'ß' | 'ẞ' => text.push_str("ss"),
            other => text.push(other),
        }
    }
    text
}

/// Whether all of a word is of a script that puts no blanks between words, or writes names without.
fn is_unspaced(word: &str) -> bool {
    let is = |c: char| {
        matches!(c, '\u{e00}'..='\u{e7f}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}'
            | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}')
    };
    !word.is_empty() && word.chars().all(is)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_together_of_a_name_is_known() {
        let has = |name: &str, word: &str| of(name).together.iter().any(|it| it == word);
        for (name, word) in [
            ("Luis García Márquez", "luisgarcia"),
            ("Luis García Márquez", "lmarquez"),
            ("Inês Carvalho de Albuquerque", "inescarvalho"),
            ("Inês Carvalho de Albuquerque", "icalbuquerque"),
            ("Seán O’Malley", "omalley"),
            ("Seán O’Malley", "seanomalley"),
            ("Anna Maria Kowalska", "annamaria"),
            ("Anna Maria Kowalska", "mariakowalska"),
            ("Jürgen Müller", "jmueller"),
        ] {
            assert!(has(name, word), "{name}: {word}");
        }
        assert!(of("Jürgen Müller").parts.contains(&"mueller".to_owned()));
        assert!(of("Jürgen Müller").parts.contains(&"muller".to_owned()));
        assert!(of("Zoë").together.is_empty());
    }

    #[test]
    fn names_without_blanks_are_found_within_other_letters() {
        let unspaced = |name: &str| of(name).unspaced;
        assert_eq!(unspaced("李小龙"), ["小龙", "李小龙"]);
        assert_eq!(unspaced("田中 葵"), ["田中", "田中葵", "葵田中"]);
        assert_eq!(of("田中 葵").exact, ["葵"]);
        assert_eq!(of("Ng").exact, ["Ng"]);
        assert_eq!(of("Bo Li").exact, Vec::<String>::new(), "the whole of it is looked for");
    }
}
