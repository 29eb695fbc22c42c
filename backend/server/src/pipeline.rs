//! One search from an upload to cards: decode → regions → look → garment → encode → match → cards.

pub mod cards;
pub mod cutout;
pub mod garment;
pub mod look;
pub mod regions;
pub mod search;
