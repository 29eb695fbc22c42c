//! A search by numbers instead of a picture: what the browser computed of a cutout. In and out: serde, and f(I) as text.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};

use super::SeenGarment;
use crate::Kinds;

/// Steps of a packed number to one. Embeddings have a root mean square of 1; a step is a thousandth of it.
const STEPS: f32 = 1024.0;

/// Largest body of a search by numbers. One with four garments has 13 kB.
pub const MAX_NUMBERS_BYTES: usize = 64 * 1024;

/// Most garments of a search by numbers: one for each layer.
pub const MAX_NUMBERS_GARMENTS: usize = 4;

/// The body of a search by numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NumbersSearch {
    /// SHA-256 of the query encoder's file, in hexadecimal. Numbers of another network mean nothing to the match.
    pub network: String,
    /// Columns of the cutout that the numbers are of.
    pub width: u32,
    /// Its rows.
    pub height: u32,
    /// f(I) of all that the cutout shows, for each category, packed: `(8, 128)` 16-bit integers, little-endian, in 1/1024, as base64.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = Byte))]
    pub whole: Packed,
    /// The garments that a person wears, the largest first.
    #[serde(default)]
    pub garments: Vec<NumbersGarment>,
    /// Of a garment that nobody wears (`subject=garment`), f(A) of its picture, `(128)`, packed in the same way: it tells the category.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub article: Option<NumbersArticle>,
}

/// A garment of a search by numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NumbersGarment {
    /// Where it is, in the cutout's pixels.
    pub seen: SeenGarment,
    /// The shares of its pixels that are seen as each category, then as outerwear.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<f64>, min_items = 9, max_items = 9))]
    pub votes: [f64; Kinds::COUNT],
    /// f(I) of the garment alone for each category, packed; missing if all of it is white, then that of the whole cutout counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = Byte))]
    pub embedding: Option<Packed>,
}

/// f(A) of a garment that nobody wears.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NumbersArticle {
    /// SHA-256 of FashionDNA's file, in hexadecimal.
    pub network: String,
    /// Where it is in the cutout: columns left of it.
    pub left: u32,
    /// Rows above it.
    pub top: u32,
    /// Its columns.
    pub width: u32,
    /// Its rows.
    pub height: u32,
    /// f(A), packed.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = Byte))]
    pub feature: Packed,
}

/// Numbers as text: 16-bit integers in 1/1024, little-endian, as base64 (RFC 4648). They reach from −32 to 32.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Packed(String);

/// Why packed numbers cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnpackError {
    /// No base64.
    #[error("expected base64")]
    Base64,
    /// Another number of numbers.
    #[error("expected {expected} numbers of two bytes, got {received} bytes")]
    Length {
        /// Numbers expected.
        expected: usize,
        /// Bytes received.
        received: usize,
    },
}

impl Packed {
    /// Rounds and packs numbers; those beyond ±32 become ±32.
    #[must_use]
    pub fn of(numbers: &[f32]) -> Self {
        let bytes: Vec<u8> =
            numbers.iter().flat_map(|number| ((number * STEPS).round() as i16).to_le_bytes()).collect();
        Self(BASE64.encode(bytes))
    }

    /// The numbers.
    ///
    /// # Errors
    /// When they are not `expected` many, or no base64.
    pub fn numbers(&self, expected: usize) -> Result<Vec<f32>, UnpackError> {
        let bytes = BASE64.decode(&self.0).map_err(|_| UnpackError::Base64)?;
        if bytes.len() != 2 * expected {
            return Err(UnpackError::Length { expected, received: bytes.len() });
        }
        Ok(bytes.chunks_exact(2).map(|pair| f32::from(i16::from_le_bytes([pair[0], pair[1]])) / STEPS).collect())
    }
}

impl NumbersSearch {
    /// How many numbers of embeddings it holds, each of two bytes.
    #[must_use]
    pub fn count(&self) -> usize {
        let of = |packed: &Packed| {
            let filling = packed.0.bytes().rev().take_while(|byte| *byte == b'=').count();
            (packed.0.len() / 4 * 3).saturating_sub(filling) / 2
        };
        let garments = self.garments.iter().filter_map(|garment| garment.embedding.as_ref()).map(of);
        of(&self.whole) + garments.sum::<usize>() + self.article.as_ref().map_or(0, |article| of(&article.feature))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_within_half_a_step() {
        let numbers: Vec<f32> = (-300..300).map(|at| at as f32 * 0.0123).collect();
        let back = Packed::of(&numbers).numbers(600).expect("as many");
        assert!(numbers.iter().zip(&back).all(|(a, b)| (a - b).abs() <= 0.5 / STEPS));
        let far = Packed::of(&[99.0, -99.0, f32::NAN]).numbers(3).expect("three");
        assert_eq!(far, [i16::MAX as f32 / STEPS, -32.0, 0.0]);
    }

    #[test]
    fn what_is_no_number_says_what_was_expected() {
        assert_eq!(Packed("%".to_owned()).numbers(1), Err(UnpackError::Base64));
        let error = Packed::of(&[1.0]).numbers(2).expect_err("one");
        assert_eq!(error.to_string(), "expected 2 numbers of two bytes, got 2 bytes");
    }
}
