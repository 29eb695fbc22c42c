//! Sales that begin and end. In: a feed's `sale_price` and `sale_price_effective_date`. Out: a [`Sale`].

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

/// A lower price for some time, or until the shop changes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sale {
    /// Minor units of the currency of the regular price.
    pub amount_minor: u64,
    /// The first moment of the sale; none if it is already on.
    pub from: Option<Timestamp>,
    /// The first moment after it; none if it does not end.
    pub until: Option<Timestamp>,
}

/// Two moments with a slash between them, as ISO 8601 writes a period.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected a period such as 2026-11-27T00:00+0100/2026-11-30T23:59+0100, whose end comes after its beginning, got {0:?}"
)]
pub struct PeriodError(pub String);

impl PeriodError {
    fn of(text: &str) -> Self {
        Self(text.chars().take(80).collect())
    }
}

impl Sale {
    /// Beginning and end of a period that has both.
    ///
    /// # Errors
    /// When the text is no period, or it is open.
    pub fn period(text: &str) -> Result<(Timestamp, Timestamp), PeriodError> {
        match Self::open_period(text)? {
            (Some(from), Some(until)) => Ok((from, until)),
            _ => Err(PeriodError::of(text)),
        }
    }

    /// Beginning and end of a period; either is none if nothing is written on its side of the slash. A time without a zone is in
    /// UTC. A date without a time begins with its first moment and ends with its last.
    ///
    /// # Errors
    /// When the text is no period, or it ends before it begins.
    pub fn open_period(text: &str) -> Result<(Option<Timestamp>, Option<Timestamp>), PeriodError> {
        let refused = || PeriodError::of(text);
        let (from, until) = text.split_once('/').ok_or_else(refused)?;
        let written = |text: &'_ str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let end = |until: &str| match until.parse::<Date>() {
            Ok(last) if !until.contains('T') => moment(&last.tomorrow().ok()?.to_string()),
            _ => moment(until),
        };
        let from = written(from).map(|from| moment(&from).ok_or_else(refused)).transpose()?;
        let until = written(until).map(|until| end(&until).ok_or_else(refused)).transpose()?;
        if from.is_some_and(|from| until.is_some_and(|until| until <= from)) {
            return Err(refused());
        }
        Ok((from, until))
    }

    /// Whether its price holds at this moment.
    #[must_use]
    pub fn is_on(&self, now: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= now) && self.until.is_none_or(|until| now < until)
    }

    /// The moments at which it begins and ends, in order.
    pub fn changes(&self) -> impl Iterator<Item = Timestamp> {
        self.from.into_iter().chain(self.until)
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
    fn a_period_may_be_open_at_either_end() {
        let first = at("2026-11-27T00:00:00Z");
        assert_eq!(Sale::open_period("2026-11-27/"), Ok((Some(first), None)));
        assert_eq!(Sale::open_period(" / 2026-11-26"), Ok((None, Some(first))));
        assert_eq!(Sale::open_period("/"), Ok((None, None)));
        for text in ["", "2026-11-27", "soon/", "/later"] {
            assert!(Sale::open_period(text).is_err(), "{text}");
        }
        assert!(Sale::period("2026-11-27/").is_err());
    }

    #[test]
    fn a_sale_counts_from_its_first_moment_to_its_last() {
        let (from, until) = Sale::period("2026-11-27T00:00Z/2026-11-30T00:00Z").expect("a period");
        let sale = Sale { amount_minor: 10, from: Some(from), until: Some(until) };
        for (now, is_on) in [
            ("2026-11-26T23:59:59Z", false),
            ("2026-11-27T00:00:00Z", true),
            ("2026-11-29T23:59:59Z", true),
            ("2026-11-30T00:00:00Z", false),
        ] {
            assert_eq!(sale.is_on(at(now)), is_on, "{now}");
        }
        assert!(sale.changes().eq([from, until]));
        let forever = Sale { amount_minor: 10, from: None, until: None };
        assert!(forever.is_on(from) && forever.changes().next().is_none());
    }
}
