//! How long the steps of a pass run, by the device's own clock. In: the stamps of a submission. Out: a log event at level
//! `debug` with the fields `scoring_ns` and `total_ns`.
//!
//! The time contains neither sending nor waiting. Stamps are only written while somebody subscribes to these events.

use tracing::Level;

/// Stamps of a submission: before the scoring, after it, after the last merge.
const STAMPS: u32 = 3;

/// The stamps of one submission.
#[derive(Debug)]
pub(super) struct Timer {
    stamps: wgpu::QuerySet,
    resolved: wgpu::Buffer,
    tick_ns: f64,
}

impl Timer {
    /// Bytes of a submission's stamps.
    pub(super) const BYTES: u64 = STAMPS as u64 * 8;

    /// A timer, if the device has a clock.
    pub(super) fn new(device: &wgpu::Device, queue: &wgpu::Queue) -> Option<Self> {
        device.features().contains(wgpu::Features::TIMESTAMP_QUERY).then(|| Self {
            stamps: device.create_query_set(&wgpu::QuerySetDescriptor {
                label: None,
                ty: wgpu::QueryType::Timestamp,
                count: STAMPS,
            }),
            resolved: device.create_buffer(&wgpu::BufferDescriptor {
                label: None,
                size: Self::BYTES,
                usage: wgpu::BufferUsages::QUERY_RESOLVE | wgpu::BufferUsages::COPY_SRC,
                mapped_at_creation: false,
            }),
            tick_ns: f64::from(queue.get_timestamp_period()),
        })
    }

    /// Whether somebody subscribes to the events.
    pub(super) fn is_enabled() -> bool {
        tracing::enabled!(Level::DEBUG)
    }

    /// The stamps that the step `number` of `count` writes.
    pub(super) fn stamps_of_step(&self, number: usize, count: usize) -> Option<wgpu::ComputePassTimestampWrites<'_>> {
        let (is_first, is_last) = (number == 0, number + 1 == count);
        (is_first || is_last).then(|| wgpu::ComputePassTimestampWrites {
            query_set: &self.stamps,
            beginning_of_pass_write_index: is_first.then_some(0),
            end_of_pass_write_index: Some(if is_first { 1 } else { 2 }),
        })
    }

    /// Copies the stamps of a submission of `steps` steps to `answer` and returns their size in bytes. Leaves out a stamp that
    /// was not written: the device would wait for it.
    pub(super) fn resolve(
        &self,
        steps: usize,
        encoder: &mut wgpu::CommandEncoder,
        answer: &wgpu::Buffer,
        offset_bytes: u64,
    ) -> u64 {
        let stamps = if steps > 1 { STAMPS } else { STAMPS - 1 };
        let size_bytes = u64::from(stamps) * 8;
        encoder.resolve_query_set(&self.stamps, 0..stamps, &self.resolved, 0);
        encoder.copy_buffer_to_buffer(&self.resolved, 0, answer, offset_bytes, size_bytes);
        size_bytes
    }

    /// Logs the times of a submission.
    pub(super) fn report(&self, stamps: &[u8]) {
        let stamps: Vec<u64> = stamps.as_chunks().0.iter().map(|&bytes| u64::from_le_bytes(bytes)).collect();
        let [begin, scored, ..] = stamps[..] else { return };
        let since_begin = |stamp: u64| (stamp.saturating_sub(begin) as f64 * self.tick_ns) as u64;
        let (scoring_ns, total_ns) = (since_begin(scored), since_begin(stamps[stamps.len() - 1]));
        tracing::debug!(scoring_ns, total_ns, "the graphics processor ended a pass");
    }
}
