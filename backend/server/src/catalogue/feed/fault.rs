//! Why a row of a feed, or one of its fields, is left out. In: what the row has. Out: a [`RowFault`], and with its place a
//! [`RowProblem`].

use stl_types::{Price, PriceError, UnknownCategory};

use super::data_picture::DataPictureError;
use super::headings::{FURTHER_PICTURES, SALE_PERIOD};
use super::row::FeedRow;
use crate::catalogue::address::AddressError;
use crate::catalogue::sale::PeriodError;
use crate::catalogue::variant::Variant;
use crate::networks::category_head::Unsure;

/// What was expected of a row, and what it has instead. Long texts are shortened.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum RowFault {
    /// A line of JSON Lines is not an object.
    #[error("expected a JSON object, got {received}")]
    NotAnObject {
        /// The parser's reason, or the kind of value.
        received: String,
    },
    /// An item of an XML feed is not well-formed.
    #[error("expected well-formed XML up to the end of the item, got: {reason}")]
    Markup {
        /// The parser's reason.
        reason: String,
    },
    /// A row of a table has more cells than the table has headings.
    #[error("expected at most {expected} columns, got {received}")]
    TooManyColumns {
        /// Headings.
        expected: usize,
        /// Cells up to the last one that is not empty.
        received: usize,
    },
    /// A field holds a list, an object or the like.
    #[error("expected a text, got {received}")]
    NotAText {
        /// The field.
        field: &'static str,
        /// The kind of value.
        received: &'static str,
    },
    /// A field that every product needs.
    #[error("expected a text, got none")]
    Missing {
        /// The field.
        field: &'static str,
    },
    /// A text is too long.
    #[error("expected at most {limit_chars} characters, got {received_chars}")]
    TooLong {
        /// The field.
        field: &'static str,
        /// The longest text that is accepted.
        limit_chars: usize,
        /// The text's length.
        received_chars: usize,
    },
    /// The id is too long or holds control characters.
    #[error("expected at most {limit_chars} printable characters, got {received:?}")]
    Id {
        /// The longest id that is accepted.
        limit_chars: usize,
        /// The id.
        received: String,
    },
    /// An earlier row has the same id.
    #[error("expected an id that no earlier row has, got {received:?}")]
    DuplicateId {
        /// The id.
        received: String,
    },
    /// A row of Shopify's export has a title and no handle.
    #[error("expected a handle of {title:?}, got none")]
    NoHandle {
        /// The title.
        title: String,
    },
    /// The article's page is no web address.
    #[error("{error}, got {received:?}")]
    Link {
        /// What is wrong with it.
        error: AddressError,
        /// The link.
        received: String,
    },
    /// The picture's place is neither an address nor a path inside the feed's folder.
    #[error("expected an http or https address or a path relative to the feed's folder, got {received:?}{detail}")]
    PictureSource {
        /// The place.
        received: String,
        /// What is wrong with a path that looks relative, or nothing.
        detail: &'static str,
    },
    /// The picture's address is malformed.
    #[error("{error}, got {received:?}")]
    PictureAddress {
        /// What is wrong with it.
        error: AddressError,
        /// The address.
        received: String,
    },
    /// The picture that stands in the feed itself is none.
    #[error("{error}, got {received:?}")]
    DataPicture {
        /// What is wrong with it.
        error: DataPictureError,
        /// Its beginning.
        received: String,
    },
    /// There is no such file in the feed's folder.
    #[error("expected a picture, got {received:?}: {reason}")]
    NoSuchPicture {
        /// The path.
        received: String,
        /// The system's reason.
        reason: String,
    },
    /// The picture cannot be fetched, decoded or encoded.
    #[error("{picture}: {reason}")]
    Picture {
        /// Its file or address.
        picture: String,
        /// What failed.
        reason: String,
    },
    /// The picture cannot be fetched or decoded now; an earlier import has stored it.
    #[error("{picture}: {reason}; the stored picture is kept")]
    PictureKept {
        /// Its address.
        picture: String,
        /// What failed.
        reason: String,
    },
    /// A further picture cannot be used. The product is imported without it.
    #[error("the product has no such further picture: {reason}")]
    FurtherPicture {
        /// What was expected and received.
        reason: String,
    },
    /// More further pictures than a product may have.
    #[error("expected at most {} further pictures", FeedRow::MAX_FURTHER_PICTURES)]
    TooManyPictures,
    /// A price cannot be read.
    #[error("{error}")]
    Price {
        /// `price` or `sale_price`.
        field: &'static str,
        /// What is wrong with it.
        error: PriceError,
    },
    /// A product is not given away.
    #[error("expected a price above 0, got {received:?}")]
    PriceZero {
        /// `price` or `sale_price`.
        field: &'static str,
        /// The price.
        received: String,
    },
    /// A sale price of 0, which several shop systems write if there is no sale.
    #[error("0 means that there is no sale")]
    NoSale,
    /// A sale price above the regular one.
    #[error("expected at most the price {regular}, got {received}")]
    SaleAbove {
        /// The regular price.
        regular: Price,
        /// The sale's price.
        received: Price,
    },
    /// A gender that no filter knows.
    #[error("expected female, male or unisex, got {received:?}")]
    Gender {
        /// The text.
        received: String,
    },
    /// An age group that no filter knows.
    #[error("expected newborn, infant, toddler, kids or adult, got {received:?}")]
    AgeGroup {
        /// The text.
        received: String,
    },
    /// A global trade item number that is none.
    #[error("expected 8, 12, 13 or 14 digits, got {received:?}")]
    Gtin {
        /// The text.
        received: String,
    },
    /// A variant's price is in another currency than those before it.
    #[error("expected variants in one currency, {expected}, got {received}")]
    VariantCurrency {
        /// The first variant's.
        expected: String,
        /// This one's.
        received: String,
    },
    /// The sizes are no list.
    #[error("expected a list of objects, got {received}")]
    NotVariants {
        /// The kind of value.
        received: &'static str,
    },
    /// An entry of the list of sizes is no object.
    #[error("expected an object for each size, got {received}")]
    NotAVariant {
        /// The kind of value.
        received: &'static str,
    },
    /// A change of a size that nothing names.
    #[error("expected the id of each size, got one without: leave the list out to change all sizes alike")]
    VariantWithoutId,
    /// More variants than an article may have.
    #[error("expected at most {} variants", Variant::MOST)]
    TooManyVariants,
    /// A label is too long.
    #[error("expected at most {limit_chars} characters of {name:?}, got {received_chars}")]
    Label {
        /// Its name.
        name: String,
        /// The longest text that is accepted.
        limit_chars: usize,
        /// The text's length.
        received_chars: usize,
    },
    /// A price is too large for the database.
    #[error("expected a price that a shop can ask, got {received:?}")]
    PriceTooLarge {
        /// `price` or `sale_price`.
        field: &'static str,
        /// The price.
        received: String,
    },
    /// A sale's price is in another currency than the regular one.
    #[error("expected the price's currency, {expected}, got {received}")]
    SaleCurrency {
        /// The regular price's.
        expected: String,
        /// The sale's.
        received: String,
    },
    /// A change has a sale without a regular price.
    #[error("expected the regular price beside it, got none")]
    SaleWithoutPrice,
    /// A sale's period cannot be read.
    #[error(transparent)]
    Period(PeriodError),
    /// A change changes nothing.
    #[error("expected a price or an availability, got neither")]
    NothingToChange,
    /// An availability is unknown.
    #[error("expected in_stock, out_of_stock, preorder or backorder, got {received:?}")]
    Availability {
        /// The text.
        received: String,
    },
    /// The feed names a category that is unknown.
    #[error(transparent)]
    Category(UnknownCategory),
    /// The product's words name something unsupported.
    #[error("expected one of the eight categories, got {received:?}, which is unsupported")]
    UnsupportedCategory {
        /// The words.
        received: String,
    },
    /// A line of the shop's own table says that the product shall not be in the catalogue.
    #[error("the shop's table of categories leaves {pattern:?} out")]
    Unwanted {
        /// The line's pattern.
        pattern: String,
    },
    /// The product's words name no category, and FashionDNA is not sure what the picture shows.
    #[error(transparent)]
    PredictedCategory(Unsure),
    /// The product's words name no category, and FashionDNA has no category head.
    #[error("expected words that name one of the eight categories, got none")]
    NoCategory,
    /// A field is neither true nor false.
    #[error("expected true or false, got {received:?}")]
    NotABoolean {
        /// The field.
        field: &'static str,
        /// The text.
        received: String,
    },
}

