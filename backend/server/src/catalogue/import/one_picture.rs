//! Rows of one product that show the same become one article. In: the articles of an import and their stored pictures. Out: fewer articles.
//!
//! A shop that tells no colours may still have an address for each size, all of them of one photo, sometimes compressed anew. Then the
//! pictures are compared: by their files' hashes, else as small pictures, which tell colours apart as long as a shopper does.

use std::collections::HashMap;
use std::path::Path;

use image::imageops::{FilterType, resize};

use super::encoded::Encoded;
use crate::catalogue::article::Article;
use crate::catalogue::feed::FeedRow;
use crate::catalogue::layout::{COPY_WIDTHS, copy_name, picture_name};
use crate::catalogue::variant::add_while_room;
use crate::catalogue::verify::stored_picture;
use crate::digest::Digest;

/// Side in pixels of the small pictures that are compared.
const SIDE: u32 = 16;

/// The largest mean difference of two pictures' values that show the same, of 255. Compressing anew makes below 1; a garment in the
/// next shade of grey some 4.
const MEAN_DIFFERENCE: f32 = 2.0;

/// The largest difference of single values: a print of another colour covers few pixels.
const MOST_DIFFERENCE: u8 = 16;

/// The largest difference of the pictures' shapes, as a part of their width. Copies are rounded to whole pixels.
const SHAPE_DIFFERENCE: f32 = 0.02;

/// A picture as it is compared.
struct Small {
    /// Width by height.
    shape: f32,
    /// `(SIDE, SIDE, 3)`.
    values: Vec<u8>,
}

/// Merges articles of one group that lack a colour and show the same. `articles` are with their rows' places in the feed. Returns how
/// many were merged into others, and how many sizes there was no room for.
/// `fetch_copy` brings a picture's copy to the folder `images` if it may be elsewhere.
pub(super) fn merge(
    articles: &mut Vec<(usize, Encoded)>,
    rows: &[FeedRow],
    images: &Path,
    fetch_copy: &dyn Fn(&Digest),
) -> (usize, usize) {
    let mut groups = HashMap::<(String, String), Vec<usize>>::new();
    articles.sort_by_key(|(row, _)| *row);
    for (at, (row, (article, _))) in articles.iter().enumerate() {
        if !article.group.is_empty() && !rows[*row].has_all_variants {
            groups.entry((article.group.clone(), article.price.currency.clone())).or_default().push(at);
        }
    }
    let (mut small, mut into) = (HashMap::<Digest, Option<Small>>::new(), HashMap::<usize, usize>::new());
    for places in groups.into_values().filter(|places| places.len() > 1) {
        let mut firsts = Vec::<usize>::new();
        for at in places {
            let article = |at: usize| &articles[at].1.0;
            let found = firsts
                .iter()
                .find(|first| shows_the_same(article(**first), article(at), (images, fetch_copy), &mut small));
            match found.copied() {
                Some(first) => _ = into.insert(at, first),
                None => firsts.push(at),
            }
        }
    }
    let mut merged: Vec<(usize, usize)> = into.iter().map(|(at, first)| (*at, *first)).collect();
    merged.sort_unstable();
    let mut without_room = 0;
    for (at, first) in merged {
        let size = articles[at].1.0.clone();
        without_room += add(&mut articles[first].1.0, size);
    }
    let mut at = 0;
    articles.retain(|_| {
        at += 1;
        !into.contains_key(&(at - 1))
    });
    (into.len(), without_room)
}

/// Adds a size to an article, and its further pictures. Returns how many sizes there was no room for.
fn add(article: &mut Article, size: Article) -> usize {
    let without_room = add_while_room(&mut article.variants, size.variants);
    article.settle();
    for picture in size.further_pictures {
        let is_known = picture == article.picture_sha256 || article.further_pictures.contains(&picture);
        if !is_known && article.further_pictures.len() < FeedRow::MAX_FURTHER_PICTURES {
            article.further_pictures.push(picture);
        }
    }
    without_room
}

fn shows_the_same(
    first: &Article,
    other: &Article,
    (images, fetch_copy): (&Path, &dyn Fn(&Digest)),
    known: &mut HashMap<Digest, Option<Small>>,
) -> bool {
    if !first.color.is_empty() && !other.color.is_empty() {
        return false;
    }
    let [a, b] = [first.picture_sha256, other.picture_sha256];
    if a == b {
        return true;
    }
    for picture in [a, b] {
        known.entry(picture).or_insert_with(|| {
            fetch_copy(&picture);
            Small::of(&picture, images)
        });
    }
    match (&known[&a], &known[&b]) {
        (Some(a), Some(b)) => a.is_nearly(b),
        _ => false,
    }
}

impl Small {
    /// Of the narrowest copy that is stored; none if it cannot be read.
    fn of(picture: &Digest, images: &Path) -> Option<Self> {
        let copies = COPY_WIDTHS.map(|width| copy_name(picture, width));
        let names = copies.into_iter().chain([picture_name(picture)]);
        let picture = names.map(|name| images.join(name)).find_map(|path| stored_picture(&path).ok())?;
        let shape = picture.width() as f32 / picture.height() as f32;
        Some(Self { shape, values: resize(&picture, SIDE, SIDE, FilterType::Triangle).into_raw() })
    }

    fn is_nearly(&self, other: &Self) -> bool {
        let differences = || self.values.iter().zip(&other.values).map(|(a, b)| a.abs_diff(*b));
        let sum: u32 = differences().map(u32::from).sum();
        (self.shape - other.shape).abs() <= SHAPE_DIFFERENCE * self.shape
            && sum as f32 <= MEAN_DIFFERENCE * self.values.len() as f32
            && differences().all(|difference| difference <= MOST_DIFFERENCE)
    }
}

#[cfg(test)]
mod tests {
    use image::{Rgb, RgbImage};

    use super::*;

    /// A garment of a colour on white, as a stored picture.
    fn store(images: &Path, name: &[u8], colour: [u8; 3], (width, height): (u32, u32), quality: u8) -> Digest {
        let is_garment = |at: u32, length: u32| (length / 4..length * 3 / 4).contains(&at);
        let pixel = |x, y| if is_garment(x, width) && is_garment(y, height) { Rgb(colour) } else { Rgb([255; 3]) };
        let mut file = Vec::new();
        let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut file, quality);
        RgbImage::from_fn(width, height, pixel).write_with_encoder(encoder).expect("a JPEG");
        let digest = Digest::of(name);
        std::fs::write(images.join(picture_name(&digest)), file).expect("written");
        digest
    }

    #[test]
    fn one_photo_compressed_twice_is_the_same_and_a_near_colour_is_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let images = folder.path();
        let small = |name: &[u8], colour, size, quality| {
            Small::of(&store(images, name, colour, size, quality), images).expect("a picture")
        };
        let grey = small(b"a", [120; 3], (200, 300), 95);
        assert!(grey.is_nearly(&small(b"b", [120; 3], (200, 300), 60)), "compressed anew");
        assert!(grey.is_nearly(&small(b"c", [120; 3], (400, 600), 90)), "another size");
        assert!(!grey.is_nearly(&small(b"d", [140; 3], (200, 300), 95)), "a lighter grey");
        assert!(!grey.is_nearly(&small(b"e", [120, 120, 150], (200, 300), 95)), "bluish");
        assert!(!grey.is_nearly(&small(b"f", [120; 3], (200, 260), 95)), "another shape");
        assert!(Small::of(&Digest::of(b"nothing"), images).is_none());
    }
}
