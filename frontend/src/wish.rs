//! What a widget asks for: which categories, and how many cards of each. In: the element's attributes. Out: a search's query string,
//! and the answer without what was not asked for.

use serde::Deserialize;
use stl_shared::Category;
use stl_shared::limits::MAX_CARDS_PER_CATEGORY;
use stl_shared::wire::SearchResponse;

/// Nothing set: all categories, as many cards as the server gives.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct Wish {
    /// Names of categories; all of them if empty. Unknown names find nothing.
    #[serde(default)]
    pub(crate) categories: Vec<String>,
    /// Most cards of a category.
    #[serde(default)]
    pub(crate) limit: Option<usize>,
}

impl Wish {
    /// A search's query string, empty or without its question mark; of one category, where the visitor has chosen it. The server takes
    /// one category: of several, all are asked for.
    pub(crate) fn query(&self, chosen: Option<Category>) -> String {
        let only = match (chosen, &self.categories[..]) {
            (Some(category), _) => Some(category.as_str()),
            (None, [category]) => Some(&**category),
            (None, _) => None,
        };
        let mut parameters = Vec::new();
        if let Some(category) = only {
            // A wrong name is the server's to refuse, with the names it knows; it must not end the parameter.
            let name: String = category.chars().filter(|char| char.is_ascii_alphanumeric() || *char == '-').collect();
            parameters.push(format!("category={name}"));
        }
        if let Some(limit) = self.limit {
            parameters.push(format!("limit={}", limit.clamp(1, MAX_CARDS_PER_CATEGORY)));
        }
        parameters.join("&")
    }

    /// The query string for articles that are similar to one, whose category it is.
    pub(crate) fn similar_query(&self) -> String {
        Self { categories: Vec::new(), limit: self.limit }.query(None)
    }

    /// Leaves out the categories that were not asked for.
    pub(crate) fn keep(&self, response: &mut SearchResponse) {
        if !self.categories.is_empty() {
            response.categories.retain(|found| self.categories.iter().any(|wanted| wanted == found.category.as_str()));
        }
    }
}

#[cfg(test)]
mod tests {
    use stl_shared::wire::{CategoryCards, SearchTiming};

    use super::*;

    fn wish(categories: &[&str], limit: Option<usize>) -> Wish {
        Wish { categories: categories.iter().map(ToString::to_string).collect(), limit }
    }

    #[test]
    fn only_what_was_asked_for_is_asked_for() {
        assert_eq!(wish(&[], None).query(None), "");
        assert_eq!(wish(&["skirts", "shirts"], None).query(Some(Category::Tops)), "category=tops");
        assert_eq!(wish(&["t-shirts"], Some(8)).query(None), "category=t-shirts&limit=8");
        assert_eq!(wish(&["shirts", "skirts"], Some(999)).query(None), "limit=50");
        assert_eq!(wish(&["shirts"], Some(8)).similar_query(), "limit=8");
        assert_eq!(wish(&["a&limit=1"], None).query(None), "category=alimit1");
    }

    #[test]
    fn of_several_categories_the_others_are_left_out() {
        let entry = |category| CategoryCards { category, cards: Vec::new(), garment: None };
        let categories = [Category::Shirts, Category::Tops, Category::Skirts].map(entry).into();
        let mut response = SearchResponse { categories, articles_scored: 0, timing: SearchTiming::default() };
        wish(&[], None).keep(&mut response);
        assert_eq!(response.categories.len(), 3);
        wish(&["skirts", "shirts"], None).keep(&mut response);
        let kept: Vec<_> = response.categories.iter().map(|found| found.category).collect();
        assert_eq!(kept, [Category::Shirts, Category::Skirts]);
    }
}
