//! The part of a photo that the network should see a second time. In: where people were found. Out: a [`Rect`], if it pays.

use stl_types::{Rect, Size};

/// Room around the people, as a share of their longer side: the first pass may have missed a hand or a shoe.
const MARGIN: f64 = 0.12;
/// A second pass pays if it shows people at least this much larger.
const ENLARGEMENT: f64 = 1.3;

/// The part with the people `found` and room around them; `None` if the network's `input` would hardly show it larger than the whole
/// photo.
///
/// The part is widened to the input's shape where the photo allows, so that no input is spent on padding.
pub(crate) fn closer_part(found: Rect, photo: Size, input: Size) -> Option<Rect> {
    let margin = (f64::from(found.width.max(found.height)) * MARGIN).ceil();
    let (width, height) = (f64::from(found.width) + 2.0 * margin, f64::from(found.height) + 2.0 * margin);
    let aspect = f64::from(input.width) / f64::from(input.height);
    let along = |from: u32, length: u32, wanted: f64, photo: u32| {
        let length_wanted = (wanted.round() as u32).clamp(1, photo);
        let centre = f64::from(from) + f64::from(length) / 2.0;
        let start = (centre - f64::from(length_wanted) / 2.0).round().max(0.0) as u32;
        (start.min(photo - length_wanted), length_wanted)
    };
    let (left, columns) = along(found.left, found.width, width.max(height * aspect), photo.width);
    let (top, rows) = along(found.top, found.height, height.max(width / aspect), photo.height);
    let part = Rect { left, top, width: columns, height: rows };
    let scale = |width: u32, height: u32| {
        f64::min(f64::from(input.width) / f64::from(width), f64::from(input.height) / f64::from(height))
    };
    let enlargement = scale(columns, rows) / scale(photo.width, photo.height);
    (enlargement >= ENLARGEMENT).then_some(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    const INPUT: Size = Size { width: 192, height: 288 };

    #[test]
    fn a_small_person_is_seen_closer_with_room_around() {
        let photo = Size { width: 1200, height: 800 };
        let found = Rect { left: 500, top: 300, width: 100, height: 300 };
        let part = closer_part(found, photo, INPUT).expect("it pays");
        assert_eq!((part.height, part.width), (372, 248), "a margin of 36, in the input's shape");
        assert_eq!((part.left, part.top), (426, 264));
    }

    #[test]
    fn at_the_border_the_part_stays_inside_the_photo() {
        let photo = Size { width: 600, height: 900 };
        let part = closer_part(Rect { left: 560, top: 700, width: 40, height: 200 }, photo, INPUT).expect("it pays");
        assert_eq!((part.left + part.width, part.top + part.height), (600, 900));
        assert_eq!(part.within(photo), Some(part));
    }

    #[test]
    fn a_person_who_fills_the_photo_is_seen_once() {
        for photo in
            [Size { width: 400, height: 600 }, Size { width: 1000, height: 1000 }, Size { width: 1, height: 1 }]
        {
            let found = Rect { left: 0, top: 0, width: photo.width, height: photo.height };
            assert_eq!(closer_part(found, photo, INPUT), None, "{photo:?}");
        }
    }
}
