//! What each article costs at a moment. In: regular prices, sales and the clock. Out: a column of amounts and the span of each
//! currency, valid until the next sale begins or ends.
//!
//! A sale's beginning or end changes nothing else of a catalogue, so only this column is computed again, by the first request that
//! comes after it.

use std::sync::Arc;

use arc_swap::ArcSwap;
use jiff::Timestamp;
use stl_types::wire::PriceSpan;

use super::column::Column;
use crate::catalogue::article::Article;
use crate::catalogue::sale::Sale;

/// The prices of the articles at a matcher's positions.
#[derive(Debug)]
pub(super) struct Prices {
    currencies: Column,
    /// Positions of articles some of whose prices a sale lowers.
    cuts: Vec<Cut>,
    current: ArcSwap<PricesNow>,
}

/// A position whose price changes with time.
#[derive(Debug)]
struct Cut {
    position: usize,
    /// The regular price of each of its offers, and the sale that lowers it; the cheapest counts.
    offers: Vec<(u64, Option<Sale>)>,
}

/// The prices of one span of time.
#[derive(Debug)]
pub(super) struct PricesNow {
    /// When they became valid; always if no sale has begun or ended yet.
    since: Option<Timestamp>,
    /// When they stop being valid; never if no sale begins or ends any more.
    until: Option<Timestamp>,
    /// At each position, in minor units.
    pub(super) amounts_minor: Vec<u64>,
    /// Lowest and highest price of each currency, the one of most articles first.
    pub(super) spans: Vec<PriceSpan>,
}

impl Prices {
    /// Prices of the article at each position, as they are at `now`; a position without an article costs 0 and has no currency.
    pub(super) fn new(articles: &[Option<&Article>], now: Timestamp) -> Self {
        let currencies =
            Column::new(articles.iter().map(|article| article.map_or("", |it| it.price.currency.as_str())));
        let lowest = |article: &Article| article.offers().map(|offer| offer.regular_minor).min();
        let regular = articles.iter().map(|article| article.and_then(lowest).unwrap_or(0)).collect();
        let cut = |(position, article): (usize, &Option<&Article>)| {
            let article = article.filter(|article| article.offers().any(|offer| offer.price_cut().is_some()))?;
            let offers = article.offers().map(|offer| (offer.regular_minor, offer.price_cut().cloned())).collect();
            Some(Cut { position, offers })
        };
        let cuts: Vec<Cut> = articles.iter().enumerate().filter_map(cut).collect();
        let current = ArcSwap::from_pointee(PricesNow::new(regular, &cuts, &currencies, now));
        Self { currencies, cuts, current }
    }

    /// The currency at each position.
    pub(super) const fn currencies(&self) -> &Column {
        &self.currencies
    }

    /// The prices at a moment; computed again if a sale has begun or ended since they were last.
    pub(super) fn at(&self, now: Timestamp) -> Arc<PricesNow> {
        let current = self.current.load_full();
        if current.is_valid_at(now) {
            return current;
        }
        // Two requests may do this at the same time: both compute the same.
        let amounts_minor = current.amounts_minor.clone();
        let computed = Arc::new(PricesNow::new(amounts_minor, &self.cuts, &self.currencies, now));
        self.current.store(Arc::clone(&computed));
        computed
    }
}

impl PricesNow {
    /// `amounts_minor` are the prices of any moment: only those of `cuts` differ between moments.
    fn new(mut amounts_minor: Vec<u64>, cuts: &[Cut], currencies: &Column, now: Timestamp) -> Self {
        for Cut { position, offers } in cuts {
            let amount = |(regular_minor, sale): &(u64, Option<Sale>)| {
                sale.as_ref().filter(|sale| sale.is_on(now)).map_or(*regular_minor, |sale| sale.amount_minor)
            };
            amounts_minor[*position] = offers.iter().map(amount).min().unwrap_or(0);
        }
        let sales = || cuts.iter().flat_map(|cut| &cut.offers).filter_map(|(_, sale)| sale.as_ref());
        let changes = || sales().flat_map(Sale::changes);
        let spans = spans(&amounts_minor, currencies);
        Self {
            since: changes().filter(|change| *change <= now).max(),
            until: changes().filter(|change| *change > now).min(),
            amounts_minor,
            spans,
        }
    }

    /// Also false before `since`: the system's clock may be set back.
    fn is_valid_at(&self, now: Timestamp) -> bool {
        self.since.is_none_or(|since| since <= now) && self.until.is_none_or(|until| now < until)
    }
}

fn spans(amounts_minor: &[u64], currencies: &Column) -> Vec<PriceSpan> {
    let span = |currency: &String| PriceSpan {
        currency: currency.clone(),
        lowest_minor: u64::MAX,
        highest_minor: 0,
        count: 0,
    };
    let mut spans: Vec<PriceSpan> = currencies.texts().iter().map(span).collect();
    for (&code, &amount) in currencies.codes().iter().zip(amounts_minor) {
        let span = &mut spans[code as usize];
        span.lowest_minor = span.lowest_minor.min(amount);
        span.highest_minor = span.highest_minor.max(amount);
        span.count += 1;
    }
    // A position without an article has no currency.
    spans.retain(|span| !span.currency.is_empty());
    spans.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.currency.cmp(&b.currency)));
    spans
}
