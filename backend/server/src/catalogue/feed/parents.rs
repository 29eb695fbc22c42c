//! Rows of parents. In: all rows of a feed. Out: which rows only repeat their variants, and the group of each row.
//!
//! Shop systems export a product with sizes as a parent and its variants. Google's feeds tell the variants' common `item_group_id`;
//! others name the parent by its id or SKU. A variant without a text of its own (a title, a picture) has its parent's.

use std::collections::{HashMap, HashSet};

use super::headings::{PARENT_FIELDS, is_of_pictures};
use super::raw::{RawRow, RawRows};

/// Fields by which variants name their parent.
const KEYS: [&str; 2] = ["id", "sku"];

/// What a variant never takes from its parent: what makes it another article or size, or belongs to the parent alone.
const NOT_INHERITED: [&str; 8] = ["id", "sku", "gtin", "size", "size_system", "color", "availability", "item_group_id"];

/// What the rows of a group tell.
#[derive(Default)]
struct Variants {
    any_size: bool,
    any_color: bool,
}

/// The parents of a feed.
pub(super) struct Parents {
    /// Groups by their names.
    groups: HashMap<String, Variants>,
    /// The ids and SKUs of rows that others name as their parent.
    named: HashSet<String>,
}

impl Parents {
    /// Finds the parents among rows, and gives variants what they lack.
    pub(super) fn of(rows: &mut RawRows) -> Self {
        let mut parents = Self { groups: HashMap::new(), named: HashSet::new() };
        if !rows.iter().flatten().any(|row| named_group(row).is_some()) {
            return parents;
        }
        let keys: HashMap<String, usize> = rows
            .iter()
            .enumerate()
            .filter_map(|(at, row)| Some((at, row.as_ref().ok()?)))
            .flat_map(|(at, row)| KEYS.into_iter().map(move |key| (row.get(key).to_owned(), at)))
            .filter(|(key, _)| !key.is_empty())
            .collect();
        for (at, row) in rows.iter().enumerate() {
            let Ok(row) = row else { continue };
            let Some((group, is_googles)) = named_group(row).filter(|(group, _)| !is_named(row, group)) else {
                continue;
            };
            let parent = keys.get(group).filter(|parent| **parent != at);
            // Another column of such a name may mean anything, a category for instance: it counts if it leads to a row.
            if is_googles || parent.is_some() {
                let variants = parents.groups.entry(group.to_owned()).or_default();
                variants.any_size |= !row.get("size").is_empty();
                variants.any_color |= !row.get("color").is_empty();
                parents.named.extend(parent.map(|_| group.to_owned()));
            }
        }
        parents.fill(rows, &keys);
        parents
    }

    /// The group of a row: what its sizes and colours share.
    pub(super) fn group_of(&self, row: &RawRow) -> Option<String> {
        let known = |group: &str| self.groups.contains_key(group);
        let named = named_group(row).filter(|(group, is_googles)| *is_googles || known(group)).map(|(group, _)| group);
        let own = || KEYS.into_iter().map(|key| row.get(key)).find(|key| !key.is_empty() && self.named.contains(*key));
        named.or_else(own).map(str::to_owned)
    }

    /// Whether a row is a parent that only repeats its variants: other rows name it, and it lacks what tells them apart.
    pub(super) fn has(&self, row: &RawRow) -> bool {
        let key = KEYS.into_iter().map(|key| row.get(key)).find(|key| self.named.contains(*key));
        let Some(variants) = key.and_then(|key| self.groups.get(key)) else { return false };
        let says_so = row.get("parentage").eq_ignore_ascii_case("parent");
        let sizes = row.size_count();
        let lacks = if variants.any_size { sizes != 1 } else { variants.any_color && row.get("color").is_empty() };
        says_so || lacks
    }

    /// Gives variants the texts that only their parents have.
    fn fill(&self, rows: &mut RawRows, keys: &HashMap<String, usize>) {
        let mut filled = Vec::new();
        for (at, row) in rows.iter().enumerate() {
            let Ok(row) = row else { continue };
            let group = self.group_of(row).filter(|group| !is_named(row, group));
            let parent = group.and_then(|group| keys.get(&group)).filter(|parent| **parent != at);
            let Some(Ok(parent)) = parent.and_then(|parent| rows.get(*parent)) else { continue };
            if !self.has(parent) {
                continue;
            }
            let is_missing = |name: &&String| {
                !row.fields.contains_key(*name)
                    && !NOT_INHERITED.contains(&name.as_str())
                    && !name.starts_with("sale_price")
            };
            let texts: Vec<(String, String)> = parent
                .fields
                .iter()
                .filter(|(name, _)| is_missing(name))
                .map(|(name, text)| (name.clone(), text.clone()))
                .collect();
            if !texts.is_empty() {
                let is_pictured = texts.iter().any(|(name, _)| is_of_pictures(name));
                filled.push((at, texts, if is_pictured { parent.data.clone() } else { HashMap::new() }));
            }
        }
        for (at, texts, data) in filled {
            if let Some(Ok(row)) = rows.get_mut(at) {
                row.fields.extend(texts);
                row.data.extend(data);
            }
        }
    }
}

/// The group or parent that a row names, and whether by Google's attribute.
fn named_group(row: &RawRow) -> Option<(&str, bool)> {
    let named = |name: &str| Some(row.get(name)).filter(|text| !text.is_empty());
    let other = || PARENT_FIELDS.into_iter().find_map(named).map(|text| (text, false));
    named("item_group_id").map(|text| (text, true)).or_else(other)
}

/// Whether a text is the row's own id or SKU.
fn is_named(row: &RawRow, text: &str) -> bool {
    KEYS.into_iter().any(|key| row.get(key) == text)
}
