//! One run: uploads pictures, runs the steps, reads the outputs. In: at most a memory's capacity of pictures. Out: their outputs.

use super::GpuNetwork;
use super::memory::Memory;
use crate::matching::GpuError;

impl GpuNetwork {
    /// Runs all steps in one submission.
    pub(super) fn submit(&self, memory: &Memory, pictures: &[u8], count: usize) -> Result<Vec<f32>, GpuError> {
        let (device, queue) = (&self.gpu.device, &self.gpu.queue);
        queue.write_buffer(&self.constants.run, 0, &(count as u32).to_le_bytes());
        let whole = pictures.len() / WORD * WORD;
        queue.write_buffer(&memory.input, 0, &pictures[..whole]);
        if whole < pictures.len() {
            // Only whole words can be written.
            let mut last = [0; WORD];
            last[..pictures.len() - whole].copy_from_slice(&pictures[whole..]);
            queue.write_buffer(&memory.input, whole as u64, &last);
        }
        let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        self.record(&mut encoder, memory, count)?;
        let size_bytes = (count * self.plan.outputs * size_of::<f32>()) as u64;
        encoder.copy_buffer_to_buffer(&memory.output, 0, &memory.answer, 0, size_bytes);
        let submission = queue.submit([encoder.finish()]);
        let bytes = self.gpu.download(&memory.answer, submission, size_bytes)?;
        self.gpu.check()?;
        Ok(bytes.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect())
    }

    fn record(&self, encoder: &mut wgpu::CommandEncoder, memory: &Memory, count: usize) -> Result<(), GpuError> {
        let limit = self.gpu.device.limits().max_compute_workgroups_per_dimension as usize;
        let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
        for (step, bindings) in self.plan.steps.iter().zip(&memory.bindings) {
            let pipeline = self.pipelines.of(step.work, count);
            let (Some(pipeline), Some([x, y, z])) = (pipeline, step.work.grid(count, limit)) else {
                let reason = format!("{count} pictures need more workgroups than it has");
                return Err(GpuError::Unusable { name: self.gpu.name().to_owned(), reason });
            };
            pass.set_pipeline(pipeline);
            pass.set_bind_group(0, bindings, &[]);
            pass.dispatch_workgroups(x, y, z);
        }
        Ok(())
    }
}

/// Bytes that are written together.
const WORD: usize = wgpu::COPY_BUFFER_ALIGNMENT as usize;
