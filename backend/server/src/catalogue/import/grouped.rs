//! Items by a key. In: keys and values. Out: each key once, with its values.

use std::collections::HashMap;
use std::hash::Hash;

/// Each key once, in the order of its first appearance, with all of its values.
pub(super) fn grouped<K: Copy + Eq + Hash, V>(items: impl Iterator<Item = (K, V)>) -> Vec<(K, Vec<V>)> {
    let (mut groups, mut places) = (Vec::<(K, Vec<V>)>::new(), HashMap::new());
    for (key, value) in items {
        let place = *places.entry(key).or_insert_with(|| {
            groups.push((key, Vec::new()));
            groups.len() - 1
        });
        groups[place].1.push(value);
    }
    groups
}
