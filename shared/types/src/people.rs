//! The people in a class map. In: a [`ClassMap`] of everybody together. Out: [`People`], who each pixel belongs to.
//!
//! Who stands apart is a connected part. Two people who touch are one part with two heads; it is divided along the pixels that are equally
//! far from both bodies.

mod heads;

use std::collections::VecDeque;

use crate::region::neighbours;
use crate::{Class, ClassMap, Mask, Rect, Size};
use heads::{Head, heads};

/// Parts below this share of the largest one are pieces of somebody: a shoe, a bag, a misclassified chair.
const PART_SHARE: f64 = 0.04;

/// A part without a visible head is a person if it is at least this many times as high as wide, and no larger part is above or below it.
const TALL: f64 = 1.5;

/// Share of a headless part's columns that another part may have in common with it.
const COMMON_COLUMNS: f64 = 0.2;

/// The upper part of a headless person that stands for their head: a standing person is about seven heads high.
const HEADS_HIGH: u32 = 7;

/// The person who is meant needs no choice if each of the others covers at most this share of that person's pixels.
const BYSTANDER_SHARE: f64 = 0.25;

/// Most people that are told apart, the largest ones: more are no choice that anybody reads through.
pub const MAX_PEOPLE: usize = 8;

/// Nobody's pixels, or those of people beyond [`MAX_PEOPLE`].
const NOBODY: u8 = u8::MAX;

/// The people in a picture, from left to right, and the person whom each pixel belongs to or is nearest to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct People {
    size: Size,
    /// `(H, W)` row-major; empty if there is one person, to whom everything belongs.
    nearest: Vec<u8>,
    /// Box and pixels of each.
    people: Vec<(Rect, u64)>,
}

impl ClassMap {
    /// The people in the map; nobody if all is background.
    ///
    /// A person is a connected part with a head, or a tall part beside all others. A part with several heads side by side is as many
    /// people. All other parts belong to the nearest person.
    #[must_use]
    pub fn people(&self) -> People {
        let parts = self.components(|_, class| class != Class::Background);
        let Some(largest) = parts.iter().map(Vec::len).max() else {
            return People { size: self.size(), nearest: Vec::new(), people: Vec::new() };
        };
        let large: Vec<&Vec<usize>> =
            parts.iter().filter(|part| part.len() as f64 >= PART_SHARE * largest as f64).collect();
        let boxes: Vec<Rect> = large.iter().map(|part| bounds(self.size(), part)).collect();
        let mut seeds = Vec::new();
        for (at, part) in large.iter().enumerate() {
            let heads = heads(self, part);
            if heads.is_empty() && stands_alone(at, &boxes, &large) {
                let top = boxes[at].top + boxes[at].height.div_ceil(HEADS_HIGH);
                let width = self.size().width as usize;
                seeds.push(part.iter().copied().filter(|&pixel| ((pixel / width) as u32) < top).collect());
            }
            seeds.extend(heads.iter().map(|head| self.body(part, head)));
        }
        if seeds.len() < 2 {
            let all = parts.concat();
            return People {
                size: self.size(),
                nearest: Vec::new(),
                people: vec![(bounds(self.size(), &all), all.len() as u64)],
            };
        }
        self.divided(&seeds)
    }

    /// The pixels of a part that surely belong to the person with this head: the head, and what is below it for two heads' heights.
    fn body(&self, part: &[usize], head: &Head) -> Vec<usize> {
        let width = self.size().width as usize;
        let half = head.side / 2.0;
        let columns = head.centre.0 - half..=head.centre.0 + half;
        let bottom = head.lowest as f64 + 2.0 * head.side;
        let is_below = |&&at: &&usize| {
            let (x, y) = ((at % width) as f64, at / width);
            columns.contains(&x) && y >= head.highest && y as f64 <= bottom && !self.classes()[at].is_of_the_body()
        };
        head.pixels.iter().chain(part.iter().filter(is_below)).copied().collect()
    }

    /// Every pixel to the nearest seed: within the foreground first, then across the background.
    fn divided(&self, seeds: &[Vec<usize>]) -> People {
        let size = self.size();
        let mut nearest = vec![NOBODY; size.area() as usize];
        let mut reached = VecDeque::new();
        for (person, seed) in seeds.iter().enumerate().take(usize::from(NOBODY)) {
            for &at in seed {
                if nearest[at] == NOBODY {
                    nearest[at] = person as u8;
                    reached.push_back(at);
                }
            }
        }
        let is_foreground = |at: usize| self.classes()[at] != Class::Background;
        spread(size, &mut nearest, reached, is_foreground);
        let within: VecDeque<usize> = (0..nearest.len()).filter(|&at| nearest[at] != NOBODY).collect();
        spread(size, &mut nearest, within, |_| true);
        let of = |person: usize| {
            let own = (0..nearest.len()).filter(|&at| usize::from(nearest[at]) == person && is_foreground(at));
            own.collect::<Vec<_>>()
        };
        let mut people: Vec<(usize, Rect, u64)> = (0..seeds.len().min(usize::from(NOBODY)))
            .map(|person| (person, of(person)))
            .filter(|(_, own)| !own.is_empty())
            .map(|(person, own)| (person, bounds(size, &own), own.len() as u64))
            .collect();
        people.sort_by_key(|(_, _, area)| std::cmp::Reverse(*area));
        people.truncate(MAX_PEOPLE);
        people.sort_by_key(|(_, place, _)| 2 * place.left + place.width);
        let mut renamed = [NOBODY; 256];
        for (new, (old, ..)) in people.iter().enumerate() {
            renamed[*old] = new as u8;
        }
        for person in &mut nearest {
            *person = renamed[usize::from(*person)];
        }
        People { size, nearest, people: people.into_iter().map(|(_, place, area)| (place, area)).collect() }
    }
}

