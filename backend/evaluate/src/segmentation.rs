//! How well people are segmented. In: a segmentation [`TestSet`] and Street2Fashion. Out: a [`SegmentationReport`].

use std::collections::BTreeMap;
use std::time::Instant;

use serde::Serialize;
use stl_server::parallel::for_each_in_order;
use stl_server::pictures::scale::{pixels_of, size_of};
use stl_types::{Category, Class};
use stl_vision::{SegmentError, Segmenter};

use crate::bootstrap::{Estimate, Resamples, Samples};
use crate::error::{EvaluateError, PictureProblem};
use crate::mask_metrics::{boundary_f, intersection_over_union};
use crate::pictures;
use crate::progress::Progress;
use crate::testset::{TestQuery, TestSet};

const CLASSES: usize = Class::ALL.len();

/// What was measured on one test set, each photo at its own resolution.
#[derive(Clone, Debug, Serialize)]
pub struct SegmentationReport {
    /// The set's name.
    pub name: String,
    /// What the set holds.
    pub about: String,
    /// Number of photos that were segmented at a time. The time depends on it.
    pub threads: usize,
    /// Over all photos.
    pub all: SegmentationFigures,
    /// By the photos' slices: name → value → figures.
    pub by_slice: BTreeMap<String, BTreeMap<String, SegmentationFigures>>,
}

/// Figures over some photos.
#[derive(Clone, Debug, Serialize)]
pub struct SegmentationFigures {
    /// Number of photos.
    pub photos: usize,
    /// Mean over the photos of the foreground's intersection over union. Foreground is what the mask keeps.
    pub foreground_iou: Option<Estimate>,
    /// The foreground IoU at the 10th percentile of the photos.
    pub foreground_iou_worst_tenth: Option<Estimate>,
    /// Mean over the photos of the outlines' F-measure, within 2 pixels.
    pub boundary_f: Option<Estimate>,
    /// The F-measure at the 10th percentile of the photos.
    pub boundary_f_worst_tenth: Option<Estimate>,
    /// Mean IoU of the classes, each over the pixels of all photos. `None` if no label map of the set names a garment.
    pub class_iou: Option<Estimate>,
    /// The same over the eight garment categories.
    pub garment_iou: Option<Estimate>,
    /// IoU of each class that occurs in a label map or was found.
    pub iou_by_class: BTreeMap<&'static str, Estimate>,
    /// Median time to segment a photo and make its mask, without decoding.
    pub median_ms: Option<Estimate>,
}

/// The measurements of one photo.
struct PhotoMeasurements {
    foreground_iou: f64,
    boundary_f: f64,
    /// Pixels of each class in both maps, and in either.
    overlaps: [(u64, u64); CLASSES],
    /// Whether its label map names a garment, not only people and background.
    names_garments: bool,
    milliseconds: f64,
}

/// Measures a test set on `threads` threads.
///
/// # Errors
/// When one of its pictures cannot be used.
pub fn measure(
    segmenter: &Segmenter,
    set: &TestSet,
    threads: usize,
    progress: Progress<'_>,
) -> Result<SegmentationReport, EvaluateError> {
    let mut photos = Vec::with_capacity(set.queries.len());
    for_each_in_order(
        &set.queries,
        threads,
        |query| measure_photo(segmenter, query),
        |index, outcome| {
            photos.push(outcome?);
            progress("photos", index + 1, set.queries.len());
            Ok::<(), EvaluateError>(())
        },
    )?;
    let resamples = Resamples::new(photos.len());
    let mut slices: BTreeMap<String, BTreeMap<String, Vec<usize>>> = BTreeMap::new();
    for (photo, query) in set.queries.iter().enumerate() {
        for (name, value) in &query.slices {
            slices.entry(name.clone()).or_default().entry(value.clone()).or_default().push(photo);
        }
    }
    let figures = |chosen: &[usize]| SegmentationFigures::new(&photos, chosen, &resamples);
    let by_value = |values: BTreeMap<String, Vec<usize>>| {
        values.into_iter().map(|(value, chosen)| (value, figures(&chosen))).collect::<BTreeMap<_, _>>()
    };
    Ok(SegmentationReport {
        name: set.name.clone(),
        about: set.about.clone(),
        threads,
        all: figures(&(0..photos.len()).collect::<Vec<_>>()),
        by_slice: slices.into_iter().map(|(name, values)| (name, by_value(values))).collect(),
    })
}

fn measure_photo(segmenter: &Segmenter, query: &TestQuery) -> Result<PhotoMeasurements, EvaluateError> {
    let photo = pictures::read(&query.photo).map_err(|problem| problem.at(&query.photo))?;
    let labels = query.labels.as_ref().map_or_else(
        || Ok(Vec::new()),
        |path| pictures::read_labels(path, size_of(&photo)).map_err(|problem| problem.at(path)),
    )?;
    compare(segmenter, &photo, &labels).map_err(|problem| PictureProblem::from(problem).at(&query.photo))
}

