//! Probabilities of classes. In: logits. Out: shares that sum to one.

/// Turns logits into probabilities, in place, over the channels of `(channels, plane)`.
pub(crate) fn softmax_over_channels(logits: &mut [f32], plane: usize) {
    let mut max = vec![f32::MIN; plane];
    for channel in logits.chunks_exact(plane) {
        for (max, &logit) in max.iter_mut().zip(channel) {
            *max = max.max(logit);
        }
    }
    let mut sum = vec![0.0; plane];
    for channel in logits.chunks_exact_mut(plane) {
        for ((logit, max), sum) in channel.iter_mut().zip(&max).zip(&mut sum) {
            *logit = (*logit - max).exp();
            *sum += *logit;
        }
    }
    for channel in logits.chunks_exact_mut(plane) {
        for (probability, sum) in channel.iter_mut().zip(&sum) {
            *probability /= sum;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn softmax_gives_probabilities_without_overflow() {
        let mut logits = vec![1000.0, 0.0, 1000.0, f32::ln(3.0)];
        softmax_over_channels(&mut logits, 2);
        assert_eq!([logits[0], logits[2]], [0.5, 0.5]);
        assert!((logits[1] - 0.25).abs() < 1e-6 && (logits[3] - 0.75).abs() < 1e-6);
    }
}
