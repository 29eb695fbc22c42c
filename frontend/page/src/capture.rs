//! A file enters the page. In: what was chosen, dropped or pasted. Out: a checked file, or why it is refused.
//!
//! Everything is checked by the file's bytes before anything decodes it: names and media types can be wrong.

use js_sys::{Array, Reflect};
use stl_types::Size;
use stl_types::limits::{MAX_PHOTO_BYTES, MAX_PHOTO_PIXELS};
use stl_types::picture::{self, PictureError};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, ClipboardEvent, ClipboardItem, DataTransfer, DragEvent, Event, HtmlInputElement};

use crate::browser;
use crate::failure::{Failure, Fault};

/// Checks size, format, pixels and completeness of a file.
///
/// # Errors
/// What is wrong with it and what to do next.
pub(crate) async fn check(file: &Blob) -> Result<(), Failure> {
    check_size(file.size())?;
    let bytes = browser::bytes_of(file).await.map_err(|_| Failure::of_photo(Fault::Unreadable))?;
    match picture::inspect(&bytes, MAX_PHOTO_PIXELS) {
        Ok(_) => Ok(()),
        Err(PictureError::Heif) => {
            // The size by the header, if it can be read: a picture that is too large is not decoded.
            check_pixels(picture::heif_size(&bytes))?;
            drop(bytes);
            // Safari decodes HEIC, and all present engines decode AVIF.
            let decoded = browser::decoded_size(file).await.ok_or_else(|| refusal(PictureError::Heif))?;
            check_pixels(Some(decoded))
        }
        Err(error) => Err(refusal(error)),
    }
}

/// Why nothing came from the clipboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PasteFault {
    /// The visitor or the browser does not allow it.
    Denied,
    /// No picture is in it.
    NoPicture,
    /// Anything else.
    Failed,
}

/// Whether this browser lets a page read the clipboard at the press of a button.
pub(crate) fn can_paste() -> bool {
    let clipboard = web_sys::window().map(|window| window.navigator().clipboard());
    clipboard
        .is_some_and(|clipboard| !clipboard.is_undefined() && Reflect::has(&clipboard, &"read".into()).unwrap_or(false))
}

/// The first picture in the clipboard. The browser may ask the visitor first.
///
/// # Errors
/// Why there is none.
pub(crate) async fn from_clipboard() -> Result<Blob, PasteFault> {
    let clipboard = web_sys::window().ok_or(PasteFault::Failed)?.navigator().clipboard();
    let items = JsFuture::from(clipboard.read()).await.map_err(|error| {
        let name = Reflect::get(&error, &"name".into()).ok().and_then(|name| name.as_string());
        if name.as_deref() == Some("NotAllowedError") { PasteFault::Denied } else { PasteFault::Failed }
    })?;
    for item in Array::from(&items).iter().filter_map(|item| item.dyn_into::<ClipboardItem>().ok()) {
        let kinds: Vec<String> = item.types().iter().filter_map(|kind| kind.as_string()).collect();
        if let Some(kind) = picture_kind(&kinds) {
            let picture = JsFuture::from(item.get_type(kind)).await.map_err(|_| PasteFault::Failed)?;
            return picture.dyn_into().map_err(|_| PasteFault::Failed);
        }
    }
    Err(PasteFault::NoPicture)
}

/// The first media type of a picture made of pixels.
fn picture_kind(kinds: &[String]) -> Option<&str> {
    kinds.iter().map(String::as_str).find(|kind| kind.starts_with("image/") && !kind.starts_with("image/svg"))
}

/// The file chosen in a file input; the input forgets it, so that the same file can be chosen again.
pub(crate) fn chosen(input: &HtmlInputElement) -> Option<Blob> {
    let file = input.files()?.get(0)?;
    input.set_value("");
    Some(file.into())
}

/// The first file that was dropped.
pub(crate) fn dropped(event: &DragEvent) -> Option<Blob> {
    first_file(event.data_transfer()?)
}

/// The first file in what was pasted.
pub(crate) fn pasted(event: &ClipboardEvent) -> Option<Blob> {
    first_file(event.clipboard_data()?)
}

/// Whether a drag carries files, and not a link or text.
pub(crate) fn carries_files(event: &DragEvent) -> bool {
    event.data_transfer().is_some_and(|data| data.types().iter().any(|kind| kind == "Files"))
}

/// Whether the checkbox that an event comes from is checked.
pub(crate) fn is_checked(event: &Event) -> bool {
    input_of(event).is_some_and(|input| input.checked())
}

/// The input that an event comes from.
pub(crate) fn input_of(event: &Event) -> Option<HtmlInputElement> {
    event.target()?.dyn_into().ok()
}

fn first_file(data: DataTransfer) -> Option<Blob> {
    data.files()?.get(0).map(Into::into)
}

fn check_size(bytes: f64) -> Result<(), Failure> {
    // A blob's size is a whole number far below 2⁵³.
    let bytes = bytes as u64;
    if bytes <= MAX_PHOTO_BYTES { Ok(()) } else { Err(Failure::of_photo(Fault::TooLarge { bytes })) }
}

fn check_pixels(size: Option<Size>) -> Result<(), Failure> {
    match size.filter(|size| size.area() > MAX_PHOTO_PIXELS) {
        Some(Size { width, height }) => {
            let most_megapixels = MAX_PHOTO_PIXELS / 1_000_000;
            Err(refusal(PictureError::TooManyPixels { width, height, most_megapixels }))
        }
        None => Ok(()),
    }
}

fn refusal(error: PictureError) -> Failure {
    Failure::of_photo(match error {
        PictureError::Empty => Fault::Empty,
        PictureError::NotAPicture => Fault::NotAPicture,
        PictureError::Heif => Fault::Heic,
        PictureError::Truncated => Fault::Truncated,
        PictureError::Damaged => Fault::Damaged,
        PictureError::TooManyPixels { width, height, most_megapixels } => {
            Fault::TooManyPixels { width, height, most_megapixels }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_larger_than_a_photo_are_refused_unread() {
        assert_eq!(check_size(25e6), Ok(()));
        let bytes = 41 * 1024 * 1024;
        assert_eq!(check_size(bytes as f64), Err(Failure::of_photo(Fault::TooLarge { bytes })));
    }

    #[test]
    fn pictures_of_any_format_have_the_same_most_pixels() {
        assert_eq!(check_pixels(None), Ok(()));
        assert_eq!(check_pixels(Some(Size { width: 8000, height: 6000 })), Ok(()));
        let refused = check_pixels(Some(Size { width: 10_000, height: 6000 })).expect_err("sixty megapixels");
        assert_eq!(refused.fault.code(), "too-many-pixels");
    }

    #[test]
    fn a_drawing_in_the_clipboard_is_no_photo() {
        let kinds = ["text/html", "image/svg+xml", "image/png"].map(str::to_owned);
        assert_eq!(picture_kind(&kinds), Some("image/png"));
        assert_eq!(picture_kind(&kinds[..2]), None);
    }
}
