//! Currencies of a market. In: prices before and after a change. Out: what the shop should know if the change brings another currency.
//!
//! A market may have several currencies. But prices of another market's feed, by mistake, look like that too.

use std::collections::{BTreeMap, BTreeSet};

use stl_types::Price;

use crate::counted::counted;

/// The currencies of some prices.
pub(super) fn of<'a>(prices: impl IntoIterator<Item = &'a Price>) -> BTreeSet<String> {
    let codes = prices.into_iter().map(|price| price.currency.as_str()).collect::<BTreeSet<_>>();
    codes.into_iter().map(str::to_owned).collect()
}

/// A sentence if some of the prices that came are in a currency in which none was `before`; of a market that is new, if they are in several.
pub(super) fn note<'a>(before: &BTreeSet<String>, came: impl IntoIterator<Item = &'a Price>) -> Option<String> {
    let mut counts = BTreeMap::<&str, usize>::new();
    for price in came {
        *counts.entry(&price.currency).or_default() += 1;
    }
    if before.is_empty() {
        let all: Vec<String> = counts.iter().map(|(code, count)| format!("{code} ({count})")).collect();
        return (all.len() > 1).then(|| format!("the prices are in several currencies: {}", all.join(", ")));
    }
    let other = counts.iter().filter(|(code, _)| !before.contains(**code));
    let other: Vec<String> = other.map(|(code, count)| format!("{} in {code}", counted(*count, "price"))).collect();
    let before = before.iter().map(String::as_str).collect::<Vec<_>>().join(" and ");
    let is_other = !other.is_empty();
    is_other
        .then(|| format!("{}, and the market's were in {before}: is it the market that was meant?", other.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_currency_than_the_markets_is_told() {
        let price = |code: &str| Price { amount_minor: 1, currency: code.to_owned() };
        let (francs, both) = ([price("CHF"), price("CHF")], [price("CHF"), price("EUR")]);
        assert_eq!(note(&of(&francs), &francs), None);
        assert_eq!(note(&of(&both), &francs), None);
        let told = note(&of(&francs), &both).expect("a note");
        assert_eq!(told, "1 price in EUR, and the market's were in CHF: is it the market that was meant?");
        assert_eq!(note(&of([]), &francs), None);
        let told = note(&of([]), &both);
        assert_eq!(told.as_deref(), Some("the prices are in several currencies: CHF (1), EUR (1)"));
    }
}
