//! Events for the shop's counts. In: cards in sight, and pressed links. Out: [`ShopEvents`], if the server's answer says that it counts
//! them. An event has the product, its position and the shop's own name of a variant; nothing of the visitor.

use std::collections::HashSet;
use std::time::Duration;

use leptos::ev;
use leptos::html::Li;
use leptos::prelude::*;
use stl_types::limits::MAX_CARDS_PER_CATEGORY;
use stl_types::wire::{EventKind, MAX_EVENTS, ShopEvent, ShopEvents};
use web_sys::{Element, IntersectionObserverInit, MouseEvent};

use crate::api;
use crate::browser::listen;
use crate::host::Host;
use crate::journey::Journey;
use crate::pressed::{Pressed, closest};
use crate::sight::Sight;

/// Cards come into sight together: one request for all of them.
const WAIT: Duration = Duration::from_secs(1);

/// Share of a card that is in sight when it counts as shown.
const SHOWN_SHARE: f64 = 0.5;

/// Reports events; a handle, copies share it.
#[derive(Clone, Copy)]
pub(crate) struct Reporter {
    host: Host,
    journey: Journey,
    /// What is not sent yet.
    waiting: StoredValue<Vec<ShopEvent>>,
    /// Rows and products of this answer that were reported as shown.
    shown: StoredValue<HashSet<(&'static str, String)>>,
    /// Made for the first card.
    sight: StoredValue<Option<Sight>, LocalStorage>,
}

impl Reporter {
    /// Reports from now on what the answers ask for, until the page is unmounted.
    pub(crate) fn start(host: Host, journey: Journey) -> Self {
        let (waiting, shown) = (StoredValue::new(Vec::new()), StoredValue::new(HashSet::new()));
        let reporter = Self { host, journey, waiting, shown, sight: StoredValue::new_local(None) };
        Effect::new(move || {
            journey.results.answer.track();
            reporter.shown.update_value(HashSet::clear);
        });
        let target = host.drop_target();
        listen(&target, ev::click, move |event| reporter.follow(&event));
        listen(&target, ev::auxclick, move |event| reporter.follow(&event));
        // A page that is left is hidden first.
        listen(&document(), ev::visibilitychange, move |_| reporter.send());
        on_cleanup(move || reporter.send());
        reporter
    }

    /// Whether the server counts.
    fn is_counting(self) -> bool {
        self.journey
            .results
            .answer
            .with_untracked(|answer| answer.as_ref().is_some_and(|answer| answer.response.events))
    }

    /// The place of a card, which is reported once it has been in sight.
    pub(crate) fn place(self) -> NodeRef<Li> {
        let place = NodeRef::<Li>::new();
        if self.is_counting() {
            Effect::new(move || {
                if let Some(card) = place.get() {
                    self.watch(&card);
                }
            });
        }
        place
    }

    fn watch(self, card: &Element) {
        self.sight.try_update_value(|sight| {
            if sight.is_none() {
                let options = IntersectionObserverInit::new();
                options.set_threshold(&SHOWN_SHARE.into());
                *sight = Sight::new(&options, move |card| self.see(card));
            }
            if let Some(sight) = sight {
                sight.watch(card);
            }
        });
    }

    /// A card is in sight.
    fn see(self, card: &Element) {
        let Some(seen) = Pressed::of(self.journey, card) else { return };
        let is_new = self.shown.try_update_value(|shown| shown.insert((seen.category, seen.product.id.clone())));
        if is_new == Some(true) {
            self.add(EventKind::Shown, seen);
        }
    }

    /// A link was pressed.
    fn follow(self, event: &MouseEvent) {
        // The middle button opens a link, the right one only its menu.
        if event.button() >= 2 || !self.is_counting() {
            return;
        }
        if let Some(pressed) = closest(event, "a[href]").and_then(|link| Pressed::of(self.journey, &link)) {
            self.add(EventKind::Opened, pressed);
        }
    }

    fn add(self, kind: EventKind, of: Pressed) {
        let position = of.position.filter(|position| *position <= MAX_CARDS_PER_CATEGORY);
        let event = ShopEvent {
            kind,
            product: of.product.id,
            position: position.map(|position| position as u32),
            rule: String::new(),
            variant: self.host.variant(),
        };
        let is_first = self.waiting.try_update_value(|waiting| {
            waiting.push(event);
            waiting.len() == 1
        });
        if is_first == Some(true) {
            set_timeout(move || self.send(), WAIT);
        }
    }

    fn send(self) {
        let waiting = self.waiting.try_update_value(std::mem::take).unwrap_or_default();
        for events in waiting.chunks(MAX_EVENTS) {
            api::send_events(&ShopEvents { events: events.to_vec() });
        }
    }
}
