//! A photo's way through the page: check → cut out → review → search. In: a chosen file. Out: signals that the components show.

mod focus;
mod results;

pub(crate) use results::ARTICLE;

use std::rc::Rc;

use js_sys::Uint8Array;
use leptos::prelude::*;
use leptos::task::spawn_local;
use stl_types::worker::{Stage, Wanted};
use web_sys::Blob;

use crate::browser::{ObjectUrl, scroll_to_top, shown};
use crate::choices::Choices;
use crate::failure::{Failure, Retry};
use crate::filters::Filters;
use crate::segmenter::{Segmenter, Source};
use crate::state::{Answer, Article, Cutout, Focus, Loading, Photo, Step};
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
    /// The part of it that is searched for, once it is cut out.
    pub(crate) part: RwSignal<Option<Cutout>, LocalStorage>,
    /// What of the cut-out is searched for.
    pub(crate) focus: RwSignal<Focus>,
    /// The cards, once they are there.
    pub(crate) answer: RwSignal<Option<Answer>>,
    /// The article in the photo's place, whose similar ones are the answer.
    pub(crate) article: RwSignal<Option<Article>>,
    /// What the cards have to be.
    pub(crate) filters: RwSignal<Filters>,
    /// What the visitor has chosen for all photos.
    pub(crate) choices: Choices,
    results: results::Memory,
    /// Whether the cut-out is no longer what the visitor wants: such a one is never sent.
    is_stale: StoredValue<bool>,
    /// The mask as the visitor mended it.
    mended: RwSignal<Option<Uint8Array>, LocalStorage>,
    segmenter: StoredValue<Segmenter, LocalStorage>,
    /// Counts the photos and searches, so that what an earlier one set off does not show up with a later one.
    attempt: StoredValue<u32>,
    /// The search that is being sent, stopped by the next attempt.
    sending: StoredValue<Option<api::Sending>, LocalStorage>,
    wish: StoredValue<Wish>,
}

