//! Values that SQLite has no type for. In and out: a [`Column`] of a category, availability, digest, amount or moment.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::ToSql;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, ValueRef};
use stl_types::Category;
use stl_types::wire::Availability;

use crate::digest::Digest;

/// A value as a column holds it: names and digests as text, several digests with spaces between them, labels as JSON, amounts as integers, moments as seconds since 1970 in UTC.
pub(super) struct Column<T>(pub(super) T);

const AVAILABILITIES: [(&str, Availability); 4] = [
    ("in_stock", Availability::InStock),
    ("out_of_stock", Availability::OutOfStock),
    ("preorder", Availability::Preorder),
    ("backorder", Availability::Backorder),
];

impl FromSql for Column<Availability> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let name = value.as_str()?;
        let known = AVAILABILITIES.iter().find(|(known, _)| *known == name);
        known.map(|(_, availability)| Self(*availability)).ok_or(FromSqlError::InvalidType)
    }
}

impl ToSql for Column<Availability> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self.0 {
            Availability::InStock => "in_stock",
            Availability::OutOfStock => "out_of_stock",
            Availability::Preorder => "preorder",
            Availability::Backorder => "backorder",
        }
        .into())
    }
}

impl FromSql for Column<Category> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_str()?.parse().map(Self).map_err(FromSqlError::other)
    }
}

impl ToSql for Column<Category> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.as_str().into())
    }
}

impl FromSql for Column<Digest> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_str()?.parse().map(Self).map_err(FromSqlError::other)
    }
}

impl ToSql for Column<Digest> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.to_string().into())
    }
}

impl FromSql for Column<Vec<Digest>> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let digests = value.as_str()?.split_ascii_whitespace().map(str::parse);
        digests.collect::<Result<_, _>>().map(Self).map_err(FromSqlError::other)
    }
}

impl ToSql for Column<&[Digest]> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.iter().map(Digest::to_string).collect::<Vec<_>>().join(" ").into())
    }
}

impl FromSql for Column<BTreeMap<String, String>> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        serde_json::from_str(value.as_str()?).map(Self).map_err(FromSqlError::other)
    }
}

impl ToSql for Column<&BTreeMap<String, String>> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(serde_json::to_string(self.0).unwrap_or_default().into())
    }
}

// SQLite's integers are signed. Feeds are refused amounts above 2^63 - 1.
impl FromSql for Column<u64> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let integer = value.as_i64()?;
        u64::try_from(integer).map(Self).map_err(|_| FromSqlError::OutOfRange(integer))
    }
}

impl ToSql for Column<u64> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let integer = i64::try_from(self.0).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
        Ok(integer.into())
    }
}

impl FromSql for Column<Timestamp> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let seconds = value.as_i64()?;
        Timestamp::from_second(seconds).map(Self).map_err(|_| FromSqlError::OutOfRange(seconds))
    }
}

impl ToSql for Column<Timestamp> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.as_second().into())
    }
}
