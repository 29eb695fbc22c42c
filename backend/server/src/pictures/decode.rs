//! A picture file becomes pixels. In: the file's bytes and its [`Bounds`]. Out: an upright [`RgbImage`] on white.

use std::io::Cursor;

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, RgbImage};
use stl_types::limits::{MAX_PHOTO_BYTES, MAX_PHOTO_PIXELS, MAX_PRODUCT_PIXELS, MAX_UPLOAD_BYTES, MAX_UPLOAD_PIXELS};
use stl_types::picture::{self, PictureError, PictureFormat};

use super::profile::to_srgb;

/// The limits of a picture file.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Bytes of the file.
    pub bytes: u64,
    /// Columns times rows.
    pub pixels: u64,
}

impl Bounds {
    /// An uploaded cutout.
    pub const UPLOAD: Self = Self { bytes: MAX_UPLOAD_BYTES as u64, pixels: MAX_UPLOAD_PIXELS };
    /// A photo on the command line, as in the browser.
    pub const PHOTO: Self = Self { bytes: MAX_PHOTO_BYTES, pixels: MAX_PHOTO_PIXELS };
    /// A feed's product picture; files as large as a photo's are enough.
    pub const PRODUCT: Self = Self { bytes: MAX_PHOTO_BYTES, pixels: MAX_PRODUCT_PIXELS };

    /// Checks the size of a file, `received` bytes.
    ///
    /// # Errors
    /// [`DecodeError::TooManyBytes`].
    pub const fn admit(self, received: u64) -> Result<(), DecodeError> {
        if received > self.bytes {
            return Err(DecodeError::TooManyBytes { limit: self.bytes, received });
        }
        Ok(())
    }
}

/// Why a file cannot be decoded.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// More bytes than the limit.
    #[error("the file has {received} bytes: at most {limit} are accepted")]
    TooManyBytes {
        /// The limit.
        limit: u64,
        /// The file's size.
        received: u64,
    },
    /// Refused by its header.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// The header is fine, the pixels are not.
    #[error("the picture is damaged: its pixels cannot be read")]
    Damaged(#[source] image::ImageError),
}

/// Decodes a JPEG, PNG or WebP file, applies its EXIF orientation, composites transparent pixels on white, and converts the colours of
/// its profile to sRGB.
///
/// Checks all limits before decoding.
///
/// # Errors
/// See [`DecodeError`].
pub fn decode(file: &[u8], bounds: Bounds) -> Result<RgbImage, DecodeError> {
    bounds.admit(file.len() as u64)?;
    let info = picture::inspect(file, bounds.pixels)?;
    pixels(file, image_format(info.format), bounds, None)
}

/// [`decode`]; a JPEG with sides of more than twice `least_side` is decoded at half, a quarter or an eighth of its size, which takes a
/// fraction of the time. Its long side keeps at least `least_side` pixels.
///
/// # Errors
/// See [`DecodeError`].
pub(super) fn decode_scaled(file: &[u8], bounds: Bounds, least_side: u32) -> Result<RgbImage, DecodeError> {
    bounds.admit(file.len() as u64)?;
    let info = picture::inspect(file, bounds.pixels)?;
    pixels(file, image_format(info.format), bounds, Some(least_side))
}

