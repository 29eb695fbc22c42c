//! A photo's way through the page: check → cut out → search. In: a chosen file. Out: signals that the components show.

use std::rc::Rc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use stl_shared::worker::Stage;
use web_sys::Blob;

use crate::browser::{ObjectUrl, scroll_to_top, shown};
use crate::failure::{Failure, Retry};
use crate::segmenter::Segmenter;
use crate::state::{Answer, Cutout, Loading, Photo, Step};
use crate::widget::Place;
use crate::wish::Wish;
use crate::{api, capture};

/// The page's state and the steps that change it. A handle: copies share the state.
#[derive(Clone, Copy)]
pub(crate) struct Journey {
    /// Where the journey stands.
    pub(crate) step: RwSignal<Step>,
    /// How far the worker is.
    pub(crate) loading: RwSignal<Loading>,
    /// The photo, once it is checked.
    pub(crate) photo: RwSignal<Option<Photo>, LocalStorage>,
    /// The cut-out, once it is made.
    pub(crate) cutout: RwSignal<Option<Cutout>, LocalStorage>,
    /// The cards, once they are there.
    pub(crate) answer: RwSignal<Option<Answer>>,
    segmenter: StoredValue<Segmenter, LocalStorage>,
    /// Counts the photos, so that what an earlier one set off does not show up with a later one.
    attempt: StoredValue<u32>,
    wish: StoredValue<Wish>,
}

/// Why a step does not lead to the next.
enum Stop {
    /// It failed.
    Failed(Failure),
    /// A newer photo was chosen meanwhile.
    Replaced,
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl Journey {
    /// Starts the worker; the journey waits for a photo.
    pub(crate) fn start() -> Self {
        let loading = RwSignal::new(Loading::Underway { stage: Stage::Download, done: 0.0 });
        Self {
            step: RwSignal::new(Step::Choosing),
            loading,
            photo: RwSignal::new_local(None),
            cutout: RwSignal::new_local(None),
            answer: RwSignal::new(None),
            segmenter: StoredValue::new_local(Segmenter::start(loading)),
            attempt: StoredValue::new(0),
            wish: Place::wish(),
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

    /// Back to the start: no photo.
    pub(crate) fn reset(self) {
        self.begin(Step::Choosing);
        self.photo.set(None);
        scroll_to_top();
    }

    /// Takes a file all the way.
    pub(crate) fn choose(self, file: Blob) {
        let attempt = self.begin(Step::Checking);
        self.go(attempt, async move {
            let checked = capture::check(&file).await;
            self.still(attempt)?;
            if checked.is_err() {
                self.photo.set(None);
            }
            checked?;
            let photo = Photo { url: Rc::new(ObjectUrl::new(&file)), file };
            self.photo.set(Some(photo.clone()));
            scroll_to_top();
            self.cut_out(attempt, photo).await
        });
    }

    /// Takes a sample look all the way.
    pub(crate) fn choose_sample(self, url: String) {
        let attempt = self.begin(Step::Checking);
        spawn_local(async move {
            let picture = api::sample_picture(&url).await;
            if self.still(attempt).is_ok() {
                match picture {
                    Ok(file) => self.choose(file),
                    Err(_) => self.fail(Failure::server_unreachable(Retry::Sample(url))),
                }
            }
        });
    }

    /// Goes on where it failed; the file dialog is the caller's.
    pub(crate) fn retry(self, retry: Retry) {
        match retry {
            Retry::CutOut => {
                if let Some(photo) = self.photo.get_untracked() {
                    let attempt = self.next_attempt();
                    self.go(attempt, self.cut_out(attempt, photo));
                }
            }
            Retry::Search => {
                if let Some(cutout) = self.cutout.get_untracked() {
                    let attempt = self.next_attempt();
                    self.go(attempt, self.search(attempt, cutout));
                }
            }
            Retry::Sample(url) => self.choose_sample(url),
            Retry::ChooseAnother | Retry::Never => {}
        }
    }

    async fn cut_out(self, attempt: u32, photo: Photo) -> Result<(), Stop> {
        self.step.set(Step::CuttingOut);
        let segmenter = self.segmenter.get_value();
        let cutout = segmenter.segment(photo.file).await.map_err(|_| Stop::Replaced)??;
        self.still(attempt)?;
        self.cutout.set(Some(cutout.clone()));
        shown().await;
        self.still(attempt)?;
        self.search(attempt, cutout).await
    }

    async fn search(self, attempt: u32, cutout: Cutout) -> Result<(), Stop> {
        self.step.set(Step::Searching);
        let answer = api::search(&cutout, &self.wish.get_value()).await;
        self.still(attempt)?;
        self.answer.set(Some(answer?));
        self.step.set(Step::Done);
        Ok(())
    }

    fn go(self, attempt: u32, steps: impl Future<Output = Result<(), Stop>> + 'static) {
        spawn_local(async move {
            if let Err(Stop::Failed(failure)) = steps.await
                && self.still(attempt).is_ok()
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
        self.answer.set(None);
        self.cutout.set(None);
        self.step.set(step);
        self.next_attempt()
    }

    fn next_attempt(self) -> u32 {
        self.attempt.update_value(|attempt| *attempt += 1);
        self.attempt.get_value()
    }

    fn still(self, attempt: u32) -> Result<(), Stop> {
        // There is none when the widget was removed meanwhile.
        if self.attempt.try_get_value() == Some(attempt) { Ok(()) } else { Err(Stop::Replaced) }
    }
}
