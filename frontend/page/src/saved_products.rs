//! Products that the visitor saved, on this device and nowhere else. In: presses. Out: a signal of [`Product`]s, the newest first.
//!
//! They are in the browser's storage, so they are there without a connection. A widget saves nothing: its storage is the shop's.

use leptos::prelude::*;
use stl_types::wire::Product;

use crate::browser::{remember, remembered};

/// More are forgotten, the oldest first: with half a kilobyte each they stay far below what browsers store.
const MOST_SAVED: usize = 200;

/// Their name in the browser's storage.
const SAVED: &str = "saved-products";

/// The saved products; a handle, copies share them.
#[derive(Clone, Copy)]
pub(crate) struct SavedProducts(RwSignal<Vec<Product>>);

impl SavedProducts {
    /// As stored; none if the browser stores nothing.
    pub(crate) fn as_remembered() -> Self {
        let saved: Option<Vec<Product>> = remembered(SAVED).and_then(|text| serde_json::from_str(&text).ok());
        Self(RwSignal::new(saved.unwrap_or_default()))
    }

    /// All of them.
    pub(crate) fn all(self) -> Vec<Product> {
        self.0.get()
    }

    /// How many there are.
    pub(crate) fn count(self) -> usize {
        self.0.with_untracked(Vec::len)
    }

    /// Whether there are none.
    pub(crate) fn is_empty(self) -> bool {
        self.0.with(Vec::is_empty)
    }

    /// Whether this one is saved.
    pub(crate) fn has(self, id: &str) -> bool {
        self.0.with(|saved| saved.iter().any(|product| product.id == id))
    }

    /// Saves a product, or removes it if it is saved.
    pub(crate) fn toggle(self, product: &Product) {
        let is_saved = self.0.with_untracked(|saved| saved.iter().any(|saved| saved.id == product.id));
        self.0
            .update(|saved| if is_saved { saved.retain(|saved| saved.id != product.id) } else { add(saved, product) });
        let text =
            self.0.with_untracked(|saved| (!saved.is_empty()).then(|| serde_json::to_string(saved).ok()).flatten());
        remember(SAVED, text.as_deref());
    }
}

/// Adds a product as the newest, without its description and further pictures, which are long.
fn add(saved: &mut Vec<Product>, product: &Product) {
    saved.insert(0, Product { description: String::new(), further_pictures: Vec::new(), ..product.clone() });
    saved.truncate(MOST_SAVED);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_come_first_and_the_oldest_are_forgotten() {
        let product = |number: usize| -> Product {
            let json = format!(
                r#"{{"id":"{number}","title":"","description":"long","link":"","image_url":"","category":"tops",
                "price":{{"amount_minor":1,"currency":"EUR"}},"availability":"in_stock"}}"#
            );
            serde_json::from_str(&json).expect("a product")
        };
        let mut saved = Vec::new();
        (0..MOST_SAVED + 3).for_each(|number| add(&mut saved, &product(number)));
        assert_eq!((saved.len(), saved[0].id.as_str()), (MOST_SAVED, "202"));
        assert_eq!((saved[MOST_SAVED - 1].id.as_str(), saved[0].description.as_str()), ("3", ""));
    }
}
