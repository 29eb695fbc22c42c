//! A program that ends with this one. In: a started program. Out: the same, killed when it is dropped.

use std::process::Child;

/// A process that ends with this one.
#[derive(Debug)]
pub struct Process(pub Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
