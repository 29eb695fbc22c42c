//! What a widget asks for: which categories, and how many cards of each. In: the element's attributes. Out: a search's query string.

use serde::Deserialize;
use stl_types::Category;
use stl_types::limits::MAX_CARDS_PER_CATEGORY;

/// Nothing set: all categories, as many cards as the server gives.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct Wish {
    /// Names of categories; all of them if empty. The server refuses unknown names.
    #[serde(default)]
    pub(crate) categories: Vec<String>,
    /// Most cards of a category.
    #[serde(default)]
    pub(crate) limit: Option<usize>,
}

impl Wish {
    /// A search's query string, empty or without its question mark; of one category, where the visitor has chosen it.
    pub(crate) fn query(&self, chosen: Option<Category>) -> String {
        // A wrong name is the server's to refuse, with the names it knows; it must not end the parameter.
        let is_of_names = |char: &char| char.is_ascii_alphanumeric() || *char == '-';
        let parameter = |name: &str| format!("category={}", name.chars().filter(is_of_names).collect::<String>());
        let mut parameters: Vec<String> = match chosen {
            Some(category) => vec![parameter(category.as_str())],
            None => self.categories.iter().map(|name| parameter(name)).collect(),
        };
        if let Some(limit) = self.limit {
            parameters.push(format!("limit={}", limit.clamp(1, MAX_CARDS_PER_CATEGORY)));
        }
        parameters.join("&")
    }

    /// The query string for articles that are similar to one, whose category it is.
    pub(crate) fn similar_query(&self) -> String {
        Self { categories: Vec::new(), limit: self.limit }.query(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(categories: &[&str], limit: Option<usize>) -> Wish {
        Wish { categories: categories.iter().map(ToString::to_string).collect(), limit }
    }

    #[test]
    fn only_what_was_asked_for_is_asked_for() {
        assert_eq!(wish(&[], None).query(None), "");
        assert_eq!(wish(&["skirts", "shirts"], None).query(Some(Category::Tops)), "category=tops");
        assert_eq!(wish(&["t-shirts"], Some(8)).query(None), "category=t-shirts&limit=8");
        assert_eq!(wish(&["shirts", "skirts"], Some(999)).query(None), "category=shirts&category=skirts&limit=50");
        assert_eq!(wish(&["shirts"], Some(8)).similar_query(), "limit=8");
        assert_eq!(wish(&["a&limit=1"], None).query(None), "category=alimit1");
    }
}
