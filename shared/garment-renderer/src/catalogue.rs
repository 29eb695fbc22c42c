//! A whole shop. In: a seed and a count. Out: its products, each computed on request.

use stl_types::Category;

use crate::product::Product;

/// The products `0..count` of a seed.
#[derive(Clone, Copy, Debug)]
pub struct Catalogue {
    seed: u64,
    count: usize,
}

impl Catalogue {
    /// A shop of `count` products.
    #[must_use]
    pub const fn new(seed: u64, count: usize) -> Self {
        Self { seed, count }
    }

    /// Number of products.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.count
    }

    /// Whether the shop has no products.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Product `index`. It does not depend on the size of the shop.
    #[must_use]
    pub fn product(&self, index: usize) -> Product {
        Product::new(self.seed, index)
    }

    /// The indices of a category's products.
    pub fn indices_of(&self, category: Category) -> impl Iterator<Item = usize> + use<> {
        (category.index()..self.count).step_by(Category::ALL.len())
    }
}
