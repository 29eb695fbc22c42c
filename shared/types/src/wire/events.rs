//! What shoppers do with products, as counts for the shop's analytics: what pages send, and what the administration reads. Nothing in it
//! identifies a visitor.

use serde::{Deserialize, Serialize};

/// Events of one request at most: a page that shows eight rows of ten cards sends them at once.
pub const MAX_EVENTS: usize = 100;

/// Largest body of events, in bytes: a hundred of them with long ids, rules and variants.
pub const MAX_EVENTS_BYTES: usize = 64 * 1024;

/// Characters of the name of a rule or variant.
pub const MAX_EVENT_NAME_CHARS: usize = 64;

/// What happened to a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// Half of its card was in sight.
    Shown,
    /// Its page in the shop was opened.
    Opened,
    /// It was put into the basket.
    Basket,
}

/// An event. Other fields are refused, so that nobody sends more by mistake.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ShopEvent {
    /// What happened.
    pub kind: EventKind,
    /// The product's id. Events of products that the catalogue does not have are not counted.
    pub product: String,
    /// Its rank in its row, from 1 to 50.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<u32>,
    /// The rule of the shop that moved it, at most 64 characters.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub rule: String,
    /// The variant of an A/B test, at most 64 characters.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub variant: String,
}

/// The body of `POST /api/v1/events`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ShopEvents {
    /// 1 to 100 events.
    pub events: Vec<ShopEvent>,
}

/// Events of something, by kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EventCounts {
    /// Cards that were in sight.
    pub shown: u64,
    /// Products that were opened.
    pub opened: u64,
    /// Products that were put into the basket.
    pub basket: u64,
}

/// The events of a name: an hour, a position, a rule, a variant, or a product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NamedCounts {
    /// An hour as its beginning (RFC 3339, UTC), a position as a number, or a name. Empty: events without one, or beyond the names that
    /// are told apart in an hour.
    pub name: String,
    /// Its events.
    #[serde(flatten)]
    pub counts: EventCounts,
}

/// The counted events of a time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EventStats {
    /// Whether this server counts events now.
    pub counting: bool,
    /// All of them.
    pub total: EventCounts,
    /// By hour, the first one first; hours without events are missing.
    pub hours: Vec<NamedCounts>,
    /// By position, the first one first.
    pub positions: Vec<NamedCounts>,
    /// By rule, that with the most events first; at most 100.
    pub rules: Vec<NamedCounts>,
    /// By variant, in the same order; at most 100.
    pub variants: Vec<NamedCounts>,
    /// By product, that with the most put into baskets first, then the most opened, then the most shown; at most 100.
    pub products: Vec<NamedCounts>,
}

impl EventCounts {
    /// Counts `count` more events of a kind.
    pub fn add(&mut self, kind: EventKind, count: u64) {
        let counted = match kind {
            EventKind::Shown => &mut self.shown,
            EventKind::Opened => &mut self.opened,
            EventKind::Basket => &mut self.basket,
        };
        *counted = counted.saturating_add(count);
    }

    /// All events.
    #[must_use]
    pub const fn sum(self) -> u64 {
        self.shown.saturating_add(self.opened).saturating_add(self.basket)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_has_a_kind_a_product_and_nothing_that_is_not_listed() {
        let read = serde_json::from_str::<ShopEvent>;
        let event = read(r#"{"kind":"basket","product":"a","position":3,"variant":"b"}"#).expect("an event");
        assert_eq!((event.kind, event.position, &*event.rule, &*event.variant), (EventKind::Basket, Some(3), "", "b"));
        assert_eq!(
            serde_json::to_string(&event).expect("JSON"),
            r#"{"kind":"basket","product":"a","position":3,"variant":"b"}"#
        );
        for refused in [
            r#"{"kind":"shown"}"#,
            r#"{"kind":"bought","product":"a"}"#,
            r#"{"kind":"shown","product":"a","user":"x"}"#,
        ] {
            assert!(read(refused).is_err(), "{refused}");
        }
    }
}
