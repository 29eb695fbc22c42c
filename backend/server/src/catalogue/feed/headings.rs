//! What a table names its columns. In: the names. Out: those that are missing, and hints at slips.

use strsim::osa_distance;

use super::Broken;

/// All that is read of a product.
pub(super) const KNOWN: [&str; 17] = [
    "id",
    "item_group_id",
    "title",
    "description",
    "link",
    "image_link",
    "price",
    "sale_price",
    "sale_price_effective_date",
    "availability",
    "brand",
    "color",
    "gender",
    "product_type",
    "google_product_category",
    "category",
    "category_predicted",
];

/// What a file begins with.
pub(super) struct Headings {
    /// From 1.
    pub(super) line: usize,
    pub(super) names: Vec<String>,
}

impl Headings {
    /// Says once what all rows would lack: of each group one name is needed.
    pub(super) fn have(&self, needed: &[&[&str]]) -> Result<(), Broken> {
        let has = |name: &&str| self.names.iter().any(|known| known == name);
        let missing: Vec<_> =
            needed.iter().filter(|group| !group.iter().any(has)).map(|group| group.join(" or ")).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let hints = self.hints().iter().map(|hint| format!("; {hint}")).collect::<String>();
        Err((self.line, format!("expected a column for each of {}, got none{hints}", missing.join(", "))))
    }

    /// Names that are a slip away from one that is read and not there.
    pub(super) fn hints(&self) -> Vec<String> {
        let is_there = |name: &str| self.names.iter().any(|known| known == name);
        let absent: Vec<_> = KNOWN.into_iter().filter(|known| !is_there(known)).collect();
        let unknown = self.names.iter().filter(|name| !KNOWN.contains(&name.as_str()));
        let hint = |name: &String| {
            let near = absent.iter().find(|known| known.len() > 4 && osa_distance(name, known) <= 2)?;
            Some(format!("the column {name:?} is not read: did you mean {near:?}?"))
        };
        unknown.filter_map(hint).collect()
    }
}
