use stl_types::{Rect, Size};

use super::picture_in_screenshot;
use crate::input::{Pixels, resized};

type Colour = [u8; 3];

const WHITE: Colour = [255; 3];
const DARK: Colour = [18, 18, 20];

/// The shipped segmenter's input.
const INPUT: Size = Size { width: 192, height: 288 };

/// A phone's screen of 19.5:9.
const PHONE: Size = Size { width: 390, height: 845 };

/// How far from its place an edge may be found, rows.
const TOLERANCE: u32 = 2;

/// What a scene is like at a place; nothing in it is as light or as dark as the bars.
fn scene(x: u32, y: u32) -> Colour {
    let wave = |a: u32, b: u32, length: u32| 60 + ((a * x + b * y) % length) * 120 / length;
    [wave(5, 3, 97), wave(2, 7, 61), wave(1, 4, 143)].map(|value| value as u8)
}

/// Whether a line of text has ink at a place: sixty lines on a screen, from 5 % to 94 % of the width.
fn is_ink(size: Size, x: u32, y: u32) -> bool {
    let (line, letter) = (size.height / 60, size.width / 130);
    let is_line = y % line < line * 2 / 3 && (size.width / 20..size.width * 94 / 100).contains(&x);
    is_line && (x / letter * 7 + y / letter * 5) % 11 < 4
}

fn is_inside(centre: (u32, u32), radius: u32, x: u32, y: u32) -> bool {
    let (dx, dy) = (x.abs_diff(centre.0), y.abs_diff(centre.1));
    dx * dx + dy * dy <= radius * radius
}

fn draw(size: Size, colour: impl Fn(u32, u32) -> Colour) -> Vec<u8> {
    let places = (0..size.height).flat_map(|y| (0..size.width).map(move |x| (x, y)));
    places.flat_map(|(x, y)| colour(x, y)).collect()
}

/// A feed: status line, an avatar with a name, the picture, a caption with an avatar, and a line with buttons.
fn feed(size: Size, picture: &std::ops::Range<u32>, paper: Colour, picture_of: impl Fn(u32, u32) -> Colour) -> Vec<u8> {
    let ink = paper.map(|value| 255 - value);
    let (radius, padding) = (size.width / 20, size.height / 90);
    let padded = picture.start - padding..picture.end + padding;
    let avatars = [picture.start - radius - 8, picture.end + radius + 60].map(|y| (size.width / 9, y));
    draw(size, |x, y| {
        if picture.contains(&y) {
            picture_of(x, y)
        } else if avatars.iter().any(|&avatar| is_inside(avatar, radius, x, y)) {
            scene(x, y)
        } else if is_ink(size, x, y) && x > size.width / 5 && !padded.contains(&y) {
            ink
        } else {
            paper
        }
    })
}

fn found(size: Size, pixels: &[u8]) -> Option<Rect> {
    picture_in_screenshot(Pixels::new(size, pixels).expect("sizes fit"), INPUT)
}

fn assert_found(size: Size, pixels: &[u8], expected: &std::ops::Range<u32>, what: &str) {
    let part = found(size, pixels).unwrap_or_else(|| panic!("{what}: no picture"));
    let edges = [(part.top, expected.start), (part.top + part.height, expected.end)];
    assert!(edges.iter().all(|(found, expected)| found.abs_diff(*expected) <= TOLERANCE), "{what}: {part:?}");
    assert_eq!((part.left, part.width), (0, size.width), "{what}");
}

/// The colour of a column and row.
type Draw<'a> = &'a dyn Fn(u32, u32) -> Colour;

#[test]
fn the_picture_of_a_feed_is_found_between_its_bars() {
    for (paper, what) in [(WHITE, "light"), (DARK, "dark")] {
        for picture in [110..630, 90..480, 260..740] {
            assert_found(PHONE, &feed(PHONE, &picture, paper, scene), &picture, what);
        }
    }
    // A picture of the browser has four channels.
    let picture = 110..630;
    let four: Vec<u8> =
        feed(PHONE, &picture, WHITE, scene).chunks_exact(3).flat_map(|rgb| [rgb[0], rgb[1], rgb[2], 255]).collect();
    assert_found(PHONE, &four, &picture, "four channels");
}

