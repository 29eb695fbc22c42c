//! The same seed draws the same pictures, and label maps are correct.

use std::collections::BTreeSet;

use garment_renderer::feed::{LookLine, ProductLine};
use garment_renderer::product_picture::render_labelled;
use garment_renderer::{Catalogue, DrawnLook, render_product};
use image::{GrayImage, RgbImage};
use stl_types::{Category, Class};

const PICTURES: usize = 16;

fn catalogue() -> Catalogue {
    Catalogue::new(7, 400)
}

/// Mean sRGB of the pixels with a label.
fn mean_colour(image: &RgbImage, labels: &GrayImage, class: Class) -> [f32; 3] {
    let mut sum = [0.0; 3];
    let mut count = 0.0;
    for (pixel, label) in image.pixels().zip(labels.pixels()) {
        if label.0[0] == class as u8 {
            pixel.0.iter().zip(&mut sum).for_each(|(&value, total)| *total += f32::from(value));
            count += 1.0;
        }
    }
    sum.map(|total| total / f32::max(count, 1.0))
}

#[test]
fn the_same_seed_draws_the_same_pictures() {
    let (a, b) = (catalogue().product(11), catalogue().product(11));
    assert_eq!(a, b);
    assert_eq!(render_product(&a).as_raw(), render_product(&b).as_raw());
    let (a, b) = (DrawnLook::new(3, 5, &catalogue()).render(), DrawnLook::new(3, 5, &catalogue()).render());
    assert_eq!(a.image.as_raw(), b.image.as_raw());
    assert_eq!(a.labels.as_raw(), b.labels.as_raw());
}

#[test]
fn different_seeds_draw_different_pictures() {
    let other = Catalogue::new(8, 400);
    assert_ne!(render_product(&catalogue().product(3)).as_raw(), render_product(&other.product(3)).as_raw());
    let (a, b) = (DrawnLook::new(3, 0, &catalogue()), DrawnLook::new(4, 0, &catalogue()));
    assert_ne!(a.render().image.as_raw(), b.render().image.as_raw());
}

#[test]
fn every_category_occurs_equally_often() {
    for category in Category::ALL {
        let indices: Vec<_> = catalogue().indices_of(category).collect();
        assert_eq!(indices.len(), 50);
        assert!(indices.iter().all(|&i| catalogue().product(i).category == category));
    }
}

#[test]
fn a_product_lies_on_white_and_fills_its_picture() {
    for i in 0..PICTURES * 2 {
        let product = catalogue().product(i);
        let (image, labels) = render_labelled(&product);
        let (w, h) = image.dimensions();
        for (x, y) in [(0, 0), (w - 1, 0), (0, h - 1), (w - 1, h - 1)] {
            assert_eq!(image.get_pixel(x, y).0, [255; 3], "corner of {}", product.id);
        }
        let own = Class::from_category(product.category) as u8;
        assert!(labels.pixels().all(|label| [0, own].contains(&label.0[0])), "{}", product.id);
        let share = labels.pixels().filter(|label| label.0[0] != 0).count() as f32 / (w * h) as f32;
        assert!((0.15..=0.80).contains(&share), "{} ({}) covers {share}", product.id, product.title);
    }
}

#[test]
fn a_look_shows_exactly_the_products_it_names() {
    for i in 0..PICTURES * 2 {
        let look = DrawnLook::new(1, i, &catalogue());
        let labels = look.render().labels;
        let total = (labels.width() * labels.height()) as f32;
        let share = |class: Class| labels.pixels().filter(|label| label.0[0] == class as u8).count() as f32 / total;
        let worn: BTreeSet<_> = look.products().iter().map(|product| product.category).collect();
        for category in Category::ALL {
            let shown = share(Class::from_category(category));
            if worn.contains(&category) {
                assert!(shown >= 0.003, "{}: {category} covers only {shown}", look.id());
            } else {
                assert_eq!(shown, 0.0, "{}: {category} is not worn", look.id());
            }
        }
        assert!(share(Class::Skin) > 0.002, "{}: no skin", look.id());
        assert!(labels.pixels().all(|label| Class::try_from(label.0[0]).is_ok()));
    }
}

#[test]
fn plain_products_keep_their_colour_when_worn() {
    let mut compared = 0;
    for i in 0..PICTURES {
        let look = DrawnLook::new(2, i, &catalogue());
        let rendered = look.render();
        for product in look.products().iter().filter(|product| product.is_plain()) {
            let class = Class::from_category(product.category);
            let (flat, flat_labels) = render_labelled(product);
            let a = mean_colour(&flat, &flat_labels, class);
            let b = mean_colour(&rendered.image, &rendered.labels, class);
            // Exposure and shade change how bright a colour is, white balance moves it a little; another dye moves it far.
            let gain = a.iter().sum::<f32>() / b.iter().sum::<f32>();
            let distance = a.iter().zip(b).map(|(a, b)| (a - b * gain).powi(2)).sum::<f32>().sqrt();
            assert!(
                (0.7..1.6).contains(&gain) && distance < 32.0,
                "{}: {} is {a:?} in the shop and {b:?} worn",
                look.id(),
                product.title
            );
            compared += 1;
        }
    }
    assert!(compared >= 5, "only {compared} plain products were worn");
}

#[test]
fn feed_lines_read_back() {
    for i in 0..64 {
        let line = ProductLine::from(&catalogue().product(i));
        let (amount, currency) = line.price.split_once(' ').expect("an amount and a currency");
        assert!(amount.parse::<f32>().is_ok_and(|euro| euro >= 5.0), "{}", line.price);
        assert_eq!(currency, "EUR");
        assert!(line.title.contains(", ") && line.title.len() < 80, "{}", line.title);
        assert!(line.category.parse::<Category>().is_ok());
        assert!(["in_stock", "out_of_stock", "preorder"].contains(&line.availability.as_str()));
        assert!(line.variants.len() == 6 && line.variants.iter().any(|size| size.availability == line.availability));
        assert!(line.variants.iter().any(|size| size.price == line.price), "{:?}", line.variants);
        let text = serde_json::to_string(&line).expect("a line is JSON");
        assert_eq!(serde_json::from_str::<ProductLine>(&text).expect("it reads back"), line);
    }
    let look = DrawnLook::new(1, 0, &catalogue());
    assert_eq!(LookLine::new(&look, true).products.len(), look.products().len());
    assert_eq!(LookLine::new(&look, false).labels, None);
}
