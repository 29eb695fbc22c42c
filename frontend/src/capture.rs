//! A file enters the page. In: what was chosen, dropped or pasted. Out: a checked file, or why it is refused.
//!
//! Everything is checked by the file's bytes before anything decodes it: names and media types lie.

use stl_shared::limits::{MAX_PHOTO_BYTES, MAX_PHOTO_PIXELS};
use stl_shared::picture::{self, PictureError};
use wasm_bindgen::JsCast;
use web_sys::{Blob, ClipboardEvent, DataTransfer, DragEvent, Event, HtmlInputElement};

use crate::browser;
use crate::failure::{Failure, Fault};

/// Checks size, format, pixels and completeness of a file.
///
/// # Errors
/// What is wrong with it and what to do next.
pub(crate) async fn check(file: &Blob) -> Result<(), Failure> {
    check_size(file.size())?;
    let bytes = browser::bytes_of(file).await.map_err(|_| Failure::of_photo(Fault::Unreadable))?;
    picture::inspect(&bytes, MAX_PHOTO_PIXELS).map(|_| ()).map_err(refusal)
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
}
