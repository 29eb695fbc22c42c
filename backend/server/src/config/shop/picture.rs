//! The frames of product pictures. In: the table `picture` of a shop's settings. Out: a [`PictureFrame`].

use serde::Deserialize;

/// Frames are at most so many times as high as wide, or as wide as high.
const MAX_RATIO: u32 = 3;

/// The frame of a product picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PictureFrame {
    /// Width and height in any unit; 3 and 4 if not set.
    pub aspect_ratio: Option<(u32, u32)>,
    /// How a picture of another ratio is placed; whole if not set.
    pub fit: Option<Fit>,
}

/// How a picture is placed in a frame of another aspect ratio.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// Whole, with room beside it.
    Contain,
    /// Fills the frame, cut at its sides.
    Cover,
}

/// Why a frame is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PictureFrameError {
    /// Not two numbers, or a strip.
    #[error("expected an aspect ratio such as 3:4, at most {MAX_RATIO}:1 or 1:{MAX_RATIO}, got {0:?}")]
    AspectRatio(String),
    /// Neither of the two.
    #[error("expected contain or cover, got {0:?}")]
    Fit(String),
}

/// The table, unchecked.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct PictureTable {
    aspect_ratio: Option<String>,
    fit: Option<String>,
}

impl PictureTable {
    pub(super) fn checked(self) -> Result<PictureFrame, PictureFrameError> {
        Ok(PictureFrame {
            aspect_ratio: self.aspect_ratio.map(aspect_ratio).transpose()?,
            fit: self.fit.map(fit).transpose()?,
        })
    }
}

impl PictureFrame {
    /// Custom properties of the page's style sheet; empty if nothing is set.
    pub(super) fn custom_properties(self) -> String {
        let ratio = self.aspect_ratio.map(|(width, height)| format!("--stl-picture-ratio:{width}/{height};"));
        let fit = self.fit.map(|fit| match fit {
            Fit::Contain => "--stl-picture-fit:contain;",
            Fit::Cover => "--stl-picture-fit:cover;",
        });
        ratio.unwrap_or_default() + fit.unwrap_or_default()
    }
}

fn aspect_ratio(text: String) -> Result<(u32, u32), PictureFrameError> {
    // Four digits: products of two sides do not overflow.
    let side = |text: &str| text.trim().parse::<u16>().ok().map(u32::from).filter(|side| (1..=9999).contains(side));
    let sides = text.split_once(':').and_then(|(width, height)| Some((side(width)?, side(height)?)));
    let sides = sides.filter(|(width, height)| *width <= MAX_RATIO * height && *height <= MAX_RATIO * width);
    sides.ok_or(PictureFrameError::AspectRatio(text))
}

fn fit(text: String) -> Result<Fit, PictureFrameError> {
    match text.as_str() {
        "contain" => Ok(Fit::Contain),
        "cover" => Ok(Fit::Cover),
        _ => Err(PictureFrameError::Fit(text)),
    }
}
