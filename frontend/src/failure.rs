//! What can go wrong between a photo and its cards, in the visitor's words. Every failure says what to do next.

/// What happened, what to do next, and what the retry button does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    /// The kind, for tests and styles.
    pub(crate) code: Code,
    /// One sentence: what happened.
    pub(crate) sentence: String,
    /// One sentence: what to do next.
    pub(crate) next: String,
    /// What the button does.
    pub(crate) retry: Retry,
}

/// The kind of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    NotAPicture,
    Truncated,
    TooManyPixels,
    Heic,
    TooLarge,
    Empty,
    NoPerson,
    ServerUnreachable,
    ServerBusy,
    ServerError,
    UnsupportedBrowser,
    WorkerFailed,
}

/// What a failure's button does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Retry {
    /// Opens the file dialog.
    ChooseAnother,
    /// Cuts the same photo out again, with a fresh worker if the former one died.
    CutOut,
    /// Sends the same cut-out again.
    Search,
    /// Fetches the sample look again.
    Sample(String),
    /// There is no button: only another browser helps.
    Never,
}

impl Code {
    /// The name in `data-code`.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::NotAPicture => "not-a-picture",
            Self::Truncated => "truncated",
            Self::TooManyPixels => "too-many-pixels",
            Self::Heic => "heic",
            Self::TooLarge => "too-large",
            Self::Empty => "empty",
            Self::NoPerson => "no-person",
            Self::ServerUnreachable => "server-unreachable",
            Self::ServerBusy => "server-busy",
            Self::ServerError => "server-error",
            Self::UnsupportedBrowser => "unsupported-browser",
            Self::WorkerFailed => "worker-failed",
        }
    }
}

impl Failure {
    /// A failure whose way out is another photo.
    pub(crate) fn of_photo(code: Code, sentence: impl Into<String>, next: impl Into<String>) -> Self {
        Self { code, sentence: sentence.into(), next: next.into(), retry: Retry::ChooseAnother }
    }

    /// The network sees nobody in the photo.
    pub(crate) fn no_person() -> Self {
        Self::of_photo(
            Code::NoPerson,
            "We could not find a person in this photo.",
            "Choose one that shows an outfit from head to toe, or at least its upper half, in good light.",
        )
    }

    /// The browser cannot decode a file that looked right.
    pub(crate) fn undecodable() -> Self {
        Self::of_photo(
            Code::NotAPicture,
            "Your browser cannot open this picture.",
            "It may be damaged. Choose another one, or save it again as JPEG and retry.",
        )
    }

    /// The worker is gone or never came.
    pub(crate) fn worker_failed() -> Self {
        Self {
            code: Code::WorkerFailed,
            sentence: "The part of this page that cuts people out has stopped.".to_owned(),
            next: "Try again: it starts afresh. If that does not help, reload the page.".to_owned(),
            retry: Retry::CutOut,
        }
    }

    /// The browser is too old.
    pub(crate) fn unsupported_browser() -> Self {
        Self {
            code: Code::UnsupportedBrowser,
            sentence: "This browser is too old to cut people out.".to_owned(),
            next: "Please use Chrome or Edge 103, Firefox 105, Safari 16.4, or anything newer.".to_owned(),
            retry: Retry::Never,
        }
    }

    /// Nobody answers a request for `retry`.
    pub(crate) fn server_unreachable(retry: Retry) -> Self {
        Self {
            code: Code::ServerUnreachable,
            sentence: "The shop’s server does not answer.".to_owned(),
            next: "Your photo has not left this device. Check your connection and try again.".to_owned(),
            retry,
        }
    }
}
