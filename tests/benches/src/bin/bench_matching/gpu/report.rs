//! The measurements on a graphics processor as a table or JSON.

use anyhow::Result;
use serde_json::json;

use crate::args::Args;
use crate::shop::Shop;

/// Milliseconds and shares: median, lower and upper quartile.
pub(super) struct Row {
    pub(super) articles: usize,
    pub(super) batch: usize,
    /// Bytes of all rows.
    pub(super) bytes: usize,
    /// A whole search.
    pub(super) engine_ms: [f64; 3],
    /// On the device: scoring and merging.
    pub(super) device_ms: [f64; 3],
    /// On the device: scoring.
    pub(super) score_ms: [f64; 3],
    /// On the device: a plain read of as many bytes.
    pub(super) read_ms: [f64; 3],
    /// The plain read to the scoring, turn by turn.
    pub(super) share_of_read: [f64; 3],
    pub(super) recall_at_50: f64,
}

impl Row {
    /// GB/s when all rows are read in `ms` milliseconds.
    fn gb_s(&self, ms: f64) -> f64 {
        self.bytes as f64 / 1e6 / ms
    }
}

/// One object with all rows.
pub(super) fn as_json(args: &Args, shop: &Shop, name: &str, rows: &[Row]) -> Result<String> {
    let object = |row: &Row| {
        json!({
            "articles": row.articles, "width": shop.weights.hidden, "batch": row.batch, "row_bytes": row.bytes,
            "engine_ms": row.engine_ms, "device_ms": row.device_ms, "score_ms": row.score_ms, "read_ms": row.read_ms,
            "score_gb_s": row.gb_s(row.score_ms[0]), "read_gb_s": row.gb_s(row.read_ms[0]),
            "share_of_read": row.share_of_read, "recall_at_50": row.recall_at_50,
        })
    };
    let whole = json!({
        "device": name, "peak_gb_s": args.peak_gb_s, "queries": shop.queries.len(),
        "rows": rows.iter().map(object).collect::<Vec<_>>(),
    });
    Ok(serde_json::to_string_pretty(&whole)?)
}

/// Prints a table in Markdown.
pub(super) fn print_table(args: &Args, name: &str, rows: &[Row]) {
    println!("{name}; medians in ms, shares with quartiles\n");
    println!(
        "| articles | queries | a search | on the device | scoring | plain read | scoring GB/s | plain read GB/s | plain read : scoring | of the data sheet | recall@50 |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|");
    rows.iter().for_each(|row| println!("{}", line(args, row)));
}

/// A row of the table.
pub(super) fn line(args: &Args, row: &Row) -> String {
    let [share, lower, upper] = row.share_of_read;
    let share_of_peak =
        args.peak_gb_s.map_or_else(|| "–".to_owned(), |peak| format!("{:.2}", row.gb_s(row.score_ms[0]) / peak));
    format!(
        "| {} | {} | {:.3} | {:.3} | {:.3} | {:.3} | {:.0} | {:.0} | {share:.2} ({lower:.2}–{upper:.2}) | {share_of_peak} | {:.4} |",
        row.articles,
        row.batch,
        row.engine_ms[0],
        row.device_ms[0],
        row.score_ms[0],
        row.read_ms[0],
        row.gb_s(row.score_ms[0]),
        row.gb_s(row.read_ms[0]),
        row.recall_at_50
    )
}
