//! How long steps ran on the device by its own clock, without what sending and waiting take. Only measurements ask for it.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Written: before scoring, after it, after the last merge.
const STAMPS: u32 = 3;

/// Three stamps of a submission.
#[derive(Debug)]
pub(super) struct Clock {
    stamps: wgpu::QuerySet,
    resolved: wgpu::Buffer,
    /// Nanoseconds of a tick.
    tick_ns: f64,
    sum: Mutex<DeviceTime>,
}

/// Time on a device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeviceTime {
    /// Of scoring all rows.
    pub score: Duration,
    /// Of that and of merging the lists.
    pub all: Duration,
}

impl Clock {
    /// Bytes of a submission's stamps.
    pub(super) const BYTES: u64 = STAMPS as u64 * 8;

    /// The clock of a device that has one.
    pub(super) fn of(device: &wgpu::Device, queue: &wgpu::Queue) -> Option<Self> {
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
            sum: Mutex::default(),
        })
    }

    /// What the step `number` of `count` writes.
    pub(super) fn step(
        clock: Option<&Self>,
        number: usize,
        count: usize,
    ) -> Option<wgpu::ComputePassTimestampWrites<'_>> {
        let (is_first, is_last) = (number == 0, number + 1 == count);
        let end = if is_first { Some(1) } else { is_last.then_some(2) };
        Some(wgpu::ComputePassTimestampWrites {
            query_set: &clock.filter(|_| is_first || is_last)?.stamps,
            beginning_of_pass_write_index: is_first.then_some(0),
            end_of_pass_write_index: end,
        })
    }

    /// Copies the stamps of a submission of `steps` steps to `answer`; returns their bytes. One that was not written is not
    /// asked for: the device would wait for it.
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

    /// Adds a submission's stamps.
    pub(super) fn add(&self, stamps: &[u8]) {
        let stamps: Vec<u64> = stamps.as_chunks().0.iter().map(|&bytes| u64::from_le_bytes(bytes)).collect();
        let [begin, scored, ..] = stamps[..] else { return };
        let since = |stamp: u64| Duration::from_nanos((stamp.saturating_sub(begin) as f64 * self.tick_ns) as u64);
        let mut sum = self.sum.lock().unwrap_or_else(PoisonError::into_inner);
        sum.score += since(scored);
        sum.all += since(stamps.last().copied().unwrap_or(scored));
    }

    /// The sum so far, which begins anew.
    pub(super) fn take(&self) -> DeviceTime {
        std::mem::take(&mut *self.sum.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
