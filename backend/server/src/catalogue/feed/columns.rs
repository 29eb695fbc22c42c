//! The columns of an export by our names. In: known headings, and those of a file. Out: the texts of a record by name.

use std::borrow::Cow;
use std::collections::HashMap;

use super::table::Record;

/// Our names, and the headings that stand for each, in any case; the first one that has a text counts. A heading in brackets is the
/// key at the end of a label that the shop's language decides, as in `Farbe (product.metafields.shopify.color-pattern)`.
pub(super) type KnownHeadings = [(&'static str, &'static [&'static str])];

/// Names of the option or attribute that holds the colour.
const COLORS: [&str; 8] = ["color", "colour", "farbe", "couleur", "kleur", "colore", "cor", "kolor"];

/// Names of the options or attributes that hold the size, or a part of it: trousers have a waist and a length.
const SIZES: [&str; 22] = [
    "size",
    "größe",
    "grösse",
    "groesse",
    "taille",
    "maat",
    "taglia",
    "talla",
    "tamanho",
    "rozmiar",
    "storlek",
    "størrelse",
    "koko",
    "length",
    "länge",
    "longueur",
    "inseam",
    "waist",
    "bundweite",
    "schrittlänge",
    "konfektionsgröße",
    "konfektionsgrösse",
];

/// Whether an option or attribute of this name holds the colour.
pub(super) fn is_color(name: &str) -> bool {
    COLORS.contains(&name.trim().to_lowercase().as_str())
}

/// Whether an option or attribute of this name holds the size; WooCommerce writes attributes of all products as `pa_size`.
pub(super) fn is_size(name: &str) -> bool {
    let name = name.trim().to_lowercase();
    let name = name.strip_prefix("pa_").unwrap_or(&name);
    // `Shoe size`, `Size (EU)`, `Größe EU`.
    SIZES.iter().any(|size| name.split([' ', '(', ')', '/', '-', '_']).any(|word| word == *size))
}

/// The columns of each name, with their headings.
pub(super) struct Columns(HashMap<&'static str, Vec<(usize, &'static str)>>);

impl Columns {
    /// Finds the known headings among those of a file.
    pub(super) fn of(known: &'static KnownHeadings, received: &[Cow<'_, str>]) -> Self {
        // Once for all names: a file may have thousands of columns.
        let received: Vec<String> = received.iter().map(|heading| heading.trim().to_lowercase()).collect();
        let column = |heading: &'static str| {
            let name = heading.to_lowercase();
            let is_named = |received: &String| {
                if name.starts_with('(') { received.ends_with(&name) } else { *received == name }
            };
            Some((received.iter().position(is_named)?, heading))
        };
        let columns = |headings: &'static [&'static str]| headings.iter().copied().filter_map(column).collect();
        Self(known.iter().map(|(name, headings)| (*name, columns(headings))).collect())
    }

    /// Whether the file has one of a name's headings.
    pub(super) fn has(&self, name: &str) -> bool {
        self.heading(name).is_some()
    }

    /// The heading that the file has for a name.
    pub(super) fn heading(&self, name: &str) -> Option<&'static str> {
        self.0.get(name)?.first().map(|(_, heading)| *heading)
    }
}

/// A record, read by our names.
pub(super) struct Line<'a> {
    pub(super) columns: &'a Columns,
    pub(super) record: &'a Record<'a>,
}

impl<'a> Line<'a> {
    /// The text under the first of a name's headings that has one, or an empty text.
    pub(super) fn text(&self, name: &str) -> &'a str {
        let columns = self.columns.0.get(name).map_or([].as_slice(), Vec::as_slice);
        let found = columns.iter().filter_map(|(column, _)| self.record.fields.get(*column));
        found.map(|text| text.trim()).find(|text| !text.is_empty()).unwrap_or_default()
    }
}
