//! Shapes of pixels. In: which pixels are inside, `(H, W)` row-major. Out: the same, opened, closed or filled.

use stl_types::Size;

/// Pixels with no pixel outside within `radius` along both axes. Beyond the picture's edge everything counts as `beyond`.
pub(super) fn eroded(size: Size, inside: &[bool], radius: u32, beyond: bool) -> Vec<bool> {
    let outside: Vec<bool> = inside.iter().map(|inside| !inside).collect();
    dilated(size, &outside, radius, !beyond).into_iter().map(|outside| !outside).collect()
}

/// Pixels with a pixel inside within `radius` along both axes. Beyond the picture's edge everything counts as `beyond`.
pub(super) fn dilated(size: Size, inside: &[bool], radius: u32, beyond: bool) -> Vec<bool> {
    let (width, height, radius) = (size.width as usize, size.height as usize, radius as usize);
    let wider = along(inside, |line, at| line * width + at, (height, width), radius, beyond);
    along(&wider, |line, at| at * width + line, (width, height), radius, beyond)
}

/// Dilation of `lines` lines of `length` pixels; `position(line, at)` is a pixel's position.
fn along(
    inside: &[bool],
    position: impl Fn(usize, usize) -> usize,
    (lines, length): (usize, usize),
    radius: usize,
    beyond: bool,
) -> Vec<bool> {
    let mut wider = vec![false; inside.len()];
    for line in 0..lines {
        // Distance to the last pixel inside, from either side.
        let mut since = if beyond { 1 } else { radius + 1 };
        for at in 0..length {
            since = if inside[position(line, at)] { 0 } else { since.saturating_add(1) };
            wider[position(line, at)] |= since <= radius;
        }
        let mut since = if beyond { 1 } else { radius + 1 };
        for at in (0..length).rev() {
            since = if inside[position(line, at)] { 0 } else { since.saturating_add(1) };
            wider[position(line, at)] |= since <= radius;
        }
    }
    wider
}

/// Without what is narrower than `2 · radius + 1` pixels.
pub(super) fn opened(size: Size, inside: &[bool], radius: u32) -> Vec<bool> {
    dilated(size, &eroded(size, inside, radius, true), radius, false)
}

/// With gaps filled that are narrower than `2 · radius + 1` pixels; a gap at the picture's edge is none.
pub(super) fn closed(size: Size, inside: &[bool], radius: u32) -> Vec<bool> {
    let padded = Size { width: size.width + 2 * radius, height: size.height + 2 * radius };
    let mut wide = vec![false; padded.area() as usize];
    let row = |y: usize| (y + radius as usize) * padded.width as usize + radius as usize;
    let width = size.width as usize;
    for (y, line) in inside.chunks_exact(width.max(1)).enumerate() {
        wide[row(y)..row(y) + width].copy_from_slice(line);
    }
    let closed = eroded(padded, &dilated(padded, &wide, radius, false), radius, false);
    (0..size.height as usize).flat_map(|y| closed[row(y)..row(y) + width].iter().copied()).collect()
}

/// The pixels that can be reached from `starts` through pixels for which `is_free` is true, by their sides.
pub(super) fn flooded(size: Size, starts: &[usize], is_free: impl Fn(usize) -> bool) -> Vec<bool> {
    let (width, last) = (size.width as usize, size.area() as usize);
    let mut reached = vec![false; last];
    let mut front: Vec<usize> = starts.iter().copied().filter(|&at| is_free(at)).collect();
    for &at in &front {
        reached[at] = true;
    }
    while let Some(at) = front.pop() {
        let x = at % width;
        let beside = [
            (at >= width).then(|| at - width),
            (x > 0).then(|| at - 1),
            (x + 1 < width).then_some(at + 1),
            (at + width < last).then_some(at + width),
        ];
        for beside in beside.into_iter().flatten() {
            if !reached[beside] && is_free(beside) {
                reached[beside] = true;
                front.push(beside);
            }
        }
    }
    reached
}

/// With all holes filled: pixels outside that the picture's edge does not reach.
pub(super) fn filled(size: Size, inside: &[bool]) -> Vec<bool> {
    let outside = flooded(size, &border(size, 1), |at| !inside[at]);
    outside.into_iter().map(|outside| !outside).collect()
}

/// Positions of the border's pixels, `depth` wide.
pub(super) fn border(size: Size, depth: u32) -> Vec<usize> {
    let Size { width, height } = size;
    let is_border = |at: &u64| {
        let (x, y) = ((at % u64::from(width)) as u32, (at / u64::from(width)) as u32);
        x < depth || y < depth || x + depth >= width || y + depth >= height
    };
    (0..size.area()).filter(is_border).map(|at| at as usize).collect()
}

#[cfg(test)]
mod tests {
    use stl_types::components;

    use super::*;

    fn drawn(rows: &[&str]) -> (Size, Vec<bool>) {
        let size = Size { width: rows[0].len() as u32, height: rows.len() as u32 };
        (size, rows.concat().chars().map(|letter| letter == '#').collect())
    }

    #[test]
    fn a_thread_is_opened_away_and_a_seam_is_closed() {
        let (size, cloth) = drawn(&["......", ".###..", ".###..", ".####.", "......"]);
        let (_, opened_cloth) = drawn(&["......", ".###..", ".###..", ".###..", "......"]);
        assert_eq!(opened(size, &cloth, 1), opened_cloth);
        let (size, seam) = drawn(&["##.##.", "##.##.", "##.##.", "......"]);
        let (_, whole) = drawn(&["#####.", "#####.", "#####.", "......"]);
        assert_eq!(closed(size, &seam, 1), whole, "the gap at the edge stays");
    }

    #[test]
    fn holes_are_filled_and_parts_are_counted() {
        let (size, ring) = drawn(&["###..#", "#.#...", "###..."]);
        let (_, disc) = drawn(&["###..#", "###...", "###..."]);
        assert_eq!(filled(size, &ring), disc);
        assert_eq!(components(size, ring).iter().map(Vec::len).collect::<Vec<_>>(), [8, 1]);
    }
}
