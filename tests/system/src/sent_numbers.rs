//! A search by numbers as a browser sent it. In: a [`Recorded`] request. Out: its [`NumbersSearch`], checked.

use anyhow::{Context as _, Result};
use stl_types::Category;
use stl_types::wire::{NumbersSearch, paths};

use crate::Recorded;

/// Numbers of an embedding f(I) for each category.
const EMBEDDING: usize = 128;

/// What a search sent. Fields that are none of numbers are refused, and what may be any text is as long as its numbers.
///
/// # Errors
/// When it is another request, or has anything else.
pub fn sent_numbers(request: &Recorded) -> Result<NumbersSearch> {
    let kind = request.headers.get("content-type").and_then(|kind| kind.to_str().ok());
    let is_search = request.uri.path() == paths::SEARCH && kind == Some("application/json");
    anyhow::ensure!(is_search, "{} has a body of the type {kind:?}", request.uri);
    let numbers: NumbersSearch = serde_json::from_slice(&request.body).context("numbers")?;
    let embeddings = numbers.garments.iter().filter_map(|garment| garment.embedding.as_ref());
    for embedding in embeddings.chain([&numbers.whole]) {
        embedding.numbers(Category::ALL.len() * EMBEDDING)?;
    }
    Ok(numbers)
}
