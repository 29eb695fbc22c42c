//! What needs the machine itself: vector instructions and mapped files. The only module with `unsafe` code.
//!
//! In: byte rows and thresholds, or a file. Out: scores, or the file's bytes.

#![expect(unsafe_code, reason = "vector loads and mapped files; each block says why it is sound")]

mod kernel;
mod map;
#[cfg(target_arch = "aarch64")]
mod neon;
#[cfg(target_arch = "x86_64")]
mod x86;

pub use kernel::{Kernel, LINE, Thresholds};
pub use map::{Lines, MappedFile};
