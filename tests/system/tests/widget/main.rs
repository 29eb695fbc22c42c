//! The widget in a shop's page of another origin, under the policy that `docs/widget.md` requires.

mod events;
mod fixture;
mod leaks;
mod markets;
mod numbers;
mod outfit;
mod page;
mod search;
mod similar;

use anyhow::Result;
use stl_tests::root;

/// Largest loader, in bytes as transferred.
const MAX_LOADER_BYTES: u64 = 10 * 1024;

#[test]
fn the_loader_is_small() -> Result<()> {
    let bytes = std::fs::metadata(root().join("dist/widget.js.br"))?.len();
    println!("the compressed loader has {bytes} bytes");
    assert!(bytes <= MAX_LOADER_BYTES, "{bytes} bytes");
    Ok(())
}
