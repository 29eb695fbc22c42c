//! A search by numbers. In: what a browser has computed of a cutout, unchecked. Out: [`Told`], which is searched as a look is.

use stl_types::limits::MAX_CUTOUT_SIDE;
use stl_types::manifest::NetworkSpec;
use stl_types::wire::{MAX_NUMBERS_GARMENTS, NumbersGarment, NumbersSearch, Packed, SeenGarment, UnpackError};
use stl_types::{Category, Kinds, Rect, Size};

use crate::networks::encode::QueryEmbedding;
use crate::pipeline::look::Subject;
use crate::pipeline::recognise::{RecognisedGarment, Recogniser};

/// A person with their garments, or one garment, as numbers.
#[derive(Clone, Debug)]
pub struct Told {
    /// f(I) of all that the cutout shows.
    pub whole: QueryEmbedding,
    /// The garments, the largest first.
    pub garments: Vec<RecognisedGarment>,
    /// The cutout's size.
    pub size: Size,
}

/// Why numbers are refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ToldError {
    /// They are of other files than the server's.
    #[error("the numbers are of another network: expected those of {expected}, got {received:?}; load the page again")]
    OtherNetwork {
        /// SHA-256 of the server's file.
        expected: String,
        /// What was named.
        received: String,
    },
    /// Sides that no cutout has.
    #[error("expected a width and height from 1 to {MAX_CUTOUT_SIDE}, got {width}×{height}")]
    Size {
        /// Columns received.
        width: u32,
        /// Rows received.
        height: u32,
    },
    /// More than one garment of a layer.
    #[error("expected at most {MAX_NUMBERS_GARMENTS} garments, each of another layer")]
    Layers,
    /// A garment beyond the cutout, or a share that is none.
    #[error("garment {index}: expected a box inside of the cutout and a share from 0 to 1")]
    Place {
        /// Its position in the list.
        index: usize,
    },
    /// Votes that are no shares.
    #[error("garment {index}: expected votes that are shares and sum to 1")]
    Votes {
        /// Its position in the list.
        index: usize,
    },
    /// An embedding cannot be read.
    #[error("{name}: {source}")]
    Packed {
        /// The field.
        name: &'static str,
        /// Why.
        source: UnpackError,
    },
    /// f(A) is missing, or there although a person is searched.
    #[error("expected `article` with subject=garment, and only then")]
    Article,
}

/// How far votes may be from summing to 1: they were divided by their sum.
const VOTES_TOLERANCE: f64 = 1e-6;

impl Recogniser {
    /// Checks the numbers of a search and recognises the garments, as [`Recogniser::garments`] does from a picture.
    ///
    /// # Errors
    /// See [`ToldError`].
    pub fn told(&self, numbers: &NumbersSearch, subject: Subject) -> Result<Told, ToldError> {
        let query = self.encoder().spec();
        is_of(&numbers.network, query)?;
        let size = Size { width: numbers.width, height: numbers.height };
        if !(1..=MAX_CUTOUT_SIDE).contains(&size.width) || !(1..=MAX_CUTOUT_SIDE).contains(&size.height) {
            return Err(ToldError::Size { width: size.width, height: size.height });
        }
        let width = query.output.last().copied().unwrap_or_default();
        let embedding = |name, packed: &Packed| -> Result<QueryEmbedding, ToldError> {
            Ok(QueryEmbedding::of(unpacked(name, packed, Category::ALL.len() * width)?))
        };
        let whole = embedding("whole", &numbers.whole)?;
        let garments = match (&numbers.article, subject) {
            (None, Subject::Person) => {
                are_of_other_layers(&numbers.garments)?;
                let mut garments = Vec::with_capacity(numbers.garments.len());
                for (index, garment) in numbers.garments.iter().enumerate() {
                    let SeenGarment { left, top, width, height, share, .. } = garment.seen;
                    is_inside(index, Rect { left, top, width, height }, size)?;
                    // NaN is in no range.
                    if !(0.0..=1.0).contains(&share) {
                        return Err(ToldError::Place { index });
                    }
                    let votes = votes(index, garment)?;
                    let alone = garment.embedding.as_ref().map(|packed| embedding("embedding", packed)).transpose()?;
                    let kinds = match &alone {
                        Some(alone) => self.kinds(alone, &votes),
                        None => Some(votes),
                    };
                    let Some(kinds) = kinds else { continue };
                    let seen = SeenGarment { outerwear: kinds.is_outerwear(), ..garment.seen };
                    let embedding = alone.unwrap_or_else(|| whole.clone());
                    garments.push(RecognisedGarment { index, seen, kinds, embedding });
                }
                garments
            }
            (Some(article), Subject::Garment) if numbers.garments.is_empty() => {
                let spec = self.fashion_dna().spec();
                is_of(&article.network, spec)?;
                let width = spec.output.last().copied().unwrap_or_default();
                let feature = unpacked("article", &article.feature, width)?;
                let place = Rect { left: article.left, top: article.top, width: article.width, height: article.height };
                is_inside(0, place, size)?;
                self.unworn_of(&feature, whole.clone(), place).into_iter().collect()
            }
            _ => return Err(ToldError::Article),
        };
        Ok(Told { whole, garments, size })
    }
}

fn is_of(received: &str, spec: &NetworkSpec) -> Result<(), ToldError> {
    if received == spec.sha256 {
        return Ok(());
    }
    // What a client sends is repeated in part only.
    let received = received.chars().take(64).collect();
    Err(ToldError::OtherNetwork { expected: spec.sha256.clone(), received })
}

fn unpacked(name: &'static str, packed: &Packed, expected: usize) -> Result<Vec<f32>, ToldError> {
    packed.numbers(expected).map_err(|source| ToldError::Packed { name, source })
}

fn are_of_other_layers(garments: &[NumbersGarment]) -> Result<(), ToldError> {
    let is_double = |(index, garment): (usize, &NumbersGarment)| {
        garments[..index].iter().any(|other| other.seen.layer == garment.seen.layer)
    };
    if garments.len() > MAX_NUMBERS_GARMENTS || garments.iter().enumerate().any(is_double) {
        return Err(ToldError::Layers);
    }
    Ok(())
}

fn is_inside(index: usize, place: Rect, size: Size) -> Result<(), ToldError> {
    let fits = |start: u32, length: u32, side: u32| length > 0 && start < side && length <= side - start;
    let is_inside = fits(place.left, place.width, size.width) && fits(place.top, place.height, size.height);
    if is_inside { Ok(()) } else { Err(ToldError::Place { index }) }
}

fn votes(index: usize, garment: &NumbersGarment) -> Result<Kinds, ToldError> {
    let are_shares = garment.votes.iter().all(|vote| (0.0..=1.0).contains(vote));
    let sum: f64 = garment.votes.iter().sum();
    if are_shares && (sum - 1.0).abs() <= VOTES_TOLERANCE {
        Ok(Kinds::in_proportion(garment.votes))
    } else {
        Err(ToldError::Votes { index })
    }
}
