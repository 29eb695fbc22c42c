//! The sizes of an article. In: rows of a feed. Out: [`Variant`]s, and what their article costs.
//!
//! An article is what a picture shows; its variants are what a shopper puts into the basket. An article has its variants' best
//! availability, and the price of its cheapest variant among those that can be bought.

use jiff::Timestamp;
use stl_types::Price;
use stl_types::wire::Availability;

use super::sale::Sale;

/// A size of an article, with its own offer. Its prices are in the article's currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variant {
    /// The shop's own id, empty if it has none.
    pub id: String,
    /// The size in the shop's words, may be empty.
    pub size: String,
    /// The system of the size, such as `EU`, may be empty.
    pub size_system: String,
    /// Its global trade item number (EAN, UPC), may be empty.
    pub gtin: String,
    /// Its page in the shop.
    pub link: String,
    /// The regular price, in minor units.
    pub amount_minor: u64,
    /// A lower price for some time.
    pub sale: Option<Sale>,
    /// Whether it can be bought.
    pub availability: Availability,
}

/// A regular price and its sale, in minor units of one currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer<'a> {
    /// The regular price.
    pub regular_minor: u64,
    /// A lower price for some time.
    pub sale: Option<&'a Sale>,
}

impl Variant {
    /// Variants of an article at most: trousers have some sixty, by waist and length.
    pub const MOST: usize = 200;

    /// Whether it can be ordered, now or ahead.
    #[must_use]
    pub fn can_be_bought(&self) -> bool {
        self.availability != Availability::OutOfStock
    }

    /// Whether it is no more than its article: it tells no size and no number.
    #[must_use]
    pub const fn tells_nothing(&self) -> bool {
        self.size.is_empty() && self.gtin.is_empty()
    }

    /// Its price and sale.
    #[must_use]
    pub const fn offer(&self) -> Offer<'_> {
        Offer { regular_minor: self.amount_minor, sale: self.sale.as_ref() }
    }
}

impl Offer<'_> {
    /// The sale, if it lowers the price while it is on: a shop may list one that does not.
    #[must_use]
    pub fn price_cut(&self) -> Option<&Sale> {
        self.sale.filter(|sale| sale.amount_minor < self.regular_minor)
    }

    /// The sale, if it lowers the price at this moment.
    #[must_use]
    pub fn sale_at(&self, now: Timestamp) -> Option<&Sale> {
        self.price_cut().filter(|sale| sale.is_on(now))
    }

    /// What it costs at this moment.
    #[must_use]
    pub fn amount_minor_at(&self, now: Timestamp) -> u64 {
        self.sale_at(now).map_or(self.regular_minor, |sale| sale.amount_minor)
    }
}

/// Adds variants to those of an article, as far as it may have them. Returns how many there was no room for.
pub(super) fn add_while_room(variants: &mut Vec<Variant>, mut more: Vec<Variant>) -> usize {
    let room = Variant::MOST.saturating_sub(variants.len());
    let without_room = more.len().saturating_sub(room);
    more.truncate(room);
    variants.append(&mut more);
    without_room
}

/// What tells the shop of sizes for which their articles have no room; none if there are none.
pub(super) fn hint_of_room(without_room: usize) -> Option<String> {
    let most = Variant::MOST;
    (without_room > 0).then(|| format!("{without_room} sizes are left out: an article has at most {most}"))
}

/// The variants that count for a price: those that can be bought, or all if none can.
pub(super) fn counted(variants: &[Variant]) -> impl Iterator<Item = &Variant> {
    let any = variants.iter().any(Variant::can_be_bought);
    variants.iter().filter(move |variant| !any || variant.can_be_bought())
}

/// Gives an article the best availability of its variants, and price and sale of the cheapest one that counts. Without variants it keeps
/// its own.
pub(super) fn settle(
    variants: &[Variant],
    price: &mut Price,
    sale: &mut Option<Sale>,
    availability: &mut Availability,
) {
    let cost =
        |variant: &&Variant| (variant.amount_minor, variant.sale.as_ref().map_or(u64::MAX, |sale| sale.amount_minor));
    if let Some(cheapest) = counted(variants).min_by_key(cost) {
        price.amount_minor = cheapest.amount_minor;
        sale.clone_from(&cheapest.sale);
    }
    let rank = |availability: &Availability| match availability {
        Availability::InStock => 0,
        Availability::Backorder => 1,
        Availability::Preorder => 2,
        Availability::OutOfStock => 3,
    };
    *availability = variants.iter().map(|variant| variant.availability).min_by_key(rank).unwrap_or(*availability);
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A size in stock.
    pub(crate) fn variant(size: &str, amount_minor: u64) -> Variant {
        Variant {
            id: format!("id-{size}"),
            size: size.to_owned(),
            size_system: String::new(),
            gtin: String::new(),
            link: format!("https://shop.example/article?size={size}"),
            amount_minor,
            sale: None,
            availability: Availability::InStock,
        }
    }

    #[test]
    fn what_can_be_bought_decides_the_price_unless_nothing_can() {
        let gone = |size: &str, amount| Variant { availability: Availability::OutOfStock, ..variant(size, amount) };
        let later = Variant { availability: Availability::Preorder, ..variant("L", 900) };
        let settled = |variants: &[Variant]| {
            let mut price = Price { amount_minor: 7, currency: "EUR".to_owned() };
            let mut availability = Availability::Backorder;
            settle(variants, &mut price, &mut None, &mut availability);
            (price.amount_minor, availability)
        };
        assert_eq!(settled(&[gone("S", 500), variant("M", 1000), later]), (900, Availability::InStock));
        assert_eq!(settled(&[gone("S", 500), gone("M", 400)]), (400, Availability::OutOfStock));
        assert_eq!(settled(&[]), (7, Availability::Backorder));
    }
}
