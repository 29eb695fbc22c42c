//! The camera's dialog. In: the camera. Out: a shot, which is handled like any chosen file.

use std::time::Duration;

use leptos::ev;
use leptos::html::{Button, Dialog, Video};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::icons;
use crate::browser;
use crate::camera::{self, Camera, CameraFault, Which};
use crate::i18n::{I18n, Locale, t, t_string, td_string, use_i18n};
use crate::journey::Journey;

/// Seconds until a shot with a countdown: enough to step back into the picture.
const COUNT_FROM: u32 = 3;

/// State of the dialog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// No dialog, and no camera runs.
    Closed,
    /// The browser asks the visitor, or starts the camera.
    Asking,
    /// The camera runs.
    Live,
    /// The page is out of sight, and no camera runs until it is back.
    Paused,
    /// There is no picture.
    Refused(CameraFault),
}

impl State {
    /// The name in `data-state`.
    const fn code(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Asking => "asking",
            Self::Live => "live",
            Self::Paused => "paused",
            Self::Refused(fault) => fault.code(),
        }
    }
}

/// The dialog with its camera; a handle, copies share it.
#[derive(Clone, Copy)]
pub(crate) struct Booth {
    journey: Journey,
    state: RwSignal<State>,
    is_mirror: RwSignal<bool>,
    /// Seconds left.
    count: RwSignal<Option<u32>>,
    /// What a switch leads to.
    other: RwSignal<Option<Which>>,
    which: StoredValue<Which>,
    /// Runs while it is here; the page drops it with the dialog.
    camera: StoredValue<Option<Camera>, LocalStorage>,
    timer: StoredValue<Option<TimeoutHandle>>,
    /// Counts openings, so that a camera that starts after the dialog was closed is stopped at once.
    turn: StoredValue<u32>,
    dialog: NodeRef<Dialog>,
    video: NodeRef<Video>,
}

impl Booth {
    /// A closed dialog. No camera runs after the page is left or hidden, or the dialog is gone.
    pub(crate) fn new(journey: Journey) -> Self {
        let booth = Self {
            journey,
            state: RwSignal::new(State::Closed),
            is_mirror: RwSignal::new(false),
            count: RwSignal::new(None),
            other: RwSignal::new(None),
            which: StoredValue::new(Which::Away),
            camera: StoredValue::new_local(None),
            timer: StoredValue::new(None),
            turn: StoredValue::new(0),
            dialog: NodeRef::new(),
            video: NodeRef::new(),
        };
        let window = window().into();
        browser::listen(&window, ev::visibilitychange, move |_| booth.follow_sight());
        browser::listen(&window, ev::pagehide, move |_| booth.close());
        booth
    }

    /// Opens the dialog and asks for a camera.
    pub(crate) fn open(self) {
        if let Some(dialog) = self.dialog.get_untracked()
            && dialog.show_modal().is_ok()
        {
            self.start(Which::Away);
        }
    }

    fn start(self, which: Which) {
        self.end();
        let turn = self.turn.get_value();
        self.which.set_value(which.clone());
        self.state.set(State::Asking);
        spawn_local(async move {
            // This may be called within the camera's own handler, which must outlive the call.
            let on_ended = move || spawn_local(async move { self.refuse(turn, CameraFault::InUse) });
            let camera = match Camera::open(&which, on_ended).await {
                Ok(camera) => camera,
                Err(fault) => return self.refuse(turn, fault),
            };
            let other = camera.other().await;
            // A camera that nobody waits for any more is dropped here, which stops it.
            if !self.is_turn(turn) {
                return;
            }
            if browser::is_hidden() {
                return self.state.set(State::Paused);
            }
            if let Some(video) = self.video.get_untracked() {
                camera.show_in(&video);
            }
            self.other.set(other);
            self.is_mirror.set(camera.is_mirror());
            self.camera.set_value(Some(camera));
        });
    }

    /// The camera's first picture has arrived.
    fn shows(self) {
        if self.state.get_untracked() == State::Asking && self.camera.with_value(Option::is_some) {
            self.state.set(State::Live);
        }
    }

