//! One way through the page: check → cut out → review → search. In: a chosen file. Out: signals that the components show.
//!
//! [`Query`] is what is searched with, [`Results`] what was found. The methods are grouped by step: [`cutout`] makes cutouts,
//! [`subject`] chooses who is
//! cut out, [`focus`] a part of it, [`search`] sends it, [`similar`] searches with a product, [`saved`] saves looks, [`numbers`] computes what is
//! sent in place of a cutout.

mod address;
mod attempts;
mod cutout;
mod focus;
mod numbers;
mod query;
mod results;
mod saved;
mod search;
mod similar;
mod subject;

use std::rc::Rc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use stl_types::worker::Stage;
use web_sys::Blob;

use crate::browser::{ObjectUrl, scroll_to_top};
use crate::choices::Choices;
use crate::encoder::EncoderClient;
use crate::failure::{Failure, Retry};
use crate::search_params::SearchParams;
use crate::segmenter::SegmenterClient;
use crate::state::{Loading, Photo, Step};
use crate::{api, capture};
use attempts::{Attempts, Stop};
pub(crate) use query::Query;
pub(crate) use results::Results;

/// The page's state and the steps that change it. A handle: copies share the state.
#[derive(Clone, Copy)]
pub(crate) struct Journey {
    /// The step that is being done, or was done last.
    pub(crate) step: RwSignal<Step>,
    /// How far the worker is.
    pub(crate) loading: RwSignal<Loading>,
    /// What is searched with.
    pub(crate) query: Query,
    /// What was found, and what narrows it.
    pub(crate) results: Results,
    /// What the visitor has chosen for all photos.
    pub(crate) choices: Choices,
    /// Set by the host.
    params: StoredValue<SearchParams>,
    segmenter: StoredValue<SegmenterClient, LocalStorage>,
    encoder: StoredValue<EncoderClient, LocalStorage>,
    attempts: Attempts,
}

impl Journey {
    /// Starts the worker; the journey waits for a photo. Each search has the host's `params`. `only_numbers` is what the shop has decided.
    pub(crate) fn start(params: StoredValue<SearchParams>, only_numbers: bool) -> Self {
        let loading = RwSignal::new(Loading::Underway { stage: Stage::Download, done: 0.0 });
        Self {
            step: RwSignal::new(Step::Choosing),
            loading,
            query: Query::default(),
            results: Results::default(),
            choices: Choices::as_remembered(only_numbers),
            params,
            segmenter: StoredValue::new_local(SegmenterClient::start(loading)),
            encoder: StoredValue::new_local(EncoderClient::new()),
            attempts: Attempts::default(),
        }
    }

    /// What failed, if something did. A worker that will never come matters even before there is a photo.
    pub(crate) fn failure(self) -> Option<Failure> {
        self.step.with(|step| match step {
            Step::Failed(failure) => Some(failure.clone()),
            Step::Choosing => self.loading.with(|loading| match loading {
                Loading::Failed(failure) if failure.retry == Retry::Never => Some(failure.clone()),
                _ => None,
            }),
            _ => None,
        })
    }

    /// Whether the results have the screen: from the press that searches on, so that nothing moves when the answer comes.
    pub(crate) fn is_answered(self) -> bool {
        self.step.with(|step| match step {
            Step::Searching | Step::Done => true,
            Step::Failed(_) => self.results.answer.with(Option::is_some),
            Step::Choosing | Step::Checking | Step::CuttingOut | Step::Asking | Step::Composing | Step::Reviewing => {
                false
            }
        })
    }

    /// Back to the start: no photo.
    pub(crate) fn reset(self) {
        self.begin(Step::Choosing);
        self.query.photo.set(None);
        self.results.filters.set(Choices::first_filters());
        scroll_to_top();
    }

    /// Takes a file all the way.
    pub(crate) fn choose(self, file: Blob) {
        let attempt = self.begin(Step::Checking);
        self.go(attempt, async move {
            let checked = capture::check(&file).await;
            self.attempts.still(attempt)?;
            if checked.is_err() {
                self.query.photo.set(None);
            }
            checked?;
            let photo = Photo { url: Rc::new(ObjectUrl::new(&file)), original: file.clone(), file, turns: 0 };
            self.query.photo.set(Some(photo.clone()));
            scroll_to_top();
            self.cut_out(attempt, photo).await
        });
    }

    /// Takes a sample look all the way.
    pub(crate) fn choose_sample(self, url: String) {
        let attempt = self.begin(Step::Checking);
        spawn_local(async move {
            let picture = api::sample_picture(&url).await;
            if self.attempts.still(attempt).is_ok() {
                match picture {
                    Ok(file) => self.choose(file),
                    Err(_) => self.fail(Failure::unreachable(Retry::Sample(url))),
                }
            }
        });
    }

    /// Stops what is being done and goes back to what was there before.
    pub(crate) fn cancel(self) {
        self.attempts.begin();
        let has_cutout = self.query.cutout.with_untracked(Option::is_some);
        let has_answer = self.results.answer.with_untracked(Option::is_some);
        let shows_product = self.query.product.with_untracked(Option::is_some);
        match (has_cutout, has_answer) {
            (has_cutout, true) if has_cutout || shows_product => self.step.set(Step::Done),
            (_, false) if shows_product => self.back_to_look(),
            (true, _) => self.step.set(Step::Reviewing),
            (false, _) => self.reset(),
        }
    }

    /// Goes on from the step that failed; the caller opens the file dialog where another photo is needed.
    pub(crate) fn retry(self, retry: Retry) {
        match retry {
            Retry::CutOut => {
                if let Some(photo) = self.query.photo.get_untracked() {
                    let attempt = self.attempts.begin();
                    self.go(attempt, self.cut_out(attempt, photo));
                }
            }
            Retry::Search => self.search_now(),
            Retry::Sample(url) => self.choose_sample(url),
            Retry::SendNumbers => {
                self.choices.is_bound_to_numbers.set(true);
                self.choices.sends_numbers.set(true);
                self.search_now();
            }
            Retry::Reload => drop(leptos::prelude::window().location().reload()),
            Retry::ChooseAnother | Retry::Never => {}
        }
    }

    /// Does steps until one fails or a newer attempt begins.
    fn go(self, attempt: u32, steps: impl Future<Output = Result<(), Stop>> + 'static) {
        spawn_local(async move {
            // The widget may be removed before its first step.
            if self.attempts.still(attempt).is_ok()
                && let Err(Stop::Failed(failure)) = steps.await
                && self.attempts.still(attempt).is_ok()
            {
                self.fail(failure);
            }
        });
    }

    fn fail(self, failure: Failure) {
        self.step.set(Step::Failed(failure));
        scroll_to_top();
    }

    /// Forgets all that came of the former photo. The photo itself is shown until the next one is checked; URLs are
    /// revoked with the last view of them.
    fn begin(self, step: Step) -> u32 {
        Self::leave_address();
        self.query.product.set(None);
        self.results.forget();
        self.query.forget_cutout();
        self.step.set(step);
        self.attempts.begin()
    }
}
