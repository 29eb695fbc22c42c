//! What is searched, and with what. In: a catalogue and photos. Out: a [`Shop`].

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use stl_benches::Mixer;
use stl_server::catalogue::{Store, features};
use stl_server::matching::{MatchQuery, MatchWeights, Matcher};
use stl_server::networks::models::Models;
use stl_server::pipeline::cutout::look_from_photo;
use stl_server::pipeline::recognise::{Recogniser, replaced};
use stl_types::Category;
use stl_types::limits::MAX_CARDS_PER_CATEGORY;

use crate::timing::BATCHES;

/// Bytes of a cache line: the units of each sign fill whole lines of a row.
const LINE_BYTES: usize = 64;

/// The features of a shop, and photos to search it with.
pub(super) struct Shop {
    pub(super) weights: MatchWeights,
    articles: Vec<Article>,
    pub(super) queries: Vec<MatchQuery>,
}

/// An article: its category and f(A).
pub(super) type Article = (Category, Vec<f32>);

impl Shop {
    pub(super) fn open(models: &Path, catalogue: &Path, photos: &Path) -> Result<Self> {
        let models = Models::open(models)?;
        let (published, stored) = Store::open(catalogue)?.read()?;
        let file = catalogue.join(&published.features_file);
        let read = features::read(&file, models.fashion_dna_sha256())?;
        let categories = stored.iter().map(|article| article.category);
        let articles = categories.zip(read.features.rows().map(<[f32]>::to_vec)).collect();
        Ok(Self { weights: models.match_weights()?, articles, queries: queries(&models, photos)? })
    }

    /// `count` articles, each a mixture of two real ones of its category.
    pub(super) fn articles(&self, count: usize) -> Vec<Article> {
        if count == self.articles.len() {
            return self.articles.clone();
        }
        let real = self.articles.iter().map(|(category, feature)| (*category, &feature[..])).collect();
        Mixer::new(real).take(count).map(|(position, feature)| (self.articles[position].0, feature)).collect()
    }

    /// `count` queries from `first` on, the photos in turn.
    pub(super) fn batch(&self, first: usize, count: usize) -> Vec<MatchQuery> {
        self.queries.iter().cycle().skip(first % self.queries.len()).take(count).cloned().collect()
    }

    /// The rows that a pass over the matcher's articles reads, and the bytes of a row: a byte for each hidden unit, those with a
    /// negative and those with a positive weight each filled up to whole lines.
    pub(super) fn pass_size(&self, matcher: &Matcher) -> (usize, usize) {
        let line_bytes = |is_counted: fn(f32) -> bool| {
            self.weights.w2.iter().filter(|weight| is_counted(**weight)).count().next_multiple_of(LINE_BYTES)
        };
        (matcher.articles().len(), line_bytes(|weight| weight < 0.0) + line_bytes(|weight| weight > 0.0))
    }
}

/// A query for each photo of a folder, in the order of their names.
fn queries(models: &Models, photos: &Path) -> Result<Vec<MatchQuery>> {
    let (segmenter, recogniser) = (models.segmenter()?, Recogniser::load(models)?);
    let mut paths: Vec<PathBuf> = std::fs::read_dir(photos)
        .with_context(|| format!("{} cannot be read", photos.display()))?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "jpg" || ending == "png"));
    paths.sort();
    paths.truncate(BATCHES[2]);
    ensure!(!paths.is_empty(), "{} holds no photo", photos.display());
    let query = |path: &PathBuf| {
        let look = look_from_photo(&segmenter, image::open(path)?.into_rgb8())?;
        let (garments, person) = (recogniser.garments(&look)?, recogniser.person(&look)?);
        let embedding = |category| replaced(&garments, category).map_or(&person, |garment| &garment.embedding);
        let embeddings =
            Category::ALL.map(|category| (category, embedding(category).for_category(category).to_vec())).to_vec();
        Ok(MatchQuery { embeddings, limit: MAX_CARDS_PER_CATEGORY, ..MatchQuery::default() })
    };
    paths.iter().map(query).collect()
}
