//! Streets. In: a backdrop. Out: houses, shops, trees, lamps, cars and passers-by on it.

use crate::backdrop::{Backdrop, pavement, sky};
use crate::colour::{CARD, Rgb};
use crate::geometry::{curve, ellipse, hard, polygon, pt, rect, soft, spline};
use crate::rng::Rng;

/// Paints a street.
pub(crate) fn paint(backdrop: &mut Backdrop, rng: &mut Rng) {
    sky(backdrop, rng);
    let (w, y0) = (backdrop.width, backdrop.horizon);
    let mut x = -rng.range(0.0, 80.0);
    while x < w {
        let width = rng.range(90.0, 210.0);
        house(backdrop, rng, x, width);
        x += width;
    }
    let road = Rgb(112, 114, 120).jitter(rng, 8.0);
    let kerb = rng.range(8.0, 24.0);
    backdrop.fill(&rect(0.0, y0 - 1.0, w, y0 + kerb), road, 1.0);
    for _ in 0..rng.index(3) {
        let x = rng.range(-40.0, w - 60.0);
        car(backdrop, rng, x, y0 + kerb * 0.6);
    }
    for _ in 0..rng.index(3) {
        let x = rng.range(0.0, w);
        tree(backdrop, rng, x, rng.clone().range(0.6, 1.1));
    }
    for _ in 0..rng.index(4) {
        let x = rng.range(0.0, w);
        bystander(backdrop, rng, x);
    }
    if rng.chance(0.4) {
        let x = rng.range(20.0, w - 20.0);
        backdrop.fill(&rect(x - 2.5, y0 * 0.2, x + 2.5, y0 + kerb), Rgb(60, 66, 70), 1.0);
        backdrop.fill(&ellipse(pt(x, y0 * 0.2), 9.0, 11.0), Rgb(250, 240, 210), 1.0);
    }
    backdrop.horizon = y0 + kerb;
    let ground = Rgb(184, 180, 176).jitter(rng, 18.0);
    pavement(backdrop, rng, ground);
}

fn house(backdrop: &mut Backdrop, rng: &mut Rng, x: f32, width: f32) {
    let y0 = backdrop.horizon;
    let front = rng
        .pick(&[
            Rgb(222, 202, 174),
            Rgb(196, 132, 104),
            Rgb(208, 208, 204),
            Rgb(168, 182, 188),
            Rgb(230, 214, 188),
            Rgb(176, 152, 134),
            Rgb(214, 180, 160),
            Rgb(146, 158, 150),
        ])
        .jitter(rng, 10.0);
    let top = if rng.chance(0.6) { -10.0 } else { rng.range(0.05, 0.4) * y0 };
    backdrop.gradient(&rect(x, top, x + width + 1.0, y0), (top, front.lighter(0.08)), (y0, front.darker(0.12)));
    if top > 0.0 {
        backdrop.fill(&rect(x - 3.0, top - 5.0, x + width + 3.0, top + 3.0), front.darker(0.3), 1.0);
    }
    let columns = (width / 44.0).floor().max(1.0) as usize;
    let pitch = width / columns as f32;
    let shop_top = y0 - rng.range(105.0, 150.0);
    let glass = Rgb(96, 116, 136).jitter(rng, 20.0);
    let frame = if front.luma() > 0.6 { front.lighter(0.6) } else { front.darker(0.5) };
    let mut y = shop_top - 84.0;
    while y > top - 60.0 {
        for column in 0..columns {
            let (wx, ww) = (x + column as f32 * pitch + pitch * 0.22, pitch * 0.56);
            if y < top + 8.0 {
                continue;
            }
            backdrop.fill(&rect(wx - 3.0, y - 3.0, wx + ww + 3.0, y + 59.0), frame, 1.0);
            let lit = rng.chance(0.12);
            let pane = if lit { Rgb(250, 222, 150) } else { glass.lighter(rng.range(0.0, 0.3)) };
            backdrop.gradient(&rect(wx, y, wx + ww, y + 56.0), (y, pane.lighter(0.25)), (y + 56.0, pane));
            backdrop.fill(&rect(wx + ww / 2.0 - 1.0, y, wx + ww / 2.0 + 1.0, y + 56.0), frame, 1.0);
            backdrop.fill(&rect(wx - 5.0, y + 58.0, wx + ww + 5.0, y + 62.0), front.darker(0.25), 1.0);
        }
        y -= 92.0;
    }
    if rng.chance(0.55) {
        shop(backdrop, rng, x, width, shop_top);
    } else {
        let dx = x + rng.range(0.15, 0.6) * width;
        let door = rng.pick(&CARD).rgb.darker(0.2);
        backdrop.fill(&rect(dx - 4.0, y0 - 104.0, dx + 44.0, y0), frame, 1.0);
        backdrop.fill(&rect(dx, y0 - 100.0, dx + 40.0, y0), door, 1.0);
        backdrop.fill(&rect(dx + 6.0, y0 - 92.0, dx + 34.0, y0 - 60.0), glass, 1.0);
    }
}

