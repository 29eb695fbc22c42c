//! A person with their garments. In: a cutout and its regions. Out: a [`Look`], and the [`LookQueries`] to search with.

use image::RgbImage;
use stl_types::wire::SeenGarment;
use stl_types::{Category, ClassMap, Garment, Rect};

use crate::networks::encode::{EncodeError, QueryEmbedding, QueryEncoder};
use crate::pictures::scale::size_of;
use crate::pipeline::garment::garment_cutout;

/// A person's cutout and the garments seen in it.
#[derive(Clone, Debug)]
pub struct Look {
    cutout: RgbImage,
    /// With regions of the cutout's size, the largest first.
    garments: Vec<Garment>,
}

/// The part of a look that is encoded to search a category.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum QueryPart {
    Person,
    /// The garment at this position.
    Garment(usize),
}

/// The query embedding f(I) of each category.
#[derive(Clone, Debug)]
pub struct LookQueries {
    by_category: Vec<(Category, usize)>,
    embeddings: Vec<QueryEmbedding>,
}

impl Look {
    /// A person whose garments are unknown.
    #[must_use]
    pub const fn person(cutout: RgbImage) -> Self {
        Self { cutout, garments: Vec::new() }
    }

    /// A person with the garments of a class map, which covers the whole cutout at its own resolution.
    #[must_use]
    pub fn with_regions(cutout: RgbImage, regions: &ClassMap) -> Self {
        let size = size_of(&cutout);
        let at_cutout = |garment: Garment| Some(Garment { region: garment.region.at_size(size)?, ..garment });
        let garments = regions.garments().into_iter().filter_map(at_cutout).collect();
        Self { cutout, garments }
    }

    /// The same person without their garments: every category is searched with the whole person.
    #[must_use]
    pub fn without_garments(self) -> Self {
        Self::person(self.cutout)
    }

    /// The box and the share of the largest garment of a category, if one was seen.
    #[must_use]
    pub fn seen(&self, category: Category) -> Option<SeenGarment> {
        let garment = self.garments.iter().find(|garment| garment.category == category)?;
        let Rect { left, top, width, height } = garment.region.bounds();
        Some(SeenGarment { left, top, width, height, share: garment.share as f32 })
    }

    /// Encodes the queries of `categories`. If a garment of the category was seen, that garment is encoded; else the largest
    /// garment on the same part of the body, which a product of the category would replace; else the whole person.
    ///
    /// # Errors
    /// When the whole picture is white, or the network fails.
    pub fn queries(
        &self,
        encoder: &QueryEncoder,
        categories: impl Iterator<Item = Category>,
    ) -> Result<LookQueries, EncodeError> {
        let (mut parts, mut queries) = (Vec::new(), LookQueries { by_category: Vec::new(), embeddings: Vec::new() });
        for category in categories {
            let part = self.query_part(category);
            let position = parts.iter().position(|&known| known == part);
            if position.is_none() {
                queries.embeddings.push(self.encode(encoder, part)?);
                parts.push(part);
            }
            queries.by_category.push((category, position.unwrap_or(parts.len() - 1)));
        }
        Ok(queries)
    }

    fn query_part(&self, category: Category) -> QueryPart {
        let first = |fits: &dyn Fn(Category) -> bool| self.garments.iter().position(|garment| fits(garment.category));
        first(&|seen| seen == category)
            .or_else(|| first(&|seen| seen.body_part() == category.body_part()))
            .map_or(QueryPart::Person, QueryPart::Garment)
    }

    fn encode(&self, encoder: &QueryEncoder, part: QueryPart) -> Result<QueryEmbedding, EncodeError> {
        let QueryPart::Garment(index) = part else { return encoder.encode(&self.cutout) };
        match encoder.encode(&garment_cutout(&self.cutout, self.garments[index].region.as_slice())) {
            // A white garment on white has no content of its own.
            Err(EncodeError::Blank) => encoder.encode(&self.cutout),
            outcome => outcome,
        }
    }
}

impl LookQueries {
    /// f(I) for one of the categories that were encoded.
    ///
    /// # Panics
    /// For any other category.
    #[must_use]
    pub fn for_category(&self, category: Category) -> &[f32] {
        let found = self.by_category.iter().find(|(known, _)| *known == category);
        let (_, embedding) = found.expect("a category that queries were made for");
        self.embeddings[*embedding].for_category(category)
    }
}

#[cfg(test)]
mod tests {
    use image::Rgb;
    use stl_types::{Class, Size};

    use super::*;

    #[test]
    fn a_category_that_was_not_seen_takes_the_garment_of_its_part_of_the_body() {
        // A large jumper over a small shirt, and trousers.
        let mut indices = vec![Class::Jumpers as u8; 60];
        indices[50..].fill(Class::Shirts as u8);
        indices.extend([Class::Trousers as u8; 40]);
        let regions = ClassMap::from_indices(Size { width: 10, height: 10 }, &indices).expect("classes");
        let look = Look::with_regions(RgbImage::from_pixel(20, 20, Rgb([9; 3])), &regions);
        let seen: Vec<_> = look.garments.iter().map(|garment| garment.category).collect();
        assert_eq!(seen, [Category::Jumpers, Category::Trousers, Category::Shirts]);
        for (category, part) in [
            (Category::Jumpers, QueryPart::Garment(0)),
            (Category::Shirts, QueryPart::Garment(2)),
            (Category::Tops, QueryPart::Garment(0)),
            (Category::Skirts, QueryPart::Garment(1)),
            (Category::Dresses, QueryPart::Person),
        ] {
            assert_eq!(look.query_part(category), part, "{category}");
        }
        let trousers = look.seen(Category::Trousers).expect("seen");
        assert_eq!([trousers.left, trousers.top, trousers.width, trousers.height], [0, 12, 20, 8]);
        assert_eq!((trousers.share, look.seen(Category::Skirts)), (0.4, None));
    }
}
