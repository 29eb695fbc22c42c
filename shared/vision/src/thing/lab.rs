//! Colours as they are seen. In: sRGB. Out: CIE L*a*b*, in which equal distances look about equally different.

/// CIE L*a*b* (1976) for the white point D65 of an sRGB colour in `0..=1`. L* is in `0..=100`.
pub(super) fn lab(srgb: [f32; 3]) -> [f32; 3] {
    let [r, g, b] =
        srgb.map(|value| if value > 0.040_45 { ((value + 0.055) / 1.055).powf(2.4) } else { value / 12.92 });
    let x = (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505;
    let y = 0.2126 * r + 0.7152 * g + 0.0722 * b;
    let z = (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089;
    let [x, y, z] = [x, y, z].map(|value| if value > 0.008_856 { value.cbrt() } else { 7.787 * value + 16.0 / 116.0 });
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

/// The squared distance of two colours.
pub(super) fn distance2(a: [f32; 3], b: [f32; 3]) -> f32 {
    a.into_iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_colours_have_their_values() {
        let is_near = |srgb: [f32; 3], expected: [f32; 3]| {
            let found = lab(srgb);
            assert!(distance2(found, expected) < 0.25, "{srgb:?}: {found:?}, expected {expected:?}");
        };
        is_near([1.0, 1.0, 1.0], [100.0, 0.0, 0.0]);
        is_near([0.0, 0.0, 0.0], [0.0, 0.0, 0.0]);
        is_near([1.0, 0.0, 0.0], [53.24, 80.09, 67.2]);
        is_near([0.0, 0.0, 1.0], [32.3, 79.19, -107.86]);
    }
}
