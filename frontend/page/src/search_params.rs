//! Search parameters that the host sets: categories and limit. In: the element's attributes. Out: a search's query string.

use serde::Deserialize;
use stl_types::limits::MAX_CARDS_PER_CATEGORY;

/// Cards of a row that are asked for at once: a row that can be swiped through in a few strokes.
pub(crate) const CARDS_AT_ONCE: usize = 10;

/// By default all categories and as many products as the server gives.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct SearchParams {
    /// Names of categories; all of them if empty. The server refuses unknown names.
    #[serde(default)]
    pub(crate) categories: Vec<String>,
    /// Most cards of a category.
    #[serde(default)]
    pub(crate) limit: Option<usize>,
}

impl SearchParams {
    /// A search's query string without its question mark.
    pub(crate) fn query(&self) -> String {
        // The server refuses wrong names; here they only must not end the parameter.
        let is_of_names = |char: &char| char.is_ascii_alphanumeric() || *char == '-';
        let parameter = |name: &str| format!("category={}", name.chars().filter(is_of_names).collect::<String>());
        let mut parameters: Vec<String> = self.categories.iter().map(|name| parameter(name)).collect();
        // Ids are enough of the products that are not shown at first.
        let all = self.limit.unwrap_or(MAX_CARDS_PER_CATEGORY).clamp(1, MAX_CARDS_PER_CATEGORY);
        let limit = all.min(CARDS_AT_ONCE);
        parameters.push(format!("limit={limit}"));
        if all > limit {
            parameters.push(format!("further={}", all - limit));
        }
        parameters.join("&")
    }

    /// The query string for products that are similar to one, which have its category.
    pub(crate) fn similar_query(&self) -> String {
        Self { categories: Vec::new(), limit: self.limit }.query()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(categories: &[&str], limit: Option<usize>) -> SearchParams {
        SearchParams { categories: categories.iter().map(ToString::to_string).collect(), limit }
    }

    #[test]
    fn only_what_is_shown_at_first_is_asked_for_whole() {
        assert_eq!(params(&[], None).query(), "limit=10&further=40");
        assert_eq!(params(&["t-shirts"], Some(8)).query(), "category=t-shirts&limit=8");
        assert_eq!(
            params(&["shirts", "skirts"], Some(999)).query(),
            "category=shirts&category=skirts&limit=10&further=40"
        );
        assert_eq!(params(&["shirts"], Some(8)).similar_query(), "limit=8");
        assert_eq!(params(&["a&limit=1"], Some(1)).query(), "category=alimit1&limit=1");
    }
}