/// Decodes a file of a format whose header was not checked; of an animation the first frame.
pub(super) fn pixels(
    file: &[u8],
    format: ImageFormat,
    bounds: Bounds,
    least_side: Option<u32>,
) -> Result<RgbImage, DecodeError> {
    let mut reader = ImageReader::with_format(Cursor::new(file), format);
    let mut limits = Limits::default();
    // 16-bit RGBA takes 8 bytes for each pixel; as much again is for the decoder's own buffers.
    limits.max_alloc = Some(bounds.pixels * 16);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(DecodeError::Damaged)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > bounds.pixels {
        // A file may contain two headers that disagree: the decoder's counts.
        return Err(PictureError::TooManyPixels { width, height, most_megapixels: bounds.pixels / 1_000_000 }.into());
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let profile = decoder.icc_profile().ok().flatten();
    let scaled = match least_side {
        Some(least) if format == ImageFormat::Jpeg => scaled_jpeg(file, [width, height], least),
        _ => None,
    };
    let mut picture = match scaled {
        Some(picture) => picture,
        None => DynamicImage::from_decoder(decoder).map_err(DecodeError::Damaged)?,
    };
    picture.apply_orientation(orientation);
    let mut picture = on_white(picture);
    if let Some(profile) = profile {
        to_srgb(&mut picture, &profile);
    }
    Ok(picture)
}

/// A JPEG of `size` pixels at the smallest of ½, ¼ and ⅛ of its size that leaves its long side `least_side` pixels; none if that is its
/// own size, or if the file is none that the scaling decoder reads (it knows grey and YCbCr).
fn scaled_jpeg(file: &[u8], size: [u32; 2], least_side: u32) -> Option<DynamicImage> {
    let long_side = size[0].max(size[1]);
    let divisor = [8, 4, 2].into_iter().find(|divisor| long_side / divisor >= least_side)?;
    let mut decoder = jpeg_decoder::Decoder::new(file);
    decoder.read_info().ok()?;
    let [width, height] = size.map(|side| u16::try_from(side.div_ceil(divisor)).ok());
    let (width, height) = decoder.scale(width?, height?).ok()?;
    let kind = decoder.info()?.pixel_format;
    let bytes = decoder.decode().ok()?;
    let (width, height) = (u32::from(width), u32::from(height));
    match kind {
        jpeg_decoder::PixelFormat::RGB24 => RgbImage::from_raw(width, height, bytes).map(DynamicImage::from),
        jpeg_decoder::PixelFormat::L8 => image::GrayImage::from_raw(width, height, bytes).map(DynamicImage::from),
        _ => None,
    }
}

const fn image_format(format: PictureFormat) -> ImageFormat {
    match format {
        PictureFormat::Jpeg => ImageFormat::Jpeg,
        PictureFormat::Png => ImageFormat::Png,
        PictureFormat::WebP => ImageFormat::WebP,
    }
}

/// `value·α + 255·(1 − α)`, rounded to nearest, for pictures with transparency.
fn on_white(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let rgba = picture.into_rgba8();
    let mut rgb = RgbImage::new(rgba.width(), rgba.height());
    for (to, from) in rgb.pixels_mut().zip(rgba.pixels()) {
        let [colour @ .., alpha] = from.0;
        to.0 = colour.map(|value| {
            let removed = u32::from(255 - value) * u32::from(255 - alpha);
            value + ((removed + 127) / 255) as u8
        });
    }
    rgb
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(picture: &DynamicImage) -> Vec<u8> {
        let mut file = Cursor::new(Vec::new());
        picture.write_to(&mut file, ImageFormat::Png).expect("written to memory");
        file.into_inner()
    }

    #[test]
    fn what_is_transparent_becomes_white() {
        let mut picture = image::RgbaImage::from_pixel(2, 1, image::Rgba([9, 9, 9, 255]));
        picture.put_pixel(1, 0, image::Rgba([9, 9, 9, 0]));
        let decoded = decode(&png(&picture.into()), Bounds::UPLOAD).expect("a PNG");
        assert_eq!(decoded.into_raw(), [9, 9, 9, 255, 255, 255]);
    }

    #[test]
    fn large_jpegs_are_decoded_at_a_part_of_their_size() {
        let photo =
            RgbImage::from_fn(1100, 900, |x, y| image::Rgb([(x / 5) as u8, (y / 4) as u8, ((x + y) / 9) as u8]));
        for picture in [DynamicImage::from(photo.clone()), DynamicImage::from(photo).into_luma8().into()] {
            let mut file = Cursor::new(Vec::new());
            picture.write_to(&mut file, ImageFormat::Jpeg).expect("written to memory");
            let file = file.into_inner();
            let whole = decode(&file, Bounds::PRODUCT).expect("a JPEG");
            for (least, expected) in [(551, [1100, 900]), (550, [550, 450]), (100, [138, 113])] {
                let scaled = decode_scaled(&file, Bounds::PRODUCT, least).expect("a JPEG");
                assert_eq!(scaled.dimensions(), expected.into());
                // A pixel in the middle of those that became one; single ones differ by a JPEG's losses.
                let divisor = 1100_u32.div_ceil(expected[0]);
                let mut apart = 0;
                for (x, y, pixel) in scaled.enumerate_pixels() {
                    let [x, y] = [x, y].map(|at| at * divisor + divisor / 2);
                    let near = whole.get_pixel(x.min(1099), y.min(899)).0;
                    apart += pixel.0.iter().zip(near).map(|(a, b)| u64::from(a.abs_diff(b))).sum::<u64>();
                }
                let mean = apart as f64 / (3 * scaled.width() * scaled.height()) as f64;
                assert!(mean < 3.0, "{mean} of 255 on average");
            }
        }
        assert!(decode_scaled(b"\xFF\xD8\xFF", Bounds::PRODUCT, 10).is_err());
    }

    #[test]
    fn limits_come_before_decoding() {
        let file = png(&DynamicImage::new_rgb8(40, 50));
        let bounds = |bytes, pixels| Bounds { bytes, pixels };
        assert!(matches!(decode(&file, bounds(10, 2000)), Err(DecodeError::TooManyBytes { limit: 10, .. })));
        assert!(matches!(
            decode(&file, bounds(10_000, 1999)),
            Err(DecodeError::Picture(PictureError::TooManyPixels { .. }))
        ));
        assert_eq!(decode(&file, bounds(10_000, 2000)).expect("within bounds").dimensions(), (40, 50));
    }

    #[test]
    fn noise_between_a_whole_header_and_end_is_called_damaged() {
        let mut file = png(&DynamicImage::new_rgb8(64, 64));
        let middle = file.len() / 2;
        file[40..middle].fill(0x5A);
        assert!(matches!(decode(&file, Bounds::UPLOAD), Err(DecodeError::Damaged(_))));
    }
}