/// Query strings as one.
fn query_of(parts: [String; 2]) -> String {
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("&")
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
            part: RwSignal::new_local(None),
            focus: RwSignal::new(Focus::Everything),
            answer: RwSignal::new(None),
            article: RwSignal::new(None),
            filters: RwSignal::default(),
            choices: Choices::as_remembered(),
            results: results::Memory::default(),
            is_stale: StoredValue::new(false),
            mended: RwSignal::new_local(None),
            segmenter: StoredValue::new_local(Segmenter::start(loading)),
            attempt: StoredValue::new(0),
            sending: StoredValue::new_local(None),
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
        self.filters.set(Filters::default());
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
                    Err(_) => self.fail(Failure::unreachable(Retry::Sample(url))),
                }
            }
        });
    }

    /// Sends what the visitor has looked at, and nothing else: not while another cut-out is being made.
    pub(crate) fn send(self) {
        if self.step.with_untracked(|step| *step == Step::Reviewing) {
            self.search_now();
        }
    }

    /// Stops what is being done, back to what was there before.
    pub(crate) fn cancel(self) {
        self.next_attempt();
        let shows_article = self.article.with_untracked(Option::is_some);
        match (self.cutout.with_untracked(Option::is_some), self.answer.with_untracked(Option::is_some)) {
            (has_cutout, true) if has_cutout || shows_article => self.step.set(Step::Done),
            (_, false) if shows_article => self.back_to_look(),
            (true, _) => self.step.set(Step::Reviewing),
            (false, _) => self.reset(),
        }
    }

    /// Whether face, hair and skin become white too: for this photo at once, and for all later ones.
    pub(crate) fn hide_person(self, hides: bool) {
        self.choices.hide_person(hides);
        self.compose_again();
    }

    /// Takes the mask as the visitor mended it, `(H, W)`, 0 = removed.
    pub(crate) fn mend(self, mask: Uint8Array) {
        self.mended.set(Some(mask));
        self.compose_again();
    }

    /// Searches with the same cut-out, or article, and what is now asked of it; not while another cut-out is being made, nor with a
    /// part that the visitor is still looking at.
    pub(crate) fn search_again(self) {
        let is_other = |step: &Step| {
            matches!(step, Step::Checking | Step::CuttingOut | Step::Composing)
                || *step == Step::Reviewing && matches!(self.focus.get_untracked(), Focus::Part(_))
        };
        if !self.step.with_untracked(is_other) {
            self.search_now();
        }
    }

    fn search_now(self) {
        if let Some(article) = self.article.get_untracked() {
            self.search_similar(article);
        } else if let Some(cutout) = self.cutout.get_untracked()
            && !self.is_stale.get_value()
        {
            let attempt = self.next_attempt();
            self.go(attempt, self.search(attempt, cutout));
        }
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
            Retry::Search => self.search_now(),
            Retry::Sample(url) => self.choose_sample(url),
            Retry::ChooseAnother | Retry::Never => {}
        }
    }

    async fn cut_out(self, attempt: u32, photo: Photo) -> Result<(), Stop> {
        self.step.set(Step::CuttingOut);
        let mut cutout = self.made(attempt, Source::Photo(photo.file), self.wanted()).await?;
        // A worker that had to start anew does not know how the visitor mended the mask.
        if let Some(mask) = self.mended.get_untracked() {
            cutout = self.made(attempt, Source::Last(Some(mask)), self.wanted()).await?;
        }
        self.take(&cutout);
        shown().await;
        self.still(attempt)?;
        self.send_or_review(attempt, cutout).await
    }

    /// Makes the cut-out of the same photo anew.
    fn compose_again(self) {
        // A kept look has no photo to make another cut-out of.
        if self.cutout.with_untracked(Option::is_none) || self.photo.with_untracked(Option::is_none) {
            return;
        }
        let attempt = self.next_attempt();
        // At once, so that nothing sends the former cut-out from here on.
        self.is_stale.set_value(true);
        self.step.set(Step::Composing);
        self.answer.set(None);
        self.part.set(None);
        self.go(attempt, async move {
            let cutout = self.made(attempt, Source::Last(self.mended.get_untracked()), self.wanted()).await?;
            self.take(&cutout);
            self.send_or_review(attempt, cutout).await
        });
    }

    /// The cut-out is what the visitor wants.
    fn take(self, cutout: &Cutout) {
        self.is_stale.set_value(false);
        self.cutout.set(Some(cutout.clone()));
    }

    async fn send_or_review(self, attempt: u32, cutout: Cutout) -> Result<(), Stop> {
        if self.choices.sends_at_once.get_untracked() {
            return self.search(attempt, cutout).await;
        }
        self.step.set(Step::Reviewing);
        self.cut_part();
        Ok(())
    }

    async fn search(self, attempt: u32, cutout: Cutout) -> Result<(), Stop> {
        self.step.set(Step::Searching);
        let focus = self.focus.get_untracked();
        let sent = match (focus, self.part.get_untracked()) {
            (Focus::Part(_), Some(part)) => part,
            (Focus::Part(part), None) => {
                let wanted = Wanted { part: Some(part), ..self.wanted() };
                let part = self.made(attempt, Source::Last(self.mended.get_untracked()), wanted).await?;
                self.part.set(Some(part.clone()));
                if !self.choices.sends_at_once.get_untracked() {
                    // It was not shown yet.
                    self.step.set(Step::Reviewing);
                    return Ok(());
                }
                part
            }
            (Focus::Everything | Focus::Garment(_), _) => cutout,
        };
        let category = match focus {
            Focus::Garment(category) => Some(category),
            Focus::Everything | Focus::Part(_) => None,
        };
        let query =
            query_of([self.wish.with_value(|wish| wish.query(category)), self.filters.with_untracked(Filters::query)]);
        let sending = api::Sending::begin();
        let stop = sending.as_ref().map(api::Sending::signal);
        self.sending.set_value(sending);
        let answer = api::search(&sent, &query, stop).await;
        self.still(attempt)?;
        self.answer.set(Some(answer?));
        self.step.set(Step::Done);
        self.keep(sent, focus);
        Ok(())
    }

    /// A cut-out that the worker makes.
    async fn made(self, attempt: u32, source: Source, wanted: Wanted) -> Result<Cutout, Stop> {
        let segmenter = self.segmenter.get_value();
        let cutout = segmenter.cut_out(source, wanted).await.map_err(|_| Stop::Replaced)?;
        self.still(attempt)?;
        Ok(Cutout { hides_person: wanted.hides_person, ..cutout? })
    }

    fn wanted(self) -> Wanted {
        Wanted { hides_person: self.choices.hides_person.get_untracked(), part: None }
    }

    fn go(self, attempt: u32, steps: impl Future<Output = Result<(), Stop>> + 'static) {
        spawn_local(async move {
            // The widget may be gone before its first step.
            if self.still(attempt).is_ok()
                && let Err(Stop::Failed(failure)) = steps.await
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
        self.forget_results();
        self.answer.set(None);
        self.cutout.set(None);
        self.part.set(None);
        self.mended.set(None);
        self.is_stale.set_value(false);
        self.focus.set(Focus::Everything);
        self.step.set(step);
        self.next_attempt()
    }

    fn next_attempt(self) -> u32 {
        self.sending.set_value(None);
        self.attempt.update_value(|attempt| *attempt += 1);
        self.attempt.get_value()
    }

    fn still(self, attempt: u32) -> Result<(), Stop> {
        // There is none when the widget was removed meanwhile.
        if self.attempt.try_get_value() == Some(attempt) { Ok(()) } else { Err(Stop::Replaced) }
    }
}
