//! One submission: sends queries, runs the steps, reads the lists. In: at most [`QUERIES`](super::plan::QUERIES)
//! [`GridQuery`]s. Out: their [`TopK`].

use crate::matching::gpu::GpuEngine;
use crate::matching::gpu::buffers::CANDIDATE_BYTES;
use crate::matching::gpu::error::GpuError;
use crate::matching::gpu::plan::LIST_CAPACITY;
use crate::matching::gpu::timer::Timer;
use crate::matching::query::GridQuery;
use crate::matching::top_k::{Candidate, TopK};

impl GpuEngine {
    /// Runs one pass for queries that fit the buffers, with the slot of each one's offsets in the bound buffer.
    pub(super) fn submit(
        &self,
        stride: usize,
        queries: &[GridQuery<'_>],
        (slots, offsets): (&[u32], &wgpu::BindGroup),
    ) -> Result<Vec<Vec<TopK>>, GpuError> {
        let Some(last) = self.buffers.levels.last().filter(|_| self.plan.groups > 0) else {
            return Ok(queries.iter().map(|_| Vec::new()).collect());
        };
        self.buffers.write_queries(&self.gpu.queue, &self.plan, stride, queries, slots);
        let timer = self.timer.as_ref().filter(|_| Timer::is_enabled());
        let mut encoder = self.gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        self.record(&mut encoder, timer, queries.len() as u32, offsets);
        let lists = queries.len() * self.plan.groups;
        let candidates_bytes = (lists * LIST_CAPACITY * CANDIDATE_BYTES) as u64;
        let lists_bytes = candidates_bytes + (lists * size_of::<u32>()) as u64;
        let answer = &self.buffers.answer;
        encoder.copy_buffer_to_buffer(&last.candidates, 0, answer, 0, candidates_bytes);
        encoder.copy_buffer_to_buffer(&last.counts, 0, answer, candidates_bytes, lists_bytes - candidates_bytes);
        let steps = self.buffers.levels.len();
        let stamps_bytes = timer.map_or(0, |timer| timer.resolve(steps, &mut encoder, answer, lists_bytes));

        let submission = self.gpu.queue.submit([encoder.finish()]);
        let bytes = self.gpu.download(answer, submission, lists_bytes + stamps_bytes)?;
        self.gpu.check()?;
        let (lists, stamps) = bytes.split_at(lists_bytes as usize);
        if let Some(timer) = timer {
            timer.report(stamps);
        }
        let (candidates, counts) = lists.split_at(candidates_bytes as usize);
        decode(candidates, counts, queries, self.plan.groups)
    }

    /// Records the scoring, then a merge for each further level.
    fn record(
        &self,
        encoder: &mut wgpu::CommandEncoder,
        timer: Option<&Timer>,
        queries: u32,
        offsets: &wgpu::BindGroup,
    ) {
        let steps = self.buffers.levels.len();
        for (number, level) in self.buffers.levels.iter().enumerate() {
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor {
                label: None,
                timestamp_writes: timer.and_then(|timer| timer.stamps_of_step(number, steps)),
            });
            pass.set_bind_group(0, &level.step, &[]);
            if let Some(merges) = &level.merges {
                pass.set_pipeline(&self.pipelines.merge);
                pass.set_bind_group(2, merges, &[]);
                pass.dispatch_workgroups(queries, level.lists as u32, 1);
                continue;
            }
            pass.set_pipeline(&self.pipelines.score);
            pass.set_bind_group(3, offsets, &[]);
            for (rows, chunk) in self.buffers.chunks.iter().zip(&self.plan.chunks) {
                pass.set_bind_group(1, rows, &[]);
                pass.dispatch_workgroups(queries, chunk.slices.len() as u32, 1);
            }
        }
    }
}

/// Reads one list for each query and group. `candidates` `(queries, groups, LIST_CAPACITY, 2)` and `counts`
/// `(queries, groups)`, both little-endian `u32`.
fn decode(
    candidates: &[u8],
    counts: &[u8],
    queries: &[GridQuery<'_>],
    groups: usize,
) -> Result<Vec<Vec<TopK>>, GpuError> {
    let number = |bytes: &[u8; 4]| u32::from_le_bytes(*bytes);
    let counts = counts.as_chunks().0.iter().map(number);
    let mut lists = candidates.chunks_exact(LIST_CAPACITY * CANDIDATE_BYTES).zip(counts);
    let top_k = |limit: usize, (list, count): (&[u8], u32)| {
        let count = count as usize;
        if count > LIST_CAPACITY {
            return Err(GpuError::Crowded);
        }
        let mut best = TopK::new(limit);
        for pair in list.as_chunks::<4>().0.chunks_exact(2).take(count) {
            best.add(Candidate { score: number(&pair[0]).cast_signed(), position: number(&pair[1]) });
        }
        Ok(best)
    };
    queries.iter().map(|query| lists.by_ref().take(groups).map(|list| top_k(query.limit, list)).collect()).collect()
}
