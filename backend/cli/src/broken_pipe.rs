//! A reader of the output that has gone. In: an error. Out: whether it says so.

use std::io;

/// Whether a command failed because nobody reads its output any more, as in `shop-the-look catalogue list | head`.
pub(crate) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .any(|reason| reason.downcast_ref::<io::Error>().is_some_and(|io| io.kind() == io::ErrorKind::BrokenPipe))
}
