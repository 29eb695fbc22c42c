//! Threads that run a network. In: the inputs of a look. Out: their outputs, from batches that looks share.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, mpsc};
use std::thread::JoinHandle;

use stl_vision::NetworkError;

use crate::networks::network::Network;
use crate::parallel::locked;

/// Most inputs of one batch: with more, each waits longer than it saves.
const MAX_BATCH: usize = 8;

/// Most inputs of one batch on a graphics processor.
const MAX_GPU_BATCH: usize = 128;

/// A network with threads of its own. An input that arrives while a thread is idle starts at once. Inputs that arrive while all threads
/// work are taken together by the next thread that is free, as many as leave work for the other idle ones. A graphics processor is one
/// worker: while it runs a batch, all others wait for the next one, and the threads are there for the case that it is lost.
#[derive(Debug)]
pub(super) struct EncodePool {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    network: Network,
    state: Mutex<State>,
    arrived: Condvar,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Waiting>,
    idle: usize,
    /// Whether the graphics processor runs a batch.
    is_gpu_busy: bool,
    is_closed: bool,
}

/// An input and where its output goes.
#[derive(Debug)]
struct Waiting {
    input: Vec<u8>,
    /// The input's place among its look's.
    place: usize,
    answer: mpsc::Sender<(usize, Result<Vec<f32>, NetworkError>)>,
}

impl EncodePool {
    /// A pool of `threads` threads, at least one.
    pub(super) fn new(network: Network, threads: usize) -> Self {
        let shared = Arc::new(Shared { network, state: Mutex::default(), arrived: Condvar::new() });
        let threads = (0..threads.max(1))
            .map(|_| {
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || shared.work())
            })
            .collect();
        Self { shared, threads }
    }

    /// The network.
    pub(super) fn network(&self) -> &Network {
        &self.shared.network
    }

    /// Runs the network on each input; the outputs are in the inputs' order.
    ///
    /// # Errors
    /// When an input has another length, or running fails.
    pub(super) fn run(&self, inputs: Vec<Vec<u8>>) -> Result<Vec<Vec<f32>>, NetworkError> {
        let mut outputs = vec![Vec::new(); inputs.len()];
        let (answer, answers) = mpsc::channel();
        {
            let mut state = locked(&self.shared.state);
            let each = inputs.into_iter().enumerate();
            state.waiting.extend(each.map(|(place, input)| Waiting { input, place, answer: answer.clone() }));
        }
        drop(answer);
        self.shared.arrived.notify_all();
        for (place, output) in answers {
            outputs[place] = output?;
        }
        // A batch that panicked has dropped its senders.
        if outputs.iter().any(Vec::is_empty) {
            return Err(NetworkError::Run("the network panicked".to_owned()));
        }
        Ok(outputs)
    }
}

