//! The pass on a graphics processor, by wgpu: Vulkan, Metal or Direct3D 12. In: a [`Table`], [`Ask`]s. Out: their [`Best`].
//!
//! The rows lie on the device, in buffers below its binding limit. A query's first step scores slices of 2,048 rows and
//! keeps each slice's best ([`SHADER`]); the next steps merge eight lists into one until each group has one, which is read
//! back. What comes back are the integers of [`Kernel`](crate::matching::machine::Kernel), so both devices give the same answer.

use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;

use wgpu::util::{BufferInitDescriptor, DeviceExt as _};

use super::best::{Best, Candidate};
use super::pass::{Ask, Table};
use clock::Clock;
pub use clock::DeviceTime;
use plan::{Plan, TILE};

mod clock;
mod plan;

const SHADER: &str = include_str!("gpu.wgsl");

/// Places of a list of candidates, as in the shader.
const PLACES: usize = 256;
/// Candidates wanted of a list at most; the rest of its places is for those as good as the last one.
const MOST: usize = 224;
/// Bytes that a thread reads at once.
const SIXTEEN: usize = 16;
/// Queries of one submission: bounds the lists' memory, 13 MB each for ten million articles.
const ASKS: usize = 8;
/// Bytes that are sent to the device at once.
const PIECE: usize = 32 << 20;
/// How long a submission may take. A pass over ten million articles takes milliseconds on a graphics processor and half a
/// minute on one that is emulated on a slow machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Rows on a device.
#[derive(Debug)]
pub struct Gpu {
    name: String,
    device: wgpu::Device,
    queue: wgpu::Queue,
    /// Set when the device was lost or reported an error; it is not used again.
    is_broken: Arc<AtomicBool>,
    plan: Plan,
    chunks: Vec<wgpu::BindGroup>,
    levels: Vec<Level>,
    score: wgpu::ComputePipeline,
    merge: wgpu::ComputePipeline,
    read: wgpu::ComputePipeline,
    /// None where the device counts no time.
    clock: Option<Clock>,
    asks: wgpu::Buffer,
    thresholds: wgpu::Buffer,
    selections: wgpu::Buffer,
    answer: wgpu::Buffer,
    /// One submission at a time uses the buffers.
    turn: Mutex<()>,
}

/// One step of a query and the lists that it writes.
#[derive(Debug)]
struct Level {
    lists: usize,
    counts: wgpu::Buffer,
    candidates: wgpu::Buffer,
    own: wgpu::BindGroup,
    /// What it merges; none for the first level, which scores.
    merges: Option<wgpu::BindGroup>,
}

/// Why a device is not used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GpuError {
    /// The system has none, or none with this number.
    #[error("there is no such graphics processor: this machine has {}", listed(.known))]
    Missing {
        /// Those that there are.
        known: Vec<String>,
    },
    /// It was found and does not work.
    #[error("the graphics processor {name} cannot be used: {reason}")]
    Unusable {
        /// Which.
        name: String,
        /// What it or its driver says.
        reason: String,
    },
    /// More candidates were asked for than a list holds, or more are as good as the last one.
    #[error("the graphics processor's lists hold {PLACES} candidates, more were as good")]
    Crowded,
    /// It was lost, or did not answer in time.
    #[error("the graphics processor was lost: {0}")]
    Lost(String),
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

impl Gpu {
    /// Puts a table's rows on the device with this number, or on the most powerful one.
    ///
    /// # Errors
    /// When there is none, or it has not the memory or the abilities.
    pub fn open(table: &Table, number: Option<usize>) -> Result<Self, GpuError> {
        let mut adapters = adapters();
        let known = names(&adapters);
        let found = match number {
            Some(number) => (number < adapters.len()).then(|| adapters.swap_remove(number)),
            None => strongest(adapters),
        };
        Self::on(found.ok_or(GpuError::Missing { known })?, table)
    }

