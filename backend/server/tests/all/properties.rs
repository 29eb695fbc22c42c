//! What holds for any scores.

use proptest::collection::vec;
use proptest::prelude::*;
use stl_server::matching::top_k::{BLOCK, Candidate, TopK};

proptest! {
    #[test]
    fn the_best_are_those_of_a_sort(
        scores in vec(prop_oneof![-3_i32..3, any::<i32>()], 0..400),
        allowed in vec(any::<u64>(), 7),
        limit in 1_usize..80,
        cut in 0_usize..7,
    ) {
        let is_allowed = |position: usize| allowed[position / BLOCK] >> (position % BLOCK) & 1 == 1;
        let mut sorted: Vec<Candidate> = scores
            .iter()
            .enumerate()
            .filter(|(position, _)| is_allowed(*position))
            .map(|(position, &score)| Candidate { score, position: position as u32 })
            .collect();
        sorted.sort_by(|one, other| other.score.cmp(&one.score).then(one.position.cmp(&other.position)));
        sorted.truncate(limit);
        // By two threads, as a pass over a catalogue.
        let mut halves = [TopK::new(limit), TopK::new(limit)];
        for (index, block) in scores.chunks(BLOCK).enumerate() {
            halves[usize::from(index >= cut)].add_block((index * BLOCK) as u32, block, allowed[index]);
        }
        let [one, other] = halves;
        let mut found = other.merged(one).into_candidates();
        found.sort_by(Candidate::order);
        prop_assert_eq!(found, sorted);
    }
}
