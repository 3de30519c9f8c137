//! Passwords that look long and are not: one word again and again, or a phrase that everybody has read.
//! Pure.

/// Phrases that have stood in so many texts on passwords that they are tried first, letters only.
const READ_BY_EVERYBODY: [&str; 8] = [
    "correcthorsebatterystaple",
    "thequickbrownfoxjumpsoverthelazydog",
    "tobeornottobethatisthequestion",
    "maytheforcebewithyou",
    "letmeinletmeinletmein",
    "openthepodbaydoorshal",
    "fourunrelatedwords",
    "iloveyouforeverandever",
];

/// Whether `typed` is one of those phrases, however it is spaced, with digits or signs about it.
pub fn is_read_by_everybody(typed: &str) -> bool {
    let letters: String =
        typed.chars().filter(|c| c.is_alphabetic()).flat_map(char::to_lowercase).collect();
    READ_BY_EVERYBODY.iter().any(|phrase| letters == *phrase)
}

/// What is left of `typed` where each word counts once: how much there is to guess.
pub fn without_repeats(typed: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    for word in typed.split(|c: char| !c.is_alphanumeric()) {
        let word = word.to_lowercase();
        if !word.is_empty() && !words.contains(&word) {
            words.push(word);
        }
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phrase_is_known_however_it_is_spaced_and_a_word_counts_once() {
        assert!(is_read_by_everybody("Correct-Horse Battery_Staple1!"));
        assert!(!is_read_by_everybody("heron lantern quarry plum"));
        assert_eq!(without_repeats("Password password, heron"), "password heron");
    }
}
