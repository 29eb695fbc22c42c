//! From a photo's pixels to the picture that is shown and sent. In: a [`Frame`]. Out: the [`Person`] in it, and of that a
//! [`Cutout`], two PNGs.

use std::cell::LazyCell;
use std::rc::Rc;

use stl_types::wire::SeenGarment;
use stl_types::worker::{CutoutParams, GarmentOutline};
use stl_types::{Class, ClassMap, Garment, Mask, Rect, Size, SizeMismatch};
use stl_vision::{InputError, Seen, SegmentError};

use crate::frame::Frame;

/// Long side of the map of a garment alone, about that of the network's output.
const GARMENT_MAP_SIDE: u32 = 144;

/// A person in a photo, or a garment alone, from which cutouts are made.
#[derive(Debug)]
pub struct Person {
    frame: Rc<Frame>,
    /// Of the frame's size, as the network has it.
    mask: Mask,
    /// Class of each pixel of the frame. Only cutouts without face and hair need it.
    classes: Classes,
    /// Map of garments, at the network's resolution.
    regions: ClassMap,
    /// Whether classes tell face, hair and skin from clothes, or there are none.
    can_hide: bool,
}

type Classes = LazyCell<Vec<Class>, Box<dyn FnOnce() -> Vec<Class>>>;

/// The person on white.
#[derive(Clone, Debug)]
pub struct Cutout {
    /// A PNG file, 8-bit RGB.
    pub png: Vec<u8>,
    /// Which of its pixels are which garment: a smaller PNG file, 8-bit grey, of class indices.
    pub regions: Vec<u8>,
    /// Columns and rows.
    pub size: Size,
    /// Share of the pixels that belong to the person, in `0..=1`.
    pub coverage: f64,
    /// Share of the person's pixels that the face covers, in `0..=1`, also where it was removed.
    pub face_share: f64,
    /// Share of the person's pixels that are shoes, bags and the like, in `0..=1`; of a garment alone 0.
    pub other_worn_share: f64,
    /// Whether face, hair and skin were removed.
    pub hides_person: bool,
    /// Whether they can be.
    pub can_hide_person: bool,
    /// What of the photo is kept, `(H, W)`, 0 = removed.
    pub mask: Vec<u8>,
    /// Its garments, the largest first.
    pub garments: Vec<GarmentOutline>,
}

