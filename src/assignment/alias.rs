//! The neutral names under which blind panels know candidates: a bird and a number. Pure.

use rand::{Rng, RngExt};

const BIRDS: [&str; 60] = [
    "Avocet",
    "Bittern",
    "Bunting",
    "Buzzard",
    "Chough",
    "Cormorant",
    "Crane",
    "Crossbill",
    "Cuckoo",
    "Curlew",
    "Dipper",
    "Dotterel",
    "Dunlin",
    "Eider",
    "Falcon",
    "Fieldfare",
    "Finch",
    "Gannet",
    "Garganey",
    "Godwit",
    "Goldcrest",
    "Goshawk",
    "Grebe",
    "Harrier",
    "Heron",
    "Hoopoe",
    "Ibis",
    "Jackdaw",
    "Kestrel",
    "Kingfisher",
    "Kite",
    "Knot",
    "Lapwing",
    "Linnet",
    "Magpie",
    "Martin",
    "Merlin",
    "Nightjar",
    "Nuthatch",
    "Oriole",
    "Osprey",
    "Ouzel",
    "Petrel",
    "Pintail",
    "Pipit",
    "Plover",
    "Puffin",
    "Rail",
    "Redstart",
    "Sandpiper",
    "Shearwater",
    "Shrike",
    "Siskin",
    "Stonechat",
    "Swift",
    "Teal",
    "Turnstone",
    "Wagtail",
    "Whimbrel",
    "Wryneck",
];

/// A name for the `try_`th try at one that nobody has: short ones first, longer as those run out.
pub fn draw(random: &mut impl Rng, try_: u32) -> String {
    let bird = BIRDS[random.random_range(0..BIRDS.len())];
    let number = match try_ {
        ..4 => random.random_range(10..100),
        4..8 => random.random_range(100..1_000),
        _ => random.random_range(1_000..1_000_000),
    };
    format!("{bird} {number}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_grow_longer_only_where_short_ones_run_out() {
        let mut random = rand::rng();
        for (try_, digits) in [(0, 2..3), (3, 2..3), (4, 3..4), (9, 4..7)] {
            let name = draw(&mut random, try_);
            let (bird, number) = name.split_once(' ').unwrap();
            assert!(BIRDS.contains(&bird) && digits.contains(&number.len()), "{name}");
        }
    }
}
