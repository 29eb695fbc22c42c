//! How well garments are told apart and named. In: a segmentation [`TestSet`] with label maps that name garments, and the networks. Out:
//! a [`GarmentsReport`].
//!
//! A true garment is all pixels of a layer in the label map, if it covers at least [`TRUE_SHARE`] of the person. A row's region and a true
//! garment are the same garment from an IoU of [`SAME_IOU`] on, one row for each true garment, the largest IoU first.

use std::collections::BTreeMap;

use serde::Serialize;
use stl_server::networks::encode::EncodeError;
use stl_server::networks::models::Models;
use stl_server::parallel::for_each_in_order;
use stl_server::pictures::scale::size_of;
use stl_server::pipeline::cutout::look_from_photo;
use stl_server::pipeline::recognise::{RecognisedGarment, Recogniser};
use stl_types::{Category, Class, Layer};
use stl_vision::Segmenter;

use crate::bootstrap::{Estimate, Resamples, Samples};
use crate::error::{EvaluateError, PictureProblem};
use crate::mask_metrics::intersection_over_union;
use crate::pictures;
use crate::progress::Progress;
use crate::testset::{TestQuery, TestSet};

/// Least share of the person of a true garment. Less is a strip under another garment, which nobody misses.
const TRUE_SHARE: f64 = 0.03;

/// Least IoU of a row's region with the true garment. Lower than for parsing: a row is useful if most of it is the garment.
const SAME_IOU: f64 = 0.2;

/// What was measured on one test set.
#[derive(Clone, Debug, Serialize)]
pub struct GarmentsReport {
    /// The set's name.
    pub name: String,
    /// What the set holds.
    pub about: String,
    /// Number of photos.
    pub photos: usize,
    /// Mean number of garments' rows of a photo.
    pub rows: Option<Estimate>,
    /// Mean number of true garments of a photo.
    pub worn: Option<Estimate>,
    /// Mean number of rows of a photo that are no true garment.
    pub spurious: Option<Estimate>,
    /// Mean number of true garments of a photo without a row.
    pub missed: Option<Estimate>,
    /// Share of the rows of true garments that have the garment's layer.
    pub layer_right: Option<Estimate>,
    /// Share of the rows of true garments whose first category is right.
    pub category_right: Option<Estimate>,
    /// Share of the rows of true garments of whose first two categories one is right.
    pub category_in_first_two: Option<Estimate>,
    /// Rows of true garments: true kind → the row's first category → number. A row of outerwear has the name `outerwear`.
    pub confusion: BTreeMap<String, BTreeMap<String, usize>>,
}

/// A garment in a label map.
#[derive(Debug)]
struct TrueGarment {
    layer: Layer,
    /// The class of most of its pixels.
    class: Class,
    region: Vec<bool>,
}

/// What became of the garments of one photo.
#[derive(Clone, Debug, Default)]
struct PhotoGarments {
    rows: usize,
    worn: usize,
    /// Rows of true garments.
    same: Vec<SameGarment>,
}

/// A row of a true garment.
#[derive(Clone, Debug)]
struct SameGarment {
    truth: Class,
    said: String,
    is_layer_right: bool,
    is_right: bool,
    is_in_first_two: bool,
}

/// Measures a test set on `threads` threads.
///
/// # Errors
/// When a network cannot be loaded, or a picture cannot be used.
pub fn measure(
    models: &Models,
    set: &TestSet,
    threads: usize,
    progress: Progress<'_>,
) -> Result<GarmentsReport, EvaluateError> {
    let (segmenter, recogniser) = (models.segmenter()?, Recogniser::load(models)?);
    let mut photos = Vec::with_capacity(set.queries.len());
    let work = |query: &TestQuery| measure_photo(&segmenter, &recogniser, query);
    for_each_in_order(&set.queries, threads, work, |index, outcome| {
        photos.push(outcome?);
        progress("photos", index + 1, set.queries.len());
        Ok::<(), EvaluateError>(())
    })?;
    Ok(GarmentsReport::new(set, &photos))
}