fn compare(segmenter: &Segmenter, photo: &image::RgbImage, labels: &[u8]) -> Result<PhotoMeasurements, SegmentError> {
    let start = Instant::now();
    let segmentation = segmenter.segment(pixels_of(photo)?)?;
    let mask = segmentation.mask()?;
    let milliseconds = start.elapsed().as_secs_f64() * 1e3;
    let found: Vec<bool> = mask.as_slice().iter().map(|&alpha| alpha > 0).collect();
    let truth: Vec<bool> = labels.iter().map(|&label| label > 0).collect();
    Ok(PhotoMeasurements {
        foreground_iou: intersection_over_union(&found, &truth),
        boundary_f: boundary_f(size_of(photo), &found, &truth),
        overlaps: overlaps(&segmentation.class_map(), labels),
        names_garments: Category::ALL
            .into_iter()
            .any(|category| labels.contains(&(Class::from_category(category) as u8))),
        milliseconds,
    })
}

/// For each class, the number of pixels with that class in both maps, and in either map.
fn overlaps(found: &[u8], truth: &[u8]) -> [(u64, u64); CLASSES] {
    let mut overlaps = [(0, 0); CLASSES];
    for (&found, &truth) in found.iter().zip(truth) {
        overlaps[usize::from(truth)].1 += 1;
        if found == truth {
            overlaps[usize::from(truth)].0 += 1;
        } else {
            overlaps[usize::from(found)].1 += 1;
        }
    }
    overlaps
}

impl SegmentationFigures {
    fn new(photos: &[PhotoMeasurements], chosen: &[usize], resamples: &Resamples) -> Self {
        let samples = |value: fn(&PhotoMeasurements) -> f64| -> Samples {
            chosen.iter().map(|&at| (at, value(&photos[at]))).collect()
        };
        let (iou, boundary) = (samples(|photo| photo.foreground_iou), samples(|photo| photo.boundary_f));
        let times = samples(|photo| photo.milliseconds);
        let by_class = resamples.estimates(|counts| class_ious(photos, chosen, counts));
        let mean_over = |is_counted: fn(Class) -> bool| {
            resamples.estimate(|counts| {
                let ious = Class::ALL.into_iter().zip(class_ious(photos, chosen, counts));
                mean(ious.filter(|&(class, _)| is_counted(class)).filter_map(|(_, iou)| iou))
            })
        };
        Self {
            photos: chosen.len(),
            foreground_iou: resamples.estimate(|counts| iou.mean(counts)),
            foreground_iou_worst_tenth: resamples.estimate(|counts| iou.quantile(counts, 0.1)),
            boundary_f: resamples.estimate(|counts| boundary.mean(counts)),
            boundary_f_worst_tenth: resamples.estimate(|counts| boundary.quantile(counts, 0.1)),
            class_iou: mean_over(|_| true),
            garment_iou: mean_over(|class| class.category().is_some()),
            iou_by_class: Class::ALL
                .into_iter()
                .zip(by_class)
                .filter_map(|(class, iou)| Some((class.as_str(), iou?)))
                .collect(),
            median_ms: resamples.estimate(|counts| times.median(counts)),
        }
    }
}

/// IoU of each class over the pixels of the `chosen` photos, each `counts` times. `None` for a class that never occurs; `None` for
/// all classes if no label map of the set names a garment.
fn class_ious(photos: &[PhotoMeasurements], chosen: &[usize], counts: &[u32]) -> [Option<f64>; CLASSES] {
    let mut sums = [(0, 0); CLASSES];
    if !photos.iter().any(|photo| photo.names_garments) {
        return [None; CLASSES];
    }
    for &photo in chosen {
        let count = u64::from(counts[photo]);
        for (sum, overlap) in sums.iter_mut().zip(&photos[photo].overlaps) {
            sum.0 += count * overlap.0;
            sum.1 += count * overlap.1;
        }
    }
    sums.map(|(both, either)| (either > 0).then(|| both as f64 / either as f64))
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    (count > 0.0).then(|| sum / count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn class_iou_is_over_all_pixels_of_the_photos_drawn() {
        let photo = |found: &[u8], truth: &[u8]| PhotoMeasurements {
            foreground_iou: 1.0,
            boundary_f: 1.0,
            overlaps: overlaps(found, truth),
            names_garments: true,
            milliseconds: 1.0,
        };
        // Class 3: one pixel in both and three in either, then two in both and two in either.
        let photos = [photo(&[0, 3, 3, 0], &[0, 3, 0, 3]), photo(&[3, 3, 0, 8], &[3, 3, 0, 0])];
        let ious = class_ious(&photos, &[0, 1], &[1, 1]);
        assert_eq!(ious[3], Some(3.0 / 5.0));
        assert_eq!(class_ious(&photos, &[0, 1], &[2, 1])[3], Some(4.0 / 8.0));
        assert_eq!((ious[8], ious[1]), (Some(0.0), None));
        let figures = SegmentationFigures::new(&photos, &[0, 1], &Resamples::new(2));
        let garments = figures.garment_iou.expect("two garments").value;
        assert!((garments - 0.3).abs() < 1e-12, "{garments}");
        let people_only = photos.map(|photo| PhotoMeasurements { names_garments: false, ..photo });
        assert_eq!(class_ious(&people_only, &[0, 1], &[1, 1]), [None; CLASSES]);
        assert_eq!(figures.iou_by_class.keys().copied().collect::<Vec<_>>(), ["background", "blazers", "trousers"]);
    }
}
