//! Backgrounds. In: a random generator, a size, the height of the horizon. Out: a street, a park or a wall, out of focus.

use tiny_skia::Pixmap;

use crate::backdrop::{Backdrop, pavement, sky};
use crate::colour::Rgb;
use crate::geometry::{curve, ellipse, polygon, pt, rect};
use crate::pixmap::{blank, colour};
use crate::rng::Rng;
use crate::street;

/// Paints a street, a park or a wall.
pub(crate) fn paint_scene(rng: &mut Rng, width: u32, height: u32, horizon: f32) -> Pixmap {
    let mut pixels = blank(width, height);
    pixels.fill(colour(Rgb(200, 210, 220), 1.0));
    let mut backdrop = Backdrop { pixels, width: width as f32, height: height as f32, horizon };
    match rng.index(10) {
        0 | 1 => wall(&mut backdrop, rng),
        2 | 3 => park(&mut backdrop, rng),
        _ => street::paint(&mut backdrop, rng),
    }
    let focus = rng.weighted(&[(0, 0.8), (1, 2.0), (2, 2.0), (3, 1.4)]);
    backdrop.defocus(focus);
    backdrop.pixels
}

fn wall(backdrop: &mut Backdrop, rng: &mut Rng) {
    let rgb = rng.pick(&[
        Rgb(226, 220, 210),
        Rgb(186, 110, 88),
        Rgb(204, 206, 208),
        Rgb(150, 168, 164),
        Rgb(224, 190, 150),
        Rgb(118, 128, 142),
        Rgb(214, 170, 168),
    ]);
    let rgb = rgb.jitter(rng, 12.0);
    let (w, y0) = (backdrop.width, backdrop.horizon);
    backdrop.gradient(&rect(0.0, 0.0, w, y0), (0.0, rgb.lighter(0.1)), (y0, rgb.darker(0.14)));
    match rng.index(3) {
        0 => {
            // Bricks.
            let (bw, bh) = (30.0, 12.0);
            for row in 0..(y0 / bh) as i32 + 1 {
                for col in -1..(w / bw) as i32 + 1 {
                    let x = col as f32 * bw + if row % 2 == 0 { 0.0 } else { bw / 2.0 };
                    let y = y0 - (row + 1) as f32 * bh;
                    let tone = if rng.chance(0.5) {
                        rgb.darker(rng.range(0.0, 0.16))
                    } else {
                        rgb.lighter(rng.range(0.0, 0.12))
                    };
                    backdrop.fill(&rect(x + 1.0, y + 1.0, x + bw - 1.0, y + bh - 1.0), tone, 0.8);
                }
            }
        }
        1 => {
            for k in 1..4 {
                let x = w * k as f32 / 4.0 + rng.range(-20.0, 20.0);
                backdrop.line(&curve(&[pt(x, 0.0), pt(x, y0)]), 1.5, rgb.darker(0.3), 0.4);
            }
        }
        _ => {
            for _ in 0..26 {
                let c = pt(rng.range(0.0, w), rng.range(0.0, y0));
                let r = rng.range(20.0, 90.0);
                backdrop.fill(
                    &ellipse(c, r, r * 0.6),
                    if rng.chance(0.5) { Rgb(255, 255, 255) } else { Rgb(0, 0, 0) },
                    0.025,
                );
            }
        }
    }
    backdrop.fill(&rect(0.0, y0 - 9.0, w, y0), rgb.darker(0.35), 0.7);
    let ground = Rgb(178, 174, 170).jitter(rng, 16.0);
    pavement(backdrop, rng, ground);
}

fn park(backdrop: &mut Backdrop, rng: &mut Rng) {
    sky(backdrop, rng);
    let (w, h, y0) = (backdrop.width, backdrop.height, backdrop.horizon);
    let green = Rgb(96, 148, 84).jitter(rng, 18.0);
    for _ in 0..14 {
        let (x, r) = (rng.range(-20.0, w + 20.0), rng.range(30.0, 70.0));
        backdrop.fill(&ellipse(pt(x, y0 - r * 0.5), r, r * 0.9), green.darker(rng.range(0.2, 0.45)), 1.0);
    }
    backdrop.gradient(&rect(0.0, y0, w, h), (y0, green.lighter(0.12)), (h, green.darker(0.1)));
    let (a, b) = (w * rng.range(0.3, 0.6), rng.range(20.0, 40.0));
    let path = polygon(&[pt(a, y0), pt(a + b, y0), pt(w * 0.98, h), pt(w * 0.02, h)]);
    backdrop.fill(&path, Rgb(214, 200, 176).jitter(rng, 10.0), 1.0);
    for _ in 0..rng.index(4) + 1 {
        let (x, size) = (rng.range(0.0, w), rng.range(0.6, 1.3));
        street::tree(backdrop, rng, x, size);
    }
    for _ in 0..rng.index(3) {
        let x = rng.range(0.0, w);
        street::bystander(backdrop, rng, x);
    }
}
