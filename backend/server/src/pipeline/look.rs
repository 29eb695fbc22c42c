//! A person with their garments. In: a cutout and its regions. Out: a [`Look`].

use image::RgbImage;
use stl_types::{ClassMap, Garment};

use crate::pictures::scale::size_of;

/// A person's cutout and the garments seen in it.
#[derive(Clone, Debug)]
pub struct Look {
    cutout: RgbImage,
    garments: Vec<Garment>,
}

impl Look {
    /// A person whose garments are unknown.
    #[must_use]
    pub const fn person(cutout: RgbImage) -> Self {
        Self { cutout, garments: Vec::new() }
    }

    /// A person with the garments of a class map, which covers the whole cutout at its own resolution.
    #[must_use]
    pub fn with_regions(cutout: RgbImage, regions: &ClassMap) -> Self {
        let size = size_of(&cutout);
        let at_cutout = |garment: Garment| Some(Garment { region: garment.region.at_size(size)?, ..garment });
        let garments = regions.garments().into_iter().filter_map(at_cutout).collect();
        Self { cutout, garments }
    }

    /// The same person without their garments: every category is searched with the whole person.
    #[must_use]
    pub fn without_garments(self) -> Self {
        Self::person(self.cutout)
    }

    /// The person on white.
    #[must_use]
    pub const fn cutout(&self) -> &RgbImage {
        &self.cutout
    }

    /// The garments with regions of the cutout's size, the largest first.
    #[must_use]
    pub fn garments(&self) -> &[Garment] {
        &self.garments
    }
}