    /// Puts a table's rows on the most powerful device that is no emulation: this machine's processor is faster itself.
    ///
    /// # Errors
    /// As for [`Gpu::open`].
    pub fn open_hardware(table: &Table) -> Result<Self, GpuError> {
        let mut adapters = adapters();
        adapters.retain(|adapter| adapter.get_info().device_type != wgpu::DeviceType::Cpu);
        let known = names(&adapters);
        Self::on(strongest(adapters).ok_or(GpuError::Missing { known })?, table)
    }

    /// What the device calls itself.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    fn on(adapter: wgpu::Adapter, table: &Table) -> Result<Self, GpuError> {
        let info = adapter.get_info();
        let name = info.name.clone();
        let unusable = |reason: String| GpuError::Unusable { name: name.clone(), reason };
        let limits = adapter.limits();
        let request = wgpu::DeviceDescriptor {
            required_limits: limits.clone(),
            required_features: adapter.features() & wgpu::Features::TIMESTAMP_QUERY,
            ..Default::default()
        };
        let (device, queue) =
            pollster::block_on(adapter.request_device(&request)).map_err(|error| unusable(error.to_string()))?;
        let is_broken = Arc::new(AtomicBool::new(false));
        let (on_error, on_loss) = (Arc::clone(&is_broken), Arc::clone(&is_broken));
        device.on_uncaptured_error(Arc::new(move |error| {
            tracing::error!("the graphics processor reports: {error}");
            on_error.store(true, Ordering::Release);
        }));
        device.set_device_lost_callback(move |_, reason| {
            tracing::debug!("the graphics processor is gone: {reason}");
            on_loss.store(true, Ordering::Release);
        });
        let scopes = [wgpu::ErrorFilter::Validation, wgpu::ErrorFilter::OutOfMemory]
            .map(|filter| device.push_error_scope(filter));
        let most_bytes = limits.max_storage_buffer_binding_size.min(limits.max_buffer_size);
        let plan = Plan::of(table, usize::try_from(most_bytes).unwrap_or(usize::MAX));
        let gpu = Self::build(name.clone(), device, queue, is_broken, plan, table);
        // Popped in the reverse order of their pushing.
        let [validation, memory] = scopes;
        for scope in [memory, validation] {
            if let Some(error) = pollster::block_on(scope.pop()) {
                return Err(unusable(error.to_string()));
            }
        }
        Ok(gpu)
    }

    fn build(
        name: String,
        device: wgpu::Device,
        queue: wgpu::Queue,
        is_broken: Arc<AtomicBool>,
        plan: Plan,
        table: &Table,
    ) -> Self {
        let sixteens = table.stride() / SIXTEEN;
        let source = SHADER
            .replace("NEGATIVE16", &format!("{}u", table.negative() / SIXTEEN))
            .replace("STRIDE16", &format!("{sixteens}u"));
        let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some("match"),
            source: wgpu::ShaderSource::Wgsl(Cow::Owned(source)),
        });
        let storage = |size: usize, more: wgpu::BufferUsages| {
            device.create_buffer(&wgpu::BufferDescriptor {
                label: None,
                size: size.max(SIXTEEN) as u64,
                usage: wgpu::BufferUsages::STORAGE | more,
                mapped_at_creation: false,
            })
        };
        let copied_to = wgpu::BufferUsages::COPY_DST;
        let asks = storage(ASKS * 3 * 4, copied_to);
        let thresholds = storage(ASKS * plan.groups.max(1) * table.stride(), copied_to);
        let selections = storage(ASKS * plan.words() * 4, copied_to);

        let layouts = Layouts::new(&device);
        let chunks = plan
            .chunks
            .iter()
            .map(|chunk| {
                let rows = storage(chunk.rows.len() * table.stride(), copied_to);
                send_tiles(
                    &device,
                    &queue,
                    &rows,
                    &table.bytes()[chunk.rows.start * table.stride()..][..chunk.rows.len() * table.stride()],
                    table.stride(),
                );
                layouts.bind(&device, &layouts.rows, &[&rows, &words(&device, &chunk.slices), &thresholds, &selections])
            })
            .collect();
        let mut levels: Vec<Level> = Vec::new();
        for (number, level) in plan.levels.iter().enumerate() {
            let copied_from = wgpu::BufferUsages::COPY_SRC;
            let counts = storage(ASKS * level.lists * 4, copied_from);
            let candidates = storage(ASKS * level.lists * PLACES * 8, copied_from);
            let read = levels.last().map_or(0, |former| former.lists);
            let sizes = [read, level.lists, plan.groups, plan.words()].map(|size| size as u32);
            let sizes = device.create_buffer_init(&BufferInitDescriptor {
                label: None,
                contents: &bytes_of(&sizes),
                usage: wgpu::BufferUsages::UNIFORM,
            });
            let own = layouts.bind(&device, &layouts.own, &[&sizes, &asks, &counts, &candidates]);
            let merges = (number > 0).then(|| {
                let former = &levels[number - 1];
                let entries = [&words(&device, &level.merges), &former.counts, &former.candidates];
                layouts.bind(&device, &layouts.merges, &entries)
            });
            levels.push(Level { lists: level.lists, counts, candidates, own, merges });
        }
        let lists = ASKS * plan.groups.max(1);
        let answer = device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size: (lists * (PLACES * 8 + 4)) as u64 + Clock::BYTES,
            usage: wgpu::BufferUsages::MAP_READ | copied_to,
            mapped_at_creation: false,
        });
        let pipeline = |entry: &str, third: &wgpu::BindGroupLayout, index: usize| {
            let mut groups = vec![Some(&layouts.own), None, None];
            groups[index] = Some(third);
            groups.truncate(index + 1);
            let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
                label: None,
                bind_group_layouts: &groups,
                immediate_size: 0,
            });
            device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
                label: Some(entry),
                layout: Some(&layout),
                module: &module,
                entry_point: Some(entry),
                compilation_options: wgpu::PipelineCompilationOptions::default(),
                cache: None,
            })
        };
        let (score, merge) = (pipeline("score", &layouts.rows, 1), pipeline("merge", &layouts.merges, 2));
        let read = pipeline("only_read", &layouts.rows, 1);
        let clock = Clock::of(&device, &queue);
        Self {
            name,
            device,
            queue,
            is_broken,
            plan,
            chunks,
            levels,
            score,
            merge,
            read,
            clock,
            asks,
            thresholds,
            selections,
            answer,
            turn: Mutex::default(),
        }
    }

    /// The best of each group for each ask, as [`Table::best`].
    ///
    /// # Errors
    /// When the device was lost, or a list is too short for what was asked: the processor has to score.
    pub fn best(&self, table: &Table, asks: &[Ask<'_>]) -> Result<Vec<Vec<Best>>, GpuError> {
        if asks.iter().any(|ask| ask.most > MOST) {
            return Err(GpuError::Crowded);
        }
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let mut found = Vec::with_capacity(asks.len());
        for asks in asks.chunks(ASKS) {
            self.check()?;
            found.extend(self.some(table, asks)?);
        }
        Ok(found)
    }

    fn check(&self) -> Result<(), GpuError> {
        if self.is_broken.load(Ordering::Acquire) { Err(GpuError::Lost(self.name.clone())) } else { Ok(()) }
    }

    /// At most [`ASKS`] in one submission.
    fn some(&self, table: &Table, asks: &[Ask<'_>]) -> Result<Vec<Vec<Best>>, GpuError> {
        let Some(last) = self.levels.last().filter(|_| self.plan.groups > 0) else {
            return Ok(asks.iter().map(|_| Vec::new()).collect());
        };
        self.send(table, asks);
        let mut encoder = self.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        for (number, level) in self.levels.iter().enumerate() {
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor {
                label: None,
                timestamp_writes: Clock::step(self.clock.as_ref(), number, self.levels.len()),
            });
            pass.set_bind_group(0, &level.own, &[]);
            match &level.merges {
                None => self.over_rows(&mut pass, &self.score, asks.len() as u32),
                Some(merges) => {
                    pass.set_pipeline(&self.merge);
                    pass.set_bind_group(2, merges, &[]);
                    pass.dispatch_workgroups(asks.len() as u32, level.lists as u32, 1);
                }
            }
        }
        let lists = asks.len() * self.plan.groups;
        let (counts_bytes, candidates_bytes) = ((lists * 4) as u64, (lists * PLACES * 8) as u64);
        encoder.copy_buffer_to_buffer(&last.candidates, 0, &self.answer, 0, candidates_bytes);
        encoder.copy_buffer_to_buffer(&last.counts, 0, &self.answer, candidates_bytes, counts_bytes);
        let bytes = self.finished(encoder, self.levels.len(), candidates_bytes + counts_bytes)?;

        let (candidates, counts) = bytes.split_at(candidates_bytes as usize);
        let number = |bytes: &[u8; 4]| u32::from_le_bytes(*bytes);
        let mut lists = candidates.chunks_exact(PLACES * 8).zip(counts.as_chunks().0.iter().map(number));
        asks.iter()
            .map(|ask| {
                let groups = lists.by_ref().take(self.plan.groups);
                groups
                    .map(|(list, count)| {
                        let count = count as usize;
                        if count > PLACES {
                            return Err(GpuError::Crowded);
                        }
                        let mut best = Best::new(ask.most);
                        for pair in list.as_chunks::<4>().0.chunks_exact(2).take(count) {
                            best.add(Candidate { score: number(&pair[0]).cast_signed(), position: number(&pair[1]) });
                        }
                        Ok(best)
                    })
                    .collect()
            })
            .collect()
    }

    /// Runs a step on all chunks of rows.
    fn over_rows(&self, pass: &mut wgpu::ComputePass<'_>, step: &wgpu::ComputePipeline, asks: u32) {
        pass.set_pipeline(step);
        for (rows, chunk) in self.chunks.iter().zip(&self.plan.chunks) {
            pass.set_bind_group(1, rows, &[]);
            pass.dispatch_workgroups(asks, chunk.slices.len() as u32, 1);
        }
    }

    /// Submits so many steps, waits, and reads so many bytes of the answer; adds what the clock says.
    fn finished(&self, mut encoder: wgpu::CommandEncoder, steps: usize, size_bytes: u64) -> Result<Vec<u8>, GpuError> {
        let clock = self.clock.as_ref();
        let counted_bytes = clock.map_or(0, |clock| clock.resolve(steps, &mut encoder, &self.answer, size_bytes));
        let submission = self.queue.submit([encoder.finish()]);
        let mut bytes = self.read_back(submission, size_bytes + counted_bytes)?;
        self.check()?;
        let counted = bytes.split_off(size_bytes as usize);
        if let Some(clock) = clock {
            clock.add(&counted);
        }
        Ok(bytes)
    }

    /// How long the device itself ran since this was last asked; `None` where it counts no time.
    #[must_use]
    pub fn take_time(&self) -> Option<DeviceTime> {
        Some(self.clock.as_ref()?.take())
    }

    /// A plain read of all rows, to compare a pass with: how long the device ran; `None` where it counts no time. What was
    /// counted before is dropped.
    ///
    /// # Errors
    /// When the device was lost.
    pub fn read_rows(&self) -> Result<Option<Duration>, GpuError> {
        let Some(first) = self.levels.first().filter(|_| self.plan.groups > 0) else { return Ok(None) };
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        self.check()?;
        let mut encoder = self.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor {
            label: None,
            timestamp_writes: Clock::step(self.clock.as_ref(), 0, 1),
        });
        pass.set_bind_group(0, &first.own, &[]);
        self.over_rows(&mut pass, &self.read, 1);
        drop(pass);
        // What was counted before is another's.
        let before = self.take_time();
        self.finished(encoder, 1, 0)?;
        Ok(before.and(self.take_time()).map(|time| time.score))
    }

    /// Sends what is asked to the device.
    fn send(&self, table: &Table, asks: &[Ask<'_>]) {
        let (stride, words) = (table.stride(), self.plan.words());
        let mut head = Vec::new();
        let mut thresholds = vec![0; asks.len() * self.plan.groups * stride];
        for (ask, thresholds) in asks.iter().zip(thresholds.chunks_exact_mut(self.plan.groups * stride)) {
            let mut groups = 0_u32;
            for (group, of_group) in ask.thresholds.iter().enumerate() {
                if let Some(of_group) = of_group {
                    groups |= 1 << group;
                    thresholds[group * stride..][..stride].copy_from_slice(of_group.bytes());
                }
            }
            head.extend([ask.most as u32, u32::from(ask.selection.is_some()), groups]);
        }
        self.queue.write_buffer(&self.asks, 0, &bytes_of(&head));
        self.queue.write_buffer(&self.thresholds, 0, &thresholds);
        for (number, ask) in asks.iter().enumerate() {
            if let Some(selection) = ask.selection {
                let mut bits: Vec<u8> = selection.words().iter().flat_map(|word| word.to_le_bytes()).collect();
                bits.resize(words * 4, 0);
                self.queue.write_buffer(&self.selections, (number * words * 4) as u64, &bits);
            }
        }
    }

    fn read_back(&self, submission: wgpu::SubmissionIndex, size_bytes: u64) -> Result<Vec<u8>, GpuError> {
        let (sender, mapped) = mpsc::channel();
        self.answer.map_async(wgpu::MapMode::Read, 0..size_bytes, move |outcome| drop(sender.send(outcome)));
        let lost = |reason: &dyn std::fmt::Display| {
            self.is_broken.store(true, Ordering::Release);
            GpuError::Lost(format!("{}: {reason}", self.name))
        };
        self.device
            .poll(wgpu::PollType::Wait { submission_index: Some(submission), timeout: Some(PATIENCE) })
            .map_err(|error| lost(&error))?;
        let outcome = mapped.try_recv().map_err(|error| lost(&error))?;
        outcome.map_err(|error| lost(&error))?;
        let bytes = self.answer.get_mapped_range(0..size_bytes).map_err(|error| lost(&error))?.to_vec();
        self.answer.unmap();
        Ok(bytes)
    }

    /// Breaks the device, as if it had been taken out.
    #[cfg(test)]
    pub(super) fn destroy(&self) {
        self.device.destroy();
    }
}

