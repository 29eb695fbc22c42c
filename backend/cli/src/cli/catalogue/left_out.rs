//! What a feed's import leaves out: the lists on stderr, and the exit status that says so.

use std::io::Write as _;

use stl_server::catalogue::feed::RowProblem;

/// Exit status of an import that left lines out.
pub(super) const LINES_LEFT_OUT: u8 = 2;

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
        writeln!(std::io::stdout(), "{merged} rows were merged into earlier ones of their group (sizes)")?;
    }
    if unwanted > 0 {
        writeln!(std::io::stdout(), "{unwanted} products left out by the table of categories")?;
    }
    if hidden > 0 {
        writeln!(
            std::io::stdout(),
            "{hidden} hidden products skipped (drafts, archived, private, unpublished, gift cards, groups)"
        )?;
    }
    Ok(())
}
