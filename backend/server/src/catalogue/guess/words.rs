//! The words of `words.toml`. In: the file, which is part of the program. Out: [`WORDS`].

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use stl_types::Category;

/// Words by which categories are recognised.
pub(super) static WORDS: LazyLock<Words> =
    LazyLock::new(|| toml::from_str(include_str!("words.toml")).expect("words.toml, which a test reads"));

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Words {
    /// Plural endings.
    pub(super) plurals: Vec<String>,
    /// Words after which only details follow.
    pub(super) details: Vec<String>,
    /// First word, second word, and the word that they are read as.
    pub(super) joined: Vec<[String; 3]>,
    /// Endings of words that name a garment; the category is `None` if it is unsupported.
    #[serde(deserialize_with = "endings")]
    pub(super) garments: Vec<(String, Option<Category>)>,
    pub(super) excluded: Excluded,
    /// Numbers of Google's product taxonomy, and words that stand for them.
    pub(super) google_categories: HashMap<String, String>,
    pub(super) other_branches: OtherBranches,
    pub(super) things: Things,
}

/// Kinds of product that are in none of the eight categories, whatever other words say.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Excluded {
    /// In a classification.
    pub(super) kinds: Vec<String>,
    /// In a title.
    pub(super) titles: Vec<String>,
    /// Words that make a department of several kinds one of clothes.
    pub(super) apparel: Vec<String>,
    /// What stands between the kinds of one department.
    pub(super) between: Vec<String>,
}

/// Branches of a taxonomy in which nothing is worn.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OtherBranches {
    /// Parts of a path that mean clothes in any branch.
    pub(super) unless: Vec<String>,
    /// Names that shops use for such branches.
    pub(super) also: Vec<String>,
    /// Google's branches. A feed in another language is in none of them, and its pictures decide.
    pub(super) google: Vec<Branch>,
}

/// A branch of Google's product taxonomy.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Branch {
    pub(super) number: String,
    pub(super) english: String,
    pub(super) german: String,
}

/// Things that nobody wears.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Things {
    pub(super) words: Vec<String>,
    pub(super) creams: Vec<String>,
    /// Words that make a cream a cosmetic.
    pub(super) skin: Vec<String>,
}

fn endings<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<(String, Option<Category>)>, D::Error> {
    let mut garments = Vec::new();
    for (name, endings) in BTreeMap::<String, Vec<String>>::deserialize(deserializer)? {
        let category = match name.as_str() {
            "unsupported" => None,
            name => Some(name.parse().map_err(D::Error::custom)?),
        };
        garments.extend(endings.into_iter().map(|ending| (ending, category)));
    }
    Ok(garments)
}
