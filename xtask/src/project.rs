//! The repository's folder, and how its programs are built.

use std::path::Path;

/// How to build.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    /// For testing and trying out: optimised dependencies, no link-time optimisation.
    Quick,
    /// For visitors: everything optimised.
    Release,
}

impl Profile {
    /// [`Self::Release`] if the flag `--release` was given.
    pub(crate) const fn from_flag(is_release: bool) -> Self {
        if is_release { Self::Release } else { Self::Quick }
    }

    /// The cargo profile for the page.
    pub(crate) const fn page(self) -> &'static str {
        match self {
            Self::Quick => "wasm-quick",
            Self::Release => "wasm-page",
        }
    }

    /// The cargo profile for the worker if tract runs the segmenter.
    pub(crate) const fn tract(self) -> &'static str {
        match self {
            Self::Quick => "wasm-quick",
            Self::Release => "wasm-tract",
        }
    }

    /// The cargo profile for the worker.
    pub(crate) const fn wasm(self) -> &'static str {
        match self {
            Self::Quick => "wasm-quick",
            Self::Release => "wasm-release",
        }
    }
}

/// The repository's folder.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}
