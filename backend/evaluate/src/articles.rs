//! A test set's articles, described for every method. In: their pictures. Out: [`DescribedArticles`].

use palette::Lab;
use stl_server::matching::{MatchWeights, Matcher};
use stl_server::networks::encode::FashionDna;
use stl_server::parallel::for_each_in_order;
use stl_types::Category;

use crate::baselines::UnitEmbeddings;
use crate::error::{EvaluateError, PictureProblem};
use crate::progress::Progress;
use crate::testset::TestArticle;
use crate::{colour, pictures};

/// The articles' features, in the test set's order.
#[derive(Debug)]
pub struct DescribedArticles {
    /// The match, with every article's f(A).
    pub matcher: Matcher,
    /// f(A) at unit length.
    pub fashion_dna: UnitEmbeddings,
    /// ImageNet features at unit length; empty without that network.
    pub imagenet: UnitEmbeddings,
    /// `(articles, 512)`, row-major.
    pub histograms: Vec<f32>,
    /// The garments' colours.
    pub colours: Vec<Lab>,
    /// The articles' categories.
    pub categories: Vec<Category>,
    /// The indices of all articles.
    pub all: Vec<usize>,
    by_category: [Vec<usize>; Category::ALL.len()],
    /// f(A) of each article.
    features: Vec<Vec<f32>>,
}

/// The features of one picture.
struct Description {
    fashion_dna: Vec<f32>,
    imagenet: Option<Vec<f32>>,
    histogram: Vec<f32>,
    colour: Lab,
}

impl DescribedArticles {
    /// Describes all articles, on `threads` threads.
    ///
    /// # Errors
    /// When a picture cannot be read or encoded.
    pub fn new(
        articles: &[TestArticle],
        weights: MatchWeights,
        fashion_dna: &FashionDna,
        imagenet: Option<&FashionDna>,
        threads: usize,
        progress: Progress<'_>,
    ) -> Result<Self, EvaluateError> {
        let work = |article: &TestArticle| {
            describe(article, fashion_dna, imagenet).map_err(|problem| problem.at(&article.image))
        };
        let mut described = Vec::with_capacity(articles.len());
        for_each_in_order(articles, threads, work, |index, outcome| {
            described.push(outcome?);
            progress("articles", index + 1, articles.len());
            Ok::<(), EvaluateError>(())
        })?;
        let features = articles
            .iter()
            .zip(&described)
            .map(|(article, description)| (article.category, &description.fashion_dna[..]));
        let mut all = Self {
            matcher: Matcher::from_features(weights, features)?,
            fashion_dna: UnitEmbeddings::default(),
            imagenet: UnitEmbeddings::default(),
            histograms: Vec::with_capacity(articles.len() * colour::HISTOGRAM),
            colours: described.iter().map(|article| article.colour).collect(),
            categories: articles.iter().map(|article| article.category).collect(),
            all: (0..articles.len()).collect(),
            by_category: by_category(articles.iter().map(|article| article.category)),
            features: Vec::new(),
        };
        for article in &described {
            all.fashion_dna.push(&article.fashion_dna);
            if let Some(imagenet) = &article.imagenet {
                all.imagenet.push(imagenet);
            }
            all.histograms.extend(&article.histogram);
        }
        all.features = described.into_iter().map(|article| article.fashion_dna).collect();
        Ok(all)
    }

    /// The same articles with other categories: those that `category` returns for their f(A).
    ///
    /// # Errors
    /// When the system refuses memory.
    pub fn with_categories(
        mut self,
        weights: MatchWeights,
        category: impl Fn(&[f32]) -> Category,
    ) -> Result<Self, EvaluateError> {
        self.categories = self.features.iter().map(|feature| category(feature)).collect();
        let articles = self.categories.iter().copied().zip(self.features.iter().map(Vec::as_slice));
        self.matcher = Matcher::from_features(weights, articles)?;
        self.by_category = by_category(self.categories.iter().copied());
        Ok(self)
    }

    /// The indices of a category's articles.
    #[must_use]
    pub fn in_category(&self, category: Category) -> &[usize] {
        &self.by_category[category.index()]
    }

    /// −ΔE of each article to a colour.
    #[must_use]
    pub fn nearness_to(&self, colour: Lab) -> Vec<f32> {
        self.colours.iter().map(|&other| -colour::delta_e(colour, other)).collect()
    }
}

/// The positions of each category's articles.
fn by_category(categories: impl Iterator<Item = Category>) -> [Vec<usize>; Category::ALL.len()] {
    let mut positions = [const { Vec::new() }; Category::ALL.len()];
    for (position, category) in categories.enumerate() {
        positions[category.index()].push(position);
    }
    positions
}

fn describe(
    article: &TestArticle,
    fashion_dna: &FashionDna,
    imagenet: Option<&FashionDna>,
) -> Result<Description, PictureProblem> {
    let picture = pictures::read(&article.image)?;
    Ok(Description {
        fashion_dna: fashion_dna.encode(&picture)?,
        imagenet: imagenet.map(|network| network.encode(&picture)).transpose()?,
        histogram: colour::histogram(picture.pixels().copied().filter(|&pixel| colour::is_content(pixel))),
        colour: colour::of_product(&picture),
    })
}
