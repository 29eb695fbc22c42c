//! What holds for any price, mask and map of classes.

use proptest::collection::vec;
use proptest::prelude::*;
use stl_types::{Class, ClassMap, Mask, Price, Size, components};

/// Currencies with none, two and three decimals.
const CURRENCIES: [&str; 6] = ["EUR", "USD", "INR", "JPY", "KRW", "KWD"];

/// Sides that are enough for every neighbourhood.
const SIDES: std::ops::Range<u32> = 1..13;

fn size() -> impl Strategy<Value = Size> {
    (SIDES, SIDES).prop_map(|(width, height)| Size { width, height })
}

/// A size with a value for each pixel.
fn of_pixels<T: std::fmt::Debug>(
    value: impl Strategy<Value = T> + Clone + 'static,
) -> impl Strategy<Value = (Size, Vec<T>)> {
    size().prop_flat_map(move |size| (Just(size), vec(value.clone(), size.area() as usize)))
}

/// Probabilities, and what is none.
fn probability() -> impl Strategy<Value = f32> + Clone {
    prop_oneof![4 => 0.0_f32..=1.0, 1 => prop::num::f32::ANY]
}

proptest! {
    #[test]
    fn a_price_that_is_written_is_read_as_itself(amount_minor: u64, currency in prop::sample::select(&CURRENCIES[..])) {
        let price = Price { amount_minor, currency: currency.to_owned() };
        prop_assert_eq!(Price::parse(&price.to_string(), None), Ok(price.clone()));
        prop_assert_eq!(Price::parse(&price.to_string(), Some("CHF")), Ok(price));
    }

    #[test]
    fn what_is_read_of_a_text_is_written_and_read_alike(
        text in prop_oneof!["\\PC{0,24}", "[0-9.,' ]{1,12}( ?(EUR|€|USD|\\$|kr|Rs|KWD|JPY))?"],
    ) {
        if let Ok(price) = Price::parse(&text, Some("EUR")) {
            prop_assert_eq!(Price::parse(&price.to_string(), None), Ok(price));
        }
    }

    #[test]
    fn removed_pixels_are_white_and_opaque_ones_stay((size, probabilities) in of_pixels(probability()), seed: u8) {
        let mask = Mask::from_probabilities(size, &probabilities).expect("as many");
        let photo: Vec<u8> = (0..size.area() * 3).map(|at| (at as u8).wrapping_mul(31) ^ seed).collect();
        let mut cutout = photo.clone();
        mask.cut_out(&mut cutout).expect("as many");
        for (at, &alpha) in mask.as_slice().iter().enumerate() {
            let (before, after) = (&photo[3 * at..3 * at + 3], &cutout[3 * at..3 * at + 3]);
            match alpha {
                0 => prop_assert_eq!(after, [255; 3]),
                255 => prop_assert_eq!(after, before),
                128.. => prop_assert!(after.iter().zip(before).all(|(after, before)| after >= before)),
                _ => prop_assert!(false, "a pixel is half removed: {}", alpha),
            }
        }
    }

    #[test]
    fn an_edit_keeps_and_removes_what_it_says((size, pixels) in of_pixels((probability(), any::<u8>()))) {
        let (probabilities, kept): (Vec<f32>, Vec<u8>) = pixels.into_iter().unzip();
        let mask = Mask::from_probabilities(size, &probabilities).expect("as many");
        let mended = mask.mended(&kept).expect("as many");
        for (at, (&kept, &alpha)) in kept.iter().zip(mended.as_slice()).enumerate() {
            prop_assert_eq!(kept == 0, alpha == 0, "pixel {}", at);
        }
        prop_assert_eq!(mended.mended(mended.as_slice()).expect("as many"), mended);
    }

    #[test]
    fn no_class_is_where_the_mask_removes_the_photo((size, pixels) in of_pixels((0_u8..13, probability()))) {
        let (indices, probabilities): (Vec<u8>, Vec<f32>) = pixels.into_iter().unzip();
        let mask = Mask::from_probabilities(size, &probabilities).expect("as many");
        let map = ClassMap::from_indices(size, &indices).expect("classes").mended(&mask);
        for (class, &alpha) in map.classes().iter().zip(mask.as_slice()) {
            prop_assert_eq!(*class == Class::Background, alpha == 0);
        }
    }

    #[test]
    fn parts_of_a_set_are_the_set_and_do_not_touch((size, inside) in of_pixels(any::<bool>())) {
        let parts = components(size, inside.clone());
        let mut owner = vec![None; inside.len()];
        for (part, pixels) in parts.iter().enumerate() {
            for &at in pixels {
                prop_assert_eq!(owner[at].replace(part), None, "in one part only");
            }
        }
        prop_assert_eq!(owner.iter().map(Option::is_some).collect::<Vec<_>>(), inside);
        let width = size.width as usize;
        for at in 0..owner.len() {
            let beside = (at % width + 1 < width).then_some(at + 1).into_iter().chain((at + width < owner.len()).then_some(at + width));
            for beside in beside {
                if owner[at].is_some() && owner[beside].is_some() {
                    prop_assert_eq!(owner[at], owner[beside]);
                }
            }
        }
    }

    #[test]
    fn a_region_covers_its_class_at_every_size((size, indices) in of_pixels(0_u8..13), factor in 1_u32..4) {
        let map = ClassMap::from_indices(size, &indices).expect("classes");
        for class in [Class::Background, Class::Dresses, Class::OtherWorn] {
            let Some(region) = map.region(class) else { continue };
            prop_assert!(region.as_slice().iter().zip(map.classes()).all(|(inside, found)| !inside || *found == class));
            prop_assert_eq!(region.area(), region.as_slice().iter().filter(|inside| **inside).count() as u64);
            prop_assert_eq!(region.at_size(size), Some(region.clone()));
            let larger = Size { width: size.width * factor, height: size.height * factor };
            let back = region.at_size(larger).expect("no pixel is lost").at_size(size);
            prop_assert_eq!(back, Some(region));
        }
    }
}
