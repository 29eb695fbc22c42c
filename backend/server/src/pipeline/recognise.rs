//! What the garments of a look are. In: a [`Look`]. Out: [`RecognisedGarment`]s, each with its f(I) and kinds.

use image::RgbImage;
use stl_types::wire::SeenGarment;
use stl_types::{Category, Garment, Kinds, Rect, WHITE};

use crate::networks::category_head::CategoryHead;
use crate::networks::encode::{EncodeError, FashionDna, QueryEmbedding, QueryEncoder};
use crate::networks::garment_head::GarmentHead;
use crate::networks::models::{Models, ModelsError};
use crate::pipeline::garment::garment_cutout;
use crate::pipeline::look::{Look, Subject};

/// The networks that look at a garment.
#[derive(Clone, Debug)]
pub struct Recogniser {
    encoder: QueryEncoder,
    /// Without one, what tells the category of articles tells that of garments, with the votes of their pixels.
    head: Option<GarmentHead>,
    /// Encodes pictures of articles, and garments that nobody wears.
    fashion_dna: FashionDna,
    /// What tells the category of a garment that nobody wears, as for an article whose feed tells none. Without one, the kinds of a worn
    /// garment are the votes of its pixels.
    of_articles: Option<CategoryHead>,
}

/// A garment of a look, encoded.
#[derive(Clone, Debug)]
pub struct RecognisedGarment {
    /// Its position in the look's garments.
    pub index: usize,
    /// Its box, share and layer.
    pub seen: SeenGarment,
    /// What it is.
    pub kinds: Kinds,
    /// Its f(I) for each category.
    pub embedding: QueryEmbedding,
}

impl Recogniser {
    /// Loads the query encoder and the head of garments.
    ///
    /// # Errors
    /// When a file is not the manifest's, or cannot be loaded.
    pub fn load(models: &Models) -> Result<Self, ModelsError> {
        Ok(Self {
            encoder: models.query_encoder()?,
            head: models.garment_head()?,
            fashion_dna: models.fashion_dna()?,
            of_articles: models.category_head()?,
        })
    }

    /// The query encoder.
    #[must_use]
    pub const fn encoder(&self) -> &QueryEncoder {
        &self.encoder
    }

    /// The encoder of articles' pictures.
    #[must_use]
    pub const fn fashion_dna(&self) -> &FashionDna {
        &self.fashion_dna
    }

    /// The probability of each category of an article, by its f(A); none without the head.
    #[must_use]
    pub fn categories_of(&self, feature: &[f32]) -> Option<[f32; Category::ALL.len()]> {
        let head = self.of_articles.as_ref().filter(|_| !feature.is_empty())?;
        Some(head.probabilities(feature))
    }

    /// f(I) of the whole person.
    ///
    /// # Errors
    /// When the picture is entirely white, or the network fails.
    pub fn person(&self, look: &Look) -> Result<QueryEmbedding, EncodeError> {
        self.encoder.encode(look.cutout())
    }

    /// The look's garments, each encoded once, in the look's order. Regions that show no garment are left out.
    ///
    /// # Errors
    /// When the whole picture is white, or the network fails.
    pub fn garments(&self, look: &Look) -> Result<Vec<RecognisedGarment>, EncodeError> {
        if look.subject() == Subject::Garment {
            return Ok(self.unworn(look)?.into_iter().collect());
        }
        let mut recognised = Vec::with_capacity(look.garments().len());
        let embeddings = self.embeddings(look)?;
        for (index, (garment, embedding)) in look.garments().iter().zip(embeddings).enumerate() {
            let Some((embedding, kinds)) = self.recognise(look, garment, embedding)? else { continue };
            let Rect { left, top, width, height } = garment.region.bounds();
            let (share, layer, outerwear) = (garment.share as f32, garment.layer, kinds.is_outerwear());
            let seen = SeenGarment { left, top, width, height, share, layer, outerwear };
            recognised.push(RecognisedGarment { index, seen, kinds, embedding });
        }
        Ok(recognised)
    }

    /// The garment that nobody wears: all of the cutout. `None` if it is most probably none of the eight categories, or nothing tells.
    fn unworn(&self, look: &Look) -> Result<Option<RecognisedGarment>, EncodeError> {
        if self.of_articles.is_none() {
            return Ok(None);
        }
        let embedding = self.encoder.encode(look.cutout())?;
        // Close up, as shops show a garment.
        let feature = self.fashion_dna.encode(&self.encoder.cropped(look.cutout())?)?;
        Ok(self.unworn_of(&feature, embedding, content(look.cutout())))
    }

