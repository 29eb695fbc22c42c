//! What a feed's import leaves out: the lists on stderr, and the exit status that says so.

use std::io::Write as _;

use stl_server::catalogue::feed::RowProblem;
use stl_server::counted::counted;

/// Exit status of an import that left rows out.
pub(super) const ROWS_LEFT_OUT: u8 = 2;

/// Rows that were left out.
pub(super) fn list_problems(problems: &[RowProblem]) {
    for problem in problems {
        eprintln!("left out: {problem}");
    }
}

/// What is missing of rows that were used. They do not change the exit status.
pub(super) fn list_notes(notes: &[RowProblem]) {
    for note in notes {
        eprintln!("note: {note}");
    }
}

/// What concerns the feed as a whole.
pub(super) fn list_hints(hints: &[String]) {
    for hint in hints {
        eprintln!("note: {hint}");
    }
}

/// Prints the rows that became no product of their own. They are no faults and do not change the exit status.
pub(super) fn print_skipped(hidden: usize, merged: usize, unwanted: usize) -> std::io::Result<()> {
    if merged > 0 {
        let rows = counted(merged, "row");
        writeln!(std::io::stdout(), "{rows} merged into other rows of the same group (sizes)")?;
    }
    if unwanted > 0 {
        let products = counted(unwanted, "product");
        writeln!(std::io::stdout(), "{products} left out by the table of categories")?;
    }
    if hidden > 0 {
        writeln!(
            std::io::stdout(),
            "{} skipped (drafts, archived, private, unpublished, gift cards, groups)",
            counted(hidden, "hidden product")
        )?;
    }
    Ok(())
}
