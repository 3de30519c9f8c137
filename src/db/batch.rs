//! Statements that carry many rows, cut so that none carries more bytes than memory has room for.

use std::ops::Range;

/// The most bytes of one statement; a single row may have more.
const MOST_BYTES: usize = 16 << 20;

/// Rows of these sizes in bytes as runs that each fit into one statement.
pub fn batches(sizes: impl IntoIterator<Item = usize>) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    let mut room = 0usize;
    for (at, size) in sizes.into_iter().enumerate() {
        match runs.last_mut() {
            Some(run) if size <= room => run.end = at + 1,
            _ => {
                runs.push(at..at + 1);
                room = MOST_BYTES;
            }
        }
        room = room.saturating_sub(size);
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_in_one_run_and_no_run_of_several_is_too_large() {
        let mib = |count: usize| count << 20;
        let sizes = [mib(1), mib(15), 1, mib(20), 0, mib(16), mib(16)];
        assert_eq!(batches(sizes), [0..2, 2..3, 3..5, 5..6, 6..7]);
        assert!(batches([]).is_empty());
    }
}