/// Why there is no cutout.
#[derive(Debug, thiserror::Error)]
pub enum CutoutError {
    /// Nothing of the person is in the requested part.
    #[error("nothing is left of the cut-out: expected at least one pixel of the person")]
    NothingLeft,
    /// The photo cannot be resampled.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The network failed.
    #[error(transparent)]
    Segment(#[from] SegmentError),
    /// Frame and mask are of different sizes.
    #[error(transparent)]
    Size(#[from] SizeMismatch),
    /// The PNG cannot be written.
    #[error("the cut-out cannot be written as PNG: {0}")]
    Png(#[from] png::EncodingError),
}

impl Person {
    /// A person as the network sees them, who can be hidden if it tells hair and skin from clothes.
    #[must_use]
    pub fn new(frame: Rc<Frame>, seen: Seen, can_hide: bool) -> Self {
        let Seen { segmentation, mask, regions } = seen;
        let classes = move || {
            let classes = segmentation.class_map().into_iter();
            classes.map(|class| Class::try_from(class).unwrap_or(Class::Background)).collect()
        };
        Self { frame, mask, classes: LazyCell::new(Box::new(classes)), regions, can_hide }
    }

    /// A garment that nobody wears, which is all that `mask` keeps.
    #[must_use]
    pub fn garment(frame: Rc<Frame>, mask: Mask) -> Self {
        let size = frame.size().bounded(GARMENT_MAP_SIDE);
        let regions = ClassMap::new(size, vec![Class::OtherWorn; size.area() as usize]).mended(&mask);
        let pixels = mask.as_slice().len();
        let classes: Classes = LazyCell::new(Box::new(move || vec![Class::OtherWorn; pixels]));
        Self { frame, mask, classes, regions, can_hide: true }
    }

    /// The requested cutout, with the mask as the visitor edited it: `kept` is `(H, W)`, 0 = removed. [`Cutout::hides_person`] says whether
    /// face, hair and skin were removed as requested.
    ///
    /// # Errors
    /// When nothing of the person would be in it, or the mask has another size.
    pub fn cutout(&self, params: CutoutParams, kept: Option<&[u8]>) -> Result<Cutout, CutoutError> {
        let mended = kept.map(|kept| self.mask.mended(kept)).transpose()?;
        let whole = mended.as_ref().unwrap_or(&self.mask);
        let regions = if mended.is_some() { self.regions.mended(whole) } else { self.regions.clone() };
        let seen = regions.clone();
        let hides_person = params.hides_person && self.can_hide;
        let (mask, regions) = if hides_person {
            let clothes = whole.without(|at| self.classes[at].is_of_the_body());
            // Scraps beside the removed face.
            (clothes.without_islands(), regions.without_person())
        } else {
            (whole.clone(), regions.garments_alone())
        };
        let part = match params.part {
            None => Rect { left: 0, top: 0, width: self.frame.size().width, height: self.frame.size().height },
            Some(part) => part.within(self.frame.size()).ok_or(CutoutError::NothingLeft)?,
        };
        let other_worn_share = seen.part(part, self.frame.size()).other_worn_share();
        let regions = regions.part(part, self.frame.size());
        let cutout = Cutout::new(&self.frame, part, &mask, whole, &regions)?;
        Ok(Cutout {
            face_share: self.face_share(),
            other_worn_share,
            hides_person,
            can_hide_person: self.can_hide,
            ..cutout
        })
    }

    /// Share of the person's pixels that the face covers, in `0..=1`.
    fn face_share(&self) -> f64 {
        let person = self.regions.classes().iter().filter(|&&class| class != Class::Background).count();
        self.regions.face().map_or(0.0, |face| face.area() as f64 / person.max(1) as f64)
    }
}

impl Cutout {
    /// Makes everything outside the mask white and packs a part of the result as PNG, and the garments of `regions` as
    /// another.
    ///
    /// Why every pixel outside the mask is exactly (255, 255, 255) in the file: [`Mask::on_white`] sets it, nothing
    /// resamples afterwards, PNG is lossless, and the file is written here and not by a canvas, from which
    /// browsers that resist fingerprinting return slightly altered pixels.
    fn new(frame: &Frame, part: Rect, mask: &Mask, whole: &Mask, regions: &ClassMap) -> Result<Self, CutoutError> {
        let size = Size { width: part.width, height: part.height };
        let (rgb, kept) = mask.on_white(frame.rgba(), part)?;
        if kept == 0 {
            return Err(CutoutError::NothingLeft);
        }
        let indices: Vec<u8> = regions.classes().iter().map(|&class| class as u8).collect();
        Ok(Self {
            png: png_of(size, png::ColorType::Rgb, &rgb)?,
            regions: png_of(regions.size(), png::ColorType::Grayscale, &indices)?,
            size,
            coverage: kept as f64 / size.area() as f64,
            face_share: 0.0,
            other_worn_share: 0.0,
            hides_person: false,
            can_hide_person: false,
            mask: whole.as_slice().to_vec(),
            garments: outlines(regions, size),
        })
    }
}

/// Where the garments of a map are in a picture of `size`.
fn outlines(regions: &ClassMap, size: Size) -> Vec<GarmentOutline> {
    let outline = |garment: Garment| {
        let Rect { left, top, width, height } = garment.region.bounds_at(size)?;
        let (share, layer, outerwear) = (garment.share as f32, garment.layer, garment.votes.is_outerwear());
        let place = SeenGarment { left, top, width, height, share, layer, outerwear };
        Some(GarmentOutline { category: garment.votes.category(), place, path: garment.region.outline(size) })
    };
    regions.garments().into_iter().filter_map(outline).collect()
}

/// Packs 8-bit pixels, `(H, W, 3)` or `(H, W)`, as PNG.
fn png_of(size: Size, color: png::ColorType, pixels: &[u8]) -> Result<Vec<u8>, png::EncodingError> {
    let mut file = Vec::with_capacity(pixels.len() / 2);
    let mut encoder = png::Encoder::new(&mut file, size.width, size.height);
    encoder.set_color(color);
    encoder.set_depth(png::BitDepth::Eight);
    // A tenth more bytes than the balanced level makes, in a twentieth of its time.
    encoder.set_compression(png::Compression::Fast);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(pixels)?;
    writer.finish()?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use stl_types::Category;

    use super::*;

    /// Pixels without two alike neighbours, a little transparent, as a photo never is but a PNG may be.
    fn noise(size: Size) -> Vec<u8> {
        let mut state = 1_u32;
        let next = |_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        (0..size.area() * 4).map(next).collect()
    }

    fn bytes_of(png: &[u8]) -> Vec<u8> {
        let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().expect("a PNG");
        let mut bytes = vec![0; reader.output_buffer_size().expect("a small picture")];
        reader.next_frame(&mut bytes).expect("whole");
        bytes
    }

    /// A person whose hair, skin and t-shirt are side by side, each a quarter of the width, after a quarter of background.
    fn person(size: Size, probabilities: &[f32]) -> (Person, Vec<u8>) {
        let photo = noise(size);
        let class = |at: usize, width: u32| match at as u32 % width * 4 / width {
            0 => Class::Background,
            1 => Class::Hair,
            2 => Class::Skin,
            _ => Class::TShirts,
        };
        let mask = Mask::from_probabilities(size, probabilities).expect("sizes fit");
        let kept = mask.as_slice().iter().map(|&alpha| alpha > 0).enumerate();
        let classes: Vec<_> =
            kept.map(|(at, kept)| if kept { class(at, size.width) } else { Class::Background }).collect();
        let classes: Classes = LazyCell::new(Box::new(move || classes));
        let regions = ClassMap::new(Size { width: 4, height: 1 }, (0..4).map(|at| class(at, 4)).collect());
        let frame = Rc::new(Frame::new(size, photo.clone()).expect("sizes fit"));
        (Person { frame, mask, classes, regions, can_hide: true }, photo)
    }

    #[test]
    fn a_network_that_knows_no_body_hides_nobody_and_says_so() {
        let size = Size { width: 8, height: 2 };
        let (person, _) = person(size, &[1.0; 16]);
        let params = CutoutParams { hides_person: true, ..CutoutParams::default() };
        let hidden = person.cutout(params, None).expect("covered");
        assert!(hidden.hides_person && hidden.can_hide_person);
        let shown = Person { can_hide: false, ..person };
        let cutout = shown.cutout(params, None).expect("covered");
        assert!(!cutout.hides_person && !cutout.can_hide_person && cutout.coverage > hidden.coverage);
    }

    #[test]
    fn outside_the_mask_the_file_is_exactly_white_and_surely_inside_it_is_the_photo() {
        let size = Size { width: 61, height: 43 };
        let probabilities: Vec<f32> = (0..size.area()).map(|pixel| (pixel % 101) as f32 / 100.0).collect();
        let (person, photo) = person(size, &probabilities);
        let cutout = person.cutout(CutoutParams::default(), None).expect("covered");
        assert_eq!(cutout.size, size);
        assert_eq!(bytes_of(&cutout.regions), [0, 12, 12, 9], "hair and skin have the class of other clothes");
        let pixels = bytes_of(&cutout.png);
        for ((cut, original), &alpha) in pixels.chunks(3).zip(photo.chunks(4)).zip(person.mask.as_slice()) {
            match alpha {
                0 => assert_eq!(cut, [255; 3]),
                255 => assert_eq!(cut, &original[..3]),
                _ => assert!(cut.iter().zip(original).all(|(cut, original)| cut >= original), "towards white"),
            }
        }
    }

    #[test]
    fn with_the_person_hidden_no_pixel_of_hair_or_skin_is_left() {
        let size = Size { width: 40, height: 8 };
        let (person, _) = person(size, &[1.0; 320]);
        let params = CutoutParams { hides_person: true, ..CutoutParams::default() };
        let cutout = person.cutout(params, None).expect("a t-shirt is left");
        assert_eq!(bytes_of(&cutout.regions), [0, 0, 0, 9]);
        for (at, pixel) in bytes_of(&cutout.png).chunks(3).enumerate() {
            let is_of_the_body = (10..30).contains(&(at % 40));
            assert_eq!(pixel == [255; 3], is_of_the_body, "pixel {at}");
        }
        assert_eq!(cutout.mask, [255; 320], "the mask that is mended stays whole");
        assert_eq!(cutout.garments.len(), 1);
        let place = cutout.garments[0].place;
        assert_eq!((place.left, place.width, cutout.garments[0].category), (30, 10, Category::TShirts));
    }

    #[test]
    fn a_mended_mask_and_a_part_are_cut_out() {
        let size = Size { width: 40, height: 8 };
        let (person, photo) = person(size, &[0.0; 320].map(|_: f32| 1.0));
        // All but the left half is erased.
        let kept: Vec<u8> = (0..320).map(|at| u8::from(at % 40 < 20)).collect();
        let part = Some(Rect { left: 16, top: 2, width: 400, height: 3 });
        let cutout =
            person.cutout(CutoutParams { part, ..CutoutParams::default() }, Some(&kept)).expect("four columns");
        assert_eq!(cutout.size, Size { width: 24, height: 3 });
        let pixels = bytes_of(&cutout.png);
        assert_eq!(pixels[..3], photo[(2 * 40 + 16) * 4..][..3]);
        assert_eq!(pixels[4 * 3..7 * 3], [255; 9]);
        let beside = Some(Rect { left: 20, top: 0, width: 9, height: 9 });
        let nothing = person.cutout(CutoutParams { part: beside, ..CutoutParams::default() }, Some(&kept));
        assert!(matches!(nothing, Err(CutoutError::NothingLeft)));
        assert!(matches!(person.cutout(CutoutParams::default(), Some(&[1])), Err(CutoutError::Size(_))));
    }

    #[test]
    fn a_garment_alone_is_cut_out_and_has_nothing_to_hide() {
        let size = Size { width: 40, height: 8 };
        let probabilities: Vec<f32> = (0..320).map(|at| f32::from(u8::from(at % 40 >= 20))).collect();
        let mask = Mask::from_probabilities(size, &probabilities).expect("sizes fit");
        let frame = Rc::new(Frame::new(size, noise(size)).expect("sizes fit"));
        let garment = Person::garment(frame, mask);
        for hides_person in [false, true] {
            let params = CutoutParams { hides_person, ..CutoutParams::default() };
            let cutout = garment.cutout(params, None).expect("covered");
            assert!((cutout.coverage - 0.5).abs() < 1e-9);
            assert!(cutout.garments.is_empty());
            for (at, pixel) in bytes_of(&cutout.png).chunks(3).enumerate() {
                assert!(at % 40 >= 20 || pixel == [255; 3], "pixel {at}");
            }
        }
    }
}
