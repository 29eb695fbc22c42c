//! What fronts and shards send each other: JSON, with numbers in base64 of their bytes, so that none is rounded. In: queries and scores. Out:
//! the same, checked.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};
use stl_types::Category;

use crate::catalogue::filter::Filter;
use crate::catalogue::{Catalogue, RuleChoice};
use crate::matching::{CategoryScores, MatchQuery, Part, Scored, ScoredCandidate};

/// The path at which a shard tells what it is.
pub const ABOUT: &str = "/shard/v1/about";

/// The path at which a shard searches.
pub const SEARCH: &str = "/shard/v1/search";

/// Bytes of a search at most: f(I) takes some kilobytes, the shop's rules at most two megabytes as JSON.
pub const MAX_SEARCH_BYTES: usize = 8 << 20;

/// Bytes of an answer at most: a candidate takes 22.
pub const MAX_ANSWER_BYTES: usize = 64 << 20;

/// Queries of a search at most: one for each garment, and one for all that was not seen.
const MAX_QUERIES: usize = 16;

/// Hits of a category at most, of which pinned products are the most.
const MAX_LIMIT: usize = 1 << 18;

/// Bytes of a scored article: steps, its number, two scores.
const SCORED_BYTES: usize = 16;

/// f(I) `(width)` of each category of a query.
pub type Embeddings = Vec<(Category, Vec<f32>)>;

/// Which catalogue a server has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServedVersion {
    /// Counts imports and changes.
    pub version: u64,
    /// Tells catalogues with one number apart.
    pub mark: String,
    /// SHA-256 of the match's weights, which may be the shop's own.
    pub weights: String,
}

impl ServedVersion {
    /// That of a loaded catalogue.
    #[must_use]
    pub fn of(catalogue: &Catalogue) -> Self {
        let publication = catalogue.publication();
        let weights = hex::encode(catalogue.matcher.weights_sha256());
        Self { version: publication.version, mark: publication.mark.clone(), weights }
    }
}

/// What a shard is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShardAbout {
    /// Its part.
    pub part: Part,
    /// SHA-256 of FashionDNA and Fashion2Shop.
    pub networks: String,
    /// The catalogues that it can search.
    pub versions: Vec<ServedVersion>,
}

/// A search in a part of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShardSearch {
    /// The part that is meant.
    pub part: Part,
    /// SHA-256 of FashionDNA and Fashion2Shop.
    pub networks: String,
    /// The catalogue that is meant.
    pub version: ServedVersion,
    /// The market's name.
    pub market: String,
    /// Only articles that pass.
    pub filter: Filter,
    /// The shop's rules; none if there are none.
    pub rules: Option<ShardRules>,
    /// The moment of prices and rules.
    pub now: String,
    /// Hits of a category at most.
    pub limit: usize,
    /// Pinned articles, by their numbers in the catalogue.
    pub pinned: Vec<usize>,
    /// For each query f(I) of its categories: float32, little-endian, as base64.
    pub queries: Vec<Vec<(Category, String)>>,
}

/// The shop's rules of a search.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShardRules {
    /// SHA-256 of their text.
    pub sha256: String,
    /// Only those that exclude.
    pub off: bool,
    /// Those of this variant as well.
    pub variant: String,
    /// The text, for a shard that does not know them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

impl ShardRules {
    /// Which of the rules apply.
    #[must_use]
    pub fn choice(&self) -> RuleChoice {
        RuleChoice { off: self.off, variant: self.variant.clone() }
    }
}

/// What a shard has found: of each query each category.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShardAnswer {
    /// In the order of the search's queries.
    pub queries: Vec<Vec<PackedScores>>,
}

/// What a shard has found of a category.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackedScores {
    category: Category,
    scored: usize,
    /// For each candidate, little-endian: score on the grid `i32`, number in the catalogue `u32`, the match's score `f32`, with offset `f32`.
    candidates: String,
    /// The same of pinned articles, whose scores on the grid are 0.
    pinned: String,
}

/// Why a shard refuses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusalBody {
    /// A word that stays.
    pub code: String,
    /// A sentence.
    pub detail: String,
}