fn measure_photo(
    segmenter: &Segmenter,
    recogniser: &Recogniser,
    query: &TestQuery,
) -> Result<PhotoGarments, EvaluateError> {
    let at_photo = |problem: PictureProblem| problem.at(&query.photo);
    let photo = pictures::read(&query.photo).map_err(at_photo)?;
    let size = size_of(&photo);
    let labels = query.labels.as_ref().ok_or_else(|| at_photo(PictureProblem::NoLabels))?;
    let labels = pictures::read_labels(labels, size).map_err(|problem| problem.at(labels))?;
    let look = look_from_photo(segmenter, photo).map_err(|error| at_photo(error.into()))?;
    let garments = match recogniser.garments(&look) {
        Err(EncodeError::Blank) => Vec::new(),
        outcome => outcome.map_err(|error| at_photo(error.into()))?,
    };
    let truth = true_garments(&labels);
    let mut found = PhotoGarments { rows: garments.len(), worn: truth.len(), same: Vec::new() };
    let region = |garment: &RecognisedGarment| look.garments()[garment.index].region.at_size(size);
    let regions: Vec<_> = garments.iter().filter_map(|garment| Some((garment, region(garment)?))).collect();
    let masks: Vec<&[bool]> = regions.iter().map(|(_, region)| region.as_slice()).collect();
    for (row, truth) in same(&masks, &truth) {
        found.same.push(SameGarment::new(truth, regions[row].0));
    }
    Ok(found)
}

/// The rows that are true garments, each with its garment. A garment is in one pair at most.
fn same<'a>(rows: &[&[bool]], truth: &'a [TrueGarment]) -> Vec<(usize, &'a TrueGarment)> {
    let mut pairs = Vec::new();
    for (row, region) in rows.iter().enumerate() {
        let ious =
            truth.iter().enumerate().map(|(at, truth)| (intersection_over_union(region, &truth.region), row, at));
        pairs.extend(ious.filter(|&(iou, ..)| iou >= SAME_IOU));
    }
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut same: Vec<(usize, usize)> = Vec::new();
    for (_, row, at) in pairs {
        if same.iter().all(|known| known.0 != row && known.1 != at) {
            same.push((row, at));
        }
    }
    same.into_iter().map(|(row, at)| (row, &truth[at])).collect()
}

/// The garments of a label map.
fn true_garments(labels: &[u8]) -> Vec<TrueGarment> {
    let classes: Vec<Class> = labels.iter().filter_map(|&label| Class::try_from(label).ok()).collect();
    let person = classes.iter().filter(|&&class| class != Class::Background).count();
    let of_layer = |layer: Layer| {
        let region: Vec<bool> = classes.iter().map(|class| class.layer() == Some(layer)).collect();
        let area = |class: Class| classes.iter().filter(|&&other| other == class).count();
        let of_layer = Class::ALL.into_iter().filter(|class| class.layer() == Some(layer));
        let class = of_layer.max_by_key(|&class| area(class))?;
        let share = region.iter().filter(|&&inside| inside).count() as f64 / person as f64;
        (share >= TRUE_SHARE).then_some(TrueGarment { layer, class, region })
    };
    Layer::ALL.into_iter().filter_map(of_layer).collect()
}

impl SameGarment {
    /// Outerwear has no category: its row is right if it says that it is outerwear.
    fn new(truth: &TrueGarment, garment: &RecognisedGarment) -> Self {
        let likely: Vec<Category> = garment.kinds.likely().iter().map(|likely| likely.category).collect();
        let is_among = |likely: &[Category]| match truth.class.category() {
            Some(category) => likely.contains(&category),
            None => garment.seen.outerwear,
        };
        let said = if garment.seen.outerwear { Class::Outerwear.as_str() } else { likely[0].as_str() };
        Self {
            truth: truth.class,
            said: said.to_owned(),
            is_layer_right: truth.layer == garment.seen.layer,
            is_right: is_among(&likely[..1]),
            is_in_first_two: is_among(&likely[..likely.len().min(2)]),
        }
    }
}