fn shop(backdrop: &mut Backdrop, rng: &mut Rng, x: f32, width: f32, top: f32) {
    let y0 = backdrop.horizon;
    let paintwork = rng.pick(&CARD).rgb.darker(0.3);
    backdrop.fill(&rect(x + 4.0, top, x + width - 4.0, y0), paintwork, 1.0);
    let glass = Rgb(196, 206, 210).jitter(rng, 12.0);
    backdrop.gradient(&rect(x + 12.0, top + 26.0, x + width - 12.0, y0 - 14.0), (top, glass), (y0, glass.darker(0.45)));
    for _ in 0..5 {
        let gx = rng.range(x + 16.0, x + width - 26.0);
        let h = rng.range(14.0, 50.0);
        backdrop.fill(&rect(gx, y0 - 14.0 - h, gx + rng.range(6.0, 18.0), y0 - 14.0), rng.pick(&CARD).rgb, 0.7);
    }
    if rng.chance(0.6) {
        let awning = rng.pick(&CARD).rgb;
        let stripes = (width / 14.0) as usize;
        for k in 0..stripes {
            let (a, b) = (x + k as f32 * width / stripes as f32, x + (k + 1) as f32 * width / stripes as f32);
            let tone = if k % 2 == 0 { awning } else { Rgb(246, 242, 234) };
            backdrop.fill(
                &polygon(&[pt(a + 4.0, top + 2.0), pt(b + 4.0, top + 2.0), pt(b, top + 38.0), pt(a, top + 38.0)]),
                tone,
                1.0,
            );
        }
    } else {
        for k in 0..6 {
            let a = x + width * (0.25 + 0.08 * k as f32);
            backdrop.fill(&rect(a, top + 7.0, a + width * 0.05, top + 18.0), Rgb(246, 238, 216), 0.9);
        }
    }
}

/// Paints a tree that grows from the horizon.
pub(crate) fn tree(backdrop: &mut Backdrop, rng: &mut Rng, x: f32, size: f32) {
    let y0 = backdrop.horizon + 6.0;
    backdrop.fill(&rect(x - 5.0 * size, y0 - 150.0 * size, x + 5.0 * size, y0), Rgb(92, 72, 56), 1.0);
    let leaf = rng.pick(&[Rgb(84, 130, 72), Rgb(112, 148, 70), Rgb(190, 134, 58), Rgb(70, 112, 82)]).jitter(rng, 12.0);
    for k in 0..16 {
        let c = pt(x + rng.range(-48.0, 48.0) * size, y0 - (170.0 + rng.range(-45.0, 60.0)) * size);
        let r = rng.range(18.0, 36.0) * size;
        backdrop.fill(
            &ellipse(c, r, r * 0.9),
            if k % 3 == 0 { leaf.lighter(0.16) } else { leaf.darker(rng.range(0.0, 0.25)) },
            1.0,
        );
    }
}

fn car(backdrop: &mut Backdrop, rng: &mut Rng, x: f32, y: f32) {
    let rgb = rng.pick(&CARD).rgb.mix(Rgb(150, 154, 160), 0.25);
    let s = rng.range(0.9, 1.25);
    let at = |dx: f32, dy: f32| (x + dx * s, y + dy * s);
    let p = |dx: f32, dy: f32| soft(at(dx, dy).0, at(dx, dy).1);
    let q = |dx: f32, dy: f32| hard(at(dx, dy).0, at(dx, dy).1);
    backdrop.fill(&ellipse(pt(at(62.0, 0.0).0, at(0.0, 1.0).1), 66.0 * s, 5.0 * s), Rgb(20, 20, 24), 0.4);
    let hull = spline(
        &[
            q(0.0, -6.0),
            p(0.0, -22.0),
            p(20.0, -28.0),
            p(38.0, -46.0),
            p(62.0, -49.0),
            p(86.0, -44.0),
            p(102.0, -28.0),
            p(123.0, -22.0),
            q(126.0, -6.0),
        ],
        true,
    );
    backdrop.fill(&hull, rgb, 1.0);
    backdrop.fill(
        &spline(&[q(28.0, -28.0), p(42.0, -43.0), q(60.0, -45.0), q(60.0, -28.0)], true),
        Rgb(70, 84, 98),
        1.0,
    );
    backdrop.fill(
        &spline(&[q(64.0, -45.0), p(84.0, -41.0), q(97.0, -28.0), q(64.0, -28.0)], true),
        Rgb(70, 84, 98),
        1.0,
    );
    for wx in [26.0, 100.0] {
        let (cx, cy) = at(wx, -6.0);
        backdrop.fill(&ellipse(pt(cx, cy), 11.0 * s, 11.0 * s), Rgb(34, 34, 38), 1.0);
        backdrop.fill(&ellipse(pt(cx, cy), 5.5 * s, 5.5 * s), Rgb(176, 180, 186), 1.0);
    }
}

/// Paints a distant person, part of the background.
pub(crate) fn bystander(backdrop: &mut Backdrop, rng: &mut Rng, x: f32) {
    let s = rng.range(0.55, 0.95);
    let y = backdrop.horizon + rng.range(2.0, 16.0);
    let (top, low) = (rng.pick(&CARD).rgb, rng.pick(&CARD).rgb.darker(0.25));
    let skin = rng.pick(&[Rgb(236, 196, 166), Rgb(196, 144, 106), Rgb(116, 78, 56)]);
    let hair = rng.pick(&[Rgb(40, 32, 30), Rgb(96, 66, 44), Rgb(206, 168, 110)]);
    let stride = rng.range(1.0, 7.0);
    for side in [-1.0, 1.0] {
        backdrop.line(&curve(&[pt(x + 3.0 * s * side, y - 56.0 * s), pt(x + stride * s * side, y)]), 7.0 * s, low, 1.0);
        backdrop.line(
            &curve(&[pt(x + 9.0 * s * side, y - 88.0 * s), pt(x + 12.0 * s * side, y - 54.0 * s)]),
            5.0 * s,
            top.darker(0.1),
            1.0,
        );
    }
    backdrop.fill(&rect(x - 9.0 * s, y - 94.0 * s, x + 9.0 * s, y - 52.0 * s), top, 1.0);
    backdrop.fill(&ellipse(pt(x, y - 105.0 * s), 6.4 * s, 8.4 * s), hair, 1.0);
    backdrop.fill(&ellipse(pt(x, y - 103.0 * s), 5.0 * s, 6.8 * s), skin, 1.0);
}
