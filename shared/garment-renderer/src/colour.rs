//! Colours. In: a random generator. Out: sRGB colours and the shop's names for them.

use crate::rng::Rng;

/// An sRGB colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rgb(pub u8, pub u8, pub u8);

impl Rgb {
    /// The colour `share` of the way towards `other`, per channel.
    #[must_use]
    pub fn mix(self, other: Self, share: f32) -> Self {
        let channel =
            |a: u8, b: u8| (f32::from(a) + (f32::from(b) - f32::from(a)) * share).round().clamp(0.0, 255.0) as u8;
        Self(channel(self.0, other.0), channel(self.1, other.1), channel(self.2, other.2))
    }

    /// Towards white.
    #[must_use]
    pub fn lighter(self, share: f32) -> Self {
        self.mix(Self(255, 255, 255), share)
    }

    /// Towards a cool near-black.
    #[must_use]
    pub fn darker(self, share: f32) -> Self {
        self.mix(Self(12, 12, 20), share)
    }

    /// Rec. 601 luma in `0.0..=1.0`.
    #[must_use]
    pub fn luma(self) -> f32 {
        (0.299 * f32::from(self.0) + 0.587 * f32::from(self.1) + 0.114 * f32::from(self.2)) / 255.0
    }

    /// Varies the colour as between dye lots: each channel by up to `amount`, and the brightness by as much.
    #[must_use]
    pub fn jitter(self, rng: &mut Rng, amount: f32) -> Self {
        let shared = rng.range(-amount, amount);
        let mut channel =
            |value: u8| (f32::from(value) + shared + rng.range(-amount, amount) * 0.5).round().clamp(0.0, 255.0) as u8;
        Self(channel(self.0), channel(self.1), channel(self.2))
    }
}

/// A colour with the shop's name for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Named {
    /// Lower-case English name.
    pub name: &'static str,
    /// The reference value.
    pub rgb: Rgb,
}

const fn named(name: &'static str, r: u8, g: u8, b: u8) -> Named {
    Named { name, rgb: Rgb(r, g, b) }
}

/// The shop's colour card.
pub const CARD: [Named; 36] = [
    named("black", 34, 34, 38),
    named("charcoal", 68, 70, 76),
    named("grey", 128, 131, 136),
    named("light grey", 192, 194, 198),
    named("white", 243, 243, 241),
    named("cream", 240, 230, 208),
    named("beige", 214, 195, 166),
    named("camel", 190, 146, 96),
    named("brown", 112, 76, 52),
    named("chocolate", 72, 48, 40),
    named("rust", 174, 82, 46),
    named("orange", 232, 126, 52),
    named("mustard", 210, 162, 48),
    named("yellow", 246, 212, 92),
    named("olive", 108, 108, 62),
    named("khaki", 162, 154, 112),
    named("forest green", 38, 82, 60),
    named("green", 62, 138, 88),
    named("sage", 158, 178, 150),
    named("mint", 176, 222, 202),
    named("teal", 30, 114, 120),
    named("turquoise", 80, 184, 190),
    named("light blue", 172, 204, 230),
    named("sky blue", 112, 170, 222),
    named("cobalt", 42, 84, 176),
    named("indigo", 58, 72, 118),
    named("navy", 34, 46, 82),
    named("lilac", 192, 176, 220),
    named("purple", 116, 76, 150),
    named("plum", 94, 46, 82),
    named("burgundy", 118, 34, 50),
    named("red", 202, 44, 48),
    named("coral", 240, 122, 104),
    named("pink", 240, 168, 188),
    named("dusty pink", 210, 160, 156),
    named("fuchsia", 208, 52, 124),
];

/// The denim washes, light to dark.
pub const DENIM: [Named; 5] = [
    named("bleached denim", 172, 196, 216),
    named("light denim", 130, 164, 198),
    named("mid denim", 84, 120, 164),
    named("dark denim", 48, 68, 108),
    named("black denim", 50, 52, 58),
];

/// A second colour that shows against `base`.
pub fn contrasting(base: Rgb, rng: &mut Rng) -> Named {
    loop {
        let other = rng.pick(&CARD);
        if (other.rgb.luma() - base.luma()).abs() > 0.28 {
            return other;
        }
    }
}