    /// The garment that nobody wears, by its f(A) and f(I), at a `place` in the cutout; `None` as for [`Recogniser::garments`].
    pub(super) fn unworn_of(
        &self,
        feature: &[f32],
        embedding: QueryEmbedding,
        place: Rect,
    ) -> Option<RecognisedGarment> {
        let probabilities = self.of_articles.as_ref()?.probabilities(feature).map(f64::from);
        if probabilities.iter().sum::<f64>() < LEAST_GARMENT {
            return None;
        }
        let mut weights = [0.0; Kinds::COUNT];
        weights[..probabilities.len()].copy_from_slice(&probabilities);
        let kinds = Kinds::in_proportion(weights);
        let Rect { left, top, width, height } = place;
        let layer = kinds.category().layer();
        let seen = SeenGarment { left, top, width, height, share: 1.0, layer, outerwear: false };
        Some(RecognisedGarment { index: 0, seen, kinds, embedding })
    }

    /// f(I) of each garment, all in one batch; none of a white garment on white, which has no content of its own.
    fn embeddings(&self, look: &Look) -> Result<Vec<Option<QueryEmbedding>>, EncodeError> {
        let mut cropped = Vec::with_capacity(look.garments().len());
        let mut is_blank = Vec::with_capacity(look.garments().len());
        for garment in look.garments() {
            let cutout = self.encoder.cropped(&garment_cutout(look.cutout(), garment.region.as_slice()));
            is_blank.push(matches!(cutout, Err(EncodeError::Blank)));
            match cutout {
                Err(EncodeError::Blank) => {}
                cutout => cropped.push(cutout?),
            }
        }
        let mut embeddings = self.encoder.encode_all(&cropped)?.into_iter();
        Ok(is_blank.into_iter().map(|is_blank| if is_blank { None } else { embeddings.next() }).collect())
    }

    fn recognise(
        &self,
        look: &Look,
        garment: &Garment,
        embedding: Option<QueryEmbedding>,
    ) -> Result<Option<(QueryEmbedding, Kinds)>, EncodeError> {
        // A white garment on white is searched with the person, and only its pixels tell its kind.
        let Some(embedding) = embedding else { return Ok(Some((self.person(look)?, garment.votes))) };
        let kinds = self.kinds(&embedding, &garment.votes);
        Ok(kinds.map(|kinds| (embedding, kinds)))
    }

    /// What a garment is, by its f(I) and the votes of its pixels; `None` if it is no garment.
    pub(super) fn kinds(&self, embedding: &QueryEmbedding, votes: &Kinds) -> Option<Kinds> {
        match (&self.head, &self.of_articles) {
            (Some(head), _) => head.kinds(embedding, votes),
            (None, Some(of_articles)) => Some(of_articles.worn(embedding, votes)),
            (None, None) => Some(*votes),
        }
    }
}

/// Least probability that a thing is of one of the eight categories. A garment that is not searched is worse than a bag that is: of 3,468
/// held-out garments alone .998 have it, of 884 shoes, bags, coats and hats .13, of 173 things that stand out in places without people .13
/// (with .3: .993, .02 and .03).
const LEAST_GARMENT: f64 = 0.05;

/// The box of what is not white.
pub(super) fn content(cutout: &RgbImage) -> Rect {
    let (mut left, mut right, mut top, mut bottom) = (u32::MAX, 0, u32::MAX, 0);
    for (x, y, _) in cutout.enumerate_pixels().filter(|(_, _, pixel)| pixel.0 != [WHITE; 3]) {
        (left, right, top, bottom) = (left.min(x), right.max(x), top.min(y), bottom.max(y));
    }
    if left > right {
        return Rect { left: 0, top: 0, width: cutout.width(), height: cutout.height() };
    }
    Rect { left, top, width: right + 1 - left, height: bottom + 1 - top }
}

/// The garment that a product of `category` would replace: the one of its layer, else the largest on the same part of the body.
#[must_use]
pub fn replaced(garments: &[RecognisedGarment], category: Category) -> Option<&RecognisedGarment> {
    let of_layer = garments.iter().find(|garment| garment.seen.layer == category.layer());
    of_layer.or_else(|| garments.iter().find(|garment| garment.seen.layer.body_part() == category.body_part()))
}
