//! A person who wears an article. In: a further picture. Out: f(I) of the whole person and of the article's garment.

use image::RgbImage;
use stl_types::Category;
use stl_vision::Segmenter;

use super::error::AdaptError;
use crate::networks::encode::{EncodeError, QueryEmbedding, QueryEncoder};
use crate::networks::models::{Models, ModelsError};
use crate::pipeline::cutout::wearer;
use crate::pipeline::garment::garment_cutout;

/// Whoever the segmenter takes for a person is a wearer: a few wrong pictures do no harm among the right ones.
const LEAST_CERTAINTY: f64 = 0.0;

/// f(I) of a wearer for one category, `(width)` each.
#[derive(Clone, Debug, PartialEq)]
pub struct Worn {
    /// Of the whole person.
    pub person: Vec<f32>,
    /// Of the garment on the category's layer, if it is seen.
    pub garment: Option<Vec<f32>>,
}

/// Finds wearers and encodes them with the serving code.
#[derive(Debug)]
pub struct Wearers {
    segmenter: Segmenter,
    encoder: QueryEncoder,
}

impl Wearers {
    /// Loads the segmenter and the query encoder.
    ///
    /// # Errors
    /// When one cannot be loaded.
    pub fn load(models: &Models) -> Result<Self, ModelsError> {
        Ok(Self { segmenter: models.segmenter()?, encoder: models.query_encoder()? })
    }

    /// f(I) for each of `categories`; none if nobody wears anything in the picture.
    ///
    /// # Errors
    /// When the picture cannot be resampled, or a network fails.
    pub fn encode(&self, picture: RgbImage, categories: &[Category]) -> Result<Option<Vec<Worn>>, AdaptError> {
        let Some(look) = wearer(&self.segmenter, picture, LEAST_CERTAINTY)? else { return Ok(None) };
        let mut inputs = match self.encoder.cropped(look.cutout()) {
            Err(EncodeError::Blank) => return Ok(None),
            cropped => vec![cropped?],
        };
        let mut layers = Vec::new();
        for garment in look.garments() {
            if !categories.iter().any(|category| category.layer() == garment.layer) {
                continue;
            }
            match self.encoder.cropped(&garment_cutout(look.cutout(), garment.region.as_slice())) {
                // White on white.
                Err(EncodeError::Blank) => {}
                cropped => {
                    layers.push(garment.layer);
                    inputs.push(cropped?);
                }
            }
        }
        let embeddings = self.encoder.encode_all(&inputs)?;
        let [person, garments @ ..] = &embeddings[..] else { return Ok(None) };
        let of_category = |embedding: &QueryEmbedding, category| embedding.for_category(category).to_vec();
        let worn = |&category: &Category| {
            let place = layers.iter().position(|layer| *layer == category.layer());
            let garment = place.and_then(|place| Some(of_category(garments.get(place)?, category)));
            Worn { person: of_category(person, category), garment }
        };
        Ok(Some(categories.iter().map(worn).collect()))
    }
}
