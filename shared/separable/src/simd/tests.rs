//! Every level against plain loops over plain numbers.

use super::*;

/// Largest difference: float32 sums in another order, of a few hundred products below one.
const TOLERANCE: f32 = 1e-4;

/// Pseudo-random numbers in −1..1: the upper bits of a linear congruential generator.
fn noise(seed: &mut u32) -> f32 {
    *seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
    (*seed >> 8) as f32 / 8_388_608.0 - 1.0
}

fn blocks(count: usize, seed: &mut u32) -> Vec<Block> {
    (0..count).map(|_| Block(std::array::from_fn(|_| noise(seed)))).collect()
}

const RELU6: Clamp = Clamp { low: 0.0, high: 6.0 };

#[test]
fn every_level_multiplies_as_plain_loops_do() {
    let mut seed = 1;
    for level in Level::available() {
        // All panel widths and tails; sums in one chunk and in several.
        for (inputs, outputs) in [(1, 1), (2, 2), (3, 3), (4, 4), (40, 5), (70, 7), (5, 9)] {
            for (count, width) in [(1, 1), (1, 7), (2, 13), (3, 24), (1, 22), (2, 18), (1, 16)] {
                let weights: Vec<f32> = (0..inputs * outputs * LANES * LANES).map(|_| noise(&mut seed) / 8.0).collect();
                let bias: Vec<f32> = (0..outputs * LANES).map(|_| noise(&mut seed)).collect();
                let numbers = inputs * LANES;
                let panels = Panels::new(
                    level,
                    (outputs * LANES, numbers, numbers),
                    |output, input| weights[output * numbers + input],
                    |output| bias[output],
                    RELU6,
                );
                let rows = Extent { count, width };
                // Rows and planes with room between them.
                let (row, plane) = (width + 3, (width + 3) * count + 1);
                let source = blocks(2 + inputs * plane, &mut seed);
                let added = blocks(2 + outputs * plane, &mut seed);
                let mut out = vec![Block([99.0; LANES]); 2 + outputs * plane];
                for (panel, &(first, _)) in panels.panels.iter().enumerate() {
                    let from = View { start: 2, plane, row };
                    let to = View { start: 2 + first * plane, plane, row };
                    let product =
                        Product { panels: &panels, panel, source: (&source, from), added: Some((&added, to)), rows };
                    multiply(level, &product, (&mut out, to));
                }
                let mut written = 0;
                for output in 0..outputs * LANES {
                    for (y, x) in (0..count).flat_map(|y| (0..width).map(move |x| (y, x))) {
                        let at = |channel: usize| (2 + channel / LANES * plane + y * row + x, channel % LANES);
                        let of = |blocks: &[Block], channel: usize| blocks[at(channel).0].0[at(channel).1];
                        let sum: f32 =
                            (0..numbers).map(|input| weights[output * numbers + input] * of(&source, input)).sum();
                        let expected = (sum + bias[output] + of(&added, output)).clamp(0.0, 6.0);
                        let received = of(&out, output);
                        assert!((expected - received).abs() < TOLERANCE, "{level:?}: {expected}, got {received}");
                        written += 1;
                    }
                }
                let untouched = out.iter().flat_map(|block| block.0).filter(|&value| value == 99.0).count();
                assert_eq!(untouched + written, out.len() * LANES, "nothing else is written");
            }
        }
    }
}

