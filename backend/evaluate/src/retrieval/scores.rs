//! Scores of all articles by each method. In: an [`EvaluatedQuery`]. Out: a score for each article.

use stl_server::networks::encode::{EncodeError, FashionDna};
use stl_types::Category;

use crate::articles::DescribedArticles;
use crate::baselines::{Method, UnitEmbeddings};
use crate::colour;
use crate::look::EvaluatedQuery;
use crate::retrieval::Retrieval;

impl Retrieval {
    /// A score for each article; `None` for a query without pixels. The match compares every article with the f(I) of
    /// `category`, the category of the query's only garment. For a query of a whole person, `category` is `None`: the match
    /// compares each article with the f(I) of its own category.
    pub(super) fn scores(
        &self,
        method: Method,
        query: &EvaluatedQuery,
        category: Option<Category>,
        articles: &DescribedArticles,
    ) -> Result<Option<Vec<f32>>, EncodeError> {
        let cosines = |network: Option<&FashionDna>, embeddings: &UnitEmbeddings| {
            let Some(network) = network else { return Ok(None) };
            Ok(Some(embeddings.cosines(&network.encode(&self.query_encoder.cropped(&query.picture)?)?)))
        };
        let scores = match method {
            Method::Match => self.query_encoder.encode(&query.picture).map(|embedding| {
                Some(articles.matcher.exact_scores(|of_article| embedding.for_category(category.unwrap_or(of_article))))
            }),
            Method::FashionDna => cosines(Some(&self.fashion_dna), &articles.fashion_dna),
            Method::Imagenet => cosines(self.imagenet.as_ref(), &articles.imagenet),
            Method::Histogram => {
                let histogram = colour::histogram(query.pixels.iter().copied());
                let rows = articles.histograms.chunks_exact(colour::HISTOGRAM);
                Ok(Some(rows.map(|row| colour::intersection(&histogram, row)).collect()))
            }
            Method::MeanColour => Ok(colour::mean(query.pixels.iter().copied()).map(|mean| articles.nearness_to(mean))),
            Method::Random | Method::ColourOracle => Ok(None),
        };
        match scores {
            Err(EncodeError::Blank) => Ok(None),
            other => other,
        }
    }
}