impl Drop for EncodePool {
    fn drop(&mut self) {
        locked(&self.shared.state).is_closed = true;
        self.shared.arrived.notify_all();
        for thread in self.threads.drain(..) {
            // A thread ends only after its loop, which does not panic.
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn work(&self) {
        while let Some((batch, is_on_gpu)) = self.next() {
            let inputs = batch.iter().map(|waiting| &waiting.input[..]).collect::<Vec<_>>().concat();
            let run = || self.network.run(&inputs, batch.len());
            let outcome = catch_unwind(AssertUnwindSafe(run));
            if is_on_gpu {
                locked(&self.state).is_gpu_busy = false;
                self.arrived.notify_all();
            }
            match outcome {
                Ok(Ok(outputs)) => {
                    let one = outputs.len() / batch.len();
                    for (waiting, output) in batch.iter().zip(outputs.chunks_exact(one.max(1))) {
                        // A look whose other input failed waits no longer.
                        let _ = waiting.answer.send((waiting.place, Ok(output.to_vec())));
                    }
                }
                // One input of the batch may be defective: each gets its own answer.
                Ok(Err(_)) => {
                    for waiting in batch {
                        let _ = waiting.answer.send((waiting.place, self.network.run(&waiting.input, 1)));
                    }
                }
                Err(_) => {}
            }
        }
    }

    /// Waits for inputs and takes this thread's share, for the graphics processor or not; none when the pool is closed.
    fn next(&self) -> Option<(Vec<Waiting>, bool)> {
        let mut state = locked(&self.state);
        loop {
            if state.is_closed {
                return None;
            }
            if !state.waiting.is_empty() && !state.is_gpu_busy {
                let waiting = state.waiting.len();
                state.is_gpu_busy = self.network.gpu_name().is_some();
                let share = if state.is_gpu_busy {
                    waiting.min(MAX_GPU_BATCH)
                } else {
                    waiting.div_ceil(state.idle + 1).min(MAX_BATCH)
                };
                return Some((state.waiting.drain(..share).collect(), state.is_gpu_busy));
            }
            state.idle += 1;
            state = self.arrived.wait(state).unwrap_or_else(std::sync::PoisonError::into_inner);
            state.idle -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::matching::Device;
    use crate::matching::gpu::fixtures::is_available;
    use crate::networks::gpu::GpuRuntime;
    use crate::networks::runtime::Runtime;

    /// FashionDNA and pictures for it, of one grey each.
    fn loaded(runtime: &Runtime) -> (Network, impl Fn(usize) -> Vec<u8> + use<>) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
        let manifest = std::fs::read_to_string(folder.join("manifest.toml")).expect("a manifest");
        let spec = stl_types::Manifest::parse(&manifest).expect("a manifest").fashion_dna;
        let onnx = std::fs::read(folder.join(&spec.file)).expect("the network");
        let numbers: usize = spec.input.iter().product();
        (Network::load(&onnx, &spec, runtime).expect("loaded"), move |grey| vec![3 * grey as u8; numbers])
    }

    #[test]
    fn every_look_gets_its_own_outputs_in_order() {
        let (network, input) = loaded(&Runtime::default());
        let expected: Vec<Vec<f32>> = (0..24).map(|grey| network.run(&input(grey), 1).expect("runs")).collect();
        let pool = EncodePool::new(network, 2);
        std::thread::scope(|scope| {
            for look in 0..8 {
                let (pool, input, expected) = (&pool, &input, &expected);
                scope.spawn(move || {
                    let outputs = pool.run((3 * look..3 * look + 3).map(input).collect()).expect("runs");
                    assert_eq!(outputs, expected[3 * look..3 * look + 3]);
                });
            }
        });
        assert!(pool.run(Vec::new()).expect("nothing to do").is_empty());
    }

    #[test]
    fn a_defective_input_is_refused_alone() {
        let (network, input) = loaded(&Runtime::default());
        let pool = EncodePool::new(network, 1);
        let refused = pool.run(vec![input(1), vec![0; 7], input(2)]);
        assert!(matches!(refused, Err(NetworkError::Input { received: 7, .. })), "{refused:?}");
        assert_eq!(pool.run(vec![input(3)]).expect("runs").len(), 1);
    }

    /// Largest difference between numbers of both devices.
    const TOLERANCE: f32 = 1e-3;

    #[test]
    fn a_device_that_is_lost_between_batches_loses_no_look() {
        if !is_available() {
            return;
        }
        let gpu = GpuRuntime::open(Device::Gpu(None)).expect("a device").expect("no processor");
        let (network, input) = loaded(&Runtime::Gpu(gpu));
        let (by_processor, _) = loaded(&Runtime::default());
        let expected: Vec<Vec<f32>> = (0..4).map(|grey| by_processor.run(&input(grey), 1).expect("runs")).collect();
        let pool = EncodePool::new(network, 2);
        assert!(pool.network().gpu_name().is_some());
        let look = |first: usize| {
            let outputs = pool.run((first..first + 2).map(&input).collect()).expect("runs");
            for (output, expected) in outputs.iter().zip(&expected[first..]) {
                let largest = output.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
                assert!(output.len() == expected.len() && largest <= TOLERANCE, "{largest}");
            }
        };
        std::thread::scope(|scope| {
            // The second look waits for the first one's batch or runs while the device goes.
            let look = &look;
            let looks = [0, 2].map(|first| scope.spawn(move || look(first)));
            pool.network().destroy_gpu();
            for look in looks {
                look.join().expect("answered");
            }
        });
        assert_eq!(pool.network().gpu_name(), None);
        look(1);
    }
}
