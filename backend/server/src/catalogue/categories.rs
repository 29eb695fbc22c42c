//! How a feed's products got their categories. In: rows, with what decided. Out: counts of products that were decided alike, the most
//! frequent first.

use std::collections::HashMap;

use stl_types::Category;

use super::category_table::Line;

/// What decided a product's category.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum DecidedBy {
    /// The feed's field `category`.
    Feed,
    /// A line of the shop's own table, with its pattern.
    Table(String),
    /// The built-in words.
    Words,
    /// The picture.
    Picture,
}

/// Products that were decided alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CategoryCount {
    /// The shop's classification, else Google's; empty without one, and for those beyond what is told apart.
    pub classification: String,
    /// What decided.
    pub by: DecidedBy,
    /// The category; none if the products were left out, or if their pictures will decide.
    pub category: Option<Category>,
    /// Products of the kind.
    pub count: usize,
    /// The name of one of them.
    pub example: String,
}

/// Counts products by how they were decided.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CategoryTally(HashMap<(String, DecidedBy, Option<Category>), (usize, String)>);

/// Kinds that are told apart: nobody reads a longer list, and a shop has some hundred classifications.
const MAX_KINDS: usize = 5000;

impl DecidedBy {
    /// The names of its kinds.
    pub const NAMES: [&str; 4] = ["feed", "table", "words", "picture"];

    /// What a line of the table decided.
    #[must_use]
    pub fn line(line: &Line) -> Self {
        Self::Table(line.text.clone())
    }

    /// Its kind, one of [`DecidedBy::NAMES`].
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Feed => Self::NAMES[0],
            Self::Table(_) => Self::NAMES[1],
            Self::Words => Self::NAMES[2],
            Self::Picture => Self::NAMES[3],
        }
    }

    /// The pattern that decided; empty if it was none.
    #[must_use]
    pub fn pattern(&self) -> &str {
        if let Self::Table(pattern) = self { pattern } else { "" }
    }
}

impl CategoryTally {
    /// Counts a product that was left out, or got this category.
    pub fn count(&mut self, classification: &str, by: DecidedBy, category: Option<Category>, example: &str) {
        let mut key = (classification.to_owned(), by, category);
        if self.0.len() >= MAX_KINDS && !self.0.contains_key(&key) {
            key.0.clear();
        }
        self.0.entry(key).or_insert_with(|| (0, example.to_owned())).0 += 1;
    }

    /// The counts, the most frequent first; of equal ones, in the order of classifications.
    #[must_use]
    pub fn counts(self) -> Vec<CategoryCount> {
        let count = |((classification, by, category), (count, example))| CategoryCount {
            classification,
            by,
            category,
            count,
            example,
        };
        let mut counts: Vec<CategoryCount> = self.0.into_iter().map(count).collect();
        let key =
            |count: &CategoryCount| (count.classification.clone(), count.by.name(), count.by.pattern().to_owned());
        counts.sort_by(|a, b| {
            let by_count = b.count.cmp(&a.count);
            by_count
                .then_with(|| key(a).cmp(&key(b)))
                .then_with(|| a.category.map(Category::index).cmp(&b.category.map(Category::index)))
        });
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_frequent_kind_comes_first_and_none_is_lost() {
        let mut tally = CategoryTally::default();
        for _ in 0..2 {
            tally.count("Women > Knit", DecidedBy::Table("knit".to_owned()), Some(Category::Jumpers), "Anna");
        }
        tally.count("Shoes", DecidedBy::Words, None, "Boots");
        tally.count("Dresses", DecidedBy::Words, Some(Category::Dresses), "Berta");
        let found: Vec<(usize, String, &str, Option<Category>)> = tally
            .clone()
            .counts()
            .into_iter()
            .map(|kind| (kind.count, kind.classification, kind.by.name(), kind.category))
            .collect();
        let kind = |count, of: &str, by, category| (count, of.to_owned(), by, category);
        let expected = [
            kind(2, "Women > Knit", "table", Some(Category::Jumpers)),
            kind(1, "Dresses", "words", Some(Category::Dresses)),
            kind(1, "Shoes", "words", None),
        ];
        assert_eq!(found, expected);
        for number in 0..2 * MAX_KINDS {
            tally.count(&number.to_string(), DecidedBy::Words, None, "x");
        }
        let counts = tally.counts();
        assert!(counts.len() <= MAX_KINDS + 1, "{} kinds", counts.len());
        assert_eq!(counts.iter().map(|kind| kind.count).sum::<usize>(), 4 + 2 * MAX_KINDS);
        assert_eq!(counts[0].classification, "", "those beyond");
    }
}
