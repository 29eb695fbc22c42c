//! What somebody wears, ready to be searched for. In: a cut-out and its regions. Out: a [`Look`], its [`LookQueries`].

use image::RgbImage;
use stl_types::wire::SeenGarment;
use stl_types::{Category, ClassMap, Garment, Rect};

use crate::networks::encode::{EncodeError, QueryEmbedding, QueryEncoder};
use crate::pictures::scale::size_of;
use crate::pipeline::garment::garment_cutout;

/// A person's cut-out and the garments seen in it.
#[derive(Clone, Debug)]
pub struct Look {
    cutout: RgbImage,
    /// With regions of the cut-out's size, the largest first.
    garments: Vec<Garment>,
}

/// What is encoded to search a category.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    Person,
    /// The garment at this position.
    Garment(usize),
}

/// The f(I) that each category is searched with.
#[derive(Clone, Debug)]
pub struct LookQueries {
    by_category: Vec<(Category, usize)>,
    embeddings: Vec<QueryEmbedding>,
}

impl Look {
    /// A person of whose garments nothing is known.
    #[must_use]
    pub const fn person(cutout: RgbImage) -> Self {
        Self { cutout, garments: Vec::new() }
    }

    /// A person with the garments of a class map, which covers the cut-out at any resolution.
    #[must_use]
    pub fn with_regions(cutout: RgbImage, regions: &ClassMap) -> Self {
        let size = size_of(&cutout);
        let at_cutout = |garment: Garment| Some(Garment { region: garment.region.at_size(size)?, ..garment });
        let garments = regions.garments().into_iter().filter_map(at_cutout).collect();
        Self { cutout, garments }
    }

    /// The same person, of whose garments nothing is known.
    #[must_use]
    pub fn whole(self) -> Self {
        Self::person(self.cutout)
    }

    /// Where a garment of a category was seen.
    #[must_use]
    pub fn seen(&self, category: Category) -> Option<SeenGarment> {
        let garment = self.garments.iter().find(|garment| garment.category == category)?;
        let Rect { left, top, width, height } = garment.region.bounds();
        Some(SeenGarment { left, top, width, height, share: garment.share as f32 })
    }

    /// Encodes what `categories` are searched with: a category that was seen with its own garment alone, another one with
    /// the largest garment seen on the same part of the body, which is what that category's article would be worn
    /// instead of, and the rest with the whole person.
    ///
    /// # Errors
    /// When the whole picture is white, or the network fails.
    pub fn queries(
        &self,
        encoder: &QueryEncoder,
        categories: impl Iterator<Item = Category>,
    ) -> Result<LookQueries, EncodeError> {
        let (mut sources, mut queries) = (Vec::new(), LookQueries { by_category: Vec::new(), embeddings: Vec::new() });
        for category in categories {
            let source = self.source(category);
            let position = sources.iter().position(|&known| known == source);
            if position.is_none() {
                queries.embeddings.push(self.encode(encoder, source)?);
                sources.push(source);
            }
            queries.by_category.push((category, position.unwrap_or(sources.len() - 1)));
        }
        Ok(queries)
    }

    fn source(&self, category: Category) -> Source {
        let first = |fits: &dyn Fn(Category) -> bool| self.garments.iter().position(|garment| fits(garment.category));
        first(&|seen| seen == category)
            .or_else(|| first(&|seen| seen.body_part() == category.body_part()))
            .map_or(Source::Person, Source::Garment)
    }

    fn encode(&self, encoder: &QueryEncoder, source: Source) -> Result<QueryEmbedding, EncodeError> {
        let Source::Garment(index) = source else { return encoder.encode(&self.cutout) };
        match encoder.encode(&garment_cutout(&self.cutout, self.garments[index].region.as_slice())) {
            // A garment as white as the paper it lies on is nothing by itself.
            Err(EncodeError::Blank) => encoder.encode(&self.cutout),
            outcome => outcome,
        }
    }
}

impl LookQueries {
    /// f(I) for one of the categories that were asked for.
    ///
    /// # Panics
    /// For a category that was not.
    #[must_use]
    pub fn of(&self, category: Category) -> &[f32] {
        let found = self.by_category.iter().find(|(known, _)| *known == category);
        let (_, embedding) = found.expect("a category that queries were made for");
        self.embeddings[*embedding].of(category)
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
        for (category, source) in [
            (Category::Jumpers, Source::Garment(0)),
            (Category::Shirts, Source::Garment(2)),
            (Category::Tops, Source::Garment(0)),
            (Category::Skirts, Source::Garment(1)),
            (Category::Dresses, Source::Person),
        ] {
            assert_eq!(look.source(category), source, "{category}");
        }
        let trousers = look.seen(Category::Trousers).expect("seen");
        assert_eq!([trousers.left, trousers.top, trousers.width, trousers.height], [0, 12, 20, 8]);
        assert_eq!((trousers.share, look.seen(Category::Skirts)), (0.4, None));
    }
}