/// Why a row was left out, and where it is.
#[derive(Clone, Debug, PartialEq)]
pub struct RowProblem {
    /// Name of the file.
    pub file: String,
    /// Line in the file, from 1.
    pub line: usize,
    /// The field at fault, as the file calls it.
    pub field: &'static str,
    /// What was expected and what received.
    pub fault: RowFault,
}

/// A row that its format or its content makes unusable.
#[derive(Debug)]
pub(super) struct FaultyRow {
    /// Line in the file, from 1.
    pub(super) line: usize,
    pub(super) fault: RowFault,
}

impl RowFault {
    /// The field at fault by Google's name; `line` if it is the row as a whole.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        match self {
            Self::NotAnObject { .. } | Self::Markup { .. } | Self::TooManyColumns { .. } => "line",
            Self::NotAText { field, .. }
            | Self::Missing { field }
            | Self::TooLong { field, .. }
            | Self::Price { field, .. }
            | Self::PriceTooLarge { field, .. }
            | Self::PriceZero { field, .. }
            | Self::NotABoolean { field, .. } => field,
            Self::Id { .. } | Self::DuplicateId { .. } | Self::NoHandle { .. } => "id",
            Self::Link { .. } => "link",
            Self::PictureSource { .. }
            | Self::PictureAddress { .. }
            | Self::DataPicture { .. }
            | Self::NoSuchPicture { .. }
            | Self::Picture { .. }
            | Self::PictureKept { .. } => "image_link",
            Self::FurtherPicture { .. } | Self::TooManyPictures => FURTHER_PICTURES[0],
            Self::SaleCurrency { .. } | Self::SaleWithoutPrice | Self::SaleAbove { .. } | Self::NoSale => "sale_price",
            Self::Gender { .. } => "gender",
            Self::Period(_) => SALE_PERIOD,
            Self::NothingToChange => "price",
            Self::Availability { .. } => "availability",
            Self::AgeGroup { .. } => "age_group",
            Self::Gtin { .. } => "gtin",
            Self::VariantCurrency { .. }
            | Self::NotVariants { .. }
            | Self::NotAVariant { .. }
            | Self::VariantWithoutId
            | Self::TooManyVariants => "variants",
            Self::Label { .. } => "label",
            Self::Category(_)
            | Self::UnsupportedCategory { .. }
            | Self::Unwanted { .. }
            | Self::PredictedCategory(_)
            | Self::NoCategory => "category",
        }
    }

    /// Whether the product has no category that it could be imported with.
    #[must_use]
    pub const fn is_of_category(&self) -> bool {
        matches!(
            self,
            Self::Category(_)
                | Self::UnsupportedCategory { .. }
                | Self::Unwanted { .. }
                | Self::PredictedCategory(_)
                | Self::NoCategory
        )
    }
}

impl std::fmt::Display for RowProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}: {}: {}", self.file, self.line, self.field, self.fault)
    }
}
