//! The measurements on the processor as a table or JSON.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::shop::Shop;

/// Medians in milliseconds.
pub(super) struct Row {
    pub(super) articles: usize,
    pub(super) threads: usize,
    pub(super) batch: usize,
    pub(super) engine_ms: f64,
    pub(super) faiss_ms: f64,
    pub(super) usearch_ms: f64,
    pub(super) stream_ms: f64,
    pub(super) recall_at_50: f64,
    /// faiss to the engine, turn by turn: median and quartiles.
    pub(super) to_faiss: [f64; 3],
    /// The plain read to the engine, turn by turn: median and quartiles.
    pub(super) to_stream: [f64; 3],
    pub(super) resident_bytes_per_article: f64,
}

/// One object: the row of one query, one thread and the most articles, and all `rows`.
pub(super) fn as_json(shop: &Shop, rows: &[Row]) -> Result<String> {
    let object = |row: &Row| {
        json!({
            "articles": row.articles, "width": shop.weights.hidden, "threads": row.threads, "batch": row.batch,
            "engine_ms": row.engine_ms, "faiss_ms": row.faiss_ms, "usearch_ms": row.usearch_ms,
            "stream_ms": row.stream_ms, "recall_at_50": row.recall_at_50, "faiss_to_engine": row.to_faiss,
            "stream_to_engine": row.to_stream, "resident_bytes_per_article": row.resident_bytes_per_article,
        })
    };
    let chosen = rows.iter().filter(|row| (row.threads, row.batch) == (1, 1)).max_by_key(|row| row.articles);
    let mut whole = object(chosen.context("nothing was measured")?);
    whole["rows"] = rows.iter().map(object).collect::<Value>();
    Ok(serde_json::to_string_pretty(&whole)?)
}

/// Prints a table in Markdown.
pub(super) fn print_table(shop: &Shop, rows: &[Row]) {
    println!(
        "{} hidden units, {} photos; medians in ms, ratios with quartiles\n",
        shop.weights.hidden,
        shop.queries.len()
    );
    println!(
        "| articles | threads | queries | engine | faiss | usearch | plain read | faiss : engine | plain read : engine | recall@50 |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|");
    for row in rows {
        let ratio = |[median, lower, upper]: [f64; 3]| format!("{median:.2} ({lower:.2}–{upper:.2})");
        println!(
            "| {} | {} | {} | {:.2} | {:.2} | {:.2} | {:.2} | {} | {} | {:.4} |",
            row.articles,
            row.threads,
            row.batch,
            row.engine_ms,
            row.faiss_ms,
            row.usearch_ms,
            row.stream_ms,
            ratio(row.to_faiss),
            ratio(row.to_stream),
            row.recall_at_50
        );
    }
    if let Some(row) = rows.last() {
        println!("\n{:.0} bytes an article in memory", row.resident_bytes_per_article);
    }
}