#[test]
fn every_level_finds_its_inputs_by_the_table() {
    let mut seed = 2;
    for level in Level::available() {
        for outputs in [1, 2, 3, 4, 7] {
            let source: Vec<f32> = (0..500).map(|_| noise(&mut seed)).collect();
            let offsets = [0, 5, 17, 3, 101];
            let weights: Vec<f32> = (0..offsets.len() * outputs * LANES).map(|_| noise(&mut seed)).collect();
            let weight = |output: usize, input: usize| weights[output * offsets.len() + input];
            let sizes = (outputs * LANES, offsets.len(), offsets.len());
            let panels = Panels::new(level, sizes, weight, |output| output as f32 / 100.0, Clamp::NONE);
            let rows = Extent { count: 3, width: 13 };
            let mut out = vec![Block::default(); outputs * 39];
            for (panel, &(first, _)) in panels.panels.iter().enumerate() {
                let work =
                    Gather { panels: &panels, panel, source: &source, offsets: &offsets, row: 70, stride: 2, rows };
                gather(level, &work, (&mut out, View { start: first * 39, plane: 39, row: 13 }));
            }
            for output in 0..outputs * LANES {
                for (y, x) in (0..3).flat_map(|y| (0..13).map(move |x| (y, x))) {
                    let sum: f32 = (0..offsets.len())
                        .map(|input| weight(output, input) * source[offsets[input] + y * 70 + x * 2])
                        .sum();
                    let received = out[output / LANES * 39 + y * 13 + x].0[output % LANES];
                    assert!((sum + output as f32 / 100.0 - received).abs() < TOLERANCE, "{level:?}");
                }
            }
        }
    }
}

#[test]
fn every_level_convolves_channels_as_plain_loops_do() {
    let mut seed = 3;
    for level in Level::available() {
        for (side, stride) in [(3, 1), (3, 2), (5, 1), (5, 2)] {
            for (count, width) in [(1, 1), (2, 2), (3, 5), (2, 17)] {
                let taps = Taps {
                    blocks: 2,
                    side,
                    stride,
                    weights: blocks(2 * side * side, &mut seed),
                    bias: blocks(2, &mut seed),
                    clamp: RELU6,
                };
                let row = (width - 1) * stride + side + 1;
                let source = blocks(1 + row * ((count - 1) * stride + side), &mut seed);
                let mut out = vec![Block([99.0; LANES]); count * width + 2];
                let rows = Extent { count, width };
                let (from, to) = (View { start: 1, plane: 0, row }, View { start: 1, plane: 0, row: width });
                depthwise(level, &taps, 1, (&source, from), (&mut out, to), rows);
                for (y, x, lane) in
                    (0..count).flat_map(|y| (0..width).flat_map(move |x| (0..LANES).map(move |lane| (y, x, lane))))
                {
                    let sum: f32 = (0..side * side)
                        .map(|tap| {
                            let at = 1 + (y * stride + tap / side) * row + x * stride + tap % side;
                            taps.weights[side * side + tap].0[lane] * source[at].0[lane]
                        })
                        .sum();
                    let expected = (sum + taps.bias[1].0[lane]).clamp(0.0, 6.0);
                    let received = out[1 + y * width + x].0[lane];
                    assert!((expected - received).abs() < TOLERANCE, "{level:?}: {expected}, got {received}");
                }
                assert_eq!([out[0].0[0], out[count * width + 1].0[7]], [99.0; 2], "nothing else is written");
            }
        }
    }
}

#[test]
fn panels_cover_all_blocks_once() {
    for level in Level::available() {
        for count in 1..50 {
            let panels = panels(count, level);
            let mut next = 0;
            for (first, width) in panels {
                assert_eq!(first, next);
                assert!((1..=level.panel_blocks()).contains(&width));
                next += width;
            }
            assert_eq!(next, count);
        }
    }
}

#[test]
#[should_panic(expected = "the source ends before its view")]
fn a_view_beyond_its_buffer_is_refused() {
    let panels = Panels::new(Level::best(), (8, 8, 8), |_, _| 1.0, |_| 0.0, Clamp::NONE);
    let source = vec![Block::default(); 3];
    let view = View { start: 0, plane: 4, row: 4 };
    let rows = Extent { count: 1, width: 4 };
    let product = Product { panels: &panels, panel: 0, source: (&source, view), added: None, rows };
    multiply(Level::best(), &product, (&mut [Block::default(); 4], view));
}
