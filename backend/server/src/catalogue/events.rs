//! Events of shoppers, counted. In: checked events. Out: counts by hour, which the database adds up.

use std::collections::HashMap;

use jiff::Timestamp;
use stl_types::wire::{EventKind, ShopEvent};

/// An hour, counted from 1970 in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Hour(pub u32);

/// Where an event happened, as far as it is counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Place {
    /// The product's rank in its row, from 1; 0 if it is not known.
    pub position: u32,
    /// The rule that moved it, may be empty.
    pub rule: String,
    /// The variant of an A/B test, may be empty.
    pub variant: String,
}

/// Counts that are not stored yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CountedEvents {
    /// By hour, kind and place.
    pub places: HashMap<(Hour, EventKind, Place), u64>,
    /// By hour, kind and product.
    pub products: HashMap<(Hour, EventKind, String), u64>,
}

/// Names that are told apart until the counts are stored: a few megabytes. More are counted without a name.
const MAX_NAMES: usize = 10_000;

impl Hour {
    /// The hour of a moment; the first one for moments before 1970.
    #[must_use]
    pub fn of(moment: Timestamp) -> Self {
        Self(u32::try_from(moment.as_second().div_euclid(3600)).unwrap_or(0))
    }

    /// An hour so many hours earlier.
    #[must_use]
    pub const fn before(self, hours: u32) -> Self {
        Self(self.0.saturating_sub(hours))
    }
}

impl std::fmt::Display for Hour {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        Timestamp::from_second(i64::from(self.0) * 3600).unwrap_or(Timestamp::UNIX_EPOCH).fmt(f)
    }
}

impl CountedEvents {
    /// Counts an event of an hour.
    pub fn add(&mut self, hour: Hour, event: &ShopEvent) {
        let place =
            Place { position: event.position.unwrap_or(0), rule: event.rule.clone(), variant: event.variant.clone() };
        let unnamed = Place { position: place.position, ..Place::default() };
        count(&mut self.places, (hour, event.kind, place), (hour, event.kind, unnamed));
        count(&mut self.products, (hour, event.kind, event.product.clone()), (hour, event.kind, String::new()));
    }

    /// Adds other counts.
    pub fn append(&mut self, other: Self) {
        for (key, more) in other.places {
            *self.places.entry(key).or_default() += more;
        }
        for (key, more) in other.products {
            *self.products.entry(key).or_default() += more;
        }
    }

    /// Whether nothing was counted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }
}

/// Counts one more of a key, or of another one if there are too many keys.
fn count<K: Eq + std::hash::Hash>(counts: &mut HashMap<K, u64>, key: K, otherwise: K) {
    let key = if counts.len() < MAX_NAMES || counts.contains_key(&key) { key } else { otherwise };
    *counts.entry(key).or_default() += 1;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_named_by_their_beginning() {
        let moment: Timestamp = "2026-11-27T23:59:59Z".parse().expect("a moment");
        assert_eq!(Hour::of(moment).to_string(), "2026-11-27T23:00:00Z");
        assert_eq!(Hour::of(moment).before(24).to_string(), "2026-11-26T23:00:00Z");
        assert_eq!(Hour::of("1969-12-31T23:00:00Z".parse().expect("a moment")), Hour(0));
    }

    #[test]
    fn more_names_than_are_told_apart_are_counted_without_one() {
        let mut counted = CountedEvents::default();
        for number in 0..MAX_NAMES + 5 {
            let product = number.to_string();
            let event = ShopEvent {
                kind: EventKind::Shown,
                product,
                position: None,
                rule: String::new(),
                variant: String::new(),
            };
            counted.add(Hour(1), &event);
        }
        assert_eq!((counted.places.len(), counted.products.len()), (1, MAX_NAMES + 1));
        assert_eq!(counted.products.values().sum::<u64>(), MAX_NAMES as u64 + 5);
        assert_eq!(counted.products[&(Hour(1), EventKind::Shown, String::new())], 5);
    }
}
