//! The stretch of a passage that shows why it was found. Pure.

use super::{MARK, Piece};

/// About how many characters a snippet has.
const LENGTH: usize = 240;
/// How far before the first match it may begin.
const BEFORE: usize = 90;

/// `text` with the marks that the database put into `marked`, a copy of it in which some characters
/// were exchanged for spaces. Where the two do not fit together, nothing is marked.
pub fn pieces(text: &str, marked: &str) -> Vec<Piece> {
    to_pieces(&overlay(text, marked))
}

/// As [`pieces`], cut to the neighbourhood of the matches: at the ends of sentences where some are
/// near, else between words, with an ellipsis.
pub fn snippet(text: &str, marked: &str) -> Vec<Piece> {
    let letters = overlay(text, marked);
    let from = begin(&letters);
    let to = end(&letters, from);
    let mut cut: Vec<Letter> = letters[from..to].to_vec();
    while cut.last().is_some_and(|letter| letter.c.is_whitespace()) {
        cut.pop();
    }
    if from > 0 && !ends_sentence(&letters, from - 1) {
        cut.splice(0..0, [Letter::plain('…'), Letter::plain(' ')]);
    }
    if to < letters.len() && !ends_sentence(&letters, to - 1) {
        while cut.last().is_some_and(|letter| ",;:–-".contains(letter.c)) {
            cut.pop();
        }
        cut.extend([Letter::plain(' '), Letter::plain('…')]);
    }
    to_pieces(&cut)
}

#[derive(Clone, Copy)]
struct Letter {
    c: char,
    is_marked: bool,
}

impl Letter {
    fn plain(c: char) -> Self {
        Self { c, is_marked: false }
    }
}

fn overlay(text: &str, marked: &str) -> Vec<Letter> {
    let mut is_marked = false;
    let mut marks = Vec::with_capacity(text.len());
    for c in marked.chars() {
        match c {
            c if c == MARK.0 => is_marked = true,
            c if c == MARK.1 => is_marked = false,
            _ => marks.push(is_marked),
        }
    }
    let fits = marks.len() == text.chars().count();
    let letters = text.chars().enumerate();
    letters.map(|(at, c)| Letter { c, is_marked: fits && marks[at] }).collect()
}

fn to_pieces(letters: &[Letter]) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for letter in letters {
        let c = if letter.c.is_whitespace() { ' ' } else { letter.c };
        match pieces.last_mut() {
            Some(last) if last.marked == letter.is_marked => last.text.push(c),
            _ => pieces.push(Piece { text: c.into(), marked: letter.is_marked }),
        }
    }
    pieces
}

/// Where the snippet begins: near the match that has the most others behind it.
fn begin(letters: &[Letter]) -> usize {
    let is_start = |at: &usize| letters[*at].is_marked && (*at == 0 || !letters[at - 1].is_marked);
    let starts: Vec<usize> = (0..letters.len()).filter(is_start).collect();
    let behind = |at: usize| {
        let reach = at + LENGTH - BEFORE;
        starts.partition_point(|other| *other < reach) - starts.partition_point(|other| *other < at)
    };
    let mut best = None;
    for at in &starts {
        if best.is_none_or(|best| behind(*at) > behind(best)) {
            best = Some(*at);
        }
    }
    let Some(matched) = best.filter(|matched| *matched > BEFORE) else { return 0 };
    let earliest = matched - BEFORE;
    let sentence = (earliest..matched).find(|at| ends_sentence(letters, *at));
    let word = (earliest..matched).find(|at| letters[*at].c.is_whitespace());
    let mut from = sentence.or(word).map_or(earliest, |at| at + 1);
    while letters[from].c.is_whitespace() && from < matched {
        from += 1;
    }
    from
}

/// Where a snippet that begins at `from` ends.
fn end(letters: &[Letter], from: usize) -> usize {
    let furthest = from + LENGTH;
    if letters.len() <= furthest + LENGTH / 8 {
        return letters.len();
    }
    let shortest = from + LENGTH / 2;
    let sentence = (shortest..furthest).rev().find(|at| ends_sentence(letters, *at));
    let word = (shortest..furthest).rev().find(|at| letters[*at].c.is_whitespace());
    sentence.or(word).map_or(furthest, |at| at + 1)
}

/// Whether a sentence or a block ends with the letter at `at`, or with the space after it.
fn ends_sentence(letters: &[Letter], at: usize) -> bool {
    let is = |at: usize, set: &str| letters.get(at).is_some_and(|letter| set.contains(letter.c));
    is(at, "\n")
        || (is(at, ".!?") && letters.get(at + 1).is_none_or(|next| next.c.is_whitespace()))
        || (at > 0 && is(at, " ") && is(at - 1, ".!?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a reader sees, matches in brackets.
    fn seen(text: &str, word: &str) -> String {
        let marked = text.replace(word, &format!("{}{word}{}", MARK.0, MARK.1)).replace('/', " ");
        let pieces = snippet(text, &marked);
        let show = |piece: &Piece| {
            if piece.marked { format!("[{}]", piece.text) } else { piece.text.clone() }
        };
        pieces.iter().map(show).collect()
    }

    #[test]
    fn a_short_passage_is_shown_whole_with_what_matches_marked() {
        assert_eq!(
            seen("Read /proc/net/tcp.\nThen stop.\n", "net"),
            "Read /proc/[net]/tcp. Then stop."
        );
        assert_eq!(seen("", "x"), "");
    }

    #[test]
    fn a_long_passage_is_cut_at_sentences_where_some_are_near() {
        let filler = "One more sentence that says little. ".repeat(20);
        let seen = seen(&format!("{filler}Here cgroups matter. {filler}"), "cgroups");
        assert!(seen.starts_with("One more sentence that says little. "), "{seen}");
        assert!(seen.contains(" little. Here [cgroups] matter. One more"), "{seen}");
        assert!(!seen.contains('…'), "{seen}");
        assert!(seen.ends_with("says little."), "{seen}");
    }

    #[test]
    fn else_between_words_with_an_ellipsis() {
        let filler = "words, ".repeat(200);
        let seen = seen(&format!("{filler}cgroups {filler}"), "cgroups");
        assert!(seen.starts_with("… words, ") && seen.ends_with("words …"), "{seen}");
        assert!(seen.contains("[cgroups]"), "{seen}");
    }

    #[test]
    fn marks_that_do_not_fit_are_left_out() {
        let marked = format!("{}a{} longer copy", MARK.0, MARK.1);
        assert_eq!(pieces("a copy", &marked), [Piece { text: "a copy".into(), marked: false }]);
    }
}
