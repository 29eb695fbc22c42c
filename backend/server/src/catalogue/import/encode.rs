//! The middle step of an import. In: a feed's rows. Out: an [`Article`] and its f(A) for each row that can be used, with its further
//! pictures.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use stl_types::Category;

use super::encoded::{Encoded, EncodedFeed};
use super::error::ImportError;
use super::further;
use super::grouped::grouped;
use super::one_picture;
use super::options::ImportOptions;
use super::pictures::{ImportedPicture, PictureFault, Pictures};
use super::report::ImportReport;
use crate::catalogue::article::Article;
use crate::catalogue::feed::{Feed, FeedRow, PictureSource, RowFault};
use crate::catalogue::variant::hint_of_room;
use crate::digest::Digest;
use crate::networks::category_head::CategoryHead;
use crate::parallel::for_each_in_order;

/// Encodes the picture of each row; rows with one picture share it, so that each address is fetched once. If a row's words name no
/// category, `head` predicts one from the picture. `images` is the folder of the stored pictures.
pub(super) fn encode(
    mut feed: Feed,
    pictures: &Pictures<'_>,
    images: &Path,
    head: Option<&CategoryHead>,
    options: &ImportOptions,
    mut progress: impl FnMut(usize, usize),
) -> Result<EncodedFeed, ImportError> {
    // Each with its row's place in the feed.
    let (mut articles, mut fetched) = (Vec::<(usize, Encoded)>::new(), Vec::new());
    let (hidden, merged, unwanted) = (feed.hidden, feed.merged, feed.unwanted);
    let mut report = ImportReport { hidden, merged, unwanted, ..ImportReport::default() };
    let mut categories = std::mem::take(&mut feed.categories);
    let mut left_out = std::mem::take(&mut feed.problems);
    let mut notes = std::mem::take(&mut feed.dropped);
    report.hints = std::mem::take(&mut feed.hints);
    let shared = grouped(feed.rows.iter().enumerate().map(|(row, of)| (&of.picture, row)));
    let further = further::by_picture(&feed.rows);
    let (mut done, total) = (0, feed.rows.len() + further.len());
    for_each_in_order(
        &shared,
        options.workers.max(options.threads),
        |(picture, _)| {
            if options.stop.is_stopped() {
                Err(PictureFault::Unusable(String::new()))
            } else {
                pictures.import(picture)
            }
        },
        |index, imported| {
            if options.stop.is_stopped() {
                return Err(ImportError::Stopped);
            }
            let (picture, rows) = &shared[index];
            let imported = match imported {
                Err(PictureFault::Write { path, source }) => return Err(ImportError::Write { path, source }),
                Err(PictureFault::Unusable(reason)) => Err(reason),
                Ok(imported) => Ok(imported),
            };
            for &number in rows {
                let row = &feed.rows[number];
                match usable(row, picture, &imported, head) {
                    Ok(encoded) => {
                        let category = Some(encoded.0.category);
                        categories.count(row.classification(), row.decided_by.clone(), category, &row.title);
                        articles.push((number, encoded));
                    }
                    Err(fault) => {
                        if fault.is_of_category() {
                            categories.count(row.classification(), row.decided_by.clone(), None, &row.title);
                        }
                        left_out.push(feed.problem(row.line, fault));
                    }
                }
                if let Ok(ImportedPicture { is_new, kept, .. }) = &imported {
                    *if *is_new { &mut report.encoded } else { &mut report.unchanged } += 1;
                    if let Some(reason) = kept {
                        report.kept += 1;
                        let (picture, reason) = (picture.to_string(), reason.clone());
                        notes.push(feed.problem(row.line, RowFault::PictureKept { picture, reason }));
                    }
                }
            }
            fetched.extend(imported.ok().and_then(|imported| imported.fetched));
            done += rows.len();
            progress(done, total);
            Ok(())
        },
    )?;
    let used: HashSet<usize> = articles.iter().map(|(row, _)| *row).collect();
    let kept = further::keep(
        &feed,
        &further,
        |row| used.contains(&row),
        pictures,
        options,
        || {
            done += 1;
            progress(done, total);
        },
    )?;
    for (row, (article, _)) in &mut articles {
        article.further_pictures = kept.of_row(*row, article.picture_sha256);
    }
    let fetch_copy = |picture: &Digest| {
        if let Some(elsewhere) = &options.elsewhere {
            elsewhere.fetch_copy(picture);
        }
    };
    let (merged, without_room) = one_picture::merge(&mut articles, &feed.rows, images, &fetch_copy);
    report.merged += merged;
    report.hints.extend(hint_of_room(without_room));
    let mut articles: Vec<Encoded> = articles.into_iter().map(|(_, encoded)| encoded).collect();
    for (article, _) in &mut articles {
        // The only size of an article that tells no size is the article.
        if matches!(&article.variants[..], [only] if only.tells_nothing()) {
            article.variants.clear();
        }
    }
    fetched.extend(kept.fetched);
    notes.extend(kept.notes);
    left_out.sort_by_key(|problem| problem.line);
    notes.sort_by_key(|note| note.line);
    articles.sort_by(|(a, _), (b, _)| a.id.cmp(&b.id));
    report.imported = articles.len();
    report.further_pictures = articles.iter().map(|(article, _)| article.further_pictures.len()).sum();
    report.further_stored = kept.stored;
    report.predicted = articles.iter().filter(|(article, _)| article.category_predicted).count();
    report.categories = categories.counts();
    (report.left_out, report.notes) = (left_out, notes);
    Ok(EncodedFeed { articles, fetched, report })
}

fn usable(
    row: &FeedRow,
    picture: &PictureSource,
    imported: &Result<ImportedPicture, String>,
    head: Option<&CategoryHead>,
) -> Result<Encoded, RowFault> {
    let imported = imported
        .as_ref()
        .map_err(|reason| RowFault::Picture { picture: picture.to_string(), reason: reason.clone() })?;
    let category = category(row, &imported.feature, head)?;
    Ok((article(row, category, imported.sha256), Arc::clone(&imported.feature)))
}

/// The row's category. If the row has none, the head predicts one.
fn category(row: &FeedRow, feature: &[f32], head: Option<&CategoryHead>) -> Result<Category, RowFault> {
    match (row.category, head) {
        (Some(category), _) => Ok(category),
        (None, Some(head)) => head.predict(feature).map_err(RowFault::PredictedCategory),
        (None, None) => Err(RowFault::NoCategory),
    }
}

fn article(row: &FeedRow, category: Category, picture_sha256: Digest) -> Article {
    let category_predicted = row.category.is_none() || row.category_predicted;
    let row = row.clone();
    Article {
        id: row.id,
        title: row.title,
        description: row.description,
        link: row.link,
        price: row.price,
        sale: row.sale,
        availability: row.availability,
        group: row.group,
        variants: row.variants,
        brand: row.brand,
        color: row.color,
        gender: row.gender,
        product_type: row.product_type,
        age_group: row.age_group,
        material: row.material,
        pattern: row.pattern,
        labels: row.labels,
        category,
        category_predicted,
        picture_sha256,
        further_pictures: Vec::new(),
    }
}
