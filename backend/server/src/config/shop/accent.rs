//! A shop's colour becomes the page's colours. In: `#rrggbb`. Out: legible colours for the light and the dark scheme.
//!
//! Contrast as WCAG 2.2 defines it, success criterion 1.4.3 at level AA. A colour that would not be legible is mixed with black, or with
//! white in the dark scheme, until it is.

use std::fmt;

/// Least contrast of text and its background at level AA.
const LEAST_CONTRAST: f64 = 4.5;

/// Backgrounds of the light scheme, from `tokens.css`: paper and surface.
const LIGHT: [Rgb; 2] = [Rgb([0xf6, 0xf6, 0xf4]), Rgb([0xff, 0xff, 0xff])];

/// Backgrounds of the dark scheme, from `tokens.css`: paper and surface.
const DARK: [Rgb; 2] = [Rgb([0x12, 0x13, 0x16]), Rgb([0x1b, 0x1d, 0x21])];

/// Text on the accent in the dark scheme.
const DARK_TEXT: Rgb = Rgb([0x12, 0x13, 0x16]);

const WHITE: Rgb = Rgb([255; 3]);
const BLACK: Rgb = Rgb([0; 3]);

/// Steps from a colour to black or white.
const STEPS: u32 = 50;

/// Shares of the accent in the backgrounds that are tinted with it, in the light and the dark scheme.
const VEIL_SHARES: [f64; 2] = [0.09, 0.18];

/// A colour in sRGB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rgb(pub [u8; 3]);

/// The colours of one scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SchemeColours {
    /// Text and buttons.
    pub accent: Rgb,
    /// Buttons under the pointer.
    pub strong: Rgb,
    /// Text on the accent.
    pub on_accent: Rgb,
    /// Backgrounds tinted with the accent.
    pub veil: Rgb,
}

/// A shop's colour, legible in both schemes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accent {
    received: Rgb,
    /// The light scheme's.
    pub light: SchemeColours,
    /// The dark scheme's.
    pub dark: SchemeColours,
}

/// Not a colour.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a colour such as #2b3fd6, got {0:?}")]
pub struct AccentError(String);

/// A colour that had to be changed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct NotLegible {
    scheme: &'static str,
    received: Rgb,
    contrast: f64,
    used: Rgb,
}

impl Accent {
    /// Reads `#rrggbb`.
    ///
    /// # Errors
    /// [`AccentError`].
    pub fn parse(text: &str) -> Result<Self, AccentError> {
        let malformed = || AccentError(text.to_owned());
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6).ok_or_else(malformed)?;
        let mut received = [0; 3];
        hex::decode_to_slice(digits, &mut received).map_err(|_| malformed())?;
        let received = Rgb(received);
        let [light, dark] = [(LIGHT, BLACK, VEIL_SHARES[0]), (DARK, WHITE, VEIL_SHARES[1])].map(|(on, to, share)| {
            let veil = |accent: Rgb| on[1].mixed(accent, share);
            let accent = received.until(to, |accent| {
                [on[0], on[1], veil(accent)].iter().all(|on| contrast(accent, *on) >= LEAST_CONTRAST)
            });
            let (strong, on_accent) =
                if to == BLACK { (accent.mixed(BLACK, 0.25), WHITE) } else { (accent.mixed(WHITE, 0.3), DARK_TEXT) };
            SchemeColours { accent, strong, on_accent, veil: veil(accent) }
        });
        Ok(Self { received, light, dark })
    }

    /// The schemes in which the colour had to be changed. The dark scheme's is lighter than most colours of shops: that is not reported.
    pub(super) fn changed(&self) -> impl Iterator<Item = NotLegible> + use<> {
        let Self { received, light, .. } = *self;
        let contrast = LIGHT.into_iter().map(|on| contrast(received, on)).fold(f64::INFINITY, f64::min);
        (light.accent != received)
            .then_some(NotLegible { scheme: "light", received, contrast, used: light.accent })
            .into_iter()
    }
}