    fn refuse(self, turn: u32, fault: CameraFault) {
        if self.is_turn(turn) {
            self.end();
            self.state.set(State::Refused(fault));
        }
    }

    /// Stops the camera while the page is hidden.
    fn follow_sight(self) {
        if !browser::is_hidden() {
            if self.state.get_untracked() == State::Paused {
                self.start(self.which.get_value());
            }
        } else if self.camera.with_value(Option::is_some) {
            self.end();
            self.state.set(State::Paused);
        }
    }

    fn count_down(self) {
        match self.count.get_untracked() {
            Some(_) => self.stop_counting(),
            None => self.tick(COUNT_FROM),
        }
    }

    fn tick(self, left: u32) {
        // The page may no longer show the dialog.
        if self.turn.try_get_value().is_none() {
            return;
        }
        if left == 0 {
            return self.take();
        }
        self.count.set(Some(left));
        let timer = set_timeout_with_handle(move || self.tick(left - 1), Duration::from_secs(1));
        self.timer.set_value(timer.ok());
    }

    fn stop_counting(self) {
        self.count.set(None);
        if let Some(Some(timer)) = self.timer.try_update_value(Option::take) {
            timer.clear();
        }
    }

    /// Takes the photo and passes it on.
    fn take(self) {
        self.stop_counting();
        let (turn, video) = (self.turn.get_value(), self.video.get_untracked());
        let Some(video) = video.filter(|_| self.state.get_untracked() == State::Live) else { return };
        spawn_local(async move {
            match camera::shot(&video).await {
                Ok(photo) if self.is_turn(turn) => {
                    self.close();
                    self.journey.choose(photo);
                }
                Ok(_) => {}
                Err(fault) => self.refuse(turn, fault),
            }
        });
    }

    /// Closes the dialog in any state.
    fn close(self) {
        self.stop();
        if let Some(dialog) = self.dialog.get_untracked() {
            dialog.close();
        }
    }

    /// Stops everything.
    fn stop(self) {
        self.end();
        self.state.set(State::Closed);
    }

    /// Ends the camera and whatever waits for one.
    fn end(self) {
        self.turn.update_value(|turn| *turn += 1);
        self.stop_counting();
        self.camera.set_value(None);
        if let Some(Some(video)) = self.video.try_get_untracked() {
            video.set_src_object(None);
        }
    }

    fn is_turn(self, turn: u32) -> bool {
        // There is none once the page no longer shows the dialog.
        self.turn.try_get_value() == Some(turn)
    }
}

/// The dialog; [`Booth::open`] opens it.
#[component]
pub(crate) fn CameraDialog(booth: Booth) -> impl IntoView {
    let i18n = use_i18n();
    let is_live = Memo::new(move |_| booth.state.get() == State::Live);
    let refused = Memo::new(move |_| match booth.state.get() {
        State::Refused(fault) => Some(fault),
        _ => None,
    });
    view! {
        <dialog
            node_ref=booth.dialog
            class="camera"
            aria-labelledby="camera-heading"
            data-testid="camera-dialog"
            data-state=move || booth.state.get().code()
            // Escape closes a dialog without a press: all ways of closing end here.
            on:close=move |_| booth.stop()
        >
            <div class="camera__head">
                <h2 id="camera-heading">{t!(i18n, camera.heading)}</h2>
                <button type="button" class="button button--quiet" data-testid="camera-close" on:click=move |_| booth.close()>
                    {t!(i18n, close)}
                </button>
            </div>
            <p class="visually-hidden" aria-live="assertive" data-testid="camera-status">{move || announcement(booth, i18n)}</p>
            <div class="camera__picture" class:camera__picture--live=is_live class:camera__picture--none=move || refused.get().is_some()>
                <video
                    node_ref=booth.video
                    class="camera__video"
                    class:camera__video--mirror=booth.is_mirror
                    data-testid="camera-video"
                    aria-label=move || t_string!(i18n, camera.preview)
                    autoplay
                    playsinline
                    prop:muted=true
                    on:loadeddata=move |_| booth.shows()
                ></video>
                <p class="camera__count" aria-hidden="true">{move || booth.count.get()}</p>
                <p class="camera__waiting" aria-hidden="true">{move || waiting(booth.state.get(), i18n.get_locale())}</p>
            </div>
            <Show when=move || is_live.get()>
                <Controls booth />
            </Show>
            {move || refused.get().map(|fault| view! { <Refusal booth fault /> })}
            <p class="camera__promise">{icons::lock()} <span>{t!(i18n, camera.promise)}</span></p>
        </dialog>
    }
}

