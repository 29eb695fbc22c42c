//! People who are too small for the network when it sees the whole photo. In: the photo's size, or where
//! people are. Out: the parts to look at.

use stl_types::{Rect, Size};

/// Parts along each side.
const PARTS: u32 = 2;

/// A part's sides, as a share of the photo's: parts overlap, so that whoever stands between two of them is whole in one.
const SHARE: f64 = 0.62;

/// Least sides of a part, pixels: a smaller one shows nothing that the whole photo does not.
const LEAST_SIDE: u32 = 96;

/// Least probability of a person in a part. Higher than for a whole photo: there are four chances to take a thing for a person. A cup of coffee
/// has .80, one of 250 garments at home more.
pub(crate) const LEAST_PROBABILITY: f64 = 0.85;

/// Of the people in the parts, from the most probable one on, so many are looked at closer until one is seen.
pub(crate) const TRIED: usize = 2;

/// The box around the first of some boxes and around all that share no pixel with it; `None` if each shares some, which may be the same person.
pub(crate) fn apart(boxes: &[Rect]) -> Option<Rect> {
    let (first, others) = boxes.split_first()?;
    let overlap = |a: &Rect, b: &Rect| {
        a.left < b.left + b.width && b.left < a.left + a.width && a.top < b.top + b.height && b.top < a.top + a.height
    };
    let mut others = others.iter().filter(|other| !overlap(first, other)).peekable();
    others.peek()?;
    Some(others.fold(*first, |a, b| {
        let (left, top) = (a.left.min(b.left), a.top.min(b.top));
        let (right, bottom) = ((a.left + a.width).max(b.left + b.width), (a.top + a.height).max(b.top + b.height));
        Rect { left, top, width: right - left, height: bottom - top }
    }))
}

/// Four overlapping parts; none of a photo that is too small.
pub(crate) fn parts(photo: Size) -> Vec<Rect> {
    let side = |length: u32| (f64::from(length) * SHARE).round() as u32;
    let (width, height) = (side(photo.width), side(photo.height));
    if width.min(height) < LEAST_SIDE {
        return Vec::new();
    }
    let start = |part: u32, length: u32, side: u32| (length - side) * part / (PARTS - 1);
    let part = |row: u32, column: u32| Rect {
        left: start(column, photo.width, width),
        top: start(row, photo.height, height),
        width,
        height,
    };
    (0..PARTS).flat_map(|row| (0..PARTS).map(move |column| part(row, column))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_cover_the_photo_and_overlap() {
        let photo = Size { width: 480, height: 361 };
        let parts = parts(photo);
        assert_eq!(parts.len(), 4);
        assert!(parts.iter().all(|part| part.within(photo) == Some(*part)));
        let last = parts[3];
        assert_eq!((parts[0].left, parts[0].top), (0, 0));
        assert_eq!((last.left + last.width, last.top + last.height), (photo.width, photo.height));
        assert!(last.left < parts[0].width && last.top < parts[0].height);
    }

    #[test]
    fn whoever_shares_no_pixel_is_somebody_else() {
        let at = |left, top| Rect { left, top, width: 10, height: 30 };
        assert_eq!(apart(&[]), None);
        assert_eq!(apart(&[at(5, 5), at(9, 20)]), None, "one person, seen in two parts");
        let around = Rect { left: 5, top: 5, width: 95, height: 35 };
        assert_eq!(apart(&[at(5, 5), at(90, 10), at(9, 20)]), Some(around));
        assert_eq!(apart(&[at(90, 10), at(5, 5)]), Some(around));
    }

    #[test]
    fn a_small_photo_has_no_parts() {
        for photo in [Size { width: 1, height: 1 }, Size { width: 150, height: 4000 }] {
            assert_eq!(parts(photo), Vec::new());
        }
    }
}