#[test]
fn it_is_found_in_a_screenshot_that_was_scaled_down() {
    let (large, small) = (Size { width: 1080, height: 2340 }, Size { width: 295, height: 640 });
    let picture = 300..1650;
    let pixels = feed(large, &picture, WHITE, |x, y| scene(x / 4, y / 4));
    let pixels = resized(Pixels::new(large, &pixels).expect("sizes fit"), small).expect("resampled");
    assert_found(small, &pixels, &(300 * 640 / 2340..1650 * 640 / 2340), "scaled");
}

#[test]
fn the_picture_of_a_viewer_is_found_between_black_bars() {
    let picture = 163..683;
    let pixels = draw(PHONE, |x, y| if picture.contains(&y) { scene(x, y) } else { [0; 3] });
    assert_found(PHONE, &pixels, &picture, "a viewer");
}

#[test]
fn photos_are_left_alone() {
    let sky = |x: u32, y: u32| if y < 300 { WHITE } else { scene(x, y) };
    // Straight horizons, and no colour in common above and below.
    let beach = |x: u32, y: u32| match y {
        0..250 => WHITE,
        250..550 => scene(x, y),
        _ => [214, 196, 158],
    };
    // A sky that becomes lighter downwards, and the same colour below.
    let dusk = |x: u32, y: u32| match y {
        0..300 => [200, 210, (100 + y / 2) as u8],
        300..600 => scene(x, y),
        _ => [200, 210, 250],
    };
    // The edges of what stands on white or lies there do not reach the sides.
    let packshot = |x: u32, y: u32| if (200..620).contains(&y) && (40..350).contains(&x) { scene(x, y) } else { WHITE };
    // A tilted one: three rows of a hundred columns.
    let tilted = |x: u32, y: u32| if (150 + x / 30..600 + x / 30).contains(&y) { scene(x, y) } else { WHITE };
    let photos: [(&str, Draw<'_>); 6] = [
        ("a scene", &scene),
        ("a sky", &sky),
        ("a beach", &beach),
        ("a dusk", &dusk),
        ("a garment on white", &packshot),
        ("a tilted photo of a photo", &tilted),
    ];
    for (what, photo) in photos {
        assert_eq!(found(PHONE, &draw(PHONE, photo)), None, "{what}");
    }
    for flat in [WHITE, DARK] {
        assert_eq!(found(PHONE, &draw(PHONE, |_, _| flat)), None, "one colour");
    }
}

#[test]
fn screenshots_without_a_large_picture_are_left_alone() {
    // A story fills the screen, with a line of text and an avatar over it.
    let story = draw(PHONE, |x, y| {
        let is_over = is_inside((40, 60), 18, x, y) || (700..740).contains(&y) && is_ink(PHONE, x, y);
        if is_over { WHITE } else { scene(x, y) }
    });
    assert_eq!(found(PHONE, &story), None, "a story");
    for (picture, what) in [(200..440, "a picture of 28 %"), (60..800, "bars of 12 %"), (10..600, "no bar above")] {
        let bars = draw(PHONE, |x, y| if picture.contains(&y) { scene(x, y) } else { DARK });
        assert_eq!(found(PHONE, &bars), None, "{what}");
    }
    // A page of a shop: its packshot has the page's colour.
    let shop = feed(PHONE, &(110..630), WHITE, |x, y| {
        if (90..300).contains(&x) && (150..600).contains(&y) { scene(x, y) } else { WHITE }
    });
    assert_eq!(found(PHONE, &shop), None, "a garment on a white page");
    let text = draw(PHONE, |x, y| if is_ink(PHONE, x, y) { DARK } else { WHITE });
    assert_eq!(found(PHONE, &text), None, "a page of text");
}

#[test]
fn only_the_shape_of_a_phone_counts() {
    for size in [Size { width: 845, height: 390 }, Size { width: 600, height: 800 }, Size { width: 390, height: 2000 }]
    {
        let picture = size.height / 4..size.height * 3 / 4;
        let pixels = draw(size, |x, y| if picture.contains(&y) { scene(x, y) } else { DARK });
        assert_eq!(found(size, &pixels), None, "{size:?}");
    }
    let one = Size { width: 1, height: 2 };
    assert_eq!(found(one, &[0; 6]), None, "two pixels");
}
