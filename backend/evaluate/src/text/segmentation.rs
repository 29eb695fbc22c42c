//! A segmentation report as text.

use stl_types::Class;

use crate::bootstrap::Estimate;
use crate::segmentation::{SegmentationFigures, SegmentationReport};
use crate::text::table::{Column, TextTable, Unit};

const SEGMENTATION: [Column<SegmentationFigures>; 7] = [
    ("fg. IoU", |figures| figures.foreground_iou, Unit::Share),
    ("worst tenth", |figures| figures.foreground_iou_worst_tenth, Unit::Share),
    ("boundary F", |figures| figures.boundary_f, Unit::Share),
    ("worst tenth", |figures| figures.boundary_f_worst_tenth, Unit::Share),
    ("class IoU", |figures| figures.class_iou, Unit::Share),
    ("garment IoU", |figures| figures.garment_iou, Unit::Share),
    ("ms", |figures| figures.median_ms, Unit::Number),
];

/// A segmentation report: all photos, then each slice, then each class.
#[must_use]
pub fn segmentation(report: &SegmentationReport) -> String {
    let SegmentationReport { name, about, threads, all, .. } = report;
    let mut text = format!("{name}: {} photos, {threads} at once\n{about}\n\n", all.photos);
    let headings = ["photos"].into_iter().chain(SEGMENTATION.iter().map(|column| column.0));
    let mut table = TextTable::new("", headings.map(str::to_owned));
    let mut line = |title: &str, figures: &SegmentationFigures| {
        let value = |(_, figure, unit): &Column<SegmentationFigures>| unit.value(figure(figures));
        let interval = |(_, figure, unit): &Column<SegmentationFigures>| unit.interval(figure(figures));
        table.line(title, [figures.photos.to_string()].into_iter().chain(SEGMENTATION.iter().map(value)));
        table.line("", [String::new()].into_iter().chain(SEGMENTATION.iter().map(interval)));
    };
    line("all", all);
    for (name, values) in &report.by_slice {
        for (value, figures) in values {
            line(&format!("{name}: {value}"), figures);
        }
    }
    text.push_str(&table.text());
    let by_class: Vec<(&str, Estimate)> = Class::ALL
        .into_iter()
        .filter_map(|class| Some((class.as_str(), *all.iou_by_class.get(class.as_str())?)))
        .collect();
    if !by_class.is_empty() {
        text.push('\n');
        let mut table = TextTable::new("IoU by class", by_class.iter().map(|(class, _)| (*class).to_owned()));
        table.line("all", by_class.iter().map(|&(_, iou)| Unit::Share.value(Some(iou))));
        text.push_str(&table.text());
    }
    text
}
