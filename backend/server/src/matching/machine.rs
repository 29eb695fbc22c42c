//! Code that needs the machine itself: vector instructions, aligned memory and mapped files. The only module with
//! `unsafe` code.
//!
//! In: byte rows and thresholds, or a file. Out: scores, or the file's bytes.

#![expect(unsafe_code, reason = "vector loads and mapped files; each block says why it is sound")]

mod aligned_rows;
mod kernel;
mod mapped_file;
#[cfg(target_arch = "aarch64")]
mod neon;
mod thresholds;
#[cfg(target_arch = "x86_64")]
mod x86;

pub use aligned_rows::AlignedRows;
pub use kernel::Kernel;
pub use mapped_file::MappedFile;
pub use thresholds::{LINE_BYTES, Thresholds};