/// f(I) of each category as text.
#[must_use]
pub fn packed_query(query: &MatchQuery) -> Vec<(Category, String)> {
    let packed = |numbers: &[f32]| BASE64_STANDARD.encode(bytemuck::cast_slice::<f32, u8>(numbers));
    query.embeddings.iter().map(|(category, numbers)| (*category, packed(numbers))).collect()
}

impl ShardSearch {
    /// f(I) `(width)` of each category of each query.
    ///
    /// # Errors
    /// What was expected and what was received.
    pub fn embeddings(&self, width: usize) -> Result<Vec<Embeddings>, String> {
        if self.queries.len() > MAX_QUERIES {
            return Err(format!("expected at most {MAX_QUERIES} queries, got {}", self.queries.len()));
        }
        if self.limit > MAX_LIMIT {
            return Err(format!("expected a limit of at most {MAX_LIMIT}, got {}", self.limit));
        }
        let embedding = |(category, text): &(Category, String)| {
            let bytes = BASE64_STANDARD.decode(text).map_err(|_| "expected f(I) as base64".to_owned())?;
            let (numbers, rest) = bytes.as_chunks();
            if numbers.len() != width || !rest.is_empty() {
                return Err(format!("expected f(I) of {width} numbers, got {} bytes", bytes.len()));
            }
            let numbers: Vec<f32> = numbers.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect();
            if numbers.iter().all(|number| number.is_finite()) {
                Ok((*category, numbers))
            } else {
                Err("expected finite numbers in f(I)".to_owned())
            }
        };
        let query = |query: &Vec<(Category, String)>| {
            if query.len() > Category::ALL.len() {
                return Err(format!("expected at most {} categories, got {}", Category::ALL.len(), query.len()));
            }
            query.iter().map(embedding).collect()
        };
        self.queries.iter().map(query).collect()
    }
}

impl PackedScores {
    /// Packs what a part has found, by numbers of the whole catalogue.
    #[must_use]
    pub fn of(scores: &CategoryScores, part: Part) -> Self {
        let packed = |steps: i32, scored: &Scored| {
            let number = u32::try_from(part.number(scored.article)).unwrap_or(u32::MAX);
            [steps.to_le_bytes(), number.to_le_bytes(), scored.alone.to_le_bytes(), scored.score.to_le_bytes()].concat()
        };
        let candidates: Vec<u8> =
            scores.candidates.iter().flat_map(|candidate| packed(candidate.steps, &candidate.scored)).collect();
        let pinned: Vec<u8> = scores.pinned.iter().flat_map(|pinned| packed(0, pinned)).collect();
        Self {
            category: scores.category,
            scored: scores.scored,
            candidates: BASE64_STANDARD.encode(candidates),
            pinned: BASE64_STANDARD.encode(pinned),
        }
    }

    /// What a part of a catalogue of so many articles has found.
    ///
    /// # Errors
    /// When it is nothing that this part can have found.
    fn unpacked(&self, part: Part, articles: usize) -> Result<CategoryScores, &'static str> {
        let read = |text: &str| -> Result<Vec<ScoredCandidate>, &'static str> {
            let bytes = BASE64_STANDARD.decode(text).map_err(|_| "expected base64")?;
            let (all, rest) = bytes.as_chunks::<SCORED_BYTES>();
            let one = |bytes: &[u8; SCORED_BYTES]| {
                let (fields, _) = bytes.as_chunks::<4>();
                let article = u32::from_le_bytes(fields[1]) as usize;
                let [alone, score] = [fields[2], fields[3]].map(f32::from_le_bytes);
                if article >= articles || part.own(article).is_none() {
                    return Err("expected articles of the shard's part");
                }
                let scored = Scored { article, alone, score };
                Ok(ScoredCandidate { steps: i32::from_le_bytes(fields[0]), scored })
            };
            if !rest.is_empty() {
                return Err("expected whole entries");
            }
            all.iter().map(one).collect()
        };
        let pinned = read(&self.pinned)?.into_iter().map(|candidate| candidate.scored).collect();
        let candidates = read(&self.candidates)?;
        Ok(CategoryScores { category: self.category, candidates, pinned, scored: self.scored })
    }
}

