//! What can go wrong between a photo and its cards. Their texts are in [`crate::components::error`].

use stl_types::worker::Cause;

/// What happened, and what the retry button does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    /// What happened.
    pub(crate) fault: Fault,
    /// What the button does.
    pub(crate) retry: Retry,
    /// The server's own words, which are English.
    pub(crate) detail: Option<String>,
}

/// The kind of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Neither JPEG, PNG nor WebP.
    NotAPicture,
    /// The file has vanished.
    Unreadable,
    /// Its header is valid, but the browser cannot decode it.
    Undecodable,
    /// Its bytes are not valid for its format.
    Damaged,
    /// Its end is missing.
    Truncated,
    /// More pixels than a browser can hold.
    TooManyPixels { width: u32, height: u32, most_megapixels: u64 },
    /// HEIC or AVIF, which this browser cannot decode.
    Heic,
    /// More than [`stl_types::limits::MAX_PHOTO_BYTES`].
    TooLarge { bytes: u64 },
    /// An empty file.
    Empty,
    /// The network finds no person, for the likely reason.
    NoPerson(Cause),
    /// Everything was erased.
    NothingLeft,
    /// The server does not answer.
    Unreachable,
    /// The device has no connection.
    Offline,
    /// The server's queue is full.
    Busy,
    /// The request did not arrive completely in time.
    Slow,
    /// The server refuses this picture.
    Refused,
    /// The server takes numbers only, no pictures.
    OnlyNumbers,
    /// The shop has been renewed since the page was loaded.
    Outdated,
    /// The server failed.
    Server,
    /// The shop no longer has this product.
    Gone,
    /// The browser is too old.
    Unsupported,
    /// The worker died or could not be started.
    Worker,
}

/// What a failure's button does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Retry {
    /// Opens the file dialog.
    ChooseAnother,
    /// Cuts the same photo out again, with another worker if the former one died.
    CutOut,
    /// Sends the same cutout again.
    Search,
    /// Sends numbers of the same cutout, from now on.
    SendNumbers,
    /// Loads the page again.
    Reload,
    /// Fetches the sample look again.
    Sample(String),
    /// There is no button: only another browser helps.
    Never,
}

impl Fault {
    /// The name in `data-code`.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::NotAPicture => "not-a-picture",
            Self::Unreadable => "unreadable",
            Self::Undecodable => "undecodable",
            Self::Damaged => "damaged",
            Self::Truncated => "truncated",
            Self::TooManyPixels { .. } => "too-many-pixels",
            Self::Heic => "heic",
            Self::TooLarge { .. } => "too-large",
            Self::Empty => "empty",
            Self::NoPerson(Cause::Nobody) => "no-person",
            Self::NoPerson(Cause::Blurred) => "blurred",
            Self::NoPerson(Cause::Dark) => "too-dark",
            Self::NoPerson(Cause::Small) => "too-small",
            Self::NothingLeft => "nothing-left",
            Self::Unreachable => "server-unreachable",
            Self::Offline => "offline",
            Self::Busy => "server-busy",
            Self::Slow => "slow",
            Self::Refused => "refused",
            Self::OnlyNumbers => "only-numbers",
            Self::Outdated => "outdated",
            Self::Server => "server-error",
            Self::Gone => "gone",
            Self::Unsupported => "unsupported-browser",
            Self::Worker => "worker-failed",
        }
    }
}

impl Failure {
    /// A failure and what its button does.
    pub(crate) const fn new(fault: Fault, retry: Retry) -> Self {
        Self { fault, retry, detail: None }
    }

    /// A failure that needs another photo.
    pub(crate) const fn of_photo(fault: Fault) -> Self {
        Self::new(fault, Retry::ChooseAnother)
    }

    /// A request got no answer, by the server's fault or without a connection.
    pub(crate) fn unreachable(retry: Retry) -> Self {
        Self::new(if crate::browser::is_online() { Fault::Unreachable } else { Fault::Offline }, retry)
    }
}
