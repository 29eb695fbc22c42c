//! Text below the pictures of a sheet. In: a line. Out: its pixels in a picture.

use embedded_graphics::geometry::{OriginDimensions, Point};
use embedded_graphics::mono_font::MonoTextStyle;
use embedded_graphics::mono_font::ascii::FONT_6X10;
use embedded_graphics::pixelcolor::{Rgb888, RgbColor as _};
use embedded_graphics::prelude::{DrawTarget, Drawable as _, Pixel};
use embedded_graphics::text::{Baseline, Text};
use image::{Rgb, RgbImage};

/// Writes a line in black at its left upper corner. The font draws a question mark for a character that is not ASCII.
pub(super) fn write_line(block: &mut RgbImage, line: &str, (left, top): (u32, u32)) {
    let style = MonoTextStyle::new(&FONT_6X10, Rgb888::BLACK);
    let corner = Point::new(left as i32, top as i32);
    let Ok(_) = Text::with_baseline(line, corner, style, Baseline::Top).draw(&mut Canvas(block));
}

/// A picture that text can be drawn on.
struct Canvas<'a>(&'a mut RgbImage);

impl OriginDimensions for Canvas<'_> {
    fn size(&self) -> embedded_graphics::geometry::Size {
        embedded_graphics::geometry::Size::new(self.0.width(), self.0.height())
    }
}

impl DrawTarget for Canvas<'_> {
    type Color = Rgb888;
    type Error = std::convert::Infallible;

    fn draw_iter<I: IntoIterator<Item = Pixel<Rgb888>>>(&mut self, pixels: I) -> Result<(), Self::Error> {
        for Pixel(Point { x, y }, colour) in pixels {
            let at = u32::try_from(x).ok().zip(u32::try_from(y).ok());
            if let Some(pixel) = at.and_then(|(x, y)| self.0.get_pixel_mut_checked(x, y)) {
                *pixel = Rgb([colour.r(), colour.g(), colour.b()]);
            }
        }
        Ok(())
    }
}
