//! Waits for the device and reads a buffer. In: a submission. Out: bytes.

use std::sync::mpsc;
use std::time::Duration;

use crate::matching::gpu::adapter::GpuDevice;
use crate::matching::gpu::error::GpuError;

/// How long a submission may take. A pass over ten million articles takes milliseconds on a graphics processor and half a
/// minute on one that is emulated on a slow machine.
const TIMEOUT: Duration = Duration::from_secs(60);

impl GpuDevice {
    /// Waits for a submission and reads the first bytes of a buffer that the host can map.
    ///
    /// # Errors
    /// When the device was lost, or does not answer in time.
    pub(crate) fn download(
        &self,
        buffer: &wgpu::Buffer,
        submission: wgpu::SubmissionIndex,
        size_bytes: u64,
    ) -> Result<Vec<u8>, GpuError> {
        let (sender, mapped) = mpsc::channel();
        buffer.map_async(wgpu::MapMode::Read, 0..size_bytes, move |outcome| drop(sender.send(outcome)));
        let lost = |reason: &dyn std::fmt::Display| self.lost(reason);
        self.device
            .poll(wgpu::PollType::Wait { submission_index: Some(submission), timeout: Some(TIMEOUT) })
            .map_err(|error| lost(&error))?;
        let outcome = mapped.try_recv().map_err(|error| lost(&error))?;
        outcome.map_err(|error| lost(&error))?;
        let bytes = buffer.get_mapped_range(0..size_bytes).map_err(|error| lost(&error))?.to_vec();
        buffer.unmap();
        Ok(bytes)
    }
}
