//! A feed's checked rows: [`FeedRow`], a product, and [`Change`], a product's new price or availability.

use std::collections::BTreeMap;
use std::path::PathBuf;

use stl_types::wire::Availability;
use stl_types::{Category, Price};

use super::data_picture::DataPicture;
use crate::catalogue::categories::DecidedBy;
use crate::catalogue::sale::Sale;
use crate::catalogue::variant::Variant;
use crate::digest::Digest;

/// A row of the feed that can be imported.
#[derive(Clone, Debug, PartialEq)]
pub struct FeedRow {
    /// Line in the file, from 1.
    pub line: usize,
    /// The shop's own id.
    pub id: String,
    /// Name of the article.
    pub title: String,
    /// What the shop says about it, may be empty.
    pub description: String,
    /// The article's page, http or https.
    pub link: String,
    /// Where the title picture is.
    pub picture: PictureSource,
    /// Where its further pictures are, at most [`FeedRow::MAX_FURTHER_PICTURES`], each once, without the title picture.
    pub further_pictures: Vec<PictureSource>,
    /// The regular price.
    pub price: Price,
    /// A lower price for some time.
    pub sale: Option<Sale>,
    /// Whether it can be bought.
    pub availability: Availability,
    /// What it shares with other colours of the product, may be empty.
    pub group: String,
    /// Its sizes; the offer above is that of one of them.
    pub variants: Vec<Variant>,
    /// Whether the feed lists its sizes in the row, so that no other row is one of them.
    pub has_all_variants: bool,
    /// May be empty.
    pub brand: String,
    /// May be empty.
    pub color: String,
    /// May be empty.
    pub gender: String,
    /// May be empty.
    pub product_type: String,
    /// Google's category, a number or a path, may be empty.
    pub google_category: String,
    /// `newborn`, `infant`, `toddler`, `kids`, `adult`, or empty if unknown.
    pub age_group: String,
    /// What it is made of, may be empty.
    pub material: String,
    /// Its pattern or print, may be empty.
    pub pattern: String,
    /// The shop's own labels by name: `custom_label_0` to `custom_label_4`, and the columns that were asked for.
    pub labels: BTreeMap<String, String>,
    /// Given, or derived from the shop's table or the row's words; none if these name no category.
    pub category: Option<Category>,
    /// What decided the category; the picture will if there is none.
    pub decided_by: DecidedBy,
    /// Whether the category was once predicted from the picture, as exports of this catalogue say.
    pub category_predicted: bool,
}

impl FeedRow {
    /// Further pictures of a product; Google's feeds have as many.
    pub const MAX_FURTHER_PICTURES: usize = 10;

    /// The shop's classification, else Google's.
    #[must_use]
    pub fn classification(&self) -> &str {
        if self.product_type.is_empty() { &self.google_category } else { &self.product_type }
    }

    /// Adds a further picture, unless it is the title picture or one that is known. Whether there was room for it.
    pub(super) fn add_further(further: &mut Vec<PictureSource>, title: &PictureSource, picture: PictureSource) -> bool {
        if picture == *title || further.contains(&picture) {
            return true;
        }
        let has_room = further.len() < Self::MAX_FURTHER_PICTURES;
        if has_room {
            further.push(picture);
        }
        has_room
    }
}

/// A product's new price or availability.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The shop's own id.
    pub id: String,
    /// The regular price from now on.
    pub price: Option<Price>,
    /// What becomes of its sale.
    pub sale: SaleChange,
    /// Whether it can be bought from now on.
    pub availability: Option<Availability>,
}

/// What a change does to a product's sale.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum SaleChange {
    /// An existing sale stays.
    #[default]
    Keep,
    /// There is no sale from now on.
    End,
    /// This sale from now on.
    Begin(Sale),
}

/// Where a product's picture is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PictureSource {
    /// A file inside the feed's folder.
    File(PathBuf),
    /// An http or https address.
    Address(String),
    /// In the feed itself.
    Data(DataPicture),
    /// A picture that the catalogue has stored for another market.
    Stored(Digest),
}

impl std::fmt::Display for PictureSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Address(address) => f.write_str(address),
            Self::Data(picture) => picture.fmt(f),
            Self::Stored(picture) => picture.fmt(f),
        }
    }
}
