//! Networks by ONNX Runtime. In: its library, an ONNX file. Out: [`Sessions`].

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use ort::ep::CUDA;
use ort::session::Session;
use ort::value::TensorRef;
use stl_types::manifest::NetworkSpec;
use stl_vision::NetworkError;

use crate::parallel::locked;

/// The library, loaded.
#[derive(Clone, Debug)]
pub struct OnnxRuntime {
    _loaded: (),
}

/// Why the library cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("ONNX Runtime cannot be loaded from {}: {reason}", path.display())]
pub struct LibraryError {
    path: PathBuf,
    reason: String,
}

impl OnnxRuntime {
    /// Loads `libonnxruntime.so` (or `.dylib`, `.dll`), 1.20 or later. A process uses the first library that it loads.
    ///
    /// # Errors
    /// When the library cannot be loaded.
    pub fn open(library: &Path) -> Result<Self, LibraryError> {
        let refused = |reason: String| LibraryError { path: library.to_owned(), reason };
        let environment = ort::init_from(library).map_err(|error| refused(error.to_string()))?;
        environment.with_name("shop-the-look").commit();
        Ok(Self { _loaded: () })
    }

    pub(super) fn load(&self, onnx: &[u8], network: &NetworkSpec) -> Result<Sessions, NetworkError> {
        let sessions = Sessions {
            idle: Mutex::new(Vec::new()),
            onnx: onnx.to_vec(),
            file: network.file.clone(),
            input: network.input,
            outputs: network.output.iter().product(),
        };
        let first = sessions.session()?;
        sessions.give_back(first);
        Ok(sessions)
    }
}

/// A network's sessions, one for each thread that ran it at once: a session runs one input at a time.
#[derive(Debug)]
pub struct Sessions {
    idle: Mutex<Vec<Session>>,
    onnx: Vec<u8>,
    file: String,
    input: [usize; 4],
    /// Numbers of an output.
    outputs: usize,
}

impl Sessions {
    /// Runs the network on an input of its shape, row-major.
    pub(super) fn run(&self, input: &[f32]) -> Result<Vec<f32>, NetworkError> {
        let expected = self.input.iter().product();
        if input.len() != expected {
            return Err(NetworkError::Input { expected, received: input.len() });
        }
        let failed = |error: ort::Error| NetworkError::Run(error.to_string());
        let mut session = self.session()?;
        let tensor = TensorRef::from_array_view((self.input, input)).map_err(failed)?;
        let output = {
            let outputs = session.run(ort::inputs![tensor]).map_err(failed)?;
            let (_, numbers) = outputs[0].try_extract_tensor::<f32>().map_err(failed)?;
            numbers.to_vec()
        };
        self.give_back(session);
        if output.len() == self.outputs {
            Ok(output)
        } else {
            Err(NetworkError::Run(format!("expected an output of {} numbers, got {}", self.outputs, output.len())))
        }
    }

    /// An idle session, or a new one.
    fn session(&self) -> Result<Session, NetworkError> {
        if let Some(session) = locked(&self.idle).pop() {
            return Ok(session);
        }
        let failed = |reason: String| NetworkError::Load { file: self.file.clone(), reason };
        let mut builder = Session::builder()
            .map_err(|error| failed(error.to_string()))?
            // Each thread encodes a picture of its own.
            .with_intra_threads(1)
            .map_err(|error| failed(error.to_string()))?
            // ONNX Runtime falls back to the processor if there is no CUDA.
            .with_execution_providers([CUDA::default().build()])
            .map_err(|error| failed(error.to_string()))?;
        builder.commit_from_memory(&self.onnx).map_err(|error| failed(error.to_string()))
    }

    fn give_back(&self, session: Session) {
        locked(&self.idle).push(session);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::networks::models::Models;
    use crate::networks::runtime::Runtime;

    /// Largest difference of an embedding's number: two runtimes sum in other orders.
    const TOLERANCE: f32 = 1e-3;

    #[test]
    fn both_runtimes_give_one_embedding() {
        let Some(library) = std::env::var_os("ORT_DYLIB_PATH") else {
            eprintln!("SKIPPED: ORT_DYLIB_PATH names no libonnxruntime");
            return;
        };
        let models =
            || Models::open(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models")).expect("the networks");
        let by_ort =
            models().with_runtime(Runtime::OnnxRuntime(OnnxRuntime::open(Path::new(&library)).expect("loaded")));
        let picture = image::RgbImage::from_fn(300, 400, |x, y| {
            let inside = (60..240).contains(&x) && (50..350).contains(&y);
            image::Rgb(if inside { [(x % 200) as u8, (y % 150) as u8, 90] } else { [255; 3] })
        });
        let f =
            models().fashion_dna().and_then(|by_separable| Ok((by_separable, by_ort.fashion_dna()?))).expect("loaded");
        let f = [f.0, f.1].map(|dna| dna.encode(&picture).expect("encoded"));
        let q = models()
            .query_encoder()
            .and_then(|by_separable| Ok((by_separable, by_ort.query_encoder()?)))
            .expect("loaded");
        let q = [q.0, q.1].map(|encoder| encoder.encode(&picture).expect("encoded"));
        let queries = |embedding: &crate::networks::encode::QueryEmbedding| {
            stl_types::Category::ALL.map(|category| embedding.for_category(category).to_vec()).concat()
        };
        for [by_separable, by_ort] in [f, [queries(&q[0]), queries(&q[1])]] {
            let largest = by_separable.iter().zip(&by_ort).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(by_separable.len() == by_ort.len() && largest <= TOLERANCE, "{largest}");
        }
    }
}
