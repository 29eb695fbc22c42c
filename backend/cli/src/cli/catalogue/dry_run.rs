//! `catalogue import --dry-run`: what an import would import and leave out.

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use stl_server::catalogue::feed::{self, Feed};
use stl_server::catalogue::import::{ImportOptions, admit};
use stl_server::counted::counted;
use stl_types::Category;

use super::left_out::{ROWS_LEFT_OUT, list_hints, list_notes, list_problems, print_skipped};

/// Prints what an import would import and leave out.
///
/// # Errors
/// When the feed cannot be read, or the import would refuse it.
pub(super) fn check(feed: &Path, catalogue: &Path, options: &ImportOptions) -> anyhow::Result<ExitCode> {
    let read = feed::read(feed, &options.feed)?;
    list_problems(&read.problems);
    list_notes(&read.dropped);
    list_hints(&read.hints);
    admit(feed, &read, catalogue, options)?;
    let Feed { rows, problems, hidden, merged, unwanted, .. } = read;
    let (products, left_out) = (counted(rows.len(), "product"), counted(problems.len(), "row"));
    writeln!(std::io::stdout(), "{products} would be imported, {left_out} left out")?;
    print_skipped(hidden, merged, unwanted)?;
    for category in Category::ALL {
        let count = rows.iter().filter(|row| row.category == Some(category)).count();
        writeln!(std::io::stdout(), "{count:>8}  {category}")?;
    }
    let uncategorised = rows.iter().filter(|row| row.category.is_none()).count();
    if uncategorised > 0 {
        writeln!(
            std::io::stdout(),
            "{uncategorised:>8}  without a category, which will be predicted from the picture"
        )?;
    }
    Ok(if problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(ROWS_LEFT_OUT) })
}
