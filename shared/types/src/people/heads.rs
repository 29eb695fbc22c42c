//! Heads in a connected part of a class map. In: hair and skin. Out: [`Head`]s side by side.

use crate::region::neighbours;
use crate::{Class, ClassMap, Size};

/// Hair below this share of the part is a few misclassified pixels.
const HAIR_SHARE: f64 = 0.004;

/// Skin is a face within this many sides of the hair's square.
const FACE_REACH: f64 = 0.6;

/// Least share of skin in a head: hair alone may be fur or a beard in another colour.
const SKIN_SHARE: f64 = 0.15;

/// Heads of people who are equally near are of one size; what is smaller is hair on a hand or a shoulder.
const HEAD_SHARE: f64 = 0.3;

/// Two pieces of hair are of one head if they are nearer than this many sides of the larger one.
const ONE_HEAD: f64 = 1.3;

/// Two pieces of hair above each other are of one head, e.g. a beard, unless they are further apart than this many sides.
const BEARD_REACH: f64 = 3.0;

/// Pieces are above each other if their centres are at most this many sides apart sideways.
const BEARD_ASIDE: f64 = 0.8;

/// Hair and face of one person.
#[derive(Clone, Debug)]
pub(super) struct Head {
    /// Its pixels.
    pub(super) pixels: Vec<usize>,
    /// Mean column and row.
    pub(super) centre: (f64, f64),
    /// Side of a square of as many pixels.
    pub(super) side: f64,
    /// Its first row.
    pub(super) highest: usize,
    /// Its last row.
    pub(super) lowest: usize,
}

impl Head {
    fn of(size: Size, pixels: Vec<usize>) -> Self {
        let width = size.width as usize;
        let count = pixels.len() as f64;
        let mean = |of: &dyn Fn(usize) -> usize| pixels.iter().map(|&at| of(at) as f64).sum::<f64>() / count;
        let rows = || pixels.iter().map(|at| at / width);
        let (highest, lowest) = (rows().min().unwrap_or(0), rows().max().unwrap_or(0));
        let centre = (mean(&|at| at % width), mean(&|at| at / width));
        Self { centre, side: count.sqrt(), highest, lowest, pixels }
    }

    fn is_one_with(&self, other: &Self) -> bool {
        let (across, down) = ((self.centre.0 - other.centre.0).abs(), (self.centre.1 - other.centre.1).abs());
        let side = self.side.max(other.side);
        across.hypot(down) < ONE_HEAD * side || across < BEARD_ASIDE * side && down < BEARD_REACH * side
    }
}

/// The heads of a connected part; none if no hair is seen.
pub(super) fn heads(map: &ClassMap, part: &[usize]) -> Vec<Head> {
    let classes = map.classes();
    let mut is_hair = vec![false; classes.len()];
    for &at in part {
        is_hair[at] = classes[at] == Class::Hair;
    }
    let least = (HAIR_SHARE * part.len() as f64).max(3.0);
    let hair = map.components(|at, _| is_hair[at]).into_iter().filter(|hair| hair.len() as f64 >= least);
    let mut heads: Vec<Head> = hair.map(|hair| Head::of(map.size(), with_face(map, hair))).collect();
    while let Some((one, other)) = first_pair(&heads) {
        let other = heads.swap_remove(other);
        let mut pixels = [std::mem::take(&mut heads[one].pixels), other.pixels].concat();
        pixels.sort_unstable();
        pixels.dedup();
        heads[one] = Head::of(map.size(), pixels);
    }
    let skin = |head: &Head| head.pixels.iter().filter(|&&at| classes[at] == Class::Skin).count() as f64;
    heads.retain(|head| skin(head) >= SKIN_SHARE * head.pixels.len() as f64);
    let largest = heads.iter().map(|head| head.pixels.len()).max().unwrap_or(0) as f64;
    heads.retain(|head| head.pixels.len() as f64 >= HEAD_SHARE * largest);
    heads
}

/// The first two that are one head, the later one second.
fn first_pair(heads: &[Head]) -> Option<(usize, usize)> {
    let pairs = (0..heads.len()).flat_map(|one| (one + 1..heads.len()).map(move |other| (one, other)));
    pairs.into_iter().find(|&(one, other)| heads[one].is_one_with(&heads[other]))
}

/// Hair and the skin near it in the foreground.
fn with_face(map: &ClassMap, hair: Vec<usize>) -> Vec<usize> {
    let steps = (FACE_REACH * (hair.len() as f64).sqrt()).ceil() as usize;
    let mut is_reached = vec![false; map.classes().len()];
    for &at in &hair {
        is_reached[at] = true;
    }
    let mut front = hair.clone();
    let mut head = hair;
    for _ in 0..steps {
        let mut next = Vec::new();
        for at in front {
            for beside in neighbours(map.size(), at) {
                if map.classes()[beside] != Class::Background && !std::mem::replace(&mut is_reached[beside], true) {
                    next.push(beside);
                }
            }
        }
        head.extend(next.iter().filter(|&&at| map.classes()[at] == Class::Skin));
        front = next;
    }
    head
}
