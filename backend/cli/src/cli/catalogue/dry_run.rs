//! `catalogue import --dry-run`: what an import would import and leave out.

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use stl_server::catalogue::feed::{self, Feed, FeedOptions};
use stl_types::Category;

use super::left_out::{LINES_LEFT_OUT, list_hints, list_notes, list_problems, print_skipped};

/// Prints what an import would import and leave out.
pub(super) fn check(feed: &Path, options: &FeedOptions) -> anyhow::Result<ExitCode> {
    let Feed { rows, problems, dropped, hints, hidden, merged, .. } = feed::read(feed, options)?;
    list_problems(&problems);
    list_notes(&dropped);
    list_hints(&hints);
    writeln!(std::io::stdout(), "{} products would be imported, {} rows left out", rows.len(), problems.len())?;
    print_skipped(hidden, merged)?;
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
    Ok(if problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(LINES_LEFT_OUT) })
}
