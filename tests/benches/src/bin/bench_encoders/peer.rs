//! ONNX Runtime in a Python process. In: an ONNX file. Out: milliseconds of each run.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context as _, Result, ensure};

/// A Python process that has loaded a network.
pub(super) struct OnnxRuntime {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl OnnxRuntime {
    pub(super) fn start(python: &Path, onnx: &Path) -> Result<Self> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/encoders_peer.py");
        let mut process = Command::new(python)
            .arg(script)
            .arg(onnx)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("ONNX Runtime's Python cannot be started")?;
        let input = process.stdin.take().context("ONNX Runtime has no input")?;
        let output = BufReader::new(process.stdout.take().context("ONNX Runtime has no output")?);
        let mut peer = Self { process, input, output };
        ensure!(peer.line()? == "ready", "ONNX Runtime did not start");
        Ok(peer)
    }

    /// Milliseconds of a run on `batch` pictures. `peer` is `float32` or `file`, see the script.
    pub(super) fn time_ms(&mut self, peer: &str, batch: usize) -> Result<f64> {
        writeln!(self.input, "{peer} {batch}")?;
        Ok(self.line()?.parse()?)
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        ensure!(self.output.read_line(&mut line)? > 0, "ONNX Runtime ended");
        Ok(line.trim().to_owned())
    }
}

impl Drop for OnnxRuntime {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
