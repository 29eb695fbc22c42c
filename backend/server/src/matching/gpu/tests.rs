use super::fixtures::{is_available, rows, thresholds};
use super::*;
use crate::matching::cpu;
use crate::matching::fixtures::noise;
use crate::matching::machine::{AlignedRows, Kernel, LINE_BYTES, Thresholds};
use crate::matching::offsets::Offsets;
use crate::matching::selection::Selection;
use crate::matching::threads::Threads;
use crate::matching::top_k::Candidate;

fn sorted(found: Vec<Vec<TopK>>) -> Vec<Vec<Vec<Candidate>>> {
    let sorted = |best: TopK| {
        let mut candidates = best.into_candidates();
        candidates.sort_by(Candidate::order);
        candidates
    };
    found.into_iter().map(|groups| groups.into_iter().map(sorted).collect()).collect()
}

#[test]
fn the_device_finds_the_processors_candidates() {
    if !is_available() {
        return;
    }
    let rows = rows(&[5000, 70, 1, 20_000, 300]);
    let gpu = GpuEngine::open(&rows, None).expect("a device");
    let thirds = Selection::from_fn(rows.count(), |position| position % 3 == 1);
    let few = Selection::from_fn(rows.count(), |position| position % 997 == 5);
    let positions: Vec<u32> = (0..rows.count() as u32).collect();
    let offsets = [5, 9].map(|seed| {
        let by = noise(seed, rows.count());
        Offsets::new(&positions, 0.001, |position| if position % 3 == 0 { by[position] } else { 0.0 })
    });
    // More than one submission, groups left out, selections, short lists.
    let queries: Vec<GridQuery<'_>> = (0..11)
        .map(|number: usize| GridQuery {
            thresholds: (0..5)
                .map(|group| (number != 4 || group % 2 == 0).then(|| thresholds(100 * number as u64 + group)))
                .collect(),
            selection: [None, Some(&thirds), Some(&few)][number % 3],
            offsets: [None, Some(&offsets[0]), Some(&offsets[1]), None][number % 4],
            limit: [200, 1, 37][number % 3],
        })
        .collect();
    let expected = cpu::top_k(&rows, &queries, Kernel::Scalar, &Threads::Caller);
    assert_eq!(sorted(gpu.top_k(&rows, &queries).expect("found")), sorted(expected));
}

#[test]
fn many_alike_are_left_to_the_processor() {
    if !is_available() {
        return;
    }
    let stride = LINE_BYTES;
    let groups = std::iter::once(0..4096).collect();
    let rows = QuantisedRows::new(AlignedRows::zeroed(4096, stride).expect("memory"), 0, groups);
    let gpu = GpuEngine::open(&rows, None).expect("a device");
    let query = || GridQuery {
        thresholds: vec![Some(Thresholds::new(vec![9; stride], 0))],
        selection: None,
        offsets: None,
        limit: 50,
    };
    assert_eq!(gpu.top_k(&rows, &[query()]).err(), Some(GpuError::Crowded));
    assert_eq!(gpu.top_k(&rows, &[GridQuery { limit: 225, ..query() }]).err(), Some(GpuError::Crowded));
}

#[test]
fn a_device_that_is_not_there_is_refused_by_name() {
    let error = GpuEngine::open(&rows(&[10]), Some(99)).expect_err("no hundred devices");
    assert!(error.to_string().starts_with("there is no such graphics processor: this machine has"), "{error}");
}
