//! Rows of a feed that were left out: their list on stderr, and the exit status that says so.

use stl_server::catalogue::feed::RowProblem;

/// Exit status of an import that left lines out.
pub(super) const LINES_LEFT_OUT: u8 = 2;

pub(super) fn list_problems(problems: &[RowProblem]) {
    for problem in problems {
        eprintln!("left out: {problem}");
    }
}
