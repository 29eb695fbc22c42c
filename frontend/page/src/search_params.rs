//! Search parameters that the host sets: categories and limit. In: the element's attributes. Out: a search's query string.

use serde::Deserialize;
use stl_types::limits::MAX_CARDS_PER_CATEGORY;

/// By default all categories and the server's own limit.
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
    /// A search's query string without its question mark, which may be empty.
    pub(crate) fn query(&self) -> String {
        // The server refuses wrong names; here they only must not end the parameter.
        let is_of_names = |char: &char| char.is_ascii_alphanumeric() || *char == '-';
        let parameter = |name: &str| format!("category={}", name.chars().filter(is_of_names).collect::<String>());
        let mut parameters: Vec<String> = self.categories.iter().map(|name| parameter(name)).collect();
        if let Some(limit) = self.limit {
            parameters.push(format!("limit={}", limit.clamp(1, MAX_CARDS_PER_CATEGORY)));
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
    fn only_what_was_asked_for_is_asked_for() {
        assert_eq!(params(&[], None).query(), "");
        assert_eq!(params(&["t-shirts"], Some(8)).query(), "category=t-shirts&limit=8");
        assert_eq!(params(&["shirts", "skirts"], Some(999)).query(), "category=shirts&category=skirts&limit=50");
        assert_eq!(params(&["shirts"], Some(8)).similar_query(), "limit=8");
        assert_eq!(params(&["a&limit=1"], None).query(), "category=alimit1");
    }
}
