//! Which counts can be shown together, so that nobody learns anything of fewer than five people from them. Pure.
//!
//! People are counted in parts, and every count is a sum of parts. In one stage everybody is counted once; whoever
//! was given two stages is counted in both, so that a sum over stages can be of fewer people than it says. What is
//! shown are equations, and whatever follows from them is known to whoever reads them: a count is shown only where no group that is too
//! small follows from it and from what is shown already. That a part is empty counts as known.

use std::collections::{BTreeMap, BTreeSet};

/// The least people of whom something is told.
pub const FEWEST: u64 = 5;

/// Whether a group is too small for anything to be told of it.
pub fn is_small(number: u64) -> bool {
    (1..FEWEST).contains(&number)
}

/// So many, who were given the same stage: `stage` is its place among them.
#[derive(Clone, Copy, Debug)]
pub struct Counted {
    pub stage: usize,
    pub number: u64,
}

/// How many people these are at least: whoever was given one stage may have been given the others, too.
pub fn people(parts: impl Iterator<Item = Counted>) -> u64 {
    let mut stages: BTreeMap<usize, u64> = BTreeMap::new();
    for part in parts {
        *stages.entry(part.stage).or_default() += part.number;
    }
    stages.into_values().max().unwrap_or_default()
}

/// Which of `wanted` can be shown, each a set of places in `parts`; the most important first. What is small is
/// not, nor is that from which the small ones of a row follow together, if they are few together. A row is of
/// places in `wanted`, of counts that do not overlap.
pub fn shown(parts: &[Counted], wanted: &[Vec<usize>], rows: &[Vec<usize>]) -> Vec<bool> {
    let live: Vec<usize> = (0..parts.len()).filter(|part| parts[*part].number > 0).collect();
    let sets: Vec<BTreeSet<usize>> = wanted
        .iter()
        .map(|set| set.iter().filter_map(|part| live.binary_search(part).ok()).collect())
        .collect();
    let number = |set: &BTreeSet<usize>| people(set.iter().map(|at| parts[live[*at]]));
    let row = |set: &BTreeSet<usize>| -> Vec<u64> {
        (0..live.len()).map(|at| u64::from(set.contains(&at))).collect()
    };
    let mut secrets = Known::default();
    for secret in secrets_among(&sets, rows, number) {
        secrets.rows.push(row(&secret));
    }
    let mut known = Known::default();
    let mut shown = Vec::new();
    for set in &sets {
        if set.is_empty() {
            shown.push(true);
            continue;
        }
        let mut new = row(set);
        known.reduce(&mut new);
        let Some(pivot) = new.iter().position(|number| *number != 0) else {
            // It follows from what is shown.
            shown.push(true);
            continue;
        };
        field::divide(&mut new);
        let tells = is_small(number(set)) || secrets.rows.iter().any(|it| is_multiple(it, &new));
        if !tells {
            // What is left of each secret is what does not follow from all that is shown.
            for secret in &mut secrets.rows {
                field::subtract(secret, &new, pivot);
            }
            known.rows.push(new);
        }
        shown.push(!tells);
    }
    shown
}

/// Groups that must not follow from what is shown.
fn secrets_among(
    sets: &[BTreeSet<usize>],
    rows: &[Vec<usize>],
    number: impl Fn(&BTreeSet<usize>) -> u64,
) -> BTreeSet<BTreeSet<usize>> {
    let is_small = |set: &&BTreeSet<usize>| is_small(number(set));
    let mut secrets: BTreeSet<BTreeSet<usize>> = sets.iter().filter(is_small).cloned().collect();
    for row in rows {
        let small = row.iter().map(|at| &sets[*at]).filter(is_small);
        let together: BTreeSet<usize> = small.flatten().copied().collect();
        if is_small(&&together) {
            secrets.insert(together);
        }
    }
    secrets
}

/// Whether `secret` follows from `new` alone, of which both have lost what was known before.
fn is_multiple(secret: &[u64], new: &[u64]) -> bool {
    let pivot = new.iter().position(|number| *number != 0);
    let Some(pivot) = pivot.filter(|pivot| secret[*pivot] != 0) else { return false };
    let mut rest = secret.to_vec();
    field::subtract(&mut rest, new, pivot);
    rest.iter().all(|number| *number == 0)
}

/// Equations, each without what the ones before it say.
#[derive(Default)]
struct Known {
    rows: Vec<Vec<u64>>,
}

impl Known {
    /// Takes from `row` whatever is known.
    fn reduce(&self, row: &mut [u64]) {
        for known in &self.rows {
            if let Some(pivot) = known.iter().position(|number| *number != 0) {
                field::subtract(row, known, pivot);
            }
        }
    }
}

/// Sums modulo a large prime: exact where fractions would have to be rounded.
mod field {
    const PRIME: u64 = (1 << 61) - 1;

    /// A number below twice the prime, below it.
    fn within(number: u64) -> u64 {
        if number < PRIME { number } else { number - PRIME }
    }

    fn times(one: u64, other: u64) -> u64 {
        let product = u128::from(one) * u128::from(other);
        // A prime of ones alone: what is above its bits counts once more below them.
        let part = |bits: u128| u64::try_from(bits).unwrap_or_default();
        within(part(product & u128::from(PRIME)) + part(product >> 61))
    }

    fn inverse(number: u64) -> u64 {
        let (mut result, mut base, mut power) = (1, number, PRIME - 2);
        while power > 0 {
            if power & 1 == 1 {
                result = times(result, base);
            }
            base = times(base, base);
            power >>= 1;
        }
        result
    }

