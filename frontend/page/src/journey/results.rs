//! What can be done with results: narrow them, look for more like one of them and come back, search a kept look again. In:
//! clicks and the page's URL. Out: the journey's signals.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use stl_types::wire::Product;

use super::{Journey, Stop, query_of};
use crate::api;
use crate::browser::{self, scroll_to_top};
use crate::failure::{Failure, Fault, Retry};
use crate::filters::Filters;
use crate::history::{self, KeptLook};
use crate::state::{Answer, Article, Cutout, Focus, Step};
use crate::wish::Wish;

/// Parameter of the page's URL that names an article.
pub(crate) const ARTICLE: &str = "product";

/// A search waits so long for the next change of a filter: about the pause between two keys.
const PAUSE: Duration = Duration::from_millis(350);

/// What is remembered beside what is shown.
#[derive(Clone, Copy)]
pub(super) struct Memory {
    /// What was found with the look before an article took its place.
    former: StoredValue<Option<Former>>,
    /// Counts the changes of filters, so that a search is made for the last one alone.
    changes: StoredValue<u32>,
    /// The name under which the look is kept, once it is.
    key: StoredValue<Option<String>>,
}

#[derive(Clone)]
struct Former {
    answer: Option<Answer>,
    filters: Filters,
}

impl Default for Memory {
    fn default() -> Self {
        Self { former: StoredValue::new(None), changes: StoredValue::new(0), key: StoredValue::new(None) }
    }
}

impl Journey {
    /// Changes what the cards have to be, and searches again after a pause.
    pub(crate) fn filter(self, change: impl FnOnce(&mut Filters)) {
        let mut filters = self.filters.get_untracked();
        change(&mut filters);
        if self.filters.with_untracked(|former| *former == filters) {
            return;
        }
        self.filters.set(filters);
        let changes = self.results.changes;
        changes.update_value(|changes| *changes += 1);
        let this_change = changes.get_value();
        let search = move || {
            let is_last = changes.try_get_value() == Some(this_change);
            // A look that was chosen meanwhile is not sent before the visitor has seen what is sent.
            if is_last && self.answer.with_untracked(Option::is_some) {
                self.search_again();
            }
        };
        set_timeout(search, PAUSE);
    }

    /// Shows the articles that are most similar to this one; what was found before stays in memory.
    pub(crate) fn more_like(self, product: Product) {
        browser::set_query_parameter(ARTICLE, Some(&product.id));
        self.show(Article { id: product.id.clone(), product: Some(product) });
    }

    /// Shows what the page's URL names: an article, or else the look.
    pub(crate) fn follow_address(self) {
        let named = browser::query_parameter(ARTICLE).filter(|_| browser::remembers());
        let shown = self.article.with_untracked(|article| article.as_ref().map(|article| article.id.clone()));
        match named {
            Some(id) if shown.as_ref() != Some(&id) => self.show(Article { id, product: None }),
            None if shown.is_some() => self.show_look(),
            _ => {}
        }
    }

    /// Whether there is a look behind the article that is shown.
    pub(crate) fn has_look(self) -> bool {
        self.photo.with(Option::is_some) || self.cutout.with(Option::is_some)
    }

    /// Back from an article to the look and what was found with it; nothing is sent.
    pub(crate) fn back_to_look(self) {
        browser::set_query_parameter(ARTICLE, None);
        self.show_look();
    }

    /// Takes a kept look as if it had just been cut out.
    pub(crate) fn choose_kept(self, look: KeptLook) {
        if self.choices.hides_person.get_untracked() && !look.cutout.hides_person {
            // What was white enough then no longer is: the worker has to make another cut-out of it.
            return self.choose(look.cutout.png.clone());
        }
        self.begin(Step::Reviewing);
        self.photo.set(None);
        self.results.key.set_value(Some(look.key));
        self.focus.set(look.focus);
        // It is shown again before it is sent again, whatever was chosen for photos.
        self.cutout.set(Some(look.cutout));
        scroll_to_top();
    }

    /// Whether looks are kept on this device from now on. If not, those that are kept are forgotten.
    pub(crate) fn keep_looks(self, keeps: bool) {
        self.choices.keep_looks(keeps);
        if !keeps {
            self.results.key.set_value(None);
            spawn_local(history::forget_all());
        }
    }

    /// Keeps what was sent on this device, in place of what was sent of the same look before.
    pub(super) fn keep(self, sent: Cutout, focus: Focus) {
        if !browser::remembers() || !self.choices.keeps_looks.get_untracked() {
            return;
        }
        let key = self.results.key.get_value().unwrap_or_else(history::new_key);
        self.results.key.set_value(Some(key.clone()));
        spawn_local(history::keep(key, sent, focus));
    }

    /// Forgets what belongs to the former look.
    pub(super) fn forget_results(self) {
        self.article.set(None);
        self.results.former.set_value(None);
        self.results.key.set_value(None);
        browser::set_query_parameter(ARTICLE, None);
    }

    /// Searches with an article's picture, which the server has.
    pub(super) fn search_similar(self, article: Article) {
        let attempt = self.next_attempt();
        self.go(attempt, async move {
            self.step.set(Step::Searching);
            if article.product.is_none() {
                let product = api::product(&article.id).await;
                let product = Some(self.unless_gone(attempt, product)?);
                self.article.set(Some(Article { product, ..article.clone() }));
            }
            let wish = self.wish.with_value(Wish::similar_query);
            let query = query_of([wish, self.filters.with_untracked(Filters::query)]);
            let answer = api::similar(&article.id, &query).await;
            self.answer.set(Some(self.unless_gone(attempt, answer)?));
            self.step.set(Step::Done);
            Ok(())
        });
    }

    fn show(self, article: Article) {
        self.forget_changes();
        if self.article.with_untracked(Option::is_none) {
            let former = Former { answer: self.answer.get_untracked(), filters: self.filters.get_untracked() };
            self.results.former.set_value(Some(former));
        }
        self.answer.set(None);
        self.article.set(Some(article.clone()));
        scroll_to_top();
        self.search_similar(article);
    }

    /// A search that waits for the next change of a filter belongs to what was shown.
    fn forget_changes(self) {
        self.results.changes.update_value(|changes| *changes += 1);
    }

    fn show_look(self) {
        self.forget_changes();
        let former = self.results.former.try_update_value(Option::take).flatten();
        self.next_attempt();
        self.article.set(None);
        let (answer, filters) = former.map_or_else(Default::default, |former| (former.answer, former.filters));
        let step = match (&answer, self.cutout.with_untracked(Option::is_some)) {
            (Some(_), _) => Step::Done,
            (None, true) => Step::Reviewing,
            (None, false) => Step::Choosing,
        };
        let is_stale = self.is_stale.get_value();
        let is_uncut = step == Step::Choosing && self.photo.with_untracked(Option::is_some);
        self.filters.set(filters);
        self.answer.set(answer);
        self.step.set(step);
        scroll_to_top();
        if is_uncut {
            self.retry(Retry::CutOut);
        } else if is_stale {
            self.compose_again();
        }
    }

    /// An answer about an article that is still shown; without such an article, back to the look.
    fn unless_gone<T>(self, attempt: u32, answer: Result<T, Failure>) -> Result<T, Stop> {
        self.still(attempt)?;
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
