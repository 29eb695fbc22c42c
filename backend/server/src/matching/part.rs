//! A part of a catalogue's articles, which one server of several scores. In: its number and how many there are, `2/4`. Out: a [`Part`].
//!
//! Part k of n has every n-th article, from the k-th on, in the catalogue's order. So each part has as many articles of each category as the
//! others, a pass takes all of them the same time, and an article's place in its part tells its number in the catalogue.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Every n-th article of a catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Part {
    /// From 0.
    index: usize,
    of: usize,
}

/// Not the number of a part.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a part and how many there are, such as 2/4, of at most {most}, got {received:?}", most = Part::MOST)]
pub struct UnknownPart {
    /// The text.
    pub received: String,
}

impl Part {
    /// Parts at most: with more, a search waits for the slowest of too many.
    pub const MOST: usize = 256;

    /// All articles.
    pub const WHOLE: Self = Self { index: 0, of: 1 };

    /// The parts of a catalogue that is cut into so many, at least one.
    pub fn all(of: usize) -> impl Iterator<Item = Self> {
        (0..of.max(1)).map(move |index| Self { index, of: of.max(1) })
    }

    /// How many parts there are.
    #[must_use]
    pub const fn of(self) -> usize {
        self.of
    }

    /// The items of this part, of those of a catalogue.
    pub fn cut<T>(self, all: impl Iterator<Item = T>) -> impl Iterator<Item = T> {
        all.skip(self.index).step_by(self.of)
    }

    /// How many articles it has of a catalogue of so many.
    #[must_use]
    pub const fn len(self, all: usize) -> usize {
        all.saturating_sub(self.index).div_ceil(self.of)
    }

    /// The catalogue's number of an article of this part.
    #[must_use]
    pub const fn number(self, own: usize) -> usize {
        own * self.of + self.index
    }

    /// This part's number of an article of the catalogue, if it is in this part.
    #[must_use]
    pub const fn own(self, number: usize) -> Option<usize> {
        if number % self.of == self.index { Some(number / self.of) } else { None }
    }
}

impl FromStr for Part {
    type Err = UnknownPart;

    fn from_str(text: &str) -> Result<Self, UnknownPart> {
        let unknown = || UnknownPart { received: text.chars().take(40).collect() };
        let (number, of) = text.split_once('/').ok_or_else(unknown)?;
        let is_plain = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        let read = |digits: &str| is_plain(digits).then(|| digits.parse::<usize>().ok()).flatten();
        let (number, of) = (read(number).ok_or_else(unknown)?, read(of).ok_or_else(unknown)?);
        let is_part = (1..=Self::MOST).contains(&of) && (1..=of).contains(&number);
        if is_part { Ok(Self { index: number - 1, of }) } else { Err(unknown()) }
    }
}

impl TryFrom<String> for Part {
    type Error = UnknownPart;

    fn try_from(text: String) -> Result<Self, UnknownPart> {
        text.parse()
    }
}

impl From<Part> for String {
    fn from(part: Part) -> Self {
        part.to_string()
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index + 1, self.of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_have_each_article_once() {
        for (of, all) in [(1, 5), (2, 5), (4, 10), (4, 3), (3, 0)] {
            let mut found = vec![0; all];
            for part in Part::all(of) {
                let cut: Vec<usize> = part.cut(0..all).collect();
                assert_eq!(cut.len(), part.len(all), "{part} of {all}");
                for (own, number) in cut.into_iter().enumerate() {
                    assert_eq!((part.number(own), part.own(number)), (number, Some(own)), "{part}");
                    found[number] += 1;
                }
            }
            assert_eq!(found, vec![1; all]);
        }
        let [first, second] = ["1/2", "2/2"].map(|text| text.parse::<Part>().expect("a part"));
        assert_eq!((first.own(1), second.own(0)), (None, None));
    }

    #[test]
    fn a_part_is_written_as_its_number_of_all() {
        for part in Part::all(4) {
            assert_eq!(part.to_string().parse(), Ok(part));
        }
        assert_eq!("2/4".parse::<Part>().expect("a part").number(0), 1);
        for text in ["", "5/4", "0/4", "1/0", "0/0", "1/257", "1", "/", "1/", "-1/4", "+1/4", " 1/4", "1/4/4", "a/b"] {
            assert_eq!(text.parse::<Part>(), Err(UnknownPart { received: text.to_owned() }));
        }
    }
}
