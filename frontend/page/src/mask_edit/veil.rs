//! How a mask is shown over its photo. In: a part of the mask. Out: pixels to lay over that part.

use stl_types::{Rect, Size};

/// White over what is removed: dense enough to look removed, thin enough to see what is under it. Red, green, blue, opacity.
const VEIL: [u8; 4] = [255, 255, 255, 208];

/// The line around what is kept: the page's accent, to be seen on white clothes before a white wall.
const LINE: [u8; 4] = [43, 63, 214, 255];

/// What lies over an area: 8-bit RGBA, not premultiplied, `(height, width, 4)` row-major. `kept` is `(H, W)`, 0 = removed;
/// `area` lies within `mask`.
pub(crate) fn veil(kept: &[u8], mask: Size, area: Rect) -> Vec<u8> {
    let (width, height) = (mask.width as usize, mask.height as usize);
    let mut rgba = Vec::with_capacity(area.width as usize * area.height as usize * 4);
    for y in (area.top..area.top + area.height).map(|y| y as usize) {
        for x in (area.left..area.left + area.width).map(|x| x as usize) {
            let at = y * width + x;
            let is_at_the_edge = kept[at] > 0
                && (x > 0 && kept[at - 1] == 0
                    || x + 1 < width && kept[at + 1] == 0
                    || y > 0 && kept[at - width] == 0
                    || y + 1 < height && kept[at + width] == 0);
            rgba.extend(match (is_at_the_edge, kept[at]) {
                (true, _) => LINE,
                (false, 0) => VEIL,
                (false, _) => [0; 4],
            });
        }
    }
    rgba
}

/// The area whose look depends on an area's mask: one pixel more on each side.
pub(crate) fn grown(area: Rect, mask: Size) -> Rect {
    let side = |from: u32, length: u32, most: u32| {
        let start = from.saturating_sub(1);
        (start, (from + length + 1).min(most) - start)
    };
    let (left, width) = side(area.left, area.width, mask.width);
    let (top, height) = side(area.top, area.height, mask.height);
    Rect { left, top, width, height }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size { width: 5, height: 5 };

    #[test]
    fn the_removed_is_veiled_the_kept_is_bare_and_a_line_stands_between() {
        let mut kept = vec![255; 25];
        for (at, value) in kept.iter_mut().enumerate() {
            *value = if at % 5 == 0 { 0 } else { *value };
        }
        let rgba = veil(&kept, SIZE, Rect { left: 0, top: 0, width: 5, height: 1 });
        assert_eq!(rgba.chunks(4).collect::<Vec<_>>(), [&VEIL[..], &LINE, &[0; 4], &[0; 4], &[0; 4]]);
    }

    #[test]
    fn a_changed_pixel_is_drawn_anew_as_if_all_were_drawn() {
        let whole = Rect { left: 0, top: 0, width: 5, height: 5 };
        let mut kept = vec![255; 25];
        let mut drawn = veil(&kept, SIZE, whole);
        kept[12] = 0;
        let area = grown(Rect { left: 2, top: 2, width: 1, height: 1 }, SIZE);
        assert_eq!(area, Rect { left: 1, top: 1, width: 3, height: 3 });
        let part = veil(&kept, SIZE, area);
        for (row, part) in part.chunks(12).enumerate() {
            drawn[((row + 1) * 5 + 1) * 4..][..12].copy_from_slice(part);
        }
        assert_eq!(drawn, veil(&kept, SIZE, whole));
        assert_eq!(grown(whole, SIZE), whole);
    }
}