impl GarmentsReport {
    fn new(set: &TestSet, photos: &[PhotoGarments]) -> Self {
        let resamples = Resamples::new(photos.len());
        let mean = |value: &dyn Fn(&PhotoGarments) -> usize| {
            let samples: Samples = photos.iter().enumerate().map(|(at, photo)| (at, value(photo) as f64)).collect();
            resamples.estimate(|counts| samples.mean(counts))
        };
        let share = |value: &dyn Fn(&SameGarment) -> bool| {
            let same = photos.iter().enumerate().flat_map(|(at, photo)| photo.same.iter().map(move |same| (at, same)));
            let samples: Samples = same.map(|(at, same)| (at, f64::from(u8::from(value(same))))).collect();
            resamples.estimate(|counts| samples.mean(counts))
        };
        let mut confusion: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
        for same in photos.iter().flat_map(|photo| &photo.same) {
            *confusion.entry(same.truth.as_str().to_owned()).or_default().entry(same.said.clone()).or_default() += 1;
        }
        Self {
            name: set.name.clone(),
            about: set.about.clone(),
            photos: photos.len(),
            rows: mean(&|photo| photo.rows),
            worn: mean(&|photo| photo.worn),
            spurious: mean(&|photo| photo.rows - photo.same.len()),
            missed: mean(&|photo| photo.worn - photo.same.len()),
            layer_right: share(&|same| same.is_layer_right),
            category_right: share(&|same| same.is_right),
            category_in_first_two: share(&|same| same.is_in_first_two),
            confusion,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn true_garments_are_merged_by_layer_and_strips_do_not_count() {
        let mut labels = vec![Class::Skin as u8; 40];
        labels.extend([Class::Jumpers as u8; 20]);
        labels.extend([Class::Shirts as u8; 30]);
        labels.extend([Class::Outerwear as u8; 8]);
        labels.extend([Class::Skirts as u8; 2]);
        labels.extend([0; 50]);
        let garments = true_garments(&labels);
        let found: Vec<_> = garments.iter().map(|garment| (garment.layer, garment.class)).collect();
        assert_eq!(found, [(Layer::Upper, Class::Shirts), (Layer::Outer, Class::Outerwear)]);
        assert_eq!(garments[0].region.iter().filter(|&&inside| inside).count(), 50);
        assert!(true_garments(&[0; 9]).is_empty());
    }

    #[test]
    fn a_dress_seen_as_two_garments_is_one_row_and_a_spurious_one() {
        // Ten pixels of a dress, of which the rows have six and four; a third row is beside it.
        let region = |pixels: std::ops::Range<usize>| (0..20).map(|at| pixels.contains(&at)).collect::<Vec<bool>>();
        let truth = [TrueGarment { layer: Layer::Whole, class: Class::Dresses, region: region(0..10) }];
        let (upper, lower, beside) = (region(0..6), region(6..10), region(9..20));
        let found = same(&[&lower, &upper, &beside], &truth);
        assert_eq!(found.iter().map(|(row, _)| *row).collect::<Vec<_>>(), [1]);
        assert!(same(&[&beside], &truth).is_empty(), "an IoU of 1 / 20");
    }

    #[test]
    fn rows_without_a_true_garment_are_spurious_and_true_garments_without_a_row_missed() {
        let same = |is_right| SameGarment {
            truth: Class::Tops,
            said: if is_right { "tops" } else { "shirts" }.to_owned(),
            is_layer_right: true,
            is_right,
            is_in_first_two: true,
        };
        let photos = [
            PhotoGarments { rows: 3, worn: 2, same: vec![same(true), same(false)] },
            PhotoGarments { rows: 1, worn: 2, same: vec![same(true)] },
        ];
        let set = TestSet {
            name: String::new(),
            about: String::new(),
            kind: crate::testset::TestSetKind::Segmentation,
            articles: Vec::new(),
            queries: Vec::new(),
        };
        let report = GarmentsReport::new(&set, &photos);
        let value = |estimate: Option<Estimate>| estimate.expect("a value").value;
        assert_eq!([report.rows, report.worn, report.spurious, report.missed].map(value), [2.0, 2.0, 0.5, 0.5]);
        assert!((value(report.category_right) - 2.0 / 3.0).abs() < 1e-9);
        assert_eq!(value(report.category_in_first_two), 1.0);
        assert_eq!((report.confusion["tops"]["tops"], report.confusion["tops"]["shirts"]), (2, 1));
    }
}
