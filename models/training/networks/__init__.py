"""The networks, in PyTorch only: tensors in, tensors out; no files, no data."""