impl People {
    /// Number of people.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.people.len()
    }

    /// A person's box in a picture of `size`, which the map covers.
    ///
    /// # Panics
    /// When there are fewer people.
    #[must_use]
    pub fn bounds(&self, person: usize, size: Size) -> Rect {
        let Rect { left, top, width, height } = self.people[person].0;
        let at = |at: u32, of: u32, to: u32| (u64::from(at) * u64::from(to) / u64::from(of.max(1))) as u32;
        let (x, y) = (at(left, self.size.width, size.width), at(top, self.size.height, size.height));
        let (right, bottom) =
            (at(left + width, self.size.width, size.width), at(top + height, self.size.height, size.height));
        Rect { left: x, top: y, width: (right - x).max(1), height: (bottom - y).max(1) }
    }

    /// The largest person; 0 if there is none.
    #[must_use]
    pub fn largest(&self) -> usize {
        self.people.iter().enumerate().max_by_key(|(_, (_, area))| *area).map_or(0, |(person, _)| person)
    }

    /// The person who is meant without being asked: the only one, or one beside whom all others are small.
    #[must_use]
    pub fn main(&self) -> Option<usize> {
        let main = self.largest();
        let (_, area) = self.people.get(main)?;
        let is_small = |(other, (_, others)): (usize, &(Rect, u64))| {
            other == main || *others as f64 <= BYSTANDER_SHARE * *area as f64
        };
        self.people.iter().enumerate().all(is_small).then_some(main)
    }

    /// The mask without everybody but one person.
    ///
    /// # Panics
    /// When there are fewer people.
    #[must_use]
    pub fn only(&self, person: usize, mask: &Mask) -> Mask {
        assert!(person < self.people.len(), "person {person} of {}", self.people.len());
        if self.nearest.is_empty() {
            return mask.clone();
        }
        let (own, of) = (self.size, mask.size());
        let under = |at: u32, of: u32, own: u32| (u64::from(2 * at + 1) * u64::from(own) / u64::from(2 * of)) as usize;
        let columns: Vec<usize> = (0..of.width).map(|x| under(x, of.width, own.width)).collect();
        let rows: Vec<usize> = (0..of.height).map(|y| under(y, of.height, own.height) * own.width as usize).collect();
        let width = of.width as usize;
        mask.without(|at| usize::from(self.nearest[rows[at / width] + columns[at % width]]) != person)
    }
}

/// Whether a part without a head is a person: tall, with no other part as large in its columns.
fn stands_alone(at: usize, boxes: &[Rect], parts: &[&Vec<usize>]) -> bool {
    let Rect { left, width, height, .. } = boxes[at];
    let common = |other: &Rect| {
        let columns = (left + width).min(other.left + other.width).saturating_sub(left.max(other.left));
        f64::from(columns) / f64::from(width)
    };
    let beside = (0..boxes.len()).filter(|&other| other != at && 2 * parts[other].len() > parts[at].len());
    f64::from(height) >= TALL * f64::from(width)
        && boxes.len() > 1
        && beside.into_iter().all(|other| common(&boxes[other]) < COMMON_COLUMNS)
}

/// Spreads the names of pixels over their unnamed neighbours, in the order of their distance.
fn spread(size: Size, names: &mut [u8], mut reached: VecDeque<usize>, is_inside: impl Fn(usize) -> bool) {
    while let Some(at) = reached.pop_front() {
        for beside in neighbours(size, at) {
            if names[beside] == NOBODY && is_inside(beside) {
                names[beside] = names[at];
                reached.push_back(beside);
            }
        }
    }
}

/// The bounding box of at least one pixel.
fn bounds(size: Size, pixels: &[usize]) -> Rect {
    let width = size.width as usize;
    let (mut left, mut right, mut top, mut bottom) = (u32::MAX, 0, u32::MAX, 0);
    for at in pixels {
        let (x, y) = ((at % width) as u32, (at / width) as u32);
        (left, right, top, bottom) = (left.min(x), right.max(x), top.min(y), bottom.max(y));
    }
    Rect { left, top, width: right + 1 - left, height: bottom + 1 - top }
}

#[cfg(test)]
mod tests;
