//! A file enters the page. In: what was chosen, dropped or pasted. Out: a checked file, or why it is refused.
//!
//! Everything is checked by the file's bytes before anything decodes it: names and media types lie.

use stl_shared::limits::{MAX_PHOTO_BYTES, MAX_PHOTO_PIXELS};
use stl_shared::picture::{self, PictureError};
use wasm_bindgen::JsCast;
use web_sys::{Blob, ClipboardEvent, DataTransfer, DragEvent, Event, HtmlInputElement};

use crate::browser;
use crate::failure::{Code, Failure};
use crate::format;

/// Checks size, format, pixels and completeness of a file.
///
/// # Errors
/// What is wrong with it and what to do next.
pub(crate) async fn check(file: &Blob) -> Result<(), Failure> {
    check_size(file.size())?;
    let bytes = browser::bytes_of(file).await.map_err(|_| {
        Failure::of_photo(
            Code::NotAPicture,
            "This file cannot be read.",
            "It may have been moved or deleted. Choose it again, or choose another photo.",
        )
    })?;
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

/// The input that an event comes from.
pub(crate) fn input_of(event: &Event) -> Option<HtmlInputElement> {
    event.target()?.dyn_into().ok()
}

fn first_file(data: DataTransfer) -> Option<Blob> {
    data.files()?.get(0).map(Into::into)
}

fn check_size(bytes: f64) -> Result<(), Failure> {
    // A blob's size is a whole number far below 2⁵³.
    if bytes as u64 <= MAX_PHOTO_BYTES {
        return Ok(());
    }
    Err(Failure::of_photo(
        Code::TooLarge,
        format!("This file has {}: more than a photo takes.", format::bytes(bytes)),
        format!("Choose a picture of at most {}.", format::bytes(MAX_PHOTO_BYTES as f64)),
    ))
}

fn refusal(error: PictureError) -> Failure {
    match error {
        PictureError::Empty => Failure::of_photo(
            Code::Empty,
            "This file is empty.",
            "The photo may not have finished downloading. Open it once in your gallery, then choose it again.",
        ),
        PictureError::NotAPicture => Failure::of_photo(
            Code::NotAPicture,
            "This file is not a JPEG, PNG or WebP picture.",
            "Choose a photo from your library, or take a screenshot of what you see.",
        ),
        PictureError::Heif => Failure::of_photo(
            Code::Heic,
            "This photo is in the HEIC or AVIF format, which browsers rarely open.",
            "Save it as JPEG, or take a screenshot of it, and choose that. On an iPhone: Settings, Camera, Formats, Most \
             Compatible.",
        ),
        PictureError::Truncated => Failure::of_photo(
            Code::Truncated,
            "This picture is cut short: its end is missing.",
            "Its download or transfer probably broke off. Get the photo again, or choose another one.",
        ),
        PictureError::Damaged => Failure::of_photo(
            Code::NotAPicture,
            "This picture is damaged.",
            "Choose another photo, or save this one again as JPEG.",
        ),
        PictureError::TooManyPixels { width, height, most_megapixels } => Failure::of_photo(
            Code::TooManyPixels,
            format!("This picture has {width} × {height} pixels, more than a browser can hold safely."),
            format!("Choose one of at most {most_megapixels} megapixels, such as a screenshot of it."),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_has_its_own_code_and_says_what_to_do() {
        let too_many = PictureError::TooManyPixels { width: 10_000, height: 6_000, most_megapixels: 50 };
        for (error, code) in [
            (PictureError::Empty, Code::Empty),
            (PictureError::NotAPicture, Code::NotAPicture),
            (PictureError::Heif, Code::Heic),
            (PictureError::Truncated, Code::Truncated),
            (PictureError::Damaged, Code::NotAPicture),
            (too_many, Code::TooManyPixels),
        ] {
            let failure = refusal(error);
            assert_eq!(failure.code, code);
            assert!(failure.sentence.ends_with('.') && failure.next.ends_with('.'), "{failure:?}");
        }
        assert!(refusal(too_many).sentence.contains("10000 × 6000"));
    }

    #[test]
    fn files_larger_than_a_photo_are_refused_unread() {
        assert_eq!(check_size(25e6), Ok(()));
        let failure = check_size(41.0 * 1024.0 * 1024.0).expect_err("41 MiB");
        assert_eq!(failure.code, Code::TooLarge);
        assert_eq!(failure.sentence, "This file has 43\u{a0}MB: more than a photo takes.");
    }
}