impl ShardAnswer {
    /// What a part of a catalogue of so many articles has found, for so many queries.
    ///
    /// # Errors
    /// When it is nothing that this part can have found.
    pub fn unpacked(
        &self,
        part: Part,
        articles: usize,
        queries: usize,
    ) -> Result<Vec<Vec<CategoryScores>>, &'static str> {
        if self.queries.len() != queries {
            return Err("expected an answer to each query");
        }
        let of_query = |all: &Vec<PackedScores>| all.iter().map(|scores| scores.unpacked(part, articles)).collect();
        self.queries.iter().map(of_query).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scores() -> CategoryScores {
        let scored = |article, alone: f32| Scored { article, alone, score: alone + 0.1 };
        let candidates = vec![
            ScoredCandidate { steps: -7, scored: scored(0, f32::MIN_POSITIVE) },
            ScoredCandidate { steps: i32::MAX, scored: scored(3, -0.0) },
        ];
        CategoryScores { category: Category::Skirts, candidates, pinned: vec![scored(2, 1.0 / 3.0)], scored: 9 }
    }

    #[test]
    fn scores_arrive_bit_for_bit_with_the_catalogues_numbers() {
        let part: Part = "2/4".parse().expect("a part");
        let packed = PackedScores::of(&scores(), part);
        let answer = ShardAnswer { queries: vec![vec![packed]] };
        let text = serde_json::to_string(&answer).expect("JSON");
        let read: ShardAnswer = serde_json::from_str(&text).expect("read");
        let found = read.unpacked(part, 14, 1).expect("scores").remove(0).remove(0);
        let numbers: Vec<usize> = found.candidates.iter().map(|candidate| candidate.scored.article).collect();
        assert_eq!((numbers, found.pinned[0].article), (vec![1, 13], 9));
        for (sent, received) in scores().candidates.iter().zip(&found.candidates) {
            assert_eq!(sent.steps, received.steps);
            assert_eq!(sent.scored.alone.to_bits(), received.scored.alone.to_bits());
            assert_eq!(sent.scored.score.to_bits(), received.scored.score.to_bits());
        }
        // Articles that this part cannot have, and answers to other searches.
        assert!(read.unpacked(part, 13, 1).is_err());
        assert!(read.unpacked("1/4".parse().expect("a part"), 14, 1).is_err());
        assert!(read.unpacked(part, 14, 2).is_err());
    }

    #[test]
    fn queries_arrive_bit_for_bit_and_others_are_refused() {
        let numbers = vec![0.1_f32, -3e-39, 1e30];
        let query = MatchQuery { embeddings: vec![(Category::Tops, numbers.clone())], ..MatchQuery::default() };
        let version = ServedVersion { version: 1, mark: String::new(), weights: String::new() };
        let search = ShardSearch {
            part: Part::WHOLE,
            networks: String::new(),
            version,
            market: String::new(),
            filter: Filter::default(),
            rules: None,
            now: String::new(),
            limit: 5,
            pinned: Vec::new(),
            queries: vec![packed_query(&query)],
        };
        let text = serde_json::to_string(&search).expect("JSON");
        let read: ShardSearch = serde_json::from_str(&text).expect("read");
        assert_eq!(read, search);
        assert_eq!(read.embeddings(3), Ok(vec![query.embeddings]));
        assert!(read.embeddings(4).is_err_and(|reason| reason.contains("4 numbers, got 12 bytes")));
        let nan = packed_query(&MatchQuery {
            embeddings: vec![(Category::Tops, vec![f32::NAN; 3])],
            ..MatchQuery::default()
        });
        assert!(ShardSearch { queries: vec![nan; 1], ..search.clone() }.embeddings(3).is_err());
        assert!(ShardSearch { queries: vec![Vec::new(); 17], ..search.clone() }.embeddings(3).is_err());
        assert!(ShardSearch { limit: usize::MAX, ..search }.embeddings(3).is_err());
    }
}
