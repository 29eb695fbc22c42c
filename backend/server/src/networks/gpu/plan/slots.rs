//! Which buffer holds a value. Values that are not needed at the same time share one.

use super::place::{Source, StorageId};
use super::step::{Step, Storage};

/// The slot of each storage, and the numbers of each slot for a picture. The smallest free slot that is large enough is taken, else the largest one grows.
pub(super) fn assign(steps: &[Step], storages: &[Storage], output: StorageId) -> (Vec<usize>, Vec<usize>) {
    let mut last_use = vec![0; storages.len()];
    for (at, step) in steps.iter().enumerate() {
        last_use[step.writes] = at;
        for source in step.reads.into_iter().flatten() {
            if let Source::Storage(storage) = source {
                last_use[storage] = at;
            }
        }
    }
    last_use[output] = steps.len();
    let (mut slots, mut slot_of) = (Vec::<usize>::new(), vec![usize::MAX; storages.len()]);
    let mut free: Vec<usize> = Vec::new();
    for (at, step) in steps.iter().enumerate() {
        // Several steps may write parts of one value.
        if slot_of[step.writes] == usize::MAX {
            slot_of[step.writes] = take(&mut free, &mut slots, storages[step.writes].numbers);
        }
        let used = step.reads.into_iter().flatten().filter_map(|source| match source {
            Source::Storage(storage) => Some(storage),
            Source::Constants => None,
        });
        for storage in used.chain([step.writes]).filter(|&storage| last_use[storage] == at) {
            if !free.contains(&slot_of[storage]) {
                free.push(slot_of[storage]);
            }
        }
    }
    (slot_of, slots)
}

fn take(free: &mut Vec<usize>, slots: &mut Vec<usize>, needed: usize) -> usize {
    let large_enough = free.iter().copied().filter(|&slot| slots[slot] >= needed).min_by_key(|&slot| slots[slot]);
    let taken = large_enough.or_else(|| free.iter().copied().max_by_key(|&slot| slots[slot]));
    let Some(slot) = taken else {
        slots.push(needed);
        return slots.len() - 1;
    };
    free.retain(|&other| other != slot);
    slots[slot] = slots[slot].max(needed);
    slot
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::networks::gpu::plan::step::Form;
    use crate::networks::gpu::plan::work::Work;

    #[test]
    fn values_share_buffers_when_their_times_do_not_overlap() {
        let step = |reads: &[StorageId], writes| Step {
            work: Work::Pool { threads: 1 },
            reads: [0, 1].map(|at| reads.get(at).map(|&storage| Source::Storage(storage))),
            writes,
            sizes: Vec::new(),
        };
        // 0 is read again at the end; 1 is free when 3 is written, but smaller.
        let steps = [step(&[], 0), step(&[0], 1), step(&[1], 2), step(&[2, 0], 3)];
        let storages = [9, 5, 1, 7].map(|numbers| Storage { form: Form::Map, numbers });
        let (slot_of, slots) = assign(&steps, &storages, 3);
        assert_eq!(slot_of, [0, 1, 2, 1]);
        assert_eq!(slots, [9, 7, 1]);
    }
}
