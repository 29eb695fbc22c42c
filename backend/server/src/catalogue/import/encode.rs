//! The middle step of an import. In: a feed's rows. Out: an [`Article`] and its f(A) for each row that can be used.

use stl_types::Category;

use super::error::ImportError;
use super::pictures::{ImportedPicture, PictureFault, Pictures};
use super::report::ImportReport;
use crate::catalogue::article::Article;
use crate::catalogue::feed::{Feed, FeedRow, RowFault};
use crate::digest::Digest;
use crate::networks::category_head::CategoryHead;
use crate::parallel::for_each_in_order;

/// An article and its f(A), `(width)`.
pub(super) type Encoded = (Article, Vec<f32>);

/// Encodes each row's picture. If a row's words name no category, `head` predicts one from the picture.
///
/// The articles come in the order of ids, which decides ties: that of SQLite's `ORDER BY id`, by bytes of UTF-8.
pub(super) fn encode(
    feed: Feed,
    pictures: &Pictures<'_>,
    head: Option<&CategoryHead>,
    threads: usize,
    mut progress: impl FnMut(usize, usize),
) -> Result<(Vec<Encoded>, ImportReport), ImportError> {
    let mut articles = Vec::<Encoded>::new();
    let (mut encoded, mut unchanged, mut left_out) = (0, 0, Vec::new());
    let total = feed.rows.len();
    for_each_in_order(
        &feed.rows,
        threads,
        |row| pictures.import(&row.picture),
        |index, imported| {
            let row = &feed.rows[index];
            let article = match imported {
                Ok(ImportedPicture { sha256, feature, is_new }) => {
                    *if is_new { &mut encoded } else { &mut unchanged } += 1;
                    category(row, &feature, head).map(|category| (article(row, category, sha256), feature))
                }
                Err(PictureFault::Unusable { picture, reason }) => Err(RowFault::Picture { picture, reason }),
                Err(PictureFault::Write { path, source }) => return Err(ImportError::Write { path, source }),
            };
            match article {
                Ok(article) => articles.push(article),
                Err(fault) => left_out.push(feed.problem(row.line, fault)),
            }
            progress(index + 1, total);
            Ok(())
        },
    )?;
    left_out.extend(feed.problems);
    left_out.sort_by_key(|problem| problem.line);
    articles.sort_by(|(a, _), (b, _)| a.id.cmp(&b.id));
    let report = ImportReport {
        imported: articles.len(),
        encoded,
        unchanged,
        predicted: articles.iter().filter(|(article, _)| article.category_predicted).count(),
        hidden: feed.hidden,
        merged: feed.merged,
        left_out,
    };
    Ok((articles, report))
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
        brand: row.brand,
        color: row.color,
        gender: row.gender,
        product_type: row.product_type,
        category,
        category_predicted,
        picture_sha256,
    }
}