/// Shot, countdown and switch.
#[component]
fn Controls(booth: Booth) -> impl IntoView {
    let i18n = use_i18n();
    let is_counting = move || booth.count.with(Option::is_some);
    let switch = move |_| {
        if let Some(other) = booth.other.get_untracked() {
            booth.start(other);
        }
    };
    view! {
        <div class="camera__controls">
            <button type="button" class="button" node_ref=focused() data-testid="camera-shot" on:click=move |_| booth.take()>
                {t!(i18n, camera.shot)}
            </button>
            <button
                type="button"
                class="button button--outline"
                data-testid="camera-countdown"
                on:click=move |_| booth.count_down()
            >
                {move || {
                    if is_counting() {
                        t_string!(i18n, camera.stop_count)
                    } else {
                        t_string!(i18n, camera.count, seconds = COUNT_FROM)
                    }
                }}
            </button>
            <Show when=move || booth.other.with(Option::is_some)>
                <button type="button" class="button button--quiet" data-testid="camera-switch" on:click=switch>
                    {t!(i18n, camera.switch)}
                </button>
            </Show>
        </div>
    }
}

/// Why there is no picture, and what to do.
#[component]
fn Refusal(booth: Booth, fault: CameraFault) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <div class="failure" role="alert" data-testid="camera-refused" data-code=fault.code()>
            <p class="failure__sentence">{move || sentence(i18n.get_locale(), fault)}</p>
            <p>{move || next(i18n.get_locale(), fault)}</p>
            <button
                type="button"
                class="button"
                node_ref=focused()
                data-testid="camera-retry"
                on:click=move |_| booth.start(booth.which.get_value())
            >
                {t!(i18n, try_again)}
            </button>
        </div>
    }
}

/// For the button that is the next step: it gets the focus when it appears.
fn focused() -> NodeRef<Button> {
    let button = NodeRef::<Button>::new();
    Effect::new(move || {
        if let Some(button) = button.get() {
            let _ = button.focus();
        }
    });
    button
}

/// For screen readers: what changes without a press.
fn announcement(booth: Booth, i18n: I18n) -> String {
    match (booth.state.get(), booth.count.get()) {
        (_, Some(left)) => left.to_string(),
        (State::Live, None) => t_string!(i18n, camera.ready),
        (state, None) => waiting(state, i18n.get_locale()).unwrap_or_default(),
    }
}

/// What is shown until the picture arrives.
fn waiting(state: State, locale: Locale) -> Option<String> {
    match state {
        State::Asking => Some(td_string!(locale, camera.asking)),
        State::Paused => Some(td_string!(locale, camera.paused)),
        State::Closed | State::Live | State::Refused(_) => None,
    }
}

/// One sentence: what happened.
fn sentence(locale: Locale, fault: CameraFault) -> String {
    match fault {
        CameraFault::Denied => td_string!(locale, camera.denied),
        CameraFault::Missing => td_string!(locale, camera.missing),
        CameraFault::InUse => td_string!(locale, camera.in_use),
        CameraFault::Insecure => td_string!(locale, camera.insecure),
        CameraFault::Failed => td_string!(locale, camera.failed),
    }
}

/// One sentence: what to do next.
fn next(locale: Locale, fault: CameraFault) -> String {
    match fault {
        CameraFault::Denied => td_string!(locale, camera.denied_next),
        CameraFault::Missing => td_string!(locale, camera.missing_next),
        CameraFault::InUse => td_string!(locale, camera.in_use_next),
        CameraFault::Insecure => td_string!(locale, camera.insecure_next),
        CameraFault::Failed => td_string!(locale, camera.failed_next),
    }
}