    /// Makes the first number of `row` that is none a 1.
    pub fn divide(row: &mut [u64]) {
        let first = row.iter().find(|number| **number != 0).copied();
        if let Some(by) = first.filter(|first| *first != 1).map(inverse) {
            row.iter_mut().for_each(|number| *number = times(*number, by));
        }
    }

    /// Takes `other`, which has a 1 at `pivot`, from `row` as often as it takes to leave nothing there.
    pub fn subtract(row: &mut [u64], other: &[u64], pivot: usize) {
        let times_ = row[pivot];
        if times_ == 0 {
            return;
        }
        for (number, other) in row.iter_mut().zip(other).filter(|(_, other)| **other != 0) {
            *number = within(*number + PRIME - times(times_, *other));
        }
    }
}

/// What follows from sums that are known, by fractions and so in another way than above.
#[cfg(test)]
pub mod linear {
    /// Whether `wanted` follows from `shown`: by fractions, in another way than above.
    pub fn follows(shown: &[Vec<f64>], wanted: &[f64]) -> bool {
        rank(shown) == rank(&[shown, &[wanted.to_vec()]].concat())
    }

    fn rank(rows: &[Vec<f64>]) -> usize {
        let mut rows = rows.to_vec();
        let mut rank = 0;
        for column in 0..rows.first().map_or(0, Vec::len) {
            let largest = (rank..rows.len())
                .max_by(|a, b| rows[*a][column].abs().total_cmp(&rows[*b][column].abs()));
            let Some(best) = largest.filter(|at| rows[*at][column].abs() > 1e-6) else { continue };
            rows.swap(rank, best);
            let (done, rest) = rows.split_at_mut(rank + 1);
            for row in rest {
                let times = row[column] / done[rank][column];
                row.iter_mut().zip(&done[rank]).for_each(|(it, other)| *it -= times * other);
            }
            rank += 1;
        }
        rank
    }
}

#[cfg(test)]
mod tests {
    use super::linear::follows;
    use super::*;
    use proptest::prelude::*;

    /// A row with its total: the total first, then the parts.
    fn of_row(parts: &[u64]) -> Vec<bool> {
        let mut wanted = vec![(0..parts.len()).collect()];
        wanted.extend((0..parts.len()).map(|part| vec![part]));
        shown(&of_one_stage(parts), &wanted, &[(1..=parts.len()).collect()])
    }

    fn of_one_stage(numbers: &[u64]) -> Vec<Counted> {
        numbers.iter().map(|number| Counted { stage: 0, number: *number }).collect()
    }

    #[test]
    fn three_people_are_few_however_many_stages_they_were_given() {
        let given = |numbers: &[u64]| -> Vec<bool> {
            let counted = |(stage, number): (usize, &u64)| Counted { stage, number: *number };
            let parts: Vec<Counted> = numbers.iter().enumerate().map(counted).collect();
            shown(&parts, &[(0..parts.len()).collect()], &[])
        };
        assert_eq!(given(&[3, 3]), [false], "six stages of three people");
        assert_eq!(given(&[5, 1]), [true]);
    }

    #[test]
    fn what_is_small_is_not_shown_and_a_second_goes_with_it() {
        assert_eq!(of_row(&[6, 7, 8]), [true, true, true, true]);
        // Without the last one, the small one would be the rest.
        assert_eq!(of_row(&[9, 7, 2, 6]), [true, true, true, false, false]);
        assert_eq!(of_row(&[9, 4, 4]), [true, true, false, false], "two that are eight together");
        // Two that are four together are few, too.
        assert_eq!(of_row(&[9, 2, 2, 6]), [true, true, false, false, false]);
        // Where all the others are empty, either of the two would tell.
        assert_eq!(of_row(&[9, 0, 2, 0]), [true, false, true, false, true]);
        assert_eq!(of_row(&[3, 0]), [false, false, true]);
        assert_eq!(of_row(&[0, 0]), [true, true, true]);
    }

    proptest! {
        #[test]
        fn nothing_small_follows_from_what_is_shown_of_a_table_and_its_margins(
            cells in proptest::collection::vec(0u64..12, 12)
        ) {
            // Three rows and four columns, all sums of them, and all of it.
            let mut wanted: Vec<Vec<usize>> = vec![(0..12).collect()];
            wanted.extend((0..3).map(|row| (0..12).filter(|at| at / 4 == row).collect::<Vec<_>>()));
            wanted.extend((0..4).map(|column| (0..12).filter(|at| at % 4 == column).collect::<Vec<_>>()));
            wanted.extend((0..12).map(|at| vec![at]));
            let number = |set: &Vec<usize>| set.iter().map(|at| cells[*at]).sum::<u64>();
            let row = |set: &Vec<usize>| -> Vec<f64> {
                (0..12).map(|at| f64::from(u8::from(set.contains(&at) && cells[at] > 0))).collect()
            };
            let rows: Vec<Vec<usize>> = wanted.iter().map(|set| set.iter().map(|at| 8 + at).collect()).collect();
            let can = shown(&of_one_stage(&cells), &wanted, &rows);
            let told: Vec<Vec<f64>> =
                wanted.iter().zip(&can).filter(|(_, can)| **can).map(|(set, _)| row(set)).collect();
            for set in wanted.iter().filter(|set| is_small(number(set))) {
                prop_assert!(!follows(&told, &row(set)), "{set:?} of {cells:?}");
            }
            // What is large and alone is shown: the whole.
            prop_assert!(can[0] || is_small(number(&wanted[0])));
        }
    }
}
