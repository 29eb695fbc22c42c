//! Events add up, and their tables stay bounded.

use stl_types::wire::ShopEvent;

use super::*;

fn event(kind: EventKind, product: &str, position: u32, variant: &str) -> ShopEvent {
    let variant = variant.to_owned();
    ShopEvent { kind, product: product.to_owned(), position: Some(position), rule: String::new(), variant }
}

fn counted(hour: Hour, events: &[ShopEvent]) -> CountedEvents {
    let mut counted = CountedEvents::default();
    events.iter().for_each(|event| counted.add(hour, event));
    counted
}

fn store() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::create(folder.path()).expect("a database");
    (folder, store)
}

fn counts(shown: u64, opened: u64, basket: u64) -> EventCounts {
    EventCounts { shown, opened, basket }
}

#[test]
fn events_add_up_by_hour_position_variant_and_product() {
    let (_folder, mut store) = store();
    let hour = Hour(490_000);
    let first = [
        event(EventKind::Shown, "a", 1, "red"),
        event(EventKind::Shown, "b", 2, "red"),
        event(EventKind::Opened, "b", 2, "red"),
        ShopEvent { position: None, ..event(EventKind::Basket, "b", 1, "") },
    ];
    store.add_events(&counted(hour, &first), hour).expect("stored");
    // Again, in the same hour and in the next one.
    store.add_events(&counted(hour, &first[..1]), hour).expect("stored");
    let next = Hour(hour.0 + 1);
    store.add_events(&counted(next, &first[1..2]), next).expect("stored");
    let stats = store.event_stats(hour).expect("read");
    assert_eq!(stats.total, counts(4, 1, 1));
    let listed = |named: &[NamedCounts]| -> Vec<(String, EventCounts)> {
        named.iter().map(|NamedCounts { name, counts }| (name.clone(), *counts)).collect()
    };
    let named = |name: &str, counts| (name.to_owned(), counts);
    let hours = [named("2025-11-24T16:00:00Z", counts(3, 1, 1)), named("2025-11-24T17:00:00Z", counts(1, 0, 0))];
    assert_eq!(listed(&stats.hours), hours);
    let positions = [named("", counts(0, 0, 1)), named("1", counts(2, 0, 0)), named("2", counts(2, 1, 0))];
    assert_eq!(listed(&stats.positions), positions);
    assert_eq!(listed(&stats.variants), [named("", counts(0, 0, 1)), named("red", counts(4, 1, 0))]);
    assert_eq!(listed(&stats.rules), [named("", counts(4, 1, 1))]);
    assert_eq!(listed(&stats.products), [named("b", counts(2, 1, 1)), named("a", counts(2, 0, 0))]);
    assert_eq!(store.event_stats(next).expect("read").total, counts(1, 0, 0), "from the next hour on");
}

#[test]
fn what_is_older_than_ninety_days_is_forgotten() {
    let (_folder, mut store) = store();
    let (old, now) = (Hour(490_000), Hour(490_000 + KEPT_HOURS));
    let shown = [event(EventKind::Shown, "a", 1, "")];
    store.add_events(&counted(old, &shown), old).expect("stored");
    store.add_events(&counted(now, &shown), Hour(now.0 - 1)).expect("stored");
    assert_eq!(store.event_stats(Hour(0)).expect("read").total, counts(2, 0, 0));
    store.add_events(&counted(now, &shown), now).expect("stored");
    let stats = store.event_stats(Hour(0)).expect("read");
    assert_eq!((stats.total, stats.hours.len()), (counts(2, 0, 0), 1));
    assert_eq!(stats.products[0].counts, counts(2, 0, 0), "by product as well");
}

#[test]
fn in_an_hour_only_so_many_names_are_told_apart_and_nothing_is_lost() {
    let (_folder, mut store) = store();
    let hour = Hour(490_000);
    let sent = 2 * MAX_PLACES as usize;
    for part in 0..4 {
        let some: Vec<ShopEvent> = (part..sent)
            .step_by(4)
            .map(|number| event(EventKind::Shown, &format!("{number}"), 1, &format!("v{number}")))
            .collect();
        store.add_events(&counted(hour, &some), hour).expect("stored");
    }
    let rows: i64 = store.connection.query_row("SELECT count(*) FROM events", [], |row| row.get(0)).expect("a count");
    // One more for those beyond.
    assert_eq!(rows, MAX_PLACES + 1);
    let stats = store.event_stats(hour).expect("read");
    assert_eq!(stats.total.shown, sent as u64);
    assert_eq!(stats.variants[0].counts.shown, (sent as u64) - MAX_PLACES as u64, "those beyond have no name");
    assert_eq!((stats.variants.len(), stats.products.len()), (100, 100));
    // What is known stays told apart.
    store.add_events(&counted(hour, &[event(EventKind::Shown, "0", 1, "v0")]), hour).expect("stored");
    let stats = store.event_stats(hour).expect("read");
    assert!(stats.variants.iter().any(|named| named.name == "v0" && named.counts.shown == 2), "{:?}", stats.variants);
}
