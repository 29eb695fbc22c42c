//! What holds for any scores and rules.

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::json;
use stl_server::catalogue::Rules;
use stl_server::matching::top_k::{BLOCK, Candidate, TopK};

/// Texts with what TOML escapes and what separates its parts.
fn text() -> impl Strategy<Value = String> {
    "[a-zß\"'\\\\\n\t #=\\[\\].]{0,10}x"
}

proptest! {
    #[test]
    fn rules_that_are_written_are_read_as_themselves(
        names in proptest::collection::btree_set("[a-zß\"'#=\\[\\].]{1,10}", 1..4),
        (brands, label, texts) in (vec(text(), 1..3), "[a-zß\"'#=.]{0,6}x", vec(text(), 1..3)),
        (by, price_min) in (0.001_f64..=100.0, 0_u64..=i64::MAX as u64),
        is_timed: bool,
    ) {
        let rule = |name: &String| {
            let mut rule = json!({"name": name, "action": "boost", "by": by, "brand": brands, "price_min": price_min});
            rule["label"][&label] = json!(texts);
            if is_timed {
                rule["from"] = json!("2026-11-27T00:00:00+01:00");
            }
            rule
        };
        let written = json!({"rule": names.iter().map(rule).collect::<Vec<_>>()}).to_string();
        let rules = Rules::from_json(&written).map_err(|error| TestCaseError::fail(error.to_string()))?;
        let as_toml = rules.to_toml().map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(Rules::from_toml(&as_toml).ok(), Some(rules), "{}", as_toml);
    }

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
