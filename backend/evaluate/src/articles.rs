//! A test set's articles, described for every method. In: their pictures. Out: [`Articles`].

use palette::Lab;
use stl_types::Category;

use crate::baselines::Directions;
use crate::testset::Article;
use crate::{EvaluateError, PictureProblem, Progress, colour, pictures};
use stl_server::matching::{MatchWeights, Matcher};
use stl_server::networks::encode::FashionDna;
use stl_server::parallel::for_each_in_order;

/// What is known of the articles, in the test set's order.
#[derive(Debug)]
pub struct Articles {
    /// The match, with every article's f(A).
    pub matcher: Matcher,
    /// f(A) as directions.
    pub fashion_dna: Directions,
    /// ImageNet features as directions, empty without that network.
    pub imagenet: Directions,
    /// `(articles, 512)`, row-major.
    pub histograms: Vec<f32>,
    /// The garments' colours.
    pub colours: Vec<Lab>,
    /// Their categories.
    pub categories: Vec<Category>,
    /// All positions.
    pub all: Vec<usize>,
    by_category: [Vec<usize>; Category::ALL.len()],
}

/// What one picture gives.
struct Described {
    fashion_dna: Vec<f32>,
    imagenet: Option<Vec<f32>>,
    histogram: Vec<f32>,
    colour: Lab,
}

impl Articles {
    /// Describes all articles, on `threads` threads.
    ///
    /// # Errors
    /// When a picture cannot be read or encoded.
    pub fn describe(
        articles: &[Article],
        weights: MatchWeights,
        fashion_dna: &FashionDna,
        imagenet: Option<&FashionDna>,
        threads: usize,
        progress: Progress<'_>,
    ) -> Result<Self, EvaluateError> {
        let work =
            |article: &Article| describe(article, fashion_dna, imagenet).map_err(|problem| problem.of(&article.image));
        let mut described = Vec::with_capacity(articles.len());
        for_each_in_order(articles, threads, work, |index, outcome| {
            described.push(outcome?);
            progress("articles", index + 1, articles.len());
            Ok::<(), EvaluateError>(())
        })?;
        let features = articles.iter().zip(&described).map(|(article, is)| (article.category, &is.fashion_dna[..]));
        let mut all = Self {
            matcher: Matcher::from_features(weights, features)?,
            fashion_dna: Directions::default(),
            imagenet: Directions::default(),
            histograms: Vec::with_capacity(articles.len() * colour::HISTOGRAM),
            colours: described.iter().map(|article| article.colour).collect(),
            categories: articles.iter().map(|article| article.category).collect(),
            all: (0..articles.len()).collect(),
            by_category: Default::default(),
        };
        for (position, article) in described.iter().enumerate() {
            all.fashion_dna.push(&article.fashion_dna);
            if let Some(imagenet) = &article.imagenet {
                all.imagenet.push(imagenet);
            }
            all.histograms.extend(&article.histogram);
            all.by_category[articles[position].category.index()].push(position);
        }
        Ok(all)
    }

    /// The positions of a category's articles.
    #[must_use]
    pub fn of(&self, category: Category) -> &[usize] {
        &self.by_category[category.index()]
    }
}

fn describe(
    article: &Article,
    fashion_dna: &FashionDna,
    imagenet: Option<&FashionDna>,
) -> Result<Described, PictureProblem> {
    let picture = pictures::read(&article.image)?;
    Ok(Described {
        fashion_dna: fashion_dna.encode(&picture)?,
        imagenet: imagenet.map(|network| network.encode(&picture)).transpose()?,
        histogram: colour::histogram(picture.pixels().copied().filter(|&pixel| colour::is_content(pixel))),
        colour: colour::of_product(&picture),
    })
}