/// How buffers are bound.
struct Layouts {
    own: wgpu::BindGroupLayout,
    rows: wgpu::BindGroupLayout,
    merges: wgpu::BindGroupLayout,
}

impl Layouts {
    fn new(device: &wgpu::Device) -> Self {
        let layout = |kinds: &[wgpu::BufferBindingType]| {
            let entries: Vec<wgpu::BindGroupLayoutEntry> = (0..)
                .zip(kinds)
                .map(|(binding, &ty)| wgpu::BindGroupLayoutEntry {
                    binding,
                    visibility: wgpu::ShaderStages::COMPUTE,
                    ty: wgpu::BindingType::Buffer { ty, has_dynamic_offset: false, min_binding_size: None },
                    count: None,
                })
                .collect();
            device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label: None, entries: &entries })
        };
        let [read, written] = [true, false].map(|read_only| wgpu::BufferBindingType::Storage { read_only });
        Self {
            own: layout(&[wgpu::BufferBindingType::Uniform, read, written, written]),
            rows: layout(&[read; 4]),
            merges: layout(&[read; 3]),
        }
    }

    fn bind(
        &self,
        device: &wgpu::Device,
        layout: &wgpu::BindGroupLayout,
        buffers: &[&wgpu::Buffer],
    ) -> wgpu::BindGroup {
        let entries: Vec<wgpu::BindGroupEntry<'_>> = (0..)
            .zip(buffers)
            .map(|(binding, buffer)| wgpu::BindGroupEntry { binding, resource: buffer.as_entire_binding() })
            .collect();
        device.create_bind_group(&wgpu::BindGroupDescriptor { label: None, layout, entries: &entries })
    }
}

