//! Numbers in sentences. In: a count and a noun. Out: both, the noun in the plural if it has to be.

/// A number with its noun: `1 product`, `2 products`, `3 queries`.
#[must_use]
pub fn counted(count: usize, noun: &str) -> String {
    match noun.strip_suffix('y') {
        _ if count == 1 => format!("1 {noun}"),
        Some(stem) => format!("{count} {stem}ies"),
        None => format!("{count} {noun}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_no_plural() {
        assert_eq!(
            [0, 1, 2].map(|count| counted(count, "product")),
            ["0 products", "1 product", "2 products"].map(str::to_owned)
        );
        assert_eq!([1, 2].map(|count| counted(count, "query")), ["1 query", "2 queries"].map(str::to_owned));
    }
}
