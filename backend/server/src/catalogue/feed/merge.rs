//! Sizes of one product become one row. In: rows with their groups. Out: a row an article, which is a colour of a product.
//!
//! Rows of one group are one article if they have the same colour. Without a colour, the picture tells: here by its address, and once
//! pictures are known by what they show ([`crate::catalogue::import`]).

use std::collections::{HashMap, HashSet};

use super::row::{FeedRow, PictureSource};
use crate::catalogue::variant::{add_while_room, settle};
use crate::catalogue::words::folded;

/// A checked row, and what it belongs to.
pub(super) struct Member {
    pub(super) row: FeedRow,
    /// The group of its sizes and colours.
    pub(super) group: Option<String>,
    /// Whether it only repeats its variants, which are rows of their own.
    pub(super) is_parent: bool,
}

/// Rows of which each is an article.
pub(super) struct Merged {
    pub(super) rows: Vec<FeedRow>,
    /// Rows that were merged into others.
    pub(super) merged: usize,
    /// Sizes for which their articles have no room.
    pub(super) without_room: usize,
}

/// Makes sizes of one product one row.
pub(super) fn merged(members: Vec<Member>) -> Merged {
    let rows = members.len();
    let of_group = |member: &Member| member.group.clone().filter(|_| !member.is_parent);
    let with_variants: HashSet<String> = members.iter().filter_map(of_group).collect();
    let mut products = Vec::<FeedRow>::with_capacity(rows);
    let mut without_room = 0;
    let mut known = HashMap::<(String, String), Articles>::new();
    for Member { row, group, is_parent } in members {
        let group = group.filter(|_| !row.has_all_variants);
        if is_parent && group.as_ref().is_some_and(|group| with_variants.contains(group)) {
            continue;
        }
        if let Some(group) = group {
            let articles = known.entry((group, row.price.currency.clone())).or_default();
            if let Some(first) = articles.first_of(&row, &products) {
                without_room += products[first].merge(row);
                continue;
            }
            articles.add(&row, products.len());
        }
        products.push(row);
    }
    let merged = rows - products.len();
    Merged { rows: products, merged, without_room }
}

/// The articles of a group, by what another size has in common with one: some feeds have one group for all of their rows.
#[derive(Default)]
struct Articles {
    /// Places of those that have a colour, by its folded name.
    by_color: HashMap<String, Vec<usize>>,
    by_picture: HashMap<PictureSource, Vec<usize>>,
}

impl Articles {
    /// The place of the first article that a row is a size of.
    fn first_of(&self, row: &FeedRow, products: &[FeedRow]) -> Option<usize> {
        let of_color = self.by_color.get(&folded(&row.color));
        let near = of_color.into_iter().chain(self.by_picture.get(&row.picture)).flatten().copied();
        near.filter(|&place| is_one_article(&products[place], row)).min()
    }

    fn add(&mut self, row: &FeedRow, place: usize) {
        if !row.color.is_empty() {
            self.by_color.entry(folded(&row.color)).or_default().push(place);
        }
        self.by_picture.entry(row.picture.clone()).or_default().push(place);
    }
}

/// Whether two rows of one group are sizes of one article.
fn is_one_article(first: &FeedRow, other: &FeedRow) -> bool {
    // What Google lets rows of a group differ in, beside the size. A row that does not say differs in nothing.
    let differs = |a: &str, b: &str| !a.is_empty() && !b.is_empty() && folded(a) != folded(b);
    let pairs = [
        (&first.color, &other.color),
        (&first.pattern, &other.pattern),
        (&first.material, &other.material),
        (&first.gender, &other.gender),
        (&first.age_group, &other.age_group),
    ];
    let has_colors = !first.color.is_empty() && !other.color.is_empty();
    !pairs.into_iter().any(|(a, b)| differs(a, b)) && (has_colors || first.picture == other.picture)
}

impl FeedRow {
    /// Adds a size of the same article, and its further pictures. Everything but the offer is the first size's. Returns how many sizes there was
    /// no room for.
    fn merge(&mut self, size: Self) -> usize {
        let without_room = add_while_room(&mut self.variants, size.variants);
        settle(&self.variants, &mut self.price, &mut self.sale, &mut self.availability);
        for picture in size.further_pictures {
            Self::add_further(&mut self.further_pictures, &self.picture, picture);
        }
        if self.category.is_none() {
            (self.category, self.category_predicted) = (size.category, size.category_predicted);
            self.decided_by = size.decided_by;
        }
        without_room
    }
}