impl SchemeColours {
    pub(super) fn custom_properties(self) -> String {
        let Self { accent, strong, on_accent, veil } = self;
        format!(
            "--stl-accent:{accent};--stl-accent-strong:{strong};--stl-on-accent:{on_accent};--stl-accent-veil:{veil};"
        )
    }
}

impl Rgb {
    /// This colour with a share of another one, in `0..=1`.
    fn mixed(self, other: Self, share: f64) -> Self {
        Self(std::array::from_fn(|channel| {
            let [own, other] = [self.0[channel], other.0[channel]].map(f64::from);
            (own + (other - own) * share).round() as u8
        }))
    }

    /// The first colour from this one to `to` that is fit.
    fn until(self, to: Self, is_fit: impl Fn(Self) -> bool) -> Self {
        let steps = (0..STEPS).map(|step| self.mixed(to, f64::from(step) / f64::from(STEPS)));
        steps.chain([to]).find(|colour| is_fit(*colour)).unwrap_or(to)
    }

    /// Relative luminance, in `0..=1` (WCAG 2.2).
    fn luminance(self) -> f64 {
        let [red, green, blue] = self.0.map(|channel| {
            let channel = f64::from(channel) / 255.0;
            if channel <= 0.04045 { channel / 12.92 } else { ((channel + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }
}

/// Contrast ratio of two colours, 1 to 21 (WCAG 2.2).
fn contrast(a: Rgb, b: Rgb) -> f64 {
    let (a, b) = (a.luminance(), b.luminance());
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

impl fmt::Display for Rgb {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(formatter, "#{red:02x}{green:02x}{blue:02x}")
    }
}

impl fmt::Display for NotLegible {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scheme, received, contrast, used } = self;
        write!(
            formatter,
            "accent {received} has a contrast of {contrast:.1}:1 in the {scheme} scheme, less than {LEAST_CONTRAST}:1 with \
             its tinted backgrounds: {used} is used"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contrasts(colours: SchemeColours, on: [Rgb; 2]) -> Vec<f64> {
        let SchemeColours { accent, strong, on_accent, veil } = colours;
        let on_page = on.into_iter().chain([veil]).flat_map(|on| [contrast(accent, on), contrast(strong, on)]);
        on_page.chain([contrast(accent, on_accent), contrast(strong, on_accent)]).collect()
    }

    #[test]
    fn contrast_is_wcags() {
        assert!((contrast(WHITE, BLACK) - 21.0).abs() < 1e-9);
        assert!((contrast(Rgb([0x77; 3]), WHITE) - 4.48).abs() < 0.01);
    }

    #[test]
    fn every_colour_becomes_legible_in_both_schemes() {
        for text in ["#ffffff", "#000000", "#ffe600", "#ff69b4", "#00ff00", "#2b3fd6", "#808080", "#c2185b"] {
            let accent = Accent::parse(text).expect("a colour");
            for (colours, on) in [(accent.light, LIGHT), (accent.dark, DARK)] {
                let contrasts = contrasts(colours, on);
                assert!(
                    contrasts.iter().all(|&contrast| contrast >= LEAST_CONTRAST),
                    "{text}: {colours:?} {contrasts:?}"
                );
            }
        }
    }

    #[test]
    fn a_legible_colour_stays_and_another_one_is_reported() {
        let legible = Accent::parse("#0a5c36").expect("a colour");
        assert_eq!((legible.light.accent, legible.changed().count()), (Rgb([0x0a, 0x5c, 0x36]), 0));
        let yellow = Accent::parse("#FFE600").expect("a colour");
        let message = yellow.changed().next().expect("a change").to_string();
        assert!(message.starts_with("accent #ffe600 has a contrast of 1.2:1 in the light scheme"), "{message}");
        assert!(message.ends_with(&format!("{} is used", yellow.light.accent)), "{message}");
        for text in ["2b3fd6", "#2b3", "#2b3fdg", "#2b3fd6ff", "", "#ä3fd"] {
            assert_eq!(Accent::parse(text), Err(AccentError(text.to_owned())));
        }
    }
}