/// A buffer of numbers that the shader reads.
fn words<const N: usize>(device: &wgpu::Device, numbers: &[[u32; N]]) -> wgpu::Buffer {
    device.create_buffer_init(&BufferInitDescriptor {
        label: None,
        contents: &bytes_of(numbers.as_flattened()),
        usage: wgpu::BufferUsages::STORAGE,
    })
}

fn bytes_of(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

/// Sends rows, each tile turned so that sixteen bytes of every row come before the next sixteen.
fn send_tiles(device: &wgpu::Device, queue: &wgpu::Queue, buffer: &wgpu::Buffer, rows: &[u8], stride: usize) {
    let tile_bytes = TILE * stride;
    let mut piece = Vec::new();
    for (number, tiles) in rows.chunks((PIECE / tile_bytes).max(1) * tile_bytes).enumerate() {
        piece.clear();
        piece.resize(tiles.len(), 0);
        for (tile, turned) in tiles.chunks_exact(tile_bytes).zip(piece.chunks_exact_mut(tile_bytes)) {
            for (row, bytes) in tile.chunks_exact(stride).enumerate() {
                for (place, sixteen) in bytes.chunks_exact(SIXTEEN).enumerate() {
                    turned[(place * TILE + row) * SIXTEEN..][..SIXTEEN].copy_from_slice(sixteen);
                }
            }
        }
        queue.write_buffer(buffer, (number * (PIECE / tile_bytes).max(1) * tile_bytes) as u64, &piece);
        // Frees what the piece was staged in before the next one.
        queue.submit([]);
        let _ = device.poll(wgpu::PollType::wait_indefinitely());
    }
}

fn adapters() -> Vec<wgpu::Adapter> {
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
    pollster::block_on(instance.enumerate_adapters(wgpu::Backends::PRIMARY))
}

fn names(adapters: &[wgpu::Adapter]) -> Vec<String> {
    let named = |(number, adapter): (usize, &wgpu::Adapter)| format!("gpu:{number} ({})", adapter.get_info().name);
    adapters.iter().enumerate().map(named).collect()
}

fn strongest(adapters: Vec<wgpu::Adapter>) -> Option<wgpu::Adapter> {
    adapters.into_iter().min_by_key(|adapter| match adapter.get_info().device_type {
        wgpu::DeviceType::DiscreteGpu => 0,
        wgpu::DeviceType::IntegratedGpu => 1,
        wgpu::DeviceType::VirtualGpu => 2,
        wgpu::DeviceType::Other => 3,
        wgpu::DeviceType::Cpu => 4,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matching::machine::{Kernel, LINE, Lines, Thresholds};
    use crate::matching::selection::Selection;
    use crate::matching::tests::{matcher, noise, request};
    use crate::matching::{Device, Matcher};

    /// Whether there is a device, be it emulated. Says so aloud where there is none, and fails where there has to be one.
    fn is_there() -> bool {
        let known = adapters();
        let is_needed = std::env::var_os("STL_GPU_REQUIRED").is_some();
        assert!(
            !known.is_empty() || !is_needed,
            "STL_GPU_REQUIRED is set and this machine has no Vulkan, Metal or DX12"
        );
        if known.is_empty() {
            eprintln!(
                "SKIPPED: this machine has no graphics processor, not even an emulated one (Debian: mesa-vulkan-drivers)"
            );
        }
        !known.is_empty()
    }

    /// Random rows in groups of these sizes, of two lines each, the first counting negatively.
    pub(super) fn table(sizes: &[usize]) -> Table {
        let stride = 2 * LINE;
        let (mut groups, mut end) = (Vec::new(), 0_usize);
        for size in sizes {
            let first = end.next_multiple_of(TILE);
            end = first + size;
            groups.push(first..end);
        }
        let mut lines = Lines::zeroed(end.next_multiple_of(TILE) * stride).expect("memory");
        let values = noise(77, end * stride);
        lines.bytes_mut().iter_mut().zip(values).for_each(|(byte, value)| *byte = ((value + 1.0) * 127.9) as u8);
        Table::new(lines, (stride, LINE), groups, Kernel::Scalar)
    }

    fn thresholds(seed: u64) -> Thresholds {
        let bytes = noise(seed, 2 * LINE).into_iter().map(|value| ((value + 1.0) * 127.9) as u8);
        Thresholds::new(bytes.collect(), LINE)
    }

    fn sorted(best: Vec<Vec<Best>>) -> Vec<Vec<Vec<Candidate>>> {
        let sorted = |best: Best| {
            let mut candidates = best.into_candidates();
            candidates.sort_by(Candidate::order);
            candidates
        };
        best.into_iter().map(|groups| groups.into_iter().map(sorted).collect()).collect()
    }

    #[test]
    fn the_device_finds_the_processors_candidates() {
        if !is_there() {
            return;
        }
        let table = table(&[5000, 70, 1, 20_000, 300]);
        let gpu = Gpu::open(&table, None).expect("a device");
        let thirds = Selection::of(table.bytes().len() / table.stride(), |position| position % 3 == 1);
        let few = Selection::of(table.bytes().len() / table.stride(), |position| position % 997 == 5);
        // More than one submission, groups left out, selections, short lists.
        let asks: Vec<Ask<'_>> = (0..11)
            .map(|number: usize| Ask {
                thresholds: (0..5)
                    .map(|group| (number != 4 || group % 2 == 0).then(|| thresholds(100 * number as u64 + group)))
                    .collect(),
                selection: [None, Some(&thirds), Some(&few)][number % 3],
                most: [200, 1, 37][number % 3],
            })
            .collect();
        assert_eq!(sorted(gpu.best(&table, &asks).expect("found")), sorted(table.best(&asks, None)));
    }

    #[test]
    fn many_alike_are_left_to_the_processor() {
        if !is_there() {
            return;
        }
        let stride = LINE;
        let lines = Lines::zeroed(4096 * stride).expect("memory");
        let groups = std::iter::once(0..4096).collect();
        let table = Table::new(lines, (stride, 0), groups, Kernel::Scalar);
        let gpu = Gpu::open(&table, None).expect("a device");
        let ask = || Ask { thresholds: vec![Some(Thresholds::new(vec![9; stride], 0))], selection: None, most: 50 };
        assert_eq!(gpu.best(&table, &[ask()]).err(), Some(GpuError::Crowded));
        assert_eq!(gpu.best(&table, &[Ask { most: 225, ..ask() }]).err(), Some(GpuError::Crowded));
    }

    #[test]
    fn both_devices_give_one_answer_even_when_one_is_lost() {
        if !is_there() {
            return;
        }
        let on_gpu: Matcher = matcher(30_000, 2, Device::Gpu(None));
        let on_cpu = matcher(30_000, 2, Device::Cpu);
        let requests: Vec<_> = (1..5).map(|seed| request(seed, 50)).collect();
        assert_ne!(on_gpu.runs_on(), on_cpu.runs_on());
        let expected = on_cpu.search(&requests);
        assert_eq!(on_gpu.search(&requests), expected);
        on_gpu.gpu.as_ref().expect("a device").destroy();
        assert_eq!(on_gpu.search(&requests), expected, "after the loss");
        assert_eq!(on_gpu.search(&requests), expected, "and again");
    }

    #[test]
    fn a_device_that_is_not_there_is_refused_by_name() {
        let error = Gpu::open(&table(&[10]), Some(99)).expect_err("no hundred devices");
        assert!(error.to_string().starts_with("there is no such graphics processor: this machine has"), "{error}");
    }
}
