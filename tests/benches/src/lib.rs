//! What several benchmarks share. In: articles of a catalogue. Out: mixtures of them, and catalogues of any size.

use std::collections::BTreeMap;

use stl_types::Category;

pub mod catalogue;
pub mod search;

/// Makes articles without end, each a mixture of two real ones of its category; the same ones in each run.
#[derive(Debug)]
pub struct Mixer<'a> {
    real: Vec<(Category, &'a [f32])>,
    by_category: BTreeMap<Category, Vec<&'a [f32]>>,
    state: u64,
}

impl<'a> Mixer<'a> {
    /// Mixes these articles: category and f(A).
    #[must_use]
    pub fn new(real: Vec<(Category, &'a [f32])>) -> Self {
        let mut by_category = BTreeMap::<Category, Vec<&[f32]>>::new();
        for (category, feature) in &real {
            by_category.entry(*category).or_default().push(feature);
        }
        Self { real, by_category, state: 0x9e37_79b9_7f4a_7c15 }
    }

    /// A number below `limit`, by xorshift (Marsaglia, 2003).
    fn number(&mut self, limit: usize) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        (self.state >> 33) as usize % limit
    }
}

impl Iterator for Mixer<'_> {
    /// The position of the real article that gives the category, and the mixed f(A).
    type Item = (usize, Vec<f32>);

    fn next(&mut self) -> Option<Self::Item> {
        let position = self.number(self.real.len());
        let count = self.by_category[&self.real[position].0].len();
        let (a, b, share) = (self.number(count), self.number(count), self.number(1000) as f32 / 1000.0);
        let of_category = &self.by_category[&self.real[position].0];
        let mixed = of_category[a].iter().zip(of_category[b]).map(|(a, b)| a + (b - a) * share);
        Some((position, mixed.collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mixtures_lie_between_two_articles_of_their_category() {
        let features = [[0.0, 10.0], [1.0, 20.0], [100.0, 0.0]];
        let categories = [Category::Shirts, Category::Shirts, Category::Tops];
        let real = || categories.into_iter().zip(features.iter().map(|feature| &feature[..])).collect();
        let mixed: Vec<_> = Mixer::new(real()).take(200).collect();
        for (position, feature) in &mixed {
            match categories[*position] {
                Category::Tops => assert_eq!(feature[..], features[2]),
                _ => {
                    assert!((feature[0] - (feature[1] - 10.0) / 10.0).abs() < 1e-5 && (0.0..=1.0).contains(&feature[0]))
                }
            }
        }
        assert!(
            mixed.iter().any(|(_, feature)| feature[0] > 0.2 && feature[0] < 0.8),
            "not only the articles themselves"
        );
        assert_eq!(mixed, Mixer::new(real()).take(200).collect::<Vec<_>>());
    }
}
