"""Checkpoints → the shipped files: folding, rounding, the manifest, and checks that the files compute what PyTorch computes."""
