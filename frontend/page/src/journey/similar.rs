//! More like a product: searches with a product of the shop in the photo's place, and goes back to the look. In: presses and the
//! page's URL. Out: the signals of query and results.

use leptos::prelude::*;
use leptos::task::spawn_local;
use stl_types::wire::Product;

use super::attempts::Stop;
use super::results::SetAside;
use super::{Journey, address};
use crate::api;
use crate::browser::{self, scroll_to_top};
use crate::failure::{Failure, Fault, Retry};
use crate::search_params::SearchParams;
use crate::state::{ProductQuery, Step};

impl Journey {
    /// Shows the products that are most similar to this one; what was found before stays in memory.
    pub(crate) fn more_like(self, product: Product) {
        address::name_product(Some(&product));
        self.show(ProductQuery { id: product.id.clone(), product: Some(product) });
    }

    /// [`Self::more_like`] for a product that was saved, whose price and pictures may have changed since: it is fetched again.
    pub(crate) fn more_like_saved(self, product: &Product) {
        address::name_product(Some(product));
        self.show(ProductQuery { id: product.id.clone(), product: None });
    }

    /// Shows the product that the page's URL names, or else the look.
    pub(super) fn follow_product(self) {
        let named = address::named_product();
        let shown = self.query.product.with_untracked(|product| product.as_ref().map(|product| product.id.clone()));
        match named {
            Some(id) if shown.as_ref() != Some(&id) => self.show(ProductQuery { id, product: None }),
            None if shown.is_some() => self.show_look(),
            _ => {}
        }
    }

    /// Back from a product to the look and what was found with it; nothing is sent.
    pub(crate) fn back_to_look(self) {
        address::name_product(None);
        self.show_look();
    }

    /// Searches with a product's picture, which the server has.
    pub(super) fn search_similar(self, query: ProductQuery) {
        let attempt = self.attempts.begin();
        self.go(attempt, async move {
            self.step.set(Step::Searching);
            if query.product.is_none() {
                let product = api::product(&query.id).await;
                let product = Some(self.unless_gone(attempt, product)?);
                self.query.product.set(Some(ProductQuery { product, ..query.clone() }));
            }
            let parameters = self.with_filters(self.params.with_value(SearchParams::similar_query));
            let answer = api::similar(&query.id, &parameters).await;
            self.results.answer.set(Some(self.unless_gone(attempt, answer)?));
            self.step.set(Step::Done);
            Ok(())
        });
    }

    fn show(self, product: ProductQuery) {
        self.results.count_filter_change();
        if self.query.product.with_untracked(Option::is_none) {
            self.results.set_aside();
            self.results.scrolled.set_value(browser::scrolled());
        }
        self.results.answer.set(None);
        self.query.product.set(Some(product.clone()));
        scroll_to_top();
        self.search_similar(product);
    }

    fn show_look(self) {
        self.results.count_filter_change();
        let SetAside { answer, filters } = self.results.take_set_aside();
        self.attempts.begin();
        self.query.product.set(None);
        let step = match (&answer, self.query.cutout.with_untracked(Option::is_some)) {
            (Some(_), _) => Step::Done,
            (None, true) => Step::Reviewing,
            (None, false) => Step::Choosing,
        };
        let is_stale = self.query.is_stale.get_value();
        let is_uncut = step == Step::Choosing && self.query.photo.with_untracked(Option::is_some);
        self.results.filters.set(filters);
        self.results.answer.set(answer);
        let has_results = step == Step::Done;
        self.step.set(step);
        if has_results {
            let scrolled = self.results.scrolled.get_value();
            spawn_local(async move {
                // The rows come in a few frames.
                browser::shown().await;
                browser::shown().await;
                browser::scroll_to(scrolled);
            });
        } else {
            scroll_to_top();
        }
        if is_uncut {
            self.retry(Retry::CutOut);
        } else if is_stale {
            self.compose_again();
        }
    }

    /// An answer about a product that is still shown; if the shop has no such product, back to the look.
    fn unless_gone<T>(self, attempt: u32, answer: Result<T, Failure>) -> Result<T, Stop> {
        self.attempts.still(attempt)?;
        answer.map_err(|failure| {
            if failure.fault != Fault::Gone {
                return failure.into();
            }
            self.show_look();
            self.fail(failure);
            Stop::Replaced
        })
    }
}
