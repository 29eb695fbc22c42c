//! A product of a shop system's export becomes a row for each colour that has a picture of its own. In: the product's row, its variants
//! and pictures. Out: rows with their variants.
//!
//! Without pictures that tell the colours apart, the product stays one row with all of its colours and sizes.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use super::headings::FURTHER_PICTURES;
use super::raw::RawRow;
use crate::catalogue::words::folded;

/// A variant of an export.
pub(super) struct ExportVariant {
    /// The colour, empty without one.
    pub(super) color: String,
    /// The address of its picture, empty without one.
    pub(super) picture: String,
    /// Its fields `id`, `size`, `gtin`, `price`, `sale_price`, `sale_price_effective_date` and `availability`.
    pub(super) row: RawRow,
}

/// A colour of a product.
struct Colored {
    color: String,
    picture: String,
    variants: Vec<RawRow>,
}

/// The rows of a product, which has an id. Its pictures are in their order, the title picture first.
pub(super) fn rows(product: RawRow, variants: Vec<ExportVariant>, pictures: &[String]) -> Vec<RawRow> {
    let mut colors = Vec::<Colored>::new();
    let mut places = HashMap::new();
    for ExportVariant { color, picture, row } in variants {
        match places.entry(folded(&color)) {
            Entry::Occupied(place) => {
                let known: &mut Colored = &mut colors[*place.get()];
                known.variants.push(row);
                if known.picture.is_empty() {
                    known.picture = picture;
                }
            }
            Entry::Vacant(place) => {
                place.insert(colors.len());
                colors.push(Colored { color, picture, variants: vec![row] });
            }
        }
    }
    let is_told_apart = colors.len() > 1
        && pictures_of(&colors).len() == colors.len()
        && !colors.iter().any(|colored| colored.color.is_empty() || colored.picture.is_empty());
    if is_told_apart {
        let mut product = product;
        let of_colors = pictures_of(&colors);
        let is_of_color = |picture: &&String| of_colors.contains(picture.as_str());
        // Once for all colours, which then share a picture that stands in the feed itself.
        add_further(&mut product, pictures.iter().filter(|picture| !is_of_color(picture)));
        colors.iter().map(|colored| of_color(&product, colored)).collect()
    } else {
        let mut row = product;
        let all: Vec<&str> =
            colors.iter().map(|colored| colored.color.as_str()).filter(|color| !color.is_empty()).collect();
        row.add("color", &all.join("/"));
        // Some products have pictures of their variants only.
        let of_variants = || colors.iter().map(|colored| &colored.picture).find(|picture| !picture.is_empty());
        let mut pictures = pictures.iter();
        row.add("image_link", pictures.next().or_else(of_variants).map_or("", String::as_str));
        add_further(&mut row, pictures);
        row.variants = colors.into_iter().flat_map(|colored| colored.variants).collect();
        vec![row]
    }
}

/// The colours' pictures, each once.
fn pictures_of(colors: &[Colored]) -> HashSet<&str> {
    colors.iter().map(|colored| colored.picture.as_str()).collect()
}

/// A colour's row: its own picture first, then those of the product, which are no colour's.
fn of_color(product: &RawRow, colored: &Colored) -> RawRow {
    let mut row = product.clone();
    let id = product.get("id").to_owned();
    row.set("id", &format!("{id}/{}", colored.color));
    row.set("item_group_id", &id);
    row.set("color", &colored.color);
    row.add("image_link", &colored.picture);
    row.variants.clone_from(&colored.variants);
    row
}

fn add_further<'a>(row: &mut RawRow, further: impl Iterator<Item = &'a String>) {
    further.for_each(|picture| row.add(FURTHER_PICTURES[0], picture));
}
