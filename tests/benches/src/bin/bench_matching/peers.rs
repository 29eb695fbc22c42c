//! faiss and usearch in a Python process. In: the rows' file, the queries. Out: milliseconds for each search.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use stl_server::matching::projected_rows::HEADER_BYTES;

/// The Python process with faiss and usearch.
pub(super) struct Peers {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Peers {
    /// Loads `count` rows of `width` numbers from a file of projected rows, and queries of the same width.
    pub(super) fn start(python: &Path, rows: &Path, count: usize, width: usize, queries: &Path) -> Result<Self> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/matching_peers.py");
        let mut process = Command::new(python)
            .arg(script)
            .arg(rows)
            .args([HEADER_BYTES, count, width].map(|number| number.to_string()))
            .arg(queries)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("the peers' Python cannot be started")?;
        let input = process.stdin.take().context("the peers have no input")?;
        let output = BufReader::new(process.stdout.take().context("the peers have no output")?);
        let mut peers = Self { process, input, output };
        ensure!(peers.line()? == "ready", "the peers did not start");
        Ok(peers)
    }

    /// Milliseconds that `peer` takes for the next `batch` queries.
    pub(super) fn time(&mut self, peer: &str, threads: usize, batch: usize) -> Result<f64> {
        writeln!(self.input, "{peer} {threads} {batch}")?;
        Ok(self.line()?.parse()?)
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        ensure!(self.output.read_line(&mut line)? > 0, "the peers ended");
        Ok(line.trim().to_owned())
    }
}

impl Drop for Peers {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
