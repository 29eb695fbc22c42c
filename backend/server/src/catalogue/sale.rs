//! Sales that begin and end. In: a feed's `sale_price` and `sale_price_effective_date`. Out: what an article costs at a moment.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use stl_types::wire::Product;

/// Another price for some time, or until the shop says otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sale {
    /// Minor units of the currency of the regular price.
    pub amount_minor: u64,
    /// The first moment of the sale.
    pub from: Option<Timestamp>,
    /// The first moment after it.
    pub until: Option<Timestamp>,
}

/// Two moments with a slash between them, as ISO 8601 writes a period.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected a period such as 2026-11-27T00:00+0100/2026-11-30T23:59+0100, whose end comes after its beginning, got {0:?}"
)]
pub struct PeriodError(pub String);

impl Sale {
    /// Begin and end of a period. A moment without a zone is UTC's, a date without a time its first moment, as an end its last.
    ///
    /// # Errors
    /// When the text is no period.
    pub fn period(text: &str) -> Result<(Timestamp, Timestamp), PeriodError> {
        let period = || {
            let (from, until) = text.split_once('/')?;
            let until = until.trim();
            let end = match until.parse::<Date>() {
                Ok(last) if !until.contains('T') => moment(&last.tomorrow().ok()?.to_string())?,
                _ => moment(until)?,
            };
            Some((moment(from.trim())?, end)).filter(|(from, until)| from < until)
        };
        period().ok_or_else(|| PeriodError(text.chars().take(80).collect()))
    }

    fn is_on(&self, now: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= now) && self.until.is_none_or(|until| now < until)
    }

    /// The next moment at which the price changes.
    #[must_use]
    pub fn next_change(&self, now: Timestamp) -> Option<Timestamp> {
        let is_ahead = |moment: &Timestamp| *moment > now;
        self.from.filter(is_ahead).or_else(|| self.until.filter(is_ahead))
    }

    /// Gives a product the price of the moment.
    pub fn apply(&self, product: &mut Product, now: Timestamp) {
        if self.is_on(now) && self.amount_minor < product.price.amount_minor {
            product.regular_price = Some(product.price.clone());
            product.price.amount_minor = self.amount_minor;
            product.price_valid_until = self.until.map(|until| until.to_string());
        }
    }
}

fn moment(text: &str) -> Option<Timestamp> {
    let in_utc = |moment: DateTime| TimeZone::UTC.to_timestamp(moment).ok();
    text.parse().ok().or_else(|| in_utc(text.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a moment")
    }

    #[test]
    fn periods_are_read_as_googles_documentation_writes_them() {
        for (text, from, until) in [
            ("2016-02-24T11:07+0100 / 2016-02-29T23:07+0100", "2016-02-24T10:07:00Z", "2016-02-29T22:07:00Z"),
            ("2011-02-24T13:00-0800/2011-03-02T15:30-0800", "2011-02-24T21:00:00Z", "2011-03-02T23:30:00Z"),
            ("2026-11-27T00:00:00Z/2026-11-30T12:00:00Z", "2026-11-27T00:00:00Z", "2026-11-30T12:00:00Z"),
            ("2026-11-27/2026-11-30", "2026-11-27T00:00:00Z", "2026-12-01T00:00:00Z"),
        ] {
            assert_eq!(Sale::period(text), Ok((at(from), at(until))), "{text}");
        }
        for text in ["", "2026-11-27", "2026-11-30/2026-11-27", "soon/later", "2026-13-01/2026-14-01"] {
            assert!(Sale::period(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_sale_counts_from_its_first_moment_to_its_last() {
        let (from, until) = Sale::period("2026-11-27T00:00Z/2026-11-30T00:00Z").expect("a period");
        let sale = Sale { amount_minor: 10, from: Some(from), until: Some(until) };
        for (now, is_on, next) in [
            ("2026-11-26T23:59:59Z", false, Some(from)),
            ("2026-11-27T00:00:00Z", true, Some(until)),
            ("2026-11-29T23:59:59Z", true, Some(until)),
            ("2026-11-30T00:00:00Z", false, None),
        ] {
            assert_eq!((sale.is_on(at(now)), sale.next_change(at(now))), (is_on, next), "{now}");
        }
        let forever = Sale { amount_minor: 10, from: None, until: None };
        assert!(forever.is_on(from) && forever.next_change(from).is_none());
    }
}
