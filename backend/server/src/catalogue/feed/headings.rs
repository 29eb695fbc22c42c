//! The names of a table's columns. In: the names. Out: which are missing, and hints at misspelt ones.

use strsim::osa_distance;

use super::error::Unreadable;

/// Google's attribute for the time of a sale.
pub(super) const SALE_PERIOD: &str = "sale_price_effective_date";

/// Whether the category beside it was predicted from the picture.
pub(super) const CATEGORY_PREDICTED: &str = "category_predicted";

/// Google's attributes of further pictures; people wear the product in many of them.
pub(super) const FURTHER_PICTURES: [&str; 2] = ["additional_image_link", "lifestyle_image_link"];

/// Google's attributes for the shop's own labels.
pub(super) const CUSTOM_LABELS: [&str; 5] =
    ["custom_label_0", "custom_label_1", "custom_label_2", "custom_label_3", "custom_label_4"];

/// Columns that name the parent, as exports call them. `item_group_id` counts before them.
pub(super) const PARENT_FIELDS: [&str; 9] = [
    "parent_sku",
    "parent_id",
    "parent_product_id",
    "parent_item_id",
    "parentid",
    "parent",
    "variant_parent",
    "vaterartikel",
    "vaterartikelnummer",
];

/// Fields that are compared, or have one of a few meanings; beside the columns that name a parent.
const COMPARED: [&str; 14] = [
    "id",
    "item_group_id",
    "sku",
    "gtin",
    "price",
    "sale_price",
    SALE_PERIOD,
    "availability",
    "category",
    CATEGORY_PREDICTED,
    "gender",
    "age_group",
    "size",
    "size_system",
];

/// All fields that are read of a product.
pub(super) const KNOWN: [&str; 30] = [
    "id",
    "item_group_id",
    "title",
    "description",
    "link",
    "image_link",
    FURTHER_PICTURES[0],
    FURTHER_PICTURES[1],
    "price",
    "sale_price",
    SALE_PERIOD,
    "availability",
    "brand",
    "color",
    "gender",
    "product_type",
    "google_product_category",
    "category",
    CATEGORY_PREDICTED,
    "age_group",
    "material",
    "pattern",
    "size",
    "size_system",
    "gtin",
    CUSTOM_LABELS[0],
    CUSTOM_LABELS[1],
    CUSTOM_LABELS[2],
    CUSTOM_LABELS[3],
    CUSTOM_LABELS[4],
];

/// The fields that every product needs.
pub(super) const REQUIRED: [&str; 6] = ["id", "title", "link", "image_link", "price", "availability"];

/// Hints at misspelt names at most: a file may have millions of columns, each of which takes fewer bytes than its hint.
const MAX_HINTS: usize = 20;

/// Whether a field is compared or has one of a few meanings, so that it needs no joiner of any script.
pub(super) fn is_compared(name: &str) -> bool {
    COMPARED.contains(&name) || PARENT_FIELDS.contains(&name)
}

/// Whether a field says where pictures are.
pub(super) fn is_of_pictures(name: &str) -> bool {
    name == "image_link" || FURTHER_PICTURES.contains(&name)
}

/// The first line of a table.
pub(super) struct Headings {
    /// From 1.
    pub(super) line: usize,
    pub(super) names: Vec<String>,
}

impl Headings {
    /// Checks that each group has at least one of its names, so that a missing column is reported once and not for every row.
    pub(super) fn require(&self, needed: &[&[&str]]) -> Result<(), Unreadable> {
        let has = |name: &&str| self.names.iter().any(|known| known == name);
        let missing: Vec<_> =
            needed.iter().filter(|group| !group.iter().any(has)).map(|group| group.join(" or ")).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let hints = self.hints().iter().map(|hint| format!("; {hint}")).collect::<String>();
        let reason = format!("expected a column for each of {}, got none{hints}", missing.join(", "));
        Err(Unreadable { line: self.line, reason })
    }

    /// Hints at names that look like a known one that is missing, of the first [`MAX_HINTS`].
    pub(super) fn hints(&self) -> Vec<String> {
        let is_there = |name: &str| self.names.iter().any(|known| known == name);
        let absent: Vec<_> = KNOWN.into_iter().filter(|known| !is_there(known)).collect();
        let unknown = self.names.iter().filter(|name| !KNOWN.contains(&name.as_str()));
        let hint = |name: &String| {
            let near = absent.iter().find(|known| known.len() > 4 && osa_distance(name, known) <= 2)?;
            Some(format!("the column {name:?} is not read: did you mean {near:?}?"))
        };
        unknown.filter_map(hint).take(MAX_HINTS).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_of_very_many_misspelt_columns_gets_some_hints() {
        let headings = Headings { line: 1, names: vec!["titel".to_owned(); 100_000] };
        assert_eq!(headings.hints().len(), MAX_HINTS);
        let Unreadable { reason, .. } = headings.require(&[&["title"]]).expect_err("no title");
        assert!(reason.len() < 2000, "{} bytes", reason.len());
    }
}
