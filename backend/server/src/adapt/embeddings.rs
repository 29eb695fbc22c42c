//! f(I) of the wearers in a catalogue's further pictures. In: pictures and the categories of their articles. Out: [`Worn`]s, which are
//! kept in the catalogue's folder, so that a later run encodes only what is new.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use stl_types::Category;

use super::error::AdaptError;
use super::shown::ShownArticles;
use super::wearers::{Wearers, Worn};
use crate::catalogue::journal::{self, Journal};
use crate::catalogue::layout::{EMBEDDINGS, IMAGES, picture_name};
use crate::catalogue::{Article, verify};
use crate::digest::Digest;
use crate::networks::models::Models;
use crate::parallel::for_each_in_order;

/// What decides an embedding beside the networks: [`Wearers`]' rules.
const RULES_VERSION: &str = "1";

/// The wearers of a catalogue's articles.
#[derive(Debug, Default)]
pub struct WornArticles {
    /// The article's position, and f(I) of somebody who wears it. A picture of several articles is there for each.
    pub worn: Vec<(usize, Worn)>,
    /// Pictures in which somebody is.
    pub with_wearer: usize,
    /// Pictures that were encoded now.
    pub encoded: usize,
    /// Pictures that could not be read.
    pub unreadable: usize,
}

/// Encodes the wearers of all pictures, on `threads` threads. Calls `progress(done, total)` after each picture.
///
/// # Errors
/// When a network fails, or the embeddings cannot be kept.
pub fn encode(
    catalogue: &Path,
    articles: &[Article],
    shown: &ShownArticles,
    models: &Models,
    threads: usize,
    mut progress: impl FnMut(usize, usize),
) -> Result<WornArticles, AdaptError> {
    let path = catalogue.join(EMBEDDINGS);
    let cannot_write = |source| AdaptError::Write { path: path.clone(), source };
    let record = Record { width: models.width() };
    let network = network_sha256(models);
    let open = || Journal::open(&path, network, record.numbers()).map_err(cannot_write);
    let mut journal = open()?;
    // What no picture needs any longer goes when it is as much as the rest.
    if journal.len() > 2 * shown.pictures.len() + SPARE_RECORDS {
        drop(journal);
        let needed = shown
            .pictures
            .iter()
            .flat_map(|(picture, of)| categories(articles, of).into_iter().map(move |category| key(picture, category)));
        journal::compact(&path, network, record.numbers(), needed).map_err(cannot_write)?;
        journal = open()?;
    }
    let wearers = Wearers::load(models)?;
    let (journal, encoded, unreadable) = (&journal, AtomicUsize::new(0), AtomicUsize::new(0));
    let images = catalogue.join(IMAGES);
    let work = |(picture, of): &(Digest, Vec<usize>)| -> Result<Vec<(usize, Worn)>, AdaptError> {
        let categories = categories(articles, of);
        let known: Option<Vec<_>> =
            categories.iter().map(|&category| record.read(journal.get(&key(picture, category))?)).collect();
        let worn: Vec<Option<Worn>> = match known {
            Some(known) => known,
            None => {
                let Ok(decoded) = verify::stored_picture(&images.join(picture_name(picture))) else {
                    unreadable.fetch_add(1, Ordering::Relaxed);
                    return Ok(Vec::new());
                };
                encoded.fetch_add(1, Ordering::Relaxed);
                let worn = match wearers.encode(decoded, &categories)? {
                    Some(worn) => worn.into_iter().map(Some).collect(),
                    None => vec![None; categories.len()],
                };
                for (category, worn) in categories.iter().zip(&worn) {
                    journal.add(&key(picture, *category), &record.written(worn.as_ref())).map_err(cannot_write)?;
                }
                worn
            }
        };
        let of_article = |&article: &usize| {
            let place = categories.iter().position(|category| *category == articles[article].category)?;
            Some((article, worn[place].clone()?))
        };
        Ok(of.iter().filter_map(of_article).collect())
    };
    let (mut found, mut done) = (WornArticles::default(), 0);
    for_each_in_order(&shown.pictures, threads, work, |_, worn| {
        let worn = worn?;
        found.with_wearer += usize::from(!worn.is_empty());
        found.worn.extend(worn);
        done += 1;
        progress(done, shown.pictures.len());
        Ok::<(), AdaptError>(())
    })?;
    (found.encoded, found.unreadable) = (encoded.into_inner(), unreadable.into_inner());
    Ok(found)
}

/// Records that a small catalogue may have in vain.
const SPARE_RECORDS: usize = 1000;

/// The distinct categories of articles.
fn categories(articles: &[Article], of: &[usize]) -> Vec<Category> {
    let mut categories: Vec<Category> = of.iter().map(|&article| articles[article].category).collect();
    categories.sort_unstable();
    categories.dedup();
    categories
}

/// Identifies the networks that decide an embedding.
fn network_sha256(models: &Models) -> Digest {
    Digest::of([models.segmenter_sha256(), models.query_sha256(), RULES_VERSION].join(" ").as_bytes())
}

fn key(picture: &Digest, category: Category) -> Digest {
    Digest::of(&[picture.as_bytes(), category.as_str().as_bytes()].concat())
}

/// How a [`Worn`] is kept: what it has (0 nobody, 1 a person, 2 a garment, too), then both f(I).
struct Record {
    width: usize,
}

impl Record {
    const fn numbers(&self) -> usize {
        1 + 2 * self.width
    }

    fn written(&self, worn: Option<&Worn>) -> Vec<f32> {
        let mut numbers = vec![0.0];
        if let Some(Worn { person, garment }) = worn {
            numbers[0] = if garment.is_some() { 2.0 } else { 1.0 };
            numbers.extend(person.iter().chain(garment.iter().flatten()));
        }
        numbers.resize(self.numbers(), 0.0);
        numbers
    }

    /// Nothing if it is no record.
    fn read(&self, numbers: &[f32]) -> Option<Option<Worn>> {
        let (person, garment) = numbers.get(1..)?.split_at_checked(self.width)?;
        let garment = match numbers[0] {
            0.0 => return Some(None),
            1.0 => None,
            2.0 => Some(garment.to_vec()),
            _ => return None,
        };
        Some(Some(Worn { person: person.to_vec(), garment }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_back() {
        let record = Record { width: 2 };
        let person = vec![1.0, -2.0];
        for worn in [
            None,
            Some(Worn { person: person.clone(), garment: None }),
            Some(Worn { person, garment: Some(vec![0.0, 3.0]) }),
        ] {
            let written = record.written(worn.as_ref());
            assert_eq!((written.len(), record.read(&written)), (5, Some(worn)));
        }
        assert_eq!(record.read(&[7.0, 0.0, 0.0, 0.0, 0.0]), None);
    }

    #[test]
    fn a_picture_is_kept_for_each_category() {
        let picture = Digest::of(b"picture");
        assert_ne!(key(&picture, Category::Tops), key(&picture, Category::Skirts));
    }
}
