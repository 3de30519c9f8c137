//! The words of a tree, and which of them a misspelt one may have been meant to be. Pure.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::content::library::{Library, Reading};

/// The shortest word that is kept, and that is taken for a slip of the pen.
pub const SHORTEST: usize = 4;
const LONGEST: usize = 40;

/// Every word of `library` with how often it occurs.
pub fn words(library: &Library) -> BTreeMap<String, i32> {
    let readings: Vec<&Reading> = library.readings().collect();
    let of_one = |mut words: BTreeMap<String, i32>, reading: &&Reading| {
        let texts = reading.blocks.iter().map(|block| block.text.as_str());
        for text in texts.chain([reading.title.as_str()]) {
            for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| is_kept(word)) {
                *words.entry(word.to_lowercase()).or_insert(0) += 1;
            }
        }
        words
    };
    let both = |mut one: BTreeMap<String, i32>, other: BTreeMap<String, i32>| {
        for (word, count) in other {
            *one.entry(word).or_insert(0) += count;
        }
        one
    };
    readings.par_iter().fold(BTreeMap::new, of_one).reduce(BTreeMap::new, both)
}

fn is_kept(word: &str) -> bool {
    let length = word.chars().count();
    (SHORTEST..=LONGEST).contains(&length) && word.chars().all(char::is_alphabetic)
}

/// The word nearest to `asked`, the more frequent first; `None` where all are too far.
pub fn nearest<'a>(asked: &str, words: impl Iterator<Item = (&'a str, i32)>) -> Option<&'a str> {
    let most = if asked.chars().count() < 6 { 1 } else { 2 };
    words
        .map(|(word, count)| (distance(asked, word), std::cmp::Reverse(count), word))
        .filter(|(distance, ..)| *distance <= most)
        .min()
        .map(|(.., word)| word)
}

/// How many letters have to be added, left out, exchanged, or swapped with the next, to get from one
/// word to the other.
fn distance(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let mut above: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.iter().enumerate() {
        let mut next = vec![i + 1];
        for (j, b) in other.iter().enumerate() {
            let exchanged = row[j] + usize::from(a != b);
            let mut least = exchanged.min(row[j + 1] + 1).min(next[j] + 1);
            if i > 0 && j > 0 && *a == other[j - 1] && one[i - 1] == *b {
                least = least.min(above[j - 1] + 1);
            }
            next.push(least);
        }
        above = std::mem::replace(&mut row, next);
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_one_letter_more_less_other_or_out_of_place() {
        for (one, other, far) in [
            ("levl", "level", 1),
            ("lveel", "level", 1),
            ("level", "level", 0),
            ("abc", "", 3),
            ("cgruop", "cgroups", 2),
        ] {
            assert_eq!(distance(one, other), far, "{one} {other}");
        }
    }

    #[test]
    fn the_nearest_word_wins_and_then_the_more_frequent() {
        let words = [("levels", 3), ("level", 9), ("lever", 1), ("troubleshooting", 5)];
        let nearest = |asked| nearest(asked, words.into_iter());
        assert_eq!(nearest("levl"), Some("level"));
        assert_eq!(nearest("levem"), Some("level"));
        assert_eq!(nearest("trubleshootng"), Some("troubleshooting"));
        assert_eq!(nearest("zebra"), None);
    }
}
