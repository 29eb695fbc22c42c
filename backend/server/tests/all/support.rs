//! Drawn pictures, a small feed, and the catalogue imported from it. The program's tests include this file as well.

use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use stl_server::catalogue::CatalogueOptions;
use stl_server::catalogue::import::{ImportOptions, import};
use stl_server::matching::Device;
use stl_server::networks::models::Models;
use stl_types::Category;
use tempfile::TempDir;

pub(crate) const RED: [u8; 3] = [200, 20, 30];
pub(crate) const GREEN: [u8; 3] = [10, 150, 60];
pub(crate) const BLUE: [u8; 3] = [20, 40, 190];

/// Options of an import with two threads.
pub(crate) fn options() -> ImportOptions {
    ImportOptions { threads: 2, ..ImportOptions::default() }
}

/// Scores articles on the processor.
pub(crate) const ON_PROCESSOR: CatalogueOptions = CatalogueOptions { threads: 2, device: Device::Cpu };

/// Products of [`write_feed`]: three for each category.
pub(crate) const PRODUCTS: usize = 24;

/// A coloured rectangle on white.
pub(crate) fn rectangle(width: u32, height: u32, colour: [u8; 3]) -> DynamicImage {
    let mut picture = RgbImage::from_pixel(width, height, Rgb([255; 3]));
    for y in height / 5..height * 4 / 5 {
        for x in width / 4..width * 3 / 4 {
            picture.put_pixel(x, y, Rgb(colour));
        }
    }
    picture.into()
}

pub(crate) fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    picture.write_to(&mut file, format).expect("written to memory");
    file.into_inner()
}

pub(crate) fn png(picture: &DynamicImage) -> Vec<u8> {
    encoded(picture, ImageFormat::Png)
}

/// A line of a feed.
pub(crate) fn line(id: &str, picture: &str, category: &str) -> String {
    serde_json::json!({
        "id": id, "title": format!("Article {id}"), "description": "Drawn", "link": "https://shop.example/article",
        "image_link": picture, "price": "19.95 EUR", "availability": "in_stock", "brand": "Atelier", "color": "red",
        "gender": "Unisex", "product_type": "Clothing", "category": category, "age_group": "adult",
        "material": "cotton/linen", "pattern": "plain", "custom_label_2": "AW26",
    })
    .to_string()
}

/// Three articles for each category: two share a picture, the later id first in the file, and one has another.
pub(crate) fn write_feed(folder: &Path) {
    std::fs::create_dir_all(folder.join("images")).expect("a folder");
    let mut lines = Vec::new();
    for (index, category) in Category::ALL.into_iter().enumerate() {
        let shade = 20 * index as u8;
        let same = format!("images/{category}.png");
        let other = format!("images/{category}-other.jpg");
        std::fs::write(folder.join(&same), png(&rectangle(90, 120, [RED[0], shade, 10]))).expect("written");
        let green = rectangle(120 + u32::from(shade), 160, [shade, GREEN[1], 90]);
        std::fs::write(folder.join(&other), encoded(&green, ImageFormat::Jpeg)).expect("written");
        lines.push(line(&format!("{category}-b"), &same, category.as_str()));
        lines.push(line(&format!("{category}-a"), &same, category.as_str()));
        lines.push(line(&format!("{category}/c ü"), &other, category.as_str()));
    }
    std::fs::write(folder.join("products.jsonl"), lines.join("\n")).expect("written");
}

pub(crate) fn models() -> Models {
    Models::open(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models")).expect("the repository's networks")
}

/// A feed and the catalogue that was imported from it, made once for all tests that only read.
pub(crate) struct Shop {
    folder: TempDir,
}

impl Shop {
    fn new() -> Self {
        let shop = Self { folder: tempfile::tempdir().expect("a folder") };
        write_feed(&shop.feed());
        let report = import(&shop.feed(), &shop.catalogue(), &models(), &options(), |_, _| {}).expect("imported");
        assert_eq!((report.imported, report.left_out), (PRODUCTS, Vec::new()));
        shop
    }

    pub(crate) fn feed(&self) -> PathBuf {
        self.folder.path().join("feed")
    }

    pub(crate) fn catalogue(&self) -> PathBuf {
        self.folder.path().join("catalogue")
    }
}

pub(crate) static SHOP: LazyLock<Shop> = LazyLock::new(Shop::new);
