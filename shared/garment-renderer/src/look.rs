//! A photo-like picture of a person. In: a seed, an index, a catalogue. Out: picture, label map, products.

use image::{GrayImage, RgbImage};
use tiny_skia::Transform;

use crate::body::Skeleton;
use crate::canvas::Canvas;
use crate::catalogue::Catalogue;
use crate::colour::Rgb;
use crate::geometry::{ellipse, pt};
use crate::outfit::Outfit;
use crate::person::Person;
use crate::pixmap::{blur, paint};
use crate::product::Product;
use crate::rng::Rng;
use crate::scene::paint_scene;
use crate::worn;

/// Width of a look in pixels.
pub const WIDTH: u32 = 480;
/// Height of a look in pixels.
pub const HEIGHT: u32 = 640;

/// A person who wears products of a catalogue, before it is drawn.
#[derive(Clone, Debug)]
pub struct DrawnLook {
    id: String,
    seed: u64,
    index: u64,
    person: Person,
    skeleton: Skeleton,
    outfit: Outfit,
    products: Vec<Product>,
    /// Pixels per centimetre, and the position of the neck.
    framing: (f32, f32, f32),
}

/// The picture of a look.
#[derive(Clone, Debug)]
pub struct LookPicture {
    /// The picture.
    pub image: RgbImage,
    /// Its label map: `stl_types::Class` discriminants.
    pub labels: GrayImage,
}

impl DrawnLook {
    /// Look `index` under `seed`, dressed from `catalogue`.
    #[must_use]
    pub fn new(seed: u64, index: usize, catalogue: &Catalogue) -> Self {
        let mut rng = Rng::new(seed, "look", index as u64);
        let feminine = rng.chance(0.56);
        let person = Person::sample(&mut rng, feminine);
        let skeleton = Skeleton::sample(&mut rng, person.build);
        let outfit = Outfit::sample(&mut rng, catalogue, feminine);
        let (w, h) = (WIDTH as f32, HEIGHT as f32);
        let framing = if rng.chance(0.17) {
            // Half-length: from the head to the thighs.
            let scale = h / rng.range(122.0, 138.0);
            (scale, w * rng.range(0.4, 0.6), scale * rng.range(38.0, 44.0))
        } else {
            let scale = h * rng.range(0.74, 0.94) / 175.0;
            let room = h - scale * 175.0;
            (scale, w * rng.range(0.36, 0.64), scale * 33.0 + room * rng.range(0.3, 0.85))
        };
        let products = outfit.products().cloned().collect();
        Self {
            id: format!("look-{seed}-{index:06}"),
            seed,
            index: index as u64,
            person,
            skeleton,
            outfit,
            products,
            framing,
        }
    }

    /// `look-<seed>-<index>`.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The worn products, outermost first.
    #[must_use]
    pub fn products(&self) -> &[Product] {
        &self.products
    }

    /// Draws the picture and its label map.
    #[must_use]
    pub fn render(&self) -> LookPicture {
        let mut rng = Rng::new(self.seed, "scene", self.index);
        let (scale, x, y) = self.framing;
        let soles = y + 142.0 * scale;
        let horizon = (soles - rng.range(0.04, 0.2) * HEIGHT as f32).min(HEIGHT as f32 * rng.range(0.72, 0.92));
        let mut backdrop = paint_scene(&mut rng, WIDTH, HEIGHT, horizon);
        for k in 0..5 {
            let r = 34.0 - k as f32 * 5.0;
            let shadow = ellipse(pt(x + 4.0 * scale, soles), r * scale, r * 0.16 * scale);
            let dark = paint(Rgb(16, 16, 26), 0.1, tiny_skia::BlendMode::SourceOver);
            backdrop.fill_path(&shadow, &dark, tiny_skia::FillRule::Winding, Transform::identity(), None);
        }
        let view = Transform::from_translate(x, y).pre_scale(scale, scale);
        let mut canvas = Canvas::over(backdrop, view);
        let side = rng.sign();
        canvas.set_light((side * rng.range(0.3, 0.9), -rng.range(0.4, 0.9)));
        worn::draw(&mut canvas, &self.person, &self.skeleton, &self.outfit, self.seed ^ (self.index << 20));
        let (image, labels) = canvas.into_images();
        LookPicture { image: develop(image, &mut rng), labels }
    }
}

/// Applies exposure, white balance, vignette, softness and noise of a camera.
fn develop(image: RgbImage, rng: &mut Rng) -> RgbImage {
    let (w, h) = (image.width() as usize, image.height() as usize);
    let exposure = rng.range(0.86, 1.1);
    let warmth = rng.range(-0.05, 0.06);
    let gains = [exposure * (1.0 + warmth), exposure, exposure * (1.0 - warmth)];
    let (vignette, noise, softness) = (rng.range(0.0, 0.22), rng.range(0.5, 5.0), rng.range(0.0, 0.7));
    let mut state = rng.range(1.0, 1e6) as u32 | 1;
    let mut out = vec![0_u8; w * h * 3];
    for (channel, gain) in gains.into_iter().enumerate() {
        let plane: Vec<f32> = image.as_raw().iter().skip(channel).step_by(3).map(|&v| f32::from(v)).collect();
        let soft = blur(plane.clone(), w, h, 1);
        for (i, (sharp, soft)) in plane.into_iter().zip(soft).enumerate() {
            let (x, y) = ((i % w) as f32 / w as f32 - 0.5, (i / w) as f32 / h as f32 - 0.5);
            // Grain from xorshift32.
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            let grain = ((state >> 8) as f32 / (1_u32 << 24) as f32 - 0.5) * 2.0 * noise;
            let value =
                (sharp + (soft - sharp) * softness * 0.6) * gain * (1.0 - vignette * (x * x + y * y) * 2.0) + grain;
            out[i * 3 + channel] = value.round().clamp(0.0, 255.0) as u8;
        }
    }
    RgbImage::from_raw(w as u32, h as u32, out).unwrap_or(image)
}
