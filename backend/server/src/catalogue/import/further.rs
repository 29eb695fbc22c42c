//! The further pictures of an import's articles. In: rows that became articles. Out: the digests of each row's pictures that are stored.

use std::collections::HashMap;

use super::error::ImportError;
use super::grouped::grouped;
use super::options::ImportOptions;
use super::pictures::{KeptPicture, PictureFault, Pictures};
use crate::catalogue::feed::{Feed, FeedRow, PictureSource, RowFault, RowProblem};
use crate::catalogue::store::FetchedPicture;
use crate::digest::Digest;
use crate::parallel::for_each_in_order;

/// What became of further pictures.
#[derive(Default)]
pub(super) struct FurtherPictures {
    /// The digests of each row's pictures, by the row's place in the feed.
    by_row: HashMap<usize, Vec<Digest>>,
    /// What the feed's addresses hold.
    pub(super) fetched: Vec<FetchedPicture>,
    /// Pictures that could not be used. Their products are imported without them.
    pub(super) notes: Vec<RowProblem>,
    /// Files that the former catalogue lacked.
    pub(super) stored: usize,
}

/// The distinct further pictures of a feed's rows: the places of the rows that show each.
pub(super) fn by_picture(rows: &[FeedRow]) -> Vec<(&PictureSource, Vec<usize>)> {
    grouped(rows.iter().enumerate().flat_map(|(row, of)| of.further_pictures.iter().map(move |picture| (picture, row))))
}

/// Stores the further pictures of the rows that are `used`, each once. Calls `done` after each one.
///
/// # Errors
/// When nothing can be stored, or the import should stop.
pub(super) fn keep(
    feed: &Feed,
    distinct: &[(&PictureSource, Vec<usize>)],
    used: impl Fn(usize) -> bool + Sync,
    pictures: &Pictures<'_>,
    options: &ImportOptions,
    mut done: impl FnMut(),
) -> Result<FurtherPictures, ImportError> {
    let (mut kept, mut found) = (FurtherPictures::default(), HashMap::<&PictureSource, Digest>::new());
    let keep = |(picture, rows): &(&PictureSource, Vec<usize>)| {
        let is_wanted = !options.stop.is_stopped() && rows.iter().any(|&row| used(row));
        is_wanted.then(|| pictures.keep(picture))
    };
    for_each_in_order(distinct, options.workers.max(options.threads), keep, |index, outcome| {
        if options.stop.is_stopped() {
            return Err(ImportError::Stopped);
        }
        let (picture, rows) = &distinct[index];
        match outcome {
            None => {}
            Some(Ok(KeptPicture { sha256, is_new, fetched })) => {
                found.insert(picture, sha256);
                kept.fetched.extend(fetched);
                kept.stored += usize::from(is_new);
            }
            Some(Err(PictureFault::Write { path, source })) => return Err(ImportError::Write { path, source }),
            Some(Err(PictureFault::Unusable(reason))) => {
                let fault = RowFault::FurtherPicture { reason: format!("{picture}: {reason}") };
                let used = rows.iter().filter(|&&row| used(row));
                kept.notes.extend(used.map(|&row| feed.problem(feed.rows[row].line, fault.clone())));
            }
        }
        done();
        Ok(())
    })?;
    for (number, row) in feed.rows.iter().enumerate().filter(|(number, _)| used(*number)) {
        let digests = row.further_pictures.iter().filter_map(|picture| found.get(picture)).copied();
        kept.by_row.insert(number, digests.collect());
    }
    Ok(kept)
}

impl FurtherPictures {
    /// The pictures of a row whose title picture is `title`: two addresses may hold one file.
    pub(super) fn of_row(&self, row: usize, title: Digest) -> Vec<Digest> {
        let mut distinct = Vec::new();
        for &digest in self.by_row.get(&row).into_iter().flatten() {
            if digest != title && !distinct.contains(&digest) {
                distinct.push(digest);
            }
        }
        distinct
    }
}
