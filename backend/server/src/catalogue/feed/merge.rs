//! Sizes of one product become one row. In: rows with their groups. Out: a row a product.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use stl_types::wire::Availability;

use super::row::FeedRow;

/// Makes sizes of one product one row. Also returns how many rows were merged into others.
pub(super) fn merged(rows: Vec<(FeedRow, Option<String>)>) -> (Vec<FeedRow>, usize) {
    let (mut products, mut merged) = (Vec::<FeedRow>::with_capacity(rows.len()), 0);
    let mut by_group = HashMap::new();
    for (row, group) in rows {
        if let Some(group) = group {
            match by_group.entry((group, row.picture.clone(), row.price.currency.clone())) {
                Entry::Occupied(first) => {
                    let first: usize = *first.get();
                    products[first].merge(row);
                    merged += 1;
                    continue;
                }
                Entry::Vacant(first) => _ = first.insert(products.len()),
            }
        }
        products.push(row);
    }
    (products, merged)
}

impl FeedRow {
    /// Adds a size of the same product. The product has the price and sale of its cheapest size, and the best availability of all
    /// sizes, and their further pictures. Everything else, the id too, is the first size's.
    fn merge(&mut self, size: Self) {
        let cost = |row: &Self| (row.price.amount_minor, row.sale.as_ref().map_or(u64::MAX, |sale| sale.amount_minor));
        let rank = |availability| match availability {
            Availability::InStock => 0,
            Availability::Backorder => 1,
            Availability::Preorder => 2,
            Availability::OutOfStock => 3,
        };
        if cost(&size) < cost(self) {
            (self.price, self.sale) = (size.price, size.sale);
        }
        if rank(size.availability) < rank(self.availability) {
            self.availability = size.availability;
        }
        for picture in size.further_pictures {
            Self::add_further(&mut self.further_pictures, &self.picture, picture);
        }
        if self.category.is_none() {
            (self.category, self.category_predicted) = (size.category, size.category_predicted);
            self.decided_by = size.decided_by;
        }
    }
}
